/* SPDX-License-Identifier: EUPL-1.2 */
/* server.h - an HTTP/1.1 server on our own loop: listens, refuses what is malformed, slow or too much, hands out the
 * rest as requests, drains. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "net/loop.h"
#include "net/request.h"
#include "net/stream.h"

struct http_server;

/* All of them positive; http_limits_default() fills in those of limits.h. */
struct http_limits {
    int      connections, connections_per_address;
    uint64_t bodies_bytes;            /* bodies in memory, of all requests together */
    size_t   stream_buffer_bytes;
    int      stream_socket_bytes;
    int64_t  rate_bytes_s, rate_window_ms; /* of request bodies and of answers being read */
    int64_t  head_ms, idle_ms, body_ms, linger_ms, heartbeat_ms, unacknowledged_ms, tick_ms;
};
struct http_limits http_limits_default(void);

struct http_server_options {
    const char *address;              /* numeric: "127.0.0.1", "::1", "0.0.0.0", "::" (both families) */
    uint16_t    port;                 /* 0: any free one, see http_server_port() */
    int         listen_fd;            /* > 0: a socket that listens already is used instead, and closed in the end */
    const char *const *hosts;         /* names people reach us by, beside the loopback ones; see host_is_allowed() */
    int         host_count;
    const struct http_header *headers;/* put on every answer, also of faults */
    int         header_count;
    struct http_limits limits;

    /* Pointers above and below must stay valid until http_server_destroy(). */
    void *context;
    void (*on_head)(void *context, struct http_request *request);    /* head complete: set a body rule or refuse */
    void (*on_request)(void *context, struct http_request *request); /* body complete: answer or keep */
    void (*on_gone)(void *context, struct http_request *request);    /* NULL or: the client of a kept one hung up */
    void (*on_end)(void *context, struct http_request *request);     /* NULL or: last word, once for each on_head */
    /* NULL or: words for a refusal of net's own. `answer` comes filled in as a small problem document and with the
     * headers its code needs; the request is NULL if no head was read. */
    void (*on_fault)(void *context, const struct http_request *request, const char *code, struct http_answer *answer);
};

/* Starts listening. Ignores SIGPIPE in the whole process. NULL with error if the address can't be had. */
struct http_server *http_server_create(struct loop *loop, const struct http_server_options *options,
                                       struct error *error);
/* Cuts what is left: every stream gets its on_close, every request its on_end. Not from inside one of the server's
 * own callbacks. NULL is fine. */
void http_server_destroy(struct http_server *server);

uint16_t http_server_port(const struct http_server *server);

/* Stops listening, ends streams and idle connections, finishes what was begun. Then, or after limit_ms, says so once
 * on the loop's thread: all_gone tells which. The server may be destroyed from there. */
void http_server_drain(struct http_server *server, int64_t limit_ms,
                       void (*on_drained)(void *context, bool all_gone), void *context);

#endif
