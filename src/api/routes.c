/* SPDX-License-Identifier: EUPL-1.2 */
/* routes.c - the table, and the search in it.
 *
 * Paths come decoded once. Parts are compared from the left; a part that is empty, "." or ".." never fits a place. A job may be
 * named in two parts (aura/17), because nothing below a job is called by a number. */
#include "api/routes.h"

#include "api/handlers.h"

#include <string.h>

#define ACTS_QUERY(name)   .read = api_##name
#define ACTS_BYTES(name)   .read = api_##name
#define ACTS_PAGE(name)    .read = api_##name
#define ACTS_COMMAND(name) .act = api_##name
#define ACTS_STREAM(name)  .act = api_##name
#define ACTS_STATE(name)   .act = api_##name

#define X(name, method, path, kind, who, verb, key, body, bytes, query, status, type, list, shape, answer, summary) \
    { #name, #method, path, ROUTE_##kind, ROUTE_##who, verb, ROUTE_##key, &body##_shape, bytes, query, status, TYPE_##type, list, &shape##_shape, answer, summary, \
      ACTS_##kind(name) },
const struct route routes[] = { ROUTES(X) };
#undef X
const int route_count = countof(routes);

const struct api_parameter api_parameters[] = {
    { "project", false, 47, "a project, by id or short name" },
    { "state", false, 10, "held, waiting, running or ended" },
    { "limit", true, API_LIST_MAX, "how many at most; 50 if it isn't said" },
    { "before", false, ID_MAX, "an id: only what is older" },
    { "offset", true, NUMBER_MAX, "bytes from the beginning" },
    { "after", true, NUMBER_MAX, "number of an event: what came behind it" },
    { "job", false, 80, "only what happens to this job" },
};
const int api_parameter_count = countof(api_parameters);

const char *route_type_name(enum route_type type)
{
    static const char *const names[] = { [TYPE_JSON] = "application/json", [TYPE_TEXT] = "text/plain; charset=utf-8",
        [TYPE_HTML] = "text/html; charset=utf-8", [TYPE_CSS] = "text/css; charset=utf-8", [TYPE_BYTES] = "application/octet-stream",
        [TYPE_LINES] = "application/jsonl", [TYPE_EVENTS] = "text/event-stream", [TYPE_NONE] = NULL };
    return names[type];
}

/* The next part of a path behind its slash; *length 0: there is none, or it's empty. */
static const char *part_at(const char *path, size_t *length)
{
    *length = *path == '/' ? strcspn(path + 1, "/") : 0;
    return path + 1;
}

static bool part_is_dots(const char *part, size_t length)
{
    return (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.');
}

/* Fills the place that stands at *pattern from the parts at *path, and moves both on. */
static bool place_read(const char **pattern, const char **path, struct arena *arena, struct route_values *values)
{
    size_t place, length, number;
    const char *name = part_at(*pattern, &place), *part = part_at(*path, &length);
    if (!length || part_is_dots(part, length)) return false;
    *pattern = name + place;
    *path = part + length;
    if (strncmp(name, "{name...}", place) == 0) {
        *path = part + strlen(part);
        values->name = arena_text(arena, part);
        return true;
    }
    if (strncmp(name, "{hash}", place) == 0) {
        values->hash = arena_text_n(arena, part, length);
        return length == HASH_HEX && strspn(values->hash, "0123456789abcdef") == HASH_HEX;
    }
    const char *second = part_at(*path, &number);
    if (number && strspn(second, "0123456789") >= number) {
        *path = second + number;
        length += 1 + number;
    }
    values->job = arena_text_n(arena, part, length);
    return true;
}

static bool path_fits(const char *pattern, const char *path, struct arena *arena, struct route_values *values)
{
    *values = (struct route_values){ 0 };
    while (*pattern && *path) {
        size_t wanted, length;
        const char *literal = part_at(pattern, &wanted), *part = part_at(path, &length);
        if (*literal == '{') {
            if (!place_read(&pattern, &path, arena, values)) return false;
            continue;
        }
        if (wanted != length || memcmp(literal, part, length) != 0) return false;
        pattern = literal + wanted;
        path = part + length;
    }
    return !*pattern && !*path;
}

static bool method_fits(const struct route *route, const char *method)
{
    if (strcmp(method, route->method) == 0) return true;
    return strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0 && route->kind != ROUTE_STREAM;
}

static const char *allowed_list(const char *path, struct arena *arena, struct route_values *values)
{
    struct text allow;
    text_init(&allow, arena);
    for (int i = 0; i < route_count; i++) {
        if (!path_fits(routes[i].path, path, arena, values)) continue;
        text_add_format(&allow, "%s%s", allow.length ? ", " : "", routes[i].method);
        if (method_fits(&routes[i], "HEAD")) text_add(&allow, ", HEAD");
    }
    return allow.bytes;
}

const struct route *route_find(const char *method, const char *path, struct arena *arena, struct route_values *values, const char **allowed)
{
    for (int i = 0; i < route_count; i++)
        if (method_fits(&routes[i], method) && path_fits(routes[i].path, path, arena, values)) return &routes[i];
    *allowed = allowed_list(path, arena, values);
    return NULL;
}

bool route_has_parameter(const struct route *route, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = route->query; length && (at = strstr(at, name)); at += length)
        if ((at == route->query || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return false;
}
