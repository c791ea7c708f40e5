/* SPDX-License-Identifier: EUPL-1.2 */
/* cancel_test.c - one row a case: a cancel in each state of a job, sent or not; then each kind of dependency on a job in each
 * state and with each end; then several of them together. */
#include "core/jobs/test_facts.h"

/* state, number of its instruction (3 was sent, of 4 that were issued), asked before? | outcome */
static const struct { const char *input, *outcome; } cancel_table[] = {
    { "held    0 no",  "+void 180; allocation 1000-0-0; project 0/17; job ended cancelled 0 asked !job.cancel_asked !job.ended" },
    { "waiting 4 no",  "+void 180; allocation 1000-0-0; project 0/17; job ended cancelled 0 asked !job.cancel_asked !job.ended" },
    { "waiting 3 no",  "+cancel#5; agent 5/3/2 7; job waiting asked !job.cancel_asked" },
    { "waiting 1 no",  "+cancel#5; agent 5/3/2 7; job waiting asked !job.cancel_asked" },
    { "running 1 no",  "+cancel#5; agent 5/3/2 7; job running asked !job.cancel_asked" },
    { "running 4 no",  "+cancel#5; agent 5/3/2 7; job running asked !job.cancel_asked" },
    { "waiting 3 yes", "-" },
    { "running 3 yes", "-" },
    { "ended   3 no",  "already-finished job" },
    { "ended   3 yes", "already-finished job" },
    { "ended   0 no",  "already-finished job" },
};

static bool cancel_row_holds(const char *input, const char *wanted)
{
    static struct test_facts test;
    char state[10], asked[4];
    long long number;
    CHECK(sscanf(input, "%9s %lld %3s", state, &number, asked) == 3);
    test_facts_init(&test);
    test.agent.issued = 4;
    test.job.state = (enum job_state)word_find(&job_state_words, state), test.job.instruction = number, test.job.cancel_asked = strcmp(asked, "yes") == 0;
    job_cancel_decide(&(struct command){ .body = &(struct job_cancel){ "17" } }, &test.facts, &test.outcome);
    const char *got = test_describe(&test.outcome, &test.arena);
    const struct instruction *instruction = test_row(&test.outcome, &instruction_shape);
    bool details = test_payloads_are_json(&test.outcome) && (test.outcome.refusal.code || (test.outcome.status == 202 && strstr(test.outcome.answer, "\"cancel_asked\":true")));
    if (instruction)
        details = details && strcmp(instruction->body, "{\"version\":1,\"network\":\"net\",\"agent\":\"a1\",\"number\":5,\"kind\":\"cancel\",\"expires_ms\":1700604800000,\"job\":\"job\"}") == 0;
    bool holds = strcmp(got, wanted) == 0;
    if (!holds || !details) printf("not ok - cancel: %s\n  got %s%s\n", input, got, details ? "" : " (details differ)");
    test_facts_finish(&test);
    return holds && details;
}

/* The verdict on one dependency: . not yet, + met, x ruled out. Columns: the job waited for is held, waiting, running; has ended
 * completed, failed, timed-out, cancelled, lost, refused, dependency-never; isn't there any more. */
static const struct { const char *kind, *verdicts; } verdict_table[] = {
    { "after",      "..+++++++++" },
    { "afterany",   "...++++++++" },
    { "afterok",    "...+xxxxxxx" },
    { "afternotok", "...x+++++++" },
};

enum { COLUMNS = 11, WAITS_MAX = 3 };

static struct job waited_for(int column)
{
    struct job job = { .id = id_from("other"), .state = column < 3 ? (enum job_state)column : JOB_ENDED };
    if (column >= 3) job.ended_as = (enum job_end)(column - 2);
    return job;
}

