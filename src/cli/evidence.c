/* SPDX-License-Identifier: EUPL-1.2 */
/* evidence.c - a job record for people, after both signatures over its exact bytes were checked here: the server isn't
 * believed about its own signature. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "core/trust/record.h"
#include "cli_routes.h"

#include <stdio.h>
#include <string.h>

static void put_contents(struct cli *cli, const struct json_t *body, struct text *out)
{
    struct arena *arena = &cli->arena;
    const struct json_t *outputs = json_get(body, "outputs"), *log = json_get(body, "log");
    const char *folder = member_text(cli, body, "folder");
    fact_show(cli, "script", member_text(cli, body, "script"), out);
    fact_show(cli, "folder", folder ? folder : "none", out);
    if (json_holds_object(log)) fact_show(cli, "log", arena_format(arena, "%s  %s", member_text(cli, log, "sha256"),
                                                                   words_size(member_number(log, "size_bytes"), arena)), out);
    else fact_show(cli, "log", "none", out);
    for (int i = 0; i < json_count(outputs); i++) {
        const struct json_t *output = json_at(outputs, i);
        fact_show(cli, i ? "" : "outputs", arena_format(arena, "%s  %s  %s", member_text(cli, output, "sha256"),
                                                        words_size(member_number(output, "size_bytes"), arena),
                                                         member_text(cli, output, "path")), out);
    }
    if (!json_count(outputs)) fact_show(cli, "outputs", "none", out);
}

static void put_figures(struct cli *cli, const struct json_t *body, struct text *out)
{
    struct arena *arena = &cli->arena;
    const struct json_t *access = json_get(body, "access_time"), *flop = json_get(body, "flop_upper_bound"), *energy = json_get(body, "energy");
    const char *started = words_time(json_text(json_get(body, "started")), arena), *signal = member_number(body, "signal") ? " by signal" : "";
    const char *ended = words_time(json_text(json_get(body, "ended")), arena), *end = member_text(cli, body, "end");
    if (end && strcmp(end, "lost") == 0) {
        fact_show(cli, "ran", arena_format(arena, "from %s UTC; how long is unknown", started ? started : "an unknown time"), out);
        fact_show(cli, "end", arena_format(arena, "lost, seen %s UTC; its exit code is unknown", ended), out);
        fact_show(cli, "access time", "unknown", out);
    } else {
        fact_show(cli, "ran", arena_format(arena, "%s to %s UTC, %lld ms", started ? started : "never", ended, (long long)member_number(body, "ran_ms")), out);
        fact_show(cli, "end", arena_format(arena, "%s%s, exit code %lld", end, signal, (long long)member_number(body, "exit_code")), out);
        fact_show(cli, "access time", arena_format(arena, "%lld piece-seconds = %s (%s)", (long long)member_number(access, "piece_seconds"),
                                                   words_amount(member_number(access, "piece_seconds"), arena), member_text(cli, access, "formula")), out);
    }
    fact_show(cli, "FLOP at most", arena_format(arena, "%s (%s)", member_text(cli, flop, "value"), member_text(cli, flop, "formula")), out);
    fact_show(cli, "energy", member_flag(energy, "measured") ? "measured; see --json" : "not measured", out);
    fact_show(cli, "sandbox", member_text(cli, body, "sandbox"), out);
}

/* The key that signs this network's checkpoints now; NULL: it can't be had. */
static const char *checkpoint_key(struct cli *cli)
{
    struct answer answer;
    struct error error;
    const struct question question = { .method = ROUTE_AUDIT_CHECKPOINT_METHOD, .path = ROUTE_AUDIT_CHECKPOINT_PATH, .without_token = true };
    if (!server_try(cli, &question, &answer, &error) || answer.status != 200) return NULL;
    return json_text(json_get(cli_json(cli, answer.body, answer.body_bytes), "key"));
}

static void put_signature(struct cli *cli, const char *label, bool good, const char *key, const char *whose, struct text *out)
{
    const char *shown = text_clean(key, &cli->arena);
    text_add(out, "  ");
    paint_text(good ? PAINT_GOOD : PAINT_BAD, good ? "● signed" : "▲ NOT signed", cli->screen.colour, out);
    text_add_format(out, " by %s, key %s%s\n", label, shown, whose);
}

static int show(struct cli *cli, const struct job_record *record)
{
    const struct json_t *body = cli_json(cli, record->body, strlen(record->body));
    bool agent = record_is_signed(record), server = record_is_countersigned(record, &cli->arena);
    const char *known = checkpoint_key(cli);
    const char *whose = "";
    if (known) whose = strcmp(known, record->server_key) == 0 ? ",\n    the one that signs the network's checkpoints" : ",\n    another one than that of the newest checkpoint";
    struct text out;
    text_init(&out, &cli->arena);
    if (!json_holds_object(body)) return cli_fail(cli, CLI_MACHINE, "The record isn't JSON.", NULL, NULL);
    text_add_format(&out, "record of job %s, number %lld of its project%s\n", member_text(cli, body, "job"), (long long)member_number(body, "number"),
                    member_flag(body, "demo") ? ", on a demo network: peak and place are pretended" : "");
    fact_show(cli, "name", member_text(cli, body, "name"), &out);
    fact_show(cli, "ran on", member_text(cli, body, "partition"), &out);
    put_contents(cli, body, &out);
    put_figures(cli, body, &out);
    struct hash hash = record_hash(record->body);
    char hex[HASH_HEX + 1];
    hex_format(hash.bytes, HASH_BYTES, hex);
    fact_show(cli, "this record", hex, &out);
    put_signature(cli, arena_format(&cli->arena, "site agent %s", member_text(cli, body, "agent")), agent, record->agent_key, "", &out);
    put_signature(cli, "the server", server, record->server_key, whose, &out);
    cli_print(cli, &out);
    return agent && server ? CLI_FINE : CLI_REFUSED;
}

int cli_evidence(struct cli *cli)
{
    struct json_t *json;
    const char *path = path_of(&cli->arena, ROUTE_JOB_EVIDENCE_PATH, cli_argument(cli, 0));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_JOB_EVIDENCE_METHOD, .path = path }, &json);
    if (code || !json) return code;
    const struct job_record record = {
        .body = json_text(json_get(json, "body")), .agent_key = json_text(json_get(json, "agent_key")),
            .agent_signature = json_text(json_get(json, "agent_signature")),
        .server_key = json_text(json_get(json, "server_key")), .server_signature = json_text(json_get(json, "server_signature")),
    };
    if (!record.body || !record.agent_key || !record.agent_signature || !record.server_key || !record.server_signature)
        return cli_fail(cli, CLI_MACHINE, "The server's answer isn't a job record.", NULL, NULL);
    return show(cli, &record);
}
