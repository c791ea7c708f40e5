/* SPDX-License-Identifier: EUPL-1.2 */
/* server.c - listens, takes connections in, lets libmicrohttpd work inside our loop, drains.
 *
 * The library runs without a thread and without a listening socket of its own. Its epoll descriptor is watched by
 * our loop and MHD_run() is called before the loop waits: its own epoll thread stalls when exactly 128 events come
 * at once (0.9.75, a second blocking wait before the batch is worked off), and a loop with a fixed time-out makes
 * every resumed connection wait for it. We accept ourselves, so that a client beyond the limit gets a 503 and not
 * silence. SO_REUSEPORT stays unset: a second server on the same port has to fail. */
#include "net/server_internal.h"

#include "base/time.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BACKLOG = 1024, RUNS_PER_TURN = 8 };

struct http_limits http_limits_default(void)
{
    return (struct http_limits){
        .connections = HTTP_CONNECTIONS,
        .connections_per_address = HTTP_CONNECTIONS_PER_ADDRESS,
        .bodies_bytes = HTTP_BODIES_BYTES,
        .stream_buffer_bytes = HTTP_STREAM_BUFFER_BYTES,
        .stream_socket_bytes = HTTP_STREAM_SOCKET_BYTES,
        .rate_bytes_s = HTTP_RATE_BYTES_S,
        .rate_window_ms = HTTP_RATE_WINDOW_MS,
        .head_ms = HTTP_HEAD_MS,
        .idle_ms = HTTP_IDLE_MS,
        .body_ms = HTTP_BODY_MS,
        .linger_ms = HTTP_LINGER_MS,
        .heartbeat_ms = HTTP_HEARTBEAT_MS,
        .unacknowledged_ms = HTTP_UNACKNOWLEDGED_MS,
        .tick_ms = HTTP_TICK_MS,
    };
}

static int socket_listen(const struct addrinfo *address, const char *text, uint16_t port, struct error *error)
{
    int on = 1, off = 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (address->ai_family == AF_INET6) (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) return fd;
    }
    error_set_errno(error, errno == EADDRINUSE ? ERROR_BUSY : ERROR_NETWORK, "can't listen on %s port %d", text, port);
    if (fd >= 0) close(fd);
    return -1;
}

static int address_listen(const char *text, uint16_t port, struct error *error)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    char service[8];
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(text, service, &hints, &found) != 0) {
        error_set(error, ERROR_CONFIG, "'%s' is no numeric address to listen on", text);
        return -1;
    }
    int fd = socket_listen(found, text, port, error);
    freeaddrinfo(found);
    return fd;
}

static uint16_t socket_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) return 0;
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return address.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&address)->sin_port) : 0;
}

static bool listening_set(struct http_server *server, bool listening, struct error *error)
{
    if (listening && !loop_watch(server->loop, &server->listen_watch, EPOLLIN, error)) return false;
    if (!listening && server->listening) loop_unwatch(server->loop, &server->listen_watch);
    server->listening = listening;
    return true;
}

static void connection_take(struct http_server *server, int fd, const struct sockaddr *address, socklen_t size)
{
    int on = 1;
    unsigned unacknowledged_ms = (unsigned)server->options.limits.unacknowledged_ms;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
    if (server->connection_count >= server->options.limits.connections || !address_has_room(server, address))
        socket_refuse(server, fd);
    else (void)MHD_add_connection(server->daemon, fd, address, size); /* closes fd itself if it can't */
}

static void connections_accept(void *context, uint32_t events)
{
    (void)events;
    struct http_server *server = context;
    for (int i = 0; i < HTTP_ACCEPT_BATCH; i++) {
        struct sockaddr_storage address = { 0 };
        socklen_t size = sizeof address;
        int fd = accept4(server->listen_fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            connection_take(server, fd, (struct sockaddr *)&address, size);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            struct error ignored; /* whoever waits in the backlog is taken when the next tick finds room */
            (void)listening_set(server, false, &ignored);
        }
        if (errno != EINTR && errno != ECONNABORTED) return;
    }
}

static void server_tick(void *context)
{
    struct http_server *server = context;
    struct error ignored;
    connections_tick(server);
    if (!server->listening && !server->draining) (void)listening_set(server, true, &ignored);
}

static void daemon_ready(void *context, uint32_t events)
{
    (void)events;
    ((struct http_server *)context)->run_due = true;
}

static bool daemon_wants(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    return server->run_due || (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES && wait_ms == 0);
}

static int64_t daemon_run(void *context)
{
    struct http_server *server = context;
    for (int i = 0; i < RUNS_PER_TURN && daemon_wants(server); i++) {
        server->run_due = false;
        (void)MHD_run(server->daemon);
    }
    return daemon_wants(server) ? 0 : -1;
}

