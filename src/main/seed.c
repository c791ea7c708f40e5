/* SPDX-License-Identifier: EUPL-1.2 */
/* seed.c - reads the embedded data files and sends commands, in batches. Facts and pretence never meet: factories and systems
 * come from data/network only, partitions, persons, projects and agents from demo/ only and are marked as demo. */
#include "main/seed.h"

#include "base/json.h"
#include "core/access/access.h"
#include "core/identity/identity.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "embedded.h"
#include "main/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_YEARS_MS ((int64_t)3 * 365 * 86400 * 1000)

struct seeder {
    const struct seed_options *options;
    struct arena              *arena;
    struct error              *error;
    bool                       ok;
};

/* One command, its own batch of one: seeding is a hundred commands, and each must be seen to work. */
static bool send(struct seeder *seeder, enum command_kind kind, const char *key, const void *body)
{
    struct arena arena;
    arena_init(&arena, 4 * 1024 * 1024);
    struct hash hash = sha256(key, strlen(key));
    struct door_request request = { .command = { .kind = kind, .principal = seeder->options->server, .key = arena_format(&arena, "seed/%s", key), .request_hash = hash, .body = body },
                                    .principal_kind = PRINCIPAL_SERVER, .arena = &arena };
    door_execute(seeder->options->door, &request, seeder->options->now_ms);
    bool ok = request.result == DOOR_ANSWERED || request.result == DOOR_REPLAYED;
    if (ok && request.status >= 400) ok = strstr(request.answer, "already-there") != NULL;
    if (!ok) error_set(seeder->error, ERROR_CONFIG, "the network can't be set up: %s %s: %s", door_command_name(kind), key, request.answer ? request.answer : "the database failed");
    arena_finish(&arena);
    return ok;
}

static const char *text_of(const struct json_t *object, const char *name) { return json_text(json_get(object, name)); }

static int64_t number_of(const struct json_t *object, const char *name)
{
    int64_t number = 0;
    json_number(json_get(object, name), &number);
    return number;
}

static struct id id_of(struct seeder *seeder, const struct json_t *object, const char *name)
{
    const char *text = text_of(object, name);
    if (text && strlen(text) <= ID_MAX) return id_from(text);
    if (text || strcmp(name, "id") == 0) seeder->ok = error_set(seeder->error, ERROR_CONFIG, "a data file has an entry without a usable \"%s\"", name);
    return (struct id){ { 0 } };
}

static struct json_t *document(struct seeder *seeder, const unsigned char *bytes, size_t size, const char *name)
{
    struct json_fault fault;
    struct json_t *json = json_read((const char *)bytes, size - 1, &fault);
    if (!json) seeder->ok = error_set(seeder->error, ERROR_CONFIG, "%s isn't well-formed JSON (byte %zu)", name, fault.offset);
    return json;
}
#define DOCUMENT(seeder, name) document(seeder, embedded_##name, sizeof embedded_##name, #name)

/* ---- public facts */

static void seed_factory(struct seeder *seeder, const struct json_t *row)
{
    const char *status = text_of(row, "status"), *country = text_of(row, "country");
    struct factory factory = { .id = id_of(seeder, row, "id"), .name = text_of(row, "name"), .country = country, .town = text_of(row, "town"),
                               .host = text_of(row, "host"), .wave = number_of(row, "wave"), .status = status ? status : "unknown", .facts = json_dump(row, seeder->arena) };
    if (seeder->ok) seeder->ok = send(seeder, COMMAND_FACTORY_PUT, factory.id.text, &factory);
}

static void seed_system(struct seeder *seeder, const struct json_t *row)
{
    const char *status = text_of(row, "status");
    struct system system = { .id = id_of(seeder, row, "id"), .name = text_of(row, "name"), .country = text_of(row, "country"), .town = text_of(row, "town"),
                             .host = text_of(row, "hosting_entity"), .status = status ? status : "unknown", .facts = json_dump(row, seeder->arena) };
    if (seeder->ok) seeder->ok = send(seeder, COMMAND_SYSTEM_PUT, system.id.text, &system);
}

static void each(struct seeder *seeder, const struct json_t *list, void (*one)(struct seeder *seeder, const struct json_t *row))
{
    for (int i = 0; seeder->ok && i < json_count(list); i++) one(seeder, json_at(list, i));
}

static void seed_facts(struct seeder *seeder)
{
    struct json_t *factories = DOCUMENT(seeder, network_factories), *systems = DOCUMENT(seeder, network_systems);
    each(seeder, json_get(systems, "systems"), seed_system);
    each(seeder, json_get(factories, "factories"), seed_factory);
    json_free(factories);
    json_free(systems);
}

