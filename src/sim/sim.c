/* SPDX-License-Identifier: EUPL-1.2 */
/* sim.c - the verb: one seed or a range of them, and what happened in them. */
#include "sim/sim.h"

#include "base/text.h"
#include "base/time.h"
#include "sim/world.h"

#include <string.h>

enum { SEEDS_FOR_ALL_KINDS = 20, COMMANDS_MAX = 100000, STATUS_FAILED = 1, STATUS_USAGE = 2 };

struct arguments { int64_t from, to, commands, agents; bool is_range, is_quiet, has_transcript; };

static void usage(FILE *to)
{
    fputs("aif sim: the network in one process, on a virtual clock, with faults\n"
          "\n"
          "    --seed N           one seed (1)\n"
          "    --seeds FROM..TO   a range of seeds; every kind of fault must come up in 20 of them\n"
          "    --commands N       commands of people per seed (300)\n"
          "    --agents N         site agents, 5 to 16 (5)\n"
          "    --transcript       every line of what happens\n"
          "    --quiet            the last line only\n"
          "\n"
          "    aif sim --seeds 1..200\n"
          "\n"
          "Status: 0 all promises held; 1 one was broken, or a kind of fault never came up; 2 wrong arguments.\n", to);
}

static bool range_parse(const char *text, struct arguments *arguments)
{
    char from[24];
    const char *dots = strstr(text, "..");
    if (!dots || dots - text >= (int)sizeof from) return false;
    memcpy(from, text, (size_t)(dots - text));
    from[dots - text] = 0;
    arguments->is_range = true;
    return text_to_number(from, &arguments->from) && text_to_number(dots + 2, &arguments->to) && arguments->from >= 0 && arguments->from <= arguments->to;
}

static bool arguments_parse(int argc, char **argv, struct arguments *arguments)
{
    *arguments = (struct arguments){ .from = 1, .to = 1, .commands = SIM_COMMANDS, .agents = SIM_AGENTS };
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        bool ok = true, has_value = true;
        if (strcmp(name, "--seed") == 0) ok = text_to_number(value, &arguments->from) && (arguments->to = arguments->from) >= 0;
        else if (strcmp(name, "--seeds") == 0) ok = range_parse(value, arguments);
        else if (strcmp(name, "--commands") == 0) ok = text_to_number(value, &arguments->commands);
        else if (strcmp(name, "--agents") == 0) ok = text_to_number(value, &arguments->agents);
        else if (strcmp(name, "--quiet") == 0) arguments->is_quiet = true, has_value = false;
        else if (strcmp(name, "--transcript") == 0) arguments->has_transcript = true, has_value = false;
        else ok = false;
        if (!ok) return false;
        i += has_value;
    }
    return arguments->commands >= 1 && arguments->commands <= COMMANDS_MAX && arguments->agents >= SIM_AGENTS && arguments->agents <= WORLD_SYSTEMS_MAX;
}

static void seed_format(const struct sim_options *options, const struct sim_result *result)
{
    printf("seed %llu: %lld commands, %lld jobs, %lld events, %.1f h, transcript %016llx\n", (unsigned long long)options->seed, (long long)result->tallies[TALLY_COMMANDS],
           (long long)result->tallies[TALLY_JOBS], (long long)result->tallies[TALLY_EVENTS], (double)result->virtual_ms / 3600000, (unsigned long long)result->transcript);
}

static void sum_add(struct sim_result *sum, const struct sim_result *result)
{
    for (int i = 0; i < FAULT_COUNT; i++) sum->faults[i] += result->faults[i];
    for (int i = 0; i < TALLY_COUNT; i++) sum->tallies[i] += result->tallies[i];
    sum->virtual_ms += result->virtual_ms;
}

/* Every kind with its count; how many never came up. */
static int kinds_show(const struct sim_result *sum, bool is_quiet)
{
    int never = 0;
    for (int i = 0; i < TALLY_COUNT; i++) {
        if (!is_quiet) printf("%10lld  %s\n", (long long)sum->tallies[i], tally_words((enum tally)i));
        if (!sum->tallies[i]) printf("never came up: %s\n", tally_words((enum tally)i)), never++;
    }
    if (!is_quiet) puts("of faults:");
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (!is_quiet) printf("%10lld  %s\n", (long long)sum->faults[i], fault_words((enum fault)i));
        if (!sum->faults[i]) printf("never came up: %s\n", fault_words((enum fault)i)), never++;
    }
    return never;
}

int sim_main(int argc, char **argv)
{
    struct arguments arguments;
    struct sim_result sum = { 0 };
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (!arguments_parse(argc, argv, &arguments)) {
        usage(stderr);
        return STATUS_USAGE;
    }
    crypto_start();
    int64_t began_ms = clock_monotonic_ms(), seeds = arguments.to - arguments.from + 1;
    for (int64_t seed = arguments.from; seed <= arguments.to; seed++) {
        const struct sim_options options = { .seed = (uint64_t)seed, .commands = (int)arguments.commands, .agents = (int)arguments.agents,
                                             .transcript = arguments.has_transcript ? stdout : NULL };
        struct sim_result result;
        sim_run(&options, &result);
        sum_add(&sum, &result);
        if (!arguments.is_quiet && !arguments.is_range) seed_format(&options, &result);
    }
    if (!arguments.is_range) return 0;
    int never = kinds_show(&sum, arguments.is_quiet);
    double seconds = (double)(clock_monotonic_ms() - began_ms) / 1000;
    printf("%lld seeds, %lld commands, %.0f h of virtual time: all promises held; %.1f s, %.1f seeds/s\n", (long long)seeds, (long long)sum.tallies[TALLY_COMMANDS],
           (double)sum.virtual_ms / 3600000, seconds, (double)seeds / (seconds > 0 ? seconds : 1));
    return never && seeds >= SEEDS_FOR_ALL_KINDS ? STATUS_FAILED : 0;
}
