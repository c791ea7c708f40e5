/* SPDX-License-Identifier: EUPL-1.2 */
/* export.c - writing the lines, and checking them.
 *
 * The checker takes each line in exactly one form and compares what it can't hash: so no bit of a file may change unseen.
 * Events are covered by the tree, headers by the signatures (network and keys go into them) and by the rule that each key
 * signs something, checkpoints and records by their own signatures. It keeps nothing of the past but the frontier. */
#include "core/trust/export.h"

#include "base/json.h"
#include "core/trust/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char *export_header(const char *network, const char *const *keys, int key_count, struct arena *arena)
{
    struct text out;
    CHECK(key_count >= 1 && key_count <= AUDIT_KEYS_MAX);
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_number_field(&writer, "audit_export", 1);
    json_text_field(&writer, "network", network);
    json_name(&writer, "keys");
    json_open(&writer, '[');
    for (int i = 0; i < key_count; i++) json_put_text(&writer, keys[i]);
    json_close(&writer, ']');
    json_close(&writer, '}');
    return out.bytes;
}

char *export_checkpoint(const struct checkpoint *checkpoint, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_name(&writer, "checkpoint");
    json_open(&writer, '{');
    json_number_field(&writer, "size", checkpoint->size);
    json_text_field(&writer, "root", checkpoint->root);
    json_number_field(&writer, "at_ms", checkpoint->at_ms);
    json_text_field(&writer, "key", checkpoint->key);
    json_text_field(&writer, "signature", checkpoint->signature);
    json_close(&writer, '}');
    json_close(&writer, '}');
    return out.bytes;
}

char *export_record(const struct job_record *record, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_name(&writer, "record");
    json_open(&writer, '{');
    json_text_field(&writer, "job", record->job.text);
    json_text_field(&writer, "project", record->project.text);
    json_text_field(&writer, "body", record->body);
    json_text_field(&writer, "agent_key", record->agent_key);
    json_text_field(&writer, "agent_signature", record->agent_signature);
    json_text_field(&writer, "server_key", record->server_key);
    json_text_field(&writer, "server_signature", record->server_signature);
    json_close(&writer, '}');
    json_close(&writer, '}');
    return out.bytes;
}

char *export_recorded_payload(const char *body, struct arena *arena)
{
    char hex[HASH_HEX + 1];
    struct hash hash = record_hash(body);
    hex_format(hash.bytes, HASH_BYTES, hex);
    return arena_format(arena, "{\"record\":\"%s\"}", hex);
}

void audit_verify_init(struct audit_verifier *verifier, const char *const *trusted, int trusted_count)
{
    memset(verifier, 0, sizeof *verifier);
    arena_init(&verifier->arena, (size_t)32 * AUDIT_LINE_MAX); /* a line read, unescaped and written again, each in a text that doubles */
    verifier->trusted = trusted;
    verifier->trusted_count = trusted_count;
}

void audit_verify_finish(struct audit_verifier *verifier) { arena_finish(&verifier->arena); }

__attribute__((format(printf, 2, 3)))
static bool fail(struct audit_verifier *verifier, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verifier->failure, sizeof verifier->failure, format, arguments);
    va_end(arguments);
    verifier->failed = true;
    verifier->failed_line = verifier->lines;
    return false;
}

/* ---- a line, read from left to right in its only form */

struct scan { const char *at, *end; };

static bool take(struct scan *scan, const char *literal)
{
    size_t length = strlen(literal);
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, literal, length) != 0) return false;
    scan->at += length;
    return true;
}

/* Digits as they are written: no sign, no leading zero, at most 2^53 - 1. */
static bool take_number(struct scan *scan, int64_t *number)
{
    const char *first = scan->at;
    *number = 0;
    for (; scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; scan->at++) {
        if (*number > NUMBER_MAX / 10) return false;
        *number = *number * 10 + (*scan->at - '0');
    }
    return scan->at > first && (*first != '0' || scan->at == first + 1) && *number <= NUMBER_MAX;
}

