/* SPDX-License-Identifier: EUPL-1.2 */
/* site_test.c - a whole site agent as a process, with real keepers and jobs, against a server that speaks the protocol from
 * this process: jobs end to end, the agent killed with -9 while one runs, the server away, wrong bytes, a stop in time. */
#include "agent/test_journal.h"

#include "agent/site.h"
#include "base/time.h"
#include "executor/keeper.h"
#include "net/server.h"
#include "net/sse.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOLD = 64, STREAMS = 16, STREAM_ROOM = 200000, LIMIT_MS = 60000 };

static const char script_long[] = "#!/bin/sh\necho hello\necho trouble >&2\nwhile [ ! -e go ]; do sleep 0.05; done\ncat in/data > copy\nprintf changed > in/data\nmkdir -p deep/er\n"
                                  "head -c 150000 /dev/zero > deep/er/large\nln -s /etc/passwd link\necho bye\nexit 3\n";
static const char script_sleep[] = "#!/bin/sh\necho asleep\nsleep 60\n";
static const char script_bare[] = "echo no first line\n";
static const char data[] = "some input\n", tool[] = "#!/bin/sh\n";

static struct {
    struct loop *loop;
    struct http_server *server;
    struct http_stream *stream;
    struct loop_timer   deadline, look;
    struct arena        arena;
    struct sign_key     key;
    char                home[64], ini_hash[HASH_HEX + 1], folder_list[600], hashes[8][HASH_HEX + 1];
    pid_t               site;
    int                 issued, given, step, hellos, failures;
    int64_t             observed, taken;
    bool                is_away;
    char                journal[64];
    int                 told_count;
    struct { enum command_kind kind; char job[8], detail[300]; struct hash of; } told[TOLD];
    int                 stream_count, most_busy;
    struct { char name[80]; size_t size; char bytes[STREAM_ROOM]; } streams[STREAMS];
} test;

static void check(bool holds, const char *what)
{
    if (holds) return;
    test.failures++;
    printf("not ok - site: %s (step %d)\n", what, test.step);
}

/* ---- the server ---- */

static void answer(struct http_request *request, int status, const char *type, const char *body, size_t size)
{
    http_answer(request, &(struct http_answer){ .status = status, .content_type = type, .body = body, .body_bytes = size });
}

static void answer_json(struct http_request *request, int status, const char *json) { answer(request, status, "application/json", json, strlen(json)); }

static char *instruction_text(int number)
{
    static const char *const scripts[] = { script_long, script_sleep, script_bare, script_sleep, NULL };
    static const char *const jobs[] = { "J1", "J2", "J3", "J4", "J2" };
    struct v1_instruction instruction = test_start(number, jobs[number - 1], clock_now_ms());
    struct sse_event event = { .event = V1_INSTRUCTION_EVENT };
    struct text out;
    if (scripts[number - 1]) instruction.script = test.hashes[number - 1];
    else instruction.kind = V1_CANCEL;
    instruction.pieces = 1;
    if (number == 1) {
        struct hash hash = sha256(test.folder_list, strlen(test.folder_list));
        char *hex = arena_take(&test.arena, HASH_HEX + 1);
        hex_format(hash.bytes, HASH_BYTES, hex);
        instruction.folder = hex;
        instruction.plan = "{\"arguments\":[],\"environment\":[],\"cpus_per_task\":1,\"memory_mib\":0,\"folder\":\"\",\"output\":null,\"error\":\"err\",\"array_index\":null,\"array_job\":null,\"array_count\":0}";
    }
    text_init(&out, &test.arena);
    event.id = arena_format(&test.arena, "%d", number);
    event.data = v1_envelope_format(test_instruction(&instruction, &test.arena), &test.key, &test.arena);
    event.data_bytes = strlen(event.data);
    sse_format(&out, &event);
    return out.bytes;
}

