/* SPDX-License-Identifier: EUPL-1.2 */
/* door_test.c - what door.h promises, with the real store: answers come once, denials teach nothing, a batch in which the n-th
 * call of the database fails leaves nothing half done, and so does a command that runs out of memory. */
#include "door/test_world.h"

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - door: %s\n", what);
    return holds;
}

static const char *result_name(enum door_result result)
{
    static const char *const names[] = { [DOOR_ANSWERED] = "answered", [DOOR_REPLAYED] = "replayed", [DOOR_DENIED] = "denied", [DOOR_FAILED] = "failed" };
    return names[result];
}

/* "answered 201 -", "denied 404 not-found": a refusal's code stands in its answer. */
static char *outcome_of(const struct door_request *request, struct arena *arena)
{
    const char *code = request->answer ? strstr(request->answer, "\"code\":\"") : NULL;
    if (request->result == DOOR_FAILED) return arena_format(arena, "failed %d %s", request->status, refusal_code_text(request->refusal.code));
    if (!code || request->status < 400) return arena_format(arena, "%s %d -", result_name(request->result), request->status);
    code += 8;
    return arena_format(arena, "%s %d %.*s", result_name(request->result), request->status, (int)strcspn(code, "\""), code);
}

/* ---- answered before? A row: who, key, what is asked (options of a submission), outcome. All in one world, in order. */

static const struct { const char *who, *key, *options, *outcome, *why; } answer_table[] = {
    { "ana", "k1", "--time=1", "answered 201 -", "new" },
    { "ana", "k1", "--time=1", "replayed 201 -", "the same again" },
    { "ana", "k1", "--time=2", "denied 422 idempotency-key-reused", "another body" },
    { "ana", "k1", "--time=1", "replayed 201 -", "a wrong use didn't harm the answer" },
    { "bo", "k1", "--time=1", "answered 201 -", "keys belong to their principals" },
    { "ana", "k2", "-p lumi/gpu --time=1000", "answered 422 time-too-long", "a refusal" },
    { "ana", "k2", "-p lumi/gpu --time=1000", "replayed 422 time-too-long", "is kept" },
    { "ana", "k2", "--time=1", "denied 422 idempotency-key-reused", "with its body" },
    { "ana", "k3", "--time=100", "answered 409 insufficient-allocation", "no budget" },
    { "ana", "k3", "--time=100", "replayed 409 insufficient-allocation", "and still none for this key" },
    { "ada", "k1", "--time=1", "denied 403 project-none", "in no project" },
    { "cleo", "k1", "--time=1 -p marenostrum/gpu", "answered 409 no-allocation", "of boreas" },
};

static bool answers_hold(void)
{
    static struct world world;
    bool ok = true;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    const char *first = NULL;
    for (int i = 0; ok && i < countof(answer_table); i++) {
        struct world_call call;
        world_call_init(&call, COMMAND_JOB_SUBMIT, answer_table[i].who, answer_table[i].key, NULL);
        call.request.command.body = world_submission(&call.arena, NULL, answer_table[i].options);
        call.request.command.request_hash = sha256(answer_table[i].options, strlen(answer_table[i].options));
        door_execute(world.door, &call.request, WORLD_NOW_MS + i);
        const char *got = outcome_of(&call.request, &world.arena);
        ok = strcmp(got, answer_table[i].outcome) == 0;
        if (!ok) printf("not ok - door: %s: %s %s: got %s\n", answer_table[i].why, answer_table[i].who, answer_table[i].key, got);
        if (!first) first = arena_text(&world.arena, call.request.answer);
        if (call.request.result == DOOR_REPLAYED && call.request.status == 201) ok = ok && says(strcmp(first, call.request.answer) == 0, "a replay isn't the same");
        if (call.request.result != DOOR_ANSWERED || call.request.status != 201) ok = ok && says(!call.request.events_first && !call.request.events_last, "a refusal has events");
        arena_finish(&call.arena);
    }
    ok = ok && says(world_number(&world, "SELECT count(*) FROM job") == 2, "not two jobs") && says(world_books_hold(&world), "books") &&
         says(world_number(&world, "SELECT count(*) FROM answer WHERE principal = 'ada'") == 0, "a denial was kept");
    /* what was denied is asked again once it is allowed, with the same key */
    world_must(&world, COMMAND_ROLE_GRANT, "late", &(struct role_grant){ .person = id_from("ada"), .role = ROLE_PROJECT_MEMBER, .scope_kind = SCOPE_OF_PROJECT, .scope_id = id_from("boreas") });
    ok = ok && says(world_submit(&world, "ada", "k1", "--time=1").status == 201, "a denial stays for ever");
    world_close(&world);
    return ok;
}

