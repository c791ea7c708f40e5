/* SPDX-License-Identifier: EUPL-1.2 */
/* matrix_test.c - every route against ten kinds of askers, over HTTP, with the real door: who gets what status. A route without a
 * row here fails the test, and so does a row without a route. */
#include "api/test_server.h"

#define FILE_TEXT "hello folder\n"

static const struct asker { const char *label, *who; } askers[] = {
    { "nobody", NULL }, { "stranger", "sven" }, { "other lead", "cleo" }, { "member", "bo" }, { "lead", "ana" },
    { "operator", "olga" }, { "auditor", "ada" }, { "officer", "petra" }, { "its agent", "a1" }, { "other agent", "a2" },
};

/* In the order of routes.h. %J the ended job, %L the live one, %H the file, %S the script, %F the folder's list in JSON. */
static const struct row { const char *name, *statuses, *path, *body; } rows[] = {
    /*                      nobody stranger other member lead oper audit officer agent other-agent */
    { "front",              "200 200 200 200 200 200 200 200 200 200", "/", NULL },
    { "style",              "200 200 200 200 200 200 200 200 200 200", "/style.css", NULL },
    { "health",             "200 200 200 200 200 200 200 200 200 200", "/healthz", NULL },
    { "openapi",            "200 200 200 200 200 200 200 200 200 200", "/v1/openapi.json", NULL },
    { "factories",          "200 200 200 200 200 200 200 200 200 200", "/v1/factories", NULL },
    { "systems",            "200 200 200 200 200 200 200 200 200 200", "/v1/systems", NULL },
    { "status",             "200 200 200 200 200 200 200 200 200 200", "/v1/status", NULL },
    { "try",                "200 200 200 200 200 200 200 200 200 200", "/v1/try", "{\"script\":\"#!/bin/sh\\n\"}" },
    { "whoami",             "401 200 200 200 200 200 200 200 200 200", "/v1/whoami", NULL },
    { "job_submit",         "401 404 404 201 201 404 404 403 404 404", "/v1/jobs", "{\"project\":\"aura\",\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\"]}" },
    { "job_list",           "401 200 200 200 200 200 200 200 200 200", "/v1/jobs", NULL },
    { "job",                "401 404 404 200 200 200 404 200 403 404", "/v1/jobs/%J", NULL },
    { "job_cancel",         "401 404 404 202 409 403 404 403 403 404", "/v1/jobs/%L/cancel", NULL }, /* never sent, so it ended at once */
    { "job_placement",      "401 404 404 200 200 200 404 200 403 404", "/v1/jobs/%J/placement", NULL },
    { "job_streams",        "401 404 404 200 200 403 404 403 403 404", "/v1/jobs/%J/streams", NULL },
    { "job_stream",         "401 404 404 200 200 403 404 403 403 404", "/v1/jobs/%J/streams/log", NULL },
    { "job_evidence",       "401 404 404 200 200 403 200 403 403 404", "/v1/jobs/%J/evidence", NULL },
    { "folder_add",         "401 404 404 200 200 404 404 403 404 404", "/v1/folders", "{\"project\":\"aura\",\"list\":\"%F\"}" },
    { "file_put",           "401 404 404 200 200 404 404 403 404 404", "/v1/files/%H?project=aura", FILE_TEXT },
    { "usage",              "401 200 200 200 200 200 200 200 200 200", "/v1/usage", NULL },
    { "ledger_check",       "401 403 403 403 403 403 200 200 403 403", "/v1/ledger/check", NULL },
    { "audit_checkpoint",   "200 200 200 200 200 200 200 200 200 200", "/v1/audit/checkpoint", NULL },
    { "audit_export",       "401 403 403 403 403 403 200 403 403 403", "/v1/audit/export", NULL },
    { "events",             "200 200 200 200 200 200 200 200 200 200", "/v1/events", NULL },
    { "agent_hello",        "401 403 403 403 403 403 403 403 200 404", "/v1/agent/hello",
      "{\"agent\":\"a1\",\"lowest\":1,\"highest\":1,\"program\":\"1\",\"boot\":\"b\",\"journal\":\"j\",\"policy\":\"p\",\"rung\":\"submit\",\"taken\":0,\"observed\":0}" },
    { "agent_instructions", "401 403 403 403 403 403 403 403 200 200", "/v1/agent/instructions", NULL },
    { "agent_observations", "401 403 403 403 403 403 403 403 200 200", "/v1/agent/observations", "{\"journal\":\"j\",\"taken\":0,\"observations\":[]}" },
    { "agent_state",        "401 403 403 403 403 403 403 403 204 204", "/v1/agent/state", "{\"boot\":\"b\",\"number\":1,\"partitions\":[]}" },
    { "agent_stream",       "401 403 403 403 403 403 403 403 200 404", "/v1/agent/jobs/%J/streams/log?offset=0", TEST_LOG },
    { "agent_script",       "401 403 403 403 403 403 403 403 200 404", "/v1/agent/scripts/%S", NULL },
    { "agent_folder",       "401 403 403 403 403 403 403 403 200 404", "/v1/agent/jobs/%J/folder", NULL },
    { "agent_file",         "401 403 403 403 403 403 403 403 200 404", "/v1/agent/jobs/%J/files/%H", NULL },
};

static struct { char *ended, *live, *file, *script, *list, *folder; } given;

