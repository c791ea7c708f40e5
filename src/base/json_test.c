/* SPDX-License-Identifier: EUPL-1.2 */
/* json_test.c - one row a case: a document and the fault it has; a body and the fault its shape finds; values and the
 * bytes that are written for them. */
#include "base/json.h"

#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    "fine", "malformed", "too-deep", "too-large", "duplicate-key", "invalid-text", "number-out-of-range", "unknown-field",
    "missing-field", "wrong-kind", "invalid-value", "confusable-text",
};

/* ---- documents; offset -1: none is promised */
static const struct { const char *document; const char *code; int offset; } documents[] = {
    { "{}", "fine", -1 },
    { " \n[1, 2]\t ", "fine", -1 },
    { "17", "fine", -1 },
    { "\"\"", "fine", -1 },
    { "null", "fine", -1 },
    { "9223372036854775807", "fine", -1 },
    { "-9223372036854775808", "fine", -1 },
    { "9007199254740993", "fine", -1 },
    { "-1", "fine", -1 },
    { "[0,-0.5,1e-0,1E-0]", "fine", -1 },
    { "\"-0\"", "fine", -1 },
    { "{\"a\\\"[{\":\"]]\"}", "fine", -1 },
    { "\"\\ud83d\\ude00\"", "fine", -1 },
    { "\"\xf4\x8f\xbf\xbf\"", "fine", -1 },

    { "", "malformed", 0 },
    { "   ", "malformed", 3 },
    { "{\"a\":1", "malformed", 6 },
    { "{\"a\":1}x", "malformed", 8 },
    { "{} {}", "malformed", 4 },
    { "[1,]", "malformed", 4 },
    { "{\"a\" 1}", "malformed", 6 },
    { "{\"Unicode\" 1}", "malformed", -1 },
    { "{\"invalid Unicode\" 1}", "malformed", -1 },
    { "{a:1}", "malformed", 2 },
    { "{'a':1}", "malformed", 2 },
    { "01", "malformed", 1 },
    { "-01", "malformed", 2 },
    { "-", "malformed", 1 },
    { "+1", "malformed", 1 },
    { "1.", "malformed", 2 },
    { ".5", "malformed", 1 },
    { "0x10", "malformed", 2 },
    { "NaN", "malformed", 3 },
    { "Infinity", "malformed", 8 },
    { "-Infinity", "malformed", 1 },
    { "True", "malformed", 4 },
    { "\"\\x41\"", "malformed", 3 },
    { "\"\\u12\"", "malformed", 6 },
    { "\"a\nb\"", "malformed", 2 },
    { "\"a", "malformed", 2 },
    { "// no\n1", "malformed", 1 },
    { "\"\xc3\xa9\xc3\xa9\" x", "malformed", 8 },

    { "{\"a\":1,\"a\":1}", "duplicate-key", 10 },
    { "{\"a\":{\"b\":1,\"\\u0062\":2}}", "duplicate-key", -1 },
    { "{\"a\":1,\"b\":{\"a\":1}}", "fine", -1 },

    { "\"\\ud800\"", "invalid-text", 8 },
    { "\"\\ud800\\u0041\"", "invalid-text", 14 },
    { "\"\\udc00\"", "invalid-text", 8 },
    { "\"\\u0000\"", "invalid-text", 8 },
    { "{\"\\u0000\":1}", "invalid-text", 9 },
    { "\"\xff\"", "invalid-text", 1 },
    { "\"\xc0\xaf\"", "invalid-text", 1 },
    { "\"\xe0\x80\xaf\"", "invalid-text", 1 },
    { "\"\xf0\x80\x80\xaf\"", "invalid-text", 1 },
    { "\"\xed\xa0\x80\"", "invalid-text", 1 },
    { "\"\xf4\x90\x80\x80\"", "invalid-text", 1 },
    { "\"\xe2\x82\"", "invalid-text", 1 },
    { "{\"\xff\":1}", "invalid-text", 2 },

    { "1e400", "number-out-of-range", -1 },
    { "-1e400", "number-out-of-range", -1 },
    { "9223372036854775808", "number-out-of-range", -1 },
    { "-9223372036854775809", "number-out-of-range", -1 },
    { "{\"a\":-0}", "number-out-of-range", -1 },
    { "-0", "number-out-of-range", -1 },
    { "[-0 ]", "number-out-of-range", -1 },
};

