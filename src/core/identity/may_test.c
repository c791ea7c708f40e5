/* SPDX-License-Identifier: EUPL-1.2 */
/* may_test.c - the whole matrix of roles and verbs, how far a grant reaches, and docs/roles.md against the table.
 * UPDATE=1 writes the matrix into docs/roles.md instead of comparing it. */
#include "core/identity/may.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns in the order of enum role: project lead, member | site operator | factory adviser, compliance officer |
 * reviewer, panel chair | programme officer, access manager | data steward, TEF assessor | AI office, auditor | server, agent */
static const char *const matrix[] = {
    "public                xx x xx xx xx xx xx xx",
    "job.read              xx x x. .. x. .. .. ..",
    "job.submit            xx . .. .. .. .. .. ..",
    "job.cancel            xx . .. .. .. .. .. ..",
    "job.release           .. . .. .. .. .. .. x.",
    "job.output            xx . .. .. .. .. .. ..",
    "folder.add            xx . .. .. .. .. .. ..",
    "project.read          xx . xx .. x. .. .. ..",
    "usage.read            xx . x. .. xx .. .x ..",
    "project.manage        x. . .. .. .. .. .. x.",
    "evidence.read         xx . .x .. .. .x .x ..",
    "system.read           .. x .. .. x. .. .. .x",
    "system.operate        .. x .. .. .. .. .. ..",
    "event.read            xx x .. .. x. .. .x ..",
    "ledger.check          .. . .. .. x. .. .x ..",
    "audit.read            .. . .. .. .. .. xx ..",
    "catalogue.write       .. . .. .. x. .. .. x.",
    "identity.write        .. . .. .. x. .. .. x.",
    "allocation.grant      .. . .. .. x. .. .. x.",
    "audit.checkpoint      .. . .. .. .. .. .. x.",
    "agent.report          .. . .. .. .. .. .. .x",
    "agent.send            .. . .. .. .. .. .. x.",
    "agent.enrol           .. . .. .. .. .. .. x.",
    "application.write     x. . .. .. .. .. .. ..",
    "application.read      xx . .. xx xx .. .. ..",
    "application.check     .. . .. .. xx .. .. ..",
    "review.write          .. . .. xx .. .. .. ..",
    "review.read           .. . .. .x x. .. .. ..",
    "decision.write        .. . .. .. x. .. .. ..",
    "case.open             xx . xx .. .. .. .. ..",
    "case.answer           xx . xx .. .. .. .. ..",
    "control.write         .. . .x .. .. .. .. ..",
    "dataset.write         xx . .. .. .. .. .. ..",
    "dataset.read          xx . .. .. .. x. .. ..",
    "dataset.govern        .. . .. .. .. x. .. ..",
    "validation.write      .. . .. .. .. .x .. ..",
    "model.read            xx . .. .. .. .x x. ..",
    "compute_register.read .. . .. .. .. .. x. ..",
    "share.write           .. . .. .. x. .. .. ..",
    "report.read           .. . .. .. xx .. x. ..",
};

static int matrix_fails(void)
{
    CHECK(countof(matrix) == verb_words.count);
    for (int i = 0; i < countof(matrix); i++) {
        const char *name = verb_words.names[i], *marks = matrix[i] + strlen(name);
        bool holds = strncmp(matrix[i], name, strlen(name)) == 0 && *marks == ' ';
        for (int role = 0; holds && role < role_words.count; role++) {
            marks += strspn(marks, " ");
            if (*marks++ == (role_includes((enum role)role, (enum verb)i) ? 'x' : '.')) continue;
            printf("not ok - roles: %s %s\n", role_words.names[role], name);
            return 1;
        }
        if (holds && *marks == 0) continue;
        printf("not ok - roles: verb %s, row \"%s\"\n", name, matrix[i]);
        return 1;
    }
    printf("ok - roles: %d rows\n", countof(matrix));
    return 0;
}

