/* SPDX-License-Identifier: EUPL-1.2 */
/* folders_test.c - folder.add: what a list says, how a folder that is known is answered, and what is told of it. The form of a
 * list has its own table (folder_test.c). */
#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/rules.h"

#include <stdio.h>
#include <string.h>

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct { const char *list; bool known; const char *outcome; int64_t files, size_bytes; } table[] = {
    { HASH_A " 12 - a.txt\n", false, "201", 1, 12 },
    { HASH_A " 12 - a.txt\n" HASH_A " 0 x my \"secret\" name.sh\n", false, "201", 2, 12 },
    { HASH_A " 12 - a.txt\n", true, "200", 1, 12 },
    { HASH_A " 12 - ../a.txt\n", false, "invalid-path", 0, 0 },
    { HASH_A " 12 - ../a.txt\n", true, "invalid-path", 0, 0 },
    { HASH_A " x - a.txt\n", false, "invalid-value", 0, 0 },
    { HASH_A " 268435457 - a.txt\n", false, "folder-too-large", 0, 0 },
    { HASH_A " 268435456 - a.txt\n", false, "201", 1, 268435456 },
};

static bool row_holds(int row, struct arena *arena)
{
    static const struct folder known;
    const struct project project = { .id = { "aura" }, .name = "aura" };
    struct folder_add body = { .list = table[row].list };
    struct facts facts = { .now_ms = 1700000000000, .arena = arena, .there = true, .project = &project, .folder = table[row].known ? &known : NULL };
    struct outcome outcome = { .arena = arena };
    char hex[HASH_HEX + 1];
    struct hash hash = sha256(body.list, strlen(body.list));
    hex_format(hash.bytes, HASH_BYTES, hex);
    folder_add_decide(&(struct command){ .body = &body }, &facts, &outcome);
    const char *got = outcome.refusal.code ? refusal_code_text(outcome.refusal.code) : arena_format(arena, "%d", outcome.status);
    bool holds = strcmp(got, table[row].outcome) == 0, news = outcome.status == 201 && !outcome.refusal.code;
    if (holds && !outcome.refusal.code)
        holds = strcmp(outcome.answer, arena_format(arena, "{\"folder\":\"%s\",\"project\":\"aura\",\"files\":%lld,\"size_bytes\":%lld}", hex, (long long)table[row].files,
                                                    (long long)table[row].size_bytes)) == 0 && outcome.change_count == news && outcome.event_count == news;
    if (holds && news) {
        const struct folder *folder = outcome.changes[0].row;
        holds = strcmp(folder->hash, hex) == 0 && folder->files == table[row].files && folder->size_bytes == table[row].size_bytes && strcmp(folder->list, body.list) == 0 &&
                strcmp(outcome.events[0].name, "folder.added") == 0 && strcmp(outcome.events[0].scope, "project:aura") == 0 && !strstr(outcome.events[0].payload, "a.txt") &&
                !strstr(outcome.events[0].payload, "secret");
    }
    if (!holds) printf("not ok - folders: row %d: got %s\n", row, got);
    return holds;
}

int main(void)
{
    struct arena arena;
    bool ok = true;
    arena_init(&arena, 16 * 1024 * 1024);
    for (int i = 0; ok && i < countof(table); i++) ok = row_holds(i, &arena);
    arena_finish(&arena);
    if (ok) printf("ok - folders: %d rows\n", countof(table));
    return !ok;
}
