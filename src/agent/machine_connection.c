/* SPDX-License-Identifier: EUPL-1.2 */
/* machine_connection.c - hello, acknowledgements, and whether an instruction is to be believed.
 *
 * A step never trusts numbers from outside further than they can be checked. Where server and journal contradict each other
 * one of them has lost something: the agent says so, and takes the side on which no job can run twice. An instruction that
 * isn't exactly what our server signed for us, next in line, isn't taken at all. */
#include "agent/machine_internal.h"

#include <string.h>

static void give_up(struct step *step)
{
    step->machine->is_connected = step->machine->is_sending = false;
    step_output(step, AGENT_RECONNECT, id_from(""));
}

/* ---- hello ---- */

/* The same key for ever: the policy's, or that of the first welcome. */
static bool key_is_ours(struct step *step)
{
    struct agent_machine *machine = step->machine;
    unsigned char key[SIGN_PUBLIC_BYTES];
    if (!hex_parse(step->input->welcome->server_key, key, sizeof key)) return false;
    if (machine->has_server_key) return memcmp(key, machine->server_key, sizeof key) == 0;
    memcpy(machine->server_key, key, sizeof key);
    machine->has_server_key = true;
    machine->mark.server_key = arena_text(&machine->texts, step->input->welcome->server_key);
    step->mark_changed = true;
    return true;
}

/* Numbers within the old name can't be gone on with: what waits is numbered anew under another. */
static bool rename_journal(struct step *step)
{
    struct agent_machine *machine = step->machine;
    struct journal_mark *mark = &machine->mark;
    if (!journal_observations_drop(machine->journal, mark->observed, step->error) || !journal_renumber(machine->journal, mark->observed, step->error)) return false;
    mark->journal = arena_text(&machine->texts, ulid_make(machine->options.ids, step->now_ms).text);
    mark->made -= mark->observed;
    mark->observed = 0;
    step->mark_changed = true;
    give_up(step);
    return job_settle_told(step);
}

/* The server has acknowledged more than this journal ever said, or asked more than it ever took: an older copy of it was
 * brought back, or it was lost and this one is new. What was asked in between may have been done. */
static bool journal_is_older(struct step *step)
{
    const struct v1_welcome *welcome = step->input->welcome;
    struct journal_mark *mark = &step->machine->mark;
    step_alarm(step, "the journal is older than what the server knows of it (instructions %lld, observations %lld; here %lld, %lld): jobs of instructions in between aren't started again",
               (long long)welcome->sent, (long long)welcome->observed, (long long)mark->taken, (long long)mark->made);
    mark->unsure = welcome->sent;
    step->mark_changed = true;
    if (welcome->observed <= mark->made) return true;
    mark->observed = mark->made; /* all of these were acknowledged, and more */
    return rename_journal(step);
}

static bool observed_up_to(struct step *step, int64_t number)
{
    struct agent_machine *machine = step->machine;
    if (number == machine->mark.observed) return true;
    machine->mark.observed = number;
    step->mark_changed = true;
    return journal_observations_drop(machine->journal, number, step->error) && job_settle_told(step);
}

bool step_connected(struct step *step)
{
    struct agent_machine *machine = step->machine;
    const struct v1_welcome *welcome = step->input->welcome;
    struct journal_mark *mark = &machine->mark;
    bool is_first = !mark->welcomed;
    machine->is_connected = machine->is_sending = false;
    if (!id_equal(welcome->network, machine->options.policy->network)) {
        step_alarm(step, "the server speaks for network %s, this site belongs to %s", welcome->network.text, machine->options.policy->network.text);
        give_up(step);
        return true;
    }
    if (!key_is_ours(step)) {
        step_alarm(step, "the server shows another key than before: nothing is taken from it");
        give_up(step);
        return true;
    }
    machine->is_connected = true;
    machine->told_taken = mark->taken; /* hello said it */
    if (is_first) mark->welcomed = step->mark_changed = true;
    if (welcome->observed > mark->made || (is_first && welcome->sent > mark->taken)) return journal_is_older(step);
    if (welcome->observed < mark->observed) {
        step_alarm(step, "the server has forgotten observations %lld to %lld of this journal: it was set back", (long long)welcome->observed + 1, (long long)mark->observed);
        return rename_journal(step);
    }
    if (welcome->issued < mark->taken)
        step_alarm(step, "the server knows %lld instructions, %lld were taken: it was set back; new ones are ignored until it has made more, or this site has a new journal",
                   (long long)welcome->issued, (long long)mark->taken);
    return observed_up_to(step, welcome->observed);
}

