/* SPDX-License-Identifier: EUPL-1.2 */
/* site_internal.h - what site.c, site_session.c, site_jobs.c, site_fetch.c and site_streams.c share.
 *
 * A life is a machine with its executor; a failing journal ends it and begins the next one, in the same process. Each job has
 * at most one work at a time, and that at most one request under way. */
#ifndef AGENT_SITE_INTERNAL_H
#define AGENT_SITE_INTERNAL_H

#include "agent/collect.h"
#include "agent/machine.h"
#include "agent/site.h"
#include "base/rng.h"
#include "core/data/folder.h"
#include "core/jobs/request.h"
#include "net/client.h"
#include "net/loop.h"
#include "net/sse.h"

struct site;

enum site_work { WORK_FETCH, WORK_START, WORK_FOLLOW, WORK_COLLECT, WORK_UPLOAD, WORK_REMOVE };
enum site_lane { LANE_BULK, LANE_LOG, LANE_COUNT };

/* A stream on its way to the server. */
struct site_stream { const char *name; int64_t size_bytes, sent_bytes; }; /* sent -1: not known yet */

/* Jobs that wait for the same thing, in order. */
struct site_queue { struct site_job *first, *last; };

struct site_job {
    struct site          *site;
    struct site_job      *next, **link;              /* of its bucket */
    struct site_queue    *queue;                     /* NULL: a timer is set, or a request is under way */
    struct site_job      *queue_next, *queue_previous;
    struct id             id;
    enum site_work        work;
    struct loop_timer     timer;
    struct http_exchange *exchange;
    bool                  has_lane;
    enum site_lane        lane;
    int64_t               pause_ms;                  /* before the next try */
    struct arena          arena;                     /* of this work; what is needed once isn't taken from it */
    /* fetch */
    int                   folder, work_folder, part; /* open, -1: not */
    int                   files_done, tries;         /* -2: script, -1: list, then files */
    char                  script[HASH_HEX + 1], folder_hash[HASH_HEX + 1];
    struct folder_list    list;
    /* follow, upload */
    struct site_stream   *streams;
    int                   stream_count, stream;
    /* collect */
    struct collection    *collection;
};

struct site_session {
    struct http_exchange *hello, *stream, *batch, *state;
    struct sse_parser     parser;
    bool                  has_parser, state_is_due;
    int64_t               pause_ms, connected_ms, state_number;
    struct loop_timer     reconnect, state_timer;
};

struct site {
    struct site_options  options;
    struct site_pace     pace;
    char                 home[1024], boot[40], sandbox[400];
    int                  home_folder, jobs_folder, lock;
    struct agent_policy  policy;
    struct sign_key      key;
    struct ulid_source   ids;
    struct rng           rng;        /* jitter only */
    struct loop         *loop;
    struct http_client  *client;
    struct loop_signal   terminate, interrupt;
    bool                 is_stopping;
    /* a life */
    struct db           *db;
    struct executor     *executor;
    struct agent_machine *machine;
    bool                 is_broken;  /* the journal failed: the next life is due */
    struct loop_timer    life, poll, tick;
    struct loop_watch    executor_watch;
    struct agent_output *outputs;    /* to be done, in order */
    int                  output_count, output_room, output_next;
    bool                 is_working;
    struct site_session  session;
    struct site_job     *jobs[SITE_JOB_BUCKETS];
    struct site_queue    ready, for_server, for_lane[LANE_COUNT];
    struct loop_timer    turns;
    int                  lanes[LANE_COUNT]; /* busy */
};

/* site.c */
void site_input(struct site *site, const struct agent_input *input); /* a step, and what it asks for */
bool site_is_broken(struct site *site, const struct error *error);   /* always true: the journal failed outside a step */
void site_poll_soon(struct site *site);
void site_log(const struct site *site, const char *level, const char *event, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* site_session.c */
void session_begin(struct site *site);
void session_end(struct site *site);         /* whatever is under way is dropped; says nothing to the machine */
void session_finish(struct site *site);      /* the last word */
void session_broken(struct site *site, const char *why); /* tells the machine, comes again after a pause */
void session_send(struct site *site);
void session_state_soon(struct site *site);
/* Starts a request to the server with the token; call->url is the path. NULL: it couldn't be started (logged). */
struct http_exchange *site_send(struct site *site, struct http_call *call, const struct http_header *headers, int header_count);

/* site_jobs.c */
void job_begin(struct site *site, struct id id, enum site_work work); /* ends what was under way for it */
void job_end(struct site_job *job);                                    /* nothing more to do for it */
void jobs_turns(void *site);                                           /* the timer of site->turns */
void jobs_wake(struct site *site);                                     /* the server is there */
void jobs_end(struct site *site);
bool job_may_send(struct site_job *job, enum site_lane lane);          /* false: its turn comes when it may */
void job_again(struct site_job *job, int64_t delay_ms);
void job_again_later(struct site_job *job, const char *why);           /* after a pause that grows */
void job_sent(struct site_job *job);                                   /* on_done: gives the lane back */

/* site_fetch.c, site_streams.c: a turn of that work */
void fetch_turn(struct site_job *job);
void follow_turn(struct site_job *job);
void upload_turn(struct site_job *job);

#endif
