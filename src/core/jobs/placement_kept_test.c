/* SPDX-License-Identifier: EUPL-1.2 */
/* placement_kept_test.c - what is kept says the same again, sentences and all. */
#include "core/jobs/placement_kept.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    static struct picture picture = { .count = 3 };
    static struct placement placement;
    static const char *const ids[] = { "lumi/gpu", "hlrs/ai", "lumi/exp" };
    struct arena arena;
    struct job_request request = { .name = "job", .nodes = 1, .tasks = 1, .accelerators = 3, .pieces = 3, .limit_s = 1200 };
    arena_init(&arena, 1024 * 1024);
    for (int i = 0; i < picture.count; i++) {
        picture.partitions[i] = (struct picture_partition){ .id = id_from(ids[i]), .slots = 4 - i, .nodes = 1, .slots_per_node = 4, .limit_max_s = 3600, .grace_s = 30,
                                                            .open = true, .heard = i == 0, .experimental = i == 2, .waiting_work = 100 };
        memcpy(picture.partitions[i].system.text, ids[i], 4);
    }
    const struct placement_allocation has[] = { { id_from("lumi/gpu"), 1000000, 0, INT64_MAX } };
    struct placement_question question = { .request = &request, .jobs = 1, .allocations = has, .allocation_count = 1, .has_project = true, .project = "aura", .now_ms = 1000 };
    placement_decide(&picture, &question, &placement);
    const char *said = placement_format(&placement, &arena), *kept = placement_keep(&placement, &arena), *again = placement_kept_format(kept, &arena);
    bool ok = placement.chosen == 0 && again && strcmp(said, again) == 0 && strlen(kept) < strlen(said) / 2 && strstr(said, "no-allocation") && !placement_kept_format("[[1]]", &arena);
    printf("%s - placement kept and said again: %zu bytes for %zu\n", ok ? "ok" : "not ok", strlen(kept), strlen(said));
    if (!ok) printf("said:  %s\nkept:  %s\nagain: %s\n", said, kept, again ? again : "-");
    arena_finish(&arena);
    return !ok;
}
