/* SPDX-License-Identifier: EUPL-1.2 */
/* journal.h - what a site agent must not forget: how far it is with the server, its jobs, and what it hasn't been
 * acknowledged for. A small SQLite database of its own.
 *
 * Every function works inside the caller's transaction. False: the database failed, the transaction is to be thrown away.
 * Texts of what is read live in the arena. */
#ifndef AGENT_JOURNAL_H
#define AGENT_JOURNAL_H

#include "core/command.h"
#include "db/db.h"
#include "protocol/v1.h"

/* How far the agent is. One row. */
#define JOURNAL_MARK_FIELDS(X, R)                                                                 \
    X(R, NUMBER, row,        _, FIELD_KEY, 1, "1")                                                \
    X(R, TEXT,   journal,    _, 0, 64, "the journal's name: observation numbers count within it") \
    X(R, TEXT,   server_key, _, FIELD_OPTIONAL, 64, "the server's public key, hex, since the first welcome") \
    X(R, FLAG,   welcomed,   _, 0, 0, "a server has answered this journal")                       \
    X(R, NUMBER, taken,      _, 0, 0, "highest instruction taken")                                \
    X(R, NUMBER, unsure,     _, 0, 0, "instructions up to this one may have been obeyed by a journal that is lost") \
    X(R, NUMBER, made,       _, 0, 0, "highest observation made")                                 \
    X(R, NUMBER, observed,   _, 0, 0, "highest observation acknowledged")
SHAPE_STRUCT(journal_mark, JOURNAL_MARK_FIELDS);

/* taken: its files are to be fetched. fetched: the executor has it, or is to be given it. started, ended: as the executor
 * said. collected: outputs are hashed, to be uploaded. recorded: everything is told. refused: told too. settled: the server
 * has acknowledged all of it; its folder may go. */
#define JOURNAL_STAGE_WORDS(X)                                                                    \
    X(STAGE_TAKEN, "taken") X(STAGE_FETCHED, "fetched") X(STAGE_STARTED, "started") X(STAGE_ENDED, "ended") \
    X(STAGE_COLLECTED, "collected") X(STAGE_RECORDED, "recorded") X(STAGE_REFUSED, "refused") X(STAGE_SETTLED, "settled")
WORDS_ENUM(journal_stage, JOURNAL_STAGE_WORDS);

#define JOURNAL_JOB_FIELDS(X, R)                                                                  \
    X(R, ID,     id,               _, FIELD_KEY, 0, "the job")                                    \
    X(R, NUMBER, number,           _, 0, 0, "of the instruction that starts it")                  \
    X(R, WORD,   stage,            journal_stage, 0, 0, "how far it is")                          \
    X(R, NUMBER, expires_ms,       _, 0, 0, "not to be begun after that")                         \
    X(R, FLAG,   cancel_asked,     _, 0, 0, "the executor was, or is to be, told to end it")      \
    X(R, NUMBER, started_ms,       _, 0, 0, "0: it never did")                                    \
    X(R, NUMBER, ended_ms,         _, 0, 0, "0: not yet")                                         \
    X(R, WORD,   ended_as,         observed_end, 0, 0, "once it has ended")                       \
    X(R, NUMBER, exit_code,        _, 0, 0, "of the script")                                      \
    X(R, NUMBER, signal,           _, 0, 0, "that ended it")                                      \
    X(R, NUMBER, ran_ms,           _, 0, 0, "wall time")                                          \
    X(R, NUMBER, cpu_ms,           _, 0, 0, "processor time")                                     \
    X(R, NUMBER, memory_max_bytes, _, 0, 0, "largest resident memory")                            \
    X(R, NUMBER, left_out,         _, 0, 0, "files of its folder that weren't taken as outputs")  \
    X(R, NUMBER, last,             _, 0, 0, "its last observation, once it is recorded or refused") \
    X(R, TEXT,   body,             _, 0, 0, "the instruction as it was signed")
SHAPE_STRUCT(journal_job, JOURNAL_JOB_FIELDS);

/* A finished log, error or output. */
#define JOURNAL_STREAM_FIELDS(X, R)                                                               \
    X(R, ID,     job,        _, FIELD_KEY, 0, "whose")                                            \
    X(R, TEXT,   name,       _, FIELD_KEY, 300, "log, error, or out/PATH")                        \
    X(R, NUMBER, size_bytes, _, 0, 0, "its whole size")                                           \
    X(R, TEXT,   hash,       _, 0, 64, "SHA-256, hex")
SHAPE_STRUCT(journal_stream, JOURNAL_STREAM_FIELDS);

/* What waits for its acknowledgement. */
#define JOURNAL_OBSERVATION_FIELDS(X, R)                                                          \
    X(R, NUMBER, number, _, FIELD_KEY, 0, "1, 2, 3, … within the journal's name")                 \
    X(R, WORD,   kind,   command_kind, 0, 0, "what")                                              \
    X(R, TEXT,   body,   _, 0, 0, "as it is sent")
SHAPE_STRUCT(journal_observation, JOURNAL_OBSERVATION_FIELDS);

struct journal;

/* Brings the schema up to date. The database stays the caller's. */
struct journal *journal_create(struct db *db, int64_t now_ms, struct error *error);
void journal_destroy(struct journal *journal); /* NULL is fine */

bool journal_mark_find(struct journal *journal, struct arena *arena, struct journal_mark *mark, bool *found, struct error *error);
bool journal_mark_put(struct journal *journal, const struct journal_mark *mark, struct error *error);

bool journal_job_find(struct journal *journal, struct id id, struct arena *arena, struct journal_job *job, bool *found, struct error *error);
bool journal_job_put(struct journal *journal, const struct journal_job *job, struct error *error);
bool journal_job_drop(struct journal *journal, struct id id, struct error *error); /* with its streams */

/* Jobs, in the order of their instructions. */
struct journal_entry { struct id id; enum journal_stage stage; bool cancel_asked; };
struct journal_entries { struct journal_entry *items; int count; };
bool journal_jobs_all(struct journal *journal, struct arena *arena, struct journal_entries *entries, struct error *error);
bool journal_jobs_expired(struct journal *journal, int64_t now_ms, struct arena *arena, struct journal_entries *entries, struct error *error); /* taken ones */
bool journal_jobs_told(struct journal *journal, int64_t observed, struct arena *arena, struct journal_entries *entries, struct error *error);  /* recorded or refused, all acknowledged */

bool journal_stream_put(struct journal *journal, const struct journal_stream *stream, struct error *error);
struct journal_streams { struct journal_stream *items; int count; }; /* sorted by name */
bool journal_streams_of(struct journal *journal, struct id job, struct arena *arena, struct journal_streams *streams, struct error *error);

bool journal_observation_put(struct journal *journal, const struct journal_observation *observation, struct error *error);
bool journal_observations_drop(struct journal *journal, int64_t up_to, struct error *error);
/* From number `from` on: as many as one batch may carry. */
bool journal_observations_from(struct journal *journal, int64_t from, struct arena *arena, struct v1_observations *batch, struct error *error);
/* Numbers everything that waits from 1 on again: `dropped` were acknowledged before. */
bool journal_renumber(struct journal *journal, int64_t dropped, struct error *error);

/* One more job on the UTC day of now_ms; how many were counted before. */
bool journal_day_count(struct journal *journal, int64_t now_ms, int64_t *jobs, struct error *error);
bool journal_day_add(struct journal *journal, int64_t now_ms, struct error *error);

#endif
