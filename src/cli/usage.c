/* SPDX-License-Identifier: EUPL-1.2 */
/* usage.c - access time by project and partition, and whether the ledger balances. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "cli_routes.h"

static void put_amount(struct cli *cli, const struct json_t *row, const char *name, struct table *table)
{
    int64_t amount;
    table_cell(table, PAINT_PLAIN, member_has_number(row, name, &amount) ? words_amount(amount, &cli->arena) : NULL);
}

int cli_usage(struct cli *cli)
{
    struct json_t *json;
    struct table table;
    struct text out;
    const char *path = path_with(&cli->arena, ROUTE_USAGE_PATH, "project", cli_value(cli, "project"));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_USAGE_METHOD, .path = path }, &json);
    if (code || !json) return code;
    const struct json_t *rows = json_get(json, "usage");
    table_init(&table, &cli->arena);
    table_column(&table, TABLE_LEFT, "PROJECT");
    table_column(&table, TABLE_LEFT, "PARTITION");
    table_column(&table, TABLE_RIGHT, "GRANTED");
    table_column(&table, TABLE_RIGHT, "HELD");
    table_column(&table, TABLE_RIGHT, "USED");
    table_column(&table, TABLE_RIGHT, "AVAILABLE");
    for (int i = 0; i < json_count(rows); i++) {
        const struct json_t *row = json_at(rows, i);
        const char *name = member_text(cli, row, "project_name");
        table_cell(&table, PAINT_STRONG, name ? name : member_text(cli, row, "project"));
        table_cell(&table, PAINT_PLAIN, member_text(cli, row, "partition"));
        put_amount(cli, row, "granted", &table);
        put_amount(cli, row, "held", &table);
        put_amount(cli, row, "used", &table);
        put_amount(cli, row, "available", &table);
    }
    text_init(&out, &cli->arena);
    if (json_count(rows)) {
        table_format(&table, cli->screen.width, cli->screen.colour, &out);
        text_add(&out, "Hours of one billed piece, an accelerator. Held: promised to jobs that live; what they don't use comes back.\n");
        demo_show(json_at(rows, 0), &out);
    } else {
        text_add(&out, "No access time here. A project gets it by an award.\n");
    }
    cli_print(cli, &out);
    return CLI_FINE;
}

/* ---- ledger check */

static void put_counts(const struct json_t *json, struct text *out)
{
    static const struct { const char *name, *thing; } counts[] = {
        { "entries", "entries" }, { "accounts", "accounts" }, { "partitions", "partitions" }, { "holds", "open holds" }, { "live_jobs", "live jobs" },
    };
    for (int i = 0; i < countof(counts); i++)
        text_add_format(out, "%s%lld %s", i ? ", " : "", (long long)member_number(json, counts[i].name), counts[i].thing);
    text_add_char(out, '\n');
}

static void put_differences(struct cli *cli, const struct json_t *differences, struct text *out)
{
    for (int i = 0; i < json_count(differences); i++) {
        const struct json_t *difference = json_at(differences, i);
        text_add_format(out, "  %s, %s %s: expected %lld, found %lld\n", member_text(cli, difference, "rule"), member_text(cli, difference, "what"),
                        member_text(cli, difference, "subject"),
                        (long long)member_number(difference, "expected"), (long long)member_number(difference, "found"));
    }
}

int cli_ledger_check(struct cli *cli)
{
    struct answer answer;
    struct text out;
    int code = server_ask(cli, &(struct question){ .method = ROUTE_LEDGER_CHECK_METHOD, .path = ROUTE_LEDGER_CHECK_PATH }, &answer);
    if (code) return code;
    const struct json_t *json = cli_json(cli, answer.body, answer.body_bytes);
    bool balanced = member_flag(json, "balanced");
    text_init(&out, &cli->arena);
    if (cli->json) {
        text_add_format(&out, "%s\n", answer.body);
    } else {
        paint_text(balanced ? PAINT_GOOD : PAINT_BAD, balanced ? "ledger balanced: " : "▲ ledger NOT balanced: ", cli->screen.colour, &out);
        put_counts(json, &out);
        put_differences(cli, json_get(json, "differences"), &out);
    }
    cli_print(cli, &out);
    return balanced ? CLI_FINE : CLI_REFUSED;
}