/* Releases a job that waits for `count` others. What becomes of it, as one letter; '?' if it's neither. */
static char released(const int *kinds, const int *columns, int count, bool any)
{
    static struct test_facts test;
    struct job jobs[WAITS_MAX];
    struct job_dependency waits[WAITS_MAX];
    const struct job *list[WAITS_MAX];
    test_facts_init(&test);
    test.job.state = JOB_HELD, test.job.instruction = 0;
    for (int i = 0; i < count; i++) {
        jobs[i] = waited_for(columns[i]);
        waits[i] = (struct job_dependency){ test.job.id, id_from(arena_format(&test.arena, "other%d", i)), (enum dependency_kind)kinds[i], any };
        list[i] = columns[i] == COLUMNS - 1 ? NULL : &jobs[i];
    }
    test.facts.dependencies = waits, test.facts.dependency_jobs = list, test.facts.dependency_count = count;
    job_release_decide(&(struct command){ .body = &(struct job_release){ test.job.id } }, &test.facts, &test.outcome);
    const char *got = test_describe(&test.outcome, &test.arena);
    const struct job *job = test_row(&test.outcome, &job_shape);
    char letter = strcmp(got, "-") == 0 ? '.'
                  : strcmp(got, "+start#4; agent 4/3/2 7; job waiting !job.released") == 0 && job->instruction == 4 ? '+'
                  : strcmp(got, "+void 180; allocation 1000-0-0; project 0/17; job ended dependency-never 0 !job.ended") == 0 && job->reason ? 'x' : '?';
    test_facts_finish(&test);
    return letter;
}

static bool verdict_row_holds(const char *kind_word, const char *verdicts)
{
    int kind = word_find(&dependency_kind_words, kind_word);
    CHECK(kind >= 0 && strlen(verdicts) == COLUMNS);
    for (int column = 0; column < COLUMNS; column++)
        for (int any = 0; any < 2; any++) {
            char got = released(&kind, &column, 1, any);
            if (got == verdicts[column]) continue;
            printf("not ok - release: %s, column %d: got %c\n", kind_word, column, got);
            return false;
        }
    return true;
}

/* Several: afterok on jobs that wait (.), have completed (+), have failed (x). All of them, or any. */
static const struct { const char *jobs, *all, *any; } list_table[] = {
    { "..", ".", "." }, { ".+", ".", "+" }, { ".x", "x", "." }, { "++", "+", "+" }, { "+x", "x", "+" }, { "xx", "x", "x" }, { "x.x", "x", "." }, { "x+.", "x", "+" }, { "+++", "+", "+" },
    { "xxx", "x", "x" }, { "+.+", ".", "+" },
};

static bool list_row_holds(int row)
{
    int kinds[WAITS_MAX], columns[WAITS_MAX], count = (int)strlen(list_table[row].jobs);
    for (int i = 0; i < count; i++) {
        char c = list_table[row].jobs[i];
        kinds[i] = DEPENDENCY_AFTER_OK, columns[i] = c == '.' ? 1 : c == '+' ? 3 : 4;
    }
    char all = released(kinds, columns, count, false), any = released(kinds, columns, count, true);
    bool holds = all == list_table[row].all[0] && any == list_table[row].any[0];
    if (!holds) printf("not ok - release: %s: got %c, any %c\n", list_table[row].jobs, all, any);
    return holds;
}

/* Only what is held is released: later, again, or by mistake nothing happens. */
static bool only_held(void)
{
    for (int state = JOB_WAITING; state <= JOB_ENDED; state++) {
        static struct test_facts test;
        test_facts_init(&test);
        test.job.state = (enum job_state)state;
        job_release_decide(&(struct command){ .body = &(struct job_release){ test.job.id } }, &test.facts, &test.outcome);
        bool holds = strcmp(test_describe(&test.outcome, &test.arena), "-") == 0 && test.outcome.status == 200;
        test_facts_finish(&test);
        if (holds) continue;
        printf("not ok - release: state %d\n", state);
        return false;
    }
    return true;
}

int main(void)
{
    bool ok = true;
    for (int i = 0; ok && i < countof(cancel_table); i++) ok = cancel_row_holds(cancel_table[i].input, cancel_table[i].outcome);
    for (int i = 0; ok && i < countof(verdict_table); i++) ok = verdict_row_holds(verdict_table[i].kind, verdict_table[i].verdicts);
    for (int i = 0; ok && i < countof(list_table); i++) ok = list_row_holds(i);
    ok = ok && only_held();
    if (ok) printf("ok - cancel: %d rows, release: %d verdicts, %d lists\n", countof(cancel_table), countof(verdict_table) * COLUMNS, countof(list_table));
    return !ok;
}
