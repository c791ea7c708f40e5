/* SPDX-License-Identifier: EUPL-1.2 */
/* load.h - the facts of each command: one loader a kind, in the file of its room. A loader finds records and bounded lists,
 * says where the object lies (facts->scope) and whether it's there; it decides nothing. */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include "core/access/access.h"
#include "core/identity/identity.h"
#include "core/jobs/job.h"
#include "core/ledger/ledger.h"
#include "core/trust/trust.h"
#include "store/store.h"

typedef bool store_loader(struct store *store, const struct command *command, struct facts *facts, struct error *error);

store_loader load_person_add, load_organisation_add, load_role_grant, load_token_add;
store_loader load_factory_put, load_system_put, load_partition_add, load_agent_enrol;
store_loader load_project_add, load_allocation_grant, load_folder_add;
store_loader load_job_submit, load_job_cancel, load_job_release;
store_loader load_agent_hello, load_agent_send, load_agent_take;
store_loader load_job_start, load_job_end, load_job_refuse, load_stream_end, load_job_record;
store_loader load_audit_checkpoint;

/* The roles that a principal holds now; an agent's and the server's own follow from what they are. */
bool store_actor(struct store *store, struct id principal, enum principal_kind kind, struct arena *arena, struct actor *actor,
                 struct error *error);

/* The project that `name` (id or short name; NULL or "": the actor's only one) names for this actor.
 * *project is NULL and *refusal says why if there is none. */
bool store_project_of(struct store *store, const struct actor *actor, const char *name, struct arena *arena,
                      const struct project **project, struct refusal *refusal, struct error *error);

/* The job that `name` names: an id, any unambiguous tail of at least 4 characters of an id of the actor's jobs, "aura/17",
 * or "17" of the actor's only project. NULL: none, or not unique. */
bool store_job_of(struct store *store, const struct actor *actor, const char *name, struct arena *arena, const struct job **job,
                  struct error *error);

/* What a project has on every partition, for placement. */
bool store_placement_allocations(struct store *store, struct id project, struct arena *arena, struct placement_allocation **list,
                                 int *count, struct error *error);

/* Held jobs that wait for `on_job`; with none: all held jobs, `after` an id, for a look at everything. At most `room`. */
bool store_held_jobs(struct store *store, struct id on_job, struct id after, int room, struct arena *arena, struct id **jobs, int *count,
                     struct error *error);

#endif
