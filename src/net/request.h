/* SPDX-License-Identifier: EUPL-1.2 */
/* request.h - one HTTP request, from its complete head until its answer is sent.
 *
 * Belongs to the loop's thread, like everything but loop_post(). A request is valid from on_head until on_end. A
 * handler that returns from on_request without answering keeps the request: it stays valid, whatever becomes of its
 * connection, until the keeper answers it (exactly once, also if the client is gone), or on_end comes first because
 * the server is being destroyed. */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include "base/crypto.h"
#include "net/header.h"

struct http_request;

/* Texts live as long as the request; absent ones are NULL. Lookups of parameters are exact, of headers caseless. */
const char *http_request_method(const struct http_request *request);
const char *http_request_path(const struct http_request *request);   /* decoded once; "" if it was malformed */
const char *http_request_target(const struct http_request *request); /* as it came, for logs */
const char *http_request_query(const struct http_request *request, const char *name); /* the first of that name */
int http_request_query_count(const struct http_request *request);
void http_request_query_at(const struct http_request *request, int index, const char **name, const char **value);
const char *http_request_header(const struct http_request *request, const char *name);
const char *http_request_peer(const struct http_request *request);   /* numeric address, without port */
bool http_request_is_gone(const struct http_request *request);       /* the client hung up or half closed */

/* A pointer for the handler's own use; net never looks at it. Free it in on_end. */
void **http_request_user(struct http_request *request);

/* Rules for the body, said in on_head: at most max_bytes in memory, or into a new file in folder. Without one, a
 * request with a body is answered 413. */
void http_body_memory(struct http_request *request, uint64_t max_bytes);
void http_body_spool(struct http_request *request, const char *folder, uint64_t max_bytes);

/* The whole body, from on_request on; a memory body has a 0 behind it. */
const char *http_request_body(const struct http_request *request);
uint64_t http_request_body_bytes(const struct http_request *request);
/* A spooled body: its file (mode 0600, not synced), its descriptor, its SHA-256. Removed with the request. */
const char *http_request_spool_path(const struct http_request *request);
int http_request_spool_fd(const struct http_request *request);
struct hash http_request_spool_hash(const struct http_request *request);
/* Hands file and descriptor to the caller, who closes the one and renames or removes the other. */
int http_request_spool_take(struct http_request *request);

enum http_body_owner {
    HTTP_BODY_COPY,   /* net copies it at once */
    HTTP_BODY_STATIC, /* it outlives the server */
    HTTP_BODY_FREE,   /* from malloc(); net frees it, whatever happens */
};

struct http_answer {
    int                       status;
    const char               *content_type; /* NULL: none */
    const void               *body;
    size_t                    body_bytes;
    enum http_body_owner      owner;
    const struct http_header *headers;      /* copied; one with a control character in it is left out */
    int                       header_count;
    bool                      close;        /* end the connection behind it */
};

/* Answers now. In on_head this refuses before the body is read; in on_request or later it is the answer. */
void http_answer(struct http_request *request, const struct http_answer *answer);

/* Answers with size bytes of a file from offset (sendfile); answer->body isn't used. From on_request on. Takes fd. */
void http_answer_file(struct http_request *request, const struct http_answer *answer, int fd, uint64_t offset,
                      uint64_t size);

#endif
