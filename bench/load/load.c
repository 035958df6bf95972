/*
 * Load generator: asks one DNS server over UDP on loopback, in a closed loop with a bounded window, and checks each response.
 * Prints what it counted as one line of JSON. See options.c for the command line, bench/compare/query-file.ts for the file.
 *
 *   query file ─► slots (window / sockets each) ─ sendmmsg ─► server ─ recvmmsg ─► check ─► slot free again
 *
 * A slot's number and generation are the query's ID, so that a response is known without a search.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "latency.h"
#include "options.h"
#include "queries.h"

enum {
  BATCH = 64,
  RESPONSE_OCTETS = 4096,
  SOCKET_BUFFER_OCTETS = 4 << 20,
  /* UDP_MAX_SEGMENTS of Linux before 6.9. */
  MAX_SEGMENTS = 64,
  SWEEP_NS = 10 * 1000 * 1000,
};

struct slot {
  struct expectation expect;
  uint64_t sent_ns;
  uint16_t id;
  bool busy;
  uint8_t query[QUERY_OCTETS];
};

struct channel {
  int fd;
  int free_count;
  uint8_t free[MAX_SLOTS];
  struct slot slots[MAX_SLOTS];
};

static struct options options;
static struct channel *channels;
static int slots_per_channel;
static int in_flight;
static uint64_t sent, answered, lost, late, bad;
static const char *first_bad;

static struct mmsghdr out_headers[BATCH], in_headers[BATCH];
static struct iovec out_parts[BATCH], in_parts[BATCH];
static uint8_t out_controls[BATCH][CMSG_SPACE(sizeof(uint16_t))] __attribute__((aligned(8)));
static uint8_t in_octets[BATCH][RESPONSE_OCTETS];

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void release(struct channel *channel, int index) {
  channel->slots[index].busy = false;
  channel->free[channel->free_count++] = (uint8_t)index;
  in_flight -= 1;
}

static void check(struct channel *channel, const uint8_t *message, int length, uint64_t now) {
  int index = length >= 2 ? message[1] : 0;
  struct slot *slot = &channel->slots[index];
  if (length < 2 || index >= slots_per_channel || !slot->busy || slot->id != (message[0] << 8 | message[1])) {
    late += 1;
    return;
  }
  const char *what = fault_of(&slot->expect, slot->query, message, length);
  if (what == NULL) {
    answered += 1;
    count_latency(now - slot->sent_ns);
  } else {
    bad += 1;
    if (first_bad == NULL) first_bad = what;
  }
  release(channel, index);
}

static void receive(struct channel *channel) {
  for (;;) {
    int count = recvmmsg(channel->fd, in_headers, BATCH, MSG_DONTWAIT, NULL);
    /* ECONNREFUSED and its like are told once and cleared: the query is lost, which its time-out counts. */
    if (count <= 0) return;
    uint64_t now = now_ns();
    for (int i = 0; i < count; i++) check(channel, in_octets[i], (int)in_headers[i].msg_len, now);
    if (count < BATCH) return;
  }
}

static void prepare(struct channel *channel, int index, uint64_t now) {
  struct slot *slot = &channel->slots[index];
  take_query(&slot->expect, slot->query);
  slot->id = (uint16_t)((slot->id + 0x100) & 0xff00) | (uint16_t)index;
  slot->query[0] = (uint8_t)(slot->id >> 8);
  slot->query[1] = (uint8_t)slot->id;
  slot->sent_ns = now;
}

/*
 * Sends the first `count` prepared queries, neighbours of one length as one buffer that the kernel cuts up (UDP_SEGMENT): that
 * halves what a query costs to send. Returns how many went.
 */
static int send_prepared(struct channel *channel, int count) {
  int messages = 0;
  int first[BATCH + 1];
  for (int i = 0; i < count; i++) {
    bool joins = i > 0 && out_parts[i].iov_len == out_parts[i - 1].iov_len;
    if (joins && i - first[messages - 1] < MAX_SEGMENTS) continue;
    first[messages++] = i;
  }
  first[messages] = count;
  for (int m = 0; m < messages; m++) {
    struct msghdr *header = &out_headers[m].msg_hdr;
    header->msg_iov = &out_parts[first[m]];
    header->msg_iovlen = (size_t)(first[m + 1] - first[m]);
    uint16_t octets = (uint16_t)out_parts[first[m]].iov_len;
    memcpy(CMSG_DATA((struct cmsghdr *)out_controls[m]), &octets, sizeof octets);
    header->msg_controllen = header->msg_iovlen > 1 ? sizeof out_controls[m] : 0;
  }
  int went = sendmmsg(channel->fd, out_headers, (unsigned)messages, MSG_DONTWAIT);
  return went <= 0 ? 0 : first[went];
}

/*
 * Sends from free slots, `budget` of them at most. Returns how many went. A closed loop waits for a quarter of them to be free: one
 * system call for a few queries keeps up with any server.
 */
static int refill(struct channel *channel, int budget) {
  int total = 0;
  int least = options.rate > 0 || slots_per_channel < 4 ? 1 : slots_per_channel / 4;
  while (channel->free_count >= least && total < budget) {
    uint64_t now = now_ns();
    int count = channel->free_count < BATCH ? channel->free_count : BATCH;
    if (count > budget - total) count = budget - total;
    const uint8_t *rewind[BATCH];
    for (int i = 0; i < count; i++) {
      int index = channel->free[channel->free_count - 1 - i];
      rewind[i] = queries_at();
      prepare(channel, index, now);
      out_parts[i].iov_base = channel->slots[index].query;
      out_parts[i].iov_len = channel->slots[index].expect.length;
    }
    int went = send_prepared(channel, count);
    for (int i = 0; i < went; i++) channel->slots[channel->free[channel->free_count - 1 - i]].busy = true;
    channel->free_count -= went;
    in_flight += went;
    sent += (uint64_t)went;
    total += went;
    if (went < count) {
      rewind_queries(rewind[went]);
      return total;
    }
  }
  return total;
}

