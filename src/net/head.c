/* SPDX-License-Identifier: EUPL-1.2 */
/* head.c - is this head one that every server between the client and us reads the same way?
 *
 * The HTTP library is lenient where request smuggling lives: it takes bare LF as a line's end, joins folded lines,
 * cuts a value at a 0 byte, skips spaces in the request line, believes the first of two lengths. Its parser works in
 * place: names and values it hands out point into the head as it came. So the head is walked once by address: each
 * field must begin exactly where the one before ended with CR LF, and the last must end where the library says the
 * head ends. Whatever was skipped, joined or cut shows as a gap, and a gap is refused. Should another version of the
 * library copy fields elsewhere, every request is refused and the first test fails; it can't fail open. */
#include "net/server_internal.h"

#include <string.h>
#include <strings.h>

struct head_walk {
    uintptr_t   next; /* where the next field must begin */
    bool        is_whole;
    int         fields, hosts, lengths, encodings, authorizations;
    const char *host, *length, *encoding, *content_encoding, *expect;
};

static bool name_is(const char *name, size_t length, const char *wanted)
{
    return strlen(wanted) == length && strncasecmp(name, wanted, length) == 0;
}

static void field_count(struct head_walk *walk, const char *name, size_t length, const char *value)
{
    if (name_is(name, length, "Host")) walk->hosts++, walk->host = value;
    if (name_is(name, length, "Content-Length")) walk->lengths++, walk->length = value;
    if (name_is(name, length, "Transfer-Encoding")) walk->encodings++, walk->encoding = value;
    if (name_is(name, length, "Authorization")) walk->authorizations++;
    if (name_is(name, length, "Content-Encoding")) walk->content_encoding = value;
    if (name_is(name, length, "Expect")) walk->expect = value;
}

static enum MHD_Result field_walk(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_length,
                                  const char *value, size_t value_length)
{
    (void)kind;
    struct head_walk *walk = cls;
    walk->fields++;
    bool is_whole = value && (uintptr_t)name == walk->next && (uintptr_t)value > (uintptr_t)name + name_length &&
                    field_name_is_valid(name, name_length) && field_value_is_valid(value, value_length);
    /* Between name and value stood a colon (now 0) and blanks, nothing else. */
    for (const char *c = name + name_length + 1; is_whole && c < value; c++) is_whole = *c == ' ' || *c == '\t';
    if (!is_whole) {
        walk->is_whole = false;
        return MHD_NO;
    }
    walk->next = (uintptr_t)value + value_length + 2;
    field_count(walk, name, name_length, value);
    return MHD_YES;
}

static bool request_line_is_whole(const struct http_request *request, const char *url, const char *version)
{
    uintptr_t method = (uintptr_t)request->method;
    size_t method_length = strlen(request->method);
    return field_name_is_valid(request->method, method_length) && (uintptr_t)url == method + method_length + 1 &&
           (uintptr_t)version == (uintptr_t)url + strlen(request->raw_target) + 1;
}

/* True if the body's length is said once and in one way (RFC 9112, 6.3). */
static bool framing_read(struct http_request *request, const struct head_walk *walk, bool is_1_1)
{
    if (walk->encodings == 0) {
        if (walk->lengths == 0) return true;
        uint64_t declared = 0;
        size_t digits = strlen(walk->length);
        if (walk->lengths > 1 || digits == 0 || digits > 18) return false;
        for (const char *c = walk->length; *c; c++) {
            if (*c < '0' || *c > '9') return false;
            declared = declared * 10 + (uint64_t)(*c - '0');
        }
        request->body_declared = declared;
        request->body_is_expected = declared > 0;
        return true;
    }
    request->body_declared = UINT64_MAX;
    request->body_is_expected = true;
    return walk->encodings == 1 && walk->lengths == 0 && is_1_1 && strcasecmp(walk->encoding, "chunked") == 0;
}

static const char *host_fault(const struct http_request *request, const struct head_walk *walk, int *status)
{
    const struct http_server *server = request->connection->server;
    const struct http_server_options *options = &server->options;
    const char *authority = request->target.authority;
    *status = 400;
    if (walk->hosts != 1) return "wrong-host";
    *status = 421;
    if (!host_is_allowed(walk->host, options->hosts, options->host_count, server->port)) return "wrong-host";
    if (authority && !host_is_allowed(authority, options->hosts, options->host_count, server->port)) return "wrong-host";
    return NULL;
}

/* Everything below trusts the bytes and asks what they mean; the order is the order of precedence. */
static const char *meaning_fault(struct http_request *request, const struct head_walk *walk, bool is_1_1, int *status)
{
    *status = 400;
    if (!framing_read(request, walk, is_1_1)) {
        request->body_is_doubtful = true;
        return "ambiguous-framing";
    }
    request->is_waiting = is_1_1 && walk->expect && strcasecmp(walk->expect, "100-continue") == 0;
    *status = 414;
    if (request->target_is_long) return "uri-too-long";
    const char *fault = host_fault(request, walk, status);
    if (fault) return fault;
    *status = 400;
    if (walk->authorizations > 1 || !request->target_is_valid) return "malformed-request";
    *status = 415;
    if (walk->content_encoding && strcasecmp(walk->content_encoding, "identity") != 0) return "encoding-not-supported";
    return NULL;
}

const char *head_fault(struct http_request *request, const char *url, const char *version, int *status)
{
    struct MHD_Connection *mhd = request->connection->mhd;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t size = info ? info->header_size : 0;
    struct head_walk walk = { .next = (uintptr_t)version + strlen(version) + 2, .is_whole = true };

    *status = 400;
    request->body_is_doubtful = true;
    if (!request_line_is_whole(request, url, version)) return "malformed-request";
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, field_walk, &walk);
    if (!walk.is_whole || walk.next + 2 != (uintptr_t)request->method + size) return "malformed-request";
    *status = 431;
    if (size > HTTP_HEAD_BYTES || walk.fields > HTTP_HEAD_FIELDS) return "headers-too-large";
    *status = 505;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) return "version-not-supported";
    request->body_is_doubtful = false;
    return meaning_fault(request, &walk, strcmp(version, "HTTP/1.1") == 0, status);
}
