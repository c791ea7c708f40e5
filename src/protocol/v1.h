/* SPDX-License-Identifier: EUPL-1.2 */
/* v1.h - version 1 of the messages between server and site agent, written and read by both sides with these functions.
 *
 * Pure. The page for people is docs/agent-protocol.md. A message that isn't exactly as described is refused whole, with a
 * fault that says where. Texts of what is read live in the arena. */
#ifndef PROTOCOL_V1_H
#define PROTOCOL_V1_H

#include "base/json.h"
#include "core/command.h"
#include "protocol/limits.h"

enum { V1_VERSION = 1 };
#define V1_TIME_MAX_MS INT64_C(253402300799999) /* the end of the year 9999: the last that a date can say */

#define V1_HELLO_PATH        "/v1/agent/hello"
#define V1_INSTRUCTIONS_PATH "/v1/agent/instructions"
#define V1_OBSERVATIONS_PATH "/v1/agent/observations"
#define V1_STATE_PATH        "/v1/agent/state"
#define V1_INSTRUCTION_EVENT "instruction" /* name of an event of the stream; its id is the number */

/* ---- hello: struct agent_hello of core/command.h, and what the server says to it */

#define V1_WELCOME_FIELDS(X, R)                                                                   \
    X(R, NUMBER, version,    _, 0, 1000, "the version that both speak from now on")               \
    X(R, NUMBER, observed,   _, 0, 0, "highest observation that it has of the journal named")     \
    X(R, NUMBER, issued,     _, 0, 0, "number of the newest instruction")                         \
    X(R, NUMBER, sent,       _, 0, 0, "highest instruction that may have been sent")              \
    X(R, ID,     network,    _, 0, 0, "the network")                                              \
    X(R, TEXT,   server_key, _, 0, HASH_HEX, "Ed25519 public key that signs instructions, hex")
SHAPE_STRUCT(v1_welcome, V1_WELCOME_FIELDS);

char *v1_hello_format(const struct agent_hello *hello, struct arena *arena);
bool v1_hello_parse(const char *bytes, size_t length, struct arena *arena, struct agent_hello *hello, struct json_fault *fault);
char *v1_welcome_format(const struct v1_welcome *welcome, struct arena *arena);
bool v1_welcome_parse(const char *bytes, size_t length, struct arena *arena, struct v1_welcome *welcome, struct json_fault *fault);

/* ---- instructions */

#define V1_INSTRUCTION_WORDS(X) X(V1_NONE, "none") X(V1_START, "start") X(V1_CANCEL, "cancel")
WORDS_ENUM(v1_instruction_kind, V1_INSTRUCTION_WORDS);

#define V1_HEAD_FIELDS(X, R)                                                                      \
    X(R, NUMBER, version,      _, 0, 1000, "of the protocol")                                     \
    X(R, ID,     network,      _, 0, 0, "the network that asks")                                  \
    X(R, ID,     agent,        _, 0, 0, "whom it asks")                                           \
    X(R, NUMBER, number,       _, 0, 0, "1, 2, 3, … without gaps per agent")                      \
    X(R, WORD,   kind,         v1_instruction_kind, 0, 0, "none: this number was withdrawn")      \
    X(R, NUMBER, expires_ms,   _, 0, V1_TIME_MAX_MS, "not to be begun after that")
#define V1_JOB_FIELDS(X, R) X(R, ID, job, _, 0, 0, "which job")
#define V1_START_FIELDS(X, R)                                                                     \
    X(R, ID,     project,      _, 0, 0, "who pays")                                               \
    X(R, NUMBER, job_number,   _, 0, 0, "the job's number in its project")                        \
    X(R, TEXT,   name,         _, FIELD_PLAIN, 200, "what the user calls it")                     \
    X(R, TEXT,   partition,    _, FIELD_PLAIN, 31, "its name inside the system")                  \
    X(R, NUMBER, pieces,       _, 0, 1000000, "billed pieces")                                    \
    X(R, NUMBER, nodes,        _, 0, 100000, "nodes")                                             \
    X(R, NUMBER, tasks,        _, 0, 100000000, "tasks")                                          \
    X(R, NUMBER, limit_s,      _, 0, 31622400, "time limit, seconds")                             \
    X(R, NUMBER, grace_s,      _, 0, 3600, "seconds from SIGTERM to SIGKILL")                     \
    X(R, TEXT,   script,       _, 0, HASH_HEX, "SHA-256 of the script, hex")                      \
    X(R, TEXT,   folder,       _, FIELD_OPTIONAL, HASH_HEX, "SHA-256 of the code folder's list, hex") \
    X(R, NUMBER, held,         _, 0, 0, "piece-seconds held")                                     \
    X(R, NUMBER, submitted_ms, _, 0, V1_TIME_MAX_MS, "when the job was accepted")                 \
    X(R, NUMBER, peak_gflops,  _, 0, 0, "of a piece, thousand million FLOP/s; 0: unknown")        \
    X(R, FLAG,   demo,         _, 0, 0, "the partition only pretends")                            \
    X(R, JSON,   plan,         _, 0, 0, "how to start it: struct v1_plan")
#define V1_INSTRUCTION_FIELDS(X, R) V1_HEAD_FIELDS(X, R) V1_JOB_FIELDS(X, R) V1_START_FIELDS(X, R)

/* Everything that an instruction can say; NONE has the head alone, CANCEL the head and the job. */
SHAPE_STRUCT(v1_instruction, V1_INSTRUCTION_FIELDS);

