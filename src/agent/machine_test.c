/* SPDX-License-Identifier: EUPL-1.2 */
/* machine_test.c - golden transcripts: what comes in | what goes out. Of a batch that is sent, the journal's name (#1 the
 * first, #2 the next), the highest instruction taken and each observation are shown. */
#include "agent/test_journal.h"

#include <stdlib.h>

struct row { const char *in, *out; };

static const struct row job_rows[] = { /* a job from end to end */
    { "begin", "" },
    { "hello 0 0 0", "" },
    { "start 1 J1", "fetch J1; send #1 taken 1" },
    { "ack 0", "" },
    { "fetched J1", "start J1" },
    { "started J1 0,1", "send #1 taken 1 [1 job.start J1]" },
    { "ended J1 completed", "collect J1" },
    { "ack 1", "send #1 taken 1 [2 job.end J1 completed]" },
    { "collected J1", "upload J1" },
    { "uploaded J1", "" },
    { "ack 2", "send #1 taken 1 [3 stream.end J1 log] [4 stream.end J1 out/a] [5 job.record J1]" },
    { "ack 5", "forget J1" },
    { "forgotten J1", "" },
    { "restart", "" },
};
static const struct row repeat_rows[] = { /* everything told twice, and old news */
    { "begin", "" }, { "hello 0 0 0", "" },
    { "start 1 J1", "fetch J1; send #1 taken 1" }, { "start 1 J1", "" }, { "start 1 J1 altered", "" }, { "ack 0", "" }, { "ack 0", "" },
    { "fetched J1", "start J1" }, { "fetched J1", "" }, { "fetched J1 gone", "" },
    { "started J1 0", "send #1 taken 1 [1 job.start J1]" }, { "started J1 0", "" },
    { "ended J1 failed", "collect J1" }, { "ended J1 completed", "" }, { "started J1 0", "" }, { "lost J1", "" }, { "refused J1 late", "" },
    { "ack 1", "send #1 taken 1 [2 job.end J1 failed]" }, { "ack 1", "reconnect" }, /* no step further: not again at once */
};
static const struct row unsent_rows[] = { /* the server away: jobs go on, all is told later */
    { "begin", "" }, { "hello 0 0 0", "" }, { "start 1 J1", "fetch J1; send #1 taken 1" }, { "bye", "" },
    { "fetched J1", "start J1" }, { "started J1 0", "" }, { "ended J1 timed-out", "collect J1" }, { "collected J1", "upload J1" },
    { "restart", "upload J1" },
    { "hello 0 1 1", "send #1 taken 1 [1 job.start J1] [2 job.end J1 timed-out]" },
    { "bye", "" },
    { "hello 1 1 1", "send #1 taken 1 [2 job.end J1 timed-out]" },
    { "uploaded J1", "" },
    { "ack 2", "send #1 taken 1 [3 stream.end J1 log] [4 stream.end J1 out/a] [5 job.record J1]" },
    { "bye", "" },
    { "hello 5 1 1", "forget J1" }, /* it had come; only its answer was lost */
    { "restart", "forget J1" }, { "forgotten J1", "" }, { "restart", "" },
};
static const struct row restart_rows[] = { /* each stage asks again for what was under way */
    { "begin", "" }, { "hello 0 0 0", "" },
    { "start 1 J1", "fetch J1; send #1 taken 1" }, { "restart", "fetch J1" },
    { "fetched J1", "start J1" }, { "restart", "start J1" },
    { "started J1 0", "" }, { "restart", "start J1" },
    { "cancel 2 J1", "" }, { "hello 0 2 1", "send #1 taken 1 [1 job.start J1]" }, { "cancel 2 J1", "cancel J1" }, { "restart", "start J1; cancel J1" },
    { "ended J1 cancelled", "collect J1" }, { "restart", "collect J1" },
    { "collected J1", "upload J1" }, { "restart", "upload J1" },
    { "uploaded J1", "" }, { "restart", "" },
    { "hello 0 2 2", "send #1 taken 2 [1 job.start J1] [2 job.end J1 cancelled] [3 stream.end J1 log] [4 stream.end J1 out/a] [5 job.record J1]" },
    { "ack 5", "forget J1" },
};
static const struct row cancel_rows[] = {
    { "begin", "" }, { "hello 0 0 0", "" },
    { "cancel 1 J9", "send #1 taken 1" },                 /* unknown: taken, nothing to do */
    { "ack 0", "" },
    { "start 2 J1", "fetch J1; send #1 taken 2" },
    { "cancel 3 J1", "collect J1" },                      /* the executor never had it */
    { "fetched J1", "" },
    { "ack 0", "send #1 taken 3 [1 job.end J1 cancelled]" },
    { "collected-nothing J1", "upload J1" }, { "uploaded J1", "" },
    { "ack 1", "send #1 taken 3 [2 job.record J1]" }, { "ack 2", "forget J1" },
    { "start 4 J2", "fetch J2; send #1 taken 4" }, { "ack 2", "" }, { "fetched J2", "start J2" },
    { "cancel 5 J2", "cancel J2; send #1 taken 5" },      /* given, perhaps not begun: the executor says how it ended */
    { "ended J2 cancelled", "collect J2" }, { "ack 2", "send #1 taken 5 [3 job.end J2 cancelled]" },
    { "cancel 6 J2", "" }, { "ack 3", "send #1 taken 6" }, /* over already */
    { "none 7", "" },
};
static const struct row refuse_rows[] = { /* the site's own word, first reason wins */
    { "begin", "" }, { "hello 0 0 0", "" },
    { "start 1 J1 partition=cpu", "send #1 taken 1 [1 job.refuse J1 this site's policy names no partition cpu]" }, { "ack 1", "forget J1" }, { "forgotten J1", "" },
    { "start 2 J2 pieces=5", "send #1 taken 2 [2 job.refuse J2 5 pieces are more than the 4 that this site's policy allows a job]" }, { "ack 2", "forget J2" },
    { "start 3 J3 limit=601", "send #1 taken 3 [3 job.refuse J3 a time limit of 601 s is more than the 600 s that this site's policy allows]" }, { "ack 3", "forget J3" },
    { "start 4 J4", "fetch J4; send #1 taken 4" }, { "ack 3", "" },
    { "fetched J4 the script isn't what its hash says", "send #1 taken 4 [4 job.refuse J4 the script isn't what its hash says]" }, { "ack 4", "forget J4" },
    { "start 5 J5", "fetch J5; send #1 taken 5" }, { "ack 4", "" }, { "fetched J5", "start J5" },
    { "refused J5 no #! line", "send #1 taken 5 [5 job.refuse J5 no #! line]" }, { "ack 5", "forget J5" },
    { "start 6 J6", "fetch J6; send #1 taken 6" }, { "ack 5", "" }, { "fetched J6", "start J6" }, { "started J6 0", "send #1 taken 6 [6 job.start J6]" },
    { "refused J6 its partition is gone", "collect J6" },  /* it had begun: lost, not refused */
    { "ack 6", "send #1 taken 6 [7 job.end J6 lost its partition is gone]" }, { "ack 7", "" },
    { "start 7 J7", "fetch J7; send #1 taken 7" }, { "ack 7", "" }, { "start 8 J8", "fetch J8; send #1 taken 8" }, { "ack 7", "" },
    { "start 9 J9", "fetch J9; send #1 taken 9" }, { "ack 7", "" },
    { "start 10 JA", "send #1 taken 10 [8 job.refuse JA this site's policy takes 6 jobs a day (UTC), and they were taken]" }, { "ack 8", "forget JA" },
    { "day", "" }, { "tick", "send #1 taken 10 [9 job.refuse J7 its instruction expired before its files were here] [10 job.refuse J8 its instruction expired before its files were here] "
                             "[11 job.refuse J9 its instruction expired before its files were here]" }, { "ack 11", "forget J7; forget J8; forget J9" },
    { "start 11 JB", "fetch JB; send #1 taken 11" },
    { "start 12 JB", "alarm instruction 12 starts job JB again: ignored" },
    { "start 13 JC odd", "alarm instruction 13 for job JC can't be read at /?: " }, { "ack 11", "send #1 taken 13 [12 job.refuse JC the site agent can't read this job's instruction]" },
    { "ack 12", "forget JC" },
    { "start 14 JD", "fetch JD; send #1 taken 14" }, { "ack 12", "" }, { "day", "" }, /* it expires before its files come */
    { "fetched JD", "send #1 taken 14 [13 job.refuse JD its instruction expired before its files were here]" }, { "ack 13", "forget JD" },
    { "restart", "forget J2; forget J3; forget J4; forget J5; collect J6; forget J7; forget J8; forget J9; forget JA; fetch JB; forget JC; forget JD" },
};
static const struct row disbelief_rows[] = { /* not taken: nothing was signed by our server, for us, under this number */
    { "begin", "" }, { "start 1 J1", "" }, /* not connected: whoever speaks, it isn't our connection */
    { "hello 0 0 0", "" },
    { "start 1 J1 altered", "alarm instruction 1 isn't taken: its signature isn't the server's over these bytes; reconnect" }, { "start 1 J1", "" },
    { "hello 0 1 1", "" }, { "start 1 J1 key=other", "alarm instruction 1 isn't taken: its signature isn't the server's over these bytes; reconnect" },
    { "hello 0 1 1", "" }, { "start 1 J1 network=other", "alarm instruction 1 isn't taken: it was signed for another network; reconnect" },
    { "hello 0 1 1", "" }, { "start 1 J1 agent=other", "alarm instruction 1 isn't taken: it was signed for another site; reconnect" },
    { "hello 0 1 1", "" }, { "start 1 J1 number=2", "alarm instruction 1 isn't taken: it was signed under another number; reconnect" },
    { "hello 0 1 1", "" }, { "start 3 J1", "alarm instruction 3 came, 1 was next; reconnect" },
    { "hello 0 1 1", "" }, { "start 1 J1 expired", "alarm instruction 1 for job J1 has expired: not started; send #1 taken 1 [1 job.refuse J1 the instruction to start it came after its expiry]" },
    { "ack 1", "forget J1" },
    { "hello 1 1 1", "" }, { "hello 1 1 1 network=other", "alarm the server speaks for network other, this site belongs to net; reconnect" },
    { "start 2 J2", "" },
    { "hello 1 1 1 key=other", "alarm the server shows another key than before: nothing is taken from it; reconnect" },
    { "restart", "forget J1" },
    { "hello 1 1 1 key=other", "alarm the server shows another key than before: nothing is taken from it; reconnect" },
    { "hello 1 1 1", "" }, { "start 2 J2", "fetch J2; send #1 taken 2" },
};
static const struct row lost_journal_rows[] = { /* a new journal where the server knows an old one: what it asked then isn't begun again */
    { "begin", "" },
    { "hello 0 3 2", "alarm the journal is older than what the server knows of it (instructions 2, observations 0; here 0, 0): jobs of instructions in between aren't started again" },
    { "start 1 J1", "cancel J1; send #1 taken 1 [1 job.end J1 lost the site's journal was lost; whether the job ran isn't known]" },
    { "restart", "" }, { "hello 0 3 3", "send #1 taken 1 [1 job.end J1 lost the site's journal was lost; whether the job ran isn't known]" },
    { "start 2 J2", "cancel J2" }, { "ack 1", "send #1 taken 2 [2 job.end J2 lost the site's journal was lost; whether the job ran isn't known]" },
    { "start 3 J3", "fetch J3" },
    { "ack 2", "send #1 taken 3" },
};
static const struct row old_journal_rows[] = { /* an older copy of the journal was put back */
    { "begin", "" }, { "hello 0 1 0", "" }, { "start 1 J1", "fetch J1; send #1 taken 1" }, { "fetched J1", "start J1" }, { "started J1 0", "" },
    { "hello 7 4 4", "alarm the journal is older than what the server knows of it (instructions 4, observations 7; here 1, 1): jobs of instructions in between aren't started again; reconnect" },
    { "ended J1 completed", "collect J1" },
    { "hello 0 4 4", "send #2 taken 1 [1 job.end J1 completed]" },
    { "start 2 J2", "cancel J2" },
};
static const struct row set_back_rows[] = { /* the server was set back to an older state of its own */
    { "begin", "" }, { "hello 0 1 0", "" }, { "start 1 J1", "fetch J1; send #1 taken 1" }, { "fetched J1", "start J1" }, { "started J1 0", "" }, { "ack 0", "send #1 taken 1 [1 job.start J1]" },
    { "ack 1", "" }, { "ended J1 failed", "collect J1; send #1 taken 1 [2 job.end J1 failed]" },
    { "hello 0 0 0", "alarm the server has forgotten observations 1 to 1 of this journal: it was set back; reconnect" },
    { "hello 0 0 0", "alarm the server knows 0 instructions, 1 were taken: it was set back; new ones are ignored until it has made more, or this site has a new journal; send #2 taken 1 [1 job.end J1 failed]" },
    { "ack 1", "" }, { "start 1 J5", "" }, { "start 2 J6", "fetch J6; send #2 taken 2" },
    { "ack 9", "alarm the server acknowledges observation 9; 2 to 1 wait; reconnect" },
};

