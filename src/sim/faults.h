/* SPDX-License-Identifier: EUPL-1.2 */
/* faults.h - everything that goes wrong in the simulation, by name and counted. What is never counted was never tested. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "base/rng.h"

#define FAULTS(X)                                                                                 \
    X(FAULT_LATE, "message late") X(FAULT_REPEATED, "message repeated") X(FAULT_REORDERED, "message overtaken") \
    X(FAULT_LOST, "message lost") X(FAULT_CUT, "message cut") X(FAULT_DROPPED, "connection dropped") \
    X(FAULT_SILENCE, "site silent") X(FAULT_LONG_SILENCE, "site silent for over a week")          \
    X(FAULT_ALTERED, "instruction altered") X(FAULT_FOREIGN, "instruction of another site")       \
    X(FAULT_SERVER_KILLED, "server killed") X(FAULT_ANSWERS_LOST, "server killed before it answers") \
    X(FAULT_DISK, "database failed")                                                              \
    X(FAULT_AGENT_KILLED, "agent killed") X(FAULT_AGENT_KILLED_BETWEEN, "agent killed between two acts") \
    X(FAULT_JOURNAL, "journal failed") X(FAULT_JOURNAL_LOST, "journal lost")                      \
    X(FAULT_MACHINE_DOWN, "machine of a site down") X(FAULT_JOB_LOST, "executor lost a job")      \
    X(FAULT_START_REPEATED, "start repeated") X(FAULT_CLOCK_SERVER, "server's clock stepped") X(FAULT_CLOCK_AGENT, "agent's clock stepped")

#define FAULT_MEMBER(symbol, words) symbol,
enum fault { FAULTS(FAULT_MEMBER) FAULT_COUNT };

struct faults {
    bool       on;     /* off: while the world is set up, and for good once it is to heal */
    struct rng rng;
    int64_t    counts[FAULT_COUNT];
};

const char *fault_words(enum fault fault);

/* Once in n times, while faults are on; counts it. */
bool fault_strikes(struct faults *faults, enum fault fault, int64_t once_in);
/* It has happened. */
void fault_count(struct faults *faults, enum fault fault);

#endif
