"""Reviews: the queue, decisions that can be undone, digest candidates, labels and models."""

from __future__ import annotations

from typing import Any

import pytest

from store import articles, corpus, feeds, imports, reviews
from store.db import Db, StoreError
from store.learned import Label, ModelRow


def queued(db: Db, **wanted: Any) -> list[int]:
    return [row.article for row in reviews.queue(db, **wanted)]


def decide(db: Db, make: Any, article: int, answer: Any, minutes: float = 5, **more: Any) -> int:
    return reviews.decide(
        db, article=article, answer=answer, by="rida", now=make.at(minutes), **more
    )


def test_the_queue_holds_what_waits_best_first_and_no_copies(db: Db, make: Any) -> None:
    low = make.judged(db, "low", score=0.2)
    high = make.judged(db, "high", score=0.95)
    audit = make.judged(db, "audit", score=0.01, route="sample")
    make.judged(db, "no", score=0.02, route="reject", disposition="rejected")
    copy = make.article(db, "copy", "A text about high!", copy_of=high, copy_how="near_text")
    articles.save_verdicts(db, [make.verdict(copy)], [], make.at(3))
    make.article(db, "unjudged")
    assert queued(db) == [high, low, audit]
    assert reviews.queue_size(db) == 3
    assert queued(db, limit=1) == [high]
    decide(db, make, high, "relevant")
    assert queued(db) == [low, audit]
    assert queued(db, waiting_only=False) == [high, low, audit]


