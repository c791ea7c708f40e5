/* SPDX-License-Identifier: EUPL-1.2 */
/* fetch.c - one call that is waited for: the command line's way. */
#include "net/exchange.h"

#include <string.h>

/* Everything the result points to moves into the arena, so that it outlives the exchange. */
static bool result_keep(struct http_result *result, struct arena *arena, struct error *error)
{
    size_t wanted = result->body_bytes + 4 * CLIENT_FIELD_BYTES;
    if (wanted > arena->limit_bytes || arena->used_bytes > arena->limit_bytes - wanted)
        return error_set(error, ERROR_PROTOCOL, "the answer is larger than expected: %zu bytes", result->body_bytes);
    result->content_type = arena_text(arena, result->content_type);
    result->etag = arena_text(arena, result->etag);
    result->location = arena_text(arena, result->location);
    result->body = arena_text_n(arena, result->body, result->body_bytes);
    return true;
}

bool http_fetch(const struct http_call *call, struct arena *arena, struct http_result *result, struct error *error)
{
    struct http_exchange *exchange = exchange_create(call, error);
    if (!exchange) return false;
    CURLcode code = curl_easy_perform(exchange->easy);
    exchange_result(exchange, code, result);
    bool answered = result->error.code == ERROR_NONE;
    if (!answered) *error = result->error;
    else answered = result_keep(result, arena, error);
    exchange_destroy(exchange);
    return answered;
}
