/* SPDX-License-Identifier: EUPL-1.2 */
/* export_test.c - a good export of two server keys, three records and three checkpoints; every structural forgery by name,
 * and 1,000 random single-bit flips, each of which must be found. */
#include "core/trust/export.h"

#include "base/rng.h"
#include "core/trust/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 64, EVENTS = 30 };
struct lines { char *line[LINES_MAX]; int count; };

/* 1 header | 2-6 events 1-5 | 7 checkpoint | 8-11 events 6-9 | 12 record | 13-20 events 10-17 | 21 record | 22 checkpoint |
 * 23-34 events 18-29 | 35 record | 36 event 30 | 37 checkpoint. The last record and checkpoint are signed by the newer key. */
struct builder {
    struct arena   *arena;
    struct sign_key old_key, new_key, agent_key, thief_key;
    char            old_hex[HASH_HEX + 1], new_hex[HASH_HEX + 1], agent_hex[HASH_HEX + 1], thief_hex[HASH_HEX + 1];
    struct merkle   tree;
    struct lines    lines;
};

static void key_make(struct sign_key *key, char *hex, unsigned char first)
{
    unsigned char seed[SIGN_SEED_BYTES] = { first };
    sign_key_from_seed(key, seed);
    hex_format(key->public, SIGN_PUBLIC_BYTES, hex);
}

static void line_add(struct lines *lines, char *line)
{
    CHECK(lines->count < LINES_MAX);
    lines->line[lines->count++] = line;
}

static void checkpoint_add(struct builder *builder, const struct sign_key *key)
{
    struct checkpoint checkpoint;
    checkpoint_sign(&checkpoint, "eu-demo", &builder->tree, 1763635725000 + (int64_t)builder->tree.size, key, builder->arena);
    line_add(&builder->lines, export_checkpoint(&checkpoint, builder->arena));
}

static char *body_of(struct builder *builder, const char *job)
{
    struct record_facts facts = { .job = id_from(job), .project = id_from("aura"), .number = 1, .system = id_from("lumi"), .partition = id_from("lumi/gpu"),
                                  .agent = id_from("agent"), .name = "a \"name\"\n\x7f", .ran_ms = 1500, .pieces = 2, .sandbox = "none" };
    return record_format(&facts, builder->arena);
}

static void event_add(struct builder *builder, const char *name, const char *subject, const char *payload)
{
    struct event event = { .sequence = (int64_t)builder->tree.size + 1, .at_ms = 1763635725000, .version = 1, .name = name, .actor = id_from("ana"),
                           .subject = id_from(subject), .scope = "project:aura", .command = "ana quote\"d", .payload = payload };
    struct hash leaf = leaf_of(&event, builder->arena);
    merkle_add(&builder->tree, &leaf);
    line_add(&builder->lines, event_leaf_bytes(&event, builder->arena));
}

static char *record_line(struct builder *builder, const char *job, const char *project, const char *body, const struct sign_key *agent, const struct sign_key *server)
{
    char agent_hex[HASH_HEX + 1], signature[SIGNATURE_HEX + 1];
    hex_format(agent->public, SIGN_PUBLIC_BYTES, agent_hex);
    record_sign(body, agent, signature);
    struct job_record record = { .job = id_from(job), .project = id_from(project), .body = body, .agent_key = agent_hex, .agent_signature = signature };
    record_countersign(&record, server, builder->arena);
    return export_record(&record, builder->arena);
}

static void recorded_add(struct builder *builder, const char *job, const struct sign_key *server)
{
    const char *body = body_of(builder, job);
    event_add(builder, RECORDED_EVENT, job, export_recorded_payload(body, builder->arena));
    line_add(&builder->lines, record_line(builder, job, "aura", body, &builder->agent_key, server));
}

static void build(struct builder *builder, struct arena *arena)
{
    *builder = (struct builder){ .arena = arena };
    key_make(&builder->old_key, builder->old_hex, 1);
    key_make(&builder->new_key, builder->new_hex, 2);
    key_make(&builder->agent_key, builder->agent_hex, 3);
    key_make(&builder->thief_key, builder->thief_hex, 4);
    line_add(&builder->lines, export_header("eu-demo", (const char *const[]){ builder->old_hex, builder->new_hex }, 2, arena));
    for (int i = 1; i <= EVENTS; i++) {
        if (i == 9) recorded_add(builder, "job9", &builder->old_key);
        else if (i == 17) recorded_add(builder, "job17", &builder->old_key);
        else if (i == 29) recorded_add(builder, "job29", &builder->new_key);
        else event_add(builder, "job.submitted", "job", arena_format(arena, "{\"pieces\":%d,\"words\":\"some \\\"more\\\" bytes to flip\"}", i));
        if (i == 5 || i == 17) checkpoint_add(builder, &builder->old_key);
        if (i == EVENTS) checkpoint_add(builder, &builder->new_key);
    }
}

