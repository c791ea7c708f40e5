/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger_check.c - each question finds the rows that break a rule, with what was expected and what was found; none is well.
 *
 * Balances are compared with sums over entries, never with themselves. Amounts beyond 64 bits make SQL stop, which is a failure
 * to count, not a balance. */
#include "store/ledger_check.h"

static const struct question { const char *rule, *what, *sql; } questions[] = {
    { "I1", "moved out of accounts of the partition, moved in",
      "SELECT partition, sum(debit), sum(credit) FROM account GROUP BY partition HAVING sum(debit) <> sum(credit)" },
    { "I1", "credit of the account by its entries, by itself",
      "SELECT a.id, coalesce(e.amount, 0), a.credit FROM account a LEFT JOIN (SELECT to_account, sum(amount) AS amount FROM entry "
      "WHERE kind IN ('grant', 'post') GROUP BY to_account) e ON e.to_account = a.id WHERE coalesce(e.amount, 0) <> a.credit" },
    { "I1", "debit of the account by its entries, by itself",
      "SELECT a.id, coalesce(e.amount, 0), a.debit FROM account a LEFT JOIN (SELECT from_account, sum(amount) AS amount FROM entry "
      "WHERE kind IN ('grant', 'post') GROUP BY from_account) e ON e.from_account = a.id WHERE coalesce(e.amount, 0) <> a.debit" },
    { "I1", "held by unresolved holds, by the account itself",
      "SELECT a.id, coalesce(e.amount, 0), a.held FROM account a LEFT JOIN (SELECT h.from_account, sum(h.amount) AS amount FROM entry h "
      "LEFT JOIN entry r ON r.resolves = h.id WHERE h.kind = 'hold' AND r.id IS NULL GROUP BY h.from_account) e ON e.from_account = a.id "
      "WHERE coalesce(e.amount, 0) <> a.held" },
    { "I1", "accounts of an entry: of one partition",
      "SELECT e.id, 1, 2 FROM entry e JOIN account f ON f.id = e.from_account JOIN account t ON t.id = e.to_account WHERE f.partition <> t.partition" },
    { "I2", "available, at least 0",
      "SELECT id, 0, credit - debit - held FROM account WHERE kind <> 'pool' AND credit - debit - held < 0" },
    { "I3", "a post or void resolves a hold, and no more than it holds",
      "SELECT r.id, coalesce(h.amount, 0), r.amount FROM entry r LEFT JOIN entry h ON h.id = r.resolves AND h.kind = 'hold' "
      "WHERE r.kind IN ('post', 'void') AND (h.id IS NULL OR r.amount > h.amount OR h.from_account <> r.from_account)" },
    { "I3", "resolutions of a hold, at most 1",
      "SELECT resolves, 1, count(*) FROM entry WHERE resolves IS NOT NULL GROUP BY resolves HAVING count(*) > 1" },
    { "I3", "posts of a job, at most 1",
      "SELECT job, 1, count(*) FROM entry WHERE kind = 'post' GROUP BY job HAVING count(*) > 1" },
    { "I4", "unresolved holds of a job: 1 while it lives, 0 once it has ended",
      "SELECT j.id, CASE WHEN j.state = 'ended' THEN 0 ELSE 1 END, coalesce(h.holds, 0) FROM job j LEFT JOIN (SELECT h.job, count(*) AS holds "
      "FROM entry h LEFT JOIN entry r ON r.resolves = h.id WHERE h.kind = 'hold' AND r.id IS NULL GROUP BY h.job) h ON h.job = j.id "
      "WHERE coalesce(h.holds, 0) <> CASE WHEN j.state = 'ended' THEN 0 ELSE 1 END" },
    { "I4", "amount of the hold that a job names, what the job says",
      "SELECT j.id, coalesce(h.amount, 0), j.held FROM job j LEFT JOIN entry h ON h.id = j.hold AND h.kind = 'hold' AND h.job = j.id "
      "WHERE h.id IS NULL OR h.amount <> j.held" },
    { "I4", "posted for a job by its entries, what the job says",
      "SELECT j.id, coalesce(e.amount, 0), j.used FROM job j LEFT JOIN (SELECT job, sum(amount) AS amount FROM entry WHERE kind = 'post' GROUP BY job) e "
      "ON e.job = j.id WHERE coalesce(e.amount, 0) <> j.used" },
    { "I4", "a hold without a job",
      "SELECT h.id, 1, 0 FROM entry h LEFT JOIN job j ON j.id = h.job WHERE h.kind = 'hold' AND j.id IS NULL" },
};

static bool ask(struct store *store, const struct question *question, struct ledger_check *check, struct error *error)
{
    struct db_statement *rows = db_prepare(store_db(store), question->sql, error);
    if (!rows) return false;
    enum db_step step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        const char *subject = db_text(rows, 0);
        check->difference_count++;
        if (check->kept == LEDGER_DIFFERENCES_MAX) continue;
        check->differences[check->kept++] = (struct ledger_difference){ question->rule, question->what, id_from(subject ? subject : ""),
                                                                       db_number(rows, 1), db_number(rows, 2) };
    }
    db_reset(rows);
    return step == DB_DONE;
}

bool store_ledger_check(struct store *store, struct ledger_check *check, struct error *error)
{
    *check = (struct ledger_check){ 0 };
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (!ask(store, &questions[i], check, error)) return false;
    return store_number(store, "SELECT count(*) FROM partition", NULL, 0, &check->partitions, error) &&
           store_number(store, "SELECT count(*) FROM account", NULL, 0, &check->accounts, error) &&
           store_number(store, "SELECT count(*) FROM entry", NULL, 0, &check->entries, error) &&
           store_number(store, "SELECT count(*) FROM entry h LEFT JOIN entry r ON r.resolves = h.id WHERE h.kind = 'hold' AND r.id IS NULL", NULL, 0, &check->holds, error) &&
           store_number(store, "SELECT count(*) FROM job WHERE state <> 'ended'", NULL, 0, &check->live_jobs, error);
}
