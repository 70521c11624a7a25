"""The datasheet of a snapshot says what a paper must say of its corpus."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from classifiers import registry
from monitor.exports import datasheet, sheet
from monitor.exports.counting import breaks
from monitor.exports.datasheet import About
from monitor.exports.taking import take
from store import articles, backfills, feeds, holes, imports, ledger, reviews, snapshots
from store.db import Db
from store.learned import Fixed, Label
from store.sql import write

ABOUT = About(
    topic="pak_afg_ttp", title="The salt road", team="The desk", obey_robots=False,
    retention="Texts stay 365 days.", version="0.1.0",
)  # fmt: skip
WORDS = ("border", "talks", "trucks", "refugees", "Kabul", "Islamabad", "Torkham", "ceasefire")


def snapshot(db: Db, make: Any, minutes: float = 1000) -> Fixed:
    return take(db, trainer=registry.trainer(), about=ABOUT, now=make.at(minutes), note="a | note")[
        0
    ]


def told(db: Db, make: Any) -> tuple[dict[str, Any], str]:
    fixed = snapshot(db, make)
    facts = dict(datasheet.of(fixed))
    return facts, sheet.markdown(fixed, facts)


def decided(db: Db, make: Any, name: str, answer: Any, by: str = "rida", **more: Any) -> int:
    number: int = make.judged(db, name, f"A text about {name}.", **more)
    reviews.decide(db, article=number, answer=answer, by=by, now=make.at(9))
    return number


def test_sources_added_later_and_gaps_are_breaks_and_are_told(db: Db, make: Any) -> None:
    decided(db, make, "a", "relevant")
    later = make.entry(
        "z", url="https://herald.example/z", canonical_url="https://herald.example/z"
    )
    feeds.save_poll(db, make.poll(later, feed="herald", minutes=60 * 24 * 30))
    with write(db):
        holes.open_hole(db, "gazette", make.at(600), make.at(660), why="outage", now=make.at(700))
    facts, page = told(db, make)
    sources = {s["feed"]: (s["since_on"], s["added"]) for s in facts["sources"]}
    assert sources == {"gazette": ("2026-03-02", False), "herald": ("2026-04-01", True)}
    (gap,) = facts["gaps"]["listed"]
    assert (gap["outlet"], gap["why"], gap["state"]) == ("Gazette", "outage", "open")
    assert [(b.kind, b.outlet) for b in breaks(db)] == [("gap", "Gazette"), ("added", "Herald")]
    assert "| Herald | pakistan | 2026-04-01 | added later |" in page
    assert "robots.txt was NOT obeyed" in page
    assert "Texts stay 365 days." in page
    assert "Note: a | note" in page


def test_how_texts_came_before_people_is_told_with_the_chance_of_the_drawn(
    db: Db, make: Any
) -> None:
    decided(db, make, "a", "relevant")
    low = decided(
        db, make, "b", "not_relevant", by="sam", route="sample", disposition="rejected", score=0.03
    )
    with write(db):
        db.execute("INSERT OR REPLACE INTO audits VALUES (?, ?, 0.03, 0, 1, 0.05, 1)",
                   [low, make.at(2).isoformat()])  # fmt: skip
    facts, page = told(db, make)
    assert facts["sampling"]["shown"] == {"queue": 1, "sample": 1}
    assert facts["sampling"]["chances_of_audited"] == {"0.05": 1}
    assert "Weigh them by 1 / chance" in page
    held = {m.id: m.chance for m in snapshots.held_by(db, snapshot(db, make).id)}
    assert sorted(held.values(), key=str) == [0.05, 1.0]
    assert facts["people"]["answers"] == {"rida": 1, "sam": 1}


def test_what_the_team_brought_and_listed_is_told_and_unknown_is_no_outlet(
    db: Db, make: Any
) -> None:
    """A list of addresses and texts of the team's own are no sample of what outlets published."""
    decided(db, make, "a", "relevant")
    given = [
        Label(id=f"import:{n}", title=f"Text {n}", body=f"Own words {n}", relevant=True, by="rida",
              at=make.at(5), origin="import", outlet="", language="en", side=None)
        for n in range(3)
    ]  # fmt: skip
    imports.add(db, given)
    backfills.begin(db, "last-year", [], by="rida", now=make.at(6), since_on=date(2025, 1, 1))
    address = backfills.Address(url="https://old.example/1", canonical_url="https://old.example/1")
    backfills.add(db, "last-year", [address])
    facts, page = told(db, make)
    assert facts["sampling"]["brought"] == 3
    assert "3 were brought in by the team" in page
    assert facts["backfills"][0]["addresses"] == 1
    assert "Backfill last-year of 2026-03-02, of 2025-01-01 to any day: 1 addresses" in page
    assert "Of 75% the outlet is not known." in page
    assert "one outlet: unknown" not in page
    assert not any(s["feed"].startswith("backfill:") for s in facts["sources"])


def test_the_model_is_the_same_again_and_is_measured_on_what_it_has_not_seen(
    db: Db, make: Any, tmp_path: Any
) -> None:
    for n in range(60):
        word = WORDS[n % len(WORDS)] if n % 2 else "cricket"
        entry = make.entry(f"n{n}", title=f"{word} {n}", published_at=make.T0 + timedelta(days=n))
        feeds.save_poll(db, make.poll(entry, minutes=n * 60 * 24))
        number = ledger.why(db, entry.canonical_url, "").items[0].article
        assert number is not None
        body = f"{word} news number {n} in the valley. " * 4
        text = make.text(
            number, body, title=f"{word} {n}", published_at=make.T0 + timedelta(days=n)
        )
        articles.save_text(db, text, make.at(n * 60 * 24))
        articles.save_verdicts(db, [make.verdict(number)], [], make.at(n * 60 * 24 + 1))
        answer: Any = "relevant" if n % 2 else "not_relevant"
        reviews.decide(db, article=number, answer=answer, by="rida", now=make.at(n * 60 * 24 + 5))
    facts, page = told(db, make)
    model = facts["model"]
    assert model["trained_on"] == {"texts": 42, "relevant": 21, "offered": 42}
    assert model["test"]["texts"] == 9
    assert model["test"]["measurable"] is False, "four of one answer are an anecdote"
    assert "not measurable: fewer than 5" in page
    assert facts["splits"]["time"] == {"train": [42, 21], "dev": [9, 4], "test": [9, 5]}
    first = snapshot(db, make)
    db.execute("DELETE FROM fixed_members")
    db.execute("DELETE FROM fixed")
    db.conn.commit()
    again = snapshot(db, make, 2000)
    assert (again.id, again.model, again.artifact) == (first.id, first.model, first.artifact)
    assert first.model


def test_what_changed_against_the_snapshot_before_is_counted(db: Db, make: Any) -> None:
    one = decided(db, make, "a", "relevant")
    first = snapshot(db, make)
    decided(db, make, "b", "relevant")
    reviews.decide(db, article=one, answer="not_relevant", by="sam", now=make.at(50))
    second = snapshot(db, make, 2000)
    changes = datasheet.of(second)["changes"]
    assert changes["since"] == first.id
    assert (changes["added"], changes["gone"], changes["answer_changed"]) == (1, 0, 1)
    assert snapshots.before(db, second) is not None
    assert [f.id for f in snapshots.listed(db)] == [second.id, first.id]
