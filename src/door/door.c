/* SPDX-License-Identifier: EUPL-1.2 */
/* door.c - answered before? - load - may? - decide - apply, for each command of a batch; then one commit for all.
 *
 * Always true: nobody is told anything before its commit; a command that fails leaves nothing behind and harms no neighbour;
 * event numbers have no gaps, because they are given here, inside the transaction, and taken back with it.
 *
 * There is no savepoint: a refusal writes nothing but its answer, so the only thing to undo is the machine's failure, and then
 * the whole batch is rolled back and each command run once more alone (docs/decisions/0005: savepoints cost a third). */
#include "door/door.h"

#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/identity/identity.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/problem.h"
#include "core/rules.h"
#include "store/load.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONCE = false, KEYED = true, EXIT_STORAGE = 74 };

/* To add a command: one row here, one loader in store, one rule in core, one table of cases in its test. */
static const struct door_row {
    enum verb           verb;
    const struct shape *body;
    store_loader       *load;
    rule_decide        *decide;
    bool                has_key; /* ONCE: idempotent by what it says, so no answer is kept */
} rows[] = {
    [COMMAND_PERSON_ADD]       = { VERB_IDENTITY_WRITE,   &person_shape,           load_person_add,       person_add_decide,       KEYED },
    [COMMAND_ORGANISATION_ADD] = { VERB_IDENTITY_WRITE,   &organisation_shape,     load_organisation_add, organisation_add_decide, KEYED },
    [COMMAND_ROLE_GRANT]       = { VERB_IDENTITY_WRITE,   &role_grant_shape,       load_role_grant,       role_grant_decide,       KEYED },
    [COMMAND_TOKEN_ADD]        = { VERB_IDENTITY_WRITE,   &token_shape,            load_token_add,        token_add_decide,        KEYED },
    [COMMAND_FACTORY_PUT]      = { VERB_CATALOGUE_WRITE,  &factory_shape,          load_factory_put,      factory_put_decide,      ONCE },
    [COMMAND_SYSTEM_PUT]       = { VERB_CATALOGUE_WRITE,  &system_shape,           load_system_put,       system_put_decide,       ONCE },
    [COMMAND_PARTITION_ADD]    = { VERB_CATALOGUE_WRITE,  &partition_shape,        load_partition_add,    partition_add_decide,    KEYED },
    [COMMAND_AGENT_ENROL]      = { VERB_AGENT_ENROL,      &agent_shape,            load_agent_enrol,      agent_enrol_decide,      KEYED },
    [COMMAND_PROJECT_ADD]      = { VERB_IDENTITY_WRITE,   &project_add_shape,      load_project_add,      project_add_decide,      KEYED },
    [COMMAND_ALLOCATION_GRANT] = { VERB_ALLOCATION_GRANT, &allocation_grant_shape, load_allocation_grant, allocation_grant_decide, KEYED },
    [COMMAND_FOLDER_ADD]       = { VERB_FOLDER_ADD,       &folder_add_shape,       load_folder_add,       folder_add_decide,       KEYED },
    [COMMAND_JOB_SUBMIT]       = { VERB_JOB_SUBMIT,       &job_submit_shape,       load_job_submit,       job_submit_decide,       KEYED },
    [COMMAND_JOB_CANCEL]       = { VERB_JOB_CANCEL,       &job_cancel_shape,       load_job_cancel,       job_cancel_decide,       KEYED },
    [COMMAND_JOB_RELEASE]      = { VERB_JOB_RELEASE,      &job_release_shape,      load_job_release,      job_release_decide,      ONCE },
    [COMMAND_AGENT_HELLO]      = { VERB_AGENT_REPORT,     &agent_hello_shape,      load_agent_hello,      agent_hello_decide,      ONCE },
    [COMMAND_AGENT_SEND]       = { VERB_AGENT_SEND,       &agent_send_shape,       load_agent_send,       agent_send_decide,       ONCE },
    [COMMAND_AGENT_TAKE]       = { VERB_AGENT_REPORT,     &agent_take_shape,       load_agent_take,       agent_take_decide,       ONCE },
    [COMMAND_JOB_START]        = { VERB_AGENT_REPORT,     &job_start_shape,        load_job_start,        job_start_decide,        ONCE },
    [COMMAND_JOB_END]          = { VERB_AGENT_REPORT,     &job_ended_shape,        load_job_end,          job_end_decide,          ONCE },
    [COMMAND_JOB_REFUSE]       = { VERB_AGENT_REPORT,     &job_refuse_shape,       load_job_refuse,       job_refuse_decide,       ONCE },
    [COMMAND_STREAM_END]       = { VERB_AGENT_REPORT,     &stream_end_shape,       load_stream_end,       stream_end_decide,       ONCE },
    [COMMAND_JOB_RECORD]       = { VERB_AGENT_REPORT,     &job_record_add_shape,   load_job_record,       job_record_decide,       ONCE },
    [COMMAND_AUDIT_CHECKPOINT] = { VERB_AUDIT_CHECKPOINT, &checkpoint_shape,       load_audit_checkpoint, audit_checkpoint_decide, ONCE },
};

