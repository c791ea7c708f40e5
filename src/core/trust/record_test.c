/* SPDX-License-Identifier: EUPL-1.2 */
/* record_test.c - computed figures, the exact bytes of a record, what isn't taken as one, and both signatures bent. */
#include "core/trust/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int fails(const char *what, const char *row)
{
    printf("not ok - record: %s: %s\n", what, row);
    return 1;
}

static const char *const figure_table[] = {
    /* pieces peak_gflops ran_ms | piece_seconds flop_upper_bound */
    "8       989400      3600000    28800   28494720000000000000",
    "1       1           1          1       1000000",
    "1       1           0          0       0",
    "1       0           5000       5       unknown",
    "3       383000      1001       6       1150149000000000",
    "4       1           1000       4       4000000000",
    "100000  2500000     31536000000 3153600000000 7884000000000000000000000000",
    "1000000 9007199254740991 31622400000 31622400000000 284829257713121513798400000000000000000",
};

static int figures_fail(struct arena *arena)
{
    for (int i = 0; i < countof(figure_table); i++) {
        int64_t pieces, peak_gflops, ran_ms, piece_s;
        char flop[80];
        CHECK(sscanf(figure_table[i], "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %79s", &pieces, &peak_gflops, &ran_ms, &piece_s, flop) == 5);
        if (record_access_piece_s(pieces, ran_ms) != piece_s || strcmp(record_flop_upper_bound(pieces, peak_gflops, ran_ms, arena), flop) != 0)
            return fails(record_flop_upper_bound(pieces, peak_gflops, ran_ms, arena), figure_table[i]);
    }
    printf("ok - record figures: %d rows\n", countof(figure_table));
    return 0;
}

static const struct record_output outputs[] = {
    { .path = "a \"b\".txt", .size_bytes = 3 }, { .path = "out/weights.bin", .size_bytes = 5000000000, .hash = { { 0xab, 1 } } },
};

static struct record_facts facts_full(void)
{
    return (struct record_facts){
        .job = id_from("01J1"), .project = id_from("aura"), .number = 17, .system = id_from("lumi"), .partition = id_from("lumi/gpu"), .agent = id_from("agent-lumi"),
        .demo = true, .name = "train", .script = { { 1, 2, 3 } }, .folder = "ff", .outputs = outputs, .output_count = 2, .outputs_left_out = 2, .has_log = true, .log_size_bytes = 12,
        .log = { { 9 } }, .submitted_ms = 1763635725000, .started_ms = 1763635726001, .ended_ms = 1763635728000, .ran_ms = 1999, .pieces = 2, .peak_gflops = 383000,
        .end = OBSERVED_COMPLETED, .cpu_ms = 3900, .memory_max_bytes = 1048576, .sandbox = "bubblewrap, no network" };
}

static const char full_body[] =
    "{\"version\":1,\"job\":\"01J1\",\"project\":\"aura\",\"number\":17,\"system\":\"lumi\",\"partition\":\"lumi/gpu\",\"agent\":\"agent-lumi\",\"demo\":true,\"name\":\"train\","
    "\"script\":\"0102030000000000000000000000000000000000000000000000000000000000\",\"folder\":\"ff\",\"outputs\":["
    "{\"path\":\"a \\\"b\\\".txt\",\"size_bytes\":3,\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"},"
    "{\"path\":\"out/weights.bin\",\"size_bytes\":5000000000,\"sha256\":\"ab01000000000000000000000000000000000000000000000000000000000000\"}],"
    "\"outputs_left_out\":2,\"log\":{\"size_bytes\":12,\"sha256\":\"0900000000000000000000000000000000000000000000000000000000000000\"},"
    "\"submitted\":\"2025-11-20T10:48:45.000Z\",\"started\":\"2025-11-20T10:48:46.001Z\",\"ended\":\"2025-11-20T10:48:48.000Z\",\"ran_ms\":1999,\"pieces\":2,"
    "\"access_time\":{\"piece_seconds\":4,\"formula\":\"pieces x seconds, a begun second counted whole\"},"
    "\"flop_upper_bound\":{\"value\":\"1531234000000000\",\"formula\":\"pieces x peak_gflops x 1e9 x seconds\",\"peak_gflops\":383000},"
    "\"energy\":{\"measured\":false},\"end\":\"completed\",\"exit_code\":0,\"signal\":0,\"cpu_ms\":3900,\"memory_max_bytes\":1048576,\"sandbox\":\"bubblewrap, no network\"}";

