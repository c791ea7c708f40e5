/* SPDX-License-Identifier: EUPL-1.2 */
/* tap.c - one page under way at a time, so that nothing of a stream needs a lock. */
#include "api/tap.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void queue_pump(struct api *api);

static void retry(void *context) { queue_pump(context); }

void taps_init(struct api *api)
{
    api->taps.tail = &api->taps.head;
    api->taps.retry = (struct loop_timer){ .callback = retry, .context = api };
}

static void queue_leave(struct tap *tap)
{
    struct tap_queue *queue = &tap->api->taps;
    if (!tap->queued) return;
    struct tap **link = &queue->head;
    while (*link != tap) link = &(*link)->queue_next;
    *link = tap->queue_next;
    if (queue->tail == &tap->queue_next) queue->tail = link;
    tap->queued = false;
}

static void tap_free(struct tap *tap)
{
    queue_leave(tap);
    if (tap->gone) tap->gone(tap);
    *tap->link = tap->next;
    if (tap->next) tap->next->link = tap->link;
    feed_finish(&tap->feed);
    arena_finish(&tap->arena);
    free(tap);
}

static void was_closed(void *context)
{
    struct tap *tap = context;
    feed_finish(&tap->feed);
    tap->closed = true;
    if (!tap->under_way) tap_free(tap);
}

static void was_drunk(void *context)
{
    struct tap *tap = context;
    tap->thirsty(tap);
}

/* The escape's frame and the arena belong to the page alone. */
static bool page_make(struct read *read, struct store *store)
{
    struct tap *tap = (struct tap *)(void *)((char *)read - offsetof(struct tap, read));
    struct error error = { 0 };
    jmp_buf escape;
    tap->failed = true;
    tap->arena.escape = &escape;
    if (setjmp(escape) == 0) {
        tap->failed = !tap->page(tap, store, &error);
        if (tap->failed) fprintf(stderr, "aif: reading for a stream: %s\n", error.text);
    }
    tap->arena.escape = NULL;
    return !tap->failed;
}

static void page_made(struct read *read)
{
    struct tap *tap = (struct tap *)(void *)((char *)read - offsetof(struct tap, read));
    loop_post(tap->api->options.loop, &tap->task);
}

bool tap_back(struct tap *tap)
{
    tap->under_way = false;
    if (tap->closed) tap_free(tap);
    else return true;
    return false;
}

static void page_came(void *context)
{
    struct tap *tap = context;
    struct api *api = tap->api;
    api->taps.under_way -= tap->counted;
    tap->counted = false;
    queue_pump(api);
    if (!tap_back(tap)) return;
    if (tap->failed) tap_end(tap);
    else tap->paged(tap);
    if (!tap->under_way) arena_finish(&tap->arena);
}

struct tap *tap_open(struct tap *tap, struct api_call *call, struct tap **list, enum route_type type, const char *begin)
{
    struct api *api = call->api;
    struct http_header headers[] = { { "Cache-Control", "no-store" }, { "Content-Disposition", "attachment" } };
    struct http_answer answer = { .status = 200, .content_type = route_type_name(type), .body = begin, .body_bytes = strlen(begin), .headers = headers,
                                  .header_count = type == TYPE_EVENTS ? 1 : countof(headers) };
    CHECK(tap);
    tap->api = api;
    tap->principal = call->principal;
    tap->read = (struct read){ .run = page_make, .done = page_made };
    tap->task = (struct loop_task){ .callback = page_came, .context = tap };
    arena_init(&tap->arena, API_ARENA_BYTES);
    call->arena.escape = NULL;
    struct http_stream *stream = http_stream_start(call->request, &answer, was_closed, tap);
    if (!stream) {
        free(tap);
        return NULL;
    }
    arena_finish(&call->arena); /* the call lasts as long as its stream; nobody asks it for anything any more */
    feed_init(&tap->feed, &api->feeds, stream, was_drunk, tap);
    tap->next = *list;
    tap->link = list;
    if (tap->next) tap->next->link = &tap->next;
    *list = tap;
    return tap;
}

static bool page_begin(struct tap *tap)
{
    arena_finish(&tap->arena);
    tap->under_way = readers_put(tap->api->options.readers, &tap->read);
    return tap->under_way;
}

/* One at a time: of two readers one stays for whoever asks a short question. */
static void queue_pump(struct api *api)
{
    enum { AT_ONCE = 1, RETRY_MS = 20 };
    struct tap_queue *queue = &api->taps;
    while (queue->head && queue->under_way < AT_ONCE) {
        struct tap *tap = queue->head;
        if (!page_begin(tap)) {
            loop_timer_set(api->options.loop, &queue->retry, RETRY_MS, 0);
            return;
        }
        queue_leave(tap);
        tap->counted = true;
        queue->under_way++;
    }
}

void tap_read(struct tap *tap)
{
    struct tap_queue *queue = &tap->api->taps;
    if (tap->under_way || tap->queued || tap->closed || (tap->urgent && page_begin(tap))) return;
    tap->queued = true;
    tap->queue_next = NULL;
    *queue->tail = tap;
    queue->tail = &tap->queue_next;
    queue_pump(tap->api);
}

void tap_end(struct tap *tap) { feed_end(&tap->feed); }

void taps_finish(struct api *api)
{
    struct tap **const lists[] = { &api->followers, &api->senders, &api->exports };
    loop_timer_cancel(&api->taps.retry);
    for (int i = 0; i < countof(lists); i++)
        while (*lists[i]) tap_free(*lists[i]);
}
