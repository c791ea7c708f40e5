/* SPDX-License-Identifier: EUPL-1.2 */
/* rule.h - the shape of every rule: decide(command, facts) -> outcome.
 *
 * A rule is a pure function. It reads what it is handed, calls nothing outside core and base, and hands back what it wants
 * to happen. The door loaded the facts, asked may(), and will make the outcome durable: all of it or none of it. */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include "base/crypto.h"
#include "base/json.h"
#include "base/ulid.h"
#include "core/command.h"
#include "core/refusal.h"

struct picture;
struct placement;

/* Records that were asked for and aren't there are NULL; lists have a bound. */
struct facts {
    int64_t                now_ms;
    struct arena          *arena;
    struct ulid_source    *ids;
    const struct sign_key *server_key;
    const char            *network;    /* its id */
    const struct actor    *actor;
    struct scope_chain     scope;      /* where the object lies; handed to may() before the rule is asked */
    bool                   there;      /* false: the object doesn't exist, or can't be named; answered as not-found */
    struct refusal         load_refusal; /* a refusal that the loader found, such as a project that can't be told; NONE: none */

    const struct person       *person;
    const struct organisation *organisation;
    const struct token        *token;
    const struct factory      *factory;
    const struct system       *system;
    const struct partition    *partition;
    const struct agent        *agent;
    const struct project      *project;
    const struct allocation   *allocation;
    const struct account      *account;    /* the allocation's */
    const struct account      *pool, *used; /* the partition's */
    const struct entry        *hold;       /* the job's */
    const struct folder       *folder;
    const struct job          *job;
    const struct job_plan     *plan;
    const struct stream       *stream;
    const struct job_record   *record;
    const struct checkpoint   *checkpoint; /* the newest */
    const struct placement    *placement;  /* the broker's advice for this job */
    const struct picture      *picture;
    int                        dependency_count;
    const struct job_dependency *dependencies;
    const struct job *const   *dependency_jobs; /* NULL entries: not there, or not the project's */
    int64_t                    event_count;    /* events so far */
};

enum change_kind {
    CHANGE_ADD,       /* must not be there yet */
    CHANGE_ADD_ONCE,  /* the same row may be there already: content named by its hash */
    CHANGE_PUT,       /* replaces the row with the same key, which must be there */
};
struct change { enum change_kind kind; const struct shape *shape; const void *row; };

struct happened { const char *name; struct id subject; const char *scope; const char *payload; };

enum { CHANGES_MAX = 20480, EVENTS_MAX = 2048 }; /* the largest outcome: an array of 1,000 jobs, each with 16 dependencies and 3 more rows */

/* What is to happen. With a refusal nothing else counts. */
struct outcome {
    struct arena    *arena;
    struct refusal   refusal;
    int              change_count, change_room;
    struct change   *changes;
    int              event_count, event_room;
    struct happened *events;
    int              status;  /* HTTP status of the answer: 200, 201, 202 */
    const char      *answer;  /* its JSON */
};

typedef void rule_decide(const struct command *command, const struct facts *facts, struct outcome *outcome);

/* Rows are copied; texts inside them must live in the arena or be static. */
void outcome_add(struct outcome *outcome, const struct shape *shape, const void *row);
void outcome_add_once(struct outcome *outcome, const struct shape *shape, const void *row);
void outcome_put(struct outcome *outcome, const struct shape *shape, const void *row);
/* scope: "public", "network", or outcome_scope("project", id). payload: canonical JSON without personal fields. */
void outcome_event(struct outcome *outcome, const char *name, struct id subject, const char *scope, const char *payload);
const char *outcome_scope(struct outcome *outcome, const char *kind, struct id id);
void outcome_answer(struct outcome *outcome, int status, const char *json);

#endif