static const char bare_body[] =
    "{\"version\":1,\"job\":\"01J1\",\"project\":\"aura\",\"number\":17,\"system\":\"lumi\",\"partition\":\"lumi/gpu\",\"agent\":\"agent-lumi\",\"demo\":true,\"name\":\"train\","
    "\"script\":\"0102030000000000000000000000000000000000000000000000000000000000\",\"folder\":null,\"outputs\":[],\"outputs_left_out\":2,\"log\":null,"
    "\"submitted\":\"2025-11-20T10:48:45.000Z\",\"started\":null,\"ended\":\"2025-11-20T10:48:48.000Z\",\"ran_ms\":null,\"pieces\":2,"
    "\"access_time\":{\"piece_seconds\":null,\"formula\":\"pieces x seconds, a begun second counted whole\"},"
    "\"flop_upper_bound\":{\"value\":\"unknown\",\"formula\":\"pieces x peak_gflops x 1e9 x seconds\",\"peak_gflops\":null},"
    "\"energy\":{\"measured\":false},\"end\":\"lost\",\"exit_code\":null,\"signal\":null,\"cpu_ms\":null,\"memory_max_bytes\":null,\"sandbox\":\"bubblewrap, no network\"}";

static int bytes_fail(struct arena *arena)
{
    struct record_facts facts = facts_full();
    struct record_claim claim;
    char *body = record_format(&facts, arena);
    if (strcmp(body, full_body) != 0) return fails("bytes", body);
    if (!record_parse(body, arena, &claim) || !id_equal(claim.job, facts.job) || !id_equal(claim.project, facts.project) || !id_equal(claim.system, facts.system) ||
        !id_equal(claim.partition, facts.partition) || !id_equal(claim.agent, facts.agent) || strncmp(claim.script, "0102030", 7) != 0 ||
        strcmp(claim.folder, "ff") != 0 || claim.pieces != 2 || claim.ran_ms != 1999 || claim.end != OBSERVED_COMPLETED) return fails("claim", body);

    facts.folder = NULL, facts.output_count = 0, facts.has_log = false, facts.started_ms = 0, facts.ran_ms = 0, facts.peak_gflops = 0, facts.end = OBSERVED_LOST;
    body = record_format(&facts, arena);
    if (strcmp(body, bare_body) != 0) return fails("bytes", body);
    if (!record_parse(body, arena, &claim) || claim.folder || claim.end != OBSERVED_LOST) return fails("claim", body);
    printf("ok - record bytes: 2 records\n");
    return 0;
}

/* The largest record that the limits allow has room in a body. */
static int largest_fails(struct arena *arena)
{
    struct record_output *many = arena_take(arena, sizeof *many * RECORD_OUTPUTS_MAX);
    for (int i = 0; i < RECORD_OUTPUTS_MAX; i++) {
        char *path = arena_take(arena, 256);
        memset(path, '"', 255);
        path[252] = (char)('0' + i / 100), path[253] = (char)('0' + i / 10 % 10), path[254] = (char)('0' + i % 10);
        many[i] = (struct record_output){ .path = path, .size_bytes = NUMBER_MAX };
    }
    struct record_facts facts = facts_full();
    char *words = arena_take(arena, RECORD_SANDBOX_MAX + 1), *name = arena_take(arena, 201);
    memset(words, '"', RECORD_SANDBOX_MAX);
    memset(name, '"', 200);
    facts.outputs = many, facts.output_count = RECORD_OUTPUTS_MAX, facts.sandbox = words, facts.name = name;
    size_t length = strlen(record_format(&facts, arena));
    struct record_claim claim;
    if (length > RECORD_BODY_MAX || !record_parse(record_format(&facts, arena), arena, &claim)) return fails("largest", "");
    printf("ok - record: the largest has %zu bytes\n", length);
    return 0;
}

