/* SPDX-License-Identifier: EUPL-1.2 */
/* job.h - the life of a job: held -> waiting -> running -> ended.
 *
 * held: it waits for other jobs (dependency). waiting: an instruction to start it has been issued to its system's agent.
 * running: the agent has seen it start. ended: with an end and a posted or voided hold.
 * A job that hasn't ended has exactly one unresolved hold. */
#ifndef CORE_JOBS_JOB_H
#define CORE_JOBS_JOB_H

#include "core/jobs/placement.h"

enum { LIVE_JOBS_MAX = 100000 };  /* of one project at once */

#define JOB_STATE_WORDS(X) X(JOB_HELD, "held") X(JOB_WAITING, "waiting") X(JOB_RUNNING, "running") X(JOB_ENDED, "ended")
WORDS_ENUM(job_state, JOB_STATE_WORDS);

#define JOB_END_WORDS(X)                                                                          \
    X(JOB_END_NONE, "none") X(JOB_END_COMPLETED, "completed") X(JOB_END_FAILED, "failed") X(JOB_END_TIMED_OUT, "timed-out") \
    X(JOB_END_CANCELLED, "cancelled") X(JOB_END_LOST, "lost") X(JOB_END_REFUSED, "refused") X(JOB_END_DEPENDENCY, "dependency-never")
WORDS_ENUM(job_end, JOB_END_WORDS);

#define JOB_FIELDS(X, R)                                                                          \
    X(R, ID,     id,            _, FIELD_KEY, 0, "the job, shown as job_ID")                      \
    X(R, ID,     project,       _, 0, 0, "who pays")                                  \
    X(R, NUMBER, number,        _, 0, 0, "its number in the project")                             \
    X(R, ID,     submitter,     _, 0, 0, "the person who submitted it")                           \
    X(R, ID,     partition,     _, 0, 0, "where it was placed")                       \
    X(R, ID,     system,        _, 0, 0, "that partition's system")                   \
    X(R, WORD,   state,         job_state, 0, 0, "where it is in its life")                       \
    X(R, WORD,   ended_as,      job_end, 0, 0, "how it ended; none while it lives")               \
    X(R, TEXT,   name,          _, FIELD_PLAIN, 200, "its name")                                  \
    X(R, TEXT,   script,        _, 0, 64, "SHA-256 of its script, hex")                           \
    X(R, TEXT,   folder,        _, FIELD_OPTIONAL, 64, "SHA-256 of its code folder, hex")         \
    X(R, NUMBER, pieces,        _, 0, 0, "billed pieces")                                         \
    X(R, NUMBER, nodes,         _, 0, 0, "nodes")                                                 \
    X(R, NUMBER, tasks,         _, 0, 0, "tasks")                                                 \
    X(R, TEXT,   output,        _, FIELD_OPTIONAL, 255, "what its log is called when it's fetched; null: it stays a log") \
    X(R, TEXT,   error,         _, FIELD_OPTIONAL, 255, "the same for what it wrote to standard error; null: that is in the log") \
    X(R, NUMBER, limit_s,       _, 0, 0, "time limit, seconds")                                   \
    X(R, NUMBER, grace_s,       _, 0, 0, "seconds from SIGTERM to SIGKILL")                       \
    X(R, ID,     allocation,    _, 0, 0, "the allocation that pays")                              \
    X(R, ID,     account,       _, FIELD_HIDDEN, 0, "its account")                                \
    X(R, ID,     hold,          _, 0, 0, "the ledger entry that holds its time")                  \
    X(R, NUMBER, held,          _, 0, 0, "piece-seconds held")                                    \
    X(R, NUMBER, used,          _, 0, 0, "piece-seconds posted; 0 until it has ended")            \
    X(R, ID,     placement,     _, 0, 0, "why it was placed there")                               \
    X(R, NUMBER, wait_estimate_s, _, 0, 0, "expected wait when it was placed, seconds")           \
    X(R, ID,     array,         _, FIELD_OPTIONAL, 0, "first job of its array")   \
    X(R, NUMBER, array_index,   _, 0, 0, "its index in the array")                                \
    X(R, NUMBER, instruction,   _, 0, 0, "number of the instruction that starts it; 0 while held") \
    X(R, FLAG,   cancel_asked,  _, 0, 0, "somebody asked to end it")                              \
    X(R, TIME,   submitted_ms,  _, 0, 0, "accepted")                                              \
    X(R, TIME,   started_ms,    _, 0, 0, "seen to start")                                         \
    X(R, TIME,   ended_ms,      _, 0, 0, "seen to end")                                           \
    X(R, NUMBER, exit_code,     _, 0, 0, "of the script")                                         \
    X(R, NUMBER, signal,        _, 0, 0, "that ended the script, 0: none")                        \
    X(R, NUMBER, ran_ms,        _, 0, 0, "wall time")                                             \
    X(R, NUMBER, cpu_ms,        _, 0, 0, "processor time")                                        \
    X(R, NUMBER, memory_max_bytes, _, 0, 0, "largest resident memory")                            \
    X(R, TEXT,   reason,        _, FIELD_OPTIONAL, 300, "why it was lost or refused, one sentence") \
    X(R, TEXT,   evidence,      _, FIELD_OPTIONAL, 64, "SHA-256 of its signed job record")
