/* SPDX-License-Identifier: EUPL-1.2 */
/* refusal.c - turns a code and its arguments into the words of messages/en.txt.
 *
 * The generated table says which arguments a code has, of which kind; refuse_with() holds every rule to it, and the
 * generator holds every sentence to it, so a place can be neither empty nor wrong. */
#include "core/refusal.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>

struct message {
    const char *code;
    int         status;
    const char *sentence, *rule, *next;
    struct { const char *label; enum argument_kind kind; } arguments[ARGUMENTS_MAX];
};

static const struct message messages[] = {
    { "none", 200, "", "", "", { { NULL, ARGUMENT_NONE } } },
    REFUSAL_MESSAGES
};
_Static_assert(countof(messages) == REFUSAL_COUNT, "a message for every code");

const struct refusal refusal_none;

struct refusal_argument argument_count(int64_t count) { return (struct refusal_argument){ .kind = ARGUMENT_COUNT, .number = count }; }
struct refusal_argument argument_amount(int64_t piece_s) { return (struct refusal_argument){ .kind = ARGUMENT_AMOUNT, .number = piece_s }; }
struct refusal_argument argument_duration(int64_t seconds) { return (struct refusal_argument){ .kind = ARGUMENT_DURATION, .number = seconds }; }
struct refusal_argument argument_time(int64_t at_ms) { return (struct refusal_argument){ .kind = ARGUMENT_TIME, .number = at_ms }; }
struct refusal_argument argument_size(int64_t bytes) { return (struct refusal_argument){ .kind = ARGUMENT_SIZE, .number = bytes }; }

struct refusal_argument argument_name(const char *name)
{
    struct refusal_argument argument = { .kind = ARGUMENT_NAME };
    size_t length = strnlen(name, ARGUMENT_TEXT_MAX);
    while (length && !utf8_is_valid(name, length)) length--; /* never cut inside a character */
    memcpy(argument.text, name, length);
    return argument;
}

struct refusal refuse_with(enum refusal_code code, const struct refusal_argument *arguments)
{
    struct refusal refusal = { .code = code };
    CHECK(code > REFUSAL_NONE && code < REFUSAL_COUNT);
    for (int i = 0; i < ARGUMENTS_MAX; i++) {
        CHECK(arguments[i].kind == messages[code].arguments[i].kind);
        refusal.arguments[i] = arguments[i];
    }
    return refusal;
}

const char *refusal_code_text(enum refusal_code code) { return messages[code].code; }
int refusal_status(enum refusal_code code) { return messages[code].status; }

enum refusal_code refusal_code_find(const char *text)
{
    for (int i = 1; i < REFUSAL_COUNT; i++)
        if (strcmp(messages[i].code, text) == 0) return (enum refusal_code)i;
    return REFUSAL_NONE;
}

const char *refusal_argument_label(enum refusal_code code, int index)
{
    return index < ARGUMENTS_MAX ? messages[code].arguments[index].label : NULL;
}

enum argument_kind refusal_argument_kind(enum refusal_code code, int index)
{
    return index < ARGUMENTS_MAX ? messages[code].arguments[index].kind : ARGUMENT_NONE;
}

/* 7,200 s x pieces is "2 h", 90 is "0.025 h". What isn't a whole thousandth is "about", with the exact number behind it:
 * two amounts that differ never look the same. */
static void format_amount(int64_t piece_s, struct text *out)
{
    int64_t thousandths = piece_s / 3600 * 1000 + piece_s % 3600 * 1000 / 3600;
    bool exact = piece_s % 3600 * 1000 % 3600 == 0;
    if (!exact) text_add(out, "about ");
    text_add_number(out, thousandths / 1000);
    if (thousandths % 1000) {
        char digits[16];
        snprintf(digits, sizeof digits, ".%03d", (int)(thousandths % 1000));
        for (size_t end = strlen(digits); digits[end - 1] == '0'; end--) digits[end - 1] = 0;
        text_add(out, digits);
    }
    text_add(out, " h");
    if (!exact) text_add_format(out, " (%lld s)", (long long)piece_s);
}

static void format_duration(int64_t seconds, struct text *out)
{
    if (seconds < 60) text_add_format(out, "%lld s", (long long)seconds);
    else if (seconds < 3600 && seconds % 60) text_add_format(out, "%lld min %lld s", (long long)(seconds / 60), (long long)(seconds % 60));
    else if (seconds < 3600) text_add_format(out, "%lld min", (long long)(seconds / 60));
    else text_add_format(out, "%lld h %02lld", (long long)(seconds / 3600), (long long)(seconds % 3600 / 60));
    if (seconds >= 3600 && seconds % 60) text_add_format(out, " min %02lld s", (long long)(seconds % 60));
}

static void format_size(int64_t bytes, struct text *out)
{
    int64_t unit = bytes < 1024 ? 1 : bytes < 1024 * 1024 ? 1024 : 1024 * 1024;
    if (bytes % unit) text_add(out, "about ");
    text_add_format(out, "%lld %s", (long long)(bytes / unit), unit == 1 ? "bytes" : unit == 1024 ? "KiB" : "MiB");
    if (bytes % unit) text_add_format(out, " (%lld bytes)", (long long)bytes);
}

void refusal_argument_format(const struct refusal_argument *argument, struct text *out)
{
    char time[TIME_TEXT];
    switch (argument->kind) {
    case ARGUMENT_NONE: break;
    case ARGUMENT_COUNT: text_add_number(out, argument->number); break;
    case ARGUMENT_AMOUNT: format_amount(argument->number, out); break;
    case ARGUMENT_DURATION: format_duration(argument->number, out); break;
    case ARGUMENT_TIME:
        time_format(argument->number, time);
        text_add(out, time);
        break;
    case ARGUMENT_SIZE: format_size(argument->number, out); break;
    case ARGUMENT_NAME: text_add(out, argument->text); break;
    }
}

static char *fill(const struct refusal *refusal, const char *form, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    while (*form) {
        const char *open = strchr(form, '{'), *end = open ? strchr(open, '}') : NULL;
        if (!end) break;
        text_add_n(&out, form, (size_t)(open - form));
        for (int i = 0; i < ARGUMENTS_MAX && messages[refusal->code].arguments[i].label; i++) {
            const char *label = messages[refusal->code].arguments[i].label;
            if (strlen(label) == (size_t)(end - open - 1) && strncmp(label, open + 1, strlen(label)) == 0)
                refusal_argument_format(&refusal->arguments[i], &out);
        }
        form = end + 1;
    }
    text_add(&out, form);
    return out.bytes;
}

char *refusal_sentence(const struct refusal *refusal, struct arena *arena) { return fill(refusal, messages[refusal->code].sentence, arena); }
char *refusal_rule(const struct refusal *refusal, struct arena *arena) { return fill(refusal, messages[refusal->code].rule, arena); }
char *refusal_next(const struct refusal *refusal, struct arena *arena) { return fill(refusal, messages[refusal->code].next, arena); }
