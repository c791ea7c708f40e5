/* SPDX-License-Identifier: EUPL-1.2 */
/* v1.c - messages as shapes: one description writes, reads, bounds and documents each; but instructions are written by the
 * rules that issue them, in one transaction with the job, and only read here.
 *
 * Reading is strict (unknown, missing and doubled members are faults), because a version is agreed on before anything else
 * is said: whoever has more to say says it in a new version. Instructions are read as strictly as they are written, so that
 * what the agent obeys is all that the server signed. */
#include "protocol/v1.h"

#include "core/data/folder.h"

#include <stdio.h>
#include <string.h>

WORDS_DEFINE(v1_instruction_kind, V1_INSTRUCTION_WORDS);
SHAPE_BODY(v1_welcome, V1_WELCOME_FIELDS, "the server's answer to hello");
SHAPE_BODY(v1_instruction, V1_INSTRUCTION_FIELDS, "start a job");
SHAPE_BODY(v1_plan, V1_PLAN_FIELDS, "how a job is started");
SHAPE_BODY(v1_envelope, V1_ENVELOPE_FIELDS, "an instruction and its signature");
SHAPE_BODY(v1_partition_state, V1_PARTITION_STATE_FIELDS, "a partition now");

/* The shorter instructions are the same struct with fewer members. */
static const struct field none_fields[] = { V1_HEAD_FIELDS(SHAPE_FIELD, v1_instruction) };
static const struct field cancel_fields[] = { V1_HEAD_FIELDS(SHAPE_FIELD, v1_instruction) V1_JOB_FIELDS(SHAPE_FIELD, v1_instruction) };
static const struct shape none_shape = { "v1_none", sizeof(struct v1_instruction), none_fields, countof(none_fields), "a withdrawn number", NULL, NULL, false };
static const struct shape cancel_shape = { "v1_cancel", sizeof(struct v1_instruction), cancel_fields, countof(cancel_fields), "end a job", NULL, NULL, false };

static char *shape_text(const struct shape *shape, const void *of, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_put_shape(&writer, shape, of);
    return out.bytes;
}

static bool fault_set(struct json_fault *fault, enum json_fault_code code, const char *pointer, const char *wanted)
{
    *fault = (struct json_fault){ .code = code };
    snprintf(fault->pointer, sizeof fault->pointer, "%s", pointer);
    snprintf(fault->wanted, sizeof fault->wanted, "%s", wanted);
    return false;
}

/* A document of at most limit bytes; NULL with *fault filled. */
static struct json_t *read_bounded(const char *bytes, size_t length, size_t limit, struct json_fault *fault)
{
    if (length <= limit) return json_read(bytes, length, fault);
    fault_set(fault, JSON_TOO_LARGE, "", "a shorter message");
    return NULL;
}

static bool shape_parse(const char *bytes, size_t length, size_t limit, const struct shape *shape, struct arena *arena, void *into,
                        struct json_fault *fault)
{
    struct json_t *json = read_bounded(bytes, length, limit, fault);
    bool fine = json && json_to_shape(json, shape, arena, into, fault);
    json_free(json);
    return fine;
}

/* ---- hello ---- */

char *v1_hello_format(const struct agent_hello *hello, struct arena *arena) { return shape_text(&agent_hello_shape, hello, arena); }

bool v1_hello_parse(const char *bytes, size_t length, struct arena *arena, struct agent_hello *hello, struct json_fault *fault)
{
    return shape_parse(bytes, length, V1_MESSAGE_BYTES, &agent_hello_shape, arena, hello, fault);
}

char *v1_welcome_format(const struct v1_welcome *welcome, struct arena *arena) { return shape_text(&v1_welcome_shape, welcome, arena); }

