"""What people bring in is kept once, with its file and its occasion, and can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from classifiers.lexicon import load_lexicon
from monitor.articles import claiming
from monitor.inquiry.bringing import Choice, Offer, catch_up, conflict, line, source, with_twins
from monitor.stages import dedupe
from monitor.stages.documents import Said
from store import claims, corpus, feeds, imports, quotes, reviews, twins, uploads
from store.brought import Line, Pending, Source
from store.claims import Wanted
from store.db import Db
from store.learned import Label
from store.members import members
from store.quotes import Asked
from store.sql import one, run

BODY = (
    "Five people were killed in a blast in Kohat on Tuesday, police said. “We shall find whoever"
    " did it,” said Interior Minister Ahsan Fictional. The market stayed shut for the whole day,"
    " and the traders of the lower town counted what was left of their stalls until late in the"
    " evening, when the last of the lamps went out and the guards began to send everybody home."
)


def label(name: str, make: Any, **other: Any) -> Label:
    cells: dict[str, Any] = {
        "id": f"import:{name}", "title": name, "body": BODY, "outlet": "", "language": "en",
        "side": None, "relevant": True, "origin": "import", "by": "rida", "at": make.T0,
    }  # fmt: skip
    return Label(**(cells | other))


def a_line(brought: Label | None, **other: Any) -> Line:
    cells: dict[str, Any] = {
        "file": "a.txt", "sha256": "ab", "title": "A", "outcome": "kept", "label": brought,
        "words_before": 60, "words_after": 50, "cut": {"head": 3},
    }  # fmt: skip
    return Line(**(cells | other))


def begin(db: Db, make: Any) -> int:
    return imports.begin(db, by="rida", way="desk", cleaning="cleaning 1", now=make.T0)


def test_a_text_comes_in_with_its_line_and_the_same_one_once(db: Db, make: Any) -> None:
    occasion = begin(db, make)
    brought = a_line(label("a", make), source=Source(author="R. Fictional", text_hash="h1"))
    assert imports.bring(db, occasion, [brought]) == 1
    assert imports.bring(db, occasion, [brought]) == 0
    refused = a_line(None, outcome="refused", why="too short")
    assert imports.bring(db, occasion, [refused]) == 0
    rows = imports.lines(db, occasion)
    assert [(row.outcome, row.held, dict(row.cut)) for row in rows] == [
        ("kept", True, {"head": 3}), ("known", True, {"head": 3}), ("refused", False, {"head": 3}),
    ]  # fmt: skip
    [run] = imports.runs(db)
    assert dict(run.counts) == {"kept": 1, "known": 1, "refused": 1}
    assert (run.by, run.way, run.cleaning, run.files) == ("rida", "desk", "cleaning 1", ("a.txt",))
    assert one(db, "SELECT author FROM imports") == "R. Fictional"


def test_taking_back_removes_the_text_and_what_was_read_from_it_and_no_line(
    db: Db, make: Any
) -> None:
    occasion = begin(db, make)
    prints = dedupe.fingerprint("a", BODY)
    known = Source(text_hash=prints.text_hash, sketch=prints.sketch)
    imports.bring(db, occasion, [a_line(label("a", make), source=known)])
    imports.add(db, [label("b", make, title="b")])
    claiming.note(db, lexicon=load_lexicon(), now=make.at(1), limit=10)
    assert {row.imported for row in claims.listed(db, Wanted())} == {"import:a", "import:b"}
    before = len(quotes.search(db, Asked(words="find")))
    assert before == 2
    assert imports.take_back(db, occasion, by="Ada", why="not ours", now=make.at(2)) == 1
    assert [x.id for x in corpus.labels(db)] == ["import:b"]
    assert {row.imported for row in claims.listed(db, Wanted())} == {"import:b"}
    assert len(quotes.search(db, Asked(words="find"))) == 1
    assert one(db, "SELECT count(*) FROM import_sketches") == 0
    [row] = imports.lines(db, occasion)
    assert (row.held, row.outcome) == (False, "kept")
    [run] = imports.runs(db)
    assert (run.undone_by, run.undone_why) == ("Ada", "not ours")
    assert imports.take_back(db, occasion, by="Ada", why="", now=make.at(3)) is None
    assert imports.take_back(db, 99, by="Ada", why="", now=make.at(3)) is None
    assert imports.bring(db, begin(db, make), [a_line(label("a", make))]) == 1, "it may come again"


# --- twins ----------------------------------------------------------------------------------


def an_offer(**other: Any) -> Offer:
    cells: dict[str, Any] = {"file": "a.txt", "sha256": "ab", "title": "A blast", "body": BODY}
    return Offer(**(cells | other))


def test_the_same_text_nearly_the_same_and_the_same_address_are_found(db: Db, make: Any) -> None:
    kept = an_offer(url="https://www.gazette.example/1?utm_source=x")
    there = line(kept, relevant=True, by="rida", now=make.T0)
    imports.bring(db, begin(db, make), [there])
    assert there.label is not None
    found = with_twins(db, an_offer(title="Another headline")).twins
    assert [(twin.id, twin.how) for twin in found] == [(there.label.id, "same_text")]
    longer = BODY + " A second blast was heard later, but nobody knew where it had been."
    assert with_twins(db, an_offer(body=longer)).twins[0].how == "near_text"
    other = an_offer(title="x", body="Quite another text. " * 30, url="http://gazette.example/1/")
    assert [twin.how for twin in with_twins(db, other).twins] == ["same_url"]
    assert with_twins(db, an_offer(title="x", body="Quite another text. " * 30)).twins == ()


def test_what_is_here_is_left_unless_somebody_says_otherwise(db: Db, make: Any) -> None:
    imports.bring(db, begin(db, make), [line(an_offer(), relevant=True, by="a", now=make.T0)])
    again = with_twins(db, an_offer(title="Again"))
    told = {
        choice: line(again, relevant=True, by="b", now=make.T0, choice=choice)
        for choice in ("skip", "version", "link", "keep")
    }
    assert {choice: got.outcome for choice, got in told.items()} == {
        "skip": "left", "version": "version", "link": "linked", "keep": "kept",
    }  # fmt: skip
    assert [choice for choice, got in told.items() if got.label] == ["version", "keep"]
    assert told["version"].same_as == told["skip"].same_as != ""
    assert conflict(again, relevant=True) == ""
    assert "stands as accepted" in conflict(again, relevant=False)
    assert "decide it on the desk" in line(again, relevant=False, by="b", now=make.T0).why


@pytest.mark.parametrize("choice", ["skip", "version", "link"])
@pytest.mark.parametrize("other", [{}, {"title": "Again"}])
def test_what_contradicts_is_never_kept_by_a_choice_for_many(
    db: Db, make: Any, other: dict[str, str], choice: Choice
) -> None:
    """The very same text, too: that its label was not taken over has to be said."""
    imports.bring(db, begin(db, make), [line(an_offer(), relevant=True, by="a", now=make.T0)])
    made = with_twins(db, an_offer(**other))
    got = line(made, relevant=False, by="b", now=make.T0, choice=choice, many=True)
    assert (got.outcome, got.label) == ("left", None)
    assert "it would come in as not relevant" in got.why
    assert "stands as accepted" in got.why
    assert line(made, relevant=True, by="b", now=make.T0, many=True).outcome != "kept"


def test_a_label_that_a_text_brings_along_is_not_turned_round_for_many(db: Db, make: Any) -> None:
    said = (Said(about="label", text="not_relevant", place="field “label”"),)
    made = with_twins(db, an_offer(said=said))
    got = line(made, relevant=True, by="b", now=make.T0, many=True)
    assert (got.outcome, got.label) == ("left", None)
    assert "its own field “label” says not_relevant" in got.why
    assert line(made, relevant=False, by="b", now=make.T0, many=True).outcome == "kept"
    assert line(made, relevant=True, by="b", now=make.T0).outcome == "kept", "a person may"


def test_versions_and_what_stands_under_one_address_are_one_group(db: Db, make: Any) -> None:
    """Else a text stood in train and its near copy in test."""
    feeds.sync(db, [make.spec()], make.T0)
    read, told = (
        make.judged(db, "a"),
        make.judged(db, "b"),
    )  # one story; nobody decided on the first
    run(db, "UPDATE articles SET story = 7 WHERE id IN (?, ?)", (read, told))
    reviews.decide(db, article=told, answer="relevant", by="R.", now=make.at(5))
    address = one(db, "SELECT canonical_url FROM articles WHERE id = ?", (read,))
    bodies = iter([f"Text number {n}, and no other. " * 9 for n in range(9)])
    for name, same_as, at in (
        ("first", "", None), ("second", "import:first", None), ("third", "import:second", None),
        ("of the story", f"article:{read}", None), ("at its address", "", address),
        ("elsewhere", "", "https://hill.example/1"), ("elsewhere too", "", "https://hill.example/1"),
        ("alone", "", None),
    ):  # fmt: skip
        brought = label(name, make, body=next(bodies))
        source = Source(text_hash=name, canonical_url=at)
        imports.bring(db, begin(db, make), [a_line(brought, source=source, same_as=same_as)])
    groups: dict[str, set[str]] = {}
    for member in members(db):
        groups.setdefault(member.group, set()).add(member.title)
    decided = next(m.title for m in members(db) if m.origin == "review")
    assert sorted(map(sorted, groups.values())) == sorted(
        sorted(group) for group in (
            {"first", "second", "third"}, {"of the story", "at its address", decided},
            {"elsewhere", "elsewhere too"}, {"alone"},
        )
    )  # fmt: skip


def test_imports_from_before_become_comparable_once(db: Db, make: Any) -> None:
    imports.add(db, [label("old", make), label("empty", make, body="")])
    assert with_twins(db, an_offer()).twins == ()
    assert catch_up(db) == 2
    assert catch_up(db) == 0
    assert with_twins(db, an_offer()).twins[0].id == "import:old"


def test_looking_for_twins_reads_no_table_from_end_to_end(db: Db) -> None:
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    made = source(an_offer(url="https://gazette.example/1"))
    twins.held_like(
        db, text_hash=made.text_hash, sketch=made.sketch, addresses=["https://gazette.example/1"]
    )
    db.conn.set_trace_callback(None)
    queries = [sql for sql in asked if sql.lstrip().startswith(("SELECT", "WITH"))]
    assert len(queries) >= 4
    for sql in queries:
        plan = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        scans = [step for step in plan if step.startswith("SCAN") and "json_each" not in step]
        own = [step for step in scans if step.removeprefix("SCAN ") not in {"h", "hits"}]
        assert not own, (sql, plan)


# --- uploads --------------------------------------------------------------------------------


def an_upload(make: Any, by: str = "rida", size: int = 10) -> Pending:
    return Pending(
        id=0, by=by, at=make.T0, until_at=make.T0 + timedelta(days=1), file="a", sha256="b",
        bytes=size, value="{}",
    )  # fmt: skip


def test_uploads_are_bounded_their_owners_own_and_over_after_their_time(db: Db, make: Any) -> None:
    [number] = uploads.put(db, [an_upload(make)]) or []
    assert uploads.get(db, number, "omar", make.at(1)) is None
    assert uploads.get(db, number, "rida", make.at(1)) is not None
    assert uploads.get(db, number, "rida", make.at(24 * 60)) is None
    assert not uploads.drop(db, number, "omar")
    assert uploads.put(db, [an_upload(make, size=uploads.MOST_BYTES)]) is None
    assert uploads.put(db, [an_upload(make)] * uploads.MOST) is None
    assert uploads.put(db, [an_upload(make, by="omar")]) is not None
    assert uploads.forget(db, make.at(24 * 60)) == 2


@pytest.mark.parametrize("again", [False, True])
def test_an_upload_is_settled_once(db: Db, make: Any, again: bool) -> None:
    [number] = uploads.put(db, [an_upload(make)]) or []
    asked: dict[str, Any] = {"by": "rida", "cleaning": "c", "now": make.T0}
    assert imports.settle(db, number, a_line(label("a", make)), **asked) == 1
    if again:
        assert imports.settle(db, number, a_line(label("a", make)), **asked) is None
    assert len(corpus.labels(db)) == 1
    assert len(imports.runs(db)) == 1
