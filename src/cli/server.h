/* SPDX-License-Identifier: EUPL-1.2 */
/* server.h - questions to the server's API and its answers. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "cli/context.h"
#include "net/client.h"

/* A path of the route table with its places filled: path_of(arena, "/v1/jobs/{job}", "aura/17") is "/v1/jobs/aura%2F17".
 * Slashes stay in the place {name}, which is a path of its own. */
char *path_of(struct arena *arena, const char *route, const char *value);
/* The same with "?name=value" behind it, or "&"; a NULL value changes nothing. */
char *path_with(struct arena *arena, const char *path, const char *name, const char *value);

struct question {
    const char *method, *path;
    const char *body;           /* JSON; NULL: none */
    const char *key;            /* Idempotency-Key: it is tried again for CLI_RETRY_MS when the server is away or busy */
    const struct http_file *upload; /* bytes instead of a body; tried again too */
    const struct http_file *download; /* a 2xx answer's bytes go there */
    bool      (*on_data)(void *context, const void *bytes, size_t size);
    void       *context;
    bool        without_token;  /* nobody in particular asks */
    bool        is_stream;      /* may be silent for as long as it likes */
    const char *last_event;     /* Last-Event-ID */
};

struct answer { int status; const char *body; size_t body_bytes; bool replayed; };

/* Settles server and token, if that isn't done; CLI_FINE or what was said and is to be returned. */
int server_connect(struct cli *cli);

/* CLI_FINE: a 2xx came. Else the problem was told, as JSON with --json, and the code is to be returned. */
int server_ask(struct cli *cli, const struct question *question, struct answer *answer);
/* Asks, and reads the answer: *json is NULL after CLI_FINE if --json printed it already. */
int server_ask_json(struct cli *cli, const struct question *question, struct json_t **json);
/* As server_ask, but tells nothing: false if no answer came (*error), true with whatever status. For those who wait. */
bool server_try(struct cli *cli, const struct question *question, struct answer *answer, struct error *error);
/* Tells of an answer that isn't 2xx, or of none at all; the code is to be returned. */
int server_refused(struct cli *cli, const struct answer *answer);
int server_unreachable(struct cli *cli, const struct error *error);

/* The call for a question, its texts in `arena`; for those who use the loop. */
void server_call(const struct cli *cli, const struct question *question, struct arena *arena, struct http_call *call);

/* A new idempotency key: ordered by time, random beyond it. */
char *key_make(struct arena *arena);

#endif