static bool verify(struct audit_verifier *verifier, const struct lines *lines, const char *const *trusted, int trusted_count)
{
    audit_verify_init(verifier, trusted, trusted_count);
    for (int i = 0; i < lines->count; i++) audit_verify_line(verifier, lines->line[i], strlen(lines->line[i]));
    bool good = audit_verify_end(verifier);
    audit_verify_finish(verifier);
    return good;
}

static int good_fails(const struct builder *builder)
{
    struct audit_verifier verifier;
    struct hash root = merkle_root(&builder->tree);
    const char *const trusted[] = { builder->new_hex, builder->old_hex };
    for (int i = 0; i < 2; i++) {
        bool good = verify(&verifier, &builder->lines, trusted, i ? countof(trusted) : 0);
        if (good && verifier.lines == 37 && verifier.events == EVENTS && verifier.checkpoints == 3 && verifier.records == 3 && verifier.signed_size == EVENTS &&
            verifier.signed_at_ms == 1763635725030 && hash_equal(&verifier.signed_root, &root) && strcmp(verifier.network, "eu-demo") == 0) continue;
        printf("not ok - audit: the good export: line %d: %s\n", (int)verifier.failed_line, verifier.failure);
        return 1;
    }
    printf("ok - audit: %d lines of a good export\n", builder->lines.count);
    return 0;
}

static void lines_drop(struct lines *lines, int at)
{
    memmove(&lines->line[at - 1], &lines->line[at], sizeof lines->line[0] * (size_t)(lines->count - at));
    lines->count--;
}

static void lines_insert(struct lines *lines, int at, char *line)
{
    line_add(lines, NULL);
    memmove(&lines->line[at], &lines->line[at - 1], sizeof lines->line[0] * (size_t)(lines->count - at));
    lines->line[at - 1] = line;
}

static void replace(struct lines *lines, int at, const char *from, const char *to, struct arena *arena)
{
    char *line = lines->line[at - 1], *found = strstr(line, from);
    CHECK(found);
    lines->line[at - 1] = arena_format(arena, "%.*s%s%s", (int)(found - line), line, to, found + strlen(from));
}

