/* SPDX-License-Identifier: EUPL-1.2 */
/* placement_test.c - one row a case. First the checks of one partition in their order of precedence, then the order among
 * several, then the answer to the whole question. Time stands at 1,000,000 s. */
#include "core/jobs/placement.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

enum { NOW_S = 1000000 };

/* The partition x/p has 16 slots in 4 nodes, allows 7,200 s with 30 s grace, and is made of "NVIDIA A100-64". */
static const char *const verdict_table[] = {
    /* partition   | asks: pieces nodes per-node limit model named jobs | allocation  | verdict */
    "open  standard       1     0        0     0     -    no    1   none               estimated 3630",
    "open  standard      16     0        0  7200     -    no    1   none               estimated 115680",
    "open  standard       4     4        0    60  a100    no    2   720                estimated 720",
    "open  standard       4     1        4    60    64    no    2   719                insufficient-allocation 0.2 h|about 0.199 h (719 s)",
    "open  standard       4     1        4    60     -    no    2   0                  insufficient-allocation 0.2 h|0 h",
    "open  standard       4     1        4    60     -    no    1   later              allocation-inactive 1970-01-12T13:46:40.001Z|1970-01-12T14:00:00.000Z",
    "open  standard       4     1        4    60     -    no    1   over               allocation-inactive 1970-01-01T00:00:00.001Z|1970-01-12T13:46:40.000Z",
    "open  standard       4     1        4    60     -    no    1   now                estimated 360",
    "open  standard       4     1        4    60     -    no    1   elsewhere          no-allocation aura|x/p",
    "open  standard      16     4        4  7200     -    no 1000   endless            estimated 115680000",
    "open  standard       1     1        0  7201     -    no    1   elsewhere          time-too-long 2 h 00 min 01 s|2 h 00|x/p",
    "open  standard       5     1        5  7201     -    no    1   elsewhere          too-many-per-node 5|4|x/p",
    "open  standard       5     1        0  7201     -    no    1   elsewhere          too-many-per-node 5|4|x/p",
    "open  standard       9     2        0    60     -    no    1   none               too-many-per-node 5|4|x/p",
    "open  standard       9     0        0    60     -    no    1   none               estimated 810",
    "open  standard      15     5        5  7201     -    no    1   elsewhere          too-many-nodes 5|4|x/p",
    "open  standard      17     5        5  7201     -    no    1   elsewhere          too-many-pieces 17|16|x/p",
    "open  standard 1000000     0        0     0     -    no    1   none               too-many-pieces 1000000|16|x/p",
    "open  standard      17     5        5  7201   a10    no    1   elsewhere          model-differs a10|NVIDIA A100-64|x/p",
    "open  standard       1     0        0     0 A100    no    1   none               estimated 3630",
    "open  standard       1     0        0     0 100    no    1   none               model-differs 100|NVIDIA A100-64|x/p",
    "open  exp           17     5        5  7201   a10    no    1   elsewhere          partition-by-wish-only x/p",
    "open  exp            1     0        0     0     -   yes    1   none               estimated 3630",
    "open  exp            1     0        0     0     -  bare    1   none               estimated 3630",
    "shut  exp           17     5        5  7201   a10    no    1   elsewhere          partition-closed x/p",
    "shut  exp            1     0        0     0     -   yes    1   none               partition-closed x/p",
};

static void describe(const struct placement_verdict *verdict, struct text *out)
{
    if (!verdict->refusal.code) {
        text_add_format(out, "estimated %lld", (long long)verdict->amount);
        return;
    }
    text_add(out, refusal_code_text(verdict->refusal.code));
    for (int i = 0; i < ARGUMENTS_MAX && verdict->refusal.arguments[i].kind; i++) {
        text_add_char(out, i ? '|' : ' ');
        refusal_argument_format(&verdict->refusal.arguments[i], out);
    }
}

