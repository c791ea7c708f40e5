/* SPDX-License-Identifier: EUPL-1.2 */
/* state.h - inside the API: what it remembers between requests. All of it belongs to the loop's thread but what says otherwise. */
#ifndef API_STATE_H
#define API_STATE_H

#include "api/call.h"
#include "api/feed.h"

#include <pthread.h>

enum { KEY_BUCKETS = 256, TRY_BUCKETS = 1024, OUTPUT_BUCKETS = 256, FOLDER_BUCKETS = 1024 };

/* How often one address may still ask `try`. */
struct try_bucket { char peer[48]; int64_t filled_ms, left_thousandths; };

/* Bytes of all outputs of a job, so that not every piece walks through its folder. */
struct output_total { struct id job; int64_t size_bytes; int files; };

/* An answer that is the same for everybody. */
struct memo {
    char              *bytes;
    size_t             length;
    const char        *type;
    int64_t            made_ms, generation;
    int                header_count;
    struct http_header headers[CALL_HEADERS];
};

/* A fact that everybody may see, kept for the first page. */
struct public_event { int64_t sequence, at_ms; char name[61]; struct id subject; };

/* Streams whose next page waits for its turn at the readers. */
struct tap;
struct tap_queue { struct tap *head, **tail; int under_way; struct loop_timer retry; };

struct api {
    struct api_options options;
    struct auth       *auth;
    char              *streams_folder, *files_folder, *spool_folder;
    char              *openapi;
    size_t             openapi_bytes;
    uint64_t           trace;            /* state of the generator */
    bool               draining;
    struct api_call   *calls, *kept;
    int                kept_count;
    struct api_call   *keys[KEY_BUCKETS];
    struct memo       *memos;            /* by route */
    int64_t            generation;       /* counts whatever could make them wrong */

    struct feeds       feeds;
    int64_t            newest;           /* event that was told to us */
    struct tap        *followers, *senders, *exports;
    struct tap_queue   taps;
    struct arena       arena;            /* of one batch of events */
    struct loop_timer  check;            /* are streams' tokens and roles still good? */
    struct look       *look;             /* for instructions that nobody sent yet */

    pthread_mutex_t     lock;            /* of what follows: readers use it */
    struct try_bucket  *tries;
    struct output_total outputs[OUTPUT_BUCKETS];
    struct hash         folders[FOLDER_BUCKETS]; /* SHA-256 of project and folder: all its contents are here */
    struct public_event front[API_FRONT_EVENTS]; /* newest first */
    int                 front_count;
};

/* keys.c: one request at a time for one principal and key. */
bool key_take(struct api_call *call);
void key_drop(struct api_call *call);

/* memo.c: sends what is kept, if it's still right; else what is to be done with the answer. */
bool memo_send(struct api_call *call);
api_act *memo_then(struct api_call *call);
void memo_forget(struct api *api);
void memo_finish(struct api *api);

/* openapi.c: the document, on the heap. */
char *openapi_format(size_t *length);

/* events.c */
void events_committed(struct api *api, const struct event *events, int count);
void events_check(struct api *api);      /* ends streams whose token isn't good any more, reads roles anew */
void events_grown(struct api *api, struct id job, struct id project, const char *name, int64_t size_bytes);

/* instructions.c */
void instructions_init(struct api *api);
void instructions_finish(struct api *api);
void instructions_committed(struct api *api, const struct event *events, int count);
void instructions_check(struct api *api);

/* page.c */
bool page_load(struct api *api, struct store *store, struct error *error);
void page_committed(struct api *api, const struct event *events, int count);

#endif
