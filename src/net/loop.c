/* SPDX-License-Identifier: EUPL-1.2 */
/* loop.c - epoll for descriptors, its time-out for timers, an eventfd for other threads, a signalfd for signals.
 *
 * One turn: hooks, wait, descriptors, tasks, timers. Timers stand in a list sorted by time: there are a dozen of
 * them, since connections have deadlines that one timer walks. A fetched batch of events is remembered while it is
 * worked off, so that removing a watch also removes what was already fetched for it; without that a callback
 * could free a neighbour whose event is next in the batch. */
#include "net/loop.h"

#include "base/time.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { BATCH = 64, WAIT_MAX_MS = 60 * 1000 };

struct loop {
    int                 epoll_fd, wake_fd, signal_fd;
    bool                stop;
    struct loop_watch   wake, signal_watch;
    struct epoll_event  batch[BATCH];
    int                 batch_count;
    struct loop_timer  *timers; /* earliest first */
    struct loop_hook   *hooks, *hook_next; /* hook_next: where hooks_call() goes on */
    struct loop_signal *signals;
    sigset_t            signal_mask;
    pthread_mutex_t     lock;         /* guards the three below */
    struct loop_task   *tasks, **tasks_end;
    bool                awake;        /* the eventfd was written and not read yet */
};

static void tasks_run(void *context, uint32_t events)
{
    (void)events;
    struct loop *loop = context;
    eventfd_t count;
    (void)eventfd_read(loop->wake_fd, &count);
    pthread_mutex_lock(&loop->lock);
    struct loop_task *task = loop->tasks;
    loop->tasks = NULL, loop->tasks_end = &loop->tasks;
    loop->awake = false;
    pthread_mutex_unlock(&loop->lock);
    while (task) {
        /* Read before the callback: from its start on the node is the owner's again. */
        struct loop_task *next = task->next;
        pthread_mutex_lock(&loop->lock);
        task->posted = false;
        pthread_mutex_unlock(&loop->lock);
        task->callback(task->context);
        task = next;
    }
}

struct loop *loop_create(struct error *error)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop) return error_set(error, ERROR_IO, "no memory for an event loop"), NULL;
    loop->tasks_end = &loop->tasks;
    loop->signal_fd = -1;
    sigemptyset(&loop->signal_mask);
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->wake = (struct loop_watch){ .fd = loop->wake_fd, .callback = tasks_run, .context = loop };
    if (loop->epoll_fd < 0 || loop->wake_fd < 0) error_set_errno(error, ERROR_IO, "can't make an event loop");
    else if (loop_watch(loop, &loop->wake, EPOLLIN, error)) return loop;
    loop_destroy(loop);
    return NULL;
}

void loop_destroy(struct loop *loop)
{
    if (!loop) return;
    if (loop->signal_fd >= 0) close(loop->signal_fd);
    if (loop->wake_fd >= 0) close(loop->wake_fd);
    if (loop->epoll_fd >= 0) close(loop->epoll_fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

static int64_t hooks_call(struct loop *loop)
{
    int64_t soonest_ms = -1;
    for (struct loop_hook *hook = loop->hooks; hook; hook = loop->hook_next) {
        loop->hook_next = hook->next;
        int64_t wish_ms = hook->callback(hook->context);
        if (wish_ms >= 0 && (soonest_ms < 0 || wish_ms < soonest_ms)) soonest_ms = wish_ms;
    }
    return soonest_ms;
}

static int wait_ms(const struct loop *loop, int64_t hooks_ms)
{
    int64_t ms = hooks_ms >= 0 && hooks_ms < WAIT_MAX_MS ? hooks_ms : WAIT_MAX_MS;
    if (loop->timers) {
        int64_t left_ms = loop->timers->at_ms - clock_monotonic_ms();
        if (left_ms < ms) ms = left_ms < 0 ? 0 : left_ms;
    }
    return (int)ms;
}

static void timers_run(struct loop *loop)
{
    int64_t now_ms = clock_monotonic_ms();
    while (loop->timers && loop->timers->at_ms <= now_ms) {
        struct loop_timer *timer = loop->timers;
        int64_t period_ms = timer->period_ms;
        loop_timer_cancel(timer);
        /* Set again before the call, so that the callback may cancel or free it. Missed beats aren't made up. */
        if (period_ms > 0) loop_timer_set(loop, timer, period_ms, period_ms);
        timer->callback(timer->context);
        if (loop->stop) return;
    }
}

void loop_run(struct loop *loop)
{
    loop->stop = false;
    while (!loop->stop) {
        int64_t hooks_ms = hooks_call(loop);
        if (loop->stop) return; /* said by a hook's callbacks: don't wait first */
        int count = epoll_wait(loop->epoll_fd, loop->batch, BATCH, wait_ms(loop, hooks_ms));
        CHECK(count >= 0 || errno == EINTR);
        loop->batch_count = count < 0 ? 0 : count;
        for (int i = 0; i < loop->batch_count && !loop->stop; i++) {
            struct loop_watch *watch = loop->batch[i].data.ptr;
            if (watch) watch->callback(watch->context, loop->batch[i].events);
        }
        loop->batch_count = 0;
        if (!loop->stop) timers_run(loop);
    }
}

void loop_stop(struct loop *loop) { loop->stop = true; }

bool loop_watch(struct loop *loop, struct loop_watch *watch, uint32_t events, struct error *error)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0) return true;
    return error_set_errno(error, ERROR_IO, "can't watch descriptor %d", watch->fd);
}

void loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    CHECK(epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) == 0);
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    /* What the kernel refused to watch may be removed all the same: that one failure is no news. */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = 0; i < loop->batch_count; i++)
        if (loop->batch[i].data.ptr == watch) loop->batch[i].data.ptr = NULL;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms, int64_t period_ms)
{
    loop_timer_cancel(timer);
    timer->at_ms = clock_monotonic_ms() + delay_ms;
    timer->period_ms = period_ms;
    struct loop_timer **link = &loop->timers;
    while (*link && (*link)->at_ms <= timer->at_ms) link = &(*link)->next;
    timer->next = *link, timer->link = link;
    if (timer->next) timer->next->link = &timer->next;
    *link = timer;
}

void loop_timer_cancel(struct loop_timer *timer)
{
    if (!timer->link) return;
    *timer->link = timer->next;
    if (timer->next) timer->next->link = timer->link;
    timer->next = NULL, timer->link = NULL;
}

void loop_post(struct loop *loop, struct loop_task *task)
{
    pthread_mutex_lock(&loop->lock);
    CHECK(!task->posted);
    task->posted = true;
    task->next = NULL;
    *loop->tasks_end = task, loop->tasks_end = &task->next;
    bool wake = !loop->awake;
    loop->awake = true;
    /* Written under the lock: once it is released the loop may run the task, end and be destroyed. */
    if (wake) CHECK(eventfd_write(loop->wake_fd, 1) == 0);
    pthread_mutex_unlock(&loop->lock);
}

void loop_before_wait(struct loop *loop, struct loop_hook *hook)
{
    hook->next = loop->hooks;
    loop->hooks = hook;
}

void loop_before_wait_remove(struct loop *loop, struct loop_hook *hook)
{
    for (struct loop_hook **link = &loop->hooks; *link; link = &(*link)->next) {
        if (*link != hook) continue;
        *link = hook->next;
        if (loop->hook_next == hook) loop->hook_next = hook->next;
        return;
    }
}

static void signals_read(void *context, uint32_t events)
{
    (void)events;
    struct loop *loop = context;
    struct signalfd_siginfo info;
    while (!loop->stop && read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        for (struct loop_signal *signal = loop->signals; signal; signal = signal->next)
            if ((uint32_t)signal->number == info.ssi_signo) signal->callback(signal->context);
}

bool loop_on_signal(struct loop *loop, struct loop_signal *signal, struct error *error)
{
    sigaddset(&loop->signal_mask, signal->number);
    pthread_sigmask(SIG_BLOCK, &loop->signal_mask, NULL);
    int fd = signalfd(loop->signal_fd, &loop->signal_mask, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) return error_set_errno(error, ERROR_IO, "can't wait for signal %d", signal->number);
    if (loop->signal_fd < 0) {
        loop->signal_fd = fd;
        loop->signal_watch = (struct loop_watch){ .fd = fd, .callback = signals_read, .context = loop };
        if (!loop_watch(loop, &loop->signal_watch, EPOLLIN, error)) return false;
    }
    signal->next = loop->signals;
    loop->signals = signal;
    return true;
}
