/* SPDX-License-Identifier: EUPL-1.2 */
/* trail.c - a certificate log died of one flipped bit between what it had hashed and what it had stored (Yeti, 2022). So the
 * tree is made of what is read back from the database, never of what was about to be written. */
#include "door/trail.h"

#include <string.h>

enum { PAGE = 500 };

bool trail_read(struct trail *trail, struct store *store, int room, struct error *error)
{
    struct arena arena;
    struct store_list events;
    arena_init(&arena, (size_t)256 * 1024 * 1024);
    const struct store_value after = STORE_NUMBER((int64_t)trail->tree.size);
    bool ok = store_select(store, &event_shape, "WHERE sequence > $1 ORDER BY sequence", &after, 1, room, &arena, &events, error);
    for (int i = 0; ok && i < events.count; i++) {
        const struct event *event = &((const struct event *)events.rows)[i];
        if (event->sequence != (int64_t)trail->tree.size + 1) {
            ok = error_set(error, ERROR_STORE, "the trail has a gap behind event %lld", (long long)trail->tree.size);
            break;
        }
        struct hash leaf = leaf_of(event, &arena);
        merkle_add(&trail->tree, &leaf);
    }
    arena_finish(&arena);
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

static bool matches(const struct trail *trail, const struct checkpoint *checkpoint, const char *network, struct arena *arena, struct error *error)
{
    char root[HASH_HEX + 1];
    struct hash hash = merkle_root(&trail->tree);
    hex_format(hash.bytes, HASH_BYTES, root);
    bool same = strcmp(root, checkpoint->root) == 0 && checkpoint_is_signed(checkpoint, network, arena);
    return same || error_set(error, ERROR_STORE, "the trail isn't what was signed for %lld events: it was changed, or the database is another one", (long long)checkpoint->size);
}

bool trail_check(struct trail *trail, struct store *store, const char *network, struct error *error)
{
    struct arena arena;
    const struct checkpoint *newest;
    arena_init(&arena, 1024 * 1024);
    bool ok = newest_checkpoint(store, &arena, &newest, error);
    int64_t upto = ok && newest ? newest->size : 0;
    while (ok && (int64_t)trail->tree.size < upto) {
        int64_t left = upto - (int64_t)trail->tree.size, before = (int64_t)trail->tree.size;
        ok = trail_read(trail, store, left < PAGE ? (int)left : PAGE, error);
        if (ok && (int64_t)trail->tree.size == before)
            ok = error_set(error, ERROR_STORE, "the trail ends at event %lld, but %lld were signed", (long long)before, (long long)upto);
    }
    if (ok && newest) ok = matches(trail, newest, network, &arena, error);
    arena_finish(&arena);
    return ok;
}
