/* SPDX-License-Identifier: EUPL-1.2 */
/* json_write.c - writing: appends to a text, no tree. Control characters and the two separators that JavaScript
 * once took for line ends are escaped, so the bytes may stand in a log line and in an event stream. */
#include "base/json.h"

#include "base/time.h"

#include <string.h>

struct json_writer json_writer_of(struct text *out) { return (struct json_writer){ .out = out }; }

static void separate(struct json_writer *writer)
{
    if (writer->comma) text_add_char(writer->out, ',');
    writer->comma = true;
}

void json_open(struct json_writer *writer, char bracket)
{
    separate(writer);
    text_add_char(writer->out, bracket);
    writer->comma = false;
}

void json_close(struct json_writer *writer, char bracket)
{
    text_add_char(writer->out, bracket);
    writer->comma = true;
}

static void escape(struct text *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    switch (c) {
    case '"': text_add(out, "\\\""); return;
    case '\\': text_add(out, "\\\\"); return;
    case '\n': text_add(out, "\\n"); return;
    case '\r': text_add(out, "\\r"); return;
    case '\t': text_add(out, "\\t"); return;
    default: break;
    }
    char unicode[7] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15], 0 };
    text_add(out, unicode);
}

/* U+2028 and U+2029 are the bytes e2 80 a8 and e2 80 a9. */
static bool is_separator(const char *at, size_t left)
{
    return left >= 3 && memcmp(at, "\xe2\x80", 2) == 0 && ((unsigned char)at[2] & 0xfe) == 0xa8;
}

static void quote(struct text *out, const char *bytes, size_t length)
{
    size_t plain = 0;
    text_add_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool separator = is_separator(bytes + i, length - i);
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && !separator) continue;
        text_add_n(out, bytes + plain, i - plain);
        if (separator) text_add(out, bytes[i + 2] & 1 ? "\\u2029" : "\\u2028"), i += 2;
        else escape(out, c);
        plain = i + 1;
    }
    text_add_n(out, bytes + plain, length - plain);
    text_add_char(out, '"');
}

void json_name(struct json_writer *writer, const char *name)
{
    separate(writer);
    quote(writer->out, name, strlen(name));
    text_add_char(writer->out, ':');
    writer->comma = false;
}

void json_put_text_n(struct json_writer *writer, const char *bytes, size_t length)
{
    separate(writer);
    quote(writer->out, bytes, length);
}

void json_put_text(struct json_writer *writer, const char *text)
{
    if (text) json_put_text_n(writer, text, strlen(text));
    else json_put_null(writer);
}

void json_put_raw(struct json_writer *writer, const char *json)
{
    separate(writer);
    text_add(writer->out, json);
}

void json_put_number(struct json_writer *writer, int64_t number)
{
    separate(writer);
    text_add_number(writer->out, number);
}

void json_put_time(struct json_writer *writer, int64_t at_ms)
{
    char text[TIME_TEXT];
    if (!at_ms) {
        json_put_null(writer);
        return;
    }
    time_format(at_ms, text);
    json_put_text(writer, text);
}

void json_put_flag(struct json_writer *writer, bool flag) { json_put_raw(writer, flag ? "true" : "false"); }
void json_put_null(struct json_writer *writer) { json_put_raw(writer, "null"); }

void json_text_field(struct json_writer *writer, const char *name, const char *text)
{
    json_name(writer, name);
    json_put_text(writer, text);
}

void json_number_field(struct json_writer *writer, const char *name, int64_t number)
{
    json_name(writer, name);
    json_put_number(writer, number);
}

void json_time_field(struct json_writer *writer, const char *name, int64_t at_ms)
{
    json_name(writer, name);
    json_put_time(writer, at_ms);
}

void json_flag_field(struct json_writer *writer, const char *name, bool flag)
{
    json_name(writer, name);
    json_put_flag(writer, flag);
}

static void put_texts(struct json_writer *writer, const struct texts *texts)
{
    json_open(writer, '[');
    for (int i = 0; i < texts->count; i++) json_put_text(writer, texts->items[i]);
    json_close(writer, ']');
}

static void put_field(struct json_writer *writer, const struct field *field, const char *at)
{
    const struct id *id = (const void *)at;
    int word;
    switch (field->kind) {
    case FIELD_ID: json_put_text(writer, id_is_none(*id) && field->flags & FIELD_OPTIONAL ? NULL : id->text); return;
    case FIELD_TEXT: json_put_text(writer, *(const char *const *)(const void *)at); return;
    case FIELD_NUMBER: json_put_number(writer, *(const int64_t *)(const void *)at); return;
    case FIELD_TIME: json_put_time(writer, *(const int64_t *)(const void *)at); return;
    case FIELD_FLAG: json_put_flag(writer, *(const bool *)at); return;
    case FIELD_WORD:
        memcpy(&word, at, sizeof word);
        json_put_text(writer, word_name(field->words, word));
        return;
    case FIELD_JSON: {
        const char *json = *(const char *const *)(const void *)at;
        json_put_raw(writer, json ? json : "null");
        return;
    }
    case FIELD_TEXTS: put_texts(writer, (const void *)at); return;
    }
}

void json_put_members(struct json_writer *writer, const struct shape *shape, const void *of)
{
    for (int i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->flags & FIELD_HIDDEN) continue;
        json_name(writer, field->name);
        put_field(writer, field, (const char *)of + field->offset);
    }
}

void json_put_shape(struct json_writer *writer, const struct shape *shape, const void *of)
{
    json_open(writer, '{');
    json_put_members(writer, shape, of);
    json_close(writer, '}');
}