const char *door_command_name(enum command_kind kind) { return word_name(&command_kind_words, (int)kind); }
enum verb door_command_verb(enum command_kind kind) { return rows[kind].verb; }
const struct shape *door_command_body(enum command_kind kind) { return rows[kind].body; }
bool door_command_has_key(enum command_kind kind) { return rows[kind].has_key; }

struct door {
    struct door_options options;
    struct ulid_source  ids;
    int64_t             sequence;   /* of the newest event, committed or in this transaction */
    struct event       *events;     /* of this transaction */
    int                 event_count, event_room;
};

bool door_create(struct door **door, const struct door_options *options, struct error *error)
{
    struct door *d = *door = calloc(1, sizeof *d);
    CHECK(d);
    d->options = *options;
    ulid_source_init(&d->ids, options->id_seed);
    if (store_number(options->store, "SELECT max(sequence) FROM event", NULL, 0, &d->sequence, error)) return true;
    door_destroy(d);
    *door = NULL;
    return false;
}

void door_destroy(struct door *door)
{
    if (!door) return;
    free(door->events);
    free(door);
}

int64_t door_last_event(const struct door *door) { return door->sequence; }

static bool answer_as(struct door_request *request, enum door_result result, struct refusal refusal)
{
    request->result = result;
    request->refusal = refusal;
    request->status = refusal_status(refusal.code);
    request->answer = problem_format(&refusal, request->arena);
    return true;
}

/* The answer that was kept for this principal and key, if any. */
static bool answered_before(struct door *door, struct door_request *request, bool *answered, struct error *error)
{
    struct answer answer = { 0 };
    char hash[HASH_HEX + 1];
    const char *keys[] = { request->command.principal.text, request->command.key };
    if (!store_find(door->options.store, &answer_shape, keys, request->arena, &answer, answered, error)) return false;
    if (!*answered) return true;
    hex_format(request->command.request_hash.bytes, HASH_BYTES, hash);
    if (strcmp(hash, answer.request) != 0) return answer_as(request, DOOR_DENIED, refuse(REFUSAL_IDEMPOTENCY_KEY_REUSED));
    request->result = DOOR_REPLAYED;
    request->status = (int)answer.status;
    request->answer = answer.body;
    return true;
}

static bool keep_answer(struct door *door, struct door_request *request, const char *code, int64_t now_ms, struct error *error)
{
    char hash[HASH_HEX + 1];
    if (!rows[request->command.kind].has_key || request->dry) return true;
    hex_format(request->command.request_hash.bytes, HASH_BYTES, hash);
    struct answer answer = { .principal = request->command.principal, .key = request->command.key, .request = hash,
                             .status = request->status, .code = code, .body = request->answer, .at_ms = now_ms };
    return store_change(door->options.store, &(struct change){ CHANGE_ADD, &answer_shape, &answer }, error);
}

static struct event *event_next(struct door *door)
{
    if (door->event_count == door->event_room) {
        door->event_room = door->event_room ? door->event_room * 2 : 256;
        door->events = realloc(door->events, sizeof *door->events * (size_t)door->event_room);
        CHECK(door->events);
    }
    return &door->events[door->event_count++];
}

static bool apply(struct door *door, struct door_request *request, const struct outcome *outcome, int64_t now_ms, struct error *error)
{
    struct store *store = door->options.store;
    for (int i = 0; i < outcome->change_count; i++)
        if (!store_change(store, &outcome->changes[i], error)) return false;
    const char *cause = arena_format(request->arena, "%s/%s", request->command.principal.text, request->command.key ? request->command.key : "-");
    for (int i = 0; i < outcome->event_count; i++) {
        const struct happened *happened = &outcome->events[i];
        struct event *event = event_next(door);
        *event = (struct event){ .sequence = ++door->sequence, .at_ms = now_ms, .version = 1, .name = happened->name,
                                 .actor = request->command.principal, .subject = happened->subject, .scope = happened->scope,
                                 .command = cause, .payload = happened->payload };
        if (i == 0) request->events_first = event->sequence;
        request->events_last = event->sequence;
        if (!store_change(store, &(struct change){ CHANGE_ADD, &event_shape, event }, error)) return false;
    }
    return true;
}

/* A stranger learns nothing from a refusal: who may not even look gets the answer of what isn't there. */
static struct refusal denied(const struct door_row *row, const struct facts *facts)
{
    static const enum verb looks[] = { VERB_PROJECT_READ, VERB_JOB_READ, VERB_SYSTEM_READ };
    if (!facts->there) return refuse(REFUSAL_NOT_FOUND);
    for (int i = 0; i < countof(looks); i++)
        if (may(facts->actor, looks[i], &facts->scope)) return refuse(REFUSAL_NOT_PERMITTED, argument_name(word_name(&verb_words, (int)row->verb)));
    return refuse(REFUSAL_NOT_FOUND);
}

