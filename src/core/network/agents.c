/* SPDX-License-Identifier: EUPL-1.2 */
/* agents.c - what an agent and the server tell each other about themselves: who is there, what was sent, what was taken.
 * All three are idempotent by their numbers. */
#include "core/network/network.h"
#include "core/rules.h"
#include "core/network/protocol_versions.h"

static char *hello_answer(const struct agent *agent, int64_t version, struct outcome *outcome)
{
    struct text out;
    text_init(&out, outcome->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_number_field(&writer, "version", version);
    json_number_field(&writer, "observed", agent->observed);
    json_number_field(&writer, "issued", agent->issued);
    json_number_field(&writer, "sent", agent->sent);
    json_close(&writer, '}');
    return out.bytes;
}

static char *introduced_payload(const struct agent *agent, bool new_journal, struct outcome *outcome)
{
    struct text out;
    text_init(&out, outcome->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "program", agent->program);
    json_number_field(&writer, "protocol", agent->protocol);
    json_text_field(&writer, "policy", agent->policy);
    json_text_field(&writer, "rung", agent->rung);
    json_flag_field(&writer, "new_journal", new_journal);
    json_close(&writer, '}');
    return out.bytes;
}

/* A new journal starts counting anew; what the old one had told stays told. */
void agent_hello_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct agent_hello *hello = command->body;
    struct agent agent = *facts->agent;
    int64_t version = hello->highest < PROTOCOL_HIGHEST ? hello->highest : PROTOCOL_HIGHEST;
    if (version < hello->lowest || version < PROTOCOL_LOWEST) {
        outcome->refusal = refuse(REFUSAL_PROTOCOL_VERSION, argument_count(PROTOCOL_LOWEST), argument_count(PROTOCOL_HIGHEST));
        return;
    }
    bool same_journal = same_text(agent.journal, hello->journal);
    bool news = !same_journal || !same_text(agent.boot, hello->boot) || !same_text(agent.program, hello->program) ||
                !same_text(agent.policy, hello->policy) || !same_text(agent.rung, hello->rung);
    if (!same_journal) agent.observed = 0;
    agent.journal = hello->journal;
    agent.boot = hello->boot;
    agent.program = hello->program;
    agent.policy = hello->policy;
    agent.rung = hello->rung;
    agent.protocol = version;
    agent.hello_ms = facts->now_ms;
    if (hello->taken > agent.taken && hello->taken <= agent.sent) agent.taken = hello->taken;
    outcome_put(outcome, &agent_shape, &agent);
    if (news)
        outcome_event(outcome, "agent.introduced", agent.id, outcome_scope(outcome, "system", agent.system),
                      introduced_payload(&agent, !same_journal, outcome));
    outcome_answer(outcome, 200, hello_answer(&agent, version, outcome));
}

/* Before an instruction leaves it is counted as sent: from then on only the agent can say that it won't be begun. */
void agent_send_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct agent_send *body = command->body;
    struct agent agent = *facts->agent;
    outcome_answer(outcome, 200, "{}");
    if (body->number <= agent.sent || body->number > agent.issued) return;
    agent.sent = body->number;
    outcome_put(outcome, &agent_shape, &agent);
}

void agent_take_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct agent_take *body = command->body;
    struct agent agent = *facts->agent;
    outcome_answer(outcome, 200, "{}");
    if (body->number <= agent.taken || body->number > agent.sent) return;
    agent.taken = body->number;
    outcome_put(outcome, &agent_shape, &agent);
}
