/* SPDX-License-Identifier: EUPL-1.2 */
/* orders.c - what people think of: honest work for the most part, and enough of everything that must be refused. A command is
 * made of the bytes that would come over the wire; what the answer must be is decided here, from the world alone. */
#include "base/json.h"
#include "sim/model.h"
#include "sim/people.h"

#include <string.h>

static bool once_in(struct run *run, int64_t n) { return rng_once_in(&run->rng, n); }
static int64_t draw(struct run *run, int64_t low, int64_t high) { return rng_between(&run->rng, low, high); }

/* ---- who, and on what ---- */

static int member_of(struct run *run, int project)
{
    int person;
    do person = (int)draw(run, 0, WORLD_PERSONS - 1);
    while (!run->world->persons[person].member[project]);
    return person;
}

static int projects_of(const struct run *run, int person)
{
    int count = 0;
    for (int i = 0; i < WORLD_PROJECTS; i++) count += run->world->persons[person].member[i];
    return count;
}

static struct model_job *any_job(struct run *run)
{
    const struct model *model = run->model;
    return model->job_count ? model->jobs[draw(run, 0, model->job_count - 1)] : NULL;
}

/* Recent ones are the likelier to be alive. */
static struct model_job *recent_job(struct run *run)
{
    const struct model *model = run->model;
    int last = model->job_count - 1;
    return last < 0 ? NULL : model->jobs[draw(run, last > 20 ? last - 20 : 0, last)];
}

static const char *name_of_job(struct run *run, const struct model_job *job)
{
    switch (draw(run, 1, 4)) {
    case 1: return job->id.text;
    case 2: return arena_format(&run->arena, "job_%s", job->id.text);
    case 3: return model_name(run, job);
    default: return job->id.text + 14; /* a tail, good for those who have the job's project */
    }
}

static enum expectation expect_of_project(const struct run *run, int person, int project)
{
    const struct world_person *who = &run->world->persons[person];
    if (who->member[project]) return EXPECT_ANSWER;
    return who->looks_everywhere ? EXPECT_NOT_PERMITTED : EXPECT_NOT_FOUND;
}

static enum expectation expect_of_job(const struct run *run, int person, const struct model_job *job, const char *name)
{
    if (run->world->persons[person].member[job->project]) return EXPECT_ANSWER;
    bool is_tail = name == job->id.text + 14;
    return !is_tail && world_sees_job(run->world, person, job->project, job->system) ? EXPECT_NOT_PERMITTED : EXPECT_NOT_FOUND;
}

/* ---- submissions ---- */

enum size { SIZE_FITS, SIZE_TOO_BIG };

/* The body of job.submit as it is being written. */
struct draft { struct run *run; int project; const char *options[8]; int option_count; const char *lines; const char *folder; bool must_fail; };

static void add_option(struct draft *draft, const char *option) { draft->options[draft->option_count++] = option; }

static void draw_place(struct draft *draft)
{
    struct run *run = draft->run;
    const struct world *world = run->world;
    const struct world_system *system = &world->systems[draw(run, 0, world->system_count - 1)];
    int64_t roll = draw(run, 1, 20);
    if (roll <= 9) return; /* anywhere */
    if (roll == 10) add_option(draft, "--partition=any");
    else if (roll == 11) add_option(draft, "--partition=trial");
    else if (roll == 12) add_option(draft, "--partition=nowhere/gpu"), draft->must_fail = true;
    else if (roll == 13) add_option(draft, "--gres=gpu:a100:1");
    else add_option(draft, arena_format(&run->arena, "--partition=%s", system->partition_id.text));
}

static void draw_size(struct draft *draft, enum size size)
{
    struct run *run = draft->run;
    struct arena *arena = &run->arena;
    if (size == SIZE_TOO_BIG) {
        static const char *const much[] = { "--gpus=100000", "--time=300-0", "--nodes=5000", "--frobnicate", "--time=soon" };
        add_option(draft, much[draw(run, 0, countof(much) - 1)]);
        draft->must_fail = true;
        return;
    }
    int64_t minutes = once_in(run, 15) ? draw(run, 31, 120) : draw(run, 1, 25);
    if (!once_in(run, 12)) draft->lines = arena_format(arena, "#SBATCH --time=%lld\n", (long long)minutes);
    if (!once_in(run, 3)) add_option(draft, arena_format(arena, "--gpus=%lld", (long long)(once_in(run, 6) ? draw(run, 3, 9) : draw(run, 1, 2))));
    if (once_in(run, 8)) add_option(draft, "--error=trouble.txt");
}

