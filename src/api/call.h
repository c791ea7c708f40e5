/* SPDX-License-Identifier: EUPL-1.2 */
/* call.h - inside the API: one request on its way from head to answer, and who works on it now.
 *
 * A call belongs to the loop's thread unless it is busy: then a reader or the writer has it, arena and all, and hands it back by
 * loop_post(). If the HTTP server lets go of the request meanwhile, `request` becomes NULL and the call ends when it comes back. */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/api.h"
#include "api/routes.h"
#include "auth/auth.h"
#include "base/json.h"

enum { CALL_HEADERS = 6, CALL_PARAMETERS = 8, IDEMPOTENCY_KEY_MIN = 8, IDEMPOTENCY_KEY_MAX = 64 };

/* What is to be sent; texts in the call's arena or static. A file (fd >= 0) is sent instead of bytes. */
struct api_answer {
    int                status;
    const char        *type;
    const char        *bytes;
    size_t             length;
    bool               is_static, is_problem; /* a problem gets its trace when it's sent */
    int                fd;
    uint64_t           offset, size;
    int                header_count;
    struct http_header headers[CALL_HEADERS];
};

struct api_call {
    struct api          *api;
    struct http_request *request;
    struct api_call     *next, **link;   /* all calls, or the kept ones */
    const struct route  *route;
    struct route_values  values;
    struct principal     principal;
    int64_t              now_ms, generation;
    struct arena         arena;
    struct json_t       *json;           /* of the body, while it is read */
    void                *body;           /* by the route's shape */
    char                 key[IDEMPOTENCY_KEY_MAX + 1]; /* "": none is needed */
    const char          *query[CALL_PARAMETERS]; /* by api_parameters; checked */
    struct api_call     *same_key;       /* others whose keys fall together with it */
    bool                 is_keyed, busy, failed;
    struct actor        *actor;          /* for reads */
    struct loop_task     task;
    struct read          read;
    struct door_request  door;
    api_read            *work;           /* what the reader does */
    api_act             *then;           /* on the loop's thread, once it's back */
    struct api_answer    answer;
    void                *own;            /* the handler's, in the arena */
    api_act             *release;        /* NULL, or: frees what of it is elsewhere */
};

/* Made for a request; NULL if there is no memory. */
struct api_call *call_create(struct api *api, struct http_request *request);
/* The HTTP server's last word. */
void call_end(struct api_call *call);
/* Lets go of everything outside its arena. */
void call_release(struct api_call *call);

/* ---- answers: prepared on any thread, sent on the loop's */

void answer_json(struct api_call *call, int status, const char *json);
void answer_json_n(struct api_call *call, int status, const char *json, size_t length);
void answer_text(struct api_call *call, const char *type, const char *text, size_t length);
/* Takes fd. */
void answer_file(struct api_call *call, int status, const char *type, int fd, uint64_t offset, uint64_t size);
void answer_header(struct api_call *call, const char *name, const char *value);
void answer_refusal(struct api_call *call, struct refusal refusal);
/* A problem document that the door wrote. */
void answer_problem(struct api_call *call, int status, const char *problem);
/* What a JSON reader found wrong, as a refusal with a pointer. */
void answer_fault(struct api_call *call, const struct json_fault *fault);

/* Sends what was prepared. On the loop's thread, once. */
void call_send(struct api_call *call);
/* Both at once, on the loop's thread. */
void call_refuse(struct api_call *call, struct refusal refusal);

/* ---- work elsewhere */

/* Hands the call to the readers, roles loaded first; `then` (NULL: call_send) runs on the loop's thread. A machine failure, a full
 * arena and a full queue are answered here. */
void call_read(struct api_call *call, api_read *work, api_act *then);
/* Hands call->door to the writer; its kind, body, and what else it needs are filled in. `then` NULL: call_send_door. */
void call_door(struct api_call *call, enum command_kind kind, const void *body, api_act *then);
/* The door's answer, as it is. */
void call_send_door(struct api_call *call);
/* Makes call->answer of the door's. */
void answer_door(struct api_call *call);

/* Runs `act` with the arena's escape set: a full arena is answered 503. */
void call_guarded(struct api_call *call, api_act *act);

/* The value of a query parameter; NULL: not said. */
const char *call_query(const struct api_call *call, const char *name);
/* A number parameter, within its bounds; `otherwise` if it isn't said. */
int64_t call_query_number(const struct api_call *call, const char *name, int64_t otherwise);

#endif
