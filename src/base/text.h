/* SPDX-License-Identifier: EUPL-1.2 */
/* text.h - text that grows inside an arena, and small questions about text from outside. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"

/* Always ends with a 0 that isn't counted in length. */
struct text {
    struct arena *arena;
    char         *bytes;
    size_t        length, room;
};

void text_init(struct text *text, struct arena *arena);
void text_add(struct text *text, const char *more);
void text_add_n(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_add_number(struct text *text, int64_t number);
void text_add_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Percent-encoded but for RFC 3986's unreserved characters; a slash stays if it stands between parts of a path. */
void text_add_escaped(struct text *text, const char *value, bool is_path);

/* The length of the well-formed UTF-8 character at text, of which `left` bytes are there; 0 if there is none. */
size_t utf8_read(const char *text, size_t left, uint32_t *point);

/* Well-formed UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_is_valid(const char *bytes, size_t length);

/* True for text fit to be a name: no control characters, no bidirectional overrides, no zero-width
 * characters (robustness row 21). Text must be valid UTF-8. */
bool text_is_plain(const char *text);

/* How many letters must be added, removed or changed to make b of a; 64 if either is that long. */
int text_letters_apart(const char *a, const char *b);

/* Which of `count` buckets a text belongs to (FNV-1a, Fowler, Noll, Vo): for our own ids; whoever chooses the texts can fill one. */
int text_bucket(const char *text, int count);

/* Reads a whole decimal int64 (optional leading '-'); false if anything else stands there or it doesn't fit. */
bool text_to_number(const char *text, int64_t *number);

#endif
