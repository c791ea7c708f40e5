/* SPDX-License-Identifier: EUPL-1.2 */
/* keys.c - which keys are being worked on: a second request with the same principal and key is told to wait for the first's
 * answer, so that it can't be taken for another one. What was answered is the door's business. */
#include "api/state.h"

#include <string.h>

static struct api_call **bucket_of(struct api_call *call)
{
    uint32_t sum = 2166136261u; /* FNV-1a: the table is small, and a full bucket only costs its owner's own requests some time */
    for (const char *c = call->principal.id.text; *c; c++) sum = (sum ^ (unsigned char)*c) * 16777619u;
    for (const char *c = call->key; *c; c++) sum = (sum ^ (unsigned char)*c) * 16777619u;
    return &call->api->keys[sum % KEY_BUCKETS];
}

bool key_take(struct api_call *call)
{
    struct api_call **bucket = bucket_of(call);
    for (const struct api_call *other = *bucket; other; other = other->same_key)
        if (id_equal(other->principal.id, call->principal.id) && strcmp(other->key, call->key) == 0) return false;
    call->same_key = *bucket;
    call->is_keyed = true;
    *bucket = call;
    return true;
}

void key_drop(struct api_call *call)
{
    if (!call->is_keyed) return;
    struct api_call **link = bucket_of(call);
    while (*link != call) link = &(*link)->same_key;
    *link = call->same_key;
    call->is_keyed = false;
}
