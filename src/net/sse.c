/* SPDX-License-Identifier: EUPL-1.2 */
/* sse.c - the parser works line by line: a line ends with CR LF, LF or CR, an empty one dispatches the event. A CR at
 * the end of a piece ends its line at once; an LF at the start of the next is then swallowed, so that an event never
 * waits for the byte behind it. */
#include "net/sse.h"

#include <stdlib.h>
#include <string.h>

static bool is_one_line(const char *text) { return !strpbrk(text, "\r\n"); }

void sse_format(struct text *to, const struct sse_event *event)
{
    CHECK((!event->id || is_one_line(event->id)) && (!event->event || is_one_line(event->event)));
    if (event->id) text_add(to, "id: "), text_add(to, event->id), text_add_char(to, '\n');
    if (event->event) text_add(to, "event: "), text_add(to, event->event), text_add_char(to, '\n');
    for (const char *line = event->data; line;) {
        size_t length = strcspn(line, "\r\n");
        text_add(to, "data: "), text_add_n(to, line, length), text_add_char(to, '\n');
        const char *end = line + length;
        line = !*end ? NULL : end[0] == '\r' && end[1] == '\n' ? end + 2 : end + 1;
    }
    text_add_char(to, '\n');
}

void sse_parser_init(struct sse_parser *parser, size_t line_limit, size_t event_limit,
                     void (*on_event)(void *context, const struct sse_event *event), void *context)
{
    *parser = (struct sse_parser){ .on_event = on_event, .context = context, .line_limit = line_limit,
                                   .event_limit = event_limit, .retry_ms = -1 };
}

void sse_parser_finish(struct sse_parser *parser)
{
    free(parser->line.bytes), free(parser->data.bytes), free(parser->id.bytes), free(parser->name.bytes);
    parser->line = parser->data = parser->id = parser->name = (struct sse_buffer){ NULL, 0, 0 };
}

/* Always ends with a 0 that isn't counted. */
static bool buffer_add(struct sse_buffer *buffer, const char *bytes, size_t size, size_t limit)
{
    if (size > limit || buffer->length > limit - size) return false;
    size_t wanted = buffer->length + size + 1;
    if (wanted > buffer->room) {
        size_t room = buffer->room ? buffer->room : 256;
        while (room < wanted) room *= 2;
        char *grown = realloc(buffer->bytes, room);
        if (!grown) return false;
        buffer->bytes = grown, buffer->room = room;
    }
    if (size > 0) memcpy(buffer->bytes + buffer->length, bytes, size);
    buffer->length += size;
    buffer->bytes[buffer->length] = 0;
    return true;
}

static bool buffer_set(struct sse_buffer *buffer, const char *bytes, size_t size, size_t limit)
{
    buffer->length = 0;
    return buffer_add(buffer, bytes, size, limit);
}

static const char *buffer_text(const struct sse_buffer *buffer) { return buffer->length ? buffer->bytes : ""; }

static void event_dispatch(struct sse_parser *parser)
{
    struct sse_event event = { .id = buffer_text(&parser->id),
                               .event = parser->name.length ? parser->name.bytes : "message",
                               .data = buffer_text(&parser->data), .data_bytes = parser->data.length };
    if (parser->has_data) parser->on_event(parser->context, &event);
    parser->data.length = parser->name.length = 0;
    parser->has_data = false;
}

static void retry_read(struct sse_parser *parser, const char *value)
{
    int64_t retry_ms;
    if (value[0] >= '0' && value[0] <= '9' && text_to_number(value, &retry_ms)) parser->retry_ms = retry_ms;
}

static bool field_is(const char *line, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(line, name, length) == 0;
}

static bool line_read(struct sse_parser *parser)
{
    if (!parser->begun) {
        parser->begun = true;
        if (parser->line.length >= 3 && memcmp(parser->line.bytes, "\xef\xbb\xbf", 3) == 0) {
            parser->line.length -= 3;
            memmove(parser->line.bytes, parser->line.bytes + 3, parser->line.length + 1);
        }
    }
    if (parser->line.length == 0) {
        event_dispatch(parser);
        return true;
    }
    const char *line = parser->line.bytes, *colon = memchr(line, ':', parser->line.length);
    size_t name = colon ? (size_t)(colon - line) : parser->line.length;
    const char *value = colon ? colon + 1 : line + name;
    if (colon && *value == ' ') value++;
    size_t size = parser->line.length - (size_t)(value - line);
    if (field_is(line, name, "data")) {
        if (parser->has_data && !buffer_add(&parser->data, "\n", 1, parser->event_limit)) return false;
        parser->has_data = true;
        return buffer_add(&parser->data, value, size, parser->event_limit);
    }
    if (field_is(line, name, "event")) return buffer_set(&parser->name, value, size, parser->line_limit);
    if (field_is(line, name, "id") && !memchr(value, 0, size))
        return buffer_set(&parser->id, value, size, parser->line_limit);
    if (field_is(line, name, "retry")) retry_read(parser, value);
    return true; /* a comment, or a field of a later standard */
}

bool sse_parser_feed(struct sse_parser *parser, const void *bytes, size_t size)
{
    const char *at = bytes, *end = at + size;
    while (at < end && !parser->failed) {
        if (parser->after_cr && *at == '\n') at++;
        parser->after_cr = false;
        const char *stop = at;
        while (stop < end && *stop != '\r' && *stop != '\n') stop++;
        parser->failed = !buffer_add(&parser->line, at, (size_t)(stop - at), parser->line_limit);
        if (parser->failed || stop == end) break;
        parser->after_cr = *stop == '\r';
        parser->failed = !line_read(parser);
        parser->line.length = 0;
        at = stop + 1;
    }
    return !parser->failed;
}
