/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/load.h"

#include "core/data/folder.h"
#include "core/network/network.h"

#include <string.h>

/* The actor's only project, if exactly one of her roles is over a project. */
static bool only_project(const struct actor *actor, struct id *project, int *count)
{
    *count = 0;
    for (int i = 0; i < actor->role_count; i++) {
        if (actor->roles[i].kind != SCOPE_OF_PROJECT || (*count && id_equal(*project, actor->roles[i].scope))) continue;
        *project = actor->roles[i].scope;
        ++*count;
    }
    return *count == 1;
}

bool store_project_of(struct store *store, const struct actor *actor, const char *name, struct arena *arena,
                      const struct project **project, struct refusal *refusal, struct error *error)
{
    struct id only;
    struct store_list found;
    int count;
    *project = NULL;
    if (!name || !*name) {
        if (!only_project(actor, &only, &count)) {
            *refusal = count ? refuse(REFUSAL_PROJECT_AMBIGUOUS, argument_count(count)) : refuse(REFUSAL_PROJECT_NONE);
            return true;
        }
        name = only.text;
    }
    const struct store_value values[] = { STORE_TEXT(name) };
    if (!store_select(store, &project_shape, "WHERE id = $1 OR name = $1", values, 1, 1, arena, &found, error)) return false;
    if (found.count) *project = found.rows;
    else *refusal = refuse(REFUSAL_NOT_FOUND);
    return true;
}

bool load_project_add(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct project_add *body = command->body;
    struct store_list found;
    const void *row;
    const struct store_value values[] = { STORE_TEXT(body->name) };
    if (!store_select(store, &project_shape, "WHERE name = $1 OR id = $1", values, 1, 1, facts->arena, &found, error)) return false;
    if (found.count) facts->project = found.rows;
    if (!store_get(store, &organisation_shape, body->organisation.text, facts->arena, &row, error)) return false;
    facts->organisation = row;
    facts->there = row != NULL;
    return true;
}

bool load_allocation_grant(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct allocation_grant *body = command->body;
    const void *project, *partition, *pool;
    struct store_list found;
    const struct store_value values[] = { STORE_TEXT(body->project.text), STORE_TEXT(body->partition.text) };
    if (!store_get(store, &project_shape, body->project.text, facts->arena, &project, error)) return false;
    if (!store_get(store, &partition_shape, body->partition.text, facts->arena, &partition, error)) return false;
    facts->project = project;
    facts->partition = partition;
    facts->there = project && partition;
    if (!facts->there) return true;
    if (!store_get(store, &account_shape, facts->partition->pool.text, facts->arena, &pool, error)) return false;
    facts->pool = pool;
    if (!store_select(store, &allocation_shape, "WHERE project = $1 AND partition = $2", values, 2, 1, facts->arena, &found, error)) return false;
    if (found.count) facts->allocation = found.rows;
    return true;
}

bool load_folder_add(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct folder_add *body = command->body;
    char hash[HASH_HEX + 1];
    bool found = false;
    if (!store_project_of(store, facts->actor, body->project, facts->arena, &facts->project, &facts->load_refusal, error)) return false;
    if (!facts->project) return true;
    facts->scope.project = facts->project->id;
    struct hash list_hash = sha256(body->list, strlen(body->list));
    hex_format(list_hash.bytes, HASH_BYTES, hash);
    struct folder *folder = arena_take(facts->arena, sizeof *folder);
    if (!store_find(store, &folder_shape, (const char *const[]){ facts->project->id.text, hash }, facts->arena, folder, &found, error)) return false;
    if (found) facts->folder = folder;
    return true;
}

bool store_placement_allocations(struct store *store, struct id project, struct arena *arena, struct placement_allocation **list,
                                 int *count, struct error *error)
{
    struct db_statement *ask = db_prepare(store_db(store),
        "SELECT a.partition, c.credit - c.debit - c.held, a.starts_ms, a.ends_ms FROM allocation a "
        "JOIN account c ON c.id = a.account WHERE a.project = $1 ORDER BY a.partition LIMIT 64", error);
    if (!ask) return false;
    *list = arena_take(arena, sizeof **list * ALLOCATIONS_MAX);
    *count = 0;
    db_bind_text(ask, 1, project.text);
    enum db_step step;
    while ((step = db_step(ask, error)) == DB_ROW)
        (*list)[(*count)++] = (struct placement_allocation){ id_from(db_text(ask, 0)), db_number(ask, 1), db_number(ask, 2), db_number(ask, 3) };
    db_reset(ask);
    return step == DB_DONE;
}
