/* SPDX-License-Identifier: EUPL-1.2 */
/* test_facts.h - for tests: one job of 2 pieces, 60 s and 30 s grace on lumi/gpu, with all that surrounds it, and an outcome in
 * one line: "agent 0/0/0 8; entry post 4; account debit 4 held 0; job ended completed used 4; event job.ended". */
#ifndef CORE_JOBS_TEST_FACTS_H
#define CORE_JOBS_TEST_FACTS_H

#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/jobs/job.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/rules.h"

#include <stdio.h>
#include <string.h>

#define TEST_NOW_MS INT64_C(1700000000000)
#define TEST_HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct test_facts {
    struct arena       arena;
    struct ulid_source ids;
    struct sign_key    server_key, agent_key;
    struct actor       actor;
    struct project     project;
    struct partition   partition;
    struct agent       agent;
    struct allocation  allocation;
    struct account     account, used;
    struct entry       hold;
    struct job         job;
    struct job_plan    plan;
    struct facts       facts;
    struct outcome     outcome;
};

/* The job waits; its instruction has number 3, and the agent has been sent 3 and has taken 2. */
static inline void test_facts_init(struct test_facts *test)
{
    *test = (struct test_facts){ 0 };
    crypto_start();
    arena_init(&test->arena, 64 * 1024 * 1024);
    ulid_source_init(&test->ids, (const uint64_t[2]){ 1, 2 });
    sign_key_from_seed(&test->server_key, (const unsigned char *)"0123456789abcdef0123456789abcdef");
    sign_key_from_seed(&test->agent_key, (const unsigned char *)"2123456789abcdef0123456789abcdef");
    char *public = arena_take(&test->arena, HASH_HEX + 1);
    hex_format(test->agent_key.public, SIGN_PUBLIC_BYTES, public);
    test->actor = (struct actor){ .id = id_from("ana"), .kind = 1 };
    test->project = (struct project){ .id = id_from("aura"), .name = "aura", .title = "t", .organisation = id_from("org"), .purpose = "p", .open = true, .last_job = 17, .live_jobs = 1 };
    test->partition = (struct partition){ .id = id_from("lumi/gpu"), .system = id_from("lumi"), .name = "gpu", .slots = 8, .nodes = 2, .slots_per_node = 4, .peak_gflops = 1000,
                                          .limit_max_s = 7200, .grace_s = 30, .open = true, .demo = true, .pool = id_from("pool"), .used = id_from("used") };
    test->agent = (struct agent){ .id = id_from("a1"), .system = id_from("lumi"), .public_key = public, .issued = 3, .sent = 3, .taken = 2, .journal = "j", .observed = 7 };
    test->allocation = (struct allocation){ .id = id_from("allocation"), .project = test->project.id, .partition = test->partition.id, .account = id_from("account"),
                                            .starts_ms = TEST_NOW_MS - 1000, .ends_ms = TEST_NOW_MS + 1000 };
    test->account = (struct account){ .id = id_from("account"), .partition = test->partition.id, .kind = ACCOUNT_ALLOCATION, .project = test->project.id, .credit = 1000, .held = 180 };
    test->used = (struct account){ .id = id_from("used"), .partition = test->partition.id, .kind = ACCOUNT_USED };
    test->hold = (struct entry){ .id = id_from("hold"), .kind = ENTRY_HOLD, .from_account = test->account.id, .to_account = test->used.id, .amount = 180, .job = id_from("job") };
    test->job = (struct job){ .id = id_from("job"), .project = test->project.id, .number = 17, .submitter = id_from("ana"), .partition = test->partition.id, .system = test->partition.system,
                              .state = JOB_WAITING, .name = "train", .script = TEST_HASH, .pieces = 2, .nodes = 1, .tasks = 1, .limit_s = 60, .grace_s = 30,
                              .allocation = test->allocation.id, .account = test->account.id, .hold = test->hold.id, .held = 180, .placement = id_from("placement"), .instruction = 3,
                              .submitted_ms = TEST_NOW_MS - 500 };
    test->plan = (struct job_plan){ test->job.id, "{}" };
    test->facts = (struct facts){ .now_ms = TEST_NOW_MS, .arena = &test->arena, .ids = &test->ids, .server_key = &test->server_key, .network = "net", .actor = &test->actor, .there = true,
                                  .partition = &test->partition, .agent = &test->agent, .project = &test->project, .allocation = &test->allocation, .account = &test->account,
                                  .used = &test->used, .hold = &test->hold, .job = &test->job, .plan = &test->plan };
    test->outcome = (struct outcome){ .arena = &test->arena };
}

