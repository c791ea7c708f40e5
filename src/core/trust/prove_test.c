/* SPDX-License-Identifier: EUPL-1.2 */
/* prove_test.c - one row a case: a job record that isn't what it says, then checkpoints out of their order. The job ran for
 * 1,999 ms on 2 pieces of lumi/gpu and completed; the trail has 50 events, the newest checkpoint is for 40. */
#include "core/jobs/test_facts.h"
#include "core/trust/checkpoint.h"
#include "core/trust/export.h"
#include "core/trust/record.h"

#include <stdlib.h>

static const struct { const char *fault, *outcome; } record_table[] = {
    { "-",         "agent 3/3/2 8; job ended completed 4; +job_record !job.recorded" },
    { "job",       "no such job at this system" },
    { "twice",     "the job has a record already" },
    { "running",   "the job hasn't ended" },
    { "key",       "the agent's signature doesn't hold" },
    { "signature", "the agent's signature doesn't hold" },
    { "nosignature", "the agent's signature doesn't hold" },
    { "changed",   "the agent's signature doesn't hold" },
    { "garbage",   "the record isn't well-formed" },
    { "otherjob",  "the record speaks of another job" },
    { "project",   "the record speaks of another job" },
    { "agent",     "the record speaks of another job" },
    { "system",    "the record contradicts what was observed" },
    { "partition", "the record contradicts what was observed" },
    { "script",    "the record contradicts what was observed" },
    { "folder",    "the record contradicts what was observed" },
    { "pieces",    "the record contradicts what was observed" },
    { "ran",       "the record contradicts what was observed" },
    { "end",       "the record contradicts what was observed" },
    { "refused",   "the record contradicts what was observed" },
    { "repeated",  "-" },
    { "gap",       "observation-gap 8" },
    { "journal",   "observation-gap 1" },
};

static char *reason_of(const struct outcome *outcome)
{
    struct json_fault fault;
    struct json_t *json = json_read(outcome->events[0].payload, strlen(outcome->events[0].payload), &fault);
    char *why = arena_text(outcome->arena, json_text(json_get(json, "why")));
    json_free(json);
    return why;
}

/* The body that the agent signs, with the row's fault in it. */
static const char *body_of(const struct test_facts *test, const char *fault, struct arena *arena)
{
    struct record_facts facts = { .job = test->job.id, .project = test->job.project, .number = 17, .system = test->job.system, .partition = test->job.partition, .agent = test->agent.id, .name = "train",
                                  .folder = "ff", .submitted_ms = TEST_NOW_MS, .started_ms = TEST_NOW_MS, .ended_ms = TEST_NOW_MS, .ran_ms = 1999, .pieces = 2, .peak_gflops = 1000,
                                  .end = OBSERVED_COMPLETED, .sandbox = "none" };
    CHECK(hex_parse(TEST_HASH, facts.script.bytes, HASH_BYTES));
    if (strcmp(fault, "otherjob") == 0) facts.job = id_from("other");
    if (strcmp(fault, "project") == 0) facts.project = id_from("boreas");
    if (strcmp(fault, "agent") == 0) facts.agent = id_from("a2");
    if (strcmp(fault, "system") == 0) facts.system = id_from("leonardo");
    if (strcmp(fault, "partition") == 0) facts.partition = id_from("lumi/cpu");
    if (strcmp(fault, "script") == 0) facts.script.bytes[0]++;
    if (strcmp(fault, "folder") == 0) facts.folder = NULL;
    if (strcmp(fault, "pieces") == 0) facts.pieces = 3;
    if (strcmp(fault, "ran") == 0) facts.ran_ms = 1998;
    if (strcmp(fault, "end") == 0) facts.end = OBSERVED_FAILED;
    return strcmp(fault, "garbage") == 0 ? "{\"version\":1}" : record_format(&facts, arena);
}

static void prove(struct test_facts *test, const char *fault)
{
    static char signature[SIGNATURE_HEX + 1];
    static const struct job_record before;
    const char *body = body_of(test, fault, &test->arena);
    record_sign(body, strcmp(fault, "key") == 0 ? &test->server_key : &test->agent_key, signature);
    if (strcmp(fault, "signature") == 0) signature[0] = signature[0] == '0' ? '1' : '0';
    if (strcmp(fault, "nosignature") == 0) signature[0] = 0;
    if (strcmp(fault, "changed") == 0) body = arena_format(&test->arena, "%s ", body);
    if (strcmp(fault, "job") == 0) test->facts.job = NULL;
    if (strcmp(fault, "twice") == 0) test->facts.record = &before;
    if (strcmp(fault, "running") == 0) test->job.state = JOB_RUNNING;
    if (strcmp(fault, "refused") == 0) test->job.ended_as = JOB_END_REFUSED;
    struct job_record_add add = { test->agent.id, strcmp(fault, "journal") == 0 ? "k" : "j", strcmp(fault, "repeated") == 0 ? 7 : strcmp(fault, "gap") == 0 ? 9 : 8, test->job.id, body, signature };
    job_record_decide(&(struct command){ .body = &add }, &test->facts, &test->outcome);
}

