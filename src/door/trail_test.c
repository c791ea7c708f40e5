/* SPDX-License-Identifier: EUPL-1.2 */
/* trail_test.c - a trail that was signed and then changed, in any column of any kind, shortened, or signed anew by somebody else,
 * isn't taken; one that only grew is. */
#include "door/test_world.h"
#include "door/trail.h"

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - trail: %s\n", what);
    return holds;
}

/* Reads what is on disk and has it signed, through the door. */
static bool sign_all(struct world *world, const struct sign_key *key)
{
    struct trail trail = { 0 };
    struct error error;
    struct checkpoint checkpoint;
    if (!trail_read(&trail, world->store, 1000000, &error)) return false;
    checkpoint_sign(&checkpoint, "net", &trail.tree, WORLD_NOW_MS, key, &world->arena);
    return world_do(world, COMMAND_AUDIT_CHECKPOINT, "server", NULL, &checkpoint).status == 201;
}

static bool check(struct world *world, struct trail *trail, struct error *error)
{
    *trail = (struct trail){ 0 };
    *error = (struct error){ 0 };
    return trail_check(trail, world->store, "net", world->server_key.public, error);
}

/* What somebody with the database in her hands may do | the beginning of what the next start says; NULL: it starts */
static const struct { const char *sql, *says; } change_table[] = {
    { "SELECT 1", NULL },
    { "UPDATE event SET payload = replace(payload, 'A', 'B') WHERE sequence = 1", NULL },  /* nothing to replace: nothing changed */
    { "UPDATE event SET payload = payload || ' ' WHERE sequence = 1", "the trail isn't what was signed" },
    { "UPDATE event SET payload = replace(payload, 'a', 'b') WHERE sequence = 9", "the trail isn't what was signed" },
    { "UPDATE event SET at_ms = at_ms + 1 WHERE sequence = 2", "the trail isn't what was signed" },
    { "UPDATE event SET at_ms = NULL WHERE sequence = 2", "the trail isn't what was signed" },
    { "UPDATE event SET version = 2 WHERE sequence = 3", "the trail isn't what was signed" },
    { "UPDATE event SET name = 'job.ended' WHERE sequence = 3", "the trail isn't what was signed" },
    { "UPDATE event SET actor = 'ana' WHERE sequence = 4", "the trail isn't what was signed" },
    { "UPDATE event SET subject = 'ana' WHERE sequence = 5", "the trail isn't what was signed" },
    { "UPDATE event SET scope = 'public' WHERE sequence = 6", "the trail isn't what was signed" },
    { "UPDATE event SET command = 'x' WHERE sequence = 7", "the trail isn't what was signed" },
    { "UPDATE event SET sequence = sequence + 1000 WHERE sequence = 8", "the trail has a gap behind event 7" },
    { "DELETE FROM event WHERE sequence = 1", "the trail has a gap behind event 0" },
    { "DELETE FROM event WHERE sequence = 5", "the trail has a gap behind event 4" },
    { "DELETE FROM event WHERE sequence = (SELECT max(sequence) FROM event)", "the trail ends at event" },
    { "DELETE FROM event", "the trail ends at event 0" },
    { "UPDATE checkpoint SET at_ms = at_ms + 1", "the trail isn't what was signed" },
    { "UPDATE checkpoint SET size = size - 1", "the trail isn't what was signed" },
    { "UPDATE checkpoint SET size = size + 1", "the trail ends at event" },
    { "UPDATE checkpoint SET root = replace(root, substr(root, 1, 1), '0') || ''", "the trail isn't what was signed" },
    { "UPDATE checkpoint SET signature = '00'", "the trail isn't what was signed" },
    { "UPDATE checkpoint SET key = ''", "the trail isn't what was signed" },
};

static bool change_holds(const char *sql, const char *wanted)
{
    static struct world world;
    struct trail trail;
    struct error error;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    CHECK(sign_all(&world, &world.server_key));
    /* who owns the file isn't stopped by triggers */
    CHECK(db_run_script(store_db(world.store), "DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete; DROP TRIGGER checkpoint_no_update", &error) &&
          db_run_script(store_db(world.store), sql, &error));
    bool ok = check(&world, &trail, &error), holds = wanted ? !ok && strncmp(error.text, wanted, strlen(wanted)) == 0 : ok && (int64_t)trail.tree.size == door_last_event(world.door);
    if (!holds) printf("not ok - trail: %s: got %s\n", sql, ok ? "taken" : error.text);
    world_close(&world);
    return holds;
}

