/*
 * The floor: the least that a UDP server can cost. Receives up to 64 datagrams with one system call, marks each as
 * an answer (QR and AA) and sends them back with another; knows nothing of DNS.
 * Usage: echo PORT, on 127.0.0.1 until it is killed. Prints a line once it listens.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, DATAGRAM = 1500, RECEIVE_BUFFER = 4 << 20 };

static unsigned char payload[BATCH][DATAGRAM];
static struct sockaddr_in peer[BATCH];
static struct iovec part[BATCH];
static struct mmsghdr message[BATCH];

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: echo PORT\n");
    return 1;
  }
  int receive_buffer = RECEIVE_BUFFER;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("bind");
    return 1;
  }
  puts("listening");
  fflush(stdout);
  for (;;) {
    for (int index = 0; index < BATCH; index++) {
      part[index] = (struct iovec){payload[index], DATAGRAM};
      message[index].msg_hdr = (struct msghdr){
          .msg_name = &peer[index], .msg_namelen = sizeof peer[index], .msg_iov = &part[index], .msg_iovlen = 1};
    }
    int received = recvmmsg(descriptor, message, BATCH, MSG_WAITFORONE, NULL);
    if (received <= 0) continue;
    for (int index = 0; index < received; index++) {
      payload[index][2] |= 0x84;
      part[index].iov_len = message[index].msg_len;
    }
    sendmmsg(descriptor, message, received, 0);
  }
}
