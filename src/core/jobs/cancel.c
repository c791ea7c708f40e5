/* SPDX-License-Identifier: EUPL-1.2 */
/* cancel.c - job.cancel and job.release: a job ends by wish, or a held job's dependencies are met or ruled out.
 *
 * Only what was never sent to an agent can end here and now. Everything else ends when the agent says so. */
#include "core/jobs/instruct.h"
#include "core/jobs/settle.h"
#include "core/rules.h"

static char *shown(const struct job *job, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_put_shape(&writer, &job_shape, job);
    return out.bytes;
}

static bool was_never_sent(const struct job *job, const struct agent *agent)
{
    return job->state == JOB_HELD || (agent && job->state == JOB_WAITING && job->instruction > agent->sent);
}

void job_cancel_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct job job = *facts->job;
    (void)command;
    if (job.state == JOB_ENDED) {
        outcome->refusal = refuse(REFUSAL_ALREADY_FINISHED, argument_name(job.id.text));
        return;
    }
    outcome->status = 202;
    if (!job.cancel_asked) {
        job.cancel_asked = true;
        outcome_event(outcome, "job.cancel_asked", job.id, outcome_scope(outcome, "project", job.project), "{}");
        if (was_never_sent(&job, facts->agent)) {
            job.ended_as = JOB_END_CANCELLED;
            /* its number stays in the agent's count: the sender turns it into one that asks for nothing */
            job_settle(&job, false, 0, facts, outcome);
        } else {
            struct agent agent = *facts->agent;
            instruct_cancel(facts, &agent, &job, outcome);
            outcome_put(outcome, &agent_shape, &agent);
            outcome_put(outcome, &job_shape, &job);
        }
    }
    outcome_answer(outcome, 202, shown(&job, outcome->arena));
}

enum verdict { NOT_YET, MET, RULED_OUT };

static enum verdict dependency_verdict(enum dependency_kind kind, const struct job *on)
{
    bool ended = !on || on->state == JOB_ENDED, ok = on && ended && on->ended_as == JOB_END_COMPLETED;
    switch (kind) {
    case DEPENDENCY_AFTER: return ended || on->state == JOB_RUNNING ? MET : NOT_YET;
    case DEPENDENCY_AFTER_ANY: return ended ? MET : NOT_YET;
    case DEPENDENCY_AFTER_OK: return !ended ? NOT_YET : ok ? MET : RULED_OUT;
    case DEPENDENCY_AFTER_NOT_OK: return !ended ? NOT_YET : ok ? RULED_OUT : MET;
    }
    return NOT_YET;
}

/* All of them, or one of them where "any" was asked. *which: the one that ruled it out. */
static enum verdict dependencies_verdict(const struct facts *facts, struct id *which)
{
    int met = 0, out = 0, all = facts->dependency_count;
    bool any = all && facts->dependencies[0].any;
    for (int i = 0; i < all; i++) {
        enum verdict verdict = dependency_verdict(facts->dependencies[i].kind, facts->dependency_jobs[i]);
        met += verdict == MET;
        if (verdict == RULED_OUT) out++, *which = facts->dependencies[i].on_job;
    }
    if (any) return met ? MET : out == all ? RULED_OUT : NOT_YET;
    return out ? RULED_OUT : met == all ? MET : NOT_YET;
}

void job_release_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct job job = *facts->job;
    struct id which = { { 0 } };
    (void)command;
    outcome_answer(outcome, 200, "{}");
    if (job.state != JOB_HELD) return;
    enum verdict verdict = dependencies_verdict(facts, &which);
    if (verdict == NOT_YET) return;
    if (verdict == RULED_OUT) {
        struct refusal never = refuse(REFUSAL_DEPENDENCY_NEVER, argument_name(which.text));
        job.ended_as = JOB_END_DEPENDENCY;
        job.reason = refusal_sentence(&never, outcome->arena);
        job_settle(&job, false, 0, facts, outcome);
        return;
    }
    CHECK(facts->agent && facts->plan);
    struct agent agent = *facts->agent;
    job.state = JOB_WAITING;
    instruct_start(facts, &agent, &job, facts->plan->plan, outcome);
    outcome_put(outcome, &agent_shape, &agent);
    outcome_put(outcome, &job_shape, &job);
    outcome_event(outcome, "job.released", job.id, outcome_scope(outcome, "project", job.project), "{}");
}