/* Somebody with the file and keys of his own, but not the server's. Rows: the act | line of the failure, words in its sentence. */
static const char *const forgeries[] = {
    "drop 1                       | 1  isn't the header",
    "drop 2                       | 2  event 2 stands where event 1 must",
    "drop 6                       | 6  a checkpoint over 5 events stands behind event 4",
    "drop 7                       | 0  ",                                       /* a checkpoint less: the next covers its events too */
    "drop 12                      | 12 the record of job job9 is missing",
    "drop 11                      | 11 the record of job job9 doesn't follow an event",
    "drop 37                      | 36 events 18 to 30 stand behind the last checkpoint",
    "cut 0                        | 0  there is nothing to verify",
    "cut 1                        | 1  no checkpoint",
    "cut 22                       | 22 which signed nothing here",               /* the past alone, under today's header */
    "cut 34                       | 34 the record of job job29 is missing",
    "swap 3 4                     | 3  event 3 stands where event 2 must",
    "swap 12 21                   | 12 the record of job job17 stands where that of job job9 must",
    "swap 22 37                   | 22 a checkpoint over 30 events stands behind event 17",
    "repeat 3                     | 4  event 2 stands where event 3 must",
    "repeat 1                     | 2  neither an event",
    "repeat 7                     | 8  two checkpoints stand for 5 events",
    "repeat 12                    | 13 the record of job job9 doesn't follow an event",
    "edit 3 \"pieces\":2 \"pieces\":3 | 7  aren't those that were signed",
    "edit 3 ana eve               | 7  aren't those that were signed",
    "edit 3 1763635725000 1763635725001 | 7 aren't those that were signed",
    "edit 3 project:aura public   | 7  aren't those that were signed",
    "edit 3 :2, :02,              | 3  isn't an event in its canonical form",
    "edit 3 :2, :-2,              | 3  isn't an event in its canonical form",
    "edit 3 \"sequence\" \"Sequence\" | 3 neither an event",
    "edit 11 \"record\":\" \"record\":\"00 | 11 not which record",
    "edit 11 \"record\" \"word\"  | 11 not which record",
    "edit 11 job9 job8            | 12 the record of job job9 stands where that of job job8 must",
    "edit 12 \"job\":\"job9\" \"job\":\"job9\",\"x\":1 | 12 isn't a job record in its canonical form",
    "edit 12 \"job\": \"job\":\\u0020 | 12 isn't a job record in its canonical form",
    "edit 12 \"project\":\"aura\" \"project\":\"bora\" | 12 speaks of another job",
    "edit 12 :1500, :1400,        | 12 isn't the one that event 9 names",
    "edit 7 \"size\":5 \"size\":6 | 7  a checkpoint over 6 events stands behind event 5",
    "edit 7 1763635725005 1763635725006 | 7 the signature of the checkpoint over 5 events",
    "edit 7 }} }}x                | 7  isn't a checkpoint in its canonical form",
    "edit 1 eu-demo eu-real       | 7  the signature of the checkpoint over 5 events",
    "edit 1 audit_export\":1 audit_export\":2 | 1 isn't the header",
    "thief's agent                | 12 isn't the one that event 9 names",          /* his own body, well signed by his own agent */
    "careless server              | 12 the agent's signature of the record of job job9 doesn't hold", /* signed what no agent had signed */
    "thief's signature            | 12 the record of job job9 is countersigned by a key that the header doesn't name",
    "thief's checkpoint           | 7  signed by a key that the header doesn't name",
    "thief's log                  | 0  ",                                       /* whole in itself: whose it is, only a trusted key tells */
    "thief's log, keys known      | 1  isn't one of the trusted ones",
    "key twice                    | 1  isn't the header",
    "key unused                   | 37 which signed nothing here",
    "long line                    | 2  longer than",
    "unplain job                  | 12 isn't a job record in its canonical form",
};

static void forge_as_thief(struct builder *builder, const char *how)
{
    struct lines *lines = &builder->lines;
    struct arena *arena = builder->arena;
    const char *body = body_of(builder, "job9");
    if (strcmp(how, "agent") == 0) {
        char *bent = arena_text(arena, body);
        memcpy(strstr(bent, "1500"), "1400", 4);
        lines->line[11] = record_line(builder, "job9", "aura", bent, &builder->thief_key, &builder->thief_key);
    } else if (strcmp(how, "signature") == 0) {
        lines->line[11] = record_line(builder, "job9", "aura", body, &builder->thief_key, &builder->thief_key);
    } else if (strcmp(how, "checkpoint") == 0) {
        builder->tree = (struct merkle){ .size = 0 };
        for (int i = 1; i <= 5; i++) {
            struct hash leaf = merkle_leaf(lines->line[i], strlen(lines->line[i]));
            merkle_add(&builder->tree, &leaf);
        }
        checkpoint_add(builder, &builder->thief_key);
        lines->line[6] = lines->line[--lines->count];
    } else {
        builder->tree = (struct merkle){ .size = 0 };
        lines->count = 0;
        line_add(lines, export_header("eu-demo", (const char *const[]){ builder->thief_hex }, 1, arena));
        event_add(builder, "job.submitted", "job", "{}");
        checkpoint_add(builder, &builder->thief_key);
    }
}

static char *unsigned_record(struct builder *builder)
{
    char signature[SIGNATURE_HEX + 1];
    record_sign("another body", &builder->agent_key, signature);
    struct job_record record = { .job = id_from("job9"), .project = id_from("aura"), .body = body_of(builder, "job9"), .agent_key = builder->agent_hex,
                                 .agent_signature = signature };
    record_countersign(&record, &builder->old_key, builder->arena);
    return export_record(&record, builder->arena);
}

