/* SPDX-License-Identifier: EUPL-1.2 */
/* audit.c - the audit log: taken away as a file, and checked line by line, from a file or as it comes from the server. Checking
 * keeps one line in memory, however long the log is, and believes nothing but the key. */
#include "base/time.h"
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "core/trust/export.h"
#include "cli_routes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- lines out of bytes */

struct lines {
    struct audit_verifier verifier;
    char                 *line;   /* the beginning of one that isn't whole yet */
    size_t                length;
    bool                  too_long;
};

static void line_keep(struct lines *lines, const char *bytes, size_t size)
{
    if (lines->length + size > AUDIT_LINE_MAX) lines->too_long = true;
    if (lines->too_long) return;
    memcpy(lines->line + lines->length, bytes, size);
    lines->length += size;
}

/* False: something was wrong, the rest needn't come. */
static bool lines_add(void *context, const void *bytes, size_t size)
{
    struct lines *lines = context;
    const char *at = bytes;
    for (const char *end; size && (end = memchr(at, '\n', size)); size -= (size_t)(end + 1 - at), at = end + 1) {
        bool whole = lines->length == 0;
        if (!whole) line_keep(lines, at, (size_t)(end - at));
        if (lines->too_long) return false;
        bool fine = whole ? audit_verify_line(&lines->verifier, at, (size_t)(end - at)) : audit_verify_line(&lines->verifier, lines->line, lines->length);
        lines->length = 0;
        if (!fine) return false;
    }
    line_keep(lines, at, size);
    return !lines->too_long;
}

/* ---- what came of it */

static const char *failure_of(struct cli *cli, struct lines *lines, bool good)
{
    struct audit_verifier *verifier = &lines->verifier;
    long long line = (long long)verifier->lines + 1;
    if (lines->too_long) return arena_format(&cli->arena, "line %lld: it is longer than any line of an export", line);
    if (good && lines->length) return arena_format(&cli->arena, "line %lld: it isn't ended; the file is cut off", line);
    if (!verifier->failed_line) return arena_text(&cli->arena, verifier->failure);
    return arena_format(&cli->arena, "line %lld: %s", (long long)verifier->failed_line, text_clean(verifier->failure, &cli->arena));
}

