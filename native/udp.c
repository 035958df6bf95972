/*
 * Batched UDP for DNS. JavaScript owns the octets: a batch has slots, and slot i of each array belongs to one datagram.
 * exchange() fills the queries with one system call; JavaScript writes response i and its length; the next exchange() sends
 * all responses with one call, each to where its query came from. Nothing is static: each thread has batches of its own.
 */
#include "shared.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* Compared by the loader, so that a binary of other sources is never called. Rises when a function's arguments change. */
enum { INTERFACE_VERSION = 2 };
/* Past 256 datagrams a call the system call costs nothing beside them. */
enum { MAX_SLOTS = 256, MAX_SOCKETS = 64 };
/* Octets of a slot of `addresses`: IPv6, or IPv4 in the first four; and of the room for `tallies`. */
enum { ADDRESS_OCTETS = 16, TALLIES_OCTETS = 64 };
/* Indexes of `tallies`, in the order of TALLY_COUNTERS in src/server/udp-batch.ts. */
enum { DROPPED_PORT, OVERSIZED, SEND_ERRORS, SEND_RETRIES, RECEIVE_ERRORS, KERNEL_DROPS };
/* A full send buffer is waited for 40 ms in all: requestors ask again after some 400 ms. */
enum { SEND_TRIES = 8, SEND_WAIT_MS = 5 };
/* After an error of receiving, which nothing that clients do brings about: without a pause the caller could spin. */
enum { ERROR_PAUSE_MS = 1 };

/* Ancillary data of a datagram: the address that it was sent to. */
union control {
  struct cmsghdr aligned;
  char octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct batch {
  unsigned slots, sockets;
  /* Slots that the last exchange filled, whose headers the kernel has changed. */
  unsigned used;
  /* The socket that is read first, so that a busy one can't starve the others. */
  unsigned first;
  int timeout_ms;
  napi_ref kept;
  /* In the memory of JavaScript: */
  uint32_t *tallies;
  int32_t *query_octets, *response_octets;
  uint8_t *addresses, *families, *responses;
  size_t response_slot_octets;
  struct pollfd polls[MAX_SOCKETS];
  uint32_t drops[MAX_SOCKETS];
  /* By slot: */
  struct mmsghdr received[MAX_SLOTS], sending[MAX_SLOTS];
  struct iovec incoming[MAX_SLOTS], outgoing[MAX_SLOTS];
  union endpoint peers[MAX_SLOTS];
  union control controls[MAX_SLOTS];
  unsigned socket_of[MAX_SLOTS];
};

/* Sets what a socket needs before it is bound. Returns -1 and errno when it can't do without. */
static int prepare(int fd, const union endpoint *local, int receive_octets, int send_octets, bool join) {
  bool is_v6 = local->any.sa_family == AF_INET6;
  /* Root may go past the system's limit; anyone else gets as much as that allows. */
  if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_octets) < 0) set(fd, SOL_SOCKET, SO_RCVBUF, receive_octets);
  if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, send_octets) < 0) set(fd, SOL_SOCKET, SO_SNDBUF, send_octets);
  if (join && set(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0) return -1;
  /* Path MTU is ignored: a forged "fragmentation needed" must not make the kernel fragment what fits any path. */
  if (!is_v6) {
    set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    return local->v4.sin_addr.s_addr == htonl(INADDR_ANY) ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) : 0;
  }
  set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
  /* Else `::` would take the port from 0.0.0.0. */
  if (set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0) return -1;
  return IN6_IS_ADDR_UNSPECIFIED(&local->v6.sin6_addr) ? set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) : 0;
}

/* Returns a bound descriptor or -errno. One that joins no others is bound for itself, and lets them join only then, so that
 * a second instance of the program finds the port taken. */
