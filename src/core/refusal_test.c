/* SPDX-License-Identifier: EUPL-1.2 */
/* refusal_test.c - every message of messages/en.txt with every place filled, and one row a case of how figures are shown. */
#include "core/refusal.h"

#include <stdio.h>
#include <string.h>

/* The generated table once more: what the messages declare. */
static const struct {
    const char *code;
    int         status;
    const char *sentence, *rule, *next;
    struct { const char *label; enum argument_kind kind; } arguments[ARGUMENTS_MAX];
} messages[] = { REFUSAL_MESSAGES };
_Static_assert(countof(messages) == REFUSAL_COUNT - 1, "a message for every code but NONE");

static struct refusal_argument sample(enum argument_kind kind, int place)
{
    switch (kind) {
    case ARGUMENT_NONE: break;
    case ARGUMENT_COUNT: return argument_count(8101 + place);
    case ARGUMENT_AMOUNT: return argument_amount(3600 * (8201 + place));
    case ARGUMENT_DURATION: return argument_duration(3600 * (8301 + place));
    case ARGUMENT_TIME: return argument_time(1795171725123 + place);
    case ARGUMENT_SIZE: return argument_size((int64_t)1024 * 1024 * (8401 + place));
    case ARGUMENT_NAME: return argument_name((const char *const[]){ "name-a", "name-b", "name-c", "name-d" }[place]);
    }
    return (struct refusal_argument){ .kind = ARGUMENT_NONE };
}

static bool message_holds(int row, struct arena *arena)
{
    enum refusal_code code = refusal_code_find(messages[row].code);
    struct refusal_argument arguments[ARGUMENTS_MAX];
    for (int i = 0; i < ARGUMENTS_MAX; i++) arguments[i] = sample(messages[row].arguments[i].kind, i);
    struct refusal refusal = refuse_with(code, arguments);
    const char *sentence = refusal_sentence(&refusal, arena), *rule = refusal_rule(&refusal, arena), *next = refusal_next(&refusal, arena);
    const char *all = arena_format(arena, "%s %s %s", sentence, rule, next);
    bool holds = code == (enum refusal_code)(row + 1) && strcmp(refusal_code_text(code), messages[row].code) == 0 && *sentence && *rule && *next &&
                 refusal_status(code) == messages[row].status && messages[row].status >= 400 && messages[row].status < 600 && !strpbrk(all, "{}");
    for (int i = 0; i < ARGUMENTS_MAX; i++) {
        struct text shown;
        text_init(&shown, arena);
        refusal_argument_format(&arguments[i], &shown);
        holds = holds && same_text(refusal_argument_label(code, i), messages[row].arguments[i].label) && strstr(all, shown.bytes);
    }
    if (!holds) printf("not ok - refusal: %s: %s\n", messages[row].code, all);
    return holds;
}

static const struct { enum argument_kind kind; int64_t number; const char *shown; } figures[] = {
    { ARGUMENT_COUNT, 0, "0" },
    { ARGUMENT_COUNT, 9007199254740991, "9007199254740991" },
    { ARGUMENT_AMOUNT, 0, "0 h" },
    { ARGUMENT_AMOUNT, 1, "about 0 h (1 s)" },
    { ARGUMENT_AMOUNT, 18, "0.005 h" },
    { ARGUMENT_AMOUNT, 90, "0.025 h" },
    { ARGUMENT_AMOUNT, 1800, "0.5 h" },
    { ARGUMENT_AMOUNT, 3600, "1 h" },
    { ARGUMENT_AMOUNT, 4800, "about 1.333 h (4800 s)" },
    { ARGUMENT_AMOUNT, 4801, "about 1.333 h (4801 s)" },
    { ARGUMENT_AMOUNT, 36000, "10 h" },
    { ARGUMENT_AMOUNT, 3600000, "1000 h" },
    { ARGUMENT_AMOUNT, 9007199254740991, "about 2501999792983.608 h (9007199254740991 s)" },
    { ARGUMENT_DURATION, 0, "0 s" },
    { ARGUMENT_DURATION, 59, "59 s" },
    { ARGUMENT_DURATION, 60, "1 min" },
    { ARGUMENT_DURATION, 61, "1 min 1 s" },
    { ARGUMENT_DURATION, 3599, "59 min 59 s" },
    { ARGUMENT_DURATION, 3600, "1 h 00" },
    { ARGUMENT_DURATION, 3601, "1 h 00 min 01 s" },
    { ARGUMENT_DURATION, 6000, "1 h 40" },
    { ARGUMENT_DURATION, 172800, "48 h 00" },
    { ARGUMENT_TIME, 1795171725123, "2026-11-20T10:48:45.123Z" },
    { ARGUMENT_SIZE, 0, "0 bytes" },
    { ARGUMENT_SIZE, 1023, "1023 bytes" },
    { ARGUMENT_SIZE, 1024, "1 KiB" },
    { ARGUMENT_SIZE, 1025, "about 1 KiB (1025 bytes)" },
    { ARGUMENT_SIZE, 268435456, "256 MiB" },
    { ARGUMENT_SIZE, 268435457, "about 256 MiB (268435457 bytes)" },
};

static bool figures_hold(struct arena *arena)
{
    for (int i = 0; i < countof(figures); i++) {
        struct refusal_argument argument = { .kind = figures[i].kind, .number = figures[i].number };
        struct text shown;
        text_init(&shown, arena);
        refusal_argument_format(&argument, &shown);
        if (strcmp(shown.bytes, figures[i].shown) == 0) continue;
        printf("not ok - refusal: wanted %s, got %s\n", figures[i].shown, shown.bytes);
        return false;
    }
    return true;
}

/* A long name is cut, never inside a character; bytes that aren't UTF-8 and what follows them are left out. */
static bool names_hold(void)
{
    char exact[ARGUMENT_TEXT_MAX + 1] = { 0 }, over[ARGUMENT_TEXT_MAX + 2] = { 0 }, split[ARGUMENT_TEXT_MAX + 2] = { 0 };
    memset(exact, 'a', ARGUMENT_TEXT_MAX);
    memset(over, 'a', ARGUMENT_TEXT_MAX + 1);
    memset(split, 'a', ARGUMENT_TEXT_MAX - 1);
    memcpy(split + ARGUMENT_TEXT_MAX - 1, "\xc3\xa9", 2);
    bool holds = strcmp(argument_name(exact).text, exact) == 0 && strcmp(argument_name(over).text, exact) == 0 &&
                 strlen(argument_name(split).text) == ARGUMENT_TEXT_MAX - 1 && strcmp(argument_name("ab\xff" "cd").text, "ab") == 0 &&
                 strcmp(argument_name("").text, "") == 0;
    if (!holds) printf("not ok - refusal: names\n");
    return holds;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    bool ok = figures_hold(&arena) && names_hold();
    for (int i = 0; ok && i < countof(messages); i++) ok = message_holds(i, &arena);
    if (ok && (refusal_code_find("no-such-code") || refusal_code_find("") || refusal_none.code || refusal_status(REFUSAL_NONE) != 200)) {
        printf("not ok - refusal: none\n");
        ok = false;
    }
    arena_finish(&arena);
    if (ok) printf("ok - refusal: %d messages, %d figures\n", countof(messages), countof(figures));
    return !ok;
}
