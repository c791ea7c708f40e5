/* SPDX-License-Identifier: EUPL-1.2 */
/* arena_test.c - what is taken is zeroed, aligned, apart from everything else, and within the limit or not at all. */
#include "base/arena.h"

#include "base/rng.h"

#include <stdio.h>
#include <string.h>

static bool fail(const char *what)
{
    printf("not ok - arena: %s\n", what);
    return false;
}

/* Pieces of all sizes, each filled with its own number; none touches another. */
static bool pieces_hold(struct arena *arena)
{
    enum { PIECES = 2000 };
    static unsigned char *pieces[PIECES];
    static size_t sizes[PIECES];
    struct rng rng = { 7 };
    for (int i = 0; i < PIECES; i++) {
        sizes[i] = (size_t)(rng_once_in(&rng, 50) ? rng_between(&rng, 0, 40000) : rng_between(&rng, 0, 100));
        pieces[i] = arena_take(arena, sizes[i]);
        if ((uintptr_t)pieces[i] % _Alignof(max_align_t) != 0) return fail("alignment");
        for (size_t at = 0; at < sizes[i]; at++)
            if (pieces[i][at]) return fail("zeroed");
        memset(pieces[i], i & 0xff, sizes[i]);
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            if (pieces[i][at] != (i & 0xff)) return fail("apart from each other");
    return true;
}

static bool reset_holds(struct arena *arena)
{
    arena_reset(arena);
    if (arena->used_bytes) return fail("a reset arena is empty");
    char *first = arena_take(arena, 100);
    memset(first, 'x', 100);
    arena_reset(arena);
    char *again = arena_take(arena, 100);
    if (again != first) return fail("the first block is used again");
    for (int i = 0; i < 100; i++)
        if (again[i]) return fail("zeroed after a reset");
    arena_finish(arena);
    if (arena->used_bytes || arena->block) return fail("finished");
    arena_take(arena, 10); /* and can be used anew */
    arena_finish(arena);
    arena_reset(arena);
    return true;
}

/* What was taken before a mark stays as it is, what was taken behind it can be taken again, from an empty arena too. */
static bool rewind_holds(void)
{
    struct arena arena;
    arena_init(&arena, 100000);
    struct arena_mark empty = arena_mark(&arena);
    for (int round = 0; round < 3; round++) {
        char *kept = arena_text(&arena, "kept");
        struct arena_mark mark = arena_mark(&arena);
        for (int i = 0; i < 9; i++) {
            char *taken = arena_take(&arena, 10000);
            if (taken[0] || taken[9999]) return fail("zeroed after a rewind");
            memset(taken, 'x', 10000);
            if (i % 3 == 2) arena_rewind(&arena, mark);
        }
        if (strcmp(kept, "kept") != 0 || arena.used_bytes != mark.used_bytes) return fail("rewound to the mark");
        arena_rewind(&arena, empty);
        if (arena.block || arena.used_bytes) return fail("rewound to nothing");
    }
    arena_finish(&arena);
    return true;
}

/* Takes up to the limit, then jumps; what was taken before stays. Returns how many pieces there was room for. */
static int taken_until_escape(struct arena *arena, size_t size)
{
    jmp_buf escape;
    volatile int taken = 0;
    arena->escape = &escape;
    if (setjmp(escape) == 0)
        for (;; taken++) arena_take(arena, size);
    arena->escape = NULL;
    return taken;
}

static bool limit_holds(void)
{
    static const struct { size_t limit, size; int taken; } rows[] = {
        { 1024, 16, 64 }, { 1024, 1, 64 }, { 1024, 1024, 1 }, { 1024, 1025, 0 }, { 1024, SIZE_MAX, 0 }, { 1024, SIZE_MAX - 7, 0 },
        { 1000000, 300000, 3 }, { 1000000, 600000, 1 }, { 0, 1, 0 },
    };
    for (int i = 0; i < countof(rows); i++) {
        struct arena arena;
        arena_init(&arena, rows[i].limit);
        int taken = taken_until_escape(&arena, rows[i].size), again = taken_until_escape(&arena, rows[i].size);
        arena_reset(&arena);
        int anew = taken_until_escape(&arena, rows[i].size);
        arena_finish(&arena);
        if (taken == rows[i].taken && again == 0 && anew == taken) continue;
        printf("not ok - arena: limit row %d: %d, %d, %d\n", i, taken, again, anew);
        return false;
    }
    return true;
}

static bool texts_hold(struct arena *arena)
{
    char changed[] = "abc";
    char *copy = arena_copy(arena, changed, sizeof changed), *text = arena_text(arena, changed), *part = arena_text_n(arena, changed, 2);
    char *formatted = arena_format(arena, "%s-%d", changed, 7);
    memset(changed, 'x', 3);
    if (strcmp(copy, "abc") != 0 || strcmp(text, "abc") != 0 || strcmp(part, "ab") != 0 || strcmp(formatted, "abc-7") != 0) return fail("copies");
    if (arena_text(arena, NULL)) return fail("NULL stays NULL");
    if (!arena_copy(arena, NULL, 0) || strcmp(arena_text_n(arena, NULL, 0), "") != 0) return fail("copies of nothing");
    return true;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 8 * 1024 * 1024);
    bool ok = pieces_hold(&arena) && texts_hold(&arena) && reset_holds(&arena) && rewind_holds() && limit_holds();
    arena_finish(&arena);
    if (ok) printf("ok - arena: pieces, texts, reset, rewind, limit\n");
    return !ok;
}
