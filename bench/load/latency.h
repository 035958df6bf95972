/* A histogram of latencies: each doubling has 32 buckets, so that a quantile is right to 3 %. */
#ifndef LATENCY_H
#define LATENCY_H
#include <stdint.h>

void count_latency(uint64_t nanoseconds);
/* The least latency that a share (0 to 1) of all counted ones kept to, in microseconds; 0 when there were none. */
double latency_quantile_us(double share);
double latency_max_us(void);

#endif
