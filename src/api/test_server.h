/* SPDX-License-Identifier: EUPL-1.2 */
/* test_server.h - for the API's tests: the real API on a free port, over a database in a file, with the real door, writer and
 * readers, and the small network of door/test_world.h. Requests are written as bytes. */
#ifndef API_TEST_SERVER_H
#define API_TEST_SERVER_H

#include "api/api.h"
#include "api/routes.h"
#include "core/trust/checkpoint.h"
#include "core/trust/record.h"
#include "door/test_world.h"
#include "net/server_test.h"

#include <ftw.h>
#include <stdatomic.h>

enum { ANSWER_ROOM = 4 * 1024 * 1024 };

struct test_told;

struct test_api {
    struct world         world;
    struct loop         *loop;
    struct writer       *writer;
    struct readers      *readers;
    struct api          *api;
    struct http_server  *http;
    struct api_options   options;
    struct http_server_options http_options;
    pthread_t            thread;
    uint16_t             port;
    char                 folder[64], location[128], data[128];
    atomic_llong         now_ms;
    atomic_int           heard, gone, states;
    int                  keys;       /* that were made up so far */
    char                *answer;     /* the last one, whole */
    pthread_mutex_t      lock;
    struct test_told    *told;       /* on their way to the loop */
};

static struct test_api *test_api_now;
static inline int64_t test_now_ms(void) { return atomic_load(&test_api_now->now_ms); }

static inline void test_picture(void *context, struct picture *copy) { *copy = ((struct test_api *)context)->world.picture; }
static inline void test_heard(void *context, struct id agent, struct id system) { (void)agent, (void)system, atomic_fetch_add(&((struct test_api *)context)->heard, 1); }
static inline void test_gone(void *context, struct id agent, struct id system) { (void)agent, (void)system, atomic_fetch_add(&((struct test_api *)context)->gone, 1); }
static inline void test_state(void *context, struct id agent, struct id system, const struct v1_state *state)
{
    (void)agent, (void)system, (void)state;
    atomic_fetch_add(&((struct test_api *)context)->states, 1);
}

/* ---- committed events, carried to the loop as in production */

struct test_told { struct loop_task task; struct test_told *next, **link; struct test_api *test; struct arena arena; struct event *events; int count; };

static inline void test_told_free(struct test_told *told)
{
    pthread_mutex_lock(&told->test->lock);
    *told->link = told->next;
    if (told->next) told->next->link = told->link;
    pthread_mutex_unlock(&told->test->lock);
    arena_finish(&told->arena);
    free(told);
}

static inline void test_tell(void *context)
{
    struct test_told *told = context;
    api_committed(told->test->api, told->events, told->count);
    test_told_free(told);
}

static inline void test_committed(void *context, const struct event *events, int count)
{
    struct test_api *test = context;
    if (!test->loop) return; /* the world is being made */
    struct test_told *told = calloc(1, sizeof *told);
    CHECK(told);
    arena_init(&told->arena, SIZE_MAX);
    told->test = test;
    told->count = count;
    told->events = arena_copy(&told->arena, events, sizeof *events * (size_t)count);
    for (int i = 0; i < count; i++) {
        told->events[i].name = arena_text(&told->arena, events[i].name);
        told->events[i].scope = arena_text(&told->arena, events[i].scope);
        told->events[i].command = arena_text(&told->arena, events[i].command);
        told->events[i].payload = arena_text(&told->arena, events[i].payload);
    }
    pthread_mutex_lock(&test->lock);
    told->next = test->told;
    told->link = &test->told;
    if (told->next) told->next->link = &told->next;
    test->told = told;
    pthread_mutex_unlock(&test->lock);
    told->task = (struct loop_task){ .callback = test_tell, .context = told };
    loop_post(test->loop, &told->task);
}

/* ---- the network */

static inline const char *test_token(const char *who, struct arena *arena) { return arena_format(arena, "token-of-%s-0123456789abcdef", who); }