static void forge(struct builder *builder, const char *act)
{
    struct lines *lines = &builder->lines;
    struct arena *arena = builder->arena;
    char from[80], to[80], how[20];
    int a, b;
    if (sscanf(act, "drop %d", &a) == 1) lines_drop(lines, a);
    else if (sscanf(act, "cut %d", &a) == 1) lines->count = a;
    else if (sscanf(act, "repeat %d", &a) == 1) lines_insert(lines, a, lines->line[a - 1]);
    else if (sscanf(act, "edit %d %79s %79s", &a, from, to) == 3) replace(lines, a, from, to, arena);
    else if (sscanf(act, "thief's %19[a-z]", how) == 1) forge_as_thief(builder, how);
    else if (sscanf(act, "swap %d %d", &a, &b) == 2) {
        char *line = lines->line[a - 1];
        lines->line[a - 1] = lines->line[b - 1], lines->line[b - 1] = line;
    } else if (strncmp(act, "careless server", 15) == 0) lines->line[11] = unsigned_record(builder);
    else if (strncmp(act, "key twice", 9) == 0) replace(lines, 1, builder->new_hex, builder->old_hex, arena);
    else if (strncmp(act, "key unused", 10) == 0) replace(lines, 1, "]", arena_format(arena, ",\"%s\"]", builder->thief_hex), arena);
    else if (strncmp(act, "unplain job", 11) == 0) replace(lines, 12, "job9", "job\\u001b9", arena);
    else {
        CHECK(strncmp(act, "long line", 9) == 0);
        char *line = arena_take(arena, AUDIT_LINE_MAX + 2);
        memset(line, 'a', AUDIT_LINE_MAX + 1);
        lines_insert(lines, 2, line);
    }
}

static bool forgery_row_holds(const char *row, struct arena *arena, struct audit_verifier *verifier)
{
    struct builder builder;
    int line = -1, skipped = 0;
    const char *bar = strchr(row, '|');
    CHECK(bar && sscanf(bar, "| %d %n", &line, &skipped) == 1);
    build(&builder, arena);
    forge(&builder, row);
    const char *const trusted[] = { builder.old_hex, builder.new_hex };
    bool good = verify(verifier, &builder.lines, trusted, strstr(row, "keys known") ? 2 : 0);
    const char *wanted = bar + skipped;
    return *wanted ? !good && verifier->failed_line == line && strstr(verifier->failure, wanted) : good;
}

static int forgeries_fail(struct arena *arena)
{
    struct audit_verifier verifier;
    for (int i = 0; i < countof(forgeries); i++) {
        arena_reset(arena);
        if (forgery_row_holds(forgeries[i], arena, &verifier)) continue;
        printf("not ok - audit: %s\n    line %d: %s\n", forgeries[i], (int)verifier.failed_line, verifier.failure);
        return 1;
    }
    printf("ok - audit: %d forgeries\n", countof(forgeries));
    return 0;
}

static bool verify_bytes(struct audit_verifier *verifier, const char *bytes, size_t size)
{
    audit_verify_init(verifier, NULL, 0);
    for (const char *end = bytes + size; bytes < end;) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!stop) stop = end;
        audit_verify_line(verifier, bytes, (size_t)(stop - bytes));
        bytes = stop + 1;
    }
    bool good = audit_verify_end(verifier);
    audit_verify_finish(verifier);
    return good;
}

static int flips_fail(const struct builder *builder, uint64_t seed, int flips)
{
    struct rng rng = { seed };
    struct audit_verifier verifier;
    struct text file;
    text_init(&file, builder->arena);
    for (int i = 0; i < builder->lines.count; i++) {
        text_add(&file, builder->lines.line[i]);
        text_add_char(&file, '\n');
    }
    CHECK(verify_bytes(&verifier, file.bytes, file.length));
    for (int i = 0; i < flips; i++) {
        /* the last line's end comes first: nothing stands behind it to be spoilt */
        size_t at = i < 8 ? file.length - 1 : (size_t)rng_between(&rng, 0, (int64_t)file.length - 1);
        char bit = (char)(1 << (i < 8 ? i : (int)rng_between(&rng, 0, 7)));
        file.bytes[at] ^= bit;
        if (verify_bytes(&verifier, file.bytes, file.length) || !*verifier.failure) {
            printf("not ok - audit: seed %" PRIu64 ": byte %zu of %zu, bit %d: not found\n", seed, at, file.length, bit);
            return 1;
        }
        file.bytes[at] ^= bit;
    }
    printf("ok - audit: %d of %d bit flips found in %zu bytes\n", flips, flips, file.length);
    return 0;
}

int main(void)
{
    struct arena arena;
    struct builder builder;
    crypto_start();
    arena_init(&arena, (size_t)16 << 20);
    build(&builder, &arena);
    int failed = good_fails(&builder) || flips_fail(&builder, 20261120, 1000) || forgeries_fail(&arena);
    arena_finish(&arena);
    return failed;
}