bool v1_welcome_parse(const char *bytes, size_t length, struct arena *arena, struct v1_welcome *welcome, struct json_fault *fault)
{
    unsigned char key[SIGN_PUBLIC_BYTES];
    if (!shape_parse(bytes, length, V1_MESSAGE_BYTES, &v1_welcome_shape, arena, welcome, fault)) return false;
    return hex_parse(welcome->server_key, key, sizeof key) || fault_set(fault, JSON_INVALID_VALUE, "/server_key", "64 hex digits");
}

/* ---- instructions ---- */

static const struct shape *instruction_shape(enum v1_instruction_kind kind)
{
    return kind == V1_START ? &v1_instruction_shape : kind == V1_CANCEL ? &cancel_shape : &none_shape;
}

static bool is_hash(const char *hex)
{
    unsigned char bytes[HASH_BYTES];
    return hex_parse(hex, bytes, sizeof bytes);
}

/* What the shapes can't say: versions, hashes, at least one of what a job can't do without. */
static bool start_is_sound(const struct v1_instruction *start, struct json_fault *fault)
{
    if (!is_hash(start->script)) return fault_set(fault, JSON_INVALID_VALUE, "/script", "64 hex digits");
    if (start->folder && !is_hash(start->folder)) return fault_set(fault, JSON_INVALID_VALUE, "/folder", "64 hex digits or null");
    if (start->pieces < 1) return fault_set(fault, JSON_INVALID_VALUE, "/pieces", "at least 1");
    if (start->limit_s < 1) return fault_set(fault, JSON_INVALID_VALUE, "/limit_s", "at least 1");
    return true;
}

static void id_read(const struct json_t *json, const char *name, struct id *id)
{
    const char *text = json_text(json_get(json, name));
    if (text && strlen(text) <= ID_MAX) *id = id_from(text);
}

/* Only what is needed to refuse by name. */
static void head_read(const struct json_t *json, int kind, struct v1_instruction *instruction)
{
    *instruction = (struct v1_instruction){ .kind = kind < 0 ? V1_NONE : (enum v1_instruction_kind)kind };
    if (!json_number(json_get(json, "number"), &instruction->number)) instruction->number = 0;
    id_read(json, "network", &instruction->network);
    id_read(json, "agent", &instruction->agent);
    id_read(json, "job", &instruction->job);
}

static bool instruction_is_sound(const struct v1_instruction *instruction, struct arena *arena, struct json_fault *fault)
{
    struct v1_plan plan;
    if (instruction->version != V1_VERSION) return fault_set(fault, JSON_INVALID_VALUE, "/version", "1");
    if (instruction->number < 1) return fault_set(fault, JSON_INVALID_VALUE, "/number", "at least 1");
    if (instruction->kind != V1_NONE && id_is_none(instruction->job)) return fault_set(fault, JSON_INVALID_VALUE, "/job", "an id");
    if (instruction->kind != V1_START) return true;
    return start_is_sound(instruction, fault) && v1_plan_parse(instruction->plan, strlen(instruction->plan), arena, &plan, fault);
}

bool v1_instruction_parse(const char *body, size_t length, struct arena *arena, struct v1_instruction *instruction, struct json_fault *fault)
{
    *instruction = (struct v1_instruction){ 0 };
    struct json_t *json = read_bounded(body, length, V1_INSTRUCTION_BYTES, fault);
    if (!json) return false;
    const char *word = json_text(json_get(json, "kind"));
    int kind = word ? word_find(&v1_instruction_kind_words, word) : -1;
    const struct shape *shape = instruction_shape(kind < 0 ? V1_NONE : (enum v1_instruction_kind)kind);
    bool fine = json_to_shape(json, shape, arena, instruction, fault) && instruction_is_sound(instruction, arena, fault);
    if (!fine) head_read(json, kind, instruction);
    json_free(json);
    return fine;
}

bool v1_plan_parse(const char *bytes, size_t length, struct arena *arena, struct v1_plan *plan, struct json_fault *fault)
{
    return shape_parse(bytes, length, V1_INSTRUCTION_BYTES, &v1_plan_shape, arena, plan, fault);
}

