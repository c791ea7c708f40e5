/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger.h - double-entry ledger of access time: grant, hold, post, void.
 *
 * Unit: the partition's smallest billed piece x second, an integer; accounts of different partitions never mix.
 * An entry moves an amount from one account to another. A hold only promises it; it is resolved exactly once, by a post
 * (the measured amount moves, the rest is free) or a void (nothing moves). Entries are never changed: see docs/ledger.md. */
#ifndef CORE_LEDGER_LEDGER_H
#define CORE_LEDGER_LEDGER_H

#include "core/refusal.h"
#include "base/shape.h"

#define ACCOUNT_KIND_WORDS(X) X(ACCOUNT_POOL, "pool") X(ACCOUNT_ALLOCATION, "allocation") X(ACCOUNT_USED, "used")
WORDS_ENUM(account_kind, ACCOUNT_KIND_WORDS);

/* credit: moved in; debit: moved out; held: promised to live jobs. A pool's debit may exceed its credit (it is what the
 * partition will give over time); every other account keeps credit - debit - held >= 0, in SQL too. */
#define ACCOUNT_FIELDS(X, R)                                                                      \
    X(R, ID,     id,        _, FIELD_KEY, 0, "the account")                                       \
    X(R, ID,     partition, _, FIELD_INDEXED, 0, "whose pieces it counts")                        \
    X(R, WORD,   kind,      account_kind, 0, 0, "pool: awards come from it; allocation: a project's; used: where use goes") \
    X(R, ID,     project,   _, FIELD_OPTIONAL | FIELD_INDEXED, 0, "whose allocation")             \
    X(R, NUMBER, credit,    _, 0, INT64_MAX, "piece-seconds moved in, for good")                  \
    X(R, NUMBER, debit,     _, 0, INT64_MAX, "piece-seconds moved out, for good")                 \
    X(R, NUMBER, held,      _, 0, INT64_MAX, "piece-seconds promised to live jobs")
SHAPE_STRUCT(account, ACCOUNT_FIELDS);

#define ENTRY_KIND_WORDS(X) X(ENTRY_GRANT, "grant") X(ENTRY_HOLD, "hold") X(ENTRY_POST, "post") X(ENTRY_VOID, "void")
WORDS_ENUM(entry_kind, ENTRY_KIND_WORDS);

#define ENTRY_FIELDS(X, R)                                                                        \
    X(R, ID,     id,           _, FIELD_KEY, 0, "the entry")                                      \
    X(R, WORD,   kind,         entry_kind, 0, 0, "what it does")                                  \
    X(R, ID,     from_account, _, FIELD_INDEXED, 0, "out of this account")                        \
    X(R, ID,     to_account,   _, 0, 0, "into this one")                                          \
    X(R, NUMBER, amount,       _, 0, INT64_MAX, "piece-seconds")                                  \
    X(R, ID,     job,          _, FIELD_OPTIONAL, 0, "the job it is for")         \
    X(R, ID,     resolves,     _, FIELD_OPTIONAL | FIELD_UNIQUE, 0, "the hold that this post or void ends") \
    X(R, ID,     project,      _, FIELD_OPTIONAL, 0, "whose allocation")          \
    X(R, TIME,   at_ms,        _, 0, 0, "when")
SHAPE_STRUCT(entry, ENTRY_FIELDS);

/* What the account can still promise, piece-seconds. */
int64_t ledger_available(const struct account *account);

/* pieces x seconds; AMOUNT_OUT_OF_RANGE unless both are at least 1 and the product at most 2^53 - 1. */
struct refusal ledger_amount(int64_t pieces, int64_t seconds, int64_t *amount);

/* Each fills `entry` (its id, job, project and at_ms are the caller's) and changes the accounts, or refuses and changes nothing. */
struct refusal ledger_grant(struct account *pool, struct account *allocation, int64_t amount, struct entry *entry);
struct refusal ledger_hold(struct account *allocation, const struct account *used, int64_t amount, struct entry *entry);
/* Posts at most what was held; what was measured beyond it is for the caller to say in the event. */
struct refusal ledger_post(struct account *allocation, struct account *used, const struct entry *hold, int64_t measured,
                           struct entry *entry);
struct refusal ledger_void(struct account *allocation, const struct entry *hold, struct entry *entry);

#endif
