/* SPDX-License-Identifier: EUPL-1.2 */
/* site.c - steps of the machine and what their outputs ask for, and all that can happen to a site.
 *
 * A step whose journal fails, and a kill between two outputs, are the same to the machine: it is gone, and a new one begins
 * from the journal. The executor's world goes on meanwhile. Whatever was planned for an earlier life is ignored. */
#include "sim/site_internal.h"

#include "sim/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_BYTES = 64 * 1024 * 1024, ONCE_JOURNAL = 120, ONCE_BETWEEN = 400, ONCE_TWICE = 20, JOURNAL_STEPS = 8, DOWN_MS = 30000, TICK_MS = 4 * 3600 * 1000,
       WORK_MS = 3000, LOST_ONCE_IN = 12, EVENTS = 16 };

int64_t site_now(const struct sim_site *site) { return site->run->now_ms + site->skew_ms; }

struct site_call *site_call(struct sim_site *site, struct id job)
{
    struct site_call *call = arena_take(&site->run->arena, sizeof *call);
    *call = (struct site_call){ site, site->life, site->session, job, 0 };
    return call;
}

/* ---- the executor ---- */

static void poll(void *context);

/* The executor is looked at when it next has something to say. */
static void plan_poll(struct sim_site *site)
{
    int64_t at_ms;
    if (!site->machine || !simulated_next_ms(site->world, &at_ms)) return;
    if (at_ms <= site->run->now_ms) at_ms = site->run->now_ms + 1;
    if (site->poll_ms <= at_ms && site->poll_ms > site->run->now_ms) return;
    site->poll_ms = at_ms;
    run_plan(site->run, at_ms - site->run->now_ms, poll, site_call(site, id_from("")));
}

static void poll(void *context)
{
    const struct site_call *call = context;
    struct sim_site *site = call->site;
    struct executor_event events[EVENTS];
    if (site->life != call->life) return;
    site->poll_ms = INT64_MAX;
    int count = site->executor->operations->poll(site->executor, site->run->now_ms, events, EVENTS);
    for (int i = 0; i < count && site->life == call->life; i++) {
        model_truth_told(site->run->model, &events[i], site->skew_ms);
        site_step(site, &(struct agent_input){ .kind = AGENT_EXECUTED, .event = &events[i] });
    }
    if (site->life == call->life) plan_poll(site);
}

static void start_job(struct sim_site *site, struct id id)
{
    struct agent_job job;
    struct error error = { 0 };
    struct arena arena;
    bool found = false;
    arena_init(&arena, STEP_BYTES);
    RUN_CHECK(site->run, agent_machine_job(site->machine, id, &arena, &job, &found, &error) && found, "the machine starts job %s, which it doesn't have: %s", id.text, error.text);
    job.executor_job.folder = "";
    bool is_taken = site->executor->operations->submit(site->executor, &job.executor_job, site->run->now_ms, &error);
    if (is_taken && fault_strikes(&site->run->faults, FAULT_START_REPEATED, ONCE_TWICE)) {
        is_taken = site->executor->operations->submit(site->executor, &job.executor_job, site->run->now_ms, &error);
        RUN_CHECK(site->run, is_taken, "the executor took job %s once, but not twice", id.text);
    }
    arena_finish(&arena);
    if (is_taken) plan_poll(site);
    else site_step(site, &(struct agent_input){ .kind = AGENT_REFUSED, .job = id, .words = error.text });
}

/* ---- files ---- */

/* The same job has the same streams whenever one looks. */
static void collected(void *context)
{
    const struct site_call *call = context;
    static const char *const names[] = { "log", "out/model.bin", "out/sub/notes.txt", "error" };
    struct agent_stream streams[countof(names)];
    if (call->site->life != call->life) return;
    call->site->under_way--;
    struct hash seed = sha256(call->job.text, strlen(call->job.text));
    int count = 1 + seed.bytes[0] % countof(names);
    for (int i = 0; i < count; i++) {
        struct hash hash = sha256_2(seed.bytes, HASH_BYTES, names[i], strlen(names[i]));
        streams[i] = (struct agent_stream){ .name = names[i], .size_bytes = seed.bytes[i] };
        hex_format(hash.bytes, HASH_BYTES, streams[i].hash);
    }
    site_step(call->site, &(struct agent_input){ .kind = AGENT_COLLECTED, .job = call->job, .streams = streams, .stream_count = count });
}

