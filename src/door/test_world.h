/* SPDX-License-Identifier: EUPL-1.2 */
/* test_world.h - for tests: a small network behind a real door. Two projects (aura with ana and bo, boreas with cleo), an
 * auditor who is in neither, two systems with a partition and an agent each; what was committed is written down. */
#ifndef DOOR_TEST_WORLD_H
#define DOOR_TEST_WORLD_H

#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/identity/identity.h"
#include "core/jobs/submission.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "door/door.h"
#include "store/load.h"

#include <stdio.h>
#include <string.h>

#define WORLD_NOW_MS INT64_C(1700000000000)
enum { WORLD_JOB_S = 90, WORLD_CALLS_MAX = 1100 }; /* what a job of one piece and 60 s holds, with its grace */

struct world {
    struct arena    arena;
    struct store   *store;
    struct door    *door;
    struct sign_key server_key, agent_key;
    struct picture  picture;
    int64_t         told, told_calls;   /* newest event that was told of, and how often something was told */
    bool            told_wrongly;       /* not in order, twice, or of nothing */
    int64_t       (*work_us)(void);
    void          (*also)(const struct event *event); /* whoever else listens */
};

/* One request with memory of its own. */
struct world_call { struct door_request request; struct arena arena; };

static inline const struct picture *world_picture(void *context) { return &((struct world *)context)->picture; }

static inline void world_committed(void *context, const struct event *events, int count)
{
    struct world *world = context;
    world->told_calls++;
    if (!count) world->told_wrongly = true;
    for (int i = 0; i < count; i++) {
        if (events[i].sequence != ++world->told) world->told_wrongly = true;
        if (world->also) world->also(&events[i]);
    }
}

/* Who may be named in tests: "server", an agent ("a1", "a2"), else a person. */
static inline void world_call_init(struct world_call *call, enum command_kind kind, const char *who, const char *key, const void *body)
{
    bool is_agent = who[0] == 'a' && (who[1] == '1' || who[1] == '2') && !who[2];
    *call = (struct world_call){ 0 };
    arena_init(&call->arena, 24 * 1024 * 1024);
    call->request = (struct door_request){
        .command = { .kind = kind, .principal = id_from(who), .key = key, .body = body, .request_hash = sha256(&kind, sizeof kind) },
        .principal_kind = strcmp(who, "server") == 0 ? PRINCIPAL_SERVER : is_agent ? PRINCIPAL_AGENT : PRINCIPAL_PERSON,
        .arena = &call->arena };
}

/* One command alone. The answer is copied to the world's arena, so the call's own memory is gone. */
static inline struct door_request world_do(struct world *world, enum command_kind kind, const char *who, const char *key, const void *body)
{
    struct world_call call;
    world_call_init(&call, kind, who, key, body);
    CHECK(!door_execute(world->door, &call.request, WORLD_NOW_MS));
    call.request.answer = arena_text(&world->arena, call.request.answer);
    arena_finish(&call.arena);
    return call.request;
}

/* A submission of `options` (divided by blanks) by way of the reader of scripts. */
static inline struct job_submission *world_submission(struct arena *arena, const char *project, const char *options)
{
    struct job_submission *body = arena_take(arena, sizeof *body);
    const char **items = arena_take(arena, sizeof *items * 64);
    int count = 0;
    char *rest = arena_text(arena, options), *item;
    while (rest && (item = strsep(&rest, " ")) && count < 64)
        if (*item) items[count++] = item;
    body->submit = (struct job_submit){ .project = project, .script = "#!/bin/sh\necho\n", .options = { items, count } };
    struct refusal refusal = job_request_parse(&body->submit, arena, &body->request);
    CHECK(!refusal.code);
    return body;
}

static inline struct door_request world_submit(struct world *world, const char *who, const char *key, const char *options)
{
    return world_do(world, COMMAND_JOB_SUBMIT, who, key, world_submission(&world->arena, NULL, options));
}

