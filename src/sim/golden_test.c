/* SPDX-License-Identifier: EUPL-1.2 */
/* golden_test.c - three short seeds, line by line, against tests/sim/SEED_COMMANDS.txt; and one seed twice, which must come out
 * the same. A change of behaviour shows here as a difference to be read; `golden_test --write` writes the files anew. */
#include "sim/sim.h"

#include "base/crypto.h"

#include <stdlib.h>
#include <string.h>

static const struct sim_options table[] = {
    { .seed = 3,  .commands = 12, .agents = SIM_AGENTS },
    { .seed = 7,  .commands = 8,  .agents = SIM_AGENTS },
    { .seed = 12, .commands = 20, .agents = 6 },
};

static char *transcript_of(struct sim_options options, uint64_t *hash)
{
    char *text = NULL;
    size_t size = 0;
    struct sim_result result;
    options.transcript = open_memstream(&text, &size);
    CHECK(options.transcript);
    sim_run(&options, &result);
    fclose(options.transcript);
    *hash = result.transcript;
    return text;
}

static char *file_read(const char *path)
{
    char *text = NULL, piece[4096];
    size_t size = 0, got;
    FILE *file = fopen(path, "r"), *copy = open_memstream(&text, &size);
    CHECK(copy);
    while (file && (got = fread(piece, 1, sizeof piece, file)) > 0) fwrite(piece, 1, got, copy);
    if (file) fclose(file);
    fclose(copy);
    return text;
}

/* Both from the first line that differs. */
static void difference_show(const char *path, const char *is, const char *was)
{
    int line = 1;
    const char *is_line = is, *was_line = was;
    for (; *is && *is == *was; is++, was++)
        if (*is == '\n') line++, is_line = is + 1, was_line = was + 1;
    printf("not ok - %s line %d\n  was: %.*s\n  is:  %.*s\n", path, line, (int)strcspn(was_line, "\n"), was_line, (int)strcspn(is_line, "\n"), is_line);
    printf("  if that is what was meant: golden_test --write\n");
}

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file) return false;
    bool ok = fputs(text, file) >= 0;
    return fclose(file) == 0 && ok;
}

int main(int argc, char **argv)
{
    bool writes = argc > 1 && strcmp(argv[1], "--write") == 0;
    int failed = 0;
    uint64_t hash, again;
    crypto_start();
    for (int i = 0; i < countof(table); i++) {
        char path[80];
        snprintf(path, sizeof path, "tests/sim/%llu_%d.txt", (unsigned long long)table[i].seed, table[i].commands);
        char *is = transcript_of(table[i], &hash), *was = file_read(path);
        if (writes ? !write_file(path, is) : strcmp(is, was) != 0) failed++, difference_show(path, is, was);
        free(is);
        free(was);
    }
    free(transcript_of(table[2], &hash));
    free(transcript_of(table[2], &again));
    if (hash != again) failed++, printf("not ok - seed %llu came out differently the second time\n", (unsigned long long)table[2].seed);
    if (!failed) printf("ok - golden: %d rows\n", countof(table) + 1);
    return failed != 0;
}
