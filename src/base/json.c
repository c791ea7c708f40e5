/* SPDX-License-Identifier: EUPL-1.2 */
/* json.c - reading.
 *
 * jansson is strict where it matters (duplicates, UTF-8, exact integers, measured in docs/decisions/0003), but it recurses
 * to 2,048 levels and has no limit on members; a scan over the bytes bounds both before jansson sees them. */
#include "base/json.h"

#include "base/time.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Members of a container are counted by its commas, so one that isn't empty has one more. */
static bool is_empty_container(const char *at, const char *end)
{
    while (at < end && is_blank(*at)) at++;
    return at < end && (*at == '}' || *at == ']');
}

/* "-0" has no integer of its own: jansson reads 0 and the sign is lost. "1e-0" and "-0.5" aren't meant. */
static bool is_minus_zero(const char *bytes, size_t at, size_t length)
{
    if (at + 1 >= length || bytes[at] != '-' || bytes[at + 1] != '0') return false;
    if (at > 0 && (bytes[at - 1] == 'e' || bytes[at - 1] == 'E')) return false;
    return at + 2 == length || !strchr("0123456789.eE", bytes[at + 2]);
}

/* Depth, members and negative zeros, outside strings. Bad syntax is jansson's business. */
static enum json_fault_code scan(const char *bytes, size_t length)
{
    int depth = 0, members = 0;
    bool in_text = false;
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        if (in_text) {
            if (c == '\\') i++;
            else if (c == '"') in_text = false;
            continue;
        }
        if (c == '"') in_text = true;
        if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) return JSON_TOO_DEEP;
            members += !is_empty_container(bytes + i + 1, bytes + length);
        }
        if (c == '}' || c == ']') depth--;
        if (c == ',') members++;
        if (members > JSON_MEMBERS_MAX) return JSON_TOO_LARGE;
        if (is_minus_zero(bytes, i, length)) return JSON_NUMBER_OUT_OF_RANGE;
    }
    return JSON_FINE;
}

static enum json_fault_code fault_of(enum json_error_code code)
{
    switch (code) {
    case json_error_duplicate_key: return JSON_DUPLICATE_KEY;
    case json_error_invalid_utf8: case json_error_null_character: case json_error_null_byte_in_key: return JSON_INVALID_TEXT;
    case json_error_numeric_overflow: return JSON_NUMBER_OUT_OF_RANGE;
    case json_error_stack_overflow: return JSON_TOO_DEEP;
    default: return JSON_MALFORMED;
    }
}

/* jansson calls a lone surrogate a plain syntax error; it's about text. Only the front of its words is its own. */
static bool speaks_of_text(const char *words)
{
    return strncmp(words, "invalid Unicode", strlen("invalid Unicode")) == 0;
}

struct json_t *json_read(const char *bytes, size_t length, struct json_fault *fault)
{
    json_error_t error = { .position = 0 };
    json_t *json = NULL;
    *fault = (struct json_fault){ .code = scan(bytes, length) };
    if (!fault->code) {
        json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
        if (json) return json;
        fault->code = fault_of(json_error_code(&error));
        fault->offset = error.position > 0 ? (size_t)error.position : 0;
        if (fault->code == JSON_MALFORMED && speaks_of_text(error.text)) fault->code = JSON_INVALID_TEXT;
    }
    if (fault->code == JSON_NUMBER_OUT_OF_RANGE)
        snprintf(fault->wanted, sizeof fault->wanted, "whole numbers from -%lld to %lld", (long long)NUMBER_MAX, (long long)NUMBER_MAX);
    return NULL;
}

void json_free(struct json_t *json) { json_decref(json); }
struct json_t *json_get(const struct json_t *object, const char *name) { return json_object_get(object, name); }
struct json_t *json_at(const struct json_t *array, int index) { return json_array_get(array, (size_t)index); }
int json_count(const struct json_t *array) { return (int)json_array_size(array); }
const char *json_text(const struct json_t *json) { return json_string_value(json); }
double json_real_or_number(const struct json_t *json) { return json_number_value(json); }
bool json_flag(const struct json_t *json) { return json_is_true(json); }
bool json_holds_object(const struct json_t *json) { return json && json_typeof(json) == JSON_OBJECT; }

bool json_number(const struct json_t *json, int64_t *number)
{
    if (!json || json_typeof(json) != JSON_INTEGER) return false;
    *number = json_integer_value(json);
    return true;
}

void json_each(const struct json_t *object, void (*seen)(void *, const char *, struct json_t *), void *context)
{
    const char *name;
    json_t *value;
    json_t *each = (json_t *)(uintptr_t)object; /* jansson's iteration takes no const */
    json_object_foreach(each, name, value) seen(context, name, value);
}

char *json_dump(const struct json_t *json, struct arena *arena)
{
    const size_t form = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15); /* 58.4 stays 58.4 */
    size_t size = json_dumpb(json, NULL, 0, form);
    char *text = arena_take(arena, size + 1);
    json_dumpb(json, text, size, form);
    return text;
}

/* A name with one letter in three wrong is still a slip; more would be guessing. */
static void name_nearest(const struct shape *shape, const char *name, struct json_fault *fault)
{
    int third = (int)(strnlen(name, 16) / 3), best = (third ? third : 1) + 1;
    for (int i = 0; i < shape->count; i++) {
        int apart = text_letters_apart(name, shape->fields[i].name);
        if (apart < best) best = apart, snprintf(fault->wanted, sizeof fault->wanted, "%s", shape->fields[i].name);
    }
}

struct unknown { const struct shape *shape; struct json_fault *fault; };