static void instruct(void)
{
    while (test.stream && test.given < test.issued) {
        const char *text = instruction_text(++test.given);
        CHECK(http_stream_send(test.stream, text, strlen(text)));
    }
}

static void on_stream_closed(void *context)
{
    if (test.stream == *(struct http_stream **)context) test.stream = NULL;
    free(context);
}

static void stream_begin(struct http_request *request)
{
    struct http_stream **own = malloc(sizeof *own);
    CHECK(own);
    test.given = (int)strtol(http_request_header(request, "Last-Event-ID"), NULL, 10);
    test.stream = *own = http_stream_start(request, &(struct http_answer){ .status = 200, .content_type = "text/event-stream", .body = ": hi\n\n", .body_bytes = 6 }, on_stream_closed, own);
    CHECK(test.stream);
    instruct();
}

static void hello(struct http_request *request)
{
    struct agent_hello said;
    struct json_fault fault;
    char key[HASH_HEX + 1];
    check(v1_hello_parse(http_request_body(request), http_request_body_bytes(request), &test.arena, &said, &fault), "hello can be read");
    check(!test.journal[0] || same_text(test.journal, said.journal), "the journal keeps its name");
    check(same_text(said.rung, "submit") && same_text(said.policy, test.ini_hash), "rung and policy");
    snprintf(test.journal, sizeof test.journal, "%s", said.journal);
    hex_format(test.key.public, SIGN_PUBLIC_BYTES, key);
    test.hellos++;
    struct v1_welcome welcome = { .version = 1, .observed = test.observed, .issued = test.issued, .sent = test.given, .network = id_from("net"), .server_key = key };
    answer_json(request, 200, v1_welcome_format(&welcome, &test.arena));
}

static void take(const struct v1_observation *observation, const char *journal)
{
    struct json_fault fault;
    void *read = v1_observation_read(observation, id_from("A"), journal, &test.arena, &fault);
    check(read != NULL && observation->number <= test.observed + 1, "an observation in order");
    if (!read || observation->number != test.observed + 1) return;
    CHECK(test.told_count < TOLD);
    test.observed++;
    int at = test.told_count++;
    test.told[at].kind = observation->kind;
    snprintf(test.told[at].job, sizeof test.told[at].job, "%.7s", ((struct job_start *)read)->job.text);
    const char *detail = "";
    if (observation->kind == COMMAND_JOB_REFUSE) detail = ((struct job_refuse *)read)->reason;
    if (observation->kind == COMMAND_STREAM_END) detail = ((struct stream_end *)read)->name;
    if (observation->kind == COMMAND_STREAM_END) CHECK(hex_parse(((struct stream_end *)read)->hash, test.told[at].of.bytes, HASH_BYTES));
    if (observation->kind == COMMAND_JOB_END) detail = arena_format(&test.arena, "%s %lld", word_name(&observed_end_words, (int)((struct job_ended *)read)->end), (long long)((struct job_ended *)read)->exit_code);
    snprintf(test.told[at].detail, sizeof test.told[at].detail, "%s", detail);
}

static void observations(struct http_request *request)
{
    struct v1_observations batch;
    struct json_fault fault;
    check(v1_observations_parse(http_request_body(request), http_request_body_bytes(request), &test.arena, &batch, &fault), "a batch can be read");
    for (int i = 0; i < batch.count; i++) take(&batch.items[i], batch.journal);
    if (batch.taken > test.taken) test.taken = batch.taken;
    answer_json(request, 200, v1_acknowledgement_format(test.observed, &test.arena));
}

static int stream_find(const char *name)
{
    for (int i = 0; i < test.stream_count; i++)
        if (strcmp(test.streams[i].name, name) == 0) return i;
    CHECK(test.stream_count < STREAMS);
    snprintf(test.streams[test.stream_count].name, sizeof test.streams[0].name, "%s", name);
    return test.stream_count++;
}

