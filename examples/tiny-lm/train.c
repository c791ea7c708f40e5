/* SPDX-License-Identifier: EUPL-1.2 */
/* train.c - a character-level language model that learns in seconds on one core.
 *
 * The last CONTEXT characters, each as a learned vector, go through one tanh layer; a softmax over the alphabet says
 * which character is next (Bengio et al., "A Neural Probabilistic Language Model", JMLR 3, 2003). Trained with Adam
 * (Kingma and Ba, arXiv 1412.6980) on gradients worked out by hand below.
 *
 * Always true: step s draws its examples from (seed, s) alone and its learning rate depends on s alone, so a run that was
 * stopped and continued ends with the same bytes as one that never stopped. A file gets its name once it is on disk. */
#include <err.h>
#include <getopt.h>
#include <glob.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LANES = 32, BATCH = 64, VOCABULARY = 96, CONTEXT = 12, EMBEDDING = 8, INPUT = CONTEXT * EMBEDDING, HIDDEN = 192,
    STEPS_DEFAULT = 9000, STEPS_MAX = 100000, SECONDS_MAX = 86400, REPORT_EVERY = 200, /* steps from line to line */
    TEXT_MIN = 2000, TEXT_MAX = 4 << 20, SAMPLE_LENGTH = 300, /* the licences have 0.23 million; the default run looks at 0.58 */
};
static const char *const checkpoints = "checkpoint-[0-9][0-9][0-9][0-9][0-9][0-9].bin";

struct model { float embedding[VOCABULARY * EMBEDDING], input_weight[INPUT * HIDDEN], output_weight[HIDDEN * VOCABULARY]; };
enum { PARAMETERS = sizeof(struct model) / sizeof(float) };
union parameters { struct model model; float all[PARAMETERS]; };
struct header { char magic[8]; uint32_t vocabulary, context, embedding, hidden; uint64_t parameters, step; };

/* All that a run needs to continue, byte for byte the content of a checkpoint; header and weight are that of weights.bin. */
struct state {
    struct header header;
    union parameters weight, mean, square; /* mean and square: Adam's two moments */
    uint64_t seed, text_hash;
    double loss_sum; /* of the steps since the last line printed */
    char table[(STEPS_MAX / REPORT_EVERY + 2) * 24]; /* loss.csv: the first loss, then the mean of each REPORT_EVERY steps */
    uint64_t checksum;
};
static struct { size_t target[BATCH]; float input[BATCH * INPUT], hidden[BATCH * HIDDEN], chance[BATCH * VOCABULARY]; } batch;
struct text { size_t length, training_length; uint8_t code[TEXT_MAX]; };
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are written as they lie in memory");
_Static_assert(INPUT % LANES + HIDDEN % LANES + VOCABULARY % LANES == 0, "a row is made of whole LANES, which stay in registers");

static volatile sig_atomic_t is_stopping;
static void stop_note(int number) { is_stopping = number; }

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* FNV-1a, 64 bits: finds damage, not forgery. */
static uint64_t hash(const void *data, size_t size_bytes)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (const uint8_t *byte = data; size_bytes; size_bytes--) sum = (sum ^ *byte++) * 0x100000001b3u;
    return sum;
}

/* The n-th number of a seed's sequence, from 0 to below 1: no generator state to keep in a checkpoint. */
static float random_unit(uint64_t seed, uint64_t n)
{
    uint64_t z = hash((uint64_t[2]){ seed, n }, sizeof seed + sizeof n);
    return (float)((z ^ (z >> 32)) * 0x9e3779b97f4a7c15u >> 40) * 0x1p-24f; /* the hash alone mixes its last bytes too little */
}

/* 1234567 as 1,234,567; good until the fourth call after it. */
static const char *grouped(uint64_t value)
{
    static char buffer[4][32];
    static unsigned turn;
    char *at = buffer[turn++ % 4] + 31;
    for (int digits = 0; value || !digits; value /= 10, digits++) {
        if (digits && digits % 3 == 0) *--at = ',';
        *--at = (char)('0' + value % 10);
    }
    return at;
}