static int open_socket(const union endpoint *local, socklen_t length, int receive_octets, int send_octets, bool join) {
  int fd = socket(local->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (prepare(fd, local, receive_octets, send_octets, join) == 0 && bind(fd, &local->any, length) == 0 &&
      set(fd, SOL_SOCKET, SO_REUSEPORT, 1) == 0)
    return fd;
  int error = errno;
  close(fd);
  return -error;
}

/* open(address, port: both text, receiveBufferOctets, sendBufferOctets, join: 0 or 1) → descriptor or -errno */
static napi_value js_open(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  union endpoint local = {0};
  socklen_t length = read_endpoint(env, &call, &local);
  if (length == 0) return number(env, -EINVAL);
  return number(env, open_socket(&local, length, call.integers[2], call.integers[3], call.integers[4] > 0));
}

/* prepare(descriptor, receiveBufferOctets, sendBufferOctets) → 0 or -errno; for a socket that someone else has bound. */
static napi_value js_prepare(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  int fd = call.integers[0];
  union endpoint local = {0};
  socklen_t length = sizeof local;
  int failed = getsockname(fd, &local.any, &length);
  if (failed == 0) {
    prepare(fd, &local, call.integers[1], call.integers[2], true);
    /* Once bound IPV6_V6ONLY is as it is; and without this option answers may leave from another address. */
    if (local.any.sa_family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    /* recvmmsg is to wait for datagrams. */
    failed = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  return number(env, failed < 0 ? -errno : 0);
}

/* port(descriptor) → port or -errno */
static napi_value js_port(napi_env env, napi_callback_info info) {
  union endpoint local = {0};
  socklen_t length = sizeof local;
  if (getsockname(read_call(env, info).integers[0], &local.any, &length) < 0) return number(env, -errno);
  /* sin_port and sin6_port are at the same place. */
  return number(env, ntohs(local.v4.sin_port));
}

/* Sends the first `count` of `sending`. One that the kernel refuses is left out; a full buffer is waited for a while. */
static void transmit(struct batch *batch, int fd, unsigned count) {
  unsigned sent = 0, tries = 0;
  while (sent < count) {
    int some = sendmmsg(fd, batch->sending + sent, count - sent, MSG_DONTWAIT);
    bool no_memory = some < 0 && (errno == ENOBUFS || errno == ENOMEM);
    if (some > 0) {
      sent += (unsigned)some;
    } else if (no_memory || errno == EAGAIN) {
      if (tries++ == SEND_TRIES) break;
      batch->tallies[SEND_RETRIES]++;
      struct pollfd room = {.fd = fd, .events = POLLOUT};
      /* The queue that ENOBUFS tells of is the interface's: the socket has room, and polling it would not wait. */
      poll(&room, no_memory ? 0 : 1, SEND_WAIT_MS);
    } else if (errno != EINTR) {
      batch->tallies[SEND_ERRORS]++;
      sent++;
    }
  }
  batch->tallies[SEND_ERRORS] += count - sent;
}

/* Sends what JavaScript left in the slots, neighbours of one socket in one call, and empties them. */
static void send_slots(struct batch *batch) {
  unsigned filled = 0, socket = 0;
  for (unsigned slot = 0; slot < batch->used; slot++) {
    int32_t octets = batch->response_octets[slot];
    batch->response_octets[slot] = 0;
    if (octets <= 0 || (size_t)octets > batch->response_slot_octets) continue;
    if (filled > 0 && batch->socket_of[slot] != socket) {
      transmit(batch, batch->polls[socket].fd, filled);
      filled = 0;
    }
    socket = batch->socket_of[slot];
    batch->outgoing[filled] = (struct iovec){batch->responses + slot * batch->response_slot_octets, (size_t)octets};
    /* To where the query came from, and by its ancillary data from where it was sent to. */
    batch->sending[filled].msg_hdr = batch->received[slot].msg_hdr;
    batch->sending[filled].msg_hdr.msg_iov = &batch->outgoing[filled];
    filled++;
  }
  if (filled > 0) transmit(batch, batch->polls[socket].fd, filled);
}

/* Turns the address that a query was sent to into the one that its response leaves from. */
static void turn_round(struct msghdr *header) {
  struct cmsghdr *part = CMSG_FIRSTHDR(header);
  if (part == NULL) return;
  if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
    /* ipi_spec_dst is right as it came. The interface is the routing table's to choose. */
    ((struct in_pktinfo *)(void *)CMSG_DATA(part))->ipi_ifindex = 0;
  } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
    struct in6_pktinfo *info = (struct in6_pktinfo *)(void *)CMSG_DATA(part);
    /* A link-local address says nothing without its interface. */
    if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
  }
}

/* Returns the octets of the query in a slot; -1, counted, for one that can't be answered. */
static int32_t accept_query(struct batch *batch, unsigned slot) {
  struct msghdr *header = &batch->received[slot].msg_hdr;
  const union endpoint *peer = &batch->peers[slot];
  uint8_t *address = batch->addresses + slot * ADDRESS_OCTETS;
  /* A socket that was shut down gives datagrams without an address. */
  bool no_port = header->msg_namelen == 0 || peer->v4.sin_port == 0;
  if (no_port || header->msg_flags & MSG_TRUNC) {
    batch->tallies[no_port ? DROPPED_PORT : OVERSIZED]++;
    return -1;
  }
  bool is_v4 = peer->any.sa_family == AF_INET;
  batch->families[slot] = is_v4 ? 4 : 6;
  if (is_v4) memcpy(address, &peer->v4.sin_addr, sizeof peer->v4.sin_addr);
  else memcpy(address, &peer->v6.sin6_addr, sizeof peer->v6.sin6_addr);
  if (header->msg_controllen > 0) turn_round(header);
  return (int32_t)batch->received[slot].msg_len;
}

/* Receives into the free slots, as many as there are at once. */
static void receive(struct batch *batch, unsigned socket, int flags) {
  unsigned from = batch->used;
  int some = recvmmsg(batch->polls[socket].fd, batch->received + from, batch->slots - from, flags, NULL);
  if (some < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    batch->tallies[RECEIVE_ERRORS]++;
    poll(NULL, 0, ERROR_PAUSE_MS);
    return;
  }
  batch->used += (unsigned)some;
  for (unsigned slot = from; slot < batch->used; slot++) {
    batch->socket_of[slot] = socket;
    batch->query_octets[slot] = accept_query(batch, slot);
  }
}

/* Gives the kernel its room back in the headers that it has changed. */
static void restore(struct batch *batch) {
  for (; batch->used > 0; batch->used--) {
    struct msghdr *header = &batch->received[batch->used - 1].msg_hdr;
    header->msg_namelen = sizeof *batch->peers;
    header->msg_controllen = sizeof *batch->controls;
    header->msg_flags = 0;
  }
}

/* Returns the flags with which recvmmsg itself waits for a datagram. */
static int waiting_flags(struct batch *batch, int timeout_ms) {
  if (timeout_ms <= 0) return MSG_DONTWAIT;
  if (timeout_ms == batch->timeout_ms) return MSG_WAITFORONE;
  struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
  setsockopt(batch->polls[0].fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  batch->timeout_ms = timeout_ms;
  return MSG_WAITFORONE;
}

static void receive_from_ready(struct batch *batch, int timeout_ms) {
  if (poll(batch->polls, batch->sockets, timeout_ms < 0 ? 0 : timeout_ms) <= 0) return;
  for (unsigned i = 0; i < batch->sockets && batch->used < batch->slots; i++) {
    unsigned socket = (batch->first + i) % batch->sockets;
    if (batch->polls[socket].revents != 0) receive(batch, socket, MSG_DONTWAIT);
  }
  batch->first = (batch->first + 1) % batch->sockets;
}

/* Adds what the kernel has dropped since the last time: the count of SO_RXQ_OVFL, without its cost on each datagram. */
static void count_drops(struct batch *batch) {
  for (unsigned socket = 0; socket < batch->sockets; socket++) {
    uint32_t figures[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof figures;
    if (getsockopt(batch->polls[socket].fd, SOL_SOCKET, SO_MEMINFO, figures, &length) < 0) continue;
    batch->tallies[KERNEL_DROPS] += figures[SK_MEMINFO_DROPS] - batch->drops[socket];
    batch->drops[socket] = figures[SK_MEMINFO_DROPS];
  }
}

static void detach(struct batch *batch) { while (batch->sockets > 0) close(batch->polls[--batch->sockets].fd); }

static void dispose(napi_env env, void *data, void *hint) {
  struct batch *batch = data;
  (void)hint;
  detach(batch);
  if (batch->kept != NULL) napi_delete_reference(env, batch->kept);
  free(batch);
}

/* Lays the slots out in the memory, as UdpBatch does. Returns false when it is too small. */
static bool lay_out(struct batch *batch, uint8_t *memory, size_t octets, const int32_t *sizes) {
  size_t slots = (size_t)sizes[0], query = (size_t)sizes[1], response = (size_t)sizes[2];
  size_t before = TALLIES_OCTETS + slots * (2 * sizeof(int32_t) + ADDRESS_OCTETS + 1 + query);
  if (octets < before + slots * response) return false;
  batch->slots = (unsigned)slots;
  batch->tallies = (uint32_t *)(void *)memory;
  batch->query_octets = (int32_t *)(void *)(memory + TALLIES_OCTETS);
  batch->response_octets = batch->query_octets + slots;
  batch->addresses = (uint8_t *)(batch->response_octets + slots);
  batch->families = batch->addresses + slots * ADDRESS_OCTETS;
  batch->responses = memory + before;
  batch->response_slot_octets = response;
  for (unsigned slot = 0; slot < slots; slot++) {
    batch->incoming[slot] = (struct iovec){.iov_base = batch->families + slots + slot * query, .iov_len = query};
    batch->received[slot].msg_hdr = (struct msghdr){.msg_name = &batch->peers[slot], .msg_iov = &batch->incoming[slot],
                                                    .msg_iovlen = 1, .msg_control = &batch->controls[slot]};
  }
  batch->used = batch->slots;
  restore(batch);
  return true;
}

/* Takes descriptors of its own: a number that is closed elsewhere may come to mean another file. */
static bool take_sockets(struct batch *batch, const int32_t *descriptors, size_t sockets) {
  for (; batch->sockets < sockets; batch->sockets++) {
    int fd = fcntl(descriptors[batch->sockets], F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return false;
    batch->polls[batch->sockets] = (struct pollfd){.fd = fd, .events = POLLIN};
  }
  count_drops(batch);
  batch->tallies[KERNEL_DROPS] = 0;
  return true;
}

/* attach(descriptors, memory, slots, querySlotOctets, responseSlotOctets) → batch */
static napi_value js_attach(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  size_t sockets = 0, octets = 0;
  struct batch *batch = calloc(1, sizeof *batch);
  struct call call = read_call(env, info);
  const int32_t *sizes = &call.integers[2];
  const int32_t *descriptors = array(env, call.values[0], napi_int32_array, &sockets);
  uint8_t *memory = array(env, call.values[1], napi_uint8_array, &octets);
  bool fits = batch && descriptors && memory && (uintptr_t)memory % sizeof(uint32_t) == 0 && sockets > 0 &&
              sockets <= MAX_SOCKETS && sizes[0] > 0 && sizes[0] <= MAX_SLOTS && sizes[1] > 0 &&
              sizes[1] <= UINT16_MAX && sizes[2] > 0 && sizes[2] <= UINT16_MAX;
  if (fits && lay_out(batch, memory, octets, sizes) && take_sockets(batch, descriptors, sockets) &&
      napi_create_external(env, batch, dispose, NULL, &result) == napi_ok) {
    /* The memory lives as long as the batch. It is a SharedArrayBuffer's, which nothing can detach. */
    napi_create_reference(env, call.values[1], 1, &batch->kept);
    return result;
  }
  if (batch != NULL) dispose(env, batch, NULL);
  napi_throw_type_error(env, NULL, "attach: an argument is of the wrong kind or size, or not an open descriptor");
  return NULL;
}

/* Returns the batch of a call, or NULL after an exception. */
static struct batch *batch_of(napi_env env, const struct call *call) {
  void *data = NULL;
  struct batch *batch = napi_get_value_external(env, call->values[0], &data) == napi_ok ? data : NULL;
  if (batch != NULL && batch->sockets > 0) return batch;
  napi_throw_type_error(env, NULL, "the first argument is not an attached batch");
  return NULL;
}

/* exchange(batch, timeoutMs) → slots that were filled; 0 at the time-out, a signal, or after an error. */
static napi_value js_exchange(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct batch *batch = batch_of(env, &call);
  if (batch == NULL) return NULL;
  send_slots(batch);
  restore(batch);
  if (batch->sockets == 1) receive(batch, 0, waiting_flags(batch, call.integers[1]));
  else receive_from_ready(batch, call.integers[1]);
  /* Datagrams are dropped while batches are full; the last of them are seen in the first quiet moment. */
  if (batch->used == 0 || batch->used == batch->slots) count_drops(batch);
  return number(env, (int32_t)batch->used);
}

/* detach(batch): sends the responses of the last exchange, and closes its descriptors now, not when it is collected. */
static napi_value js_detach(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct batch *batch = batch_of(env, &call);
  if (batch != NULL) {
    send_slots(batch);
    detach(batch);
  }
  return NULL;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor parts[] = {
      {.utf8name = "version", .value = number(env, INTERFACE_VERSION)},
      {.utf8name = "open", .method = js_open},
      {.utf8name = "prepare", .method = js_prepare},
      {.utf8name = "port", .method = js_port},
      {.utf8name = "attach", .method = js_attach},
      {.utf8name = "exchange", .method = js_exchange},
      {.utf8name = "detach", .method = js_detach},
  };
  bool defined = napi_define_properties(env, exports, sizeof parts / sizeof *parts, parts) == napi_ok;
  return defined && add_socket_functions(env, exports) ? exports : NULL;
}
