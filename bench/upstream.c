/*
 * An upstream that does as it is told: answers every query by UDP with one A record, at once, late or never, and forges
 * replies. Commands come by standard input, a line each:
 *   answer          answers at once (as at the start)
 *   delay MS        answers so many milliseconds later
 *   drop            is silent
 *   forge COUNT     sends COUNT replies to its last query, from its own port and with its question, but with guessed ids
 *                   to guessed ports and with the address 203.0.113.66
 *   report          nothing else
 * After each it prints a line: `queries N answered N probes N most N`. Probes are queries for the root and
 * are in none of the other counts; `most` is the most probes in any second. A command but `report` sets all to 0.
 * Usage: upstream, on a free port of 127.0.0.1 until its standard input ends. Prints the port first.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, DATAGRAM = 256, RECEIVE_BUFFER = 8 << 20, HELD = 1 << 18, PROBES = 64, HEADER = 12 };

struct late {
  struct sockaddr_in to;
  int length;
  int64_t due;
  unsigned char payload[DATAGRAM];
};

static unsigned char payload[BATCH][DATAGRAM];
static struct sockaddr_in peer[BATCH];
static struct iovec part[BATCH];
static struct mmsghdr message[BATCH];
static struct late *held;
static unsigned held_first, held_count;
static struct late last;
static int64_t probe_times[PROBES];
static long queries, answered, probes, most_probes;
static long delay;
static int silent;
static int descriptor;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Makes a query into its answer, in place; returns the length, 0 when it is no query that this program knows. */
static int answer(unsigned char *bytes, int length, unsigned address) {
  int end = HEADER;
  while (end < length && bytes[end] != 0) end += bytes[end] + 1;
  end += 5;
  if (length < HEADER + 5 || end > length || end + 16 > DATAGRAM) return 0;
  bytes[2] = 0x80 | (bytes[2] & 1);
  bytes[3] = 0x80;
  memcpy(bytes + 4, "\0\1\0\1\0\0\0\0", 8);
  memcpy(bytes + end, "\300\014\0\1\0\1\0\0\1\054\0\4", 12);
  uint32_t data = htonl(address);
  memcpy(bytes + end + 12, &data, 4);
  return end + 16;
}

static void note_probe(int64_t time) {
  int within = 1;
  for (int index = 0; index < PROBES; index++) within += probe_times[index] > time - 1000;
  if (within > most_probes) most_probes = within;
  probe_times[probes++ % PROBES] = time;
}

static void receive(void) {
  for (int index = 0; index < BATCH; index++) {
    part[index] = (struct iovec){payload[index], DATAGRAM};
    message[index].msg_hdr = (struct msghdr){
        .msg_name = &peer[index], .msg_namelen = sizeof peer[index], .msg_iov = &part[index], .msg_iovlen = 1};
  }
  int received = recvmmsg(descriptor, message, BATCH, MSG_DONTWAIT, NULL);
  int64_t time = now();
  int replies = 0;
  for (int index = 0; index < received; index++) {
    int length = message[index].msg_len;
    int is_probe = length > HEADER && payload[index][HEADER] == 0;
    if (is_probe) note_probe(time);
    else queries++;
    if (!is_probe && length > HEADER) {
      last = (struct late){.to = peer[index], .length = length};
      memcpy(last.payload, payload[index], length);
    }
    length = silent ? 0 : answer(payload[index], length, 0xc0000201);
    if (length == 0) continue;
    if (delay > 0) {
      if (held_count == HELD) continue;
      struct late *place = &held[(held_first + held_count++) % HELD];
      *place = (struct late){.to = peer[index], .length = length, .due = time + delay};
      memcpy(place->payload, payload[index], length);
      continue;
    }
    answered += !is_probe;
    message[replies].msg_hdr.msg_name = &peer[index];
    message[replies].msg_hdr.msg_namelen = sizeof peer[index];
    part[replies] = (struct iovec){payload[index], length};
    replies++;
  }
  for (int index = 0; index < replies; index++) message[index].msg_hdr.msg_iov = &part[index];
  for (int sent = 0; sent < replies;) {
    int count = sendmmsg(descriptor, message + sent, replies - sent, 0);
    sent += count > 0 ? count : 1;
  }
}

static void send_late(int64_t time) {
  for (; held_count > 0 && held[held_first].due <= time; held_first = (held_first + 1) % HELD, held_count--) {
    struct late *late = &held[held_first];
    sendto(descriptor, late->payload, late->length, 0, (struct sockaddr *)&late->to, sizeof late->to);
    answered++;
  }
}

static void forge(long count) {
  int lowest = 32768, highest = 60999;
  FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
  if (range != NULL) {
    if (fscanf(range, "%d %d", &lowest, &highest) != 2) lowest = 32768, highest = 60999;
    fclose(range);
  }
  struct late forged = last;
  forged.length = answer(forged.payload, forged.length, 0xcb007142);
  while (count-- > 0) {
    uint16_t id = random() & 0xffff;
    memcpy(forged.payload, &id, 2);
    forged.to.sin_port = htons(lowest + random() % (highest - lowest + 1));
    sendto(descriptor, forged.payload, forged.length, 0, (struct sockaddr *)&forged.to, sizeof forged.to);
  }
}

static void obey(const char *line) {
  if (strncmp(line, "report", 6) != 0) {
    queries = answered = probes = most_probes = 0;
    memset(probe_times, 0, sizeof probe_times);
  }
  if (strncmp(line, "answer", 6) == 0) silent = delay = 0;
  else if (strncmp(line, "drop", 4) == 0) silent = 1;
  else if (strncmp(line, "delay ", 6) == 0) silent = 0, delay = atol(line + 6);
  else if (strncmp(line, "forge ", 6) == 0) forge(atol(line + 6));
  printf("queries %ld answered %ld probes %ld most %ld\n", queries, answered, probes, most_probes);
  fflush(stdout);
}

int main(void) {
  held = calloc(HELD, sizeof *held);
  srandom(time(NULL));
  int receive_buffer = RECEIVE_BUFFER;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t address_length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (held == NULL || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0 ||
      getsockname(descriptor, (struct sockaddr *)&address, &address_length) != 0) {
    perror("bind");
    return 1;
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  struct pollfd polled[2] = {{.fd = descriptor, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    poll(polled, 2, held_count > 0 ? 2 : 1000);
    if (polled[0].revents != 0) receive();
    if (held_count > 0) send_late(now());
    if (polled[1].revents != 0) {
      char line[80];
      if (fgets(line, sizeof line, stdin) == NULL) return 0;
      obey(line);
    }
  }
}
