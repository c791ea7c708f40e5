/* SPDX-License-Identifier: EUPL-1.2 */
/* machine_crash_test.c - the agent dies after every step, and at every call of its journal; and at random, again and again.
 * Server and executor go on. In the end each job was started at most once and everything was told exactly once, in order.
 *
 * The executor is the simulated one, whose world survives the agent. What the shell had on its way dies with it. */
#include "agent/test_journal.h"
#include "base/rng.h"
#include "executor/simulated.h"

#include <stdlib.h>

enum { JOBS = 7, INSTRUCTIONS = 12, INPUTS = 64, TOLD = 128, STEPS_MAX = 4000 };

/* What the server asks, in this order. J2 wants too much, J5 comes too late. */
static const struct { enum v1_instruction_kind kind; const char *job; int pieces; bool is_expired; } asked[INSTRUCTIONS] = {
    { V1_START, "J1", 2, false }, { V1_START, "J2", 9, false }, { V1_START, "J3", 1, false }, { V1_NONE, "", 0, false }, { V1_START, "J4", 4, false },
    { V1_CANCEL, "J9", 0, false }, { V1_START, "J5", 1, true }, { V1_CANCEL, "J3", 0, false }, { V1_START, "J6", 4, false }, { V1_START, "J7", 1, false },
    { V1_CANCEL, "J6", 0, false }, { V1_CANCEL, "J1", 0, false },
};

struct told { int64_t number; enum command_kind kind; char job[ID_MAX + 1], detail[16]; };

/* One run: the server's side, the machine's side, and what the shell has in its hands. */
static struct run {
    struct fixture site;
    struct simulated_world *world;
    struct executor *executor;
    struct arena arena;
    struct rng rng;
    int64_t now_ms;
    char journal[64]; /* the server's: */
    int64_t observed, sent;
    int told_count, lives, steps;
    struct told told[TOLD];
    int input_count;
    struct { enum agent_input_kind kind; char job[ID_MAX + 1]; int64_t number; struct executor_event event; } inputs[INPUTS];
    int crash_at_step; /* 0: never */
    int crash_once_in; /* 0: never */
} run;

static bool fail(const char *what)
{
    printf("not ok - agent machine: %s (life %d, step %d)\n", what, run.lives, run.steps);
    return false;
}

static void expect(enum agent_input_kind kind, const char *job)
{
    CHECK(run.input_count < INPUTS);
    run.inputs[run.input_count].kind = kind;
    snprintf(run.inputs[run.input_count++].job, sizeof run.inputs[0].job, "%s", job);
}

static void expect_number(enum agent_input_kind kind, int64_t number)
{
    expect(kind, "");
    run.inputs[run.input_count - 1].number = number;
}

static void crash(void)
{
    agent_machine_destroy(run.site.machine);
    run.site.machine = NULL;
    run.executor->operations->destroy(run.executor);
    run.executor = NULL;
    run.input_count = 0;
}

/* ---- the server ---- */

static void server_hello(void)
{
    struct agent_hello hello;
    agent_machine_hello(run.site.machine, &hello);
    if (!same_text(hello.journal, run.journal)) {
        CHECK(!run.journal[0]); /* nothing here loses a journal */
        snprintf(run.journal, sizeof run.journal, "%s", hello.journal);
    }
    expect(AGENT_CONNECTED, "");
    for (int64_t number = hello.taken + 1; number <= INSTRUCTIONS; number++) expect_number(AGENT_INSTRUCTED, number);
}

static bool server_takes(const struct v1_observations *batch)
{
    if (!same_text(batch->journal, run.journal)) return fail("another journal");
    for (int i = 0; i < batch->count; i++) {
        const struct v1_observation *at = &batch->items[i];
        struct json_fault fault;
        void *read = v1_observation_read(at, id_from("A"), batch->journal, &run.arena, &fault);
        if (!read) return fail("an observation that can't be read");
        struct told told = { .number = at->number, .kind = at->kind };
        snprintf(told.job, sizeof told.job, "%s", ((const struct job_start *)read)->job.text);
        if (at->kind == COMMAND_JOB_END) snprintf(told.detail, sizeof told.detail, "%s", word_name(&observed_end_words, (int)((struct job_ended *)read)->end));
        if (at->kind == COMMAND_STREAM_END) snprintf(told.detail, sizeof told.detail, "%s", ((struct stream_end *)read)->name);
        if (at->number > run.observed + 1) return fail("a gap");
        if (at->number <= run.observed) {
            const struct told *before = &run.told[at->number - 1];
            if (before->kind != told.kind || !same_text(before->job, told.job) || !same_text(before->detail, told.detail)) return fail("a repeat that differs");
            continue;
        }
        CHECK(run.told_count < TOLD);
        run.told[run.told_count++] = told;
        run.observed = at->number;
    }
    expect_number(AGENT_ACKNOWLEDGED, run.observed);
    return true;
}

