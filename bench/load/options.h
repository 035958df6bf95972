/* The load generator's command line. */
#ifndef OPTIONS_H
#define OPTIONS_H
#include <netinet/in.h>
#include <stdint.h>

enum {
  /* The low octet of an ID is the slot. */
  MAX_SLOTS = 256,
  MAX_SOCKETS = 256,
};

struct options {
  const char *file;
  struct sockaddr_in to;
  /* Addresses, a comma between; NULL: 127.0.0.1. */
  char *from;
  double seconds;
  uint64_t timeout_ns;
  /* Queries a second; 0: as many as the window lets. */
  double rate;
  int sockets;
  /* Queries that may be on their way; at most MAX_SLOTS a socket. */
  int window;
  /* -1: any. */
  int cpu;
};

/* Ends the program with what was expected when an option is wrong. */
struct options read_options(int count, char **arguments);

#endif
