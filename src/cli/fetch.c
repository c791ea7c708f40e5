/* SPDX-License-Identifier: EUPL-1.2 */
/* fetch.c - a job's outputs into a folder here.
 *
 * A name from a job is a name from outside: only safe paths below the folder are written, through no link. Bytes come into a
 * file of their own beside the place, are checked against the hash that the server signed for, and only then take the name. */
#include "cli/beneath.h"
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "core/data/folder.h"
#include "cli_routes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ".aif-part"

struct fetch {
    struct cli *cli;
    const char *job, *folder_name;
    int         folder;
    bool        force;
    int         fetched, there, differ, unsafe, incomplete;
    int64_t     fetched_bytes;
};

static int failed(const struct fetch *fetch, const char *path, const char *what)
{
    struct arena *arena = &fetch->cli->arena;
    return cli_fail(fetch->cli, CLI_MACHINE, arena_format(arena, "%s: %s: %s", text_clean(path, arena), what, strerror(errno)), NULL, NULL);
}

enum found { FOUND_NONE, FOUND_SAME, FOUND_OTHER };

static enum found look(const struct fetch *fetch, const char *path, const char *hash)
{
    char hex[HASH_HEX + 1];
    int64_t size_bytes;
    int fd = beneath_open(fetch->folder, path, &size_bytes);
    if (fd < 0) return errno == ENOENT ? FOUND_NONE : FOUND_OTHER;
    bool same = file_hash(fd, hex, &size_bytes) && strcmp(hex, hash) == 0;
    close(fd);
    return same ? FOUND_SAME : FOUND_OTHER;
}

/* Bytes into the open part, checked. CLI_FINE, or the code. */
static int download(struct fetch *fetch, int fd, const char *stream, const char *path, const char *hash, int64_t size_bytes)
{
    struct cli *cli = fetch->cli;
    char hex[HASH_HEX + 1];
    int64_t got_bytes;
    struct answer answer;
    const struct http_file file = { fd, 0, size_bytes };
    const char *url = path_of(&cli->arena, path_of(&cli->arena, ROUTE_JOB_STREAM_PATH, fetch->job), stream);
    int code = server_ask(cli, &(struct question){ .method = ROUTE_JOB_STREAM_METHOD, .path = url, .download = &file }, &answer);
    if (code) return code;
    if (!file_hash(fd, hex, &got_bytes)) return failed(fetch, path, "can't be read again");
    if (strcmp(hex, hash) == 0) return CLI_FINE;
    return cli_fail(cli, CLI_MACHINE, arena_format(&cli->arena, "%s arrived with other bytes than its SHA-256 says; it wasn't kept.",
                                                   text_clean(path, &cli->arena)), NULL,
                    "fetch again; if it stays so, ask a person: bytes were changed on the way or on the server.");
}

/* The part takes its name: without --force only where none is. */
static int put_in_place(struct fetch *fetch, int folder, const char *part, const char *name, const char *path)
{
    if (fetch->force ? renameat(folder, part, folder, name) == 0 : linkat(folder, part, folder, name, 0) == 0) return CLI_FINE;
    return failed(fetch, path, "can't be written");
}

