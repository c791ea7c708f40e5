/* SPDX-License-Identifier: EUPL-1.2 */
/* v1_test.c - every message written and read back to the same bytes; every way in which one can be wrong, refused with the
 * fault that says so. */
#include "protocol/test_instruction.h"

#include <stdio.h>
#include <string.h>

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PLAN "{\"arguments\":[\"a b\",\"\"],\"environment\":[\"X=1\"],\"cpus_per_task\":2,\"memory_mib\":0,\"folder\":\"\",\"output\":null,\"error\":null,\"array_index\":null,\"array_job\":null,\"array_count\":0}"
#define ARRAY_PLAN "{\"arguments\":[],\"environment\":[],\"cpus_per_task\":1,\"memory_mib\":512,\"folder\":\"sub\",\"output\":\"o\",\"error\":\"e\",\"array_index\":0,\"array_job\":\"J0\",\"array_count\":3}"
#define HEAD(number, kind) "{\"version\":1,\"network\":\"net\",\"agent\":\"A\",\"number\":" number ",\"kind\":\"" kind "\",\"expires_ms\":99"
#define REST(script, pieces, limit) ",\"job\":\"J1\",\"project\":\"P\",\"job_number\":7,\"name\":\"train\",\"partition\":\"gpu\",\"pieces\":" pieces ",\"nodes\":1,\"tasks\":1,\"limit_s\":" limit \
    ",\"grace_s\":30,\"script\":\"" script "\",\"folder\":null,\"held\":60,\"submitted_ms\":5,\"peak_gflops\":0,\"demo\":true,\"plan\":"
#define START HEAD("3", "start") REST(HASH_A, "2", "30") PLAN "}"

static struct arena arena;
static int rows, failures;

static void check(bool holds, const char *what)
{
    rows++;
    if (holds) return;
    failures++;
    printf("not ok - protocol v1: %s\n", what);
}

/* message, the code expected, the pointer expected ("*": any) */
struct row { const char *message; enum json_fault_code code; const char *pointer; };

static const struct row instruction_rows[] = {
    { START, JSON_FINE, "" },
    { HEAD("3", "start") REST(HASH_A, "2", "30") ARRAY_PLAN "}", JSON_FINE, "" },
    { HEAD("1", "cancel") ",\"job\":\"J1\"}", JSON_FINE, "" },
    { HEAD("1", "none") "}", JSON_FINE, "" },
    { "", JSON_MALFORMED, "*" },
    { "[]", JSON_WRONG_KIND, "" },
    { HEAD("1", "none"), JSON_MALFORMED, "*" },
    { HEAD("1", "none") ",\"job\":\"J1\"}", JSON_UNKNOWN_FIELD, "/?" },
    { HEAD("1", "cancel") "}", JSON_MISSING_FIELD, "/job" },
    { HEAD("1", "cancel") ",\"job\":\"\"}", JSON_INVALID_VALUE, "/job" },
    { HEAD("1", "pause") "}", JSON_INVALID_VALUE, "/kind" },
    { HEAD("0", "none") "}", JSON_INVALID_VALUE, "/number" },
    { HEAD("-1", "none") "}", JSON_NUMBER_OUT_OF_RANGE, "/number" },
    { HEAD("1.5", "none") "}", JSON_NUMBER_OUT_OF_RANGE, "/number" },
    { HEAD("1", "none") ",\"number\":2}", JSON_DUPLICATE_KEY, "*" },
    { "{\"version\":2,\"network\":\"n\",\"agent\":\"A\",\"number\":1,\"kind\":\"none\",\"expires_ms\":9}", JSON_INVALID_VALUE, "/version" },
    { HEAD("3", "start") REST("abc", "2", "30") PLAN "}", JSON_INVALID_VALUE, "/script" },
    { HEAD("3", "start") REST(HASH_A, "0", "30") PLAN "}", JSON_INVALID_VALUE, "/pieces" },
    { HEAD("3", "start") REST(HASH_A, "1", "0") PLAN "}", JSON_INVALID_VALUE, "/limit_s" },
    { HEAD("3", "start") REST(HASH_A, "1", "1") "{}}", JSON_MISSING_FIELD, "/arguments" },
    { HEAD("3", "start") REST(HASH_A, "1", "1") "[]}", JSON_WRONG_KIND, "" },
    { HEAD("3", "start") REST(HASH_A, "1", "1") "null}", JSON_MISSING_FIELD, "/plan" },
};