static const char *const reach_table[] = {
    /* actor role               over     scope  verb           state factory system project call tef | may somewhere */
    "ana    project_lead       project  aura   job.submit     -     lumi-f  lumi   aura    -    -     yes yes",
    "ana    project_lead       project  aura   job.submit     -     lumi-f  lumi   boreal  -    -     no  yes", /* another project */
    "ana    project_lead       project  aura   job.submit     -     -       -      -       -    -     no  yes",
    "ana    project_lead       project  aura   job.submit     -     -       aura   -       -    aura  no  yes", /* same word, other kind */
    "ana    project_lead       project  aura   system.operate -     lumi-f  lumi   aura    -    -     no  no",
    "ana    project_lead       project  -      job.submit     -     -       -      -       -    -     no  no",  /* nothing isn't nothing's */
    "ana    project_lead       project  -      job.submit     -     -       -      aura    -    -     no  no",
    "ana    project_lead       network  -      job.submit     -     -       -      aura    -    -     no  no",  /* not a role over that */
    "ana    project_lead       system   lumi   job.submit     -     -       lumi   aura    -    -     no  no",
    "ana    project_lead       factory  aura   job.submit     -     aura    -      aura    -    -     no  no",
    "-      project_lead       project  aura   job.submit     -     -       -      aura    -    -     no  no",  /* nobody */
    "-      project_lead       project  aura   public         -     -       -      boreal  -    -     yes yes",
    "-      auditor            network  -      public         -     -       -      -       -    -     yes yes",
    "olli   site_operator      system   lumi   job.read       -     lumi-f  lumi   aura    -    -     yes yes",
    "olli   site_operator      system   lumi   job.read       -     lumi-f  karo   aura    -    -     no  yes", /* another system */
    "olli   site_operator      system   lumi   job.output     -     lumi-f  lumi   aura    -    -     no  no",
    "olli   site_operator      system   lumi   event.read     -     -       lumi   -       -    -     yes yes",
    "fia    factory_adviser    factory  lumi-f job.read       -     lumi-f  karo   aura    -    -     yes yes",
    "fia    factory_adviser    factory  lumi-f job.read       -     jaif    lumi   aura    -    -     no  yes",
    "carl   compliance_officer factory  lumi-f evidence.read  -     lumi-f  lumi   aura    -    -     yes yes",
    "rita   reviewer           call     play   review.write   -     -       -      -       play -     yes yes",
    "rita   reviewer           call     play   review.write   -     -       -      -       fast -     no  yes",
    "sanna  access_manager     state    FI     usage.read     FI    lumi-f  lumi   aura    -    -     yes yes",
    "sanna  access_manager     state    FI     usage.read     DE    jaif    jup    boreal  -    -     no  yes",
    "tom    tef_assessor       tef      demo   model.read     -     -       -      -       -    demo  yes yes",
    "tom    tef_assessor       tef      demo   model.read     -     -       -      demo    -    -     no  yes",
    "petra  programme_officer  network  -      job.read       -     lumi-f  lumi   aura    -    -     yes yes", /* network: all of it */
    "petra  programme_officer  network  eu     job.read       -     -       -      -       -    -     yes yes",
    "petra  programme_officer  network  -      job.output     -     lumi-f  lumi   aura    -    -     no  no",
    "petra  programme_officer  project  aura   job.read       -     -       -      aura    -    -     no  no",
    "max    auditor            network  -      audit.read     -     -       -      -       -    -     yes yes",
    "agent1 agent              system   lumi   agent.report   -     -       lumi   -       -    -     yes yes",
    "agent1 agent              system   lumi   agent.report   -     -       karo   aura    -    -     no  yes",
    "server server             network  -      job.release    -     -       lumi   aura    -    -     yes yes",
    "server server             network  -      job.output     -     -       lumi   aura    -    -     no  no",
};

static struct id id_of(const char *text) { return id_from(strcmp(text, "-") == 0 ? "" : text); }

static bool reach_row_holds(const char *line)
{
    char actor_id[20], role[20], over[20], scope[20], verb[30], link[6][20], allowed[4], somewhere[4];
    CHECK(sscanf(line, "%19s %19s %19s %19s %29s %19s %19s %19s %19s %19s %19s %3s %3s", actor_id, role, over, scope, verb,
                 link[0], link[1], link[2], link[3], link[4], link[5], allowed, somewhere) == 13);
    CHECK(word_find(&role_words, role) >= 0 && word_find(&scope_kind_words, over) >= 0 && word_find(&verb_words, verb) >= 0);
    struct scope_chain object = { .state = id_of(link[0]), .factory = id_of(link[1]), .system = id_of(link[2]),
                                  .project = id_of(link[3]), .call = id_of(link[4]), .tef = id_of(link[5]) };
    enum verb wanted = (enum verb)word_find(&verb_words, verb);
    enum scope_kind kind = (enum scope_kind)word_find(&scope_kind_words, over);
    /* a second role that never helps: one grant more must not open anything else */
    struct actor actor = { .id = id_of(actor_id), .role_count = 2, .roles = {
        { ROLE_REVIEWER, SCOPE_OF_CALL, id_from("elsewhere") },
        { (enum role)word_find(&role_words, role), kind, id_of(scope) } } };
    return may(&actor, wanted, &object) == (strcmp(allowed, "yes") == 0) &&
           may_somewhere(&actor, wanted, kind) == (strcmp(somewhere, "yes") == 0);
}

