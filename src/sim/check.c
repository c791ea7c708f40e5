/* SPDX-License-Identifier: EUPL-1.2 */
/* check.c - the promises as questions to the database. Each is one number that must be 0, so that the same texts serve
 * anybody who has the file and sqlite3. */
#include "sim/check.h"

#include "sim/model.h"
#include "sim/server.h"
#include "sim/site.h"
#include "store/agents.h"
#include "store/ledger_check.h"
#include "store/load.h"

#include <string.h>

/* The ledger, job by job and account by account. */
static const struct { const char *promise, *sql; } promises[] = {
    { "over a partition's accounts credit is debit",
      "SELECT count(*) FROM (SELECT partition FROM account GROUP BY partition HAVING sum(credit) <> sum(debit))" },
    { "no account is below zero",
      "SELECT count(*) FROM account WHERE kind <> 'pool' AND credit - debit - held < 0" },
    { "accounts say what their entries add up to",
      "SELECT count(*) FROM account a "
      "LEFT JOIN (SELECT to_account AS id, sum(amount) AS n FROM entry WHERE kind IN ('grant', 'post') GROUP BY 1) c ON c.id = a.id "
      "LEFT JOIN (SELECT from_account AS id, sum(amount) AS n FROM entry WHERE kind IN ('grant', 'post') GROUP BY 1) d ON d.id = a.id "
      "LEFT JOIN (SELECT from_account AS id, sum(amount) AS n FROM entry h WHERE kind = 'hold' "
      "AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.resolves = h.id) GROUP BY 1) h ON h.id = a.id "
      "WHERE a.credit <> coalesce(c.n, 0) OR a.debit <> coalesce(d.n, 0) OR a.held <> coalesce(h.n, 0)" },
    { "a live job has exactly one unresolved hold, an ended one none",
      "SELECT count(*) FROM job j WHERE (SELECT count(*) FROM entry h WHERE h.job = j.id AND h.kind = 'hold' "
      "AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.resolves = h.id)) <> (j.state <> 'ended')" },
    { "a job has one hold, and at most one post or void",
      "SELECT count(*) FROM job j WHERE (SELECT count(*) FROM entry WHERE job = j.id AND kind = 'hold') <> 1 "
      "OR (SELECT count(*) FROM entry WHERE job = j.id AND kind IN ('post', 'void')) > 1" },
    { "a hold is resolved at most once",
      "SELECT count(*) FROM (SELECT resolves FROM entry WHERE resolves IS NOT NULL GROUP BY resolves HAVING count(*) > 1)" },
    { "a job's use is what was posted for it",
      "SELECT count(*) FROM job j WHERE used <> (SELECT coalesce(sum(amount), 0) FROM entry WHERE job = j.id AND kind = 'post')" },
    { "entries belong to jobs that are there",
      "SELECT count(*) FROM entry e WHERE job IS NOT NULL AND NOT EXISTS (SELECT 1 FROM job WHERE id = e.job AND project = e.project)" },
    { "a project counts its live jobs and numbers its jobs without gaps",
      "SELECT count(*) FROM project p WHERE live_jobs <> (SELECT count(*) FROM job WHERE project = p.id AND state <> 'ended') "
      "OR last_job <> (SELECT count(*) FROM job WHERE project = p.id) OR last_job <> (SELECT coalesce(max(number), 0) FROM job WHERE project = p.id)" },
    { "events have no gaps", "SELECT count(*) FROM (SELECT count(*) AS n, coalesce(max(sequence), 0) AS last FROM event) WHERE n <> last" },
    { "a job that waits or runs has its instruction, sent before it is taken",
      "SELECT count(*) FROM job j JOIN agent a ON a.system = j.system WHERE j.state IN ('waiting', 'running') AND "
      "(NOT EXISTS (SELECT 1 FROM instruction WHERE agent = a.id AND number = j.instruction AND job = j.id AND kind = 'start') "
      "OR (j.state = 'running' AND j.instruction > a.sent))" },
    { "an agent's numbers are in order", "SELECT count(*) FROM agent WHERE taken > sent OR sent > issued OR issued <> (SELECT count(*) FROM instruction WHERE agent = agent.id)" },
};

static int64_t number(struct run *run, const char *sql)
{
    struct error error = { 0 };
    int64_t number = -1;
    RUN_CHECK(run, store_number(run->server->store, sql, NULL, 0, &number, &error), "%s: %s", sql, error.text);
    return number;
}

static void check_promise(struct run *run, int i)
{
    int64_t broken = number(run, promises[i].sql);
    RUN_CHECK(run, broken == 0, "%s: %lld times not so", promises[i].promise, (long long)broken);
}

/* ---- after a commit ---- */

