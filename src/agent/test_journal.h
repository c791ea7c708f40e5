/* SPDX-License-Identifier: EUPL-1.2 */
/* test_journal.h - for tests: a policy, two keys, a journal in memory, and instructions as a server would write them. */
#ifndef AGENT_TEST_JOURNAL_H
#define AGENT_TEST_JOURNAL_H

#include "agent/machine.h"
#include "protocol/test_instruction.h"

#include <stdio.h>
#include <string.h>

#define TEST_NOW_MS INT64_C(1700000000000)
#define TEST_HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEST_PLAN "{\"arguments\":[],\"environment\":[],\"cpus_per_task\":1,\"memory_mib\":0,\"folder\":\"\",\"output\":null,\"error\":null,\"array_index\":null,\"array_job\":null,\"array_count\":0}"

struct fixture {
    struct db            *db;
    struct agent_policy   policy;
    struct sign_key       server_key, other_key, agent_key;
    struct ulid_source    ids;
    struct agent_machine *machine;
};

static inline void fixture_init(struct fixture *site)
{
    static const char policy[] = "[agent]\nid = A\nnetwork = net\nsystem = sys\nrung = submit\n[server]\nurl = http://127.0.0.1:1\ntoken_file = t\nkey_file = k\n"
                                 "[partition gpu]\nslots = 4\n[limits]\naccelerators = 4\nwall_time_s = 600\njobs_per_day = 6\n";
    struct error error = { 0 };
    *site = (struct fixture){ 0 };
    CHECK(agent_policy_parse(policy, strlen(policy), &site->policy, &error));
    sign_key_from_seed(&site->server_key, (const unsigned char *)"0123456789abcdef0123456789abcdef");
    sign_key_from_seed(&site->other_key, (const unsigned char *)"1123456789abcdef0123456789abcdef");
    sign_key_from_seed(&site->agent_key, (const unsigned char *)"2123456789abcdef0123456789abcdef");
    ulid_source_init(&site->ids, (const uint64_t[2]){ 1, 2 });
    CHECK(db_open(&site->db, &(struct db_options){ .location = ":memory:", .cache_kib = 256 }, &error));
}

static inline void fixture_finish(struct fixture *site)
{
    agent_machine_destroy(site->machine);
    db_close(site->db);
}

/* kill -9, if there was a life before, and a new life. False: the journal failed while it was opened. */
static inline bool fixture_live(struct fixture *site, int64_t now_ms)
{
    struct agent_machine_options options = { .journal = site->db, .policy = &site->policy, .key = &site->agent_key, .boot = "boot", .sandbox = "none", .ids = &site->ids };
    struct error error;
    agent_machine_destroy(site->machine);
    site->machine = NULL;
    return agent_machine_create(&site->machine, &options, now_ms, &error);
}

static inline struct v1_instruction test_start(int64_t number, const char *job, int64_t now_ms)
{
    return (struct v1_instruction){ .version = 1, .network = id_from("net"), .agent = id_from("A"), .number = number, .kind = V1_START, .expires_ms = now_ms + 3600000,
                                    .job = id_from(job), .project = id_from("P"), .job_number = number, .name = "train", .partition = "gpu", .pieces = 2, .nodes = 1, .tasks = 1,
                                    .limit_s = 60, .grace_s = 5, .script = TEST_HASH, .held = 130, .submitted_ms = TEST_NOW_MS, .peak_gflops = 1000, .plan = TEST_PLAN };
}

static inline char *test_sign(const struct sign_key *key, const char *body, struct arena *arena)
{
    unsigned char signature[SIGNATURE_BYTES];
    char *hex = arena_take(arena, SIGNATURE_HEX + 1);
    sign(key, body, strlen(body), signature);
    hex_format(signature, sizeof signature, hex);
    return hex;
}

#endif
