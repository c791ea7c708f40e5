/* SPDX-License-Identifier: EUPL-1.2 */
/* site.c - home, loop, lives, and the way from an input to what is done about it.
 *
 * Outputs go through one queue and are done in order, one step's before the next one's, however deeply a callback stands. A
 * failed step ends the life as kill -9 would: machine and executor are dropped and made anew from disk, a moment later and
 * from the loop, since we may stand inside a callback of what is dropped. */
#include "agent/site_internal.h"

#include "agent/files.h"
#include "base/time.h"
#include "executor/local.h"
#include "executor/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEXT_LIFE_MS = 1000, STOP_MS = 2000 };

void site_log(const struct site *site, const char *level, const char *event, const char *format, ...)
{
    char time[TIME_TEXT], words[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    for (char *c = words; *c; c++)
        if ((unsigned char)*c < ' ') *c = ' '; /* one event, one line */
    time_format(clock_now_ms(), time);
    fprintf(stderr, "time=%s level=%s agent=%s event=%s%s%s\n", time, level, site->policy.agent.text, event, *words ? " " : "", words);
}

/* ---- steps ---- */

static void output_queue(struct site *site, const struct agent_output *output)
{
    if (output->kind == AGENT_ALARM) {
        site_log(site, "warn", "alarm", "words=\"%s\"", output->words);
        return;
    }
    if (site->output_count == site->output_room) {
        site->output_room = site->output_room ? site->output_room * 2 : 64;
        site->outputs = realloc(site->outputs, sizeof *site->outputs * (size_t)site->output_room);
        CHECK(site->outputs);
    }
    site->outputs[site->output_count++] = (struct agent_output){ .kind = output->kind, .job = output->job };
}

static void do_output(struct site *site, const struct agent_output *output)
{
    switch (output->kind) {
    case AGENT_FETCH: job_begin(site, output->job, WORK_FETCH); return;
    case AGENT_START: job_begin(site, output->job, WORK_START); return;
    case AGENT_CANCEL:
        site->executor->operations->cancel(site->executor, output->job, clock_now_ms());
        site_poll_soon(site);
        return;
    case AGENT_COLLECT: job_begin(site, output->job, WORK_COLLECT); return;
    case AGENT_UPLOAD: job_begin(site, output->job, WORK_UPLOAD); return;
    case AGENT_FORGET:
        site->executor->operations->forget(site->executor, output->job);
        job_begin(site, output->job, WORK_REMOVE);
        return;
    case AGENT_SEND: session_send(site); return;
    case AGENT_RECONNECT: session_broken(site, "the machine asks for a new connection"); return;
    case AGENT_ALARM: return;
    }
}

bool site_is_broken(struct site *site, const struct error *error)
{
    if (!site->is_broken) {
        site_log(site, "error", "journal-failed", "words=\"%s\"", error->text);
        loop_timer_set(site->loop, &site->life, NEXT_LIFE_MS, 0);
    }
    site->is_broken = true;
    return true;
}

void site_input(struct site *site, const struct agent_input *input)
{
    struct arena arena;
    struct error error;
    if (site->is_broken || !site->machine) return;
    arena_init(&arena, AGENT_STEP_BYTES);
    struct agent_outputs outputs = { .arena = &arena };
    bool done = agent_step(site->machine, input, clock_now_ms(), &outputs, &error);
    for (int i = 0; done && i < outputs.count; i++) output_queue(site, &outputs.items[i]);
    arena_finish(&arena);
    if (!done) site_is_broken(site, &error);
    if (site->is_working) return;
    site->is_working = true;
    while (site->output_next < site->output_count && !site->is_broken) {
        struct agent_output output = site->outputs[site->output_next++];
        do_output(site, &output);
    }
    site->output_next = site->output_count = 0;
    site->is_working = false;
}

/* ---- the executor ---- */

static void log_event(const struct site *site, const struct executor_event *event)
{
    static const char *const ends[] = { [END_COMPLETED] = "completed", [END_FAILED] = "failed", [END_TIMED_OUT] = "timed-out", [END_CANCELLED] = "cancelled", [END_LOST] = "lost" };
    if (event->kind == EXECUTOR_STARTED) site_log(site, "info", "job-started", "job=%s", event->key.text);
    else site_log(site, "info", "job-ended", "job=%s end=%s exit_code=%d ran_ms=%lld", event->key.text, ends[event->end], event->exit_code, (long long)event->ran_ms);
}

static void on_poll(void *context)
{
    struct site *site = context;
    struct executor_event events[SITE_EVENTS];
    if (site->is_broken) return;
    int count = site->executor->operations->poll(site->executor, clock_now_ms(), events, countof(events));
    for (int i = 0; i < count; i++) {
        log_event(site, &events[i]);
        site_input(site, &(struct agent_input){ .kind = AGENT_EXECUTED, .event = &events[i] });
        if (events[i].kind == EXECUTOR_STARTED) job_begin(site, events[i].key, WORK_FOLLOW);
    }
    if (count) session_state_soon(site);
    loop_timer_set(site->loop, &site->poll, count == countof(events) ? 0 : site->pace.poll_ms, 0);
}

static void on_executor(void *context, uint32_t events)
{
    (void)events;
    on_poll(context);
}

void site_poll_soon(struct site *site) { loop_timer_set(site->loop, &site->poll, 0, 0); }

static void on_tick(void *context) { site_input(context, &(struct agent_input){ .kind = AGENT_TICKED }); }

/* ---- lives ---- */

static void life_end(struct site *site)
{
    session_end(site);
    jobs_end(site);
    loop_timer_cancel(&site->poll);
    loop_timer_cancel(&site->tick);
    if (site->executor_watch.fd >= 0) loop_unwatch(site->loop, &site->executor_watch);
    site->executor_watch.fd = -1;
    if (site->executor) site->executor->operations->destroy(site->executor);
    agent_machine_destroy(site->machine);
    db_close(site->db);
    site->executor = NULL;
    site->machine = NULL;
    site->db = NULL;
    site->output_next = site->output_count = 0;
}

static bool executor_open(struct site *site, struct error *error)
{
    char root[sizeof site->home + 16];
    struct local_partition partitions[POLICY_PARTITIONS];
    snprintf(root, sizeof root, "%s/executor", site->home);
    for (int i = 0; i < site->policy.partition_count; i++) {
        const struct policy_partition *from = &site->policy.partitions[i];
        partitions[i] = (struct local_partition){ from->name, from->slots, from->nodes, from->slots_per_node, from->has_accelerators };
    }
    struct local_options options = { .root = root, .partitions = partitions, .partition_count = site->policy.partition_count, .program = site->options.program,
                                     .allow_unsandboxed = site->policy.allow_unsandboxed };
    site->executor = local_create(&options, error);
    if (!site->executor) return false;
    const char *missing = local_sandbox_missing(site->executor);
    if (missing) snprintf(site->sandbox, sizeof site->sandbox, "none: %s", missing);
    else snprintf(site->sandbox, sizeof site->sandbox, "bubblewrap: own namespaces, no network, read-only system, call filter");
    site->executor_watch = (struct loop_watch){ .fd = site->executor->operations->watch_fd(site->executor), .callback = on_executor, .context = site };
    return site->executor_watch.fd < 0 || loop_watch(site->loop, &site->executor_watch, EPOLLIN, error);
}

static bool life_open(struct site *site, struct error *error)
{
    char journal[sizeof site->home + 16];
    snprintf(journal, sizeof journal, "%s/journal.db", site->home);
    if (!db_open(&site->db, &(struct db_options){ .location = journal, .busy_ms = 2000, .cache_kib = 256 }, error) || !executor_open(site, error)) return false;
    struct agent_machine_options options = { .journal = site->db, .policy = &site->policy, .key = &site->key, .boot = site->boot, .sandbox = site->sandbox, .ids = &site->ids };
    return agent_machine_create(&site->machine, &options, clock_now_ms(), error);
}

static bool life_begin(struct site *site, struct error *error)
{
    site->is_broken = false;
    if (!life_open(site, error)) return false;
    site->poll = (struct loop_timer){ .callback = on_poll, .context = site };
    site->tick = (struct loop_timer){ .callback = on_tick, .context = site };
    site->turns = (struct loop_timer){ .callback = jobs_turns, .context = site };
    loop_timer_set(site->loop, &site->tick, site->pace.tick_ms, site->pace.tick_ms);
    site_input(site, &(struct agent_input){ .kind = AGENT_BEGUN });
    site_poll_soon(site);
    session_begin(site);
    return true;
}

static void on_life(void *context)
{
    struct site *site = context;
    struct error error;
    if (site->is_stopping) return;
    life_end(site);
    if (life_begin(site, &error)) return;
    life_end(site);
    site_log(site, "error", "life-failed", "words=\"%s\"", error.text);
    site->is_broken = true;
    loop_timer_set(site->loop, &site->life, NEXT_LIFE_MS, 0);
}

/* ---- the process ---- */

static void on_stopped(void *context) { loop_stop(((struct site *)context)->loop); }

/* What is on its way to the server may arrive; nothing new is begun. */
static void on_stop(void *context)
{
    struct site *site = context;
    if (site->is_stopping) return;
    site->is_stopping = true;
    site_log(site, "info", "stopping", "jobs=\"go on\"");
    struct http_exchange *batch = site->session.batch;
    site->session.batch = NULL;
    session_end(site);
    jobs_end(site);
    site->session.batch = batch;
    site->life = (struct loop_timer){ .callback = on_stopped, .context = site };
    loop_timer_set(site->loop, &site->life, batch ? STOP_MS : 0, 0);
}

static void pace_fill(struct site *site)
{
    const struct site_pace *asked = &site->options.pace;
    site->pace = (struct site_pace){
        .reconnect_min_ms = asked->reconnect_min_ms ? asked->reconnect_min_ms : 100,
        .reconnect_max_ms = asked->reconnect_max_ms ? asked->reconnect_max_ms : 10000,
        .state_ms = asked->state_ms ? asked->state_ms : 2000, .follow_ms = asked->follow_ms ? asked->follow_ms : 250,
        .poll_ms = asked->poll_ms ? asked->poll_ms : 500, .tick_ms = asked->tick_ms ? asked->tick_ms : 5000,
    };
}

/* A path of the policy, as seen from the home. */
static void from_home(const struct site *site, const char *path, char *to, size_t room)
{
    if (path[0] == '/') snprintf(to, room, "%s", path);
    else snprintf(to, room, "%s/%s", site->home, path);
}

static bool home_open(struct site *site, struct error *error)
{
    char *home = realpath(site->options.home, NULL), path[sizeof site->home + POLICY_TEXT_BYTES + 2];
    if (!home || strlen(home) > sizeof site->home - 400) {
        free(home);
        return error_set(error, ERROR_CONFIG, "%s isn't there, or its path is too long", site->options.home);
    }
    snprintf(site->home, sizeof site->home, "%s", home);
    free(home);
    snprintf(path, sizeof path, "%s/site.ini", site->home);
    if (!agent_policy_load(path, &site->policy, error)) return false;
    from_home(site, site->policy.key_file, path, sizeof path);
    if (!agent_key_load(path, &site->key, error)) return false;
    site->home_folder = open(site->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (site->home_folder < 0) return error_set_errno(error, ERROR_CONFIG, "%s can't be opened", site->home);
    site->lock = openat(site->home_folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (site->lock < 0 || flock(site->lock, LOCK_EX | LOCK_NB) != 0) return error_set(error, ERROR_BUSY, "another agent works in %s", site->home);
    site->jobs_folder = files_folder(site->home_folder, "jobs", error);
    return site->jobs_folder >= 0;
}

static bool site_open(struct site *site, struct error *error)
{
    umask(077);
    pace_fill(site);
    ulid_source_init(&site->ids, site->options.seed);
    site->rng = (struct rng){ site->options.seed[0] ^ site->options.seed[1] };
    process_boot(site->boot);
    site->terminate = (struct loop_signal){ .number = SIGTERM, .callback = on_stop, .context = site };
    site->interrupt = (struct loop_signal){ .number = SIGINT, .callback = on_stop, .context = site };
    site->life = (struct loop_timer){ .callback = on_life, .context = site };
    if (!home_open(site, error)) return false;
    return (site->loop = loop_create(error)) && loop_on_signal(site->loop, &site->terminate, error) && loop_on_signal(site->loop, &site->interrupt, error) &&
           (site->client = http_client_create(site->loop, error));
}

static void site_close(struct site *site)
{
    int files[] = { site->jobs_folder, site->lock, site->home_folder };
    if (site->loop) life_end(site);
    session_finish(site);
    http_client_destroy(site->client);
    loop_destroy(site->loop);
    for (int i = 0; i < countof(files); i++)
        if (files[i] >= 0) close(files[i]);
    free(site->outputs);
    explicit_bzero(&site->key, sizeof site->key);
    free(site);
}

int site_run(const struct site_options *options)
{
    struct error error = { 0 };
    struct site *site = calloc(1, sizeof *site);
    CHECK(site);
    site->options = *options;
    site->home_folder = site->jobs_folder = site->lock = site->executor_watch.fd = -1;
    bool begun = site_open(site, &error) && life_begin(site, &error);
    if (begun) {
        site_log(site, "info", "begun", "system=%s rung=%s sandbox=\"%s\"", site->policy.system.text, word_name(&agent_rung_words, (int)site->policy.rung), site->sandbox);
        loop_run(site->loop);
        site_log(site, "info", "stopped", "jobs=\"go on\"");
    } else {
        site_log(site, "error", "not-begun", "words=\"%s\"", error.text);
    }
    site_close(site);
    return begun ? 0 : 1;
}