enum { ONCE_LEDGER = 16, CHEAP = 2, ONCE_PROMISE = 4 };

void check_batch(struct run *run, int64_t before)
{
    const struct model *model = run->model;
    int64_t last = number(run, "SELECT max(sequence) FROM event");
    RUN_CHECK(run, model->told == last, "event %lld is on disk, event %lld was the last to be told", (long long)last, (long long)model->told);
    RUN_CHECK(run, door_last_event(run->server->door) == last && before <= last, "the door counts to event %lld, the disk to %lld", (long long)door_last_event(run->server->door), (long long)last);
    if (!rng_once_in(&run->wires, ONCE_LEDGER)) return;
    for (int i = 0; i < CHEAP; i++) check_promise(run, i);
}

void check_trail(struct run *run)
{
    enum { PAGE = 500 };
    struct sim_server *server = run->server;
    struct error error = { 0 };
    for (uint64_t size = UINT64_MAX; size != server->trail.tree.size;) {
        size = server->trail.tree.size;
        RUN_CHECK(run, trail_read(&server->trail, server->store, PAGE, &error), "%s", error.text);
    }
    struct hash disk = merkle_root(&server->trail.tree), told = merkle_root(&run->model->tree);
    RUN_CHECK(run, server->trail.tree.size == run->model->tree.size && hash_equal(&disk, &told), "the events on disk aren't those that were told");
}

/* ---- the picture ---- */

struct broker *check_broker_of(struct run *run)
{
    struct store *store = run->server->store;
    struct broker *broker = broker_create();
    struct store_list partitions, jobs;
    struct error error = { 0 };
    struct arena arena;
    arena_init(&arena, (size_t)256 * 1024 * 1024);
    RUN_CHECK(run, store_select(store, &partition_shape, "ORDER BY id", NULL, 0, PICTURE_PARTITIONS_MAX, &arena, &partitions, &error) &&
                   store_select(store, &job_shape, "WHERE state <> 'ended'", NULL, 0, LIVE_JOBS_MAX, &arena, &jobs, &error), "%s", error.text);
    for (int i = 0; i < partitions.count; i++) broker_add_partition(broker, &((const struct partition *)partitions.rows)[i]);
    for (int i = 0; i < jobs.count; i++) broker_add_job(broker, &((const struct job *)jobs.rows)[i]);
    arena_finish(&arena);
    return broker;
}

static void check_picture(struct run *run)
{
    struct picture *kept = arena_take(&run->arena, sizeof *kept), *made = arena_take(&run->arena, sizeof *made);
    struct broker *broker = check_broker_of(run);
    broker_picture(run->server->broker, kept);
    broker_picture(broker, made);
    broker_destroy(broker);
    RUN_CHECK(run, kept->count == made->count, "the broker knows %d partitions of %d", kept->count, made->count);
    for (int i = 0; i < made->count; i++) {
        struct picture_partition *a = &kept->partitions[i];
        const struct picture_partition *b = &made->partitions[i];
        RUN_CHECK(run, id_equal(a->id, b->id) && a->waiting_jobs == b->waiting_jobs && a->waiting_work == b->waiting_work && a->running_jobs == b->running_jobs &&
                       a->running_pieces == b->running_pieces && a->running_end_sum_s == b->running_end_sum_s, "the broker's picture of %s isn't what the store says", b->id.text);
    }
}

/* ---- jobs and agents ---- */

static void check_job(struct run *run, const struct job *row)
{
    const struct model_job *job = model_job(run->model, row->id);
    RUN_CHECK(run, job, "job %s is in the store, but it was never told of", row->id.text);
    const char *name = model_name(run, job);
    enum job_state state = job->is_ended ? JOB_ENDED : job->is_started ? JOB_RUNNING : job->is_held ? JOB_HELD : JOB_WAITING;
    RUN_CHECK(run, row->state == state && row->ended_as == job->end, "job %s is %s in the store, %s by its events", name,
              word_name(&job_state_words, (int)row->state), word_name(&job_state_words, (int)state));
    RUN_CHECK(run, row->held == job->held && row->used == job->used && row->pieces == job->pieces, "job %s has other figures than its events", name);
    RUN_CHECK(run, (row->evidence != NULL) == job->is_recorded, "job %s: its record and its events differ", name);
    int starts = sim_site_starts(run, job->system, job->id);
    RUN_CHECK(run, starts <= 1, "job %s was started %d times", name, starts);
    RUN_CHECK(run, starts || !job->is_started, "job %s runs nowhere", name);
}

