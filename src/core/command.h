/* SPDX-License-Identifier: EUPL-1.2 */
/* command.h - everything that can change the network, by name. A command is sent by a principal with a key of its own
 * choosing; sending it twice is sending it once. Bodies are described in the rooms that decide on them. */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include "base/crypto.h"
#include "core/identity/may.h"

#define COMMAND_WORDS(X)                                                                                   \
    X(COMMAND_PERSON_ADD, "person.add") X(COMMAND_ORGANISATION_ADD, "organisation.add")                    \
    X(COMMAND_ROLE_GRANT, "role.grant") X(COMMAND_TOKEN_ADD, "token.add")                                  \
    X(COMMAND_FACTORY_PUT, "factory.put") X(COMMAND_SYSTEM_PUT, "system.put")                              \
    X(COMMAND_PARTITION_ADD, "partition.add") X(COMMAND_AGENT_ENROL, "agent.enrol")                        \
    X(COMMAND_PROJECT_ADD, "project.add") X(COMMAND_ALLOCATION_GRANT, "allocation.grant")                  \
    X(COMMAND_FOLDER_ADD, "folder.add")                                                                    \
    X(COMMAND_JOB_SUBMIT, "job.submit") X(COMMAND_JOB_CANCEL, "job.cancel") X(COMMAND_JOB_RELEASE, "job.release") \
    X(COMMAND_AGENT_HELLO, "agent.hello") X(COMMAND_AGENT_SEND, "agent.send") X(COMMAND_AGENT_TAKE, "agent.take") \
    X(COMMAND_JOB_START, "job.start") X(COMMAND_JOB_END, "job.end") X(COMMAND_JOB_REFUSE, "job.refuse")    \
    X(COMMAND_STREAM_END, "stream.end") X(COMMAND_JOB_RECORD, "job.record")                                \
    X(COMMAND_AUDIT_CHECKPOINT, "audit.checkpoint")
WORDS_ENUM(command_kind, COMMAND_WORDS);

struct command {
    enum command_kind kind;
    struct id         principal;
    const char       *key;           /* NULL for kinds that are idempotent by themselves */
    struct hash       request_hash;  /* of kind and body as they came; a key is bound to it */
    const void       *body;          /* the kind's own struct */
};

/* ---- bodies. Those of people come over the wire; the others are written by the server itself or by an agent. */

#define JOB_CANCEL_FIELDS(X, R) X(R, TEXT, job, _, 0, 80, "an id, aura/17, or 17 of one's only project")
SHAPE_STRUCT(job_cancel, JOB_CANCEL_FIELDS);

#define JOB_RELEASE_FIELDS(X, R) X(R, ID, job, _, 0, 0, "a held job whose dependencies may be met, or ruled out")
SHAPE_STRUCT(job_release, JOB_RELEASE_FIELDS);

#define PROJECT_ADD_FIELDS(X, R)                                                                  \
    X(R, TEXT, name,         _, FIELD_PLAIN, 40, "short name: lower-case letters, digits, dashes") \
    X(R, TEXT, title,        _, FIELD_PLAIN, 200, "what it is about")                             \
    X(R, ID,   organisation, _, 0, 0, "whose it is")                                              \
    X(R, ID,   home,         _, FIELD_OPTIONAL, 0, "its factory")                                 \
    X(R, TEXT, purpose,      _, 0, 500, "what the time may be used for")                          \
    X(R, FLAG, demo,         _, FIELD_OPTIONAL, 0, "invented for the demo network")
SHAPE_STRUCT(project_add, PROJECT_ADD_FIELDS);

#define ALLOCATION_GRANT_FIELDS(X, R)                                                             \
    X(R, ID,     project,   _, 0, 0, "whom")                                                      \
    X(R, ID,     partition, _, 0, 0, "where")                                                     \
    X(R, NUMBER, amount,    _, 0, 0, "piece-seconds")                                             \
    X(R, TIME,   starts_ms, _, 0, 0, "good from")                                                 \
    X(R, TIME,   ends_ms,   _, 0, 0, "good until")
SHAPE_STRUCT(allocation_grant, ALLOCATION_GRANT_FIELDS);