static inline void test_add_token(struct test_api *test, const char *who, enum principal_kind kind, int64_t expires_ms)
{
    struct arena *arena = &test->world.arena;
    const char *token = test_token(who, arena);
    char *hex = arena_take(arena, HASH_HEX + 1);
    struct hash hash = sha256(token, strlen(token));
    hex_format(hash.bytes, HASH_BYTES, hex);
    world_must(&test->world, COMMAND_TOKEN_ADD, arena_format(arena, "token-%s", who), &(struct token){ .hash = hex, .principal = id_from(who), .kind = kind, .expires_ms = expires_ms });
}

static inline void test_people(struct test_api *test)
{
    static const char *const people[] = { "ana", "bo", "cleo", "olga", "ada", "petra", "sven" };
    static const char *const agents[] = { "a1", "a2" };
    world_add_person(&test->world, "petra", ROLE_PROGRAMME_OFFICER, SCOPE_OF_NETWORK, "");
    world_must(&test->world, COMMAND_PERSON_ADD, "sven", &(struct person){ .id = id_from("sven"), .handle = "sven", .name = "sven", .salt = "00ff" });
    for (int i = 0; i < countof(people); i++) test_add_token(test, people[i], PRINCIPAL_PERSON, WORLD_NOW_MS + 1000000000);
    for (int i = 0; i < countof(agents); i++) test_add_token(test, agents[i], PRINCIPAL_AGENT, WORLD_NOW_MS + 1000000000);
    test_add_token(test, "late", PRINCIPAL_PERSON, WORLD_NOW_MS - 1);
}

static inline void *test_api_main(void *context)
{
    loop_run(((struct test_api *)context)->loop);
    return NULL;
}

static inline void test_api_start(struct test_api *test)
{
    struct error error = { 0 };
    test_api_now = test;
    atomic_store(&test->now_ms, WORLD_NOW_MS);
    pthread_mutex_init(&test->lock, NULL);
    snprintf(test->folder, sizeof test->folder, "/tmp/aif-api-test-XXXXXX");
    CHECK(mkdtemp(test->folder));
    snprintf(test->location, sizeof test->location, "%s/aif.db", test->folder);
    snprintf(test->data, sizeof test->data, "%s/data", test->folder);
    world_open(&test->world, test->location, 1000000000, NULL);
    test_people(test);
    door_destroy(test->world.door);
    struct door_options door = { .store = test->world.store, .id_seed = { 5, 6 }, .server_key = &test->world.server_key, .network = "net", .picture = world_picture,
                                 .committed = test_committed, .context = test };
    CHECK(offsetof(struct test_api, world) == 0); /* both callbacks get the same pointer */
    CHECK(door_create(&test->world.door, &door, &error));
    CHECK(readers_create(&test->readers, &(struct readers_options){ .location = test->location, .threads = 2, .queue_max = 1024 }, &error));
    test->writer = writer_create(test->world.door, 1024, test_now_ms);
    test->loop = loop_create(&error);
    test->options = (struct api_options){ .loop = test->loop, .writer = test->writer, .readers = test->readers, .location = test->location, .data_folder = test->data,
        .network = id_from("net"), .server = id_from("server"), .server_key = &test->world.server_key, .now_ms = test_now_ms, .trace_seed = 7, .context = test,
        .picture = test_picture, .agent_heard = test_heard, .agent_state = test_state, .agent_gone = test_gone };
    if (!api_create(&test->api, &test->options, &error)) printf("not ok - %s\n", error.text);
    CHECK(test->api);
    test->http_options = (struct http_server_options){ .address = "127.0.0.1", .limits = http_limits_default() };
    api_serve(test->api, &test->http_options);
    test->http = http_server_create(test->loop, &test->http_options, &error);
    CHECK(test->http);
    test->port = http_server_port(test->http);
    test->answer = malloc(ANSWER_ROOM);
    CHECK(test->answer && pthread_create(&test->thread, NULL, test_api_main, test) == 0);
}

struct test_call { struct loop_task task; void (*call)(struct api *api); struct api *api; sem_t done; };

static inline void test_called(void *context)
{
    struct test_call *call = context;
    call->call(call->api);
    sem_post(&call->done);
}

/* Runs it on the loop's thread and waits until it did. */
static inline void test_api_call(struct test_api *test, void (*call)(struct api *api))
{
    struct test_call here = { .call = call, .api = test->api };
    here.task = (struct loop_task){ .callback = test_called, .context = &here };
    sem_init(&here.done, 0, 0);
    loop_post(test->loop, &here.task);
    CHECK(test_wait(&here.done));
}