/* ---- acknowledgements ---- */

bool step_acknowledged(struct step *step)
{
    struct agent_machine *machine = step->machine;
    int64_t number = step->input->number;
    if (!machine->is_sending) return true; /* of a connection that is over */
    machine->is_sending = false;
    if (number < machine->mark.observed || number > machine->mark.made) {
        step_alarm(step, "the server acknowledges observation %lld; %lld to %lld wait", (long long)number, (long long)machine->mark.observed + 1, (long long)machine->mark.made);
        give_up(step);
        return true;
    }
    machine->told_taken = machine->sending_taken;
    if (number == machine->mark.observed && machine->sending_made > number) give_up(step); /* nothing of the batch: not again at once */
    return observed_up_to(step, number);
}

/* ---- instructions ---- */

/* Why it isn't taken, for the operator; NULL: it is. What could be read of it is in *instruction either way. */
static const char *disbelief(struct step *step, struct v1_instruction *instruction, bool *is_read, struct json_fault *fault)
{
    struct agent_machine *machine = step->machine;
    const struct agent_input *input = step->input;
    if (!machine->has_server_key || !v1_envelope_is_signed(input->body, input->signature, machine->server_key))
        return "its signature isn't the server's over these bytes";
    *is_read = v1_instruction_parse(input->body, strlen(input->body), step->arena, instruction, fault);
    if (!id_equal(instruction->network, machine->options.policy->network)) return "it was signed for another network";
    if (!id_equal(instruction->agent, machine->options.policy->agent)) return "it was signed for another site";
    if (instruction->number != input->number) return "it was signed under another number";
    if (!*is_read && id_is_none(instruction->job)) return "it can't be read, and names no job";
    return NULL;
}

static bool obey(struct step *step, const struct v1_instruction *instruction)
{
    if (instruction->kind == V1_NONE) return true;
    if (instruction->kind == V1_CANCEL) return job_cancel(step, instruction->job);
    if (instruction->number <= step->machine->mark.unsure) return job_take_unsure(step, instruction->job);
    return job_take(step, instruction);
}

bool step_instructed(struct step *step)
{
    struct agent_machine *machine = step->machine;
    struct v1_instruction instruction;
    struct json_fault fault = { 0 };
    int64_t number = step->input->number;
    bool is_read = false;
    if (!machine->is_connected || number <= machine->mark.taken) return true; /* a repeat */
    if (number != machine->mark.taken + 1) {
        step_alarm(step, "instruction %lld came, %lld was next", (long long)number, (long long)machine->mark.taken + 1);
        give_up(step);
        return true;
    }
    const char *doubt = disbelief(step, &instruction, &is_read, &fault);
    if (doubt) {
        step_alarm(step, "instruction %lld isn't taken: %s", (long long)number, doubt);
        give_up(step);
        return true;
    }
    machine->mark.taken = number;
    step->mark_changed = true;
    if (is_read) return obey(step, &instruction);
    step_alarm(step, "instruction %lld for job %s can't be read at %s: %s", (long long)number, instruction.job.text, fault.pointer, fault.wanted);
    if (instruction.kind != V1_START) return true;
    return job_take_refused(step, &instruction, "the site agent can't read this job's instruction");
}
