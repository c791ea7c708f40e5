/* SPDX-License-Identifier: EUPL-1.2 */
/* policy.c - one table of keys: where each value goes, and what it may be. The INI syntax is inih's; whatever it would cut or
 * glue together in silence (long lines, indented ones) is refused here before it sees it. */
#include "agent/policy.h"

#include "base/file.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

WORDS_DEFINE(agent_rung, AGENT_RUNG_WORDS);

enum key { KEY_ID, KEY_NETWORK, KEY_SYSTEM, KEY_RUNG, KEY_URL, KEY_TOKEN_FILE, KEY_KEY_FILE, KEY_PUBLIC_KEY,
           KEY_ACCELERATORS, KEY_WALL_TIME, KEY_JOBS_PER_DAY, KEY_ALLOW_UNSANDBOXED,
           KEY_SLOTS, KEY_NODES, KEY_SLOTS_PER_NODE, KEY_HAS_ACCELERATORS, KEY_COUNT };

static const struct { const char *section, *name; bool is_needed; } keys[KEY_COUNT] = {
    [KEY_ID] = { "agent", "id", true }, [KEY_NETWORK] = { "agent", "network", true }, [KEY_SYSTEM] = { "agent", "system", true },
    [KEY_RUNG] = { "agent", "rung", false },
    [KEY_URL] = { "server", "url", true }, [KEY_TOKEN_FILE] = { "server", "token_file", true },
    [KEY_KEY_FILE] = { "server", "key_file", true }, [KEY_PUBLIC_KEY] = { "server", "public_key", false },
    [KEY_ACCELERATORS] = { "limits", "accelerators", false }, [KEY_WALL_TIME] = { "limits", "wall_time_s", false },
    [KEY_JOBS_PER_DAY] = { "limits", "jobs_per_day", false },
    [KEY_ALLOW_UNSANDBOXED] = { "sandbox", "allow_unsandboxed", false },
    [KEY_SLOTS] = { "partition", "slots", true }, [KEY_NODES] = { "partition", "nodes", false },
    [KEY_SLOTS_PER_NODE] = { "partition", "slots_per_node", false },
    [KEY_HAS_ACCELERATORS] = { "partition", "accelerators", false },
};

struct reading {
    struct agent_policy *policy;
    unsigned             seen;                          /* keys outside partitions, as bits */
    unsigned             seen_of[POLICY_PARTITIONS];    /* keys of each partition */
    char                 why[200];                      /* the first error */
};

static bool wrong(struct reading *reading, const char *name, const char *wanted)
{
    if (!reading->why[0]) snprintf(reading->why, sizeof reading->why, "%.40s must be %s", name, wanted);
    return false;
}

static bool set_id(struct reading *reading, const char *name, const char *value, struct id *id)
{
    bool fits = *value && strlen(value) <= ID_MAX && utf8_is_valid(value, strlen(value)) && text_is_plain(value);
    if (fits) *id = id_from(value);
    return fits || wrong(reading, name, "an id");
}

static bool set_flag(struct reading *reading, const char *name, const char *value, bool *flag)
{
    *flag = strcmp(value, "yes") == 0;
    return *flag || strcmp(value, "no") == 0 || wrong(reading, name, "yes or no");
}

static bool set_text(struct reading *reading, const char *name, const char *value, char to[POLICY_TEXT_BYTES + 1])
{
    if (!*value || strlen(value) > POLICY_TEXT_BYTES) return wrong(reading, name, "a text of at most 255 bytes");
    memcpy(to, value, strlen(value) + 1);
    return true;
}

static bool set_number(struct reading *reading, const char *name, const char *value, int64_t *number)
{
    if (text_to_number(value, number) && *number >= 0 && *number <= 1000000000) return true;
    return wrong(reading, name, "a whole number from 0 to 1000000000");
}

static bool set_slots(struct reading *reading, const char *name, const char *value, int *slots)
{
    int64_t number;
    if (!text_to_number(value, &number) || number < 1 || number > 1000000) return wrong(reading, name, "a whole number from 1 to 1000000");
    *slots = (int)number;
    return true;
}

static bool set_url(struct reading *reading, const char *name, const char *value, char to[POLICY_TEXT_BYTES + 1])
{
    bool is_http = strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0;
    if (!is_http || value[strlen(value) - 1] == '/') return wrong(reading, name, "http(s)://HOST[:PORT] without a slash behind it");
    return set_text(reading, name, value, to);
}

static bool set_rung(struct reading *reading, const char *name, const char *value, enum agent_rung *rung)
{
    int word = word_find(&agent_rung_words, value);
    if (word < 0) return wrong(reading, name, "observe, account or submit");
    *rung = (enum agent_rung)word;
    return true;
}

