/* SPDX-License-Identifier: EUPL-1.2 */
/* refusal.h - the rules say no: a code with up to four typed arguments. A value, not an error: returned, stored,
 * shown, tested in tables. Codes, HTTP status, sentences and places come from messages/en.txt (generated). */
#ifndef CORE_REFUSAL_H
#define CORE_REFUSAL_H

#include "base/text.h"

/* A generated list: X(SYMBOL, "code", status) for every message, in the file's order. */
#include "messages.h"

enum refusal_code {
    REFUSAL_NONE,
#define X(symbol, code, status) REFUSAL_##symbol,
    REFUSALS(X)
#undef X
    REFUSAL_COUNT
};

enum argument_kind { ARGUMENT_NONE, ARGUMENT_COUNT, ARGUMENT_AMOUNT, ARGUMENT_DURATION, ARGUMENT_TIME, ARGUMENT_SIZE, ARGUMENT_NAME };

enum { ARGUMENTS_MAX = 4, ARGUMENT_TEXT_MAX = 95 };

struct refusal_argument {
    enum argument_kind kind;
    int64_t            number;                       /* pieces x s, s, ms UTC, bytes, or a count */
    char               text[ARGUMENT_TEXT_MAX + 1];  /* NAME: an id, a word, a file's line; cut if longer */
};

struct refusal {
    enum refusal_code       code;
    struct refusal_argument arguments[ARGUMENTS_MAX];
};

struct refusal_argument argument_count(int64_t count);
struct refusal_argument argument_amount(int64_t piece_s);   /* shown as hours of a billed piece */
struct refusal_argument argument_duration(int64_t seconds); /* shown as "1 h 40" */
struct refusal_argument argument_time(int64_t at_ms);
struct refusal_argument argument_size(int64_t bytes);
struct refusal_argument argument_name(const char *name);

/* refuse(REFUSAL_X, argument_…, …): the arguments must be those that messages/en.txt declares (checked). */
#define refuse(...) refuse_with(REFUSE_CODE(__VA_ARGS__, _), (struct refusal_argument[ARGUMENTS_MAX + 1]){ REFUSE_ARGUMENTS(__VA_ARGS__, { .kind = ARGUMENT_NONE }) })
#define REFUSE_CODE(code, ...) code
#define REFUSE_ARGUMENTS(code, ...) __VA_ARGS__
struct refusal refuse_with(enum refusal_code code, const struct refusal_argument *arguments);
extern const struct refusal refusal_none;

/* What messages/en.txt says of a code. Texts have their places filled in. */
const char *refusal_code_text(enum refusal_code code);  /* "insufficient-allocation" */
enum refusal_code refusal_code_find(const char *text);  /* REFUSAL_NONE: no such code */
int refusal_status(enum refusal_code code);             /* HTTP */
enum argument_kind refusal_argument_kind(enum refusal_code code, int index);
const char *refusal_argument_label(enum refusal_code code, int index); /* NULL: it has fewer */
char *refusal_sentence(const struct refusal *refusal, struct arena *arena);
char *refusal_rule(const struct refusal *refusal, struct arena *arena);
char *refusal_next(const struct refusal *refusal, struct arena *arena);
void refusal_argument_format(const struct refusal_argument *argument, struct text *out);

#endif
