/* SPDX-License-Identifier: EUPL-1.2 */
/* feed.c - pieces of at most half of what a stream's buffer takes; the rest waits here, looked at by one timer for all feeds. */
#include "api/feed.h"

#include "api/limits.h"

#include <stdlib.h>
#include <string.h>

static void feeds_tick(void *context);

void feeds_init(struct feeds *feeds, struct loop *loop)
{
    *feeds = (struct feeds){ .loop = loop, .timer = { .callback = feeds_tick, .context = feeds } };
}

void feeds_finish(struct feeds *feeds) { loop_timer_cancel(&feeds->timer); }

void feed_init(struct feed *feed, struct feeds *feeds, struct http_stream *stream, void (*thirsty)(void *context), void *context)
{
    *feed = (struct feed){ .feeds = feeds, .stream = stream, .thirsty = thirsty, .context = context };
}

static void stop_waiting(struct feed *feed)
{
    if (!feed->is_waiting) return;
    feed->is_waiting = false;
    *feed->link = feed->next;
    if (feed->next) feed->next->link = feed->link;
}

static void start_waiting(struct feed *feed)
{
    struct feeds *feeds = feed->feeds;
    if (feed->is_waiting) return;
    if (!feeds->waiting) loop_timer_set(feeds->loop, &feeds->timer, API_FEED_TICK_MS, API_FEED_TICK_MS);
    feed->is_waiting = true;
    feed->next = feeds->waiting;
    feed->link = &feeds->waiting;
    if (feed->next) feed->next->link = &feed->next;
    feeds->waiting = feed;
}

void feed_finish(struct feed *feed)
{
    stop_waiting(feed);
    free(feed->bytes);
    feed->bytes = NULL;
    feed->at = feed->length = 0;
    feed->stream = NULL;
}

/* How much the stream takes now. */
static size_t room_of(const struct feed *feed)
{
    size_t pending = http_stream_pending_bytes(feed->stream);
    return pending < API_FEED_BYTES ? API_FEED_BYTES - pending : 0;
}

/* Hands over what the stream takes. */
static void pour(struct feed *feed)
{
    size_t left = feed->length - feed->at, room = room_of(feed), piece = left < room ? left : room;
    if (!piece || !http_stream_send(feed->stream, feed->bytes + feed->at, piece)) return;
    feed->at += piece;
    if (feed->at < feed->length) return;
    free(feed->bytes);
    feed->bytes = NULL;
    feed->at = feed->length = 0;
    if (feed->ending) http_stream_end(feed->stream);
}

bool feed_is_empty(const struct feed *feed) { return feed->stream && !feed->bytes && room_of(feed) > 0; }

bool feed_put(struct feed *feed, const char *bytes, size_t length)
{
    if (!feed->stream || feed->ending) return true; /* nobody listens any more */
    if (!feed_is_empty(feed)) {
        start_waiting(feed);
        return false;
    }
    if (length <= room_of(feed)) {
        (void)http_stream_send(feed->stream, bytes, length);
        return true;
    }
    feed->bytes = malloc(length);
    CHECK(feed->bytes);
    memcpy(feed->bytes, bytes, length);
    feed->length = length;
    pour(feed);
    start_waiting(feed);
    return true;
}

bool feed_wait(struct feed *feed)
{
    if (!feed->stream || feed_is_empty(feed)) return false;
    start_waiting(feed);
    return true;
}

void feed_end(struct feed *feed)
{
    if (!feed->stream || feed->ending) return;
    feed->ending = true;
    if (!feed->bytes) http_stream_end(feed->stream);
}

/* `thirsty` may finish any feed, this one too, so the list is walked from its head again after each call. */
static void feeds_tick(void *context)
{
    struct feeds *feeds = context;
    for (struct feed *feed = feeds->waiting; feed; feed = feed->next)
        if (feed->stream && feed->bytes) pour(feed);
    for (struct feed *feed = feeds->waiting; feed;) {
        if (feed->stream && !feed_is_empty(feed)) {
            feed = feed->next;
            continue;
        }
        stop_waiting(feed);
        if (feed->stream && !feed->ending && feed->thirsty) feed->thirsty(feed->context);
        feed = feeds->waiting;
    }
    if (!feeds->waiting) loop_timer_cancel(&feeds->timer);
}
