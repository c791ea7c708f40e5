/* SPDX-License-Identifier: EUPL-1.2 */
/* options.c - the table of options that are taken, and how each single value is read.
 *
 * What isn't in the table is refused by its name. Only whole option names count: sbatch's abbreviations would turn a new
 * option of the table into another meaning of an old script. An option that stood beside the script is stronger than the
 * same one in a directive, yet the directive is read all the same, so that a broken line is never passed over. */
#include "core/jobs/options.h"

#include "core/data/folder.h"

#include <string.h>

struct refusal option_unfit(const struct option_reading *reading, const char *wanted)
{
    return refuse(REFUSAL_OPTION_VALUE, argument_name(reading->option), argument_count(reading->line), argument_name(wanted));
}

/* A number, or Slurm's words for no limit: of the right form, but not within what can be asked. */
static struct refusal out_of_range(const struct option_reading *reading, const char *value, const char *wanted)
{
    const char *digits = *value == '-' ? value + 1 : value;
    bool number = *digits && strspn(digits, "0123456789") == strlen(digits);
    if (!number && strcmp(value, "UNLIMITED") != 0 && strcmp(value, "INFINITE") != 0) return option_unfit(reading, wanted);
    return refuse(REFUSAL_OUT_OF_RANGE, argument_name(reading->option), argument_count(reading->line), argument_name(wanted));
}

bool option_number(const char *text, int64_t low, int64_t high, int64_t *number)
{
    return text_to_number(text, number) && *number >= low && *number <= high;
}

static struct refusal take_count(const struct option_reading *reading, const char *value, int64_t *into)
{
    if (option_number(value, 1, PIECES_ASKED_MAX, into)) return refusal_none;
    return out_of_range(reading, value, "a number from 1 to 1000000");
}

static struct refusal take_name(const struct option_reading *reading, const char *value)
{
    if (!*value || strlen(value) > 200 || !text_is_plain(value)) return option_unfit(reading, "plain text of 1 to 200 bytes");
    reading->asked->name = value;
    return refusal_none;
}

static struct refusal take_partition(const struct option_reading *reading, const char *value)
{
    size_t length = strlen(value);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
    if (!length || length > ID_MAX || strspn(value, letters) != length) return option_unfit(reading, "one partition, SYSTEM/NAME, or any");
    reading->asked->partition = strcmp(value, "any") == 0 ? NULL : value;
    return refusal_none;
}

/* "2-4" gets its least: a range asks for no more than that for sure. */
static struct refusal take_nodes(const struct option_reading *reading, const char *value)
{
    const char *dash = strchr(value, '-'), *wanted = "a number of nodes from 1 to 1000000, or least-most";
    int64_t most;
    if (!dash || dash == value)
        return option_number(value, 1, PIECES_ASKED_MAX, &reading->asked->nodes) ? refusal_none : out_of_range(reading, value, wanted);
    const char *least = arena_text_n(reading->options->arena, value, (size_t)(dash - value));
    if (!option_number(dash + 1, 1, PIECES_ASKED_MAX, &most) || !option_number(least, 1, most, &reading->asked->nodes))
        return option_unfit(reading, wanted);
    return refusal_none;
}

static struct refusal take_tasks(const struct option_reading *reading, const char *value)
{
    return take_count(reading, value, &reading->asked->tasks);
}

static struct refusal take_tasks_per_node(const struct option_reading *reading, const char *value)
{
    return take_count(reading, value, &reading->asked->tasks_per_node);
}

static struct refusal take_cpus(const struct option_reading *reading, const char *value)
{
    return take_count(reading, value, &reading->asked->cpus_per_task);
}

/* [MODEL:]COUNT; with `alone` also MODEL and nothing at all, which mean one. */
static bool accelerators_parse(const char *value, bool alone, struct arena *arena, struct asked_accelerators *into)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-0123456789";
    const char *colon = strchr(value, ':'), *count = colon ? colon + 1 : value;
    bool counts = *count && strspn(count, "0123456789") == strlen(count);
    size_t model = colon ? (size_t)(colon - value) : counts || !alone ? 0 : strlen(value);
    *into = (struct asked_accelerators){ .said = true, .count = 1 };
    if ((colon && !model) || model > 40 || strspn(value, letters) < model || (model && strspn(value, "-.0123456789"))) return false;
    if (model) into->model = arena_text_n(arena, value, model);
    if (!counts) return alone && !colon;
    return option_number(count, 0, PIECES_ASKED_MAX, &into->count);
}

