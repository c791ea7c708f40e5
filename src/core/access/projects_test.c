/* SPDX-License-Identifier: EUPL-1.2 */
/* projects_test.c - one row a case: a project's name, then a grant of access time out of a partition's pool. */
#include "core/access/access.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/rules.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000000)

struct fixture {
    struct arena arena;
    struct ulid_source ids;
    struct project project;
    struct partition partition;
    struct account pool;
    struct allocation allocation;
    struct facts facts;
    struct outcome outcome;
};

static void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){ .project = { .id = { "aura" }, .name = "aura" }, .partition = { .id = { "lumi/gpu" }, .pool = { "pool" } },
                                 .pool = { .id = { "pool" }, .partition = { "lumi/gpu" }, .kind = ACCOUNT_POOL, .debit = 500 }, .allocation = { .id = { "before" } } };
    arena_init(&fixture->arena, 1024 * 1024);
    ulid_source_init(&fixture->ids, (const uint64_t[2]){ 1, 2 });
    fixture->facts = (struct facts){ .now_ms = NOW_MS, .arena = &fixture->arena, .ids = &fixture->ids, .there = true, .partition = &fixture->partition, .pool = &fixture->pool };
    fixture->outcome = (struct outcome){ .arena = &fixture->arena };
}

static const char *code_of(const struct outcome *outcome) { return outcome->refusal.code ? refusal_code_text(outcome->refusal.code) : "-"; }

static const struct { const char *name; bool there; const char *outcome; } project_table[] = {
    { "aura", false, "-" }, { "a", false, "-" }, { "a-1", false, "-" }, { "aura", true, "already-there" }, { "Aura", true, "already-there" }, { "", false, "invalid-value" },
    { "Aura", false, "invalid-value" }, { "1a", false, "invalid-value" }, { "-a", false, "invalid-value" }, { "a/b", false, "invalid-value" }, { "a b", false, "invalid-value" },
    { "a_b", false, "invalid-value" }, { "\xc3\xa9toile", false, "invalid-value" }, { "a\"b", false, "invalid-value" }, { "a'", false, "invalid-value" },
};

static bool project_row_holds(int row)
{
    struct fixture fixture;
    fixture_init(&fixture);
    if (project_table[row].there) fixture.facts.project = &fixture.project;
    struct project_add body = { .name = project_table[row].name, .title = "a \"title\"", .organisation = id_from("org"), .home = id_from("laif"), .purpose = "p", .demo = true };
    project_add_decide(&(struct command){ .body = &body }, &fixture.facts, &fixture.outcome);
    const struct outcome *outcome = &fixture.outcome;
    bool holds = strcmp(code_of(outcome), project_table[row].outcome) == 0;
    if (holds && !outcome->refusal.code) {
        const struct project *project = outcome->changes[0].row;
        holds = outcome->change_count == 1 && outcome->changes[0].kind == CHANGE_ADD && outcome->event_count == 1 && outcome->status == 201 && project->open && project->demo &&
                !project->live_jobs && !project->last_job && strcmp(project->id.text, body.name) == 0 && project->added_ms == NOW_MS && id_equal(project->home, body.home) &&
                strcmp(outcome->events[0].scope, arena_format(outcome->arena, "project:%s", body.name)) == 0;
    }
    if (!holds) printf("not ok - projects: %s: got %s\n", project_table[row].name, code_of(outcome));
    arena_finish(&fixture.arena);
    return holds;
}

/* M is 2^53 - 1, the largest amount there is. */
#define M NUMBER_MAX
static const struct { int64_t amount, starts_ms, ends_ms, pool_debit; bool there; const char *outcome; } grant_table[] = {
    { 0, 5, 5, M, true, "already-there" },
    { 0, 5, 5, M, false, "invalid-value" },
    { 0, 5, 4, M, false, "invalid-value" },
    { 0, 5, 6, M, false, "ledger-rule" },
    { -1, 5, 6, 0, false, "ledger-rule" },
    { 1, 5, 6, M, false, "amount-out-of-range" },
    { M, 5, 6, 1, false, "amount-out-of-range" },
    { INT64_MAX, 5, 6, 0, false, "amount-out-of-range" },
    { M, 5, 6, 0, false, "-" },
    { 1, 0, 1, M - 1, false, "-" },
    { 3600, NOW_MS, NOW_MS + 1, 500, false, "-" },
};

static bool grant_row_holds(int row)
{
    struct fixture fixture;
    fixture_init(&fixture);
    fixture.facts.project = &fixture.project;
    fixture.pool.debit = grant_table[row].pool_debit;
    if (grant_table[row].there) fixture.facts.allocation = &fixture.allocation;
    struct allocation_grant body = { id_from("aura"), id_from("lumi/gpu"), grant_table[row].amount, grant_table[row].starts_ms, grant_table[row].ends_ms };
    allocation_grant_decide(&(struct command){ .body = &body }, &fixture.facts, &fixture.outcome);
    const struct outcome *outcome = &fixture.outcome;
    bool holds = strcmp(code_of(outcome), grant_table[row].outcome) == 0;
    if (holds && !outcome->refusal.code) {
        const struct account *account = outcome->changes[0].row, *pool = outcome->changes[1].row;
        const struct entry *entry = outcome->changes[2].row;
        const struct allocation *allocation = outcome->changes[3].row;
        holds = outcome->change_count == 4 && outcome->event_count == 1 && outcome->status == 201 && account->kind == ACCOUNT_ALLOCATION && account->credit == body.amount &&
                !account->debit && !account->held && pool->debit == grant_table[row].pool_debit + body.amount && outcome->changes[1].kind == CHANGE_PUT &&
                entry->kind == ENTRY_GRANT && entry->amount == body.amount && id_equal(entry->from_account, pool->id) && id_equal(entry->to_account, account->id) &&
                id_equal(entry->project, body.project) && id_equal(allocation->account, account->id) && id_equal(account->project, body.project) &&
                allocation->starts_ms == body.starts_ms && allocation->ends_ms == body.ends_ms && fixture.pool.debit == grant_table[row].pool_debit;
    }
    if (!holds) printf("not ok - projects: grant %d: got %s\n", row, code_of(outcome));
    arena_finish(&fixture.arena);
    return holds;
}

int main(void)
{
    bool ok = true;
    for (int i = 0; ok && i < countof(project_table); i++) ok = project_row_holds(i);
    for (int i = 0; ok && i < countof(grant_table); i++) ok = grant_row_holds(i);
    if (ok) printf("ok - projects: %d names, %d grants\n", countof(project_table), countof(grant_table));
    return !ok;
}