static bool fault_is(const struct json_fault *fault, const char *code, int offset, const char *what)
{
    if (strcmp(code_names[fault->code], code) == 0 && (offset < 0 || fault->offset == (size_t)offset)) return true;
    printf("not ok - json: %s: wanted %s at %d, got %s at %zu\n", what, code, offset, code_names[fault->code], fault->offset);
    return false;
}

static bool documents_hold(void)
{
    for (int i = 0; i < countof(documents); i++) {
        struct json_fault fault;
        struct json_t *json = json_read(documents[i].document, strlen(documents[i].document), &fault);
        bool holds = fault_is(&fault, documents[i].code, documents[i].offset, documents[i].document) && (json != NULL) == !fault.code;
        if (fault.code == JSON_NUMBER_OUT_OF_RANGE) holds = holds && *fault.wanted;
        json_free(json);
        if (!holds) return false;
    }
    struct json_fault fault;
    bool zero_byte = !json_read("[1]\0", 4, &fault) && fault.code == JSON_MALFORMED;
    if (!zero_byte) printf("not ok - json: a zero byte behind the document\n");
    return zero_byte;
}

/* ---- limits */
static const char *repeated(const char *open, const char *middle, int count, const char *close, struct arena *arena)
{
    struct text text;
    text_init(&text, arena);
    for (int i = 0; i < count; i++) text_add(&text, open);
    text_add(&text, middle);
    for (int i = 0; i < count; i++) text_add(&text, close);
    return text.bytes;
}

static bool limits_hold(struct arena *arena)
{
    const struct { const char *what, *document, *code; } rows[] = {
        { "depth 32", repeated("[", "", 32, "]", arena), "fine" },
        { "depth 33", repeated("[", "", 33, "]", arena), "too-deep" },
        { "depth 100,000, never closed", repeated("{\"a\":", "", 100000, "", arena), "too-deep" },
        { "brackets in a text", arena_format(arena, "\"%s\"", repeated("[{", "", 100, "", arena)), "fine" },
        { "10,000 entries", arena_format(arena, "[%s1]", repeated("1,", "", 9999, "", arena)), "fine" },
        { "10,001 entries", arena_format(arena, "[%s1]", repeated("1,", "", 10000, "", arena)), "too-large" },
        { "9,999 lists in a list", arena_format(arena, "[%s{ }]", repeated("[],", "", 9999, "", arena)), "fine" },
        { "5,001 lists of one", arena_format(arena, "[%s[1]]", repeated("[1],", "", 5000, "", arena)), "too-large" },
        { "commas in a text", arena_format(arena, "\"%s\"", repeated(",", "", 20000, "", arena)), "fine" },
    };
    for (int i = 0; i < countof(rows); i++) {
        struct json_fault fault;
        json_free(json_read(rows[i].document, strlen(rows[i].document), &fault));
        if (!fault_is(&fault, rows[i].code, -1, rows[i].what)) return false;
    }
    return true;
}

/* ---- bodies */
#define COLOUR_WORDS(X) X(COLOUR_RED, "red") X(COLOUR_BLUE, "blue")
WORDS_ENUM(colour, COLOUR_WORDS);
WORDS_DEFINE(colour, COLOUR_WORDS);