static bool execute(struct door *door, struct door_request *request, const struct picture *picture, int64_t now_ms, struct error *error)
{
    const struct door_row *row = &rows[request->command.kind];
    struct arena *arena = request->arena;
    struct actor *actor = arena_take(arena, sizeof *actor);
    struct facts *facts = arena_take(arena, sizeof *facts);
    struct outcome outcome = { .arena = arena };
    bool answered = false, keyed = row->has_key && !request->dry;

    CHECK(!keyed || request->command.key);
    if (keyed && !answered_before(door, request, &answered, error)) return false;
    if (answered) return true;
    if (!store_actor(door->options.store, request->command.principal, (enum principal_kind)request->principal_kind, arena, actor, error)) return false;
    *facts = (struct facts){ .now_ms = now_ms, .arena = arena, .ids = &door->ids, .server_key = door->options.server_key, .network = door->options.network, .actor = actor,
                             .there = true, .picture = picture, .event_count = door->sequence };
    if (!row->load(door->options.store, &request->command, facts, error)) return false;
    if (facts->load_refusal.code) return answer_as(request, DOOR_DENIED, facts->load_refusal);
    if (!facts->there || !may(actor, row->verb, &facts->scope)) return answer_as(request, DOOR_DENIED, denied(row, facts));

    row->decide(&request->command, facts, &outcome);
    if (outcome.refusal.code) {
        answer_as(request, DOOR_ANSWERED, outcome.refusal);
        return keep_answer(door, request, refusal_code_text(outcome.refusal.code), now_ms, error);
    }
    request->result = DOOR_ANSWERED;
    request->status = outcome.status ? outcome.status : 200;
    request->answer = outcome.answer ? outcome.answer : "{}";
    if (request->dry) return true;
    return apply(door, request, &outcome, now_ms, error) && keep_answer(door, request, NULL, now_ms, error);
}

/* Runs one command. False: what it wrote must go, and with it the whole transaction. */
static bool execute_guarded(struct door *door, struct door_request *request, const struct picture *picture, int64_t now_ms, struct error *error)
{
    jmp_buf escape;
    bool ok = false;
    request->events_first = request->events_last = 0;
    request->arena->escape = &escape;
    if (setjmp(escape) == 0) ok = execute(door, request, picture, now_ms, error);
    else error_set(error, ERROR_BUSY, "the command needs more memory than a command may have");
    request->arena->escape = NULL;
    return ok;
}

static void fail(struct door_request *request, const struct error *error)
{
    request->result = DOOR_FAILED;
    request->refusal = error->code == ERROR_FULL ? refuse(REFUSAL_STORAGE_FULL) : refuse(REFUSAL_TEMPORARILY_UNAVAILABLE);
    request->status = refusal_status(request->refusal.code);
    request->answer = NULL; /* the arena may be what ran out: the sender words it */
    request->events_first = request->events_last = 0;
}

/* After a failed sync the kernel may have dropped what it couldn't write; only reading the file anew tells what is there. */
static void stop_on_lost_writes(const struct error *error)
{
    if (error->code != ERROR_IO) return;
    fprintf(stderr, "aif: the storage lost a write; ending, so that the next start reads what is really there: %s\n", error->text);
    _exit(EXIT_STORAGE);
}

/* One transaction over `count` requests. False: nothing of it happened, nobody has an answer. */
static bool transact(struct door *door, struct door_request *batch, int count, const struct picture *picture, int64_t now_ms, int *taken, struct error *error)
{
    struct db *db = store_db(door->options.store);
    *error = (struct error){ 0 }; /* an earlier attempt may have left its own */
    int64_t sequence = door->sequence, began_us = door->options.work_us ? door->options.work_us() : 0;
    door->event_count = 0;
    *taken = 0;
    bool ok = db_begin(db, error);
    for (struct door_request *request = batch; ok && request && *taken < count; request = request->next) {
        ok = execute_guarded(door, request, picture, now_ms, error);
        ++*taken;
        if (door->options.work_us && door->options.work_us() - began_us > BATCH_WORK_US) break;
    }
    if (ok && db_commit(db, error)) return true;
    stop_on_lost_writes(error);
    db_rollback(db);
    door->sequence = sequence;
    door->event_count = 0;
    return false;
}

static void tell(struct door *door)
{
    if (door->event_count && door->options.committed) door->options.committed(door->options.context, door->events, door->event_count);
}

struct door_request *door_execute(struct door *door, struct door_request *batch, int64_t now_ms)
{
    struct error error = { 0 };
    int taken = 0, count = 0;
    struct arena_mark marks[BATCH_MAX];
    const struct picture *picture = door->options.picture ? door->options.picture(door->options.context) : NULL;
    for (struct door_request *request = batch; request && count < BATCH_MAX; request = request->next) marks[count++] = arena_mark(request->arena);
    struct door_request *request = batch;
    if (transact(door, batch, count, picture, now_ms, &taken, &error)) {
        tell(door);
        for (; taken; taken--) request = request->next;
        return request;
    }
    for (int i = 0; i < count; i++, request = request->next) { /* each once more, alone, with the memory that it had */
        arena_rewind(request->arena, marks[i]);
        if (transact(door, request, 1, picture, now_ms, &taken, &error)) tell(door);
        else fail(request, &error);
    }
    return request;
}