static bool set_key(struct reading *reading, enum key key, const char *name, const char *value, struct policy_partition *partition)
{
    struct agent_policy *policy = reading->policy;
    switch (key) {
    case KEY_ID: return set_id(reading, name, value, &policy->agent);
    case KEY_NETWORK: return set_id(reading, name, value, &policy->network);
    case KEY_SYSTEM: return set_id(reading, name, value, &policy->system);
    case KEY_RUNG: return set_rung(reading, name, value, &policy->rung);
    case KEY_URL: return set_url(reading, name, value, policy->url);
    case KEY_TOKEN_FILE: return set_text(reading, name, value, policy->token_file);
    case KEY_KEY_FILE: return set_text(reading, name, value, policy->key_file);
    case KEY_PUBLIC_KEY:
        policy->has_server_key = hex_parse(value, policy->server_key, sizeof policy->server_key);
        return policy->has_server_key || wrong(reading, name, "64 hex digits");
    case KEY_ACCELERATORS: return set_number(reading, name, value, &policy->accelerators);
    case KEY_WALL_TIME: return set_number(reading, name, value, &policy->wall_time_s);
    case KEY_JOBS_PER_DAY: return set_number(reading, name, value, &policy->jobs_per_day);
    case KEY_ALLOW_UNSANDBOXED: return set_flag(reading, name, value, &policy->allow_unsandboxed);
    case KEY_SLOTS: return set_slots(reading, name, value, &partition->slots);
    case KEY_NODES: return set_slots(reading, name, value, &partition->nodes);
    case KEY_SLOTS_PER_NODE: return set_slots(reading, name, value, &partition->slots_per_node);
    case KEY_HAS_ACCELERATORS: return set_flag(reading, name, value, &partition->has_accelerators);
    case KEY_COUNT: break;
    }
    return false;
}

/* The partition that a section names, added if it's new; -1 with an error. */
static int partition_of(struct reading *reading, const char *name)
{
    struct agent_policy *policy = reading->policy;
    for (int i = 0; i < policy->partition_count; i++)
        if (strcmp(policy->partitions[i].name, name) == 0) return i;
    bool fits = *name && strlen(name) < sizeof policy->partitions[0].name && utf8_is_valid(name, strlen(name)) && text_is_plain(name) && !strpbrk(name, " /");
    if (!fits) return wrong(reading, "a partition's name", "1 to 31 bytes without blanks and slashes"), -1;
    if (policy->partition_count == POLICY_PARTITIONS) return wrong(reading, "partitions", "16 at most"), -1;
    struct policy_partition *added = &policy->partitions[policy->partition_count];
    *added = (struct policy_partition){ .has_accelerators = true };
    memcpy(added->name, name, strlen(name) + 1);
    return policy->partition_count++;
}

static int on_key(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    bool is_partition = strncmp(section, "partition ", 10) == 0;
    int partition = is_partition ? partition_of(reading, section + 10) : -1;
    if (is_partition && partition < 0) return 0;
    for (enum key key = 0; key < KEY_COUNT; key++) {
        if (strcmp(keys[key].name, name) != 0 || strcmp(keys[key].section, is_partition ? "partition" : section) != 0) continue;
        unsigned *seen = is_partition ? &reading->seen_of[partition] : &reading->seen;
        if (*seen & 1u << key) return wrong(reading, name, "said once");
        *seen |= 1u << key;
        return set_key(reading, key, name, value, is_partition ? &reading->policy->partitions[partition] : NULL);
    }
    if (!reading->why[0]) snprintf(reading->why, sizeof reading->why, "there is no key %.40s in [%.40s]", name, section);
    return 0;
}

/* The line of the first thing that inih would cut or glue to the line above; 0: none. */
static int line_refused(const char *text, size_t length)
{
    int line = 1;
    for (size_t start = 0; start < length; line++) {
        const char *end = memchr(text + start, '\n', length - start);
        size_t size = end ? (size_t)(end - text) - start : length - start;
        bool is_indented = size && (text[start] == ' ' || text[start] == '\t') && strspn(text + start, " \t\r") < size;
        if (size > INI_MAX_LINE - 5 || is_indented || memchr(text + start, 0, size)) return line;
        start += size + 1;
    }
    return 0;
}

static bool check_needed(const struct reading *reading, struct error *error)
{
    for (enum key key = 0; key < KEY_COUNT; key++) {
        if (!keys[key].is_needed || strcmp(keys[key].section, "partition") == 0) continue;
        if (!(reading->seen & 1u << key)) return error_set(error, ERROR_CONFIG, "site.ini: [%s] needs a line %s = …", keys[key].section, keys[key].name);
    }
    for (int i = 0; i < reading->policy->partition_count; i++)
        if (!(reading->seen_of[i] & 1u << KEY_SLOTS))
            return error_set(error, ERROR_CONFIG, "site.ini: [partition %s] needs a line slots = …", reading->policy->partitions[i].name);
    return true;
}

