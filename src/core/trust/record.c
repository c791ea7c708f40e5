/* SPDX-License-Identifier: EUPL-1.2 */
/* record.c - the record's bytes, and the two signatures over them.
 *
 * Always true: figures that weren't measured say so instead of being 0; what doesn't fit a JSON number exactly is text; each
 * computed figure stands beside its formula and what goes into it, so that a reader can compute it again. The server signs
 * the agent's signature along with the body: so it vouches for which key signed, and not for what the site saw. */
#include "core/trust/record.h"

#include <string.h>

int64_t record_access_piece_s(int64_t pieces, int64_t ran_ms)
{
    int64_t product;
    CHECK(pieces >= 0 && ran_ms >= 0 && ran_ms <= NUMBER_MAX);
    CHECK(!__builtin_mul_overflow(pieces, (ran_ms + 999) / 1000, &product) && product <= NUMBER_MAX);
    return product;
}

char *record_flop_upper_bound(int64_t pieces, int64_t peak_gflops, int64_t ran_ms, struct arena *arena)
{
    __extension__ unsigned __int128 value;
    char digits[40];
    int at = (int)sizeof digits;
    CHECK(pieces >= 0 && peak_gflops >= 0 && ran_ms >= 0);
    if (!peak_gflops) return arena_text(arena, "unknown");
    CHECK(!__builtin_mul_overflow((uint64_t)pieces, (uint64_t)ran_ms, &value));
    CHECK(!__builtin_mul_overflow(value, (uint64_t)peak_gflops, &value));
    if (!value) return arena_text(arena, "0");
    for (; value; value /= 10) {
        CHECK(at);
        digits[--at] = (char)('0' + (int)(value % 10));
    }
    /* thousand millions over a second are a million over each of its milliseconds */
    return arena_format(arena, "%.*s000000", (int)sizeof digits - at, digits + at);
}

static void put_hash(struct json_writer *writer, const char *name, const struct hash *hash)
{
    char hex[HASH_HEX + 1];
    hex_format(hash->bytes, HASH_BYTES, hex);
    json_text_field(writer, name, hex);
}

static void put_contents(struct json_writer *writer, const struct record_facts *facts)
{
    put_hash(writer, "script", &facts->script);
    json_text_field(writer, "folder", facts->folder);
    json_name(writer, "outputs");
    json_open(writer, '[');
    for (int i = 0; i < facts->output_count; i++) {
        const struct record_output *output = &facts->outputs[i];
        CHECK(!i || strcmp(facts->outputs[i - 1].path, output->path) < 0);
        json_open(writer, '{');
        json_text_field(writer, "path", output->path);
        json_number_field(writer, "size_bytes", output->size_bytes);
        put_hash(writer, "sha256", &output->hash);
        json_close(writer, '}');
    }
    json_close(writer, ']');
    json_number_field(writer, "outputs_left_out", facts->outputs_left_out);
    json_name(writer, "log");
    if (!facts->has_log) {
        json_put_null(writer);
        return;
    }
    json_open(writer, '{');
    json_number_field(writer, "size_bytes", facts->log_size_bytes);
    put_hash(writer, "sha256", &facts->log);
    json_close(writer, '}');
}

/* Of a lost job nobody saw how long it ran or how it ended: unknown, not zero. */
static void put_seen(struct json_writer *writer, const struct record_facts *facts, const char *name, int64_t number)
{
    json_name(writer, name);
    if (facts->end == OBSERVED_LOST) json_put_null(writer);
    else json_put_number(writer, number);
}

static void put_figures(struct json_writer *writer, const struct record_facts *facts, struct arena *arena)
{
    bool lost = facts->end == OBSERVED_LOST;
    json_time_field(writer, "submitted", facts->submitted_ms);
    json_time_field(writer, "started", facts->started_ms);
    json_time_field(writer, "ended", facts->ended_ms);
    put_seen(writer, facts, "ran_ms", facts->ran_ms);
    json_number_field(writer, "pieces", facts->pieces);

    json_name(writer, "access_time");
    json_open(writer, '{');
    put_seen(writer, facts, "piece_seconds", record_access_piece_s(facts->pieces, facts->ran_ms));
    json_text_field(writer, "formula", "pieces x seconds, a begun second counted whole");
    json_close(writer, '}');

    json_name(writer, "flop_upper_bound");
    json_open(writer, '{');
    json_text_field(writer, "value", lost ? "unknown" : record_flop_upper_bound(facts->pieces, facts->peak_gflops, facts->ran_ms, arena));
    json_text_field(writer, "formula", "pieces x peak_gflops x 1e9 x seconds");
    json_name(writer, "peak_gflops");
    if (facts->peak_gflops) json_put_number(writer, facts->peak_gflops);
    else json_put_null(writer);
    json_close(writer, '}');

    json_name(writer, "energy");
    json_open(writer, '{');
    json_flag_field(writer, "measured", false);
    json_close(writer, '}');
}