SHAPE_STRUCT(job, JOB_FIELDS);

/* What starts the job, as it goes into instructions; made once at submission. */
#define JOB_PLAN_FIELDS(X, R)                                                                     \
    X(R, ID,   job,  _, FIELD_KEY, 0, "the job")                                                  \
    X(R, JSON, plan, _, 0, 262144, "arguments, environment, tasks, working folder, outputs: see docs/agent-protocol.md")
SHAPE_STRUCT(job_plan, JOB_PLAN_FIELDS);

#define SCRIPT_FIELDS(X, R)                                                                       \
    X(R, TEXT, hash, _, FIELD_KEY, 64, "SHA-256 of the text, hex")                                \
    X(R, TEXT, text, _, 0, SCRIPT_BYTES_MAX, "the script")
SHAPE_STRUCT(script, SCRIPT_FIELDS);

#define JOB_PLACEMENT_FIELDS(X, R)                                                                \
    X(R, ID,   id,      _, FIELD_KEY, 0, "the placement; an array's jobs share one")              \
    X(R, ID,   project, _, 0, 0, "whose job")                                         \
    X(R, TIME, at_ms,   _, 0, 0, "when it was decided")                                           \
    X(R, JSON, verdicts, _, 0, PLACEMENT_BYTES_MAX, "a verdict for every partition, as placement_keep() writes them")
SHAPE_STRUCT(job_placement, JOB_PLACEMENT_FIELDS);

#define JOB_DEPENDENCY_FIELDS(X, R)                                                               \
    X(R, ID,   job,    _, FIELD_KEY, 0, "the job that waits")                                     \
    X(R, ID,   on_job, _, FIELD_KEY | FIELD_INDEXED, 0, "for this one")                           \
    X(R, WORD, kind,   dependency_kind, 0, 0, "for what of it")                                   \
    X(R, FLAG, any,    _, 0, 0, "one of its dependencies is enough")
SHAPE_STRUCT(job_dependency, JOB_DEPENDENCY_FIELDS);

#define INSTRUCTION_KIND_WORDS(X) X(INSTRUCTION_START, "start") X(INSTRUCTION_CANCEL, "cancel")
WORDS_ENUM(instruction_kind, INSTRUCTION_KIND_WORDS);

/* What the server asks of an agent: numbered without gaps per agent. Signed over `body` when it is sent; if its job has ended
 * by then, a body that asks for nothing is sent under the same number, so what has ended is never begun (again). */
#define INSTRUCTION_FIELDS(X, R)                                                                  \
    X(R, ID,     agent,      _, FIELD_KEY, 0, "whom it is for")                                   \
    X(R, NUMBER, number,     _, FIELD_KEY, 0, "1, 2, 3, …")                                       \
    X(R, WORD,   kind,       instruction_kind, 0, 0, "what is asked")                             \
    X(R, ID,     job,        _, 0, 0, "of which job")                                 \
    X(R, TEXT,   body,       _, 0, 300000, "canonical JSON incl. agent, number and expiry")       \
    X(R, TIME,   expires_ms, _, 0, 0, "not to be begun after that")
SHAPE_STRUCT(instruction, INSTRUCTION_FIELDS);

/* The end of a byte stream is a fact; its bytes are a file. */
#define STREAM_FIELDS(X, R)                                                                       \
    X(R, ID,     job,        _, FIELD_KEY, 0, "whose stream")                                     \
    X(R, TEXT,   name,       _, FIELD_KEY, 300, "log, error, or out/PATH")                        \
    X(R, ID,     project,    _, 0, 0, "the job's project")                                        \
    X(R, NUMBER, size_bytes, _, 0, 0, "its whole size")                                           \
    X(R, TEXT,   hash,       _, 0, 64, "SHA-256 of its bytes, hex")                               \
    X(R, TIME,   ended_ms,   _, 0, 0, "when it was complete")
SHAPE_STRUCT(stream, STREAM_FIELDS);

#endif
