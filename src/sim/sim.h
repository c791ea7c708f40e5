/* SPDX-License-Identifier: EUPL-1.2 */
/* sim.h - the whole network in one thread, from one seed: the real door, store, broker and site agents on a virtual clock, with
 * everything that can go wrong between them. docs/simulation.md. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "sim/faults.h"

#include <stdio.h>

enum { SIM_COMMANDS = 300, SIM_AGENTS = 5 }; /* unless said otherwise; agents at least 5: projects lie on them */

struct sim_options {
    uint64_t seed;
    int      commands, agents;
    FILE    *transcript; /* every line of it; NULL: only its hash is made */
};

/* What people and jobs met, for the same reason as faults: what never happened wasn't tested. */
#define TALLIES(X)                                                                                \
    X(TALLY_COMMANDS, "commands of people") X(TALLY_ACCEPTED, "accepted") X(TALLY_REFUSED, "refused by a rule") \
    X(TALLY_UNREAD, "refused before the door") X(TALLY_NOT_FOUND, "denied as not found") X(TALLY_NOT_PERMITTED, "denied as not permitted") \
    X(TALLY_REPLAYED, "answered from memory") X(TALLY_REUSED, "keys used for something else") X(TALLY_DRY, "dry runs") \
    X(TALLY_UNAVAILABLE, "answered 503") X(TALLY_JOBS, "jobs") X(TALLY_HELD, "jobs that waited for others") X(TALLY_STARTED, "started") \
    X(TALLY_COMPLETED, "completed") X(TALLY_FAILED, "failed") X(TALLY_TIMED_OUT, "timed out") X(TALLY_CANCELLED, "cancelled") \
    X(TALLY_LOST, "lost") X(TALLY_SITE_REFUSED, "refused by their site") X(TALLY_NEVER, "whose dependency never came") \
    X(TALLY_RECORDS, "signed records") X(TALLY_CHECKPOINTS, "checkpoints") \
    X(TALLY_ALARMS, "alarms of agents") X(TALLY_BATCHES, "batches of the door") \
    X(TALLY_FULL_BATCHES, "batches of over 32") X(TALLY_EVENTS, "events") X(TALLY_STEPS, "steps of agents")
#define TALLY_MEMBER(symbol, words) symbol,
enum tally { TALLIES(TALLY_MEMBER) TALLY_COUNT };
const char *tally_words(enum tally tally);

struct sim_result {
    uint64_t transcript; /* hash of all lines: the same seed gives the same */
    int64_t  virtual_ms;
    int64_t  faults[FAULT_COUNT], tallies[TALLY_COUNT];
};

/* One seed from an empty network to a settled one. A rule that is broken ends the process with status 1, after the seed and the
 * line that replays it. */
void sim_run(const struct sim_options *options, struct sim_result *result);

/* The verb: aif sim [--seed N | --seeds FROM..TO] [--commands N] [--agents N] [--quiet] [--transcript] */
int sim_main(int argc, char **argv);

#endif