/* A text and its quotes, as it stands: escapes stay. to may be NULL; what is taken may end up on a screen, so it must be plain. */
static bool take_text(struct scan *scan, char *to, size_t room)
{
    if (!take(scan, "\"")) return false;
    const char *first = scan->at;
    while (scan->at < scan->end && *scan->at != '"') scan->at += *scan->at == '\\' && scan->at + 1 < scan->end ? 2 : 1;
    size_t length = (size_t)(scan->at - first);
    if (!take(scan, "\"")) return false;
    if (!to) return true;
    if (length >= room || memchr(first, 0, length)) return false;
    memcpy(to, first, length);
    to[length] = 0;
    return text_is_plain(to);
}

static bool is_hex(const char *text, size_t size)
{
    unsigned char bytes[SIGNATURE_BYTES];
    return hex_parse(text, bytes, size);
}

static bool key_is_known(struct audit_verifier *verifier, const char *hex)
{
    for (int i = 0; i < verifier->key_count; i++)
        if (strcmp(verifier->keys[i].hex, hex) == 0) return verifier->keys[i].used = true;
    return false;
}

static bool key_is_trusted(const struct audit_verifier *verifier, const char *hex)
{
    for (int i = 0; i < verifier->trusted_count; i++)
        if (strcmp(verifier->trusted[i], hex) == 0) return true;
    return !verifier->trusted_count;
}

static bool take_key(struct audit_verifier *verifier, struct scan *scan)
{
    char hex[HASH_HEX + 1];
    if (verifier->key_count == AUDIT_KEYS_MAX || !take_text(scan, hex, sizeof hex) || !is_hex(hex, SIGN_PUBLIC_BYTES)) return false;
    for (int i = 0; i < verifier->key_count; i++)
        if (strcmp(verifier->keys[i].hex, hex) == 0) return false;
    memcpy(verifier->keys[verifier->key_count++].hex, hex, sizeof hex);
    return true;
}

static bool read_header(struct audit_verifier *verifier, struct scan *scan)
{
    bool well = take(scan, "{\"audit_export\":1,\"network\":") && take_text(scan, verifier->network, sizeof verifier->network) &&
                take(scan, ",\"keys\":[") && take_key(verifier, scan);
    while (well && take(scan, ",")) well = take_key(verifier, scan);
    if (!well || !take(scan, "]}") || scan->at != scan->end)
        return fail(verifier, "the first line isn't the header of an audit export, version 1");
    for (int i = 0; i < verifier->key_count; i++)
        if (!key_is_trusted(verifier, verifier->keys[i].hex)) return fail(verifier, "the server's key %s isn't one of the trusted ones", verifier->keys[i].hex);
    return true;
}

/* The payload of job.recorded says what the next line must be. */
static bool await_record(struct audit_verifier *verifier, const struct scan *payload, const char *job)
{
    struct json_fault fault;
    struct json_t *json = json_read(payload->at, (size_t)(payload->end - payload->at), &fault);
    const char *hash = json_text(json_get(json, "record"));
    bool well = hash && is_hex(hash, HASH_BYTES) && *job;
    if (well) {
        memcpy(verifier->awaited_hash, hash, sizeof verifier->awaited_hash);
        verifier->awaited_job = id_from(job);
        verifier->awaits_record = true;
    }
    json_free(json);
    return well || fail(verifier, "the event %lld says that a job was recorded, but not which record", (long long)verifier->events);
}