#define SAMPLE_FIELDS(X, R)                                       \
    X(R, ID,     id,      _, FIELD_KEY, 0, "who")                 \
    X(R, TEXT,   title,   _, FIELD_OPTIONAL, 8, "text")           \
    X(R, TEXT,   name,    _, FIELD_OPTIONAL | FIELD_PLAIN, 0, "plain text") \
    X(R, NUMBER, limit_s, _, FIELD_OPTIONAL, 100, "seconds")      \
    X(R, NUMBER, degrees, _, FIELD_OPTIONAL | FIELD_SIGNED, 0, "signed") \
    X(R, TIME,   at_ms,   _, FIELD_OPTIONAL, 0, "when")           \
    X(R, FLAG,   open,    _, FIELD_OPTIONAL, 0, "flag")           \
    X(R, WORD,   hue,     colour, FIELD_OPTIONAL, 0, "word")      \
    X(R, JSON,   facts,   _, FIELD_OPTIONAL, 0, "anything")       \
    X(R, TEXTS,  options, _, FIELD_OPTIONAL, 2, "texts")          \
    X(R, TEXT,   secret,  _, FIELD_OPTIONAL | FIELD_HIDDEN, 0, "never written")
SHAPE_STRUCT(sample, SAMPLE_FIELDS);
SHAPE_BODY(sample, SAMPLE_FIELDS, "a sample");

/* pointer and wanted: the beginning of them */
static const struct { const char *body, *code, *pointer, *wanted; } bodies[] = {
    { "{\"id\":\"a\"}", "fine", "", "" },
    { "{\"id\":\"a\",\"title\":null}", "fine", "", "" },
    { "[]", "wrong-kind", "", "an object" },
    { "17", "wrong-kind", "", "an object" },
    { "{}", "missing-field", "/id", "who" },
    { "{\"id\":null}", "missing-field", "/id", "who" },
    { "{\"id\":7}", "wrong-kind", "/id", "a text" },
    { "{\"id\":\"123456789012345678901234567890123456789012345678\"}", "invalid-value", "/id", "at most 47 bytes" },
    { "{\"id\":\"a\\u200b\"}", "confusable-text", "/id", "" },
    { "{\"id\":\"a\",\"title\":\"123456789\"}", "invalid-value", "/title", "at most 8 bytes" },
    { "{\"id\":\"a\",\"title\":\"\\u202e\"}", "fine", "", "" },
    { "{\"id\":\"a\",\"name\":\"\\u202e\"}", "confusable-text", "/name", "" },
    { "{\"id\":\"a\",\"name\":[]}", "wrong-kind", "/name", "a text" },
    { "{\"id\":\"a\",\"limit_s\":100}", "fine", "", "" },
    { "{\"id\":\"a\",\"limit_s\":101}", "number-out-of-range", "/limit_s", "a whole number from 0 to 100" },
    { "{\"id\":\"a\",\"limit_s\":-1}", "number-out-of-range", "/limit_s", "a whole number from 0 to 100" },
    { "{\"id\":\"a\",\"limit_s\":1.5}", "number-out-of-range", "/limit_s", "a whole number" },
    { "{\"id\":\"a\",\"limit_s\":1.0}", "number-out-of-range", "/limit_s", "a whole number" },
    { "{\"id\":\"a\",\"limit_s\":1e1}", "number-out-of-range", "/limit_s", "a whole number" },
    { "{\"id\":\"a\",\"limit_s\":\"1\"}", "wrong-kind", "/limit_s", "a whole number" },
    { "{\"id\":\"a\",\"limit_s\":true}", "wrong-kind", "/limit_s", "a whole number" },
    { "{\"id\":\"a\",\"degrees\":9007199254740991}", "fine", "", "" },
    { "{\"id\":\"a\",\"degrees\":9007199254740992}", "number-out-of-range", "/degrees", "" },
    { "{\"id\":\"a\",\"degrees\":-9007199254740991}", "fine", "", "" },
    { "{\"id\":\"a\",\"degrees\":-9007199254740992}", "number-out-of-range", "/degrees", "" },
    { "{\"id\":\"a\",\"at_ms\":\"2026-02-30T00:00:00Z\"}", "invalid-value", "/at_ms", "a time" },
    { "{\"id\":\"a\",\"at_ms\":17}", "invalid-value", "/at_ms", "a time" },
    { "{\"id\":\"a\",\"open\":1}", "wrong-kind", "/open", "true or false" },
    { "{\"id\":\"a\",\"hue\":\"blue\"}", "fine", "", "" },
    { "{\"id\":\"a\",\"hue\":\"green\"}", "invalid-value", "/hue", "one of red, blue" },
    { "{\"id\":\"a\",\"hue\":1}", "wrong-kind", "/hue", "one of red, blue" },
    { "{\"id\":\"a\",\"options\":[\"a\",\"b\"]}", "fine", "", "" },
    { "{\"id\":\"a\",\"options\":[\"a\",\"b\",\"c\"]}", "too-large", "/options", "" },
    { "{\"id\":\"a\",\"options\":[\"a\",1]}", "wrong-kind", "/options", "a list of texts" },
    { "{\"id\":\"a\",\"options\":\"a\"}", "wrong-kind", "/options", "a list of texts" },
    { "{\"id\":\"a\",\"limits\":1}", "unknown-field", "/?", "limit_s" },
    { "{\"id\":\"a\",\"optoins\":[]}", "unknown-field", "/?", "options" },
    { "{\"id\":\"a\",\"Open\":true}", "unknown-field", "/?", "open" },
    { "{\"id\":\"a\",\"role\":\"admin\"}", "unknown-field", "/?", "" },
    { "{\"id\":\"a\",\"x\":1}", "unknown-field", "/?", "" },
    { "{\"unknown\":1}", "unknown-field", "/?", "" },
};