/* ---- allowed? ana has submitted job 1 of aura. */

static const struct { const char *who; enum command_kind kind; const char *name, *outcome; } denial_table[] = {
    { "ana", COMMAND_JOB_CANCEL, "aura/2", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "job_", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "%", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "aura/1/1", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "aura/99999999999999999999", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "00000000000000000000000000", "denied 404 not-found" },
    { "ana", COMMAND_JOB_CANCEL, "aura/-1", "denied 404 not-found" },
    { "cleo", COMMAND_JOB_CANCEL, "aura/1", "denied 404 not-found" },
    { "cleo", COMMAND_JOB_CANCEL, "ID", "denied 404 not-found" },
    { "cleo", COMMAND_JOB_CANCEL, "TAIL", "denied 404 not-found" },
    { "cleo", COMMAND_JOB_CANCEL, "1", "denied 404 not-found" },
    { "ada", COMMAND_JOB_CANCEL, "ID", "denied 404 not-found" },
    { "nobody", COMMAND_JOB_CANCEL, "ID", "denied 404 not-found" },
    { "olga", COMMAND_JOB_CANCEL, "ID", "denied 403 not-permitted" },
    { "a1", COMMAND_JOB_CANCEL, "ID", "denied 403 not-permitted" },
    { "a2", COMMAND_JOB_CANCEL, "ID", "denied 404 not-found" },
    { "ana", COMMAND_JOB_RELEASE, "ID", "denied 403 not-permitted" },
    { "cleo", COMMAND_JOB_RELEASE, "ID", "denied 404 not-found" },
    { "ana", COMMAND_AGENT_SEND, "a1", "denied 404 not-found" },
    { "a1", COMMAND_AGENT_SEND, "a1", "denied 403 not-permitted" },
    { "a2", COMMAND_AGENT_TAKE, "a1", "denied 404 not-found" },
    { "a1", COMMAND_AGENT_TAKE, "a2", "denied 404 not-found" },
    { "olga", COMMAND_AGENT_TAKE, "a1", "denied 403 not-permitted" },
    { "server", COMMAND_AGENT_TAKE, "a1", "denied 404 not-found" },
    { "server", COMMAND_AGENT_SEND, "a9", "denied 404 not-found" },
    { "bo", COMMAND_JOB_CANCEL, "TAIL", "answered 202 -" },
};

static bool denials_hold(void)
{
    static struct world world;
    bool ok = true;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    /* a second role over the same project makes no name ambiguous */
    world_must(&world, COMMAND_ROLE_GRANT, "twice", &(struct role_grant){ .person = id_from("bo"), .role = ROLE_PROJECT_LEAD, .scope_kind = SCOPE_OF_PROJECT, .scope_id = id_from("aura") });
    struct door_request first = world_submit(&world, "ana", "k1", "--time=1");
    struct id job = world_id(&first);
    for (int i = 0; ok && i < countof(denial_table); i++) {
        const char *name = denial_table[i].name, *said = strcmp(name, "ID") == 0 ? job.text : strcmp(name, "TAIL") == 0 ? job.text + 18 : name;
        struct job_cancel cancel = { said };
        struct job_release release = { job };
        struct agent_send send = { id_from(strlen(name) < 3 ? name : ""), 1 };
        enum command_kind kind = denial_table[i].kind;
        const void *body = kind == COMMAND_JOB_CANCEL ? (const void *)&cancel : kind == COMMAND_JOB_RELEASE ? (const void *)&release : &send;
        struct door_request request = world_do(&world, kind, denial_table[i].who, "denial", body);
        const char *got = outcome_of(&request, &world.arena);
        ok = strcmp(got, denial_table[i].outcome) == 0;
        if (!ok) printf("not ok - door: %s asks %s of %s: got %s\n", denial_table[i].who, door_command_name(kind), name, got);
    }
    ok = ok && says(world_number(&world, "SELECT count(*) FROM answer WHERE key = 'denial'") == 1, "a denial was kept");
    world_close(&world);
    return ok;
}

