/* SPDX-License-Identifier: EUPL-1.2 */
/* local_test.c - real jobs in real sandboxes: how they end, what they see, what they can't. Each part has its own site;
 * jobs of a part run side by side where they can. */
#include "executor/keeper.h"
#include "executor/test_site.h"

#include "base/time.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* script, then: end, exit code, signal, a text the log must hold ("": it must be empty) */
static const struct {
    const char       *script;
    enum executor_end end;
    int               exit_code, signal;
    const char       *log;
} ends[] = {
    { "#!/bin/sh\necho hello\necho trouble >&2\n", END_COMPLETED, 0, 0, "hello\ntrouble\n" },
    { "#!/bin/sh\nexit 3\n", END_FAILED, 3, 0, "" },
    { "#!/bin/sh\nkill -9 $$\n", END_FAILED, 137, 9, "" },
    { "#!/bin/sh\nsleep 1000 & echo left\n", END_COMPLETED, 0, 0, "left\n" }, /* what it leaves behind ends with it */
    { "#!/no/such/interpreter\n", END_FAILED, 127, 0, "not found" },
    { "#!/usr/bin/env perl\nprint \"perl\\n\";", END_COMPLETED, 0, 0, "perl\n" },
};

static void part_ends(struct test_site *site)
{
    char key[16], what[64];
    for (int i = 0; i < countof(ends); i++) {
        snprintf(key, sizeof key, "end%d", i);
        struct executor_job job = test_job(site, key, "cpu", ends[i].script);
        test_expect(site, test_submit(site, &job), "a job is taken");
    }
    for (int i = 0; i < countof(ends); i++) {
        snprintf(key, sizeof key, "end%d", i);
        snprintf(what, sizeof what, "ends, row %d", i);
        const struct executor_event *end = test_ended(site, key);
        const char *log = test_file(site, key, "log");
        bool holds = end && test_told(site, key)->starts == 1 && end->kind == EXECUTOR_ENDED && end->end == ends[i].end &&
                     end->exit_code == ends[i].exit_code && end->signal == ends[i].signal && end->is_measured &&
                     (*ends[i].log ? strstr(log, ends[i].log) != NULL : !*log);
        test_expect(site, holds, what);
        if (!holds) printf("# end %d, exit %d, signal %d, log: %s\n", end ? (int)end->end : -1, end ? end->exit_code : -1,
                           end ? end->signal : -1, log);
        int folder = test_folder(site, key), lock = job_folder_lock(folder, "job.lock");
        test_expect(site, lock >= 0, "no process of an ended job is left");
        if (lock >= 0) close(lock);
        close(folder);
    }
}

/* Each line of the script prints one word if the wall holds. */
static const char inside_script[] =
    "#!/bin/bash\n"
    "[ $(id -u):$(id -g):$(id -un):$(hostname) = 1000:1000:job:job ] && echo who\n"
    "[ $(grep -c : /proc/net/dev) = 1 ] && ! (: < /dev/tcp/127.0.0.1/$PORT) && echo network\n"
    "! ls /root /var /sys /run \"$OTHER\" && echo files\n"
    "! touch /x && ! touch /usr/x && ! touch /job/script && ! touch /dev/x && ! touch /etc/passwd && echo readonly\n"
    "touch here /tmp/x /dev/shm/x && [ $PWD = /home/job/sub ] && [ $HOME = /home/job ] && echo writable\n"
    "[ $(ps ax 2>/dev/null | wc -l) -lt 12 ] && [ $(ls -d /proc/[0-9]* | wc -l) -lt 8 ] && echo processes\n"
    "! unshare -U true && ! mount -t tmpfs x /tmp && echo calls\n"
    "[ $(ls /proc/self/fd | wc -l) = 4 ] && echo descriptors\n"
    "[ \"$1/$2\" = 'one/two words' ] && [ \"$MINE\" = $'a\\nb' ] && echo words\n"
    "[ -z \"$(env | grep -vE '^(HOME|PATH|LANG|SHELL|TMPDIR|USER|LOGNAME|PWD|SHLVL|_|OLDPWD|MINE|b|OTHER|PORT|AIF_.*|SLURM_.*|CUDA_.*|ROCR_.*)')\" ] && echo clean\n"
    "echo $AIF_JOB_ID $SLURM_JOB_ID $SLURM_JOB_NAME $SLURM_JOB_NUM_NODES $SLURM_NTASKS $SLURM_CPUS_PER_TASK $SLURM_GPUS "
    "$SLURM_SUBMIT_DIR $AIF_SLOTS $CUDA_VISIBLE_DEVICES $ROCR_VISIBLE_DEVICES\n"
    "[ \"$SLURM_ARRAY_JOB_ID $SLURM_ARRAY_TASK_ID $SLURM_ARRAY_TASK_COUNT\" = 'first 0 3' ] && echo array\n"
    "[ $(ulimit -c) = 0 ] && [ $(ulimit -v) = 1048576 ] && [ $(ulimit -u) = 4096 ] && echo limits\n"
    "[ $(df -k --output=size /tmp | tail -1) = 1048576 ] && [ $(df -k --output=size /dev/shm | tail -1) = 1048576 ] && echo tmp\n"
    "! dd if=/dev/zero of=/dev/null bs=1100M count=1 && echo memory\n";

