/* SPDX-License-Identifier: EUPL-1.2 */
/* sending.c - the list names every file by its hash; the server says which of them it lacks, and only those are sent, each
 * once, whatever their places. What is interrupted goes on where it stopped when it's called again. */
#include "cli/sending.h"

#include "cli/beneath.h"
#include "cli/code_folder.h"
#include "cli/server.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cli_routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct progress { struct cli *cli; int files, sent; int64_t bytes, sent_bytes; bool shown; };

/* One line that changes, where somebody looks; one plain line at the end everywhere else. */
static void progress_show(struct progress *progress, bool last)
{
    const struct cli *cli = progress->cli;
    struct arena arena;
    if (!last && !cli->screen.error_is_terminal) return;
    arena_init(&arena, 4096 * 4);
    if (progress->shown) fputs("\r\033[K", stderr);
    fprintf(stderr, "sent %d of %d files, %s of %s", progress->sent, progress->files, words_size(progress->sent_bytes, &arena),
            words_size(progress->bytes, &arena));
    if (last) fputc('\n', stderr);
    fflush(stderr);
    progress->shown = true;
    arena_finish(&arena);
}

static int file_send(struct cli *cli, const struct code_folder *folder, const struct folder_file *file, const char *project)
{
    int64_t size_bytes = 0;
    struct answer answer;
    int fd = beneath_open(folder->fd, file->path, &size_bytes);
    const char *name = text_clean(file->path, &cli->arena);
    if (fd < 0) return cli_fail(cli, CLI_USAGE, arena_format(&cli->arena, "%s can't be read any more: %s", name, strerror(errno)), NULL, NULL);
    if (size_bytes != file->size_bytes) {
        close(fd);
        return cli_fail(cli, CLI_USAGE, arena_format(&cli->arena, "%s changed while the folder was being sent.", name), NULL,
                        "submit again once it is still.");
    }
    const struct http_file upload = { fd, 0, size_bytes };
    const char *path = path_with(&cli->arena, path_of(&cli->arena, ROUTE_FILE_PUT_PATH, file->hash), "project", project);
    int code = server_ask(cli, &(struct question){ .method = ROUTE_FILE_PUT_METHOD, .path = path, .upload = &upload }, &answer);
    close(fd);
    return code;
}

static int files_send(struct cli *cli, const struct code_folder *folder, const struct json_t *missing, const char *project)
{
    struct progress progress = { .cli = cli, .files = json_count(missing) };
    for (int i = 0; i < progress.files; i++) {
        const char *hash = json_text(json_at(missing, i));
        const struct folder_file *file = hash ? code_folder_find(folder, hash) : NULL;
        if (!file) return cli_fail(cli, CLI_MACHINE, "The server asks for a file that the folder doesn't have.", NULL, NULL);
        progress.bytes += file->size_bytes;
    }
    for (int i = 0; i < progress.files; i++) {
        const struct folder_file *file = code_folder_find(folder, json_text(json_at(missing, i)));
        progress_show(&progress, false);
        int code = file_send(cli, folder, file, project);
        if (code) return code;
        progress.sent++;
        progress.sent_bytes += file->size_bytes;
    }
    if (progress.files) progress_show(&progress, true);
    else if (cli->screen.error_is_terminal) cli_note(cli, "%s there already: nothing to send", folder->list.count == 1 ? "the file is" : "all files are");
    return CLI_FINE;
}

static const char *list_body(struct cli *cli, const struct code_folder *folder, const char *project)
{
    struct text out;
    text_init(&out, &cli->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    if (project) json_text_field(&writer, "project", project);
    json_text_field(&writer, "list", folder->text);
    json_close(&writer, '}');
    return out.bytes;
}

static int send_all(struct cli *cli, const struct code_folder *folder, const char *project)
{
    struct answer answer;
    const struct question question = {
        .method = ROUTE_FOLDER_ADD_METHOD, .path = ROUTE_FOLDER_ADD_PATH, .body = list_body(cli, folder, project), .key = key_make(&cli->arena),
    };
    int code = server_ask(cli, &question, &answer);
    if (code) return code;
    const struct json_t *json = cli_json(cli, answer.body, answer.body_bytes);
    const char *hash = json_text(json_get(json, "folder"));
    if (!hash || strcmp(hash, folder->hash) != 0)
        return cli_fail(cli, CLI_MACHINE, "The server names the folder differently; client and server don't agree on it.", NULL, NULL);
    return files_send(cli, folder, json_get(json, "missing"), json_text(json_get(json, "project")));
}

int folder_send(struct cli *cli, const char *path, const char *project, const char **hash)
{
    struct code_folder folder;
    struct refusal refusal;
    struct error error = { ERROR_NONE, "" };
    int code = CLI_FINE;
    if (!code_folder_read(&folder, path, &cli->arena, &refusal, &error)) {
        code = refusal.code ? cli_fail_refusal(cli, &refusal) : cli_fail_error(cli, &error);
        if (folder.refused) fputs(folder.refused, stderr);
    } else {
        code = send_all(cli, &folder, project);
        *hash = arena_text(&cli->arena, folder.hash);
    }
    code_folder_finish(&folder);
    return code;
}
