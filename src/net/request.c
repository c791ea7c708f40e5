/* SPDX-License-Identifier: EUPL-1.2 */
/* request.c - from the library's callbacks to on_head, on_request, on_gone and on_end.
 *
 * The library calls request_begin() when a request line is complete, request_access() when the head is, for each
 * piece of the body, and once more behind the last; request_completed() when it is done with the request. Between
 * suspending (request kept) and resuming (request answered) it calls nothing, so a kept request can't be freed
 * under its keeper: the only way out is an answer or http_server_destroy(). */
#include "net/server_internal.h"

#include <stdlib.h>
#include <string.h>

void *request_begin(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    (void)cls;
    struct http_connection *connection = connection_of(mhd);
    if (!connection) return NULL;
    size_t length = strlen(uri), header = (sizeof(struct http_request) + 15) & ~(size_t)15;
    bool is_long = length > HTTP_TARGET_BYTES;
    size_t room = is_long ? 0 : (target_room(uri) + 15) & ~(size_t)15;
    struct http_request *request = calloc(1, header + room + length + 1);
    if (!request) return NULL;
    *request = (struct http_request){ .connection = connection, .spool_fd = -1, .target_is_long = is_long };
    request->raw_target = (char *)request + header + room;
    memcpy(request->raw_target, uri, length + 1);
    request->target_is_valid = !is_long && target_parse(request->raw_target, &request->target, (char *)request + header);
    if (!request->target_is_valid) request->target.path = "", request->target.parameter_count = 0;
    connection->request = request;
    if (connection->phase == PHASE_IDLE) connection_phase(connection, PHASE_HEAD);
    /* The library would now index the query a second time; one with a thousand '&' fills its memory and hangs the
     * connection (0.9.75). The text is its own buffer, const only by courtesy; it gets an empty query to read. */
    char *query = strchr((char *)(uintptr_t)uri, '?');
    if (query) query[1] = 0;
    return request;
}

static void request_head(struct http_request *request, const char *url, const char *method, const char *version)
{
    const struct http_server_options *options = &request->connection->server->options;
    int status = 0;
    request->method = method;
    const char *code = head_fault(request, url, version, &status);
    if (code) {
        request_fault(request, status, code);
        return;
    }
    request->announced = true;
    options->on_head(options->context, request);
    if (request->state != REQUEST_HEAD) return; /* refused */
    if (!body_begin(request, &status, &code)) {
        request_fault(request, status, code);
        return;
    }
    request->state = REQUEST_BODY;
    connection_phase(request->connection, PHASE_BODY);
}

void request_tell_gone(struct http_request *request)
{
    const struct http_server_options *options = &request->connection->server->options;
    if (request->gone) return;
    request->gone = true;
    if (request->state == REQUEST_KEPT && options->on_gone) options->on_gone(options->context, request);
}

static enum MHD_Result request_ready(struct http_request *request)
{
    struct http_connection *connection = request->connection;
    const struct http_server_options *options = &connection->server->options;
    body_end(request);
    request->state = REQUEST_READY;
    request->gone = connection->hung_up;
    options->on_request(options->context, request);
    if (request->state == REQUEST_REFUSED) return MHD_NO; /* no memory for its answer */
    if (request->state != REQUEST_READY) return MHD_YES;
    request->state = REQUEST_KEPT;
    connection_phase(connection, PHASE_KEPT);
    MHD_suspend_connection(connection->mhd);
    if (request->gone) {
        request->gone = false; /* it was known to us, not yet told */
        request_tell_gone(request);
    }
    return MHD_YES;
}

static void request_body(struct http_request *request, const char *data, size_t size)
{
    int status;
    const char *code;
    if (!body_add(request, data, size, &status, &code)) request_fault(request, status, code);
}

enum MHD_Result request_access(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **context)
{
    (void)cls, (void)mhd;
    struct http_request *request = *context;
    size_t count = *size;
    *size = 0;
    if (!request || (request->connection->phase == PHASE_LINGER && count == 0)) return MHD_NO;
    switch (request->state) {
    case REQUEST_HEAD:
        request_head(request, url, method, version);
        return MHD_YES;
    case REQUEST_DISCARD:
        request->body_bytes += count;
        return count > 0 ? MHD_YES : response_queue(request, request->response);
    case REQUEST_BODY:
        if (count == 0) return request_ready(request);
        request_body(request, data, count);
        return MHD_YES;
    case REQUEST_REFUSED:
        return count > 0 ? MHD_YES : MHD_NO;
    case REQUEST_KEPT: /* resumed without an answer: the server is being destroyed */
    case REQUEST_READY:
        return MHD_NO;
    case REQUEST_ANSWERED:
        return MHD_YES;
    }
    return MHD_NO;
}

void request_completed(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code)
{
    (void)mhd, (void)code;
    struct http_server *server = cls;
    struct http_request *request = *context;
    if (!request) return;
    *context = NULL;
    struct http_connection *connection = request->connection;
    if (request->announced && server->options.on_end) server->options.on_end(server->options.context, request);
    if (request->response) MHD_destroy_response(request->response);
    body_free(request);
    free(request);
    connection->request = NULL;
    if (connection->phase == PHASE_DEAD) return;
    connection_phase(connection, PHASE_IDLE);
    if (server->draining) connection->deadline_ms = 0; /* shut at the next tick; its answer is on its way */
}

const char *http_request_method(const struct http_request *request) { return request->method ? request->method : ""; }
const char *http_request_path(const struct http_request *request) { return request->target.path; }
const char *http_request_target(const struct http_request *request) { return request->raw_target; }
const char *http_request_peer(const struct http_request *request) { return request->connection->peer; }
bool http_request_is_gone(const struct http_request *request) { return request->gone; }
void **http_request_user(struct http_request *request) { return &request->user; }

const char *http_request_query(const struct http_request *request, const char *name)
{
    for (int i = 0; i < request->target.parameter_count; i++)
        if (strcmp(request->target.parameters[i].name, name) == 0) return request->target.parameters[i].value;
    return NULL;
}

int http_request_query_count(const struct http_request *request) { return request->target.parameter_count; }

void http_request_query_at(const struct http_request *request, int index, const char **name, const char **value)
{
    CHECK(index >= 0 && index < request->target.parameter_count);
    *name = request->target.parameters[index].name;
    *value = request->target.parameters[index].value;
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection->mhd, MHD_HEADER_KIND, name);
}
