#include "queries.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t *queries, *queries_end, *next_query;

void open_queries(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) stop(path);
  if (status.st_size == 0) stop("the query file is empty");
  queries = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (queries == MAP_FAILED) stop(path);
  close(fd);
  queries_end = queries + status.st_size;
  next_query = queries;
  for (const uint8_t *at = queries; at < queries_end;) {
    struct expectation expect;
    if (queries_end - at < (ptrdiff_t)sizeof expect) stop("the query file is cut short");
    memcpy(&expect, at, sizeof expect);
    at += sizeof expect;
    if (expect.length > queries_end - at) stop("the query file is cut short");
    if (expect.length > QUERY_OCTETS || !is_query(at, expect.length)) stop("the query file holds what is no query");
    at += expect.length;
  }
}

void take_query(struct expectation *expect, uint8_t *query) {
  memcpy(expect, next_query, sizeof *expect);
  memcpy(query, next_query + sizeof *expect, expect->length);
  next_query += sizeof *expect + expect->length;
  if (next_query == queries_end) next_query = queries;
}

const uint8_t *queries_at(void) { return next_query; }

void rewind_queries(const uint8_t *at) { next_query = at; }

void stop(const char *what) {
  if (errno != 0) fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  else fprintf(stderr, "load: %s\n", what);
  exit(1);
}