static struct placement_allocation allocation_of(const char *word)
{
    const int64_t now_ms = (int64_t)NOW_S * 1000, later_ms = now_ms + 800000;
    struct placement_allocation allocation = { id_from("x/p"), 1000000, 1, later_ms };
    int64_t available;
    if (text_to_number(word, &available)) allocation.available = available;
    else if (strcmp(word, "endless") == 0) allocation.available = INT64_MAX;
    else if (strcmp(word, "elsewhere") == 0) allocation.partition = id_from("x/q");
    else if (strcmp(word, "later") == 0) allocation.starts_ms = now_ms + 1;
    else if (strcmp(word, "over") == 0) allocation.ends_ms = now_ms;
    else CHECK(strcmp(word, "now") == 0 || strcmp(word, "none") == 0);
    if (strcmp(word, "now") == 0) allocation.starts_ms = now_ms, allocation.ends_ms = now_ms + 1;
    return allocation;
}

static bool verdict_holds(const char *line, struct arena *arena)
{
    char open[8], kind[16], model[16], named[8], has[16];
    long long pieces, nodes, per_node, limit_s, jobs;
    int read = 0;
    CHECK(sscanf(line, "%7s %15s %lld %lld %lld %lld %15s %7s %lld %15s %n", open, kind, &pieces, &nodes, &per_node, &limit_s, model,
                 named, &jobs, has, &read) == 10);
    struct job_request request = {
        .accelerators = pieces, .pieces = pieces, .nodes = nodes ? nodes : 1, .nodes_fixed = nodes > 0, .accelerators_per_node = per_node,
        .limit_s = limit_s, .model = strcmp(model, "-") == 0 ? NULL : model,
        .partition = strcmp(named, "yes") == 0 ? "x/p" : strcmp(named, "bare") == 0 ? "p" : NULL,
    };
    static struct picture picture;
    picture = (struct picture){ .count = 1 };
    picture.partitions[0] = (struct picture_partition){
        .id = id_from("x/p"), .system = id_from("x"), .slots = 16, .nodes = 4, .slots_per_node = 4, .limit_max_s = 7200, .grace_s = 30,
        .model = "NVIDIA A100-64", .open = strcmp(open, "open") == 0, .experimental = strcmp(kind, "exp") == 0,
    };
    struct placement_allocation allocation = allocation_of(has);
    struct placement_question question = {
        .request = &request, .jobs = jobs, .allocations = &allocation, .allocation_count = 1, .has_project = strcmp(has, "none") != 0,
        .project = "aura", .now_ms = (int64_t)NOW_S * 1000,
    };
    static struct placement placement;
    struct text got;
    text_init(&got, arena);
    placement_decide(&picture, &question, &placement);
    describe(&placement.verdicts[0], &got);
    if (strcmp(got.bytes, line + read) == 0 && (placement.chosen == 0) == (strncmp(got.bytes, "estimated", 9) == 0)) return true;
    printf("not ok - placement: %s\n  got %s\n", line, got.bytes);
    return false;
}

/* A partition each: ID (its system in front of the slash), then letters: h heard, c closed, x experimental, m home by the
 * question's list, M home by the picture, w work waiting; then numbers: work waiting, pieces running, seconds to run for each of them.
 * All have 4 slots. The outcome: order with waits, and a star behind the chosen. */
