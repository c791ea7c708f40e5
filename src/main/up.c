/* SPDX-License-Identifier: EUPL-1.2 */
/* up.c - starts the demo network's processes, starts again those that end, and ends them all when it is ended.
 *
 * Jobs are no children of this: they belong to their keepers and go on when everything here is killed. */
#include "main/up.h"

#include "base/json.h"
#include "base/time.h"
#include "embedded.h"
#include "main/home.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_MAX = 64, START_LIMIT_MS = 20000, STOP_LIMIT_MS = 10000, AGAIN_MS = 200, AGAIN_MAX_MS = 5000, QUIET_MS = 30000, AGAIN_LIMIT_MS = 3600000 };

struct child {
    char    name[64];       /* "server", or a system */
    pid_t   process;        /* 0: not running */
    int64_t started_ms, again_at_ms, again_ms;
};

struct up {
    char         home[HOME_PATH_MAX / 2], port[8];
    char         url[200], network[64], server_key[80];
    struct arena arena;
    struct child children[CHILDREN_MAX];
    int          count;
    bool         stopping;
    int64_t      again_max_ms;
};

static void redirect(const struct up *up, const char *name)
{
    char path[HOME_PATH_MAX];
    snprintf(path, sizeof path, "%s/log/%s.log", up->home, name);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
}

/* In the child: nothing of the parent's stays but its end. */
static _Noreturn void become(const struct up *up, const struct child *child, pid_t parent)
{
    char folder[HOME_PATH_MAX];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    setpgid(0, 0); /* Ctrl-C at the terminal is for `up` alone; it tells its children in order */
    redirect(up, child->name);
    snprintf(folder, sizeof folder, "%s/sites/%s", up->home, child->name);
    if (strcmp(child->name, "server") == 0)
        execl("/proc/self/exe", "aif", "server", "--home", up->home, "--port", up->port, "--demo", (char *)NULL);
    else
        execl("/proc/self/exe", "aif", "site", "--home", folder, (char *)NULL);
    _exit(127);
}

static bool child_start(struct up *up, struct child *child, struct error *error)
{
    char path[HOME_PATH_MAX], text[32];
    pid_t parent = getpid(), process = fork();
    if (process < 0) return error_set_errno(error, ERROR_IO, "%s can't be started", child->name);
    if (process == 0) become(up, child, parent);
    child->process = process;
    child->started_ms = clock_monotonic_ms();
    snprintf(path, sizeof path, "%s/run/%s.pid", up->home, child->name);
    snprintf(text, sizeof text, "%d\n", (int)process);
    return file_write(path, text, error);
}

/* The server writes its address when it answers. */
static bool server_wait(struct up *up, struct error *error)
{
    char path[HOME_PATH_MAX], text[400];
    int64_t until_ms = clock_monotonic_ms() + START_LIMIT_MS;
    snprintf(path, sizeof path, "%s/address", up->home);
    while (access(path, F_OK) != 0) {
        if (waitpid(up->children[0].process, NULL, WNOHANG) == up->children[0].process) {
            up->children[0].process = 0; /* its number may be somebody else's from now on */
            return error_set(error, ERROR_CONFIG, "the server didn't start; its last words are in %s/log/server.log", up->home);
        }
        if (clock_monotonic_ms() > until_ms) return error_set(error, ERROR_TIMEOUT, "the server didn't answer within %d s; see %s/log/server.log", START_LIMIT_MS / 1000, up->home);
        usleep(2000);
    }
    if (file_load(path, FILE_OPEN, up->url, sizeof up->url, error) < 0) return false;
    up->url[strcspn(up->url, "\n")] = 0;
    const char *port = strrchr(up->url, ':'); /* a server that is started again keeps its address, or no agent would find it */
    if (port) snprintf(up->port, sizeof up->port, "%s", port + 1);
    snprintf(path, sizeof path, "%s/network", up->home);
    if (file_load(path, FILE_OPEN, text, sizeof text, error) < 0) return false;
    return sscanf(text, "%63s %79s", up->network, up->server_key) == 2 || error_set(error, ERROR_CONFIG, "%s doesn't name the network and its key", path);
}