char *v1_envelope_format(const char *body, const struct sign_key *server_key, struct arena *arena)
{
    unsigned char signature[SIGNATURE_BYTES];
    char hex[SIGNATURE_HEX + 1];
    sign(server_key, body, strlen(body), signature);
    hex_format(signature, sizeof signature, hex);
    return shape_text(&v1_envelope_shape, &(struct v1_envelope){ body, hex }, arena);
}

bool v1_envelope_parse(const char *bytes, size_t length, struct arena *arena, struct v1_envelope *envelope, struct json_fault *fault)
{
    return shape_parse(bytes, length, 2 * (size_t)V1_INSTRUCTION_BYTES + V1_MESSAGE_BYTES, &v1_envelope_shape, arena, envelope, fault);
}

bool v1_envelope_is_signed(const char *body, const char *signature, const unsigned char server_key[SIGN_PUBLIC_BYTES])
{
    unsigned char bytes[SIGNATURE_BYTES];
    return hex_parse(signature, bytes, sizeof bytes) && sign_verify(server_key, body, strlen(body), bytes);
}

/* ---- observations ---- */

const struct shape *v1_observation_shape(enum command_kind kind)
{
    if (kind == COMMAND_JOB_START) return &job_start_shape;
    if (kind == COMMAND_JOB_END) return &job_ended_shape;
    if (kind == COMMAND_JOB_REFUSE) return &job_refuse_shape;
    if (kind == COMMAND_STREAM_END) return &stream_end_shape;
    if (kind == COMMAND_JOB_RECORD) return &job_record_add_shape;
    return NULL;
}

/* The kind's shape without agent, journal and number. */
static struct shape body_shape(enum command_kind kind, struct arena *arena)
{
    const struct shape *whole = v1_observation_shape(kind);
    CHECK(whole);
    struct field *fields = arena_take(arena, sizeof *fields * (size_t)whole->count);
    struct shape body = *whole;
    body.fields = fields;
    body.count = 0;
    for (int i = 0; i < whole->count; i++) {
        const char *name = whole->fields[i].name;
        bool stands_around = same_text(name, "agent") || same_text(name, "journal") || same_text(name, "number");
        if (!stands_around) fields[body.count++] = whole->fields[i];
    }
    return body;
}

char *v1_observation_body(enum command_kind kind, const void *observed, struct arena *arena)
{
    struct shape shape = body_shape(kind, arena);
    return shape_text(&shape, observed, arena);
}

void *v1_observation_read(const struct v1_observation *observation, struct id agent, const char *journal, struct arena *arena,
                          struct json_fault *fault)
{
    struct shape shape = body_shape(observation->kind, arena);
    char *observed = arena_take(arena, shape.size);
    if (!shape_parse(observation->body, strlen(observation->body), V1_OBSERVATIONS_MESSAGE_BYTES, &shape, arena, observed, fault)) return NULL;
    const struct shape *whole = v1_observation_shape(observation->kind);
    *(struct id *)(void *)(observed + shape_find(whole, "agent")->offset) = agent;
    *(const char **)(void *)(observed + shape_find(whole, "journal")->offset) = arena_text(arena, journal);
    *(int64_t *)(void *)(observed + shape_find(whole, "number")->offset) = observation->number;
    return observed;
}

#define BATCH_FIELDS(X, R)                                                                        \
    X(R, TEXT,   journal,      _, FIELD_PLAIN, 64, "the journal's name")                          \
    X(R, NUMBER, taken,        _, 0, 0, "highest instruction taken")                              \
    X(R, JSON,   observations, _, 0, 0, "at most 64")
SHAPE_STRUCT(batch, BATCH_FIELDS);
SHAPE_BODY(batch, BATCH_FIELDS, "a batch of observations");

#define ITEM_FIELDS(X, R)                                                                         \
    X(R, NUMBER, number, _, 0, 0, "1, 2, 3, … without gaps")                                      \
    X(R, WORD,   kind,   command_kind, 0, 0, "job.start, job.end, job.refuse, stream.end or job.record") \
    X(R, JSON,   body,   _, 0, 0, "what was seen")