/* Every message of an agent says which agent; observations carry the journal's name and their number in it. */
#define AGENT_HELLO_FIELDS(X, R)                                                                  \
    X(R, ID,     agent,    _, 0, 0, "who speaks")                                                 \
    X(R, NUMBER, lowest,   _, 0, 1000, "lowest protocol version that it speaks")                  \
    X(R, NUMBER, highest,  _, 0, 1000, "highest")                                                 \
    X(R, TEXT,   program,  _, FIELD_PLAIN, 64, "program version")                                 \
    X(R, TEXT,   boot,     _, FIELD_PLAIN, 64, "boot id of its machine")                          \
    X(R, TEXT,   journal,  _, FIELD_PLAIN, 64, "name of its journal, made when the journal was")  \
    X(R, TEXT,   policy,   _, FIELD_PLAIN, 64, "SHA-256 of its policy file, hex")                 \
    X(R, TEXT,   rung,     _, FIELD_PLAIN, 16, "observe, account or submit")                      \
    X(R, NUMBER, taken,    _, 0, 0, "highest instruction taken")                                  \
    X(R, NUMBER, observed, _, 0, 0, "highest observation that was acknowledged to it")
SHAPE_STRUCT(agent_hello, AGENT_HELLO_FIELDS);

#define AGENT_NUMBER_FIELDS(X, R)                                                                 \
    X(R, ID,     agent,  _, 0, 0, "which agent")                                                  \
    X(R, NUMBER, number, _, 0, 0, "instructions up to this one")
SHAPE_STRUCT(agent_send, AGENT_NUMBER_FIELDS);  /* may be sent from now on */
SHAPE_STRUCT(agent_take, AGENT_NUMBER_FIELDS);  /* are on the agent's disk */

#define OBSERVATION_FIELDS(X, R)                                                                  \
    X(R, ID,     agent,   _, 0, 0, "who saw it")                                                  \
    X(R, TEXT,   journal, _, FIELD_PLAIN, 64, "in which journal")                                 \
    X(R, NUMBER, number,  _, 0, 0, "its number there: 1, 2, 3, … without gaps")                   \
    X(R, ID,     job,     _, 0, 0, "of which job")

#define JOB_START_FIELDS(X, R) OBSERVATION_FIELDS(X, R)                                           \
    X(R, TIME,   at_ms,   _, 0, 0, "when the script began")                                       \
    X(R, TEXT,   slots,   _, FIELD_PLAIN, 400, "which slots it has: \"0,1\"")
SHAPE_STRUCT(job_start, JOB_START_FIELDS);

#define OBSERVED_END_WORDS(X)                                                                     \
    X(OBSERVED_COMPLETED, "completed") X(OBSERVED_FAILED, "failed") X(OBSERVED_TIMED_OUT, "timed-out") \
    X(OBSERVED_CANCELLED, "cancelled") X(OBSERVED_LOST, "lost")
WORDS_ENUM(observed_end, OBSERVED_END_WORDS);

#define JOB_END_FIELDS(X, R) OBSERVATION_FIELDS(X, R)                                             \
    X(R, TIME,   at_ms,            _, 0, 0, "when it ended")                                      \
    X(R, WORD,   end,              observed_end, 0, 0, "how")                                     \
    X(R, NUMBER, exit_code,        _, 0, 255, "of the script")                                    \
    X(R, NUMBER, signal,           _, 0, 128, "that ended it, 0: none")                           \
    X(R, NUMBER, ran_ms,           _, 0, 0, "wall time from start to end; 0: never started")      \
    X(R, NUMBER, cpu_ms,           _, 0, 0, "processor time")                                     \
    X(R, NUMBER, memory_max_bytes, _, 0, 0, "largest resident memory")                            \
    X(R, TEXT,   reason,           _, FIELD_OPTIONAL | FIELD_PLAIN, 300, "for lost: one sentence")
SHAPE_STRUCT(job_ended, JOB_END_FIELDS);

#define JOB_REFUSE_FIELDS(X, R) OBSERVATION_FIELDS(X, R)                                          \
    X(R, TEXT,   reason,  _, FIELD_PLAIN, 300, "why the site doesn't run it: one sentence")
SHAPE_STRUCT(job_refuse, JOB_REFUSE_FIELDS);

#define STREAM_END_FIELDS(X, R) OBSERVATION_FIELDS(X, R)                                          \
    X(R, TEXT,   name,       _, FIELD_PLAIN, 300, "log, error, or out/PATH")                      \
    X(R, NUMBER, size_bytes, _, 0, 0, "its whole size")                                           \
    X(R, TEXT,   hash,       _, 0, 64, "SHA-256 of its bytes, hex")
SHAPE_STRUCT(stream_end, STREAM_END_FIELDS);

#define JOB_RECORD_ADD_FIELDS(X, R) OBSERVATION_FIELDS(X, R)                                      \
    X(R, TEXT,   body,      _, 0, 262144, "the record, canonical JSON, as signed")                \
    X(R, TEXT,   signature, _, 0, 128, "Ed25519 by the agent's key over exactly these bytes, hex")
SHAPE_STRUCT(job_record_add, JOB_RECORD_ADD_FIELDS);

#endif
