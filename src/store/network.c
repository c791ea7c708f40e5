/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/load.h"

#include "store/agents.h"

bool load_factory_put(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct factory *body = command->body;
    const void *row;
    if (!store_get(store, &factory_shape, body->id.text, facts->arena, &row, error)) return false;
    facts->factory = row;
    return true;
}

bool load_system_put(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct system *body = command->body;
    const void *row;
    if (!store_get(store, &system_shape, body->id.text, facts->arena, &row, error)) return false;
    facts->system = row;
    return true;
}

bool load_partition_add(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct partition *body = command->body;
    const void *partition, *system;
    if (!store_get(store, &partition_shape, body->id.text, facts->arena, &partition, error)) return false;
    if (!store_get(store, &system_shape, body->system.text, facts->arena, &system, error)) return false;
    facts->partition = partition;
    facts->system = system;
    facts->there = system != NULL;
    return true;
}

bool load_agent_enrol(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct agent *body = command->body;
    const struct store_value values[] = { STORE_TEXT(body->id.text), STORE_TEXT(body->system.text) };
    const void *system;
    struct store_list found;
    if (!store_select(store, &agent_shape, "WHERE id = $1 OR system = $2", values, 2, 1, facts->arena, &found, error)) return false;
    if (!store_get(store, &system_shape, body->system.text, facts->arena, &system, error)) return false;
    if (found.count) facts->agent = found.rows;
    facts->system = system;
    facts->there = system != NULL;
    return true;
}

bool store_agent_of(struct store *store, struct id system, struct arena *arena, const struct agent **agent, struct error *error)
{
    struct store_list found;
    *agent = NULL;
    if (!store_select(store, &agent_shape, "WHERE system = $1", &STORE_TEXT(system.text), 1, 1, arena, &found, error)) return false;
    if (found.count) *agent = found.rows;
    return true;
}

bool store_instructions(struct store *store, struct id agent, int64_t after, int64_t upto, int room, struct arena *arena,
                        struct store_list *list, struct error *error)
{
    const struct store_value values[] = { STORE_TEXT(agent.text), STORE_NUMBER(after), STORE_NUMBER(upto) };
    return store_select(store, &instruction_shape, "WHERE agent = $1 AND number > $2 AND number <= $3 ORDER BY number", values, 3, room, arena, list, error);
}

/* The agent that a message speaks of; an agent can only speak of itself. */
bool load_agent(struct store *store, const struct command *command, struct id id, struct facts *facts, struct error *error)
{
    const void *row;
    if (!store_get(store, &agent_shape, id.text, facts->arena, &row, error)) return false;
    facts->agent = row;
    facts->there = row != NULL && (facts->actor->kind != PRINCIPAL_AGENT || id_equal(command->principal, id));
    if (row) facts->scope.system = facts->agent->system;
    return true;
}

bool load_agent_hello(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    return load_agent(store, command, ((const struct agent_hello *)command->body)->agent, facts, error);
}

bool load_agent_send(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    return load_agent(store, command, ((const struct agent_send *)command->body)->agent, facts, error);
}

bool load_agent_take(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    return load_agent(store, command, ((const struct agent_take *)command->body)->agent, facts, error);
}