static bool bodies_hold(struct arena *arena)
{
    for (int i = 0; i < countof(bodies); i++) {
        struct json_fault fault;
        struct sample sample;
        struct json_t *json = json_read(bodies[i].body, strlen(bodies[i].body), &fault);
        CHECK(json);
        bool taken = json_to_shape(json, &sample_shape, arena, &sample, &fault);
        json_free(json);
        if (!fault_is(&fault, bodies[i].code, -1, bodies[i].body)) return false;
        bool begins = strncmp(fault.wanted, bodies[i].wanted, strlen(bodies[i].wanted)) == 0 && (*bodies[i].wanted || fault.code != JSON_UNKNOWN_FIELD || !*fault.wanted);
        if (taken == !fault.code && begins && strcmp(fault.pointer, bodies[i].pointer) == 0) continue;
        printf("not ok - json: %s: got %s, %s\n", bodies[i].body, fault.pointer, fault.wanted);
        return false;
    }
    return true;
}

/* ---- there and back: what a shape writes, it reads, to the same bytes */
static bool round_trip_holds(struct arena *arena)
{
    static const char *const rows[] = {
        "{\"id\":\"lumi\",\"title\":\"a\\n\\u2028\\u0001\\\"\\\\\",\"name\":\"\xc3\xa9\xf0\x9f\x9a\x80\",\"limit_s\":7,\"degrees\":-9007199254740991,"
        "\"at_ms\":\"2026-11-20T10:48:45.123Z\",\"open\":true,\"hue\":\"blue\",\"facts\":{\"a\":[1,null,{}]},\"options\":[\"-n\",\"\"]}",
        "{\"id\":\"lumi\",\"title\":null,\"name\":\"\",\"limit_s\":0,\"degrees\":0,\"at_ms\":null,\"open\":false,\"hue\":\"red\",\"facts\":null,\"options\":[]}",
    };
    for (int i = 0; i < countof(rows); i++) {
        struct json_fault fault;
        struct sample sample;
        struct text out;
        text_init(&out, arena);
        struct json_t *json = json_read(rows[i], strlen(rows[i]), &fault);
        bool taken = json_to_shape(json, &sample_shape, arena, &sample, &fault);
        json_free(json); /* nothing in the struct points into it */
        sample.secret = "s";
        struct json_writer writer = json_writer_of(&out);
        json_put_shape(&writer, &sample_shape, &sample);
        if (taken && strcmp(out.bytes, rows[i]) == 0) continue;
        printf("not ok - json: there and back:\n  %s\n  %s\n", rows[i], out.bytes);
        return false;
    }
    return true;
}

