/* SPDX-License-Identifier: EUPL-1.2 */
/* exchange.h - one call and its answer as libcurl sees it; shared by client.c and fetch.c. */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include "net/client.h"
#include "net/limits.h"

#include <curl/curl.h>

struct http_exchange {
    CURL                 *easy;
    struct curl_slist    *headers;
    struct http_call      call;    /* its callbacks and figures; its texts aren't ours */
    struct http_file      upload, download;
    int64_t               uploaded_bytes, received_bytes;
    char                 *body;
    size_t                body_bytes, body_room;
    char                  content_type[CLIENT_FIELD_BYTES], etag[CLIENT_FIELD_BYTES], location[CLIENT_FIELD_BYTES];
    int64_t               retry_after_s;
    bool                  replayed;
    struct error          error;   /* why we ended it ourselves */
    char                  curl_error[CURL_ERROR_SIZE];

    /* client.c's */
    struct http_client   *client;
    struct http_exchange *next, **link;
    bool                  added, cancelled;
};

struct http_exchange *exchange_create(const struct http_call *call, struct error *error);
void exchange_destroy(struct http_exchange *exchange);

/* What came of it. Texts point into the exchange. */
void exchange_result(const struct http_exchange *exchange, CURLcode code, struct http_result *result);

#endif