static const struct { const char *partition, *pieces, *partitions, *outcome, *whole; } order_table[] = {
    { NULL, "1", "b/g h 0 0 0, a/g h 0 0 0", "a/g 0*, b/g 0", "none" },
    { NULL, "1", "b/g hm 0 0 0, a/g h 0 0 0", "b/g 0*, a/g 0", "none" },
    { NULL, "1", "b/g hM 0 0 0, a/g h 0 0 0", "b/g 0*, a/g 0", "none" },
    { NULL, "1", "b/g hm 1 0 0, a/g h 0 0 0", "a/g 0*, b/g 1", "none" },
    { NULL, "1", "b/g h 400 0 0, a/g h 401 0 0", "b/g 100*, a/g 101", "none" },
    { NULL, "1", "b/g h 0 4 100, a/g - 0 0 0", "b/g 100*, a/g 0", "none" },
    { NULL, "1", "b/g - 8 0 0, a/g - 0 0 0", "a/g 0*, b/g 2", "none" },
    { NULL, "1", "a/g h 0 3 100", "a/g 0*", "none" },
    { NULL, "2", "a/g h 0 3 100", "a/g 75*", "none" },
    { NULL, "2", "a/g h 0 3 101", "a/g 76*", "none" },
    { NULL, "1", "a/g hw 0 0 0", "a/g 0*", "none" },
    { NULL, "1", "a/g h 100 3 100", "a/g 100*", "none" },
    { NULL, "1", "a/g h 0 4 -5", "a/g 0*", "none" },
    { NULL, "1", "a/g h 8 4 -5", "a/g 2*", "none" },
    { NULL, "1", "a/g h 9223372036854775807 4 100", "a/g 2305843009213693952*", "none" },
    { NULL, "1", "c/g hc 0 0 0, b/g h 5 0 0, a/g hx 0 0 0", "b/g 2*, a/g partition-by-wish-only, c/g partition-closed", "none" },
    { "a/g", "1", "c/g h 0 0 0, b/g h 0 0 0, a/g hx 9 0 0", "a/g 3*, b/g 0, c/g 0", "none" },
    { "g", "1", "b/h h 0 0 0, a/g h 9 0 0", "a/g 3*, b/h 0", "none" },
    { "a/g", "1", "b/g h 0 0 0, a/g - 9 0 0", "a/g 3*, b/g 0", "none" },
    { "a/g", "1", "b/g h 0 0 0, a/g hc 0 0 0", "b/g 0, a/g partition-closed", "partition-closed a/g" },
    { "g", "1", "b/g h 0 0 0, a/g h 0 0 0", "a/g 0, b/g 0", "no-such-partition g" },
    { "a", "1", "b/g h 0 0 0, a/g h 0 0 0", "a/g 0, b/g 0", "no-such-partition a" },
    { "a/", "1", "a/g h 0 0 0", "a/g 0", "no-such-partition a/" },
    { "A/g", "1", "a/g h 0 0 0", "a/g 0", "no-such-partition A/g" },
    { NULL, "5", "b/g h 0 0 0, a/g h 0 0 0", "a/g too-many-pieces, b/g too-many-pieces", "no-partition-fits 2" },
    { NULL, "1", "", "", "no-partition-fits 0" },
};

static struct picture_partition partition_read(const char *line)
{
    char id[32], letters[8], system[32] = { 0 };
    long long waiting, pieces, rest_s;
    CHECK(sscanf(line, "%31s %7s %lld %lld %lld", id, letters, &waiting, &pieces, &rest_s) == 5);
    memcpy(system, id, strcspn(id, "/"));
    return (struct picture_partition){
        .id = id_from(id), .system = id_from(system), .slots = 4, .nodes = 1, .slots_per_node = 4, .limit_max_s = 3600, .grace_s = 30,
        .heard = strchr(letters, 'h'), .open = !strchr(letters, 'c'), .experimental = strchr(letters, 'x'), .home = strchr(letters, 'M'),
        .waiting_work = waiting, .waiting_jobs = strchr(letters, 'w') != NULL, .running_pieces = pieces, .running_end_sum_s = pieces * (NOW_S + rest_s),
    };
}

