/* SPDX-License-Identifier: EUPL-1.2 */
/* sse.h - event streams (WHATWG HTML, "Server-sent events"), both ways: an event into text, bytes into events.
 * Pure: no socket, no clock. */
#ifndef NET_SSE_H
#define NET_SSE_H

#include "base/text.h"

struct sse_event {
    const char *id, *event, *data; /* written: NULL is left out. Read: id of the last event that had one, "" if none; */
    size_t      data_bytes;        /* event "message" if unnamed; data with its lines joined by \n */
};

/* Adds one event to the text. Lines of data may end in \n, \r or \r\n; id and event have no line breaks and no 0
 * (CHECKed: they are our own words). */
void sse_format(struct text *to, const struct sse_event *event);

struct sse_parser {
    void  (*on_event)(void *context, const struct sse_event *event);
    void   *context;
    size_t  line_limit, event_limit; /* bytes */
    int64_t retry_ms;                /* what the server last asked for; -1: nothing */
    /* private */
    struct sse_buffer { char *bytes; size_t length, room; } line, data, id, name;
    bool    after_cr, has_data, begun, failed;
};

void sse_parser_init(struct sse_parser *parser, size_t line_limit, size_t event_limit,
                     void (*on_event)(void *context, const struct sse_event *event), void *context);
void sse_parser_finish(struct sse_parser *parser);

/* Takes the next bytes of the stream, in pieces of any size; calls on_event for each event that ends in them (its
 * texts last until the callback returns). False if a line or an event's data is longer than its limit, or there is
 * no memory: the stream can't be read on. An event that isn't ended by an empty line doesn't count. */
bool sse_parser_feed(struct sse_parser *parser, const void *bytes, size_t size);

#endif
