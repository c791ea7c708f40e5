/* SPDX-License-Identifier: EUPL-1.2 */
/* feed.h - a stream that is fed no faster than its reader drinks: text is handed to it in pieces, and more is asked for only when
 * little waits. So a slow reader costs one page of memory, whatever it asked for, and is never cut off for being slow. */
#ifndef API_FEED_H
#define API_FEED_H

#include "net/loop.h"
#include "net/stream.h"

struct feed;

/* All feeds of the API: one timer looks after those that wait. */
struct feeds {
    struct loop      *loop;
    struct loop_timer timer;
    struct feed      *waiting;
};

struct feed {
    struct feeds       *feeds;
    struct http_stream *stream;   /* NULL: closed */
    char               *bytes;    /* what isn't in the stream's buffer yet; on the heap */
    size_t              at, length;
    bool                is_waiting, ending;
    void              (*thirsty)(void *context); /* all was handed over: more may come. Called from the timer, or never */
    void               *context;
    struct feed        *next, **link;
};

void feeds_init(struct feeds *feeds, struct loop *loop);
void feeds_finish(struct feeds *feeds);

void feed_init(struct feed *feed, struct feeds *feeds, struct http_stream *stream, void (*thirsty)(void *context), void *context);
void feed_finish(struct feed *feed);          /* once the stream is closed, or to forget it */

/* Copies the bytes. False: still full, nothing was taken; `thirsty` will be called. Everything fits into an empty one. */
bool feed_put(struct feed *feed, const char *bytes, size_t length);
/* Nothing waits: more would be taken now. */
bool feed_is_empty(const struct feed *feed);
/* Asks for `thirsty` as soon as little waits, if that isn't so now; false: it is so now. */
bool feed_wait(struct feed *feed);
/* Sends what was put, then closes the stream. */
void feed_end(struct feed *feed);

#endif
