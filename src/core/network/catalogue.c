/* SPDX-License-Identifier: EUPL-1.2 */
/* catalogue.c - what there is, as announced (factories, systems) and as served (partitions, agents). */
#include "core/network/network.h"
#include "core/rules.h"

#include <string.h>

static char *shown(struct outcome *outcome, const struct shape *shape, const void *row)
{
    struct text out;
    text_init(&out, outcome->arena);
    struct json_writer writer = json_writer_of(&out);
    json_put_shape(&writer, shape, row);
    return out.bytes;
}

/* "served_by" of the facts: which systems serve the factory. */
static void put_serves(const struct factory *factory, struct outcome *outcome)
{
    struct json_fault fault;
    struct json_t *facts = json_read(factory->facts, strlen(factory->facts), &fault);
    struct json_t *served = json_get(facts, "served_by");
    for (int i = 0; i < json_count(served) && i < FACTORY_SYSTEMS_MAX; i++) {
        const char *system = json_text(json_at(served, i));
        if (!system || strlen(system) > ID_MAX) continue;
        outcome_add_once(outcome, &serves_shape, &(struct serves){ factory->id, id_from(system) });
    }
    json_free(facts);
}

void factory_put_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct factory *factory = command->body;
    outcome_answer(outcome, 200, "{}");
    if (facts->factory && same_text(facts->factory->facts, factory->facts)) return; /* nothing new */
    if (facts->factory) outcome_put(outcome, &factory_shape, factory);
    else outcome_add(outcome, &factory_shape, factory);
    put_serves(factory, outcome);
    outcome_event(outcome, facts->factory ? "factory.changed" : "factory.added", factory->id, "public", shown(outcome, &factory_shape, factory));
}

void system_put_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct system *system = command->body;
    outcome_answer(outcome, 200, "{}");
    if (facts->system && same_text(facts->system->facts, system->facts)) return;
    if (facts->system) outcome_put(outcome, &system_shape, system);
    else outcome_add(outcome, &system_shape, system);
    outcome_event(outcome, facts->system ? "system.changed" : "system.added", system->id, "public", shown(outcome, &system_shape, system));
}

void agent_enrol_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct agent *body = command->body;
    unsigned char key[SIGN_PUBLIC_BYTES];
    if (facts->agent) outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name(body->id.text));
    else if (!hex_parse(body->public_key, key, sizeof key)) outcome->refusal = refuse(REFUSAL_INVALID_VALUE, argument_name("public_key"), argument_name("64 hex digits"));
    if (outcome->refusal.code) return;
    struct agent agent = { .id = body->id, .system = body->system, .public_key = body->public_key, .added_ms = facts->now_ms };
    outcome_add(outcome, &agent_shape, &agent);
    outcome_event(outcome, "agent.enrolled", agent.id, outcome_scope(outcome, "system", agent.system),
                  arena_format(outcome->arena, "{\"system\":\"%s\",\"public_key\":\"%s\"}", agent.system.text, agent.public_key));
    outcome_answer(outcome, 201, shown(outcome, &agent_shape, &agent));
}
