/* SPDX-License-Identifier: EUPL-1.2 */
/* text_test.c - one row a case: bytes and what is said of them. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* valid: well-formed UTF-8; plain: and fit to be a name */
static const struct { const char *bytes; bool valid, plain; } rows[] = {
    { "", true, true },
    { "train 7 (b).sh", true, true },
    { "\xc3\xa9toile \xce\xb1\xce\xb2 \xe4\xb8\xad\xf0\x9f\x9a\x80", true, true },
    { "\xed\x9f\xbf", true, true },          /* U+D7FF, the last before the surrogates */
    { "\xee\x80\x80", true, true },          /* U+E000, the first behind them */
    { "\xf4\x8f\xbf\xbf", true, true },      /* U+10FFFF */
    { "\xc2\xa0", true, true },              /* no-break space can be seen */
    { "a\tb", true, false },
    { "a\nb", true, false },
    { "\x1b[2J", true, false },
    { "\x7f", true, false },
    { "\xc2\x85", true, false },             /* U+0085 next line */
    { "\xc2\xad", true, false },             /* soft hyphen */
    { "\xd8\x9c", true, false },             /* U+061C Arabic letter mark */
    { "\xe2\x80\x8b", true, false },         /* U+200B zero width space */
    { "\xe2\x80\x8f", true, false },         /* U+200F right-to-left mark */
    { "\xe2\x80\xae", true, false },         /* U+202E right-to-left override */
    { "\xe2\x81\xa6", true, false },         /* U+2066 isolate */
    { "\xef\xbb\xbf", true, false },         /* U+FEFF byte order mark */
    { "\xe3\x85\xa4", true, false },         /* U+3164 Hangul filler */
    { "\xf3\xa0\x80\xa1", true, false },     /* U+E0021 tag */
    { "\x80", false, false },
    { "a\xff", false, false },
    { "\xc3", false, false },                /* cut off */
    { "\xe2\x82", false, false },
    { "\xf0\x9f\x9a", false, false },
    { "\xc3(", false, false },
    { "\xc0\xaf", false, false },            /* overlong '/' in two, three, four bytes */
    { "\xe0\x80\xaf", false, false },
    { "\xf0\x80\x80\xaf", false, false },
    { "\xc1\xbf", false, false },
    { "\xe0\x9f\xbf", false, false },        /* overlong U+07FF */
    { "\xf0\x8f\xbf\xbf", false, false },    /* overlong U+FFFF */
    { "\xed\xa0\x80", false, false },        /* surrogates */
    { "\xed\xbf\xbf", false, false },
    { "\xf4\x90\x80\x80", false, false },    /* above U+10FFFF */
    { "\xf8\x88\x80\x80\x80", false, false },
};

static bool rows_hold(void)
{
    for (int i = 0; i < countof(rows); i++) {
        if (utf8_is_valid(rows[i].bytes, strlen(rows[i].bytes)) == rows[i].valid && text_is_plain(rows[i].bytes) == rows[i].plain) continue;
        printf("not ok - text: row %d\n", i);
        return false;
    }
    return utf8_is_valid("a\0b", 3) && !utf8_is_valid("\xc3\xa9", 1);
}

static const struct { const char *text; bool whole; int64_t number; } numbers[] = {
    { "0", true, 0 },
    { "007", true, 7 },
    { "-5", true, -5 },
    { "9223372036854775807", true, INT64_MAX },
    { "-9223372036854775808", true, INT64_MIN },
    { "9223372036854775808", false, 0 },
    { "-9223372036854775809", false, 0 },
    { "99999999999999999999999", false, 0 },
    { "", false, 0 },
    { "-", false, 0 },
    { "--5", false, 0 },
    { "+5", false, 0 },
    { " 5", false, 0 },
    { "5 ", false, 0 },
    { "5x", false, 0 },
    { "0x5", false, 0 },
    { "1e3", false, 0 },
    { "5.0", false, 0 },
    { "\xd9\xa5", false, 0 }, /* an Arabic five */
};

/* Reading, and writing what was read. */
static bool numbers_hold(struct arena *arena)
{
    for (int i = 0; i < countof(numbers); i++) {
        int64_t number = 0;
        bool whole = text_to_number(numbers[i].text, &number);
        struct text out;
        text_init(&out, arena);
        text_add_number(&out, number);
        bool back = !whole || text_to_number(out.bytes, &number);
        if (whole == numbers[i].whole && back && (!whole || number == numbers[i].number)) continue;
        printf("not ok - text: number %s\n", numbers[i].text);
        return false;
    }
    struct text out;
    text_init(&out, arena);
    text_add_number(&out, INT64_MIN);
    text_add_char(&out, ' ');
    text_add_number(&out, -7);
    return strcmp(out.bytes, "-9223372036854775808 -7") == 0;
}

/* Grown past its room in all the ways there are, it holds what was added and always ends with a 0. */
static bool growth_holds(struct arena *arena)
{
    struct text text;
    text_init(&text, arena);
    for (int i = 0; i < 1000; i++) {
        text_add(&text, "ab");
        text_add_char(&text, 'c');
        text_add_n(&text, "dexx", 2);
        text_add_n(&text, "", 0);
        text_add_format(&text, "%d%s", i % 10, "f");
        if (strlen(text.bytes) != text.length || text.length != (size_t)(i + 1) * 7) return false;
    }
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] != (i % 7 == 5 ? (char)('0' + i / 7 % 10) : "abcde?f"[i % 7])) return false;
    char large[5000];
    memset(large, 'x', sizeof large);
    text_add_format(&text, "%.*s", (int)sizeof large, large);
    return text.length == 7000 + sizeof large && text.bytes[text.length] == 0 && text.bytes[text.length - 1] == 'x';
}

/* Published values of FNV-1a, and what RFC 3986 leaves as it is. */
static bool escapes_hold(struct arena *arena)
{
    struct text text;
    text_init(&text, arena);
    text_add_escaped(&text, "aZ9-._~/ ?%\xc3\xa9", true);
    text_add_escaped(&text, "a/b", false);
    return strcmp(text.bytes, "aZ9-._~/%20%3F%25%C3%A9a%2Fb") == 0 && text_bucket("", 1 << 30) == (int)(0x811c9dc5u % (1u << 30)) &&
           text_bucket("a", 1 << 30) == (int)(0xe40c292cu % (1u << 30)) && text_bucket("foobar", 1 << 30) == (int)(0xbf9cf968u % (1u << 30)) && text_bucket("foobar", 1) == 0;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    bool plain = rows_hold(), counted = numbers_hold(&arena), grown = growth_holds(&arena), escaped = escapes_hold(&arena);
    arena_finish(&arena);
    if (!plain || !counted || !grown || !escaped) {
        printf("not ok - text: %s\n", !plain ? "UTF-8" : !counted ? "numbers" : !grown ? "growing" : "escapes or buckets");
        return 1;
    }
    printf("ok - text: %d rows\n", countof(rows) + countof(numbers));
    return 0;
}