/* ---- writing */
static bool texts_hold(struct arena *arena)
{
    static const struct { const char *text, *json; } rows[] = {
        { "", "\"\"" },
        { NULL, "null" },
        { "a\"\\/b", "\"a\\\"\\\\/b\"" },
        { "\n\r\t\b\x1b\x7f", "\"\\n\\r\\t\\u0008\\u001b\\u007f\"" },
        { "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"" },
        { "\xe2\x80", "\"\xe2\x80\"" },
    };
    for (int i = 0; i < countof(rows); i++) {
        struct text out;
        text_init(&out, arena);
        struct json_writer writer = json_writer_of(&out);
        json_put_text(&writer, rows[i].text);
        if (strcmp(out.bytes, rows[i].json) == 0) continue;
        printf("not ok - json: wrote %s for %s\n", out.bytes, rows[i].json);
        return false;
    }
    return true;
}

static bool writing_holds(struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "a", "x");
    json_number_field(&writer, "b", INT64_MIN);
    json_time_field(&writer, "c", 0);
    json_flag_field(&writer, "d", false);
    json_name(&writer, "e");
    json_open(&writer, '[');
    json_open(&writer, '{');
    json_close(&writer, '}');
    json_put_null(&writer);
    json_put_raw(&writer, "[1]");
    json_close(&writer, ']');
    json_time_field(&writer, "f", 1);
    json_close(&writer, '}');
    const char *wanted = "{\"a\":\"x\",\"b\":-9223372036854775808,\"c\":null,\"d\":false,\"e\":[{},null,[1]],\"f\":\"1970-01-01T00:00:00.001Z\"}";
    if (strcmp(out.bytes, wanted) == 0) return true;
    printf("not ok - json: wrote %s\n", out.bytes);
    return false;
}

/* ---- questions: NULL and the wrong kind find nothing; members come in the document's order */
static void names_add(void *context, const char *name, struct json_t *value)
{
    text_add_format(context, "%s%d", name, json_count(value));
}

static bool questions_hold(struct arena *arena)
{
    const char *document = "{\"z\":[1,2],\"a\":\"x\",\"n\":5,\"r\":5.5,\"t\":true,\"o\":{}}";
    struct json_fault fault;
    struct json_t *json = json_read(document, strlen(document), &fault);
    struct text names;
    text_init(&names, arena);
    json_each(json, names_add, &names);
    int64_t number = 0;
    bool holds = strcmp(names.bytes, "z2a0n0r0t0o0") == 0 && json_number(json_at(json_get(json, "z"), 1), &number) && number == 2 &&
                 !json_at(json_get(json, "z"), 2) && same_text(json_text(json_get(json, "a")), "x") && !json_text(json_get(json, "n")) &&
                 json_flag(json_get(json, "t")) && !json_flag(json_get(json, "n")) && !json_number(json_get(json, "r"), &number) &&
                 json_holds_object(json_get(json, "o")) && !json_holds_object(json_get(json, "z")) && strcmp(json_dump(json, arena), document) == 0;
    bool nothing = !json_get(NULL, "a") && !json_at(NULL, 0) && !json_count(NULL) && !json_text(NULL) && !json_number(NULL, &number) &&
                   !json_flag(NULL) && !json_holds_object(NULL) && !json_get(json_get(json, "z"), "a");
    json_free(json);
    json_free(NULL);
    if (!holds || !nothing) printf("not ok - json: questions\n");
    return holds && nothing;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 4 * 1024 * 1024);
    bool ok = documents_hold() && limits_hold(&arena) && bodies_hold(&arena) && round_trip_holds(&arena) && texts_hold(&arena) &&
              writing_holds(&arena) && questions_hold(&arena);
    arena_finish(&arena);
    if (ok) printf("ok - json: %d rows\n", countof(documents) + countof(bodies));
    return !ok;
}
