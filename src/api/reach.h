/* SPDX-License-Identifier: EUPL-1.2 */
/* reach.h - what a read may see: the scope condition of every query comes from here, never from the query's author.
 *
 * A list is asked once per reach: for the whole network, or for each project and each system that the actor's roles reach with
 * the route's verb. One thing is asked for by its chain of scopes. */
#ifndef API_REACH_H
#define API_REACH_H

#include "api/call.h"
#include "core/access/access.h"

struct reach {
    bool             all;          /* the whole network: the lists are empty then */
    int              project_count, system_count;
    const struct id *projects;     /* granted by name, and those of the actor's factories and states; each once */
    const struct id *systems;
};

/* Where the actor of this call may do what its route is about. */
bool reach_load(struct api_call *call, struct store *store, struct reach *reach, struct error *error);

/* The chains in which a project and a job lie: the project, its home factory, the state of its organisation's seat; a job's system. */
bool chain_of_project(struct store *store, struct id project, struct arena *arena, struct scope_chain *chain, struct error *error);
bool chain_of_job(struct store *store, const struct job *job, struct arena *arena, struct scope_chain *chain, struct error *error);

/* May the actor do this there? If not, the call is answered: NOT_PERMITTED to who may look, NOT_FOUND to a stranger. */
bool call_may(struct api_call *call, const struct scope_chain *chain);
/* For what concerns the whole network and is no secret: NOT_PERMITTED to everybody else. */
bool call_may_network(struct api_call *call);

/* What the path or the query names, if the actor may do there what the route is about; else the call is answered, and it is NULL. */
bool call_job(struct api_call *call, struct store *store, const struct job **job, struct error *error);
bool call_project(struct api_call *call, struct store *store, const char *name, const struct project **project, struct error *error);

/* A job of the agent's own system. */
bool call_agent_job(struct api_call *call, struct store *store, const struct job **job, struct error *error);

#endif
