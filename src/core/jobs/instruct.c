/* SPDX-License-Identifier: EUPL-1.2 */
#include "core/jobs/instruct.h"

#include <string.h>

static void put_texts(struct json_writer *writer, const char *name, const struct texts *texts)
{
    json_name(writer, name);
    json_open(writer, '[');
    for (int i = 0; i < texts->count; i++) json_put_text(writer, texts->items[i]);
    json_close(writer, ']');
}

char *job_plan_begin(const struct job_request *request, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    put_texts(&writer, "arguments", &request->arguments);
    put_texts(&writer, "environment", &request->environment);
    json_number_field(&writer, "cpus_per_task", request->cpus_per_task);
    json_number_field(&writer, "memory_mib", request->memory_mib);
    json_text_field(&writer, "folder", request->folder ? request->folder : "");
    return out.bytes;
}

static const char *quoted(const char *name, struct arena *arena)
{
    struct text out;
    if (!name) return "null";
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_put_text(&writer, name);
    return out.bytes;
}

/* In one piece of the right size: a thousand of them stand in one arena. */
char *job_plan_format(const char *begun, const struct job_request *request, const struct job *job, struct arena *arena)
{
    const char *output = quoted(job->output, arena), *error = quoted(job->error, arena);
    if (!request->array_count) return arena_format(arena, "%s,\"output\":%s,\"error\":%s,\"array_index\":null,\"array_job\":null,\"array_count\":0}", begun, output, error);
    return arena_format(arena, "%s,\"output\":%s,\"error\":%s,\"array_index\":%lld,\"array_job\":\"%s\",\"array_count\":%d}", begun, output, error,
                        (long long)job->array_index, job->array.text, request->array_count);
}

static struct json_writer begin(struct text *out, const char *network, const struct instruction *instruction, const char *kind, struct arena *arena)
{
    text_init(out, arena);
    struct json_writer writer = json_writer_of(out);
    json_open(&writer, '{');
    json_number_field(&writer, "version", 1);
    json_text_field(&writer, "network", network);
    json_text_field(&writer, "agent", instruction->agent.text);
    json_number_field(&writer, "number", instruction->number);
    json_text_field(&writer, "kind", kind);
    json_number_field(&writer, "expires_ms", instruction->expires_ms);
    return writer;
}

static struct instruction next_instruction(const struct facts *facts, struct agent *agent, enum instruction_kind kind, struct id job)
{
    return (struct instruction){ .agent = agent->id, .number = ++agent->issued, .kind = kind, .job = job, .expires_ms = facts->now_ms + INSTRUCTION_LIFE_MS };
}

void instruct_start(const struct facts *facts, struct agent *agent, struct job *job, const char *plan, struct outcome *outcome)
{
    struct text out;
    struct instruction instruction = next_instruction(facts, agent, INSTRUCTION_START, job->id);
    struct json_writer writer = begin(&out, facts->network, &instruction, "start", outcome->arena);
    json_text_field(&writer, "job", job->id.text);
    json_text_field(&writer, "project", job->project.text);
    json_number_field(&writer, "job_number", job->number);
    json_text_field(&writer, "name", job->name);
    json_text_field(&writer, "partition", facts->partition->name);
    json_number_field(&writer, "pieces", job->pieces);
    json_number_field(&writer, "nodes", job->nodes);
    json_number_field(&writer, "tasks", job->tasks);
    json_number_field(&writer, "limit_s", job->limit_s);
    json_number_field(&writer, "grace_s", job->grace_s);
    json_text_field(&writer, "script", job->script);
    json_text_field(&writer, "folder", job->folder);
    json_number_field(&writer, "held", job->held);
    json_number_field(&writer, "submitted_ms", job->submitted_ms);
    json_number_field(&writer, "peak_gflops", facts->partition->peak_gflops);
    json_flag_field(&writer, "demo", facts->partition->demo);
    instruction.body = arena_format(outcome->arena, "%s,\"plan\":%s}", out.bytes, plan);
    outcome_add(outcome, &instruction_shape, &instruction);
    job->instruction = instruction.number;
}

void instruct_cancel(const struct facts *facts, struct agent *agent, const struct job *job, struct outcome *outcome)
{
    struct text out;
    struct instruction instruction = next_instruction(facts, agent, INSTRUCTION_CANCEL, job->id);
    struct json_writer writer = begin(&out, facts->network, &instruction, "cancel", outcome->arena);
    json_text_field(&writer, "job", job->id.text);
    json_close(&writer, '}');
    instruction.body = out.bytes;
    outcome_add(outcome, &instruction_shape, &instruction);
}

char *instruct_none(const struct instruction *instruction, const char *network, struct arena *arena)
{
    struct text out;
    struct json_writer writer = begin(&out, network, instruction, "none", arena);
    json_close(&writer, '}');
    return out.bytes;
}