#define BATCH(items) "{\"journal\":\"j\",\"taken\":4,\"observations\":[" items "]}"
#define ITEM(number, kind, body) "{\"number\":" number ",\"kind\":\"" kind "\",\"body\":" body "}"
#define STARTED "{\"job\":\"J1\",\"at_ms\":\"2026-11-20T10:48:45.123Z\",\"slots\":\"0,1\"}"

static const struct row batch_rows[] = {
    { BATCH(ITEM("5", "job.start", STARTED) "," ITEM("6", "job.refuse", "{\"job\":\"J2\",\"reason\":\"no\"}")), JSON_FINE, "" },
    { BATCH(""), JSON_FINE, "" },
    { "{\"journal\":\"j\",\"taken\":4}", JSON_MISSING_FIELD, "/observations" },
    { "{\"journal\":\"j\",\"taken\":4,\"observations\":{}}", JSON_WRONG_KIND, "/observations" },
    { "{\"journal\":\"j\",\"taken\":-1,\"observations\":[]}", JSON_NUMBER_OUT_OF_RANGE, "/taken" },
    { "{\"journal\":7,\"taken\":1,\"observations\":[]}", JSON_WRONG_KIND, "/journal" },
    { BATCH(ITEM("0", "job.start", "{}")), JSON_INVALID_VALUE, "/observations/number" },
    { BATCH(ITEM("5", "job.start", "{}") "," ITEM("7", "job.start", "{}")), JSON_INVALID_VALUE, "/observations/number" },
    { BATCH(ITEM("5", "job.start", "{}") "," ITEM("5", "job.start", "{}")), JSON_INVALID_VALUE, "/observations/number" },
    { BATCH(ITEM("5", "job.submit", "{}")), JSON_INVALID_VALUE, "/observations/kind" },
    { BATCH(ITEM("5", "job.fly", "{}")), JSON_INVALID_VALUE, "/observations/0/kind" },
    { BATCH(ITEM("5", "job.start", "[]")), JSON_WRONG_KIND, "/observations/body" },
    { BATCH(ITEM("5", "job.start", "\"x\"")), JSON_WRONG_KIND, "/observations/body" },
    { BATCH("7"), JSON_WRONG_KIND, "/observations/0" },
    { BATCH(ITEM("5", "job.start", "{}") ",") , JSON_MALFORMED, "*" },
};

#define PARTITION(name, slots) "{\"name\":\"" name "\",\"slots\":" slots ",\"busy\":1,\"waiting_jobs\":2,\"running_jobs\":3}"
static const struct row state_rows[] = {
    { "{\"boot\":\"b\",\"number\":9,\"partitions\":[" PARTITION("gpu", "4") "," PARTITION("cpu", "8") "]}", JSON_FINE, "" },
    { "{\"boot\":\"b\",\"number\":9,\"partitions\":[]}", JSON_FINE, "" },
    { "{\"boot\":\"b\",\"number\":9,\"partitions\":7}", JSON_WRONG_KIND, "/partitions" },
    { "{\"boot\":\"b\",\"number\":9}", JSON_MISSING_FIELD, "/partitions" },
    { "{\"boot\":\"b\",\"number\":9,\"partitions\":[" PARTITION("gpu", "-4") "]}", JSON_NUMBER_OUT_OF_RANGE, "/slots" },
    { "{\"boot\":\"b\",\"number\":9,\"partitions\":[" PARTITION("g\\u202eu", "4") "]}", JSON_CONFUSABLE_TEXT, "/name" },
    { "{\"boot\":\"b\",\"number\":9,\"partitions\":[{\"name\":\"a name far too long for a partition\",\"slots\":1,\"busy\":1,\"waiting_jobs\":2,\"running_jobs\":3}]}", JSON_INVALID_VALUE, "/name" },
};