def test_the_queue_can_be_narrowed(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks", "border"))
    feeds.save_poll(db, make.poll(make.entry("two", language="ur"), feed="herald", minutes=60))
    articles.save_text(db, make.text(2, "دو", language="ur"), make.at(61))
    articles.save_verdicts(db, [make.verdict(2, topics=("trade",), score=0.5)], [], make.at(62))
    feeds.sync(db, [make.spec(), make.spec("herald", side="afghanistan")], make.at(63))
    assert queued(db, topic="talks") == [one]
    assert queued(db, topic="pak-afg-ttp") == [one, 2]
    assert queued(db, outlet="Herald") == queued(db, side="afghanistan") == [2]
    assert queued(db, language="ur") == [2]
    assert queued(db, since=make.at(60)) == [2]
    assert queued(db, until=make.at(60)) == [one]
    assert queued(db, minimum=0.6) == [one]
    assert queued(db, minimum=0.6, language="ur") == []


def test_a_row_of_the_queue_carries_what_people_need(db: Db, make: Any) -> None:
    number = make.judged(db, topics=("border", "talks"), evidence='{"sum": 1}')
    [row] = reviews.queue(db)
    assert (row.article, row.title, row.outlet, row.side) == (
        number,
        "Title 1",
        "Gazette",
        "pakistan",
    )
    assert (row.url, row.summary) == ("https://gazette.example/a?utm=1", "Summary a")
    assert (row.score, row.topics, row.model, row.evidence) == (
        0.9,
        ("border", "talks"),
        "cold",
        '{"sum": 1}',
    )
    assert (row.published_at, row.published_original) == (
        make.T0,
        "Mon, 02 Mar 2026 11:00:00 +0500",
    )
    assert (row.decision, row.copies, row.version, row.text_from) == (None, 0, 1, "page")


def test_an_undone_decision_gives_way_to_the_one_before(db: Db, make: Any) -> None:
    number = make.judged(db)
    decide(db, make, number, "relevant", 5, note="clear")
    decide(db, make, number, "not_relevant", 6)
    row = articles.get(db, number)
    assert row is not None
    assert (row.decision, row.decided_by, row.decided_at) == ("not_relevant", "rida", make.at(6))
    assert reviews.undo(db, article=number, by="omar", now=make.at(7))
    row = articles.get(db, number)
    assert row is not None
    assert (row.decision, row.decided_at) == ("relevant", make.at(5))
    assert reviews.undo(db, article=number, by="omar", now=make.at(8))
    assert queued(db) == [number], "it is back in its place"
    assert not reviews.undo(db, article=number, by="omar", now=make.at(9))
    lines = reviews.history(db, number)
    assert [(line.answer, line.undoes, line.by) for line in lines] == [
        ("relevant", None, "rida"),
        ("not_relevant", None, "rida"),
        (None, 2, "omar"),
        (None, 1, "omar"),
    ]
    assert (lines[0].note, lines[0].version, lines[0].model, lines[0].score) == (
        "clear",
        1,
        "cold",
        0.9,
    )
    assert [line.id for line in reviews.recent(db, 2)] == [4, 3]


def test_a_second_press_of_undo_does_nothing_when_it_names_its_line(db: Db, make: Any) -> None:
    number = make.judged(db)
    decide(db, make, number, "relevant", 5)
    line = decide(db, make, number, "unsure", 6)
    assert reviews.undo(db, article=number, by="rida", now=make.at(7), decision=line)
    assert not reviews.undo(db, article=number, by="rida", now=make.at(7), decision=line)
    row = articles.get(db, number)
    assert row is not None
    assert row.decision == "relevant"


def test_the_same_press_is_recorded_once(db: Db, make: Any) -> None:
    number = make.judged(db)
    assert decide(db, make, number, "relevant") == decide(db, make, number, "relevant")
    assert len(reviews.history(db, number)) == 1


def test_a_decision_on_a_rejected_article_moves_it_in_the_books_and_undo_moves_it_back(
    db: Db, make: Any
) -> None:
    number = make.judged(db, route="reject", disposition="rejected", score=0.01)
    decide(db, make, number, "relevant")
    assert (articles.ledger(db).queued, articles.ledger(db).rejected) == (1, 0)
    articles.save_verdicts(
        db,
        [make.verdict(number, model="m2", route="reject", disposition="rejected")],
        [],
        make.at(9),
    )
    assert articles.ledger(db).queued == 1, "a later model does not overrule people"
    reviews.undo(db, article=number, by="rida", now=make.at(10))
    assert (articles.ledger(db).queued, articles.ledger(db).rejected) == (0, 1)


def test_what_was_refused_keeps_its_place_in_the_books_when_overruled(db: Db, make: Any) -> None:
    number = make.judged(db, route="reject", disposition="dropped", reason="not_article")
    decide(db, make, number, "relevant")
    assert articles.ledger(db).dropped == {"not_article": 1}


def test_a_decision_with_its_copies_spares_those_decided_apart(db: Db, make: Any) -> None:
    make.judged(db, "a", "a")
    for name in ("b", "c"):
        make.article(db, name, name, copy_of=1, copy_how="near_text")
    decide(db, make, 3, "not_relevant", 4)
    decide(db, make, 2, "relevant", 5, with_copies=True)
    rows = [articles.get(db, number) for number in (1, 2, 3)]
    assert [row.decision for row in rows if row] == ["relevant", "relevant", "not_relevant"]
    assert [(label.id, label.relevant) for label in corpus.labels(db)] == [
        ("article:3", False), ("article:2", True),
    ], "an echo is not a second label"  # fmt: skip
    reviews.undo(db, article=2, by="rida", now=make.at(6))
    rows = [articles.get(db, number) for number in (1, 2, 3)]
    assert [row.decision for row in rows if row] == [None, None, "not_relevant"]


def test_an_edit_keeps_the_decision(db: Db, make: Any) -> None:
    number = make.judged(db)
    decide(db, make, number, "relevant")
    articles.save_text(db, make.text(number, "corrected"), make.at(20))
    articles.save_verdicts(
        db, [make.verdict(number, 2, route="reject", disposition="rejected")], [], make.at(21)
    )
    row = articles.get(db, number)
    assert row is not None
    assert (row.decision, row.disposition, row.version) == ("relevant", "queued", 2)


def test_an_article_that_does_not_exist_cannot_be_decided(db: Db, make: Any) -> None:
    with pytest.raises(StoreError, match="no article 5"):
        decide(db, make, 5, "relevant")
    assert not reviews.undo(db, article=5, by="rida", now=make.T0)


def test_the_digest_tells_what_was_queued_or_accepted_and_not_what_people_rejected(
    db: Db, make: Any
) -> None:
    new = make.judged(db, "new", score=0.8)
    copy = make.article(db, "copy", "the copy", copy_of=new, copy_how="near_text")
    refused = make.judged(db, "refused")
    make.article(db, "its copy", "its copy", copy_of=refused, copy_how="near_text")
    articles.save_verdicts(db, [make.verdict(4)], [], make.at(2))
    make.judged(db, "audit", route="sample")
    accepted = make.judged(db, "accepted", route="reject", disposition="rejected", score=0.1)
    decide(db, make, refused, "not_relevant")
    decide(db, make, accepted, "relevant")

    def told(since: float, until: float) -> list[tuple[int, int | None]]:
        rows = reviews.digest_candidates(db, make.at(since), make.at(until))
        return [(row.article, row.copy_of) for row in rows]

    assert sorted(told(0, 60)) == [(new, None), (copy, new), (accepted, None)]
    assert told(2, 3) != []
    assert told(3, 5) == []
    assert told(5, 6) == [(accepted, None)]


# --- the corpus -----------------------------------------------------------------------------


def label(name: str, make: Any, **other: Any) -> Label:
    cells: dict[str, Any] = {
        "id": f"import:{name}", "title": name, "body": f"body {name}", "outlet": "",
        "language": "en", "side": None, "relevant": True, "origin": "import", "by": "rida",
        "at": make.T0,
    }  # fmt: skip
    return Label(**(cells | other))


def test_labels_are_the_standing_answers_and_the_imports(db: Db, make: Any) -> None:
    yes, no = make.judged(db, "yes"), make.judged(db, "no")
    decide(db, make, yes, "relevant")
    decide(db, make, no, "not_relevant", 6)
    decide(db, make, make.judged(db, "hm"), "unsure")
    decide(db, make, make.judged(db, "later"), "skip")
    seed = label(
        "seed", make, origin="seed", topics=("talks",), published_at=make.at(-5), url="https://x"
    )
    assert imports.add(db, [seed, label("b", make)]) == 2
    assert imports.add(db, [seed]) == 0
    found = corpus.labels(db)
    assert found[1] == seed
    assert [(x.id, x.relevant, x.origin, x.body) for x in found[2:]] == [
        (f"article:{yes}", True, "review", "A text about yes."),
        (f"article:{no}", False, "review", "A text about no."),
    ]
    reviews.undo(db, article=no, by="rida", now=make.at(9))
    assert len(corpus.labels(db)) == 3


def test_a_label_keeps_the_text_that_was_decided_upon(db: Db, make: Any) -> None:
    number = make.judged(db, body="as it was")
    decide(db, make, number, "relevant")
    articles.save_text(db, make.text(number, "as it became"), make.at(9))
    assert [x.body for x in corpus.labels(db)] == ["as it was"]


def test_the_same_corpus_is_the_same_snapshot(db: Db, make: Any) -> None:
    imports.add(db, [label("a", make), label("b", make, relevant=False, origin="seed")])
    first = corpus.snapshot(db, make.T0)
    assert (first.relevant, first.not_relevant) == (1, 1)
    assert dict(first.origins) == {"import": 1, "seed": 1}
    assert corpus.snapshot(db, make.at(5)) == first
    decide(db, make, make.judged(db), "relevant")
    second = corpus.snapshot(db, make.at(6))
    assert second.id != first.id
    assert [kept.id for kept in corpus.snapshots(db)] == [second.id, first.id]


def test_at_most_one_model_is_live_and_none_means_the_cold_start(db: Db, make: Any) -> None:
    def model(name: str, minutes: float, *, live: bool) -> ModelRow:
        return ModelRow(
            id=name, trainer="linear 1", snapshot="s", created_at=make.at(minutes), live=live,
            why="not worse", figures={"average_precision": 0.9}, artifact='{"w": [1.5]}',
        )  # fmt: skip

    assert corpus.live_model(db) is None
    corpus.save_model(db, model("m1", 1, live=True))
    corpus.save_model(db, model("m2", 2, live=False))
    assert corpus.live_model(db) == model("m1", 1, live=True)
    corpus.save_model(db, model("m3", 3, live=True))
    corpus.save_model(db, model("m3", 3, live=True))
    assert [(m.id, m.live) for m in corpus.models(db)] == [
        ("m3", True),
        ("m2", False),
        ("m1", False),
    ]
    corpus.set_live(db, "m2")
    corpus.save_model(db, model("m2", 2, live=False))
    live = corpus.live_model(db)
    assert live is not None
    assert live.id == "m2"
    corpus.set_live(db, None)
    assert corpus.live_model(db) is None


def test_the_corpus_can_be_counted(db: Db, make: Any) -> None:
    decide(db, make, make.judged(db, "a"), "relevant")
    feeds.save_poll(db, make.poll(make.entry("x"), feed="herald"))
    found = corpus.stats(db)
    assert (found["articles"], found["with_text"], found["versions"]) == (2, 1, 1)
    assert found["decided"] == {"relevant": 1}
    assert found["by_month"] == {"2026-03": 2}
    assert found["by_outlet"] == {"Gazette": 1, "Herald": 1}
