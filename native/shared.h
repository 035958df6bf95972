/* What the files of the addon share: arguments of a call, and addresses of sockets. */
#ifndef STEERDNS_SHARED_H
#define STEERDNS_SHARED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8
#include <netdb.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { ARGUMENTS = 5 };

union endpoint {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* A call's arguments; in `integers` those that are numbers, and -1 for all others. */
struct call {
  napi_value values[ARGUMENTS];
  int32_t integers[ARGUMENTS];
};

static inline napi_value number(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static inline struct call read_call(napi_env env, napi_callback_info info) {
  struct call call;
  size_t count = ARGUMENTS;
  napi_get_cb_info(env, info, &count, call.values, NULL, NULL);
  for (size_t i = 0; i < ARGUMENTS; i++)
    if (i >= count || napi_get_value_int32(env, call.values[i], &call.integers[i]) != napi_ok) call.integers[i] = -1;
  return call;
}

/* Returns the start of a typed array and how many elements it has, or NULL for any other thing. */
static inline void *array(napi_env env, napi_value value, napi_typedarray_type type, size_t *length) {
  napi_typedarray_type found;
  void *data = NULL;
  napi_status status = napi_get_typedarray_info(env, value, &found, length, &data, NULL, NULL);
  return status == napi_ok && found == type ? data : NULL;
}

static inline int set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}

/* Reads the address and port, both text, of a call's first arguments. Returns the address's length, 0 when they are none. */
static inline socklen_t read_endpoint(napi_env env, const struct call *call, union endpoint *local) {
  /* An address with its scope id. A longer text is cut short, and so refused. */
  char address[128] = "", port[8] = "";
  napi_get_value_string_utf8(env, call->values[0], address, sizeof address, NULL);
  napi_get_value_string_utf8(env, call->values[1], port, sizeof port, NULL);
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
  struct addrinfo *found = NULL;
  if (getaddrinfo(address, port, &hints, &found) != 0) return 0;
  socklen_t length = found->ai_addrlen;
  memcpy(local, found->ai_addr, length);
  freeaddrinfo(found);
  return length;
}

/* Adds the functions of sockets.c. */
bool add_socket_functions(napi_env env, napi_value exports);

#endif
