/* SPDX-License-Identifier: EUPL-1.2 */
/* world.h - the network that is simulated: systems, projects with their budgets, and people, who may do what. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "core/identity/may.h"
#include "sim/run.h"

#define WORLD_BEGAN_MS INT64_C(1767225600000) /* 1 January 2026 */
#define WORLD_SERVER "server"                 /* the server as a principal */

enum { WORLD_SYSTEMS_MAX = 16, WORLD_PROJECTS = 3, WORLD_PERSONS = 8 };

struct world_system {
    struct id   id, agent, partition_id;
    const char *partition;  /* its name inside the system */
    const char *model;      /* NULL: unknown */
    int         slots, nodes, slots_per_node;
    int64_t     limit_max_s, grace_s;
    bool        experimental;
    /* of its agent's policy; -1: no limit */
    int64_t     wall_time_s, jobs_per_day;
    bool        knows_server_key;
};

struct world_person {
    struct id id;
    bool      member[WORLD_PROJECTS]; /* may submit, cancel and see there */
    int       operates;               /* a system's index; -1: none */
    bool      looks_everywhere;       /* a programme officer: sees all jobs, submits none */
    bool      audits;                 /* sees all events, no job */
};

struct world {
    int                 system_count;
    struct world_system systems[WORLD_SYSTEMS_MAX];
    const char         *projects[WORLD_PROJECTS]; /* name and id */
    struct world_person persons[WORLD_PERSONS];
    struct sign_key     server_key;
};

/* Draws the world, and brings it into being with commands through the door, one batch after the other. */
void world_create(struct run *run);
void world_enter(struct run *run);

int world_project(const struct world *world, const char *id);   /* -1: none */
int world_system_of(const struct world *world, const char *id); /* of a system or partition ("ember/gpu"); -1: none */

/* Who sees an event, and who may look at a job: what the world means, without asking may(). */
bool world_sees_event(const struct world *world, int person, const char *scope);
bool world_sees_job(const struct world *world, int person, int project, int system);

/* "project:aura" as a chain of scopes, as streams filter events. */
struct scope_chain world_scope(const char *scope);

#endif
