/* SPDX-License-Identifier: EUPL-1.2 */
/* wrap.h - text as the terminal shows it: how wide, broken into lines, cut, and with nothing in it that could play with the
 * terminal. Pure; needs setlocale(LC_CTYPE, "C.UTF-8") once for the widths. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include "base/text.h"

/* Columns that a clean text takes: wide characters two, combining ones none. */
int text_columns(const char *text);

/* As much of a clean text as fits into `columns`, with "…" at its end if something is missing. */
char *text_cut(const char *text, int columns, struct arena *arena);

/* Adds a clean text in lines of at most `width` columns, broken at spaces; `used` columns of the first line are taken already,
 * further lines begin with `indent` spaces. Line feeds in it stay. Ends with a line feed. */
void wrap_text(const char *text, int used, int indent, int width, struct text *out);

/* Text from outside for the terminal: control characters (escape shows as a picture of it), direction marks and bytes that
 * aren't UTF-8 become visible signs. */
char *text_clean(const char *text, struct arena *arena);

/* The same for a log that comes in pieces; line feeds, tabs and carriage returns stay. A zeroed one is ready. */
struct clean_stream { char held[4]; size_t held_bytes; };
void clean_stream_add(struct clean_stream *stream, const char *bytes, size_t size, struct text *out);
void clean_stream_end(struct clean_stream *stream, struct text *out);

#endif
