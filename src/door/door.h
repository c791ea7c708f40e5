/* SPDX-License-Identifier: EUPL-1.2 */
/* door.h - the one door in: whatever changes the network comes through here, whoever sent it.
 *
 * One transaction per batch; for each command: answered before? - load facts - may()? - decide - apply. Only after the
 * commit does anybody hear of it. HTTP requests, agents' observations, timers and the simulation all end here. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include "core/jobs/placement.h"
#include "core/rule.h"
#include "core/trust/trust.h"
#include "store/store.h"

enum { BATCH_MAX = 64, BATCH_WORK_US = 2000 };

enum door_result {
    DOOR_ANSWERED, /* status and answer are the command's, durable (a refusal is an answer too) */
    DOOR_REPLAYED, /* the same, from the first time */
    DOOR_DENIED,   /* not permitted or not there: refusal; not stored */
    DOOR_FAILED,   /* the machine failed: nothing changed, sending it again is safe; refusal says in which way */
};

/* Belongs to its sender, with an arena of its own; the door works on it from writer_put to `done`. */
struct door_request {
    struct command       command;
    int                  principal_kind; /* enum principal_kind */
    bool                 dry;            /* decide everything, change nothing; needs no key */
    struct arena        *arena;
    enum door_result     result;
    struct refusal       refusal;  /* DENIED, FAILED */
    int                  status;
    const char          *answer;   /* JSON in the arena; a problem document for refusals */
    int64_t              events_first, events_last; /* what it made happen; 0: nothing */
    void               (*done)(struct door_request *request); /* called once it is answered, on the writer's thread */
    void                *context;
    struct door_request *next;
};

struct door;

struct door_options {
    struct store          *store;
    uint64_t               id_seed[2];
    const struct sign_key *server_key;
    const char            *network;   /* its id; must outlive the door */
    /* The broker's newest picture; called at the start of a batch. */
    const struct picture *(*picture)(void *context);
    /* What a committed batch made happen, in order, before any of its requests is answered. */
    void                 (*committed)(void *context, const struct event *events, int count);
    void                  *context;
    int64_t              (*work_us)(void); /* a steady clock for the batch's bound; NULL: no bound by time */
};

bool door_create(struct door **door, const struct door_options *options, struct error *error);
void door_destroy(struct door *door); /* NULL is fine; the store stays its owner's */

/* Runs the requests (linked by next) in order at `now_ms` in one transaction, at most BATCH_MAX of them and about BATCH_WORK_US
 * of work; returns the rest. Every request that it took has its result afterwards; `done` isn't called here. */
struct door_request *door_execute(struct door *door, struct door_request *batch, int64_t now_ms);

/* How a command's kind is treated: the table's columns, for the route table, OpenAPI and tests. */
const char *door_command_name(enum command_kind kind);
enum verb door_command_verb(enum command_kind kind);
const struct shape *door_command_body(enum command_kind kind);
bool door_command_has_key(enum command_kind kind);

int64_t door_last_event(const struct door *door);

#endif
