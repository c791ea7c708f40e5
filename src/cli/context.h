/* SPDX-License-Identifier: EUPL-1.2 */
/* context.h - inside the command line: what one run of a verb has, and how it speaks. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/settings.h"
#include "cli/table.h"
#include "core/refusal.h"

struct screen {
    bool out_is_terminal, error_is_terminal, colour;
    int  width;   /* of tables and wrapped text; TABLE_WIDTH_ANY when nobody looks */
};

struct cli {
    struct arena         arena;
    struct cli_arguments arguments;
    struct settings      settings;
    struct screen        screen;
    bool                 json;
    bool                 connected; /* server and token are settled */
    struct kept_json { struct json_t *json; struct kept_json *next; } *kept;
};

/* To the screen's standard output; what is written is checked once, at the end of the run. */
void cli_print(const struct cli *cli, const struct text *text);
/* One line to standard error: what goes on meanwhile. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "aif: SENTENCE", "Rule: …", "Next: …" to standard error, where not NULL; returns the code. */
int cli_fail(const struct cli *cli, enum cli_exit code, const char *sentence, const char *rule, const char *next);
int cli_fail_error(const struct cli *cli, const struct error *error);
int cli_fail_refusal(struct cli *cli, const struct refusal *refusal);
/* An HTTP status of a refusal as aif's exit code. */
enum cli_exit cli_exit_of_status(int status);

/* Parsed JSON that lives as long as the run; NULL if the bytes aren't JSON. */
struct json_t *cli_json(struct cli *cli, const char *bytes, size_t length);

/* Members of an answer for the screen: clean texts in the arena; NULL: absent, null, or of another kind. */
const char *member_text(struct cli *cli, const struct json_t *object, const char *name);
int64_t member_number(const struct json_t *object, const char *name); /* 0 if it isn't there */
bool member_has_number(const struct json_t *object, const char *name, int64_t *number);
bool member_flag(const struct json_t *object, const char *name);

#endif