/* Changed, and signed anew with another key: the checkpoint is right in itself, but it isn't the server's. */
static bool other_key_holds(void)
{
    static struct world world;
    struct trail trail = { 0 };
    struct error error;
    struct checkpoint checkpoint;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    CHECK(trail_read(&trail, world.store, 1000000, &error));
    checkpoint_sign(&checkpoint, "net", &trail.tree, WORLD_NOW_MS, &world.agent_key, &world.arena);
    CHECK(store_change(world.store, &(struct change){ CHANGE_ADD, &checkpoint_shape, &checkpoint }, &error));
    bool ok = says(!check(&world, &trail, &error), "another's signature was taken");
    world_close(&world);
    return ok;
}

/* It grows between signatures, over restarts, and is read in pieces of any size. */
static bool growth_holds(void)
{
    static struct world world;
    struct trail trail = { 0 }, pieces = { 0 };
    struct error error;
    bool ok = true;
    world_open(&world, ":memory:", 1000 * WORLD_JOB_S, NULL);
    ok = says(check(&world, &trail, &error) && trail.tree.size == 0, "without a checkpoint nothing is read");
    for (int i = 0; ok && i < 120; i++) {
        CHECK(world_submit(&world, "ana", arena_format(&world.arena, "k%d", i), "--time=1").status == 201);
        if (i % 50 != 7) continue;
        ok = says(sign_all(&world, &world.server_key) && !sign_all(&world, &world.server_key), "signed once") && says(check(&world, &trail, &error) && (int64_t)trail.tree.size == door_last_event(world.door), "checked");
    }
    ok = ok && says(check(&world, &trail, &error) && (int64_t)trail.tree.size < door_last_event(world.door), "with more behind the signature") && says(trail_read(&trail, world.store, 1000000, &error), "the rest");
    for (int room = 1; ok && (int64_t)pieces.tree.size < door_last_event(world.door); room = room * 3 % 101) {
        uint64_t before = pieces.tree.size;
        ok = says(trail_read(&pieces, world.store, room, &error), "a piece") &&
             says((int64_t)pieces.tree.size == (door_last_event(world.door) - (int64_t)before < room ? door_last_event(world.door) : (int64_t)before + room), "a piece's size");
    }
    struct hash a = merkle_root(&trail.tree), b = merkle_root(&pieces.tree);
    ok = ok && says(hash_equal(&a, &b), "pieces make another tree");
    for (int n = 1; ok && n <= 20; n++) { /* a failing disk is no changed trail: asked again, it's taken */
        db_fail_at(store_db(world.store), n);
        ok = says(!check(&world, &trail, &error) && error.code == ERROR_STORE && strstr(error.text, "planned"), "a failing call");
    }
    db_fail_at(store_db(world.store), 0);
    ok = ok && says(check(&world, &trail, &error), "asked again");
    world_close(&world);
    return ok;
}

/* The largest events there are, more of them than memory may hold at once. */
static bool large_events_hold(void)
{
    static struct world world;
    struct trail trail = { 0 };
    struct error error;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    CHECK(db_run(store_db(world.store), "INSERT INTO event (sequence, at_ms, version, name, actor, subject, scope, command, payload) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 220) "
                                        "SELECT (SELECT max(sequence) FROM event) + i, 1, 1, 'n', 'a', 's', 'network', 'c', '\"' || printf('%.*c', 299998, 'x') || '\"' FROM n", &error));
    bool ok = says(trail_read(&trail, world.store, 1000000, &error) && (int64_t)trail.tree.size == world_number(&world, "SELECT max(sequence) FROM event"), "large events");
    world_close(&world);
    return ok;
}

int main(void)
{
    bool ok = true;
    for (int i = 0; ok && i < countof(change_table); i++) ok = change_holds(change_table[i].sql, change_table[i].says);
    ok = ok && other_key_holds() && growth_holds() && large_events_hold();
    if (ok) printf("ok - trail: %d changes, another key, growth, large events\n", countof(change_table));
    return !ok;
}
