/* SPDX-License-Identifier: EUPL-1.2 */
/* memo.c - answers that are the same for everybody, kept until something happens: the catalogue, the network now, the first page.
 *
 * Anything that is committed and any word of an agent ends them, before whoever caused it is answered; a quarter of a second does
 * so too, because they tell the time. What was read before such a moment and comes back after it isn't kept. */
#include "api/state.h"

#include <stdlib.h>
#include <string.h>

static struct memo *memo_of(const struct api_call *call)
{
    const struct route *route = call->route;
    bool same_for_all = route->who == ROUTE_ANYBODY && route->verb == VERB_PUBLIC && route->read && !route->body && !*route->query;
    return same_for_all ? &call->api->memos[route - routes] : NULL;
}

bool memo_send(struct api_call *call)
{
    const struct memo *memo = memo_of(call);
    int64_t age_ms = memo ? call->now_ms - memo->made_ms : 0;
    if (!memo || !memo->bytes || memo->generation != call->api->generation || age_ms < 0 || age_ms >= API_MEMO_MS) return false;
    answer_text(call, memo->type, memo->bytes, memo->length);
    for (int i = 0; i < memo->header_count; i++) answer_header(call, memo->headers[i].name, memo->headers[i].value);
    call_send(call);
    return true;
}

/* The headers of these answers are constants. */
static void keep(struct api_call *call)
{
    struct memo *memo = memo_of(call);
    const struct api_answer *answer = &call->answer;
    if (answer->status == 200 && call->generation == call->api->generation) {
        char *bytes = realloc(memo->bytes, answer->length + 1);
        CHECK(bytes);
        memcpy(bytes, answer->bytes, answer->length);
        memo->bytes = bytes;
        memo->length = answer->length;
        memo->type = answer->type;
        memo->made_ms = call->now_ms;
        memo->generation = call->generation;
        memo->header_count = answer->header_count;
        memcpy(memo->headers, answer->headers, sizeof memo->headers);
    }
    call_send(call);
}

api_act *memo_then(struct api_call *call)
{
    call->generation = call->api->generation;
    return memo_of(call) ? keep : NULL;
}

void memo_forget(struct api *api) { api->generation++; }

void memo_finish(struct api *api)
{
    for (int i = 0; i < route_count; i++) free(api->memos[i].bytes);
    free(api->memos);
}
