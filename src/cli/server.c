/* SPDX-License-Identifier: EUPL-1.2 */
/* server.c - one question at a time.
 *
 * A question with a key may be asked again: the same key makes it the same question, so the server's restart or a lost
 * answer can't make two jobs. Questions without one are reads and are asked once: who waits can ask again by hand. */
#include "cli/server.h"

#include "base/crypto.h"
#include "base/time.h"
#include "base/ulid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- paths */

char *path_of(struct arena *arena, const char *route, const char *value)
{
    struct text out;
    const char *open = strchr(route, '{'), *close = strchr(route, '}');
    CHECK(open && close);
    text_init(&out, arena);
    text_add_n(&out, route, (size_t)(open - route));
    text_add_escaped(&out, value, strncmp(open, "{name", 5) == 0);
    text_add(&out, close + 1);
    return out.bytes;
}

char *path_with(struct arena *arena, const char *path, const char *name, const char *value)
{
    struct text out;
    text_init(&out, arena);
    text_add(&out, path);
    if (!value) return out.bytes;
    text_add_format(&out, "%c%s=", strchr(path, '?') ? '&' : '?', name);
    text_add_escaped(&out, value, false);
    return out.bytes;
}

char *key_make(struct arena *arena)
{
    struct ulid_source source;
    uint64_t seed[2];
    random_fill(seed, sizeof seed);
    ulid_source_init(&source, seed);
    return arena_text(arena, ulid_make(&source, clock_now_ms()).text);
}

/* ---- a question */

int server_connect(struct cli *cli)
{
    struct error error = { ERROR_NONE, "" };
    if (cli->connected) return CLI_FINE;
    if (!settings_find_server(&cli->settings, &cli->arguments, &cli->arena, &error)) {
        if (error.code != ERROR_NETWORK) return cli_fail_error(cli, &error);
        return cli_fail(cli, CLI_UNREACHABLE, error.text, NULL, "`aif up` starts a network on this machine; or name a server: --server URL.");
    }
    if (!settings_find_token(&cli->settings, &cli->arguments, &cli->arena, &error))
        return cli_fail(cli, error.code == ERROR_INPUT ? CLI_USAGE : CLI_NOT_PERMITTED, error.text, NULL, NULL);
    cli->connected = true;
    return CLI_FINE;
}

void server_call(const struct cli *cli, const struct question *question, struct arena *arena, struct http_call *call)
{
    enum { HEADERS = 5 };
    struct http_header *headers = arena_take(arena, sizeof *headers * HEADERS);
    int count = 0;
    if (cli->settings.token && !question->without_token)
        headers[count++] = (struct http_header){ "Authorization", arena_format(arena, "Bearer %s", cli->settings.token) };
    if (question->body) headers[count++] = (struct http_header){ "Content-Type", "application/json" };
    if (question->upload) headers[count++] = (struct http_header){ "Content-Type", "application/octet-stream" };
    if (question->key) headers[count++] = (struct http_header){ "Idempotency-Key", question->key };
    if (question->last_event) headers[count++] = (struct http_header){ "Last-Event-ID", question->last_event };
    *call = (struct http_call){
        .method = question->method, .url = arena_format(arena, "%s%s", cli->settings.server, question->path),
        .headers = headers, .header_count = count, .body = question->body, .body_bytes = question->body ? strlen(question->body) : 0,
        .upload = question->upload, .download = question->download, .on_data = question->on_data, .context = question->context,
        .total_ms = question->on_data || question->upload || question->download ? -1 : 0, .max_bytes = CLI_ANSWER_BYTES,
    };
    if (question->is_stream) return;
    call->low_speed_bytes_s = 1;
    call->low_speed_s = CLI_SILENCE_S;
}

