"""``torkham explain``: a verdict taken apart, and judged again from its record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.frame import NUMBER, Place, as_json, command, fail, show, show_json

if TYPE_CHECKING:
    from classifiers.telling import Account, Line, Quote
    from monitor.inquiry.explaining import Explanation, Replay
    from monitor.inquiry.quoting import Similar
    from store.db import Db
    from store.inquiry import Judged, Teacher
    from store.types import ArticleRow

_SHOWN = 12  # terms on each side
_PLACES = 3  # of each


@click.command()
@click.argument("article", type=NUMBER)
@click.option("--verdict", type=NUMBER, default=None, help="Of this number (--history).")
@click.option("--history", is_flag=True, help="List every verdict the article was ever given.")
@as_json
@command
def explain(
    place: Place, *, article: int, verdict: int | None, history: bool, as_json: bool
) -> None:
    """Say why an article scored as it did, and judge it anew."""
    from store import articles, judged

    with closing(place.store()) as db:
        row = articles.get(db, article)
        if row is None:
            fail(f"there is no article {article}; `torkham search` finds their numbers")
        records = judged.of_article(db, article)
        if history:
            _show_history(row, records, as_json=as_json)
            return
        record = _chosen(article, records, verdict)
        if record is None:
            fail(f"article {article} has no verdict yet; `torkham once judge` gives it one")
        _explain(place, db, row, record, as_json=as_json)


def _chosen(article: int, records: list[Judged], wanted: int | None) -> Judged | None:
    """The verdict asked for; else the one that stands, else the newest."""
    if wanted is not None:
        found = [record for record in records if record.id == wanted]
        if not found:
            fail(f"article {article} has no verdict {wanted}; --history lists those there are")
        return found[0]
    standing = [record for record in records if record.stands] or records
    return standing[-1] if standing else None


# --- all of them ----------------------------------------------------------------------------


def _show_history(row: ArticleRow, records: list[Judged], *, as_json: bool) -> None:
    if as_json:
        shown = [{k: v for k, v in asdict(r).items() if k != "evidence"} for r in records]
        show_json({"article": row.article, "title": row.title, "verdicts": shown})
        return
    lines = [row.title, *(f"  {_verdict_line(record)}" for record in records)]
    show("\n".join(lines if records else [row.title, "  No verdict yet."]))


def _verdict_line(record: Judged) -> str:
    at = f" ≥ {record.threshold:.3f}" if record.threshold is not None else ""
    mark = "stands" if record.stands else "      "
    return (
        f"{mark} {record.id:>6}  {record.judged_at:%Y-%m-%d %H:%M} UTC  score {record.score:.3f}"
        f"  {record.route}{at}  version {record.version}  {record.model}"
    )


# --- one of them ----------------------------------------------------------------------------


def _explain(place: Place, db: Db, row: ArticleRow, record: Judged, *, as_json: bool) -> None:
    from monitor.inquiry.explaining import explained, replayed
    from monitor.inquiry.quoting import similar_to
    from monitor.inquiry.setting import Bench

    bench = Bench(config=place.config, environ=place.environ)
    setting = bench.setting(db, record.judged_at)
    told = explained(db, record, names=setting.team.added)
    again = replayed(db, record, bench)
    alike = similar_to(db, row.article, bench.setting(db))
    if as_json:
        show_json(_as_json(row, told, again, alike))
    else:
        show("\n".join(_lines(row, told, again, alike)))


def _as_json(
    row: ArticleRow, told: Explanation, again: Replay, alike: tuple[Similar, ...]
) -> dict[str, Any]:
    from classifiers.telling import level_words, read_evidence, sum_words

    record = told.record
    return {
        "article": row.article,
        "title": row.title,
        "score": record.score,
        "relevant": record.relevant,
        "topics": list(record.topics),
        "evidence": asdict(read_evidence(record.evidence)),
        "model": record.model,
        "lexicon": record.lexicon,
        "kind": again.verdict.kind if again.verdict else None,
        "calibrated": record.calibrated,
        "verdict": record.id,
        "version": record.version,
        "judged_at": record.judged_at,
        "threshold": record.threshold,
        "snapshot": record.snapshot or None,
        "account": {
            **asdict(told.account), "sum": sum_words(told.account),
            "level": level_words(record.calibrated, told.answers),
        },
        "taught_by": {name: asdict(teacher) for name, teacher in told.teachers.items()},
        "similar": [asdict(one) for one in alike],
        "replay": {"same": again.same, "possible": again.verdict is not None,
                   "differences": list(again.differences)},
    }  # fmt: skip


def _lines(
    row: ArticleRow, told: Explanation, again: Replay, alike: tuple[Similar, ...]
) -> Iterator[str]:
    from classifiers.telling import START, level_words, sum_words

    record, account = told.record, told.account
    yield row.title
    at = f"{record.judged_at:%Y-%m-%d %H:%M} UTC"
    yield f"{row.outlet}, version {record.version} of the text"
    yield f"Score {record.score:.3f} by {record.model}, {at}"
    yield level_words(record.calibrated, told.answers)
    if record.threshold is not None:
        yield f"At the time {record.threshold:.3f} and more were queued: {record.route_why}."
    yield from _side("Spoke for it", account.spoke_for, told.teachers)
    yield from _side("Spoke against it", account.against, told.teachers)
    yield ""
    if account.start:
        yield f"{account.start.weight:+.2f}  {START}"
    yield sum_words(account)
    yield from _aside(account)
    yield from _alike(alike)
    yield ""
    yield again.told
    yield from (f"  - {difference}" for difference in again.differences)


def _side(title: str, lines: tuple[Line, ...], teachers: dict[str, Teacher] | Any) -> Iterator[str]:
    from monitor.inquiry.explaining import because

    if not lines:
        return
    yield ""
    yield f"{title}:"
    for line in lines[:_SHOWN]:
        switch = "  (a switch of the team's)" if line.team else ""
        value = f" = {line.value:.2f} × {line.weight / line.value:+.2f}" if line.value else ""
        yield f"  {line.weight:+.2f}  {line.label}{switch}{value}"
        yield from (f"         {_quoted(quote)}" for quote in line.quotes[:_PLACES])
        more = line.more + len(line.quotes[_PLACES:])
        if more:
            yield f"         and in {more} more {'place' if more == 1 else 'places'}"
        for one in because(line, teachers):
            named = "; ".join(_lesson(teacher, share) for teacher, share in one.lessons)
            yield f"         {one.lead} {one.these}: {named}"
    if lines[_SHOWN:]:
        rest = sum(line.weight for line in lines[_SHOWN:])
        yield f"  {rest:+.2f}  {len(lines) - _SHOWN} smaller ones together"


def _lesson(teacher: Teacher, share: float | None) -> str:
    name = f"article {teacher.article}" if teacher.article else teacher.id
    taught = f"{share:+.0%}" if share is not None else ""
    undone = "since undone" if teacher.article and teacher.relevant is None else ""
    facts = ", ".join(fact for fact in (teacher.outlet, taught, undone) if fact)
    return f"{name} “{teacher.title}”" + (f" ({facts})" if facts else "")


def _quoted(quote: Quote) -> str:
    note = f"  ({quote.note})" if quote.note else ""
    if quote.at is None:
        return f"[{quote.text}]{note}  (the text no longer says so there)"
    words = f"{quote.before}[{' '.join(quote.text.split())}]{quote.after}"
    return f"{quote.part} {quote.at[0]}–{quote.at[1]}: {words}{note}"


def _aside(account: Account) -> Iterator[str]:
    if account.aside:
        yield ""
        yield "Seen and not counted:"
        yield from (f"  {_quoted(quote)}" for quote in account.aside)


def _alike(alike: tuple[Similar, ...]) -> Iterator[str]:
    if not alike:
        return
    yield ""
    yield "Similar, not a reason:"
    for one in alike:
        name = f"article {one.article} " if one.article else ""
        where = ", ".join(part for part in (one.source, one.on) if part)
        yield f"  {one.likeness:.2f}  {one.kind}: {name}“{one.title}” ({where})"
        if one.passage is None:
            yield "         the text is not held here, only a profile of its words"
        else:
            yield f"         “{' '.join(one.passage.split())}”"


COMMANDS = (explain,)
