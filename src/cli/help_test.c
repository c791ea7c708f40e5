/* SPDX-License-Identifier: EUPL-1.2 */
/* help_test.c - every page of help as it stands in tests/cli/help.txt; UPDATE=1 writes that file anew. And: each verb has what a
 * page needs, and docs/cli.md names it. */
#include "cli/help.h"

#include "cli/beneath.h"
#include "cli/verbs.h"
#include "cli/wrap.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char golden[] = "tests/cli/help.txt";
static int wrong;

static void fail(const char *what, const char *which)
{
    printf("not ok - %s: %s\n", which, what);
    wrong++;
}

static char *pages(const struct cli_verbs *verbs, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    text_add(&out, "$ aif --help\n");
    help_all(verbs, &out);
    for (int i = 0; i < verbs_count(verbs); i++) {
        text_add_format(&out, "\n$ aif %s --help\n", verbs_at(verbs, i)->name);
        help_verb(verbs_at(verbs, i), &out);
    }
    return out.bytes;
}

static void check_width(const char *text, struct arena *arena)
{
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n");
        char *line = arena_text_n(arena, at, length);
        if (text_columns(line) > 80) fail("wider than 80 columns", line);
        at += length + (at[length] == '\n');
    }
}

static void check_rows(const struct cli_verbs *verbs, const char *document, struct arena *arena)
{
    for (int i = 0; i < verbs_count(verbs); i++) {
        const struct cli_verb *verb = verbs_at(verbs, i);
        if (!verb->run || !*verb->summary) fail("no handler or no summary", verb->name);
        if (!strstr(verb->example, arena_format(arena, "aif %s", verb->name))) fail("its example doesn't show it", verb->name);
        if (!strstr(document, arena_format(arena, "aif %s", verb->name))) fail("docs/cli.md doesn't name it", verb->name);
        for (int j = 0; j < verb->option_count; j++)
            if (!strstr(document, arena_format(arena, "--%s", verb->options[j].name))) fail("docs/cli.md doesn't name it", verb->options[j].name);
    }
}

static void check_golden(const char *text)
{
    struct error error;
    size_t length;
    if (getenv("UPDATE")) {
        FILE *out = fopen(golden, "w");
        if (!out || fputs(text, out) < 0 || fclose(out) != 0) fail("can't be written", golden);
        return;
    }
    char *wanted = file_text(golden, 1 << 20, &length, &error);
    if (!wanted || strcmp(wanted, text) != 0) fail("help differs; UPDATE=1 writes it anew", golden);
    free(wanted);
}

int main(void)
{
    const struct cli_verbs verbs = { verbs_own, verbs_own_count, NULL, 0 };
    struct error error;
    struct arena arena;
    size_t length;
    arena_init(&arena, 4 << 20);
    setlocale(LC_CTYPE, "C.UTF-8");
    char *document = file_text("docs/cli.md", 1 << 20, &length, &error), *text = pages(&verbs, &arena);
    if (document) check_rows(&verbs, document, &arena);
    else fail(error.text, "docs/cli.md");
    check_width(text, &arena);
    check_golden(text);
    free(document);
    arena_finish(&arena);
    if (wrong) return 1;
    printf("ok - help: %d verbs\n", verbs_count(&verbs));
    return 0;
}
