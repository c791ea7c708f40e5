/* SPDX-License-Identifier: EUPL-1.2 */
/* arena.c - blocks of at least 8 KiB, doubled as they are needed, in a list with the newest first.
 * The first block survives arena_reset, so a writer that runs a million commands allocates once. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 8192, ALIGN_BYTES = 16 };

struct arena_block {
    struct arena_block *older;
    size_t              size, used;
    _Alignas(ALIGN_BYTES) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t limit_bytes)
{
    *arena = (struct arena){ .limit_bytes = limit_bytes };
}

static void blocks_free(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_finish(struct arena *arena)
{
    blocks_free(arena->block);
    arena->block = NULL;
    arena->used_bytes = 0;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = arena->block;
    while (keep && keep->older) {
        struct arena_block *older = keep->older;
        free(keep);
        keep = older;
    }
    arena->block = keep;
    arena->used_bytes = 0;
    if (keep) keep->used = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){ arena->block, arena->block ? arena->block->used : 0, arena->used_bytes };
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->block != mark.block) {
        struct arena_block *older = arena->block->older;
        free(arena->block);
        arena->block = older;
    }
    if (arena->block) arena->block->used = mark.block_bytes;
    arena->used_bytes = mark.used_bytes;
}

static _Noreturn void arena_exhausted(struct arena *arena)
{
    CHECK(arena->escape);
    longjmp(*arena->escape, 1);
}

static struct arena_block *block_add(struct arena *arena, size_t size)
{
    size_t want = arena->block ? arena->block->size * 2 : BLOCK_BYTES;
    if (want > 1024 * 1024) want = 1024 * 1024;
    if (want < size) want = size;
    struct arena_block *block = malloc(sizeof *block + want);
    if (!block) arena_exhausted(arena);
    *block = (struct arena_block){ .older = arena->block, .size = want };
    return arena->block = block;
}

void *arena_take(struct arena *arena, size_t size)
{
    if (size > arena->limit_bytes || arena->used_bytes > arena->limit_bytes - size) arena_exhausted(arena);
    size_t rounded = (size + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    struct arena_block *block = arena->block;
    if (!block || rounded > block->size - block->used) block = block_add(arena, rounded);
    void *taken = block->bytes + block->used;
    block->used += rounded;
    arena->used_bytes += rounded;
    memset(taken, 0, rounded);
    return taken;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    void *copy = arena_take(arena, size ? size : 1);
    if (size) memcpy(copy, bytes, size);
    return copy;
}

char *arena_text_n(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_take(arena, length + 1);
    if (length) memcpy(copy, bytes, length);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text ? arena_text_n(arena, text, strlen(text)) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    char *text = arena_take(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