/* ---- what this machine pretends */

static void seed_token(struct seeder *seeder, struct id principal, enum principal_kind kind, const char *path)
{
    char hex[SECRET_HEX + 1], hash_hex[HASH_HEX + 1];
    if (!seeder->ok || !(seeder->ok = secret_file(path, hex, seeder->error))) return;
    struct hash hash = sha256(hex, SECRET_HEX);
    hex_format(hash.bytes, HASH_BYTES, hash_hex);
    struct token token = { .hash = hash_hex, .principal = principal, .kind = kind, .expires_ms = seeder->options->now_ms + DEMO_YEARS_MS };
    seeder->ok = send(seeder, COMMAND_TOKEN_ADD, arena_format(seeder->arena, "token/%.16s", hash_hex), &token);
}

static int64_t gflops_of(const struct json_t *partition)
{
    double tera = json_real_or_number(json_get(partition, "peak_tflops_bf16"));
    return tera > 0 ? (int64_t)(tera * 1000 + 0.5) : 0;
}

static void seed_partitions(struct seeder *seeder, const struct json_t *row)
{
    struct id system = id_of(seeder, row, "system");
    const struct json_t *list = json_get(row, "partitions");
    for (int i = 0; seeder->ok && i < json_count(list); i++) {
        const struct json_t *one = json_at(list, i);
        const char *name = text_of(one, "name"), *piece = text_of(one, "piece");
        int kind = piece ? word_find(&partition_piece_words, piece) : -1;
        if (!name || kind < 0) seeder->ok = error_set(seeder->error, ERROR_CONFIG, "demo/network.json: a partition without name or piece");
        if (!seeder->ok) return;
        struct partition partition = { .id = id_from(arena_format(seeder->arena, "%s/%s", system.text, name)), .system = system, .name = name,
            .piece = (enum partition_piece)kind, .slots = number_of(one, "slots"), .nodes = number_of(one, "nodes"), .slots_per_node = number_of(one, "slots_per_node"),
            .model = text_of(one, "slot_model"), .peak_gflops = gflops_of(one), .limit_max_s = number_of(one, "max_time_s"), .grace_s = number_of(one, "grace_s"),
            .experimental = json_flag(json_get(one, "experimental")), .open = true, .demo = true };
        seeder->ok = send(seeder, COMMAND_PARTITION_ADD, arena_format(seeder->arena, "partition/%s", partition.id.text), &partition);
    }
}

static void seed_agent(struct seeder *seeder, const struct json_t *row)
{
    struct id system = id_of(seeder, row, "system");
    struct sign_key key;
    char public[2 * SIGN_PUBLIC_BYTES + 1];
    const char *folder = home_path(seeder->options->home, seeder->arena, "sites/%s", system.text);
    if (!seeder->ok || !(seeder->ok = folder_make(folder, seeder->error))) return;
    if (!(seeder->ok = key_file(home_path(folder, seeder->arena, "agent.key"), &key, seeder->error))) return;
    hex_format(key.public, sizeof key.public, public);
    struct agent agent = { .id = id_from(arena_format(seeder->arena, "agent-%s", system.text)), .system = system, .public_key = public };
    seeder->ok = send(seeder, COMMAND_AGENT_ENROL, arena_format(seeder->arena, "agent/%s", agent.id.text), &agent);
    seed_token(seeder, agent.id, PRINCIPAL_AGENT, home_path(folder, seeder->arena, "agent.token"));
}

static void seed_organisation(struct seeder *seeder, const struct json_t *row)
{
    const char *kind = text_of(row, "kind");
    int word = kind ? word_find(&organisation_kind_words, strcmp(kind, "SME") == 0 ? "sme" : kind) : -1;
    if (word < 0) seeder->ok = error_set(seeder->error, ERROR_CONFIG, "demo/project.json: an organisation of no known kind");
    struct organisation organisation = { .id = id_of(seeder, row, "id"), .name = text_of(row, "name"), .country = text_of(row, "country"),
                                         .kind = (enum organisation_kind)(word < 0 ? 0 : word), .demo = true };
    if (seeder->ok) seeder->ok = send(seeder, COMMAND_ORGANISATION_ADD, arena_format(seeder->arena, "organisation/%s", organisation.id.text), &organisation);
}

