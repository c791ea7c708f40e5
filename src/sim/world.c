/* SPDX-License-Identifier: EUPL-1.2 */
/* world.c - few systems of different sizes, so that queues form; budgets so small that some run out; and everybody's rights
 * stated a second time, in words of their own, so that the role table isn't checked against itself. */
#include "sim/world.h"

#include "core/command.h"
#include "core/identity/identity.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "sim/server.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_S = 3600, ALLOCATIONS = 9 };
#define GOOD_S (INT64_C(400) * 24 * HOUR_S)

static const struct world_system shapes[] = {
    { .slots = 8, .nodes = 2, .slots_per_node = 4, .limit_max_s = 2 * HOUR_S, .grace_s = 30, .model = "NVIDIA A100-64", .wall_time_s = -1, .jobs_per_day = -1 },
    { .slots = 4, .nodes = 1, .slots_per_node = 4, .limit_max_s = HOUR_S, .grace_s = 60, .model = "NVIDIA H100", .wall_time_s = -1, .jobs_per_day = -1, .knows_server_key = true },
    { .slots = 2, .nodes = 2, .slots_per_node = 1, .limit_max_s = HOUR_S / 2, .grace_s = 0, .model = "AMD MI250X", .wall_time_s = 1200, .jobs_per_day = -1 },
    { .slots = 16, .nodes = 4, .slots_per_node = 4, .limit_max_s = 4 * HOUR_S, .grace_s = 120, .wall_time_s = -1, .jobs_per_day = 20, .knows_server_key = true },
    { .slots = 1, .nodes = 1, .slots_per_node = 1, .limit_max_s = HOUR_S / 4, .grace_s = 10, .experimental = true, .wall_time_s = -1, .jobs_per_day = -1 },
};
static const char *const names[WORLD_SYSTEMS_MAX] = { "amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath",
                                                      "inlet", "juniper", "kelp", "loam", "maple", "north", "ocean", "pine" };

/* aura has plenty, bora little, cora a bit of everything and one window that closes while people work. */
static const struct { int project, system; int64_t amount, good_s; } allocations[ALLOCATIONS] = {
    { 0, 0, 400000, 0 }, { 0, 1, 200000, 0 }, { 0, 2, 60000, 0 },
    { 1, 1, 40000, 0 }, { 1, 3, 90000, 0 },
    { 2, 0, 30000, HOUR_S / 2 }, { 2, 2, 30000, 0 }, { 2, 3, 200000, 0 }, { 2, 4, 9000, 0 },
};

static const struct world_person persons[WORLD_PERSONS] = {
    { .id = { "ada" }, .member = { true }, .operates = -1 }, { .id = { "ben" }, .member = { true }, .operates = -1 },
    { .id = { "cleo" }, .member = { [1] = true }, .operates = -1 }, { .id = { "dan" }, .member = { [1] = true, [2] = true }, .operates = -1 },
    { .id = { "eve" }, .operates = -1 }, { .id = { "finn" }, .operates = 0 },
    { .id = { "gia" }, .operates = -1, .audits = true }, { .id = { "hal" }, .operates = -1, .looks_everywhere = true },
};

void world_create(struct run *run)
{
    struct world *world = run->world = arena_take(&run->arena, sizeof *world);
    unsigned char seed[SIGN_SEED_BYTES];
    CHECK(run->options->agents >= countof(shapes) && run->options->agents <= WORLD_SYSTEMS_MAX);
    world->system_count = run->options->agents;
    for (int i = 0; i < world->system_count; i++) {
        struct world_system *system = &world->systems[i];
        *system = shapes[i % countof(shapes)];
        system->id = id_from(names[i]);
        system->agent = id_from(arena_format(&run->arena, "agent-%s", names[i]));
        system->partition = system->experimental ? "trial" : "gpu";
        system->partition_id = id_from(arena_format(&run->arena, "%s/%s", names[i], system->partition));
    }
    memcpy(world->persons, persons, sizeof persons);
    world->projects[0] = "aura", world->projects[1] = "bora", world->projects[2] = "cora";
    for (int i = 0; i < SIGN_SEED_BYTES; i++) seed[i] = (unsigned char)rng_between(&run->rng, 0, 255);
    sign_key_from_seed(&world->server_key, seed);
}

/* ---- through the door ---- */

static void enter(struct run *run, enum command_kind kind, const char *key, const void *body)
{
    sim_server_do(run->server, kind, id_from(WORLD_SERVER), key, body);
}

static const char *key_of(struct run *run, const char *what, const char *which) { return arena_format(&run->arena, "%s/%s", what, which); }

static void enter_systems(struct run *run)
{
    const struct world *world = run->world;
    for (int i = 0; i < world->system_count; i++) {
        const struct world_system *system = &world->systems[i];
        const struct system row = { .id = system->id, .name = system->id.text, .status = "operational", .facts = "{}" };
        const struct partition partition = {
            .id = system->partition_id, .system = system->id, .name = system->partition, .piece = PIECE_ACCELERATOR, .slots = system->slots, .nodes = system->nodes,
            .slots_per_node = system->slots_per_node, .model = system->model, .peak_gflops = system->model ? 312000 : 0, .limit_max_s = system->limit_max_s,
            .grace_s = system->grace_s, .experimental = system->experimental, .open = true };
        enter(run, COMMAND_SYSTEM_PUT, NULL, &row);
        enter(run, COMMAND_PARTITION_ADD, key_of(run, "partition", system->partition_id.text), &partition);
    }
    const struct factory factory = { .id = id_from("forge"), .name = "Forge", .country = "FI", .wave = 1, .status = "operational", .facts = "{\"served_by\":[\"amber\",\"dune\"]}" };
    enter(run, COMMAND_FACTORY_PUT, NULL, &factory);
}

