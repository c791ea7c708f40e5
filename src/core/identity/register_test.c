/* SPDX-License-Identifier: EUPL-1.2 */
/* register_test.c - what is added is written as it was given, and told without a word about the person: whoever reads all events
 * finds ids and commitments, and with another salt another commitment. */
#include "core/identity/identity.h"
#include "core/rules.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000000)

struct fixture { struct arena arena; struct ulid_source ids; struct facts facts; struct outcome outcome; };

static void fixture_init(struct fixture *fixture)
{
    arena_init(&fixture->arena, 1024 * 1024);
    ulid_source_init(&fixture->ids, (const uint64_t[2]){ 1, 2 });
    fixture->facts = (struct facts){ .now_ms = NOW_MS, .arena = &fixture->arena, .ids = &fixture->ids, .there = true };
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
}

/* One row added, one event, and none of the words in anything that goes out. */
static bool told_without(const struct outcome *outcome, const char *event, const char *const *words)
{
    struct json_fault fault;
    if (outcome->refusal.code || outcome->status != 201 || outcome->change_count != 1 || outcome->changes[0].kind != CHANGE_ADD || outcome->event_count != 1) return false;
    const struct happened *happened = &outcome->events[0];
    struct json_t *json = json_read(happened->payload, strlen(happened->payload), &fault);
    bool object = json_holds_object(json);
    json_free(json);
    if (!object || strcmp(happened->name, event) != 0 || strcmp(happened->scope, "network") != 0) return false;
    for (; *words; words++)
        if (strstr(happened->payload, *words) || strstr(happened->subject.text, *words)) return false;
    return true;
}

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - register: %s\n", what);
    return holds;
}

static const struct person ana = { .id = { "01ANA" }, .handle = "ana-k", .name = "Ana \"Q\" Korhonen", .salt = "a1b2c3d4", .added_ms = 5 };

static const char *person_payload(struct fixture *fixture, const char *salt)
{
    struct person person = ana;
    person.salt = salt;
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
    person_add_decide(&(struct command){ .body = &person }, &fixture->facts, &fixture->outcome);
    return fixture->outcome.event_count ? fixture->outcome.events[0].payload : "";
}

static bool persons_hold(struct fixture *fixture)
{
    static const char *const personal[] = { "Ana", "ana", "Korhonen", "a1b2", NULL };
    const char *first = person_payload(fixture, "a1b2c3d4");
    const struct outcome *outcome = &fixture->outcome;
    bool ok = says(told_without(outcome, "person.added", personal), "a person") && says(strstr(outcome->answer, "01ANA") && !strstr(outcome->answer, "Ana"), "a person's answer");
    const struct person *row = outcome->changes[0].row;
    ok = ok && says(row->added_ms == NOW_MS && strcmp(row->name, ana.name) == 0 && strcmp(row->salt, "a1b2c3d4") == 0, "a person's row");
    ok = ok && says(strcmp(first, person_payload(fixture, "a1b2c3d4")) == 0 && strcmp(first, person_payload(fixture, "a1b2c3d5")) != 0, "a commitment needs its salt");
    fixture->facts.person = &ana;
    ok = ok && says(!*person_payload(fixture, "a1b2c3d4") && fixture->outcome.refusal.code == REFUSAL_ALREADY_THERE && !fixture->outcome.change_count, "a person twice");
    return ok;
}

static bool tokens_hold(struct fixture *fixture)
{
    static const char *const secret[] = { "fedcba", NULL };
    struct token token = { .hash = "fedcba", .principal = id_from("01ANA"), .kind = PRINCIPAL_PERSON, .expires_ms = NOW_MS + 1 };
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
    token_add_decide(&(struct command){ .body = &token }, &fixture->facts, &fixture->outcome);
    bool ok = says(told_without(&fixture->outcome, "token.added", secret) && !strstr(fixture->outcome.answer, "fedcba"), "a token");
    fixture->facts.token = &token;
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
    token_add_decide(&(struct command){ .body = &token }, &fixture->facts, &fixture->outcome);
    return ok && says(fixture->outcome.refusal.code == REFUSAL_ALREADY_THERE && !fixture->outcome.change_count, "a token twice");
}

static bool organisations_hold(struct fixture *fixture)
{
    static const char *const none[] = { NULL };
    struct organisation organisation = { .id = id_from("aura-health"), .name = "Aura \"Health\"", .country = "FI", .kind = ORGANISATION_START_UP };
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
    organisation_add_decide(&(struct command){ .body = &organisation }, &fixture->facts, &fixture->outcome);
    bool ok = says(told_without(&fixture->outcome, "organisation.added", none), "an organisation");
    fixture->facts.organisation = &organisation;
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
    organisation_add_decide(&(struct command){ .body = &organisation }, &fixture->facts, &fixture->outcome);
    return ok && says(fixture->outcome.refusal.code == REFUSAL_ALREADY_THERE && !fixture->outcome.change_count, "an organisation twice");
}

/* A grant that could reach nothing, or that would make a person the server, isn't given. role, kind of scope, scope | given */
static const struct { enum role role; enum scope_kind kind; const char *scope; bool given; } grant_table[] = {
    { ROLE_PROJECT_LEAD, SCOPE_OF_PROJECT, "aura", true },
    { ROLE_SITE_OPERATOR, SCOPE_OF_SYSTEM, "lumi", true },
    { ROLE_AUDITOR, SCOPE_OF_NETWORK, "", true },
    { ROLE_PROJECT_LEAD, SCOPE_OF_SYSTEM, "lumi", false },
    { ROLE_PROJECT_LEAD, SCOPE_OF_NETWORK, "", false },
    { ROLE_PROJECT_LEAD, SCOPE_OF_PROJECT, "", false },
    { ROLE_AUDITOR, SCOPE_OF_NETWORK, "network", true },
    { ROLE_AUDITOR, SCOPE_OF_PROJECT, "aura", false },
    { ROLE_SERVER, SCOPE_OF_NETWORK, "", false },
    { ROLE_AGENT, SCOPE_OF_SYSTEM, "lumi", false },
};

static bool grant_row_holds(struct fixture *fixture, int row)
{
    static const char *const none[] = { NULL };
    struct role_grant grant = { .person = id_from("01ANA"), .role = grant_table[row].role, .scope_kind = grant_table[row].kind, .scope_id = id_from(grant_table[row].scope) };
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
    role_grant_decide(&(struct command){ .body = &grant }, &fixture->facts, &fixture->outcome);
    if (!grant_table[row].given) return fixture->outcome.refusal.code == REFUSAL_INVALID_VALUE && !fixture->outcome.change_count;
    const struct role_grant *given = fixture->outcome.change_count ? fixture->outcome.changes[0].row : NULL;
    return told_without(&fixture->outcome, "role.granted", none) && !id_is_none(given->id) && given->added_ms == NOW_MS && given->role == grant.role;
}

int main(void)
{
    struct fixture fixture;
    fixture_init(&fixture);
    bool ok = persons_hold(&fixture) && tokens_hold(&fixture) && organisations_hold(&fixture);
    for (int i = 0; ok && i < countof(grant_table); i++) {
        ok = grant_row_holds(&fixture, i);
        if (!ok) printf("not ok - register: grant %d\n", i);
    }
    arena_finish(&fixture.arena);
    if (ok) printf("ok - register: persons, tokens, organisations, %d grants\n", countof(grant_table));
    return !ok;
}
