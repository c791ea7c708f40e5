/* SPDX-License-Identifier: EUPL-1.2 */
/* simulated.h - an executor on a virtual clock: the same operations and promises as local, no processes. The world is
 * what a machine keeps while agents come and go: claims, running jobs, how each ended, and how often each was started. */
#ifndef EXECUTOR_SIMULATED_H
#define EXECUTOR_SIMULATED_H

#include "executor/slots.h"

struct simulated_partition {
    const char *name; /* under 32 bytes */
    int         slots, nodes, slots_per_node;
};

struct simulated_world;

/* partitions are copied, at most LOCAL_PARTITIONS_MAX. lost_once_in: one job in so many is lost; 0: none. CHECKs that
 * the shapes add up: a simulation's own figures. */
struct simulated_world *simulated_world_create(uint64_t seed, const struct simulated_partition *partitions, int partition_count,
                                               int lost_once_in);
void simulated_world_destroy(struct simulated_world *world); /* after its executors */

/* The life of one agent; one at a time. Its destroy is the kill -9: waiting jobs are forgotten, running ones go on.
 * Only poll moves the world, to the time it is handed. */
struct executor *simulated_create(struct simulated_world *world);

/* The machine goes down and comes back at once: everything that runs is lost. */
void simulated_world_restart(struct simulated_world *world, int64_t now_ms);

/* The next time at which poll has something to do or to tell; false if there is none before another call. */
bool simulated_next_ms(const struct simulated_world *world, int64_t *at_ms);

/* For checkers: how often the key was started, in all lives; 0 for unknown ones. Forgetting doesn't change it. */
int simulated_starts(const struct simulated_world *world, struct id key);
/* The largest figure of all keys; checkers want at most 1. */
int simulated_starts_max(const struct simulated_world *world);

#endif