/* The site's own policy file, anew at each start: the demo's operator is this program. */
static bool site_write(struct up *up, const struct json_t *row, struct error *error)
{
    const char *system = json_text(json_get(row, "system"));
    const struct json_t *list = json_get(row, "partitions");
    const char *folder = home_path(up->home, &up->arena, "sites/%s", system);
    struct text ini;
    text_init(&ini, &up->arena);
    text_add_format(&ini, "# The policy of the demo site %s. `aif up` writes it anew at each start.\n[agent]\nid = agent-%s\nnetwork = %s\nsystem = %s\nrung = submit\n\n",
                    system, system, up->network, system);
    text_add_format(&ini, "[server]\nurl = %s\ntoken_file = %s/agent.token\nkey_file = %s/agent.key\npublic_key = %s\n", up->url, folder, folder, up->server_key);
    for (int i = 0; i < json_count(list); i++) {
        const struct json_t *one = json_at(list, i);
        int64_t slots = 0, nodes = 0, per_node = 0;
        json_number(json_get(one, "slots"), &slots);
        json_number(json_get(one, "nodes"), &nodes);
        json_number(json_get(one, "slots_per_node"), &per_node);
        text_add_format(&ini, "\n[partition %s]\nslots = %lld\nnodes = %lld\nslots_per_node = %lld\n", json_text(json_get(one, "name")), (long long)slots, (long long)nodes, (long long)per_node);
    }
    if (getenv("AIF_ALLOW_UNSANDBOXED")) text_add(&ini, "\n[sandbox]\nallow_unsandboxed = yes\n");
    return folder_make(folder, error) && file_write(home_path(folder, &up->arena, "site.ini"), ini.bytes, error);
}

static bool sites_start(struct up *up, struct error *error)
{
    struct json_fault fault;
    struct json_t *network = json_read((const char *)embedded_demo_network, sizeof embedded_demo_network - 1, &fault);
    const struct json_t *systems = json_get(network, "systems");
    bool ok = network != NULL;
    for (int i = 0; ok && i < json_count(systems); i++) {
        const struct json_t *row = json_at(systems, i);
        CHECK(up->count < CHILDREN_MAX);
        struct child *child = &up->children[up->count++];
        snprintf(child->name, sizeof child->name, "%s", json_text(json_get(row, "system")));
        ok = site_write(up, row, error) && child_start(up, child, error);
    }
    json_free(network);
    return ok;
}

static void reap(struct up *up)
{
    int status;
    pid_t process;
    while ((process = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < up->count; i++) {
            struct child *child = &up->children[i];
            if (child->process != process) continue;
            int64_t now_ms = clock_monotonic_ms();
            child->process = 0;
            if (up->stopping) continue;
            child->again_ms = now_ms - child->started_ms > QUIET_MS || !child->again_ms ? AGAIN_MS : child->again_ms * 2;
            if (child->again_ms > up->again_max_ms) child->again_ms = up->again_max_ms;
            child->again_at_ms = now_ms + child->again_ms;
            if (WIFSIGNALED(status)) fprintf(stderr, "%s ended by signal %d; starting it again\n", child->name, WTERMSIG(status));
            else fprintf(stderr, "%s ended with status %d; starting it again\n", child->name, WEXITSTATUS(status));
        }
    }
}

static int running(const struct up *up)
{
    int count = 0;
    for (int i = 0; i < up->count; i++) count += up->children[i].process != 0;
    return count;
}

static void stop_all(struct up *up, const sigset_t *signals)
{
    int64_t until_ms = clock_monotonic_ms() + STOP_LIMIT_MS;
    up->stopping = true;
    for (int i = up->count - 1; i >= 0; i--)
        if (up->children[i].process) kill(up->children[i].process, SIGTERM);
    while (running(up) && clock_monotonic_ms() < until_ms) {
        struct timespec wait = { .tv_nsec = 50000000 };
        sigtimedwait(signals, NULL, &wait);
        reap(up);
    }
    for (int i = 0; i < up->count; i++)
        if (up->children[i].process) kill(up->children[i].process, SIGKILL);
}