static void draw_array(struct draft *draft)
{
    int64_t first = draw(draft->run, 0, 3), last = draw(draft->run, 4, 7);
    add_option(draft, arena_format(&draft->run->arena, "--array=%lld-%lld", (long long)first, (long long)last));
}

static void draw_dependency(struct draft *draft)
{
    static const char *const kinds[] = { "after", "afterany", "afterok", "afternotok" };
    struct run *run = draft->run;
    const struct model_job *job = recent_job(run);
    if (!job) return;
    if (job->project != draft->project) draft->must_fail = true; /* another project's job is as good as none */
    const char *kind = kinds[draw(run, 0, 3)];
    const char *between = once_in(run, 2) ? "?" : ",", *second_kind = kinds[draw(run, 0, 3)];
    const struct model_job *second = recent_job(run);
    if (once_in(run, 3) && second->project == job->project && second != job)
        add_option(draft, arena_format(&run->arena, "--dependency=%s:%s%s%s:%s", kind, job->id.text, between, second_kind, second->id.text));
    else add_option(draft, arena_format(&run->arena, "--dependency=%s:%s", kind, job->id.text));
}

static void draw_folder(struct draft *draft)
{
    struct run *run = draft->run;
    const struct people *people = run->people;
    if (once_in(run, 5)) draft->folder = "0000000000000000000000000000000000000000000000000000000000000000", draft->must_fail = true;
    else if (people->folder_count && people->folders[people->folder_count - 1].project == draft->project) draft->folder = people->folders[people->folder_count - 1].hash;
}

