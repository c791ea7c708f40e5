/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger_test.c - every act with every refusal in order of precedence, then 200,000 random acts that must keep the books. */
#include "core/ledger/ledger.h"

#include "base/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* M is 2^53 - 1. */
static int64_t number_of(const char *text)
{
    int64_t number = 0;
    if (text[0] == 'M') return NUMBER_MAX + (text[1] ? strtoll(text + 1, NULL, 10) : 0);
    if (strcmp(text, "int64") == 0) return INT64_MAX;
    CHECK(text_to_number(text, &number));
    return number;
}

/* "used", or "used@q" of another partition, or "used=a" with the id a. */
static struct account account_of(const char *id, const char *text)
{
    char kind[20];
    size_t length = strcspn(text, "@=");
    CHECK(length < sizeof kind);
    memcpy(kind, text, length);
    kind[length] = 0;
    CHECK(word_find(&account_kind_words, kind) >= 0);
    return (struct account){ .id = id_from(text[length] == '=' ? text + length + 1 : id),
                             .partition = id_from(text[length] == '@' ? text + length + 1 : "p"),
                             .kind = (enum account_kind)word_find(&account_kind_words, kind) };
}

static bool same_account(const struct account *a, int64_t credit, int64_t debit, int64_t held)
{
    return a->credit == credit && a->debit == debit && a->held == held;
}

/* What a refused act leaves in the entry: nothing. */
static bool is_untouched(const struct entry *entry)
{
    static const struct entry blank;
    return entry->kind == blank.kind && !entry->amount && id_is_none(entry->from_account) && id_is_none(entry->to_account) &&
           id_is_none(entry->resolves);
}

static bool answers(const struct refusal *refusal, const char *wanted)
{
    return strcmp(refusal->code ? refusal_code_text(refusal->code) : "-", wanted) == 0;
}

static const char *const amount_table[] = {
    /* pieces seconds | amount answer */
    "1       1          1         -",
    "8       3600       28800     -",
    "0       3600       0         amount-out-of-range",
    "8       0          0         amount-out-of-range",
    "-8      -1         0         amount-out-of-range",
    "1       M          M         -",
    "M       1          M         -",
    "2       M          0         amount-out-of-range",
    "1       M+1        0         amount-out-of-range",
    "int64   int64      0         amount-out-of-range",
    "94906265 94906265  9007199136250225 -",
    "94906266 94906266  0         amount-out-of-range",
};

static bool amount_row_holds(const char *line)
{
    char pieces[30], seconds[30], amount[30], answer[30];
    int64_t got = 0;
    CHECK(sscanf(line, "%29s %29s %29s %29s", pieces, seconds, amount, answer) == 4);
    struct refusal refusal = ledger_amount(number_of(pieces), number_of(seconds), &got);
    return answers(&refusal, answer) && got == number_of(amount);
}

static const char *const grant_table[] = {
    /* from        debit to            credit amount | answer */
    "pool          0     allocation    0      100      -",
    "pool          500   allocation    70     1        -",                    /* a pool may give more than it got */
    "pool          0     allocation    0      M        -",
    "allocation    0     allocation    0      100      ledger-rule",
    "pool          0     used          0      100      ledger-rule",
    "pool          0     pool          0      100      ledger-rule",
    "pool          0     allocation@q  0      100      ledger-rule",          /* another partition's pieces */
    "pool          0     allocation=a  0      100      ledger-rule",          /* itself */
    "pool@         0     allocation@   0      100      ledger-rule",          /* no partition at all */
    "pool          0     allocation    0      0        ledger-rule",
    "pool          0     allocation    0      -5       ledger-rule",
    "pool          M     allocation@q  0      1        ledger-rule",          /* the rule before the range */
    "pool          0     allocation    0      M+1      amount-out-of-range",
    "pool          0     allocation    0      int64    amount-out-of-range",
    "pool          M     allocation    0      1        amount-out-of-range",
    "pool          0     allocation    M      1        amount-out-of-range",
    "pool          M-9   allocation    0      9        -",
    "pool          M-9   allocation    0      10       amount-out-of-range",
};