static struct refusal take_accelerators(const struct option_reading *reading, const char *value, struct asked_accelerators *into)
{
    if (accelerators_parse(value, false, reading->options->arena, into)) return refusal_none;
    return out_of_range(reading, value, "a number from 0 to 1000000, or MODEL:NUMBER");
}

static struct refusal take_gpus(const struct option_reading *reading, const char *value)
{
    return take_accelerators(reading, value, &reading->asked->gpus);
}

static struct refusal take_gpus_per_node(const struct option_reading *reading, const char *value)
{
    return take_accelerators(reading, value, &reading->asked->gpus_per_node);
}

static struct refusal take_gres(const struct option_reading *reading, const char *value)
{
    struct asked_accelerators *into = &reading->asked->gres;
    if (strcmp(value, "none") == 0) {
        *into = (struct asked_accelerators){ .said = true };
        return refusal_none;
    }
    bool gpu = strncmp(value, "gpu", 3) == 0 && (value[3] == ':' || !value[3]);
    if (gpu && !value[3]) value = "gpu:1";
    if (gpu && value[4] && accelerators_parse(value + 4, true, reading->options->arena, into)) return refusal_none;
    return option_unfit(reading, "gpu, gpu:NUMBER or gpu:MODEL:NUMBER, only that, for each node");
}

static struct refusal take_memory(const struct option_reading *reading, const char *value)
{
    static const struct { char unit; int64_t kib; } units[] = { { 'K', 1 }, { 'M', 1024 }, { 'G', 1024 * 1024 }, { 'T', 1024 * 1024 * 1024 } };
    size_t digits = strspn(value, "0123456789");
    int64_t number, kib = value[digits] ? 0 : 1024;
    for (int i = 0; i < countof(units); i++)
        if ((value[digits] & ~0x20) == units[i].unit && !value[digits + 1]) kib = units[i].kib;
    const char *text = arena_text_n(reading->options->arena, value, digits);
    if (!kib || !option_number(text, 1, (int64_t)1 << 30, &number) || number * kib > (int64_t)1 << 40)
        return option_unfit(reading, "a size for each node such as 64G, at most 1024T; 0 (all of a node) isn't taken");
    reading->asked->memory_mib = (number * kib + 1023) / 1024;
    return refusal_none;
}

/* Slurm's six forms: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S. */
static bool time_limit_parse(const char *value, struct arena *arena, int64_t *limit_s)
{
    static const int64_t without_days[3][3] = { { 60 }, { 60, 1 }, { 3600, 60, 1 } }, with_days[3] = { 3600, 60, 1 };
    const char *dash = strchr(value, '-');
    int64_t days = 0, parts[3] = { 0 };
    int count = 0;
    if (dash && !option_number(arena_text_n(arena, value, (size_t)(dash - value)), 0, 100000, &days)) return false;
    for (const char *at = dash ? dash + 1 : value;; at++) {
        size_t digits = strspn(at, "0123456789");
        if (count == 3 || !option_number(arena_text_n(arena, at, digits), 0, LIMIT_ASKED_MAX_S, &parts[count++])) return false;
        at += digits;
        if (!*at) break;
        if (*at != ':') return false;
    }
    const int64_t *weights = dash ? with_days : without_days[count - 1];
    *limit_s = days * 86400;
    for (int i = 0; i < count; i++) *limit_s += parts[i] * weights[i];
    return *limit_s >= 1 && *limit_s <= LIMIT_ASKED_MAX_S;
}

static struct refusal take_time(const struct option_reading *reading, const char *value)
{
    if (time_limit_parse(value, reading->options->arena, &reading->asked->limit_s)) return refusal_none;
    return out_of_range(reading, value, "M, M:S, H:M:S, D-H, D-H:M or D-H:M:S, over 0 and at most 365 days");
}

/* "./logs/x" is "logs/x". */
static const char *without_here(const char *path)
{
    while (path[0] == '.' && path[1] == '/') path += 2;
    return path;
}