static void file_write(const char *name, const void *data, size_t size_bytes)
{
    FILE *file = fopen("unfinished.tmp", "wb");
    if (!file || fwrite(data, 1, size_bytes, file) != size_bytes || fflush(file) != 0 || fsync(fileno(file)) != 0
        || fclose(file) != 0 || rename("unfinished.tmp", name) != 0) err(1, "cannot write %s", name);
}

/* Code 0 is the line end, 1 to 95 are ASCII 32 to 126; all else becomes a space or '?', and a run of spaces one space. */
static void text_load(struct text *text, const char *path)
{
    const char *where = path ? path : "/usr/share/common-licenses/*";
    size_t bytes = 0;
    glob_t found;
    glob(where, path ? GLOB_NOCHECK : 0, NULL, &found);
    for (size_t i = 0, before = 0; i < found.gl_pathc; i++, before = text->length) {
        const char *name = found.gl_pathv[i];
        if (!path && readlink(name, (char[1]){ 0 }, 1) >= 0) continue; /* another name of a file that is there too */
        FILE *file = fopen(name, "rb");
        for (int c; file && bytes < TEXT_MAX && (c = getc(file)) != EOF; bytes++) {
            uint8_t letter = (uint8_t)(c == '\n' ? 0 : c < ' ' ? 1 : c > '~' ? '?' - 31 : c - 31);
            if (letter != 1 || (text->length && text->code[text->length - 1] > 1)) text->code[text->length++] = letter;
        }
        if (!file || ferror(file) || fclose(file) != 0) err(1, "cannot read %s", name);
        printf("text  %-40s %9s characters\n", name, grouped(text->length - before));
    }
    if (text->length < TEXT_MIN) errx(1, "%s has too little text to learn from: name one with --text FILE", where);
    globfree(&found);
    text->training_length = text->length - text->length / 20;
    const char *cut = bytes == TEXT_MAX ? " (more was left out)" : "";
    printf("text  %s characters%s, the last 5 %% of them held out\n", grouped(text->length), cut);
}

/* out = a b, where a has `rows` rows of `inner` numbers and b has `inner` rows of `columns`. */
static void product(int rows, int inner, int columns, const float *restrict a, const float *restrict b, float *restrict out)
{
    for (int left = 0; left < columns; left += LANES)
        for (int r = 0; r < rows; r++) {
            float sum[LANES] = { 0 };
            for (int k = 0; k < inner; k++)
                for (int c = 0; c < LANES; c++) sum[c] += a[r * inner + k] * b[k * columns + left + c];
            memcpy(out + r * columns + left, sum, sizeof sum);
        }
}

static const float *transposed(int rows, int columns, const float *from, float *to)
{
    for (int i = 0; i < rows * columns; i++) to[i % columns * rows + i / columns] = from[i];
    return to;
}

/* The character whose vector the i-th number of the batch's input belongs to. */
static size_t letter_at(const uint8_t *code, size_t i) { return code[batch.target[i / INPUT] - CONTEXT + i % INPUT / EMBEDDING]; }

/* Fills in the chances of each next character; returns the summed loss of the first `count` rows, in nats. */
static double model_forward(const struct model *model, const uint8_t *code, size_t count)
{
    double loss = 0;
    for (size_t i = 0; i < BATCH * INPUT; i++)
        batch.input[i] = model->embedding[letter_at(code, i) * EMBEDDING + i % EMBEDDING];
    product(BATCH, INPUT, HIDDEN, batch.input, model->input_weight, batch.hidden);
    for (size_t i = 0; i < BATCH * HIDDEN; i++) batch.hidden[i] = tanhf(batch.hidden[i]);
    product(BATCH, HIDDEN, VOCABULARY, batch.hidden, model->output_weight, batch.chance);
    for (size_t row = 0; row < BATCH; row++) {
        float *chance = batch.chance + row * VOCABULARY, highest = chance[0], sum = 0;
        for (int v = 1; v < VOCABULARY; v++) highest = fmaxf(highest, chance[v]);
        for (int v = 0; v < VOCABULARY; v++) sum += chance[v] = expf(chance[v] - highest);
        for (int v = 0; v < VOCABULARY; v++) chance[v] /= sum;
        if (row < count) loss -= (double)logf(chance[code[batch.target[row]]] + 1e-30f);
    }
    return loss;
}

