/* SPDX-License-Identifier: EUPL-1.2 */
/* rng.h - seeded randomness (splitmix64, Steele, Lea, Flood 2014). Same seed, same numbers, everywhere.
 * For simulation and tests; secrets come from random_fill() in base/crypto.h. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/base.h"

struct rng { uint64_t state; };

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A number from low to high, both included. */
static inline int64_t rng_between(struct rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)(rng_next(rng) % (uint64_t)(high - low + 1));
}

/* True once in n times. */
static inline bool rng_once_in(struct rng *rng, int64_t n) { return rng_between(rng, 1, n) == 1; }

#endif
