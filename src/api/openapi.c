/* SPDX-License-Identifier: EUPL-1.2 */
/* openapi.c - the interface as an OpenAPI 3.1 document, made once, of the route table and the shapes; nothing in it is written by
 * hand but the form of a problem. x-aif-verb is what may() is asked, x-aif-kind what sort of row it is. */
#include "api/routes.h"
#include "api/state.h"

#include <stdlib.h>
#include <string.h>

enum { OPENAPI_ARENA_BYTES = 4 * 1024 * 1024 };

/* ---- schemas ---- */

static void put_type(struct json_writer *writer, const char *type, bool may_be_null)
{
    json_name(writer, "type");
    if (!may_be_null) {
        json_put_text(writer, type);
        return;
    }
    json_open(writer, '[');
    json_put_text(writer, type);
    json_put_text(writer, "null");
    json_close(writer, ']');
}

static void put_words(struct json_writer *writer, const struct words *words)
{
    json_name(writer, "enum");
    json_open(writer, '[');
    for (int i = 0; i < words->count; i++) json_put_text(writer, words->names[i]);
    json_close(writer, ']');
}

/* JSON Schema counts characters where we count bytes; a character has at least one, so the bound is right if not tight. */
static void put_field(struct json_writer *writer, const struct field *field, bool is_body)
{
    bool optional = field->flags & FIELD_OPTIONAL;
    json_name(writer, field->name);
    json_open(writer, '{');
    switch (field->kind) {
    case FIELD_ID: case FIELD_TEXT:
        put_type(writer, "string", optional);
        json_number_field(writer, "maxLength", field_limit(field));
        break;
    case FIELD_NUMBER:
        put_type(writer, "integer", optional && is_body);
        json_number_field(writer, "minimum", field->flags & FIELD_SIGNED ? -NUMBER_MAX : 0);
        json_number_field(writer, "maximum", field_limit(field) < NUMBER_MAX ? field_limit(field) : NUMBER_MAX);
        break;
    case FIELD_TIME:
        put_type(writer, "string", !is_body);
        json_text_field(writer, "format", "date-time");
        break;
    case FIELD_FLAG: put_type(writer, "boolean", optional && is_body); break;
    case FIELD_WORD:
        put_type(writer, "string", false);
        put_words(writer, field->words);
        break;
    case FIELD_JSON: break;
    case FIELD_TEXTS:
        put_type(writer, "array", optional);
        json_number_field(writer, "maxItems", field_limit(field));
        json_name(writer, "items");
        json_put_raw(writer, "{\"type\":\"string\",\"maxLength\":4096}");
        break;
    }
    json_text_field(writer, "description", field->doc);
    json_close(writer, '}');
}

static void put_schema(struct json_writer *writer, const struct shape *shape, bool is_body)
{
    json_name(writer, shape->name);
    json_open(writer, '{');
    json_text_field(writer, "type", "object");
    json_text_field(writer, "description", shape->doc);
    json_name(writer, "properties");
    json_open(writer, '{');
    for (int i = 0; i < shape->count; i++)
        if (!(shape->fields[i].flags & FIELD_HIDDEN)) put_field(writer, &shape->fields[i], is_body);
    json_close(writer, '}');
    json_name(writer, "required");
    json_open(writer, '[');
    for (int i = 0; i < shape->count; i++)
        if (!(shape->fields[i].flags & (is_body ? FIELD_HIDDEN | FIELD_OPTIONAL : FIELD_HIDDEN))) json_put_text(writer, shape->fields[i].name);
    json_close(writer, ']');
    if (is_body) json_flag_field(writer, "additionalProperties", false);
    json_close(writer, '}');
}

static void put_problem(struct json_writer *writer)
{
    json_name(writer, "problem");
    json_open(writer, '{');
    json_text_field(writer, "type", "object");
    json_text_field(writer, "description", "RFC 9457: what was refused, by which rule, and what to do next");
    json_name(writer, "properties");
    json_open(writer, '{');
    json_name(writer, "type"), json_put_raw(writer, "{\"type\":\"string\",\"format\":\"uri-reference\"}");
    json_name(writer, "title"), json_put_raw(writer, "{\"type\":\"string\"}");
    json_name(writer, "status"), json_put_raw(writer, "{\"type\":\"integer\",\"minimum\":400,\"maximum\":599}");
    json_name(writer, "code");
    json_open(writer, '{');
    json_text_field(writer, "type", "string");
    json_name(writer, "enum");
    json_open(writer, '[');
    for (int code = REFUSAL_NONE + 1; code < REFUSAL_COUNT; code++) json_put_text(writer, refusal_code_text((enum refusal_code)code));
    json_close(writer, ']');
    json_close(writer, '}');
    json_name(writer, "detail"), json_put_raw(writer, "{\"type\":\"string\",\"description\":\"one sentence with the number\"}");
    json_name(writer, "rule"), json_put_raw(writer, "{\"type\":\"string\"}");
    json_name(writer, "next"), json_put_raw(writer, "{\"type\":\"string\",\"description\":\"the next step\"}");
    json_name(writer, "arguments"), json_put_raw(writer, "{\"type\":\"object\",\"description\":\"the values in the sentence\"}");
    json_name(writer, "errors"), json_put_raw(writer, "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":\"string\",\"format\":\"json-pointer\"}}}}");
    json_name(writer, "instance"), json_put_raw(writer, "{\"type\":\"string\",\"description\":\"trace id of this answer\"}");
    json_close(writer, '}');
    json_name(writer, "required"), json_put_raw(writer, "[\"type\",\"title\",\"status\",\"code\"]");
    json_close(writer, '}');
}

