/* SPDX-License-Identifier: EUPL-1.2 */
/* body.c - a request's body, in memory or in a file.
 *
 * Memory grows with what has come, never with what was announced, and all bodies together have one limit. A file is
 * hashed while it is written; it is written on the loop's thread, into the page cache, at most one read buffer at a
 * time, and synced by whoever takes it. */
#include "net/server_internal.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM_FIRST = 4096 };

static bool spool_open(struct http_request *request)
{
    static const char name[] = "/upload-XXXXXX";
    size_t length = strlen(request->spool_folder);
    request->spool_path = malloc(length + sizeof name);
    if (!request->spool_path) return false;
    memcpy(request->spool_path, request->spool_folder, length);
    memcpy(request->spool_path + length, name, sizeof name);
    request->spool_fd = mkostemp(request->spool_path, O_CLOEXEC);
    if (request->spool_fd >= 0) {
        request->spool_stream = sha256_stream_create();
        return true;
    }
    free(request->spool_path);
    request->spool_path = NULL;
    return false;
}

bool body_begin(struct http_request *request, int *status, const char **code)
{
    *status = 413, *code = "body-too-large";
    if (request->body_is_expected && request->body_declared != UINT64_MAX && request->body_declared > request->body_max)
        return false;
    if (request->body_is_expected && request->body_max == 0) return false;
    *status = 507, *code = "storage-full";
    return request->body_rule != BODY_SPOOL || spool_open(request);
}

static bool memory_grow(struct http_request *request, size_t wanted)
{
    struct http_server *server = request->connection->server;
    if (wanted <= request->body_room) return true;
    size_t room = request->body_room ? request->body_room * 2 : ROOM_FIRST;
    uint64_t most = request->body_declared < request->body_max ? request->body_declared : request->body_max;
    if (room > most + 1) room = (size_t)most + 1;
    if (room < wanted) room = wanted;
    size_t more = room - request->body_room;
    if (more > server->options.limits.bodies_bytes ||
        server->bodies_bytes > server->options.limits.bodies_bytes - more) return false;
    char *body = realloc(request->body, room);
    if (!body) return false;
    server->bodies_bytes += more;
    request->body = body, request->body_room = room;
    return true;
}

static bool memory_add(struct http_request *request, const char *bytes, size_t size)
{
    size_t have = (size_t)request->body_bytes;
    if (!memory_grow(request, have + size + 1)) return false;
    memcpy(request->body + have, bytes, size);
    request->body[have + size] = 0;
    return true;
}

static bool spool_add(struct http_request *request, const char *bytes, size_t size)
{
    sha256_stream_add(request->spool_stream, bytes, size);
    return file_write_all(request->spool_fd, bytes, size);
}

bool body_add(struct http_request *request, const char *bytes, size_t size, int *status, const char **code)
{
    *status = 413, *code = "body-too-large";
    if (size > request->body_max - request->body_bytes) return false;
    *status = 503, *code = "busy";
    if (request->body_rule == BODY_MEMORY && !memory_add(request, bytes, size)) return false;
    *status = 507, *code = "storage-full";
    if (request->body_rule == BODY_SPOOL && !spool_add(request, bytes, size)) return false;
    request->body_bytes += size;
    return true;
}

void body_end(struct http_request *request)
{
    if (!request->spool_stream) return;
    request->spool_hash = sha256_stream_end(request->spool_stream);
    request->spool_stream = NULL;
}

void body_free(struct http_request *request)
{
    request->connection->server->bodies_bytes -= request->body_room;
    free(request->body);
    sha256_stream_destroy(request->spool_stream);
    if (request->spool_fd >= 0) {
        close(request->spool_fd);
        unlink(request->spool_path);
    }
    free(request->spool_path);
}

void http_body_memory(struct http_request *request, uint64_t max_bytes)
{
    CHECK(request->state == REQUEST_HEAD && max_bytes < SIZE_MAX / 2);
    request->body_rule = BODY_MEMORY, request->body_max = max_bytes;
}

void http_body_spool(struct http_request *request, const char *folder, uint64_t max_bytes)
{
    CHECK(request->state == REQUEST_HEAD);
    request->body_rule = BODY_SPOOL, request->body_max = max_bytes, request->spool_folder = folder;
}

const char *http_request_body(const struct http_request *request) { return request->body ? request->body : ""; }
uint64_t http_request_body_bytes(const struct http_request *request) { return request->body_bytes; }
const char *http_request_spool_path(const struct http_request *request) { return request->spool_path; }
int http_request_spool_fd(const struct http_request *request) { return request->spool_fd; }
struct hash http_request_spool_hash(const struct http_request *request) { return request->spool_hash; }

int http_request_spool_take(struct http_request *request)
{
    int fd = request->spool_fd;
    request->spool_fd = -1;
    return fd;
}
