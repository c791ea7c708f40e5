/* SPDX-License-Identifier: EUPL-1.2 */
/* slots.c - pure: the same question gets the same slots, so that local and simulated place alike.
 * A job of several nodes gets pieces/nodes on each, the first ones carry the remainder. */
#include "executor/slots.h"

bool slots_shape_init(struct slots_shape *shape, int slots, int nodes, int slots_per_node, struct error *error)
{
    if (slots < 1 || slots > EXECUTOR_SLOTS_MAX)
        return error_set(error, ERROR_CONFIG, "a partition has 1 to %d slots, not %d", EXECUTOR_SLOTS_MAX, slots);
    if (nodes == 0) nodes = 1, slots_per_node = slots;
    if (nodes < 0 || slots_per_node < 1 || (int64_t)nodes * slots_per_node != slots)
        return error_set(error, ERROR_CONFIG, "%d nodes of %d slots aren't %d slots", nodes, slots_per_node, slots);
    *shape = (struct slots_shape){ slots, nodes, slots_per_node };
    return true;
}

bool slots_can_hold(const struct slots_shape *shape, int pieces, int nodes)
{
    uint64_t chosen;
    return slots_choose(shape, 0, pieces, nodes, &chosen);
}

/* The lowest `pieces` free slots from first to first + count, or 0 if there are fewer. */
static uint64_t lowest_free(uint64_t busy, int first, int count, int pieces)
{
    uint64_t chosen = 0;
    for (int slot = first; slot < first + count && pieces > 0; slot++) {
        if (busy >> slot & 1) continue;
        chosen |= UINT64_C(1) << slot;
        pieces--;
    }
    return pieces ? 0 : chosen;
}

bool slots_choose(const struct slots_shape *shape, uint64_t busy, int pieces, int nodes, uint64_t *chosen)
{
    *chosen = 0;
    if (pieces < 1 || pieces > shape->slots || nodes < 0 || nodes > shape->nodes || (nodes && pieces < nodes)) return false;
    if (nodes == 0) return (*chosen = lowest_free(busy, 0, shape->slots, pieces)) != 0;
    int served = 0;
    for (int node = 0; node < shape->nodes && served < nodes; node++) {
        int share = pieces / nodes + (served < pieces % nodes);
        uint64_t here = lowest_free(busy, node * shape->slots_per_node, shape->slots_per_node, share);
        *chosen |= here;
        served += here != 0;
    }
    return served == nodes;
}

int slots_count(uint64_t slots) { return __builtin_popcountll(slots); }

int slots_list(uint64_t slots, int list[EXECUTOR_SLOTS_MAX])
{
    int count = 0;
    for (int slot = 0; slot < EXECUTOR_SLOTS_MAX; slot++)
        if (slots >> slot & 1) list[count++] = slot;
    return count;
}
