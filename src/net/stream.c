/* SPDX-License-Identifier: EUPL-1.2 */
/* stream.c - endless answers: the library asks for bytes; when there are none the connection is suspended, and the
 * next send resumes it.
 *
 * A stream holds memory only for what waits; a silent one costs a connection and this struct. It is freed by the
 * library's last word on its response, wherever that comes from: end, cut, peer gone, server destroyed. */
#include "net/server_internal.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 512, ROOM_KEEP = 1024, LIBRARY_BLOCK = 1024 };

struct http_stream {
    struct http_connection *connection;
    char                   *buffer;
    size_t                  room, start, length; /* bytes start .. start + length wait */
    bool                    suspended, ending, cut, has_heartbeat;
    int64_t                 last_send_ms;
    void                  (*on_close)(void *context);
    void                   *context;
};

static ssize_t stream_read(void *cls, uint64_t position, char *to, size_t room)
{
    (void)position;
    struct http_stream *stream = cls;
    if (stream->cut) return MHD_CONTENT_READER_END_OF_STREAM; /* the connection is shut down already; with an error the library would never say that it's closed */
    if (stream->length == 0) {
        if (stream->room > ROOM_KEEP) {
            free(stream->buffer);
            stream->buffer = NULL, stream->room = 0;
        }
        stream->start = 0;
        if (stream->ending) return MHD_CONTENT_READER_END_OF_STREAM;
        stream->suspended = true;
        MHD_suspend_connection(stream->connection->mhd);
        return 0;
    }
    size_t size = stream->length < room ? stream->length : room;
    memcpy(to, stream->buffer + stream->start, size);
    stream->start += size, stream->length -= size;
    return (ssize_t)size;
}

static void stream_free(void *cls)
{
    struct http_stream *stream = cls;
    stream->connection->stream = NULL;
    if (stream->on_close) stream->on_close(stream->context);
    free(stream->buffer);
    free(stream);
}

static void stream_wake(struct http_stream *stream)
{
    if (!stream->suspended) return;
    stream->suspended = false;
    connection_resume(stream->connection);
}

/* Room behind what waits: moves it to the front first, grows by doubling then. */
static bool stream_make_room(struct http_stream *stream, size_t size)
{
    if (stream->room - stream->start - stream->length >= size) return true;
    if (stream->start > 0) {
        memmove(stream->buffer, stream->buffer + stream->start, stream->length);
        stream->start = 0;
    }
    if (stream->room - stream->length >= size) return true;
    size_t room = stream->room ? stream->room : ROOM_FIRST;
    while (room - stream->length < size) room *= 2;
    char *buffer = realloc(stream->buffer, room);
    if (!buffer) return false;
    stream->buffer = buffer, stream->room = room;
    return true;
}

/* The connection's end at once: what waits is lost. */
void stream_cut(struct http_stream *stream)
{
    stream->cut = true;
    connection_abort(stream->connection);
    stream_wake(stream);
}

bool http_stream_send(struct http_stream *stream, const void *bytes, size_t size)
{
    size_t most = stream->connection->server->options.limits.stream_buffer_bytes;
    if (stream->cut || stream->ending) return false;
    if (size == 0) return true;
    if (size > most || stream->length > most - size || !stream_make_room(stream, size)) {
        stream_cut(stream);
        return false;
    }
    memcpy(stream->buffer + stream->start + stream->length, bytes, size);
    stream->length += size;
    stream->last_send_ms = clock_monotonic_ms();
    stream_wake(stream);
    return true;
}

size_t http_stream_pending_bytes(const struct http_stream *stream) { return stream->length; }

void http_stream_end(struct http_stream *stream)
{
    stream->ending = true;
    stream_wake(stream);
}

void stream_tick(struct http_stream *stream, int64_t now_ms)
{
    static const char comment[] = ": \n\n";
    /* What waits is as good as a heartbeat, and we don't fill a slow reader's buffer. */
    if (!stream->has_heartbeat || stream->length > 0) return;
    if (now_ms - stream->last_send_ms < stream->connection->server->options.limits.heartbeat_ms) return;
    (void)http_stream_send(stream, comment, sizeof comment - 1);
}

struct http_stream *http_stream_start(struct http_request *request, const struct http_answer *answer,
                                      void (*on_close)(void *context), void *context)
{
    struct http_connection *connection = request->connection;
    struct http_server *server = connection->server;
    CHECK(!server->destroying);
    struct http_stream *stream = calloc(1, sizeof *stream);
    struct MHD_Response *response =
        stream ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, LIBRARY_BLOCK, stream_read, stream, stream_free)
               : NULL;
    if (!response) {
        free(stream);
        answer_body_free(answer);
        (void)response_send(request, NULL, answer->status);
        return NULL;
    }
    *stream = (struct http_stream){ .connection = connection, .on_close = on_close, .context = context,
                                    .last_send_ms = clock_monotonic_ms() };
    stream->has_heartbeat = same_text(answer->content_type, "text/event-stream");
    int socket_bytes = server->options.limits.stream_socket_bytes;
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &socket_bytes, sizeof socket_bytes);
    connection->stream = stream;
    if (answer->body_bytes > 0) (void)http_stream_send(stream, answer->body, answer->body_bytes);
    answer_body_free(answer);
    if (server->draining) http_stream_end(stream);
    if (connection->hung_up) stream_cut(stream);
    struct http_answer last = *answer; /* a stream is its connection's last answer: its socket was made small */
    last.close = true;
    CHECK(response_send(request, response_dress(server, &last, response), answer->status));
    connection_phase(connection, PHASE_STREAM);
    return stream;
}
