/* SPDX-License-Identifier: EUPL-1.2 */
/* help.c - words for people, no more than what the table says; so help can't drift from what the program takes. */
#include "cli/help.h"

#include "cli/wrap.h"

#include <stdio.h>
#include <string.h>

enum { HELP_WIDTH = 80, HELP_COLUMN = 24 };

static const char *const groups[] = { "Look around, no account needed", "Jobs", "Access time and proof", "Run a network, or a part of it" };
static const char *const exits[] = {
    "fine", "refused: a rule said no, or a check failed", "wrong usage, or a file of yours can't be read",
    "the server can't be reached", "not signed in, or not permitted", "a machine failed: this one, the server, or a job lost by its site",
    "submit --wait: the job ended without completing",
};

static void put_row(const char *left, const char *right, struct text *out)
{
    size_t start = out->length;
    text_add_format(out, "  %s", left);
    size_t used = out->length - start;
    if (used + 2 > HELP_COLUMN) text_add_char(out, '\n'), used = 0;
    for (; used < HELP_COLUMN; used++) text_add_char(out, ' ');
    wrap_text(right, HELP_COLUMN, HELP_COLUMN, HELP_WIDTH, out);
}

static void put_options(const struct cli_option *options, int count, struct text *out)
{
    char left[80];
    for (int i = 0; i < count; i++) {
        const struct cli_option *option = &options[i];
        char letter[8] = "";
        if (option->letter) snprintf(letter, sizeof letter, "-%c, ", option->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->value ? " " : "", option->value ? option->value : "");
        put_row(left, option->summary, out);
    }
}

static void put_exits(struct text *out)
{
    text_add(out, "\nExit codes\n");
    for (int i = 0; i < countof(exits); i++) {
        char code[4];
        snprintf(code, sizeof code, "%d", i);
        text_add_format(out, "  %s  ", code);
        wrap_text(exits[i], 5, 5, HELP_WIDTH, out);
    }
}

void help_all(const struct cli_verbs *verbs, struct text *out)
{
    char left[80];
    text_add(out, "aif - the one way in to the European network of AI Factories\n\n"
                  "  aif VERB [options] [arguments]\n"
                  "  aif VERB --help          what it does, its options, an example\n");
    for (int group = 0; group < countof(groups); group++) {
        bool first = true;
        for (int i = 0; i < verbs_count(verbs); i++) {
            const struct cli_verb *verb = verbs_at(verbs, i);
            if ((int)verb->group != group || verb->flags & CLI_HIDDEN) continue;
            if (first) text_add_format(out, "\n%s\n", groups[group]);
            first = false;
            snprintf(left, sizeof left, "%s%s%s", verb->name, *verb->arguments ? " " : "", verb->arguments);
            put_row(left, verb->summary, out);
        }
    }
    text_add(out, "\nOptions of every verb\n");
    put_options(cli_options_of_all, cli_options_of_all_count, out);
    put_exits(out);
}

void help_verb(const struct cli_verb *verb, struct text *out)
{
    text_add_format(out, "aif %s%s%s%s\n\n", verb->name, verb->flags & CLI_SCRIPT ? " [options]" : "", *verb->arguments ? " " : "", verb->arguments);
    wrap_text(verb->summary, 0, 0, HELP_WIDTH, out);
    if (verb->about) wrap_text(verb->about, 0, 0, HELP_WIDTH, out);
    text_add(out, "\nExample\n");
    for (const char *line = verb->example; *line;) {
        size_t length = strcspn(line, "\n");
        text_add_format(out, "  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    if (verb->option_count) {
        text_add(out, "\nOptions\n");
        put_options(verb->options, verb->option_count, out);
    }
    text_add(out, "\nOptions of every verb\n");
    put_options(cli_options_of_all, cli_options_of_all_count, out);
    put_exits(out);
}
