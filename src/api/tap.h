/* SPDX-License-Identifier: EUPL-1.2 */
/* tap.h - inside the API: a stream that is filled page by page, each page made on a reader's thread. What goes on and on (events,
 * instructions, the audit log) is a struct with a tap as its first member.
 *
 * A tap belongs to the loop's thread but for its page while that is made. It is freed when its stream is closed and no page is
 * under way. */
#ifndef API_TAP_H
#define API_TAP_H

#include "api/state.h"

struct tap {
    struct api        *api;
    struct tap        *next, **link;   /* all of its kind */
    struct feed        feed;
    struct principal   principal;
    struct read        read;
    struct loop_task   task;
    struct arena       arena;          /* of the page; empty between pages */
    struct tap        *queue_next;     /* waits for its turn at the readers */
    bool               queued, counted;
    bool               under_way;      /* a reader or the writer has it */
    bool               urgent;         /* doesn't wait for others' pages */
    bool               closed;
    /* Makes a page in the arena, on a reader. False: the machine failed, and the stream ends. */
    bool             (*page)(struct tap *tap, struct store *store, struct error *error);
    void             (*paged)(struct tap *tap);   /* it is made: on the loop's thread, the arena is dropped afterwards */
    void             (*thirsty)(struct tap *tap); /* what was put is under way, more may come */
    void             (*gone)(struct tap *tap);    /* NULL, or: just before it's freed */
    bool               failed;                    /* the reader's: apart from the flags above, at which the loop looks meanwhile */
};

/* Answers the call with a stream that begins with `begin`; the tap is the list's now. NULL: no memory, the connection ends. `tap` is
 * from calloc, with page, paged, thirsty and gone filled in. */
struct tap *tap_open(struct tap *tap, struct api_call *call, struct tap **list, enum route_type type, const char *begin);
/* Has the next page made. Pages take turns, so that however many catch up on however much, other reads find a reader free. */
void tap_read(struct tap *tap);
void tap_end(struct tap *tap);
/* A worker gave it back. False: its stream was closed meanwhile, and it is freed. */
bool tap_back(struct tap *tap);
void taps_init(struct api *api);
/* When readers and HTTP server are gone. */
void taps_finish(struct api *api);

#endif