static struct refusal take_file(const struct option_reading *reading, const char *value, const char **into)
{
    *into = without_here(value);
    if (job_file_name(*into, "name", 1, 1, 1, reading->options->arena)) return refusal_none;
    return refuse(REFUSAL_INVALID_PATH, argument_name(reading->option));
}

static struct refusal take_output(const struct option_reading *reading, const char *value)
{
    return take_file(reading, value, &reading->asked->output);
}

static struct refusal take_error(const struct option_reading *reading, const char *value)
{
    return take_file(reading, value, &reading->asked->error);
}

static struct refusal take_folder(const struct option_reading *reading, const char *value)
{
    const char *path = without_here(value);
    size_t length = strlen(path);
    if (length > 1 && path[length - 1] == '/') path = arena_text_n(reading->options->arena, path, length - 1);
    bool here = strcmp(path, ".") == 0 || (*value && !length);
    if (!here && !folder_path_is_safe(path)) return refuse(REFUSAL_INVALID_PATH, argument_name(reading->option));
    reading->asked->folder = here ? "" : path;
    return refusal_none;
}

static const struct option {
    const char *name;
    char        letter;
    struct refusal (*take)(const struct option_reading *reading, const char *value);
} table[] = {
    { "job-name", 'J', take_name },
    { "partition", 'p', take_partition },
    { "nodes", 'N', take_nodes },
    { "ntasks", 'n', take_tasks },
    { "ntasks-per-node", 0, take_tasks_per_node },
    { "cpus-per-task", 'c', take_cpus },
    { "gpus", 'G', take_gpus },
    { "gpus-per-node", 0, take_gpus_per_node },
    { "gres", 0, take_gres },
    { "mem", 0, take_memory },
    { "time", 't', take_time },
    { "output", 'o', take_output },
    { "error", 'e', take_error },
    { "chdir", 'D', take_folder },
    { "export", 0, option_export },
    { "dependency", 'd', option_dependency },
    { "array", 'a', option_array },
};
_Static_assert(countof(table) <= 32, "one bit of options.beside each");

/* The row for an item, NULL if there's none; *value is what stands in the same item, NULL: the next one has it. */
static const struct option *option_find(const char *item, const char **value)
{
    for (int i = 0; i < countof(table); i++) {
        size_t length = strlen(table[i].name);
        if (table[i].letter && item[0] == '-' && item[1] == table[i].letter) {
            *value = item[2] ? item + 2 : NULL;
            return &table[i];
        }
        if (strncmp(item, "--", 2) != 0 || strncmp(item + 2, table[i].name, length) != 0) continue;
        if (item[2 + length] && item[2 + length] != '=') continue;
        *value = item[2 + length] ? item + 3 + length : NULL;
        return &table[i];
    }
    return NULL;
}

enum option_item option_item_of(const char *item)
{
    const char *value;
    if (!option_find(item, &value)) return OPTION_UNKNOWN;
    return value ? OPTION_WHOLE : OPTION_HALF;
}

/* The item's name for a sentence: without its value, and never characters that could deceive. */
static struct refusal not_allowed(const char *item, int line, struct arena *arena)
{
    size_t length = item[0] == '-' && item[1] && item[1] != '-' ? 2 : strcspn(item, "=");
    const char *name = arena_text_n(arena, item, length);
    struct refusal_argument option = argument_name(*name && text_is_plain(name) ? name : "(unreadable)");
    if (line) return refuse(REFUSAL_DIRECTIVE_NOT_ALLOWED, argument_count(line), option);
    return refuse(REFUSAL_OPTION_NOT_ALLOWED, option);
}

struct refusal options_read(struct options *options, const struct texts *items, int line)
{
    for (int i = 0; i < items->count; i++) {
        const char *value;
        const struct option *option = option_find(items->items[i], &value);
        if (!option) return not_allowed(items->items[i], line, options->arena);
        struct asked overruled = { 0 };
        unsigned bit = 1u << (option - table);
        struct option_reading reading = {
            .options = options, .line = line, .option = arena_format(options->arena, "--%s", option->name),
            .asked = line && options->beside & bit ? &overruled : &options->asked,
        };
        if (!value && i + 1 < items->count) value = items->items[++i];
        if (!value) return option_unfit(&reading, "a value");
        struct refusal refusal = option->take(&reading, value);
        if (refusal.code) return refusal;
        if (!line) options->beside |= bit;
    }
    return refusal_none;
}
