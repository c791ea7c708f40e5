/* SPDX-License-Identifier: EUPL-1.2 */
/* connection.c - one TCP connection: how many there may be, what it is doing, and how long it may take.
 *
 * Deadlines are absolute per phase and looked at by one timer that walks all connections: a client that drips a byte
 * a second gains nothing by it. Progress of an upload is counted by us, of a download by the kernel (bytes the other
 * side acknowledged), since the library tells neither. A connection is ended by shutdown() only; the library notices
 * by itself and reports back, which keeps one place where things are freed. */
#include "net/server_internal.h"

#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h> /* not netinet/tcp.h: bytes_acked is newer than glibc's copy */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { REFUSAL_BYTES = 8 * 1024, STUCK_TICKS = 2 };

struct http_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* An IPv6 host owns a /64, so that is what is counted; IPv4 stands in the mapped form. */
static void address_key(const struct sockaddr *address, unsigned char key[16])
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    memset(key, 0, 16);
    if (address->sa_family == AF_INET) {
        memcpy(key, mapped, 12);
        memcpy(key + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const unsigned char *bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
        memcpy(key, bytes, memcmp(bytes, mapped, 12) == 0 ? 16 : 8);
    }
}

static struct http_address **address_find(struct http_server *server, const unsigned char key[16])
{
    uint32_t hash = 2166136261u; /* FNV-1a; the limit on connections bounds every chain */
    for (int i = 0; i < 16; i++) hash = (hash ^ key[i]) * 16777619u;
    struct http_address **link = &server->addresses[hash % ADDRESS_BUCKETS];
    while (*link && memcmp((*link)->key, key, 16) != 0) link = &(*link)->next;
    return link;
}

bool address_has_room(struct http_server *server, const struct sockaddr *address)
{
    unsigned char key[16];
    address_key(address, key);
    const struct http_address *found = *address_find(server, key);
    return !found || found->count < server->options.limits.connections_per_address;
}

static struct http_address *address_add(struct http_server *server, const struct sockaddr *address)
{
    unsigned char key[16];
    address_key(address, key);
    struct http_address **link = address_find(server, key);
    if (!*link) {
        *link = calloc(1, sizeof **link);
        if (!*link) return NULL;
        memcpy((*link)->key, key, sizeof key);
    }
    (*link)->count++;
    return *link;
}

static void address_remove(struct http_server *server, struct http_address *address)
{
    if (!address || --address->count > 0) return;
    struct http_address **link = address_find(server, address->key);
    *link = address->next;
    free(address);
}

static void peer_format(const struct sockaddr *address, char to[INET6_ADDRSTRLEN])
{
    const void *bytes = NULL;
    int family = address->sa_family;
    if (family == AF_INET) bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    if (family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        bytes = six;
        if (IN6_IS_ADDR_V4MAPPED(six)) family = AF_INET, bytes = six->s6_addr + 12;
    }
    if (!bytes || !inet_ntop(family, bytes, to, INET6_ADDRSTRLEN)) memcpy(to, "local", 6);
}

static void hangup_seen(void *context, uint32_t events)
{
    (void)events;
    struct http_connection *connection = context;
    connection->hung_up = true;
    if (connection->stream) stream_cut(connection->stream);
    else if (connection->request) request_tell_gone(connection->request);
}

static struct http_connection *connection_create(struct http_server *server, struct MHD_Connection *mhd)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    if (!connection) return NULL;
    struct error ignored;
    struct sockaddr_storage address = { 0 };
    socklen_t size = sizeof address;
    connection->server = server, connection->mhd = mhd;
    connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    (void)getpeername(connection->fd, (struct sockaddr *)&address, &size);
    peer_format((struct sockaddr *)&address, connection->peer);
    connection->address = address_add(server, (struct sockaddr *)&address);
    /* Without it hang-ups go unnoticed until the next write: worse, not wrong. */
    connection->hangup = (struct loop_watch){ .fd = connection->fd, .callback = hangup_seen, .context = connection };
    (void)loop_watch(server->loop, &connection->hangup, EPOLLRDHUP | EPOLLET, &ignored);
    connection->next = server->connections, connection->link = &server->connections;
    if (connection->next) connection->next->link = &connection->next;
    server->connections = connection;
    server->connection_count++;
    connection_phase(connection, PHASE_HEAD);
    return connection;
}

