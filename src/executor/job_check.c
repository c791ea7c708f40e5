/* SPDX-License-Identifier: EUPL-1.2 */
/* job_check.c - environment entries that the dynamic linker or a shell would obey before the script's first line, and
 * those that the executor itself sets, are refused and not dropped: a job that silently ran with another environment
 * than its owner wrote would be worse. */
#include "executor/job_check.h"

#include "executor/limits.h"

#include <ctype.h>
#include <string.h>

/* A trailing * stands for any rest. */
static const char *const refused_names[] = {
    "LD_*", "BASH_ENV", "BASH_FUNC_*", "ENV", "GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH", "SLURM_*", "SPANK_*", "AIF_*",
    "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
};

static bool name_matches(const char *name, size_t length, const char *pattern)
{
    size_t fixed = strcspn(pattern, "*");
    return pattern[fixed] == '*' ? length >= fixed && strncmp(name, pattern, fixed) == 0
                                 : length == fixed && strncmp(name, pattern, fixed) == 0;
}

static bool environment_check(const char *entry, struct error *error)
{
    size_t length = strcspn(entry, "=");
    bool is_name = length > 0 && entry[length] == '=' && !isdigit((unsigned char)entry[0]);
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)entry[i]) && entry[i] != '_') is_name = false;
    int shown = length < 40 ? (int)length : 40;
    if (!is_name) return error_set(error, ERROR_INPUT, "the environment has an entry that isn't NAME=value: %.*s", shown, entry);
    for (int i = 0; i < countof(refused_names); i++)
        if (name_matches(entry, length, refused_names[i]))
            return error_set(error, ERROR_INPUT, "the environment may not set %.*s; set it inside the script", shown, entry);
    return true;
}

/* Relative, and no way up: "a/b", "" for the work folder itself. */
static bool working_folder_check(const char *folder, struct error *error)
{
    bool is_below = folder[0] != '/' && strlen(folder) < FOLDER_MAX;
    for (const char *part = folder; is_below && *part;) {
        size_t length = strcspn(part, "/");
        if (length == 2 && part[0] == '.' && part[1] == '.') is_below = false;
        part += length + (part[length] == '/');
    }
    return is_below || error_set(error, ERROR_INPUT, "the working folder must lie below the job's own folder");
}

static bool texts_check(const struct executor_job *job, struct error *error)
{
    size_t size = 0;
    if (job->environment_count > ENVIRONMENT_MAX)
        return error_set(error, ERROR_INPUT, "%d environment entries are more than %d", job->environment_count, ENVIRONMENT_MAX);
    if (job->argument_count > ARGUMENTS_MAX)
        return error_set(error, ERROR_INPUT, "%d arguments are more than %d", job->argument_count, ARGUMENTS_MAX);
    for (int i = 0; i < job->environment_count; i++) {
        if (!environment_check(job->environment[i], error)) return false;
        size += strlen(job->environment[i]);
    }
    for (int i = 0; i < job->argument_count; i++) size += strlen(job->arguments[i]);
    if (size <= TEXT_BYTES_MAX) return true;
    return error_set(error, ERROR_INPUT, "environment and arguments of %zu bytes are more than %d", size, TEXT_BYTES_MAX);
}

/* A key becomes a file's name. */
static bool key_is_plain(struct id key)
{
    for (const char *c = key.text; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-') return false;
    return !id_is_none(key);
}

bool job_check(const struct executor_job *job, const struct slots_shape *shape, struct error *error)
{
    if (!key_is_plain(job->key)) return error_set(error, ERROR_INPUT, "a job's key is made of letters, digits, _ and -");
    if (job->limit_s < 1 || job->limit_s > LIMIT_S_MAX)
        return error_set(error, ERROR_INPUT, "a time limit of %lld s isn't between 1 and %lld s", (long long)job->limit_s,
                         (long long)LIMIT_S_MAX);
    if (job->grace_s < 0 || job->grace_s > GRACE_S_MAX)
        return error_set(error, ERROR_INPUT, "a grace of %lld s isn't between 0 and %lld s", (long long)job->grace_s,
                         (long long)GRACE_S_MAX);
    if (job->memory_bytes && job->memory_bytes < MEMORY_BYTES_MIN)
        return error_set(error, ERROR_INPUT, "%lld bytes of memory are less than the %lld that a job needs to start",
                         (long long)job->memory_bytes, (long long)MEMORY_BYTES_MIN);
    if (!slots_can_hold(shape, job->pieces, job->nodes))
        return error_set(error, ERROR_INPUT, "%d pieces on %d nodes don't fit partition %s: %d nodes of %d", job->pieces,
                         job->nodes, job->partition, shape->nodes, shape->slots_per_node);
    return working_folder_check(job->working_folder, error) && texts_check(job, error);
}

bool job_check_script(const char *head, size_t size, struct error *error)
{
    if (size < 3 || head[0] != '#' || head[1] != '!')
        return error_set(error, ERROR_INPUT, "the script's first line must say what runs it, like #!/bin/sh");
    const char *end = memchr(head, '\n', size);
    if (end && end[-1] == '\r')
        return error_set(error, ERROR_INPUT, "the script has Windows line ends; save it with Unix ones");
    return true;
}
