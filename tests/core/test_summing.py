"""The summary of a week: its figures stand beside those before, and say when they cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor.model import When
from monitor.stages.compose import summing
from monitor.stages.compose.summing import Period, Tally
from monitor.told import Digest, DigestEntry, DigestSection, Ledger
from store.lineage import ClaimFacts, ClaimRow

MONDAY = date(2026, 3, 9)
AT = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


def period(**change: Any) -> Period:
    facts: dict[str, Any] = {
        "first_on": date(2026, 3, 2), "last_on": date(2026, 3, 8),
        "sides": {"pakistan": Tally(queued=12, accepted=4, found=300)},
        "topics": {"talks": Tally(queued=7, accepted=2)}, "feeds": frozenset({"Post", "Lantern"}),
        **change,
    }  # fmt: skip
    return Period(**facts)


def test_figures_stand_beside_those_of_the_time_before() -> None:
    before = period(sides={"pakistan": Tally(queued=15, accepted=4, found=310),
                           "exile": Tally(queued=2, accepted=0, found=5)}, topics={})  # fmt: skip
    sides, topics = summing.counted(period(), before, {"talks": "Talks and mediation"})
    assert sides.rows == (
        ("Pakistan", "300", "12", "15 (−3)", "4", "4 (±0)"),
        ("Exile", "0", "0", "2 (−2)", "0", "0 (±0)"),
    )
    assert topics.rows == (("Talks and mediation", "7", "0 (+7)", "2", "0 (+2)"),)
    assert all(len(row) == len(sides.head) for row in sides.rows)


def test_breaks_in_what_was_looked_at_are_said() -> None:
    """A figure that fell because nobody looked is no news."""
    assert summing.breaks(period(), period()) == ""
    unseen = (date(2026, 3, 4), date(2026, 3, 5))
    assert "on 2 days of the time." in summing.breaks(period(unseen=unseen), period())
    before = period(feeds=frozenset({"Lantern", "Gazette"}))
    said = summing.breaks(period(), before)
    assert "Looked at only since then: Post." in said
    assert "No longer looked at: Gazette." in said
    assert "nothing can be compared" in summing.breaks(period(), period(feeds=frozenset()))


def claim(number: int, text: str, **change: Any) -> ClaimRow:
    given = {name: said for name, said in change.items() if name not in {"outlet", "told_at"}}
    facts: dict[str, Any] = {
        "mark": str(number), "population": "killed", "who": "police", "subject": "policemen",
        "unit": "people", "least": 9.0, "most": 9.0, "text": text, "place": "Upper Kesra",
        "as_of": "", "since_on": None, "until_on": None, "speaker": "", "office": "",
        "speaker_side": "", "part": "body", "sentence": "s", "start": 0, "figure": 0,
        "figure_end": 1, **given,
    }  # fmt: skip
    return ClaimRow(
        id=number, facts=ClaimFacts(**facts), article=number, imported=None, version=1,
        outlet=change.get("outlet", "Post"), side="pakistan", title="t",
        told_at=change.get("told_at", AT), gone=False,
    )  # fmt: skip


def test_tolls_stand_side_by_side_with_who_claims_them() -> None:
    """Only those of the time; a telling twice is told once; nothing is made of two."""
    since, until = AT - timedelta(days=1), AT + timedelta(days=1)
    table = summing.tolls(
        [
            claim(2, "nine", speaker="the hospital", outlet="Lantern", told_at=AT),
            claim(1, "six", told_at=AT - timedelta(hours=2)),
            claim(3, "six", told_at=AT + timedelta(hours=1)),
            claim(4, "40", told_at=AT + timedelta(days=9)),
            claim(5, "two", population="attacks"),
            claim(6, "one", told_at=None),
        ],
        since,
        until,
    )
    assert table is not None
    assert table.rows == (
        ("killed, police, Upper Kesra", "six (Post); nine (the hospital, in Lantern)"),
    )
    assert summing.tolls([], since, until) is None


def test_a_toll_that_a_person_corrected_stands_as_corrected() -> None:
    given = [
        claim(1, "nine", least=7.0, most=7.0),
        claim(2, "dozens", least=23.0, most=None, outlet="Lantern"),
        claim(3, "some", least=20.0, most=25.0, outlet="Courier"),
        claim(4, "1,200", least=None, most=1_300.0, outlet="Herald"),
    ]
    rows = [replace(row, answer="correct") for row in given]
    table = summing.tolls(rows, AT - timedelta(days=1), AT + timedelta(days=1))
    assert table is not None
    assert table.rows[0][1] == (
        "7 (Post); at least 23 (Lantern); 20 to 25 (Courier); up to 1,300 (Herald)"
    )


def entry(article: int, score: float, others: int, decision: str | None = None) -> DigestEntry:
    return DigestEntry(
        article=article, title=f"T{article}", sentences=(), outlet="Post", url="https://p.example/",
        published=When(at=AT, original="", source="feed"), score=score, decision=decision,
        topic="talks", language="en",
        also=tuple((f"O{n}", "https://o.example/") for n in range(others)),
    )  # fmt: skip


def test_the_stories_of_a_week_stand_by_weight() -> None:
    """Most outlets first, then what people accepted, then the score; one section for all."""
    told = (entry(1, 0.99, 0), entry(2, 0.5, 3), entry(3, 0.6, 0, "relevant"))
    digest = Digest(
        day_on=MONDAY, time_zone="Asia/Karachi", title="x", more=2, ledger=Ledger(),
        sections=(
            DigestSection(part="new", title="New", topics=(("A", told[:1]), ("B", told[1:]))),
        ),
        feeds_asked=1, feeds_silent=(), gaps=(), waiting_for_review=0, model="m", threshold=0.1,
        missed_runs=0, name="weekly",
    )  # fmt: skip
    made = summing.summed(digest, every="week", tables=())
    (section,) = made.sections
    assert section.title == "The stories of the week"
    ((topic, entries),) = section.topics
    assert (topic, [one.article for one in entries]) == ("", [2, 3, 1])
    assert made.title == "Torkham, the week to Sunday 8 March 2026: 5 stories"
    quiet = replace(digest, sections=(), more=0)
    assert "a quiet month" in summing.summed(quiet, every="month", tables=()).title
