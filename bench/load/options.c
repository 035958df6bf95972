#define _GNU_SOURCE
#include "options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(void) __attribute__((noreturn));

static void usage(void) {
  fprintf(stderr,
          "load --to ADDRESS:PORT --queries FILE [--seconds 2] [--rate PER_SECOND] [--window 128] [--sockets 8]\n"
          "     [--timeout-ms 250] [--from ADDRESS,ADDRESS] [--cpu NUMBER]\n");
  exit(2);
}

static double number(const char *text, double least, double most) {
  char *end;
  double value = strtod(text, &end);
  if (*text == 0 || *end != 0 || !(value >= least && value <= most)) {
    fprintf(stderr, "load: %s must be a number from %g to %g\n", text, least, most);
    exit(2);
  }
  return value;
}

static struct sockaddr_in read_to(char *text) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  char *port = strrchr(text, ':');
  if (port == NULL) usage();
  *port++ = 0;
  to.sin_port = htons((uint16_t)number(port, 1, 65535));
  if (inet_pton(AF_INET, text, &to.sin_addr) != 1) usage();
  return to;
}

struct options read_options(int count, char **arguments) {
  struct options options = {.seconds = 2, .timeout_ns = 250 * 1000 * 1000, .sockets = 8, .window = 128, .cpu = -1};
  static const struct option known[] = {
      {"to", 1, 0, 't'},     {"queries", 1, 0, 'q'}, {"seconds", 1, 0, 's'},    {"rate", 1, 0, 'r'}, {"window", 1, 0, 'w'},
      {"sockets", 1, 0, 'n'}, {"from", 1, 0, 'f'},    {"timeout-ms", 1, 0, 'm'}, {"cpu", 1, 0, 'c'},  {0, 0, 0, 0}};
  for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
    switch (option) {
      case 't': options.to = read_to(optarg); break;
      case 'q': options.file = optarg; break;
      case 's': options.seconds = number(optarg, 0.01, 3600); break;
      case 'r': options.rate = number(optarg, 1, 1e9); break;
      case 'w': options.window = (int)number(optarg, 1, MAX_SOCKETS * MAX_SLOTS); break;
      case 'n': options.sockets = (int)number(optarg, 1, MAX_SOCKETS); break;
      case 'f': options.from = optarg; break;
      case 'm': options.timeout_ns = (uint64_t)(number(optarg, 1, 60000) * 1e6); break;
      case 'c': options.cpu = (int)number(optarg, 0, CPU_SETSIZE - 1); break;
      default: usage();
    }
  }
  if (options.file == NULL || options.to.sin_family == 0 || optind != count) usage();
  return options;
}
