/* SPDX-License-Identifier: EUPL-1.2 */
#include "core/jobs/observation.h"

bool observation_is_new(const char *journal, int64_t number, const struct facts *facts, struct agent *agent, struct outcome *outcome)
{
    *agent = *facts->agent;
    outcome_answer(outcome, 200, "{}");
    if (!same_text(agent->journal, journal)) {
        outcome->refusal = refuse(REFUSAL_OBSERVATION_GAP, argument_count(1)); /* it must say hello first */
        return false;
    }
    if (number <= agent->observed) return false;
    if (number != agent->observed + 1) {
        outcome->refusal = refuse(REFUSAL_OBSERVATION_GAP, argument_count(agent->observed + 1));
        return false;
    }
    agent->observed = number;
    return true;
}

void observation_quarantine(const char *kind, struct id job, const char *why, const struct agent *agent, struct outcome *outcome)
{
    struct text out;
    text_init(&out, outcome->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "kind", kind);
    json_text_field(&writer, "job", job.text);
    json_text_field(&writer, "why", why);
    json_number_field(&writer, "number", agent->observed);
    json_close(&writer, '}');
    outcome_put(outcome, &agent_shape, agent);
    outcome_event(outcome, "observation.quarantined", agent->id, outcome_scope(outcome, "system", agent->system), out.bytes);
}

enum job_end observation_end(enum observed_end end)
{
    static const enum job_end ends[] = { [OBSERVED_COMPLETED] = JOB_END_COMPLETED, [OBSERVED_FAILED] = JOB_END_FAILED, [OBSERVED_TIMED_OUT] = JOB_END_TIMED_OUT,
                                         [OBSERVED_CANCELLED] = JOB_END_CANCELLED, [OBSERVED_LOST] = JOB_END_LOST };
    return ends[end];
}
