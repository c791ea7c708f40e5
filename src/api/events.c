/* SPDX-License-Identifier: EUPL-1.2 */
/* events.c - one stream of events for each who asks: first what is behind, read by pages, then what comes, as it is committed.
 *
 * Always true: a follower has handled every event up to `sent` exactly once, shown or not hers to see, so nothing is lost or told
 * twice between the two. One that can't drink as fast as things happen falls back to pages and catches up by itself. */
#include "api/handlers.h"
#include "api/reach.h"
#include "api/tap.h"
#include "store/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which scopes one may see, from the roles of a moment; everybody sees the public one. */
struct sight { bool all; int count; struct held_role roles[HELD_ROLES_MAX]; };

struct follower {
    struct tap   tap;
    int64_t      sent;
    bool         live;
    struct sight *sight;
    struct id    job, project;   /* none: everything */
    bool         outputs;        /* may be told how the job's streams grow */
    /* of the page that is made */
    int64_t      from;
    struct sight *new_sight;
    struct text  text;
    int64_t      scanned;
    bool         at_end, lost, new_outputs;
};

static bool is_there(const struct held_role *held, const char *kind, const char *id)
{
    return strncmp(kind, scope_kind_words.names[held->kind], strlen(scope_kind_words.names[held->kind])) == 0 && strcmp(held->scope.text, id) == 0;
}

static bool sees(const struct sight *sight, const char *scope)
{
    if (strcmp(scope, "public") == 0 || sight->all) return true;
    const char *colon = strchr(scope, ':');
    for (int i = 0; colon && i < sight->count; i++)
        if (is_there(&sight->roles[i], scope, colon + 1)) return true;
    return false;
}

/* Only what counts for events is kept: a thousand followers have one of these each. */
static struct sight *sight_of(const struct actor *actor)
{
    int count = 0;
    struct sight *sight = malloc(offsetof(struct sight, roles) + sizeof(struct held_role) * (size_t)(actor->role_count + 1));
    CHECK(sight);
    for (int i = 0; i < actor->role_count; i++) {
        const struct held_role *held = &actor->roles[i];
        if (!role_includes(held->role, VERB_EVENT_READ) || role_scope(held->role) != held->kind || id_is_none(held->scope)) continue;
        sight->roles[count++] = *held;
    }
    sight->all = may_somewhere(actor, VERB_EVENT_READ, SCOPE_OF_NETWORK);
    sight->count = count;
    return sight;
}

/* ---- what is sent ---- */

static char *event_format(const struct event *event, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    text_add_format(&out, "id: %lld\nevent: %s\ndata: ", (long long)event->sequence, event->name);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_number_field(&writer, "sequence", event->sequence);
    json_time_field(&writer, "at_ms", event->at_ms);
    json_number_field(&writer, "version", event->version);
    json_text_field(&writer, "name", event->name);
    json_text_field(&writer, "actor", event->actor.text);
    json_text_field(&writer, "subject", event->subject.text);
    json_text_field(&writer, "scope", event->scope);
    json_name(&writer, "payload");
    json_put_raw(&writer, event->payload);
    json_close(&writer, '}');
    text_add(&out, "\n\n");
    return out.bytes;
}

static bool concerns(const struct follower *follower, const struct sight *sight, struct id subject, const char *scope)
{
    return (id_is_none(follower->job) || id_equal(follower->job, subject)) && sees(sight, scope);
}

/* ---- pages, on a reader ---- */

enum { COLUMN_SEQUENCE, COLUMN_AT, COLUMN_VERSION, COLUMN_NAME, COLUMN_ACTOR, COLUMN_SUBJECT, COLUMN_SCOPE, COLUMN_PAYLOAD };
#define EVENT_COLUMNS "SELECT sequence, at_ms, version, name, actor, subject, scope, payload FROM event "

static void page_add(struct follower *follower, struct db_statement *row)
{
    struct arena *arena = &follower->tap.arena;
    if (!concerns(follower, follower->new_sight, id_from(db_text(row, COLUMN_SUBJECT)), db_text(row, COLUMN_SCOPE))) return;
    struct event event = { .sequence = db_number(row, COLUMN_SEQUENCE), .at_ms = db_number(row, COLUMN_AT), .version = db_number(row, COLUMN_VERSION),
                           .name = db_text(row, COLUMN_NAME), .actor = id_from(db_text(row, COLUMN_ACTOR)), .subject = id_from(db_text(row, COLUMN_SUBJECT)),
                           .scope = db_text(row, COLUMN_SCOPE), .payload = db_text(row, COLUMN_PAYLOAD) };
    text_add(&follower->text, event_format(&event, arena));
}

