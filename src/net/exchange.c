/* SPDX-License-Identifier: EUPL-1.2 */
/* exchange.c - a call turned into libcurl's options, and libcurl's callbacks turned into a result.
 *
 * Limits are checked on what arrives, not on what was announced. An answer that isn't a 2xx is always collected, also
 * when a stream or file was wanted: it is the problem document that says why. */
#include "net/exchange.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void curl_start(void) { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); }

static bool is_success(const struct http_exchange *exchange)
{
    long status = 0;
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static bool body_collect(struct http_exchange *exchange, const char *bytes, size_t size)
{
    size_t limit = exchange->call.max_bytes;
    if (size > limit || exchange->body_bytes > limit - size)
        return error_set(&exchange->error, ERROR_PROTOCOL, "the answer is larger than %zu bytes", limit);
    size_t wanted = exchange->body_bytes + size + 1;
    if (wanted > exchange->body_room) {
        size_t room = exchange->body_room * 2 > wanted ? exchange->body_room * 2 : wanted;
        char *body = realloc(exchange->body, room);
        if (!body) return error_set(&exchange->error, ERROR_IO, "no memory for an answer");
        exchange->body = body, exchange->body_room = room;
    }
    memcpy(exchange->body + exchange->body_bytes, bytes, size);
    exchange->body_bytes += size;
    exchange->body[exchange->body_bytes] = 0;
    return true;
}

static bool body_download(struct http_exchange *exchange, const char *bytes, size_t size)
{
    const struct http_file *file = &exchange->download;
    int64_t at = exchange->received_bytes;
    if ((int64_t)size > file->bytes - at)
        return error_set(&exchange->error, ERROR_PROTOCOL, "the answer is larger than %lld bytes", (long long)file->bytes);
    return file_write_all_at(file->fd, bytes, size, file->offset + at) || error_set_errno(&exchange->error, ERROR_IO, "can't write what was received");
}

static bool body_hand_on(struct http_exchange *exchange, const char *bytes, size_t size)
{
    if (exchange->call.on_data(exchange->call.context, bytes, size)) return true;
    return error_set(&exchange->error, ERROR_PROTOCOL, "ended by its receiver");
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context)
{
    (void)one;
    struct http_exchange *exchange = context;
    bool taken = !exchange->cancelled;
    if (taken && is_success(exchange) && exchange->call.on_data) taken = body_hand_on(exchange, bytes, size);
    else if (taken && is_success(exchange) && exchange->call.download) taken = body_download(exchange, bytes, size);
    else if (taken) taken = body_collect(exchange, bytes, size);
    exchange->received_bytes += (int64_t)size;
    return taken && !exchange->cancelled ? size : 0;
}

/* The value if the line is a field of that name, without blanks around it; copied into to if it fits. */
static bool field_read(const char *line, size_t length, const char *name, char *to, size_t room)
{
    size_t at = strlen(name);
    if (length <= at || line[at] != ':' || strncasecmp(line, name, at) != 0) return false;
    at++;
    while (at < length && (line[at] == ' ' || line[at] == '\t')) at++;
    while (length > at && strchr("\r\n \t", line[length - 1])) length--;
    if (length - at >= room) return false;
    memcpy(to, line + at, length - at);
    to[length - at] = 0;
    return true;
}

static size_t on_header(char *line, size_t one, size_t length, void *context)
{
    (void)one;
    struct http_exchange *exchange = context;
    char text[32];
    int64_t seconds;
    if (length > 5 && strncmp(line, "HTTP/", 5) == 0) { /* a new head: what stood before was a 100 */
        exchange->content_type[0] = exchange->etag[0] = exchange->location[0] = 0;
        exchange->retry_after_s = -1, exchange->replayed = false;
    }
    (void)field_read(line, length, "Content-Type", exchange->content_type, sizeof exchange->content_type);
    (void)field_read(line, length, "ETag", exchange->etag, sizeof exchange->etag);
    (void)field_read(line, length, "Location", exchange->location, sizeof exchange->location);
    if (field_read(line, length, "Retry-After", text, sizeof text) && text_to_number(text, &seconds) && seconds >= 0)
        exchange->retry_after_s = seconds;
    if (field_read(line, length, "Idempotency-Replayed", text, sizeof text)) exchange->replayed = strcmp(text, "true") == 0;
    return length;
}

static size_t on_upload(char *to, size_t one, size_t room, void *context)
{
    struct http_exchange *exchange = context;
    const struct http_file *file = &exchange->upload;
    int64_t left = file->bytes - exchange->uploaded_bytes;
    size_t wanted = (int64_t)(one * room) < left ? one * room : (size_t)left;
    if (exchange->cancelled) return CURL_READFUNC_ABORT;
    if (wanted == 0) return 0;
    ssize_t size = pread(file->fd, to, wanted, file->offset + exchange->uploaded_bytes);
    if (size > 0) {
        exchange->uploaded_bytes += size;
        return (size_t)size;
    }
    error_set(&exchange->error, ERROR_IO, "the file to send is shorter than said, or can't be read");
    return CURL_READFUNC_ABORT;
}

/* libcurl sends again from the start when a kept connection turns out to be dead. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    struct http_exchange *exchange = context;
    if (origin != SEEK_SET || offset < 0 || offset > exchange->upload.bytes) return CURL_SEEKFUNC_FAIL;
    exchange->uploaded_bytes = offset;
    return CURL_SEEKFUNC_OK;
}

#define SET(option, value) (set = curl_easy_setopt(exchange->easy, option, value) == CURLE_OK && set)

static bool body_set(struct http_exchange *exchange, const struct http_call *call)
{
    const char *method = call->method ? call->method : "GET";
    bool set = true, has_body = call->body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
    if (call->upload) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_READFUNCTION, on_upload), SET(CURLOPT_READDATA, exchange);
        SET(CURLOPT_SEEKFUNCTION, on_seek), SET(CURLOPT_SEEKDATA, exchange);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->upload->bytes);
    } else if (has_body) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_bytes);
        SET(CURLOPT_COPYPOSTFIELDS, call->body_bytes > 0 ? call->body : "");
    }
    if (strcmp(method, "HEAD") == 0) SET(CURLOPT_NOBODY, 1L);
    else SET(CURLOPT_CUSTOMREQUEST, method);
    return set;
}

static bool header_add(struct http_exchange *exchange, const char *line)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    if (longer) exchange->headers = longer;
    return longer;
}

static bool headers_set(struct http_exchange *exchange, const struct http_call *call)
{
    bool set = true, has_type = false;
    for (int i = 0; i < call->header_count && set; i++) {
        const struct http_header *header = &call->headers[i];
        char *line = NULL;
        has_type = has_type || strcasecmp(header->name, "Content-Type") == 0;
        if (strpbrk(header->name, ":;\r\n ") || strpbrk(header->value, "\r\n")) return false;
        /* libcurl wants a semicolon where the value is empty; with a colon it would drop the header. */
        set = asprintf(&line, *header->value ? "%s: %s" : "%s;", header->name, header->value) > 0 && header_add(exchange, line);
        free(line);
    }
    if (!has_type) set = header_add(exchange, "Content-Type:") && set; /* not libcurl's own "form" */
    SET(CURLOPT_HTTPHEADER, exchange->headers);
    return set;
}

