/* SPDX-License-Identifier: EUPL-1.2 */
/* look.c - factories, systems, status, whoami: the network as it was announced, and as it is now. Unknown is a word, never a
 * zero or a dash. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cli_routes.h"

#include <string.h>

static int look(struct cli *cli, const char *method, const char *path, struct json_t **json)
{
    return server_ask_json(cli, &(struct question){ .method = method, .path = path }, json);
}

/* How far a factory or system is, with its glyph. */
static const char *status_shown(struct cli *cli, const struct json_t *row, enum paint *paint)
{
    static const struct { const char *word, *glyph; enum paint paint; } words[] = {
        { "operational", "●", PAINT_GOOD }, { "accepted", "●", PAINT_GOOD }, { "installing", "◐", PAINT_UNDER_WAY }, { "contracted", "◐", PAINT_UNDER_WAY },
    };
    const char *status = member_text(cli, row, "status");
    *paint = PAINT_PLAIN;
    for (int i = 0; status && i < countof(words); i++) {
        if (strcmp(words[i].word, status) != 0) continue;
        *paint = words[i].paint;
        return arena_format(&cli->arena, "%s %s", words[i].glyph, status);
    }
    return status ? arena_format(&cli->arena, "○ %s", status) : NULL;
}

static const char *list_shown(struct cli *cli, const struct json_t *list, const char *none)
{
    struct text out;
    text_init(&out, &cli->arena);
    for (int i = 0; i < json_count(list); i++) {
        const char *text = json_text(json_at(list, i));
        if (text) text_add_format(&out, "%s%s", i ? ", " : "", text_clean(text, &cli->arena));
    }
    return out.length ? out.bytes : none;
}

/* "at least 556 M EUR"; what wasn't announced is unknown, never a zero. */
static const char *budget_shown(struct cli *cli, const struct json_t *row)
{
    const struct json_t *figures = json_get(json_get(row, "facts"), "figures");
    for (int i = 0; i < json_count(figures); i++) {
        const struct json_t *figure = json_at(figures, i);
        const char *name = json_text(json_get(figure, "name")), *bound = json_text(json_get(figure, "bound"));
        int64_t value;
        if (!name || strcmp(name, "budget_meur") != 0 || !json_number(json_get(figure, "value"), &value)) continue;
        return arena_format(&cli->arena, "%s%s%lld M EUR", bound ? text_clean(bound, &cli->arena) : "", bound && *bound ? " " : "", (long long)value);
    }
    return "unknown";
}

int cli_factories(struct cli *cli)
{
    struct json_t *json;
    struct table table;
    struct text out;
    int code = look(cli, ROUTE_FACTORIES_METHOD, ROUTE_FACTORIES_PATH, &json);
    if (code || !json) return code;
    const struct json_t *rows = json_get(json, "factories");
    table_init(&table, &cli->arena);
    table_column(&table, TABLE_LEFT, "FACTORY");
    table_column(&table, TABLE_LEFT, "WAVE");
    table_column(&table, TABLE_LEFT, "AT");
    table_column(&table, TABLE_LEFT, "STATUS");
    table_column(&table, TABLE_LEFT, "BUDGET");
    table_column(&table, TABLE_GIVES, "SERVED BY");
    for (int i = 0; i < json_count(rows); i++) {
        const struct json_t *row = json_at(rows, i);
        enum paint paint;
        const char *status = status_shown(cli, row, &paint), *town = member_text(cli, row, "town"), *country = member_text(cli, row, "country");
        int64_t wave = member_number(row, "wave");
        table_cell(&table, PAINT_STRONG, member_text(cli, row, "name"));
        table_cell(&table, PAINT_PLAIN, wave ? arena_format(&cli->arena, "%lld", (long long)wave) : "none");
        table_cell(&table, PAINT_PLAIN, arena_format(&cli->arena, "%s%s%s", town ? town : "", town ? ", " : "", country && *country ? country : "unknown"));
        table_cell(&table, paint, status);
        table_cell(&table, PAINT_PLAIN, budget_shown(cli, row));
        table_cell(&table, PAINT_PLAIN, list_shown(cli, json_get(row, "served_by"), NULL));
    }
    text_init(&out, &cli->arena);
    table_format(&table, cli->screen.width, cli->screen.colour, &out);
    text_add(&out, "As announced; sources and doubts: --json.\n");
    cli_print(cli, &out);
    return CLI_FINE;
}