static inline void test_api_halt(void *context) { loop_stop(context); }

static inline int test_remove(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(path);
}

static inline void test_api_stop(struct test_api *test)
{
    struct loop_task halt = { .callback = test_api_halt, .context = test->loop };
    loop_post(test->loop, &halt);
    pthread_join(test->thread, NULL);
    writer_destroy(test->writer);
    readers_destroy(test->readers);
    http_server_destroy(test->http);
    api_destroy(test->api);
    loop_destroy(test->loop);
    while (test->told) test_told_free(test->told); /* they never arrived */
    world_close(&test->world);
    free(test->answer);
    nftw(test->folder, test_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- asking */

static inline int test_status(const char *answer)
{
    int status = 0;
    return sscanf(answer, "HTTP/1.%*d %d", &status) == 1 ? status : 0;
}

static inline const char *test_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    return end ? end + 4 : "";
}

/* The head of a request by `who` (NULL: nobody); a new key if it needs one and `key` is NULL. */
static inline char *test_head(struct test_api *test, struct arena *arena, const char *method, const char *path, const char *who, const char *key, const char *headers, size_t length)
{
    struct text head;
    text_init(&head, arena);
    text_add_format(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", method, path);
    if (who) text_add_format(&head, "Authorization: Bearer %s\r\n", test_token(who, arena));
    if (key && *key) text_add_format(&head, "Idempotency-Key: %s\r\n", key);
    else if (!key && strcmp(method, "POST") == 0) text_add_format(&head, "Idempotency-Key: test-key-%d\r\n", ++test->keys);
    if (length && !strstr(headers, "Content-Type")) text_add(&head, "Content-Type: application/json\r\n");
    if (length || strcmp(method, "GET") != 0) text_add_format(&head, "Content-Length: %zu\r\n", length);
    text_add(&head, headers);
    text_add(&head, "\r\n");
    return head.bytes;
}

/* Sends it whole and reads the whole answer into test->answer; its status. key NULL: a new one, "": none. */
static inline int test_ask_n(struct test_api *test, const char *method, const char *path, const char *who, const char *key, const char *headers, const char *body, size_t length)
{
    struct arena arena;
    arena_init(&arena, 64 * 1024);
    const char *head = test_head(test, &arena, method, path, who, key, headers, length);
    int fd = client_open(test->port);
    CHECK(client_say(fd, head));
    if (length) (void)client_send(fd, body, length);
    CHECK(client_read_all(fd, test->answer, ANSWER_ROOM));
    arena_finish(&arena);
    return test_status(test->answer);
}

static inline int test_ask(struct test_api *test, const char *method, const char *path, const char *who, const char *body)
{
    return test_ask_n(test, method, path, who, NULL, "", body, body ? strlen(body) : 0);
}

/* Opens a stream, by HTTP/1.0 so that nothing but its own bytes comes: its head is read into `to` (a text) with what came behind it. */
static inline int test_stream(struct test_api *test, const char *path, const char *who, const char *headers, char *to, size_t room)
{
    struct arena arena;
    arena_init(&arena, 64 * 1024);
    int fd = client_open(test->port);
    char *head = test_head(test, &arena, "GET", path, who, "", headers, 0);
    strstr(head, "HTTP/1.1")[7] = '0';
    CHECK(client_say(fd, head));
    arena_finish(&arena);
    to[0] = 0;
    CHECK(client_read_until(fd, to, room, "\r\n\r\n"));
    return fd;
}

/* The code of the last answer's problem; "" if it isn't one. */
static inline const char *test_code(const struct test_api *test)
{
    static char code[64];
    const char *at = strstr(test_body(test->answer), "\"code\":\"");
    code[0] = 0;
    if (at) snprintf(code, sizeof code, "%.*s", (int)strcspn(at + 8, "\""), at + 8);
    return code;
}

/* The text of a member of the last answer, the first of that name. */
static inline char *test_member(struct test_api *test, const char *name)
{
    struct arena *arena = &test->world.arena;
    const char *wanted = arena_format(arena, "\"%s\":\"", name), *at = strstr(test_body(test->answer), wanted);
    if (!at) return arena_text(arena, "");
    at += strlen(wanted);
    return arena_text_n(arena, at, strcspn(at, "\""));
}

static inline bool test_has(const struct test_api *test, const char *text) { return strstr(test->answer, text) != NULL; }

/* Says what failed, with the answer's beginning. */
static inline bool test_fails(const struct test_api *test, const char *what)
{
    printf("not ok - %s: %.700s\n", what, test->answer);
    return true;
}

/* A job of aura by bo, on lumi; its id. */
static inline char *test_job(struct test_api *test, const char *more)
{
    struct arena *arena = &test->world.arena;
    const char *body = arena_format(arena, "{\"project\":\"aura\",\"script\":\"#!/bin/sh\\necho\\n\",\"options\":[\"--time=1\",\"--partition=lumi/gpu\"]%s}", more);
    if (test_ask(test, "POST", "/v1/jobs", "bo", body) != 201) (void)test_fails(test, "a job can't be submitted");
    return test_member(test, "id");
}

/* ---- event streams, event by event */

struct test_reader { int fd; char *bytes; size_t length, room; };
struct test_event { int64_t id; char name[64]; char *data; }; /* data: in the reader, until the next */

static inline int test_follow(struct test_api *test, struct test_reader *reader, const char *path, const char *who, const char *headers)
{
    *reader = (struct test_reader){ .room = 1 << 20 };
    reader->bytes = malloc(reader->room);
    CHECK(reader->bytes);
    reader->fd = test_stream(test, path, who, headers, reader->bytes, reader->room);
    int status = test_status(reader->bytes);
    char *body = strstr(reader->bytes, "\r\n\r\n") + 4;
    reader->length = strlen(body);
    memmove(reader->bytes, body, reader->length + 1);
    return status;
}

static inline void test_unfollow(struct test_reader *reader)
{
    close(reader->fd);
    free(reader->bytes);
}

/* The next event with data (the beginning and heartbeats have none); false: the stream ended, or nothing came in time. */
static inline bool test_next(struct test_reader *reader, struct test_event *event)
{
    static char data[1 << 20];
    for (;;) {
        char *end;
        while (!(end = strstr(reader->bytes, "\n\n"))) {
            CHECK(reader->length + 1 < reader->room);
            int size = client_read(reader->fd, reader->bytes + reader->length, reader->room - 1 - reader->length);
            if (size <= 0) return false;
            reader->length += (size_t)size;
            reader->bytes[reader->length] = 0;
        }
        *end = 0;
        *event = (struct test_event){ .data = data };
        char *id = strstr(reader->bytes, "id: "), *name = strstr(reader->bytes, "event: "), *text = strstr(reader->bytes, "data: ");
        if (id && (!text || id < text)) event->id = strtoll(id + 4, NULL, 10);
        if (name && text && name < text) snprintf(event->name, sizeof event->name, "%.*s", (int)strcspn(name + 7, "\n"), name + 7);
        if (text) snprintf(data, sizeof data, "%s", text + 6);
        size_t used = (size_t)(end + 2 - reader->bytes);
        reader->length -= used;
        memmove(reader->bytes, reader->bytes + used, reader->length + 1);
        if (text) return true;
    }
}

/* ---- what agents and the server do */

struct test_command { struct door_request request; struct arena arena; sem_t done; };

static inline void test_command_done(struct door_request *request) { sem_post(&((struct test_command *)request->context)->done); }

/* One command of the server through the writer. */
static inline int test_command(struct test_api *test, enum command_kind kind, const char *key, const void *body)
{
    struct test_command command = { 0 };
    arena_init(&command.arena, 1024 * 1024);
    sem_init(&command.done, 0, 0);
    command.request = (struct door_request){ .command = { .kind = kind, .principal = id_from("server"), .key = key, .body = body }, .principal_kind = PRINCIPAL_SERVER,
                                             .arena = &command.arena, .done = test_command_done, .context = &command };
    CHECK(writer_put(test->writer, &command.request) && test_wait(&command.done));
    int status = command.request.status;
    arena_finish(&command.arena);
    sem_destroy(&command.done);
    return status;
}

/* Signs all events so far. */
static inline void test_checkpoint(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    struct error error = { 0 };
    struct store *store;
    struct store_list events;
    struct merkle *tree = arena_take(arena, sizeof *tree);
    struct checkpoint checkpoint;
    CHECK(store_open(&store, &(struct store_options){ .location = test->location, .read_only = true }, &error));
    CHECK(store_select(store, &event_shape, "ORDER BY sequence", NULL, 0, 100000, arena, &events, &error));
    for (int i = 0; i < events.count; i++) {
        struct hash leaf = leaf_of((const struct event *)events.rows + i, arena);
        merkle_add(tree, &leaf);
    }
    store_close(store);
    checkpoint_sign(&checkpoint, "net", tree, test_now_ms(), &test->world.server_key, arena);
    CHECK(test_command(test, COMMAND_AUDIT_CHECKPOINT, NULL, &checkpoint) < 300);
}

/* One observation more of a1, in journal "j". */
static inline int test_observe(struct test_api *test, const char *agent, int64_t number, enum command_kind kind, const void *observed)
{
    struct arena *arena = &test->world.arena;
    struct v1_observations *batch = arena_take(arena, sizeof *batch);
    *batch = (struct v1_observations){ .journal = "j", .count = 1 };
    batch->items[0] = (struct v1_observation){ number, kind, v1_observation_body(kind, observed, arena) };
    return test_ask(test, "POST", "/v1/agent/observations", agent, v1_observations_format(batch, arena));
}

enum { TEST_JOB_OBSERVATIONS = 4 };
#define TEST_LOG "hello\n"

/* a1 runs the job: a log, an end, a record; its observations are `first` and the three behind it. */
static inline void test_run(struct test_api *test, const char *id, int64_t first)
{
    struct arena *arena = &test->world.arena;
    struct error error = { 0 };
    struct store *store;
    const void *row;
    char *log_hash = arena_take(arena, HASH_HEX + 1), *signature = arena_take(arena, SIGNATURE_HEX + 1);
    struct hash log = sha256(TEST_LOG, strlen(TEST_LOG));
    hex_format(log.bytes, HASH_BYTES, log_hash);
    CHECK(store_open(&store, &(struct store_options){ .location = test->location, .read_only = true }, &error));
    CHECK(store_get(store, &job_shape, id, arena, &row, &error) && row);
    store_close(store);
    const struct job *job = row;
    struct record_facts facts = { .job = job->id, .project = job->project, .number = job->number, .system = job->system, .partition = job->partition, .agent = id_from("a1"),
        .name = job->name, .folder = job->folder, .has_log = true, .log_size_bytes = (int64_t)strlen(TEST_LOG), .log = log, .submitted_ms = job->submitted_ms,
        .started_ms = WORLD_NOW_MS, .ended_ms = WORLD_NOW_MS + 1000, .ran_ms = 1000, .pieces = job->pieces, .end = OBSERVED_COMPLETED, .sandbox = "none" };
    CHECK(hex_parse(job->script, facts.script.bytes, HASH_BYTES));
    struct job_start start = { .job = job->id, .at_ms = WORLD_NOW_MS, .slots = "0" };
    struct job_ended end = { .job = job->id, .at_ms = WORLD_NOW_MS + 1000, .end = OBSERVED_COMPLETED, .ran_ms = 1000 };
    struct stream_end stream = { .job = job->id, .name = "log", .size_bytes = (int64_t)strlen(TEST_LOG), .hash = log_hash };
    struct job_record_add record = { .job = job->id, .body = record_format(&facts, arena), .signature = signature };
    record_sign(record.body, &test->world.agent_key, signature);
    const char *path = arena_format(arena, "/v1/agent/jobs/%s/streams/log?offset=0", id);
    CHECK(test_observe(test, "a1", first, COMMAND_JOB_START, &start) == 200);
    CHECK(test_ask(test, "PUT", path, "a1", TEST_LOG) == 200);
    CHECK(test_observe(test, "a1", first + 1, COMMAND_JOB_END, &end) == 200);
    CHECK(test_observe(test, "a1", first + 2, COMMAND_STREAM_END, &stream) == 200);
    CHECK(test_observe(test, "a1", first + 3, COMMAND_JOB_RECORD, &record) == 200);
}

#endif
