/* SPDX-License-Identifier: EUPL-1.2 */
/* observe_test.c - one row a case: what an agent tells, of a job in which state, and what becomes of it. 7 observations were
 * acknowledged in journal j; the job has 2 pieces and 180 piece-seconds held. */
#include "core/jobs/test_facts.h"

/* what state number journal | end ran_ms, for job.end | outcome. "none": no such job, or another system's. */
static const struct { const char *input, *outcome; } table[] = {
    { "start  waiting 8  j - 0", "agent 3/3/2 8; job running !job.started" },
    { "start  running 8  j - 0", "agent 3/3/2 8" },
    { "start  ended   8  j - 0", "agent 3/3/2 8" },
    { "start  held    8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "future waiting 8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "future waiting 7  j - 0", "-" },
    { "start  none    8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "start  waiting 7  j - 0", "-" },
    { "start  waiting 1  j - 0", "-" },
    { "start  none    7  j - 0", "-" },
    { "start  waiting 9  j - 0", "observation-gap 8" },
    { "start  none    9  j - 0", "observation-gap 8" },
    { "start  waiting 0  j - 0", "-" },
    { "start  waiting 8  k - 0", "observation-gap 1" },
    { "start  waiting 1  k - 0", "observation-gap 1" },
    { "start  waiting 7  k - 0", "observation-gap 1" },

    { "end    running 8  j completed 1000",  "agent 3/3/2 8; +post 2; allocation 1000-2-0; used 2-0-0; project 0/17; job ended completed 2 !job.ended" },
    { "end    running 8  j completed 1",     "agent 3/3/2 8; +post 2; allocation 1000-2-0; used 2-0-0; project 0/17; job ended completed 2 !job.ended" },
    { "end    running 8  j completed 999",   "agent 3/3/2 8; +post 2; allocation 1000-2-0; used 2-0-0; project 0/17; job ended completed 2 !job.ended" },
    { "end    running 8  j completed 1001",  "agent 3/3/2 8; +post 4; allocation 1000-4-0; used 4-0-0; project 0/17; job ended completed 4 !job.ended" },
    { "end    running 8  j failed    60000", "agent 3/3/2 8; +post 120; allocation 1000-120-0; used 120-0-0; project 0/17; job ended failed 120 !job.ended" },
    { "end    running 8  j timed-out 90000", "agent 3/3/2 8; +post 180; allocation 1000-180-0; used 180-0-0; project 0/17; job ended timed-out 180 !job.ended" },
    { "end    running 8  j timed-out 90001", "agent 3/3/2 8; +post 180; allocation 1000-180-0; used 180-0-0; project 0/17; job ended timed-out 180 !job.ended" },
    { "end    running 8  j failed 9007199254740991", "agent 3/3/2 8; +post 180; allocation 1000-180-0; used 180-0-0; project 0/17; job ended failed 180 !job.ended" },
    { "end    running 8  j cancelled 2000",  "agent 3/3/2 8; +post 4; allocation 1000-4-0; used 4-0-0; project 0/17; job ended cancelled 4 !job.ended" },
    { "end    running 8  j completed 0",     "agent 3/3/2 8; +void 180; allocation 1000-0-0; project 0/17; job ended completed 0 !job.ended" },
    { "end    waiting 8  j cancelled 0",     "agent 3/3/2 8; +void 180; allocation 1000-0-0; project 0/17; job ended cancelled 0 !job.ended" },
    { "end    waiting 8  j completed 1000",  "agent 3/3/2 8; +post 2; allocation 1000-2-0; used 2-0-0; project 0/17; job ended completed 2 !job.ended" },
    { "end    running 8  j lost      50000", "agent 3/3/2 8; +void 180; allocation 1000-0-0; project 0/17; job ended lost 0 !job.ended" },
    { "end    waiting 8  j lost      0",     "agent 3/3/2 8; +void 180; allocation 1000-0-0; project 0/17; job ended lost 0 !job.ended" },
    { "end    ended   8  j completed 1000",  "agent 3/3/2 8 !observation.quarantined" },
    { "end    held    8  j completed 1000",  "agent 3/3/2 8 !observation.quarantined" },
    { "end    none    8  j completed 1000",  "agent 3/3/2 8 !observation.quarantined" },
    { "end    running 7  j completed 1000",  "-" },
    { "end    running 9  j completed 1000",  "observation-gap 8" },
    { "end    running 8  k completed 1000",  "observation-gap 1" },

    { "refuse waiting 8  j - 0", "agent 3/3/2 8; +void 180; allocation 1000-0-0; project 0/17; job ended refused 0 !job.ended" },
    { "refuse running 8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "refuse ended   8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "refuse held    8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "refuse none    8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "refuse waiting 7  j - 0", "-" },
    { "refuse waiting 9  j - 0", "observation-gap 8" },
    { "refuse waiting 8  k - 0", "observation-gap 1" },

    { "stream running 8  j - 0", "agent 3/3/2 8; +stream !stream.ended" },
    { "stream ended   8  j - 0", "agent 3/3/2 8; +stream !stream.ended" },
    { "stream none    8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "again  ended   8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "nohash ended   8  j - 0", "agent 3/3/2 8 !observation.quarantined" },
    { "stream ended   7  j - 0", "-" },
    { "stream ended   9  j - 0", "observation-gap 8" },
    { "stream ended   8  k - 0", "observation-gap 1" },
};

static void tell(struct test_facts *test, const char *what, int64_t number, const char *journal, const char *end, int64_t ran_ms)
{
    struct id agent = test->agent.id, job = test->job.id;
    bool future = strcmp(what, "future") == 0; /* by a day and a millisecond */
    if (strcmp(what, "start") == 0 || future) {
        struct job_start body = { agent, journal, number, job, TEST_NOW_MS + (future ? (int64_t)86400 * 1000 + 1 : 0), "0,1\",\"x\":\"\\" };
        job_start_decide(&(struct command){ .body = &body }, &test->facts, &test->outcome);
    } else if (strcmp(what, "end") == 0) {
        struct job_ended body = { .agent = agent, .journal = journal, .number = number, .job = job, .at_ms = TEST_NOW_MS, .ran_ms = ran_ms, .exit_code = 3, .signal = 9, .cpu_ms = 5,
                                  .memory_max_bytes = 6, .reason = "because", .end = (enum observed_end)word_find(&observed_end_words, end) };
        job_end_decide(&(struct command){ .body = &body }, &test->facts, &test->outcome);
    } else if (strcmp(what, "refuse") == 0) {
        struct job_refuse body = { agent, journal, number, job, "policy: \"no\"" };
        job_refuse_decide(&(struct command){ .body = &body }, &test->facts, &test->outcome);
    } else {
        static const struct stream before;
        struct stream_end body = { agent, journal, number, job, "out/my \"name\"", 12, strcmp(what, "nohash") == 0 ? "zz" : TEST_HASH };
        if (strcmp(what, "again") == 0) test->facts.stream = &before;
        stream_end_decide(&(struct command){ .body = &body }, &test->facts, &test->outcome);
    }
}

/* What the row doesn't show: figures in the job's row and the event, and no name of a file in any event. */
static bool details_hold(const struct test_facts *test, const char *what, int64_t ran_ms)
{
    const struct job *job = test_row(&test->outcome, &job_shape);
    if (!test_payloads_are_json(&test->outcome)) return false;
    for (int i = 0; i < test->outcome.event_count; i++)
        if (strstr(test->outcome.events[i].payload, "my ")) return false;
    if (!job) return true;
    if (strcmp(what, "start") == 0) return job->started_ms == TEST_NOW_MS && test_payload_number(&test->outcome, "job.started", "at_ms") == TEST_NOW_MS;
    if (strcmp(what, "end") == 0 && (job->exit_code != 3 || job->signal != 9 || job->cpu_ms != 5 || job->memory_max_bytes != 6 || job->ran_ms != ran_ms)) return false;
    int64_t measured = test_payload_number(&test->outcome, "job.ended", "measured"), seconds = (ran_ms + 999) / 1000;
    int64_t wanted = strcmp(what, "end") != 0 ? 0 : seconds > NUMBER_MAX / 2 ? NUMBER_MAX : 2 * seconds;
    return job->ended_ms == TEST_NOW_MS && measured == wanted && test_payload_number(&test->outcome, "job.ended", "used") == job->used && job->reason;
}

static bool row_holds(const char *input, const char *wanted)
{
    static struct test_facts test;
    char what[10], state[10], journal[4], end[20];
    long long number, ran_ms;
    CHECK(sscanf(input, "%9s %9s %lld %3s %19s %lld", what, state, &number, journal, end, &ran_ms) == 6);
    test_facts_init(&test);
    if (strcmp(state, "none") == 0) test.facts.job = NULL;
    else test.job.state = (enum job_state)word_find(&job_state_words, state);
    tell(&test, what, number, journal, end, ran_ms);
    const char *got = test_describe(&test.outcome, &test.arena);
    bool holds = strcmp(got, wanted) == 0, details = details_hold(&test, what, ran_ms);
    if (!holds || !details) printf("not ok - observe: %s\n  got %s%s\n", input, got, details ? "" : " (details differ)");
    test_facts_finish(&test);
    return holds && details;
}

/* pieces x seconds outgrows what JSON keeps exactly: the event says the largest number, the hold is posted. */
static bool overflow_holds(int64_t pieces)
{
    static struct test_facts test;
    test_facts_init(&test);
    test.job.state = JOB_RUNNING, test.job.pieces = pieces;
    tell(&test, "end", 8, "j", "failed", NUMBER_MAX);
    const struct job *job = test_row(&test.outcome, &job_shape);
    bool holds = test_payload_number(&test.outcome, "job.ended", "measured") == NUMBER_MAX && job && job->used == 180;
    if (!holds) printf("not ok - observe: %lld pieces for ever\n", (long long)pieces);
    test_facts_finish(&test);
    return holds;
}

int main(void)
{
    bool ok = true;
    for (int i = 0; ok && i < countof(table); i++) ok = row_holds(table[i].input, table[i].outcome);
    ok = ok && overflow_holds(1001) && overflow_holds(1000000) && overflow_holds(NUMBER_MAX);
    if (ok) printf("ok - observe: %d rows\n", countof(table));
    return !ok;
}