static void bytes(struct http_request *request, const char *path)
{
    const char *name = path + strlen("/v1/agent/jobs/"), *offset_text = http_request_query(request, "offset");
    int at = stream_find(name);
    size_t offset = (size_t)strtol(offset_text, NULL, 10), size = http_request_body_bytes(request);
    if (offset > test.streams[at].size) {
        char *problem = arena_format(&test.arena, "{\"code\":\"offset-mismatch\",\"arguments\":{\"size\":%zu}}", test.streams[at].size);
        answer_json(request, 409, problem);
        return;
    }
    CHECK(offset + size <= STREAM_ROOM);
    check(memcmp(test.streams[at].bytes + offset, http_request_body(request), test.streams[at].size - offset < size ? test.streams[at].size - offset : size) == 0, "what is repeated is the same");
    memcpy(test.streams[at].bytes + offset, http_request_body(request), size);
    if (offset + size > test.streams[at].size) test.streams[at].size = offset + size;
    answer_json(request, 200, v1_size_format((int64_t)test.streams[at].size, &test.arena));
}

static void state(struct http_request *request)
{
    struct v1_state told;
    struct json_fault fault;
    check(v1_state_parse(http_request_body(request), http_request_body_bytes(request), &test.arena, &told, &fault) && told.count == 1, "state can be read");
    if (told.count && told.partitions[0].busy > test.most_busy) test.most_busy = (int)told.partitions[0].busy;
    answer(request, 204, NULL, NULL, 0);
}

/* J4's script is never what its hash says; other files are found by their hash. */
static void get(struct http_request *request, const char *path)
{
    static const char *const texts[] = { script_long, script_sleep, script_bare, "#!/bin/sh\necho something else\n", data, tool };
    const char *hash = strrchr(path, '/') + 1;
    if (strcmp(path, "/v1/agent/jobs/J1/folder") == 0) {
        answer(request, 200, "text/plain", test.folder_list, strlen(test.folder_list));
        return;
    }
    for (int i = 0; i < countof(texts); i++) {
        if (strcmp(hash, test.hashes[i]) != 0) continue;
        answer(request, 200, "text/plain", texts[i], strlen(texts[i]));
        return;
    }
    answer_json(request, 404, "{\"code\":\"not-found\",\"arguments\":{}}");
}

static void on_head(void *context, struct http_request *request)
{
    (void)context;
    http_body_memory(request, V1_OBSERVATIONS_MESSAGE_BYTES);
}

static void on_request(void *context, struct http_request *request)
{
    const char *path = http_request_path(request), *authorization = http_request_header(request, "Authorization");
    (void)context;
    check(same_text(authorization, "Bearer secret-token"), "the token is sent");
    if (test.is_away) answer_json(request, 503, "{\"code\":\"busy\",\"arguments\":{}}");
    else if (strcmp(path, V1_HELLO_PATH) == 0) hello(request);
    else if (strcmp(path, V1_INSTRUCTIONS_PATH) == 0) stream_begin(request);
    else if (strcmp(path, V1_OBSERVATIONS_PATH) == 0) observations(request);
    else if (strcmp(path, V1_STATE_PATH) == 0) state(request);
    else if (strstr(path, "/streams/")) bytes(request, path);
    else get(request, path);
    arena_reset(&test.arena);
}

/* ---- the site ---- */

static int site_child(void)
{
    struct site_options options = { .home = test.home, .seed = { 7, 8 }, .pace = { 20, 200, 200, 20, 100, 200 } };
    return site_run(&options);
}

static void site_begin(void)
{
    fflush(stdout);
    test.site = fork();
    CHECK(test.site >= 0);
    if (test.site) return;
    char *const arguments[] = { "site_test", "site", test.home, NULL };
    execv("/proc/self/exe", arguments);
    _exit(127);
}

static int site_end(int with)
{
    int status = 0;
    kill(test.site, with);
    CHECK(waitpid(test.site, &status, 0) == test.site);
    test.site = 0;
    return status;
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", test.home, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && close(file) == 0);
}

