/* SPDX-License-Identifier: EUPL-1.2 */
/* client.h - HTTP requests to others: many at once inside a loop, or one at a time in a program that may wait.
 *
 * Only http and https; no redirects are followed, no proxy is taken from the environment, certificates are checked. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/arena.h"
#include "base/error.h"
#include "net/header.h"
#include "net/loop.h"

struct http_file { int fd; int64_t offset, bytes; };

struct http_result;

/* Absent things are 0 or NULL. Everything but what callbacks and descriptors need is copied when the call starts. */
struct http_call {
    const char *method;               /* NULL: GET */
    const char *url;
    const struct http_header *headers;
    int         header_count;
    const void *body;
    size_t      body_bytes;
    const struct http_file *upload;   /* instead of body: a piece of a file; open until the call is done */
    const struct http_file *download; /* a 2xx answer goes there, at most so many bytes; other answers are collected */
    bool      (*on_data)(void *context, const void *bytes, size_t size); /* gets a 2xx answer piece by piece instead;
                                                                          * false ends the call */
    void      (*on_done)(void *context, const struct http_result *result);
    void       *context;
    int64_t     connect_ms, total_ms; /* 0: the default of limits.h; total_ms -1: no end (streams) */
    int64_t     low_speed_bytes_s, low_speed_s; /* give up when slower than this for so long; 0: never */
    size_t      max_bytes;            /* of a collected answer; 0: the default of limits.h */
    const char *ca_file;              /* NULL: those of the system */
    const char *unix_socket;          /* connect there instead of the url's host */
    const char *proxy;                /* NULL: none; never used for loopback */
};

/* Texts are NULL if the header wasn't there, and live until on_done returns, or in http_fetch()'s arena. */
struct http_result {
    struct error error;               /* ERROR_NONE: an answer came, of whatever status */
    int          status;
    const char  *content_type, *etag, *location;
    int64_t      retry_after_s;       /* -1: not said, or said as a date */
    bool         replayed;            /* Idempotency-Replayed: true */
    const char  *body;                /* what was collected, with a 0 behind it; "" if nothing was */
    size_t       body_bytes;
    int64_t      received_bytes;      /* of the answer's body, wherever it went */
};

struct http_client;
struct http_exchange;

struct http_client *http_client_create(struct loop *loop, struct error *error);
/* Ends calls under way without their on_done. Not from inside a callback of its own. NULL is fine. */
void http_client_destroy(struct http_client *client);

/* Starts a call; on_done comes exactly once, from the loop, never from inside this function. NULL with error, and no
 * on_done, if it can't be started. May be called from on_data and on_done. */
struct http_exchange *http_client_send(struct http_client *client, const struct http_call *call, struct error *error);
/* Ends a call without its on_done. From anywhere on the loop's thread, also from the call's own on_data; not once
 * its on_done has begun, when the exchange is gone already. */
void http_exchange_cancel(struct http_exchange *exchange);

/* One call, waited for. on_done isn't used. True if an answer came; its texts are in the arena. */
bool http_fetch(const struct http_call *call, struct arena *arena, struct http_result *result, struct error *error);

#endif
