/* SPDX-License-Identifier: EUPL-1.2 */
/* abuse_test.c - bad input over HTTP: tests/abuse.txt says what is sent and which status and code it must get. After all of it the
 * server answers, the ledger balances, and what a foreigner is told is told of what isn't there, byte for byte. */
#include "api/test_server.h"

static const char table_name[] = "tests/abuse.txt";

enum { FIELDS = 7, FIELD_ROW = 0, FIELD_REQUEST, FIELD_WHO, FIELD_HEADER, FIELD_BODY, FIELD_STATUS, FIELD_CODE };

static struct { char *job; } given;

static char *trim(char *text)
{
    while (*text == ' ') text++;
    for (char *end = text + strlen(text); end > text && (end[-1] == ' ' || end[-1] == '\n'); end--) end[-1] = 0;
    return text;
}

static bool split(char *line, char *fields[FIELDS])
{
    int count = 0;
    for (char *rest = line, *field; count < FIELDS && (field = rest); count++) {
        rest = strstr(field, " | ");
        if (rest) *rest = 0, rest += 3;
        fields[count] = trim(field);
        if (!rest) return count + 1 == FIELDS;
    }
    return false;
}

/* {{TEXT*N}}: returns what stands behind it. */
static const char *repeat(const char *form, struct text *out)
{
    const char *end = strstr(form, "}}"), *star = NULL;
    CHECK(end);
    for (const char *at = form; at < end; at++)
        if (*at == '*') star = at;
    CHECK(star);
    for (long times = strtol(star + 1, NULL, 10); times > 0; times--) text_add_n(out, form, (size_t)(star - form));
    return end + 2;
}

static const char *escape(const char *form, struct text *out)
{
    unsigned char byte = 0;
    switch (*form) {
    case 'n': text_add_char(out, '\n'); break;
    case 'r': text_add_char(out, '\r'); break;
    case 't': text_add_char(out, '\t'); break;
    case 'x':
        CHECK(hex_parse((char[]){ form[1], form[2], 0 }, &byte, 1));
        text_add_char(out, (char)byte);
        return form + 3;
    default: text_add_char(out, *form);
    }
    return form + 1;
}

static struct text expand(const char *form, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    while (*form) {
        if (strncmp(form, "{{", 2) == 0) form = repeat(form + 2, &out);
        else if (*form == '\\') form = escape(form + 1, &out);
        else if (strncmp(form, "$J", 2) == 0) text_add(&out, given.job), form += 2;
        else if (strncmp(form, "$S", 2) == 0) text_add(&out, "#!/bin/sh\\necho\\n"), form += 2;
        else text_add_char(&out, *form++);
    }
    return out;
}

static bool is_dash(const char *text) { return strcmp(text, "-") == 0; }

static const char *asker_of(const char *who) { return is_dash(who) ? NULL : strcmp(who, "!") == 0 ? "nobody-that-we-know" : who; }

static int ask(struct test_api *test, char *fields[FIELDS], struct arena *arena)
{
    char *method = fields[FIELD_REQUEST], *path = strchr(method, ' ');
    const char *header = fields[FIELD_HEADER], *key = NULL, *headers = "";
    CHECK(path);
    *path++ = 0;
    struct text body = expand(is_dash(fields[FIELD_BODY]) ? "" : fields[FIELD_BODY], arena);
    if (strcmp(header, "no key") == 0) key = "";
    else if (strncmp(header, "key ", 4) == 0) key = header + 4;
    else if (!is_dash(header)) headers = arena_format(arena, "%s\r\n", expand(header, arena).bytes);
    if (strncmp(headers, "Idempotency-Key", 15) == 0) key = "";
    return test_ask_n(test, method, expand(path, arena).bytes, asker_of(fields[FIELD_WHO]), key, headers, body.bytes, body.length);
}