static void sweep(uint64_t now) {
  for (int c = 0; c < options.sockets; c++) {
    for (int i = 0; i < slots_per_channel; i++) {
      struct slot *slot = &channels[c].slots[i];
      if (!slot->busy || now < slot->sent_ns + options.timeout_ns) continue;
      lost += 1;
      release(&channels[c], i);
    }
  }
}

static int budget_at(uint64_t elapsed_ns) {
  if (options.rate == 0) return INT32_MAX;
  double due = options.rate * (double)elapsed_ns / 1e9 - (double)sent;
  return due < 0 ? 0 : (int)due;
}

/* Asks for options.seconds, then waits for what is on its way. Returns how long it took, in nanoseconds. */
static uint64_t run(int poller) {
  struct epoll_event events[MAX_SOCKETS];
  uint64_t start = now_ns(), now = start, swept = start, last_answer = start;
  uint64_t end = start + (uint64_t)(options.seconds * 1e9);
  for (;;) {
    now = now_ns();
    bool sending = now < end;
    if (!sending && in_flight == 0) break;
    if (sending) {
      int budget = budget_at(now - start);
      for (int c = 0; c < options.sockets && budget > 0; c++) budget -= refill(&channels[c], budget);
    }
    /* Never sleeps: waking it would be paid by the server, and more often by the faster one. */
    int ready = epoll_wait(poller, events, options.sockets, 0);
    uint64_t before = answered + bad;
    for (int i = 0; i < ready; i++) {
      struct channel *channel = &channels[events[i].data.u32];
      receive(channel);
    }
    if (answered + bad > before) last_answer = now_ns();
    if (now - swept > SWEEP_NS) {
      sweep(now);
      swept = now;
    }
  }
  return last_answer - start;
}

static void open_channel(struct channel *channel, const char *from, int poller, uint32_t index) {
  struct sockaddr_in source = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, from, &source.sin_addr) != 1) stop("--from must be IPv4 addresses, a comma between");
  channel->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (channel->fd < 0) stop("socket");
  int octets = SOCKET_BUFFER_OCTETS;
  /* FORCE needs privilege; without it the system's limit has to do. */
  if (setsockopt(channel->fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0)
    setsockopt(channel->fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  if (setsockopt(channel->fd, SOL_SOCKET, SO_SNDBUFFORCE, &octets, sizeof octets) != 0)
    setsockopt(channel->fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
  if (bind(channel->fd, (struct sockaddr *)&source, sizeof source) != 0) stop(from);
  if (connect(channel->fd, (struct sockaddr *)&options.to, sizeof options.to) != 0) stop("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, channel->fd, &event) != 0) stop("epoll_ctl");
  for (int i = 0; i < slots_per_channel; i++) channel->free[channel->free_count++] = (uint8_t)i;
}

static void open_channels(int poller) {
  const char *addresses[MAX_SOCKETS] = {"127.0.0.1"};
  int count = 0;
  for (char *at = options.from; at != NULL && count < MAX_SOCKETS;) addresses[count++] = strsep(&at, ",");
  if (count == 0) count = 1;
  channels = calloc((size_t)options.sockets, sizeof *channels);
  if (channels == NULL) stop("memory");
  for (int c = 0; c < options.sockets; c++) open_channel(&channels[c], addresses[c % count], poller, (uint32_t)c);
}

static void report(uint64_t elapsed_ns) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  double seconds = (double)elapsed_ns / 1e9;
  printf("{\"sent\":%llu,\"answered\":%llu,\"lost\":%llu,\"late\":%llu,\"bad\":%llu,", (unsigned long long)sent,
         (unsigned long long)answered, (unsigned long long)lost, (unsigned long long)late, (unsigned long long)bad);
  if (first_bad != NULL) printf("\"firstBad\":\"%s\",", first_bad);
  printf("\"seconds\":%.6f,\"perSecond\":%.0f,\"loadCpu\":%.3f,", seconds, seconds > 0 ? (double)answered / seconds : 0,
         seconds > 0 ? cpu / seconds : 0);
  printf("\"latencyUs\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}}\n", latency_quantile_us(0.5), latency_quantile_us(0.99),
         latency_quantile_us(0.999), latency_max_us());
}

int main(int count, char **arguments) {
  options = read_options(count, arguments);
  slots_per_channel = (options.window + options.sockets - 1) / options.sockets;
  if (slots_per_channel > MAX_SLOTS) slots_per_channel = MAX_SLOTS;
  open_queries(options.file);
  if (options.cpu >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(options.cpu, &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) stop("--cpu");
  }
  int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) stop("epoll");
  open_channels(poller);
  for (int i = 0; i < BATCH; i++) {
    out_headers[i].msg_hdr = (struct msghdr){.msg_control = out_controls[i]};
    struct cmsghdr *control = (struct cmsghdr *)out_controls[i];
    *control = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof(uint16_t))};
    in_parts[i] = (struct iovec){.iov_base = in_octets[i], .iov_len = RESPONSE_OCTETS};
    in_headers[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
  }
  report(run(poller));
  return 0;
}
