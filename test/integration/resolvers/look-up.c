/* Prints the addresses of a name as the C library finds them, one a line: what nearly every program of a pod does. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int count, char **words) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *first;
  char text[64];
  if (count != 2 || getaddrinfo(words[1], NULL, &hints, &first) != 0) return 1;
  for (struct addrinfo *one = first; one != NULL; one = one->ai_next)
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0) puts(text);
  return 0;
}
