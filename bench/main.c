/* SPDX-License-Identifier: EUPL-1.2 */
#include "bench/bench.h"

#include "base/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_disk(const char *when, struct spread disk)
{
    printf("disk %s: fdatasync p50 %.2f ms, p99 %.2f ms (%d samples)\n", when, (double)disk.p50_us / 1000, (double)disk.p99_us / 1000, disk.count);
}

int main(int argc, char **argv)
{
    static const int groups[] = { 1, 16, 64 };
    char folder[] = "/tmp/aif-bench-XXXXXX";
    crypto_start();
    if (argc > 1 && strcmp(argv[1], "--help") == 0) return puts("aif-bench [FOLDER]: the disk, and the door in process"), 0;
    const char *where = argc > 1 ? argv[1] : mkdtemp(folder);
    if (!where) return perror("mkdtemp"), 5;
    print_disk("before", bench_disk(where, 1));
    for (int i = 0; i < countof(groups); i++) {
        struct door_figure figure = bench_door(where, groups[i], 3);
        printf("door in process, batch %2d: %8.0f submissions/s, batch p50 %.2f ms, p99 %.2f ms\n", groups[i], figure.per_second,
               (double)figure.batch.p50_us / 1000, (double)figure.batch.p99_us / 1000);
        fflush(stdout);
    }
    print_disk("after", bench_disk(where, 1));
    return 0;
}