static bool page_scan(struct follower *follower, struct store *store, struct error *error)
{
    static const char all[] = EVENT_COLUMNS "WHERE sequence > $1 AND sequence <= $2 AND $3 = '' ORDER BY sequence";
    static const char one[] = EVENT_COLUMNS "WHERE sequence > $1 AND sequence <= $2 AND subject = $3 ORDER BY sequence";
    int64_t newest, upto;
    if (!store_number(store, "SELECT max(sequence) FROM event", NULL, 0, &newest, error)) return false;
    if (follower->from > newest) { /* of another log, or of this one before it was restored: from now on */
        follower->scanned = newest;
        follower->at_end = true;
        return true;
    }
    bool of_job = !id_is_none(follower->job);
    upto = of_job || newest - follower->from <= API_EVENTS_SCAN ? newest : follower->from + API_EVENTS_SCAN;
    struct db_statement *rows = db_prepare(store_db(store), of_job ? one : all, error);
    if (!rows) return false;
    enum db_step step = DB_DONE;
    db_bind_number(rows, 1, follower->from);
    db_bind_number(rows, 2, upto);
    db_bind_text(rows, 3, follower->job.text);
    follower->scanned = follower->from;
    for (int count = 0; count < API_EVENTS_PAGE && follower->text.length < API_PAGE_BYTES && (step = db_step(rows, error)) == DB_ROW;) {
        size_t before = follower->text.length;
        page_add(follower, rows);
        follower->scanned = db_number(rows, COLUMN_SEQUENCE);
        count += follower->text.length > before;
    }
    db_reset(rows);
    if (step == DB_DONE && upto > follower->scanned) follower->scanned = upto; /* looked at all of it */
    follower->at_end = follower->scanned >= newest;
    return step != DB_FAILED;
}

/* Roles are read again with every page, so what was taken away is gone from the next one on. */
static bool page_read(struct tap *tap, struct store *store, struct error *error)
{
    struct follower *follower = (struct follower *)tap;
    struct actor *actor = arena_take(&tap->arena, sizeof *actor);
    struct scope_chain chain = { .project = follower->project };
    if (tap->principal.kind != PRINCIPAL_NOBODY && !store_actor(store, tap->principal.id, tap->principal.kind, &tap->arena, actor, error)) return false;
    free(follower->new_sight);
    follower->new_sight = sight_of(actor);
    text_init(&follower->text, &tap->arena);
    if (!id_is_none(follower->job)) {
        const void *row;
        if (!store_get(store, &job_shape, follower->job.text, &tap->arena, &row, error)) return false;
        follower->lost = !row;
        if (!row) return true;
        if (!chain_of_job(store, row, &tap->arena, &chain, error)) return false;
        follower->lost = !may(actor, VERB_EVENT_READ, &chain);
        follower->new_outputs = may(actor, VERB_JOB_OUTPUT, &chain);
    }
    return page_scan(follower, store, error);
}

/* ---- on the loop ---- */

/* `sent` may move while a page is made for a live follower, whose roles alone are wanted. */
static void next_page(struct tap *tap)
{
    struct follower *follower = (struct follower *)tap;
    if (tap->under_way) return;
    follower->from = follower->sent;
    tap_read(tap);
}

static void page_came(struct tap *tap)
{
    struct follower *follower = (struct follower *)tap;
    free(follower->sight);
    follower->sight = follower->new_sight;
    follower->new_sight = NULL;
    follower->outputs = follower->new_outputs;
    if (follower->lost) {
        tap_end(tap);
        return;
    }
    if (follower->live) return; /* only the roles were to be read */
    if (follower->from != follower->sent) {
        next_page(tap);
        return;
    }
    if (follower->text.length && !feed_put(&tap->feed, follower->text.bytes, follower->text.length)) return; /* made again, once it's thirsty */
    follower->sent = follower->scanned;
    follower->live = follower->at_end && follower->sent >= tap->api->newest;
    if (!follower->live && !feed_wait(&tap->feed)) next_page(tap);
}

static void thirsty(struct tap *tap)
{
    if (!((struct follower *)tap)->live) next_page(tap);
}

static void gone(struct tap *tap)
{
    free(((struct follower *)tap)->sight);
    free(((struct follower *)tap)->new_sight);
}

/* The batch's events that are hers, in one piece. Each event is written once, for whomever it concerns first. */
static void tell(struct follower *follower, const struct event *events, int count, char **written)
{
    struct arena *arena = &follower->tap.api->arena;
    struct text out = { 0 };
    for (int i = 0; i < count; i++) {
        if (events[i].sequence <= follower->sent || !concerns(follower, follower->sight, events[i].subject, events[i].scope)) continue;
        if (!written[i]) written[i] = event_format(&events[i], arena);
        if (!out.arena) text_init(&out, arena);
        text_add(&out, written[i]);
    }
    if (out.length && !feed_put(&follower->tap.feed, out.bytes, out.length)) follower->live = false;
    else if (events[count - 1].sequence > follower->sent) follower->sent = events[count - 1].sequence;
}

struct committed { struct api *api; const struct event *events; int count; };

