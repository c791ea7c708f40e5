/* SPDX-License-Identifier: EUPL-1.2 */
/* wrap_test.c - widths, cuts, lines, and text from outside that must not reach the terminal as it is. */
#include "cli/wrap.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static int wrong;
static int count;

static void check(const char *what, const char *got, const char *wanted)
{
    count++;
    if (strcmp(got, wanted) == 0) return;
    printf("not ok - %s\n  wanted: %s\n  got:    %s\n", what, wanted, got);
    wrong++;
}

static const struct { const char *text; int columns; } widths[] = {
    { "", 0 }, { "abc", 3 }, { "Łódź", 4 }, { "○ waiting", 9 }, { "日本", 4 }, { "e\u0301", 1 }, { "\xff", 1 }, { "…", 1 }, { "◆ ▲ ● ◐", 7 },
};

static const struct { const char *text; int columns; const char *wanted; } cuts[] = {
    { "abcdef", 6, "abcdef" }, { "abcdef", 5, "abcd…" }, { "日本語", 6, "日本語" }, { "日本語", 5, "日本…" }, { "日本語", 4, "日…" }, { "Łódź!", 4, "Łód…" }, { "ab", 1, "…" },
};

static const struct { const char *text; int used, indent, width; const char *wanted; } wraps[] = {
    { "", 0, 0, 20, "\n" },
    { "one two three", 0, 0, 20, "one two three\n" },
    { "one two three", 0, 0, 7, "one two\nthree\n" },
    { "one two three", 0, 2, 9, "one two\n  three\n" },
    { "one two three", 6, 6, 13, "one two\n      three\n" },
    { "averyverylongword x", 0, 0, 5, "averyverylongword\nx\n" },
    { "a\nb c", 0, 2, 20, "a\n  b c\n" },
    { "日本 日本", 0, 0, 8, "日本\n日本\n" },
};

static const struct { const char *text, *wanted; } cleans[] = {
    { "plain Łódź", "plain Łódź" },
    { "\033[31mred\033[0m", "␛[31mred␛[0m" },
    { "\033]0;title\007", "␛]0;title␇" },
    { "a\nb\tc\rd", "a␊b␉c␍d" },
    { "\x7f", "␡" },
    { "\xc2\x9b" "31m", "\ufffd31m" },          /* CSI in one character */
    { "\x9b" "31m", "\ufffd31m" },             /* and as a bare byte */
    { "x\u202ekcab", "x\ufffdkcab" },          /* right-to-left override */
    { "\u2066x\u2069", "\ufffdx\ufffd" },
    { "cut \xe2\x82", "cut \ufffd\ufffd" },
    { "overlong \xc0\xaf", "overlong \ufffd\ufffd" },
    { "\xed\xa0\x80", "\ufffd\ufffd\ufffd" },  /* a surrogate */
};

/* A log in pieces at every place must read like the log at once. */
static void check_pieces(const char *bytes, size_t size, const char *wanted, struct arena *arena)
{
    for (size_t cut = 0; cut <= size; cut++) {
        for (size_t second = cut; second <= size; second++) {
            struct clean_stream stream = { .held_bytes = 0 };
            struct text out;
            text_init(&out, arena);
            clean_stream_add(&stream, bytes, cut, &out);
            clean_stream_add(&stream, bytes + cut, second - cut, &out);
            clean_stream_add(&stream, bytes + second, size - second, &out);
            clean_stream_end(&stream, &out);
            check("a log in three pieces", out.bytes, wanted);
        }
    }
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 64 << 20);
    setlocale(LC_CTYPE, "C.UTF-8");
    for (int i = 0; i < countof(widths); i++) {
        char got[16], wanted[16];
        snprintf(got, sizeof got, "%d", text_columns(widths[i].text));
        snprintf(wanted, sizeof wanted, "%d", widths[i].columns);
        check(widths[i].text, got, wanted);
    }
    for (int i = 0; i < countof(cuts); i++) check(cuts[i].text, text_cut(cuts[i].text, cuts[i].columns, &arena), cuts[i].wanted);
    for (int i = 0; i < countof(wraps); i++) {
        struct text out;
        text_init(&out, &arena);
        wrap_text(wraps[i].text, wraps[i].used, wraps[i].indent, wraps[i].width, &out);
        check(wraps[i].text, out.bytes, wraps[i].wanted);
    }
    for (int i = 0; i < countof(cleans); i++) check("clean", text_clean(cleans[i].text, &arena), cleans[i].wanted);
    static const char log[] = "a\tŁ\n日\033[2J\xf0\x9f\x9a\x80\xff\r\n";
    check_pieces(log, sizeof log - 1, "a\tŁ\n日␛[2J🚀\ufffd\r\n", &arena);
    static const char cut_off[] = "x\xe6\x97";
    check_pieces(cut_off, sizeof cut_off - 1, "x\ufffd\ufffd", &arena);
    arena_finish(&arena);
    if (wrong) return 1;
    printf("ok - text for the terminal: %d rows\n", count);
    return 0;
}