static bool grant_row_holds(const char *line)
{
    char from_text[30], to_text[30], debit[30], credit[30], amount_text[30], answer[30];
    CHECK(sscanf(line, "%29s %29s %29s %29s %29s %29s", from_text, debit, to_text, credit, amount_text, answer) == 6);
    struct account from = account_of("a", from_text), to = account_of("b", to_text);
    from.debit = number_of(debit), to.credit = number_of(credit);
    struct entry entry = { 0 };
    int64_t amount = number_of(amount_text);
    struct refusal refusal = ledger_grant(&from, &to, amount, &entry);
    if (!answers(&refusal, answer)) return false;
    if (refusal.code) return is_untouched(&entry) && same_account(&from, 0, number_of(debit), 0) && same_account(&to, number_of(credit), 0, 0);
    return entry.kind == ENTRY_GRANT && id_equal(entry.from_account, from.id) && id_equal(entry.to_account, to.id) &&
           entry.amount == amount && id_is_none(entry.resolves) &&
           same_account(&from, 0, number_of(debit) + amount, 0) && same_account(&to, number_of(credit) + amount, 0, 0);
}

static const char *const hold_table[] = {
    /* from        credit debit held to      amount | answer                requested available */
    "allocation    100    0     0    used    60       -                     0    0",
    "allocation    100    0     0    used    100      -                     0    0",
    "allocation    100    30    50   used    20       -                     0    0",
    "pool          100    0     0    used    60       ledger-rule           0    0",  /* a pool promises nothing to jobs */
    "used          100    0     0    used    60       ledger-rule           0    0",
    "allocation    100    0     0    pool    60       ledger-rule           0    0",
    "allocation    100    0     0    used@q  60       ledger-rule           0    0",
    "allocation    100    0     0    used=a  60       ledger-rule           0    0",
    "allocation    100    0     0    used    0        ledger-rule           0    0",
    "allocation    100    0     0    used    -1       ledger-rule           0    0",
    "allocation    0      0     0    used    M+1      amount-out-of-range   0    0",
    "allocation    100    0     0    used    101      insufficient-allocation  101  100",
    "allocation    100    40    40   used    21       insufficient-allocation  21   20",
    "allocation    100    0     100  used    1        insufficient-allocation  1    0",
    "allocation    0      0     0    used    1        insufficient-allocation  1    0",
    "allocation    M      0     0    used    M        -                     0    0",
    "allocation    M      1     0    used    M        insufficient-allocation  M    M-1",
};

static bool hold_row_holds(const char *line)
{
    char from_text[30], to_text[30], credit[30], debit[30], held[30], amount_text[30], answer[30], requested[30], available[30];
    CHECK(sscanf(line, "%29s %29s %29s %29s %29s %29s %29s %29s %29s", from_text, credit, debit, held, to_text, amount_text,
                 answer, requested, available) == 9);
    struct account from = account_of("a", from_text), to = account_of("b", to_text);
    from.credit = number_of(credit), from.debit = number_of(debit), from.held = number_of(held);
    struct entry entry = { 0 };
    int64_t amount = number_of(amount_text);
    struct refusal refusal = ledger_hold(&from, &to, amount, &entry);
    if (!answers(&refusal, answer)) return false;
    if (refusal.code == REFUSAL_INSUFFICIENT_ALLOCATION &&
        (refusal.arguments[0].number != number_of(requested) || refusal.arguments[1].number != number_of(available))) return false;
    if (refusal.code) return is_untouched(&entry) && same_account(&from, number_of(credit), number_of(debit), number_of(held));
    return entry.kind == ENTRY_HOLD && id_equal(entry.from_account, from.id) && id_equal(entry.to_account, to.id) && entry.amount == amount &&
           id_is_none(entry.resolves) && same_account(&from, number_of(credit), number_of(debit), number_of(held) + amount) && same_account(&to, 0, 0, 0);
}

/* An account with credit 100 and 60 held; the hold's kind, accounts and amount; what was measured. */
static const char *const post_table[] = {
    /* from      to       hold  from to id amount measured | answer              credit debit held used */
    "allocation  used     hold  a    b  h  60     50         -                   100    50    0    50",
    "allocation  used     hold  a    b  h  60     60         -                   100    60    0    60",
    "allocation  used     hold  a    b  h  60     61         -                   100    60    0    60",  /* over-report: at most what was held */
    "allocation  used     hold  a    b  h  60     int64      -                   100    60    0    60",
    "allocation  used     hold  a    b  h  60     0          -                   100    0     0    0",   /* nothing used: all of it is free again */
    "allocation  used     hold  a    b  h  40     30         -                   100    30    20   30",  /* another job's 20 stay held */
    "pool        used     hold  a    b  h  60     50         ledger-rule         100    0     60   0",
    "allocation  pool     hold  a    b  h  60     50         ledger-rule         100    0     60   0",
    "allocation  used@q   hold  a    b  h  60     50         ledger-rule         100    0     60   0",
    "allocation  used     post  a    b  h  60     50         ledger-rule         100    0     60   0",   /* only a hold is posted */
    "allocation  used     void  a    b  h  60     50         ledger-rule         100    0     60   0",
    "allocation  used     hold  c    b  h  60     50         ledger-rule         100    0     60   0",   /* somebody else's hold */
    "allocation  used     hold  a    c  h  60     50         ledger-rule         100    0     60   0",
    "allocation  used     hold  a    b  -  60     50         ledger-rule         100    0     60   0",   /* a hold that was never written */
    "allocation  used     hold  a    b  h  61     50         ledger-rule         100    0     60   0",   /* more than is held */
    "allocation  used     hold  a    b  h  0      0          ledger-rule         100    0     60   0",
    "allocation  used     hold  a    b  h  -1     0          ledger-rule         100    0     60   0",
    "allocation  used     hold  a    b  h  60     -1         ledger-rule         100    0     60   0",
};

