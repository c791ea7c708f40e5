/* SPDX-License-Identifier: EUPL-1.2 */
/* slots_test.c - one row a question: shape, busy slots, wanted; the slots chosen, in hex, 0 for "must wait". */
#include "executor/slots.h"

#include <stdio.h>

static const char *const choose_table[] = {
    /* slots nodes per_node | busy pieces nodes | chosen */
    "  4  1  4      0   1  0      1",
    "  4  1  4      1   1  0      2",
    "  4  1  4      5   2  0      a",
    "  4  1  4      5   3  0      0",
    "  4  1  4      0   5  0      0",
    "  4  1  4      0   0  0      0",
    "  4  1  4      0   4  1      f",
    "  4  1  4      0   2  2      0", /* one node only */
    "  8  2  4      0   2  2     11", /* one on each */
    "  8  2  4      0   3  2     13", /* the remainder goes to the first */
    "  8  2  4      0   5  1      0", /* five don't fit a node of four */
    "  8  2  4      0   5  0     1f", /* anywhere they do */
    "  8  2  4      7   2  1     30", /* the lowest node that has room */
    "  8  2  4     ff   1  0      0",
    "  8  4  2     03   4  2     3c",
    "  8  2  4      0   1  2      0", /* a node without a piece */
    " 64  1 64      0  64  0   ffffffffffffffff",
    " 64  1 64      1  64  0      0",
};

static const struct { int slots, nodes, per_node; bool is_shape; } shapes[] = {
    { 4, 0, 0, true }, { 4, 2, 2, true }, { 64, 1, 64, true }, { 65, 1, 65, false }, { 0, 0, 0, false }, { 4, 2, 3, false }, { 4, -1, -4, false },
};

static bool row_holds(const char *row)
{
    int slots, nodes, per_node, pieces, wanted_nodes;
    unsigned long long busy, chosen;
    uint64_t got;
    struct slots_shape shape;
    struct error error;
    CHECK(sscanf(row, "%d %d %d %llx %d %d %llx", &slots, &nodes, &per_node, &busy, &pieces, &wanted_nodes, &chosen) == 7);
    CHECK(slots_shape_init(&shape, slots, nodes, per_node, &error));
    bool has_room = slots_choose(&shape, busy, pieces, wanted_nodes, &got);
    return has_room == (chosen != 0) && (!has_room || got == chosen);
}

int main(void)
{
    struct slots_shape shape;
    struct error error;
    int failed = 0;
    for (int i = 0; i < countof(choose_table); i++)
        if (!row_holds(choose_table[i])) failed = printf("not ok - slots.choose: %s\n", choose_table[i]);
    for (int i = 0; i < countof(shapes); i++)
        if (slots_shape_init(&shape, shapes[i].slots, shapes[i].nodes, shapes[i].per_node, &error) != shapes[i].is_shape)
            failed = printf("not ok - slots.shape: %d = %d of %d\n", shapes[i].slots, shapes[i].nodes, shapes[i].per_node);
    if (failed) return 1;
    printf("ok - slots: %d rows\n", countof(choose_table) + countof(shapes));
    return 0;
}
