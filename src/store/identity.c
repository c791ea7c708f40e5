/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/load.h"

#include "core/network/network.h"

/* What an agent and the server may do follows from what they are, not from grants. */
static bool own_roles(struct store *store, enum principal_kind kind, struct arena *arena, struct actor *actor, struct error *error)
{
    if (kind == PRINCIPAL_SERVER) {
        actor->roles[0] = (struct held_role){ ROLE_SERVER, SCOPE_OF_NETWORK, { { 0 } } };
        actor->role_count = 1;
    }
    if (kind == PRINCIPAL_AGENT) {
        const void *row;
        if (!store_get(store, &agent_shape, actor->id.text, arena, &row, error)) return false;
        const struct agent *agent = row;
        if (!agent) return true;
        actor->roles[0] = (struct held_role){ ROLE_AGENT, SCOPE_OF_SYSTEM, agent->system };
        actor->role_count = 1;
    }
    return true;
}

bool store_actor(struct store *store, struct id principal, enum principal_kind kind, struct arena *arena, struct actor *actor,
                 struct error *error)
{
    struct store_list grants;
    *actor = (struct actor){ .id = principal, .kind = (int)kind };
    if (kind != PRINCIPAL_PERSON) return own_roles(store, kind, arena, actor, error);
    if (!store_select(store, &role_grant_shape, "WHERE person = $1", &STORE_TEXT(principal.text), 1, HELD_ROLES_MAX, arena, &grants, error)) return false;
    for (const struct role_grant *grant = grants.rows; actor->role_count < grants.count; grant++)
        actor->roles[actor->role_count++] = (struct held_role){ grant->role, grant->scope_kind, grant->scope_id };
    return true;
}

/* Adds find out whether the name is taken. */
bool load_person_add(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct person *body = command->body;
    const struct store_value values[] = { STORE_TEXT(body->id.text), STORE_TEXT(body->handle) };
    struct store_list found;
    if (!store_select(store, &person_shape, "WHERE id = $1 OR handle = $2", values, 2, 1, facts->arena, &found, error)) return false;
    if (found.count) facts->person = found.rows;
    return true;
}

bool load_organisation_add(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct organisation *body = command->body;
    const void *row;
    if (!store_get(store, &organisation_shape, body->id.text, facts->arena, &row, error)) return false;
    facts->organisation = row;
    return true;
}

bool load_role_grant(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct role_grant *body = command->body;
    const void *row;
    if (!store_get(store, &person_shape, body->person.text, facts->arena, &row, error)) return false;
    facts->person = row;
    facts->there = row != NULL;
    return true;
}

bool load_token_add(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct token *body = command->body;
    const void *row;
    if (!store_get(store, &token_shape, body->hash, facts->arena, &row, error)) return false;
    facts->token = row;
    return true;
}
