/* What a response must hold. */
#ifndef CHECK_H
#define CHECK_H
#include <stdbool.h>
#include <stdint.h>

enum { HEADER_OCTETS = 12 };

/* What precedes each query of the file, little-endian. */
struct expectation {
  uint16_t length;
  uint8_t rcode;
  uint8_t reserved;
  /* TYPE of the first answer; 0: no answer, and SOA in the authority section. */
  uint16_t type;
  /* RDLENGTH of the first answer; 0: any. */
  uint16_t rdlength;
};

/* Whether a message has a header and one whole question. */
bool is_query(const uint8_t *message, int length);

/* What is wrong with a response whose ID is right, or NULL. The query is one by is_query. */
const char *fault_of(const struct expectation *expect, const uint8_t *query, const uint8_t *message, int length);

#endif
