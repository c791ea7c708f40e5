/* SPDX-License-Identifier: EUPL-1.2 */
/* slots.h - which pieces of a partition a job gets: sets of up to 64 slots as bits, slot n being bit n. */
#ifndef EXECUTOR_SLOTS_H
#define EXECUTOR_SLOTS_H

#include "executor/executor.h"

struct slots_shape { int slots, nodes, slots_per_node; }; /* nodes * slots_per_node == slots */

/* Fills a shape from what a configuration says; nodes 0 means one node with all slots. Refuses shapes that don't add up. */
bool slots_shape_init(struct slots_shape *shape, int slots, int nodes, int slots_per_node, struct error *error);

/* True if an empty partition can hold the job: pieces on exactly `nodes` nodes (0: any), spread evenly. */
bool slots_can_hold(const struct slots_shape *shape, int pieces, int nodes);

/* The lowest-numbered free slots, on the lowest-numbered nodes that have room. False: it must wait. */
bool slots_choose(const struct slots_shape *shape, uint64_t busy, int pieces, int nodes, uint64_t *chosen);

int slots_count(uint64_t slots);
int slots_list(uint64_t slots, int list[EXECUTOR_SLOTS_MAX]); /* ascending; returns how many */

#endif
