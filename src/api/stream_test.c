/* SPDX-License-Identifier: EUPL-1.2 */
/* stream_test.c - what goes on: events live and caught up on, for each exactly what is hers; a reader that is slow; instructions and
 * their signatures; the exported log and its checker; and an end in the middle of all that. */
#include "api/state.h"
#include "api/test_server.h"
#include "core/trust/export.h"

static int fails(const char *what)
{
    printf("not ok - %s\n", what);
    return 1;
}

static int64_t newest_event(struct test_api *test)
{
    int64_t number = 0;
    CHECK(test_ask(test, "GET", "/v1/status", NULL, NULL) == 200);
    CHECK(sscanf(strstr(test_body(test->answer), "\"events\":"), "\"events\":%lld", (long long *)&number) == 1);
    return number;
}

/* ---- events ---- */

/* Reads events until `upto` has come; false if one is missing, twice, or of a scope that isn't expected. */
static bool reads_all(struct test_reader *reader, int64_t from, int64_t upto, bool gap_free)
{
    struct test_event event;
    for (int64_t last = from; last < upto; last = event.id) {
        bool more = test_next(reader, &event);
        if (more && event.id > last && (!gap_free || event.id == last + 1)) continue;
        printf("# behind event %lld came %s %lld\n", (long long)last, more ? "event" : "the end, not", (long long)(more ? event.id : last + 1));
        return false;
    }
    return true;
}

/* An auditor who begins at 0 while jobs are being submitted gets every event once, in order. */
static int catch_up_fails(struct test_api *test)
{
    enum { JOBS = 40 };
    struct test_reader early, late;
    if (test_follow(test, &early, "/v1/events?after=0", "ada", "") != 200) return fails("events: an auditor may follow");
    for (int i = 0; i < JOBS; i++) (void)test_job(test, "");
    int64_t newest = newest_event(test);
    CHECK(test_follow(test, &late, "/v1/events", "ada", "Last-Event-ID: 3\r\n") == 200);
    for (int i = 0; i < JOBS; i++) (void)test_job(test, "");
    newest = newest_event(test);
    bool whole = reads_all(&early, 0, newest, true) && reads_all(&late, 3, newest, true);
    test_unfollow(&early);
    test_unfollow(&late);
    if (!whole) return fails("events: live and caught up on, each once, in order");
    printf("ok - events: %lld each once, live and caught up on\n", (long long)newest);
    return 0;
}

/* ---- beginning to follow while things happen */

static atomic_bool submitting;

static void *submit_on(void *context)
{
    struct test_api *test = context;
    static const char body[] = "{\"project\":\"aura\",\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\",\"--array=1-3\"]}";
    static char answer[16384];
    for (int i = 0; atomic_load(&submitting); i++) {
        char request[1024];
        snprintf(request, sizeof request, "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer token-of-bo-0123456789abcdef\r\n"
                 "Idempotency-Key: submit-on-%d\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", i, strlen(body), body);
        CHECK(client_ask(test->port, request, answer, sizeof answer) && test_status(answer) == 201);
    }
    return NULL;
}

/* Between the last page and the first live event lies a moment in which something may be committed: it must come too. */
static int beginning_fails(struct test_api *test)
{
    enum { FOLLOWERS = 80, EACH = 60 };
    pthread_t thread;
    bool whole = true;
    atomic_store(&submitting, true);
    CHECK(pthread_create(&thread, NULL, submit_on, test) == 0);
    for (int i = 0; i < FOLLOWERS && whole; i++) {
        struct test_reader reader;
        int64_t from = newest_event(test) - 1;
        CHECK(test_follow(test, &reader, arena_format(&test->world.arena, "/v1/events?after=%lld", (long long)from), "ada", "") == 200);
        whole = reads_all(&reader, from, from + EACH, true);
        test_unfollow(&reader);
    }
    atomic_store(&submitting, false);
    pthread_join(thread, NULL);
    if (!whole) return fails("events: none lost between the last page and the first live one");
    printf("ok - events: %d began to follow while things happened\n", FOLLOWERS);
    return 0;
}

