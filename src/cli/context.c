/* SPDX-License-Identifier: EUPL-1.2 */
/* context.c - speaking: answers go to standard output, everything else to standard error, so that a pipe gets answers only. */
#include "cli/context.h"

#include "cli/wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cli_print(const struct cli *cli, const struct text *text)
{
    (void)cli;
    fwrite(text->bytes, 1, text->length, stdout);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    va_list arguments;
    (void)cli;
    fflush(stdout);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static void put_labelled(const struct cli *cli, const char *label, const char *sentence, struct text *out)
{
    if (!sentence || !*sentence) return;
    text_add(out, label);
    wrap_text(text_clean(sentence, out->arena), (int)strlen(label), 7, cli->screen.width ? cli->screen.width : 10000, out);
}

int cli_fail(const struct cli *cli, enum cli_exit code, const char *sentence, const char *rule, const char *next)
{
    struct arena arena;
    struct text out;
    arena_init(&arena, 1 << 20);
    text_init(&out, &arena);
    put_labelled(cli, "aif: ", sentence, &out);
    put_labelled(cli, " Rule: ", rule, &out);
    put_labelled(cli, " Next: ", next, &out);
    fflush(stdout);
    fwrite(out.bytes, 1, out.length, stderr);
    arena_finish(&arena);
    return (int)code;
}

int cli_fail_error(const struct cli *cli, const struct error *error)
{
    switch (error->code) {
    case ERROR_INPUT: case ERROR_CONFIG: return cli_fail(cli, CLI_USAGE, error->text, NULL, NULL);
    case ERROR_NETWORK: case ERROR_TIMEOUT: return cli_fail(cli, CLI_UNREACHABLE, error->text, NULL, NULL);
    default: return cli_fail(cli, CLI_MACHINE, error->text, NULL, NULL);
    }
}

int cli_fail_refusal(struct cli *cli, const struct refusal *refusal)
{
    return cli_fail(cli, cli_exit_of_status(refusal_status(refusal->code)), refusal_sentence(refusal, &cli->arena),
                    refusal_rule(refusal, &cli->arena), refusal_next(refusal, &cli->arena));
}

enum cli_exit cli_exit_of_status(int status)
{
    if (status >= 200 && status < 300) return CLI_FINE;
    if (status == 401 || status == 403) return CLI_NOT_PERMITTED;
    return status >= 500 || status < 400 ? CLI_MACHINE : CLI_REFUSED;
}

struct json_t *cli_json(struct cli *cli, const char *bytes, size_t length)
{
    struct json_fault fault;
    struct json_t *json = json_read(bytes, length, &fault);
    if (!json) return NULL;
    struct kept_json *kept = arena_take(&cli->arena, sizeof *kept);
    *kept = (struct kept_json){ json, cli->kept };
    cli->kept = kept;
    return json;
}

const char *member_text(struct cli *cli, const struct json_t *object, const char *name)
{
    const char *text = json_text(json_get(object, name));
    return text ? text_clean(text, &cli->arena) : NULL;
}

bool member_has_number(const struct json_t *object, const char *name, int64_t *number) { return json_number(json_get(object, name), number); }

int64_t member_number(const struct json_t *object, const char *name)
{
    int64_t number = 0;
    return member_has_number(object, name, &number) ? number : 0;
}

bool member_flag(const struct json_t *object, const char *name) { return json_flag(json_get(object, name)); }
