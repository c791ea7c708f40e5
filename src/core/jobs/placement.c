/* SPDX-License-Identifier: EUPL-1.2 */
/* placement.c - the broker's judgement as a pure function of its picture.
 *
 * Each partition's checks stand in the order of precedence, from what lies with the partition to what lies with the project,
 * so the reason shown is the first that would have to change. The verdict doesn't depend on whether a partition was named,
 * except where being named is the rule (experimental platforms). */
#include "core/jobs/placement.h"

#include "base/json.h"
#include "core/ledger/ledger.h"

#include <string.h>

const struct picture_partition *picture_find(const struct picture *picture, struct id partition)
{
    for (int i = 0; i < picture->count; i++)
        if (id_equal(picture->partitions[i].id, partition)) return &picture->partitions[i];
    return NULL;
}

int64_t placement_nodes(const struct job_request *request, const struct picture_partition *partition)
{
    if (request->nodes_fixed || !request->accelerators || partition->slots_per_node < 1) return request->nodes;
    return (request->accelerators + partition->slots_per_node - 1) / partition->slots_per_node;
}

int64_t placement_limit_s(const struct job_request *request, const struct picture_partition *partition)
{
    if (request->limit_s) return request->limit_s;
    return partition->limit_max_s < LIMIT_DEFAULT_S ? partition->limit_max_s : LIMIT_DEFAULT_S;
}

/* The partition that a name means: SYSTEM/NAME, or NAME alone if only one has it. NULL: none. */
static const struct picture_partition *partition_named(const struct placement *placement, const char *name)
{
    const struct picture_partition *found = NULL;
    int count = 0;
    for (int i = 0; i < placement->count; i++) {
        const struct picture_partition *partition = placement->verdicts[i].partition;
        const char *slash = strchr(partition->id.text, '/');
        if (strcmp(partition->id.text, name) == 0) return partition;
        if (slash && strcmp(slash + 1, name) == 0) found = partition, count++;
    }
    return count == 1 ? found : NULL;
}

/* ---- may it run there? */

static int folded(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }
static bool in_word(char c) { return (folded(c) >= 'a' && folded(c) <= 'z') || (c >= '0' && c <= '9'); }

/* Does the model stand in the description as a word? "a100" does in "NVIDIA A100-64", "a10" doesn't. */
static bool describes_model(const char *description, const char *model)
{
    for (const char *at = description; *at; at++) {
        size_t length = 0;
        while (model[length] && folded(at[length]) == folded(model[length])) length++;
        if (!model[length] && (at == description || !in_word(at[-1])) && !in_word(at[length])) return true;
    }
    return false;
}

static int64_t asked_per_node(const struct job_request *request)
{
    if (request->accelerators_per_node || !request->nodes_fixed) return request->accelerators_per_node;
    return (request->accelerators + request->nodes - 1) / request->nodes;
}

static struct refusal partition_refusal(const struct job_request *request, const struct picture_partition *partition, bool named)
{
    int64_t nodes = placement_nodes(request, partition), per_node = asked_per_node(request), limit_s = placement_limit_s(request, partition);
    struct refusal_argument name = argument_name(partition->id.text);
    if (!partition->open) return refuse(REFUSAL_PARTITION_CLOSED, name);
    if (partition->experimental && !named) return refuse(REFUSAL_PARTITION_BY_WISH_ONLY, name);
    if (request->model && !describes_model(partition->model, request->model))
        return refuse(REFUSAL_MODEL_DIFFERS, argument_name(request->model), argument_name(*partition->model ? partition->model : "none that is known"), name);
    if (request->pieces > partition->slots)
        return refuse(REFUSAL_TOO_MANY_PIECES, argument_count(request->pieces), argument_count(partition->slots), name);
    if (nodes > partition->nodes) return refuse(REFUSAL_TOO_MANY_NODES, argument_count(nodes), argument_count(partition->nodes), name);
    if (per_node > partition->slots_per_node)
        return refuse(REFUSAL_TOO_MANY_PER_NODE, argument_count(per_node), argument_count(partition->slots_per_node), name);
    if (limit_s > partition->limit_max_s)
        return refuse(REFUSAL_TIME_TOO_LONG, argument_duration(limit_s), argument_duration(partition->limit_max_s), name);
    return refusal_none;
}

static struct refusal allocation_refusal(const struct placement_question *question, const struct picture_partition *partition, int64_t amount)
{
    const struct placement_allocation *allocation = NULL;
    for (int i = 0; i < question->allocation_count && !allocation; i++)
        if (id_equal(question->allocations[i].partition, partition->id)) allocation = &question->allocations[i];
    if (!allocation) return refuse(REFUSAL_NO_ALLOCATION, argument_name(question->project), argument_name(partition->id.text));
    if (question->now_ms < allocation->starts_ms || question->now_ms >= allocation->ends_ms)
        return refuse(REFUSAL_ALLOCATION_INACTIVE, argument_time(allocation->starts_ms), argument_time(allocation->ends_ms));
    if (amount > allocation->available)
        return refuse(REFUSAL_INSUFFICIENT_ALLOCATION, argument_amount(amount), argument_amount(allocation->available));
    return refusal_none;
}

/* ---- when would it start? */

/* Seconds of work ahead per slot. An array is judged by its first job. */
static int64_t wait_estimate_s(const struct picture_partition *partition, int64_t pieces, int64_t now_ms)
{
    int64_t ahead = partition->running_end_sum_s - partition->running_pieces * (now_ms / 1000);
    bool waiting = partition->waiting_jobs || partition->waiting_work;
    if (!waiting && partition->slots - partition->running_pieces >= pieces) return 0;
    if (ahead < 0) ahead = 0; /* jobs that have outlived their limits are ending now */
    if (__builtin_add_overflow(ahead, partition->waiting_work, &ahead)) ahead = INT64_MAX;
    return ahead / partition->slots + (ahead % partition->slots != 0);
}