static const struct row welcome_rows[] = {
    { "{\"version\":1,\"observed\":2,\"issued\":3,\"sent\":3,\"network\":\"net\",\"server_key\":\"" HASH_A "\"}", JSON_FINE, "" },
    { "{\"version\":1,\"observed\":2,\"issued\":3,\"sent\":3,\"network\":\"net\",\"server_key\":\"short\"}", JSON_INVALID_VALUE, "/server_key" },
    { "{\"version\":1,\"observed\":2,\"issued\":3,\"sent\":3,\"network\":\"net\"}", JSON_MISSING_FIELD, "/server_key" },
    { "{\"version\":1,\"observed\":9007199254740992,\"issued\":3,\"sent\":3,\"network\":\"net\",\"server_key\":\"" HASH_A "\"}", JSON_NUMBER_OUT_OF_RANGE, "/observed" },
};

/* Reads the message and, if it is fine, writes it again: NULL if it wasn't. */
static const char *again(int table, const char *message, struct json_fault *fault)
{
    size_t length = strlen(message);
    struct v1_instruction instruction;
    struct v1_observations batch;
    struct v1_state state;
    struct v1_welcome welcome;
    if (table == 0) return v1_instruction_parse(message, length, &arena, &instruction, fault) ? test_instruction(&instruction, &arena) : NULL;
    if (table == 1) return v1_observations_parse(message, length, &arena, &batch, fault) ? v1_observations_format(&batch, &arena) : NULL;
    if (table == 2) return v1_state_parse(message, length, &arena, &state, fault) ? v1_state_format(&state, &arena) : NULL;
    return v1_welcome_parse(message, length, &arena, &welcome, fault) ? v1_welcome_format(&welcome, &arena) : NULL;
}

static void check_rows(int table, const struct row *row, int count)
{
    for (int i = 0; i < count; i++, row++) {
        struct json_fault fault = { 0 };
        const char *written = again(table, row->message, &fault);
        bool holds = row->code == JSON_FINE ? written && same_text(written, row->message)
                                            : !written && fault.code == row->code && (*row->pointer == '*' || same_text(fault.pointer, row->pointer));
        check(holds, arena_format(&arena, "%.120s: fault %d at %s, written %.120s", row->message, fault.code, fault.pointer, written ? written : "-"));
        /* cut anywhere it is never taken */
        for (size_t length = 0; row->code == JSON_FINE && length < strlen(row->message); length++)
            if (again(table, arena_text_n(&arena, row->message, length), &fault)) check(false, "a message cut short was taken");
        arena_reset(&arena);
    }
}

static void check_plan(void)
{
    struct v1_plan plan;
    struct json_fault fault;
    check(v1_plan_parse(ARRAY_PLAN, strlen(ARRAY_PLAN), &arena, &plan, &fault) && same_text(test_plan(&plan, &arena), ARRAY_PLAN), "a plan of an array's first job");
    check(plan.array_index == 0 && plan.array_count == 3 && same_text(plan.array_job.text, "J0"), "its figures");
    check(v1_plan_parse(PLAN, strlen(PLAN), &arena, &plan, &fault) && same_text(test_plan(&plan, &arena), PLAN), "a plan outside arrays");
    check(plan.arguments.count == 2 && same_text(plan.arguments.items[1], ""), "its arguments");
}

static void check_envelope(void)
{
    struct sign_key key, other;
    struct v1_envelope envelope;
    struct json_fault fault;
    int taken = 0;
    sign_key_from_seed(&key, (const unsigned char *)"0123456789abcdef0123456789abcdef");
    sign_key_from_seed(&other, (const unsigned char *)"1123456789abcdef0123456789abcdef");
    const char *line = v1_envelope_format(START, &key, &arena);
    check(!strchr(line, '\n'), "an envelope is one line");
    check(v1_envelope_parse(line, strlen(line), &arena, &envelope, &fault) && same_text(envelope.body, START), "the body comes back byte for byte");
    check(v1_envelope_is_signed(envelope.body, envelope.signature, key.public), "signed");
    check(!v1_envelope_is_signed(envelope.body, envelope.signature, other.public), "another key");
    check(!v1_envelope_is_signed(envelope.body, "abc", key.public), "half a signature");
    char *altered = arena_text(&arena, envelope.body);
    for (size_t bit = 0; bit < 8 * strlen(START); bit++) {
        altered[bit / 8] = (char)(altered[bit / 8] ^ (1 << bit % 8));
        if (altered[bit / 8]) taken += v1_envelope_is_signed(altered, envelope.signature, key.public);
        altered[bit / 8] = (char)(altered[bit / 8] ^ (1 << bit % 8));
    }
    check(taken == 0, "one bit of the body changed, anywhere");
    arena_reset(&arena);
}

