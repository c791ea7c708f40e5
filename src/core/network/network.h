/* SPDX-License-Identifier: EUPL-1.2 */
/* network.h - what there is: factories, systems, partitions, and the site agents that speak for systems.
 *
 * Factories and systems carry public facts as they were announced (data/network: each figure with source and doubt).
 * Partitions are what a site agent really serves, on the demo network what demo/ pretends. One never becomes the other. */
#ifndef CORE_NETWORK_NETWORK_H
#define CORE_NETWORK_NETWORK_H

#include "base/arena.h"
#include "base/shape.h"

enum { FACTS_MAX = 16384 };

#define FACTORY_FIELDS(X, R)                                                                      \
    X(R, ID,     id,      _, FIELD_KEY, 0, "the factory")                                         \
    X(R, TEXT,   name,    _, FIELD_PLAIN, 120, "its name")                                        \
    X(R, TEXT,   country, _, FIELD_OPTIONAL | FIELD_PLAIN, 2, "ISO 3166 code; null: not announced") \
    X(R, TEXT,   town,    _, FIELD_OPTIONAL | FIELD_PLAIN, 120, "where; null: not announced")     \
    X(R, TEXT,   host,    _, FIELD_OPTIONAL | FIELD_PLAIN, 120, "hosting entity; null: not announced") \
    X(R, NUMBER, wave,    _, 0, 99, "1 for the first seven; 0 outside the waves")                 \
    X(R, TEXT,   status,  _, FIELD_PLAIN, 40, "announced, selected, contracted, installing, operational, antenna, planned") \
    X(R, JSON,   facts,   _, 0, FACTS_MAX, "the whole row of the data file: figures with source and doubt")
SHAPE_STRUCT(factory, FACTORY_FIELDS);

enum { FACTORY_SYSTEMS_MAX = 16 };

/* Which systems serve which factories: n to m. */
#define SERVES_FIELDS(X, R)                                                                       \
    X(R, ID, factory, _, FIELD_KEY, 0, "the factory")                                             \
    X(R, ID, system,  _, FIELD_KEY, 0, "a system that serves it")
SHAPE_STRUCT(serves, SERVES_FIELDS);

#define SYSTEM_FIELDS(X, R)                                                                       \
    X(R, ID,     id,      _, FIELD_KEY, 0, "the system")                                          \
    X(R, TEXT,   name,    _, FIELD_PLAIN, 120, "its name")                                        \
    X(R, TEXT,   country, _, FIELD_OPTIONAL | FIELD_PLAIN, 2, "ISO 3166 code")                    \
    X(R, TEXT,   town,    _, FIELD_OPTIONAL | FIELD_PLAIN, 120, "where")                          \
    X(R, TEXT,   host,    _, FIELD_OPTIONAL | FIELD_PLAIN, 120, "hosting entity")                 \
    X(R, TEXT,   status,  _, FIELD_PLAIN, 40, "planned, contracted, installing, accepted, operational, retired") \
    X(R, JSON,   facts,   _, 0, FACTS_MAX, "the whole row of the data file")
SHAPE_STRUCT(system, SYSTEM_FIELDS);

#define PARTITION_PIECE_WORDS(X) X(PIECE_ACCELERATOR, "accelerator") X(PIECE_NODE, "node") X(PIECE_CORE, "core")
WORDS_ENUM(partition_piece, PARTITION_PIECE_WORDS);

#define PARTITION_FIELDS(X, R)                                                                    \
    X(R, ID,     id,           _, FIELD_KEY, 0, "SYSTEM/NAME")                                    \
    X(R, ID,     system,       _, FIELD_INDEXED, 0, "its system")                                 \
    X(R, TEXT,   name,         _, FIELD_PLAIN, 31, "its name inside the system")                  \
    X(R, WORD,   piece,        partition_piece, 0, 0, "the smallest billed piece")                \
    X(R, NUMBER, slots,        _, 0, 1000000, "how many pieces it has")                           \
    X(R, NUMBER, nodes,        _, 0, 100000, "how many nodes")                                    \
    X(R, NUMBER, slots_per_node, _, 0, 1000, "pieces in a node")                                  \
    X(R, TEXT,   model,        _, FIELD_OPTIONAL | FIELD_PLAIN, 80, "what a piece is")            \
    X(R, NUMBER, peak_gflops,  _, 0, NUMBER_MAX, "dense BF16 of a piece in thousand million FLOP/s; 0: unknown") \
    X(R, NUMBER, limit_max_s,  _, 0, 31536000, "longest time limit, seconds")                     \
    X(R, NUMBER, grace_s,      _, 0, 3600, "seconds from SIGTERM to SIGKILL; held with the job")  \
    X(R, FLAG,   experimental, _, 0, 0, "an experimental platform: by wish only, promises nothing") \
    X(R, FLAG,   open,         _, 0, 0, "takes new jobs")                                         \
    X(R, FLAG,   demo,         _, 0, 0, "pretended by the demo network")                          \
    X(R, ID,     pool,         _, FIELD_HIDDEN, 0, "account that awards come from")               \
    X(R, ID,     used,         _, FIELD_HIDDEN, 0, "account that use goes to")
SHAPE_STRUCT(partition, PARTITION_FIELDS);

/* `issued` counts instructions made, `sent` those that may have left, `taken` those that the agent has on its disk. */
#define AGENT_FIELDS(X, R)                                                                        \
    X(R, ID,     id,         _, FIELD_KEY, 0, "the agent")                                        \
    X(R, ID,     system,     _, FIELD_UNIQUE, 0, "the one system that it speaks for")             \
    X(R, TEXT,   public_key, _, 0, 64, "Ed25519, hex")                                            \
    X(R, NUMBER, issued,     _, 0, 0, "number of its newest instruction")                         \
    X(R, NUMBER, sent,       _, 0, 0, "highest instruction that may have been sent")              \
    X(R, NUMBER, taken,      _, 0, 0, "highest instruction that it has taken, all before it too") \
    X(R, TEXT,   journal,    _, FIELD_OPTIONAL, 64, "name of its journal; observation numbers count within it") \
    X(R, NUMBER, observed,   _, 0, 0, "highest observation acknowledged in that journal")         \
    X(R, TEXT,   boot,       _, FIELD_OPTIONAL, 64, "boot of its machine at the last hello")      \
    X(R, TEXT,   program,    _, FIELD_OPTIONAL, 64, "program version at the last hello")          \
    X(R, NUMBER, protocol,   _, 0, 1000, "protocol version agreed at the last hello")             \
    X(R, TEXT,   policy,     _, FIELD_OPTIONAL, 64, "SHA-256 of its policy file")                 \
    X(R, TEXT,   rung,       _, FIELD_OPTIONAL, 16, "observe, account or submit")                 \
    X(R, TIME,   hello_ms,   _, 0, 0, "last hello")                                               \
    X(R, TIME,   added_ms,   _, 0, 0, "when it was enrolled")
SHAPE_STRUCT(agent, AGENT_FIELDS);

#endif
