/* SPDX-License-Identifier: EUPL-1.2 */
/* broker_test.c - after any random events the picture is the one that is built from the rows, and events told twice change
 * nothing; agents come and go without touching the counts. */
#include "broker/broker.h"
#include "base/rng.h"
#include "door/test_world.h"

enum { SEEDS = 12, STEPS = 400, JOBS_MAX = 600 };

static struct broker *broker;

static void tell(const struct event *event) { broker_event(broker, event); }

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - broker: %s\n", what);
    return holds;
}

static struct broker *built_of_rows(struct world *world)
{
    struct broker *built = broker_create();
    struct store_list list;
    struct error error;
    CHECK(store_select(world->store, &partition_shape, "ORDER BY id", NULL, 0, 100, &world->arena, &list, &error));
    for (int i = 0; i < list.count; i++) broker_add_partition(built, &((const struct partition *)list.rows)[i]);
    CHECK(store_select(world->store, &job_shape, "WHERE state <> 'ended'", NULL, 0, JOBS_MAX, &world->arena, &list, &error));
    for (int i = 0; i < list.count; i++) broker_add_job(built, &((const struct job *)list.rows)[i]);
    return built;
}

static bool same_partition(const struct picture_partition *a, const struct picture_partition *b)
{
    return id_equal(a->id, b->id) && id_equal(a->system, b->system) && a->slots == b->slots && a->nodes == b->nodes && a->slots_per_node == b->slots_per_node &&
           a->limit_max_s == b->limit_max_s && a->grace_s == b->grace_s && strcmp(a->model, b->model) == 0 && a->open == b->open && a->experimental == b->experimental &&
           a->waiting_jobs == b->waiting_jobs && a->waiting_work == b->waiting_work && a->running_jobs == b->running_jobs && a->running_pieces == b->running_pieces &&
           a->running_end_sum_s == b->running_end_sum_s;
}

static bool same_pictures(struct broker *a, struct broker *b)
{
    static struct picture of_a, of_b;
    broker_picture(a, &of_a);
    broker_picture(b, &of_b);
    bool same = of_a.count == of_b.count;
    for (int i = 0; same && i < of_a.count; i++) same = same_partition(&of_a.partitions[i], &of_b.partitions[i]);
    return same;
}

struct chances { struct world *world; struct rng rng; struct id jobs[JOBS_MAX]; int count, number; int64_t observed; };

static void submit_one(struct chances *chances)
{
    struct world *world = chances->world;
    char options[200];
    int array = (int)rng_between(&chances->rng, 1, 3), wait = chances->count ? (int)rng_between(&chances->rng, 1, chances->count) : 0;
    if (chances->count + array > JOBS_MAX) return;
    snprintf(options, sizeof options, "--time=%d --gpus=%d --array=1-%d", (int)rng_between(&chances->rng, 1, 120), (int)rng_between(&chances->rng, 1, 8), array);
    if (wait && rng_once_in(&chances->rng, 3)) snprintf(options + strlen(options), sizeof options - strlen(options), " --dependency=afterok:%d", wait);
    struct door_request request = world_submit(world, "cleo", arena_format(&world->arena, "key-%d", ++chances->number), options);
    CHECK(request.status == 201);
    for (int i = 0; i < array; i++) {
        struct store_list found;
        struct error error;
        CHECK(store_select(world->store, &job_shape, "WHERE number = $1", &STORE_NUMBER(chances->count + 1), 1, 1, &world->arena, &found, &error) && found.count);
        chances->jobs[chances->count++] = ((const struct job *)found.rows)->id;
    }
}

static void agent_tells(struct chances *chances, struct id job)
{
    struct world *world = chances->world;
    struct agent_send send = { id_from("a1"), world_number(world, "SELECT issued FROM agent WHERE id = 'a1'") };
    struct job_start start = { id_from("a1"), "j", chances->observed + 1, job, WORLD_NOW_MS + rng_between(&chances->rng, 0, 5000000), "0" };
    struct job_ended end = { .agent = id_from("a1"), .journal = "j", .number = chances->observed + 1, .job = job, .at_ms = WORLD_NOW_MS, .ran_ms = rng_between(&chances->rng, 0, 100000),
                             .end = (enum observed_end)rng_between(&chances->rng, 0, 4) };
    world_must(world, COMMAND_AGENT_SEND, NULL, &send);
    bool starts = rng_once_in(&chances->rng, 2);
    CHECK(world_do(world, starts ? COMMAND_JOB_START : COMMAND_JOB_END, "a1", NULL, starts ? (const void *)&start : &end).status == 200);
    chances->observed++;
}