/* ---- the shell ---- */

static bool act(const struct agent_output *output)
{
    struct error error;
    struct agent_job job;
    struct v1_observations batch;
    bool found;
    switch (output->kind) {
    case AGENT_FETCH: expect(AGENT_FETCHED, output->job.text); return true;
    case AGENT_COLLECT: expect(AGENT_COLLECTED, output->job.text); return true;
    case AGENT_UPLOAD: expect(AGENT_UPLOADED, output->job.text); return true;
    case AGENT_CANCEL: run.executor->operations->cancel(run.executor, output->job, run.now_ms); return true;
    case AGENT_FORGET:
        run.executor->operations->forget(run.executor, output->job);
        expect(AGENT_FORGOTTEN, output->job.text);
        return true;
    case AGENT_START:
        if (!agent_machine_job(run.site.machine, output->job, &run.arena, &job, &found, &error)) return crash(), true;
        CHECK(found);
        job.executor_job.folder = "/job";
        CHECK(run.executor->operations->submit(run.executor, &job.executor_job, run.now_ms, &error));
        return true;
    case AGENT_SEND:
        if (!agent_machine_batch(run.site.machine, &run.arena, &batch, &error)) return crash(), true;
        return server_takes(&batch);
    case AGENT_ALARM: return strstr(output->words, "expired") || fail(output->words);
    case AGENT_RECONNECT: return fail("it reconnects");
    }
    return false;
}

static void fill_instruction(int64_t number, struct agent_input *input)
{
    struct v1_instruction instruction = test_start(number, asked[number - 1].job, TEST_NOW_MS);
    instruction.kind = asked[number - 1].kind;
    instruction.pieces = asked[number - 1].pieces;
    if (asked[number - 1].is_expired) instruction.expires_ms = TEST_NOW_MS - 1;
    input->body = test_instruction(&instruction, &run.arena);
    input->signature = test_sign(&run.site.server_key, input->body, &run.arena);
    if (run.sent < number) run.sent = number;
}

/* One step, and what it asks for. The journal failing, or a crash right behind the commit: the outputs are lost. */
static bool step(const struct agent_input *input)
{
    struct agent_outputs outputs = { .arena = &run.arena };
    struct error error;
    bool done = agent_step(run.site.machine, input, run.now_ms, &outputs, &error);
    bool dies = ++run.steps == run.crash_at_step || (run.crash_once_in && rng_once_in(&run.rng, run.crash_once_in));
    int kept = outputs.count;
    if (dies && run.crash_once_in && kept) kept = (int)rng_between(&run.rng, 0, kept - 1); /* some were done before */
    if (dies && !run.crash_once_in) kept = 0;
    for (int i = 0; done && i < kept && run.site.machine; i++)
        if (!act(&outputs.items[i])) return false;
    if ((dies || !done) && run.site.machine) crash();
    return true;
}

static bool next_input(void)
{
    static const struct agent_stream streams[] = { { "log", 3, TEST_HASH }, { "out/a", 5, TEST_HASH } };
    static char key[HASH_HEX + 1];
    struct v1_welcome welcome = { .version = 1, .observed = run.observed, .issued = INSTRUCTIONS, .sent = run.sent, .network = id_from("net"), .server_key = key };
    struct agent_input input = { .kind = run.inputs[0].kind, .job = id_from(run.inputs[0].job), .number = run.inputs[0].number, .event = &run.inputs[0].event, .welcome = &welcome };
    struct executor_event event = run.inputs[0].event;
    hex_format(run.site.server_key.public, SIGN_PUBLIC_BYTES, key);
    input.event = &event;
    if (input.kind == AGENT_INSTRUCTED) fill_instruction(input.number, &input);
    if (input.kind == AGENT_COLLECTED) input.streams = streams, input.stream_count = countof(streams);
    run.input_count--;
    memmove(run.inputs, run.inputs + 1, sizeof run.inputs[0] * (size_t)run.input_count);
    return step(&input);
}

static void poll_executor(void)
{
    struct executor_event events[4];
    int64_t at_ms;
    int count = run.executor->operations->poll(run.executor, run.now_ms, events, countof(events));
    for (int i = 0; i < count; i++) {
        expect(AGENT_EXECUTED, "");
        run.inputs[run.input_count - 1].event = events[i];
    }
    if (count) return;
    run.now_ms = simulated_next_ms(run.world, &at_ms) && at_ms > run.now_ms ? at_ms : run.now_ms + 1000;
}

static bool live(void)
{
    run.lives++;
    if (!run.executor) run.executor = simulated_create(run.world);
    if (!fixture_live(&run.site, run.now_ms)) return true; /* its journal failed: once more */
    if (!step(&(struct agent_input){ .kind = AGENT_BEGUN })) return false;
    if (run.site.machine) server_hello();
    return true;
}