char *record_format(const struct record_facts *facts, struct arena *arena)
{
    struct text out;
    CHECK(facts->output_count >= 0 && facts->output_count <= RECORD_OUTPUTS_MAX);
    CHECK(strlen(facts->sandbox) <= RECORD_SANDBOX_MAX);
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_number_field(&writer, "version", RECORD_VERSION);
    json_text_field(&writer, "job", facts->job.text);
    json_text_field(&writer, "project", facts->project.text);
    json_number_field(&writer, "number", facts->number);
    json_text_field(&writer, "system", facts->system.text);
    json_text_field(&writer, "partition", facts->partition.text);
    json_text_field(&writer, "agent", facts->agent.text);
    json_flag_field(&writer, "demo", facts->demo);
    json_text_field(&writer, "name", facts->name);
    put_contents(&writer, facts);
    put_figures(&writer, facts, arena);
    json_text_field(&writer, "end", word_name(&observed_end_words, (int)facts->end));
    put_seen(&writer, facts, "exit_code", facts->exit_code);
    put_seen(&writer, facts, "signal", facts->signal);
    put_seen(&writer, facts, "cpu_ms", facts->cpu_ms);
    put_seen(&writer, facts, "memory_max_bytes", facts->memory_max_bytes);
    json_text_field(&writer, "sandbox", facts->sandbox);
    json_close(&writer, '}');
    CHECK(out.length <= RECORD_BODY_MAX);
    return out.bytes;
}

static bool read_id(const struct json_t *json, const char *name, struct id *id)
{
    const char *text = json_text(json_get(json, name));
    if (!text || !*text || strlen(text) > ID_MAX) return false;
    *id = id_from(text);
    return true;
}

static bool read_claim(const struct json_t *json, struct arena *arena, struct record_claim *claim)
{
    int64_t version = 0;
    const char *script = json_text(json_get(json, "script")), *end = json_text(json_get(json, "end"));
    if (!json_number(json_get(json, "version"), &version) || version != RECORD_VERSION || !script || !end) return false;
    if (!read_id(json, "job", &claim->job) || !read_id(json, "project", &claim->project) || !read_id(json, "system", &claim->system) ||
        !read_id(json, "partition", &claim->partition) || !read_id(json, "agent", &claim->agent)) return false;
    int word = word_find(&observed_end_words, end);
    if (word < 0 || !json_number(json_get(json, "pieces"), &claim->pieces)) return false;
    if (word != OBSERVED_LOST && !json_number(json_get(json, "ran_ms"), &claim->ran_ms)) return false;
    claim->end = (enum observed_end)word;
    claim->script = arena_text(arena, script);
    claim->folder = arena_text(arena, json_text(json_get(json, "folder")));
    return true;
}

bool record_parse(const char *body, struct arena *arena, struct record_claim *claim)
{
    struct json_fault fault;
    size_t length = strlen(body);
    *claim = (struct record_claim){ 0 };
    if (length > RECORD_BODY_MAX) return false;
    struct json_t *json = json_read(body, length, &fault);
    bool read = json && read_claim(json, arena, claim);
    json_free(json);
    return read;
}

struct hash record_hash(const char *body) { return sha256(body, strlen(body)); }

void record_sign(const char *body, const struct sign_key *agent, char signature[SIGNATURE_HEX + 1])
{
    unsigned char bytes[SIGNATURE_BYTES];
    sign(agent, body, strlen(body), bytes);
    hex_format(bytes, sizeof bytes, signature);
}

static bool is_signed_by(const char *key, const char *text, const char *signature)
{
    unsigned char public[SIGN_PUBLIC_BYTES], bytes[SIGNATURE_BYTES];
    return hex_parse(key, public, sizeof public) && hex_parse(signature, bytes, sizeof bytes) &&
           sign_verify(public, text, strlen(text), bytes);
}

bool record_is_signed(const struct job_record *record) { return is_signed_by(record->agent_key, record->body, record->agent_signature); }

static char *countersigned_text(const struct job_record *record, struct arena *arena)
{
    return arena_format(arena, "%s\n%s\n%s", record->body, record->agent_key, record->agent_signature);
}

void record_countersign(struct job_record *record, const struct sign_key *server, struct arena *arena)
{
    char *key = arena_take(arena, HASH_HEX + 1), *signature = arena_take(arena, SIGNATURE_HEX + 1);
    hex_format(server->public, SIGN_PUBLIC_BYTES, key);
    record_sign(countersigned_text(record, arena), server, signature);
    record->server_key = key;
    record->server_signature = signature;
}

bool record_is_countersigned(const struct job_record *record, struct arena *arena)
{
    return is_signed_by(record->server_key, countersigned_text(record, arena), record->server_signature);
}
