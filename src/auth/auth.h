/* SPDX-License-Identifier: EUPL-1.2 */
/* auth.h - who is asking? A bearer token's SHA-256 names a row; the row names a person or an agent.
 *
 * Belongs to one thread (the loop's) and has a read-only connection of its own, so that asking is a look into memory or one
 * search by key. What a principal may do isn't known here: roles are loaded with each command and read. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/crypto.h"
#include "core/identity/identity.h"
#include "core/refusal.h"

struct auth;

enum {
    AUTH_CACHE_MS = 10 * 1000,  /* a token that was taken away is refused after that at the latest */
    AUTH_CACHE_ENTRIES = 1024,  /* 64 submitters, 40 agents and some hundred readers, 140 bytes each */
    AUTH_TOKEN_BYTES_MIN = 20,  /* shorter ones could be guessed; none of ours is */
    AUTH_TOKEN_BYTES_MAX = 200,
};

struct principal {
    enum principal_kind kind;       /* NOBODY, PERSON or AGENT */
    struct id           id;
    struct id           system;     /* an agent's */
    struct hash         token;      /* what to ask for again; see auth_is_good() */
    int64_t             expires_ms;
};

/* False with error if the database can't be opened. */
bool auth_create(struct auth **auth, const char *location, struct error *error);
void auth_destroy(struct auth *auth); /* NULL is fine */

/* Who sends this Authorization field (NULL: none was sent, which is nobody, and no refusal).
 * TOKEN_INVALID, TOKEN_EXPIRED; TEMPORARILY_UNAVAILABLE if the database can't be asked. */
struct refusal auth_principal(struct auth *auth, const char *authorization, int64_t now_ms, struct principal *principal);

/* Is the token that this principal came with still good? For streams, which outlive the question. False also if the database
 * can't be asked: the stream ends, and its reader comes back. */
bool auth_is_good(struct auth *auth, const struct principal *principal, int64_t now_ms);

#endif