static inline void test_facts_finish(struct test_facts *test) { arena_finish(&test->arena); }

static inline void test_describe_change(const struct change *change, struct text *out)
{
    const char *name = change->shape->name;
    text_add(out, change->kind == CHANGE_PUT ? "" : "+");
    if (change->shape == &agent_shape) {
        const struct agent *agent = change->row;
        text_add_format(out, "agent %lld/%lld/%lld %lld", (long long)agent->issued, (long long)agent->sent, (long long)agent->taken, (long long)agent->observed);
    } else if (change->shape == &entry_shape) {
        const struct entry *entry = change->row;
        text_add_format(out, "%s %lld", word_name(&entry_kind_words, (int)entry->kind), (long long)entry->amount);
    } else if (change->shape == &account_shape) {
        const struct account *account = change->row;
        text_add_format(out, "%s %lld-%lld-%lld", word_name(&account_kind_words, (int)account->kind), (long long)account->credit, (long long)account->debit, (long long)account->held);
    } else if (change->shape == &project_shape) {
        const struct project *project = change->row;
        text_add_format(out, "project %lld/%lld", (long long)project->live_jobs, (long long)project->last_job);
    } else if (change->shape == &instruction_shape) {
        const struct instruction *instruction = change->row;
        text_add_format(out, "%s#%lld", word_name(&instruction_kind_words, (int)instruction->kind), (long long)instruction->number);
    } else if (change->shape == &job_shape) {
        const struct job *job = change->row;
        text_add_format(out, "job %s", word_name(&job_state_words, (int)job->state));
        if (job->ended_as) text_add_format(out, " %s %lld", word_name(&job_end_words, (int)job->ended_as), (long long)job->used);
        if (job->cancel_asked) text_add(out, " asked");
    } else {
        text_add(out, name);
    }
}

/* Refusals with their arguments; else changes, then events, then the status if it isn't 200. */
static inline char *test_describe(const struct outcome *outcome, struct arena *arena)
{
    struct text out;
    const struct refusal *refusal = &outcome->refusal;
    text_init(&out, arena);
    if (refusal->code) {
        text_add(&out, refusal_code_text(refusal->code));
        for (int i = 0; i < ARGUMENTS_MAX && refusal->arguments[i].kind; i++) {
            text_add_char(&out, ' ');
            if (refusal->arguments[i].kind == ARGUMENT_NAME) text_add(&out, refusal->arguments[i].text);
            else text_add_number(&out, refusal->arguments[i].number);
        }
        return out.bytes;
    }
    for (int i = 0; i < outcome->change_count; i++) {
        if (i) text_add(&out, "; ");
        test_describe_change(&outcome->changes[i], &out);
    }
    for (int i = 0; i < outcome->event_count; i++) text_add_format(&out, "%s!%s", i || outcome->change_count ? " " : "", outcome->events[i].name);
    return out.length ? out.bytes : arena_text(arena, "-");
}

/* Every event's payload is one JSON object, whatever stood in the texts that it was made of. */
static inline bool test_payloads_are_json(const struct outcome *outcome)
{
    for (int i = 0; i < outcome->event_count; i++) {
        struct json_fault fault;
        struct json_t *json = json_read(outcome->events[i].payload, strlen(outcome->events[i].payload), &fault);
        bool object = json_holds_object(json);
        json_free(json);
        if (!object) return false;
    }
    return true;
}

/* A number in an event's payload; -1: there is none. */
static inline int64_t test_payload_number(const struct outcome *outcome, const char *event, const char *name)
{
    int64_t number = -1;
    for (int i = 0; i < outcome->event_count; i++) {
        struct json_fault fault;
        if (strcmp(outcome->events[i].name, event) != 0) continue;
        struct json_t *json = json_read(outcome->events[i].payload, strlen(outcome->events[i].payload), &fault);
        json_number(json_get(json, name), &number);
        json_free(json);
    }
    return number;
}

/* The row that the outcome would write last into this table; NULL: none. */
static inline const void *test_row(const struct outcome *outcome, const struct shape *shape)
{
    for (int i = outcome->change_count; i > 0; i--)
        if (outcome->changes[i - 1].shape == shape) return outcome->changes[i - 1].row;
    return NULL;
}

#endif