static const char *const refused_bodies[] = {
    "", "{}", "[]", "null", "{\"version\":1}",
#define BODY(version, job, script, pieces, end) \
    "{\"version\":" version ",\"job\":" job ",\"project\":\"p\",\"system\":\"s\",\"partition\":\"s/p\",\"agent\":\"a\",\"script\":" script ",\"pieces\":" pieces ",\"ran_ms\":1,\"end\":" end "}"
    BODY("2", "\"j\"", "\"s\"", "1", "\"failed\""), BODY("\"1\"", "\"j\"", "\"s\"", "1", "\"failed\""), BODY("1", "\"\"", "\"s\"", "1", "\"failed\""),
    BODY("1", "7", "\"s\"", "1", "\"failed\""), BODY("1", "\"j\"", "null", "1", "\"failed\""), BODY("1", "\"j\"", "\"s\"", "1.5", "\"failed\""),
    BODY("1", "\"j\"", "\"s\"", "1", "\"fine\""), BODY("1", "\"j\"", "\"s\"", "1", "null"), BODY("1", "\"j\",\"job\":\"k\"", "\"s\"", "1", "\"failed\""),
    BODY("1", "\"0123456789012345678901234567890123456789012345678\"", "\"s\"", "1", "\"failed\""), BODY("1", "\"j\"", "\"s\"", "1", "\"failed\"") "x",
};

static int refused_fail(struct arena *arena)
{
    struct record_claim claim;
    if (!record_parse(BODY("1", "\"j\"", "\"s\"", "1", "\"failed\""), arena, &claim)) return fails("refused", "the good one");
    for (int i = 0; i < countof(refused_bodies); i++)
        if (record_parse(refused_bodies[i], arena, &claim)) return fails("taken", refused_bodies[i]);
    printf("ok - record: %d bodies refused\n", countof(refused_bodies));
    return 0;
}

/* what is bent | agent's signature holds, server's holds */
static const char *const bent[] = {
    "nothing          yes yes", "body             no  no", "agent_key        no  no", "agent_signature  no  no", "server_key       yes no", "server_signature yes no",
    "swapped          no  no", /* the server's key and signature in the agent's place */
};

static bool bent_row_holds(const char *row, const struct job_record *good, struct arena *arena)
{
    struct job_record record = *good;
    char what[30], agent[5], server[5], *texts[5];
    const char **members[] = { &record.body, &record.agent_key, &record.agent_signature, &record.server_key, &record.server_signature };
    static const char *const names[] = { "body", "agent_key", "agent_signature", "server_key", "server_signature" };
    CHECK(sscanf(row, "%29s %4s %4s", what, agent, server) == 3);
    for (int i = 0; i < countof(members); i++) {
        texts[i] = arena_text(arena, *members[i]);
        if (strcmp(what, names[i]) == 0) texts[i][5] = texts[i][5] == '0' ? '1' : '0';
        *members[i] = texts[i];
    }
    if (strcmp(what, "swapped") == 0) record.agent_key = record.server_key, record.agent_signature = record.server_signature;
    return record_is_signed(&record) == (*agent == 'y') && record_is_countersigned(&record, arena) == (*server == 'y');
}

static int signatures_fail(struct arena *arena)
{
    static const unsigned char seeds[2][SIGN_SEED_BYTES] = { "seed of an agent, not secret...", "seed of a server, not secret..." };
    struct sign_key agent, server;
    struct record_facts facts = facts_full();
    char key[HASH_HEX + 1], signature[SIGNATURE_HEX + 1];
    sign_key_from_seed(&agent, seeds[0]);
    sign_key_from_seed(&server, seeds[1]);
    hex_format(agent.public, SIGN_PUBLIC_BYTES, key);
    struct job_record record = { .job = facts.job, .project = facts.project, .body = record_format(&facts, arena), .agent_key = key };
    record_sign(record.body, &agent, signature);
    record.agent_signature = signature;
    record_countersign(&record, &server, arena);
    for (int i = 0; i < countof(bent); i++)
        if (!bent_row_holds(bent[i], &record, arena)) return fails("signatures", bent[i]);
    printf("ok - record signatures: %d rows\n", countof(bent));
    return 0;
}

int main(void)
{
    struct arena arena;
    crypto_start();
    arena_init(&arena, (size_t)8 << 20);
    int failed = figures_fail(&arena) || bytes_fail(&arena) || largest_fails(&arena) || refused_fail(&arena) || signatures_fail(&arena);
    arena_finish(&arena);
    return failed;
}