static bool order_holds(int row, struct arena *arena)
{
    static struct picture picture;
    static struct placement placement;
    static struct id homes[8];
    int home_count = 0;
    picture = (struct picture){ .count = 0 };
    for (const char *line = order_table[row].partitions; line && *line; line = strchr(line, ',')) {
        while (*line == ',' || *line == ' ') line++;
        struct picture_partition partition = partition_read(line);
        if (line[strlen(partition.id.text) + 1] == 'h' && line[strlen(partition.id.text) + 2] == 'm') homes[home_count++] = partition.system;
        picture.partitions[picture.count++] = partition;
    }
    int64_t pieces = 0;
    CHECK(text_to_number(order_table[row].pieces, &pieces));
    struct job_request request = { .partition = order_table[row].partition, .accelerators = pieces, .pieces = pieces, .nodes = 1, .limit_s = 60 };
    struct placement_question question = { .request = &request, .jobs = 1, .home_systems = homes, .home_system_count = home_count, .now_ms = (int64_t)NOW_S * 1000 };
    struct text got, whole;
    text_init(&got, arena);
    text_init(&whole, arena);
    placement_decide(&picture, &question, &placement);
    for (int i = 0; i < placement.count; i++) {
        const struct placement_verdict *verdict = &placement.verdicts[i];
        text_add_format(&got, i ? ", %s " : "%s ", verdict->partition->id.text);
        if (verdict->refusal.code) text_add(&got, refusal_code_text(verdict->refusal.code));
        else text_add_number(&got, verdict->wait_s);
        if (i == placement.chosen) text_add_char(&got, '*');
    }
    struct placement_verdict answer = { .refusal = placement_refusal(&placement, &request) };
    if (answer.refusal.code) describe(&answer, &whole);
    else text_add(&whole, "none");
    if (strcmp(got.bytes, order_table[row].outcome) == 0 && strcmp(whole.bytes, order_table[row].whole) == 0) return true;
    printf("not ok - placement: %s\n  wanted %s (%s)\n  got    %s (%s)\n", order_table[row].partitions, order_table[row].outcome,
           order_table[row].whole, got.bytes, whole.bytes);
    return false;
}

/* Nothing was named and nothing fits: an allocation that falls short says more than "none of them". */
static bool closest_holds(void)
{
    static struct picture picture;
    static struct placement placement;
    picture = (struct picture){ .count = 4 };
    const char *const ids[] = { "a/g", "b/g", "c/g", "d/g" };
    for (int i = 0; i < 4; i++)
        picture.partitions[i] = (struct picture_partition){ .id = id_from(ids[i]), .slots = 4, .nodes = 1, .slots_per_node = 4, .limit_max_s = 3600, .open = true };
    struct placement_allocation allocations[] = { { id_from("b/g"), 100, 1, 2 }, { id_from("c/g"), 59, 1, INT64_MAX }, { id_from("d/g"), 10, 1, INT64_MAX } };
    struct job_request request = { .pieces = 1, .nodes = 1, .limit_s = 60 };
    struct placement_question question = { .request = &request, .jobs = 1, .has_project = true, .project = "aura", .allocations = allocations, .now_ms = 1000 };
    const enum refusal_code wanted[] = { REFUSAL_NO_PARTITION_FITS, REFUSAL_ALLOCATION_INACTIVE, REFUSAL_INSUFFICIENT_ALLOCATION, REFUSAL_INSUFFICIENT_ALLOCATION };
    for (int count = 0; count < 4; count++) {
        question.allocation_count = count;
        placement_decide(&picture, &question, &placement);
        struct refusal got = placement_refusal(&placement, &request);
        if (got.code == wanted[count] && (count < 2 || got.arguments[1].number == 59)) continue;
        printf("not ok - placement: closest of %d: %s\n", count, refusal_code_text(got.code));
        return false;
    }
    return true;
}

static bool limits_hold(void)
{
    static const struct { int64_t asked, most, limit_s; } rows[] = { { 0, 7200, 3600 }, { 0, 600, 600 }, { 0, 3600, 3600 }, { 60, 600, 60 }, { 7200, 600, 7200 } };
    for (int i = 0; i < countof(rows); i++) {
        struct job_request request = { .limit_s = rows[i].asked };
        struct picture_partition partition = { .limit_max_s = rows[i].most };
        if (placement_limit_s(&request, &partition) == rows[i].limit_s) continue;
        printf("not ok - placement: time limit, row %d\n", i);
        return false;
    }
    return true;
}

