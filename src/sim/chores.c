/* SPDX-License-Identifier: EUPL-1.2 */
/* chores.c - what the server does by itself: releases held jobs when what they wait for has moved, pushes instructions,
 * signs checkpoints of what it has re-read. In production upkeep.c and the event streams do this on threads of their own. */
#include "sim/check.h"
#include "sim/model.h"
#include "sim/server.h"
#include "store/load.h"

#include <string.h>

enum { PAGE = 64, SOON_MS = 500, AGAIN_MS = 3000, CHECKPOINT_MS = 20 * 60 * 1000 };

struct look { struct sim_server *server; struct id on_job, after; int64_t life; };

static void look_at_held(void *context);

static void plan_look(struct sim_server *server, struct id on_job, struct id after, int64_t in_ms)
{
    struct look *look = arena_take(&server->run->arena, sizeof *look);
    *look = (struct look){ server, on_job, after, server->life };
    run_plan(server->run, in_ms, look_at_held, look);
}

static void release_done(struct sim_work *work)
{
    if (work->request.result == DOOR_FAILED) plan_look(work->server, id_from(""), id_from(""), AGAIN_MS);
}

static void release(struct sim_server *server, struct id job)
{
    struct sim_work *work = sim_work_create(server, COMMAND_JOB_RELEASE, id_from(WORLD_SERVER), PRINCIPAL_SERVER);
    struct job_release *body = arena_take(&work->arena, sizeof *body);
    body->job = job;
    work->request.command.body = body;
    work->done = release_done;
    sim_work_put(work);
}

static void look_at_held(void *context)
{
    const struct look *look = context;
    struct sim_server *server = look->server;
    struct arena arena;
    struct error error = { 0 };
    struct id *jobs;
    int count;
    if (server->life != look->life || !server->is_up) return;
    arena_init(&arena, 256 * 1024);
    RUN_CHECK(server->run, store_held_jobs(server->store, look->on_job, look->after, PAGE, &arena, &jobs, &count, &error), "held jobs: %s", error.text);
    for (int i = 0; i < count; i++) release(server, jobs[i]);
    if (count == PAGE) plan_look(server, look->on_job, jobs[count - 1], 1);
    arena_finish(&arena);
}

/* ---- the trail ---- */

static void checkpoint_done(struct sim_work *work)
{
    const struct checkpoint *checkpoint = work->request.command.body;
    if (work->request.result != DOOR_ANSWERED || work->request.status != 201) return;
    work->server->signed_size = checkpoint->size;
    run_tally(work->server->run, TALLY_CHECKPOINTS);
}

static void sign_checkpoint(void *context)
{
    const struct look *chore = context;
    struct sim_server *server = chore->server;
    struct run *run = server->run;
    if (server->life != chore->life || !server->is_up) return;
    run_plan(run, rng_between(&run->wires, CHECKPOINT_MS / 10, CHECKPOINT_MS), sign_checkpoint, context);
    check_trail(run);
    if ((int64_t)server->trail.tree.size == server->signed_size) return;
    struct sim_work *work = sim_work_create(server, COMMAND_AUDIT_CHECKPOINT, id_from(WORLD_SERVER), PRINCIPAL_SERVER);
    struct checkpoint *checkpoint = arena_take(&work->arena, sizeof *checkpoint);
    checkpoint_sign(checkpoint, RUN_NETWORK, &server->trail.tree, sim_server_now(server), &run->world->server_key, &work->arena);
    work->request.command.body = checkpoint;
    work->done = checkpoint_done;
    sim_work_put(work);
}

void sim_server_chores_begin(struct sim_server *server)
{
    struct look *chore = arena_take(&server->run->arena, sizeof *chore);
    *chore = (struct look){ .server = server, .life = server->life };
    plan_look(server, id_from(""), id_from(""), SOON_MS);
    run_plan(server->run, rng_between(&server->run->wires, 1, CHECKPOINT_MS), sign_checkpoint, chore);
}

/* ---- events ---- */

/* A job that is held from its submission on may wait for one that has ended already: nothing of that one will move again. */
void sim_server_event_told(struct sim_server *server, const struct event *event)
{
    struct run *run = server->run;
    const struct model_job *job = model_job(run->model, event->subject);
    if (!job) return;
    if (strcmp(event->name, "job.submitted") == 0 && job->is_held) release(server, job->id);
    if (strcmp(event->name, "job.started") == 0 || strcmp(event->name, "job.ended") == 0)
        plan_look(server, job->id, id_from(""), rng_between(&run->wires, 1, SOON_MS));
    sim_server_push(server, job->system);
}