static void check_jobs(struct run *run)
{
    struct store_list jobs;
    struct error error = { 0 };
    struct arena arena;
    arena_init(&arena, (size_t)256 * 1024 * 1024);
    RUN_CHECK(run, store_select(run->server->store, &job_shape, "", NULL, 0, LIVE_JOBS_MAX, &arena, &jobs, &error), "%s", error.text);
    RUN_CHECK(run, jobs.count == run->model->job_count, "%d jobs are in the store, %d were told of", jobs.count, run->model->job_count);
    for (int i = 0; i < jobs.count; i++) check_job(run, &((const struct job *)jobs.rows)[i]);
    arena_finish(&arena);
}

static void check_accounts(struct run *run)
{
    struct store_list list;
    struct error error = { 0 };
    struct arena arena;
    arena_init(&arena, (size_t)16 * 1024 * 1024);
    RUN_CHECK(run, store_select(run->server->store, &account_shape, "WHERE kind = 'allocation'", NULL, 0, 1000, &arena, &list, &error), "%s", error.text);
    for (int i = 0; i < list.count; i++) {
        const struct account *row = &((const struct account *)list.rows)[i];
        const struct model_account *account = &run->model->accounts[world_project(run->world, row->project.text)][world_system_of(run->world, row->partition.text)];
        RUN_CHECK(run, row->credit == account->granted && row->debit == account->used && row->held == account->held,
                  "%s on %s: the store says %lld granted, %lld used, %lld held; its events %lld, %lld, %lld", row->project.text, row->partition.text, (long long)row->credit,
                  (long long)row->debit, (long long)row->held, (long long)account->granted, (long long)account->used, (long long)account->held);
    }
    arena_finish(&arena);
}

void check_start(struct run *run)
{
    model_load_actors(run->model);
    check_batch(run, 0);
    for (int i = 0; i < countof(promises); i++)
        if (rng_once_in(&run->wires, ONCE_PROMISE)) check_promise(run, i);
    check_accounts(run);
    check_jobs(run);
    check_picture(run);
    check_trail(run);
    people_check_answers(run);
    sim_sites_check(run);
}

/* ---- at the end ---- */

/* Every checkpoint that was signed must hold over what is on disk now. */
static void check_checkpoints(struct run *run)
{
    struct store *store = run->server->store;
    struct store_list events, signed_ones;
    struct error error = { 0 };
    struct arena arena;
    struct merkle tree = { 0 };
    arena_init(&arena, (size_t)256 * 1024 * 1024);
    RUN_CHECK(run, store_select(store, &event_shape, "ORDER BY sequence", NULL, 0, 1000000, &arena, &events, &error) &&
                   store_select(store, &checkpoint_shape, "ORDER BY size", NULL, 0, 100000, &arena, &signed_ones, &error), "%s", error.text);
    for (int i = 0, next = 0; i < events.count; i++) {
        struct hash leaf = leaf_of(&((const struct event *)events.rows)[i], &arena);
        merkle_add(&tree, &leaf);
        const struct checkpoint *checkpoint = next < signed_ones.count ? &((const struct checkpoint *)signed_ones.rows)[next] : NULL;
        if (!checkpoint || checkpoint->size != (int64_t)tree.size) continue;
        char root[HASH_HEX + 1];
        struct hash hash = merkle_root(&tree);
        hex_format(hash.bytes, HASH_BYTES, root);
        RUN_CHECK(run, strcmp(root, checkpoint->root) == 0 && checkpoint_is_signed(checkpoint, RUN_NETWORK, &arena), "the checkpoint over %lld events doesn't hold", (long long)checkpoint->size);
        next++;
    }
    arena_finish(&arena);
}

void check_settled(struct run *run)
{
    const struct model *model = run->model;
    struct ledger_check ledger;
    struct error error = { 0 };
    check_start(run);
    RUN_CHECK(run, store_ledger_check(run->server->store, &ledger, &error), "%s", error.text);
    RUN_CHECK(run, ledger.difference_count == 0, "ledger check, %s %s: %lld and %lld", ledger.differences[0].rule, ledger.differences[0].what,
              (long long)ledger.differences[0].expected, (long long)ledger.differences[0].found);
    for (int i = 0; i < countof(promises); i++) check_promise(run, i);
    check_checkpoints(run);
    for (int i = 0; i < model->job_count; i++) {
        const struct model_job *job = model->jobs[i];
        bool must_have_record = job->truth.has_ended && !model->lost_journal[job->system];
        RUN_CHECK(run, job->is_ended, "job %s never ended", model_name(run, job));
        RUN_CHECK(run, job->is_recorded || !must_have_record, "job %s ended without a record", model_name(run, job));
    }
    RUN_CHECK(run, number(run, "SELECT coalesce(sum(held), 0) FROM account") == 0, "all jobs have ended, yet something is held");
}
