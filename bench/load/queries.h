/* The queries that are sent: a file in memory, read round and round. */
#ifndef QUERIES_H
#define QUERIES_H
#include <stdint.h>

#include "check.h"

/* The most octets of a query: a name of 255 octets, and OPT with a client subnet. */
enum { QUERY_OCTETS = 512 };

/* Ends the program when the file can't be read or isn't whole. */
void open_queries(const char *path);
/* Copies the next query, its ID included, and what its response must hold. */
void take_query(struct expectation *expect, uint8_t *query);
/* The place of the next query, and back to it. */
const uint8_t *queries_at(void);
void rewind_queries(const uint8_t *at);
/* Ends the program with errno's message, when errno is not 0. */
void stop(const char *what) __attribute__((noreturn));

#endif
