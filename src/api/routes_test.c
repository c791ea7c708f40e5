/* SPDX-License-Identifier: EUPL-1.2 */
/* routes_test.c - the table itself: paths and methods find their rows, rows agree with the door, the OpenAPI document names all of
 * it, and docs/api.md shows the same rows. UPDATE=1 writes the table into docs/api.md instead of comparing it. */
#include "api/routes.h"
#include "api/state.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* method, path, what is found: the row and its places, or - and the methods that the path knows */
static const struct found { const char *method, *path, *wanted; } finds[] = {
    { "GET", "/", "front" },
    { "GET", "/healthz", "health" },
    { "HEAD", "/healthz", "health" },
    { "POST", "/healthz", "- GET, HEAD" },
    { "GET", "/v1/jobs", "job_list" },
    { "POST", "/v1/jobs", "job_submit" },
    { "PUT", "/v1/jobs", "- POST, GET, HEAD" },
    { "GET", "/v1/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV", "job job=01ARZ3NDEKTSV4RRFFQ69G5FAV" },
    { "GET", "/v1/jobs/17", "job job=17" },
    { "GET", "/v1/jobs/aura/17", "job job=aura/17" },
    { "GET", "/v1/jobs/aura/17/placement", "job_placement job=aura/17" },
    { "GET", "/v1/jobs/aura/17/streams/out/a/b.txt", "job_stream job=aura/17 name=out/a/b.txt" },
    { "GET", "/v1/jobs/17/streams/log", "job_stream job=17 name=log" },
    { "GET", "/v1/jobs/17/18", "job job=17/18" },
    { "GET", "/v1/jobs/aura/x17", "- " },
    { "GET", "/v1/jobs/aura/17/18", "- " },
    { "GET", "/v1/jobs/", "- " },
    { "GET", "/v1/jobs/..", "- " },
    { "GET", "/v1/jobs/./streams", "- " },
    { "GET", "/v1/jobs//streams", "- " },
    { "GET", "/v1/jobs/17/streams/", "- " },
    { "GET", "/v1/jobs/17/streams/../x", "- " },
    { "GET", "/v1/jobs/17/streams/out/../x", "job_stream job=17 name=out/../x" }, /* names are checked where they are used */
    { "GET", "", "- " },
    { "GET", "v1/jobs", "- " },
    { "GET", "/v1", "- " },
    { "GET", "/V1/jobs", "- " },
    { "get", "/v1/jobs", "- POST, GET, HEAD" },
    { "PUT", "/v1/files/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "file_put hash=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" },
    { "PUT", "/v1/files/0123456789abcdef", "- " },
    { "PUT", "/v1/files/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "- " },
    { "HEAD", "/v1/events", "- GET" }, /* a stream has no end that could be left out */
    { "GET", "/v1/agent/jobs/J/files/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "agent_file job=J hash=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" },
};

static int finds_fail(struct arena *arena)
{
    for (int i = 0; i < countof(finds); i++) {
        struct route_values values;
        struct text said;
        const char *allowed = "";
        const struct route *route = route_find(finds[i].method, finds[i].path, arena, &values, &allowed);
        text_init(&said, arena);
        text_add_format(&said, "%s", route ? route->name : "-");
        if (!route) text_add_format(&said, " %s", allowed);
        if (route && values.job) text_add_format(&said, " job=%s", values.job);
        if (route && values.hash) text_add_format(&said, " hash=%s", values.hash);
        if (route && values.name) text_add_format(&said, " name=%s", values.name);
        if (strcmp(said.bytes, finds[i].wanted) == 0) continue;
        printf("not ok - routes: %s %s: %s, wanted %s\n", finds[i].method, finds[i].path, said.bytes, finds[i].wanted);
        return 1;
    }
    printf("ok - routes: %d rows\n", countof(finds));
    return 0;
}

/* Commands of people stand in the door's table too: what is asked of may(), whether a key is needed, what the body is. */
static const struct pair { const char *route; enum command_kind command; } pairs[] = {
    { "job_submit", COMMAND_JOB_SUBMIT }, { "job_cancel", COMMAND_JOB_CANCEL }, { "folder_add", COMMAND_FOLDER_ADD }, { "agent_hello", COMMAND_AGENT_HELLO },
};

static int rows_fail(void)
{
    for (int i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        bool is_read = route->kind == ROUTE_QUERY || route->kind == ROUTE_PAGE || route->kind == ROUTE_BYTES;
        bool sound = (route->read != NULL) == is_read && (route->act != NULL) != is_read && (!route->body || route->body_bytes) && *route->summary && *route->answer;
        for (const char *word = route->query; *word; word += strspn(word, " ")) {
            char name[32];
            CHECK(sscanf(word, "%31s", name) == 1);
            bool known = false;
            for (int j = 0; j < api_parameter_count; j++) known = known || strcmp(api_parameters[j].name, name) == 0;
            sound = sound && known && route_has_parameter(route, name);
            word += strlen(name);
        }
        for (int j = 0; j < countof(pairs); j++) {
            if (strcmp(pairs[j].route, route->name) != 0) continue;
            bool body = !route->body || route->body == door_command_body(pairs[j].command);
            sound = sound && body && route->verb == door_command_verb(pairs[j].command) && (route->key == ROUTE_KEYED) == door_command_has_key(pairs[j].command);
        }
        if (sound) continue;
        printf("not ok - routes: the row of %s contradicts itself or the door\n", route->name);
        return 1;
    }
    printf("ok - routes: %d sound\n", route_count);
    return 0;
}

/* ---- OpenAPI */

static int openapi_fails(struct arena *arena)
{
    struct json_fault fault;
    size_t length;
    int operations = 0, failed = 0;
    char *document = openapi_format(&length);
    struct json_t *json = json_read(document, length, &fault), *paths = json_get(json, "paths");
    failed = !json || !same_text(json_text(json_get(json, "openapi")), "3.1.0");
    for (int i = 0; i < route_count && !failed; i++) {
        char *path = arena_text(arena, routes[i].path), *dots = strstr(path, "..."), method[8] = "";
        if (dots) memmove(dots, dots + 3, strlen(dots + 3) + 1);
        for (size_t j = 0; routes[i].method[j]; j++) method[j] = (char)(routes[i].method[j] | 0x20);
        const struct json_t *operation = json_get(json_get(paths, path), method);
        failed = !same_text(json_text(json_get(operation, "operationId")), routes[i].name) ||
                 !same_text(json_text(json_get(operation, "x-aif-verb")), word_name(&verb_words, (int)routes[i].verb)) ||
                 !json_holds_object(json_get(json_get(operation, "responses"), arena_format(arena, "%d", routes[i].status)));
        if (failed) printf("not ok - openapi: %s isn't there as it should be\n", routes[i].name);
        operations++;
    }
    /* every reference leads somewhere */
    const struct json_t *schemas = json_get(json_get(json, "components"), "schemas");
    for (const char *at = document; !failed && (at = strstr(at, "#/components/schemas/")); at++) {
        char *name = arena_text_n(arena, at + 21, strcspn(at + 21, "\""));
        if (json_holds_object(json_get(schemas, name))) continue;
        printf("not ok - openapi: no schema %s\n", name);
        failed = 1;
    }
    json_free(json);
    free(document);
    if (!failed) printf("ok - openapi: %d operations, %zu bytes\n", operations, length);
    return failed;
}

/* ---- docs/api.md */

static const char page_name[] = "docs/api.md", begin[] = "<!-- routes, written by routes_test -->\n", end[] = "<!-- end -->\n";

static void table_format(struct text *out)
{
    static const char *const kinds[] = { "query", "command", "page", "bytes", "stream", "state" };
    static const char *const who[] = { "anybody", "known", "agents" };
    text_add(out, "| request | what for | who | verb | key | kind | query | body | answer |\n|---|---|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        text_add_format(out, "| `%s %s` | %s | %s | `%s` | %s | %s | %s | ", route->method, route->path, route->summary, who[route->who], word_name(&verb_words, (int)route->verb),
                        route->key == ROUTE_KEYED ? "yes" : "", kinds[route->kind], route->query);
        if (route->body) text_add_format(out, "%s, ", route->body->name);
        if (route->body_bytes) text_add_format(out, "%llu B", (unsigned long long)route->body_bytes);
        text_add_format(out, " | %d %s%s%s |\n", route->status, route->shape ? route->shape->name : "", route->shape ? ": " : "", route->answer);
    }
}

static bool page_write(const char *head, size_t head_length, const char *table, const char *tail)
{
    FILE *file = fopen(page_name, "w");
    if (!file) return false;
    fprintf(file, "%.*s%s%s", (int)head_length, head, table, tail);
    return fclose(file) == 0;
}

static int page_fails(struct arena *arena)
{
    enum { PAGE_MAX = 128 * 1024 };
    char *page = arena_take(arena, PAGE_MAX);
    FILE *file = fopen(page_name, "r");
    if (!file) {
        printf("not ok - %s can't be read; tests run from the root of the source\n", page_name);
        return 1;
    }
    CHECK(fread(page, 1, PAGE_MAX - 1, file) < PAGE_MAX - 1);
    fclose(file);
    struct text wanted;
    text_init(&wanted, arena);
    table_format(&wanted);
    char *from = strstr(page, begin), *to = strstr(page, end);
    CHECK(from && to && from < to);
    from += strlen(begin);
    if (getenv("UPDATE")) CHECK(page_write(page, (size_t)(from - page), wanted.bytes, to));
    else if ((size_t)(to - from) != wanted.length || memcmp(from, wanted.bytes, wanted.length) != 0) {
        printf("not ok - %s differs from the route table; UPDATE=1 writes it anew\n", page_name);
        return 1;
    }
    printf("ok - %s: %d routes\n", page_name, route_count);
    return 0;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 4 << 20);
    int failed = finds_fail(&arena) || rows_fail() || openapi_fails(&arena) || page_fails(&arena);
    arena_finish(&arena);
    return failed;
}