static struct entry hold_of(const char *kind, const char *from, const char *to, const char *id, const char *amount)
{
    CHECK(word_find(&entry_kind_words, kind) >= 0);
    return (struct entry){ .id = id_from(*id == '-' ? "" : id), .kind = (enum entry_kind)word_find(&entry_kind_words, kind),
                           .from_account = id_from(from), .to_account = id_from(to), .amount = number_of(amount) };
}

static bool post_row_holds(const char *line)
{
    char from_text[30], to_text[30], kind[30], hold_from[30], hold_to[30], id[30], amount[30], measured[30], answer[30];
    int64_t credit, debit, held, used;
    CHECK(sscanf(line, "%29s %29s %29s %29s %29s %29s %29s %29s %29s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, from_text, to_text,
                 kind, hold_from, hold_to, id, amount, measured, answer, &credit, &debit, &held, &used) == 13);
    struct account from = account_of("a", from_text), to = account_of("b", to_text);
    from.credit = 100, from.held = 60;
    struct entry hold = hold_of(kind, hold_from, hold_to, id, amount), entry = { 0 };
    struct refusal refusal = ledger_post(&from, &to, &hold, number_of(measured), &entry);
    if (!answers(&refusal, answer) || !same_account(&from, credit, debit, held) || !same_account(&to, used, 0, 0)) return false;
    if (refusal.code) return is_untouched(&entry);
    return entry.kind == ENTRY_POST && entry.amount == used && id_equal(entry.resolves, hold.id) &&
           id_equal(entry.from_account, from.id) && id_equal(entry.to_account, to.id);
}

static const char *const void_table[] = {
    /* from      hold  from to id amount | answer       held */
    "allocation  hold  a    b  h  60       -            0",
    "allocation  hold  a    b  h  40       -            20",
    "pool        hold  a    b  h  60       ledger-rule  60",
    "allocation  grant a    b  h  60       ledger-rule  60",
    "allocation  hold  c    b  h  60       ledger-rule  60",
    "allocation  hold  a    b  -  60       ledger-rule  60",
    "allocation  hold  a    b  h  61       ledger-rule  60",
    "allocation  hold  a    b  h  0        ledger-rule  60",
};

static bool void_row_holds(const char *line)
{
    char from_text[30], kind[30], hold_from[30], hold_to[30], id[30], amount[30], answer[30], held[30];
    CHECK(sscanf(line, "%29s %29s %29s %29s %29s %29s %29s %29s", from_text, kind, hold_from, hold_to, id, amount, answer, held) == 8);
    struct account from = account_of("a", from_text);
    from.credit = 100, from.held = 60;
    struct entry hold = hold_of(kind, hold_from, hold_to, id, amount), entry = { 0 };
    struct refusal refusal = ledger_void(&from, &hold, &entry);
    if (!answers(&refusal, answer) || !same_account(&from, 100, 0, number_of(held))) return false;
    if (refusal.code) return is_untouched(&entry);
    return entry.kind == ENTRY_VOID && entry.amount == hold.amount && id_equal(entry.resolves, hold.id);
}

/* A sum at its bound: the post is refused whole, the hold stays. Grants keep this from happening, but rows may be wrong. */
static bool post_overflow_holds(void)
{
    struct account from = account_of("a", "allocation"), to = account_of("b", "used");
    from.credit = 100, from.held = 60, to.credit = NUMBER_MAX - 49;
    struct entry hold = hold_of("hold", "a", "b", "h", "60"), entry = { 0 };
    struct refusal refusal = ledger_post(&from, &to, &hold, 50, &entry);
    if (refusal.code != REFUSAL_AMOUNT_OUT_OF_RANGE || from.held != 60 || to.credit != NUMBER_MAX - 49) return false;
    return ledger_post(&from, &to, &hold, 49, &entry).code == REFUSAL_NONE && to.credit == NUMBER_MAX;
}

