/* SPDX-License-Identifier: EUPL-1.2 */
/* option_lists.c - the three options whose values are lists: --export, --dependency, --array.
 *
 * Nothing of a list is dropped: a name that isn't set, an index or a job that stands twice is refused. The variables that
 * are refused would reach the loader, a shell's start, Slurm or the site's own choice of devices and folders before the
 * script's first line does. */
#include "core/jobs/options.h"

#include <string.h>

bool option_text_is_clean(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if ((*at < 0x20 && *at != '\t' && *at != '\n') || *at == 0x7f) return false;
    return true;
}

/* The piece of the list up to one of the separators, cut out; *list goes behind it, or to NULL at the end. */
static const char *piece_next(const char **list, const char *separators, struct arena *arena)
{
    size_t length = strcspn(*list, separators);
    const char *piece = arena_text_n(arena, *list, length);
    *list = (*list)[length] ? *list + length + 1 : NULL;
    return piece;
}

/* ---- --export */

static const char *const variables_refused[] = { /* a '*' at the end: whatever begins so */
    "LD_*", "GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN", "MALLOC_*",
    "BASH_ENV", "BASH_FUNC_*", "BASHOPTS", "SHELLOPTS", "ENV", "IFS", "PS4", "PROMPT_COMMAND", "CDPATH", "GLOBIGNORE",
    "SLURM_*", "SLURMD_*", "SBATCH_*", "SRUN_*", "SALLOC_*", "SPANK_*", "PMI_*", "PMIX_*", "MUNGE_*", "AIF_*",
    "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL",
    "ZE_AFFINITY_MASK", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TMPDIR",
};

bool job_variable_is_allowed(const char *name)
{
    for (int i = 0; i < countof(variables_refused); i++) {
        const char *refused = variables_refused[i];
        size_t length = strlen(refused);
        if (refused[length - 1] == '*' ? strncmp(name, refused, length - 1) == 0 : strcmp(name, refused) == 0) return false;
    }
    return true;
}

