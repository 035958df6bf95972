/*
 * What Node.js has no call for, and an instance needs that takes sockets over, or is told by a service manager: descriptors
 * through datagrams of a Unix socket (SCM_RIGHTS), listening sockets that outlive their process, locks of files.
 * Every function returns 0 or a descriptor, or -errno.
 */
#include "shared.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/un.h>
#include <unistd.h>

enum {
  /* SCM_MAX_FD: the kernel passes no more with one message. */
  MAX_DESCRIPTORS = 253,
  /* What a notification may say: it is lines of text. */
  MAX_TEXT_OCTETS = 4096,
  /* The kernel caps it at its somaxconn. */
  BACKLOG = 1024
};

/* Ancillary data that carries descriptors. */
union rights {
  struct cmsghdr aligned;
  char octets[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))];
};

/* Returns -errno after closing the descriptor. */
static int give_up(int fd) {
  int error = errno;
  close(fd);
  return -error;
}

/* listen(address, port: both text) → descriptor */
static napi_value js_listen(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  union endpoint local = {0};
  socklen_t length = read_endpoint(env, &call, &local);
  if (length == 0) return number(env, -EINVAL);
  int fd = socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return number(env, -errno);
  /* Connections of before in TIME_WAIT must not hold the port. */
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (local.any.sa_family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  bool listens = bind(fd, &local.any, length) == 0 && listen(fd, BACKLOG) == 0;
  return number(env, listens ? fd : give_up(fd));
}

/* duplicate(descriptor) → descriptor of the same socket */
static napi_value js_duplicate(napi_env env, napi_callback_info info) {
  int fd = fcntl(read_call(env, info).integers[0], F_DUPFD_CLOEXEC, 0);
  return number(env, fd < 0 ? -errno : fd);
}

/* describe(descriptor) → `udp 192.0.2.1 53`, `tcp ::1 53`, '' for what is neither. A descriptor that is described is not
 * passed on to programs that are started. */
static napi_value js_describe(napi_env env, napi_callback_info info) {
  int fd = read_call(env, info).integers[0], type = 0, listens = 0;
  union endpoint local = {0};
  socklen_t length = sizeof local, size = sizeof type;
  char address[128] = "", port[8] = "", text[160] = "";
  napi_value result = NULL;
  bool is_socket = getsockname(fd, &local.any, &length) == 0 &&
                   (local.any.sa_family == AF_INET || local.any.sa_family == AF_INET6) &&
                   getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
                   getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0;
  bool is_udp = is_socket && type == SOCK_DGRAM, is_tcp = is_socket && type == SOCK_STREAM && listens != 0;
  if ((is_udp || is_tcp) && getnameinfo(&local.any, length, address, sizeof address, port, sizeof port,
                                        NI_NUMERICHOST | NI_NUMERICSERV | (is_udp ? NI_DGRAM : 0)) == 0) {
    snprintf(text, sizeof text, "%s %s %s", is_udp ? "udp" : "tcp", address, port);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

/* lock(path) → descriptor that holds the file locked until it, and what it was copied to, are closed; -EWOULDBLOCK when
 * another holds it. The file is made where there is none. */
static napi_value js_lock(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  char path[4096] = "";
  napi_get_value_string_utf8(env, call.values[0], path, sizeof path, NULL);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return number(env, -errno);
  return number(env, flock(fd, LOCK_EX | LOCK_NB) == 0 ? fd : give_up(fd));
}

/* Reads the path of a Unix socket; `@name` is abstract. Returns the address's length, 0 for what is too long or empty. */
static socklen_t read_path(napi_env env, napi_value value, struct sockaddr_un *address) {
  size_t octets = 0;
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  napi_get_value_string_utf8(env, value, NULL, 0, &octets);
  if (octets == 0 || octets >= sizeof address->sun_path) return 0;
  napi_get_value_string_utf8(env, value, address->sun_path, sizeof address->sun_path, NULL);
  if (address->sun_path[0] == '@') address->sun_path[0] = '\0';
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + octets);
}

/* receiver(path) → descriptor of a Unix socket that takes datagrams there, and does not wait for them */
static napi_value js_receiver(napi_env env, napi_callback_info info) {
  struct sockaddr_un address;
  socklen_t length = read_path(env, read_call(env, info).values[0], &address);
  if (length == 0) return number(env, -ENAMETOOLONG);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return number(env, -errno);
  return number(env, bind(fd, (struct sockaddr *)&address, length) == 0 ? fd : give_up(fd));
}

/* send(path, text, descriptors) → 0: the text, not empty, and copies of the descriptors as one datagram to a Unix socket */
static napi_value js_send(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  struct sockaddr_un address;
  char text[MAX_TEXT_OCTETS];
  size_t octets = 0, count = 0;
  socklen_t length = read_path(env, call.values[0], &address);
  const int32_t *descriptors = array(env, call.values[2], napi_int32_array, &count);
  napi_get_value_string_utf8(env, call.values[1], text, sizeof text, &octets);
  if (length == 0) return number(env, -ENAMETOOLONG);
  if (octets == 0 || (count > 0 && descriptors == NULL) || count > MAX_DESCRIPTORS) return number(env, -EINVAL);
  union rights rights = {0};
  struct iovec part = {.iov_base = text, .iov_len = octets};
  struct msghdr message = {.msg_name = &address, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    message.msg_control = &rights;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))};
    memcpy(CMSG_DATA(head), descriptors, count * sizeof(int));
  }
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return number(env, -errno);
  ssize_t sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return number(env, give_up(fd));
  close(fd);
  return number(env, 0);
}

/* receive(receiver, descriptors: room for 253) → how many descriptors the next datagram brought; -EAGAIN without one */
static napi_value js_receive(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info);
  size_t room = 0;
  int32_t *descriptors = array(env, call.values[1], napi_int32_array, &room);
  if (descriptors == NULL || room < MAX_DESCRIPTORS) return number(env, -EINVAL);
  char text[MAX_TEXT_OCTETS];
  union rights rights;
  struct iovec part = {.iov_base = text, .iov_len = sizeof text};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
  if (recvmsg(call.integers[0], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return number(env, -errno);
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return number(env, 0);
  size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  memcpy(descriptors, CMSG_DATA(head), count * sizeof(int));
  return number(env, (int32_t)count);
}

bool add_socket_functions(napi_env env, napi_value exports) {
  const napi_property_descriptor parts[] = {
      {.utf8name = "listen", .method = js_listen},       {.utf8name = "duplicate", .method = js_duplicate},
      {.utf8name = "describe", .method = js_describe},   {.utf8name = "lock", .method = js_lock},
      {.utf8name = "receiver", .method = js_receiver},   {.utf8name = "send", .method = js_send},
      {.utf8name = "receive", .method = js_receive},
  };
  return napi_define_properties(env, exports, sizeof parts / sizeof *parts, parts) == napi_ok;
}
