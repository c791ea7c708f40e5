/* SPDX-License-Identifier: EUPL-1.2 */
/* folders.c - a folder's list is accepted before its files: it says which contents may be sent. The answer names the folder. */
#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/rules.h"

#include <string.h>

void folder_add_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct folder_add *body = command->body;
    struct folder_list list;
    struct hash hash = sha256(body->list, strlen(body->list));
    char hex[HASH_HEX + 1];
    outcome->refusal = folder_parse(body->list, outcome->arena, &list);
    if (outcome->refusal.code) return;
    hex_format(hash.bytes, HASH_BYTES, hex);
    const char *answer = arena_format(outcome->arena, "{\"folder\":\"%s\",\"project\":\"%s\",\"files\":%d,\"size_bytes\":%lld}", hex, facts->project->id.text,
                                      list.count, (long long)list.size_bytes);
    outcome_answer(outcome, facts->folder ? 200 : 201, answer);
    if (facts->folder) return;
    struct folder folder = { .project = facts->project->id, .hash = arena_text(outcome->arena, hex), .files = list.count, .size_bytes = list.size_bytes,
                             .list = body->list, .added_ms = facts->now_ms };
    outcome_add(outcome, &folder_shape, &folder);
    outcome_event(outcome, "folder.added", folder.project, outcome_scope(outcome, "project", folder.project), answer);
}