/* Each shape once, the first time that a row names it. */
static bool is_named_before(int row, const struct shape *shape, bool as_body)
{
    for (int i = 0; i <= row; i++) {
        if (i < row && (routes[i].body == shape || routes[i].shape == shape)) return true;
        if (i == row && !as_body && routes[i].body == shape) return true;
    }
    return false;
}

static void put_components(struct json_writer *writer)
{
    json_name(writer, "components");
    json_open(writer, '{');
    json_name(writer, "securitySchemes");
    json_put_raw(writer, "{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    json_name(writer, "responses");
    json_put_raw(writer, "{\"problem\":{\"description\":\"refused, or failed\",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}}}}");
    json_name(writer, "schemas");
    json_open(writer, '{');
    put_problem(writer);
    for (int i = 0; i < route_count; i++) {
        if (routes[i].body && !is_named_before(i, routes[i].body, true)) put_schema(writer, routes[i].body, true);
        if (routes[i].shape && !is_named_before(i, routes[i].shape, false)) put_schema(writer, routes[i].shape, false);
    }
    json_close(writer, '}');
    json_close(writer, '}');
}

/* ---- operations ---- */

static void put_parameter(struct json_writer *writer, const char *where, const char *name, bool required, const char *schema, const char *doc)
{
    json_open(writer, '{');
    json_text_field(writer, "name", name);
    json_text_field(writer, "in", where);
    json_flag_field(writer, "required", required);
    json_name(writer, "schema");
    json_put_raw(writer, schema);
    json_text_field(writer, "description", doc);
    json_close(writer, '}');
}

static void put_parameters(struct json_writer *writer, const struct route *route, struct arena *arena)
{
    json_name(writer, "parameters");
    json_open(writer, '[');
    if (strstr(route->path, "{job}"))
        put_parameter(writer, "path", "job", true, "{\"type\":\"string\",\"maxLength\":80}", "an id, its tail, aura%2F17, or 17 of one's only project");
    if (strstr(route->path, "{hash}")) put_parameter(writer, "path", "hash", true, "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}", "SHA-256, hex");
    if (strstr(route->path, "{name...}")) put_parameter(writer, "path", "name", true, "{\"type\":\"string\",\"maxLength\":300}", "log, error, or out/PATH");
    for (int i = 0; i < api_parameter_count; i++) {
        const struct api_parameter *parameter = &api_parameters[i];
        if (!route_has_parameter(route, parameter->name)) continue;
        const char *form = parameter->is_number ? "\"integer\",\"minimum\":0,\"maximum\"" : "\"string\",\"maxLength\"";
        put_parameter(writer, "query", parameter->name, false, arena_format(arena, "{\"type\":%s:%lld}", form, (long long)parameter->most), parameter->doc);
    }
    if (route->key == ROUTE_KEYED)
        put_parameter(writer, "header", "Idempotency-Key", route->body != &job_submit_shape, "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9._-]{8,64}$\"}",
                      "random text of the sender's: sending twice is sending once");
    if (route->type == TYPE_EVENTS)
        put_parameter(writer, "header", "Last-Event-ID", false, "{\"type\":\"integer\",\"minimum\":0}", "number of the last one that arrived");
    json_close(writer, ']');
}

static void put_request_body(struct json_writer *writer, const struct route *route, struct arena *arena)
{
    if (!route->body_bytes) return;
    const char *type = route->body || route->kind != ROUTE_BYTES ? "application/json" : "application/octet-stream";
    const char *schema = route->body ? arena_format(arena, "{\"$ref\":\"#/components/schemas/%s\"}", route->body->name) : "{}";
    json_name(writer, "requestBody");
    json_open(writer, '{');
    json_flag_field(writer, "required", route->body != NULL);
    json_text_field(writer, "description", arena_format(arena, "at most %llu bytes", (unsigned long long)route->body_bytes));
    json_name(writer, "content");
    json_put_raw(writer, arena_format(arena, "{\"%s\":{\"schema\":%s}}", type, schema));
    json_close(writer, '}');
}

static const char *answer_schema(const struct route *route, struct arena *arena)
{
    const char *one = route->shape ? arena_format(arena, "{\"$ref\":\"#/components/schemas/%s\"}", route->shape->name) : "{\"type\":\"object\"}";
    if (route->type != TYPE_JSON && route->type != TYPE_EVENTS) return "{\"type\":\"string\"}";
    if (!route->list) return one;
    return arena_format(arena, "{\"type\":\"object\",\"properties\":{\"%s\":{\"type\":\"array\",\"items\":%s}},\"required\":[\"%s\"]}", route->list, one, route->list);
}

static void put_responses(struct json_writer *writer, const struct route *route, struct arena *arena)
{
    const char *type = route_type_name(route->type);
    json_name(writer, "responses");
    json_open(writer, '{');
    json_name(writer, arena_format(arena, "%d", route->status));
    json_open(writer, '{');
    json_text_field(writer, "description", route->answer);
    if (type) {
        json_name(writer, "content");
        json_open(writer, '{');
        json_name(writer, type);
        json_put_raw(writer, arena_format(arena, "{\"schema\":%s}", answer_schema(route, arena)));
        json_close(writer, '}');
    }
    json_close(writer, '}');
    json_name(writer, "4XX"), json_put_raw(writer, "{\"$ref\":\"#/components/responses/problem\"}");
    json_name(writer, "5XX"), json_put_raw(writer, "{\"$ref\":\"#/components/responses/problem\"}");
    json_close(writer, '}');
}

static void put_operation(struct json_writer *writer, const struct route *route, struct arena *arena)
{
    static const char *const kinds[] = { "query", "command", "page", "bytes", "stream", "state" };
    static const char *const security[] = { "[{},{\"token\":[]}]", "[{\"token\":[]}]", "[{\"token\":[]}]" };
    char method[8] = "";
    for (size_t i = 0; route->method[i] && i + 1 < sizeof method; i++) method[i] = (char)(route->method[i] + ('a' - 'A'));
    json_name(writer, method);
    json_open(writer, '{');
    json_text_field(writer, "operationId", route->name);
    json_text_field(writer, "summary", route->summary);
    json_text_field(writer, "x-aif-verb", word_name(&verb_words, (int)route->verb));
    json_text_field(writer, "x-aif-kind", kinds[route->kind]);
    if (route->who == ROUTE_AGENT) json_flag_field(writer, "x-aif-agents-only", true);
    json_name(writer, "security");
    json_put_raw(writer, security[route->who]);
    put_parameters(writer, route, arena);
    put_request_body(writer, route, arena);
    put_responses(writer, route, arena);
    json_close(writer, '}');
}

/* {name...} is {name} there. */
static const char *path_name(const char *path, struct arena *arena)
{
    const char *dots = strstr(path, "...}");
    return dots ? arena_format(arena, "%.*s%s", (int)(dots - path), path, dots + 3) : path;
}

static bool path_is_first(int row)
{
    for (int i = 0; i < row; i++)
        if (strcmp(routes[i].path, routes[row].path) == 0) return false;
    return true;
}

static void put_paths(struct json_writer *writer, struct arena *arena)
{
    json_name(writer, "paths");
    json_open(writer, '{');
    for (int i = 0; i < route_count; i++) {
        if (!path_is_first(i)) continue;
        json_name(writer, path_name(routes[i].path, arena));
        json_open(writer, '{');
        for (int j = i; j < route_count; j++)
            if (strcmp(routes[j].path, routes[i].path) == 0) put_operation(writer, &routes[j], arena);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

char *openapi_format(size_t *length)
{
    struct arena arena;
    struct text out;
    arena_init(&arena, OPENAPI_ARENA_BYTES);
    text_init(&out, &arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "openapi", "3.1.0");
    json_name(&writer, "info");
    json_open(&writer, '{');
    json_text_field(&writer, "title", "aif");
    json_text_field(&writer, "version", AIF_VERSION);
    json_text_field(&writer, "description", "The network of AI Factories: one server, a site agent per system. Times are RFC 3339 UTC, amounts piece-seconds.");
    json_name(&writer, "license"), json_put_raw(&writer, "{\"name\":\"EUPL-1.2\",\"identifier\":\"EUPL-1.2\"}");
    json_close(&writer, '}');
    put_paths(&writer, &arena);
    put_components(&writer);
    json_close(&writer, '}');
    text_add_char(&out, '\n');
    char *document = malloc(out.length + 1);
    CHECK(document);
    memcpy(document, out.bytes, out.length + 1);
    *length = out.length;
    arena_finish(&arena);
    return document;
}