/* The id at the front of an answer. */
static inline struct id world_id(const struct door_request *request)
{
    struct id id = { { 0 } };
    CHECK(request->answer && sscanf(request->answer, "{\"id\":\"%47[^\"]", id.text) == 1);
    return id;
}

static inline int64_t world_number(struct world *world, const char *sql)
{
    struct error error;
    int64_t number;
    CHECK(store_number(world->store, sql, NULL, 0, &number, &error));
    return number;
}

static inline const struct job *world_job(struct world *world, struct id id)
{
    struct error error;
    const void *row;
    CHECK(store_get(world->store, &job_shape, id.text, &world->arena, &row, &error) && row);
    return row;
}

/* Events are gap-free in the store, and as many as the door and its listener know of. */
static inline bool world_trail_holds(struct world *world)
{
    int64_t count = world_number(world, "SELECT count(*) FROM event"), newest = world_number(world, "SELECT max(sequence) FROM event");
    return count == newest && door_last_event(world->door) == newest && world->told == newest && !world->told_wrongly;
}

/* Each account's figures follow from the entries; each live job has one open hold; projects count their live jobs. */
static inline bool world_books_hold(struct world *world)
{
    return !world_number(world, "SELECT count(*) FROM account a WHERE kind = 'allocation' AND (held <> (SELECT coalesce(sum(h.amount), 0) FROM entry h "
                                "WHERE h.kind = 'hold' AND h.from_account = a.id AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.resolves = h.id)) "
                                "OR debit <> (SELECT coalesce(sum(p.amount), 0) FROM entry p WHERE p.kind = 'post' AND p.from_account = a.id))") &&
           !world_number(world, "SELECT count(*) FROM job j WHERE (state <> 'ended') <> (SELECT count(*) FROM entry h WHERE h.kind = 'hold' AND h.job = j.id "
                                "AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.resolves = h.id))") &&
           !world_number(world, "SELECT count(*) FROM project p WHERE live_jobs <> (SELECT count(*) FROM job j WHERE j.project = p.id AND j.state <> 'ended')") &&
           !world_number(world, "SELECT count(*) FROM project p WHERE last_job <> (SELECT count(*) FROM job j WHERE j.project = p.id)") &&
           !world_number(world, "SELECT count(*) FROM agent a WHERE issued <> (SELECT count(*) FROM instruction i WHERE i.agent = a.id)");
}

static inline void world_must(struct world *world, enum command_kind kind, const char *key, const void *body)
{
    struct door_request request = world_do(world, kind, "server", key, body);
    if (request.result != DOOR_ANSWERED || request.status >= 300) fprintf(stderr, "%s: %d %s\n", key ? key : "-", request.status, request.answer ? request.answer : "");
    CHECK(request.result == DOOR_ANSWERED && request.status < 300);
}

static inline void world_add_person(struct world *world, const char *id, enum role role, enum scope_kind kind, const char *scope)
{
    const char *key = arena_format(&world->arena, "role-%s", id);
    world_must(world, COMMAND_PERSON_ADD, id, &(struct person){ .id = id_from(id), .handle = id, .name = id, .salt = "00ff" });
    world_must(world, COMMAND_ROLE_GRANT, key, &(struct role_grant){ .person = id_from(id), .role = role, .scope_kind = kind, .scope_id = id_from(scope) });
}

static inline void world_add_system(struct world *world, const char *system, const char *agent)
{
    char *hex = arena_take(&world->arena, HASH_HEX + 1);
    hex_format(world->agent_key.public, SIGN_PUBLIC_BYTES, hex);
    struct partition partition = { .id = id_from(arena_format(&world->arena, "%s/gpu", system)), .system = id_from(system), .name = "gpu", .slots = 8, .nodes = 2,
                                   .slots_per_node = 4, .model = "A100", .limit_max_s = 7200, .grace_s = 30, .open = true };
    world_must(world, COMMAND_SYSTEM_PUT, NULL, &(struct system){ .id = id_from(system), .name = system, .status = "operational", .facts = "{}" });
    world_must(world, COMMAND_PARTITION_ADD, partition.id.text, &partition);
    world_must(world, COMMAND_AGENT_ENROL, agent, &(struct agent){ .id = id_from(agent), .system = id_from(system), .public_key = hex });
    struct picture_partition *seen = &world->picture.partitions[world->picture.count++];
    *seen = (struct picture_partition){ .id = partition.id, .system = partition.system, .slots = 8, .nodes = 2, .slots_per_node = 4, .limit_max_s = 7200, .grace_s = 30,
                                        .model = "A100", .open = true, .heard = true };
}