static void forgotten(void *context)
{
    const struct site_call *call = context;
    if (call->site->life != call->life) return;
    call->site->under_way--;
    site_step(call->site, &(struct agent_input){ .kind = AGENT_FORGOTTEN, .job = call->job });
}

static void later(struct sim_site *site, void (*act)(void *context), struct id job)
{
    site->under_way++;
    run_plan(site->run, rng_between(&site->run->wires, 1, WORK_MS), act, site_call(site, job));
}

/* ---- steps ---- */

static void alarm_heard(struct sim_site *site, const char *words)
{
    run_tally(site->run, TALLY_ALARMS);
    run_say(site->run, "alarm", "%s %s", site->policy.system.text, words);
    RUN_CHECK(site->run, !strstr(words, "can't be read") && !strstr(words, "another key") && !strstr(words, "set back;") && !strstr(words, "again: ignored"),
              "agent of %s: %s", site->policy.system.text, words);
}

static void obey(struct sim_site *site, const struct agent_output *output)
{
    switch (output->kind) {
    case AGENT_FETCH: site_ask(site, SITE_FETCH, output->job); return;
    case AGENT_START: start_job(site, output->job); return;
    case AGENT_CANCEL:
        site->executor->operations->cancel(site->executor, output->job, site->run->now_ms);
        plan_poll(site);
        return;
    case AGENT_COLLECT: later(site, collected, output->job); return;
    case AGENT_UPLOAD: site_ask(site, SITE_UPLOAD, output->job); return;
    case AGENT_FORGET:
        site->executor->operations->forget(site->executor, output->job);
        later(site, forgotten, output->job);
        return;
    case AGENT_SEND: sim_site_send(site); return;
    case AGENT_RECONNECT: site_reconnect(site); return;
    case AGENT_ALARM: alarm_heard(site, output->words); return;
    }
}

void site_step(struct sim_site *site, const struct agent_input *input)
{
    struct run *run = site->run;
    struct agent_outputs outputs = { 0 };
    struct error error = { 0 };
    struct arena arena;
    int64_t life = site->life;
    if (!site->machine) return;
    arena_init(&arena, STEP_BYTES);
    outputs.arena = &arena;
    run_tally(run, TALLY_STEPS);
    bool may_fail = run->faults.on && rng_once_in(&run->faults.rng, ONCE_JOURNAL);
    if (may_fail) db_fail_at(site->journal, (int)rng_between(&run->faults.rng, 1, JOURNAL_STEPS));
    bool is_done = agent_step(site->machine, input, site_now(site), &outputs, &error);
    db_fail_at(site->journal, 0);
    RUN_CHECK(run, is_done || may_fail, "the journal of %s failed by itself: %s", site->policy.system.text, error.text);
    if (!is_done) {
        fault_count(&run->faults, FAULT_JOURNAL);
        sim_site_kill(site);
    }
    for (int i = 0; i < outputs.count && site->life == life; i++) {
        if (fault_strikes(&run->faults, FAULT_AGENT_KILLED_BETWEEN, ONCE_BETWEEN)) sim_site_kill(site);
        else obey(site, &outputs.items[i]);
    }
    arena_finish(&arena);
}

static void tick(void *context)
{
    const struct site_call *call = context;
    struct sim_site *site = call->site;
    if (site->life != call->life) return;
    run_plan(site->run, rng_between(&site->run->wires, TICK_MS / 2, TICK_MS), tick, context);
    site_step(site, &(struct agent_input){ .kind = AGENT_TICKED });
}

/* ---- life ---- */

static void begin(void *context)
{
    const struct site_call *call = context;
    struct sim_site *site = call->site;
    struct run *run = site->run;
    struct error error = { 0 };
    if (site->life != call->life) return;
    site->life++;
    const struct agent_machine_options options = { .journal = site->journal, .policy = &site->policy, .key = &site->key, .boot = site->boot, .sandbox = "simulated", .ids = &site->ids };
    RUN_CHECK(run, agent_machine_create(&site->machine, &options, site_now(site), &error), "the agent of %s doesn't begin: %s", site->policy.system.text, error.text);
    site->executor = simulated_create(site->world);
    site->poll_ms = INT64_MAX;
    site->under_way = 0;
    run_say(run, "agent began", "%s", site->policy.system.text);
    struct site_call *mine = site_call(site, id_from(""));
    site_step(site, &(struct agent_input){ .kind = AGENT_BEGUN });
    if (site->life != mine->life) return;
    run_plan(run, rng_between(&run->wires, TICK_MS / 2, TICK_MS), tick, mine);
    plan_poll(site);
    site_reconnect(site);
}