/* Summed gradient of the batch (Adam does not mind the scale); its chances become the gradient of the softmax's input. */
static void model_backward(const struct model *model, const uint8_t *code, struct model *gradient)
{
    static float turned[PARAMETERS + sizeof batch], hidden[BATCH * HIDDEN], input[BATCH * INPUT];
    float *output = batch.chance;
    memset(gradient->embedding, 0, sizeof gradient->embedding);
    for (size_t row = 0; row < BATCH; row++) output[row * VOCABULARY + code[batch.target[row]]] -= 1;
    product(HIDDEN, BATCH, VOCABULARY, transposed(BATCH, HIDDEN, batch.hidden, turned), output, gradient->output_weight);
    product(BATCH, VOCABULARY, HIDDEN, output, transposed(HIDDEN, VOCABULARY, model->output_weight, turned), hidden);
    for (size_t i = 0; i < BATCH * HIDDEN; i++) hidden[i] *= 1 - batch.hidden[i] * batch.hidden[i];
    product(INPUT, BATCH, HIDDEN, transposed(BATCH, INPUT, batch.input, turned), hidden, gradient->input_weight);
    product(BATCH, HIDDEN, INPUT, hidden, transposed(INPUT, HIDDEN, model->input_weight, turned), input);
    for (size_t i = 0; i < BATCH * INPUT; i++)
        gradient->embedding[letter_at(code, i) * EMBEDDING + i % EMBEDDING] += input[i];
}

static void state_init(struct state *state, uint64_t seed, const struct text *text)
{
    state->header = (struct header){ "AIFTLM01", VOCABULARY, CONTEXT, EMBEDDING, HIDDEN, PARAMETERS, 0 };
    state->seed = seed, state->text_hash = hash(text->code, text->length);
    snprintf(state->table, sizeof state->table, "step,loss\n");
    for (size_t i = 0; i < PARAMETERS; i++) state->weight.all[i] = 2 * random_unit(~seed, i) - 1;
    for (size_t i = 0; i < INPUT * HIDDEN; i++) state->weight.model.input_weight[i] *= sqrtf(3.0f / INPUT);
    for (size_t i = 0; i < HIDDEN * VOCABULARY; i++) state->weight.model.output_weight[i] *= sqrtf(0.75f / HIDDEN);
}

/* One batch and one step of Adam; returns the loss in nats per character. */
static double state_step(struct state *state, const struct text *text)
{
    static union parameters gradient;
    size_t range = text->training_length - CONTEXT;
    for (uint64_t row = 0; row < BATCH; row++)
        batch.target[row] = CONTEXT + (size_t)(random_unit(state->seed, state->header.step * BATCH + row) * (float)range);
    double loss = model_forward(&state->weight.model, text->code, BATCH) / BATCH;
    model_backward(&state->weight.model, text->code, &gradient.model);
    float n = (float)++state->header.step, rate = 0.004f / sqrtf(1 + n / 800) * sqrtf(1 - powf(0.999f, n)) / (1 - powf(0.9f, n));
    for (size_t i = 0; i < PARAMETERS; i++) {
        state->mean.all[i] += 0.1f * (gradient.all[i] - state->mean.all[i]);
        state->square.all[i] += 0.001f * (gradient.all[i] * gradient.all[i] - state->square.all[i]);
        state->weight.all[i] -= rate * state->mean.all[i] / (sqrtf(state->square.all[i]) + 1e-8f);
    }
    return loss;
}