static bool answer_holds(struct test_api *test, int status, char *fields[FIELDS])
{
    const char *code = fields[FIELD_CODE];
    if (status != (int)strtol(fields[FIELD_STATUS], NULL, 10) || status >= 500) return false;
    if (strcmp(code, "replayed") == 0) return test_has(test, "Idempotency-Replayed: true");
    if (status == 405 && !test_has(test, "Allow: ")) return false;
    return strcmp(code, is_dash(code) ? "-" : test_code(test)) == 0;
}

/* A problem never shows what was sent. */
static bool echoes(struct test_api *test, char *fields[FIELDS])
{
    return test_status(test->answer) >= 400 && (strstr(test_body(test->answer), "DROP") || strstr(test_body(test->answer), "reboot") ||
                                                strstr(test_body(test->answer), "admin") || strstr(test_body(test->answer), "token-of")) &&
           !strstr(fields[FIELD_CODE], "partition");
}

static int table_fails(struct test_api *test)
{
    FILE *file = fopen(table_name, "r");
    char *line = NULL, *fields[FIELDS];
    size_t room = 0;
    int rows = 0, failed = 0;
    if (!file) {
        printf("not ok - %s can't be read; tests run from the root of the source\n", table_name);
        return 1;
    }
    while (getline(&line, &room, file) > 0) {
        struct arena arena;
        if (line[0] == '#' || line[0] == '\n') continue;
        arena_init(&arena, 16 * 1024 * 1024);
        char *shown = arena_text(&arena, line);
        bool is_row = split(line, fields);
        int status = is_row ? ask(test, fields, &arena) : 0;
        rows++;
        if (!is_row || !answer_holds(test, status, fields) || echoes(test, fields)) {
            printf("not ok - abuse: %.300s    got %d %s: %.300s\n", shown, status, test_code(test), test_body(test->answer));
            failed = 1;
        }
        arena_finish(&arena);
    }
    free(line);
    fclose(file);
    if (!failed) printf("ok - %s: %d rows\n", table_name, rows);
    return failed;
}

/* ---- the same answer for what is another's and for what isn't there */

static char *body_without_trace(struct test_api *test)
{
    char *body = arena_text(&test->world.arena, test_body(test->answer)), *trace = strstr(body, ",\"instance\"");
    if (trace) *trace = 0;
    return body;
}

static int foreign_fails(struct test_api *test)
{
    static const char *const ends[] = { "", "/placement", "/streams", "/streams/log", "/evidence" };
    for (int i = 0; i < countof(ends); i++) {
        struct arena *arena = &test->world.arena;
        CHECK(test_ask(test, "GET", arena_format(arena, "/v1/jobs/%s%s", given.job, ends[i]), "cleo", NULL) == 404);
        char *foreign = body_without_trace(test);
        CHECK(test_ask(test, "GET", arena_format(arena, "/v1/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV%s", ends[i]), "cleo", NULL) == 404);
        if (strcmp(foreign, body_without_trace(test)) == 0) continue;
        printf("not ok - foreign and missing differ: %s\n%s\n", foreign, test->answer);
        return 1;
    }
    printf("ok - foreign and missing: %d rows\n", countof(ends));
    return 0;
}

/* ---- the same key twice at once */

static struct { sem_t entered, leave; } stall;

static void stall_done(struct door_request *request)
{
    (void)request;
    sem_post(&stall.entered);
    CHECK(test_wait(&stall.leave));
}

