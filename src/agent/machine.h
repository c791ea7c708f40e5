/* SPDX-License-Identifier: EUPL-1.2 */
/* machine.h - the site agent as a step function: what came in and the time, in; what is to be done, out.
 *
 * It owns its journal and touches nothing else: no socket, no clock, no file. Its caller (site.c, or the simulation) does what
 * the outputs say and tells how it went. Doing an output twice must be like doing it once: after a restart everything that
 * wasn't finished is asked for again. docs/agent-protocol.md has the states and the reasons. */
#ifndef AGENT_MACHINE_H
#define AGENT_MACHINE_H

#include "agent/journal.h"
#include "agent/policy.h"
#include "base/ulid.h"
#include "executor/executor.h"

/* Everything is borrowed and must outlive the machine. The network, agent, system and server key are the policy's. */
struct agent_machine_options {
    struct db                 *journal; /* open; used by one machine at a time, and by nobody else */
    const struct agent_policy *policy;
    const struct sign_key     *key;     /* signs job records */
    const char                *boot;    /* boot id of this machine */
    const char                *sandbox; /* what keeps jobs apart here, in words for their records */
    struct ulid_source        *ids;     /* names new journals */
};

enum agent_input_kind {
    AGENT_BEGUN,        /* the machine was created: first input of every life */
    AGENT_CONNECTED,    /* welcome: the server answered hello */
    AGENT_DISCONNECTED, /* the stream or a request broke; hello comes next */
    AGENT_INSTRUCTED,   /* number, body, signature: an event of the stream */
    AGENT_ACKNOWLEDGED, /* number: the server has observations up to this one */
    AGENT_FETCHED,      /* job; words: NULL if script and folder are in place, else why they can never be */
    AGENT_REFUSED,      /* job; words: the executor says that it can't run */
    AGENT_EXECUTED,     /* event of the executor */
    AGENT_COLLECTED,    /* job; streams, left_out: what its folder holds, hashed */
    AGENT_UPLOADED,     /* job: the server has all bytes of its streams */
    AGENT_FORGOTTEN,    /* job: its folder is gone */
    AGENT_TICKED,       /* time passes; every few seconds */
};

struct agent_stream { const char *name; int64_t size_bytes; char hash[HASH_HEX + 1]; };

struct agent_input {
    enum agent_input_kind        kind;
    struct id                    job;
    int64_t                      number;
    const char                  *body, *signature, *words;
    const struct v1_welcome     *welcome;
    const struct executor_event *event;
    const struct agent_stream   *streams; /* log, error, out/PATH, each once */
    int                          stream_count;
    int64_t                      left_out;
};

enum agent_output_kind {
    AGENT_FETCH,     /* job: get its script and folder, then FETCHED */
    AGENT_START,     /* job: give it to the executor; REFUSED if it says no */
    AGENT_CANCEL,    /* job: tell the executor to end it; stop fetching it */
    AGENT_COLLECT,   /* job: look at its folder, then COLLECTED */
    AGENT_UPLOAD,    /* job: send its streams, then UPLOADED */
    AGENT_FORGET,    /* job: the executor forgets it, its folder goes, then FORGOTTEN */
    AGENT_SEND,      /* send what agent_machine_batch() gives, then ACKNOWLEDGED or DISCONNECTED */
    AGENT_RECONNECT, /* end this connection and say hello again, after a pause */
    AGENT_ALARM,     /* words: an operator should know */
};

struct agent_output { enum agent_output_kind kind; struct id job; const char *words; };

/* In the arena, which is also the step's memory. */
struct agent_outputs { struct arena *arena; int count, room; struct agent_output *items; };

struct agent_machine;

bool agent_machine_create(struct agent_machine **machine, const struct agent_machine_options *options, int64_t now_ms, struct error *error);
void agent_machine_destroy(struct agent_machine *machine); /* NULL is fine; like kill -9, loses nothing */

/* One step, one transaction; outputs are released after it is durable. False: the journal failed, nothing was released, and the
 * machine must be destroyed and created anew. Outputs hold nothing from earlier steps. */
bool agent_step(struct agent_machine *machine, const struct agent_input *input, int64_t now_ms, struct agent_outputs *outputs, struct error *error);

/* What to say to the server. Texts live as long as the machine takes no step. */
void agent_machine_hello(const struct agent_machine *machine, struct agent_hello *hello);
/* The batch that AGENT_SEND asked for; unacknowledged observations in order, perhaps none. */
bool agent_machine_batch(struct agent_machine *machine, struct arena *arena, struct v1_observations *batch, struct error *error);

/* A job of the journal: how far it is, what was asked, and what to give the executor (all but its folder). */
struct agent_job {
    enum journal_stage      stage;
    bool                    cancel_asked; /* to be ended as soon as the executor has it */
    struct v1_instruction   instruction;
    struct v1_plan          plan;
    struct executor_job     executor_job;
    struct journal_streams  streams; /* once collected */
};
bool agent_machine_job(struct agent_machine *machine, struct id id, struct arena *arena, struct agent_job *job, bool *found, struct error *error);

/* Highest instruction taken: the stream goes on behind it. */
int64_t agent_machine_taken(const struct agent_machine *machine);
bool agent_machine_is_connected(const struct agent_machine *machine);

const char *agent_output_name(enum agent_output_kind kind);

#endif
