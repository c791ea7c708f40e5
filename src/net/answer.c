/* SPDX-License-Identifier: EUPL-1.2 */
/* answer.c - answers and refusals.
 *
 * The library can be given an answer at two moments only: when the head is complete, and then it ends the connection
 * behind it without reading the body, which resets the connection of a client that is still sending; or when the
 * body is complete. So a refusal takes one of three ways: a request without a body, or with a small one, is read to
 * its end and answered then, and the connection lives; a client that waits for "100 Continue" is answered at once;
 * and one that sends much is told past the library (connection_refuse), which keeps reading for a moment. */
#include "net/server_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void answer_body_free(const struct http_answer *answer)
{
    /* From malloc() by the contract of HTTP_BODY_FREE; const only for the other two owners. */
    if (answer->owner == HTTP_BODY_FREE) free((void *)(uintptr_t)answer->body);
}

static bool header_is_valid(const struct http_header *header)
{
    return field_name_is_valid(header->name, strlen(header->name)) &&
           field_value_is_valid(header->value, strlen(header->value));
}

static void headers_add(struct MHD_Response *response, const struct http_header *headers, int count)
{
    for (int i = 0; i < count && i < HTTP_ANSWER_HEADERS; i++)
        if (header_is_valid(&headers[i])) (void)MHD_add_response_header(response, headers[i].name, headers[i].value);
}

struct MHD_Response *response_dress(struct http_server *server, const struct http_answer *answer,
                                    struct MHD_Response *response)
{
    if (!response) return NULL;
    if (answer->content_type) (void)MHD_add_response_header(response, "Content-Type", answer->content_type);
    headers_add(response, server->options.headers, server->options.header_count);
    headers_add(response, answer->headers, answer->header_count);
    if (answer->close || server->draining) (void)MHD_add_response_header(response, "Connection", "close");
    return response;
}

static struct MHD_Response *response_create(struct http_server *server, const struct http_answer *answer)
{
    static const enum MHD_ResponseMemoryMode modes[] = { [HTTP_BODY_COPY] = MHD_RESPMEM_MUST_COPY,
                                                         [HTTP_BODY_STATIC] = MHD_RESPMEM_PERSISTENT,
                                                         [HTTP_BODY_FREE] = MHD_RESPMEM_MUST_FREE };
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body_bytes, (void *)(uintptr_t)answer->body, modes[answer->owner]);
    if (!response) answer_body_free(answer);
    return response_dress(server, answer, response);
}

/* Gives the response to the library; it is the library's from then on. */
enum MHD_Result response_queue(struct http_request *request, struct MHD_Response *response)
{
    if (request->response == response) request->response = NULL;
    if (!response) return MHD_NO;
    request->state = REQUEST_ANSWERED;
    connection_phase(request->connection, PHASE_ANSWER);
    enum MHD_Result queued = MHD_queue_response(request->connection->mhd, (unsigned)request->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* The answer to a request that is ready or kept. False if there was no memory for it: the connection ends then. */
bool response_send(struct http_request *request, struct MHD_Response *response, int status)
{
    struct http_connection *connection = request->connection;
    bool kept = request->state == REQUEST_KEPT;
    CHECK(kept || request->state == REQUEST_READY);
    request->status = status;
    bool queued = response_queue(request, response) == MHD_YES;
    if (!queued) request->state = REQUEST_REFUSED;
    if (kept) connection_resume(connection);
    return queued;
}

static void request_refuse(struct http_request *request, const struct http_answer *answer)
{
    struct http_server *server = request->connection->server;
    request->status = answer->status;
    if (!request->body_is_doubtful && !request->is_waiting && request->body_is_expected &&
        request->body_declared > HTTP_DISCARD_BYTES) {
        connection_refuse(request->connection, answer);
        answer_body_free(answer);
        return;
    }
    request->response = response_create(server, answer);
    if (!request->response) request->state = REQUEST_REFUSED;
    else if (request->body_is_doubtful || request->is_waiting) (void)response_queue(request, request->response);
    else {
        request->state = REQUEST_DISCARD;
        connection_phase(request->connection, PHASE_BODY);
    }
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    if (request->state == REQUEST_HEAD) {
        request_refuse(request, answer);
        return;
    }
    (void)response_send(request, response_create(request->connection->server, answer), answer->status);
}

void http_answer_file(struct http_request *request, const struct http_answer *answer, int fd, uint64_t offset,
                      uint64_t size)
{
    struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(size, fd, offset);
    if (!response) close(fd);
    (void)response_send(request, response_dress(request->connection->server, answer, response), answer->status);
}

void fault_fill(struct http_server *server, const struct http_request *request, int status, const char *code,
                struct http_answer *answer, struct fault_text *text)
{
    static const struct http_header wait[] = { { "Retry-After", "1" } }, plain[] = { { "Accept-Encoding", "identity" } };
    int length = snprintf(text->body, sizeof text->body,
                          "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\"}\n",
                          MHD_get_reason_phrase_for((unsigned)status), status, code);
    *answer = (struct http_answer){ .status = status, .content_type = "application/problem+json", .body = text->body,
                                    .body_bytes = (size_t)length, .close = true };
    if (status == 503) answer->headers = wait, answer->header_count = 1;
    if (status == 415) answer->headers = plain, answer->header_count = 1;
    if (server->options.on_fault) server->options.on_fault(server->options.context, request, code, answer);
}

void request_fault(struct http_request *request, int status, const char *code)
{
    struct http_answer answer;
    struct fault_text text;
    fault_fill(request->connection->server, request, status, code, &answer, &text);
    if (request->state == REQUEST_HEAD) {
        request_refuse(request, &answer);
        return;
    }
    connection_refuse(request->connection, &answer);
    answer_body_free(&answer);
}

static size_t put(char *to, size_t room, size_t used, const char *name, const char *value)
{
    if (used >= room) return used;
    int length = snprintf(to + used, room - used, "%s: %s\r\n", name, value);
    return used + (size_t)length;
}

/* The whole answer as it goes over the wire, always the connection's last. An answer that doesn't fit loses its body;
 * 0 if not even its head fits. */
size_t answer_format(const struct http_server *server, const struct http_answer *answer, char *to, size_t room)
{
    char digits[24];
    size_t used = (size_t)snprintf(to, room, "HTTP/1.1 %d %s\r\n", answer->status,
                                   MHD_get_reason_phrase_for((unsigned)answer->status));
    if (answer->content_type) used = put(to, room, used, "Content-Type", answer->content_type);
    for (int i = 0; i < server->options.header_count; i++)
        used = put(to, room, used, server->options.headers[i].name, server->options.headers[i].value);
    for (int i = 0; i < answer->header_count; i++)
        if (header_is_valid(&answer->headers[i]))
            used = put(to, room, used, answer->headers[i].name, answer->headers[i].value);
    bool fits = used + answer->body_bytes + 128 < room;
    snprintf(digits, sizeof digits, "%zu", fits ? answer->body_bytes : 0);
    used = put(to, room, used, "Content-Length", digits);
    used = put(to, room, used, "Connection", "close");
    if (used + 2 >= room) return 0;
    memcpy(to + used, "\r\n", 2);
    used += 2;
    if (!fits || answer->body_bytes == 0) return used;
    memcpy(to + used, answer->body, answer->body_bytes);
    return used + answer->body_bytes;
}
