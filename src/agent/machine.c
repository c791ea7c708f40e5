/* SPDX-License-Identifier: EUPL-1.2 */
/* machine.c - the frame of a step, and what the machine answers without one.
 *
 * Always true: what an output asks for, or an observation says, was committed before; the mark in memory is the mark in the
 * journal, for a step that fails to commit ends the machine's life; jobs are nowhere but in the journal. So a machine that is
 * killed between any two instructions of the processor and created again goes on as if nothing had happened. */
#include "agent/machine_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void step_output(struct step *step, enum agent_output_kind kind, struct id job)
{
    struct agent_outputs *outputs = step->outputs;
    if (outputs->count == outputs->room) {
        int room = outputs->room ? outputs->room * 2 : 16;
        struct agent_output *items = arena_take(outputs->arena, sizeof *items * (size_t)room);
        if (outputs->count) memcpy(items, outputs->items, sizeof *items * (size_t)outputs->count);
        outputs->items = items;
        outputs->room = room;
    }
    outputs->items[outputs->count++] = (struct agent_output){ .kind = kind, .job = job };
}

void step_alarm(struct step *step, const char *format, ...)
{
    char words[AGENT_WORDS_BYTES + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    step_output(step, AGENT_ALARM, id_from(""));
    step->outputs->items[step->outputs->count - 1].words = arena_text(step->arena, words);
}

const char *step_words(struct step *step, const char *words)
{
    char *plain = arena_text_n(step->arena, words, strnlen(words, AGENT_WORDS_BYTES));
    bool is_plain = utf8_is_valid(plain, strlen(plain)) && text_is_plain(plain);
    for (char *c = plain; *c && !is_plain; c++)
        if (*c < ' ' || *c > '~') *c = '?'; /* a file's name or a cut letter; the rest still says enough */
    return plain;
}

bool step_observe(struct step *step, enum command_kind kind, const void *observed)
{
    struct journal_observation row = { .number = ++step->machine->mark.made, .kind = kind, .body = v1_observation_body(kind, observed, step->arena) };
    step->mark_changed = true;
    return journal_observation_put(step->machine->journal, &row, step->error);
}

static bool step_run(struct step *step)
{
    switch (step->input->kind) {
    case AGENT_BEGUN: return step_begun(step);
    case AGENT_CONNECTED: return step_connected(step);
    case AGENT_DISCONNECTED:
        step->machine->is_connected = step->machine->is_sending = false;
        return true;
    case AGENT_INSTRUCTED: return step_instructed(step);
    case AGENT_ACKNOWLEDGED: return step_acknowledged(step);
    case AGENT_FETCHED: return step_fetched(step);
    case AGENT_REFUSED: return step_refused(step);
    case AGENT_EXECUTED: return step_executed(step);
    case AGENT_COLLECTED: return step_collected(step);
    case AGENT_UPLOADED: return step_uploaded(step);
    case AGENT_FORGOTTEN: return step_forgotten(step);
    case AGENT_TICKED: return step_ticked(step);
    }
    CHECK(step->input->kind == AGENT_BEGUN);
    return false;
}

/* One batch at a time; an empty one if there is nothing to tell but what was taken. */
static void step_send(struct step *step)
{
    struct agent_machine *machine = step->machine;
    bool has_news = machine->mark.made > machine->mark.observed || machine->mark.taken > machine->told_taken;
    if (!machine->is_connected || machine->is_sending || !has_news) return;
    machine->is_sending = true;
    machine->sending_taken = machine->mark.taken;
    machine->sending_made = machine->mark.made;
    step_output(step, AGENT_SEND, id_from(""));
}

bool agent_step(struct agent_machine *machine, const struct agent_input *input, int64_t now_ms, struct agent_outputs *outputs, struct error *error)
{
    struct step step = { .machine = machine, .input = input, .now_ms = now_ms, .arena = outputs->arena, .outputs = outputs, .error = error };
    struct db *db = machine->options.journal;
    outputs->count = outputs->room = 0;
    bool done = db_begin(db, error) && step_run(&step);
    if (done && step.mark_changed) done = journal_mark_put(machine->journal, &machine->mark, error);
    if (done && db_commit(db, error)) {
        step_send(&step);
        return true;
    }
    db_rollback(db);
    outputs->count = 0;
    return false;
}

/* A journal without a mark is new: it gets a name of its own, so that the server can tell it from one that was lost. */
static bool mark_load(struct agent_machine *machine, int64_t now_ms, struct error *error)
{
    bool found;
    if (!journal_mark_find(machine->journal, &machine->texts, &machine->mark, &found, error)) return false;
    if (!found) {
        machine->mark = (struct journal_mark){ .row = 1, .journal = arena_text(&machine->texts, ulid_make(machine->options.ids, now_ms).text) };
        if (!journal_mark_put(machine->journal, &machine->mark, error)) return false;
    }
    if (machine->options.policy->has_server_key) {
        machine->has_server_key = true;
        memcpy(machine->server_key, machine->options.policy->server_key, SIGN_PUBLIC_BYTES);
    } else if (machine->mark.server_key) {
        machine->has_server_key = hex_parse(machine->mark.server_key, machine->server_key, SIGN_PUBLIC_BYTES);
    }
    return true;
}

bool agent_machine_create(struct agent_machine **machine, const struct agent_machine_options *options, int64_t now_ms, struct error *error)
{
    struct agent_machine *made = *machine = calloc(1, sizeof *made);
    CHECK(made);
    made->options = *options;
    arena_init(&made->texts, 64 * 1024);
    made->journal = journal_create(options->journal, now_ms, error);
    if (made->journal && mark_load(made, now_ms, error)) return true;
    agent_machine_destroy(made);
    *machine = NULL;
    return false;
}

void agent_machine_destroy(struct agent_machine *machine)
{
    if (!machine) return;
    journal_destroy(machine->journal);
    arena_finish(&machine->texts);
    free(machine);
}

/* ---- questions ---- */

void agent_machine_hello(const struct agent_machine *machine, struct agent_hello *hello)
{
    const struct agent_policy *policy = machine->options.policy;
    *hello = (struct agent_hello){
        .agent = policy->agent, .lowest = V1_VERSION, .highest = V1_VERSION, .program = "aif " AIF_VERSION,
        .boot = machine->options.boot, .journal = machine->mark.journal, .policy = policy->hash,
        .rung = word_name(&agent_rung_words, (int)policy->rung), .taken = machine->mark.taken, .observed = machine->mark.observed,
    };
}

bool agent_machine_batch(struct agent_machine *machine, struct arena *arena, struct v1_observations *batch, struct error *error)
{
    *batch = (struct v1_observations){ .journal = machine->mark.journal, .taken = machine->sending_taken };
    return journal_observations_from(machine->journal, machine->mark.observed + 1, arena, batch, error);
}

static void executor_job_fill(struct agent_job *job)
{
    const struct v1_instruction *start = &job->instruction;
    const struct v1_plan *plan = &job->plan;
    job->executor_job = (struct executor_job){
        .key = start->job, .name = start->name, .partition = start->partition,
        .pieces = (int)start->pieces, .nodes = (int)start->nodes, .tasks = (int)start->tasks, .cpus_per_task = (int)plan->cpus_per_task,
        .limit_s = start->limit_s, .grace_s = start->grace_s, .memory_bytes = plan->memory_mib * 1024 * 1024,
        .separate_error = plan->error != NULL,
        .environment = plan->environment.items, .environment_count = plan->environment.count,
        .arguments = plan->arguments.items, .argument_count = plan->arguments.count,
        .working_folder = plan->folder,
        .array_job = plan->array_job, .array_index = plan->array_index, .array_count = plan->array_count,
    };
}

bool agent_machine_job(struct agent_machine *machine, struct id id, struct arena *arena, struct agent_job *job, bool *found, struct error *error)
{
    struct journal_job row;
    struct json_fault fault;
    *job = (struct agent_job){ 0 };
    if (!journal_job_find(machine->journal, id, arena, &row, found, error)) return false;
    if (!*found) return true;
    job->stage = row.stage;
    job->cancel_asked = row.cancel_asked;
    if (!v1_instruction_parse(row.body, strlen(row.body), arena, &job->instruction, &fault)) {
        *found = row.stage == STAGE_REFUSED || row.stage == STAGE_SETTLED; /* one that was refused because it can't be read */
        CHECK(*found);
        return true;
    }
    CHECK(v1_plan_parse(job->instruction.plan, strlen(job->instruction.plan), arena, &job->plan, &fault));
    executor_job_fill(job);
    return journal_streams_of(machine->journal, id, arena, &job->streams, error);
}

int64_t agent_machine_taken(const struct agent_machine *machine) { return machine->mark.taken; }
bool agent_machine_is_connected(const struct agent_machine *machine) { return machine->is_connected; }

const char *agent_output_name(enum agent_output_kind kind)
{
    static const char *const names[] = { "fetch", "start", "cancel", "collect", "upload", "forget", "send", "reconnect", "alarm" };
    return names[kind];
}
