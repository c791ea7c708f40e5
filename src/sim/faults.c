/* SPDX-License-Identifier: EUPL-1.2 */
/* faults.c - faults have a random stream of their own, so that a seed's people want the same things however often the disk fails. */
#include "sim/faults.h"

const char *fault_words(enum fault fault)
{
#define FAULT_WORDS(symbol, words) words,
    static const char *const names[] = { FAULTS(FAULT_WORDS) };
    return names[fault];
}

bool fault_strikes(struct faults *faults, enum fault fault, int64_t once_in)
{
    if (!faults->on || !rng_once_in(&faults->rng, once_in)) return false;
    fault_count(faults, fault);
    return true;
}

void fault_count(struct faults *faults, enum fault fault) { faults->counts[fault]++; }