/* Targets are decoded by target_parse(), once; the library must leave them as they are. */
static size_t unescape_nothing(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls, (void)mhd;
    return strlen(text);
}

static bool daemon_start(struct http_server *server, struct error *error)
{
    unsigned connections = (unsigned)server->options.limits.connections + 1;
    /* Not "strict": head_fault() refuses all that and more, with our words instead of the library's. */
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, request_access, server,
        MHD_OPTION_NOTIFY_CONNECTION, connections_notify, server, MHD_OPTION_NOTIFY_COMPLETED, request_completed, server,
        MHD_OPTION_URI_LOG_CALLBACK, request_begin, server, MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
    if (!server->daemon) return error_set(error, ERROR_NETWORK, "can't start the HTTP library");
    int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    server->daemon_watch = (struct loop_watch){ .fd = fd, .callback = daemon_ready, .context = server };
    server->hook = (struct loop_hook){ .callback = daemon_run, .context = server };
    if (!loop_watch(server->loop, &server->daemon_watch, EPOLLIN, error)) return false;
    loop_before_wait(server->loop, &server->hook);
    return true;
}

struct http_server *http_server_create(struct loop *loop, const struct http_server_options *options,
                                       struct error *error)
{
    CHECK(options->on_head && options->on_request);
    struct http_server *server = calloc(1, sizeof *server);
    if (!server) return error_set(error, ERROR_IO, "no memory for an HTTP server"), NULL;
    signal(SIGPIPE, SIG_IGN); /* sendfile() knows no MSG_NOSIGNAL */
    server->loop = loop, server->options = *options;
    server->listen_fd = options->listen_fd > 0 ? options->listen_fd
                                               : address_listen(options->address, options->port, error);
    server->listen_watch =
        (struct loop_watch){ .fd = server->listen_fd, .callback = connections_accept, .context = server };
    if (server->listen_fd >= 0 && daemon_start(server, error) && listening_set(server, true, error)) {
        server->port = socket_port(server->listen_fd);
        server->tick = (struct loop_timer){ .callback = server_tick, .context = server };
        loop_timer_set(loop, &server->tick, options->limits.tick_ms, options->limits.tick_ms);
        return server;
    }
    http_server_destroy(server);
    return NULL;
}

static void listen_close(struct http_server *server)
{
    struct error ignored;
    (void)listening_set(server, false, &ignored);
    if (server->listen_fd >= 0) close(server->listen_fd);
    server->listen_fd = -1;
}

void http_server_destroy(struct http_server *server)
{
    if (!server) return;
    server->destroying = true;
    listen_close(server);
    /* The library stops only if nobody is suspended. A kept request resumes without an answer and is ended. */
    for (struct http_connection *connection = server->connections; connection; connection = connection->next) {
        if (connection->stream) stream_cut(connection->stream);
        else if (connection->request && connection->request->state == REQUEST_KEPT) connection_resume(connection);
    }
    if (server->daemon) {
        loop_unwatch(server->loop, &server->daemon_watch);
        loop_before_wait_remove(server->loop, &server->hook);
        MHD_stop_daemon(server->daemon);
    }
    CHECK(server->connection_count == 0 && server->bodies_bytes == 0);
    refused_close(server, INT64_MAX);
    loop_timer_cancel(&server->tick);
    loop_timer_cancel(&server->drain_limit);
    loop_timer_cancel(&server->drained);
    free(server);
}

uint16_t http_server_port(const struct http_server *server) { return server->port; }

static void drained_tell(void *context)
{
    struct http_server *server = context;
    if (server->drain_told) return;
    server->drain_told = true;
    server->on_drained(server->drained_context, server->connection_count == 0); /* may destroy the server */
}

void http_server_drain(struct http_server *server, int64_t limit_ms,
                       void (*on_drained)(void *context, bool all_gone), void *context)
{
    CHECK(!server->draining);
    server->draining = true;
    server->on_drained = on_drained, server->drained_context = context;
    listen_close(server);
    for (struct http_connection *connection = server->connections; connection; connection = connection->next) {
        if (connection->stream) http_stream_end(connection->stream);
        else if (connection->phase == PHASE_IDLE) connection_shut(connection);
    }
    server->drained = (struct loop_timer){ .callback = drained_tell, .context = server };
    server->drain_limit = (struct loop_timer){ .callback = drained_tell, .context = server };
    loop_timer_set(server->loop, &server->drain_limit, limit_ms, 0);
    if (server->connection_count == 0) loop_timer_set(server->loop, &server->drained, 0, 0);
}
