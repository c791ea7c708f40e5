/* SPDX-License-Identifier: EUPL-1.2 */
/* client.c - libcurl's multi interface inside our loop: its sockets are watched, its one timer is ours.
 *
 * libcurl must not be called from its own callbacks. on_data is one, and yet whoever reads a stream wants to send and
 * cancel there; so while libcurl works (`busy`) both are only noted, and done when it returns. on_done is called when
 * it doesn't work.
 *
 * A socket is watched by a descriptor of our own. libcurl closes one that hasn't connected yet before it says so, and
 * epoll lets go of a closed one only when nobody else has it: a process that was just forked, and not yet executed, does. */
#include "net/exchange.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct http_client {
    struct loop          *loop;
    CURLM                *multi;
    struct loop_timer     timer;
    struct http_exchange *exchanges;
    bool                  busy, changed; /* changed: something was noted */
};

struct client_socket {
    struct http_client *client;
    curl_socket_t       fd;    /* libcurl's */
    struct loop_watch   watch; /* of a duplicate */
};

static void exchange_unlink(struct http_exchange *exchange)
{
    *exchange->link = exchange->next;
    if (exchange->next) exchange->next->link = exchange->link;
}

static void exchange_drop(struct http_exchange *exchange)
{
    exchange_unlink(exchange);
    if (exchange->added) (void)curl_multi_remove_handle(exchange->client->multi, exchange->easy);
    exchange_destroy(exchange);
}

static void exchange_done(struct http_exchange *exchange, CURLcode code)
{
    struct http_result result;
    exchange_unlink(exchange);
    (void)curl_multi_remove_handle(exchange->client->multi, exchange->easy);
    exchange_result(exchange, code, &result);
    if (exchange->call.on_done) exchange->call.on_done(exchange->call.context, &result);
    exchange_destroy(exchange);
}

static void exchange_add(struct http_exchange *exchange)
{
    CHECK(curl_multi_add_handle(exchange->client->multi, exchange->easy) == CURLM_OK);
    exchange->added = true;
}

/* What was noted while libcurl worked: first ends, then beginnings. */
static void noted_do(struct http_client *client)
{
    client->changed = false;
    for (struct http_exchange *exchange = client->exchanges, *next; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->cancelled) exchange_drop(exchange);
        else if (!exchange->added) exchange_add(exchange);
    }
}

static void finished_tell(struct http_client *client)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left));) {
        char *private = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE) continue;
        CHECK(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private) == CURLE_OK && private);
        struct http_exchange *exchange = (void *)private;
        if (!exchange->cancelled) exchange_done(exchange, code);
        else exchange_drop(exchange);
    }
}

static void client_act(struct http_client *client, curl_socket_t fd, int events)
{
    int running;
    CHECK(!client->busy);
    client->busy = true;
    CHECK(curl_multi_socket_action(client->multi, fd, events, &running) == CURLM_OK);
    client->busy = false;
    finished_tell(client);
    if (client->changed) noted_do(client);
}

static void socket_ready(void *context, uint32_t events)
{
    const struct client_socket *socket = context;
    int action = 0;
    if (events & (EPOLLIN | EPOLLHUP)) action |= CURL_CSELECT_IN;
    if (events & EPOLLOUT) action |= CURL_CSELECT_OUT;
    if (events & EPOLLERR) action |= CURL_CSELECT_ERR;
    client_act(socket->client, socket->fd, action); /* may free the socket */
}

static void socket_forget(struct http_client *client, struct client_socket *socket)
{
    if (!socket) return;
    loop_unwatch(client->loop, &socket->watch);
    close(socket->watch.fd);
    free(socket);
}

static struct client_socket *socket_watch(struct http_client *client, curl_socket_t fd, uint32_t events)
{
    struct error ignored; /* a socket that can't be watched ends by its call's time-out */
    struct client_socket *socket = calloc(1, sizeof *socket);
    if (!socket) return NULL;
    *socket = (struct client_socket){ client, fd, { .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .callback = socket_ready, .context = socket } };
    if (socket->watch.fd >= 0 && loop_watch(client->loop, &socket->watch, events, &ignored)) return socket;
    if (socket->watch.fd >= 0) close(socket->watch.fd);
    free(socket);
    return NULL;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    (void)easy;
    struct http_client *client = context;
    struct client_socket *socket = known;
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (what == CURL_POLL_REMOVE) socket_forget(client, socket);
    else if (socket) loop_watch_change(client->loop, &socket->watch, events);
    else if (!(socket = socket_watch(client, fd, events))) return -1;
    else (void)curl_multi_assign(client->multi, fd, socket);
    return 0;
}

static int on_timer(CURLM *multi, long wait_ms, void *context)
{
    (void)multi;
    struct http_client *client = context;
    if (wait_ms < 0) loop_timer_cancel(&client->timer);
    else loop_timer_set(client->loop, &client->timer, wait_ms, 0);
    return 0;
}

static void timer_due(void *context) { client_act(context, CURL_SOCKET_TIMEOUT, 0); }

struct http_client *http_client_create(struct loop *loop, struct error *error)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (!client) return error_set(error, ERROR_IO, "no memory for an HTTP client"), NULL;
    client->loop = loop;
    client->timer = (struct loop_timer){ .callback = timer_due, .context = client };
    client->multi = curl_multi_init();
    if (client->multi && curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
        curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) == CURLM_OK &&
        curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
        curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) == CURLM_OK &&
        curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CLIENT_CONNECTIONS) == CURLM_OK &&
        curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CLIENT_CONNECTIONS_PER_HOST) == CURLM_OK)
        return client;
    error_set(error, ERROR_NETWORK, "can't start the HTTP client library");
    http_client_destroy(client);
    return NULL;
}

void http_client_destroy(struct http_client *client)
{
    if (!client) return;
    CHECK(!client->busy);
    while (client->exchanges) exchange_drop(client->exchanges);
    if (client->multi) curl_multi_cleanup(client->multi);
    loop_timer_cancel(&client->timer);
    free(client);
}

struct http_exchange *http_client_send(struct http_client *client, const struct http_call *call, struct error *error)
{
    struct http_exchange *exchange = exchange_create(call, error);
    if (!exchange) return NULL;
    exchange->client = client;
    exchange->next = client->exchanges, exchange->link = &client->exchanges;
    if (exchange->next) exchange->next->link = &exchange->next;
    client->exchanges = exchange;
    if (client->busy) client->changed = true;
    else exchange_add(exchange);
    return exchange;
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    exchange->cancelled = true;
    if (exchange->client->busy) exchange->client->changed = true;
    else exchange_drop(exchange);
}
