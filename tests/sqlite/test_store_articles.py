"""Articles: texts, versions, tries that failed, copies, verdicts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import articles, feeds, firings
from store import search as index
from store.db import Db, StoreError
from store.firings import Firing
from store.sql import one


def fate(db: Db, article: int) -> tuple[str, str | None]:
    row = articles.get(db, article)
    assert row is not None
    owner = articles.sightings(db, article)[0]
    assert (owner.disposition, owner.reason) == (row.disposition, row.reason)
    return row.disposition, row.reason


def test_what_is_pending_carries_all_its_feed_said(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec(body="full", user_agent="plain")], make.T0)
    feeds.save_poll(
        db, make.poll(make.entry("a", author="R. Khan", language=None, content_html="<p>x</p>"))
    )
    [item] = articles.pending(db, make.T0, 10)
    assert (item.article, item.attempts, item.version) == (1, 0, 0)
    assert (item.url, item.feed, item.outlet) == (
        "https://gazette.example/a?utm=1",
        "gazette",
        "Gazette",
    )
    assert (item.body, item.user_agent, item.language) == ("full", "plain", "en")
    assert (item.title, item.summary, item.content_html) == ("Headline a", "Summary a", "<p>x</p>")
    assert (item.author, item.published_at, item.first_seen_at) == ("R. Khan", make.T0, make.T0)


def test_the_full_text_of_a_second_feed_serves_the_first(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry("a")))
    feeds.save_poll(db, make.poll(make.entry("a", content_html="<p>all of it</p>"), feed="herald"))
    assert articles.pending(db, make.T0, 10)[0].content_html == "<p>all of it</p>"


def test_the_longest_waiting_come_first(db: Db, make: Any) -> None:
    for minute, name in enumerate(["a", "b", "c"]):
        feeds.save_poll(db, make.poll(make.entry(name), minutes=minute))
    articles.save_failure(
        db, 1, fault="busy", detail="503", next_try_at=make.at(90), now=make.at(3)
    )
    assert [item.article for item in articles.pending(db, make.at(60), 10)] == [2, 3]
    assert [item.article for item in articles.pending(db, make.at(60), 1)] == [2]
    assert [item.article for item in articles.pending(db, make.at(90), 10)] == [2, 3, 1]


def test_a_failed_try_is_counted_once_and_the_last_one_is_in_the_books(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry()))
    for _ in range(2):
        articles.save_failure(
            db, 1, fault="busy", detail="503", next_try_at=make.at(5), now=make.at(1)
        )
    assert articles.pending(db, make.at(5), 1)[0].attempts == 1
    assert fate(db, 1) == ("waiting", None)
    articles.save_failure(db, 1, fault="gone", detail="410", next_try_at=None, now=make.at(5))
    assert articles.pending(db, make.at(999), 1) == []
    assert fate(db, 1) == ("failed", "gone")
    failed = articles.items(db, disposition="failed")
    assert [(item.article, item.reason_detail) for item in failed] == [(1, "410")]
    articles.retry(db, 1, make.at(6))
    assert [item.attempts for item in articles.pending(db, make.at(6), 1)] == [0]
    assert fate(db, 1) == ("failed", "gone")
    articles.save_text(
        db, make.text(1, "Headline only", text_from="headline", refused="gone"), make.at(7)
    )
    assert fate(db, 1) == ("waiting", None)


def test_a_dropped_article_says_why(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry()))
    articles.drop(db, 1, reason="not_article", detail="a log-in page", now=make.at(1))
    assert fate(db, 1) == ("dropped", "not_article")
    assert articles.ledger(db).dropped == {"not_article": 1}
    assert articles.sightings(db, 1)[0].reason_detail == "a log-in page"


def test_a_page_that_breaks_after_it_was_read_takes_nothing_away(db: Db, make: Any) -> None:
    number = make.judged(db)
    for minute, harm in enumerate(("drop", "fail")):
        feeds.save_poll(db, make.poll(make.entry(item_hash=harm), minutes=10 + minute))
        now = make.at(20 + minute)
        assert [item.article for item in articles.pending(db, now, 9)] == [number]
        if harm == "drop":
            articles.drop(db, number, reason="not_article", detail="", now=now)
        else:
            articles.save_failure(db, number, fault="gone", detail="", next_try_at=None, now=now)
        assert fate(db, number) == ("queued", None)
        assert articles.pending(db, make.at(9999), 9) == []
        assert articles.text(db, number) is not None


def test_an_edit_makes_a_version_and_the_same_text_does_not(db: Db, make: Any) -> None:
    number = make.judged(db, body="Ninth day.")
    assert articles.save_text(db, make.text(number, "Ninth day."), make.at(5)) == 1
    assert articles.unjudged(db, "cold", 9) == []
    assert articles.save_text(db, make.text(number, "Tenth day."), make.at(6)) == 2
    assert [v.body for v in articles.versions(db, number)] == ["Ninth day.", "Tenth day."]
    newest = articles.text(db, number)
    assert newest is not None
    assert (newest.version, newest.seen_at) == (2, make.at(6))
    assert fate(db, number) == ("queued", None), "it keeps its place until it is judged again"
    assert [(u.article, u.version) for u in articles.unjudged(db, "cold", 9)] == [(number, 2)]
    assert [row.article for row in index.search(db, "tenth")] == [number]
    assert index.search(db, "ninth") == []


def test_saving_a_text_twice_changes_nothing(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry()))
    text = make.text(1, author="R. Khan", published_at=make.at(-5), final_url="https://x.example/")
    articles.save_text(db, text, make.at(1))
    before = make.contents(db)
    assert articles.save_text(db, text, make.at(1)) == 1
    assert make.contents(db) == before


def test_the_text_and_24_edits_are_kept_and_later_edits_are_counted(db: Db, make: Any) -> None:
    number = make.article(db, body="edit 0 word0")
    for edit in range(1, 30):
        articles.save_text(db, make.text(number, f"edit {edit} word{edit}"), make.at(edit))
        articles.save_verdicts(db, [make.verdict(number, min(edit + 1, 25))], [], make.at(edit))
    kept = articles.versions(db, number)
    assert len(kept) == 25
    assert (kept[0].body, kept[-1].body) == ("edit 0 word0", "edit 29 word29")
    assert one(db, "SELECT edits_beyond FROM articles") == 5
    assert articles.unjudged(db, "cold", 9) == []
    assert index.search(db, "word24") == []
    assert len(index.search(db, "word29")) == 1


def test_a_text_without_a_date_keeps_what_the_feed_said(db: Db, make: Any) -> None:
    number = make.article(db)
    row = articles.get(db, number)
    assert row is not None
    assert (row.published_at, row.published_source) == (make.T0, "feed")
    later = make.text(number, "new", published_at=make.at(-90), published_original="9 am",
                      published_source="page")  # fmt: skip
    articles.save_text(db, later, make.at(3))
    row = articles.get(db, number)
    assert row is not None
    assert (row.published_at, row.published_original, row.published_source) == (
        make.at(-90),
        "9 am",
        "page",
    )


def test_a_text_for_an_unknown_article_is_refused(db: Db, make: Any) -> None:
    with pytest.raises(StoreError, match="no article 77"):
        articles.save_text(db, make.text(77), make.T0)


# --- copies ---------------------------------------------------------------------------------


def test_texts_that_share_much_are_found_the_likest_first(db: Db, make: Any) -> None:
    body = "one two three four five six seven eight nine ten"
    near = make.article(db, "near", body + " eleven")
    far = make.article(db, "far", "one two unlike all else here")
    same = make.article(db, "same", body)
    make.article(db, "none", "nothing in common")
    text = make.text(0, body)
    found = articles.similar(db, text.sketch, text.text_hash, since=make.at(-1), exclude=0)
    assert [hit.article for hit in found] == [same, near, far]
    assert found[0].sketch == text.sketch
    assert found[0].text_hash == text.text_hash
    without = articles.similar(db, text.sketch, text.text_hash, make.at(-1), exclude=same, limit=1)
    assert [hit.article for hit in without] == [near]
    assert articles.similar(db, text.sketch, text.text_hash, since=make.at(1), exclude=0) == []


def test_sketch_values_of_64_bits_are_kept_exactly(db: Db, make: Any) -> None:
    values = (0, 1, 2**63 - 1, 2**63, 2**64 - 1)
    number = make.article(db, sketch=values)
    for value in values:
        [hit] = articles.similar(db, [value], "", since=make.at(-1), exclude=0)
        assert (hit.article, hit.sketch) == (number, values)


def test_old_sketches_are_forgotten_and_their_articles_are_not(db: Db, make: Any) -> None:
    number = make.article(db)
    text = make.text(number, "A text about a.")
    assert articles.forget_sketches(db, make.at(-1)) == 0
    assert articles.forget_sketches(db, make.at(1)) == 1
    assert one(db, "SELECT count(*) FROM sketches") == 0
    again = articles.similar(db, text.sketch, text.text_hash, make.at(-1), exclude=0)
    assert [hit.article for hit in again] == [number], "the very same text is still recognised"


def test_a_copy_is_a_duplicate_with_its_own_text_and_verdict(db: Db, make: Any) -> None:
    first = make.judged(db, "a", "wire story")
    second = make.article(db, "b", "wire story", copy_of=first, copy_how="same_text")
    articles.save_verdicts(db, [make.verdict(second)], [], make.at(3))
    assert fate(db, second) == ("duplicate", "same_text")
    row = articles.get(db, second)
    assert row is not None
    assert (row.copy_of, row.score, row.version) == (first, 0.9, 1)
    assert [copy.article for copy in articles.copies(db, first)] == [second]
    original = articles.get(db, first)
    assert original is not None
    assert original.copies == 1
    articles.save_text(db, make.text(second, "a story of its own now"), make.at(4))
    assert fate(db, second) == ("waiting", None)


def test_an_original_that_comes_to_look_like_its_copy_stays_the_original(db: Db, make: Any) -> None:
    first = make.judged(db, "a", "wire story")
    second = make.article(db, "b", "wire story", copy_of=first, copy_how="same_text")
    edited = make.text(first, "wire story, edited", copy_of=second, copy_how="near_text")
    articles.save_text(db, edited, make.at(5))
    assert fate(db, first) == ("queued", None)
    row = articles.get(db, first)
    assert row is not None
    assert row.copy_of is None


def test_a_copy_of_a_copy_belongs_to_the_original(db: Db, make: Any) -> None:
    make.article(db, "a", "a")
    make.article(db, "b", "b", copy_of=1, copy_how="near_text")
    make.article(db, "c", "c", copy_of=2, copy_how="near_text")
    make.article(db, "d", "d")
    articles.save_text(db, make.text(1, "a!", copy_of=4, copy_how="near_text"), make.at(5))
    assert [copy.article for copy in articles.copies(db, 4)] == [1, 2, 3]


# --- verdicts -------------------------------------------------------------------------------


def test_texts_without_a_verdict_come_newest_first_with_all_that_is_judged(
    db: Db, make: Any
) -> None:
    make.article(db, "a", "first")
    make.article(db, "b", "second", minutes=1)
    feeds.save_poll(db, make.poll(make.entry("c")))
    wanted = articles.unjudged(db, "cold", 9)
    assert [(u.article, u.body, u.outlet, u.side) for u in wanted] == [
        (2, "second", "Gazette", "pakistan"),
        (1, "first", "Gazette", "pakistan"),
    ]
    assert [u.article for u in articles.unjudged(db, "cold", 1)] == [2]
    articles.save_verdicts(db, [make.verdict(2)], [], make.at(2))
    assert [u.article for u in articles.unjudged(db, "cold", 9)] == [1]


def test_a_new_model_judges_the_last_two_weeks_anew_and_what_never_was_judged(
    db: Db, make: Any
) -> None:
    day = 24 * 60
    make.article(db, "old", "old", minutes=-15 * day)
    make.article(db, "older and never judged", "never", minutes=-30 * day)
    make.article(db, "recent", "recent", minutes=-13 * day)
    make.article(db, "new", "new")
    for number, model in ((1, "cold"), (3, "cold"), (4, "second")):
        articles.save_verdicts(db, [make.verdict(number, model=model)], [], make.at(2))
    assert [u.body for u in articles.unjudged(db, "second", 9)] == ["recent", "never"]
    assert [u.body for u in articles.unjudged(db, "third", 9)] == ["new", "recent", "never"]
    assert [u.body for u in articles.unjudged(db, "third", 2)] == ["new", "recent"]


def test_a_verdict_on_a_text_that_was_replaced_moves_nothing(db: Db, make: Any) -> None:
    number = make.article(db, body="old")
    articles.save_text(db, make.text(number, "new"), make.at(3))
    articles.save_verdicts(db, [make.verdict(number, version=1)], [], make.at(4))
    assert fate(db, number) == ("waiting", None)
    assert [u.version for u in articles.unjudged(db, "cold", 9)] == [2]


def test_the_topic_that_asks_most_of_people_decides(db: Db, make: Any) -> None:
    number = make.article(db)
    low = make.verdict(number, topic="x", route="reject", disposition="rejected", score=0.99)
    articles.save_verdicts(db, [low, make.verdict(number, topic="y", score=0.4)], [], make.at(3))
    row = articles.get(db, number)
    assert row is not None
    assert (row.disposition, row.score, row.route) == ("queued", 0.4, "queue")


def firing(article: int, at: datetime) -> Firing:
    return Firing(rule="border", article=article, version=0, score=None, hits=(), at=at)


def test_a_batch_of_verdicts_and_its_firings_is_kept_whole_or_not_at_all(db: Db, make: Any) -> None:
    number = make.article(db)
    met, broken = firing(number, make.at(3)), firing(999, make.at(3))
    with pytest.raises(StoreError):
        articles.save_verdicts(db, [make.verdict(number)], [met, broken], make.at(3))
    assert firings.pairs(db) == set()
    assert [u.article for u in articles.unjudged(db, "cold", 9)] == [number]
    assert articles.save_verdicts(db, [make.verdict(number)], [met], make.at(3)) == 1
    before = make.contents(db)
    assert articles.save_verdicts(db, [make.verdict(number)], [met], make.at(3)) == 0
    assert make.contents(db) == before
    assert firings.pairs(db) == {("border", number)}


def test_a_headline_that_waits_for_its_text_is_matched_once(db: Db, make: Any) -> None:
    feeds.save_poll(db, make.poll(make.entry("a")))
    make.article(db, "b")
    assert articles.unmatched(db, make.T0, 9) == []
    [late] = articles.unmatched(db, make.at(1), 9)
    assert (late.article, late.version, late.title, late.body) == (1, 0, "Headline a", "Summary a")
    met = firing(1, make.at(2))
    articles.mark_matched(db, articles.unmatched(db, make.at(9), 9), [met], make.at(2))
    assert articles.unmatched(db, make.at(9), 9) == []
    assert firings.pairs(db) == {("border", 1)}
    everything = articles.matched_articles(db, make.at(-1))
    assert [(u.article, u.text_from) for u in everything] == [(1, "headline"), (2, "page")]


# --- why ------------------------------------------------------------------------------------


def test_a_url_that_was_seen_is_explained(db: Db, make: Any) -> None:
    number = make.judged(db)
    feeds.save_poll(db, make.poll(make.entry("a"), feed="herald", minutes=9))
    for asked in ("https://gazette.example/a", "nothing"):
        known = articles.why(db, asked, "https://gazette.example/a?utm=1")
        assert [item.feed for item in known.items] == ["gazette", "herald"]
        assert known.article is not None
        assert known.article.article == number
        assert known.gap is None
        assert [event.feed for event in known.polls_around] == ["gazette"]


def test_a_url_that_was_never_seen_points_to_the_nearest_gap_of_its_host(db: Db, make: Any) -> None:
    feeds.sync(db, [make.spec("gazette"), make.spec("herald")], make.T0)
    make.article(db)
    feeds.save_poll(db, make.poll(minutes=10, possible_gap=True))
    feeds.save_poll(db, make.poll(minutes=20, possible_gap=True))
    feeds.save_poll(db, make.poll(minutes=30))
    feeds.save_poll(db, make.poll(feed="herald", minutes=40, possible_gap=True))
    known = articles.why(db, "https://www.gazette.example/missed", "")
    assert known.items == ()
    assert known.gap is not None
    assert (known.gap.feed, known.gap.at) == ("gazette", make.at(20))
    assert [event.at for event in known.polls_around] == [make.at(m) for m in (0, 10, 20, 30)]
    nowhere = articles.why(db, "https://elsewhere.example/x", "")
    assert (nowhere.items, nowhere.article, nowhere.gap) == ((), None, None)


def test_items_are_listed_by_window_fate_and_feed_page_by_page(db: Db, make: Any) -> None:
    for minute in range(5):
        feeds.save_poll(db, make.poll(make.entry(f"n{minute}"), minutes=minute))
    feeds.save_poll(db, make.poll(make.entry("other"), feed="herald", minutes=9))
    assert [i.key for i in articles.items(db, since=make.at(1), until=make.at(3))] == ["n2", "n1"]
    assert [i.key for i in articles.items(db, feed="herald")] == ["other"]
    assert articles.items(db, disposition="queued") == []
    first = articles.items(db, limit=4)
    rest = articles.items(db, limit=4, before=first[-1].item)
    assert [i.key for i in first + rest] == ["other", "n4", "n3", "n2", "n1", "n0"]


# --- any text -------------------------------------------------------------------------------


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(title=st.text(st.characters()), body=st.text(st.characters()))
def test_any_text_comes_back_as_it_went_in(db: Db, make: Any, title: str, body: str) -> None:
    number = make.article(db, "a", "start")
    version = articles.save_text(
        db, make.text(number, body, title=title, text_hash=repr((title, body))), make.at(5)
    )
    kept = articles.text(db, number)
    assert kept is not None

    def whole(text: str) -> str:
        return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)

    assert (kept.version, kept.title, kept.body) == (version, whole(title), whole(body))


@pytest.mark.parametrize(
    "body", ["a\x00b", "\x00", "half \ud83d pair", "ٹورخم " * 170_000, "x" * 1_000_000]
)
def test_awkward_texts_come_back(db: Db, make: Any, body: str) -> None:
    number = make.article(db, "a", body, text_hash="h")
    kept = articles.text(db, number)
    assert kept is not None
    assert kept.body == body.replace("\ud83d", "\ufffd")


def test_awkward_keys_are_known_again(db: Db, make: Any) -> None:
    entries = [
        make.entry(key, item_hash=key, title="t\ud800", canonical_url=f"https://x.example/{n}")
        for n, key in enumerate(["a\x00b", "a\x00c", "half \udc00", "'; DROP TABLE items; --"])
    ]
    assert feeds.save_poll(db, make.poll(*entries)).new == 4
    assert feeds.save_poll(db, make.poll(*entries, minutes=1)).known == 4


def test_an_instant_keeps_its_microseconds_and_a_naive_one_is_refused(db: Db, make: Any) -> None:
    exact = make.T0 + timedelta(microseconds=123456)
    feeds.save_poll(db, make.poll(make.entry(published_at=exact)))
    assert articles.pending(db, make.T0, 1)[0].published_at == exact
    with pytest.raises(ValueError, match="time zone"):
        articles.pending(db, make.T0.replace(tzinfo=None), 1)