static struct fixture site;
static struct arena arena;
static int64_t now_ms;
static char names[4][64];
static int name_count;

static const char *word_after(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    if (!at) return NULL;
    at += strlen(key);
    return arena_text_n(&arena, at, strcspn(at, " "));
}

static int journal_index(const char *journal)
{
    for (int i = 0; i < name_count; i++)
        if (same_text(names[i], journal)) return i + 1;
    CHECK(name_count < countof(names));
    snprintf(names[name_count], sizeof names[0], "%s", journal);
    return ++name_count;
}

static void show_batch(struct text *out)
{
    struct v1_observations batch;
    struct error error;
    struct json_fault fault;
    CHECK(agent_machine_batch(site.machine, &arena, &batch, &error));
    const char *message = v1_observations_format(&batch, &arena); /* shown as the server would read it */
    CHECK(v1_observations_parse(message, strlen(message), &arena, &batch, &fault));
    text_add_format(out, "send #%d taken %lld", journal_index(batch.journal), (long long)batch.taken);
    for (int i = 0; i < batch.count; i++) {
        const struct v1_observation *at = &batch.items[i];
        void *read = v1_observation_read(at, id_from("A"), batch.journal, &arena, &fault);
        CHECK(read);
        const struct job_start *head = read;
        text_add_format(out, " [%lld %s %s", (long long)at->number, word_name(&command_kind_words, (int)at->kind), head->job.text);
        if (at->kind == COMMAND_STREAM_END) text_add_format(out, " %s", ((struct stream_end *)read)->name);
        if (at->kind == COMMAND_JOB_REFUSE) text_add_format(out, " %s", ((struct job_refuse *)read)->reason);
        if (at->kind == COMMAND_JOB_END) {
            const struct job_ended *end = read;
            text_add_format(out, " %s%s%s", word_name(&observed_end_words, (int)end->end), end->reason ? " " : "", end->reason ? end->reason : "");
        }
        text_add_char(out, ']');
    }
}

