/* SPDX-License-Identifier: EUPL-1.2 */
/* partitions.c - a partition comes with its two accounts: the pool that awards come from, and where use goes. */
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/rules.h"

void partition_add_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    struct partition partition = *(const struct partition *)command->body;
    if (facts->partition) {
        outcome->refusal = refuse(REFUSAL_ALREADY_THERE, argument_name(partition.id.text));
        return;
    }
    struct account pool = { .id = ulid_make(facts->ids, facts->now_ms), .partition = partition.id, .kind = ACCOUNT_POOL };
    struct account used = { .id = ulid_make(facts->ids, facts->now_ms), .partition = partition.id, .kind = ACCOUNT_USED };
    partition.pool = pool.id;
    partition.used = used.id;
    outcome_add(outcome, &account_shape, &pool);
    outcome_add(outcome, &account_shape, &used);
    outcome_add(outcome, &partition_shape, &partition);
    struct text shown;
    text_init(&shown, outcome->arena);
    struct json_writer writer = json_writer_of(&shown);
    json_put_shape(&writer, &partition_shape, &partition);
    outcome_event(outcome, "partition.added", partition.id, "public", shown.bytes);
    outcome_answer(outcome, 201, shown.bytes);
}