static const char *draft_format(const struct draft *draft, const char *project, int number)
{
    struct run *run = draft->run;
    struct text out;
    text_init(&out, &run->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    if (project) json_text_field(&writer, "project", project);
    json_text_field(&writer, "script", arena_format(&run->arena, "#!/bin/sh\n%secho %lld\n", draft->lines ? draft->lines : "", (long long)draw(run, 1, 40)));
    json_text_field(&writer, "name", arena_format(&run->arena, "run-%d.sh", number));
    json_name(&writer, "options");
    json_open(&writer, '[');
    for (int i = 0; i < draft->option_count; i++) json_put_text(&writer, draft->options[i]);
    json_close(&writer, ']');
    if (draft->folder) json_text_field(&writer, "folder", draft->folder);
    json_close(&writer, '}');
    return out.bytes;
}

enum submit { SUBMIT_ONE, SUBMIT_ARRAY, SUBMIT_BEHIND, SUBMIT_TOO_BIG };

static void submit(struct order *order, enum submit how, int person, int project)
{
    struct run *run = order->run;
    struct draft draft = { .run = run, .project = project };
    bool names_project = projects_of(run, person) != 1 ? !once_in(run, 6) : !run->world->persons[person].member[project] || once_in(run, 2);
    draw_size(&draft, how == SUBMIT_TOO_BIG ? SIZE_TOO_BIG : SIZE_FITS);
    draw_place(&draft);
    if (how == SUBMIT_ARRAY) draw_array(&draft);
    if (how == SUBMIT_BEHIND) draw_dependency(&draft);
    if (once_in(run, 8)) draw_folder(&draft);
    names_project = names_project || draft.must_fail; /* one reason at a time */
    order->kind = COMMAND_JOB_SUBMIT;
    order->person = person;
    order->expectation = names_project ? expect_of_project(run, person, project) : projects_of(run, person) == 1 ? EXPECT_ANSWER : EXPECT_NO_PROJECT;
    if (draft.must_fail && order->expectation == EXPECT_ANSWER) order->expectation = EXPECT_REFUSAL;
    order->json = draft_format(&draft, names_project ? run->world->projects[project] : NULL, run->people->made);
}

static void submit_own(struct order *order, enum submit how)
{
    int project = (int)draw(order->run, 0, WORLD_PROJECTS - 1);
    submit(order, how, member_of(order->run, project), project);
}

static void submit_foreign(struct order *order)
{
    struct run *run = order->run;
    int person = (int)draw(run, 0, WORLD_PERSONS - 1), project;
    do project = (int)draw(run, 0, WORLD_PROJECTS - 1);
    while (run->world->persons[person].member[project]);
    submit(order, SUBMIT_ONE, person, project);
}

/* ---- the other commands ---- */

static void cancel(struct order *order, const struct model_job *job, int person)
{
    const char *name = name_of_job(order->run, job);
    order->kind = COMMAND_JOB_CANCEL;
    order->person = person;
    order->expectation = expect_of_job(order->run, person, job, name);
    order->json = arena_format(&order->run->arena, "{\"job\":\"%s\"}", name);
}

static void add_folder(struct order *order)
{
    struct run *run = order->run;
    int project = (int)draw(run, 0, WORLD_PROJECTS - 1), person = once_in(run, 5) ? (int)draw(run, 0, WORLD_PERSONS - 1) : member_of(run, project);
    const char *content = arena_format(&run->arena, "%lld", (long long)draw(run, 1, 30)), *path = once_in(run, 6) ? "../train.py" : "train.py";
    char hex[HASH_HEX + 1];
    struct hash hash = sha256(content, strlen(content));
    hex_format(hash.bytes, HASH_BYTES, hex);
    order->kind = COMMAND_FOLDER_ADD;
    order->person = person;
    order->expectation = expect_of_project(run, person, project);
    if (*path == '.' && order->expectation == EXPECT_ANSWER) order->expectation = EXPECT_REFUSAL;
    order->json = arena_format(&run->arena, "{\"project\":\"%s\",\"list\":\"%s %zu - %s\\n\"}", run->world->projects[project], hex, strlen(content), path);
}

bool order_is_kept(const struct order *order)
{
    return order->is_acknowledged && !order->is_dry && (order->result == ORDER_ANSWERED || order->result == ORDER_REPLAYED);
}

static const struct order *kept_order(struct run *run)
{
    int64_t skip = draw(run, 0, 30);
    for (const struct order *order = run->people->orders; order; order = order->next)
        if (order_is_kept(order) && skip-- <= 0) return order;
    return NULL;
}

static void again(struct order *order, const struct order *before)
{
    order->kind = before->kind;
    order->person = before->person;
    order->json = before->json;
    order->key = before->key;
    order->before = before;
    order->expectation = EXPECT_SAME;
}

static void reuse_key(struct order *order, const struct order *before)
{
    order->kind = COMMAND_JOB_CANCEL;
    order->person = before->person;
    order->json = arena_format(&order->run->arena, "{\"job\":\"%dx\"}", order->run->people->made);
    order->key = before->key;
    order->before = before;
    order->expectation = EXPECT_REUSED;
}

/* ---- */

static void draw_order(struct order *order)
{
    struct run *run = order->run;
    int64_t roll = draw(run, 1, 100);
    const struct order *before = kept_order(run);
    const struct model_job *job = roll <= 84 ? recent_job(run) : any_job(run);
    if (roll <= 30) submit_own(order, SUBMIT_ONE);
    else if (roll <= 33) submit_own(order, SUBMIT_ARRAY);
    else if (roll <= 41) submit_own(order, SUBMIT_BEHIND);
    else if (roll <= 45) submit_own(order, SUBMIT_ONE), order->is_dry = true;
    else if (roll <= 53) submit_foreign(order);
    else if (roll <= 58) submit_own(order, SUBMIT_TOO_BIG);
    else if (roll <= 70 && job) cancel(order, job, member_of(run, job->project));
    else if (roll <= 79 && job) cancel(order, job, (int)draw(run, 0, WORLD_PERSONS - 1));
    else if (roll <= 83 && job) cancel(order, job, member_of(run, job->project));
    else if (roll <= 90 && before) again(order, before);
    else if (roll <= 94 && before) reuse_key(order, before);
    else add_folder(order);
}

struct order *order_make(struct run *run)
{
    struct order *order = arena_take(&run->arena, sizeof *order);
    int number = ++run->people->made;
    order->run = run;
    draw_order(order);
    if (!order->key) order->key = arena_format(&run->arena, "key-%d", number);
    const char *name = door_command_name(order->kind);
    order->hash = sha256_2(name, strlen(name), order->json, strlen(order->json));
    return order;
}
