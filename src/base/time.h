/* SPDX-License-Identifier: EUPL-1.2 */
/* time.h - instants as milliseconds since 1970 UTC, and the one place that reads the machine's clocks.
 * Rules are handed the time; only main, net, the command line, the keeper and the benchmarks may call the two clock functions. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/text.h"

int64_t clock_now_ms(void);        /* UTC; may step */
int64_t clock_monotonic_ms(void);  /* never steps; for time-outs */
int64_t clock_monotonic_us(void);

enum { TIME_TEXT = 25 }; /* "2026-11-20T10:48:45.123Z" and its 0 */
void time_format(int64_t at_ms, char to[TIME_TEXT]);
/* Reads exactly the form that time_format writes, with or without the milliseconds. */
bool time_parse(const char *text, int64_t *at_ms);

#endif
