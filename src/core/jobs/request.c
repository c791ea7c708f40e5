/* SPDX-License-Identifier: EUPL-1.2 */
/* request.c - one meaning out of script, directives and options.
 *
 * Single values are read in options.c; here they are brought together: what wasn't said follows from what was, and what
 * contradicts itself is refused as a conflict instead of being settled by a rule that nobody knows. The order of checks is
 * the order of refusals: script, body, options beside it, directives by line, conflicts. */
#include "core/jobs/request.h"

#include "base/crypto.h"
#include "core/data/folder.h"
#include "core/jobs/directives.h"
#include "core/jobs/options.h"

#include <string.h>

WORDS_DEFINE(dependency_kind, DEPENDENCY_KIND_WORDS);
SHAPE_BODY(job_submit, JOB_SUBMIT_FIELDS, "a job: a script, options as sbatch takes them, and what travels with it");

char *job_file_name(const char *pattern, const char *name, int64_t number, int64_t array, int64_t index, struct arena *arena)
{
    struct text path;
    text_init(&path, arena);
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            text_add_char(&path, *pattern);
            continue;
        }
        switch (*++pattern) {
        case 'j': text_add_number(&path, number); break;
        case 'A': text_add_number(&path, array); break;
        case 'a': text_add_number(&path, index); break;
        case 'x': text_add(&path, name); break;
        case '%': text_add_char(&path, '%'); break;
        default: return NULL;
        }
    }
    return folder_path_is_safe(path.bytes) ? path.bytes : NULL;
}

static struct refusal conflict(const char *first, const char *second)
{
    return refuse(REFUSAL_OPTION_CONFLICT, argument_name(first), argument_name(second));
}

/* Nodes and tasks, as far as they follow from each other. */
static struct refusal tasks_settle(const struct asked *asked, struct job_request *request)
{
    int64_t nodes = asked->nodes, tasks = asked->tasks, per_node = asked->tasks_per_node;
    if (nodes && tasks && tasks < nodes) return conflict("--nodes", "--ntasks");
    if (nodes && tasks && per_node && tasks > per_node * nodes) return conflict("--ntasks", "--ntasks-per-node");
    if (!nodes && tasks && per_node) nodes = (tasks + per_node - 1) / per_node;
    request->nodes_fixed = nodes > 0;
    request->nodes = nodes ? nodes : 1;
    request->tasks_per_node = per_node;
    request->tasks = tasks ? tasks : request->nodes * (per_node ? per_node : 1);
    request->cpus_per_task = asked->cpus_per_task ? asked->cpus_per_task : 1;
    if (request->tasks > PIECES_ASKED_MAX) return conflict("--nodes", "--ntasks-per-node");
    return refusal_none;
}

static struct refusal models_settle(const struct asked *asked, struct job_request *request)
{
    const struct { const char *option, *model; } models[] = {
        { "--gpus", asked->gpus.model }, { "--gpus-per-node", asked->gpus_per_node.model }, { "--gres", asked->gres.model },
    };
    const char *first = NULL;
    for (int i = 0; i < countof(models); i++) {
        if (!models[i].model) continue;
        if (request->model && strcmp(request->model, models[i].model) != 0) return conflict(first, models[i].option);
        request->model = models[i].model;
        first = models[i].option;
    }
    return refusal_none;
}

static struct refusal accelerators_settle(const struct asked *asked, struct job_request *request)
{
    const struct asked_accelerators *node = asked->gpus_per_node.said ? &asked->gpus_per_node : &asked->gres, *all = &asked->gpus;
    const char *option = asked->gpus_per_node.said ? "--gpus-per-node" : "--gres";
    if (asked->gpus_per_node.said && asked->gres.said && asked->gres.count != node->count) return conflict("--gpus-per-node", "--gres");
    if (node->said && all->said && !node->count != !all->count) return conflict("--gpus", option);
    if (node->said && all->said && node->count) {
        if (all->count % node->count != 0) return conflict("--gpus", option);
        int64_t nodes = all->count / node->count;
        if (request->nodes_fixed && request->nodes != nodes) return conflict("--gpus", option);
        if (!request->nodes_fixed && asked->tasks && asked->tasks < nodes) return conflict("--gpus", "--ntasks");
        if (!request->nodes_fixed && !asked->tasks) request->tasks = nodes * (asked->tasks_per_node ? asked->tasks_per_node : 1);
        request->nodes = nodes;
    } else if (all->count && all->count < request->nodes) {
        return conflict("--nodes", "--gpus");
    }
    request->nodes_fixed |= node->said && node->count;
    request->accelerators_per_node = node->said ? node->count : 0;
    request->accelerators = all->said ? all->count : request->accelerators_per_node * request->nodes;
    if (request->accelerators > PIECES_ASKED_MAX || request->tasks > PIECES_ASKED_MAX) return conflict("--nodes", option);
    request->pieces = request->accelerators ? request->accelerators : 1;
    return models_settle(asked, request);
}

