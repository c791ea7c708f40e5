/* SPDX-License-Identifier: EUPL-1.2 */
/* register.c - adding persons, organisations, roles and tokens. Events carry opaque ids and commitments, never a name:
 * HMAC(the person's salt, field), so that erasing the salt erases what could be recognised. */
#include "core/identity/identity.h"
#include "core/rules.h"

#include <string.h>

static const char *commitment(struct outcome *outcome, const char *salt, const char *value)
{
    struct hash hash = hmac_sha256(salt, strlen(salt), value, strlen(value));
    char *hex = arena_take(outcome->arena, HASH_HEX + 1);
    hex_format(hash.bytes, HASH_BYTES, hex);
    return hex;
}

void person_add_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct person person = *(const struct person *)command->body;
    if (facts->person) {
        outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name(person.id.text));
        return;
    }
    person.added_ms = facts->now_ms;
    outcome_add(outcome, &person_shape, &person);
    outcome_event(outcome, "person.added", person.id, "network",
                  arena_format(outcome->arena, "{\"name\":\"%s\"}", commitment(outcome, person.salt, person.name)));
    outcome_answer(outcome, 201, arena_format(outcome->arena, "{\"id\":\"%s\"}", person.id.text));
}

void organisation_add_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct organisation organisation = *(const struct organisation *)command->body;
    struct text payload;
    if (facts->organisation) {
        outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name(organisation.id.text));
        return;
    }
    organisation.added_ms = facts->now_ms;
    text_init(&payload, outcome->arena);
    struct json_writer writer = json_writer_of(&payload);
    json_put_shape(&writer, &organisation_shape, &organisation);
    outcome_add(outcome, &organisation_shape, &organisation);
    outcome_event(outcome, "organisation.added", organisation.id, "network", payload.bytes);
    outcome_answer(outcome, 201, payload.bytes);
}

/* A grant that reaches nothing helps nobody; what the server and agents may do follows from what they are (store/identity.c). */
static bool grant_is_fit(const struct role_grant *grant)
{
    bool names_one = grant->scope_kind == SCOPE_OF_NETWORK || !id_is_none(grant->scope_id);
    return grant->role != ROLE_SERVER && grant->role != ROLE_AGENT && grant->scope_kind == role_scope(grant->role) && names_one;
}

void role_grant_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct role_grant grant = *(const struct role_grant *)command->body;
    struct text payload;
    if (!grant_is_fit(&grant)) {
        outcome->refusal = refuse(REFUSAL_INVALID_VALUE, argument_name("role"), argument_name("a person's role over the kind of thing that it is for"));
        return;
    }
    grant.id = ulid_make(facts->ids, facts->now_ms);
    grant.added_ms = facts->now_ms;
    text_init(&payload, outcome->arena);
    struct json_writer writer = json_writer_of(&payload);
    json_put_shape(&writer, &role_grant_shape, &grant);
    outcome_add(outcome, &role_grant_shape, &grant);
    outcome_event(outcome, "role.granted", grant.id, "network", payload.bytes);
    outcome_answer(outcome, 201, payload.bytes);
}

void token_add_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct token token = *(const struct token *)command->body;
    if (facts->token) {
        outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name("the token"));
        return;
    }
    token.added_ms = facts->now_ms;
    outcome_add(outcome, &token_shape, &token);
    outcome_event(outcome, "token.added", token.principal, "network", arena_format(outcome->arena, "{\"expires_ms\":%lld}", (long long)token.expires_ms));
    outcome_answer(outcome, 201, "{}");
}
