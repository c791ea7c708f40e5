/* SPDX-License-Identifier: EUPL-1.2 */
/* projects.c - projects, and access time granted to them out of a partition's pool. */
#include "core/access/access.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/rules.h"

#include <string.h>

static bool name_is_short(const char *name)
{
    return *name >= 'a' && *name <= 'z' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

void project_add_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct project_add *body = command->body;
    struct text shown;
    if (facts->project) outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name(body->name));
    else if (!name_is_short(body->name))
        outcome->refusal = refuse(REFUSAL_INVALID_VALUE, argument_name("name"), argument_name("a letter, then lower-case letters, digits, dashes"));
    if (outcome->refusal.code) return;
    struct project project = { .id = id_from(body->name), .name = body->name, .title = body->title, .organisation = body->organisation, .home = body->home,
                               .purpose = body->purpose, .open = true, .demo = body->demo, .added_ms = facts->now_ms };
    text_init(&shown, outcome->arena);
    struct json_writer writer = json_writer_of(&shown);
    json_put_shape(&writer, &project_shape, &project);
    outcome_add(outcome, &project_shape, &project);
    outcome_event(outcome, "project.added", project.id, outcome_scope(outcome, "project", project.id), shown.bytes);
    outcome_answer(outcome, 201, shown.bytes);
}

static char *grant_payload(const struct allocation *allocation, const struct entry *entry, struct arena *arena)
{
    return arena_format(arena, "{\"project\":\"%s\",\"partition\":\"%s\",\"account\":\"%s\",\"entry\":\"%s\",\"amount\":%lld,\"starts_ms\":%lld,\"ends_ms\":%lld}",
                        allocation->project.text, allocation->partition.text, allocation->account.text, entry->id.text, (long long)entry->amount,
                        (long long)allocation->starts_ms, (long long)allocation->ends_ms);
}

void allocation_grant_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct allocation_grant *body = command->body;
    if (facts->allocation) outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name(facts->allocation->id.text));
    else if (body->ends_ms <= body->starts_ms) outcome->refusal = refuse(REFUSAL_INVALID_VALUE, argument_name("ends_ms"), argument_name("later than starts_ms"));
    if (outcome->refusal.code) return;

    struct account account = { .id = ulid_make(facts->ids, facts->now_ms), .partition = facts->partition->id, .kind = ACCOUNT_ALLOCATION, .project = facts->project->id };
    struct account pool = *facts->pool;
    struct entry entry = { 0 };
    outcome->refusal = ledger_grant(&pool, &account, body->amount, &entry);
    if (outcome->refusal.code) return;
    entry.id = ulid_make(facts->ids, facts->now_ms);
    entry.project = facts->project->id;
    entry.at_ms = facts->now_ms;
    struct allocation allocation = { .id = ulid_make(facts->ids, facts->now_ms), .project = facts->project->id, .partition = facts->partition->id,
                                     .account = account.id, .starts_ms = body->starts_ms, .ends_ms = body->ends_ms };
    outcome_add(outcome, &account_shape, &account);
    outcome_put(outcome, &account_shape, &pool);
    outcome_add(outcome, &entry_shape, &entry);
    outcome_add(outcome, &allocation_shape, &allocation);
    const char *payload = grant_payload(&allocation, &entry, outcome->arena);
    outcome_event(outcome, "allocation.granted", allocation.id, outcome_scope(outcome, "project", allocation.project), payload);
    outcome_answer(outcome, 201, payload);
}
