/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/ulid.h"

#include "base/rng.h"

void ulid_source_init(struct ulid_source *source, const uint64_t seed[2])
{
    *source = (struct ulid_source){ .last_ms = -1, .seed = { seed[0], seed[1] } };
}

__extension__ typedef unsigned __int128 bits128; /* the type has no standard name */

struct id ulid_make(struct ulid_source *source, int64_t now_ms)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const bits128 top = (bits128)1 << 80;
    if (now_ms > source->last_ms) {
        struct rng high = { source->seed[0] }, low = { source->seed[1] };
        source->last_ms = now_ms;
        /* the top bit stays free, so counting up can't run over in any real millisecond */
        source->last = ((bits128)(rng_next(&high) & 0x7fff) << 64) | rng_next(&low);
        source->seed[0] = high.state, source->seed[1] = low.state;
    } else {
        source->last++;
    }
    CHECK(source->last < top && source->last_ms >= 0);
    bits128 value = ((bits128)(uint64_t)source->last_ms << 80) | source->last;
    struct id id = { { 0 } };
    for (int i = 25; i >= 0; i--, value >>= 5) id.text[i] = digits[(unsigned)value & 31];
    return id;
}