/* Names that are taken are refused, whichever of them it is; the machine isn't blamed. */
static bool clashes_hold(void)
{
    static struct world world;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    char key[HASH_HEX + 1];
    hex_format(world.agent_key.public, SIGN_PUBLIC_BYTES, key);
    struct person handle = { .id = id_from("ana2"), .handle = "ana", .name = "n", .salt = "00" }, id = { .id = id_from("ana"), .handle = "ana2", .name = "n", .salt = "00" };
    struct agent second = { .id = id_from("a9"), .system = id_from("lumi"), .public_key = key };
    struct token token = { .hash = key, .principal = id_from("ana"), .kind = PRINCIPAL_PERSON };
    struct project_add project = { .name = "aura", .title = "t", .organisation = id_from("org"), .purpose = "p" };
    bool ok = says(world_do(&world, COMMAND_PERSON_ADD, "server", "c1", &handle).status == 409, "a handle twice") &&
              says(world_do(&world, COMMAND_PERSON_ADD, "server", "c2", &id).status == 409, "a person twice") &&
              says(world_do(&world, COMMAND_AGENT_ENROL, "server", "c3", &second).status == 409, "two agents of a system") &&
              says(world_do(&world, COMMAND_PROJECT_ADD, "server", "c4", &project).status == 409, "a project twice") &&
              says(world_do(&world, COMMAND_TOKEN_ADD, "server", "c5", &token).status == 201, "a token") &&
              says(world_do(&world, COMMAND_TOKEN_ADD, "server", "c6", &token).status == 409, "a token twice");
    world_close(&world);
    return ok;
}

/* ---- a batch */

enum { BATCH = 10 };
static const char *const batch_outcomes[BATCH] = {
    "answered 201 -", "answered 202 -", "answered 201 -", "answered 409 insufficient-allocation", "answered 201 -", "answered 200 -", "answered 200 -",
    "denied 404 not-found", "answered 201 -", "replayed 201 -",
};

struct batch {
    struct world_call calls[BATCH];
    struct job_cancel cancel;
    struct agent_send send;
    struct job_start  start;
    struct job_ended  stranger;
    struct folder_add folder;
};

static void batch_link(struct world_call *calls, int count)
{
    for (int i = 0; i < count; i++) calls[i].request.next = i + 1 < count ? &calls[i + 1].request : NULL;
}

/* Submit, cancel what was just submitted, an array and what it leaves no budget for, one that waits, two words of agents, a
 * stranger's, a folder, and the first once more. */
