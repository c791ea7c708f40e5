/* SPDX-License-Identifier: EUPL-1.2 */
/* agents.h - questions about agents that several loaders have. */
#ifndef STORE_AGENTS_H
#define STORE_AGENTS_H

#include "core/network/network.h"
#include "store/store.h"

/* The agent that speaks for a system; NULL: none is enrolled. */
bool store_agent_of(struct store *store, struct id system, struct arena *arena, const struct agent **agent, struct error *error);

/* The agent that a message names; there is false if it's another than the one that speaks. */
bool load_agent(struct store *store, const struct command *command, struct id id, struct facts *facts, struct error *error);

/* Instructions of an agent in (after, upto], at most `room`. */
bool store_instructions(struct store *store, struct id agent, int64_t after, int64_t upto, int room, struct arena *arena,
                        struct store_list *list, struct error *error);

#endif
