/* SPDX-License-Identifier: EUPL-1.2 */
/* run.c - one seed: the world is made, people and faults act on it, then the faults stop and everything must come to rest.
 *
 * One thread, one agenda, no clock but its own. A broken promise ends the process at once, at the event that broke it. */
#include "sim/run.h"

#include "sim/check.h"
#include "sim/model.h"
#include "sim/server.h"
#include "sim/site.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_BYTES ((size_t)4 << 30)
#define SETTLE_MS (INT64_C(40) * 24 * 3600 * 1000) /* the smallest partition could work through all jobs of a seed one by one */

enum { ONCE_LONG_SILENCE = 4, MISCHIEF_MS = 6 * 60 * 1000, HEAL_MS = 40 * 60 * 1000, STEP_MS = 3600 * 1000, SILENCE_MS = 40 * 60 * 1000, LOOK_MS = 60 * 1000, LINE_BYTES = 512 };
#define WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)

const char *tally_words(enum tally tally)
{
#define TALLY_WORDS(symbol, words) words,
    static const char *const names[] = { TALLIES(TALLY_WORDS) };
    return names[tally];
}

void run_tally(struct run *run, enum tally tally) { run->result->tallies[tally]++; }

void run_plan(struct run *run, int64_t in_ms, void (*act)(void *context), void *context) { agenda_add(&run->agenda, run->now_ms + in_ms, act, context); }

void run_say(struct run *run, const char *what, const char *format, ...)
{
    char line[LINE_BYTES], words[LINE_BYTES - 100];
    va_list arguments;
    if (!run->has_begun) return;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    size_t length = strlen(words);
    while (length && words[length - 1] == ' ') words[--length] = 0;
    int written = snprintf(line, sizeof line, "%10.3f  %-22.40s %s", (double)(run->now_ms - WORLD_BEGAN_MS) / 1000, what, words);
    CHECK(written > 0 && written < (int)sizeof line);
    for (; line[written - 1] == ' '; written--) line[written - 1] = 0;
    for (int i = 0; i <= written; i++) run->result->transcript = (run->result->transcript ^ (unsigned char)line[i]) * 1099511628211u; /* FNV-1a */
    if (run->options->transcript) fprintf(run->options->transcript, "%s\n", line);
}

/* ---- a broken promise ---- */

/* Of the run under way, for the signal handler too. */
static char replay_line[200];
static char leftovers[SERVER_FILES][sizeof ((struct run *)0)->folder + 40], leftover_folder[sizeof ((struct run *)0)->folder];

static void remove_leftovers(void)
{
    for (int i = 0; i < SERVER_FILES; i++) unlink(leftovers[i]);
    rmdir(leftover_folder);
}

/* A CHECK in the code under test, or somebody's Ctrl-C. */
static void on_signal(int number)
{
    ssize_t ignored = write(STDERR_FILENO, replay_line, strlen(replay_line));
    (void)ignored;
    remove_leftovers();
    signal(number, SIG_DFL);
    raise(number);
}

static const int signals[] = { SIGABRT, SIGINT, SIGTERM };

void run_fail(struct run *run, const char *format, ...)
{
    va_list arguments;
    if (run->options->transcript) fflush(run->options->transcript);
    fprintf(stderr, "seed %llu, at %.3f s: ", (unsigned long long)run->options->seed, (double)(run->now_ms - WORLD_BEGAN_MS) / 1000);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n%s", replay_line);
    remove_leftovers();
    _exit(1);
}

/* ---- faults of parties ---- */

static struct sim_site *any_site(struct run *run) { return &run->sites[rng_between(&run->faults.rng, 0, run->world->system_count - 1)]; }

static void mischief(void *context)
{
    struct run *run = context;
    struct faults *faults = &run->faults;
    struct sim_site *site = any_site(run);
    int64_t roll = rng_between(&faults->rng, 1, 100);
    if (!faults->on) return;
    if (roll <= 24) fault_count(faults, FAULT_DROPPED), sim_site_drop(site);
    else if (roll <= 45) fault_count(faults, FAULT_AGENT_KILLED), sim_site_kill(site);
    else if (roll <= 50) fault_count(faults, FAULT_JOURNAL_LOST), sim_site_lose_journal(site);
    else if (roll <= 57) fault_count(faults, FAULT_MACHINE_DOWN), sim_site_machine_down(site);
    else if (roll <= 70) fault_count(faults, FAULT_SERVER_KILLED), sim_server_kill(run->server);
    else if (roll <= 78) fault_count(faults, FAULT_CLOCK_SERVER), run->server->skew_ms = rng_between(&faults->rng, -STEP_MS, STEP_MS);
    else if (roll <= 86) fault_count(faults, FAULT_CLOCK_AGENT), site->skew_ms = rng_between(&faults->rng, -STEP_MS, STEP_MS);
    else fault_count(faults, FAULT_SILENCE), sim_site_silence(site, rng_between(&faults->rng, 1000, SILENCE_MS));
    run_plan(run, rng_between(&faults->rng, 1, MISCHIEF_MS), mischief, run);
}

