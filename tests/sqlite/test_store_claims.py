"""The register of claims: figures stand beside each other, and what people said of them stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from classifiers.lexicon import load_lexicon
from monitor.articles import claiming
from store import articles, claims, imports, quotes, reviews
from store.claims import Wanted
from store.faults import StoreError
from store.learned import Label
from store.lineage import ClaimRow
from store.quotes import Asked
from store.sql import Db

BLAST = (
    "PESHAWAR: At least five people were killed and 14 others injured in a blast in Bannu, police"
    " said.\nThe death toll may rise, a doctor feared."
)
LATER = BLAST.replace("At least five people", "Twelve people").replace("14", "30")
TALKS = (
    "“Kabul has to act against those who shelter there,” Defence Minister Khawaja Asif said on"
    " Monday.\n“We want no war with anybody at all,” said Zabihullah Mujahid, the spokesman."
)


def noted(db: Db, make: Any, at: float = 5) -> dict[str, int]:
    return dict(claiming.note(db, lexicon=load_lexicon(), now=make.at(at)))


def told(
    db: Db, make: Any, key: str, body: str, title: str = "Blast in Bannu", to: str = "queue"
) -> int:
    number = int(make.article(db, key, body, title=title))
    disposition = "queued" if to == "queue" else "rejected"
    verdict = make.verdict(number, route=to, disposition=disposition)
    articles.save_verdicts(db, [verdict], [], make.at(2))
    return number


def edited(db: Db, make: Any, number: int, body: str, title: str = "Blast in Bannu") -> None:
    articles.save_text(db, make.text(number, body, title=title), make.at(15))


def standing(db: Db, **wanted: Any) -> list[tuple[str, float | None, str]]:
    rows = claims.listed(db, Wanted(**wanted))
    return sorted((row.facts.population, row.facts.least, row.facts.place) for row in rows)


def only(db: Db, population: str) -> ClaimRow:
    (row,) = claims.listed(db, Wanted(population=population))
    return row


def test_what_a_queued_article_claims_is_noted_once_with_its_sentence(db: Db, make: Any) -> None:
    number = told(db, make, "one", BLAST)
    assert noted(db, make) == {"claims_read": 1, "claims": 2, "quotes": 0}
    assert noted(db, make) == {}
    assert standing(db) == [("injured", 14.0, "Bannu"), ("killed", 5.0, "Bannu")]
    row = only(db, "killed")
    assert (row.article, row.facts.speaker, row.facts.most) == (number, "police", None)
    assert BLAST[row.facts.start :].startswith(row.facts.sentence)
    assert BLAST[row.facts.figure : row.facts.figure_end] == "At least five"


def test_a_rejected_article_is_not_read_until_somebody_decides_it_is_relevant(
    db: Db, make: Any
) -> None:
    number = told(db, make, "one", BLAST, to="reject")
    assert noted(db, make) == {}
    reviews.decide(db, article=number, answer="relevant", by="Rana", now=make.at(2))
    assert noted(db, make)["claims"] == 2


def test_a_rejected_report_is_read_where_its_story_is_ours(db: Db, make: Any) -> None:
    """The toll that rises is told without a word of the topic, and scored low."""
    first = told(db, make, "one", BLAST)
    late = told(db, make, "two", LATER, to="reject")
    alone = told(db, make, "three", BLAST.replace("Bannu", "Hangu"), to="reject")
    stories_of = {first: 1, late: 1, alone: 2}
    for article, story in stories_of.items():
        db.execute("UPDATE articles SET story = ? WHERE id = ?", (story, article))
    db.conn.commit()
    noted(db, make)
    assert {row.article for row in claims.listed(db, Wanted())} == {first, late}
    assert noted(db, make, at=6) == {}
    reviews.decide(db, article=first, answer="not_relevant", by="rida", now=make.at(7))
    assert noted(db, make, at=8) == {}


def test_one_decided_not_relevant_leaves_the_register_and_may_come_back(db: Db, make: Any) -> None:
    number = told(db, make, "one", BLAST)
    noted(db, make)
    reviews.decide(db, article=number, answer="not_relevant", by="Rana", now=make.at(2))
    assert standing(db) == []
    assert len(standing(db, everything=True)) == 2
    reviews.decide(db, article=number, answer="relevant", by="Rana", now=make.at(3))
    assert len(standing(db)) == 2


def test_an_edit_takes_the_place_of_what_was_read_but_not_of_what_a_person_confirmed(
    db: Db, make: Any
) -> None:
    number = told(db, make, "one", BLAST)
    noted(db, make)
    kept = only(db, "injured")
    claims.answer(db, kept.id, "confirm", by="Rana", now=make.at(6))
    edited(db, make, number, body=LATER)
    assert noted(db, make, 20)["claims"] == 2
    assert standing(db) == [
        ("injured", 14.0, "Bannu"),
        ("injured", 30.0, "Bannu"),
        ("killed", 12.0, "Bannu"),
    ]
    gone = [row for row in claims.of_article(db, number) if row.gone]
    assert {(row.facts.least, row.answer) for row in gone} == {(5.0, None), (14.0, "confirm")}
    edited(db, make, number, body=BLAST)
    noted(db, make, 30)
    assert ("killed", 5.0, "Bannu") in standing(db)


def test_corrected_values_count_and_what_was_read_comes_back_when_taken_back(
    db: Db, make: Any
) -> None:
    told(db, make, "one", BLAST)
    noted(db, make)
    claim = only(db, "killed")
    given: dict[str, Any] = {"least": 6.0, "most": 6.0, "place": "Domel"}
    right = claims.answer(db, claim.id, "correct", by="Rana", now=make.at(6), given=given)
    assert (right.facts.least, right.facts.place, right.by) == (6.0, "Domel", "Rana")
    claims.answer(db, claim.id, "correct", by="Gul", now=make.at(7), given={"place": "Bannu"})
    back = claims.answer(db, claim.id, "open", by="Rana", now=make.at(8))
    assert (back.facts, back.answer) == (claim.facts, None)
    lines = claims.history(db, claim.id)
    assert [(line.answer, line.by) for line in lines] == [
        ("correct", "Rana"),
        ("correct", "Gul"),
        ("open", "Rana"),
    ]
    assert lines[0].given == given


def test_a_discarded_claim_is_hidden_and_stays_discarded_when_read_again(db: Db, make: Any) -> None:
    number = told(db, make, "one", BLAST)
    noted(db, make)
    claims.answer(db, only(db, "killed").id, "discard", by="Rana", now=make.at(6), note="a drill")
    assert standing(db) == [("injured", 14.0, "Bannu")]
    edited(db, make, number, body=BLAST + "\nShops reopened.")
    noted(db, make, 20)
    assert standing(db) == [("injured", 14.0, "Bannu")]


def test_the_same_answer_is_not_recorded_twice_and_strange_ones_are_refused(
    db: Db, make: Any
) -> None:
    told(db, make, "one", BLAST)
    noted(db, make)
    claim = only(db, "killed").id
    claims.answer(db, claim, "confirm", by="Rana", now=make.at(6))
    claims.answer(db, claim, "confirm", by="Gul", now=make.at(7))
    assert len(claims.history(db, claim)) == 1
    with pytest.raises(StoreError, match="no mark"):
        claims.answer(db, claim, "correct", by="Rana", now=make.at(8), given={"mark": "x"})
    with pytest.raises(StoreError, match="no claim 999"):
        claims.answer(db, 999, "confirm", by="Rana", now=make.at(8))
    with pytest.raises(ValueError, match="perhaps"):
        claims.answer(db, claim, "perhaps", by="Rana", now=make.at(8))  # type: ignore[arg-type]


def test_conflicting_figures_stand_beside_each_other(db: Db, make: Any) -> None:
    told(db, make, "one", "Some 6,000 to 6,500 TTP fighters are in Afghanistan, a UN report says.")
    told(
        db,
        make,
        "two",
        "There are 30,000 to 40,000 TTP fighters in Afghanistan, Khawaja Asif said.",
    )
    noted(db, make)
    (group,) = claiming.beside(claims.listed(db, Wanted(population="fighters")))
    assert [(row.facts.least, row.facts.most) for row in group.claims] == [
        (6000.0, 6500.0),
        (30000.0, 40000.0),
    ]
    assert [row.facts.speaker_side for row in group.claims] == ["", "pakistan"]


def test_claims_are_found_by_place_claimant_and_year(db: Db, make: Any) -> None:
    told(db, make, "one", BLAST)
    told(db, make, "two", "In 2024, militants carried out 521 attacks in Kohat, NACTA said.")
    noted(db, make)
    assert standing(db, place="kohat") == [("attacks", 521.0, "Kohat")]
    assert standing(db, claimant="police") == [p for p in standing(db) if p[2] == "Bannu"]
    assert standing(db, year=2024) == [("attacks", 521.0, "Kohat")]
    assert set(claims.choices(db)["years"]) == {"2024", "2026"}


def test_an_imported_text_gives_the_first_entries_without_a_day_nobody_knows(
    db: Db, make: Any
) -> None:
    label = Label(
        id="import:1", title="An essay", body="Last year 300 attacks were counted in Kohat. In 2021"
        " some 700 militants were arrested.", outlet="A journal", language="en", side=None,
        relevant=True, origin="import", by="Rana", at=make.at(0),
    )  # fmt: skip
    imports.add(db, [label])
    assert noted(db, make)["claims"] == 2
    rows = {row.facts.population: row for row in claims.listed(db, Wanted())}
    assert rows["attacks"].facts.since_on is None
    assert str(rows["arrested"].facts.since_on) == "2021-01-01"
    assert (rows["attacks"].imported, rows["attacks"].article) == ("import:1", None)


def test_one_run_reads_no_more_than_its_share_and_the_next_goes_on(db: Db, make: Any) -> None:
    for number in range(5):
        told(db, make, f"n{number}", BLAST.replace("five", "six"), title=f"Blast {number}")
    runs = [
        dict(claiming.note(db, lexicon=load_lexicon(), now=make.at(5), limit=2)) for _ in "1234"
    ]
    assert [run.get("claims_read", 0) for run in runs] == [2, 2, 1, 0]


def test_a_near_copy_is_read_in_the_run_that_reads_what_it_copies(db: Db, make: Any) -> None:
    """Else how far the register is hangs on how often somebody ran the job."""
    first = told(db, make, "one", BLAST)
    second = int(make.article(db, "two", LATER, title="Blast", copy_of=first, copy_how="near_text"))
    assert noted(db, make)["claims_read"] == 2
    assert claims.of_article(db, first)
    assert claims.of_article(db, second)
    assert noted(db, make) == {}


def test_quotes_are_found_by_speaker_office_word_and_day(db: Db, make: Any) -> None:
    told(db, make, "one", TALKS, title="Talks")
    assert noted(db, make)["quotes"] == 2

    def found(**asked: Any) -> list[str]:
        return [row.facts.speaker for row in quotes.search(db, Asked(**asked))]

    assert found(speaker="asif") == ["Khawaja Asif"]
    assert found(office="spokesman") == ["Zabihullah Mujahid"]
    assert found(words="shelter") == ["Khawaja Asif"]
    assert found(words='"no war"', speaker="Mujahid") == ["Zabihullah Mujahid"]
    assert found(words="war", speaker="Asif") == []
    day = datetime(2026, 3, 2, tzinfo=UTC).date()
    assert len(found(since_on=day, until_on=day)) == 2
    assert found(until_on=day.replace(day=1)) == []
    assert found(words='"') == []
    assert found(words="a AND (", speaker=")") == []


def test_an_edit_that_drops_a_quote_takes_it_from_the_list(db: Db, make: Any) -> None:
    number = told(db, make, "one", TALKS, title="Talks")
    noted(db, make)
    edited(db, make, number, body=TALKS.split("\n", maxsplit=1)[0])
    noted(db, make, 20)
    assert [row.facts.speaker for row in quotes.search(db, Asked())] == ["Khawaja Asif"]


def test_a_story_tells_what_rose_between_versions(db: Db, make: Any) -> None:
    number = told(db, make, "one", BLAST)
    noted(db, make)
    edited(db, make, number, body=LATER, title="Toll rises in Bannu")
    noted(db, make, 20)
    row = articles.get(db, number)
    assert row is not None
    db.conn.execute("UPDATE articles SET story = 1 WHERE id = ?", (number,))
    found = claiming.claims_of_story(db, 1)
    rose = next(c for c in found.changes if c.kind == "figure" and c.population == "killed")
    assert rose.before is not None
    assert rose.after is not None
    assert (rose.before.least, rose.after.least) == (5.0, 12.0)
    assert found.by_number[rose.after.claim].facts.sentence.startswith("PESHAWAR: Twelve people")
    (edit,) = [c for c in found.changes if c.kind == "headline"]
    assert edit.titles is not None
    assert [head.title for head in edit.titles] == ["Blast in Bannu", "Toll rises in Bannu"]
