/* SPDX-License-Identifier: EUPL-1.2 */
/* reach.c - roles turned into projects and systems. A factory's adviser reaches the projects whose home it is, a state's access
 * manager those of organisations seated there; both are looked up, so a new project is reached at once. */
#include "api/reach.h"

#include "core/identity/identity.h"
#include "store/load.h"

#include <string.h>

struct gathering { struct arena *arena; struct id *ids; int count, room, most; };

static void gather(struct gathering *list, struct id id)
{
    for (int i = 0; i < list->count; i++)
        if (id_equal(list->ids[i], id)) return;
    if (list->count == list->room) {
        int room = list->room ? list->room * 4 : 8;
        struct id *ids = arena_take(list->arena, sizeof *ids * (size_t)room);
        if (list->count) memcpy(ids, list->ids, sizeof *ids * (size_t)list->count);
        list->ids = ids;
        list->room = room;
    }
    if (list->count < list->most) list->ids[list->count++] = id;
}

static bool gather_projects(struct store *store, const char *sql, struct id of, struct gathering *list, struct error *error)
{
    struct db_statement *ask = db_prepare(store_db(store), sql, error);
    if (!ask) return false;
    enum db_step step;
    db_bind_text(ask, 1, of.text);
    while ((step = db_step(ask, error)) == DB_ROW) gather(list, id_from(db_text(ask, 0)));
    db_reset(ask);
    return step == DB_DONE;
}

bool reach_load(struct api_call *call, struct store *store, struct reach *reach, struct error *error)
{
    const struct actor *actor = call->actor;
    enum verb verb = call->route->verb;
    struct gathering projects = { .arena = &call->arena, .most = API_REACH_MAX }, systems = { .arena = &call->arena, .most = HELD_ROLES_MAX };
    *reach = (struct reach){ .all = may_somewhere(actor, verb, SCOPE_OF_NETWORK) };
    for (int i = 0; i < actor->role_count && !reach->all; i++) {
        const struct held_role *held = &actor->roles[i];
        if (!role_includes(held->role, verb) || role_scope(held->role) != held->kind || id_is_none(held->scope)) continue;
        if (held->kind == SCOPE_OF_PROJECT) gather(&projects, held->scope);
        if (held->kind == SCOPE_OF_SYSTEM) gather(&systems, held->scope);
        if (held->kind == SCOPE_OF_FACTORY && !gather_projects(store, "SELECT id FROM project WHERE home = $1 ORDER BY id", held->scope, &projects, error))
            return false;
        if (held->kind == SCOPE_OF_STATE &&
            !gather_projects(store, "SELECT p.id FROM project p JOIN organisation o ON o.id = p.organisation WHERE o.country = $1 ORDER BY p.id",
                             held->scope, &projects, error))
            return false;
    }
    reach->projects = projects.ids;
    reach->project_count = projects.count;
    reach->systems = systems.ids;
    reach->system_count = systems.count;
    return true;
}

bool chain_of_project(struct store *store, struct id project, struct arena *arena, struct scope_chain *chain, struct error *error)
{
    const void *row;
    *chain = (struct scope_chain){ .project = project };
    if (!store_get(store, &project_shape, project.text, arena, &row, error)) return false;
    const struct project *found = row;
    if (!found) return true;
    chain->factory = found->home;
    if (!store_get(store, &organisation_shape, found->organisation.text, arena, &row, error)) return false;
    const struct organisation *organisation = row;
    if (organisation) chain->state = id_from(organisation->country);
    return true;
}

bool chain_of_job(struct store *store, const struct job *job, struct arena *arena, struct scope_chain *chain, struct error *error)
{
    if (!chain_of_project(store, job->project, arena, chain, error)) return false;
    chain->system = job->system;
    return true;
}

static bool not_permitted(struct api_call *call)
{
    answer_refusal(call, refuse(REFUSAL_NOT_PERMITTED, argument_name(word_name(&verb_words, (int)call->route->verb))));
    return false;
}

bool call_may(struct api_call *call, const struct scope_chain *chain)
{
    static const enum verb looks[] = { VERB_PROJECT_READ, VERB_JOB_READ, VERB_SYSTEM_READ };
    if (may(call->actor, call->route->verb, chain)) return true;
    for (int i = 0; i < countof(looks); i++)
        if (may(call->actor, looks[i], chain)) return not_permitted(call);
    answer_refusal(call, refuse(REFUSAL_NOT_FOUND));
    return false;
}

bool call_may_network(struct api_call *call)
{
    return may(call->actor, call->route->verb, &(struct scope_chain){ 0 }) || not_permitted(call);
}

/* Most who ask have a role over the project or the system itself; then nothing more is looked up. */
static bool may_plainly(const struct api_call *call, const struct job *job)
{
    return may(call->actor, call->route->verb, &(struct scope_chain){ .project = job->project, .system = job->system });
}

bool call_job(struct api_call *call, struct store *store, const struct job **job, struct error *error)
{
    struct scope_chain chain;
    const struct job *found = NULL;
    *job = NULL;
    if (!store_job_of(store, call->actor, call->values.job, &call->arena, &found, error)) return false;
    if (!found) {
        answer_refusal(call, refuse(REFUSAL_NOT_FOUND));
        return true;
    }
    if (may_plainly(call, found)) {
        *job = found;
        return true;
    }
    if (!chain_of_job(store, found, &call->arena, &chain, error)) return false;
    if (call_may(call, &chain)) *job = found;
    return true;
}

bool call_project(struct api_call *call, struct store *store, const char *name, const struct project **project, struct error *error)
{
    struct refusal refusal = refusal_none;
    struct scope_chain chain;
    const struct project *found = NULL;
    *project = NULL;
    if (!store_project_of(store, call->actor, name, &call->arena, &found, &refusal, error)) return false;
    if (!found) {
        answer_refusal(call, refusal);
        return true;
    }
    if (!chain_of_project(store, found->id, &call->arena, &chain, error)) return false;
    if (call_may(call, &chain)) *project = found;
    return true;
}

bool call_agent_job(struct api_call *call, struct store *store, const struct job **job, struct error *error)
{
    const void *row;
    *job = NULL;
    if (!store_get(store, &job_shape, call->values.job, &call->arena, &row, error)) return false;
    const struct job *found = row;
    if (found && id_equal(found->system, call->principal.system)) *job = found;
    else answer_refusal(call, refuse(REFUSAL_NOT_FOUND));
    return true;
}