static void step(struct chances *chances)
{
    struct world *world = chances->world;
    int64_t what = rng_between(&chances->rng, 1, 10);
    if (what <= 3 || !chances->count) {
        submit_one(chances);
        return;
    }
    struct id job = chances->jobs[rng_between(&chances->rng, 0, chances->count - 1)];
    if (what <= 8) agent_tells(chances, job);
    else if (what == 9) world_do(world, COMMAND_JOB_CANCEL, "cleo", arena_format(&world->arena, "key-%d", ++chances->number), &(struct job_cancel){ job.text });
    else world_must(world, COMMAND_JOB_RELEASE, NULL, &(struct job_release){ job });
}

/* Every event so far once more: what ended stays ended, what runs isn't counted twice. */
static void tell_all_again(struct world *world)
{
    struct store_list events;
    struct error error;
    CHECK(store_select(world->store, &event_shape, "WHERE name <> 'job.submitted' ORDER BY sequence", NULL, 0, 100000, &world->arena, &events, &error));
    for (int i = 0; i < events.count; i++) broker_event(broker, &((const struct event *)events.rows)[i]);
}

static bool seed_holds(uint64_t seed)
{
    static struct world world;
    static struct chances chances;
    bool ok = true;
    world_open(&world, ":memory:", 1, NULL);
    broker = built_of_rows(&world);
    world.also = tell;
    chances = (struct chances){ .world = &world, .rng = { seed } };
    for (int i = 0; ok && i < STEPS; i++) {
        step(&chances);
        if (i % 20) continue;
        struct broker *built = built_of_rows(&world);
        ok = same_pictures(broker, built);
        if (i % 100 == 0) tell_all_again(&world);
        ok = ok && same_pictures(broker, built);
        if (!ok) printf("not ok - broker: seed %llu, step %d: the picture isn't what the rows say\n", (unsigned long long)seed, i);
        broker_destroy(built);
    }
    ok = ok && says(world_trail_holds(&world) && world_books_hold(&world), "books");
    broker_destroy(broker);
    world_close(&world);
    return ok;
}

/* An agent's coming and going is one system's business; unknown partitions, jobs and payloads are nothing. */
static bool hearing_holds(void)
{
    static struct picture picture;
    struct partition partition = { .id = id_from("lumi/gpu"), .system = id_from("lumi"), .name = "gpu", .slots = 8, .open = true }, other = partition;
    other.id = id_from("hlrs/ai"), other.system = id_from("hlrs");
    broker = broker_create();
    broker_add_partition(broker, &partition);
    broker_add_partition(broker, &other);
    broker_add_partition(broker, &other);
    static const struct event strange[] = {
        { .sequence = 1, .name = "job.submitted", .subject = { "j1" }, .payload = "{\"partition\":\"nowhere/gpu\",\"pieces\":1,\"limit_s\":10,\"grace_s\":1}" },
        { .sequence = 2, .name = "job.submitted", .subject = { "j2" }, .payload = "not json" },
        { .sequence = 3, .name = "job.started", .subject = { "j3" }, .payload = "{\"at_ms\":1}" },
        { .sequence = 4, .name = "job.ended", .subject = { "j4" }, .payload = "{}" },
        { .sequence = 5, .name = "person.added", .subject = { "j5" }, .payload = "{}" },
    };
    for (int i = 0; i < countof(strange); i++) broker_event(broker, &strange[i]);
    broker_heard(broker, id_from("lumi"), 1000);
    broker_picture(broker, &picture);
    bool ok = says(picture.count == 2 && picture.partitions[0].heard && picture.partitions[0].heard_ms == 1000 && !picture.partitions[1].heard, "heard") &&
              says(!picture.partitions[0].waiting_jobs && !picture.partitions[0].running_jobs, "strange events count");
    broker_gone(broker, id_from("lumi"));
    broker_heard(broker, id_from("elsewhere"), 2000);
    broker_picture(broker, &picture);
    ok = ok && says(!picture.partitions[0].heard && picture.partitions[0].heard_ms == 1000, "gone");
    broker_destroy(broker);
    broker_destroy(NULL);
    return ok;
}

int main(void)
{
    crypto_start();
    bool ok = hearing_holds();
    for (uint64_t seed = 1; ok && seed <= SEEDS; seed++) ok = seed_holds(seed);
    if (ok) printf("ok - broker: %d seeds of %d steps\n", SEEDS, STEPS);
    return !ok;
}
