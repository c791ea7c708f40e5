/* SPDX-License-Identifier: EUPL-1.2 */
/* server_internal.h - what server.c, connection.c, head.c, request.c, answer.c and stream.c share.
 *
 * Who owns whom: the server has connections, made and freed by the HTTP library's own notice of a connection's start
 * and end. A connection has at most one request and one stream at a time. The library never touches a suspended
 * connection, so a kept request and a silent stream can't vanish under us: only we resume them. */
#ifndef NET_SERVER_INTERNAL_H
#define NET_SERVER_INTERNAL_H

#include "net/limits.h"
#include "net/server.h"
#include "net/target.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* What a connection is doing, hence which deadline holds. */
enum http_phase {
    PHASE_HEAD,   /* waits for, or reads, a request's head: absolute deadline */
    PHASE_BODY,   /* reads a body: minimum rate and absolute deadline */
    PHASE_KEPT,   /* suspended; its keeper decides how long */
    PHASE_ANSWER, /* an answer is being read by the client: minimum rate */
    PHASE_STREAM, /* no deadline */
    PHASE_IDLE,   /* kept alive between two requests: absolute deadline */
    PHASE_LINGER, /* refused by connection_refuse(); reads on a moment, then is shut */
    PHASE_DEAD,   /* shut; the library will notice */
};

struct http_address { /* how many connections one address has */
    struct http_address *next;
    unsigned char        key[16];
    int                  count;
};

struct http_connection {
    struct http_server     *server;
    struct MHD_Connection  *mhd;
    struct http_connection *next, **link;
    struct http_request    *request;
    struct http_stream     *stream;
    struct http_address    *address;
    struct loop_watch       hangup; /* edge-triggered: the peer closed its side */
    int                     fd;
    enum http_phase         phase;
    int64_t                 deadline_ms, window_start_ms;
    uint64_t                window_bytes;   /* progress at the window's start */
    uint64_t                last_tick_bytes;
    int                     stuck_ticks;
    bool                    hung_up;
    char                    peer[INET6_ADDRSTRLEN];
};

enum { ADDRESS_BUCKETS = 256 };

struct http_refused { int fd; int64_t close_ms; };

struct http_server {
    struct loop               *loop;
    struct http_server_options options;
    struct MHD_Daemon         *daemon;
    struct loop_watch          listen_watch, daemon_watch;
    struct loop_hook           hook;
    struct loop_timer          tick, drain_limit, drained;
    struct http_connection    *connections;
    struct http_address       *addresses[ADDRESS_BUCKETS];
    struct http_refused        refused[HTTP_REFUSED_LINGERING]; /* fd 0: free */
    int                        refused_next, connection_count, listen_fd;
    uint16_t                   port;
    uint64_t                   bodies_bytes;
    bool                       run_due, listening, draining, destroying, drain_told;
    void                     (*on_drained)(void *context, bool all_gone);
    void                      *drained_context;
};

enum request_state {
    REQUEST_HEAD,     /* not complete, or on_head is running */
    REQUEST_DISCARD,  /* refused; the answer waits until the body is thrown away */
    REQUEST_BODY,
    REQUEST_READY,    /* on_request is running */
    REQUEST_KEPT,     /* suspended */
    REQUEST_ANSWERED,
    REQUEST_REFUSED,  /* by connection_refuse(): whatever still comes is dropped */
};

enum body_rule { BODY_NONE, BODY_MEMORY, BODY_SPOOL };

struct http_request {
    struct http_connection *connection;
    enum request_state      state;
    const char             *method;
    char                   *raw_target;
    struct http_target      target;
    bool                    target_is_valid, target_is_long, announced, gone;
    bool                    body_is_expected, body_is_doubtful, is_waiting; /* is_waiting: Expect: 100-continue */
    int                     status;
    void                   *user;
    struct MHD_Response    *response; /* of REQUEST_DISCARD */
    enum body_rule          body_rule;
    uint64_t                body_declared, body_max, body_bytes; /* declared: UINT64_MAX if chunked */
    char                   *body;
    size_t                  body_room;
    const char             *spool_folder;
    char                   *spool_path;
    int                     spool_fd;
    struct sha256_stream   *spool_stream;
    struct hash             spool_hash;
};

/* connection.c */
struct http_connection *connection_of(struct MHD_Connection *mhd);
void connections_notify(void *cls, struct MHD_Connection *mhd, void **context,
                        enum MHD_ConnectionNotificationCode code);
void connections_tick(void *server);
bool address_has_room(struct http_server *server, const struct sockaddr *address);
void connection_phase(struct http_connection *connection, enum http_phase phase);
void connection_resume(struct http_connection *connection);
/* Sends an answer past the library, stops sending and lingers. For when the library can't be given an answer. */
void connection_refuse(struct http_connection *connection, const struct http_answer *answer);
void connection_shut(struct http_connection *connection);
void connection_abort(struct http_connection *connection); /* the same, and what waits to be sent is dropped */
void socket_refuse(struct http_server *server, int fd); /* 503 to a connection we don't take; owns fd */
void refused_close(struct http_server *server, int64_t now_ms);

/* head.c: NULL, or the code and status of what is wrong with the complete head. */
const char *head_fault(struct http_request *request, const char *url, const char *version, int *status);

/* request.c */
void *request_begin(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result request_access(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                               const char *version, const char *data, size_t *size, void **context);
void request_completed(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code);
void request_tell_gone(struct http_request *request);

/* body.c */
bool body_begin(struct http_request *request, int *status, const char **code);
bool body_add(struct http_request *request, const char *bytes, size_t size, int *status, const char **code);
void body_end(struct http_request *request);
void body_free(struct http_request *request);

/* answer.c */
struct fault_text { char body[256]; };
void fault_fill(struct http_server *server, const struct http_request *request, int status, const char *code,
                struct http_answer *answer, struct fault_text *text);
void request_fault(struct http_request *request, int status, const char *code);
struct MHD_Response *response_dress(struct http_server *server, const struct http_answer *answer,
                                    struct MHD_Response *response);
enum MHD_Result response_queue(struct http_request *request, struct MHD_Response *response);
bool response_send(struct http_request *request, struct MHD_Response *response, int status);
size_t answer_format(const struct http_server *server, const struct http_answer *answer, char *to, size_t room);
void answer_body_free(const struct http_answer *answer);

/* stream.c */
void stream_cut(struct http_stream *stream);
void stream_tick(struct http_stream *stream, int64_t now_ms);

#endif