/* Who sees what: nobody the public ones, people their projects', the operator her system's. */
static int scopes_fail(struct test_api *test)
{
    static const struct { const char *who, *sees[4], *never[4]; } rows[] = {
        { NULL, { "system.added" }, { "job.submitted", "role.granted", "agent.introduced" } },
        { "sven", { "system.added" }, { "job.submitted", "role.granted" } },
        { "bo", { "system.added", "job.submitted" }, { "role.granted", "agent.introduced", "boreas" } },
        { "cleo", { "system.added", "\"boreas\"" }, { "role.granted", "project:aura" } },
        { "olga", { "system.added", "agent.introduced" }, { "job.submitted", "role.granted" } },
        { "ada", { "system.added", "job.submitted", "role.granted", "agent.introduced" }, { 0 } },
        { "a1", { "system.added" }, { "job.submitted", "role.granted" } },
    };
    CHECK(test_command(test, COMMAND_SYSTEM_PUT, NULL, &(struct system){ .id = id_from("last"), .name = "last", .status = "planned", .facts = "{}" }) == 200);
    for (int i = 0; i < countof(rows); i++) {
        struct test_reader reader;
        struct test_event event = { 0 };
        struct arena *arena = &test->world.arena;
        struct text all;
        text_init(&all, arena);
        CHECK(test_follow(test, &reader, "/v1/events?after=0", rows[i].who, "") == 200);
        while (!strstr(all.bytes, "\"subject\":\"last\"") && test_next(&reader, &event)) text_add(&all, event.data);
        bool fine = strstr(all.bytes, "\"subject\":\"last\"") != NULL;
        for (int j = 0; j < 4; j++) {
            fine = fine && (!rows[i].sees[j] || strstr(all.bytes, rows[i].sees[j]));
            fine = fine && (!rows[i].never[j] || !strstr(all.bytes, rows[i].never[j]));
        }
        test_unfollow(&reader);
        if (fine) continue;
        printf("not ok - events: what %s sees\n", rows[i].who ? rows[i].who : "nobody");
        return 1;
    }
    printf("ok - events: %d kinds of readers\n", countof(rows));
    return 0;
}

/* Nobody reads for a while, far more happens than any buffer holds; then all of it comes, once. */
static int slow_reader_fails(struct test_api *test)
{
    enum { JOBS = 2500 };
    static const char body[] = "{\"project\":\"boreas\",\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\",\"--array=1-250\"]}";
    struct test_reader slow;
    int64_t from = newest_event(test);
    CHECK(test_follow(test, &slow, "/v1/events", "ada", "") == 200);
    for (int i = 0; i < JOBS / 250; i++) CHECK(test_ask(test, "POST", "/v1/jobs", "cleo", body) == 201);
    int64_t newest = newest_event(test);
    bool whole = newest - from >= JOBS && reads_all(&slow, from, newest, true);
    (void)test_job(test, "");
    whole = whole && reads_all(&slow, newest, newest + 1, true);
    test_unfollow(&slow);
    if (!whole) return fails("events: a slow reader misses nothing");
    printf("ok - events: a reader that slept through %d\n", JOBS);
    return 0;
}

/* A job's own events, and how its log grows; a token that has ended ends its stream. */
static int job_follower_fails(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    struct test_reader of_job, outsider;
    struct test_event event;
    char *id = test_job(test, ""), *other = test_job(test, "");
    int64_t after = newest_event(test) - 2;
    CHECK(test_follow(test, &of_job, arena_format(arena, "/v1/events?job=%s&after=%lld", id, (long long)after), "bo", "") == 200);
    bool fine = test_next(&of_job, &event) && strcmp(event.name, "job.submitted") == 0 && strstr(event.data, id);
    CHECK(test_follow(test, &outsider, arena_format(arena, "/v1/events?job=%s&after=0", id), "petra", "") == 200); /* may follow, not see outputs */
    CHECK(test_ask(test, "GET", "/healthz", NULL, NULL) == 200);
    CHECK(test_ask(test, "PUT", arena_format(arena, "/v1/agent/jobs/%s/streams/log?offset=0", other), "a1", "x") == 200);
    CHECK(test_ask(test, "PUT", arena_format(arena, "/v1/agent/jobs/%s/streams/log?offset=0", id), "a1", "abc") == 200);
    fine = fine && test_next(&of_job, &event) && strcmp(event.name, "stream.grown") == 0 && event.id == 0 && strstr(event.data, "\"size_bytes\":3");
    CHECK(test_ask(test, "POST", arena_format(arena, "/v1/jobs/%s/cancel", id), "bo", NULL) == 202);
    fine = fine && test_next(&of_job, &event) && strcmp(event.name, "job.cancel_asked") == 0 && test_next(&of_job, &event) && strcmp(event.name, "job.ended") == 0;
    while (fine && test_next(&outsider, &event) && strcmp(event.name, "job.ended") != 0) fine = strcmp(event.name, "stream.grown") != 0;
    atomic_store(&test->now_ms, WORLD_NOW_MS + 1000000001); /* all tokens are old now */
    test_api_call(test, events_check);
    fine = fine && !test_next(&of_job, &event);
    atomic_store(&test->now_ms, WORLD_NOW_MS);
    test_unfollow(&of_job);
    test_unfollow(&outsider);
    if (!fine) return fails("events: one job's, with stream.grown, until the token ends");
    printf("ok - events: of one job\n");
    return 0;
}

