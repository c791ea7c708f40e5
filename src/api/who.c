/* SPDX-License-Identifier: EUPL-1.2 */
/* who.c - whom a token stands for, and what was granted to her. */
#include "api/handlers.h"
#include "api/state.h"

static void put_roles(const struct actor *actor, struct json_writer *writer)
{
    json_name(writer, "roles");
    json_open(writer, '[');
    for (int i = 0; i < actor->role_count; i++) {
        const struct held_role *held = &actor->roles[i];
        json_open(writer, '{');
        json_text_field(writer, "role", word_name(&role_words, (int)held->role));
        json_text_field(writer, "over", word_name(&scope_kind_words, (int)held->kind));
        json_text_field(writer, "id", id_is_none(held->scope) ? NULL : held->scope.text);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

bool api_whoami(struct api_call *call, struct store *store, struct error *error)
{
    const struct principal *principal = &call->principal;
    const void *row;
    struct text out;
    if (!store_get(store, &person_shape, principal->kind == PRINCIPAL_PERSON ? principal->id.text : "", &call->arena, &row, error)) return false;
    const struct person *person = row;
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "id", principal->id.text);
    json_text_field(&writer, "kind", word_name(&principal_kind_words, (int)principal->kind));
    json_text_field(&writer, "handle", person ? person->handle : NULL);
    json_text_field(&writer, "name", person ? person->name : NULL);
    json_flag_field(&writer, "demo", person && person->demo);
    json_text_field(&writer, "system", id_is_none(principal->system) ? NULL : principal->system.text);
    json_time_field(&writer, "expires_ms", principal->expires_ms);
    put_roles(call->actor, &writer);
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}