static void home_make(void)
{
    static const char *const texts[] = { script_long, script_sleep, script_bare, "#!/bin/sh\necho promised\n", data, tool };
    struct hash hash;
    snprintf(test.home, sizeof test.home, "/tmp/site_test.XXXXXX");
    CHECK(mkdtemp(test.home));
    char *ini = arena_format(&test.arena, "[agent]\nid = A\nnetwork = net\nsystem = sys\nrung = submit\n[server]\nurl = http://127.0.0.1:%d\ntoken_file = token\nkey_file = key\n"
                                          "[partition gpu]\nslots = 4\n[sandbox]\nallow_unsandboxed = yes\n", http_server_port(test.server));
    write_file("site.ini", ini);
    write_file("token", "secret-token\n");
    write_file("key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    hash = sha256(ini, strlen(ini));
    hex_format(hash.bytes, HASH_BYTES, test.ini_hash);
    for (int i = 0; i < countof(texts); i++) {
        hash = sha256(texts[i], strlen(texts[i]));
        hex_format(hash.bytes, HASH_BYTES, test.hashes[i]);
    }
    snprintf(test.folder_list, sizeof test.folder_list, "%s %zu - in/data\n%s %zu x tool\n", test.hashes[4], strlen(data), test.hashes[5], strlen(tool));
}

/* ---- the course of events: each step waits for something, then does something ---- */

static bool was_told(const char *job, enum command_kind kind)
{
    for (int i = 0; i < test.told_count; i++)
        if (test.told[i].kind == kind && strcmp(test.told[i].job, job) == 0) return true;
    return false;
}

static size_t stream_size(const char *name)
{
    for (int i = 0; i < test.stream_count; i++)
        if (strcmp(test.streams[i].name, name) == 0) return test.streams[i].size;
    return 0;
}

static bool second_is_refused(void)
{
    pid_t first = test.site;
    int status;
    site_begin();
    CHECK(waitpid(test.site, &status, 0) == test.site);
    test.site = first;
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static bool job_folder_is_there(const char *job)
{
    char path[128];
    snprintf(path, sizeof path, "%s/jobs/%s", test.home, job);
    return access(path, F_OK) == 0;
}

/* True: it happened, the next step is due. */
static bool step_is_over(void)
{
    switch (test.step) {
    case 0: /* J1 and J2 run, their logs and busy pieces are seen while they do; then the agent is killed */
        if (stream_size("J1/streams/log") < 6 || stream_size("J2/streams/log") < 7 || !was_told("J1", COMMAND_JOB_START) || !test.most_busy) return false;
        check(second_is_refused(), "one agent a home");
        site_end(SIGKILL);
        write_file("jobs/J1/work/go", "");
        site_begin();
        return true;
    case 1: /* the job went on without it, and is told of once */
        if (!was_told("J1", COMMAND_JOB_RECORD)) return false;
        test.issued = 4;
        instruct();
        return true;
    case 2: /* two that can't run; then the server goes away */
        if (!was_told("J3", COMMAND_JOB_REFUSE) || !was_told("J4", COMMAND_JOB_REFUSE)) return false;
        test.is_away = true;
        http_stream_end(test.stream);
        test.issued = 5;
        test.hellos = 0;
        loop_timer_set(test.loop, &test.look, 700, 20);
        return true;
    case 3: /* it comes back, and cancels J2 */
        test.is_away = false;
        return true;
    case 4:
        if (!was_told("J2", COMMAND_JOB_RECORD) || job_folder_is_there("J2") || job_folder_is_there("J1")) return false;
        check(test.hellos >= 1, "it came back");
        return true;
    default: return false;
    }
}

static void on_look(void *context)
{
    (void)context;
    if (step_is_over()) test.step++;
    if (test.step == 5) loop_stop(test.loop);
}

static void on_deadline(void *context)
{
    (void)context;
    check(false, "it takes too long");
    loop_stop(test.loop);
}

/* ---- what must hold in the end ---- */

static void check_told(void)
{
    static const char *const expected[] = { /* per job: what was told of it */
        "J1: job.start;job.end failed 3;stream.end error;stream.end log;stream.end out/copy;stream.end out/deep/er/large;stream.end out/go;stream.end out/in/data;job.record;",
        "J2: job.start;job.end cancelled 143;stream.end log;job.record;",
        "J3: job.refuse the script's first line must say what runs it, like #!/bin/sh;",
        "J4: job.refuse the server's script isn't what its hash says;" };
    for (int i = 0; i < countof(expected); i++) {
        char told[600];
        size_t used = (size_t)snprintf(told, sizeof told, "%.2s: ", expected[i]);
        for (int j = 0; j < test.told_count; j++)
            if (strncmp(test.told[j].job, expected[i], 2) == 0)
                used += (size_t)snprintf(told + used, sizeof told - used, "%s%s%s;", word_name(&command_kind_words, (int)test.told[j].kind), test.told[j].detail[0] ? " " : "", test.told[j].detail);
        check(strcmp(told, expected[i]) == 0, told);
    }
    for (int i = 0; i < test.told_count; i++) {
        char name[90];
        if (test.told[i].kind != COMMAND_STREAM_END) continue;
        snprintf(name, sizeof name, "%s/streams/%.60s", test.told[i].job, test.told[i].detail);
        int at = stream_find(name);
        struct hash hash = sha256(test.streams[at].bytes, test.streams[at].size);
        check(hash_equal(&hash, &test.told[i].of), name);
    }
    check(strncmp(test.streams[stream_find("J1/streams/out/copy")].bytes, data, strlen(data)) == 0, "the job had its input");
    check(strncmp(test.streams[stream_find("J1/streams/log")].bytes, "hello\n", 6) == 0, "its log");
    check(stream_size("J1/streams/out/deep/er/large") == 150000, "a large output in pieces");
    check(test.taken == 5, "all instructions are said to be taken");
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

int main(int argc, char **argv)
{
    struct error error;
    if (argc == 3 && strcmp(argv[1], "keeper") == 0) return keeper_main(argc - 1, argv + 1);
    crypto_start();
    if (argc == 3 && strcmp(argv[1], "site") == 0) {
        snprintf(test.home, sizeof test.home, "%s", argv[2]);
        return site_child();
    }
    arena_init(&test.arena, AGENT_STEP_BYTES);
    sign_key_from_seed(&test.key, (const unsigned char *)"0123456789abcdef0123456789abcdef");
    struct http_server_options options = { .address = "127.0.0.1", .limits = http_limits_default(), .on_head = on_head, .on_request = on_request };
    CHECK((test.loop = loop_create(&error)) && (test.server = http_server_create(test.loop, &options, &error)));
    home_make();
    test.issued = 2;
    test.deadline = (struct loop_timer){ .callback = on_deadline };
    test.look = (struct loop_timer){ .callback = on_look };
    loop_timer_set(test.loop, &test.deadline, LIMIT_MS, 0);
    loop_timer_set(test.loop, &test.look, 20, 20);
    int64_t begun_ms = clock_monotonic_ms();
    site_begin();
    loop_run(test.loop);
    int64_t stop_ms = clock_monotonic_ms();
    int status = site_end(SIGTERM);
    stop_ms = clock_monotonic_ms() - stop_ms;
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0 && stop_ms < 5000, "it stops when asked");
    if (test.step == 5) check_told();
    http_server_destroy(test.server);
    loop_destroy(test.loop);
    arena_finish(&test.arena);
    nftw(test.home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (test.failures) return 1;
    printf("ok - site: %d rows (%lld ms, stopped in %lld ms)\n", test.told_count, (long long)(clock_monotonic_ms() - begun_ms), (long long)stop_ms);
    return 0;
}