/* Reads a checkpoint; NULL, or what is wrong with it. */
static const char *checkpoint_read(const char *name, struct state *found, const struct state *own)
{
    FILE *file = fopen(name, "rb");
    if (!file) return "it cannot be read";
    size_t size_bytes = fread(found, 1, sizeof *found, file) + (getc(file) != EOF);
    fclose(file);
    if (size_bytes != sizeof *found) return "it is cut short, too long or of another model";
    if (found->checksum != hash(found, sizeof *found - sizeof found->checksum)) return "it is damaged, its checksum is wrong";
    if (memcmp(&found->header, &own->header, sizeof own->header - sizeof own->header.step) != 0
        || found->seed != own->seed || found->text_hash != own->text_hash) return "it was made with another model, seed or text";
    return found->header.step <= STEPS_MAX && !found->table[sizeof found->table - 1] ? NULL : "its content makes no sense";
}

/* Takes over the newest checkpoint that is whole and belongs to this run, if there is one. */
static void checkpoint_load(struct state *state)
{
    static struct state found;
    const char *fault = "";
    glob_t names;
    glob(checkpoints, 0, NULL, &names);
    for (size_t i = names.gl_pathc; i-- > 0 && fault;) {
        fault = checkpoint_read(names.gl_pathv[i], &found, state);
        printf("%s %s%s\n", names.gl_pathv[i], fault ? "ignored: " : "is whole: continuing from it", fault ? fault : "");
        if (!fault) *state = found;
    }
    globfree(&names);
}

/* The folder belongs to one run: all but this checkpoint and the one this run had before it go. */
static void checkpoint_save(struct state *state, uint64_t *newest)
{
    char name[48];
    glob_t names;
    snprintf(name, sizeof name, "checkpoint-%06llu.bin", (unsigned long long)state->header.step);
    state->checksum = hash(state, sizeof *state - sizeof state->checksum);
    file_write(name, state, sizeof *state);
    glob(checkpoints, 0, NULL, &names);
    for (size_t i = 0; i < names.gl_pathc; i++) {
        uint64_t step = strtoull(names.gl_pathv[i] + strlen("checkpoint-"), NULL, 10);
        if (step != state->header.step && step != *newest) unlink(names.gl_pathv[i]);
    }
    globfree(&names);
    *newest = state->header.step;
}

/* Trains up to `steps`, for at most `limit_s` (0: no limit), or until a signal; leaves a checkpoint of where it stopped. */
static void train(struct state *state, const struct text *text, uint64_t steps, uint64_t limit_s)
{
    uint64_t *step = &state->header.step, first = *step, newest = first;
    double start_s = clock_s();
    while (*step < steps && (!is_stopping || *step == 0) && !(limit_s && clock_s() - start_s >= (double)limit_s)) {
        double loss = state_step(state, text);
        if (!isfinite(loss)) errx(1, "the loss is no longer a number at step %s", grouped(*step));
        state->loss_sum += loss;
        if (*step > 1 && *step % REPORT_EVERY != 0) continue;
        if (*step > 1) loss = state->loss_sum / REPORT_EVERY, state->loss_sum = 0;
        size_t used = strlen(state->table);
        snprintf(state->table + used, sizeof state->table - used, "%llu,%.4f\n", (unsigned long long)*step, loss);
        printf("step %5llu  loss %.3f  (nats per character)  %s characters/s\n", (unsigned long long)*step, loss,
               grouped((uint64_t)((double)((*step - first) * BATCH) / (clock_s() - start_s))));
        if (*step > 1) checkpoint_save(state, &newest);
    }
    if (*step > newest) checkpoint_save(state, &newest);
    printf("trained %s steps in %.1f s\n", grouped(*step - first), clock_s() - start_s);
}

static double held_out_loss(const struct model *model, const struct text *text)
{
    double loss = 0;
    for (size_t from = text->training_length; from < text->length; from += BATCH) {
        for (size_t row = 0; row < BATCH; row++) batch.target[row] = from + row < text->length ? from + row : from;
        loss += model_forward(model, text->code, text->length - from);
    }
    return loss / (double)(text->length - text->training_length);
}