bool server_try(struct cli *cli, const struct question *question, struct answer *answer, struct error *error)
{
    struct http_call call;
    struct http_result result;
    server_call(cli, question, &cli->arena, &call);
    if (!http_fetch(&call, &cli->arena, &result, error)) return false;
    *answer = (struct answer){ result.status, result.body, result.body_bytes, result.replayed };
    return true;
}

static void wait_ms(int64_t ms)
{
    struct timespec left = { ms / 1000, ms % 1000 * 1000000 };
    while (nanosleep(&left, &left) != 0) continue;
}

/* Asks until an answer other than "busy" comes, or time is up; then what came last counts. */
static bool ask_again(struct cli *cli, const struct question *question, struct answer *answer, struct error *error)
{
    int64_t begun_ms = clock_monotonic_ms(), pause_ms = CLI_RETRY_FIRST_MS;
    bool told = false;
    for (;;) {
        bool answered = server_try(cli, question, answer, error);
        bool lost = !answered && (error->code == ERROR_NETWORK || error->code == ERROR_TIMEOUT);
        int64_t waited_ms = clock_monotonic_ms() - begun_ms;
        if ((answered && answer->status != 503) || (!answered && !lost) || waited_ms + pause_ms > CLI_RETRY_MS) return answered;
        if (waited_ms > CLI_RETRY_SAID_MS && !told) {
            cli_note(cli, "The server %s. Trying again with the same key for up to %d s; it can't happen twice.",
                     answered ? "is busy" : "can't be reached", CLI_RETRY_MS / 1000);
            told = true;
        }
        wait_ms(pause_ms);
        pause_ms = pause_ms * 2 < CLI_RETRY_MOST_MS ? pause_ms * 2 : CLI_RETRY_MOST_MS;
    }
}

int server_refused(struct cli *cli, const struct answer *answer)
{
    const struct json_t *problem = cli_json(cli, answer->body, answer->body_bytes);
    enum cli_exit code = cli_exit_of_status(answer->status);
    const char *detail = member_text(cli, problem, "detail");
    if (cli->json && problem) {
        printf("%s\n", answer->body);
        return (int)code;
    }
    if (!detail) detail = arena_format(&cli->arena, "The server answered with status %d and nothing more.", answer->status);
    return cli_fail(cli, code, detail, member_text(cli, problem, "rule"), member_text(cli, problem, "next"));
}

int server_unreachable(struct cli *cli, const struct error *error)
{
    const char *clean = arena_format(&cli->arena, "The server at %s doesn't answer: %s", cli->settings.server, error->text);
    if (error->code != ERROR_NETWORK && error->code != ERROR_TIMEOUT) return cli_fail_error(cli, error);
    return cli_fail(cli, CLI_UNREACHABLE, clean, NULL,
                    arena_format(&cli->arena, "see that it runs (its address is from %s); jobs go on without it.", cli->settings.server_from));
}

int server_ask(struct cli *cli, const struct question *question, struct answer *answer)
{
    struct error error = { ERROR_NONE, "" };
    bool again = question->key || question->upload;
    int code = server_connect(cli);
    if (code) return code;
    if (!(again ? ask_again(cli, question, answer, &error) : server_try(cli, question, answer, &error))) return server_unreachable(cli, &error);
    return answer->status >= 200 && answer->status < 300 ? CLI_FINE : server_refused(cli, answer);
}

int server_ask_json(struct cli *cli, const struct question *question, struct json_t **json)
{
    struct answer answer;
    int code = server_ask(cli, question, &answer);
    *json = NULL;
    if (code) return code;
    if (cli->json) {
        fwrite(answer.body, 1, answer.body_bytes, stdout);
        if (!answer.body_bytes || answer.body[answer.body_bytes - 1] != '\n') putchar('\n');
        return CLI_FINE;
    }
    *json = cli_json(cli, answer.body, answer.body_bytes);
    if (*json) return CLI_FINE;
    return cli_fail(cli, CLI_MACHINE, "The server's answer can't be read as JSON.", NULL,
                    "see that client and server have the same version: `aif --version`.");
}
