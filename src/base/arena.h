/* SPDX-License-Identifier: EUPL-1.2 */
/* arena.h - memory of one command or request: taken piece by piece, dropped at once.
 *
 * An arena never hands out NULL. When its limit is reached, or the machine has no more, it jumps to
 * `escape` if its owner set one (the door and the API do, and answer 503), and is a bug otherwise.
 * Rules and parsers keep nothing outside the arena, so leaving them half way harms nobody. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"

#include <setjmp.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* the newest */
    size_t              used_bytes, limit_bytes;
    jmp_buf            *escape;
};

void arena_init(struct arena *arena, size_t limit_bytes);
void arena_finish(struct arena *arena);
void arena_reset(struct arena *arena); /* empty again; keeps one block for the next use */

/* What is taken behind a mark can be given back: for work that is tried again. */
struct arena_mark { struct arena_block *block; size_t block_bytes, used_bytes; };
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

void *arena_take(struct arena *arena, size_t size); /* zeroed, aligned for anything */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
char *arena_text(struct arena *arena, const char *text);                  /* NULL stays NULL */
char *arena_text_n(struct arena *arena, const char *bytes, size_t length); /* adds the 0 */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