static bool read_event(struct audit_verifier *verifier, struct scan *scan)
{
    const char *line = scan->at;
    char name[64], subject[ID_MAX + 1];
    int64_t sequence, number;
    bool well = take(scan, "{\"sequence\":") && take_number(scan, &sequence) && take(scan, ",\"at_ms\":") && take_number(scan, &number) &&
                take(scan, ",\"version\":") && take_number(scan, &number) && take(scan, ",\"name\":") && take_text(scan, name, sizeof name) &&
                take(scan, ",\"actor\":") && take_text(scan, NULL, 0) && take(scan, ",\"subject\":") && take_text(scan, subject, sizeof subject) &&
                take(scan, ",\"scope\":") && take_text(scan, NULL, 0) && take(scan, ",\"command\":") && take_text(scan, NULL, 0) &&
                take(scan, ",\"payload\":") && scan->end - scan->at >= 2 && scan->end[-1] == '}';
    if (!well) return fail(verifier, "this isn't an event in its canonical form");
    if (sequence != verifier->events + 1)
        return fail(verifier, "event %lld stands where event %lld must stand", (long long)sequence, (long long)verifier->events + 1);
    struct hash leaf = merkle_leaf(line, (size_t)(scan->end - line));
    merkle_add(&verifier->tree, &leaf);
    verifier->events++;
    if (strcmp(name, RECORDED_EVENT) != 0) return true;
    struct scan payload = { scan->at, scan->end - 1 };
    return await_record(verifier, &payload, subject);
}

static bool read_checkpoint(struct audit_verifier *verifier, struct scan *scan)
{
    char root[HASH_HEX + 1], key[HASH_HEX + 1], signature[SIGNATURE_HEX + 1], computed[HASH_HEX + 1];
    struct checkpoint checkpoint = { .root = root, .key = key, .signature = signature };
    bool well = take(scan, "{\"checkpoint\":{\"size\":") && take_number(scan, &checkpoint.size) && take(scan, ",\"root\":") && take_text(scan, root, sizeof root) &&
                take(scan, ",\"at_ms\":") && take_number(scan, &checkpoint.at_ms) && take(scan, ",\"key\":") && take_text(scan, key, sizeof key) &&
                take(scan, ",\"signature\":") && take_text(scan, signature, sizeof signature) && take(scan, "}}") && scan->at == scan->end;
    if (!well) return fail(verifier, "this isn't a checkpoint in its canonical form");
    if (checkpoint.size != verifier->events)
        return fail(verifier, "a checkpoint over %lld events stands behind event %lld", (long long)checkpoint.size, (long long)verifier->events);
    if (checkpoint.size == verifier->signed_size) return fail(verifier, "two checkpoints stand for %lld events", (long long)checkpoint.size);
    struct hash tree = merkle_root(&verifier->tree);
    hex_format(tree.bytes, HASH_BYTES, computed);
    if (strcmp(computed, root) != 0)
        return fail(verifier, "events %lld to %lld aren't those that were signed: their root is %.16s…, the checkpoint's %.16s…",
                    (long long)verifier->signed_size + 1, (long long)verifier->events, computed, root);
    if (!key_is_known(verifier, key)) return fail(verifier, "the checkpoint over %lld events is signed by a key that the header doesn't name", (long long)checkpoint.size);
    if (!checkpoint_is_signed(&checkpoint, verifier->network, &verifier->arena))
        return fail(verifier, "the signature of the checkpoint over %lld events doesn't hold", (long long)checkpoint.size);
    verifier->checkpoints++;
    verifier->signed_size = checkpoint.size;
    verifier->signed_at_ms = checkpoint.at_ms;
    verifier->signed_root = tree;
    return true;
}

/* Texts of the record are copied to the arena; only a line that we'd write ourselves is taken. */
static bool parse_record(struct audit_verifier *verifier, const struct scan *scan, struct job_record *record)
{
    static const struct { const char *name; size_t limit; } members[] = {
        { "job", ID_MAX }, { "project", ID_MAX }, { "body", RECORD_BODY_MAX }, { "agent_key", HASH_HEX },
        { "agent_signature", SIGNATURE_HEX }, { "server_key", HASH_HEX }, { "server_signature", SIGNATURE_HEX } };
    struct json_fault fault;
    struct json_t *json = json_read(scan->at, (size_t)(scan->end - scan->at), &fault), *inner = json_get(json, "record");
    const char *texts[countof(members)];
    bool well = json != NULL;
    for (int i = 0; i < countof(members); i++) {
        texts[i] = arena_text(&verifier->arena, json_text(json_get(inner, members[i].name)));
        well = well && texts[i] && strlen(texts[i]) <= members[i].limit;
    }
    json_free(json);
    if (!well || !text_is_plain(texts[0]) || !text_is_plain(texts[1])) return false;
    *record = (struct job_record){ .job = id_from(texts[0]), .project = id_from(texts[1]), .body = texts[2], .agent_key = texts[3],
                                   .agent_signature = texts[4], .server_key = texts[5], .server_signature = texts[6] };
    const char *written = export_record(record, &verifier->arena);
    return strlen(written) == (size_t)(scan->end - scan->at) && memcmp(written, scan->at, strlen(written)) == 0;
}

