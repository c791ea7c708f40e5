/* SPDX-License-Identifier: EUPL-1.2 */
/* ulid.h - ids of 26 base-32 digits, ordered by time and, inside a millisecond, by making (ULID specification,
 * "monotonicity"). One writer makes them; its source is seeded from outside, so a simulation makes the same ones. */
#ifndef BASE_ULID_H
#define BASE_ULID_H

#include "base/base.h"

struct ulid_source {
    int64_t           last_ms;
    __extension__ unsigned __int128 last;   /* 80 bits: random at each new millisecond, counted up within one */
    uint64_t          seed[2]; /* state of the generator; ids aren't secrets, so a fast one serves */
};

void ulid_source_init(struct ulid_source *source, const uint64_t seed[2]);

/* Never goes back: a clock that steps back keeps the last millisecond and counts on. */
struct id ulid_make(struct ulid_source *source, int64_t now_ms);

#endif