static void batch_make(struct batch *batch, struct world *world)
{
    static const struct { enum command_kind kind; const char *who, *key, *options; } forms[BATCH] = {
        { COMMAND_JOB_SUBMIT, "ana", "k1", "--time=1" }, { COMMAND_JOB_CANCEL, "bo", "k2", NULL }, { COMMAND_JOB_SUBMIT, "ana", "k3", "--time=1 --array=1-4" },
        { COMMAND_JOB_SUBMIT, "ana", "k4", "--time=100" }, { COMMAND_JOB_SUBMIT, "ana", "k5", "--time=1 --dependency=afterany:2" },
        { COMMAND_AGENT_SEND, "server", NULL, NULL }, { COMMAND_JOB_START, "a1", NULL, NULL }, { COMMAND_JOB_END, "a1", NULL, NULL },
        { COMMAND_FOLDER_ADD, "cleo", "k6", NULL }, { COMMAND_JOB_SUBMIT, "ana", "k1", "--time=1" },
    };
    batch->cancel = (struct job_cancel){ "1" };
    batch->send = (struct agent_send){ id_from("a1"), 3 };
    batch->start = (struct job_start){ .agent = id_from("a1"), .journal = "j", .number = 1, .job = id_from("none"), .at_ms = WORLD_NOW_MS, .slots = "0" };
    batch->stranger = (struct job_ended){ .agent = id_from("a9"), .journal = "j", .number = 1, .job = id_from("none"), .at_ms = WORLD_NOW_MS };
    batch->folder = (struct folder_add){ .list = arena_format(&world->arena, "%064d 12 - a.txt\n", 0) };
    const void *bodies[BATCH] = { [1] = &batch->cancel, [5] = &batch->send, [6] = &batch->start, [7] = &batch->stranger, [8] = &batch->folder };
    for (int i = 0; i < BATCH; i++) {
        world_call_init(&batch->calls[i], forms[i].kind, forms[i].who, forms[i].key, bodies[i]);
        if (forms[i].options) batch->calls[i].request.command.body = world_submission(&batch->calls[i].arena, NULL, forms[i].options);
    }
    batch_link(batch->calls, BATCH);
}

static void batch_finish(struct batch *batch)
{
    for (int i = 0; i < BATCH; i++) arena_finish(&batch->calls[i].arena);
}

/* `spared`: the one that may have failed, -1: none. */
static bool batch_holds(const struct batch *batch, struct world *world, int spared, int n)
{
    for (int i = 0; i < BATCH; i++) {
        const char *got = outcome_of(&batch->calls[i].request, &world->arena);
        if (i == spared && strcmp(got, "failed 503 temporarily-unavailable") == 0) continue;
        if (strcmp(got, batch_outcomes[i]) == 0) continue;
        printf("not ok - door: request %d of the batch after failure %d: got %s, wanted %s\n", i, n, got, batch_outcomes[i]);
        return false;
    }
    return says(world_trail_holds(world), "trail") && says(world_books_hold(world), "books");
}

static bool same_end(struct world *world)
{
    return says(world_number(world, "SELECT count(*) FROM job") == 6 && world_number(world, "SELECT count(*) FROM job WHERE state = 'held'") == 1, "jobs") &&
           says(world_number(world, "SELECT count(*) FROM answer WHERE key LIKE 'k_'") == 6, "answers") &&
           says(world_number(world, "SELECT count(*) FROM event WHERE name IN ('job.submitted', 'job.ended', 'job.cancel_asked', 'folder.added', 'observation.quarantined')") == 10, "events");
}

static bool failures_hold(int *failures)
{
    static struct world world;
    static struct batch batch;
    bool ok = true, passed = false;
    for (int n = 0; ok && !passed; n++) {
        world_open(&world, ":memory:", 8 * WORLD_JOB_S, NULL);
        int64_t told_calls = world.told_calls;
        batch_make(&batch, &world);
        db_fail_at(store_db(world.store), n);
        ok = says(!door_execute(world.door, &batch.calls[0].request, WORLD_NOW_MS), "not all were taken");
        passed = n && db_fail_left(store_db(world.store));
        db_fail_at(store_db(world.store), 0);
        ok = ok && batch_holds(&batch, &world, -1, n) && same_end(&world);
        if (!n || passed) ok = ok && says(world.told_calls == told_calls + 1, "a batch is told of once");
        batch_finish(&batch);
        world_close(&world);
        *failures = n;
    }
    return ok;
}

/* The batch fails, and then the m-th call of request r alone: only r may be left without an answer, and sending it again helps. */
static struct { struct db *db; int asked, request, call; bool passed; } twice;