static const char *json_of(struct cli *cli, const struct audit_verifier *verifier, bool verified, const char *failure)
{
    struct text out;
    text_init(&out, &cli->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_flag_field(&writer, "verified", verified);
    json_number_field(&writer, "events", verifier->events);
    json_number_field(&writer, "checkpoints", verifier->checkpoints);
    json_number_field(&writer, "records", verifier->records);
    json_text_field(&writer, "network", verifier->network);
    json_text_field(&writer, "failure", failure);
    json_close(&writer, '}');
    return out.bytes;
}

static void put_verified(struct cli *cli, const struct audit_verifier *verifier, struct text *out)
{
    char root[HASH_HEX + 1], time[TIME_TEXT];
    hex_format(verifier->signed_root.bytes, HASH_BYTES, root);
    time_format(verifier->signed_at_ms, time);
    paint_text(PAINT_GOOD, "audit verified: ", cli->screen.colour, out);
    text_add_format(out, "%lld events, %lld checkpoints, %lld records\n", (long long)verifier->events, (long long)verifier->checkpoints,
                    (long long)verifier->records);
    text_add_format(out, "  network %s, signed over %lld events at %s UTC\n  tree head %s\n", text_clean(verifier->network, &cli->arena),
                    (long long)verifier->signed_size,
                    words_time(time, &cli->arena), root);
    for (int i = 0; i < verifier->key_count; i++) text_add_format(out, "  key       %s\n", verifier->keys[i].hex);
    if (!verifier->trusted_count) text_add(out, "  The key is the log's own: this proves that the log is whole, not whose it is. --key KEY compares it\n  with one that you know from elsewhere.\n");
}

static int tell(struct cli *cli, struct lines *lines)
{
    struct text out;
    bool good = !lines->too_long && audit_verify_end(&lines->verifier), verified = good && !lines->length;
    const char *failure = verified ? NULL : failure_of(cli, lines, good);
    text_init(&out, &cli->arena);
    if (cli->json) {
        text_add_format(&out, "%s\n", json_of(cli, &lines->verifier, verified, failure));
    } else if (verified) {
        put_verified(cli, &lines->verifier, &out);
    } else {
        paint_text(PAINT_BAD, "▲ audit NOT verified: ", cli->screen.colour, &out);
        text_add_format(&out, "%s\n  up to there: %lld events, %lld checkpoints, %lld records\n", failure, (long long)lines->verifier.events,
                        (long long)lines->verifier.checkpoints,
                        (long long)lines->verifier.records);
    }
    cli_print(cli, &out);
    return verified ? CLI_FINE : CLI_REFUSED;
}

/* ---- where it comes from */

static int read_file(struct cli *cli, const char *path, struct lines *lines)
{
    char bytes[65536];
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    while (fd >= 0 && ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0 && !lines_add(lines, bytes, (size_t)got)) break;
    int code = got < 0 ? cli_fail(cli, CLI_USAGE, arena_format(&cli->arena, "%s can't be read: %s", text_clean(path, &cli->arena), strerror(errno)),
                                  NULL, NULL) : CLI_FINE;
    if (fd > STDIN_FILENO) close(fd);
    return code;
}

static int read_server(struct cli *cli, struct lines *lines)
{
    struct answer answer;
    struct error error = { ERROR_NONE, "" };
    const struct question question = { .method = ROUTE_AUDIT_EXPORT_METHOD, .path = ROUTE_AUDIT_EXPORT_PATH, .on_data = lines_add, .context = lines,
                                       .is_stream = true };
    int code = server_connect(cli);
    if (code) return code;
    if (server_try(cli, &question, &answer, &error)) return answer.status == 200 ? CLI_FINE : server_refused(cli, &answer);
    return lines->verifier.failed || lines->too_long ? CLI_FINE : server_unreachable(cli, &error);
}

int cli_audit_verify(struct cli *cli)
{
    const char *file = cli_argument(cli, 0), *key = cli_value(cli, "key");
    unsigned char public[SIGN_PUBLIC_BYTES];
    char hex[HASH_HEX + 1];
    if (key && !hex_parse(key, public, sizeof public)) return cli_fail(cli, CLI_USAGE, "--key takes a public key: 64 hex digits.", NULL, NULL);
    if (key) {
        hex_format(public, sizeof public, hex); /* as the log writes it, whatever the case of letters */
        key = hex;
    }
    struct lines *lines = arena_take(&cli->arena, sizeof *lines);
    lines->line = malloc(AUDIT_LINE_MAX);
    if (!lines->line) return cli_fail(cli, CLI_MACHINE, "There is no memory for a line.", NULL, NULL);
    audit_verify_init(&lines->verifier, &key, key ? 1 : 0);
    int code = file ? read_file(cli, file, lines) : read_server(cli, lines);
    if (!code) code = tell(cli, lines);
    audit_verify_finish(&lines->verifier);
    free(lines->line);
    return code;
}

/* ---- export */

static bool write_out(void *context, const void *bytes, size_t size) { return fwrite(bytes, 1, size, context) == size; }

static int export_to(struct cli *cli, FILE *out)
{
    struct answer answer;
    return server_ask(cli, &(struct question){ .method = ROUTE_AUDIT_EXPORT_METHOD, .path = ROUTE_AUDIT_EXPORT_PATH, .on_data = write_out,
                                               .context = out, .is_stream = true }, &answer);
}

int cli_audit_export(struct cli *cli)
{
    const char *path = cli_argument(cli, 0);
    if (!path || strcmp(path, "-") == 0) return export_to(cli, stdout);
    const char *shown = text_clean(path, &cli->arena), *part = arena_format(&cli->arena, "%s.part", path);
    if (!cli_has(cli, "force") && access(path, F_OK) == 0)
        return cli_fail(cli, CLI_USAGE, arena_format(&cli->arena, "%s is there already.", shown), NULL, "choose another name, or --force to replace it.");
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) return cli_fail(cli, CLI_USAGE, arena_format(&cli->arena, "%s can't be written: %s", shown, strerror(errno)), NULL, NULL);
    int code = export_to(cli, out);
    bool written = fflush(out) == 0 && fsync(fd) == 0;
    if ((fclose(out) != 0 || !written || (!code && rename(part, path) != 0)) && !code)
        code = cli_fail(cli, CLI_MACHINE, arena_format(&cli->arena, "%s can't be written: %s", shown, strerror(errno)), NULL, NULL);
    if (code) (void)unlink(part);
    else cli_note(cli, "%s written; `aif audit verify %s` checks it", shown, shown);
    return code;
}