/* ---- instructions ---- */

/* The next instruction, if its signature holds. */
static bool instruction_next(struct test_api *test, struct test_reader *reader, struct v1_instruction *instruction)
{
    struct test_event event;
    struct v1_envelope envelope;
    struct json_fault fault;
    struct arena *arena = &test->world.arena;
    return test_next(reader, &event) && strcmp(event.name, V1_INSTRUCTION_EVENT) == 0 &&
           v1_envelope_parse(event.data, strlen(event.data), arena, &envelope, &fault) &&
           v1_envelope_is_signed(envelope.body, envelope.signature, test->world.server_key.public) &&
           v1_instruction_parse(envelope.body, strlen(envelope.body), arena, instruction, &fault) && instruction->number == event.id;
}

static bool instruction_is(struct test_api *test, struct test_reader *reader, int64_t number, enum v1_instruction_kind kind, const char *job)
{
    struct v1_instruction instruction = { 0 };
    if (!instruction_next(test, reader, &instruction)) return false;
    bool same_job = kind == V1_NONE || strcmp(instruction.job.text, job) == 0;
    return instruction.number == number && instruction.kind == kind && same_job && strcmp(instruction.network.text, "net") == 0 && strcmp(instruction.agent.text, "a2") == 0;
}

static char *job_at_a2(struct test_api *test)
{
    CHECK(test_ask(test, "POST", "/v1/jobs", "cleo", "{\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\",\"--partition=marenostrum/gpu\"]}") == 201);
    return test_member(test, "id");
}

static int instructions_fail(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    struct test_reader first, second;
    CHECK(test_command(test, COMMAND_ALLOCATION_GRANT, "grant-a2", &(struct allocation_grant){ id_from("boreas"), id_from("marenostrum/gpu"), 100000000, WORLD_NOW_MS - 1000,
                                                                                               WORLD_NOW_MS + 1000000000 }) == 201);
    char *before = job_at_a2(test), *never = job_at_a2(test);
    CHECK(test_ask(test, "POST", arena_format(arena, "/v1/jobs/%s/cancel", never), "cleo", NULL) == 202);
    if (test_follow(test, &first, V1_INSTRUCTIONS_PATH, "a2", "") != 200) return fails("instructions: an agent may ask for them");
    bool fine = instruction_is(test, &first, 1, V1_START, before) && instruction_is(test, &first, 2, V1_NONE, never); /* it ended before it was sent */
    char *live = job_at_a2(test);
    fine = fine && instruction_is(test, &first, 3, V1_START, live);
    CHECK(test_ask(test, "POST", arena_format(arena, "/v1/jobs/%s/cancel", live), "cleo", NULL) == 202);
    fine = fine && test_has(test, "\"state\":\"waiting\"") && instruction_is(test, &first, 4, V1_CANCEL, live); /* it was sent: only the agent can end it */
    CHECK(test_follow(test, &second, V1_INSTRUCTIONS_PATH, "a2", "Last-Event-ID: 2\r\n") == 200);
    fine = fine && instruction_is(test, &second, 3, V1_START, live) && instruction_is(test, &second, 4, V1_CANCEL, live);
    struct test_event event;
    fine = fine && !test_next(&first, &event) && atomic_load(&test->gone) == 0 && atomic_load(&test->heard) == 2; /* the older one ends, and that is no farewell */
    struct job_ended end = { .job = id_from(live), .at_ms = WORLD_NOW_MS, .end = OBSERVED_CANCELLED };
    CHECK(test_observe(test, "a2", 1, COMMAND_JOB_END, &end) == 200);
    test_unfollow(&first);
    test_unfollow(&second);
    CHECK(test_follow(test, &first, V1_INSTRUCTIONS_PATH, "a2", "Last-Event-ID: 2\r\n") == 200);
    fine = fine && instruction_is(test, &first, 3, V1_NONE, live) && instruction_is(test, &first, 4, V1_CANCEL, live); /* what has ended isn't begun again */
    test_unfollow(&first);
    if (!fine) return fails("instructions: by number, signed, none for what has ended");
    printf("ok - instructions: by number, signed, none for what has ended\n");
    return 0;
}

