/* SPDX-License-Identifier: EUPL-1.2 */
/* jobs.c - jobs, job, cancel: what the network knows of one's jobs. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cli_routes.h"

#include <string.h>

static const char *amount_shown(struct cli *cli, const struct json_t *job)
{
    struct arena *arena = &cli->arena;
    if (job_is_ended(job)) return words_amount(member_number(job, "used"), arena);
    return arena_format(arena, "%s held", words_amount(member_number(job, "held"), arena));
}

static void put_row(struct cli *cli, const struct json_t *job, struct table *table)
{
    enum paint paint;
    const char *state = job_state_shown(cli, job, &paint), *time = words_time(json_text(json_get(job, "submitted_ms")), &cli->arena);
    table_cell(table, PAINT_STRONG, job_label(cli, job));
    table_cell(table, paint, state);
    table_cell(table, PAINT_PLAIN, member_text(cli, job, "name"));
    table_cell(table, PAINT_PLAIN, member_text(cli, job, "partition"));
    table_cell(table, PAINT_PLAIN, amount_shown(cli, job));
    table_cell(table, PAINT_PLAIN, time ? time + 5 : NULL); /* the year is in `aif job` */
}

int cli_jobs(struct cli *cli)
{
    struct arena *arena = &cli->arena;
    struct json_t *json;
    struct table table;
    struct text out;
    const char *path = path_with(arena, ROUTE_JOB_LIST_PATH, "project", cli_value(cli, "project"));
    path = path_with(arena, path_with(arena, path, "state", cli_value(cli, "state")), "limit", cli_value(cli, "limit"));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_JOB_LIST_METHOD, .path = path }, &json);
    if (code || !json) return code;
    const struct json_t *jobs = json_get(json, "jobs");
    text_init(&out, arena);
    table_init(&table, arena);
    table_column(&table, TABLE_LEFT, "JOB");
    table_column(&table, TABLE_LEFT, "STATE");
    table_column(&table, TABLE_GIVES, "NAME");
    table_column(&table, TABLE_LEFT, "PARTITION");
    table_column(&table, TABLE_RIGHT, "ACCESS TIME");
    table_column(&table, TABLE_LEFT, "SUBMITTED UTC");
    for (int i = 0; i < json_count(jobs); i++) put_row(cli, json_at(jobs, i), &table);
    if (json_count(jobs)) table_format(&table, cli->screen.width, cli->screen.colour, &out);
    else text_add(&out, "No jobs here. `aif submit FILE` makes one; `aif try FILE` says before where it would run.\n");
    if (json_text(json_get(json, "next"))) text_add(&out, "There are more: --limit N shows up to 200, --project and --state choose.\n");
    demo_show(json_at(jobs, 0), &out);
    cli_print(cli, &out);
    return CLI_FINE;
}

/* ---- one job */

static const char *asked_shown(struct cli *cli, const struct json_t *job)
{
    struct arena *arena = &cli->arena;
    return arena_format(arena, "%s, %s, %s, at most %s and %s grace", words_count(member_number(job, "pieces"), "accelerator", arena),
                        words_count(member_number(job, "nodes"), "node", arena), words_count(member_number(job, "tasks"), "task", arena),
                        words_duration(member_number(job, "limit_s"), arena), words_duration(member_number(job, "grace_s"), arena));
}

static const char *started_shown(struct cli *cli, const struct json_t *job)
{
    int64_t waited_s;
    const char *submitted = json_text(json_get(job, "submitted_ms")), *started = json_text(json_get(job, "started_ms"));
    if (!words_between(submitted, started, &waited_s)) return job_is_ended(job) ? "never" : "not yet";
    return arena_format(&cli->arena, "%s, waited %s (expected: %s)", words_time(started, &cli->arena),
                        words_duration(waited_s > 0 ? waited_s : 0, &cli->arena),
                        words_duration(member_number(job, "wait_estimate_s"), &cli->arena));
}

static const char *ended_shown(struct cli *cli, const struct json_t *job)
{
    struct text out;
    int64_t signal = member_number(job, "signal"), ran_ms = member_number(job, "ran_ms");
    if (!job_is_ended(job)) return member_flag(job, "cancel_asked") ? "not yet; it was asked to end" : "not yet";
    text_init(&out, &cli->arena);
    text_add(&out, words_time(json_text(json_get(job, "ended_ms")), &cli->arena));
    if (ran_ms) text_add_format(&out, ", ran %s, exit code %lld", words_duration((ran_ms + 999) / 1000, &cli->arena),
                                (long long)member_number(job, "exit_code"));
    if (signal) text_add_format(&out, ", ended by signal %lld", (long long)signal);
    return out.bytes;
}

static const char *cost_shown(struct cli *cli, const struct json_t *job)
{
    struct arena *arena = &cli->arena;
    int64_t held = member_number(job, "held"), used = member_number(job, "used");
    if (!job_is_ended(job)) return arena_format(arena, "%s held", words_amount(held, arena));
    return arena_format(arena, "%s used, %s came back", words_amount(used, arena), words_amount(held - used, arena));
}

static void job_show(struct cli *cli, const struct json_t *job, struct text *out)
{
    enum paint paint;
    const char *state = job_state_shown(cli, job, &paint), *reason = member_text(cli, job, "reason"), *name = member_text(cli, job, "name");
    paint_text(PAINT_STRONG, job_label(cli, job), cli->screen.colour, out);
    text_add_format(out, "  %s  ", name ? name : "unknown");
    paint_text(paint, state ? state : "unknown", cli->screen.colour, out);
    text_add_char(out, '\n');
    if (reason) fact_show(cli, "because", reason, out);
    fact_show(cli, "partition", member_text(cli, job, "partition"), out);
    fact_show(cli, "asked for", asked_shown(cli, job), out);
    fact_show(cli, "accepted", words_time(json_text(json_get(job, "submitted_ms")), &cli->arena), out);
    fact_show(cli, "started", started_shown(cli, job), out);
    fact_show(cli, "ended", ended_shown(cli, job), out);
    fact_show(cli, "access time", cost_shown(cli, job), out);
    if (json_text(json_get(job, "evidence"))) fact_show(cli, "record", member_text(cli, job, "evidence"), out);
    fact_show(cli, "id", member_text(cli, job, "id"), out);
    text_add(out, "  Times are UTC.\n");
    demo_show(job, out);
}

int cli_job(struct cli *cli)
{
    struct json_t *json;
    struct text out;
    const char *path = path_of(&cli->arena, ROUTE_JOB_PATH, cli_argument(cli, 0));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_JOB_METHOD, .path = path }, &json);
    if (code || !json) return code;
    text_init(&out, &cli->arena);
    job_show(cli, json, &out);
    cli_print(cli, &out);
    return CLI_FINE;
}

int cli_cancel(struct cli *cli)
{
    struct json_t *json;
    struct text out;
    const char *path = path_of(&cli->arena, ROUTE_JOB_CANCEL_PATH, cli_argument(cli, 0));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_JOB_CANCEL_METHOD, .path = path, .key = key_make(&cli->arena) }, &json);
    if (code || !json) return code;
    text_init(&out, &cli->arena);
    if (job_is_ended(json)) text_add(&out, "It had not begun: it's cancelled, and its hold is given back.\n");
    else text_add_format(&out, "Its site was asked to end it; it has %s to finish by itself. `aif job %s` shows the end.\n",
                         words_duration(member_number(json, "grace_s"), &cli->arena), text_clean(cli_argument(cli, 0), &cli->arena));
    cli_print(cli, &out);
    return CLI_FINE;
}
