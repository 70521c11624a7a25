"""A page that was refused wrongly becomes an article by a person's word, and can go back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from monitor.articles.overruling import MOVED_ON, NOTHING, overrule, take_back
from monitor.serving import desk_for
from store import articles, genres, ledger, refusals, reviews

if TYPE_CHECKING:
    from monitor.app import App
    from store.types import ArticleRow
    from tests.flow.newsroom import Installation, Newsroom

ADVICE = (
    "Please read this page before you cross. Your documents must be checked again at Torkham "
    "because the Tehreek-i-Taliban Pakistan has threatened convoys between Pakistan and "
    "Afghanistan; you cannot use the old permit. Please contact your embassy in Kabul."
)
CHECK = "Please verify that you are not a robot. Your browser will then open the requested page."


@pytest.fixture
def refused(newsroom: Newsroom, here: Installation) -> Installation:
    """An installation that has refused one page whose headline says nothing of the topic."""
    newsroom.publish("ministry", "Notice to travellers", body=ADVICE, summary="A notice.")
    newsroom.publish("ministry", "Onion prices fall")
    here.configure(alerts=[{"name": "Convoys", "any": ["convoys"], "channels": ["outbox"]}])
    with here.app() as app:
        run(app, "poll", "harvest", "judge")
    return here


def run(app: App, *jobs: str) -> None:
    for job in jobs:
        app.run_job(job)
        with closing(app.open_store()) as db:
            found = ledger.ledger(db)
            parts = (found.waiting, found.queued, found.rejected, found.duplicate)
            ends = (*found.dropped.values(), *found.failed.values())
            assert found.found == sum(parts) + sum(ends)


def the_notice(db: Any) -> ArticleRow:
    row = next(item for item in ledger.items(db) if item.title == "Notice to travellers")
    assert row.article is not None
    found = articles.get(db, row.article)
    assert found is not None
    return found


def test_the_refused_text_is_kept_with_its_kind_and_the_headline_judged(
    refused: Installation,
) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        row = the_notice(db)
        kept = refusals.get(db, row.article)
        assert kept is not None
        assert ADVICE.split(".", maxsplit=1)[0] in kept.body
        assert kept.kind
        assert kept.detail
        assert (row.disposition, row.text_from) == ("dropped", "headline")
        assert [line.article for line in refusals.listed(db)] == [row.article]
        assert refusals.counted(db) == {kept.kind: 1}


def test_overruled_it_is_judged_anew_alerts_and_keeps_its_place_in_the_books(
    refused: Installation,
) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        number = the_notice(db).article
        before = ledger.ledger(db)
        assert refused.rows("SELECT * FROM outbox") == []
        said = overrule(db, article=number, by="Rana", now=app.clock(), lexicon=app.lexicon)
        assert said == ""
        run(app, "judge", "alert")
        row = the_notice(db)
        assert (row.version, row.text_from, row.route) == (2, "page", "queue")
        assert number in {waiting.article for waiting in reviews.queue(db)}
        assert (row.disposition, row.reason) == ("dropped", "not_article")
        assert ledger.ledger(db) == before
        assert [one["rule"] for one in refused.rows("SELECT rule FROM outbox")] == ["Convoys"]
        line = refusals.standing(db, number)
        assert line is not None
        assert (line.by, line.version) == ("Rana", 2)
        assert refusals.listed(db)[0].overruled_by == "Rana"


def test_the_next_refusal_of_the_same_page_does_not_undo_it(
    refused: Installation, newsroom: Newsroom
) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        row = the_notice(db)
        overrule(db, article=row.article, by="Rana", now=app.clock(), lexicon=app.lexicon)
        newsroom.stories["ministry"][0].body = CHECK
        articles.retry(db, row.article, app.clock())
        run(app, "harvest", "judge")
        text = articles.text(db, row.article)
        assert text is not None
        assert "Torkham" in text.body
        kept = refusals.get(db, row.article)
        assert kept is not None
        assert "Torkham" in kept.body
        assert refusals.standing(db, row.article) is not None


def test_it_can_be_taken_back_and_every_line_stays(refused: Installation) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        number = the_notice(db).article
        overrule(db, article=number, by="Rana", now=app.clock(), lexicon=app.lexicon)
        run(app, "judge")
        assert take_back(db, article=number, by="Gul", now=app.clock()) == ""
        run(app, "judge")
        row = the_notice(db)
        text = articles.text(db, number)
        assert text is not None
        assert (text.body, text.text_from, row.disposition) == ("A notice.", "headline", "dropped")
        assert number not in {waiting.article for waiting in reviews.queue(db)}
        lines = [(line.by, line.stands) for line in refusals.history(db, number)]
        assert lines == [("Rana", True), ("Gul", False)]
        assert take_back(db, article=number, by="Gul", now=app.clock()) == NOTHING


def test_twice_is_once_and_what_was_never_refused_stays_as_it_is(refused: Installation) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        number = the_notice(db).article
        other = next(i.article for i in ledger.items(db) if i.title == "Onion prices fall")
        assert other is not None
        for _ in range(2):
            overrule(db, article=number, by="Rana", now=app.clock(), lexicon=app.lexicon)
        assert len(refusals.history(db, number)) == 1
        for never in (other, 10**6):
            said = overrule(db, article=never, by="Rana", now=app.clock(), lexicon=app.lexicon)
            assert said == NOTHING


def test_a_newer_text_of_the_page_is_not_thrown_away_by_taking_back(
    refused: Installation, newsroom: Newsroom
) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        number = the_notice(db).article
        overrule(db, article=number, by="Rana", now=app.clock(), lexicon=app.lexicon)
        newsroom.stories["ministry"][0].body = (
            "Convoys crossed at Torkham on Monday, officials said. The ministry told drivers "
            "that the threat of the Tehreek-i-Taliban Pakistan was over. " * 6
        )
        articles.retry(db, number, app.clock())
        run(app, "harvest")
        assert the_notice(db).version == 3
        assert take_back(db, article=number, by="Gul", now=app.clock()) == MOVED_ON


def test_the_desk_is_given_the_power_and_the_genre_is_noted_when_the_text_is_kept(
    refused: Installation,
) -> None:
    with refused.app() as app, closing(app.open_store()) as db:
        number = the_notice(db).article
        act = desk_for(app).overrule
        assert act is not None
        assert act(db, number, "Rana", True) == ""
        guess = genres.of(db, number)
        assert guess is not None
        assert guess.why
        assert act(db, number, "Rana", False) == ""