/* More than a page of them, read slowly: all, in order. */
static int many_instructions_fail(struct test_api *test)
{
    enum { MANY = 700, FIRST = 5 };
    struct test_reader reader;
    struct v1_instruction instruction = { .number = FIRST - 1 };
    for (int i = 0; i < MANY / 100; i++)
        CHECK(test_ask(test, "POST", "/v1/jobs", "cleo", "{\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\",\"--array=1-100\",\"--partition=marenostrum/gpu\"]}") == 201);
    CHECK(test_follow(test, &reader, V1_INSTRUCTIONS_PATH, "a2", "Last-Event-ID: 4\r\n") == 200);
    bool fine = true;
    for (int64_t number = FIRST; fine && number < FIRST + MANY; number++) fine = instruction_next(test, &reader, &instruction) && instruction.number == number;
    test_unfollow(&reader);
    if (!fine) return fails("instructions: many, in order");
    printf("ok - instructions: %d in order\n", MANY);
    return 0;
}

/* ---- the exported log ---- */

static int export_fails(struct test_api *test)
{
    static char head[1 << 16];
    struct audit_verifier verifier;
    if (test_ask(test, "GET", "/v1/audit/export", "ada", NULL) != 404) return fails("export: nothing is signed yet");
    CHECK(test_command(test, COMMAND_PROJECT_ADD, "p2", &(struct project_add){ .name = "p2", .title = "t", .organisation = id_from("org"), .purpose = "p" }) == 201);
    test_run(test, test_job(test, ""), 1);
    test_checkpoint(test);
    (void)test_job(test, "");
    test_checkpoint(test);
    int64_t newest = newest_event(test);
    (void)test_job(test, ""); /* isn't covered, isn't exported */
    int fd = test_stream(test, "/v1/audit/export", "ada", "", head, sizeof head);
    char *body = strstr(head, "\r\n\r\n") + 4;
    size_t length = strlen(body);
    memcpy(test->answer, body, length);
    for (int size = 1; size > 0; length += (size_t)(size > 0 ? size : 0)) {
        size = client_read(fd, test->answer + length, ANSWER_ROOM - length);
        CHECK(length < ANSWER_ROOM - 4096);
    }
    close(fd);
    audit_verify_init(&verifier, NULL, 0);
    for (char *line = test->answer, *end; (end = memchr(line, '\n', length - (size_t)(line - test->answer))); line = end + 1)
        (void)audit_verify_line(&verifier, line, (size_t)(end - line));
    bool fine = audit_verify_end(&verifier) && verifier.events == newest && verifier.checkpoints == 2 && verifier.records == 1;
    if (!fine) printf("not ok - export: %s (line %lld); %lld events of %lld, %lld checkpoints, %lld records\n", verifier.failure, (long long)verifier.failed_line,
                      (long long)verifier.events, (long long)newest, (long long)verifier.checkpoints, (long long)verifier.records);
    else printf("ok - export: %lld events, checked\n", (long long)verifier.events);
    audit_verify_finish(&verifier);
    return !fine;
}

/* ---- the end ---- */

/* Streams open, requests on their way to readers and writer, then everything stops: what leaks or is used too late, the sanitizer says. */
static void end_in_the_middle(struct test_api *test)
{
    enum { EACH = 20 };
    struct arena *arena = &test->world.arena;
    static const char submission[] = "{\"project\":\"aura\",\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\"]}";
    static const char observations[] = "{\"journal\":\"j\",\"taken\":0,\"observations\":[]}";
    static char head[1 << 16];
    int fds[EACH * 5], count = 0;
    for (int i = 0; i < EACH; i++) {
        fds[count++] = test_stream(test, "/v1/events?after=0", i % 2 ? "ada" : NULL, "", head, sizeof head);
        fds[count++] = test_stream(test, "/v1/audit/export", "ada", "", head, sizeof head);
    }
    fds[count++] = test_stream(test, V1_INSTRUCTIONS_PATH, "a1", "", head, sizeof head);
    for (int i = 0; i < EACH; i++) {
        fds[count] = client_open(test->port);
        CHECK(client_say(fds[count], test_head(test, arena, "POST", "/v1/jobs", "bo", NULL, "", strlen(submission))) && client_say(fds[count++], submission));
        fds[count] = client_open(test->port);
        CHECK(client_say(fds[count++], test_head(test, arena, "GET", "/v1/ledger/check", "ada", "", "", 0)));
    }
    fds[count] = client_open(test->port);
    CHECK(client_say(fds[count], test_head(test, arena, "POST", V1_OBSERVATIONS_PATH, "a1", "", "", strlen(observations))) && client_say(fds[count++], observations));
    test_api_stop(test);
    while (count) close(fds[--count]);
    printf("ok - an end in the middle of everything\n");
}

int main(void)
{
    static struct test_api test;
    files_raise();
    test_api_start(&test);
    int failed = export_fails(&test) || catch_up_fails(&test) || beginning_fails(&test) || scopes_fail(&test) || slow_reader_fails(&test) || job_follower_fails(&test) ||
                 instructions_fail(&test) || many_instructions_fail(&test);
    end_in_the_middle(&test);
    return failed;
}
