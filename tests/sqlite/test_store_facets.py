"""People's strands stand in place of the judgement's everywhere, with who and when."""

from typing import Any

import pytest

from store import articles, corpus, facets, reviews
from store.faults import StoreError
from store.sql import Db


def correct(db: Db, make: Any, article: int, topics: Any, by: str = "Rana", at: float = 1) -> Any:
    return facets.correct(db, article=article, topics=topics, by=by, now=make.at(at))


def test_a_correction_is_shown_instead_of_the_judgement_wherever_strands_are(
    db: Db, make: Any
) -> None:
    one = make.judged(db, "one", topics=("talks", "border"))
    correct(db, make, one, ("trade", "border"))
    row = articles.get(db, one)
    assert row is not None
    assert row.topics == ("trade", "border")
    assert [r.article for r in reviews.queue(db, topic="trade")] == [one]
    assert reviews.queue(db, topic="talks") == []
    told = reviews.digest_candidates(db, make.at(-100), make.at(100))
    assert [r.topics for r in told] == [("trade", "border")]
    reviews.decide(db, article=one, answer="relevant", by="Rana", now=make.at(2))
    assert [label.topics for label in corpus.labels(db)] == [("trade", "border")]


def test_it_says_who_when_and_what_the_judgement_had_said(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks",))
    line = correct(db, make, one, ("trade",))
    assert line == facets.standing(db, one)
    assert (line.topics, line.machine, line.by, line.at) == (
        ("trade",),
        ("talks",),
        "Rana",
        make.at(1),
    )


def test_going_back_shows_the_judgement_again_and_keeps_the_lines(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks",))
    correct(db, make, one, ("trade",))
    correct(db, make, one, None, by="Gul", at=2)
    row = articles.get(db, one)
    assert row is not None
    assert row.topics == ("talks",)
    assert facets.standing(db, one) is None
    assert [(line.topics, line.by) for line in facets.history(db, one)] == [
        (("trade",), "Rana"),
        (None, "Gul"),
    ]


def test_no_strand_at_all_is_a_correction_too(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks",))
    correct(db, make, one, ())
    row = articles.get(db, one)
    assert row is not None
    assert row.topics == ()


def test_what_already_stands_is_not_recorded_again(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks",))
    assert correct(db, make, one, ("talks",)) is None  # as the judgement says
    assert correct(db, make, one, None) is None
    correct(db, make, one, ("trade",))
    assert correct(db, make, one, ("trade",), at=2) is None
    assert len(facets.history(db, one)) == 1


def test_a_correction_outlives_a_new_verdict(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks",), model="m1")
    correct(db, make, one, ("trade",))
    articles.save_verdicts(db, [make.verdict(one, topics=("border",), model="m2")], [], make.at(3))
    row = articles.get(db, one)
    assert row is not None
    assert (row.model, row.topics) == ("m2", ("trade",))


def test_the_tally_counts_articles_and_what_was_put_in_and_taken_out(db: Db, make: Any) -> None:
    one = make.judged(db, "one", topics=("talks", "border"))
    two = make.judged(db, "two", topics=("talks",))
    correct(db, make, one, ("border", "trade"))
    correct(db, make, two, ("trade",))
    correct(db, make, two, None, at=2)
    found = facets.tally(db)
    assert (found.articles, found.added, found.removed) == (1, {"trade": 1}, {"talks": 1})


def test_an_article_that_is_not_there_is_a_mistake_in_one_line(db: Db, make: Any) -> None:
    with pytest.raises(StoreError, match="no article 99"):
        correct(db, make, 99, ("trade",))
