/* SPDX-License-Identifier: EUPL-1.2 */
/* test_instruction.h - for tests: an instruction as the server writes it, by the functions that it is written with
 * (core/jobs/instruct.h), from what is to be read again on the other side. */
#ifndef PROTOCOL_TEST_INSTRUCTION_H
#define PROTOCOL_TEST_INSTRUCTION_H

#include "core/jobs/instruct.h"
#include "core/network/network.h"
#include "protocol/v1.h"

static inline char *test_instruction(const struct v1_instruction *said, struct arena *arena)
{
    struct partition partition = { .name = said->partition, .peak_gflops = said->peak_gflops, .demo = said->demo };
    struct facts facts = { .now_ms = said->expires_ms - INSTRUCTION_LIFE_MS, .network = said->network.text, .partition = &partition };
    struct agent agent = { .id = said->agent, .issued = said->number - 1 };
    struct job job = { .id = said->job, .project = said->project, .number = said->job_number, .name = said->name, .pieces = said->pieces, .nodes = said->nodes,
                       .tasks = said->tasks, .limit_s = said->limit_s, .grace_s = said->grace_s, .script = said->script, .folder = said->folder, .held = said->held,
                       .submitted_ms = said->submitted_ms };
    struct instruction none = { .agent = said->agent, .number = said->number, .expires_ms = said->expires_ms };
    struct outcome outcome = { .arena = arena };
    if (said->kind == V1_NONE) return instruct_none(&none, said->network.text, arena);
    if (said->kind == V1_START) instruct_start(&facts, &agent, &job, said->plan, &outcome);
    else instruct_cancel(&facts, &agent, &job, &outcome);
    CHECK(outcome.change_count == 1);
    return arena_text(arena, ((const struct instruction *)outcome.changes[0].row)->body);
}

/* The plan that the server keeps of such a job. */
static inline char *test_plan(const struct v1_plan *said, struct arena *arena)
{
    struct job_request request = { .arguments = said->arguments, .environment = said->environment, .cpus_per_task = said->cpus_per_task, .memory_mib = said->memory_mib,
                                   .folder = said->folder, .array_count = (int)said->array_count };
    struct job job = { .output = said->output, .error = said->error, .array = said->array_job, .array_index = said->array_index };
    return job_plan_format(job_plan_begin(&request, arena), &request, &job, arena);
}

#endif
