/* SPDX-License-Identifier: EUPL-1.2 */
/* check.h - the promises, asked of the database itself: a few after every commit, more after a start, all of them at the end. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "broker/broker.h"
#include "sim/run.h"

/* After a batch; `before`: the newest event before it. */
void check_batch(struct run *run, int64_t before);
/* Reads the events that are new and holds the tree of what is on disk against that of what was told. */
void check_trail(struct run *run);
/* What was promised is there: rows, picture, trail and answers as they were told; some of the ledger's promises. */
void check_start(struct run *run);
/* Everything, also that all has settled: after the faults have stopped. */
void check_settled(struct run *run);

/* A broker made of the store, as at a start. */
struct broker *check_broker_of(struct run *run);

#endif