static void verdict_decide(const struct placement_question *question, bool named, struct placement_verdict *verdict)
{
    const struct job_request *request = question->request;
    const struct picture_partition *partition = verdict->partition;
    verdict->refusal = partition_refusal(request, partition, named);
    if (verdict->refusal.code) return;
    verdict->refusal = ledger_amount(request->pieces * question->jobs, placement_limit_s(request, partition) + partition->grace_s, &verdict->amount);
    if (!verdict->refusal.code && question->has_project) verdict->refusal = allocation_refusal(question, partition, verdict->amount);
    if (!verdict->refusal.code) verdict->wait_s = wait_estimate_s(partition, request->pieces, question->now_ms);
}

/* ---- in which order? */

static bool is_home(const struct placement_question *question, const struct picture_partition *partition)
{
    for (int i = 0; i < question->home_system_count; i++)
        if (id_equal(question->home_systems[i], partition->system)) return true;
    return partition->home;
}

static bool is_estimated(const struct placement_verdict *verdict) { return verdict->refusal.code == REFUSAL_NONE; }

/* Does a come before b? `named` is NULL unless a partition was asked for by name. */
static bool is_before(const struct placement_verdict *a, const struct placement_verdict *b, const struct placement_question *question,
                      const struct picture_partition *named)
{
    if (is_estimated(a) != is_estimated(b)) return is_estimated(a);
    if (is_estimated(a)) {
        bool a_home = is_home(question, a->partition), b_home = is_home(question, b->partition);
        if ((a->partition == named) != (b->partition == named)) return a->partition == named;
        if (a->heard != b->heard) return a->heard;
        if (a->wait_s != b->wait_s) return a->wait_s < b->wait_s;
        if (a_home != b_home) return a_home;
    }
    return strcmp(a->partition->id.text, b->partition->id.text) < 0;
}

void placement_decide(const struct picture *picture, const struct placement_question *question, struct placement *placement)
{
    CHECK(question->jobs >= 1 && picture->count <= PICTURE_PARTITIONS_MAX);
    placement->count = picture->count;
    placement->chosen = -1;
    for (int i = 0; i < picture->count; i++)
        placement->verdicts[i] = (struct placement_verdict){ .partition = &picture->partitions[i], .heard = picture->partitions[i].heard };
    const char *name = question->request->partition;
    const struct picture_partition *named = name ? partition_named(placement, name) : NULL;
    for (int i = 0; i < placement->count; i++) {
        struct placement_verdict verdict = placement->verdicts[i];
        verdict_decide(question, verdict.partition == named, &verdict);
        int at = i;
        for (; at > 0 && is_before(&verdict, &placement->verdicts[at - 1], question, named); at--) placement->verdicts[at] = placement->verdicts[at - 1];
        placement->verdicts[at] = verdict;
    }
    if (placement->count && is_estimated(&placement->verdicts[0]) && (!name || placement->verdicts[0].partition == named)) placement->chosen = 0;
}

struct refusal placement_refusal(const struct placement *placement, const struct job_request *request)
{
    if (placement->chosen >= 0) return refusal_none;
    const struct picture_partition *named = request->partition ? partition_named(placement, request->partition) : NULL;
    if (request->partition && !named) return refuse(REFUSAL_NO_SUCH_PARTITION, argument_name(request->partition));
    const struct placement_verdict *closest = NULL;
    for (int i = 0; i < placement->count; i++) {
        const struct placement_verdict *verdict = &placement->verdicts[i];
        if (verdict->partition == named) return verdict->refusal;
        bool exhausted = verdict->refusal.code == REFUSAL_INSUFFICIENT_ALLOCATION;
        if (exhausted && (!closest || closest->refusal.code != REFUSAL_INSUFFICIENT_ALLOCATION)) closest = verdict;
        if (verdict->refusal.code == REFUSAL_ALLOCATION_INACTIVE && !closest) closest = verdict;
    }
    return closest ? closest->refusal : refuse(REFUSAL_NO_PARTITION_FITS, argument_count(placement->count));
}

static void verdict_format(const struct placement_verdict *verdict, bool chosen, struct json_writer *writer, struct arena *arena)
{
    json_open(writer, '{');
    json_text_field(writer, "partition", verdict->partition->id.text);
    json_text_field(writer, "system", verdict->partition->system.text);
    json_flag_field(writer, "chosen", chosen);
    json_flag_field(writer, "estimated", is_estimated(verdict));
    json_flag_field(writer, "heard", verdict->heard);
    if (is_estimated(verdict)) {
        json_number_field(writer, "wait_s", verdict->wait_s);
        json_number_field(writer, "held", verdict->amount);
    } else {
        json_text_field(writer, "code", refusal_code_text(verdict->refusal.code));
        json_text_field(writer, "sentence", refusal_sentence(&verdict->refusal, arena));
        json_text_field(writer, "rule", refusal_rule(&verdict->refusal, arena));
        json_text_field(writer, "next", refusal_next(&verdict->refusal, arena));
    }
    json_close(writer, '}');
}

char *placement_format(const struct placement *placement, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '[');
    for (int i = 0; i < placement->count; i++) verdict_format(&placement->verdicts[i], i == placement->chosen, &writer, arena);
    json_close(&writer, ']');
    return out.bytes;
}
