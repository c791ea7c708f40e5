/* SPDX-License-Identifier: EUPL-1.2 */
/* agents_test.c - one row a case: hello with its versions and journals, then the numbers of what was sent and taken. */
#include "core/network/network.h"
#include "core/network/protocol_versions.h"
#include "core/rules.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000000)

/* issued 9, sent 6, taken 4, observed 7 in journal j. hello: lowest highest journal taken, and what else differs | what the row says
 * afterwards: protocol journal observed taken, and whether something is told. */
static const struct { const char *input, *outcome; } hello_table[] = {
    { "1 1 j 4 -",    "1 j 7 4 -" },
    { "1 1 j 4 boot", "1 j 7 4 told" },
    { "1 1 j 4 program", "1 j 7 4 told" },
    { "1 1 j 4 policy", "1 j 7 4 told" },
    { "1 1 j 4 rung", "1 j 7 4 told" },
    { "1 1 k 4 -",    "1 k 0 4 told" },       /* a new journal counts anew */
    { "1 1 k 0 -",    "1 k 0 4 told" },       /* what was taken stays taken */
    { "1 1 j 5 -",    "1 j 7 5 -" },
    { "1 1 j 6 -",    "1 j 7 6 -" },
    { "1 1 j 7 -",    "1 j 7 4 -" },          /* nobody takes what wasn't sent */
    { "1 1 j 3 -",    "1 j 7 4 -" },
    { "0 1 j 4 -",    "1 j 7 4 -" },
    { "1 9 j 4 -",    "1 j 7 4 -" },          /* the highest that both speak */
    { "0 0 j 4 -",    "protocol-version 1 1" },
    { "2 9 j 4 -",    "protocol-version 1 1" },
    { "2 1 j 4 -",    "protocol-version 1 1" }, /* nonsense */
};

struct fixture { struct arena arena; struct agent agent; struct facts facts; struct outcome outcome; };

static void fixture_init(struct fixture *fixture)
{
    arena_init(&fixture->arena, 1024 * 1024);
    fixture->agent = (struct agent){ .id = id_from("a1"), .system = id_from("lumi"), .public_key = "", .issued = 9, .sent = 6, .taken = 4, .journal = "j", .observed = 7,
                                     .boot = "b", .program = "1\"", .protocol = 1, .policy = "p\\", .rung = "submit", .hello_ms = 1 };
    fixture->facts = (struct facts){ .now_ms = NOW_MS, .arena = &fixture->arena, .agent = &fixture->agent, .there = true };
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
}

static char *refusal_or(const struct outcome *outcome, const char *otherwise)
{
    if (!outcome->refusal.code) return arena_text(outcome->arena, otherwise);
    return arena_format(outcome->arena, "%s %lld %lld", refusal_code_text(outcome->refusal.code), (long long)outcome->refusal.arguments[0].number,
                        (long long)outcome->refusal.arguments[1].number);
}

static bool is_json(const char *text, const char *name, int64_t wanted)
{
    struct json_fault fault;
    struct json_t *json = json_read(text, strlen(text), &fault);
    int64_t number = -1;
    bool holds = json_number(json_get(json, name), &number) && number == wanted;
    json_free(json);
    return holds;
}