enum { ALLOCATIONS = 7, LIVE_MAX = 64 };

struct books {
    struct account pool, used, allocations[ALLOCATIONS];
    struct { struct entry hold; int owner; } live[LIVE_MAX];
    int live_count, acts, refused;
};

static bool books_hold(const struct books *books)
{
    int64_t credit = books->pool.credit + books->used.credit, debit = books->pool.debit + books->used.debit, held[ALLOCATIONS] = { 0 };
    for (int i = 0; i < books->live_count; i++) held[books->live[i].owner] += books->live[i].hold.amount;
    for (int i = 0; i < ALLOCATIONS; i++) {
        const struct account *account = &books->allocations[i];
        credit += account->credit, debit += account->debit;
        if (account->held != held[i] || account->debit < 0 || ledger_available(account) < 0) return false;
    }
    return credit == debit && books->used.credit >= 0 && books->used.debit == 0 && books->pool.held == 0;
}

static void act(struct books *books, struct rng *rng)
{
    int which = (int)rng_between(rng, 0, ALLOCATIONS - 1);
    struct account *account = &books->allocations[which];
    struct entry entry = { 0 };
    struct refusal refusal = refusal_none;
    int64_t choice = rng_between(rng, 0, 9);
    if (choice == 0) refusal = ledger_grant(&books->pool, account, rng_between(rng, -10, 3000), &entry);
    else if (choice < 5 && books->live_count < LIVE_MAX) {
        refusal = ledger_hold(account, &books->used, rng_between(rng, -3, 900), &entry);
        if (!refusal.code) {
            entry.id = id_from("hold");
            books->live[books->live_count].hold = entry;
            books->live[books->live_count++].owner = which;
        }
    } else if (books->live_count) {
        int at = (int)rng_between(rng, 0, books->live_count - 1);
        /* sometimes the wrong account: it must be refused, not posted to a stranger */
        struct account *owner = rng_once_in(rng, 10) ? account : &books->allocations[books->live[at].owner];
        refusal = choice < 8 ? ledger_post(owner, &books->used, &books->live[at].hold, rng_between(rng, -2, 1000), &entry)
                             : ledger_void(owner, &books->live[at].hold, &entry);
        if (!refusal.code) books->live[at] = books->live[--books->live_count];
    }
    books->refused += refusal.code != REFUSAL_NONE;
    books->acts++;
}

static int random_acts_fail(uint64_t seed)
{
    static struct books books;
    struct rng rng = { seed };
    books = (struct books){ .pool = account_of("pool", "pool"), .used = account_of("used", "used") };
    for (int i = 0; i < ALLOCATIONS; i++) {
        char id[16];
        snprintf(id, sizeof id, "a%d", i);
        books.allocations[i] = account_of(id, "allocation");
    }
    while (books.acts < 200000) {
        act(&books, &rng);
        if (books_hold(&books)) continue;
        printf("not ok - ledger: seed %" PRIu64 ", act %d\n", seed, books.acts);
        return 1;
    }
    if (books.used.credit == 0 || books.refused < 1000 || books.refused > 150000) {
        printf("not ok - ledger: the random acts test nothing: %d refused\n", books.refused);
        return 1;
    }
    printf("ok - ledger: %d random acts, %d of them refused\n", books.acts, books.refused);
    return 0;
}

static int table_fails(const char *name, const char *const *rows, int count, bool (*holds)(const char *line))
{
    for (int i = 0; i < count; i++) {
        if (holds(rows[i])) continue;
        printf("not ok - %s: %s\n", name, rows[i]);
        return 1;
    }
    printf("ok - %s: %d rows\n", name, count);
    return 0;
}

int main(void)
{
    if (!post_overflow_holds()) {
        printf("not ok - ledger post: at the bound\n");
        return 1;
    }
    return table_fails("ledger amount", amount_table, countof(amount_table), amount_row_holds) ||
           table_fails("ledger grant", grant_table, countof(grant_table), grant_row_holds) ||
           table_fails("ledger hold", hold_table, countof(hold_table), hold_row_holds) ||
           table_fails("ledger post", post_table, countof(post_table), post_row_holds) ||
           table_fails("ledger void", void_table, countof(void_table), void_row_holds) || random_acts_fail(20261120);
}
