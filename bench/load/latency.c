#include "latency.h"

enum { BUCKET_BITS = 5, BUCKETS = 64 << BUCKET_BITS };

static uint64_t buckets[BUCKETS];
static uint64_t counted, max_ns;

/* Buckets of a doubling are cut by its next BUCKET_BITS bits; below the first doubling each nanosecond has one. */
void count_latency(uint64_t nanoseconds) {
  int shift = 63 - __builtin_clzll(nanoseconds | (1u << BUCKET_BITS)) - BUCKET_BITS;
  buckets[((uint64_t)shift << BUCKET_BITS) + (nanoseconds >> shift)] += 1;
  counted += 1;
  if (nanoseconds > max_ns) max_ns = nanoseconds;
}

double latency_quantile_us(double share) {
  uint64_t left = (uint64_t)(share * (double)counted);
  for (int i = 0; i < BUCKETS; i++) {
    if (buckets[i] > left) {
      int shift = i < 2 << BUCKET_BITS ? 0 : (i >> BUCKET_BITS) - 1;
      return (double)((uint64_t)(i - (shift << BUCKET_BITS)) << shift) / 1e3;
    }
    left -= buckets[i];
  }
  return latency_max_us();
}

double latency_max_us(void) { return (double)max_ns / 1e3; }