static void machine_open_journal(struct sim_site *site)
{
    const struct db_options opening = { .location = ":memory:", .cache_kib = 256 };
    struct error error = { 0 };
    RUN_CHECK(site->run, db_open(&site->journal, &opening, &error), "no journal: %s", error.text);
}

void sim_site_kill(struct sim_site *site)
{
    if (!site->machine) return;
    run_say(site->run, "agent killed", "%s", site->policy.system.text);
    db_rollback(site->journal);
    agent_machine_destroy(site->machine);
    site->executor->operations->destroy(site->executor);
    site->machine = NULL, site->executor = NULL;
    site->life++;
    site->session++;
    site->is_greeting = false;
    run_plan(site->run, rng_between(&site->run->wires, 1, DOWN_MS), begin, site_call(site, id_from("")));
}

void sim_site_lose_journal(struct sim_site *site)
{
    sim_site_kill(site);
    run_say(site->run, "journal lost", "%s", site->policy.system.text);
    db_close(site->journal);
    machine_open_journal(site);
    site->run->model->lost_journal[site->index] = true;
}

void sim_site_machine_down(struct sim_site *site)
{
    sim_site_kill(site);
    run_say(site->run, "machine down", "%s", site->policy.system.text);
    simulated_world_restart(site->world, site->run->now_ms);
    snprintf(site->boot, sizeof site->boot, "boot-%lld", (long long)site->life);
}

static void site_create(struct run *run, int index)
{
    const struct world_system *system = &run->world->systems[index];
    struct sim_site *site = &run->sites[index];
    unsigned char seed[SIGN_SEED_BYTES];
    char hex[HASH_HEX + 1];
    *site = (struct sim_site){ .run = run, .index = index, .up.run = run, .down.run = run, .boot = "boot-0", .poll_ms = INT64_MAX };
    for (int i = 0; i < SIGN_SEED_BYTES; i++) seed[i] = (unsigned char)rng_between(&run->rng, 0, 255);
    sign_key_from_seed(&site->key, seed);
    const uint64_t high = rng_next(&run->rng), low = rng_next(&run->rng);
    ulid_source_init(&site->ids, (const uint64_t[]){ high, low });
    site->policy = (struct agent_policy){ .agent = system->agent, .network = id_from(RUN_NETWORK), .system = system->id, .rung = RUNG_SUBMIT, .partition_count = 1,
                                          .has_server_key = system->knows_server_key, .accelerators = -1, .wall_time_s = system->wall_time_s, .jobs_per_day = system->jobs_per_day };
    memcpy(site->policy.server_key, run->world->server_key.public, SIGN_PUBLIC_BYTES);
    struct policy_partition *partition = &site->policy.partitions[0];
    snprintf(partition->name, sizeof partition->name, "%s", system->partition);
    partition->slots = system->slots, partition->nodes = system->nodes, partition->slots_per_node = system->slots_per_node, partition->has_accelerators = true;
    memset(site->policy.hash, '0', HASH_HEX);
    const struct simulated_partition machine = { system->partition, system->slots, system->nodes, system->slots_per_node };
    site->world = simulated_world_create(rng_next(&run->rng), &machine, 1, LOST_ONCE_IN);
    machine_open_journal(site);
    hex_format(site->key.public, SIGN_PUBLIC_BYTES, hex);
    const struct agent enrolled = { .id = system->agent, .system = system->id, .public_key = hex };
    sim_server_do(run->server, COMMAND_AGENT_ENROL, id_from(WORLD_SERVER), system->agent.text, &enrolled);
}

void sim_sites_create(struct run *run)
{
    run->sites = arena_take(&run->arena, sizeof *run->sites * (size_t)run->world->system_count);
    for (int i = 0; i < run->world->system_count; i++) site_create(run, i);
}

void sim_sites_begin(struct run *run)
{
    for (int i = 0; i < run->world->system_count; i++) begin(site_call(&run->sites[i], id_from("")));
}

void sim_sites_destroy(struct run *run)
{
    for (int i = 0; i < run->world->system_count; i++) {
        struct sim_site *site = &run->sites[i];
        agent_machine_destroy(site->machine);
        if (site->executor) site->executor->operations->destroy(site->executor);
        simulated_world_destroy(site->world);
        db_close(site->journal);
    }
}

int sim_site_starts(struct run *run, int system, struct id job) { return simulated_starts(run->sites[system].world, job); }