static void check_head(void)
{
    struct v1_instruction instruction;
    struct json_fault fault;
    const char *odd = HEAD("4", "start") ",\"job\":\"J9\",\"colour\":\"blue\"}";
    check(!v1_instruction_parse(odd, strlen(odd), &arena, &instruction, &fault), "an instruction with an unknown member");
    check(instruction.kind == V1_START && same_text(instruction.job.text, "J9") && instruction.number == 4 && same_text(instruction.agent.text, "A"), "names its job all the same");
    check(!instruction.script && !instruction.plan, "and nothing else");
}

/* Each kind through body and read, whole. */
static void check_observations(void)
{
    struct job_start start = { .job = id_from("J1"), .at_ms = 1700000000123, .slots = "0,1" };
    struct job_ended end = { .job = id_from("J1"), .at_ms = 1700000000123, .end = OBSERVED_TIMED_OUT, .exit_code = 143, .signal = 15, .ran_ms = 5 };
    struct job_refuse refuse = { .job = id_from("J1"), .reason = "no" };
    struct stream_end stream = { .job = id_from("J1"), .name = "out/a b", .size_bytes = 3, .hash = HASH_A };
    struct job_record_add record = { .job = id_from("J1"), .body = "{\"a\":\"\\n\"}", .signature = "00" };
    const struct { enum command_kind kind; const void *of; } all[] = {
        { COMMAND_JOB_START, &start }, { COMMAND_JOB_END, &end }, { COMMAND_JOB_REFUSE, &refuse }, { COMMAND_STREAM_END, &stream }, { COMMAND_JOB_RECORD, &record } };
    for (int i = 0; i < countof(all); i++) {
        struct json_fault fault;
        struct v1_observation observation = { 7, all[i].kind, v1_observation_body(all[i].kind, all[i].of, &arena) };
        void *read = v1_observation_read(&observation, id_from("A"), "jrn", &arena, &fault);
        check(read != NULL, observation.body);
        if (!read) continue;
        check(same_text(v1_observation_body(all[i].kind, read, &arena), observation.body), "an observation read and written again");
        check(!strstr(observation.body, "journal"), "what stands around an observation isn't in it");
        const struct job_start *head = read; /* all begin alike: agent, journal, number, job */
        check(same_text(head->agent.text, "A") && same_text(head->journal, "jrn") && head->number == 7 && same_text(head->job.text, "J1"), "what stands around it is filled in");
        observation.body = "{\"job\":\"J1\",\"number\":8}";
        check(!v1_observation_read(&observation, id_from("A"), "jrn", &arena, &fault), "a number inside the body is refused");
    }
    check(!v1_observation_shape(COMMAND_JOB_SUBMIT) && !v1_observation_shape(COMMAND_JOB_CANCEL), "an agent can't submit or cancel");
}

static void check_too_many(void)
{
    struct v1_observations batch = { .journal = "j", .count = V1_OBSERVATIONS }, read;
    struct json_fault fault;
    struct text more;
    for (int i = 0; i < V1_OBSERVATIONS; i++) batch.items[i] = (struct v1_observation){ i + 1, COMMAND_JOB_START, STARTED };
    char *message = v1_observations_format(&batch, &arena);
    check(v1_observations_parse(message, strlen(message), &arena, &read, &fault) && read.count == V1_OBSERVATIONS, "64 observations");
    text_init(&more, &arena);
    text_add_n(&more, message, strlen(message) - 2);
    text_add(&more, "," ITEM("65", "job.start", STARTED) "]}");
    check(!v1_observations_parse(more.bytes, more.length, &arena, &read, &fault) && same_text(fault.pointer, "/observations"), "65 observations");
    text_init(&more, &arena);
    text_add(&more, "{\"boot\":\"b\",\"number\":9,\"partitions\":[" PARTITION("p", "1"));
    for (int i = 0; i < V1_PARTITIONS; i++) text_add(&more, "," PARTITION("p", "1"));
    text_add(&more, "]}");
    struct v1_state state;
    check(!v1_state_parse(more.bytes, more.length, &arena, &state, &fault) && same_text(fault.pointer, "/partitions"), "65 partitions");
    char *blanks = arena_take(&arena, V1_OBSERVATIONS_MESSAGE_BYTES + 2);
    memset(blanks, ' ', V1_OBSERVATIONS_MESSAGE_BYTES + 1);
    check(!v1_observations_parse(blanks, V1_OBSERVATIONS_MESSAGE_BYTES + 1, &arena, &read, &fault) && fault.code == JSON_TOO_LARGE, "a batch that is too large");
    arena_reset(&arena);
}