static int reach_fails(void)
{
    for (int i = 0; i < countof(reach_table); i++) {
        if (reach_row_holds(reach_table[i])) continue;
        printf("not ok - may: %s\n", reach_table[i]);
        return 1;
    }
    printf("ok - may: %d rows\n", countof(reach_table));
    return 0;
}

/* Over a thing that lies in every kind of scope under one name, a role reaches what its own kind says: 15 roles x 40 verbs x 7 kinds. */
static int everywhere_fails(void)
{
    struct id same = id_from("same");
    struct scope_chain object = { same, same, same, same, same, same };
    int count = 0;
    for (int role = 0; role < role_words.count; role++)
        for (int kind = 0; kind < scope_kind_words.count; kind++)
            for (int verb = 0; verb < verb_words.count; verb++, count++) {
                struct actor actor = { .id = id_from("ana"), .role_count = 1, .roles = { { (enum role)role, (enum scope_kind)kind, same } } };
                bool wanted = verb == VERB_PUBLIC || (role_scope((enum role)role) == (enum scope_kind)kind && role_includes((enum role)role, (enum verb)verb));
                if (may(&actor, (enum verb)verb, &object) == wanted) continue;
                printf("not ok - may: %s over a %s: %s\n", role_words.names[role], scope_kind_words.names[kind], verb_words.names[verb]);
                return 1;
            }
    printf("ok - may: %d combinations\n", count);
    return 0;
}

static const char page_name[] = "docs/roles.md", begin[] = "<!-- matrix, written by may_test -->\n", end[] = "<!-- end -->\n";

static void matrix_format(struct text *out)
{
    text_add(out, "| |");
    for (int role = 0; role < role_words.count; role++) text_add_format(out, " %s |", role_words.names[role]);
    text_add(out, "\n|---|");
    for (int role = 0; role < role_words.count; role++) text_add(out, "---|");
    text_add(out, "\n| *granted over a* |");
    for (int role = 0; role < role_words.count; role++) text_add_format(out, " %s |", scope_kind_words.names[role_scope((enum role)role)]);
    text_add(out, "\n");
    for (int verb = 0; verb < verb_words.count; verb++) {
        text_add_format(out, "| `%s` |", verb_words.names[verb]);
        for (int role = 0; role < role_words.count; role++) text_add(out, role_includes((enum role)role, (enum verb)verb) ? " x |" : " |");
        text_add(out, "\n");
    }
}

static bool page_write(const char *head, size_t head_length, const char *matrix_text, const char *tail)
{
    FILE *file = fopen(page_name, "w");
    if (!file) return false;
    fprintf(file, "%.*s%s%s", (int)head_length, head, matrix_text, tail);
    return fclose(file) == 0;
}

static int page_fails(struct arena *arena)
{
    enum { PAGE_MAX = 64 * 1024 };
    char *page = arena_take(arena, PAGE_MAX);
    FILE *file = fopen(page_name, "r");
    if (!file) {
        printf("not ok - %s can't be read; tests run from the root of the source\n", page_name);
        return 1;
    }
    CHECK(fread(page, 1, PAGE_MAX - 1, file) < PAGE_MAX - 1);
    fclose(file);

    struct text wanted;
    text_init(&wanted, arena);
    matrix_format(&wanted);
    char *from = strstr(page, begin), *to = strstr(page, end);
    CHECK(from && to && from < to);
    from += strlen(begin);
    if (getenv("UPDATE")) CHECK(page_write(page, (size_t)(from - page), wanted.bytes, to));
    else if ((size_t)(to - from) != wanted.length || memcmp(from, wanted.bytes, wanted.length) != 0) {
        printf("not ok - %s differs from the role table; UPDATE=1 writes it anew\n", page_name);
        return 1;
    }
    printf("ok - %s: %d roles x %d verbs\n", page_name, role_words.count, verb_words.count);
    return 0;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    int failed = matrix_fails() || reach_fails() || everywhere_fails() || page_fails(&arena);
    arena_finish(&arena);
    return failed;
}