static bool options_set(struct http_exchange *exchange, const struct http_call *call)
{
    bool set = true;
    SET(CURLOPT_URL, call->url);
    SET(CURLOPT_PRIVATE, exchange), SET(CURLOPT_ERRORBUFFER, exchange->curl_error);
    SET(CURLOPT_PROTOCOLS_STR, "http,https"), SET(CURLOPT_FOLLOWLOCATION, 0L), SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PROXY, call->proxy ? call->proxy : ""), SET(CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(call->connect_ms ? call->connect_ms : CLIENT_CONNECT_MS));
    if (call->total_ms >= 0) SET(CURLOPT_TIMEOUT_MS, (long)(call->total_ms ? call->total_ms : CLIENT_TOTAL_MS));
    SET(CURLOPT_LOW_SPEED_LIMIT, (long)call->low_speed_bytes_s), SET(CURLOPT_LOW_SPEED_TIME, (long)call->low_speed_s);
    SET(CURLOPT_WRITEFUNCTION, on_body), SET(CURLOPT_WRITEDATA, exchange);
    SET(CURLOPT_HEADERFUNCTION, on_header), SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    if (call->ca_file) SET(CURLOPT_CAINFO, call->ca_file);
    if (call->unix_socket) SET(CURLOPT_UNIX_SOCKET_PATH, call->unix_socket);
    return set;
}

struct http_exchange *exchange_create(const struct http_call *call, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, curl_start);
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange) return error_set(error, ERROR_IO, "no memory for a request"), NULL;
    exchange->call = *call;
    exchange->retry_after_s = -1;
    if (call->max_bytes == 0) exchange->call.max_bytes = CLIENT_BODY_BYTES;
    if (call->upload) exchange->upload = *call->upload;
    if (call->download) exchange->download = *call->download;
    exchange->easy = curl_easy_init();
    if (exchange->easy && options_set(exchange, call) && body_set(exchange, call) && headers_set(exchange, call))
        return exchange;
    error_set(error, ERROR_CONFIG, "a request can't be made as asked for: header, address or proxy isn't valid");
    exchange_destroy(exchange);
    return NULL;
}

void exchange_destroy(struct http_exchange *exchange)
{
    if (!exchange) return;
    curl_easy_cleanup(exchange->easy);
    curl_slist_free_all(exchange->headers);
    free(exchange->body);
    free(exchange);
}

static enum error_code code_of(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return ERROR_TIMEOUT;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return ERROR_CONFIG;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING: return ERROR_PROTOCOL;
    case CURLE_OUT_OF_MEMORY: return ERROR_IO;
    default: return ERROR_NETWORK;
    }
}

static const char *field_text(const char *field) { return *field ? field : NULL; }

void exchange_result(const struct http_exchange *exchange, CURLcode code, struct http_result *result)
{
    long status = 0;
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    *result = (struct http_result){
        .status = (int)status, .content_type = field_text(exchange->content_type), .etag = field_text(exchange->etag),
        .location = field_text(exchange->location), .retry_after_s = exchange->retry_after_s,
        .replayed = exchange->replayed, .body = exchange->body ? exchange->body : "",
        .body_bytes = exchange->body_bytes, .received_bytes = exchange->received_bytes,
    };
    if (code == CURLE_OK && status > 0) return;
    if (exchange->error.code != ERROR_NONE) result->error = exchange->error;
    else error_set(&result->error, code_of(code), "%s", *exchange->curl_error ? exchange->curl_error : curl_easy_strerror(code));
}
