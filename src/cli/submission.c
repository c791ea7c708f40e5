/* SPDX-License-Identifier: EUPL-1.2 */
/* submission.c - the server reads script and options; here they are only packed.
 *
 * One thing the server can't know: the caller's environment. It may hold secrets, so it isn't sent along for the server to
 * choose from: the same reader as the server's says which variables --export asks for, and only those leave the machine. */
#include "cli/submission.h"

#include "cli/beneath.h"
#include "cli/wrap.h"
#include "core/jobs/options.h"
#include "core/jobs/request.h"

#include <stdlib.h>
#include <string.h>

int submission_read(struct cli *cli, struct submission *submission)
{
    struct error error = { ERROR_NONE, "" };
    size_t length;
    submission->file = cli_argument(cli, 0);
    char *text = file_text(submission->file, SCRIPT_BYTES_MAX, &length, &error);
    if (!text) return cli_fail(cli, CLI_USAGE, text_clean(error.text, &cli->arena), NULL, NULL);
    bool is_text = strlen(text) == length && utf8_is_valid(text, length);
    submission->script = arena_text_n(&cli->arena, text, length);
    free(text);
    if (is_text) return CLI_FINE;
    const struct refusal refusal = refuse(REFUSAL_SCRIPT_NOT_TEXT);
    return cli_fail_refusal(cli, &refusal);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- the environment */

/* Those that a job may have at all. */
static struct texts variables_allowed(struct cli *cli, const char *const *environment)
{
    int count = 0;
    while (environment[count]) count++;
    const char **allowed = arena_take(&cli->arena, sizeof *allowed * (size_t)(count + 1));
    struct texts texts = { allowed, 0 };
    for (int i = 0; i < count; i++) {
        const struct texts one = { &environment[i], 1 };
        if (utf8_is_valid(environment[i], strlen(environment[i])) && !environment_check(&one).code) allowed[texts.count++] = environment[i];
    }
    return texts;
}

static bool is_among(const struct texts *texts, const char *text)
{
    for (int i = 0; i < texts->count; i++)
        if (strcmp(texts->items[i], text) == 0) return true;
    return false;
}

/* What of the caller's variables the job asks for. A script or options that the reader refuses ask for none: the server will
 * say why, in its own words. */
static struct refusal environment_choose(struct cli *cli, const struct job_submit *form, const char *const *environment, struct texts *chosen)
{
    struct job_request *request = arena_take(&cli->arena, sizeof *request);
    struct job_submit submit = *form;
    *chosen = (struct texts){ NULL, 0 };
    bool whole = job_request_parse(&submit, &cli->arena, request).code == REFUSAL_NONE;
    if (whole && !request->export_all) return refusal_none;
    submit.environment = variables_allowed(cli, environment);
    struct refusal refusal = job_request_parse(&submit, &cli->arena, request);
    if (refusal.code) return whole ? refusal : refusal_none;
    const char **items = arena_take(&cli->arena, sizeof *items * (size_t)(request->environment.count + 1));
    chosen->items = items;
    for (int i = 0; i < request->environment.count; i++)
        if (is_among(&submit.environment, request->environment.items[i])) items[chosen->count++] = request->environment.items[i];
    return refusal_none;
}

/* ---- the body */

static void put_list(struct json_writer *writer, const char *name, const char *const *items, int count)
{
    if (!count) return;
    json_name(writer, name);
    json_open(writer, '[');
    for (int i = 0; i < count; i++) json_put_text(writer, items[i]);
    json_close(writer, ']');
}

int submission_format(struct cli *cli, const struct submission *submission, const char *const *environment, const char **body)
{
    const struct cli_arguments *given = &cli->arguments;
    const char *name = file_name(submission->file);
    struct texts chosen;
    const struct job_submit form = {
        .script = submission->script, .name = name,
        .options = { given->slurm, given->slurm_count }, .arguments = { given->items + 1, given->count - 1 },
    };
    struct refusal refusal = environment_choose(cli, &form, environment, &chosen);
    if (refusal.code) return cli_fail_refusal(cli, &refusal);
    struct text out;
    text_init(&out, &cli->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    if (submission->project) json_text_field(&writer, "project", submission->project);
    json_text_field(&writer, "script", submission->script);
    if (text_is_plain(name) && strlen(name) <= TEXT_DEFAULT_MAX) json_text_field(&writer, "name", name);
    put_list(&writer, "options", given->slurm, given->slurm_count);
    put_list(&writer, "arguments", given->items + 1, given->count - 1);
    if (submission->folder) json_text_field(&writer, "folder", submission->folder);
    put_list(&writer, "environment", chosen.items, chosen.count);
    if (submission->dry_run) json_flag_field(&writer, "dry_run", true);
    json_close(&writer, '}');
    *body = out.bytes;
    return CLI_FINE;
}