static const char *show(const struct agent_outputs *outputs)
{
    struct text out;
    text_init(&out, &arena);
    for (int i = 0; i < outputs->count; i++) {
        const struct agent_output *output = &outputs->items[i];
        if (i) text_add(&out, "; ");
        if (output->kind == AGENT_SEND) show_batch(&out);
        else text_add_format(&out, "%s%s%s", agent_output_name(output->kind), output->words || !id_is_none(output->job) ? " " : "", output->words ? output->words : output->job.text);
    }
    return out.bytes;
}

static void read_hello(const char *line, struct agent_input *input)
{
    static struct v1_welcome welcome;
    static char key[HASH_HEX + 1];
    long long observed, issued, sent;
    CHECK(sscanf(line, "hello %lld %lld %lld", &observed, &issued, &sent) == 3);
    hex_format(strstr(line, "key=other") ? site.other_key.public : site.server_key.public, SIGN_PUBLIC_BYTES, key);
    welcome = (struct v1_welcome){ .version = 1, .observed = observed, .issued = issued, .sent = sent, .server_key = key,
                                   .network = id_from(strstr(line, "network=other") ? "other" : "net") };
    *input = (struct agent_input){ .kind = AGENT_CONNECTED, .welcome = &welcome };
}

static void read_instruction(const char *line, struct agent_input *input)
{
    char kind[8], job[8] = "";
    long long number;
    CHECK(sscanf(line, "%7s %lld %7s", kind, &number, job) >= 2);
    struct v1_instruction instruction = test_start(number, job, now_ms);
    instruction.kind = (enum v1_instruction_kind)word_find(&v1_instruction_kind_words, kind);
    if (word_after(line, "pieces=")) instruction.pieces = strtol(word_after(line, "pieces="), NULL, 10);
    if (word_after(line, "limit=")) instruction.limit_s = strtol(word_after(line, "limit="), NULL, 10);
    if (word_after(line, "number=")) instruction.number = strtol(word_after(line, "number="), NULL, 10);
    if (word_after(line, "partition=")) instruction.partition = word_after(line, "partition=");
    if (strstr(line, "network=other")) instruction.network = id_from("other");
    if (strstr(line, "agent=other")) instruction.agent = id_from("B");
    if (strstr(line, "expired")) instruction.expires_ms = now_ms - 1;
    char *body = test_instruction(&instruction, &arena);
    if (strstr(line, "odd")) body = arena_format(&arena, "{\"x\":1,%s", body + 1);
    *input = (struct agent_input){ .kind = AGENT_INSTRUCTED, .number = number, .body = body };
    input->signature = test_sign(strstr(line, "key=other") ? &site.other_key : &site.server_key, body, &arena);
    if (strstr(line, "altered")) *strstr(body, "\"pieces\":2") = ' ';
}

