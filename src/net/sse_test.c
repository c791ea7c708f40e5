/* SPDX-License-Identifier: EUPL-1.2 */
/* sse_test.c - each row: a stream and the events in it, as [id|event|data]; read whole, byte by byte, and cut in two
 * at every place. Then what we write is read back. */
#include "net/sse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(stream, events) { stream, sizeof(stream) - 1, events }

enum { LINE_LIMIT = 20, EVENT_LIMIT = 30 };

/* "!" at the end: the stream broke a limit there */
static const struct { const char *stream; size_t size; const char *events; } rows[] = {
    ROW("", ""),
    ROW("data: a\n\n", "[|message|a]"),
    ROW("data:a\n\n", "[|message|a]"),
    ROW("data:  a\n\n", "[|message| a]"),                      /* one blank goes, the second stays */
    ROW("data: a\r\n\r\n", "[|message|a]"),
    ROW("data: a\r\r", "[|message|a]"),
    ROW("data: a\n\rdata: b\r\n\n", "[|message|a][|message|b]"),
    ROW("data: a\r\n\r\n\r\ndata: b\n\n", "[|message|a][|message|b]"),
    ROW("data: a\ndata: b\n\n", "[|message|a\nb]"),
    ROW("data: a\ndata:\ndata: b\n\n", "[|message|a\n\nb]"),
    ROW("data\n\n", "[|message|]"),
    ROW("data:\n\n", "[|message|]"),
    ROW("data\ndata\n\n", "[|message|\n]"),
    ROW("id: 7\nevent: x\ndata: a\n\n", "[7|x|a]"),
    ROW("id: 7\ndata: a\n\ndata: b\n\n", "[7|message|a][7|message|b]"), /* the id stays, the name goes */
    ROW("event: x\ndata: a\n\ndata: b\n\n", "[|x|a][|message|b]"),
    ROW("event: x\nevent: y\ndata: a\n\n", "[|y|a]"),
    ROW("id: 7\ndata: a\n\nid\ndata: b\n\n", "[7|message|a][|message|b]"),
    ROW("id: 7\n\ndata: b\n\n", "[7|message|b]"),
    ROW("id: a\0b\ndata: a\n\n", "[|message|a]"),
    ROW("event: x\n\ndata: a\n\n", "[|message|a]"),             /* no data, no event; its name is gone */
    ROW(": \n\n: comment\ndata: a\n\n:\n\n", "[|message|a]"),
    ROW("other: x\nDATA: y\ndata : z\ndata: a\n\n", "[|message|a]"),
    ROW("data: a", ""),
    ROW("data: a\n", ""),
    ROW("\xef\xbb\xbf""data: a\n\n", "[|message|a]"),
    ROW("\n\xef\xbb\xbf""data: a\n\n", ""),                     /* a byte order mark only at the very start */
    ROW("data: a:b\n\n", "[|message|a:b]"),
    ROW("data: 34567890123456\n\n", "[|message|34567890123456]"),
    ROW("data: 345678901234567\n\n", "!"),
    ROW("data: a\n\n: 34567890123456789\n", "[|message|a]"),
    ROW("data: a\n\n: 345678901234567890123", "[|message|a]!"),
    ROW("data: 34567890123456\ndata: 34567890123456\n\n", "[|message|34567890123456\n34567890123456]"),
    ROW("data: 34567890123456\ndata: 34567890123456\ndata: 5\n\n", "!"),
};

struct record { char text[256]; size_t length; };

static void record_event(void *context, const struct sse_event *event)
{
    struct record *record = context;
    CHECK(strlen(event->data) == event->data_bytes);
    record->length += (size_t)snprintf(record->text + record->length, sizeof record->text - record->length,
                                       "[%s|%s|%s]", event->id, event->event, event->data);
}

/* Feeds the first `cut` bytes, then the rest in pieces of `step`. */
static bool reads(const char *stream, size_t size, size_t cut, size_t step, const char *events)
{
    struct record record = { .length = 0 };
    struct sse_parser parser;
    sse_parser_init(&parser, LINE_LIMIT, EVENT_LIMIT, record_event, &record);
    bool fits = sse_parser_feed(&parser, stream, cut);
    for (size_t at = cut; at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        char *copy = malloc(piece); /* so that the sanitizer sees a read beyond the piece */
        CHECK(copy);
        memcpy(copy, stream + at, piece);
        fits = sse_parser_feed(&parser, copy, piece) && fits;
        free(copy);
    }
    sse_parser_finish(&parser);
    if (!fits) record.length += (size_t)snprintf(record.text + record.length, 2, "!");
    if (strcmp(record.text, events) == 0) return true;
    printf("not ok - sse: cut at %zu, steps of %zu: %s\n gives %s\n not   %s\n", cut, step, stream, record.text, events);
    return false;
}

static bool retries(void)
{
    struct record record = { .length = 0 };
    struct sse_parser parser;
    static const char stream[] = "retry: 2500\nretry: x\nretry: -1\nretry: 1x\n\n";
    sse_parser_init(&parser, LINE_LIMIT, EVENT_LIMIT, record_event, &record);
    bool right = parser.retry_ms == -1 && sse_parser_feed(&parser, stream, sizeof stream - 1) && parser.retry_ms == 2500;
    sse_parser_finish(&parser);
    if (!right) printf("not ok - sse: retry\n");
    return right;
}

/* id, event, data | text | what it reads as */
static const struct { struct sse_event event; const char *text, *read; } written[] = {
    { { NULL, NULL, "a", 0 },        "data: a\n\n",                          "[|message|a]" },
    { { "7", "x", "a", 0 },          "id: 7\nevent: x\ndata: a\n\n",         "[7|x|a]" },
    { { "7", NULL, "a\nb", 0 },      "id: 7\ndata: a\ndata: b\n\n",          "[7|message|a\nb]" },
    { { NULL, NULL, "a\r\nb\rc", 0 },"data: a\ndata: b\ndata: c\n\n",        "[|message|a\nb\nc]" },
    { { NULL, NULL, "a\n", 0 },      "data: a\ndata: \n\n",                  "[|message|a\n]" },
    { { NULL, NULL, "", 0 },         "data: \n\n",                           "[|message|]" },
    { { NULL, NULL, " a", 0 },       "data:  a\n\n",                         "[|message| a]" },
    { { "7", NULL, NULL, 0 },        "id: 7\n\n",                            "" },
};

static bool writes(int row)
{
    struct arena arena;
    struct text text;
    arena_init(&arena, 64 * 1024);
    text_init(&text, &arena);
    sse_format(&text, &written[row].event);
    bool right = strcmp(text.bytes, written[row].text) == 0 && reads(text.bytes, text.length, 0, 1, written[row].read);
    if (!right) printf("not ok - sse: written %d: %s\n", row, text.bytes);
    arena_finish(&arena);
    return right;
}

int main(void)
{
    for (int i = 0; i < countof(rows); i++) {
        for (size_t cut = 0; cut <= rows[i].size; cut++)
            if (!reads(rows[i].stream, rows[i].size, cut, rows[i].size + 1, rows[i].events)) return 1;
        if (!reads(rows[i].stream, rows[i].size, 0, 1, rows[i].events)) return 1;
    }
    for (int i = 0; i < countof(written); i++)
        if (!writes(i)) return 1;
    if (!retries()) return 1;
    printf("ok - sse: %d rows at every cut, %d written\n", countof(rows), countof(written));
    return 0;
}
