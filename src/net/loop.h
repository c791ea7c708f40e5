/* SPDX-License-Identifier: EUPL-1.2 */
/* loop.h - one thread that waits for sockets, timers, signals and other threads, and calls back what is due.
 *
 * Everything here belongs to the thread that runs the loop, except loop_post(), which any thread may call.
 * Nodes (watch, timer, task, hook) are embedded in the caller's own structs: adding one can't fail for want of
 * memory, and a node may be freed as soon as it was removed, also from inside a callback. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/error.h"

struct loop;

struct loop *loop_create(struct error *error);
/* Frees the loop; nodes still added are forgotten, tasks still posted never run. NULL is fine. */
void loop_destroy(struct loop *loop);

/* Runs until loop_stop(); may be run again afterwards. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* A file descriptor and what to call when it is ready. `events` are those of epoll (EPOLLIN, ...). */
struct loop_watch {
    int   fd;
    void (*callback)(void *context, uint32_t events);
    void *context;
};
/* False with error if the kernel refuses the descriptor. The caller keeps it open until loop_unwatch(). */
bool loop_watch(struct loop *loop, struct loop_watch *watch, uint32_t events, struct error *error);
void loop_watch_change(struct loop *loop, struct loop_watch *watch, uint32_t events);
/* Never called again after this, even if its event was already fetched. */
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/* A moment in monotonic time. A zeroed struct is a timer that isn't set. */
struct loop_timer {
    void (*callback)(void *context);
    void *context;
    int64_t at_ms, period_ms; /* period 0: once */
    struct loop_timer *next, **link;
};
/* Calls back after delay_ms and then every period_ms (0: once). Setting a set timer moves it. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t delay_ms, int64_t period_ms);
void loop_timer_cancel(struct loop_timer *timer);

/* Work handed to the loop's thread. A zeroed `next` and `posted`, callback and context filled by the caller. */
struct loop_task {
    void (*callback)(void *context);
    void *context;
    struct loop_task *next;
    bool posted;
};
/* From any thread: runs the task once on the loop's thread, in order of posting. The node belongs to the loop until
 * its callback begins; a task that is still posted must not be posted again. */
void loop_post(struct loop *loop, struct loop_task *task);

/* Called each time before the loop waits; answers after how many ms it wants to be called again (-1: no wish). */
struct loop_hook {
    int64_t (*callback)(void *context);
    void *context;
    struct loop_hook *next;
};
void loop_before_wait(struct loop *loop, struct loop_hook *hook);
void loop_before_wait_remove(struct loop *loop, struct loop_hook *hook);

/* A signal turned into a callback. Blocks it in the calling thread, so call it before other threads start. */
struct loop_signal {
    int   number;
    void (*callback)(void *context);
    void *context;
    struct loop_signal *next;
};
bool loop_on_signal(struct loop *loop, struct loop_signal *signal, struct error *error);

#endif