static void look_for_unknown(void *context, const char *name, json_t *value)
{
    (void)value;
    struct unknown *unknown = context;
    if (unknown->fault->code || shape_find(unknown->shape, name)) return;
    unknown->fault->code = JSON_UNKNOWN_FIELD;
    snprintf(unknown->fault->pointer, sizeof unknown->fault->pointer, "/?");
    name_nearest(unknown->shape, name, unknown->fault);
}

static bool fault_set(struct json_fault *fault, enum json_fault_code code, const struct field *field, const char *wanted)
{
    fault->code = code;
    snprintf(fault->pointer, sizeof fault->pointer, "/%s", field->name);
    snprintf(fault->wanted, sizeof fault->wanted, "%s", wanted);
    return false;
}

static bool text_fits(const struct field *field, const char *text, size_t length, int64_t limit, struct json_fault *fault)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "at most %lld bytes", (long long)limit);
    if ((int64_t)length > limit) return fault_set(fault, JSON_INVALID_VALUE, field, wanted);
    if ((field->flags & FIELD_PLAIN || field->kind == FIELD_ID) && !text_is_plain(text))
        return fault_set(fault, JSON_CONFUSABLE_TEXT, field, "text without control, zero-width or direction characters");
    return true;
}

static bool read_texts(const json_t *value, const struct field *field, struct arena *arena, struct texts *into,
                       struct json_fault *fault)
{
    if (!json_is_array(value)) return fault_set(fault, JSON_WRONG_KIND, field, "a list of texts");
    int count = json_count(value);
    if (count > field_limit(field)) return fault_set(fault, JSON_TOO_LARGE, field, "a shorter list");
    const char **items = arena_take(arena, sizeof *items * (size_t)(count + 1));
    for (int i = 0; i < count; i++) {
        const char *text = json_text(json_at(value, i));
        if (!text) return fault_set(fault, JSON_WRONG_KIND, field, "a list of texts");
        if (!text_fits(field, text, strlen(text), 4096, fault)) return false;
        items[i] = arena_text(arena, text);
    }
    *into = (struct texts){ items, count };
    return true;
}

static bool read_number(const json_t *value, const struct field *field, int64_t *into, struct json_fault *fault)
{
    char wanted[80];
    int64_t low = field->flags & FIELD_SIGNED ? -NUMBER_MAX : 0, high = field_limit(field);
    snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld", (long long)low, (long long)high);
    if (json_is_real(value)) return fault_set(fault, JSON_NUMBER_OUT_OF_RANGE, field, wanted);
    if (!json_number(value, into)) return fault_set(fault, JSON_WRONG_KIND, field, wanted);
    if (*into < low || *into > high) return fault_set(fault, JSON_NUMBER_OUT_OF_RANGE, field, wanted);
    return true;
}

static bool read_word(const json_t *value, const struct field *field, int *into, struct json_fault *fault)
{
    char wanted[160] = "one of";
    const char *text = json_text(value);
    for (int i = 0; i < field->words->count; i++) {
        size_t used = strlen(wanted);
        snprintf(wanted + used, sizeof wanted - used, "%s %s", i ? "," : "", field->words->names[i]);
    }
    *into = text ? word_find(field->words, text) : -1;
    return *into >= 0 || fault_set(fault, text ? JSON_INVALID_VALUE : JSON_WRONG_KIND, field, wanted);
}

static bool read_field(const json_t *value, const struct field *field, struct arena *arena, void *into, struct json_fault *fault)
{
    const char *text = json_text(value);
    size_t length = text ? json_string_length(value) : 0;
    switch (field->kind) {
    case FIELD_ID:
        if (!text) return fault_set(fault, JSON_WRONG_KIND, field, "a text");
        if (!text_fits(field, text, length, ID_MAX, fault)) return false;
        *(struct id *)into = id_from(text);
        return true;
    case FIELD_TEXT:
        if (!text) return fault_set(fault, JSON_WRONG_KIND, field, "a text");
        if (!text_fits(field, text, length, field_limit(field), fault)) return false;
        *(const char **)into = arena_text_n(arena, text, length);
        return true;
    case FIELD_NUMBER: return read_number(value, field, into, fault);
    case FIELD_TIME:
        if (text && time_parse(text, into)) return true;
        return fault_set(fault, JSON_INVALID_VALUE, field, "a time such as 2026-11-20T10:00:00Z");
    case FIELD_FLAG:
        if (!json_is_boolean(value)) return fault_set(fault, JSON_WRONG_KIND, field, "true or false");
        *(bool *)into = json_is_true(value);
        return true;
    case FIELD_WORD: {
        int word;
        if (!read_word(value, field, &word, fault)) return false;
        memcpy(into, &word, sizeof word);
        return true;
    }
    case FIELD_JSON:
        *(const char **)into = json_dump(value, arena);
        return true;
    case FIELD_TEXTS: return read_texts(value, field, arena, into, fault);
    }
    return fault_set(fault, JSON_WRONG_KIND, field, "another kind");
}

bool json_to_shape(const struct json_t *object, const struct shape *shape, struct arena *arena, void *into,
                   struct json_fault *fault)
{
    *fault = (struct json_fault){ 0 };
    memset(into, 0, shape->size);
    if (!json_holds_object(object)) {
        fault->code = JSON_WRONG_KIND;
        snprintf(fault->wanted, sizeof fault->wanted, "an object");
        return false;
    }
    struct unknown unknown = { shape, fault };
    json_each(object, look_for_unknown, &unknown);
    if (fault->code) return false;
    for (int i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        const json_t *value = json_get(object, field->name);
        bool absent = !value || json_is_null(value);
        if (absent && !(field->flags & FIELD_OPTIONAL)) return fault_set(fault, JSON_MISSING_FIELD, field, field->doc);
        if (!absent && !read_field(value, field, arena, (char *)into + field->offset, fault)) return false;
    }
    return true;
}