/* The writer is held up while a first request waits for it; the second must not wait too, and must not be taken for another. */
static int in_flight_fails(struct test_api *test)
{
    static const char body[] = "{\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\"]}";
    struct arena arena;
    struct agent_send nothing = { .agent = id_from("a1") };
    struct door_request request = { .command = { .kind = COMMAND_AGENT_SEND, .principal = id_from("server"), .body = &nothing }, .principal_kind = PRINCIPAL_SERVER,
                                    .arena = &arena, .done = stall_done };
    char first[4096];
    arena_init(&arena, 1024 * 1024);
    sem_init(&stall.entered, 0, 0);
    sem_init(&stall.leave, 0, 0);
    CHECK(writer_put(test->writer, &request) && test_wait(&stall.entered));
    int fd = client_open(test->port);
    CHECK(client_say(fd, test_head(test, &test->world.arena, "POST", "/v1/jobs", "bo", "twice-at-once", "", strlen(body))) && client_say(fd, body));
    CHECK(test_ask(test, "GET", "/healthz", NULL, NULL) == 200); /* what came before it has been read */
    int second = test_ask_n(test, "POST", "/v1/jobs", "bo", "twice-at-once", "", body, strlen(body));
    bool told = test_has(test, "request-in-progress") && test_has(test, "Retry-After: 1");
    sem_post(&stall.leave);
    CHECK(client_read_all(fd, first, sizeof first));
    int again = test_ask_n(test, "POST", "/v1/jobs", "bo", "twice-at-once", "", body, strlen(body));
    arena_finish(&arena);
    if (second == 409 && told && test_status(first) == 201 && again == 201 && test_has(test, "Idempotency-Replayed: true")) {
        printf("ok - the same key twice at once\n");
        return 0;
    }
    printf("not ok - the same key twice at once: %d, then %.60s, then %d\n", second, first, again);
    return 1;
}

/* ---- many at once on one budget */

enum { RACERS = 300, WINNERS = 10 };

static int race_fails(struct test_api *test)
{
    static const char body[] = "{\"project\":\"small\",\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\",\"--partition=lumi/gpu\"]}";
    static int fds[RACERS];
    int accepted = 0, refused = 0;
    CHECK(test_command(test, COMMAND_PROJECT_ADD, "small", &(struct project_add){ .name = "small", .title = "t", .organisation = id_from("org"), .purpose = "p" }) == 201);
    CHECK(test_command(test, COMMAND_ALLOCATION_GRANT, "grant-small", &(struct allocation_grant){ id_from("small"), id_from("lumi/gpu"), WINNERS * WORLD_JOB_S,
                                                                                                     WORLD_NOW_MS - 1000, WORLD_NOW_MS + 1000000000 }) == 201);
    CHECK(test_command(test, COMMAND_ROLE_GRANT, "role-small", &(struct role_grant){ .person = id_from("sven"), .role = ROLE_PROJECT_LEAD, .scope_kind = SCOPE_OF_PROJECT,
                                                                                        .scope_id = id_from("small") }) == 201);
    for (int i = 0; i < RACERS; i++) fds[i] = client_open(test->port);
    for (int i = 0; i < RACERS; i++) {
        struct arena arena;
        arena_init(&arena, 64 * 1024);
        CHECK(client_say(fds[i], test_head(test, &arena, "POST", "/v1/jobs", "sven", NULL, "", strlen(body))) && client_say(fds[i], body));
        arena_finish(&arena);
    }
    for (int i = 0; i < RACERS; i++) {
        CHECK(client_read_all(fds[i], test->answer, ANSWER_ROOM));
        accepted += test_status(test->answer) == 201;
        refused += test_status(test->answer) == 409 && strcmp(test_code(test), "insufficient-allocation") == 0;
    }
    if (accepted == WINNERS && refused == RACERS - WINNERS) {
        printf("ok - %d at once on a budget for %d\n", RACERS, WINNERS);
        return 0;
    }
    printf("not ok - %d at once on a budget for %d: %d accepted, %d refused\n", RACERS, WINNERS, accepted, refused);
    return 1;
}

int main(void)
{
    static struct test_api test;
    files_raise();
    test_api_start(&test);
    given.job = test_job(&test, "");
    test_run(&test, given.job, 1);
    int failed = table_fails(&test) || foreign_fails(&test) || in_flight_fails(&test) || race_fails(&test);
    if (!failed && (test_ask(&test, "GET", "/v1/ledger/check", "ada", NULL) != 200 || !test_has(&test, "\"balanced\":true"))) failed = test_fails(&test, "the ledger balances afterwards");
    test_api_stop(&test);
    return failed;
}
