/* SPDX-License-Identifier: EUPL-1.2 */
/* prove.c - job.record and audit.checkpoint: what was signed elsewhere is taken in, if it is what it says. */
#include "core/jobs/job.h"
#include "core/jobs/observation.h"
#include "core/rules.h"
#include "core/trust/checkpoint.h"
#include "core/trust/export.h"
#include "core/trust/record.h"

#include <string.h>

/* Figures are the agent's own; whatever else a record says was observed before, and has to be the same. */
static bool contradicts(const struct record_claim *claim, const struct job *job)
{
    return !same_text(claim->script, job->script) || !same_text(claim->folder, job->folder) || claim->pieces != job->pieces || (claim->end != OBSERVED_LOST && claim->ran_ms != job->ran_ms) ||
           !id_equal(claim->system, job->system) || !id_equal(claim->partition, job->partition) || observation_end(claim->end) != job->ended_as;
}

static const char *record_fault(const struct job_record_add *body, const struct facts *facts, struct job_record *record, struct arena *arena)
{
    struct record_claim claim;
    if (!facts->job) return "no such job at this system";
    if (facts->record) return "the job has a record already";
    if (facts->job->state != JOB_ENDED) return "the job hasn't ended";
    if (!record_is_signed(record)) return "the agent's signature doesn't hold";
    if (!record_parse(body->body, arena, &claim)) return "the record isn't well-formed";
    if (!id_equal(claim.job, facts->job->id) || !id_equal(claim.project, facts->job->project) || !id_equal(claim.agent, facts->agent->id))
        return "the record speaks of another job";
    if (contradicts(&claim, facts->job)) return "the record contradicts what was observed";
    return NULL;
}

void job_record_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct job_record_add *body = command->body;
    struct agent agent;
    if (!observation_is_new(body->journal, body->number, facts, &agent, outcome)) return;
    struct job_record record = { .job = body->job, .body = body->body, .agent_key = agent.public_key, .agent_signature = body->signature, .at_ms = facts->now_ms };
    const char *fault = record_fault(body, facts, &record, outcome->arena);
    if (fault) {
        observation_quarantine("job.record", body->job, fault, &agent, outcome);
        return;
    }
    struct job job = *facts->job;
    struct hash hash = record_hash(body->body);
    char *name = arena_take(outcome->arena, HASH_HEX + 1);
    hex_format(hash.bytes, HASH_BYTES, name);
    record.project = job.project;
    record_countersign(&record, facts->server_key, outcome->arena);
    job.evidence = name;
    outcome_put(outcome, &agent_shape, &agent);
    outcome_put(outcome, &job_shape, &job);
    outcome_add(outcome, &job_record_shape, &record);
    outcome_event(outcome, RECORDED_EVENT, job.id, outcome_scope(outcome, "project", job.project),
                  export_recorded_payload(record.body, outcome->arena));
}

static bool is_servers_own(const struct checkpoint *checkpoint, const struct facts *facts, struct arena *arena)
{
    unsigned char key[SIGN_PUBLIC_BYTES];
    return hex_parse(checkpoint->key, key, sizeof key) && memcmp(key, facts->server_key->public, sizeof key) == 0 && checkpoint_is_signed(checkpoint, facts->network, arena);
}

/* The server signed what it had read back from disk; here only the order counts: sizes grow, one size is signed once. */
void audit_checkpoint_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct checkpoint *body = command->body;
    if (body->size > facts->event_count) outcome->refusal = refuse(REFUSAL_LOG_RANGE, argument_count(facts->event_count));
    else if (facts->checkpoint && body->size <= facts->checkpoint->size) outcome->refusal = refuse(REFUSAL_CHECKPOINT_STALE, argument_count(facts->checkpoint->size));
    else if (!is_servers_own(body, facts, outcome->arena)) outcome->refusal = refuse(REFUSAL_LOG_RANGE, argument_count(facts->event_count));
    if (outcome->refusal.code) return;
    outcome_add(outcome, &checkpoint_shape, body);
    outcome_answer(outcome, 201, "{}");
}