static const char *const inside_words[] = { "who", "network", "files", "readonly", "writable", "processes", "calls", "descriptors",
                                            "words", "clean", "array", "limits", "tmp", "memory",
                                            "inside inside test 1 1 2 2 /home/job/sub 0,1 0,1 0,1" };

static void part_inside(struct test_site *site)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(door, (struct sockaddr *)&address, size) == 0 && listen(door, 8) == 0);
    CHECK(getsockname(door, (struct sockaddr *)&address, &size) == 0);
    struct executor_job job = test_job(site, "inside", "gpu", inside_script);
    char port[32], other[128], word[96], sub[160];
    snprintf(port, sizeof port, "PORT=%d", ntohs(address.sin_port));
    snprintf(other, sizeof other, "OTHER=%s/jobs", site->root);
    snprintf(sub, sizeof sub, "%s/jobs/inside/work/sub", site->root);
    CHECK(mkdir(sub, 0700) == 0);
    const char *environment[] = { port, other, "MINE=overridden", "MINE=a\nb" }, *arguments[] = { "one", "two words" };
    job.environment = environment, job.environment_count = countof(environment);
    job.arguments = arguments, job.argument_count = countof(arguments);
    job.array_job = id_from("first"), job.array_index = 0, job.array_count = 3;
    job.pieces = 2;
    job.working_folder = "sub";
    job.separate_error = true;
    job.memory_bytes = INT64_C(1) << 30;
    test_expect(site, test_submit(site, &job) && test_ended(site, "inside"), "the job that looks around ends");
    const char *log = test_file(site, "inside", "log");
    for (int i = 0; i < countof(inside_words); i++) {
        snprintf(word, sizeof word, "%s\n", inside_words[i]);
        test_expect(site, strstr(log, word) != NULL, inside_words[i]);
    }
    if (site->failed) printf("# log: %s\n", log), printf("# error: %s\n", test_file(site, "inside", "error"));
    test_expect(site, *test_file(site, "inside", "error") && !strstr(test_file(site, "inside", "log"), "ermission"),
                "standard error goes to its own file");
    close(door);
}

static void part_folder(struct test_site *site)
{
    struct executor_job job = test_job(site, "astray", "gpu", "#!/bin/sh\necho here\n");
    job.working_folder = "no/such folder";
    test_expect(site, test_submit(site, &job), "the job without its folder is taken");
    const struct executor_event *end = test_ended(site, "astray");
    test_expect(site, end && end->end == END_FAILED && end->exit_code == 127, "a folder that isn't there is the job's mistake, not its site's");
    test_expect(site, strstr(test_file(site, "astray", "log"), "no/such folder") != NULL, "its log names the folder");
}