static void tell_all(const struct committed *committed)
{
    char **written = arena_take(&committed->api->arena, sizeof *written * (size_t)committed->count);
    for (struct tap *tap = committed->api->followers; tap; tap = tap->next) {
        struct follower *follower = (struct follower *)tap;
        if (follower->live) tell(follower, committed->events, committed->count, written);
    }
}

/* Too much for the arena at once: everybody reads it by pages. */
static void fall_back(struct api *api)
{
    for (struct tap *tap = api->followers; tap; tap = tap->next) {
        struct follower *follower = (struct follower *)tap;
        follower->live = false;
        next_page(tap);
    }
}

void events_committed(struct api *api, const struct event *events, int count)
{
    struct committed committed = { api, events, count };
    jmp_buf escape;
    if (!api->followers) return;
    api->arena.escape = &escape;
    if (setjmp(escape) == 0) tell_all(&committed);
    else fall_back(api);
    api->arena.escape = NULL;
    arena_reset(&api->arena);
}

void events_check(struct api *api)
{
    int64_t now_ms = api->options.now_ms();
    for (struct tap *tap = api->followers, *next; tap; tap = next) {
        next = tap->next;
        if (tap->principal.kind == PRINCIPAL_NOBODY) continue;
        if (auth_is_good(api->auth, &tap->principal, now_ms)) next_page(tap);
        else tap_end(tap);
    }
    for (struct tap *tap = api->exports; tap; tap = tap->next)
        if (!auth_is_good(api->auth, &tap->principal, now_ms)) tap_end(tap);
}

/* State, not a fact: without an id, to those who look at that job, if they can take it now. */
void events_grown(struct api *api, struct id job, struct id project, const char *name, int64_t size_bytes)
{
    struct text out = { 0 };
    for (struct tap *tap = api->followers; tap; tap = tap->next) {
        const struct follower *follower = (const struct follower *)tap;
        if (!follower->live || !follower->outputs || !id_equal(follower->job, job) || !feed_is_empty(&tap->feed)) continue;
        if (!out.arena) {
            text_init(&out, &api->arena);
            text_add(&out, "event: stream.grown\ndata: ");
            struct json_writer writer = json_writer_of(&out);
            json_open(&writer, '{');
            json_text_field(&writer, "job", job.text);
            json_text_field(&writer, "project", project.text);
            json_text_field(&writer, "name", name);
            json_number_field(&writer, "size_bytes", size_bytes);
            json_close(&writer, '}');
            text_add(&out, "\n\n");
        }
        (void)feed_put(&tap->feed, out.bytes, out.length);
    }
    if (out.arena) arena_reset(&api->arena);
}

/* ---- the beginning ---- */

/* On a reader: which job is meant, and may she follow it? */
static bool read_job(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job = NULL;
    struct scope_chain chain;
    call->answer.status = 0;
    if (!store_job_of(store, call->actor, call_query(call, "job"), &call->arena, &job, error)) return false;
    if (!job) {
        answer_refusal(call, refuse(REFUSAL_NOT_FOUND));
        return true;
    }
    if (!chain_of_job(store, job, &call->arena, &chain, error)) return false;
    call->own = (void *)(uintptr_t)job;
    if (may(call->actor, VERB_EVENT_READ, &chain)) return true;
    bool looks = may(call->actor, VERB_JOB_READ, &chain);
    answer_refusal(call, looks ? refuse(REFUSAL_NOT_PERMITTED, argument_name(word_name(&verb_words, VERB_EVENT_READ))) : refuse(REFUSAL_NOT_FOUND));
    return true;
}

/* From where: the header of a reader that comes back wins over the address that it came with first. */
static bool read_after(struct api_call *call, int64_t *after)
{
    const char *last = http_request_header(call->request, "Last-Event-ID");
    *after = call_query_number(call, "after", call->api->newest);
    if (!last || (text_to_number(last, after) && *after >= 0)) return true;
    call_refuse(call, refuse(REFUSAL_INVALID_VALUE, argument_name("Last-Event-ID"), argument_name("the number of an event")));
    return false;
}

static void follow(struct api_call *call)
{
    const struct job *job = call->own;
    char begin[80];
    int64_t after;
    if (call->answer.status) {
        call_send(call);
        return;
    }
    if (!read_after(call, &after)) return;
    struct follower *follower = calloc(1, sizeof *follower);
    CHECK(follower);
    follower->sent = after;
    if (job) follower->job = job->id, follower->project = job->project;
    follower->tap = (struct tap){ .page = page_read, .paged = page_came, .thirsty = thirsty, .gone = gone };
    snprintf(begin, sizeof begin, "retry: 1000\nid: %lld\n\n", (long long)after);
    struct tap *tap = tap_open(&follower->tap, call, &call->api->followers, TYPE_EVENTS, begin);
    if (tap) next_page(tap);
}

void api_events(struct api_call *call)
{
    if (call_query(call, "job")) call_read(call, read_job, follow);
    else follow(call);
}