SHAPE_STRUCT(item, ITEM_FIELDS);
SHAPE_BODY(item, ITEM_FIELDS, "an observation");

char *v1_observations_format(const struct v1_observations *observations, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "journal", observations->journal);
    json_number_field(&writer, "taken", observations->taken);
    json_name(&writer, "observations");
    json_open(&writer, '[');
    for (int i = 0; i < observations->count; i++) {
        const struct v1_observation *at = &observations->items[i];
        json_put_shape(&writer, &item_shape, &(struct item){ at->number, at->kind, at->body });
    }
    json_close(&writer, ']');
    json_close(&writer, '}');
    return out.bytes;
}

static bool item_parse(const struct json_t *json, int index, struct arena *arena, struct v1_observation *into, struct json_fault *fault)
{
    struct item item;
    char inner[sizeof fault->pointer];
    if (!json_to_shape(json, &item_shape, arena, &item, fault)) {
        memcpy(inner, fault->pointer, sizeof inner);
        snprintf(fault->pointer, sizeof fault->pointer, "/observations/%d%.90s", index, inner);
        return false;
    }
    if (!v1_observation_shape(item.kind)) return fault_set(fault, JSON_INVALID_VALUE, "/observations/kind", "an observation's name");
    if (!json_holds_object(json_get(json, "body"))) return fault_set(fault, JSON_WRONG_KIND, "/observations/body", "an object");
    *into = (struct v1_observation){ item.number, item.kind, item.body };
    return true;
}

static bool items_parse(const struct json_t *list, struct arena *arena, struct v1_observations *into, struct json_fault *fault)
{
    int count = json_count(list);
    if (count > V1_OBSERVATIONS) return fault_set(fault, JSON_INVALID_VALUE, "/observations", "at most 64");
    for (int i = 0; i < count; i++) {
        if (!item_parse(json_at(list, i), i, arena, &into->items[i], fault)) return false;
        if (into->items[i].number != into->items[0].number + i || into->items[0].number < 1)
            return fault_set(fault, JSON_INVALID_VALUE, "/observations/number", "numbers from 1 on that follow one another");
    }
    into->count = count;
    return true;
}

bool v1_observations_parse(const char *bytes, size_t length, struct arena *arena, struct v1_observations *observations, struct json_fault *fault)
{
    struct batch batch;
    *observations = (struct v1_observations){ 0 };
    struct json_t *json = read_bounded(bytes, length, V1_OBSERVATIONS_MESSAGE_BYTES, fault);
    bool fine = json && json_to_shape(json, &batch_shape, arena, &batch, fault);
    if (fine) {
        observations->journal = batch.journal;
        observations->taken = batch.taken;
        if (batch.observations[0] != '[') fine = fault_set(fault, JSON_WRONG_KIND, "/observations", "a list");
        fine = fine && items_parse(json_get(json, "observations"), arena, observations, fault);
    }
    json_free(json);
    return fine;
}

/* {"name":number} and nothing else. */
static bool number_parse(const char *bytes, size_t length, const char *name, int64_t *number)
{
    struct json_fault fault;
    struct json_t *json = read_bounded(bytes, length, V1_MESSAGE_BYTES, &fault);
    bool fine = json_number(json_get(json, name), number) && *number >= 0 && *number <= NUMBER_MAX;
    json_free(json);
    return fine;
}

char *v1_acknowledgement_format(int64_t observed, struct arena *arena) { return arena_format(arena, "{\"observed\":%lld}", (long long)observed); }
bool v1_acknowledgement_parse(const char *bytes, size_t length, int64_t *observed) { return number_parse(bytes, length, "observed", observed); }

/* ---- state ---- */