static bool shapes_fill(struct agent_policy *policy, struct error *error)
{
    for (int i = 0; i < policy->partition_count; i++) {
        struct policy_partition *partition = &policy->partitions[i];
        if (!partition->nodes) partition->nodes = partition->slots_per_node ? partition->slots / partition->slots_per_node : 1;
        if (!partition->slots_per_node && partition->nodes) partition->slots_per_node = partition->slots / partition->nodes;
        if ((int64_t)partition->nodes * partition->slots_per_node != partition->slots)
            return error_set(error, ERROR_CONFIG, "site.ini: [partition %s] nodes x slots_per_node isn't slots", partition->name);
    }
    return true;
}

/* Runs inih; 0 or the first line with an error. A syntax error isn't told to on_key, so an error that it has seen may be of a
 * later line: what stands behind the first one is cut off, and the rest read again. */
static int ini_read(char *text, struct reading *reading)
{
    int first = ini_parse_string(text, on_key, reading), line = 1;
    if (first <= 0) return first;
    for (char *at = text; *at; at++)
        if (*at == '\n' && line++ == first) at[1] = 0;
    struct agent_policy again = { 0 };
    *reading = (struct reading){ .policy = &again };
    return ini_parse_string(text, on_key, reading);
}

bool agent_policy_parse(const char *text, size_t length, struct agent_policy *policy, struct error *error)
{
    struct reading reading = { .policy = policy };
    *policy = (struct agent_policy){ .rung = RUNG_OBSERVE, .accelerators = -1, .wall_time_s = -1, .jobs_per_day = -1 };
    if (length > POLICY_BYTES) return error_set(error, ERROR_CONFIG, "site.ini: more than %d bytes", POLICY_BYTES);
    int line = line_refused(text, length);
    if (line) return error_set(error, ERROR_CONFIG, "site.ini line %d: longer than %d bytes, or indented", line, INI_MAX_LINE - 5);
    char copy[POLICY_BYTES + 1];
    memcpy(copy, text, length);
    copy[length] = 0;
    line = ini_read(copy, &reading);
    if (line < 0) return error_set(error, ERROR_IO, "site.ini: no memory to read it");
    if (line) return error_set(error, ERROR_CONFIG, "site.ini line %d: %s", line, reading.why[0] ? reading.why : "expected [section] or key = value");
    struct hash hash = sha256(text, length);
    hex_format(hash.bytes, HASH_BYTES, policy->hash);
    return check_needed(&reading, error) && shapes_fill(policy, error);
}

bool agent_policy_load(const char *path, struct agent_policy *policy, struct error *error)
{
    char text[POLICY_BYTES + 1];
    ssize_t size = file_load(path, FILE_OPEN, text, sizeof text, error);
    return size >= 0 && agent_policy_parse(text, (size_t)size, policy, error);
}

bool secret_load(const char *path, char *text, size_t room, struct error *error)
{
    if (file_load(path, FILE_SECRET, text, room, error) < 0) return false;
    text[strcspn(text, "\r\n")] = 0;
    return *text || error_set(error, ERROR_CONFIG, "%s is empty", path);
}

bool agent_key_load(const char *path, struct sign_key *key, struct error *error)
{
    char text[SECRET_BYTES];
    unsigned char seed[SIGN_SEED_BYTES];
    if (!secret_load(path, text, sizeof text, error)) return false;
    bool is_seed = hex_parse(text, seed, sizeof seed);
    if (is_seed) sign_key_from_seed(key, seed);
    explicit_bzero(text, sizeof text);
    explicit_bzero(seed, sizeof seed);
    return is_seed || error_set(error, ERROR_CONFIG, "%s doesn't hold 64 hex digits", path);
}

static bool has_partition(const struct agent_policy *policy, const char *name)
{
    for (int i = 0; i < policy->partition_count; i++)
        if (strcmp(policy->partitions[i].name, name) == 0) return true;
    return false;
}

const char *agent_policy_refuses(const struct agent_policy *policy, const struct v1_instruction *start, int64_t jobs_today, struct arena *arena)
{
    if (policy->rung != RUNG_SUBMIT)
        return arena_format(arena, "this site's policy doesn't take jobs: its rung is %s", word_name(&agent_rung_words, (int)policy->rung));
    if (!has_partition(policy, start->partition)) return arena_format(arena, "this site's policy names no partition %s", start->partition);
    if (policy->accelerators >= 0 && start->pieces > policy->accelerators)
        return arena_format(arena, "%lld pieces are more than the %lld that this site's policy allows a job", (long long)start->pieces, (long long)policy->accelerators);
    if (policy->wall_time_s >= 0 && start->limit_s > policy->wall_time_s)
        return arena_format(arena, "a time limit of %lld s is more than the %lld s that this site's policy allows", (long long)start->limit_s, (long long)policy->wall_time_s);
    if (policy->jobs_per_day >= 0 && jobs_today >= policy->jobs_per_day)
        return arena_format(arena, "this site's policy takes %lld jobs a day (UTC), and they were taken", (long long)policy->jobs_per_day);
    return NULL;
}
