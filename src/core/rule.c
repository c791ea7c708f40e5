/* SPDX-License-Identifier: EUPL-1.2 */
#include "core/rule.h"

#include <string.h>

static void change_add(struct outcome *outcome, enum change_kind kind, const struct shape *shape, const void *row)
{
    CHECK(outcome->change_count < CHANGES_MAX);
    if (outcome->change_count == outcome->change_room) {
        int room = outcome->change_room ? outcome->change_room * 2 : 16;
        struct change *changes = arena_take(outcome->arena, sizeof *changes * (size_t)room);
        if (outcome->change_count) memcpy(changes, outcome->changes, sizeof *changes * (size_t)outcome->change_count);
        outcome->changes = changes;
        outcome->change_room = room;
    }
    outcome->changes[outcome->change_count++] = (struct change){ kind, shape, arena_copy(outcome->arena, row, shape->size) };
}

void outcome_add(struct outcome *outcome, const struct shape *shape, const void *row) { change_add(outcome, CHANGE_ADD, shape, row); }
void outcome_add_once(struct outcome *outcome, const struct shape *shape, const void *row) { change_add(outcome, CHANGE_ADD_ONCE, shape, row); }
void outcome_put(struct outcome *outcome, const struct shape *shape, const void *row) { change_add(outcome, CHANGE_PUT, shape, row); }

void outcome_event(struct outcome *outcome, const char *name, struct id subject, const char *scope, const char *payload)
{
    CHECK(outcome->event_count < EVENTS_MAX);
    if (outcome->event_count == outcome->event_room) {
        int room = outcome->event_room ? outcome->event_room * 2 : 4;
        struct happened *events = arena_take(outcome->arena, sizeof *events * (size_t)room);
        if (outcome->event_count) memcpy(events, outcome->events, sizeof *events * (size_t)outcome->event_count);
        outcome->events = events;
        outcome->event_room = room;
    }
    outcome->events[outcome->event_count++] = (struct happened){ name, subject, scope, payload };
}

const char *outcome_scope(struct outcome *outcome, const char *kind, struct id id)
{
    return arena_format(outcome->arena, "%s:%s", kind, id.text);
}

void outcome_answer(struct outcome *outcome, int status, const char *json)
{
    outcome->status = status;
    outcome->answer = json;
}
