/* SPDX-License-Identifier: EUPL-1.2 */
/* submit.c - folder first, then the job; the answer says where, when, at what cost, and what to do next. */
#include "cli/follow.h"
#include "cli/handlers.h"
#include "cli/sending.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/submission.h"
#include "cli/words.h"
#include "cli_routes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "starts in about 2 min, 4 accelerators × 2 min + 30 s grace: 0.166 h held" */
static void put_cost(struct cli *cli, const struct json_t *job, bool dry_run, struct text *out)
{
    struct arena *arena = &cli->arena;
    const struct json_t *chosen = verdict_chosen(json_get(job, "verdicts"));
    int64_t grace_s = member_number(job, "grace_s"), jobs = json_count(json_get(job, "jobs"));
    const char *state = json_text(json_get(job, "state"));
    const char *wait = wait_shown(cli, member_number(job, "wait_estimate_s"));
    if (state && strcmp(state, "held") == 0) text_add(out, " — starts once the jobs that it waits for are done");
    else if (chosen && !member_flag(chosen, "heard")) text_add_format(out, " — starts %s, counted from when its site agent is heard", wait);
    else text_add_format(out, " — starts %s", wait);
    text_add_format(out, "\n%s × %s", words_count(member_number(job, "pieces"), "accelerator", arena), words_duration(member_number(job, "limit_s"), arena));
    if (grace_s) text_add_format(out, " and %s grace", words_duration(grace_s, arena));
    text_add_format(out, ": %s %s%s\n", words_amount(member_number(job, "held"), arena), dry_run ? "would be held" : "held", jobs > 1 ? " for each job" : "");
}

static void put_next(struct cli *cli, const struct json_t *job, struct text *out)
{
    const char *label = job_label(cli, job);
    text_add_format(out, "  aif logs -f %s     its log as it is written\n", label);
    text_add_format(out, "  aif explain %s     why there, why it waits\n", label);
    text_add_format(out, "  aif fetch %s       its outputs, once it has ended\n", label);
}

static void put_submitted(struct cli *cli, const struct json_t *job, bool dry_run, struct text *out)
{
    int64_t jobs = json_count(json_get(job, "jobs"));
    const char *partition = member_text(cli, job, "partition"), *label = job_label(cli, job);
    if (dry_run) text_add_format(out, "nothing was changed; it would be placed on %s", partition);
    else if (jobs > 1) text_add_format(out, "%lld jobs from %s on placed on %s", (long long)jobs, label, partition);
    else text_add_format(out, "job %s placed on %s", label, partition);
    put_cost(cli, job, dry_run, out);
    if (dry_run) {
        text_add_char(out, '\n');
        verdicts_show(cli, json_get(job, "verdicts"), out);
    } else {
        put_next(cli, job, out);
    }
    demo_show(job, out);
}

static int submitted(struct cli *cli, const struct submission *submission, const struct answer *answer)
{
    struct text out;
    const struct json_t *job = cli_json(cli, answer->body, answer->body_bytes);
    if (!job) return cli_fail(cli, CLI_MACHINE, "The server's answer can't be read as JSON.", NULL, "`aif jobs` shows whether the job is there.");
    text_init(&out, &cli->arena);
    if (cli->json) text_add_format(&out, "%s\n", answer->body);
    else put_submitted(cli, job, submission->dry_run, &out);
    cli_print(cli, &out);
    if (submission->dry_run || !cli_has(cli, "wait")) return CLI_FINE;
    const char *id = json_text(json_get(job, "id"));
    fflush(stdout);
    return id ? follow_job(cli, &(struct follow_wish){ .job = id, .label = job_label(cli, job), .end_counts = true }) : CLI_MACHINE;
}

int cli_submit(struct cli *cli)
{
    const char *folder = cli_value(cli, "dir");
    struct submission submission = { .project = cli_value(cli, "project"), .dry_run = cli_has(cli, "dry-run") };
    struct question question = { .method = ROUTE_JOB_SUBMIT_METHOD, .path = ROUTE_JOB_SUBMIT_PATH };
    struct answer answer;
    int code = submission_read(cli, &submission);
    if (!code) code = server_connect(cli);
    if (!code && folder) code = folder_send(cli, folder, submission.project, &submission.folder);
    if (!code) code = submission_format(cli, &submission, (const char *const *)environ, &question.body);
    if (code) return code;
    if (!submission.dry_run) question.key = key_make(&cli->arena);
    code = server_ask(cli, &question, &answer);
    return code ? code : submitted(cli, &submission, &answer);
}