static void check_bytes(void)
{
    static const struct { const char *name; bool is_safe; const char *target; } names[] = {
        { "log", true, "/v1/agent/jobs/J1/streams/log?offset=5" },
        { "error", true, "/v1/agent/jobs/J1/streams/error?offset=5" },
        { "out/a/b c?#%.txt", true, "/v1/agent/jobs/J1/streams/out/a/b%20c%3F%23%25.txt?offset=5" },
        { "out/\xc3\xa9", true, "/v1/agent/jobs/J1/streams/out/%C3%A9?offset=5" },
        { "out/..", false, NULL }, { "out/../x", false, NULL }, { "out//x", false, NULL }, { "out/", false, NULL }, { "out", false, NULL }, { "", false, NULL },
        { "logs", false, NULL }, { "out/a\nb", false, NULL }, { "out/-rf", false, NULL }, { "out/\xff", false, NULL }, { "out/a\xe2\x80\xae" "b", false, NULL }, { "/log", false, NULL },
    };
    for (int i = 0; i < countof(names); i++) {
        check(v1_stream_name_is_safe(names[i].name) == names[i].is_safe, names[i].name);
        if (names[i].target) check(same_text(v1_stream_target(id_from("J1"), names[i].name, 5, &arena), names[i].target), names[i].target);
    }
    int64_t number = -1;
    check(v1_size_parse("{\"size\":12}", 11, &number) && number == 12, "a size");
    check(!v1_size_parse("{\"size\":-1}", 11, &number) && !v1_size_parse("{}", 2, &number) && !v1_size_parse("12", 2, &number), "no size");
    check(v1_acknowledgement_parse("{\"observed\":0}", 14, &number) && number == 0, "an acknowledgement");
    check(same_text(v1_acknowledgement_format(7, &arena), "{\"observed\":7}") && same_text(v1_size_format(7, &arena), "{\"size\":7}"), "written");
    struct v1_problem problem;
    const char *gap = "{\"code\":\"observation-gap\",\"status\":409,\"arguments\":{\"expected\":4}}", *mismatch = "{\"code\":\"offset-mismatch\",\"arguments\":{\"size\":0}}";
    check(v1_problem_parse(gap, strlen(gap), &problem) && same_text(problem.code, "observation-gap") && problem.expected == 4 && problem.size_bytes == -1, "a gap");
    check(v1_problem_parse(mismatch, strlen(mismatch), &problem) && problem.size_bytes == 0 && problem.expected == -1, "a mismatch");
    check(!v1_problem_parse("<html>", 6, &problem) && !v1_problem_parse("{\"code\":7}", 10, &problem), "no problem document");
}

static void check_hello(void)
{
    struct agent_hello hello = { .agent = id_from("A"), .lowest = 1, .highest = 1, .program = "aif 0.1.0", .boot = "b", .journal = "j", .policy = HASH_A, .rung = "submit",
                                 .taken = 3, .observed = 4 }, read;
    struct json_fault fault;
    const char *message = v1_hello_format(&hello, &arena);
    check(v1_hello_parse(message, strlen(message), &arena, &read, &fault) && same_text(v1_hello_format(&read, &arena), message), "hello");
    check(!v1_hello_parse("{\"agent\":\"A\"}", 13, &arena, &read, &fault) && fault.code == JSON_MISSING_FIELD, "half a hello");
}

int main(void)
{
    crypto_start();
    arena_init(&arena, V1_ARENA_BYTES);
    check_rows(0, instruction_rows, countof(instruction_rows));
    check_rows(1, batch_rows, countof(batch_rows));
    check_rows(2, state_rows, countof(state_rows));
    check_rows(3, welcome_rows, countof(welcome_rows));
    check_plan();
    check_envelope();
    check_head();
    check_observations();
    check_too_many();
    check_bytes();
    check_hello();
    arena_finish(&arena);
    if (failures) return 1;
    printf("ok - protocol v1: %d rows\n", rows);
    return 0;
}