/* The door asks for the time when a transaction begins and behind each command. */
static int64_t fail_twice(void)
{
    if (!twice.db) return 0;
    int before = twice.asked++ - 1;
    if (before < 0) db_fail_at(twice.db, 1);
    else if (before == 2 * twice.request) db_fail_at(twice.db, twice.call);
    else if (before == 2 * twice.request + 2 && db_fail_left(twice.db)) twice.passed = true, db_fail_at(twice.db, 0);
    return 0;
}

static bool failed_alone_holds(int r, int m, bool *passed)
{
    static struct world world;
    static struct batch batch;
    world_open(&world, ":memory:", 8 * WORLD_JOB_S, fail_twice);
    batch_make(&batch, &world);
    twice.db = store_db(world.store), twice.asked = 0, twice.request = r, twice.call = m, twice.passed = false;
    door_execute(world.door, &batch.calls[0].request, WORLD_NOW_MS);
    *passed = twice.passed || db_fail_left(twice.db) != 0;
    db_fail_at(twice.db, 0);
    twice.db = NULL;
    bool failed = batch.calls[r].request.result == DOOR_FAILED;
    /* without the first three, those behind them have other budgets and numbers */
    bool ok = r < 3 || batch_holds(&batch, &world, r, m);
    ok = ok && says(failed == !*passed, "a failure that wasn't told") && says(world_trail_holds(&world) && world_books_hold(&world), "left half done");
    if (failed && ok) {
        batch.calls[r].request.next = NULL;
        door_execute(world.door, &batch.calls[r].request, WORLD_NOW_MS);
        ok = says(batch.calls[r].request.result != DOOR_FAILED, "sent again it fails") && says(world_trail_holds(&world) && world_books_hold(&world), "after sending again");
    }
    batch_finish(&batch);
    world_close(&world);
    return ok;
}

static bool failures_alone_hold(int *failures)
{
    for (int r = 0; r < BATCH; r++) {
        bool passed = false;
        for (int m = 1; !passed; m += 3, ++*failures) {
            if (failed_alone_holds(r, m, &passed)) continue;
            printf("not ok - door: request %d alone, call %d\n", r, m);
            return false;
        }
    }
    return true;
}

/* ---- memory */

/* What each request of the batch takes if all goes well. */
static void batch_measure(struct batch *batch, struct world *world, size_t *bytes)
{
    world_open(world, ":memory:", 8 * WORLD_JOB_S, NULL);
    batch_make(batch, world);
    door_execute(world->door, &batch->calls[0].request, WORLD_NOW_MS);
    for (int i = 0; i < BATCH; i++) bytes[i] = batch->calls[i].arena.used_bytes;
    batch_finish(batch);
    world_close(world);
}

/* One of the batch has less memory than it needs: it's told 503. Everybody else has just enough for doing it once, and the
 * usual answer. */
static bool exhaustion_holds(int *limits)
{
    static struct world world;
    static struct batch batch;
    static size_t bytes[BATCH];
    bool ok = true, enough = false;
    batch_measure(&batch, &world, bytes);
    for (size_t more = 0; ok && !enough; more += 3000, ++*limits) {
        world_open(&world, ":memory:", 8 * WORLD_JOB_S, NULL);
        batch_make(&batch, &world);
        for (int i = 0; i < BATCH; i++) batch.calls[i].arena.limit_bytes = i == 4 ? batch.calls[4].arena.used_bytes + more : bytes[i] + 2000;
        door_execute(world.door, &batch.calls[0].request, WORLD_NOW_MS);
        enough = batch.calls[4].request.result == DOOR_ANSWERED;
        ok = batch_holds(&batch, &world, 4, (int)more) && says(!batch.calls[4].arena.escape, "an escape that leads nowhere");
        ok = ok && says(world_number(&world, "SELECT count(*) FROM job WHERE state = 'held'") == enough, "half a job");
        batch_finish(&batch);
        world_close(&world);
    }
    return ok;
}