static bool read_record(struct audit_verifier *verifier, struct scan *scan)
{
    struct job_record record;
    struct record_claim claim;
    char hash_hex[HASH_HEX + 1];
    if (!parse_record(verifier, scan, &record)) return fail(verifier, "this isn't a job record in its canonical form");
    struct hash hash = record_hash(record.body);
    hex_format(hash.bytes, HASH_BYTES, hash_hex);
    const char *job = record.job.text;
    if (!verifier->awaits_record) return fail(verifier, "the record of job %s doesn't follow an event that names it", job);
    if (!id_equal(record.job, verifier->awaited_job)) return fail(verifier, "the record of job %s stands where that of job %s must stand", job, verifier->awaited_job.text);
    if (strcmp(hash_hex, verifier->awaited_hash) != 0) return fail(verifier, "the record of job %s isn't the one that event %lld names", job, (long long)verifier->events);
    if (!record_is_signed(&record)) return fail(verifier, "the agent's signature of the record of job %s doesn't hold", job);
    if (!key_is_known(verifier, record.server_key)) return fail(verifier, "the record of job %s is countersigned by a key that the header doesn't name", job);
    if (!record_is_countersigned(&record, &verifier->arena)) return fail(verifier, "the server's signature of the record of job %s doesn't hold", job);
    if (!record_parse(record.body, &verifier->arena, &claim)) return fail(verifier, "the body of the record of job %s isn't a record, version 1", job);
    if (!id_equal(claim.job, record.job) || !id_equal(claim.project, record.project)) return fail(verifier, "the record of job %s speaks of another job", job);
    verifier->awaits_record = false;
    verifier->records++;
    return true;
}

static bool begins(const struct scan *scan, const char *literal)
{
    struct scan copy = *scan;
    return take(&copy, literal);
}

bool audit_verify_line(struct audit_verifier *verifier, const char *line, size_t length)
{
    struct scan scan = { line, line + length };
    if (verifier->failed) return false;
    verifier->lines++;
    if (length > AUDIT_LINE_MAX) return fail(verifier, "the line is longer than %d bytes", (int)AUDIT_LINE_MAX);
    arena_reset(&verifier->arena);
    if (verifier->lines == 1) return read_header(verifier, &scan);
    if (begins(&scan, "{\"record\":")) return read_record(verifier, &scan);
    if (verifier->awaits_record) return fail(verifier, "the record of job %s is missing", verifier->awaited_job.text);
    if (begins(&scan, "{\"sequence\":")) return read_event(verifier, &scan);
    if (begins(&scan, "{\"checkpoint\":")) return read_checkpoint(verifier, &scan);
    return fail(verifier, "this is neither an event, nor a record, nor a checkpoint");
}

bool audit_verify_end(struct audit_verifier *verifier)
{
    if (verifier->failed) return false;
    if (!verifier->lines) return fail(verifier, "there is nothing to verify");
    if (verifier->awaits_record) return fail(verifier, "the record of job %s is missing", verifier->awaited_job.text);
    if (!verifier->checkpoints) return fail(verifier, "no checkpoint covers the events");
    if (verifier->signed_size != verifier->events)
        return fail(verifier, "events %lld to %lld stand behind the last checkpoint: nothing signs them", (long long)verifier->signed_size + 1, (long long)verifier->events);
    for (int i = 0; i < verifier->key_count; i++)
        if (!verifier->keys[i].used) return fail(verifier, "the header names the key %s, which signed nothing here", verifier->keys[i].hex);
    return true;
}