#define STATE_FIELDS(X, R)                                                                        \
    X(R, TEXT,   boot,       _, FIELD_PLAIN, 64, "boot id of the agent's machine")                \
    X(R, NUMBER, number,     _, 0, 0, "grows within a boot")                                      \
    X(R, JSON,   partitions, _, 0, 0, "at most 64")
SHAPE_STRUCT(state, STATE_FIELDS);
SHAPE_BODY(state, STATE_FIELDS, "a system now");

char *v1_state_format(const struct v1_state *state, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "boot", state->boot);
    json_number_field(&writer, "number", state->number);
    json_name(&writer, "partitions");
    json_open(&writer, '[');
    for (int i = 0; i < state->count; i++) json_put_shape(&writer, &v1_partition_state_shape, &state->partitions[i]);
    json_close(&writer, ']');
    json_close(&writer, '}');
    return out.bytes;
}

bool v1_state_parse(const char *bytes, size_t length, struct arena *arena, struct v1_state *state, struct json_fault *fault)
{
    struct state head;
    *state = (struct v1_state){ 0 };
    struct json_t *json = read_bounded(bytes, length, V1_MESSAGE_BYTES, fault), *list = json_get(json, "partitions");
    bool fine = json && json_to_shape(json, &state_shape, arena, &head, fault);
    if (fine && head.partitions[0] != '[') fine = fault_set(fault, JSON_WRONG_KIND, "/partitions", "a list");
    if (fine && json_count(list) > V1_PARTITIONS) fine = fault_set(fault, JSON_INVALID_VALUE, "/partitions", "at most 64");
    for (int i = 0; fine && i < json_count(list); i++) {
        fine = json_to_shape(json_at(list, i), &v1_partition_state_shape, arena, &state->partitions[i], fault);
        state->count = i + 1;
    }
    json_free(json);
    if (!fine) return false;
    state->boot = head.boot;
    state->number = head.number;
    return true;
}

/* ---- bytes ---- */

bool v1_stream_name_is_safe(const char *name)
{
    if (same_text(name, "log") || same_text(name, "error")) return true;
    return strncmp(name, "out/", 4) == 0 && utf8_is_valid(name, strlen(name)) && text_is_plain(name) && folder_path_is_safe(name + 4);
}

char *v1_stream_target(struct id job, const char *name, int64_t offset, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    text_add_format(&out, "/v1/agent/jobs/%s/streams/", job.text);
    text_add_escaped(&out, name, true);
    text_add_format(&out, "?offset=%lld", (long long)offset);
    return out.bytes;
}

char *v1_script_target(const char *hash, struct arena *arena) { return arena_format(arena, "/v1/agent/scripts/%s", hash); }
char *v1_folder_target(struct id job, struct arena *arena) { return arena_format(arena, "/v1/agent/jobs/%s/folder", job.text); }
char *v1_file_target(struct id job, const char *hash, struct arena *arena) { return arena_format(arena, "/v1/agent/jobs/%s/files/%s", job.text, hash); }

char *v1_size_format(int64_t size_bytes, struct arena *arena) { return arena_format(arena, "{\"size\":%lld}", (long long)size_bytes); }
bool v1_size_parse(const char *bytes, size_t length, int64_t *size_bytes) { return number_parse(bytes, length, "size", size_bytes); }

bool v1_problem_parse(const char *bytes, size_t length, struct v1_problem *problem)
{
    struct json_fault fault;
    *problem = (struct v1_problem){ .expected = -1, .size_bytes = -1 };
    struct json_t *json = read_bounded(bytes, length, V1_MESSAGE_BYTES, &fault), *arguments = json_get(json, "arguments");
    const char *code = json_text(json_get(json, "code"));
    if (code) snprintf(problem->code, sizeof problem->code, "%s", code);
    int64_t number;
    if (json_number(json_get(arguments, "expected"), &number) && number >= 0) problem->expected = number;
    if (json_number(json_get(arguments, "size"), &number) && number >= 0) problem->size_bytes = number;
    json_free(json);
    return problem->code[0] != 0;
}