/* Temperature 0.7: likelier characters get likelier still, which reads better than the bare chances. */
static void sample_write(const struct model *model, uint64_t seed)
{
    uint8_t code[CONTEXT + SAMPLE_LENGTH] = { 0 };
    char letters[CONTEXT + SAMPLE_LENGTH + 1] = "You may copy";
    for (size_t i = 0; i < CONTEXT; i++) code[i] = (uint8_t)(letters[i] - 31);
    for (size_t i = CONTEXT; i < sizeof code; i++) {
        float power[VOCABULARY], sum = 0;
        for (size_t row = 0; row < BATCH; row++) batch.target[row] = i;
        model_forward(model, code, 0);
        for (int v = 0; v < VOCABULARY; v++) sum += power[v] = powf(batch.chance[v], 1 / 0.7f);
        sum *= random_unit(seed, UINT64_MAX - i);
        while (code[i] < VOCABULARY - 1 && (sum -= power[code[i]]) >= 0) code[i]++;
        letters[i] = code[i] ? (char)(code[i] + 31) : '\n';
    }
    file_write("sample.txt", letters + CONTEXT, SAMPLE_LENGTH);
    printf("sample, after \"%.*s\":\n%s\n", CONTEXT, letters, letters + CONTEXT);
}

static void results_write(const struct state *state, const struct text *text)
{
    file_write("loss.csv", state->table, strlen(state->table));
    file_write("weights.bin", state, sizeof state->header + sizeof state->weight);
    printf("held-out loss %.3f  (nats per character)\n", held_out_loss(&state->weight.model, text));
    sample_write(&state->weight.model, state->seed);
    printf("FLOP 6 x N x D = 6 x %s parameters x %s characters = %.3e\n", grouped(PARAMETERS),
           grouped(state->header.step * BATCH), 6.0 * PARAMETERS * BATCH * (double)state->header.step);
}

static uint64_t number_parse(const char *option, const char *digits, uint64_t highest)
{
    uint64_t value = strtoull(digits, NULL, 10);
    if (digits[strspn(digits, "0123456789")] || value < 1 || value > highest)
        errx(2, "--%s wants a whole number from 1 to %s, not \"%s\"", option, grouped(highest), digits);
    return value;
}

static const char *const help =
    "Usage: train [--steps N] [--seed N] [--seconds N] [--text FILE] [--fresh]\n"
    "  --steps N    stop at step N, steps of earlier runs included (default 9000)\n"
    "  --seed N     start of all random numbers (default 1)\n"
    "  --seconds N  stop after N seconds of training\n"
    "  --text FILE  learn from FILE instead of the licences\n"
    "  --fresh      start at step 0 whatever checkpoints there are\n";

int main(int count, char **arguments)
{
    static int is_fresh;
    static const struct option options[] = { { "steps", 1, NULL, 'n' }, { "seed", 1, NULL, 's' }, { "seconds", 1, NULL, 't' },
        { "text", 1, NULL, 'f' }, { "fresh", 0, &is_fresh, 1 }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
    static struct state state;
    static struct text text;
    uint64_t steps = STEPS_DEFAULT, seed = 1, limit_s = 0;
    const char *path = NULL;
    for (int letter; (letter = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        if (letter == 'n') steps = number_parse("steps", optarg, STEPS_MAX);
        else if (letter == 's') seed = number_parse("seed", optarg, INT64_MAX);
        else if (letter == 't') limit_s = number_parse("seconds", optarg, SECONDS_MAX);
        else if (letter == 'f') path = optarg;
        else if (letter) return fputs(help, letter == 'h' ? stdout : stderr), letter == 'h' ? 0 : 2;
    }
    if (optind < count) errx(2, "\"%s\" is not an option; see --help", arguments[optind]);
    sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop_note, .sa_flags = SA_RESTART }, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    text_load(&text, path);
    state_init(&state, seed, &text);
    if (!is_fresh) checkpoint_load(&state);
    train(&state, &text, steps, limit_s);
    if (!is_stopping) return results_write(&state, &text), 0;
    printf("SIGTERM: stopped, checkpoint-%06llu.bin is on disk; run again to continue\n", (unsigned long long)state.header.step);
    return 128 + SIGTERM;
}
