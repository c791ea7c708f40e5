/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger.c - the four acts of the ledger and the tables they write.
 *
 * Always true: in each account but a pool credit - debit - held >= 0; over all accounts of a partition the sum of credit
 * is the sum of debit; an account's held is the sum of its unresolved holds. Money is checked when it is promised, so
 * the second step (post or void) can't break the first of these whatever a site measured. A grant bounds what a pool ever
 * gives, so no sum behind it can overflow. Checks stand in the order of precedence; each has one reason. */
#include "core/ledger/ledger.h"

WORDS_DEFINE(account_kind, ACCOUNT_KIND_WORDS);
WORDS_DEFINE(entry_kind, ENTRY_KIND_WORDS);

SHAPE_TABLE(account, ACCOUNT_FIELDS, "a place in the ledger that amounts move between", "project",
            "CHECK (kind = 'pool' OR credit - debit - held >= 0)", false); /* none of the three is negative: each column's own CHECK */
SHAPE_TABLE(entry, ENTRY_FIELDS, "one line of the ledger", "project", "CHECK (from_account <> to_account)", true);

int64_t ledger_available(const struct account *account) { return account->credit - account->debit - account->held; }

struct refusal ledger_amount(int64_t pieces, int64_t seconds, int64_t *amount)
{
    int64_t product;
    if (pieces < 1 || seconds < 1 || __builtin_mul_overflow(pieces, seconds, &product) || product > NUMBER_MAX)
        return refuse(REFUSAL_AMOUNT_OUT_OF_RANGE, argument_count(NUMBER_MAX));
    *amount = product;
    return refusal_none;
}

/* Accounts of two partitions never mix: their pieces aren't the same thing. */
static bool are_a_pair(const struct account *from, enum account_kind from_kind, const struct account *to, enum account_kind to_kind)
{
    return from->kind == from_kind && to->kind == to_kind && !id_equal(from->id, to->id) &&
           !id_is_none(from->partition) && id_equal(from->partition, to->partition);
}

/* Every sum stays within what JSON keeps exactly; nothing here is negative, so the difference can't overflow. */
static bool has_room(int64_t sum, int64_t more) { return sum <= NUMBER_MAX - more; }

static void entry_fill(struct entry *entry, enum entry_kind kind, struct id from, struct id to, int64_t amount, struct id resolves)
{
    entry->kind = kind;
    entry->from_account = from;
    entry->to_account = to;
    entry->amount = amount;
    entry->resolves = resolves;
}

struct refusal ledger_grant(struct account *pool, struct account *allocation, int64_t amount, struct entry *entry)
{
    if (!are_a_pair(pool, ACCOUNT_POOL, allocation, ACCOUNT_ALLOCATION)) return refuse(REFUSAL_LEDGER_RULE);
    if (amount < 1) return refuse(REFUSAL_LEDGER_RULE);
    if (amount > NUMBER_MAX || !has_room(pool->debit, amount) || !has_room(allocation->credit, amount))
        return refuse(REFUSAL_AMOUNT_OUT_OF_RANGE, argument_count(NUMBER_MAX));
    pool->debit += amount;
    allocation->credit += amount;
    entry_fill(entry, ENTRY_GRANT, pool->id, allocation->id, amount, (struct id){ 0 });
    return refusal_none;
}

struct refusal ledger_hold(struct account *allocation, const struct account *used, int64_t amount, struct entry *entry)
{
    if (!are_a_pair(allocation, ACCOUNT_ALLOCATION, used, ACCOUNT_USED)) return refuse(REFUSAL_LEDGER_RULE);
    if (amount < 1) return refuse(REFUSAL_LEDGER_RULE);
    if (amount > NUMBER_MAX) return refuse(REFUSAL_AMOUNT_OUT_OF_RANGE, argument_count(NUMBER_MAX));
    if (amount > ledger_available(allocation))
        return refuse(REFUSAL_INSUFFICIENT_ALLOCATION, argument_amount(amount), argument_amount(ledger_available(allocation)));
    allocation->held += amount;
    entry_fill(entry, ENTRY_HOLD, allocation->id, used->id, amount, (struct id){ 0 });
    return refusal_none;
}

/* A hold that this account made and can still give back. Whether it was resolved before, only the table of entries knows. */
static bool holds(const struct account *allocation, const struct entry *hold)
{
    return allocation->kind == ACCOUNT_ALLOCATION && hold->kind == ENTRY_HOLD && !id_is_none(hold->id) &&
           id_equal(hold->from_account, allocation->id) && hold->amount >= 1 && hold->amount <= allocation->held;
}

struct refusal ledger_post(struct account *allocation, struct account *used, const struct entry *hold, int64_t measured,
                           struct entry *entry)
{
    if (!are_a_pair(allocation, ACCOUNT_ALLOCATION, used, ACCOUNT_USED)) return refuse(REFUSAL_LEDGER_RULE);
    if (!holds(allocation, hold) || !id_equal(hold->to_account, used->id)) return refuse(REFUSAL_LEDGER_RULE);
    if (measured < 0) return refuse(REFUSAL_LEDGER_RULE);
    int64_t moved = measured < hold->amount ? measured : hold->amount;
    if (!has_room(allocation->debit, moved) || !has_room(used->credit, moved))
        return refuse(REFUSAL_AMOUNT_OUT_OF_RANGE, argument_count(NUMBER_MAX));
    allocation->held -= hold->amount;
    allocation->debit += moved;
    used->credit += moved;
    entry_fill(entry, ENTRY_POST, allocation->id, used->id, moved, hold->id);
    return refusal_none;
}

struct refusal ledger_void(struct account *allocation, const struct entry *hold, struct entry *entry)
{
    if (!holds(allocation, hold)) return refuse(REFUSAL_LEDGER_RULE);
    allocation->held -= hold->amount;
    entry_fill(entry, ENTRY_VOID, allocation->id, hold->to_account, hold->amount, hold->id);
    return refusal_none;
}
