/* SPDX-License-Identifier: EUPL-1.2 */
/* agenda.h - what is to happen at which virtual time. What is due at the same millisecond happens in the order it was added. */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include "base/base.h"

struct due { int64_t at_ms, order; void (*act)(void *context); void *context; };

struct agenda { struct due *heap; int count, room; int64_t order; };

void agenda_finish(struct agenda *agenda); /* zeroed is empty */
void agenda_add(struct agenda *agenda, int64_t at_ms, void (*act)(void *context), void *context);
/* Takes the first out; false: there is none. */
bool agenda_next(struct agenda *agenda, struct due *due);

#endif
