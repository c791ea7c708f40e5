/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger_check_test.c - the check of the ledger, checked: a world with jobs that wait, run, ended and were cancelled balances; each
 * way to damage it by hand is found, by the rule that it breaks. It lies here because only the door makes such a world. */
#include "store/ledger_check.h"

#include "door/test_world.h"

#include <stdlib.h>
#include <unistd.h>

/* What is done behind the door's back, and the rules that must say so. $E a job that ended with a post, $L one that lives. */
static const struct damage { const char *sql, *rules; } damages[] = {
    { "UPDATE account SET credit = credit + 1 WHERE kind = 'allocation' AND project = 'aura'", "I1 I1" },
    { "UPDATE account SET debit = debit + 1 WHERE kind = 'pool' AND partition = 'lumi/gpu'", "I1 I1" },
    { "UPDATE account SET credit = credit + 1 WHERE kind = 'used' AND partition = 'lumi/gpu'", "I1 I1" },
    { "UPDATE account SET held = held + 1 WHERE kind = 'allocation' AND project = 'aura'", "I1" },
    { "UPDATE entry SET amount = amount + 1 WHERE kind = 'grant' AND project = 'aura'", "I1 I1" },
    { "UPDATE entry SET amount = amount + 1 WHERE kind = 'post' AND job = '$E'", "I1 I1 I4" },
    { "UPDATE entry SET amount = 100000 WHERE kind = 'post' AND job = '$E'", "I1 I1 I3 I4" },
    { "UPDATE entry SET amount = amount + 1 WHERE kind = 'hold' AND job = '$L'", "I1 I4" },
    { "UPDATE entry SET to_account = (SELECT id FROM account WHERE kind = 'used' AND partition = 'marenostrum/gpu') WHERE kind = 'hold' AND job = '$L'", "I1" },
    { "DELETE FROM entry WHERE kind = 'hold' AND job = '$L'", "I1 I4 I4" },
    { "DELETE FROM entry WHERE kind = 'post' AND job = '$E'", "I1 I1 I1 I4 I4" },
    { "INSERT INTO entry SELECT 'again', kind, from_account, to_account, amount, job, NULL, project, at_ms FROM entry WHERE kind = 'post' AND job = '$E'", "I1 I1 I3 I3 I4" },
    { "INSERT INTO entry SELECT 'again', kind, from_account, to_account, amount, job, NULL, project, at_ms FROM entry WHERE kind = 'hold' AND job = '$L'", "I1 I4" },
    { "INSERT INTO entry SELECT 'again', 'void', from_account, to_account, amount, job, id, project, at_ms FROM entry WHERE kind = 'hold' AND job = '$L'", "I1 I4" },
    { "UPDATE job SET state = 'ended' WHERE id = '$L'", "I4" },
    { "UPDATE job SET state = 'running' WHERE id = '$E'", "I4" },
    { "UPDATE job SET held = held + 1 WHERE id = '$L'", "I4" },
    { "UPDATE job SET used = used + 1 WHERE id = '$E'", "I4" },
    { "UPDATE job SET hold = 'another' WHERE id = '$L'", "I4" },
    { "DELETE FROM job WHERE id = '$L'", "I4" },
};

static struct id live, ended;

static char *fill(const char *sql, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    for (; *sql; sql++) {
        if (*sql == '$') text_add(&out, *++sql == 'E' ? ended.text : live.text);
        else text_add_char(&out, *sql);
    }
    return out.bytes;
}

/* The rules of all differences, in the order of the questions. */
static char *rules_of(const struct ledger_check *check, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    for (int i = 0; i < check->kept; i++) text_add_format(&out, "%s%s", i ? " " : "", check->differences[i].rule);
    return out.bytes;
}

static bool check_all(struct world *world, struct ledger_check *check)
{
    struct error error;
    bool ok = store_ledger_check(world->store, check, &error);
    if (!ok) printf("not ok - ledger check: %s\n", error.text);
    return ok;
}

static int row_fails(struct world *world, const struct damage *damage, struct ledger_check *check)
{
    struct db *db = store_db(world->store);
    struct error error;
    CHECK(db_begin(db, &error));
    bool ok = db_run_script(db, fill(damage->sql, &world->arena), &error) && check_all(world, check);
    db_rollback(db);
    char *rules = rules_of(check, &world->arena);
    if (ok && strcmp(rules, damage->rules) == 0 && check->difference_count == check->kept) return 0;
    printf("not ok - ledger check: %s: found \"%s\", wanted \"%s\" %s\n", damage->sql, rules, damage->rules, ok ? "" : error.text);
    return 1;
}

static void make_jobs(struct world *world)
{
    struct door_request request = world_submit(world, "ana", "job-1", "--partition=lumi/gpu --time=1");
    ended = world_id(&request);
    request = world_submit(world, "ana", "job-2", "--partition=lumi/gpu --time=1");
    live = world_id(&request);
    request = world_submit(world, "ana", "job-3", "--partition=lumi/gpu --time=1");
    struct id cancelled = world_id(&request);
    CHECK(world_do(world, COMMAND_JOB_CANCEL, "ana", "cancel-3", &(struct job_cancel){ cancelled.text }).status == 202);
    world_must(world, COMMAND_AGENT_SEND, NULL, &(struct agent_send){ id_from("a1"), 1 });
    CHECK(world_do(world, COMMAND_JOB_START, "a1", NULL, &(struct job_start){ id_from("a1"), "j", 1, ended, WORLD_NOW_MS, "0" }).status == 200);
    CHECK(world_do(world, COMMAND_JOB_END, "a1", NULL, &(struct job_ended){ .agent = id_from("a1"), .journal = "j", .number = 2, .job = ended, .at_ms = WORLD_NOW_MS + 1,
                                                                            .end = OBSERVED_COMPLETED, .ran_ms = 5000 }).status == 200);
}

int main(void)
{
    static struct world world;
    static struct ledger_check check;
    char location[] = "/tmp/aif-ledger-test-XXXXXX", beside[64];
    struct error error;
    close(mkstemp(location));
    world_open(&world, location, 1000000, NULL);
    make_jobs(&world);
    int failed = !check_all(&world, &check);
    if (!failed && (check.difference_count || check.holds != 1 || check.live_jobs != 1 || check.partitions != 2)) {
        printf("not ok - ledger check: a sound world: %s, %lld open holds\n", rules_of(&check, &world.arena), (long long)check.holds);
        failed = 1;
    }
    CHECK(db_run_script(store_db(world.store), "DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete;", &error)); /* what a damaged file doesn't respect */
    for (int i = 0; i < countof(damages) && !failed; i++) failed = row_fails(&world, &damages[i], &check);
    if (!failed) printf("ok - ledger check: %d rows\n", countof(damages));
    world_close(&world);
    unlink(location);
    for (int i = 0; i < 2; i++) snprintf(beside, sizeof beside, "%s%s", location, i ? "-wal" : "-shm"), unlink(beside);
    return failed;
}