/* The row can be checked by anybody, and the job names it by its hash. */
static bool proof_holds(const struct test_facts *test)
{
    const struct job_record *record = test_row(&test->outcome, &job_record_shape);
    const struct job *job = test_row(&test->outcome, &job_shape);
    char hex[HASH_HEX + 1];
    if (!record) return true;
    struct hash hash = record_hash(record->body);
    hex_format(hash.bytes, HASH_BYTES, hex);
    return record_is_signed(record) && record_is_countersigned(record, test->outcome.arena) && strcmp(job->evidence, hex) == 0 && id_equal(record->project, job->project) &&
           strcmp(record->agent_key, test->agent.public_key) == 0 && strcmp(test->outcome.events[0].payload, arena_format(test->outcome.arena, "{\"record\":\"%s\"}", hex)) == 0;
}

static bool record_row_holds(const char *fault, const char *wanted)
{
    static struct test_facts test;
    test_facts_init(&test);
    test.job.state = JOB_ENDED, test.job.ended_as = JOB_END_COMPLETED, test.job.used = 4, test.job.ran_ms = 1999, test.job.folder = "ff";
    prove(&test, fault);
    const char *got = test_describe(&test.outcome, &test.arena);
    if (strcmp(got, "agent 3/3/2 8 !observation.quarantined") == 0) got = reason_of(&test.outcome);
    bool holds = strcmp(got, wanted) == 0, proof = proof_holds(&test);
    if (!holds || !proof) printf("not ok - prove: record %s: got %s%s\n", fault, got, proof ? "" : " (proof differs)");
    test_facts_finish(&test);
    return holds && proof;
}

/* size, whose key, which network, newest before | outcome */
static const struct { const char *input, *outcome; } checkpoint_table[] = {
    { "41 server net 40", "+checkpoint" },
    { "50 server net 40", "+checkpoint" },
    { "1 server net 0",   "+checkpoint" },
    { "51 server net 40", "log-range 50" },
    { "40 server net 40", "checkpoint-stale 40" },
    { "39 server net 40", "checkpoint-stale 40" },
    { "41 agent net 40",  "log-range 50" },
    { "41 server other 40", "log-range 50" },
    { "41 bent net 40",   "log-range 50" },
};

static bool checkpoint_row_holds(const char *input, const char *wanted)
{
    static struct test_facts test;
    char signer[10], network[10];
    int size, newest;
    CHECK(sscanf(input, "%d %9s %9s %d", &size, signer, network, &newest) == 4);
    test_facts_init(&test);
    struct merkle tree = { 0 };
    for (int i = 0; i < size; i++) {
        struct hash leaf = merkle_leaf("x", 1);
        merkle_add(&tree, &leaf);
    }
    struct checkpoint before = { .size = newest }, checkpoint;
    checkpoint_sign(&checkpoint, network, &tree, TEST_NOW_MS, strcmp(signer, "agent") == 0 ? &test.agent_key : &test.server_key, &test.arena);
    if (strcmp(signer, "bent") == 0) checkpoint.at_ms++;
    test.facts.event_count = 50;
    test.facts.checkpoint = newest ? &before : NULL;
    audit_checkpoint_decide(&(struct command){ .body = &checkpoint }, &test.facts, &test.outcome);
    const char *got = test_describe(&test.outcome, &test.arena);
    bool holds = strcmp(got, wanted) == 0;
    if (!holds) printf("not ok - prove: checkpoint %s: got %s\n", input, got);
    test_facts_finish(&test);
    return holds;
}

int main(void)
{
    bool ok = true;
    for (int i = 0; ok && i < countof(record_table); i++) ok = record_row_holds(record_table[i].fault, record_table[i].outcome);
    for (int i = 0; ok && i < countof(checkpoint_table); i++) ok = checkpoint_row_holds(checkpoint_table[i].input, checkpoint_table[i].outcome);
    if (ok) printf("ok - prove: %d records, %d checkpoints\n", countof(record_table), countof(checkpoint_table));
    return !ok;
}
