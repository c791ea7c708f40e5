/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger_check.h - does the ledger balance? Every balance is counted anew from the entries, every job is looked at.
 *
 * What must hold (docs/ledger.md):
 *   I1  per partition, what moved out of accounts moved into others; each account says what its entries say
 *   I2  no account is below zero but a pool, which gives what the partition will have
 *   I3  each hold is resolved at most once; a job has at most one post
 *   I4  a job that hasn't ended has exactly one unresolved hold, the one that it names; one that has ended has none */
#ifndef STORE_LEDGER_CHECK_H
#define STORE_LEDGER_CHECK_H

#include "store/store.h"

enum { LEDGER_DIFFERENCES_MAX = 100 }; /* enough to see what is wrong; their number is counted on */

struct ledger_difference { const char *rule; const char *what; struct id subject; int64_t expected, found; };

struct ledger_check {
    int64_t partitions, accounts, entries, live_jobs;
    int64_t holds;                        /* not yet resolved */
    int64_t difference_count;             /* of all */
    int     kept;                         /* of them below */
    struct ledger_difference differences[LEDGER_DIFFERENCES_MAX];
};

/* One pass over accounts, entries and jobs: seconds for a million jobs. Inside one snapshot if the caller holds one. */
bool store_ledger_check(struct store *store, struct ledger_check *check, struct error *error);

#endif
