/* SPDX-License-Identifier: EUPL-1.2 */
/* text.c - growing is doubling inside the arena: the old bytes stay there until the arena is dropped,
 * at most as many again as the text itself. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *text, struct arena *arena)
{
    *text = (struct text){ .arena = arena, .room = 256 };
    text->bytes = arena_take(arena, text->room);
}

static void text_room(struct text *text, size_t more)
{
    size_t need = text->length + more + 1;
    if (need <= text->room) return;
    size_t room = text->room * 2 > need ? text->room * 2 : need;
    char *bytes = arena_take(text->arena, room);
    memcpy(bytes, text->bytes, text->length);
    text->bytes = bytes;
    text->room = room;
}

void text_add_n(struct text *text, const char *bytes, size_t length)
{
    text_room(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = 0;
}

void text_add(struct text *text, const char *more) { text_add_n(text, more, strlen(more)); }
void text_add_char(struct text *text, char c) { text_add_n(text, &c, 1); }

void text_add_number(struct text *text, int64_t number)
{
    char digits[24];
    int at = (int)sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0) digits[--at] = '-';
    text_add_n(text, digits + at, sizeof digits - (size_t)at);
}

void text_add_format(struct text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    text_room(text, (size_t)length);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

void text_add_escaped(struct text *text, const char *value, bool is_path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char *c = value; *c; c++) {
        if (strchr(plain, *c) || (is_path && *c == '/')) text_add_char(text, *c);
        else text_add_format(text, "%%%02X", (unsigned)(unsigned char)*c);
    }
}

size_t utf8_read(const char *text, size_t left, uint32_t *point)
{
    const unsigned char *bytes = (const unsigned char *)text;
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first = bytes[0];
    size_t length = first < 0x80 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 0;
    if (!length || length > left) return 0;
    uint32_t value = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (bytes[i] & 0x3fu);
    }
    if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
    *point = value;
    return length;
}

bool utf8_is_valid(const char *bytes, size_t length)
{
    uint32_t point;
    for (size_t at = 0, step; at < length; at += step)
        if (!(step = utf8_read(bytes + at, length - at, &point))) return false;
    return true;
}

/* Controls, direction marks, and what takes no room: nobody sees that they are there. */
static bool point_is_hidden(uint32_t point)
{
    static const struct { uint32_t first, last; } hidden[] = {
        { 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
        { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
        { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
    };
    for (int i = 0; i < countof(hidden); i++)
        if (point >= hidden[i].first && point <= hidden[i].last) return true;
    return false;
}

bool text_is_plain(const char *text)
{
    size_t length = strlen(text);
    uint32_t point = 0;
    for (size_t at = 0, step; at < length; at += step) {
        step = utf8_read(text + at, length - at, &point);
        if (!step || point_is_hidden(point)) return false;
    }
    return true;
}

/* Names are short, so one row of the table is enough. */
int text_letters_apart(const char *a, const char *b)
{
    int row[64], length = (int)strlen(b);
    if (length >= countof(row) || strlen(a) >= (size_t)countof(row)) return countof(row);
    for (int j = 0; j <= length; j++) row[j] = j;
    for (int i = 1; *a; a++, i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= length; j++) {
            int above = row[j], change = corner + (*a != b[j - 1]);
            int least = row[j - 1] < above ? row[j - 1] + 1 : above + 1;
            row[j] = change < least ? change : least;
            corner = above;
        }
    }
    return row[length];
}

int text_bucket(const char *text, int count)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
    return (int)(hash % (uint32_t)count);
}

bool text_to_number(const char *text, int64_t *number)
{
    bool negative = *text == '-';
    if (negative) text++;
    if (!*text) return false;
    uint64_t value = 0, top = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        unsigned digit = (unsigned)(*text - '0');
        if (value > (top - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *number = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}
