"""Sums over everything ever found, kept as it changes: the books and the corpus as a whole."""

from __future__ import annotations

from store.schema.statements import run
from store.sqlite import Database

_BOOKS = """
INSERT INTO ledger_sums (disposition, reason, n)
VALUES (NEW.disposition, NEW.reason, {by})
ON CONFLICT (disposition, reason) DO UPDATE SET n = n + excluded.n;
"""
_GRAND = "UPDATE grand_sums SET n = n + {by} WHERE what = '{what}';"


def sums(db: Database) -> None:
    """The books of all time by fate, the number of items, and of articles that stand accepted.

    Asked of the rows they took 35 ms at a million articles. The items are counted by themselves and
    the books by the books: the two differ where anything was lost. Miscounted: in how many fates
    the books differed from the items, when these were last counted (store.days.recount).
    """
    more, less = (_GRAND.format(by=by, what="items") for by in ("1", "-1"))
    came, went = (_GRAND.format(by=by, what="accepted") for by in ("NEW.accepted", "-OLD.accepted"))
    run(
        db,
        """
        CREATE TABLE ledger_sums (
            disposition TEXT NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL,
            PRIMARY KEY (disposition, reason)
        ) STRICT, WITHOUT ROWID""",
        "INSERT INTO ledger_sums SELECT disposition, reason, sum(n) FROM ledger_days GROUP BY 1, 2",
        f"CREATE TRIGGER ledger_days_new AFTER INSERT ON ledger_days"
        f" BEGIN {_BOOKS.format(by='NEW.n')} END",
        f"CREATE TRIGGER ledger_days_moved AFTER UPDATE OF n ON ledger_days"
        f" BEGIN {_BOOKS.format(by='NEW.n - OLD.n')} END",
        # The days in the order of their fates, in place of all days in that order: a change of n
        # costs what it cost, and the books of some days are one walk without a look at any row.
        "DROP INDEX ledger_days_sum",
        "DROP INDEX ledger_days_day",
        "CREATE INDEX ledger_days_day ON ledger_days (day_on, disposition, reason, n)",
        """
        CREATE TABLE grand_sums (
            what TEXT PRIMARY KEY CHECK (what IN ('items', 'accepted', 'miscounted')),
            n INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """
        INSERT INTO grand_sums VALUES ('items', (SELECT count(*) FROM items)),
            ('accepted', (SELECT count(*) FROM counted_articles WHERE accepted = 1)),
            ('miscounted', 0)""",
        f"CREATE TRIGGER items_summed AFTER INSERT ON items BEGIN {more} END",
        f"CREATE TRIGGER items_lost AFTER DELETE ON items BEGIN {less} END",
        f"CREATE TRIGGER counted_articles_summed AFTER INSERT ON counted_articles"
        f" WHEN NEW.accepted BEGIN {came} END",
        f"CREATE TRIGGER counted_articles_gone AFTER DELETE ON counted_articles"
        f" WHEN OLD.accepted BEGIN {went} END",
    )


# Near: half to twice the odds of the threshold. Verdicts from before thresholds were recorded took
# the topic pack's.
_LINE = "coalesce({row}.threshold, 0.1)"
_NEAR = f"""({{row}}.score * (2 - {_LINE}) > {_LINE}
    AND {{row}}.score * (1 + {_LINE}) < 2 * {_LINE})"""
_CELLS = f"""substr({{row}}.judged_at, 1, 13), {{by}}, {{by}} * ({{row}}.route = 'queue'),
    {{by}} * {_NEAR}"""
_JUDGED = f"""
INSERT INTO judged_hours (hour, judged, queued, near) SELECT {_CELLS} {{whose}}
ON CONFLICT (hour) DO UPDATE SET judged = judged + excluded.judged,
    queued = queued + excluded.queued, near = near + excluded.near;
"""
_COUNTS = """NOT EXISTS (SELECT 1 FROM verdicts w WHERE w.article = NEW.article AND w.id < NEW.id)
    AND (SELECT a.copy_of IS NULL FROM articles a WHERE a.id = NEW.article)"""
_FIRST = "FROM verdicts f WHERE f.id = (SELECT min(w.id) FROM verdicts w WHERE w.article = NEW.id)"


def judged_hours(db: Database) -> None:
    """Articles by the hour of their first verdict; copies do not count.

    Ten weeks of them one by one took 60 ms at 550 articles a day.
    """
    gone, come = (
        _JUDGED.format(row=row, by=by, whose="WHERE 1") for row, by in (("OLD", -1), ("NEW", 1))
    )
    less, more = (_JUDGED.format(row="f", by=by, whose=_FIRST) for by in (-1, 1))
    run(
        db,
        """
        CREATE TABLE judged_hours (
            hour TEXT PRIMARY KEY, -- 2026-11-21T07, of UTC
            judged INTEGER NOT NULL, queued INTEGER NOT NULL, near INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        f"""
        INSERT INTO judged_hours
        SELECT substr(f.judged_at, 1, 13), count(*), sum(f.route = 'queue'),
            sum({_NEAR.format(row="f")})
        FROM articles a
            JOIN verdicts f ON f.id = (SELECT min(w.id) FROM verdicts w WHERE w.article = a.id)
        WHERE a.copy_of IS NULL GROUP BY 1""",  # noqa: S608
        f"CREATE TRIGGER verdicts_hour_new AFTER INSERT ON verdicts WHEN {_COUNTS}"
        f" BEGIN {come} END",
        f"CREATE TRIGGER verdicts_hour AFTER UPDATE OF score, route, judged_at, threshold"
        f" ON verdicts WHEN {_COUNTS} BEGIN {gone} {come} END",
        f"CREATE TRIGGER articles_hour_copied AFTER UPDATE OF copy_of ON articles"
        f" WHEN OLD.copy_of IS NULL AND NEW.copy_of IS NOT NULL BEGIN {less} END",
        f"CREATE TRIGGER articles_hour_apart AFTER UPDATE OF copy_of ON articles"
        f" WHEN OLD.copy_of IS NOT NULL AND NEW.copy_of IS NULL BEGIN {more} END",
    )


MIGRATIONS = (("0055_sums", sums), ("0056_judged_hours", judged_hours))
