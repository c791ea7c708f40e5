/* SPDX-License-Identifier: EUPL-1.2 */
/* auth_test.c - the Authorization field and what it stands for, over a database with a person's, an agent's and an ended token. */
#include "auth/auth.h"

#include "core/network/network.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1700000000000)
#define PERSON_TOKEN "0123456789abcdef-of-a-person"
#define AGENT_TOKEN  "0123456789abcdef-of-an-agent"
#define STRAY_TOKEN  "0123456789abcdef-of-no-agent"
#define ENDED_TOKEN  "0123456789abcdef-of-the-past"
#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct row { const char *field; enum refusal_code code; const char *who, *system; } rows[] = {
    { NULL, REFUSAL_NONE, "", "" },
    { "Bearer " PERSON_TOKEN, REFUSAL_NONE, "ana", "" },
    { "bearer   " PERSON_TOKEN, REFUSAL_NONE, "ana", "" },
    { "Bearer " AGENT_TOKEN, REFUSAL_NONE, "a1", "lumi" },
    { "Bearer " STRAY_TOKEN, REFUSAL_TOKEN_INVALID, "", "" },       /* an agent's token without its agent */
    { "Bearer " ENDED_TOKEN, REFUSAL_TOKEN_EXPIRED, "", "" },
    { "Bearer " PERSON_TOKEN "x", REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer 0123456789abcdef-of-a-persoN", REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer " PERSON_TOKEN " " PERSON_TOKEN, REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer " PERSON_TOKEN ",", REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer", REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer ", REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer short", REFUSAL_TOKEN_INVALID, "", "" },
    { "Bearer " A40 A40 A40 A40 A40 A40, REFUSAL_TOKEN_INVALID, "", "" },
    { "Basic YW5hOjE=", REFUSAL_TOKEN_INVALID, "", "" },
    { PERSON_TOKEN, REFUSAL_TOKEN_INVALID, "", "" },
    { "", REFUSAL_TOKEN_INVALID, "", "" },
};

static void add(struct store *store, const struct shape *shape, const void *row)
{
    struct error error = { 0 };
    CHECK(store_change(store, &(struct change){ CHANGE_ADD, shape, row }, &error));
}

static void add_token(struct store *store, const char *text, const char *who, enum principal_kind kind, int64_t expires_ms)
{
    char hex[HASH_HEX + 1];
    struct hash hash = sha256(text, strlen(text));
    hex_format(hash.bytes, HASH_BYTES, hex);
    add(store, &token_shape, &(struct token){ .hash = hex, .principal = id_from(who), .kind = kind, .expires_ms = expires_ms, .added_ms = NOW_MS });
}

static int rows_fail(struct auth *auth)
{
    for (int again = 0; again < 2; again++) /* out of the database, then out of memory */
        for (int i = 0; i < countof(rows); i++) {
            struct principal principal;
            struct refusal refusal = auth_principal(auth, rows[i].field, NOW_MS, &principal);
            if (refusal.code == rows[i].code && strcmp(principal.id.text, rows[i].who) == 0 && strcmp(principal.system.text, rows[i].system) == 0 &&
                (principal.kind == PRINCIPAL_NOBODY) == (rows[i].who[0] == 0)) continue;
            printf("not ok - auth: row %d: %s, %s\n", i + 1, refusal.code ? refusal_code_text(refusal.code) : "fine", principal.id.text);
            return 1;
        }
    printf("ok - auth: %d rows\n", countof(rows));
    return 0;
}

/* What is taken away is missed after the cache's time, by streams at once; what ends ends to the millisecond, cached or not. */
static int ends_fail(struct auth *auth, struct store *store)
{
    struct principal principal, later;
    struct error error = { 0 };
    bool fine = auth_principal(auth, "Bearer " PERSON_TOKEN, NOW_MS, &principal).code == REFUSAL_NONE && auth_is_good(auth, &principal, NOW_MS) &&
                !auth_is_good(auth, &principal, NOW_MS + 5000) &&
                auth_principal(auth, "Bearer " PERSON_TOKEN, NOW_MS + 4999, &later).code == REFUSAL_NONE &&
                auth_principal(auth, "Bearer " PERSON_TOKEN, NOW_MS + 5000, &later).code == REFUSAL_TOKEN_EXPIRED;
    CHECK(auth_principal(auth, "Bearer " AGENT_TOKEN, NOW_MS, &principal).code == REFUSAL_NONE);
    CHECK(db_run(store_db(store), "DELETE FROM token WHERE kind = 'agent'", &error));
    fine = fine && !auth_is_good(auth, &principal, NOW_MS) && auth_principal(auth, "Bearer " AGENT_TOKEN, NOW_MS + AUTH_CACHE_MS - 1, &later).code == REFUSAL_NONE &&
           auth_principal(auth, "Bearer " AGENT_TOKEN, NOW_MS + AUTH_CACHE_MS, &later).code == REFUSAL_TOKEN_INVALID;
    printf(fine ? "ok - auth: ends\n" : "not ok - auth: tokens that end or are taken away\n");
    return !fine;
}

int main(void)
{
    char location[] = "/tmp/aif-auth-test-XXXXXX", beside[64];
    struct error error = { 0 };
    struct store *store;
    struct auth *auth;
    close(mkstemp(location));
    crypto_start();
    CHECK(store_open(&store, &(struct store_options){ .location = location, .now_ms = NOW_MS }, &error));
    add(store, &agent_shape, &(struct agent){ .id = id_from("a1"), .system = id_from("lumi"), .public_key = "00", .added_ms = NOW_MS });
    add_token(store, PERSON_TOKEN, "ana", PRINCIPAL_PERSON, NOW_MS + 5000);
    add_token(store, AGENT_TOKEN, "a1", PRINCIPAL_AGENT, NOW_MS + 500000);
    add_token(store, STRAY_TOKEN, "a9", PRINCIPAL_AGENT, NOW_MS + 500000);
    add_token(store, ENDED_TOKEN, "ana", PRINCIPAL_PERSON, NOW_MS);
    CHECK(auth_create(&auth, location, &error));
    int failed = rows_fail(auth) || ends_fail(auth, store);
    auth_destroy(auth);
    store_close(store);
    unlink(location);
    for (int i = 0; i < 2; i++) snprintf(beside, sizeof beside, "%s%s", location, i ? "-wal" : "-shm"), unlink(beside);
    return failed;
}
