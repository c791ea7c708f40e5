/* SPDX-License-Identifier: EUPL-1.2 */
/* submit_test.c - one row a case: what differs from a plain submission of 2 pieces for 60 s on an allocation of 1,000
 * piece-seconds, and what becomes of it. The first rows have ever fewer faults: each shows the first that is left. */
#include "core/jobs/instruct.h"
#include "core/jobs/submission.h"
#include "core/jobs/test_facts.h"

#include <stdlib.h>

static const struct { const char *input, *outcome; } table[] = {
    { "closed live=100000 array=5 text=2000000 folder wait=after:none unplaced unawarded shut slots=1 longest=59 over huge available=0", "project-closed aura" },
    { "live=100000 array=5 text=2000000 folder wait=after:none unplaced unawarded shut slots=1 longest=59 over huge available=0", "too-many-live-jobs 100000" },
    { "array=5 text=2000000 folder wait=after:none unplaced unawarded shut slots=1 longest=59 over huge available=0", "array-too-large 5 2" },
    { "folder wait=after:none unplaced unawarded shut slots=1 longest=59 over huge available=0", "folder-unknown" },
    { "wait=after:none unplaced unawarded shut slots=1 longest=59 over huge available=0", "dependency-not-found none" },
    { "wait=after:one,afterok:one unplaced unawarded shut slots=1 longest=59 over huge available=0", "option-conflict after afterok" },
    { "unplaced unawarded shut slots=1 longest=59 over huge available=0", "no-partition-fits 1" },
    { "unawarded shut slots=1 longest=59 over huge available=0", "no-allocation aura lumi/gpu" },
    { "unserved shut slots=1 longest=59 over huge available=0", "no-allocation aura lumi/gpu" },
    { "shut slots=1 longest=59 over huge available=0", "partition-closed lumi/gpu" },
    { "huge slots=1 longest=59 over available=0", "too-many-pieces 9007199254740991 1 lumi/gpu" },
    { "longest=59 over huge available=0", "time-too-long 60 59 lumi/gpu" },
    { "over huge available=0", "allocation-inactive 1699999999000 1700000000000" },
    { "early huge available=0", "allocation-inactive 1700000000001 1700000001000" },
    { "huge available=0", "amount-out-of-range 9007199254740991" },
    { "available=0", "insufficient-allocation 180 0" },
    { "available=179", "insufficient-allocation 180 179" },

    { "available=180 output=../o", "invalid-path output" },
    { "available=180 error=e-%q", "invalid-path error" },

    { "available=180", "+start#4; +hold 180; +job waiting; project 2/18; allocation 180-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "", "+start#4; +hold 180; +job waiting; project 2/18; allocation 1000-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "known", "+start#4; +hold 180; +job waiting; project 2/18; allocation 1000-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "live=99999", "+start#4; +hold 180; +job waiting; project 100000/18; allocation 1000-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "live=99999 array=2", "too-many-live-jobs 100000" },
    { "slots=2 longest=60", "+start#4; +hold 180; +job waiting; project 2/18; allocation 1000-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "unsaid", "+start#4; +hold 7260; +job waiting; project 2/18; allocation 100000-0-7260; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "unsaid longest=60", "+start#4; +hold 180; +job waiting; project 2/18; allocation 100000-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "wait=after:one", "+job_dependency; +job_plan; +hold 180; +job held; project 2/18; allocation 1000-0-180; +script; +job_placement !job.submitted" },
    { "wait=after:one,afterok:two", "+job_dependency; +job_dependency; +job_plan; +hold 180; +job held; project 2/18; allocation 1000-0-180; +script; +job_placement !job.submitted" },
    { "wait=afterok:one,afterok:one", "+job_dependency; +job_dependency; +job_plan; +hold 180; +job held; project 2/18; allocation 1000-0-180; +script; +job_placement !job.submitted" },
    { "wait=afterok:one,afterok:none", "dependency-not-found none" },
    { "array=2", "+start#4; +hold 180; +job waiting; +start#5; +hold 180; +job waiting; project 3/19; allocation 1000-0-360; agent 5/3/2 7; +script; +job_placement !job.submitted !job.submitted" },
    { "array=1", "+start#4; +hold 180; +job waiting; project 2/18; allocation 1000-0-180; agent 4/3/2 7; +script; +job_placement !job.submitted" },
    { "array=2 wait=after:one", "+job_dependency; +job_plan; +hold 180; +job held; +job_dependency; +job_plan; +hold 180; +job held; project 3/19; allocation 1000-0-360; +script; +job_placement !job.submitted !job.submitted" },
    { "array=5 available=900", "+start#4; +hold 180; +job waiting; +start#5; +hold 180; +job waiting; +start#6; +hold 180; +job waiting; +start#7; +hold 180; +job waiting; +start#8; +hold 180; +job waiting; "
                               "project 6/22; allocation 900-0-900; agent 8/3/2 7; +script; +job_placement !job.submitted !job.submitted !job.submitted !job.submitted !job.submitted" },
    { "array=6 available=1079", "insufficient-allocation 180 179" }, /* whole: a refusal's changes don't count */
};

struct setting {
    struct test_facts         test;
    struct job_submission     body;
    struct picture_partition  seen;
    struct placement          placement;
    struct folder             folder;
    struct job                others[2];
    const struct job         *waits[DEPENDENCIES_MAX];
    int                       array[8];
};

static void setting_init(struct setting *setting)
{
    struct test_facts *test = &setting->test;
    memset(setting, 0, sizeof *setting);
    test_facts_init(test);
    test->account.held = 0;
    setting->seen = (struct picture_partition){ .id = test->partition.id, .system = test->partition.system, .slots = 8, .nodes = 2, .slots_per_node = 4, .limit_max_s = 7200, .grace_s = 30, .open = true };
    setting->placement.count = 1;
    setting->placement.verdicts[0] = (struct placement_verdict){ .partition = &setting->seen, .wait_s = 11, .amount = 180, .heard = true };
    setting->body.request = (struct job_request){ .name = "train", .limit_s = 60, .nodes = 1, .tasks = 1, .cpus_per_task = 1, .accelerators = 2, .pieces = 2, .script = "#!/bin/sh\n" };
    memcpy(setting->body.request.script_hash, TEST_HASH, HASH_HEX);
    setting->others[0].id = id_from("one"), setting->others[1].id = id_from("two");
    for (int i = 0; i < countof(setting->array); i++) setting->array[i] = 10 * i;
    test->facts.job = NULL, test->facts.hold = NULL, test->facts.plan = NULL;
    test->facts.placement = &setting->placement;
    test->facts.dependency_jobs = setting->waits;
}

/* "after:one,afterok:two" */
static void set_waits(struct setting *setting, char *list)
{
    struct job_request *request = &setting->body.request;
    for (char *one; (one = strsep(&list, ","));) {
        char *job = strchr(one, ':');
        *job++ = 0;
        request->waits[request->wait_count] = (struct job_wait){ (enum dependency_kind)word_find(&dependency_kind_words, one), job };
        setting->waits[request->wait_count++] = strcmp(job, "one") == 0 ? &setting->others[0] : strcmp(job, "two") == 0 ? &setting->others[1] : NULL;
    }
}

/* The broker's picture and the partition's row say the same. */
static void set(struct setting *setting, char *word)
{
    struct test_facts *test = &setting->test;
    struct job_request *request = &setting->body.request;
    char *value = strchr(word, '=');
    if (value) *value++ = 0;
    int64_t number = value ? strtoll(value, NULL, 10) : 0;
    if (strcmp(word, "closed") == 0) test->project.open = false;
    else if (strcmp(word, "live") == 0) test->project.live_jobs = number;
    else if (strcmp(word, "folder") == 0) setting->body.submit.folder = TEST_HASH;
    else if (strcmp(word, "known") == 0) setting->body.submit.folder = TEST_HASH, test->facts.folder = &setting->folder;
    else if (strcmp(word, "wait") == 0) set_waits(setting, value);
    else if (strcmp(word, "unplaced") == 0) setting->placement.chosen = -1, setting->placement.verdicts[0].refusal = refuse(REFUSAL_PARTITION_CLOSED, argument_name("lumi/gpu"));
    else if (strcmp(word, "unawarded") == 0) test->facts.allocation = NULL, test->facts.account = NULL;
    else if (strcmp(word, "unserved") == 0) test->facts.agent = NULL;
    else if (strcmp(word, "shut") == 0) test->partition.open = false;
    else if (strcmp(word, "slots") == 0) test->partition.slots = setting->seen.slots = number;
    else if (strcmp(word, "longest") == 0) test->partition.limit_max_s = setting->seen.limit_max_s = number;
    else if (strcmp(word, "over") == 0) test->allocation.ends_ms = TEST_NOW_MS;
    else if (strcmp(word, "early") == 0) test->allocation.starts_ms = TEST_NOW_MS + 1;
    else if (strcmp(word, "huge") == 0) request->pieces = NUMBER_MAX, test->partition.slots = INT64_MAX;
    else if (strcmp(word, "available") == 0) test->account.credit = number;
    else if (strcmp(word, "unsaid") == 0) request->limit_s = 0, test->account.credit = 100000;
    else if (strcmp(word, "array") == 0) request->array_count = (int)number, request->array = setting->array;
    else if (strcmp(word, "output") == 0) request->output = value;
    else if (strcmp(word, "error") == 0) request->error = value;
    else if (strcmp(word, "text") == 0) {
        char *text = arena_take(&test->arena, (size_t)number);
        const char **items = arena_copy(&test->arena, &text, sizeof text);
        memset(text, 'x', (size_t)number - 1);
        request->arguments = (struct texts){ items, 1 };
    } else CHECK(!word[0]);
}

static void decide(struct setting *setting, const char *input)
{
    char *rest = arena_text(&setting->test.arena, input), *word;
    while ((word = strsep(&rest, " "))) set(setting, word);
    job_submit_decide(&(struct command){ .body = &setting->body }, &setting->test.facts, &setting->test.outcome);
}

/* Every job has its own id, number and hold, the hold is for it, and all of them share what the submission has once. */
static bool jobs_hold(const struct setting *setting)
{
    const struct outcome *outcome = &setting->test.outcome;
    const struct job *first = NULL;
    const struct entry *hold = NULL;
    int64_t number = 18;
    for (int i = 0; i < outcome->change_count; i++) {
        const struct change *change = &outcome->changes[i];
        if (change->shape == &entry_shape) hold = change->row;
        if (change->shape != &job_shape) continue;
        const struct job *job = change->row;
        if (!first) first = job;
        bool array = setting->body.request.array_count > 0, waits = setting->body.request.wait_count > 0;
        if (!hold || !id_equal(hold->id, job->hold) || !id_equal(hold->job, job->id) || hold->amount != job->held || hold->at_ms != TEST_NOW_MS || !id_equal(hold->project, job->project)) return false;
        if (job->number != number++ || !id_equal(job->placement, first->placement) || (job != first && id_equal(job->id, first->id))) return false;
        if (array ? !id_equal(job->array, first->id) || job->array_index != 10 * (job->number - 18) : !id_is_none(job->array)) return false;
        if (job->ended_as || job->used || job->wait_estimate_s != 11 || job->submitted_ms != TEST_NOW_MS || job->grace_s != 30) return false;
        if (waits ? job->instruction != 0 : job->instruction != 4 + job->number - 18) return false;
    }
    const char *wanted = first ? arena_format(outcome->arena, "{\"id\":\"%s\",", first->id.text) : "";
    return (outcome->refusal.code || (first && outcome->status == 201 && strncmp(outcome->answer, wanted, strlen(wanted)) == 0)) && test_payloads_are_json(outcome);
}

static bool row_holds(const char *input, const char *wanted)
{
    static struct setting setting;
    setting_init(&setting);
    decide(&setting, input);
    const char *got = test_describe(&setting.test.outcome, &setting.test.arena);
    bool holds = strcmp(got, wanted) == 0, jobs = setting.test.outcome.refusal.code || jobs_hold(&setting);
    if (!holds || !jobs) printf("not ok - submit: %s\n  got %s%s\n", input, got, jobs ? "" : " (jobs differ)");
    test_facts_finish(&setting.test);
    return holds && jobs;
}

/* ---- what goes to the agent, byte by byte */

static const char plan_wanted[] =
    "{\"arguments\":[\"--name\",\"a \\\"b\\\"\\n\"],\"environment\":[\"A=\\\\\"],\"cpus_per_task\":3,\"memory_mib\":512,\"folder\":\"sub\",\"output\":\"o-%OUTPUT%\",\"error\":null,"
    "\"array_index\":%INDEX%,\"array_job\":%ARRAY%,\"array_count\":%COUNT%}";

static const char instruction_wanted[] =
    "{\"version\":1,\"network\":\"net\",\"agent\":\"a1\",\"number\":%NUMBER%,\"kind\":\"start\",\"expires_ms\":1700604800000,\"job\":\"%JOB%\",\"project\":\"aura\",\"job_number\":%JOBNUMBER%,"
    "\"name\":\"train\",\"partition\":\"gpu\",\"pieces\":2,\"nodes\":1,\"tasks\":1,\"limit_s\":60,\"grace_s\":30,\"script\":\"" TEST_HASH "\",\"folder\":null,\"held\":180,"
    "\"submitted_ms\":1700000000000,\"peak_gflops\":1000,\"demo\":true,\"plan\":%PLAN%}";

/* Each place of the form filled in: "%JOB%" by its value. */
static char *filled(const char *form, struct arena *arena, int count, const char *const *places, const char *const *values)
{
    struct text out;
    text_init(&out, arena);
    while (*form) {
        int which = -1;
        for (int i = 0; i < count; i++)
            if (strncmp(form, places[i], strlen(places[i])) == 0) which = i;
        if (which < 0) text_add_char(&out, *form++);
        else text_add(&out, values[which]), form += strlen(places[which]);
    }
    return out.bytes;
}

static char *plan_of(const struct setting *setting, int position, struct id array_job, struct arena *arena)
{
    static const char *const places[] = { "%INDEX%", "%ARRAY%", "%COUNT%", "%OUTPUT%" };
    const struct job_request *request = &setting->body.request;
    const char *const values[] = { request->array_count ? arena_format(arena, "%d", request->array[position]) : "null",
                                   request->array_count ? arena_format(arena, "\"%s\"", array_job.text) : "null", arena_format(arena, "%d", request->array_count),
                                   arena_format(arena, "%d-18-%d", 18 + position, request->array_count ? request->array[position] : 0) };
    return filled(plan_wanted, arena, countof(places), places, values);
}

static char *instruction_of(const struct setting *setting, const struct job *job, const char *plan, struct arena *arena)
{
    static const char *const places[] = { "%NUMBER%", "%JOB%", "%JOBNUMBER%", "%PLAN%" };
    (void)setting;
    const char *const values[] = { arena_format(arena, "%lld", (long long)job->instruction), job->id.text, arena_format(arena, "%lld", (long long)job->number), plan };
    return filled(instruction_wanted, arena, countof(places), places, values);
}

static bool bytes_hold(const char *input, int wanted_count)
{
    static struct setting setting;
    static const char *const arguments[] = { "--name", "a \"b\"\n" }, *const environment[] = { "A=\\" };
    setting_init(&setting);
    struct job_request *request = &setting.body.request;
    request->arguments = (struct texts){ arguments, 2 }, request->environment = (struct texts){ environment, 1 };
    request->cpus_per_task = 3, request->memory_mib = 512, request->folder = "sub", request->output = "o-%j-%A-%a";
    decide(&setting, input);
    const struct outcome *outcome = &setting.test.outcome;
    const struct job *first = NULL;
    const char *body = NULL, *plan = NULL;
    int seen = 0;
    for (int i = 0; i < outcome->change_count; i++) {
        const struct change *change = &outcome->changes[i];
        if (change->shape == &instruction_shape) body = ((const struct instruction *)change->row)->body;
        if (change->shape == &job_plan_shape) plan = ((const struct job_plan *)change->row)->plan;
        if (change->shape != &job_shape) continue;
        const struct job *job = change->row;
        if (!first) first = job;
        const char *plan_now = plan_of(&setting, seen++, first->id, outcome->arena), *wanted = plan ? plan_now : instruction_of(&setting, job, plan_now, outcome->arena);
        if (strcmp(plan ? plan : body, wanted) == 0) continue;
        printf("not ok - submit: bytes\n  got    %s\n  wanted %s\n", plan ? plan : body, wanted);
        return false;
    }
    test_facts_finish(&setting.test);
    if (seen != wanted_count) printf("not ok - submit: %d jobs of %s\n", seen, input);
    return seen == wanted_count;
}

/* The instruction that asks for nothing keeps agent, number and expiry, and begins as the others do. */
static bool nothing_holds(void)
{
    struct arena arena;
    arena_init(&arena, 100000);
    struct instruction instruction = { .agent = id_from("a1"), .number = 4, .job = id_from("job"), .body = "", .expires_ms = TEST_NOW_MS };
    bool holds = strcmp(instruct_none(&instruction, "net", &arena), "{\"version\":1,\"network\":\"net\",\"agent\":\"a1\",\"number\":4,\"kind\":\"none\",\"expires_ms\":1700000000000}") == 0;
    if (!holds) printf("not ok - submit: nothing\n");
    arena_finish(&arena);
    return holds;
}

/* A dry run answers with every partition's verdict; an array's answer names all of its jobs. */
static bool answers_hold(void)
{
    static struct setting setting;
    setting_init(&setting);
    setting.body.submit.dry_run = true;
    decide(&setting, "array=3");
    const char *answer = setting.test.outcome.answer;
    struct json_fault fault;
    struct json_t *json = json_read(answer, strlen(answer), &fault);
    bool holds = json_count(json_get(json, "jobs")) == 3 && json_count(json_get(json, "verdicts")) == 1 && same_text(json_text(json_get(json, "project_name")), "aura") &&
                 same_text(json_text(json_at(json_get(json, "jobs"), 0)), json_text(json_get(json, "id"))) && !json_get(json, "account");
    json_free(json);
    if (!holds) printf("not ok - submit: answer %s\n", answer);
    test_facts_finish(&setting.test);
    return holds;
}

int main(void)
{
    bool ok = true;
    for (int i = 0; ok && i < countof(table); i++) ok = row_holds(table[i].input, table[i].outcome);
    ok = ok && bytes_hold("", 1) && bytes_hold("array=3", 3) && bytes_hold("wait=after:one", 1) && bytes_hold("array=3 wait=after:one", 3) && nothing_holds() && answers_hold();
    if (ok) printf("ok - submit: %d rows, plans, instructions, answers\n", countof(table));
    return !ok;
}