static void connection_destroy(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    loop_unwatch(server->loop, &connection->hangup);
    address_remove(server, connection->address);
    *connection->link = connection->next;
    if (connection->next) connection->next->link = connection->link;
    free(connection);
    if (--server->connection_count == 0 && server->draining && !server->destroying)
        loop_timer_set(server->loop, &server->drained, 0, 0);
}

void connections_notify(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) *context = connection_create(cls, mhd);
    else if (*context) {
        connection_destroy(*context);
        *context = NULL;
    }
}

void connection_phase(struct http_connection *connection, enum http_phase phase)
{
    const struct http_limits *limits = &connection->server->options.limits;
    int64_t now_ms = clock_monotonic_ms();
    connection->phase = phase;
    connection->window_start_ms = now_ms;
    connection->window_bytes = connection->last_tick_bytes = 0;
    connection->stuck_ticks = 0;
    connection->deadline_ms = INT64_MAX;
    if (phase == PHASE_HEAD) connection->deadline_ms = now_ms + limits->head_ms;
    if (phase == PHASE_BODY) connection->deadline_ms = now_ms + limits->body_ms;
    if (phase == PHASE_IDLE) connection->deadline_ms = now_ms + limits->idle_ms;
    if (phase == PHASE_LINGER) connection->deadline_ms = now_ms + limits->linger_ms;
}

void connection_resume(struct http_connection *connection)
{
    MHD_resume_connection(connection->mhd);
    connection->server->run_due = true;
}

void connection_shut(struct http_connection *connection)
{
    (void)shutdown(connection->fd, SHUT_RDWR);
    connection_phase(connection, PHASE_DEAD);
}

void connection_abort(struct http_connection *connection)
{
    /* A reset instead of an end: else the kernel goes on offering megabytes to somebody who doesn't read. */
    struct linger at_once = { .l_onoff = 1 };
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    connection_shut(connection);
}

void connection_refuse(struct http_connection *connection, const struct http_answer *answer)
{
    char text[REFUSAL_BYTES];
    size_t size = answer_format(connection->server, answer, text, sizeof text);
    /* Fits into an empty send buffer; what doesn't is lost, like the connection. */
    (void)send(connection->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(connection->fd, SHUT_WR);
    if (connection->request) {
        connection->request->state = REQUEST_REFUSED;
        connection->request->status = answer->status;
    }
    connection_phase(connection, PHASE_LINGER);
}

static bool counters_read(const struct http_connection *connection, struct tcp_info *info)
{
    socklen_t size = sizeof *info;
    memset(info, 0, sizeof *info);
    return getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, info, &size) == 0;
}

static void connection_time_out(struct http_connection *connection)
{
    struct http_answer answer;
    struct fault_text text;
    fault_fill(connection->server, connection->request, 408, "request-timeout", &answer, &text);
    connection_refuse(connection, &answer);
    answer_body_free(&answer);
}

/* True if less than the minimum rate came in the window that ends now; begins the next window. */
static bool rate_is_low(struct http_connection *connection, uint64_t bytes, int64_t now_ms)
{
    const struct http_limits *limits = &connection->server->options.limits;
    int64_t passed_ms = now_ms - connection->window_start_ms;
    if (passed_ms < limits->rate_window_ms) return false;
    uint64_t wanted = (uint64_t)(limits->rate_bytes_s * passed_ms / 1000);
    bool low = bytes - connection->window_bytes < wanted;
    connection->window_start_ms = now_ms, connection->window_bytes = bytes;
    return low;
}

/* The library stops reading when a chunk's head is longer than its buffer, and then turns in circles (0.9.75): bytes
 * lie in the socket and it takes none, from one tick to the next. */