static void part_time(struct test_site *site)
{
    struct executor_job job = test_job(site, "polite", "cpu", "#!/bin/sh\ntrap 'echo saved; exit 0' TERM\nsleep 1000 & wait\n");
    job.limit_s = 1;
    test_expect(site, test_submit(site, &job), "polite is taken");
    job = test_job(site, "deaf", "cpu", "#!/bin/sh\ntrap '' TERM\necho deaf\nwhile :; do sleep 0.1; done\n");
    job.limit_s = job.grace_s = 1;
    test_expect(site, test_submit(site, &job), "deaf is taken");
    job = test_job(site, "asked", "cpu", "#!/bin/sh\ntrap 'echo told; exit 4' TERM\necho ready\nsleep 1000 & wait\n");
    test_expect(site, test_submit(site, &job), "asked is taken");
    job = test_job(site, "frozen", "cpu", "#!/bin/sh\ntrap 'echo awake; exit 5' TERM\necho ready\nkill -STOP $$\n");
    test_expect(site, test_submit(site, &job), "frozen is taken");
    test_expect(site, test_file_wait(site, "asked", "log", "ready") && test_file_wait(site, "frozen", "log", "ready"), "they run");
    test_cancel(site, "asked");
    test_cancel(site, "frozen");

    const struct executor_event *end = test_ended(site, "polite");
    test_expect(site, end && end->end == END_TIMED_OUT && end->exit_code == 0 && end->ran_ms >= 1000 && end->ran_ms < 4000 &&
                      strstr(test_file(site, "polite", "log"), "saved"), "SIGTERM at the limit lets a job save");
    end = test_ended(site, "deaf");
    test_expect(site, end && end->end == END_TIMED_OUT && end->signal == 9 && end->ran_ms >= 2000 && end->ran_ms < 5000 && end->cpu_ms > 0,
                "who ignores SIGTERM is killed after the grace, its use counted");
    end = test_ended(site, "asked");
    test_expect(site, end && end->end == END_CANCELLED && end->exit_code == 4 && strstr(test_file(site, "asked", "log"), "told"),
                "a running job is cancelled");
    end = test_ended(site, "frozen");
    test_expect(site, end && end->end == END_CANCELLED && end->exit_code == 5, "a stopped job wakes up to hear SIGTERM");
}

static void part_queue(struct test_site *site)
{
    static const char run[] = "#!/bin/sh\nuntil [ -e go ]; do sleep 0.02; done\necho x >> ran\n";
    static const char *const keys[] = { "q1", "q2", "q3", "q4", "q5" };
    static const int pieces[] = { 1, 2, 1, 1, 1 };
    struct executor_partition_state states[2];
    for (int i = 0; i < countof(keys); i++) {
        struct executor_job job = test_job(site, keys[i], "gpu", run);
        job.pieces = pieces[i];
        test_expect(site, test_submit(site, &job) && test_submit(site, &job), "submitting twice is submitting once");
    }
    const struct executor_event *start = test_started(site, "q1");
    test_expect(site, start && start->slot_count == 1 && start->slots[0] == 0, "the lowest slot comes first");
    site->executor->operations->state(site->executor, states, 2);
    test_expect(site, states[0].busy == 1 && states[0].running_jobs == 1 && states[0].waiting_jobs == 4,
                "strictly first come, first served: q3 would fit but q2 is before it");
    test_cancel(site, "q5");
    const struct executor_event *end = test_ended(site, "q5");
    test_expect(site, end && end->end == END_CANCELLED && end->ran_ms == 0 && !end->is_measured && !test_told(site, "q5")->starts,
                "a waiting job is cancelled without a start");
    for (int i = 0; i < 4; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/jobs/%s/work/go", site->root, keys[i]);
        FILE *go = fopen(path, "w");
        CHECK(go && fclose(go) == 0);
        end = test_ended(site, keys[i]);
        test_expect(site, end && end->end == END_COMPLETED && strcmp(test_file(site, keys[i], "work/ran"), "x\n") == 0, "each runs once");
    }
    test_expect(site, test_told(site, "q2")->start.slot_count == 2 && test_told(site, "q3")->start.slots[0] == 0 &&
                      test_told(site, "q4")->start.slots[0] == 1, "then q2 has both, q3 and q4 one each");
    site->executor->operations->forget(site->executor, id_from("q1"));
    struct executor_job again = test_job(site, "q1", "gpu", run);
    test_told(site, "q1")->ends = 0;
    test_expect(site, test_submit(site, &again) && test_ended(site, "q1") && strcmp(test_file(site, "q1", "work/ran"), "x\n") == 0,
                "a forgotten key whose folder stands isn't started again");
}

static void part_refusals(struct test_site *site)
{
    struct executor_job job = test_job(site, "r1", "tpu", "#!/bin/sh\n");
    test_expect(site, !test_submit(site, &job), "an unknown partition is refused");
    job = test_job(site, "r2", "gpu", "echo\n");
    test_expect(site, !test_submit(site, &job), "a script without #! is refused");
    job = test_job(site, "r3", "gpu", "#!/bin/sh\n");
    job.pieces = 3;
    test_expect(site, !test_submit(site, &job), "more pieces than there are, are refused");
    job = test_job(site, "r4", "gpu", "#!/bin/sh\n");
    job.folder = "/nonexistent";
    test_expect(site, !test_submit(site, &job), "a missing folder is refused");
    job = test_job(site, "r5", "gpu", "#!/bin/sh\n");
    struct executor_job other = job;
    char elsewhere[160];
    snprintf(elsewhere, sizeof elsewhere, "%s/jobs/r4", site->root);
    other.folder = elsewhere;
    test_expect(site, test_submit(site, &job) && !test_submit(site, &other), "a key with a second folder is refused");
    test_ended(site, "r5");
}

