/* SPDX-License-Identifier: EUPL-1.2 */
/* arguments.c - options before or behind the verb, "--name VALUE" and "--name=VALUE", whole names only.
 *
 * For a script (submit, try) everything in front of FILE that isn't ours is Slurm's and goes to the server as it stands; the
 * table in core/jobs says which of it takes a value, and so where FILE is. Behind FILE nothing is ours any more: it's the
 * script's. What nobody knows is refused here by name, for without its meaning FILE can't be found. */
#include "cli/arguments.h"

#include "base/text.h"
#include "core/jobs/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct cli_option cli_options_of_all[] = {
    { "server", 0, "URL", "the server; else AIF_SERVER, else HOME/address" },
    { "as", 0, "PERSON", "a person of the demo network, by the token in HOME/persons" },
    { "home", 0, "DIR", "else AIF_HOME, else ./.aif if it is there, else ~/.aif" },
    { "json", 0, NULL, "the server's JSON as it came" },
    { "help", 'h', NULL, "this page" },
};
const int cli_options_of_all_count = countof(cli_options_of_all);

int verbs_count(const struct cli_verbs *verbs) { return verbs->own_count + verbs->local_count; }

const struct cli_verb *verbs_at(const struct cli_verbs *verbs, int index)
{
    return index < verbs->own_count ? &verbs->own[index] : &verbs->local[index - verbs->own_count];
}

__attribute__((format(printf, 2, 3)))
static bool wrong(struct cli_arguments *into, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(into->wrong, sizeof into->wrong, format, arguments);
    va_end(arguments);
    return false;
}

/* What was typed goes back to the terminal: only if it's harmless there. */
static const char *shown(const char *typed) { return strlen(typed) <= 60 && text_is_plain(typed) ? typed : "(unreadable)"; }

/* ---- the verb */

/* How many words of a verb's name stand at items: 0, or all of them. */
static int words_of(const char *name, int count, char **items)
{
    const char *space = strchr(name, ' ');
    if (!space) return count >= 1 && strcmp(items[0], name) == 0;
    size_t first = (size_t)(space - name);
    if (count < 2 || strncmp(items[0], name, first) != 0 || items[0][first]) return 0;
    return strcmp(items[1], space + 1) == 0 ? 2 : 0;
}

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static const char *nearest_verb(const struct cli_verbs *verbs, const char *typed)
{
    const char *found = NULL;
    size_t length = strlen(typed);
    int best = length / 3 > 1 ? (int)length / 3 + 1 : 2;
    for (int i = 0; i < verbs_count(verbs); i++) {
        const struct cli_verb *verb = verbs_at(verbs, i);
        if (verb->flags & CLI_HIDDEN) continue;
        int apart = length >= 2 && begins(verb->name, typed) ? 1 : text_letters_apart(typed, verb->name);
        if (apart < best || (apart == best && !found)) best = apart, found = verb->name;
    }
    return found;
}

static bool no_such_verb(const struct cli_verbs *verbs, int count, char **items, struct cli_arguments *into)
{
    const char *typed = items[0];
    size_t length = strlen(typed);
    char both[80];
    for (int i = 0; i < verbs_count(verbs); i++) {
        const char *name = verbs_at(verbs, i)->name;
        if (!begins(name, typed) || name[length] != ' ') continue;
        snprintf(both, sizeof both, "%s %s", typed, count > 1 && items[1][0] != '-' ? items[1] : name + length + 1);
        const char *nearest = nearest_verb(verbs, both);
        return wrong(into, "`aif %s` needs one more word. Did you mean `aif %s`?", typed, nearest ? nearest : name);
    }
    const char *nearest = nearest_verb(verbs, typed);
    if (nearest) return wrong(into, "There is no verb \"%s\". Did you mean `aif %s`?", shown(typed), nearest);
    return wrong(into, "There is no verb \"%s\". `aif --help` lists them all.", shown(typed));
}

/* ---- options */

static const struct cli_option *option_in(const struct cli_option *options, int count, const char *item, const char **value)
{
    for (int i = 0; i < count; i++) {
        size_t length = strlen(options[i].name);
        *value = NULL;
        if (options[i].letter && item[0] == '-' && item[1] == options[i].letter && !item[2]) return &options[i];
        if (!begins(item, "--") || !begins(item + 2, options[i].name)) continue;
        if (item[2 + length] == '=') *value = item + 3 + length;
        if (!item[2 + length] || *value) return &options[i];
    }
    return NULL;
}

static const struct cli_option *option_of(const struct cli_verb *verb, const char *item, const char **value)
{
    const struct cli_option *found = verb ? option_in(verb->options, verb->option_count, item, value) : NULL;
    return found ? found : option_in(cli_options_of_all, cli_options_of_all_count, item, value);
}

static bool option_put(struct cli_arguments *into, const struct cli_option *option, const char *value)
{
    if (into->option_count == CLI_OPTIONS_MAX) return wrong(into, "More than %d options.", CLI_OPTIONS_MAX);
    into->options[into->option_count].option = option;
    into->options[into->option_count++].value = value ? value : "";
    return true;
}

static bool unknown_option(const struct cli_verb *verb, const char *item, struct cli_arguments *into)
{
    const char *nearest = NULL;
    char name[64];
    snprintf(name, sizeof name, "%s", item + strspn(item, "-"));
    name[strcspn(name, "=")] = 0;
    int best = 3;
    for (int i = 0; verb && i < verb->option_count + cli_options_of_all_count; i++) {
        const struct cli_option *option = i < verb->option_count ? &verb->options[i] : &cli_options_of_all[i - verb->option_count];
        int apart = text_letters_apart(name, option->name);
        if (apart < best) best = apart, nearest = option->name;
    }
    const char *before = verb ? " " : "", *of = verb ? verb->name : "";
    if (nearest) return wrong(into, "`aif%s%s` has no option %s. Did you mean --%s?", before, of, shown(item), nearest);
    return wrong(into, "`aif%s%s` has no option %s. `aif%s%s --help` lists them.", before, of, shown(item), before, of);
}

