/* SPDX-License-Identifier: EUPL-1.2 */
#include "core/jobs/placement_kept.h"

#include "base/json.h"

#include <string.h>

/* [partition, chosen, heard, wait_s, held] or [partition, chosen, heard, code, argument…] */
static void keep(const struct placement_verdict *verdict, bool chosen, struct json_writer *writer)
{
    json_open(writer, '[');
    json_put_text(writer, verdict->partition->id.text);
    json_put_flag(writer, chosen);
    json_put_flag(writer, verdict->heard);
    if (!verdict->refusal.code) {
        json_put_number(writer, verdict->wait_s);
        json_put_number(writer, verdict->amount);
    } else {
        json_put_text(writer, refusal_code_text(verdict->refusal.code));
        for (int i = 0; i < ARGUMENTS_MAX && verdict->refusal.arguments[i].kind; i++) {
            const struct refusal_argument *argument = &verdict->refusal.arguments[i];
            if (argument->kind == ARGUMENT_NAME) json_put_text(writer, argument->text);
            else json_put_number(writer, argument->number);
        }
    }
    json_close(writer, ']');
}

char *placement_keep(const struct placement *placement, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '[');
    for (int i = 0; i < placement->count; i++) keep(&placement->verdicts[i], i == placement->chosen, &writer);
    json_close(&writer, ']');
    return out.bytes;
}

static bool refusal_again(const struct json_t *kept, struct refusal *refusal)
{
    *refusal = (struct refusal){ .code = refusal_code_find(json_text(json_at(kept, 3))) };
    for (int i = 0; refusal->code && i < ARGUMENTS_MAX && 4 + i < json_count(kept); i++) {
        const struct json_t *value = json_at(kept, 4 + i);
        const char *name = json_text(value);
        refusal->arguments[i] = name ? argument_name(name) : (struct refusal_argument){ .kind = refusal_argument_kind(refusal->code, i) };
        if (!name && !json_number(value, &refusal->arguments[i].number)) return false;
    }
    return refusal->code != REFUSAL_NONE;
}

static bool again(const struct json_t *kept, struct picture_partition *partition, struct placement_verdict *verdict)
{
    const char *id = json_text(json_at(kept, 0)), *slash = id ? strchr(id, '/') : NULL;
    if (!slash || strlen(id) > ID_MAX) return false;
    *partition = (struct picture_partition){ .id = id_from(id) };
    memcpy(partition->system.text, id, (size_t)(slash - id));
    *verdict = (struct placement_verdict){ .partition = partition, .heard = json_flag(json_at(kept, 2)) };
    if (json_text(json_at(kept, 3))) return refusal_again(kept, &verdict->refusal);
    return json_number(json_at(kept, 3), &verdict->wait_s) && json_number(json_at(kept, 4), &verdict->amount);
}

char *placement_kept_format(const char *kept, struct arena *arena)
{
    struct json_fault fault;
    struct json_t *json = json_read(kept, strlen(kept), &fault);
    struct placement *placement = arena_take(arena, sizeof *placement);
    struct picture *picture = arena_take(arena, sizeof *picture);
    bool ok = json != NULL;
    placement->chosen = -1;
    for (int i = 0; ok && i < json_count(json) && i < PICTURE_PARTITIONS_MAX; i++) {
        const struct json_t *one = json_at(json, i);
        ok = again(one, &picture->partitions[i], &placement->verdicts[i]);
        if (json_flag(json_at(one, 1))) placement->chosen = i;
        placement->count++;
    }
    json_free(json);
    return ok ? placement_format(placement, arena) : NULL;
}
