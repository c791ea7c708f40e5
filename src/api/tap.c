/* SPDX-License-Identifier: EUPL-1.2 */
/* tap.c - one page under way at a time, so that nothing of a stream needs a lock. */
#include "api/tap.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tap_free(struct tap *tap)
{
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

static void retry(void *context)
{
    struct api *api = context;
    taps_retry(api->followers);
    taps_retry(api->senders);
    taps_retry(api->exports);
}

void tap_read(struct tap *tap)
{
    enum { RETRY_MS = 50 };
    struct api *api = tap->api;
    if (tap->under_way || tap->closed) return;
    arena_finish(&tap->arena);
    tap->wants = !readers_put(api->options.readers, &tap->read);
    tap->under_way = !tap->wants;
    if (!tap->wants) return;
    api->retry.callback = retry;
    api->retry.context = api;
    loop_timer_set(api->options.loop, &api->retry, RETRY_MS, 0);
}

void taps_retry(struct tap *list)
{
    for (struct tap *tap = list; tap; tap = tap->next)
        if (tap->wants && !tap->closed) tap_read(tap);
}

void tap_end(struct tap *tap) { feed_end(&tap->feed); }

void taps_finish(struct tap **list)
{
    while (*list) tap_free(*list);
}