static bool body_is_stuck(struct http_connection *connection)
{
    struct tcp_info info;
    int unread = 0;
    bool waits = ioctl(connection->fd, FIONREAD, &unread) == 0 && unread > 0 && counters_read(connection, &info);
    uint64_t taken = waits ? (uint64_t)info.tcpi_bytes_received - (uint64_t)unread : 0;
    connection->stuck_ticks = waits && taken == connection->last_tick_bytes ? connection->stuck_ticks + 1 : 0;
    connection->last_tick_bytes = taken;
    return connection->stuck_ticks >= STUCK_TICKS;
}

static void body_tick(struct http_connection *connection, int64_t now_ms)
{
    uint64_t bytes = connection->request ? connection->request->body_bytes : 0;
    if (connection->request && body_is_stuck(connection)) {
        struct http_answer answer;
        struct fault_text text;
        fault_fill(connection->server, connection->request, 400, "malformed-chunk", &answer, &text);
        connection_refuse(connection, &answer);
        answer_body_free(&answer);
        connection_shut(connection);
    } else if (now_ms > connection->deadline_ms || rate_is_low(connection, bytes, now_ms))
        connection_time_out(connection);
}

static void head_tick(struct http_connection *connection, int64_t now_ms)
{
    struct tcp_info info;
    if (now_ms <= connection->deadline_ms) return;
    /* Whoever said nothing at all (a browser's spare connection) isn't told 408, it is just closed. */
    if (connection->request || (counters_read(connection, &info) && info.tcpi_bytes_received > 0))
        connection_time_out(connection);
    else connection_shut(connection);
}

static void answer_tick(struct http_connection *connection, int64_t now_ms)
{
    struct tcp_info info;
    int64_t window_ms = connection->server->options.limits.rate_window_ms;
    if (now_ms - connection->window_start_ms < window_ms && connection->last_tick_bytes) return;
    uint64_t acknowledged = counters_read(connection, &info) ? info.tcpi_bytes_acked : 0;
    if (!connection->last_tick_bytes) { /* the first tick of this answer: begin to count */
        connection->last_tick_bytes = 1;
        connection->window_bytes = acknowledged;
    } else if (rate_is_low(connection, acknowledged, now_ms)) connection_abort(connection);
}

static void connection_tick(struct http_connection *connection, int64_t now_ms)
{
    switch (connection->phase) {
    case PHASE_HEAD: head_tick(connection, now_ms); break;
    case PHASE_BODY: body_tick(connection, now_ms); break;
    case PHASE_ANSWER: answer_tick(connection, now_ms); break;
    case PHASE_STREAM:
        if (connection->stream) stream_tick(connection->stream, now_ms);
        break;
    case PHASE_IDLE:
    case PHASE_LINGER:
        if (now_ms > connection->deadline_ms) connection_shut(connection);
        break;
    case PHASE_KEPT:
    case PHASE_DEAD: break;
    }
}

void connections_tick(void *context)
{
    struct http_server *server = context;
    int64_t now_ms = clock_monotonic_ms();
    for (struct http_connection *connection = server->connections; connection; connection = connection->next)
        connection_tick(connection, now_ms);
    refused_close(server, now_ms);
}

void refused_close(struct http_server *server, int64_t now_ms)
{
    char unread[4096];
    for (int i = 0; i < HTTP_REFUSED_LINGERING; i++) {
        struct http_refused *refused = &server->refused[i];
        if (refused->fd == 0 || refused->close_ms > now_ms) continue;
        /* Closing with bytes unread would reset the connection and take the 503 with it. */
        while (recv(refused->fd, unread, sizeof unread, MSG_DONTWAIT) == (ssize_t)sizeof unread) continue;
        close(refused->fd);
        refused->fd = 0;
    }
}

void socket_refuse(struct http_server *server, int fd)
{
    char text[REFUSAL_BYTES];
    struct http_answer answer;
    struct fault_text words;
    fault_fill(server, NULL, 503, "busy", &answer, &words);
    size_t size = answer_format(server, &answer, text, sizeof text);
    answer_body_free(&answer);
    (void)send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    struct http_refused *place = &server->refused[server->refused_next];
    server->refused_next = (server->refused_next + 1) % HTTP_REFUSED_LINGERING;
    if (place->fd) close(place->fd);
    *place = (struct http_refused){ fd, clock_monotonic_ms() + server->options.limits.linger_ms };
}
