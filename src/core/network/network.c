/* SPDX-License-Identifier: EUPL-1.2 */
/* network.c - the tables of what there is.
 *
 * Factories, systems and partitions are the public catalogue: what was announced, and what takes jobs. An agent's row
 * (its boot, program, journal) is its system's business only: it would tell a stranger which software to attack. */
#include "core/network/network.h"

WORDS_DEFINE(partition_piece, PARTITION_PIECE_WORDS);

SHAPE_TABLE(factory, FACTORY_FIELDS, "an AI Factory, antenna or gigafactory, as announced", SCOPE_PUBLIC, NULL, false);
SHAPE_TABLE(serves, SERVES_FIELDS, "which systems serve which factories", SCOPE_PUBLIC, NULL, false);
SHAPE_TABLE(system, SYSTEM_FIELDS, "a supercomputer, as announced", SCOPE_PUBLIC, NULL, false);
SHAPE_TABLE(partition, PARTITION_FIELDS, "a part of a system that a site agent serves", SCOPE_PUBLIC, NULL, false);
SHAPE_TABLE(agent, AGENT_FIELDS, "the program inside a site that speaks for one system", "system", NULL, false);
