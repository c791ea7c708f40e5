/* SPDX-License-Identifier: EUPL-1.2 */
#include "core/access/access.h"
#include "core/jobs/settle.h"
#include "core/ledger/ledger.h"

static char *event_payload(const struct job *job, const struct entry *entry, int64_t measured, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "project", job->project.text);
    json_number_field(&writer, "number", job->number);
    json_text_field(&writer, "partition", job->partition.text);
    json_text_field(&writer, "end", word_name(&job_end_words, (int)job->ended_as));
    json_number_field(&writer, "exit_code", job->exit_code);
    json_number_field(&writer, "signal", job->signal);
    json_number_field(&writer, "ran_ms", job->ran_ms);
    json_text_field(&writer, "hold", job->hold.text);
    json_text_field(&writer, "entry", entry->id.text);
    json_text_field(&writer, "kind", word_name(&entry_kind_words, (int)entry->kind));
    json_number_field(&writer, "held", job->held);
    json_number_field(&writer, "used", job->used);
    json_number_field(&writer, "measured", measured); /* more than held: the site overran, and the rest isn't charged */
    json_close(&writer, '}');
    return out.bytes;
}

void job_settle(struct job *job, bool post, int64_t measured, const struct facts *facts, struct outcome *outcome)
{
    struct account account = *facts->account, used = *facts->used;
    struct project project = *facts->project;
    struct entry entry = { 0 };
    struct refusal refusal = post ? ledger_post(&account, &used, facts->hold, measured, &entry) : ledger_void(&account, facts->hold, &entry);
    CHECK(!refusal.code); /* a job that lives has its hold: submit made it, and only this function resolves it */
    entry.id = ulid_make(facts->ids, facts->now_ms);
    entry.job = job->id;
    entry.project = job->project;
    entry.at_ms = facts->now_ms;
    job->state = JOB_ENDED;
    job->used = post ? entry.amount : 0;
    if (!job->ended_ms) job->ended_ms = facts->now_ms;
    project.live_jobs--;
    outcome_add(outcome, &entry_shape, &entry);
    outcome_put(outcome, &account_shape, &account);
    if (post) outcome_put(outcome, &account_shape, &used);
    outcome_put(outcome, &project_shape, &project);
    outcome_put(outcome, &job_shape, job);
    outcome_event(outcome, "job.ended", job->id, outcome_scope(outcome, "project", job->project), event_payload(job, &entry, measured, outcome->arena));
}