static void enter_role(struct run *run, const struct world_person *person, enum role role, const char *scope)
{
    const struct role_grant grant = { .person = person->id, .role = role, .scope_kind = role_scope(role), .scope_id = id_from(scope) };
    enter(run, COMMAND_ROLE_GRANT, arena_format(&run->arena, "role/%s/%d/%s", person->id.text, (int)role, scope), &grant);
}

static void enter_people(struct run *run)
{
    const struct world *world = run->world;
    for (int i = 0; i < WORLD_PERSONS; i++) {
        const struct world_person *person = &world->persons[i];
        const struct person row = { .id = person->id, .handle = person->id.text, .name = person->id.text, .salt = "00", .demo = true };
        enter(run, COMMAND_PERSON_ADD, key_of(run, "person", person->id.text), &row);
        for (int project = 0; project < WORLD_PROJECTS; project++)
            if (person->member[project]) enter_role(run, person, i % 2 ? ROLE_PROJECT_MEMBER : ROLE_PROJECT_LEAD, world->projects[project]);
        if (person->operates >= 0) enter_role(run, person, ROLE_SITE_OPERATOR, world->systems[person->operates].id.text);
        if (person->audits) enter_role(run, person, ROLE_AUDITOR, "");
        if (person->looks_everywhere) enter_role(run, person, ROLE_PROGRAMME_OFFICER, "");
    }
}

static void enter_projects(struct run *run)
{
    const struct world *world = run->world;
    const struct organisation organisation = { .id = id_from("acme"), .name = "Acme", .country = "FI", .kind = ORGANISATION_START_UP };
    enter(run, COMMAND_ORGANISATION_ADD, "organisation/acme", &organisation);
    for (int i = 0; i < WORLD_PROJECTS; i++) {
        const struct project_add project = { .name = world->projects[i], .title = world->projects[i], .organisation = organisation.id,
                                             .home = id_from(i ? "" : "forge"), .purpose = "to be simulated" };
        enter(run, COMMAND_PROJECT_ADD, key_of(run, "project", world->projects[i]), &project);
    }
    for (int i = 0; i < ALLOCATIONS; i++) {
        const int64_t good_s = allocations[i].good_s ? allocations[i].good_s : GOOD_S;
        const struct allocation_grant grant = {
            .project = id_from(world->projects[allocations[i].project]), .partition = world->systems[allocations[i].system].partition_id,
            .amount = allocations[i].amount, .starts_ms = WORLD_BEGAN_MS - 24 * HOUR_S * 1000, .ends_ms = WORLD_BEGAN_MS + good_s * 1000 };
        enter(run, COMMAND_ALLOCATION_GRANT, arena_format(&run->arena, "allocation/%d", i), &grant);
    }
}

/* Systems beyond those of the table are a project's each. */
static void enter_further_allocations(struct run *run)
{
    const struct world *world = run->world;
    for (int i = countof(shapes); i < world->system_count; i++) {
        const struct allocation_grant grant = { .project = id_from(world->projects[i % WORLD_PROJECTS]), .partition = world->systems[i].partition_id, .amount = 100000,
                                                .starts_ms = WORLD_BEGAN_MS - 24 * HOUR_S * 1000, .ends_ms = WORLD_BEGAN_MS + GOOD_S * 1000 };
        enter(run, COMMAND_ALLOCATION_GRANT, arena_format(&run->arena, "allocation/%s", world->systems[i].id.text), &grant);
    }
}

void world_enter(struct run *run)
{
    enter_systems(run);
    enter_people(run);
    enter_projects(run);
    enter_further_allocations(run);
}

/* ---- questions ---- */

int world_project(const struct world *world, const char *id)
{
    for (int i = 0; i < WORLD_PROJECTS; i++)
        if (strcmp(world->projects[i], id) == 0) return i;
    return -1;
}

int world_system_of(const struct world *world, const char *id)
{
    size_t length = strcspn(id, "/");
    for (int i = 0; i < world->system_count; i++)
        if (strlen(world->systems[i].id.text) == length && strncmp(world->systems[i].id.text, id, length) == 0) return i;
    return -1;
}

bool world_sees_event(const struct world *world, int person, const char *scope)
{
    const struct world_person *who = &world->persons[person];
    if (strcmp(scope, "public") == 0 || who->audits || who->looks_everywhere) return true;
    if (strncmp(scope, "project:", 8) == 0) {
        int project = world_project(world, scope + 8);
        return project >= 0 && who->member[project];
    }
    return strncmp(scope, "system:", 7) == 0 && who->operates >= 0 && who->operates == world_system_of(world, scope + 7);
}

bool world_sees_job(const struct world *world, int person, int project, int system)
{
    const struct world_person *who = &world->persons[person];
    return who->member[project] || who->looks_everywhere || (system >= 0 && who->operates == system);
}

struct scope_chain world_scope(const char *scope)
{
    struct scope_chain chain = { 0 };
    if (strncmp(scope, "project:", 8) == 0) chain.project = id_from(scope + 8);
    if (strncmp(scope, "system:", 7) == 0) chain.system = id_from(scope + 7);
    return chain;
}
