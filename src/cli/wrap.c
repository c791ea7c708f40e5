/* SPDX-License-Identifier: EUPL-1.2 */
/* wrap.c - width, breaking, cutting, cleaning.
 *
 * Always true: what these functions let through can't move the cursor but to the next line, the next tab or the beginning of
 * the same line, can't change colours or titles, and can't turn the direction of reading. */
#include "cli/wrap.h"

#include <string.h>
#include <wchar.h>

static int point_columns(uint32_t point)
{
    int columns = wcwidth((wchar_t)point);
    return columns < 0 ? 1 : columns;
}

/* One character of a text; a byte that is none counts as one of width 1. */
static size_t step(const char *text, size_t left, int *columns)
{
    uint32_t point = 0;
    size_t length = utf8_read(text, left, &point);
    *columns = length ? point_columns(point) : 1;
    return length ? length : 1;
}

static int columns_of(const char *text, size_t length)
{
    int all = 0, columns;
    for (size_t at = 0; at < length; all += columns) at += step(text + at, length - at, &columns);
    return all;
}

int text_columns(const char *text) { return columns_of(text, strlen(text)); }

char *text_cut(const char *text, int columns, struct arena *arena)
{
    size_t length = strlen(text), at = 0;
    int used = 0, wide;
    if (text_columns(text) <= columns) return arena_text(arena, text);
    while (at < length) {
        size_t size = step(text + at, length - at, &wide);
        if (used + wide > columns - 1) break;
        used += wide;
        at += size;
    }
    return arena_format(arena, "%.*s…", (int)at, text);
}

void wrap_text(const char *text, int used, int indent, int width, struct text *out)
{
    bool first = true;
    while (*text) {
        if (*text == '\n' || *text == ' ') {
            if (*text++ == ' ') continue;
            text_add_char(out, '\n');
            for (used = 0; used < indent && *text && *text != '\n'; used++) text_add_char(out, ' ');
            first = true;
            continue;
        }
        size_t length = strcspn(text, " \n");
        int columns = columns_of(text, length);
        if (!first && used + 1 + columns > width) {
            text_add_char(out, '\n');
            for (used = 0; used < indent; used++) text_add_char(out, ' ');
            first = true;
        }
        if (!first) text_add_char(out, ' '), used++;
        text_add_n(out, text, length);
        used += columns;
        text += length;
        first = false;
    }
    text_add_char(out, '\n');
}

/* ---- cleaning */

static bool turns_direction(uint32_t point)
{
    return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0x200e || point == 0x200f || point == 0x61c;
}

static void put_point(uint32_t point, const char *bytes, size_t length, bool lines, struct text *out)
{
    if (lines && (point == '\n' || point == '\t' || point == '\r')) text_add_char(out, (char)point);
    else if (point < 0x20) text_add_n(out, (const char[]){ (char)0xe2, (char)0x90, (char)(0x80 + point) }, 3); /* U+2400 and on: its picture */
    else if (point == 0x7f) text_add(out, "\u2421");
    else if ((point >= 0x80 && point < 0xa0) || point == 0x2028 || point == 0x2029 || turns_direction(point)) text_add(out, "\ufffd");
    else text_add_n(out, bytes, length);
}

/* Takes what is whole; returns how many bytes at the end are the beginning of a character that may still come. */
static size_t clean(const char *bytes, size_t size, bool lines, struct text *out)
{
    size_t at = 0;
    while (at < size) {
        uint32_t point = 0;
        size_t length = utf8_read(bytes + at, size - at, &point), left = size - at;
        if (!length && left < 4 && (unsigned char)bytes[at] >= 0xc2 && (unsigned char)bytes[at] <= 0xf4) {
            size_t more = 1;
            while (more < left && ((unsigned char)bytes[at + more] & 0xc0) == 0x80) more++;
            size_t whole = (unsigned char)bytes[at] >= 0xf0 ? 4 : (unsigned char)bytes[at] >= 0xe0 ? 3 : 2;
            if (more == left && more < whole) return left;
        }
        if (length) put_point(point, bytes + at, length, lines, out);
        else text_add(out, "\ufffd");
        at += length ? length : 1;
    }
    return 0;
}

char *text_clean(const char *text, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    size_t length = strlen(text), left = clean(text, length, false, &out);
    for (; left; left--) text_add(&out, "\ufffd");
    return out.bytes;
}

void clean_stream_add(struct clean_stream *stream, const char *bytes, size_t size, struct text *out)
{
    /* What was held back is completed byte by byte, then the rest is taken at once. */
    while (stream->held_bytes && size) {
        stream->held[stream->held_bytes++] = *bytes++;
        size--;
        size_t left = clean(stream->held, stream->held_bytes, true, out);
        memmove(stream->held, stream->held + stream->held_bytes - left, left);
        stream->held_bytes = left;
    }
    if (!size) return;
    size_t left = clean(bytes, size, true, out);
    memcpy(stream->held, bytes + size - left, left);
    stream->held_bytes = left;
}

void clean_stream_end(struct clean_stream *stream, struct text *out)
{
    for (; stream->held_bytes; stream->held_bytes--) text_add(out, "\ufffd");
}