static void read_event(const char *line, struct agent_input *input)
{
    static struct executor_event event;
    char what[12], job[8], word[16] = "";
    CHECK(sscanf(line, "%11s %7s %15s", what, job, word) >= 2);
    event = (struct executor_event){ .kind = EXECUTOR_ENDED, .key = id_from(job), .at_ms = now_ms, .ran_ms = 10, .end = END_COMPLETED };
    if (same_text(what, "started")) event.kind = EXECUTOR_STARTED, event.slot_count = 1;
    if (same_text(what, "lost")) event.kind = EXECUTOR_LOST, event.end = END_LOST;
    if (same_text(what, "ended")) event.end = (enum executor_end)word_find(&observed_end_words, word);
    *input = (struct agent_input){ .kind = AGENT_EXECUTED, .event = &event };
}

/* Lines about one job: "uploaded J1", "refused J1 WORDS". */
static void read_told(const char *line, struct agent_input *input)
{
    static const struct agent_stream streams[] = { { "log", 3, TEST_HASH }, { "out/a", 5, TEST_HASH } };
    static const struct { const char *name; enum agent_input_kind kind; } told[] = { { "fetched", AGENT_FETCHED }, { "refused", AGENT_REFUSED },
        { "collected", AGENT_COLLECTED }, { "collected-nothing", AGENT_COLLECTED }, { "uploaded", AGENT_UPLOADED }, { "forgotten", AGENT_FORGOTTEN } };
    char what[20], job[8];
    int words = 0;
    CHECK(sscanf(line, "%19s %7s %n", what, job, &words) == 2);
    for (int i = 0; i < countof(told); i++)
        if (same_text(told[i].name, what)) *input = (struct agent_input){ .kind = told[i].kind, .job = id_from(job), .words = line[words] ? line + words : NULL };
    CHECK(!id_is_none(input->job));
    if (same_text(what, "collected")) input->streams = streams, input->stream_count = countof(streams);
}