static bool is_over(void)
{
    struct error error;
    int ended = 0;
    int64_t left = 0;
    for (int i = 0; i < run.told_count; i++) ended += run.told[i].kind == COMMAND_JOB_RECORD || run.told[i].kind == COMMAND_JOB_REFUSE;
    if (ended < JOBS || run.input_count) return false;
    db_fail_at(run.site.db, 0); /* what is counted now is no step of the agent */
    struct db_statement *count = db_prepare(run.site.db, "SELECT (SELECT count(*) FROM journal_job) + (SELECT count(*) FROM journal_observation)", &error);
    if (db_step(count, &error) == DB_ROW) left = db_number(count, 0);
    db_reset(count);
    return left == 0;
}

/* ---- what must hold ---- */

static bool job_holds(const char *job)
{
    char told[200] = "";
    bool was_cancelled = same_text(job, "J3") || same_text(job, "J6") || same_text(job, "J1");
    for (int i = 0; i < run.told_count; i++) {
        const struct told *at = &run.told[i];
        size_t used = strlen(told);
        if (same_text(at->job, job)) snprintf(told + used, sizeof told - used, "%s%s%s;", word_name(&command_kind_words, (int)at->kind), at->detail[0] ? " " : "", at->detail);
    }
    int starts = simulated_starts(run.world, id_from(job));
    if (same_text(job, "J2") || same_text(job, "J5")) return (same_text(told, "job.refuse;") && !starts) || fail(arena_format(&run.arena, "%s was told as %s", job, told));
    const char *at = told, *end = "stream.end log;stream.end out/a;job.record;";
    bool has_started = strncmp(at, "job.start;", 10) == 0;
    if (has_started) at += 10;
    bool is_end = strncmp(at, "job.end ", 8) == 0;
    bool is_known = is_end && (strncmp(at + 8, "cancelled;", 10) != 0 || was_cancelled);
    at += strcspn(at, ";") + (is_end ? 1 : 0);
    if (!is_known || !same_text(at, end) || starts > 1 || (has_started && !starts)) return fail(arena_format(&run.arena, "%s, started %d times, was told as %s", job, starts, told));
    return true;
}

static bool run_holds(uint64_t seed, int fail_at, int crash_at_step, int crash_once_in, bool *was_due)
{
    static const struct simulated_partition gpu = { "gpu", 4, 1, 4 };
    static const char *const jobs[] = { "J1", "J2", "J3", "J4", "J5", "J6", "J7" };
    run = (struct run){ .now_ms = TEST_NOW_MS, .rng = { seed }, .crash_at_step = crash_at_step, .crash_once_in = crash_once_in };
    arena_init(&run.arena, AGENT_STEP_BYTES);
    fixture_init(&run.site);
    run.site.policy.jobs_per_day = -1;
    run.world = simulated_world_create(seed, &gpu, 1, 5);
    db_fail_at(run.site.db, fail_at);
    bool holds = true;
    while (holds && !is_over() && (holds = run.steps < STEPS_MAX || fail("it doesn't end"))) {
        if (crash_once_in && rng_once_in(&run.rng, 40)) db_fail_at(run.site.db, (int)rng_between(&run.rng, 1, 30));
        if (!run.site.machine) holds = live();
        else if (run.input_count) holds = next_input();
        else poll_executor();
        arena_reset(&run.arena);
    }
    for (int i = 0; holds && i < countof(jobs); i++) holds = job_holds(jobs[i]);
    if (holds && run.told_count != run.observed) holds = fail("numbers and observations differ");
    *was_due = fail_at ? run.lives > 1 : run.steps >= crash_at_step;
    if (run.executor) run.executor->operations->destroy(run.executor);
    fixture_finish(&run.site);
    simulated_world_destroy(run.world);
    arena_finish(&run.arena);
    return holds;
}

int main(int argc, char **argv)
{
    int failures = 0, crashes = 0, seeds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 60;
    bool was_due = true;
    crypto_start();
    for (int n = 1; was_due; n++, failures++)
        if (!run_holds(1, n, 0, 0, &was_due)) return printf("  the journal failed at call %d\n", n), 1;
    was_due = true;
    for (int n = 1; was_due; n++, crashes++)
        if (!run_holds(1, 0, n, 0, &was_due)) return printf("  killed after step %d\n", n), 1;
    for (int seed = 1; seed <= seeds; seed++)
        if (!run_holds((uint64_t)seed, 0, 0, 6, &was_due)) return printf("  seed %d\n", seed), 1;
    printf("ok - agent machine, crashes: %d rows (%d journal calls failed, %d kills after a step, %d seeds)\n", failures + crashes + seeds, failures, crashes, seeds);
    return 0;
}