static bool hello_row_holds(const char *input, const char *wanted)
{
    struct fixture fixture;
    long long lowest, highest, taken;
    char journal[4], differs[10];
    CHECK(sscanf(input, "%lld %lld %3s %lld %9s", &lowest, &highest, journal, &taken, differs) == 5);
    fixture_init(&fixture);
    struct agent_hello hello = { .agent = fixture.agent.id, .lowest = lowest, .highest = highest, .journal = journal, .taken = taken, .observed = 7,
                                 .boot = strcmp(differs, "boot") == 0 ? "c" : "b", .program = strcmp(differs, "program") == 0 ? "2\"" : "1\"",
                                 .policy = strcmp(differs, "policy") == 0 ? "\"q" : "p\\", .rung = strcmp(differs, "rung") == 0 ? "observe" : "submit" };
    agent_hello_decide(&(struct command){ .body = &hello }, &fixture.facts, &fixture.outcome);
    const struct outcome *outcome = &fixture.outcome;
    const struct agent *agent = outcome->change_count ? outcome->changes[0].row : &fixture.agent;
    const char *got = refusal_or(outcome, arena_format(&fixture.arena, "%lld %s %lld %lld %s", (long long)agent->protocol, agent->journal, (long long)agent->observed,
                                                       (long long)agent->taken, outcome->event_count ? "told" : "-"));
    bool holds = strcmp(got, wanted) == 0;
    bool details = outcome->refusal.code ? !outcome->change_count && !outcome->event_count
                                         : outcome->change_count == 1 && outcome->changes[0].kind == CHANGE_PUT && agent->hello_ms == NOW_MS && agent->issued == 9 && agent->sent == 6 &&
                                               is_json(outcome->answer, "version", 1) && is_json(outcome->answer, "observed", agent->observed) &&
                                               is_json(outcome->answer, "issued", 9) && is_json(outcome->answer, "sent", 6) &&
                                               (!outcome->event_count || (is_json(outcome->events[0].payload, "protocol", 1) && strcmp(outcome->events[0].scope, "system:lumi") == 0));
    if (!holds || !details) printf("not ok - agents: hello %s: got %s%s\n", input, got, details ? "" : " (details differ)");
    arena_finish(&fixture.arena);
    return holds && details;
}

/* what number | sent taken afterwards; "-": nothing is written */
static const struct { bool send; int64_t number, sent, taken; } number_table[] = {
    { true, 7, 7, 4 }, { true, 9, 9, 4 }, { true, 10, 0, 0 }, { true, 6, 0, 0 }, { true, 0, 0, 0 }, { true, -1, 0, 0 }, { true, INT64_MAX, 0, 0 },
    { false, 5, 6, 5 }, { false, 6, 6, 6 }, { false, 7, 0, 0 }, { false, 4, 0, 0 }, { false, 0, 0, 0 }, { false, -1, 0, 0 }, { false, INT64_MAX, 0, 0 },
};

static bool number_row_holds(int row)
{
    struct fixture fixture;
    bool send = number_table[row].send;
    fixture_init(&fixture);
    if (send) agent_send_decide(&(struct command){ .body = &(struct agent_send){ fixture.agent.id, number_table[row].number } }, &fixture.facts, &fixture.outcome);
    else agent_take_decide(&(struct command){ .body = &(struct agent_take){ fixture.agent.id, number_table[row].number } }, &fixture.facts, &fixture.outcome);
    const struct outcome *outcome = &fixture.outcome;
    const struct agent *agent = outcome->change_count ? outcome->changes[0].row : &(struct agent){ 0 };
    bool holds = !outcome->refusal.code && outcome->status == 200 && !outcome->event_count && outcome->change_count == (number_table[row].sent != 0) &&
                 agent->sent == number_table[row].sent && agent->taken == number_table[row].taken;
    if (!holds) printf("not ok - agents: %s %lld\n", send ? "send" : "take", (long long)number_table[row].number);
    arena_finish(&fixture.arena);
    return holds;
}

int main(void)
{
    bool ok = PROTOCOL_LOWEST == 1 && PROTOCOL_HIGHEST == 1; /* the rows are written for these */
    if (!ok) printf("not ok - agents: versions\n");
    for (int i = 0; ok && i < countof(hello_table); i++) ok = hello_row_holds(hello_table[i].input, hello_table[i].outcome);
    for (int i = 0; ok && i < countof(number_table); i++) ok = number_row_holds(i);
    if (ok) printf("ok - agents: %d hellos, %d numbers\n", countof(hello_table), countof(number_table));
    return !ok;
}