static void part_log(struct test_site *site)
{
    struct executor_job job = test_job(site, "loud", "cpu", "#!/bin/sh\nhead -c 3000000 /dev/zero | tr '\\0' a\necho end > seen\n");
    test_expect(site, test_submit(site, &job), "loud is taken");
    job = test_job(site, "busy", "cpu", "#!/bin/sh\ni=0; while [ $i -lt 200000 ]; do i=$((i+1)); done\ndd if=/dev/zero of=f bs=1M count=8 conv=fsync\n");
    test_expect(site, test_submit(site, &job), "busy is taken");
    const struct executor_event *end = test_ended(site, "loud");
    const char *log = test_file(site, "loud", "log");
    test_expect(site, end && end->end == END_COMPLETED && strlen(log) < 4300 && strstr(log, "\naif: the log was cut after 4096 bytes") &&
                      strcmp(test_file(site, "loud", "work/seen"), "end\n") == 0, "a long log is cut and the job goes on");
    end = test_ended(site, "busy");
    test_expect(site, end && end->cpu_ms >= 20 && end->memory_max_bytes >= 1 << 20 && end->written_bytes >= 8 << 20,
                "processor, memory and writing are measured");
}

static void part_unsandboxed(struct test_site *site)
{
    struct local_options options = { .sandbox = "/nonexistent/bwrap" };
    struct executor_job job = test_job(site, "bare", "cpu", "#!/bin/sh\necho $0 $HOME $AIF_SLOTS\n(trap '' TERM; sleep 1000) & wait\n");
    job.grace_s = 0;
    test_site_close(site);
    if (!test_site_open(site, &options)) return;
    test_expect(site, local_sandbox_missing(site->executor) && !test_submit(site, &job), "without a sandbox nothing runs");
    test_site_close(site);
    options.allow_unsandboxed = true;
    if (!test_site_open(site, &options)) return;
    test_expect(site, test_submit(site, &job) && test_file_wait(site, "bare", "log", "/work 0\n") &&
                      strstr(test_file(site, "bare", "log"), "aif: not sandboxed: "), "unless the policy allows it, and the log says so");
    test_cancel(site, "bare");
    const struct executor_event *end = test_ended(site, "bare");
    test_expect(site, end && end->end == END_CANCELLED && end->signal == 9, "its processes are ended as well");
    int folder = test_folder(site, "bare"), lock = job_folder_lock(folder, "job.lock");
    test_expect(site, lock >= 0, "all of them");
    if (lock >= 0) close(lock);
    close(folder);
}

static const struct {
    const char *name;
    void (*run)(struct test_site *site);
} parts[] = {
    { "ends", part_ends },     { "inside", part_inside },     { "folder", part_folder }, { "time", part_time }, { "queue", part_queue },
    { "log", part_log },       { "refusals", part_refusals }, { "unsandboxed", part_unsandboxed },
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "keeper") == 0) return keeper_main(argc - 1, argv + 1);
    int failed = 0;
    for (int i = 0; i < countof(parts); i++) {
        struct test_site site;
        struct local_options options = { .log_bytes = strcmp(parts[i].name, "log") == 0 ? 4096 : 0 };
        int64_t begun_ms = clock_monotonic_ms();
        test_site_init(&site);
        bool is_open = test_site_open(&site, &options);
        const char *missing = is_open ? local_sandbox_missing(site.executor) : NULL;
        if (!is_open) site.failed++;
        else if (missing && strcmp(parts[i].name, "unsandboxed") != 0) printf("skipped: local %s: %s\n", parts[i].name, missing);
        else parts[i].run(&site);
        test_site_finish(&site);
        if (!site.failed && !missing) printf("ok - local %s: %lld ms\n", parts[i].name, (long long)(clock_monotonic_ms() - begun_ms));
        failed += site.failed;
    }
    return failed ? 1 : 0;
}