static void supervise(struct up *up, const sigset_t *signals)
{
    for (;;) {
        struct timespec wait = { .tv_nsec = 100000000 };
        int signal = sigtimedwait(signals, NULL, &wait);
        if (signal == SIGTERM || signal == SIGINT) return;
        reap(up);
        for (int i = 0; i < up->count; i++) {
            struct child *child = &up->children[i];
            struct error error;
            if (child->process || clock_monotonic_ms() < child->again_at_ms) continue;
            if (!child_start(up, child, &error)) fprintf(stderr, "%s\n", error.text), child->again_at_ms = clock_monotonic_ms() + AGAIN_MAX_MS;
        }
    }
}

static const char help[] =
    "aif up - a whole network on this machine: the server and one agent for each demo system\n\n"
    "  --home DIR   its folder: database, keys, jobs (default: $AIF_HOME, else ./.aif)\n"
    "  --port N     the server's port on 127.0.0.1 (default 8424; 0: any free one)\n"
    "  --again MS   longest pause before a process that ended is started again (default 5000)\n\n"
    "It runs until Ctrl-C. Jobs belong to their keepers and go on without it.\n\n"
    "Example: aif up --home /tmp/network --port 0\n"
    "Exit status: 0 ended by Ctrl-C or SIGTERM, 2 wrong usage, 5 it can't start.\n";

static int options_read(struct up *up, int argc, char **argv)
{
    static const struct option options[] = { { "home", required_argument, NULL, 'h' }, { "port", required_argument, NULL, 'p' }, { "again", required_argument, NULL, 'a' },
                                             { "help", no_argument, NULL, 'H' }, { 0 } };
    const char *home = getenv("AIF_HOME");
    int option;
    snprintf(up->port, sizeof up->port, "8424");
    up->again_max_ms = AGAIN_MAX_MS;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') home = optarg;
        else if (option == 'p') snprintf(up->port, sizeof up->port, "%s", optarg);
        else if (option == 'a' && text_to_number(optarg, &up->again_max_ms) && up->again_max_ms > 0 && up->again_max_ms <= AGAIN_LIMIT_MS) continue;
        else return fputs(help, option == 'H' ? stdout : stderr), option == 'H' ? 0 : 2;
    }
    if (!home || !*home) home = ".aif";
    if (optind != argc) return fputs(help, stderr), 2;
    if (snprintf(up->home, sizeof up->home, "%s", home) < (int)sizeof up->home) return -1;
    return fprintf(stderr, "aif up: the path of the home is longer than %zu bytes\n", sizeof up->home - 1), 2;
}

static bool home_prepare(struct up *up, struct error *error)
{
    if (!folder_make(up->home, error)) return false;
    char *whole = realpath(up->home, NULL);
    bool fits = whole && strlen(whole) < sizeof up->home;
    if (fits) memcpy(up->home, whole, strlen(whole) + 1);
    free(whole);
    if (!fits) return error_set(error, ERROR_CONFIG, "the path of %s can't be used", up->home);
    if (!home_lock(home_path(up->home, &up->arena, "up.lock"), error)) return false;
    if (!folder_make(home_path(up->home, &up->arena, "log"), error) || !folder_make(home_path(up->home, &up->arena, "run"), error)) return false;
    unlink(home_path(up->home, &up->arena, "address"));
    return true;
}

int up_main(int argc, char **argv)
{
    static struct up up;
    struct error error = { 0 };
    sigset_t signals;
    int wrong = options_read(&up, argc, argv);
    if (wrong >= 0) return wrong;
    arena_init(&up.arena, 1024 * 1024);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM), sigaddset(&signals, SIGINT), sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int64_t began_ms = clock_monotonic_ms();

    bool ok = home_prepare(&up, &error);
    if (ok) {
        snprintf(up.children[up.count++].name, sizeof up.children[0].name, "server");
        ok = child_start(&up, &up.children[0], &error) && server_wait(&up, &error) && sites_start(&up, &error);
    }
    if (ok) {
        printf("network %s is up at %s after %.2f s: server and %d site agents (demo)\n", up.network, up.url, (double)(clock_monotonic_ms() - began_ms) / 1000, up.count - 1);
        fflush(stdout);
        supervise(&up, &signals);
    } else {
        fprintf(stderr, "aif up: %s\n", error.text);
    }
    stop_all(&up, &signals);
    arena_finish(&up.arena);
    return ok ? 0 : 5;
}
