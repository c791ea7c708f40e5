/* SPDX-License-Identifier: EUPL-1.2 */
/* auth.c - a small table of tokens seen lately, by the first bytes of their hashes; a newer token simply takes the place.
 * Unknown tokens aren't kept: each costs one search by key, which is cheaper than a table that strangers could fill. */
#include "auth/auth.h"

#include "core/network/network.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct cached { struct principal principal; int64_t seen_ms; };

struct auth {
    struct store *store;
    struct arena  arena;
    struct cached cache[AUTH_CACHE_ENTRIES];
};

bool auth_create(struct auth **auth, const char *location, struct error *error)
{
    struct auth *a = *auth = calloc(1, sizeof *a);
    CHECK(a);
    struct store_options options = { .location = location, .read_only = true };
    arena_init(&a->arena, 1024 * 1024);
    if (store_open(&a->store, &options, error)) return true;
    auth_destroy(a);
    *auth = NULL;
    return false;
}

void auth_destroy(struct auth *auth)
{
    if (!auth) return;
    store_close(auth->store);
    arena_finish(&auth->arena);
    free(auth);
}

/* The token68 of "Bearer TOKEN" (RFC 6750, RFC 9110, 11.2); NULL: something else stands there. */
static const char *bearer_token(const char *authorization)
{
    if (strncasecmp(authorization, "Bearer ", 7) != 0) return NULL;
    const char *token = authorization + 7;
    token += strspn(token, " ");
    size_t length = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");
    return length >= AUTH_TOKEN_BYTES_MIN && length <= AUTH_TOKEN_BYTES_MAX && !token[length] ? token : NULL;
}

/* From the rows; *known is false if there is no such token. */
static bool principal_load(struct auth *auth, const struct hash *hash, struct principal *principal, bool *known, struct error *error)
{
    char hex[HASH_HEX + 1];
    const void *row;
    *known = false;
    arena_reset(&auth->arena);
    hex_format(hash->bytes, HASH_BYTES, hex);
    if (!store_get(auth->store, &token_shape, hex, &auth->arena, &row, error)) return false;
    const struct token *token = row;
    if (!token || (token->kind != PRINCIPAL_PERSON && token->kind != PRINCIPAL_AGENT)) return true;
    *principal = (struct principal){ .kind = token->kind, .id = token->principal, .token = *hash, .expires_ms = token->expires_ms };
    *known = true;
    if (token->kind != PRINCIPAL_AGENT) return true;
    if (!store_get(auth->store, &agent_shape, token->principal.text, &auth->arena, &row, error)) return false;
    const struct agent *agent = row;
    if (agent) principal->system = agent->system;
    *known = agent != NULL;
    return true;
}

/* Through the table; the hash of a stranger's token can't be steered into a slot at will without knowing it. */
static bool principal_find(struct auth *auth, const struct hash *hash, int64_t now_ms, struct principal *principal, bool *known, struct error *error)
{
    uint32_t slot;
    memcpy(&slot, hash->bytes, sizeof slot);
    struct cached *cached = &auth->cache[slot % AUTH_CACHE_ENTRIES];
    int64_t age_ms = now_ms - cached->seen_ms;
    *known = cached->principal.kind != PRINCIPAL_NOBODY && age_ms >= 0 && age_ms < AUTH_CACHE_MS && hash_equal(&cached->principal.token, hash);
    if (*known) {
        *principal = cached->principal;
        return true;
    }
    if (!principal_load(auth, hash, principal, known, error)) return false;
    if (*known) *cached = (struct cached){ *principal, now_ms };
    return true;
}

struct refusal auth_principal(struct auth *auth, const char *authorization, int64_t now_ms, struct principal *principal)
{
    struct error error = { 0 };
    bool known;
    *principal = (struct principal){ .kind = PRINCIPAL_NOBODY };
    if (!authorization) return refusal_none;
    const char *token = bearer_token(authorization);
    if (!token) return refuse(REFUSAL_TOKEN_INVALID);
    struct hash hash = sha256(token, strlen(token));
    struct principal found = { .kind = PRINCIPAL_NOBODY };
    if (!principal_find(auth, &hash, now_ms, &found, &known, &error)) return refuse(REFUSAL_TEMPORARILY_UNAVAILABLE);
    if (!known) return refuse(REFUSAL_TOKEN_INVALID);
    if (now_ms >= found.expires_ms) return refuse(REFUSAL_TOKEN_EXPIRED, argument_time(found.expires_ms), argument_time(now_ms));
    *principal = found;
    return refusal_none;
}

bool auth_is_good(struct auth *auth, const struct principal *principal, int64_t now_ms)
{
    struct error error = { 0 };
    struct principal again;
    bool known;
    if (now_ms >= principal->expires_ms) return false;
    return principal_load(auth, &principal->token, &again, &known, &error) && known && id_equal(again.id, principal->id) &&
           now_ms < again.expires_ms;
}
