/* SPDX-License-Identifier: EUPL-1.2 */
/* page_test.c - the first page: what rows say can't become markup, unknown is shown as unknown, demo as demo, and it is never older
 * than what its reader was answered. */
#include "api/test_server.h"

#define EVIL "<script>alert(1)</script>&\"'"
#define EVIL_SHOWN "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;"

static const struct row { bool wanted; const char *text; } rows[] = {
    { true, "Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
    { true, "<bdi>" EVIL_SHOWN "</bdi>" },
    { false, "<script" },
    { false, "style=" },
    { false, "onclick" },
    { true, "place not announced" },
    { true, "<span class=\"unknown\"><span>unknown</span></span>" }, /* its hosting entity and systems; free pieces of a silent partition */
    { true, "<span class=\"demo\">demo</span>" },
    { true, "not heard of yet" },
    { true, "of 46 statements hold here" },
    { true, "factory.added" },
    { true, "A job of the demo project would stand here" },
};

static int fails(struct test_api *test)
{
    CHECK(test_ask(test, "GET", "/", NULL, NULL) == 200);
    for (int i = 0; i < countof(rows); i++) {
        if (test_has(test, rows[i].text) == rows[i].wanted) continue;
        printf("not ok - page: %s %s\n", rows[i].wanted ? "without" : "with", rows[i].text);
        return 1;
    }
    printf("ok - page: %d rows\n", countof(rows));
    return 0;
}

/* Asked again and again, the answer is a kept one; but whoever changed something sees it. */
static int freshness_fails(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    for (int i = 0; i < 20; i++) {
        CHECK(test_ask(test, "GET", "/", NULL, NULL) == 200);
        CHECK(test_ask(test, "POST", "/v1/jobs", "sven", "{\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\"]}") == 201);
        CHECK(test_ask(test, "GET", "/", NULL, NULL) == 200);
        if (test_has(test, arena_format(arena, "<bdi>show</bdi>/%d<", i + 1))) continue;
        return test_fails(test, "the page shows the job that was just accepted");
    }
    CHECK(test_ask(test, "GET", "/v1/status", "ana", NULL) == 200 && test_has(test, "no-store")); /* kept or not */
    CHECK(test_ask(test, "GET", "/v1/status", NULL, NULL) == 200 && !test_has(test, "no-store"));
    printf("ok - page: never older than an answer\n");
    return 0;
}

int main(void)
{
    static struct test_api test;
    test_api_start(&test);
    CHECK(test_command(&test, COMMAND_FACTORY_PUT, NULL, &(struct factory){ .id = id_from("evil"), .name = EVIL, .country = "FI", .wave = 1, .status = "selected", .facts = "{}" }) == 200);
    CHECK(test_command(&test, COMMAND_PARTITION_ADD, "silent", &(struct partition){ .id = id_from("lumi/silent"), .system = id_from("lumi"), .name = "silent", .slots = 1, .nodes = 1,
                                                                                    .slots_per_node = 1, .limit_max_s = 60, .demo = true }) == 201);
    CHECK(test_command(&test, COMMAND_PROJECT_ADD, "show", &(struct project_add){ .name = "show", .title = "t", .organisation = id_from("org"), .purpose = "p", .demo = true }) == 201);
    CHECK(test_command(&test, COMMAND_ALLOCATION_GRANT, "grant-show", &(struct allocation_grant){ id_from("show"), id_from("lumi/gpu"), 100000, WORLD_NOW_MS - 1, WORLD_NOW_MS + 1000000 }) == 201);
    CHECK(test_command(&test, COMMAND_ROLE_GRANT, "role-show", &(struct role_grant){ .person = id_from("sven"), .role = ROLE_PROJECT_LEAD, .scope_kind = SCOPE_OF_PROJECT, .scope_id = id_from("show") }) == 201);
    int failed = fails(&test) || freshness_fails(&test);
    test_api_stop(&test);
    return failed;
}