static void read_input(const char *line, struct agent_input *input)
{
    char what[20];
    CHECK(sscanf(line, "%19s", what) == 1);
    *input = (struct agent_input){ .kind = AGENT_TICKED };
    if (same_text(what, "begin") || same_text(what, "restart")) input->kind = AGENT_BEGUN;
    else if (same_text(what, "bye")) input->kind = AGENT_DISCONNECTED;
    else if (same_text(what, "hello")) read_hello(line, input);
    else if (same_text(what, "start") || same_text(what, "cancel") || same_text(what, "none")) read_instruction(line, input);
    else if (same_text(what, "started") || same_text(what, "ended") || same_text(what, "lost")) read_event(line, input);
    else if (same_text(what, "ack")) *input = (struct agent_input){ .kind = AGENT_ACKNOWLEDGED, .number = strtol(line + 4, NULL, 10) };
    else if (!same_text(what, "tick")) read_told(line, input);
}

static bool row_holds(const struct row *row)
{
    struct agent_input input;
    struct agent_outputs outputs = { .arena = &arena };
    struct error error;
    if (same_text(row->in, "day")) {
        now_ms += 86400000;
        return true;
    }
    if (same_text(row->in, "restart") || same_text(row->in, "begin")) CHECK(fixture_live(&site, now_ms));
    read_input(row->in, &input);
    CHECK(agent_step(site.machine, &input, now_ms, &outputs, &error));
    const char *out = show(&outputs);
    if (same_text(out, row->out)) return true;
    printf("not ok - agent machine: %s\n  expected: %s\n  but was:  %s\n", row->in, row->out, out);
    return false;
}

int main(void)
{
    static const struct { const char *name; const struct row *rows; int count; } tables[] = {
#define TABLE(name) { #name, name##_rows, countof(name##_rows) }
        TABLE(job), TABLE(repeat), TABLE(unsent), TABLE(restart), TABLE(cancel), TABLE(refuse), TABLE(disbelief), TABLE(lost_journal), TABLE(old_journal), TABLE(set_back),
    };
    int rows = 0;
    crypto_start();
    arena_init(&arena, AGENT_STEP_BYTES);
    for (int i = 0; i < countof(tables); i++) {
        fixture_init(&site);
        now_ms = TEST_NOW_MS;
        name_count = 0;
        for (int j = 0; j < tables[i].count; j++, rows++) {
            if (!row_holds(&tables[i].rows[j])) return printf("  in %s_rows, row %d\n", tables[i].name, j + 1), 1;
            arena_reset(&arena);
        }
        fixture_finish(&site);
    }
    arena_finish(&arena);
    printf("ok - agent machine: %d rows in %d transcripts\n", rows, countof(tables));
    return 0;
}
