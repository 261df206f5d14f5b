/*
 * A client with a steady rate: sends queries when they are due, whatever becomes of the earlier ones, and prints how
 * long the answers took. Times are from the moment before the call that sends to when the system had the answer in hand
 * (SO_TIMESTAMPNS), so that what this program waits for a processor counts for nothing.
 * Usage: open-loop PORT RATE SECONDS PATIENCE SKIP < QUERIES
 *   PORT      of 127.0.0.1
 *   RATE      queries a second
 *   PATIENCE  seconds after the last query until an answer is lost
 *   SKIP      the first queries, whose times do not count
 *   QUERIES   lines `LABEL HEX`: a packet, and where in it a fresh label of 12 letters goes (0: nowhere); asked in turn
 * Prints lines: `sent N`, `lost N`, `rcode CODE N`, `slowest MICROSECONDS`, and `time MICROSECONDS N` for each bucket of a
 * histogram whose bounds are 3 % apart.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, DATAGRAM = 512, SOCKET_BUFFER = 4 << 20, IDS = 65536, LABEL = 12, CONTROL = 64 };
/* Histogram: 32 buckets for each power of two of microseconds. */
enum { FINE = 5, BUCKETS = 40 << FINE };
/* Nanoseconds between two looks. */
enum { TICK = 100000 };

struct query {
  int length, label;
  unsigned char packet[DATAGRAM];
};

static struct query *queries;
static int query_count;
static int *descriptors;
static int64_t *sent_at;
static long slots, sent, answered, skip, total;
static long rcodes[16], histogram[BUCKETS];
static int64_t slowest;
static char run[5];

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int bucket_of(int64_t microseconds) {
  if (microseconds < 1 << FINE) return microseconds < 0 ? 0 : microseconds;
  int power = 63 - __builtin_clzll(microseconds);
  int bucket = ((power - FINE) << FINE) + (microseconds >> (power - FINE));
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static int64_t bound_of(int bucket) {
  int power = bucket < 2 << FINE ? 0 : (bucket >> FINE) - 1;
  return (int64_t)(bucket - (power << FINE)) << power;
}

static void read_queries(void) {
  static char line[2 * DATAGRAM + 32];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *hex;
    queries = realloc(queries, (query_count + 1) * sizeof *queries);
    struct query *query = &queries[query_count++];
    query->label = strtol(line, &hex, 10);
    unsigned byte;
    int used;
    for (query->length = 0; sscanf(hex, "%2x%n", &byte, &used) == 1 && query->length < DATAGRAM; hex += used)
      query->packet[query->length++] = byte;
  }
}

static void open_sockets(int port, int count) {
  int buffer = SOCKET_BUFFER, on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  descriptors = malloc(count * sizeof *descriptors);
  for (int index = 0; index < count; index++) {
    int descriptor = descriptors[index] = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
      perror("connect");
      exit(1);
    }
  }
}

/* A label that nobody asked for before: four letters of this run, and a number. */
static void write_label(unsigned char *to, long number) {
  memcpy(to, run, 4);
  for (int place = LABEL - 1; place >= 4; place--, number /= 10) to[place] = '0' + number % 10;
}

/* Sends what is due, as far as one socket goes. */
static void ask(long due) {
  static unsigned char packets[BATCH][DATAGRAM];
  static struct iovec part[BATCH];
  static struct mmsghdr message[BATCH];
  int batch = 0;
  long socket = sent % slots / IDS;
  int64_t time = now();
  for (; batch < BATCH && sent < due && sent % slots / IDS == socket; batch++, sent++) {
    struct query *query = &queries[sent % query_count];
    memcpy(packets[batch], query->packet, query->length);
    uint16_t id = htons(sent % slots % IDS);
    memcpy(packets[batch], &id, 2);
    if (query->label > 0) write_label(packets[batch] + query->label, sent);
    part[batch] = (struct iovec){packets[batch], query->length};
    message[batch].msg_hdr = (struct msghdr){.msg_iov = &part[batch], .msg_iovlen = 1};
    sent_at[sent % slots] = time;
  }
  for (int done = 0; done < batch;) {
    int count = sendmmsg(descriptors[socket], message + done, batch - done, 0);
    done += count > 0 ? count : 1;
  }
}

static int64_t arrival(struct msghdr *header) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec time;
    memcpy(&time, CMSG_DATA(part), sizeof time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
  }
  return now();
}

/* Takes all that a socket has. */
static void receive(int socket) {
  static unsigned char packets[BATCH][DATAGRAM];
  static _Alignas(struct cmsghdr) char controls[BATCH][CONTROL];
  static struct iovec part[BATCH];
  static struct mmsghdr message[BATCH];
  for (int received = BATCH; received == BATCH;) {
    for (int index = 0; index < BATCH; index++) {
      part[index] = (struct iovec){packets[index], DATAGRAM};
      message[index].msg_hdr = (struct msghdr){
          .msg_iov = &part[index], .msg_iovlen = 1, .msg_control = controls[index], .msg_controllen = CONTROL};
    }
    received = recvmmsg(descriptors[socket], message, BATCH, MSG_DONTWAIT, NULL);
    for (int index = 0; index < received; index++) {
      long slot = (long)socket * IDS + (packets[index][0] << 8 | packets[index][1]);
      if (message[index].msg_len < 12 || sent_at[slot] == 0) continue;
      int64_t microseconds = (arrival(&message[index].msg_hdr) - sent_at[slot]) / 1000;
      sent_at[slot] = 0;
      answered++;
      rcodes[packets[index][3] & 15]++;
      /* The first round of slots has the numbers of the queries. */
      if (sent <= slots && slot < skip) continue;
      histogram[bucket_of(microseconds)]++;
      if (microseconds > slowest) slowest = microseconds;
    }
  }
}

static void report(void) {
  printf("sent %ld\nlost %ld\nslowest %ld\n", sent, sent - answered, (long)slowest);
  for (int code = 0; code < 16; code++)
    if (rcodes[code] > 0) printf("rcode %d %ld\n", code, rcodes[code]);
  for (int bucket = 0; bucket < BUCKETS; bucket++)
    if (histogram[bucket] > 0) printf("time %ld %ld\n", (long)bound_of(bucket), histogram[bucket]);
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: open-loop PORT RATE SECONDS PATIENCE SKIP < QUERIES\n");
    return 1;
  }
  double rate = atof(arguments[2]), seconds = atof(arguments[3]), patience = atof(arguments[4]);
  skip = atol(arguments[5]);
  total = rate * seconds + 0.5;
  read_queries();
  /* So many that no id is used again before its query is lost. */
  int sockets = 1 + (long)(rate * (patience + 1)) / IDS;
  slots = (long)sockets * IDS;
  sent_at = calloc(slots, sizeof *sent_at);
  if (query_count == 0 || sent_at == NULL) return 1;
  open_sockets(atoi(arguments[1]), sockets);
  int64_t start = now();
  srandom(start);
  for (int index = 0; index < 4; index++) run[index] = 'a' + random() % 26;
  /* Timers come when they are due, not up to 50 µs later. */
  prctl(PR_SET_TIMERSLACK, 1);
  struct timespec tick = {.tv_nsec = TICK};
  for (int64_t last = start; sent < total || (answered < sent && now() - last < patience * 1e9);) {
    double due = (now() - start) * rate / 1e9;
    while (sent < total && sent < due) {
      ask(due < total ? due + 1 : total);
      last = now();
    }
    for (int socket = 0; socket < sockets; socket++) receive(socket);
    nanosleep(&tick, NULL);
  }
  report();
}