static int fetch_one(struct fetch *fetch, const char *stream, const char *path, const char *hash, int64_t size_bytes)
{
    const char *name;
    int folder = beneath_make(fetch->folder, path, &name);
    if (folder < 0) return failed(fetch, path, "its folder can't be made");
    /* two names of 255 bytes may differ in what is cut off here: the hash keeps them apart */
    const char *part = arena_format(&fetch->cli->arena, ".%.32s" PART, hash);
    int fd = openat(folder, part, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    int code = fd < 0 ? failed(fetch, path, "can't be written") : download(fetch, fd, stream, path, hash, size_bytes);
    if (!code && fsync(fd) != 0) code = failed(fetch, path, "can't be written");
    if (!code) code = put_in_place(fetch, folder, part, name, path);
    if (fd >= 0) close(fd);
    (void)unlinkat(folder, part, 0);
    close(folder);
    if (code) return code;
    fetch->fetched++;
    fetch->fetched_bytes += size_bytes;
    return CLI_FINE;
}

static int stream_fetch(struct fetch *fetch, const struct json_t *stream)
{
    struct cli *cli = fetch->cli;
    const char *name = json_text(json_get(stream, "name")), *hash = json_text(json_get(stream, "hash"));
    const char *path = json_text(json_get(stream, "path"));
    if (!name || !path) return CLI_FINE; /* a log that no option gave a place is read with `aif logs` */
    const char *shown = text_clean(path, &cli->arena);
    if (!hash) return fetch->incomplete++, CLI_FINE;
    if (!folder_path_is_safe(path) || strlen(hash) != HASH_HEX) {
        cli_note(cli, "%s: not fetched, the name could lead out of the folder", shown);
        return fetch->unsafe++, CLI_FINE;
    }
    enum found found = look(fetch, path, hash);
    if (found == FOUND_SAME) return fetch->there++, CLI_FINE;
    if (found == FOUND_OTHER && !fetch->force) {
        cli_note(cli, "%s: another file is there; --force replaces it", shown);
        return fetch->differ++, CLI_FINE;
    }
    return fetch_one(fetch, name, path, hash, member_number(stream, "size_bytes"));
}

static int tell(struct fetch *fetch, int outputs)
{
    struct cli *cli = fetch->cli;
    struct text out;
    text_init(&out, &cli->arena);
    if (outputs == 0) text_add(&out, "There are no outputs: nothing was written to the job's folder, or it hasn't ended yet.\n");
    else text_add_format(&out, "%d fetched (%s) into %s, %d there already\n", fetch->fetched, words_size(fetch->fetched_bytes, &cli->arena),
                         text_clean(fetch->folder_name, &cli->arena), fetch->there);
    if (fetch->incomplete) text_add_format(&out, "%d not complete yet: fetch again later\n", fetch->incomplete);
    cli_print(cli, &out);
    return fetch->differ || fetch->unsafe ? CLI_REFUSED : CLI_FINE;
}

/* ./aura-17, from the job itself: what was typed may be an id. */
static int folder_name_find(struct fetch *fetch)
{
    struct cli *cli = fetch->cli;
    struct answer answer;
    fetch->folder_name = cli_value(cli, "to");
    if (fetch->folder_name) return CLI_FINE;
    int code = server_ask(cli, &(struct question){ .method = ROUTE_JOB_METHOD, .path = path_of(&cli->arena, ROUTE_JOB_PATH, fetch->job) }, &answer);
    if (code) return code;
    const struct json_t *job = cli_json(cli, answer.body, answer.body_bytes);
    const char *project = json_text(json_get(job, "project_name"));
    if (!project || !folder_path_is_safe(project) || strchr(project, '/'))
        return cli_fail(cli, CLI_USAGE, "The project's name can't name a folder here.", NULL, "say where: --to DIR.");
    fetch->folder_name = arena_format(&cli->arena, "%s-%lld", project, (long long)member_number(job, "number"));
    return CLI_FINE;
}

static int fetch_all(struct fetch *fetch, const struct json_t *streams)
{
    int outputs = 0, code = CLI_FINE;
    for (int i = 0; i < json_count(streams); i++) outputs += json_text(json_get(json_at(streams, i), "path")) != NULL;
    if (!outputs) return tell(fetch, 0);
    if (mkdir(fetch->folder_name, 0777) != 0 && errno != EEXIST) return failed(fetch, fetch->folder_name, "can't be made");
    fetch->folder = open(fetch->folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fetch->folder < 0) return failed(fetch, fetch->folder_name, "can't be opened");
    for (int i = 0; i < json_count(streams) && !code; i++) code = stream_fetch(fetch, json_at(streams, i));
    close(fetch->folder);
    return code ? code : tell(fetch, outputs);
}

int cli_fetch(struct cli *cli)
{
    struct fetch fetch = { .cli = cli, .job = cli_argument(cli, 0), .force = cli_has(cli, "force") };
    struct answer answer;
    const char *path = path_of(&cli->arena, ROUTE_JOB_STREAMS_PATH, fetch.job);
    int code = server_ask(cli, &(struct question){ .method = ROUTE_JOB_STREAMS_METHOD, .path = path }, &answer);
    if (!code && cli->json) {
        puts(answer.body);
        return CLI_FINE;
    }
    if (!code) code = folder_name_find(&fetch);
    return code ? code : fetch_all(&fetch, json_get(cli_json(cli, answer.body, answer.body_bytes), "streams"));
}
