/* SPDX-License-Identifier: EUPL-1.2 */
/* show.c - the glyph never stands without its word; what isn't known is called unknown. */
#include "cli/show.h"

#include "cli/words.h"
#include "cli/wrap.h"

#include <string.h>

enum { FACT_COLUMN = 16 };

bool job_is_ended(const struct json_t *job)
{
    const char *state = json_text(json_get(job, "state"));
    return state && strcmp(state, "ended") == 0;
}

const char *job_state_shown(struct cli *cli, const struct json_t *job, enum paint *paint)
{
    static const struct { const char *word, *shown; enum paint paint; } words[] = {
        { "held", "○ held", PAINT_PLAIN }, { "waiting", "○ waiting", PAINT_PLAIN }, { "running", "◐ running", PAINT_UNDER_WAY },
        { "completed", "● completed", PAINT_GOOD }, { "failed", "▲ failed", PAINT_BAD }, { "timed-out", "▲ timed out", PAINT_BAD },
        { "cancelled", "▲ cancelled", PAINT_PLAIN }, { "lost", "▲ lost", PAINT_BAD }, { "refused", "▲ refused", PAINT_BAD },
        { "dependency-never", "▲ dependency not met", PAINT_BAD },
    };
    const char *word = json_text(json_get(job, job_is_ended(job) ? "ended_as" : "state"));
    *paint = PAINT_PLAIN;
    for (int i = 0; word && i < countof(words); i++) {
        if (strcmp(words[i].word, word) != 0) continue;
        *paint = words[i].paint;
        return words[i].shown;
    }
    return word ? text_clean(word, &cli->arena) : NULL;
}

const char *job_label(struct cli *cli, const struct json_t *job)
{
    const char *project = member_text(cli, job, "project_name");
    if (!project) project = member_text(cli, job, "project");
    return arena_format(&cli->arena, "%s/%lld", project ? project : "?", (long long)member_number(job, "number"));
}

const char *wait_shown(struct cli *cli, int64_t wait_s)
{
    return wait_s ? arena_format(&cli->arena, "in about %s", words_duration(wait_s, &cli->arena)) : "at once";
}

const struct json_t *verdict_chosen(const struct json_t *verdicts)
{
    for (int i = 0; i < json_count(verdicts); i++)
        if (member_flag(json_at(verdicts, i), "chosen")) return json_at(verdicts, i);
    return NULL;
}

static void put_fit(struct cli *cli, const struct json_t *verdict, struct table *table)
{
    bool heard = member_flag(verdict, "heard"), chosen = member_flag(verdict, "chosen");
    table_cell(table, heard ? PAINT_GOOD : PAINT_UNDER_WAY, heard ? "● fits" : "◐ away");
    table_cell(table, chosen ? PAINT_STRONG : PAINT_PLAIN, member_text(cli, verdict, "partition"));
    table_cell(table, PAINT_PLAIN, wait_shown(cli, member_number(verdict, "wait_s")));
    table_cell(table, PAINT_PLAIN, words_amount(member_number(verdict, "held"), &cli->arena));
    table_cell(table, PAINT_QUIET, heard ? "" : "its site agent isn't heard; jobs start when it is");
}

static void put_lines(struct cli *cli, const char *label, const char *sentence, struct text *out)
{
    if (!sentence) return;
    text_add_format(out, "    %s", label);
    wrap_text(sentence, 4 + (int)strlen(label), 10, cli->screen.width ? cli->screen.width : 10000, out);
}

static void put_misfit(struct cli *cli, const struct json_t *verdict, struct text *out)
{
    const char *partition = member_text(cli, verdict, "partition");
    text_add(out, "  ");
    paint_text(PAINT_STRONG, partition ? partition : "unknown", cli->screen.colour, out);
    text_add_char(out, '\n');
    put_lines(cli, "", member_text(cli, verdict, "sentence"), out);
    put_lines(cli, "Rule: ", member_text(cli, verdict, "rule"), out);
    put_lines(cli, "Next: ", member_text(cli, verdict, "next"), out);
}

int verdicts_show(struct cli *cli, const struct json_t *verdicts, struct text *out)
{
    struct table table;
    int fit = 0, count = json_count(verdicts);
    table_init(&table, &cli->arena);
    table_column(&table, TABLE_LEFT, "");
    table_column(&table, TABLE_LEFT, "PARTITION");
    table_column(&table, TABLE_LEFT, "STARTS");
    table_column(&table, TABLE_RIGHT, "HELD");
    table_column(&table, TABLE_GIVES, "");
    for (int i = 0; i < count; i++) {
        const struct json_t *verdict = json_at(verdicts, i);
        if (!member_flag(verdict, "estimated")) continue;
        put_fit(cli, verdict, &table);
        fit++;
    }
    if (fit) table_format(&table, cli->screen.width, cli->screen.colour, out);
    if (fit < count) text_add_format(out, "%s○ doesn't fit: %d of %d\n", fit ? "\n" : "", count - fit, count);
    for (int i = 0; i < count; i++)
        if (!member_flag(json_at(verdicts, i), "estimated")) put_misfit(cli, json_at(verdicts, i), out);
    return fit;
}

void demo_show(const struct json_t *json, struct text *out)
{
    if (member_flag(json, "demo")) text_add(out, "Demo: partitions, projects and persons are pretended by this machine.\n");
}

void fact_show(struct cli *cli, const char *label, const char *value, struct text *out)
{
    text_add_format(out, "  %s", label);
    for (int used = 2 + text_columns(label); used < FACT_COLUMN; used++) text_add_char(out, ' ');
    wrap_text(value ? value : "unknown", FACT_COLUMN, FACT_COLUMN, cli->screen.width ? cli->screen.width : 10000, out);
}