/* ---- partitions */

static void partition_columns(struct table *table, struct arena *arena)
{
    table_init(table, arena);
    table_column(table, TABLE_LEFT, "PARTITION");
    table_column(table, TABLE_RIGHT, "FREE");
    table_column(table, TABLE_RIGHT, "OF");
    table_column(table, TABLE_RIGHT, "RUNNING");
    table_column(table, TABLE_RIGHT, "WAITING");
    table_column(table, TABLE_RIGHT, "AT MOST");
    table_column(table, TABLE_LEFT, "SITE AGENT");
    table_column(table, TABLE_GIVES, "WHAT");
}

static const char *agent_shown(struct cli *cli, const struct json_t *partition, enum paint *paint)
{
    const char *heard = words_time(json_text(json_get(partition, "heard_ms")), &cli->arena);
    *paint = PAINT_GOOD;
    if (!member_flag(partition, "open")) return *paint = PAINT_PLAIN, "○ closed";
    if (member_flag(partition, "heard")) return "● heard";
    *paint = PAINT_UNDER_WAY;
    return heard ? arena_format(&cli->arena, "◐ away since %s", heard + 11) : "○ never heard";
}

static void put_partition(struct cli *cli, const struct json_t *partition, struct table *table)
{
    struct arena *arena = &cli->arena;
    enum paint paint;
    int64_t free_pieces;
    const char *agent = agent_shown(cli, partition, &paint), *model = member_text(cli, partition, "model");
    table_cell(table, PAINT_STRONG, member_text(cli, partition, "id"));
    table_cell(table, PAINT_PLAIN, member_has_number(partition, "free", &free_pieces) ? arena_format(arena, "%lld", (long long)free_pieces) : NULL);
    table_cell(table, PAINT_PLAIN, arena_format(arena, "%lld", (long long)member_number(partition, "slots")));
    table_cell(table, PAINT_PLAIN, arena_format(arena, "%lld", (long long)member_number(partition, "running_jobs")));
    table_cell(table, PAINT_PLAIN, arena_format(arena, "%lld", (long long)member_number(partition, "waiting_jobs")));
    table_cell(table, PAINT_PLAIN, words_duration(member_number(partition, "limit_max_s"), arena));
    table_cell(table, paint, agent);
    table_cell(table, PAINT_QUIET, arena_format(arena, "%s%s%s", member_flag(partition, "demo") ? "demo: " : "",
                                                member_flag(partition, "experimental") ? "◆ experimental, " : "",
                                                model ? model : "unknown"));
}

int cli_systems(struct cli *cli)
{
    struct json_t *json;
    struct table systems, partitions;
    struct text out;
    int code = look(cli, ROUTE_SYSTEMS_METHOD, ROUTE_SYSTEMS_PATH, &json), served = 0;
    if (code || !json) return code;
    const struct json_t *rows = json_get(json, "systems");
    partition_columns(&partitions, &cli->arena);
    table_init(&systems, &cli->arena);
    table_column(&systems, TABLE_LEFT, "SYSTEM");
    table_column(&systems, TABLE_LEFT, "NAME");
    table_column(&systems, TABLE_LEFT, "AT");
    table_column(&systems, TABLE_LEFT, "STATUS");
    table_column(&systems, TABLE_GIVES, "HOSTING ENTITY");
    for (int i = 0; i < json_count(rows); i++) {
        const struct json_t *row = json_at(rows, i), *own = json_get(row, "partitions");
        enum paint paint;
        const char *status = status_shown(cli, row, &paint), *town = member_text(cli, row, "town"), *country = member_text(cli, row, "country");
        table_cell(&systems, PAINT_STRONG, member_text(cli, row, "id"));
        table_cell(&systems, PAINT_PLAIN, member_text(cli, row, "name"));
        table_cell(&systems, PAINT_PLAIN, arena_format(&cli->arena, "%s%s%s", town ? town : "", town ? ", " : "", country && *country ? country : "unknown"));
        table_cell(&systems, paint, status);
        table_cell(&systems, PAINT_PLAIN, member_text(cli, row, "host"));
        for (int j = 0; j < json_count(own); j++, served++) put_partition(cli, json_at(own, j), &partitions);
    }
    text_init(&out, &cli->arena);
    table_format(&systems, cli->screen.width, cli->screen.colour, &out);
    text_add(&out, "As announced; figures with sources and doubts: --json.\n\n");
    if (served) table_format(&partitions, cli->screen.width, cli->screen.colour, &out);
    else text_add(&out, "No site agent serves a partition here yet.\n");
    cli_print(cli, &out);
    return CLI_FINE;
}

