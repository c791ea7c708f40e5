/* SPDX-License-Identifier: EUPL-1.2 */
/* checkpoint_test.c - the exact bytes of a leaf and of what is signed, and every way to bend a checkpoint. */
#include "core/trust/checkpoint.h"

#include <stdio.h>
#include <string.h>

static int fails(const char *what)
{
    printf("not ok - checkpoint: %s\n", what);
    return 1;
}

static const struct event submitted = {
    .sequence = 7, .at_ms = 1763635725123, .version = 1, .name = "job.submitted", .scope = "project:aura",
    .command = "ana \"key\"", .payload = "{\"pieces\":8, \"b\" : [1]}",
};
static const char submitted_bytes[] =
    "{\"sequence\":7,\"at_ms\":1763635725123,\"version\":1,\"name\":\"job.submitted\",\"actor\":\"ana\",\"subject\":\"job1\","
    "\"scope\":\"project:aura\",\"command\":\"ana \\\"key\\\"\",\"payload\":{\"pieces\":8, \"b\" : [1]}}";

static int leaf_fails(struct arena *arena)
{
    struct event event = submitted;
    event.actor = id_from("ana"), event.subject = id_from("job1");
    if (strcmp(event_leaf_bytes(&event, arena), submitted_bytes) != 0) return fails(event_leaf_bytes(&event, arena));
    struct hash wanted = sha256_2("\0", 1, submitted_bytes, strlen(submitted_bytes)), got = leaf_of(&event, arena);
    return hash_equal(&wanted, &got) ? 0 : fails("leaf");
}

/* What was changed | the network it is checked for; each row must make the signature fail, but the first. */
static const char *const bent[][2] = {
    { "nothing", "eu" }, { "nothing", "eu2" }, { "nothing", "" }, { "size", "eu" }, { "root", "eu" }, { "time", "eu" }, { "key", "eu" },
    { "signature", "eu" }, { "key case", "eu" }, { "no key", "eu" }, { "no signature", "eu" },
};

static void bend(struct checkpoint *checkpoint, const char *what, struct arena *arena)
{
    char *key = arena_text(arena, checkpoint->key), *root = arena_text(arena, checkpoint->root), *signature = arena_text(arena, checkpoint->signature);
    checkpoint->key = key, checkpoint->root = root, checkpoint->signature = signature;
    if (strcmp(what, "size") == 0) checkpoint->size++;
    else if (strcmp(what, "time") == 0) checkpoint->at_ms--;
    else if (strcmp(what, "root") == 0) root[63] = root[63] == '0' ? '1' : '0';
    else if (strcmp(what, "key") == 0) key[0] = key[0] == '0' ? '1' : '0';
    else if (strcmp(what, "signature") == 0) signature[9] = signature[9] == '0' ? '1' : '0';
    else if (strcmp(what, "key case") == 0) key[strcspn(key, "abcdef")] &= '_';
    else if (strcmp(what, "no key") == 0) checkpoint->key = "";
    else if (strcmp(what, "no signature") == 0) checkpoint->signature = "";
}

static int signature_fails(struct arena *arena)
{
    static const unsigned char seed[SIGN_SEED_BYTES] = "thirty-two bytes of no secret!!";
    struct sign_key key;
    struct merkle tree = { .size = 0 };
    struct checkpoint checkpoint;
    sign_key_from_seed(&key, seed);
    struct hash leaf = merkle_leaf("a", 1);
    merkle_add(&tree, &leaf);
    checkpoint_sign(&checkpoint, "eu", &tree, 1763635725123, &key, arena);
    const char *wanted = "aif/eu\n1\n022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c\n1763635725123\n";
    if (strcmp(checkpoint_text("eu", &checkpoint, arena), wanted) != 0) return fails(checkpoint_text("eu", &checkpoint, arena));
    for (int i = 0; i < countof(bent); i++) {
        struct checkpoint copy = checkpoint;
        bend(&copy, bent[i][0], arena);
        if (checkpoint_is_signed(&copy, bent[i][1], arena) == (i == 0)) continue;
        printf("not ok - checkpoint: %s, checked for \"%s\"\n", bent[i][0], bent[i][1]);
        return 1;
    }
    printf("ok - checkpoint: %d rows\n", countof(bent));
    return 0;
}

int main(void)
{
    struct arena arena;
    crypto_start();
    arena_init(&arena, 1 << 20);
    int failed = leaf_fails(&arena) || signature_fails(&arena);
    arena_finish(&arena);
    return failed;
}
