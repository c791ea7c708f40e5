/* SPDX-License-Identifier: EUPL-1.2 */
/* table_test.c - tables as they stand on the screen. */
#include "cli/table.h"

#include "cli/words.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static int wrong, count;

static void check(const char *what, const char *got, const char *wanted)
{
    count++;
    if (strcmp(got, wanted) == 0) return;
    printf("not ok - %s\n--- wanted\n%s--- got\n%s", what, wanted, got);
    wrong++;
}

static const char *const cells[][3] = {
    { "lumi/gpu", "○ waiting", "12" },
    { "日本/gpu", "◐ running", NULL },
    { "Łódź", "● completed after a long time", "1,234" },
};

static const char *shown(int width, bool colour, struct arena *arena)
{
    struct table table;
    struct text out;
    table_init(&table, arena);
    table_column(&table, TABLE_LEFT, "WHERE");
    table_column(&table, TABLE_GIVES, "STATE");
    table_column(&table, TABLE_RIGHT, "N");
    for (int i = 0; i < countof(cells); i++) {
        table_cell(&table, PAINT_PLAIN, cells[i][0]);
        table_cell(&table, PAINT_GOOD, cells[i][1]);
        table_cell(&table, PAINT_PLAIN, cells[i][2]);
    }
    text_init(&out, arena);
    table_format(&table, width, colour, &out);
    return out.bytes;
}

static const struct { int64_t seconds; const char *duration, *amount; } figures[] = {
    { 0, "0 s", "0 h" }, { 1, "1 s", "under 0.001 h" }, { 59, "59 s", "0.016 h" }, { 60, "1 min", "0.016 h" }, { 90, "1 min 30 s", "0.025 h" },
    { 480, "8 min", "0.133 h" }, { 3600, "1 h 00", "1 h" }, { 6000, "1 h 40", "1.666 h" }, { 86400, "24 h 00", "24 h" },
};

static void check_words(struct arena *arena)
{
    int64_t seconds;
    for (int i = 0; i < countof(figures); i++) {
        check("a duration", words_duration(figures[i].seconds, arena), figures[i].duration);
        check("an amount", words_amount(figures[i].seconds, arena), figures[i].amount);
    }
    check("one", words_count(1, "accelerator", arena), "1 accelerator");
    check("none", words_count(0, "accelerator", arena), "0 accelerators");
    check("a size", words_size(3 * 1024 * 1024 + 5, arena), "3 MiB");
    check("bytes", words_size(512, arena), "512 bytes");
    check("many", words_size((int64_t)5000 * 1024 * 1024 * 1024, arena), "5000 GiB");
    check("a time", words_time("2026-11-20T10:48:45.123Z", arena), "2026-11-20 10:48:45");
    check("no time", words_time("yesterday", arena) ? "a time" : "none", "none");
    check("no time at all", words_time(NULL, arena) ? "a time" : "none", "none");
    check("between", words_between("2026-11-20T10:48:45.900Z", "2026-11-20T10:50:46.000Z", &seconds) && seconds == 120 ? "120 s" : "wrong", "120 s");
    check("not between", words_between(NULL, "2026-11-20T10:50:46.000Z", &seconds) ? "wrong" : "none", "none");
    check("a long id", words_short("01JABCDEFGHJKMNPQRSTVWXYZ0", arena), "01JA…XYZ0");
    check("a short id", words_short("lumi", arena), "lumi");
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    setlocale(LC_CTYPE, "C.UTF-8");
    check("as wide as it is", shown(TABLE_WIDTH_ANY, false, &arena),
          "WHERE     STATE                                N\n"
          "lumi/gpu  ○ waiting                           12\n"
          "日本/gpu  ◐ running                      unknown\n"
          "Łódź      ● completed after a long time    1,234\n");
    check("40 columns", shown(40, false, &arena),
          "WHERE     STATE                        N\n"
          "lumi/gpu  ○ waiting                   12\n"
          "日本/gpu  ◐ running              unknown\n"
          "Łódź      ● completed after a …    1,234\n");
    check("too narrow: only one column gives, and not all of it", shown(20, false, &arena),
          "WHERE     STATE           N\n"
          "lumi/gpu  ○ waiti…       12\n"
          "日本/gpu  ◐ runni…  unknown\n"
          "Łódź      ● compl…    1,234\n");
    check("colours don't count", shown(40, true, &arena),
          "\033[2mWHERE\033[0m     \033[2mSTATE\033[0m                        \033[2mN\033[0m\n"
          "lumi/gpu  \033[32m○ waiting\033[0m                   12\n"
          "日本/gpu  \033[32m◐ running\033[0m              \033[2munknown\033[0m\n"
          "Łódź      \033[32m● completed after a …\033[0m    1,234\n");
    check_words(&arena);
    arena_finish(&arena);
    if (wrong) return 1;
    printf("ok - tables and figures: %d rows\n", count);
    return 0;
}