static void seed_project(struct seeder *seeder, const struct json_t *row)
{
    const char *name = text_of(row, "id");
    struct project_add project = { .name = name, .title = text_of(row, "name"), .organisation = id_of(seeder, row, "organisation"), .home = id_of(seeder, row, "home_factory"),
                                   .purpose = text_of(row, "purpose"), .demo = true };
    if (!seeder->ok || !(seeder->ok = send(seeder, COMMAND_PROJECT_ADD, arena_format(seeder->arena, "project/%s", name), &project))) return;
    const struct json_t *list = json_get(row, "allocations");
    for (int i = 0; seeder->ok && i < json_count(list); i++) {
        const struct json_t *one = json_at(list, i);
        struct allocation_grant grant = { .project = id_from(name), .partition = id_of(seeder, one, "partition"), .amount = number_of(one, "hours") * 3600,
                                          .starts_ms = seeder->options->now_ms - 86400000, .ends_ms = seeder->options->now_ms + DEMO_YEARS_MS };
        if (seeder->ok) seeder->ok = send(seeder, COMMAND_ALLOCATION_GRANT, arena_format(seeder->arena, "allocation/%s/%s", name, grant.partition.text), &grant);
    }
}

static void seed_role(struct seeder *seeder, const struct json_t *row, struct id person)
{
    const char *role = text_of(row, "role"), *scope = text_of(row, "scope");
    if (!role || !scope) return; /* one demo person has none, to show what a stranger sees */
    int role_word = word_find(&role_words, role), scope_word = word_find(&scope_kind_words, scope);
    if (role_word < 0 || scope_word < 0) {
        seeder->ok = error_set(seeder->error, ERROR_CONFIG, "demo/persons.json: no role %s over a %s", role, scope);
        return;
    }
    struct role_grant grant = { .person = person, .role = (enum role)role_word, .scope_kind = (enum scope_kind)scope_word };
    if (grant.scope_kind != SCOPE_OF_NETWORK) grant.scope_id = id_of(seeder, row, "scope_id");
    if (seeder->ok) seeder->ok = send(seeder, COMMAND_ROLE_GRANT, arena_format(seeder->arena, "role/%s/%s", person.text, role), &grant);
}

/* A person's id is opaque: her handle would tell her name to whoever reads the trail. */
static void seed_person(struct seeder *seeder, const struct json_t *row)
{
    const char *handle = text_of(row, "id");
    char salt[HASH_HEX + 1], short_id[27] = "P-";
    unsigned char random[HASH_BYTES];
    if (!handle || strspn(handle, "abcdefghijklmnopqrstuvwxyz") != strlen(handle)) seeder->ok = error_set(seeder->error, ERROR_CONFIG, "demo/persons.json: a person without a usable id");
    if (!seeder->ok) return;
    struct hash named = hmac_sha256(seeder->options->server_key->secret, SIGN_SECRET_BYTES, handle, strlen(handle));
    hex_format(named.bytes, 12, short_id + 2);
    random_fill(random, sizeof random);
    hex_format(random, sizeof random, salt);
    struct person person = { .id = id_from(short_id), .handle = handle, .name = text_of(row, "name"), .salt = salt, .demo = true };
    seeder->ok = send(seeder, COMMAND_PERSON_ADD, arena_format(seeder->arena, "person/%s", handle), &person);
    if (seeder->ok) seed_role(seeder, row, person.id);
    if (seeder->ok) seed_token(seeder, person.id, PRINCIPAL_PERSON, home_path(seeder->options->home, seeder->arena, "persons/%s.token", handle));
}

static void seed_demo(struct seeder *seeder)
{
    struct json_t *network = DOCUMENT(seeder, demo_network), *persons = DOCUMENT(seeder, demo_persons), *project = DOCUMENT(seeder, demo_project);
    if (seeder->ok) seeder->ok = folder_make(home_path(seeder->options->home, seeder->arena, "persons"), seeder->error);
    each(seeder, json_get(network, "systems"), seed_partitions);
    each(seeder, json_get(network, "systems"), seed_agent);
    each(seeder, json_get(project, "organisations"), seed_organisation);
    each(seeder, json_get(project, "projects"), seed_project);
    each(seeder, json_get(persons, "persons"), seed_person);
    json_free(network);
    json_free(persons);
    json_free(project);
}

bool seed(const struct seed_options *options, struct error *error)
{
    struct arena arena;
    arena_init(&arena, 16 * 1024 * 1024);
    struct seeder seeder = { .options = options, .arena = &arena, .error = error, .ok = true };
    seed_facts(&seeder);
    if (seeder.ok && options->demo) seed_demo(&seeder);
    arena_finish(&arena);
    return seeder.ok;
}