int cli_status(struct cli *cli)
{
    struct json_t *json;
    struct table table;
    struct text out;
    struct arena *arena = &cli->arena;
    int code = look(cli, ROUTE_STATUS_METHOD, ROUTE_STATUS_PATH, &json), heard = 0;
    int64_t running = 0, waiting = 0;
    if (code || !json) return code;
    const struct json_t *rows = json_get(json, "partitions"), *checkpoint = json_get(json, "checkpoint");
    partition_columns(&table, arena);
    for (int i = 0; i < json_count(rows); i++) {
        const struct json_t *row = json_at(rows, i);
        heard += member_flag(row, "heard");
        running += member_number(row, "running_jobs");
        waiting += member_number(row, "waiting_jobs");
        put_partition(cli, row, &table);
    }
    text_init(&out, arena);
    text_add_format(&out, "network %s at %s UTC: %d of %s heard, %s running, %lld waiting\n", member_text(cli, json, "network"),
                    words_time(json_text(json_get(json, "now_ms")), arena), heard, words_count(json_count(rows), "partition", arena),
                        words_count(running, "job", arena), (long long)waiting);
    text_add_format(&out, "%s; ", words_count(member_number(json, "events"), "event", arena));
    if (json_holds_object(checkpoint))
        text_add_format(&out, "newest checkpoint over %lld at %s UTC\n", (long long)member_number(checkpoint, "size"),
                        words_time(json_text(json_get(checkpoint, "at_ms")), arena));
    else text_add(&out, "no checkpoint yet\n");
    if (json_count(rows)) {
        text_add_char(&out, '\n');
        table_format(&table, cli->screen.width, cli->screen.colour, &out);
    }
    cli_print(cli, &out);
    return CLI_FINE;
}

/* ---- whoami */

static void put_roles(struct cli *cli, const struct json_t *roles, struct text *out)
{
    for (int i = 0; i < json_count(roles); i++) {
        const struct json_t *role = json_at(roles, i);
        const char *id = member_text(cli, role, "id");
        fact_show(cli, i ? "" : "roles", arena_format(&cli->arena, "%s of %s%s%s", member_text(cli, role, "role"), id ? "" : "the ",
                                                      member_text(cli, role, "over"),
                                                      id ? arena_format(&cli->arena, " %s", id) : ""), out);
    }
    if (!json_count(roles)) fact_show(cli, "roles", "none", out);
}

int cli_whoami(struct cli *cli)
{
    struct json_t *json;
    struct text out;
    const struct settings *settings = &cli->settings;
    int code = look(cli, ROUTE_WHOAMI_METHOD, ROUTE_WHOAMI_PATH, &json);
    if (code || !json) return code;
    const char *name = member_text(cli, json, "name");
    text_init(&out, &cli->arena);
    text_add_format(&out, "%s", name ? name : "unknown");
    if (settings->by_default) text_add(&out, " (nobody was named: the demo network's default; --as PERSON chooses another)");
    text_add_char(&out, '\n');
    fact_show(cli, "id", member_text(cli, json, "id"), &out);
    fact_show(cli, "kind", member_text(cli, json, "kind"), &out);
    put_roles(cli, json_get(json, "roles"), &out);
    fact_show(cli, "server", arena_format(&cli->arena, "%s, from %s", settings->server, text_clean(settings->server_from, &cli->arena)), &out);
    if (settings->token_from) fact_show(cli, "token", text_clean(settings->token_from, &cli->arena), &out);
    cli_print(cli, &out);
    return CLI_FINE;
}
