/* SPDX-License-Identifier: EUPL-1.2 */
/* trust.h - what can be proved later: events in a Merkle tree, signed checkpoints, signed job records. */
#ifndef CORE_TRUST_TRUST_H
#define CORE_TRUST_TRUST_H

#include "base/shape.h"

/* A fact that happened; never changed, never removed. `leaf_of` hashes exactly these bytes: see merkle.h. */
#define EVENT_FIELDS(X, R)                                                                        \
    X(R, NUMBER, sequence, _, FIELD_KEY, 0, "1, 2, 3, … without gaps")                            \
    X(R, TIME,   at_ms,    _, 0, 0, "when, by the server's clock")                                \
    X(R, NUMBER, version,  _, 0, 1000, "of the payload's fields; they are only ever added")       \
    X(R, TEXT,   name,     _, 0, 60, "noun.verbed")                                   \
    X(R, ID,     actor,    _, 0, 0, "who made it happen, an opaque id")                           \
    X(R, ID,     subject,  _, FIELD_INDEXED, 0, "what it happened to")                            \
    X(R, TEXT,   scope,    _, 0, 100, "who may see it: public, network, project:ID, system:ID") \
    X(R, TEXT,   command,  _, 0, 130, "principal and key of the command that caused it")          \
    X(R, JSON,   payload,  _, 0, 300000, "canonical JSON, kept as written; no personal field")
SHAPE_STRUCT(event, EVENT_FIELDS);

#define CHECKPOINT_FIELDS(X, R)                                                                   \
    X(R, NUMBER, size,      _, FIELD_KEY, 0, "of how many events")                                \
    X(R, TEXT,   root,      _, 0, 64, "RFC 9162 tree head, hex")                                  \
    X(R, TIME,   at_ms,     _, 0, 0, "when it was signed")                                        \
    X(R, TEXT,   key,       _, 0, 64, "the server's Ed25519 public key, hex")                     \
    X(R, TEXT,   signature, _, 0, 128, "over checkpoint_text(), hex")
SHAPE_STRUCT(checkpoint, CHECKPOINT_FIELDS);

/* The body is what the agent wrote and signed; the server signs body, agent's signature and agent's key. docs/evidence.md. */
#define JOB_RECORD_FIELDS(X, R)                                                                   \
    X(R, ID,   job,              _, FIELD_KEY, 0, "the job")                                      \
    X(R, ID,   project,          _, 0, 0, "its project")                              \
    X(R, TEXT, body,             _, 0, 262144, "canonical JSON")                                  \
    X(R, TEXT, agent_key,        _, 0, 64, "Ed25519 public key of the site agent, hex")           \
    X(R, TEXT, agent_signature,  _, 0, 128, "over the body, hex")                                 \
    X(R, TEXT, server_key,       _, 0, 64, "Ed25519 public key of the server, hex")               \
    X(R, TEXT, server_signature, _, 0, 128, "over body, agent key and agent signature, hex")      \
    X(R, TIME, at_ms,            _, 0, 0, "when the server signed it")
SHAPE_STRUCT(job_record, JOB_RECORD_FIELDS);

#endif