#define V1_PLAN_FIELDS(X, R)                                                                      \
    X(R, TEXTS,  arguments,     _, 0, 64, "behind the script's name")                             \
    X(R, TEXTS,  environment,   _, 0, 256, "NAME=VALUE")                                          \
    X(R, NUMBER, cpus_per_task, _, 0, 100000, "processors of a task")                             \
    X(R, NUMBER, memory_mib,    _, 0, 1073741824, "memory, MiB; 0: the site's default")           \
    X(R, TEXT,   folder,        _, 0, 255, "where it begins, below its own folder; \"\": there")  \
    X(R, TEXT,   output,        _, FIELD_OPTIONAL, 255, "how its log is to be called when it's fetched") \
    X(R, TEXT,   error,         _, FIELD_OPTIONAL, 255, "a stream of its own for standard error, and how to call it") \
    X(R, NUMBER, array_index,   _, FIELD_OPTIONAL, 0, "its index, if it is one of an array")      \
    X(R, ID,     array_job,     _, FIELD_OPTIONAL, 0, "the first job of its array; null: it's in none") \
    X(R, NUMBER, array_count,   _, 0, 1000, "how many jobs its array has; 0: it's in none")
SHAPE_STRUCT(v1_plan, V1_PLAN_FIELDS);

/* What the server writes with core/jobs/instruct.h. Where parsing fails, *instruction still has what could be read of kind,
 * network, agent, number and job, and nothing else: enough to refuse the job by name. */
bool v1_instruction_parse(const char *body, size_t length, struct arena *arena, struct v1_instruction *instruction, struct json_fault *fault);
bool v1_plan_parse(const char *bytes, size_t length, struct arena *arena, struct v1_plan *plan, struct json_fault *fault);

/* The data line of an event of the stream: the body as a text, and the signature over exactly its bytes. */
#define V1_ENVELOPE_FIELDS(X, R)                                                                  \
    X(R, TEXT, body,      _, 0, V1_INSTRUCTION_BYTES, "an instruction, canonical JSON")           \
    X(R, TEXT, signature, _, 0, SIGNATURE_HEX, "Ed25519 by the server's key over these bytes, hex")
SHAPE_STRUCT(v1_envelope, V1_ENVELOPE_FIELDS);

char *v1_envelope_format(const char *body, const struct sign_key *server_key, struct arena *arena);
bool v1_envelope_parse(const char *bytes, size_t length, struct arena *arena, struct v1_envelope *envelope, struct json_fault *fault);
bool v1_envelope_is_signed(const char *body, const char *signature, const unsigned char server_key[SIGN_PUBLIC_BYTES]);

/* ---- observations */

/* kind: COMMAND_JOB_START, _JOB_END, _JOB_REFUSE, _STREAM_END or _JOB_RECORD. body: its shape in core/command.h as JSON,
 * without agent, journal and number, which stand around it. */
struct v1_observation { int64_t number; enum command_kind kind; const char *body; };
struct v1_observations {
    const char *journal;
    int64_t     taken;    /* highest instruction that is on the agent's disk */
    int         count;    /* 0: only to say what was taken */
    struct v1_observation items[V1_OBSERVATIONS]; /* numbers follow one another */
};

char *v1_observations_format(const struct v1_observations *observations, struct arena *arena);
bool v1_observations_parse(const char *bytes, size_t length, struct arena *arena, struct v1_observations *observations, struct json_fault *fault);

/* The shape of an observation's struct; NULL: this command is no observation. */
const struct shape *v1_observation_shape(enum command_kind kind);
/* The body of one, from the struct of its kind; agent, journal and number in it aren't used. */
char *v1_observation_body(enum command_kind kind, const void *observed, struct arena *arena);
/* The struct of its kind, whole: who saw it and in which journal come from around it. NULL: *fault says why. */
void *v1_observation_read(const struct v1_observation *observation, struct id agent, const char *journal, struct arena *arena,
                          struct json_fault *fault);

char *v1_acknowledgement_format(int64_t observed, struct arena *arena);
bool v1_acknowledgement_parse(const char *bytes, size_t length, int64_t *observed);

/* ---- state: latest wins, by (boot, number) */

#define V1_PARTITION_STATE_FIELDS(X, R)                                                           \
    X(R, TEXT,   name,         _, FIELD_PLAIN, 31, "its name inside the system")                  \
    X(R, NUMBER, slots,        _, 0, 1000000, "pieces in service")                                \
    X(R, NUMBER, busy,         _, 0, 1000000, "of them taken")                                    \
    X(R, NUMBER, waiting_jobs, _, 0, 1000000, "jobs in the site's queue")                         \
    X(R, NUMBER, running_jobs, _, 0, 1000000, "jobs that run")
SHAPE_STRUCT(v1_partition_state, V1_PARTITION_STATE_FIELDS);

struct v1_state {
    const char *boot;
    int64_t     number;
    int         count;
    struct v1_partition_state partitions[V1_PARTITIONS];
};
char *v1_state_format(const struct v1_state *state, struct arena *arena);
bool v1_state_parse(const char *bytes, size_t length, struct arena *arena, struct v1_state *state, struct json_fault *fault);

/* ---- bytes */

/* "log", "error", or "out/" and a safe path of text without control, zero-width or direction characters. */
bool v1_stream_name_is_safe(const char *name);
char *v1_stream_target(struct id job, const char *name, int64_t offset, struct arena *arena); /* path and query, escaped */
char *v1_script_target(const char *hash, struct arena *arena);
char *v1_folder_target(struct id job, struct arena *arena);
char *v1_file_target(struct id job, const char *hash, struct arena *arena);

char *v1_size_format(int64_t size_bytes, struct arena *arena);
bool v1_size_parse(const char *bytes, size_t length, int64_t *size_bytes);

/* What an agent needs of a problem document: which, and the numbers it may carry (-1: it hasn't). */
struct v1_problem { char code[64]; int64_t expected, size_bytes; };
bool v1_problem_parse(const char *bytes, size_t length, struct v1_problem *problem);

#endif