/* Takes one of our own options and its value. Steps *at behind them; false with *taken: it was wrong. */
static bool own_option(const struct cli_verb *verb, int argc, char **argv, int *at, struct cli_arguments *into, bool *taken)
{
    const char *value;
    const struct cli_option *option = option_of(verb, argv[*at], &value);
    *taken = option != NULL;
    if (!option) return false;
    const char *item = argv[(*at)++];
    if (!option->value) return value ? wrong(into, "--%s takes no value: %s", option->name, shown(item)) : option_put(into, option, NULL);
    if (!value && *at < argc) value = argv[(*at)++];
    if (!value) return wrong(into, "--%s needs a value: --%s %s", option->name, option->name, option->value);
    return option_put(into, option, value);
}

static bool is_option(const char *item) { return item[0] == '-' && item[1]; }

static bool slurm_option(int argc, char **argv, int *at, struct cli_arguments *into)
{
    enum option_item kind = option_item_of(argv[*at]);
    int items = kind == OPTION_HALF ? 2 : 1;
    if (kind == OPTION_UNKNOWN) return wrong(into, "The option %s isn't taken. docs/jobs.md lists those that are.", shown(argv[*at]));
    if (argc - *at < items) return wrong(into, "%s needs a value.", shown(argv[*at]));
    if (into->slurm_count + items > CLI_SLURM_MAX) return wrong(into, "More than %d words of options.", CLI_SLURM_MAX);
    for (int i = 0; i < items; i++) into->slurm[into->slurm_count++] = argv[(*at)++];
    return true;
}

static bool argument_put(const char *item, struct cli_arguments *into)
{
    if (into->count == countof(into->items)) return wrong(into, "More than %d arguments.", CLI_ARGUMENTS_MAX);
    into->items[into->count++] = item;
    return true;
}

/* ---- the whole */

static bool wants(const struct cli_arguments *into, const char *name) { return arguments_value(into, name) != NULL; }

static bool script_parse(int argc, char **argv, int at, struct cli_arguments *into)
{
    while (at < argc && is_option(argv[at])) {
        bool taken;
        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        if (own_option(into->verb, argc, argv, &at, into, &taken)) continue;
        if (taken || !slurm_option(argc, argv, &at, into)) return false;
    }
    while (at < argc)
        if (!argument_put(argv[at++], into)) return false;
    if (wants(into, "help") || into->count) return true;
    return wrong(into, "`aif %s` needs a FILE: the script.", into->verb->name);
}

static bool plain_parse(int argc, char **argv, int at, struct cli_arguments *into)
{
    const struct cli_verb *verb = into->verb;
    bool options = true;
    while (at < argc) {
        bool taken = false;
        if (options && strcmp(argv[at], "--") == 0) {
            options = false;
            at++;
        } else if (!options || !is_option(argv[at])) {
            if (!argument_put(argv[at++], into)) return false;
        } else if (!own_option(verb, argc, argv, &at, into, &taken)) {
            return taken ? false : unknown_option(verb, argv[at], into);
        }
    }
    if (wants(into, "help")) return true;
    if (into->count < verb->least) return wrong(into, "`aif %s` needs %s.", verb->name, verb->arguments);
    if (into->count > verb->most && !*verb->arguments) return wrong(into, "`aif %s` takes no argument: %s", verb->name, shown(into->items[0]));
    if (into->count > verb->most) return wrong(into, "`aif %s` takes %s and nothing more: %s", verb->name, verb->arguments, shown(into->items[verb->most]));
    return true;
}

static bool parse(const struct cli_verbs *verbs, int argc, char **argv, struct cli_arguments *into)
{
    int at = 1, words = 0;
    while (at < argc && is_option(argv[at])) {
        bool taken;
        if (!own_option(NULL, argc, argv, &at, into, &taken)) return taken ? false : unknown_option(NULL, argv[at], into);
    }
    if (at == argc) return wants(into, "help") || wrong(into, "A verb is missing. `aif --help` lists them all.");
    for (int i = 0; i < verbs_count(verbs) && !words; i++)
        if ((words = words_of(verbs_at(verbs, i)->name, argc - at, argv + at))) into->verb = verbs_at(verbs, i);
    if (!into->verb) return wants(into, "help") || no_such_verb(verbs, argc - at, argv + at, into);
    at += words;
    if (into->verb->flags & CLI_RAW) {
        into->raw = argv + at;
        into->raw_count = argc - at;
        return true;
    }
    return into->verb->flags & CLI_SCRIPT ? script_parse(argc, argv, at, into) : plain_parse(argc, argv, at, into);
}

enum cli_wish arguments_parse(const struct cli_verbs *verbs, int argc, char **argv, struct cli_arguments *into)
{
    memset(into, 0, sizeof *into);
    if (argc > 1 && strcmp(argv[1], "--version") == 0) return WISH_VERSION;
    if (!parse(verbs, argc, argv, into)) return WISH_WRONG;
    return wants(into, "help") ? WISH_HELP : WISH_RUN;
}

const char *arguments_value(const struct cli_arguments *arguments, const char *option)
{
    for (int i = arguments->option_count - 1; i >= 0; i--)
        if (strcmp(arguments->options[i].option->name, option) == 0) return arguments->options[i].value;
    return NULL;
}