/* The script's file name without its folder, unless --job-name says other. */
static const char *name_settle(const struct asked *asked, const struct job_submit *submit)
{
    const char *slash = submit->name ? strrchr(submit->name, '/') : NULL, *file = slash ? slash + 1 : submit->name;
    return asked->name ? asked->name : file && *file ? file : "job";
}

/* A pattern was checked with a harmless name; the job's own may lead out of its folder. */
static struct refusal files_settle(const struct asked *asked, struct job_request *request, struct arena *arena)
{
    const int64_t long_number = 999999999;
    request->output = asked->output;
    request->error = asked->error;
    if (asked->output && !job_file_name(asked->output, request->name, long_number, long_number, ARRAY_INDEX_MAX, arena))
        return conflict("--output", "--job-name");
    if (asked->error && !job_file_name(asked->error, request->name, long_number, long_number, ARRAY_INDEX_MAX, arena))
        return conflict("--error", "--job-name");
    return refusal_none;
}

static struct refusal arguments_check(const struct texts *arguments)
{
    size_t bytes = 0;
    for (int i = 0; i < arguments->count; i++) {
        if (!option_text_is_clean(arguments->items[i]))
            return refuse(REFUSAL_INVALID_VALUE, argument_name("arguments"), argument_name("texts without control characters"));
        bytes += strlen(arguments->items[i]) + 1;
    }
    if (bytes <= ARGUMENTS_BYTES_MAX) return refusal_none;
    return refuse(REFUSAL_INVALID_VALUE, argument_name("arguments"), argument_name("at most 32768 bytes in all"));
}

static struct refusal options_gather(const struct job_submit *submit, struct arena *arena, struct options *options)
{
    *options = (struct options){ .arena = arena, .environment = &submit->environment };
    struct refusal refusal = script_check(submit->script);
    if (!refusal.code) refusal = environment_check(&submit->environment);
    if (!refusal.code) refusal = arguments_check(&submit->arguments);
    if (!refusal.code) refusal = options_read(options, &submit->options, 0);
    struct directives directives = directives_of(submit->script);
    while (!refusal.code) {
        struct texts words;
        refusal = directives_next(&directives, arena, &words);
        if (!refusal.code && !words.count) break;
        if (!refusal.code) refusal = options_read(options, &words, directives.line);
    }
    return refusal;
}

struct refusal job_request_parse(const struct job_submit *submit, struct arena *arena, struct job_request *request)
{
    struct options options;
    struct refusal refusal = options_gather(submit, arena, &options);
    if (refusal.code) return refusal;
    const struct asked *asked = &options.asked;
    *request = (struct job_request){
        .name = name_settle(asked, submit), .partition = asked->partition, .limit_s = asked->limit_s, .memory_mib = asked->memory_mib,
        .folder = asked->folder ? asked->folder : "", .export_all = asked->export_all, .environment = asked->environment,
        .arguments = submit->arguments, .wait_count = asked->wait_count, .wait_any = asked->wait_any,
        .array_count = asked->array_count, .array = asked->array, .array_at_once = asked->array_at_once, .script = submit->script,
    };
    memcpy(request->waits, asked->waits, sizeof request->waits);
    struct hash hash = sha256(submit->script, strlen(submit->script));
    hex_format(hash.bytes, HASH_BYTES, request->script_hash);
    refusal = tasks_settle(asked, request);
    if (!refusal.code) refusal = accelerators_settle(asked, request);
    if (!refusal.code) refusal = files_settle(asked, request, arena);
    return refusal;
}
