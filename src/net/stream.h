/* SPDX-License-Identifier: EUPL-1.2 */
/* stream.h - an answer that goes on: bytes sent when they come up; in a text/event-stream a comment line
 * when none did for a while.
 *
 * Valid from http_stream_start() until its on_close, which comes exactly once, from the loop, never from inside one
 * of these functions. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/request.h"

struct http_stream;

/* Answers the request with a stream (from on_request on): answer's status, content type and headers; a body, if
 * given, is what it begins with. The request ends by itself; only the stream is used from now on. NULL if there is
 * no memory: the connection ends then, and on_close won't come. */
struct http_stream *http_stream_start(struct http_request *request, const struct http_answer *answer,
                                      void (*on_close)(void *context), void *context);

/* Puts bytes behind what waits. False if the stream is ending, or if more than its buffer would wait then: such a
 * reader is too slow and is cut off, so that it comes back and asks from its last event on. */
bool http_stream_send(struct http_stream *stream, const void *bytes, size_t size);
size_t http_stream_pending_bytes(const struct http_stream *stream);

/* Sends what waits, then closes. */
void http_stream_end(struct http_stream *stream);

#endif
