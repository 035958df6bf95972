/*
 * The floor of sockets: answers every query with one fixed A record, in a loop of recvmmsg and sendmmsg and nothing else.
 * floor ADDRESS PORT; ends with SIGTERM. What a DNS server adds to it is what it does besides moving datagrams.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, OCTETS = 1232, HEADER_OCTETS = 12 };

/* Owner: pointer to the question; A, IN, TTL 60, 192.0.2.1. */
static const unsigned char RECORD[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

static unsigned char octets[BATCH][OCTETS];
static struct sockaddr_in peers[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr headers[BATCH];

/* Turns a query into its response in place, its OPT kept; returns the response's octets, 0 for none. */
static size_t answer(unsigned char *message, size_t length) {
  size_t at = HEADER_OCTETS;
  while (at < length && message[at] != 0) at += message[at] + 1u;
  at += 5;
  if (at > length || length + sizeof RECORD > OCTETS) return 0;
  memmove(message + at + sizeof RECORD, message + at, length - at);
  memcpy(message + at, RECORD, sizeof RECORD);
  message[2] = (message[2] & 0x79) | 0x84;
  message[3] = 0;
  message[7] = 1;
  return length + sizeof RECORD;
}

int main(int count, char **arguments) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (count != 3 || inet_pton(AF_INET, arguments[1], &address.sin_addr) != 1) {
    fprintf(stderr, "floor ADDRESS PORT\n");
    return 2;
  }
  address.sin_port = htons((unsigned short)atoi(arguments[2]));
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int buffer = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("floor");
    return 1;
  }
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){.iov_base = octets[i], .iov_len = OCTETS};
      headers[i].msg_hdr =
          (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1, .msg_name = &peers[i], .msg_namelen = sizeof peers[i]};
    }
    int received = recvmmsg(fd, headers, BATCH, MSG_WAITFORONE, NULL);
    int ready = 0;
    for (int i = 0; i < received; i++) {
      size_t length = answer(octets[i], headers[i].msg_len);
      if (length == 0) continue;
      parts[i].iov_len = length;
      headers[ready++].msg_hdr = headers[i].msg_hdr;
    }
    for (int done = 0; done < ready;) {
      int went = sendmmsg(fd, headers + done, (unsigned)(ready - done), 0);
      done += went > 0 ? went : 1;
    }
  }
}