/* The length of a variable's name at the front of text, 0 if there is none. */
static size_t variable_length(const char *text)
{
    static const char letters[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t length = strspn(text, letters);
    return length <= 64 && !(*text >= '0' && *text <= '9') ? length : 0;
}

static struct refusal variable_check(const char *text, size_t length)
{
    char name[65] = { 0 };
    memcpy(name, text, length);
    return job_variable_is_allowed(name) ? refusal_none : refuse(REFUSAL_ENV_NOT_ALLOWED, argument_name(name));
}

struct refusal environment_check(const struct texts *environment)
{
    for (int i = 0; i < environment->count; i++) {
        const char *entry = environment->items[i];
        size_t length = variable_length(entry);
        if (!length || entry[length] != '=' || !option_text_is_clean(entry))
            return refuse(REFUSAL_INVALID_VALUE, argument_name("environment"), argument_name("NAME=VALUE, without control characters"));
        struct refusal refusal = variable_check(entry, length);
        if (refusal.code) return refusal;
    }
    return refusal_none;
}

struct environment { const char *entries[ENVIRONMENT_VARIABLES_MAX]; int count; };

/* A later value of a name replaces the earlier one. */
static bool environment_put(struct environment *environment, const char *entry)
{
    size_t length = strcspn(entry, "=") + 1;
    for (int i = 0; i < environment->count; i++) {
        if (strncmp(environment->entries[i], entry, length) != 0) continue;
        environment->entries[i] = entry;
        return true;
    }
    if (environment->count == ENVIRONMENT_VARIABLES_MAX) return false;
    environment->entries[environment->count++] = entry;
    return true;
}

static const char *environment_of_caller(const struct texts *caller, const char *name)
{
    size_t length = strlen(name);
    for (int i = caller->count - 1; i >= 0; i--)
        if (strncmp(caller->items[i], name, length) == 0 && caller->items[i][length] == '=') return caller->items[i];
    return NULL;
}

static struct refusal export_one(const struct option_reading *reading, const char *piece, struct environment *environment)
{
    size_t length = variable_length(piece);
    if (!length || (piece[length] && piece[length] != '=') || !option_text_is_clean(piece))
        return option_unfit(reading, "NONE, or a list of ALL, NAME and NAME=VALUE");
    struct refusal refusal = variable_check(piece, length);
    if (refusal.code) return refusal;
    const char *entry = piece[length] ? piece : environment_of_caller(reading->options->environment, piece);
    if (!entry) return option_unfit(reading, "NAME=VALUE, for a NAME that didn't come along from where you submit");
    return environment_put(environment, entry) ? refusal_none : option_unfit(reading, "at most 256 variables");
}

struct refusal option_export(const struct option_reading *reading, const char *value)
{
    struct options *options = reading->options;
    struct environment environment = { .count = 0 };
    bool all = false, none = strcmp(value, "NONE") == 0 || strcmp(value, "NIL") == 0;
    size_t bytes = 0;
    for (const char *list = none ? NULL : value; list;) {
        const char *piece = piece_next(&list, ",", options->arena);
        if (strcmp(piece, "ALL") == 0) {
            all = true;
            continue;
        }
        struct refusal refusal = export_one(reading, piece, &environment);
        if (refusal.code) return refusal;
    }
    for (int i = 0; all && i < options->environment->count; i++) {
        const char *entry = options->environment->items[i];
        const char *name = arena_text_n(options->arena, entry, strcspn(entry, "="));
        const struct texts named = { environment.entries, environment.count };
        if (!environment_of_caller(&named, name) && !environment_put(&environment, entry)) return option_unfit(reading, "at most 256 variables");
    }
    for (int i = 0; i < environment.count; i++) bytes += strlen(environment.entries[i]) + 1;
    if (bytes > ENVIRONMENT_BYTES_MAX) return option_unfit(reading, "variables of at most 32768 bytes in all");
    reading->asked->export_all = all;
    reading->asked->environment = (struct texts){
        arena_copy(options->arena, environment.entries, sizeof environment.entries[0] * (size_t)environment.count), environment.count };
    return refusal_none;
}

/* ---- --dependency */

static bool job_reference_is_sound(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/";
    size_t length = strlen(text);
    return length && length <= 80 && strspn(text, letters) == length;
}

/* Adds KIND:JOB[:JOB…]. NULL: done, else what is wanted. */
static const char *waits_add(const char *piece, struct arena *arena, struct asked *asked)
{
    const char *list = piece, *word = piece_next(&list, ":", arena);
    int kind = word_find(&dependency_kind_words, word);
    if (kind < 0 || !list) return "after:, afterany:, afterok: or afternotok: with a job; singleton and others aren't taken";
    while (list) {
        const char *job = piece_next(&list, ":", arena);
        if (!job_reference_is_sound(job)) return "jobs as job_ID, PROJECT/17 or 17, without +minutes";
        for (int i = 0; i < asked->wait_count; i++)
            if (strcmp(asked->waits[i].job, job) == 0) return "each job once";
        if (asked->wait_count == DEPENDENCIES_MAX) return "at most 16 jobs";
        asked->waits[asked->wait_count++] = (struct job_wait){ (enum dependency_kind)kind, job };
    }
    return NULL;
}

struct refusal option_dependency(const struct option_reading *reading, const char *value)
{
    bool any = strchr(value, '?');
    if (any && strchr(value, ',')) return option_unfit(reading, "all of them (,) or one of them (?), not both");
    reading->asked->wait_count = 0;
    reading->asked->wait_any = any;
    for (const char *list = value; list;) {
        const char *wanted = waits_add(piece_next(&list, ",?", reading->options->arena), reading->options->arena, reading->asked);
        if (wanted) return option_unfit(reading, wanted);
    }
    return refusal_none;
}

/* ---- --array */

struct span { int64_t from, to, step; };

/* I, I-J or I-J:S. */
static bool span_parse(const char *piece, struct arena *arena, struct span *span)
{
    const char *rest = piece, *from = piece_next(&rest, "-", arena);
    if (!option_number(from, 0, ARRAY_INDEX_MAX, &span->from)) return false;
    span->to = span->from;
    span->step = 1;
    if (!rest) return true;
    const char *to = piece_next(&rest, ":", arena);
    if (!option_number(to, span->from, ARRAY_INDEX_MAX, &span->to)) return false;
    return !rest || option_number(rest, 1, ARRAY_INDEX_MAX, &span->step);
}

/* In order, and each once. */
static bool indices_sort(int *indices, int count)
{
    for (int i = 1; i < count; i++) {
        int index = indices[i], at = i;
        for (; at > 0 && indices[at - 1] > index; at--) indices[at] = indices[at - 1];
        if (at > 0 && indices[at - 1] == index) return false;
        indices[at] = index;
    }
    return true;
}

struct refusal option_array(const struct option_reading *reading, const char *value)
{
    struct arena *arena = reading->options->arena;
    const char *bound = value, *list = piece_next(&bound, "%", arena), *spans = list;
    int64_t asked = 0, at_once = 0;
    struct span span;
    if (bound && !option_number(bound, 1, ARRAY_MAX, &at_once)) return option_unfit(reading, "from 1 to 1000 at once behind %");
    while (spans) {
        if (!span_parse(piece_next(&spans, ",", arena), arena, &span)) return option_unfit(reading, "indices up to 4000000 such as 0-9, 1,3,5 or 0-20:5, then %4 or nothing");
        asked += (span.to - span.from) / span.step + 1;
    }
    if (asked > ARRAY_MAX) return refuse(REFUSAL_ARRAY_TOO_LARGE, argument_count(asked), argument_count(ARRAY_MAX));
    int *indices = arena_take(arena, sizeof *indices * (size_t)asked), count = 0;
    for (spans = list; spans;) {
        span_parse(piece_next(&spans, ",", arena), arena, &span);
        for (int64_t index = span.from; index <= span.to; index += span.step) indices[count++] = (int)index;
    }
    if (!indices_sort(indices, count)) return option_unfit(reading, "each index once");
    reading->asked->array = indices;
    reading->asked->array_count = count;
    reading->asked->array_at_once = (int)at_once;
    return refusal_none;
}