static char *fill(const char *form, struct arena *arena)
{
    struct text out;
    if (!form) return NULL;
    text_init(&out, arena);
    for (; *form; form++) {
        const char *value = NULL;
        if (*form == '%') {
            switch (form[1]) {
            case 'J': value = given.ended; break;
            case 'L': value = given.live; break;
            case 'H': value = given.file; break;
            case 'S': value = given.script; break;
            case 'F': value = given.list; break;
            default: break;
            }
        }
        if (value) text_add(&out, value), form++;
        else text_add_char(&out, *form);
    }
    return out.bytes;
}

/* A folder with one file, sent; a job with it that a1 has run to its end; another that lives; all signed. */
static void prepare(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    struct hash hash = sha256(FILE_TEXT, strlen(FILE_TEXT));
    given.file = arena_take(arena, HASH_HEX + 1);
    hex_format(hash.bytes, HASH_BYTES, given.file);
    given.list = arena_format(arena, "%s %zu - hello.txt\\n", given.file, strlen(FILE_TEXT));
    CHECK(test_ask(test, "POST", "/v1/folders", "bo", arena_format(arena, "{\"list\":\"%s\"}", given.list)) == 201);
    CHECK(test_has(test, arena_format(arena, "\"missing\":[\"%s\"]", given.file)));
    given.folder = test_member(test, "folder");
    CHECK(test_ask(test, "PUT", arena_format(arena, "/v1/files/%s", given.file), "bo", FILE_TEXT) == 201);
    given.ended = test_job(test, arena_format(arena, ",\"folder\":\"%s\"", given.folder));
    given.script = test_member(test, "script");
    given.live = test_job(test, "");
    test_run(test, given.ended, 1);
    test_checkpoint(test);
}

/* A stream's head is enough; everything else is read to its end. */
static int ask(struct test_api *test, const struct route *route, const struct row *row, const char *who)
{
    struct arena *arena = &test->world.arena;
    char *path = fill(row->path, arena), *body = fill(row->body, arena);
    if (route->kind != ROUTE_STREAM) return test_ask(test, route->method, path, who, body);
    static char head[8192];
    close(test_stream(test, path, who, "", head, sizeof head));
    snprintf(test->answer, ANSWER_ROOM, "%s", head);
    return test_status(head);
}

/* What every answer must have, whoever asked. */
static bool form_holds(struct test_api *test, const struct route *route, int status, bool known)
{
    bool problem = status >= 400;
    if (!test_has(test, "X-Content-Type-Options: nosniff") || !test_has(test, "Referrer-Policy: no-referrer")) return false;
    if (known && !test_has(test, "Cache-Control: no-store")) return false;
    if (problem && (!test_has(test, "Content-Type: application/problem+json") || !test_has(test, "\"instance\":\"") || !test_has(test, "\"rule\":\""))) return false;
    if (status == 401 && !test_has(test, "WWW-Authenticate: Bearer")) return false;
    return problem || route->type == TYPE_NONE || test_has(test, "Content-Type: ");
}

static int row_fails(struct test_api *test, int index)
{
    const struct route *route = &routes[index];
    const struct row *row = &rows[index];
    const char *at = row->statuses;
    if (strcmp(route->name, row->name) != 0) {
        printf("not ok - matrix: row %d is %s, the route is %s\n", index + 1, row->name, route->name);
        return 1;
    }
    for (int i = 0; i < countof(askers); i++, at += 4) {
        int wanted = (int)strtol(at, NULL, 10), status = ask(test, route, row, askers[i].who);
        if (status == wanted && form_holds(test, route, status, askers[i].who != NULL)) continue;
        printf("not ok - matrix: %s by %s: %d, wanted %d\n%.900s\n", route->name, askers[i].label, status, wanted, test->answer);
        return 1;
    }
    return 0;
}

/* Lists show what is one's own and nothing else. */
static int lists_fail(struct test_api *test)
{
    static const struct { const char *who, *path; bool aura, boreas; } lists[] = {
        { "bo", "/v1/usage", true, false }, { "cleo", "/v1/usage", false, true }, { "ada", "/v1/usage", true, true }, { "sven", "/v1/usage", false, false },
        { "a1", "/v1/usage", false, false }, { "bo", "/v1/jobs", true, false }, { "cleo", "/v1/jobs", false, true }, { "olga", "/v1/jobs", true, true },
        { "petra", "/v1/jobs", true, true }, { "sven", "/v1/jobs", false, false }, { "ada", "/v1/jobs", false, false }, { "petra", "/v1/jobs?project=boreas", false, true },
    };
    CHECK(test_ask(test, "POST", "/v1/jobs", "cleo", "{\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\"]}") == 201);
    for (int i = 0; i < countof(lists); i++) {
        int status = test_ask(test, "GET", lists[i].path, lists[i].who, NULL);
        bool aura = test_has(test, "\"project\":\"aura\""), boreas = test_has(test, "\"project\":\"boreas\"");
        if (status == 200 && aura == lists[i].aura && boreas == lists[i].boreas) continue;
        printf("not ok - matrix: %s %s: %d, aura %d, boreas %d\n", lists[i].who, lists[i].path, status, aura, boreas);
        return 1;
    }
    printf("ok - lists: %d rows\n", countof(lists));
    return 0;
}

int main(void)
{
    static struct test_api test;
    int failed = 0;
    files_raise();
    test_api_start(&test);
    prepare(&test);
    if (countof(rows) != route_count) printf("not ok - matrix: %d rows, %d routes\n", countof(rows), route_count), failed = 1;
    for (int i = 0; i < route_count && !failed; i++) failed = row_fails(&test, i);
    failed = failed || lists_fail(&test);
    test_api_stop(&test);
    if (!failed) printf("ok - matrix: %d routes x %d askers\n", route_count, countof(askers));
    return failed;
}
