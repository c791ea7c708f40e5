/* SPDX-License-Identifier: EUPL-1.2 */
/* main.c - aif-bench NAME AIF [FOLDER]: door (the disk, the door in process, the same over HTTP, reads) or up (start, memory,
 * event streams). */
#include "bench/bench.h"

#include "base/crypto.h"
#include "base/time.h"
#include "main/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS = 4 };

static void print_disk(const char *when, struct spread disk)
{
    printf("disk %-6s  fdatasync of 4 KiB: p50 %.2f ms, p99 %.2f ms (%d)\n", when, (double)disk.p50_us / 1000, (double)disk.p99_us / 1000, disk.count);
    fflush(stdout);
}

static void print_figure(const char *what, int count, struct figure figure)
{
    printf("%-26s %3d  %8.0f/s  p50 %6.2f ms  p99 %6.2f ms  max %6.1f ms  not as wanted %lld\n", what, count, figure.per_second, (double)figure.each.p50_us / 1000,
           (double)figure.each.p99_us / 1000, (double)figure.each.max_us / 1000, (long long)figure.wrong);
    fflush(stdout);
}

static char *subfolder(const char *folder, const char *name)
{
    static char path[HOME_PATH_MAX];
    struct error error;
    CHECK(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    if (!folder_make(path, &error)) fprintf(stderr, "bench: %s\n", error.text), exit(5);
    return path;
}

static void door(const char *aif, const char *folder)
{
    static const int sizes[] = { 1, 16, 64 };
    double over_http = 0, batch = 0;
    const char *home = subfolder(folder, "home");
    bench_prepare(home);
    for (int i = 0; i < countof(sizes); i++) {
        print_disk("before", bench_disk(folder, 1));
        struct running server = bench_start(aif, "server", home);
        struct figure figure = bench_submit(&server, sizes[i], SECONDS);
        bench_stop(&server);
        print_figure("submitted over HTTP, clients", sizes[i], figure);
        printf("%-30s mean batch %.1f, writer %.1f us a command\n", "", server.mean_batch, server.command_us);
        over_http = figure.per_second;
        batch = server.mean_batch;
    }
    int group = batch < 1 ? 1 : batch > 64 ? 64 : (int)(batch + 0.5);
    struct figure same = bench_door(folder, group, SECONDS), most = bench_door(folder, 64, SECONDS);
    print_figure("door in process, batch of", group, same);
    print_figure("door in process, batch of", 64, most);
    printf("at 64 clients: over HTTP %.0f %% of the door in process with the same batch, %.0f %% of it with 64\n", 100 * over_http / same.per_second, 100 * over_http / most.per_second);
    print_disk("between", bench_disk(folder, 1));
    struct running server = bench_start(aif, "server", home);
    print_figure("reads at 5,000/s: one job", 64, bench_read(&server, "/v1/jobs/bench%2F17", 64, 5000, SECONDS));
    print_figure("reads at 5,000/s: ten jobs", 64, bench_read(&server, "/v1/jobs?limit=10", 64, 5000, SECONDS));
    bench_stop(&server);
    print_disk("after", bench_disk(folder, 1));
}

static void up(const char *aif, const char *folder)
{
    static const char *const words[] = { "first", "second" };
    char *home = strdup(subfolder(folder, "new"));
    for (int i = 0; home && i < countof(words); i++) {
        struct running network = bench_start(aif, "up", home);
        printf("%-6s start: server answers after %.2f s, all agents heard after %.2f s\n", words[i], network.start_s, bench_heard_s(&network));
        bench_stop(&network);
    }
    free(home);
    const char *loaded = subfolder(folder, "home");
    bench_prepare(loaded);
    struct running network = bench_start(aif, "up", loaded);
    (void)bench_heard_s(&network);
    usleep(2000000); /* what starting took is given back by then: idle */
    printf("idle: sum of PSS %.1f MiB (server, 7 agents, up)\n", (double)bench_pss_kib(network.process) / 1024);
    print_figure("submitted over HTTP, clients", 16, bench_submit(&network, 16, 2));
    int64_t load_kib = bench_pss_kib(network.process);
    printf("under load (jobs start, keepers not counted): sum of PSS %.1f MiB\n", (double)load_kib / 1024);
    int streams = bench_streams(&network, 1000);
    printf("%d event streams open: %.1f MiB more\n", streams, (double)(bench_pss_kib(network.process) - load_kib) / 1024);
    bench_stop(&network);
}

int main(int argc, char **argv)
{
    char made[] = "/tmp/aif-bench-XXXXXX";
    crypto_start();
    if (argc < 3 || (strcmp(argv[1], "door") != 0 && strcmp(argv[1], "up") != 0)) return fputs("aif-bench door|up AIF [FOLDER]\n", stderr), 2;
    const char *folder = argc > 3 ? argv[3] : mkdtemp(made);
    if (!folder) return perror("mkdtemp"), 5;
    if (strcmp(argv[1], "door") == 0) door(argv[2], folder);
    else up(argv[2], folder);
    return 0;
}
