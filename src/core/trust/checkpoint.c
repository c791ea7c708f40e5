/* SPDX-License-Identifier: EUPL-1.2 */
/* checkpoint.c - bytes that are hashed and signed; they never change their form, or old signatures end to hold.
 *
 * The signed text begins with the network's name, so that no checkpoint of one network passes for another's, and no signature
 * over something else (a record, an instruction: both begin with a brace) passes for a checkpoint. It's plain text of four
 * lines, in the manner of C2SP's tlog-checkpoint, so that people can rebuild it with printf. */
#include "core/trust/checkpoint.h"

#include "base/json.h"

#include <string.h>

char *event_leaf_bytes(const struct event *event, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_number_field(&writer, "sequence", event->sequence);
    json_number_field(&writer, "at_ms", event->at_ms);
    json_number_field(&writer, "version", event->version);
    json_text_field(&writer, "name", event->name);
    json_text_field(&writer, "actor", event->actor.text);
    json_text_field(&writer, "subject", event->subject.text);
    json_text_field(&writer, "scope", event->scope);
    json_text_field(&writer, "command", event->command);
    json_name(&writer, "payload");
    json_put_raw(&writer, event->payload);
    json_close(&writer, '}');
    return out.bytes;
}

struct hash leaf_of(const struct event *event, struct arena *arena)
{
    const char *bytes = event_leaf_bytes(event, arena);
    return merkle_leaf(bytes, strlen(bytes));
}

char *checkpoint_text(const char *network, const struct checkpoint *checkpoint, struct arena *arena)
{
    return arena_format(arena, "aif/%s\n%lld\n%s\n%lld\n", network, (long long)checkpoint->size, checkpoint->root,
                        (long long)checkpoint->at_ms);
}

static char *hex_of(const void *bytes, size_t size, struct arena *arena)
{
    char *hex = arena_take(arena, 2 * size + 1);
    hex_format(bytes, size, hex);
    return hex;
}

void checkpoint_sign(struct checkpoint *checkpoint, const char *network, const struct merkle *tree, int64_t at_ms,
                     const struct sign_key *key, struct arena *arena)
{
    unsigned char signature[SIGNATURE_BYTES];
    struct hash root = merkle_root(tree);
    CHECK(tree->size >= 1 && tree->size <= (uint64_t)NUMBER_MAX);
    *checkpoint = (struct checkpoint){ .size = (int64_t)tree->size, .root = hex_of(root.bytes, HASH_BYTES, arena), .at_ms = at_ms,
                                       .key = hex_of(key->public, SIGN_PUBLIC_BYTES, arena) };
    const char *text = checkpoint_text(network, checkpoint, arena);
    sign(key, text, strlen(text), signature);
    checkpoint->signature = hex_of(signature, SIGNATURE_BYTES, arena);
}

bool checkpoint_is_signed(const struct checkpoint *checkpoint, const char *network, struct arena *arena)
{
    unsigned char public[SIGN_PUBLIC_BYTES], signature[SIGNATURE_BYTES];
    const char *text = checkpoint_text(network, checkpoint, arena);
    return hex_parse(checkpoint->key, public, sizeof public) && hex_parse(checkpoint->signature, signature, sizeof signature) &&
           sign_verify(public, text, strlen(text), signature);
}
