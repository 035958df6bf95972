/*
 * Preloaded before the C library: makes sendmmsg and recvmmsg fail as SEND_FAULTS and RECEIVE_FAULTS say, which a loopback
 * never does by itself. Each is a list of words by spaces, one for each call: an errno's number fails the call, `+N` lets it
 * go with N datagrams at the most, `port0` sets the source port of the first datagram to 0. Calls past the list are as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct script {
  const char *name;
  const char *rest;
};

static struct script sending = {"SEND_FAULTS", NULL};
static struct script receiving = {"RECEIVE_FAULTS", NULL};

/* Returns the next word, or "". The program has one thread that calls these functions. */
static const char *next(struct script *script) {
  static char word[16];
  if (script->rest == NULL) script->rest = getenv(script->name) ? getenv(script->name) : "";
  size_t length = strcspn(script->rest, " ");
  if (length >= sizeof word) abort();
  memcpy(word, script->rest, length);
  word[length] = '\0';
  script->rest += length;
  script->rest += strspn(script->rest, " ");
  return word;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags) {
  int (*real)(int, struct mmsghdr *, unsigned, int);
  *(void **)&real = dlsym(RTLD_NEXT, "sendmmsg");
  const char *word = next(&sending);
  if (*word == '+') {
    unsigned most = (unsigned)atoi(word + 1);
    return real(fd, messages, count < most ? count : most, flags);
  }
  if (*word == '\0') return real(fd, messages, count, flags);
  errno = atoi(word);
  return -1;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *limit) {
  int (*real)(int, struct mmsghdr *, unsigned, int, struct timespec *);
  *(void **)&real = dlsym(RTLD_NEXT, "recvmmsg");
  const char *word = next(&receiving);
  if (strcmp(word, "port0") == 0) {
    int some = real(fd, messages, count, flags, limit);
    if (some > 0) ((struct sockaddr_in *)messages[0].msg_hdr.msg_name)->sin_port = 0;
    return some;
  }
  if (*word == '\0') return real(fd, messages, count, flags, limit);
  errno = atoi(word);
  return -1;
}
