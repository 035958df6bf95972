#include "check.h"

#include <stddef.h>
#include <string.h>

enum { TYPE_SOA = 6, RECORD_HEAD_OCTETS = 10 };

static uint16_t be16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

/* Offset past a name, or -1. */
static int skip_name(const uint8_t *message, int length, int at) {
  while (at < length) {
    if (message[at] == 0) return at + 1;
    if (message[at] >= 0xc0) return at + 2;
    at += message[at] + 1;
  }
  return -1;
}

bool is_query(const uint8_t *message, int length) {
  int question_end = length < HEADER_OCTETS ? -1 : skip_name(message, length, HEADER_OCTETS) + 4;
  return question_end > HEADER_OCTETS && question_end <= length && be16(message + 4) == 1;
}

const char *fault_of(const struct expectation *expect, const uint8_t *query, const uint8_t *message, int length) {
  if (length < HEADER_OCTETS) return "shorter than a header";
  if ((message[2] & 0xf8) != 0x80) return "not a response to a query";
  if (message[2] & 0x02) return "truncated";
  if ((message[3] & 0x0f) != expect->rcode) return "another RCODE";
  if (be16(message + 4) != 1) return "QDCOUNT is not 1";
  int question_end = skip_name(query, expect->length, HEADER_OCTETS) + 4;
  if (length < question_end || memcmp(message + HEADER_OCTETS, query + HEADER_OCTETS, question_end - HEADER_OCTETS) != 0)
    return "another question";
  if (be16(query + 10) > be16(message + 10)) return "no OPT";
  int type = expect->type;
  if (type == 0) {
    if (be16(message + 6) != 0) return "an answer where there is none";
    if (be16(message + 8) == 0) return "no SOA";
    type = TYPE_SOA;
  } else if (be16(message + 6) == 0) return "no answer";
  int at = skip_name(message, length, question_end);
  if (at < 0 || at + RECORD_HEAD_OCTETS > length) return "a record cut short";
  if (be16(message + at) != type) return "a record of another type";
  int rdlength = be16(message + at + 8);
  if (at + RECORD_HEAD_OCTETS + rdlength > length) return "RDATA cut short";
  if (expect->rdlength != 0 && rdlength != expect->rdlength) return "another RDLENGTH";
  return NULL;
}
