/* SPDX-License-Identifier: EUPL-1.2 */
/* agenda.c - a binary heap by time, then by the order of adding: no result may depend on how the heap lies. */
#include "sim/agenda.h"

#include <stdlib.h>

void agenda_finish(struct agenda *agenda) { free(agenda->heap); }

static bool is_before(const struct due *a, const struct due *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

void agenda_add(struct agenda *agenda, int64_t at_ms, void (*act)(void *context), void *context)
{
    const struct due due = { at_ms, agenda->order++, act, context };
    if (agenda->count == agenda->room) {
        agenda->room = agenda->room ? agenda->room * 2 : 256;
        agenda->heap = realloc(agenda->heap, sizeof *agenda->heap * (size_t)agenda->room);
        CHECK(agenda->heap);
    }
    int at = agenda->count++;
    for (; at > 0 && is_before(&due, &agenda->heap[(at - 1) / 2]); at = (at - 1) / 2) agenda->heap[at] = agenda->heap[(at - 1) / 2];
    agenda->heap[at] = due;
}

bool agenda_next(struct agenda *agenda, struct due *due)
{
    if (!agenda->count) return false;
    *due = agenda->heap[0];
    struct due last = agenda->heap[--agenda->count];
    int at = 0;
    for (int child; (child = 2 * at + 1) < agenda->count; at = child) {
        if (child + 1 < agenda->count && is_before(&agenda->heap[child + 1], &agenda->heap[child])) child++;
        if (!is_before(&agenda->heap[child], &last)) break;
        agenda->heap[at] = agenda->heap[child];
    }
    agenda->heap[at] = last;
    return true;
}