/* One site hears nothing for so long that what it was asked has expired. */
static void long_silence(void *context)
{
    struct run *run = context;
    int64_t for_ms = WEEK_MS + rng_between(&run->faults.rng, 0, WEEK_MS / 7);
    fault_count(&run->faults, FAULT_LONG_SILENCE);
    sim_site_silence(any_site(run), for_ms);
}

/* ---- from the first command to rest ---- */

static void begin(struct run *run)
{
    *run->result = (struct sim_result){ .transcript = 14695981039346656037u };
    arena_init(&run->arena, RUN_BYTES);
    run->rng.state = run->options->seed;
    run->wires.state = ~run->options->seed;
    run->faults.rng.state = run->options->seed * 31 + 7;
    run->now_ms = WORLD_BEGAN_MS;
    snprintf(replay_line, sizeof replay_line, "aif sim --seed %llu --commands %d --agents %d --transcript\n", (unsigned long long)run->options->seed, run->options->commands, run->options->agents);
    snprintf(run->folder, sizeof run->folder, "%s/aif-sim-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    CHECK(mkdtemp(run->folder));
    snprintf(leftover_folder, sizeof leftover_folder, "%s", run->folder);
    for (int i = 0; i < SERVER_FILES; i++) sim_server_file(run, i, leftovers[i], sizeof leftovers[i]);
    world_create(run);
    model_create(run);
    people_create(run);
    sim_server_create(run);
    world_enter(run);
    sim_sites_create(run);
    sim_server_reopen(run->server);
    model_load_actors(run->model);
}

static bool is_settled(const struct run *run)
{
    return run->people->made == run->options->commands && run->people->open == 0 && run->model->live_count == 0 && run->server->is_up &&
           !run->server->first && sim_sites_are_settled((struct run *)run);
}

static void act_until(struct run *run, int64_t until_ms, bool (*is_over)(const struct run *run))
{
    struct due due;
    int64_t look_ms = run->now_ms;
    while (run->agenda.count && run->agenda.heap[0].at_ms <= until_ms) {
        if (is_over && run->now_ms >= look_ms) {
            if (is_over(run)) return;
            look_ms = run->now_ms + LOOK_MS;
        }
        agenda_next(&run->agenda, &due);
        run->now_ms = due.at_ms;
        due.act(due.context);
    }
    RUN_CHECK(run, !is_over, "the faults have stopped, but it never comes to rest: %d jobs live, %d commands open", run->model->live_count, run->people->open);
    run->now_ms = until_ms;
}

static bool all_is_said(const struct run *run) { return run->people->made == run->options->commands; }

static void live(struct run *run)
{
    run->has_begun = true;
    sim_server_chores_begin(run->server);
    sim_sites_begin(run);
    people_begin(run);
    run->faults.on = true;
    run_plan(run, rng_between(&run->faults.rng, 1, MISCHIEF_MS), mischief, run);
    if (rng_once_in(&run->faults.rng, ONCE_LONG_SILENCE)) run_plan(run, rng_between(&run->faults.rng, 1, MISCHIEF_MS), long_silence, run);
    act_until(run, run->now_ms + SETTLE_MS, all_is_said);
    act_until(run, run->now_ms + rng_between(&run->faults.rng, 0, HEAL_MS), NULL);
    run_say(run, "faults end", "%s", "");
    run->faults.on = false;
    act_until(run, run->now_ms + SETTLE_MS, is_settled);
    run_say(run, "at rest", "%d jobs", run->model->job_count);
}

static void clean_up(struct run *run)
{
    sim_sites_destroy(run);
    sim_server_destroy(run->server);
    remove_leftovers();
    agenda_finish(&run->agenda);
    arena_finish(&run->arena);
}

void sim_run(const struct sim_options *options, struct sim_result *result)
{
    struct run run = { .options = options, .result = result };
    for (int i = 0; i < countof(signals); i++) signal(signals[i], on_signal);
    begin(&run);
    live(&run);
    check_settled(&run);
    people_check_replays(&run);
    check_batch(&run, 0);
    memcpy(result->faults, run.faults.counts, sizeof result->faults);
    result->virtual_ms = run.now_ms - WORLD_BEGAN_MS;
    clean_up(&run);
    for (int i = 0; i < countof(signals); i++) signal(signals[i], SIG_DFL);
}