/* The JSON of a chosen, an estimated and a refused partition; and the largest picture, read back whole. */
static bool format_holds(struct arena *arena)
{
    static struct picture picture;
    static struct placement placement;
    picture = (struct picture){ .count = 3 };
    const char *const ids[] = { "a/g", "b/g", "c/g" };
    for (int i = 0; i < 3; i++)
        picture.partitions[i] = (struct picture_partition){ .id = id_from(ids[i]), .system = id_from("s"), .slots = 4, .nodes = 1, .slots_per_node = 4,
                                                            .limit_max_s = 3600, .grace_s = 30, .open = i < 2, .heard = i == 0 };
    struct job_request request = { .pieces = 1, .nodes = 1, .limit_s = 60 };
    struct placement_question question = { .request = &request, .jobs = 1 };
    placement_decide(&picture, &question, &placement);
    const char *wanted = "[{\"partition\":\"a/g\",\"system\":\"s\",\"chosen\":true,\"estimated\":true,\"heard\":true,\"wait_s\":0,\"held\":90},"
                         "{\"partition\":\"b/g\",\"system\":\"s\",\"chosen\":false,\"estimated\":true,\"heard\":false,\"wait_s\":0,\"held\":90},"
                         "{\"partition\":\"c/g\",\"system\":\"s\",\"chosen\":false,\"estimated\":false,\"heard\":false,\"code\":\"partition-closed\","
                         "\"sentence\":\"c/g takes no new jobs.\",\"rule\":\"the hosting entity decides when its partition is open.\","
                         "\"next\":\"choose another partition, or leave the choice to the network.\"}]";
    if (strcmp(placement_format(&placement, arena), wanted) != 0) {
        printf("not ok - placement: JSON: %s\n", placement_format(&placement, arena));
        return false;
    }
    return true;
}

/* The longest refusal everywhere still fits into the job's row. */
static bool largest_holds(struct arena *arena)
{
    static struct picture picture;
    static struct placement placement;
    struct picture_partition partition = { .id = id_from("a-system-of-a-long-name/a-partition-of-long-nam"), .system = id_from("a-system-of-a-long-name"), .open = true };
    memset(partition.model, '"', sizeof partition.model - 1);
    picture.count = PICTURE_PARTITIONS_MAX;
    for (int i = 0; i < picture.count; i++) picture.partitions[i] = partition;
    struct job_request request = { .pieces = 1, .nodes = 1, .limit_s = 60, .model = "a-model-of-forty-characters-0123456789-0" };
    struct placement_question question = { .request = &request, .jobs = 1 };
    placement_decide(&picture, &question, &placement);
    struct json_fault fault;
    const char *text = placement_format(&placement, arena);
    struct json_t *json = json_read(text, strlen(text), &fault);
    bool holds = json_count(json) == PICTURE_PARTITIONS_MAX && strlen(text) <= PLACEMENT_BYTES_MAX;
    json_free(json);
    if (!holds) printf("not ok - placement: the largest has %zu bytes\n", strlen(text));
    return holds;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 4 * 1024 * 1024);
    bool ok = true;
    for (int i = 0; ok && i < countof(verdict_table); i++) ok = verdict_holds(verdict_table[i], &arena);
    for (int i = 0; ok && i < countof(order_table); i++) ok = order_holds(i, &arena);
    ok = ok && closest_holds() && limits_hold() && format_holds(&arena) && largest_holds(&arena);
    arena_finish(&arena);
    if (ok) printf("ok - placement: %d rows\n", countof(verdict_table) + countof(order_table));
    return !ok;
}
