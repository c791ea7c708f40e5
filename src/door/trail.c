/* SPDX-License-Identifier: EUPL-1.2 */
/* trail.c - a certificate log died of one flipped bit between what it had hashed and what it had stored (Yeti, 2022). So the
 * tree is made of what is read back from the database, never of what was about to be written. */
#include "door/trail.h"

#include <string.h>

enum { CHECKED_AT_ONCE = 5000, PAGE = 50, EVENT_BYTES_MAX = 1024 * 1024 }; /* an event's row; its leaf takes three times that while it's written */

/* The next few events. *left says how many are still wanted; fewer than a page of them: the trail ends here. */
static bool read_page(struct trail *trail, struct store *store, int *left, struct arena *rows, struct arena *leaves, struct error *error)
{
    struct store_list events;
    const struct store_value after = STORE_NUMBER((int64_t)trail->tree.size);
    int room = *left < PAGE ? *left : PAGE;
    if (!store_select(store, &event_shape, "WHERE sequence > $1 ORDER BY sequence", &after, 1, room, rows, &events, error)) return false;
    for (int i = 0; i < events.count; i++) {
        const struct event *event = &((const struct event *)events.rows)[i];
        if (event->sequence != (int64_t)trail->tree.size + 1) return error_set(error, ERROR_STORE, "the trail has a gap behind event %lld", (long long)trail->tree.size);
        struct hash leaf = leaf_of(event, leaves);
        merkle_add(&trail->tree, &leaf);
        arena_reset(leaves);
    }
    *left = events.count == room ? *left - room : 0;
    return true;
}

bool trail_read(struct trail *trail, struct store *store, int room, struct error *error)
{
    struct arena rows, leaves;
    bool ok = true;
    arena_init(&rows, (size_t)PAGE * EVENT_BYTES_MAX);
    arena_init(&leaves, (size_t)4 * EVENT_BYTES_MAX);
    for (int left = room; ok && left > 0; arena_reset(&rows)) ok = read_page(trail, store, &left, &rows, &leaves, error);
    arena_finish(&rows);
    arena_finish(&leaves);
    return ok;
}

static bool newest_checkpoint(struct store *store, struct arena *arena, const struct checkpoint **newest, struct error *error)
{
    struct store_list list;
    *newest = NULL;
    if (!store_select(store, &checkpoint_shape, "ORDER BY size DESC", NULL, 0, 1, arena, &list, error)) return false;
    if (list.count) *newest = list.rows;
    return true;
}

/* By the server's own key: who can change the events can sign with another one. */
static bool matches(const struct trail *trail, const struct checkpoint *checkpoint, const char *network, const unsigned char *public, struct arena *arena, struct error *error)
{
    char root[HASH_HEX + 1], key[2 * SIGN_PUBLIC_BYTES + 1];
    struct hash hash = merkle_root(&trail->tree);
    hex_format(hash.bytes, HASH_BYTES, root);
    hex_format(public, SIGN_PUBLIC_BYTES, key);
    bool same = strcmp(root, checkpoint->root) == 0 && strcmp(key, checkpoint->key) == 0 && checkpoint_is_signed(checkpoint, network, arena);
    return same || error_set(error, ERROR_STORE, "the trail isn't what was signed for %lld events: it was changed, or the database is another one", (long long)checkpoint->size);
}

bool trail_check(struct trail *trail, struct store *store, const char *network, const unsigned char public[SIGN_PUBLIC_BYTES], struct error *error)
{
    struct arena arena;
    const struct checkpoint *newest;
    arena_init(&arena, 1024 * 1024);
    bool ok = newest_checkpoint(store, &arena, &newest, error);
    int64_t upto = ok && newest ? newest->size : 0;
    while (ok && (int64_t)trail->tree.size < upto) {
        int64_t left = upto - (int64_t)trail->tree.size, before = (int64_t)trail->tree.size;
        ok = trail_read(trail, store, left < CHECKED_AT_ONCE ? (int)left : CHECKED_AT_ONCE, error);
        if (ok && (int64_t)trail->tree.size == before)
            ok = error_set(error, ERROR_STORE, "the trail ends at event %lld, but %lld were signed", (long long)before, (long long)upto);
    }
    if (ok && newest) ok = matches(trail, newest, network, public, &arena, error);
    arena_finish(&arena);
    return ok;
}