/* The largest submission: 1,000 jobs of which each waits for 16. */
static bool largest_holds(void)
{
    static struct world world;
    struct text options;
    world_open(&world, ":memory:", 2000 * WORLD_JOB_S, NULL);
    text_init(&options, &world.arena);
    text_add(&options, "--time=1 --array=0-999 --dependency=");
    for (int i = 1; i <= DEPENDENCIES_MAX; i++) {
        CHECK(world_submit(&world, "ana", arena_format(&world.arena, "s%d", i), "--time=1").status == 201);
        text_add_format(&options, "%safterany:%d", i > 1 ? "," : "", i);
    }
    bool ok = says(world_submit(&world, "ana", "large", options.bytes).status == 201, "the largest array") &&
              says(world_number(&world, "SELECT count(*) FROM job_dependency") == 16000, "its dependencies") && says(world_trail_holds(&world) && world_books_hold(&world), "its books");
    world_close(&world);
    return ok;
}

/* ---- the rest */

/* 1,000 submissions in batches, on a budget for ten. */
static bool budget_holds(void)
{
    static struct world world;
    static struct world_call calls[1000];
    int accepted = 0, exhausted = 0;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S + WORLD_JOB_S - 1, NULL);
    for (int i = 0; i < countof(calls); i++) {
        world_call_init(&calls[i], COMMAND_JOB_SUBMIT, i % 2 ? "ana" : "bo", NULL, NULL);
        calls[i].request.command.key = arena_format(&calls[i].arena, "key-%d", i);
        calls[i].request.command.body = world_submission(&calls[i].arena, NULL, "--time=1");
    }
    batch_link(calls, countof(calls));
    struct door_request *rest = &calls[0].request;
    int batches = 0;
    for (; rest; batches++) rest = door_execute(world.door, rest, WORLD_NOW_MS);
    for (int i = 0; i < countof(calls); i++) {
        accepted += calls[i].request.status == 201;
        exhausted += calls[i].request.status == 409 && strstr(calls[i].request.answer, "insufficient-allocation");
        arena_finish(&calls[i].arena);
    }
    bool ok = says(accepted == 10 && exhausted == 990, "a budget for ten") && says(batches == (1000 + BATCH_MAX - 1) / BATCH_MAX, "batches of 64") &&
              says(world_number(&world, "SELECT min(credit - debit - held) FROM account WHERE kind = 'allocation'") == WORLD_JOB_S - 1, "what is left") &&
              says(world_trail_holds(&world) && world_books_hold(&world), "books of the budget");
    world_close(&world);
    return ok;
}

static bool dry_runs_hold(void)
{
    static struct world world;
    struct world_call call;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    int64_t events = door_last_event(world.door), answers = world_number(&world, "SELECT count(*) FROM answer");
    world_call_init(&call, COMMAND_JOB_SUBMIT, "ana", NULL, world_submission(&world.arena, NULL, "--time=1"));
    call.request.dry = true;
    door_execute(world.door, &call.request, WORLD_NOW_MS);
    bool ok = says(call.request.status == 201 && call.request.result == DOOR_ANSWERED && !call.request.events_first, "a dry run") &&
              says(!world_number(&world, "SELECT count(*) FROM job") && door_last_event(world.door) == events && world_number(&world, "SELECT count(*) FROM answer") == answers, "it changed something") &&
              says(world_trail_holds(&world) && world_books_hold(&world), "books of a dry run");
    arena_finish(&call.arena);
    world_close(&world);
    return ok;
}

