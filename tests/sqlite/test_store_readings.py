"""How a text was come by is kept with it: what stands beside it, which was chosen, its day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store import articles, corpus, reviews, verdicts

if TYPE_CHECKING:
    from store.db import Db

OWN = "The border reopened. Traders were glad of it."
BOX = "Also read: Lanterns sell out"
BODY = f"{OWN}\n{BOX}\nThe bridge was next."
ASIDE = ((len(OWN) + 1, len(OWN) + 1 + len(BOX)),)


def harvested(db: Db, make: Any, **facts: Any) -> int:
    number = int(make.article(db))
    articles.save_text(db, make.text(number, BODY, **facts), make.at(1))
    return number


def test_what_was_chosen_and_set_aside_is_kept_with_its_version(db: Db, make: Any) -> None:
    number = harvested(
        db, make, aside=ASIDE, text_choice="Both are whole.", page_length=77, feed_length=70
    )
    text = articles.text(db, number)
    assert text is not None
    assert (text.aside, text.text_choice) == (ASIDE, "Both are whole.")
    assert (text.page_length, text.feed_length) == (77, 70)
    assert text.own == BODY.replace(BOX, " " * len(BOX))
    assert len(text.own) == len(text.body)


def test_a_text_from_before_has_nothing_beside_it(db: Db, make: Any) -> None:
    number = harvested(db, make)
    text = articles.text(db, number)
    assert text is not None
    assert (text.aside, text.text_choice, text.page_length, text.own) == ((), "", None, BODY)


def test_the_judge_is_told_what_stands_beside_a_text(db: Db, make: Any) -> None:
    """As stretches that no other article repeats."""
    number = harvested(db, make, aside=ASIDE)
    told = [(*ASIDE[0], 0)]
    assert [list(item.repeated) for item in verdicts.unjudged(db, "cold", 9)] == [told]
    assert [list(item.repeated) for item in verdicts.texts_of(db, [number])] == [told]


def test_a_decision_teaches_the_article_and_not_what_stands_beside_it(db: Db, make: Any) -> None:
    number = harvested(db, make, aside=ASIDE)
    articles.save_verdicts(db, [make.verdict(number, 2)], [], make.at(2))
    reviews.decide(db, article=number, answer="relevant", by="sana", now=make.at(3))
    (label,) = corpus.labels(db)
    assert label.body == f"{OWN}\nThe bridge was next."


def test_a_day_that_cannot_be_believed_takes_the_feeds_word_back(db: Db, make: Any) -> None:
    """What the feed wrote stays to be shown; the article is dated by when it was first seen."""
    number = harvested(db, make, published_flag="future", published_note="The feed says 2099.")
    row = articles.get(db, number)
    assert row is not None
    assert (row.published_at, row.published_source) == (None, "first_seen")
    assert row.published_original == "Mon, 02 Mar 2026 11:00:00 +0500"
    assert (row.published_flag, row.published_note) == ("future", "The feed says 2099.")


def test_a_better_day_later_clears_the_flag(db: Db, make: Any) -> None:
    number = harvested(db, make, published_flag="future", published_note="The feed says 2099.")
    again = make.text(number, "Another text.", published_at=make.at(-60), published_original="9 am",
                      published_source="url")  # fmt: skip
    articles.save_text(db, again, make.at(9))
    row = articles.get(db, number)
    assert row is not None
    assert (row.published_at, row.published_source) == (make.at(-60), "url")
    assert (row.published_flag, row.published_note) == ("", "")
