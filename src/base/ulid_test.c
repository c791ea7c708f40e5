/* SPDX-License-Identifier: EUPL-1.2 */
/* ulid_test.c - ids only ever grow, whatever the clock does, and the same seed makes the same ones. */
#include "base/ulid.h"

#include "base/rng.h"

#include <stdio.h>
#include <string.h>

static bool fail(const char *what)
{
    printf("not ok - ulid: %s\n", what);
    return false;
}

/* The millisecond that stands in the first ten digits. */
static int64_t time_of(struct id id)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    int64_t at_ms = 0;
    for (int i = 0; i < 10; i++) at_ms = at_ms * 32 + (strchr(digits, id.text[i]) - digits);
    return at_ms;
}

static bool form_holds(void)
{
    /* the example of the specification's text: 01ARZ3NDEK is 1469922850259 ms */
    struct ulid_source source;
    ulid_source_init(&source, (const uint64_t[2]){ 1, 2 });
    struct id id = ulid_make(&source, 1469922850259);
    if (strlen(id.text) != 26 || strspn(id.text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != 26) return fail("26 digits of base 32 without I, L, O, U");
    if (strncmp(id.text, "01ARZ3NDEK", 10) != 0 || time_of(id) != 1469922850259) return fail("the time in front");
    ulid_source_init(&source, (const uint64_t[2]){ 1, 2 });
    if (time_of(ulid_make(&source, 0)) != 0) return fail("time 0");
    if (time_of(ulid_make(&source, 253402300799999)) != 253402300799999) return fail("year 9999");
    return true;
}

/* A clock that stands, creeps, jumps and steps back by hours. */
static bool order_holds(uint64_t seed)
{
    struct rng rng = { seed };
    struct ulid_source source;
    struct id before = { { 0 } };
    int64_t now_ms = 1795171725123, latest_ms = 0;
    ulid_source_init(&source, (const uint64_t[2]){ seed, seed + 1 });
    for (int i = 0; i < 20000; i++) {
        if (rng_once_in(&rng, 3)) now_ms += rng_between(&rng, 0, 2);
        if (rng_once_in(&rng, 100)) now_ms += rng_between(&rng, -10000000, 10000000);
        if (now_ms > latest_ms) latest_ms = now_ms;
        struct id id = ulid_make(&source, now_ms);
        if (strcmp(id.text, before.text) <= 0) return fail("each is behind the one before");
        if (time_of(id) != latest_ms) return fail("the latest time seen");
        before = id;
    }
    return true;
}

static bool seeds_hold(void)
{
    struct ulid_source a, b, c;
    ulid_source_init(&a, (const uint64_t[2]){ 1, 2 });
    ulid_source_init(&b, (const uint64_t[2]){ 1, 2 });
    ulid_source_init(&c, (const uint64_t[2]){ 1, 3 });
    for (int i = 0; i < 100; i++) {
        struct id x = ulid_make(&a, i / 3), y = ulid_make(&b, i / 3), z = ulid_make(&c, i / 3);
        if (!id_equal(x, y)) return fail("the same seed makes the same ids");
        if (id_equal(x, z)) return fail("another seed makes others");
    }
    return true;
}

/* Within one millisecond they count up by one, with carry. */
static bool counting_holds(void)
{
    struct ulid_source source;
    ulid_source_init(&source, (const uint64_t[2]){ 1, 2 });
    ulid_make(&source, 5);
    source.last = 0x3ffffffff; /* the low 34 bits set: 7 digits over the carry */
    struct id id = ulid_make(&source, 5);
    return strcmp(id.text + 10, "000000000G000000") == 0 || fail("counting up");
}

int main(void)
{
    bool ok = form_holds() && seeds_hold() && counting_holds();
    for (uint64_t seed = 1; ok && seed <= 20; seed++) ok = order_holds(seed);
    if (ok) printf("ok - ulid: 20 clocks of 20,000 ids\n");
    return !ok;
}