/* A job runs on while its partition closes; its end is taken, and a job that waits can still be cancelled. */
static bool closed_partition_holds(void)
{
    static struct world world;
    struct error error;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    struct door_request request = world_submit(&world, "ana", "k1", "--time=1");
    struct id job = world_id(&request);
    struct agent_send send = { id_from("a1"), 1 };
    struct job_start start = { .agent = id_from("a1"), .journal = "j", .number = 1, .job = job, .at_ms = WORLD_NOW_MS, .slots = "0" };
    struct job_ended end = { .agent = id_from("a1"), .journal = "j", .number = 2, .job = job, .at_ms = WORLD_NOW_MS + 1500, .end = OBSERVED_COMPLETED, .ran_ms = 1500 };
    world_submit(&world, "ana", "k2", "--time=1");
    CHECK(db_run(store_db(world.store), "UPDATE partition SET open = 0", &error));
    world_do(&world, COMMAND_AGENT_SEND, "server", NULL, &send);
    world_do(&world, COMMAND_JOB_START, "a1", NULL, &start);
    bool ok = says(world_do(&world, COMMAND_JOB_END, "a1", NULL, &end).status == 200 && world_job(&world, job)->used == 2, "an end on a closed partition") &&
              says(world_do(&world, COMMAND_JOB_CANCEL, "ana", "k3", &(struct job_cancel){ "2" }).status == 202, "a cancel on a closed partition") &&
              says(world_number(&world, "SELECT sum(live_jobs) FROM project") == 0, "live jobs") && says(world_trail_holds(&world) && world_books_hold(&world), "books of a closed partition");
    world_close(&world);
    return ok;
}

/* An agent that speaks of another system's job is counted, not believed. */
static bool foreign_jobs_hold(void)
{
    static struct world world;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    struct door_request request = world_submit(&world, "ana", "k1", "--time=1");
    struct id job = world_id(&request), agent = id_from("a2");
    struct job_start start = { .agent = agent, .journal = "j", .number = 1, .job = job, .at_ms = WORLD_NOW_MS, .slots = "0" };
    struct job_ended end = { .agent = agent, .journal = "j", .number = 2, .job = job, .at_ms = WORLD_NOW_MS, .ran_ms = 1000 };
    struct job_refuse refusal = { agent, "j", 3, job, "no" };
    struct stream_end stream = { agent, "j", 4, job, "log", 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    struct job_record_add record = { agent, "j", 5, job, "{}", "00" };
    const struct { enum command_kind kind; const void *body; } words[] = { { COMMAND_JOB_START, &start }, { COMMAND_JOB_END, &end }, { COMMAND_JOB_REFUSE, &refusal },
                                                                           { COMMAND_STREAM_END, &stream }, { COMMAND_JOB_RECORD, &record } };
    bool ok = true;
    for (int i = 0; ok && i < countof(words); i++) ok = says(world_do(&world, words[i].kind, "a2", NULL, words[i].body).status == 200, "a word of another system's job");
    ok = ok && says(world_job(&world, job)->state == JOB_WAITING, "another agent moved the job") &&
         says(world_number(&world, "SELECT count(*) FROM event WHERE name = 'observation.quarantined' AND scope = 'system:marenostrum'") == 5, "nobody is told") &&
         says(!world_number(&world, "SELECT count(*) FROM stream") && world_number(&world, "SELECT observed FROM agent WHERE id = 'a2'") == 5, "what was counted") &&
         says(world_trail_holds(&world) && world_books_hold(&world), "books after another agent's words");
    world_close(&world);
    return ok;
}

/* A door that starts anew goes on where the trail ends. */
static bool restart_holds(void)
{
    static struct world world;
    world_open(&world, ":memory:", 10 * WORLD_JOB_S, NULL);
    int64_t events = door_last_event(world.door);
    door_destroy(world.door);
    world_door_create(&world);
    struct door_request request = world_submit(&world, "ana", "k1", "--time=1");
    bool ok = says(request.status == 201 && request.events_first == events + 1 && request.events_last == events + 1, "events of a new door") && says(world_trail_holds(&world), "trail of a new door");
    world_close(&world);
    return ok;
}

int main(void)
{
    int failures = 0, alone = 0, limits = 0;
    bool ok = answers_hold() && denials_hold() && clashes_hold() && failures_hold(&failures) && failures_alone_hold(&alone) && exhaustion_holds(&limits) && largest_holds() &&
              budget_holds() && dry_runs_hold() && closed_partition_holds() && foreign_jobs_hold() && restart_holds();
    if (ok)
        printf("ok - door: %d rows, %d failing calls, %d failing twice, %d limits of memory, 1,000 on a budget for ten\n", countof(answer_table) + countof(denial_table), failures - 1,
               alone, limits - 1);
    return !ok;
}
