/* SPDX-License-Identifier: EUPL-1.2 */
/* loop_test.c - what is due is called, once, in order, and what was removed never is. */
#include "net/loop.h"

#include "base/time.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS = 4, POSTS = 5000 };

static struct loop *loop;

static void stop_due(void *context) { loop_stop(context); }

/* Two descriptors ready in the same batch; whichever comes first removes both. */
struct pair { struct loop_watch watch[2]; int called; };

static void pair_ready(void *context, uint32_t events)
{
    struct pair *pair = context;
    CHECK(events == EPOLLIN);
    pair->called++;
    for (int i = 0; i < 2; i++) loop_unwatch(loop, &pair->watch[i]);
}

static bool neighbours_are_removed(struct error *error)
{
    struct pair pair = { .called = 0 };
    struct loop_timer stop = { .callback = stop_due, .context = loop };
    for (int i = 0; i < 2; i++) {
        pair.watch[i] = (struct loop_watch){ .fd = eventfd(1, EFD_CLOEXEC), .callback = pair_ready, .context = &pair };
        if (!loop_watch(loop, &pair.watch[i], EPOLLIN, error)) return false;
    }
    loop_timer_set(loop, &stop, 0, 0);
    loop_run(loop);
    for (int i = 0; i < 2; i++) close(pair.watch[i].fd);
    if (pair.called != 1) printf("not ok - loop: of two neighbours %d were called\n", pair.called);
    return pair.called == 1;
}

static bool bad_descriptors_are_refused(void)
{
    struct error error = { 0 };
    struct loop_watch watch = { .fd = -1, .callback = pair_ready };
    bool refused = !loop_watch(loop, &watch, EPOLLIN, &error) && error.code == ERROR_IO;
    if (!refused) printf("not ok - loop: descriptor -1 is watched\n");
    return refused;
}

struct beat { struct loop_timer timer, *other; char name; };
static char beats[64];

static void beat_due(void *context)
{
    struct beat *beat = context;
    size_t length = strlen(beats);
    CHECK(length + 1 < sizeof beats);
    beats[length] = beat->name;
    if (beat->other) loop_timer_cancel(beat->other);
    if (beat->name == 'z' || strcmp(beats, "abcrrr") == 0) loop_stop(loop);
}

/* In order of time, then of setting; a cancelled one not at all; a repeated one until it is cancelled. */
static bool timers_keep_order(void)
{
    struct beat never = { { 0 }, NULL, 'x' }, b = { { 0 }, &never.timer, 'b' }, a = { { 0 }, NULL, 'a' },
                c = { { 0 }, NULL, 'c' }, r = { { 0 }, NULL, 'r' }, late = { { 0 }, &r.timer, 'z' };
    struct beat *all[] = { &never, &b, &a, &c, &r, &late };
    for (int i = 0; i < countof(all); i++) all[i]->timer.callback = beat_due, all[i]->timer.context = all[i];
    loop_timer_set(loop, &c.timer, 2, 0);
    loop_timer_set(loop, &b.timer, 1, 0);
    loop_timer_set(loop, &never.timer, 2, 0);
    loop_timer_set(loop, &a.timer, 0, 0);
    loop_timer_set(loop, &r.timer, 5, 3);
    loop_timer_set(loop, &late.timer, 1, 0);
    loop_timer_set(loop, &late.timer, 60 * 1000, 0); /* moved, not set twice */
    int64_t start_ms = clock_monotonic_ms();
    loop_run(loop);
    bool right = strcmp(beats, "abcrrr") == 0 && clock_monotonic_ms() - start_ms >= 5 + 2 * 3;
    loop_timer_cancel(&r.timer), loop_timer_cancel(&late.timer), loop_timer_cancel(&late.timer);
    if (!right) printf("not ok - loop: timers beat %s\n", beats);
    return right;
}

struct poster { pthread_t thread; struct loop_task tasks[POSTS]; int next; };
static struct poster posters[THREADS];
static int posts_left;

static void post_run(void *context)
{
    struct poster *poster = context;
    poster->next++;
    if (--posts_left == 0) loop_stop(loop);
}

static void *poster_main(void *context)
{
    struct poster *poster = context;
    for (int i = 0; i < POSTS; i++) {
        poster->tasks[i] = (struct loop_task){ .callback = post_run, .context = poster };
        loop_post(loop, &poster->tasks[i]);
    }
    return NULL;
}

static void post_once_more(void *context)
{
    struct loop_task *task = context;
    if (--posts_left == 0) loop_stop(loop);
    else loop_post(loop, task); /* its node is its own again */
}

static bool posts_arrive(void)
{
    posts_left = THREADS * POSTS;
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&posters[i].thread, NULL, poster_main, &posters[i]) == 0);
    loop_run(loop);
    for (int i = 0; i < THREADS; i++) pthread_join(posters[i].thread, NULL);
    struct loop_task again = { .callback = post_once_more, .context = &again };
    posts_left = 100;
    loop_post(loop, &again);
    loop_run(loop);
    for (int i = 0; i < THREADS; i++)
        if (posters[i].next != POSTS) return printf("not ok - loop: %d posts of thread %d\n", posters[i].next, i), false;
    return true;
}

struct counted { struct loop_hook hook, *other; int calls; };

static int64_t hook_called(void *context)
{
    struct counted *counted = context;
    if (counted->other) loop_before_wait_remove(loop, counted->other);
    if (++counted->calls == 3) loop_stop(loop);
    return 0;
}

/* A hook that wants to be called again at once is; one removed by its neighbour never is. */
static bool hooks_are_called(void)
{
    struct counted second = { .hook = { .callback = hook_called, .context = &second } };
    struct counted first = { .hook = { .callback = hook_called, .context = &first }, .other = &second.hook };
    loop_before_wait(loop, &second.hook);
    loop_before_wait(loop, &first.hook); /* the newest comes first */
    loop_run(loop);
    loop_before_wait_remove(loop, &first.hook);
    if (first.calls == 3 && second.calls == 0) return true;
    printf("not ok - loop: hooks called %d and %d times\n", first.calls, second.calls);
    return false;
}

static int signals_seen[2];

static void signal_seen(void *context)
{
    ++*(int *)context;
    if (signals_seen[0] == 1 && signals_seen[1] == 1) loop_stop(loop);
}

static bool signals_arrive(struct error *error)
{
    struct loop_signal user = { .number = SIGUSR1, .callback = signal_seen, .context = &signals_seen[0] };
    struct loop_signal term = { .number = SIGTERM, .callback = signal_seen, .context = &signals_seen[1] };
    if (!loop_on_signal(loop, &user, error) || !loop_on_signal(loop, &term, error)) return false;
    kill(getpid(), SIGTERM), kill(getpid(), SIGUSR1);
    loop_run(loop);
    if (signals_seen[0] == 1 && signals_seen[1] == 1) return true;
    printf("not ok - loop: signals %d %d\n", signals_seen[0], signals_seen[1]);
    return false;
}

int main(void)
{
    struct error error = { 0 };
    loop = loop_create(&error);
    CHECK(loop);
    bool holds = neighbours_are_removed(&error) && bad_descriptors_are_refused() && timers_keep_order() && posts_arrive() &&
                 hooks_are_called() && signals_arrive(&error);
    loop_destroy(loop);
    if (error.code != ERROR_NONE) printf("not ok - loop: %s\n", error.text);
    if (!holds) return 1;
    printf("ok - loop: descriptors, timers, %d posts, hooks, signals\n", THREADS * POSTS);
    return 0;
}