static inline void world_hello(struct world *world, const char *agent, const char *journal)
{
    struct agent_hello hello = { .agent = id_from(agent), .lowest = 1, .highest = 1, .program = "1", .boot = "b", .journal = journal, .policy = "p", .rung = "submit" };
    CHECK(world_do(world, COMMAND_AGENT_HELLO, agent, NULL, &hello).status == 200);
}

static inline void world_grant(struct world *world, const char *project, const char *partition, int64_t amount)
{
    world_must(world, COMMAND_ALLOCATION_GRANT, arena_format(&world->arena, "grant-%s-%s", project, partition),
               &(struct allocation_grant){ id_from(project), id_from(partition), amount, WORLD_NOW_MS - 1000, WORLD_NOW_MS + 1000000000 });
}

static inline void world_door_create(struct world *world)
{
    struct error error;
    struct door_options door = { .store = world->store, .id_seed = { 1, 2 }, .server_key = &world->server_key, .network = "net", .picture = world_picture,
                                 .committed = world_committed, .context = world, .work_us = world->work_us };
    CHECK(door_create(&world->door, &door, &error));
}

/* aura may use `amount` of lumi/gpu; boreas has plenty of it. Agents have said hello with journal "j". */
static inline void world_open(struct world *world, const char *location, int64_t amount, int64_t (*work_us)(void))
{
    struct error error;
    *world = (struct world){ .work_us = work_us };
    crypto_start();
    arena_init(&world->arena, (size_t)256 * 1024 * 1024);
    sign_key_from_seed(&world->server_key, (const unsigned char *)"0123456789abcdef0123456789abcdef");
    sign_key_from_seed(&world->agent_key, (const unsigned char *)"2123456789abcdef0123456789abcdef");
    CHECK(store_open(&world->store, &(struct store_options){ .location = location, .now_ms = WORLD_NOW_MS }, &error));
    world_door_create(world);
    world_must(world, COMMAND_ORGANISATION_ADD, "org", &(struct organisation){ .id = id_from("org"), .name = "Org", .country = "FI", .kind = ORGANISATION_SME });
    world_must(world, COMMAND_PROJECT_ADD, "aura", &(struct project_add){ .name = "aura", .title = "t", .organisation = id_from("org"), .purpose = "p" });
    world_must(world, COMMAND_PROJECT_ADD, "boreas", &(struct project_add){ .name = "boreas", .title = "t", .organisation = id_from("org"), .purpose = "p" });
    world_add_person(world, "ana", ROLE_PROJECT_LEAD, SCOPE_OF_PROJECT, "aura");
    world_add_person(world, "bo", ROLE_PROJECT_MEMBER, SCOPE_OF_PROJECT, "aura");
    world_add_person(world, "cleo", ROLE_PROJECT_LEAD, SCOPE_OF_PROJECT, "boreas");
    world_add_person(world, "olga", ROLE_SITE_OPERATOR, SCOPE_OF_SYSTEM, "lumi");
    world_add_person(world, "ada", ROLE_AUDITOR, SCOPE_OF_NETWORK, "");
    world_add_system(world, "lumi", "a1");
    world_add_system(world, "marenostrum", "a2");
    world_grant(world, "aura", "lumi/gpu", amount);
    world_grant(world, "boreas", "lumi/gpu", 1000000000);
    world_hello(world, "a1", "j");
    world_hello(world, "a2", "j");
}

static inline void world_close(struct world *world)
{
    door_destroy(world->door);
    store_close(world->store);
    arena_finish(&world->arena);
}

#endif
