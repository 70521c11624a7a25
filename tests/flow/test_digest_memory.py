"""What a digest tells over days of a story that goes on, through the store and the press."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from classifiers.lexicon import load_lexicon
from monitor.articles import claiming
from monitor.config.shape import Digest as DigestSettings
from monitor.config.shape import FurtherDigest
from monitor.digests import publishing
from monitor.digests.edition import Press
from monitor.told import Digest, DigestChange, DigestEntry
from store import articles, claims, editions, feeds, removals, reviews, stories, verdicts
from store.db import Db, connect
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText, VerdictRow

ZONE = ZoneInfo("Asia/Karachi")
FIRST = date(2026, 3, 9)
LEXICON = load_lexicon()
OUTLETS = {"gazette": "pakistan", "courier": "pakistan", "herald": "international",
           "watan": "afghanistan"}  # fmt: skip


@dataclass
class Room:
    """A store into which articles of known stories come, and a press that prints each morning."""

    db: Db
    numbers: Iterator[int] = field(default_factory=count)

    def comes(
        self, story: int | None, title: str, body: str, *, day: int = 0, hour: float = 9,
        outlet: str = "gazette", score: float = 0.8, **facts: Any,
    ) -> int:  # fmt: skip
        """Let an article come so many days after the first, at an hour of Karachi; its number."""
        published = facts.pop("published", self.at(day, hour))
        language = facts.get("language", "en")
        number = self.finds(
            title, day=day, hour=hour, outlet=outlet, published=published, language=language
        )
        self.says(number, title, body, day=day, hour=hour, story=story, score=score,
                  published=published, **facts)  # fmt: skip
        return number

    def finds(
        self, title: str, *, day: int, hour: float, outlet: str = "gazette",
        published: datetime | None = None, language: str = "en",
    ) -> int:  # fmt: skip
        """Let an article stand in a feed, its text not read yet; its number."""
        at = self.at(day, hour)
        url = f"https://{outlet}.example/{next(self.numbers)}"
        entry = FoundEntry(
            key=url, item_hash=url, guid=url, url=url, canonical_url=url, title=title, summary="",
            content_html=None, author=None, published_at=published or at,
            published_original="", language=language,
        )  # fmt: skip
        specs = [
            FeedSpec(
                key=key, url=f"https://{key}.example/feed", outlet=key.title(), side=side,
                language="en",
            )
            for key, side in OUTLETS.items()
        ]  # fmt: skip
        feeds.sync(self.db, specs, at)
        spec = next(one for one in specs if one.key == outlet)
        state = FeedState(spec=spec, polls=1, condition="ok", next_poll_at=at)
        feeds.save_poll(
            self.db, PollRecord(state=state, at=at, outcome="ok", listed=1, found=(entry,))
        )
        number = articles.why(self.db, url, "").items[0].article
        assert number is not None
        return number

    def says(
        self, article: int, title: str, body: str, *, day: int, hour: float = 9,
        story: int | None = None, score: float = 0.8, published: datetime | None = None,
        copy_of: int | None = None, genre: str = "report", language: str = "en",
        topics: tuple[str, ...] = ("militancy",), route: str = "queue",
    ) -> None:  # fmt: skip
        """Keep a text of an article, also one edited in place; judged, and read for claims."""
        at = self.at(day, hour)
        known = articles.get(self.db, article)
        assert known is not None
        text = StoredText(
            article=article, title=title, body=body, author=None, language=language,
            published_at=published or known.published_at, published_original="",
            published_source="feed", extractor="test", text_from="page",
            text_hash=sha256(f"{title}\n{body}".encode()).hexdigest(), title_key=title,
            scheme="test", sketch=(), copy_of=copy_of,
            copy_how="near_text" if copy_of else None, genre=genre,
        )  # fmt: skip
        articles.save_text(self.db, text, at)
        if story is not None:
            with self.db.conn:
                self.db.execute(
                    "INSERT OR IGNORE INTO stories (id, first_at, last_at, members, edited)"
                    " VALUES (?, ?, ?, 1, 0)",
                    (story, at.isoformat(), at.isoformat()),
                )
                self.db.execute("UPDATE articles SET story = ? WHERE id = ?", (story, article))
        now = articles.get(self.db, article)
        assert now is not None
        row = VerdictRow(
            article=article, version=now.version, topic="t", model="m", lexicon="l", score=score,
            relevant=True, topics=topics, evidence="{}", route=route,  # type: ignore[arg-type]
            route_why="", probability=1.0, disposition="queued",
        )  # fmt: skip
        verdicts.save_verdicts(self.db, [row], [], at)
        claiming.note(self.db, lexicon=LEXICON, now=at)

    @staticmethod
    def at(day: int, hour: float) -> datetime:
        begun = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE)
        return (begun + timedelta(days=day, hours=hour)).astimezone(UTC)

    def morning(self, day: int, name: str = "daily", **asked: Any) -> Digest:
        """Print and keep the digest of a morning; what came until seven is in it."""
        settings = DigestSettings(**asked) if name == "daily" else FurtherDigest(name=name, **asked)
        press = Press(settings=settings, zone=ZONE, to=(), model="m", threshold=0.1, draws=False)
        on = FIRST + timedelta(days=day)
        until = self.at(day, 7)
        since = editions.covered_until(self.db, name, on) or until - timedelta(days=1)
        digest = press.edition(self.db, on, since, until)
        assert press.edition(self.db, on, since, until) == digest
        printed = press.printed(digest, since, until, until)
        assert publishing.keep(self.db, digest, *printed)
        return digest


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with closing(connect(tmp_path / "torkham.db")) as db:
        yield Room(db)


def told(digest: Digest, part: str | None = None) -> list[DigestEntry]:
    return [
        entry
        for section in digest.sections
        if part in {None, section.part}
        for _, topic in section.topics
        for entry in topic
    ]


def changes(digest: Digest) -> list[DigestChange]:
    return [change for entry in told(digest) for change in entry.changes]


BLAST = (
    "Six killed in Bannu mosque blast",
    (
        "BANNU: Six people were killed when a bomb went off outside a mosque in Bannu on Monday,"
        " police said. The TTP has long been active near the Afghan border.\n"
        "Shopkeepers in the bazaar heard the explosion shortly after the evening prayer."
    ),
)
AGAIN = (
    "Bomb outside Bannu mosque leaves six dead",
    (
        "A bomb outside a Bannu mosque has left six people dead, officials said on Tuesday."
        " The blast was heard in the bazaar after evening prayers, and militants of the TTP have"
        " been active close to the Afghan border for years."
    ),
)


def test_a_story_is_told_once_then_only_what_changed_and_then_nothing(room: Room) -> None:
    first = room.comes(1, *BLAST)
    (entry,) = told(room.morning(1), "new")
    assert (entry.article, entry.changes) == (first, ())
    room.comes(1, *AGAIN, day=1, outlet="courier")
    quiet = room.morning(2)
    assert told(quiet) == []
    assert (quiet.unchanged, quiet.more) == (1, 0)
    assert "quiet day" in quiet.title
    sentence = "The death toll in the Bannu mosque blast rose to nine on Tuesday, police said."
    second = room.comes(
        1, "Bannu mosque blast toll rises to nine", f"BANNU: {sentence} Three had died of wounds.",
        day=2, outlet="herald",
    )  # fmt: skip
    (entry,) = told(room.morning(3), "changed")
    assert (entry.article, entry.told_on) == (second, FIRST + timedelta(days=1))
    (change,) = entry.changes
    assert (change.kind, change.told) == ("toll", "killed: 9, before 6")
    assert change.sentence == f"BANNU: {sentence}"
    assert entry.sentences == ("Three had died of wounds.",)
    room.comes(1, "Nine dead in Bannu blast", AGAIN[1].replace("six", "nine"), day=3)
    assert told(room.morning(4)) == []


PLANTS = {
    "toll up in words": (
        "Bannu blast toll climbs",
        (
            "The number of people killed in Monday's blast in Bannu has risen to eleven after two"
            " of the wounded died in hospital."
        ),
        "toll",
    ),
    "toll up in the plain": (
        "Eleven dead in Bannu blast",
        "Eleven people were killed in the explosion outside a mosque in Bannu, rescuers said.",
        "toll",
    ),
    "toll down": (
        "Bannu toll revised down to four",
        "Police revised the death toll down to four from six, saying two had been counted twice.",
        "toll",
    ),
    "toll corrected": (
        "Officials correct Bannu toll",
        (
            "Four people were killed in the Bannu blast, not six as first reported, the district"
            " administration said."
        ),
        "toll",
    ),
    "a group claims it": (
        "TTP says it bombed Bannu mosque",
        "The TTP claimed responsibility for the bombing in Bannu in a message to reporters.",
        "claim",
    ),
    "a group denies it": (
        "TTP denies Bannu role",
        "The Tehreek-i-Taliban Pakistan denied involvement in the Bannu attack on Tuesday.",
        "claim",
    ),
    "a splinter group": (
        "Splinter group owns Bannu attack",
        "Responsibility for the attack in Bannu was claimed by Jamaat-ul-Ahrar.",
        "claim",
    ),
    "an official reacts": (
        "Minister vows justice for Bannu",
        (
            "“Those who shed blood in our mosques will find no shelter,” Interior Minister Javed"
            " Marwatzai said in Islamabad."
        ),
        "reaction",
    ),
    "an official reacts in the outlet's words": (
        "Governor calls for calm in Bannu",
        "Governor Haleem Durrazai said the province would pay for the treatment of the wounded.",
        "reaction",
    ),
    "the other side speaks": (
        "Kabul rejects blame for Bannu",
        "Afghan government spokesman Nasim Wardagi said the bombers had not come from Afghanistan.",
        "reaction",
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_each_kind_of_change_is_told_once_with_its_sentence(room: Room, plant: str) -> None:
    title, sentence, kind = PLANTS[plant]
    room.comes(1, *BLAST)
    room.morning(1)
    rest = "Shopkeepers in the bazaar heard the explosion after the evening prayer."
    room.comes(1, title, f"{sentence}\n{rest}", day=1, outlet="courier")
    (change,) = changes(room.morning(2))
    assert (change.kind, change.sentence) == (kind, sentence)
    room.comes(1, f"{title}, say reports", f"{rest}\n{sentence}", day=2, outlet="herald")
    later = room.morning(3)
    assert (told(later), later.unchanged) == ([], 1)


NINE = (
    "Nine dead in Bannu blast",
    (
        "Nine people were killed in the explosion outside a mosque in Bannu, rescuers said.\n"
        "Shopkeepers in the bazaar heard the explosion after the evening prayer."
    ),
)


def test_what_finds_no_room_stays_untold_and_comes_tomorrow(room: Room) -> None:
    room.comes(1, *BLAST, score=0.1)
    room.morning(1)
    room.comes(1, *NINE, day=1, score=0.1)
    for story in range(2, 9):
        body = f"Envoys of Kabul and Islamabad met for the {story}th time in a border town."
        room.comes(story, f"Talks, round {story}", body, day=1, score=0.9)
    crowded = room.morning(2, stories=3)
    assert [entry.part for entry in told(crowded)] == ["changed", "new", "new"]
    assert crowded.more == 5
    room.comes(1, "Eleven dead in Bannu", NINE[1].replace("Nine", "Eleven"), day=2, score=0.1)
    room.comes(20, *AGAIN, day=2, score=0.05)
    tight = room.morning(3, stories=1)
    assert [entry.part for entry in told(tight)] == ["changed"]
    later = room.morning(4, stories=30)
    assert {entry.story for entry in told(later)} == {20, *range(2, 9)} - {
        entry.story for entry in told(crowded)
    }


def test_a_change_that_found_no_room_is_told_when_there_is_some(room: Room) -> None:
    for story in (1, 2):
        room.comes(story, BLAST[0], BLAST[1], score=0.5)
    room.morning(1)
    for story in (1, 2):
        room.comes(story, *NINE, day=1, score=0.5)
    first = room.morning(2, stories=1)
    second = room.morning(3, stories=1)
    third = room.morning(4, stories=1)
    assert (len(changes(first)), first.more) == (1, 1)
    assert (len(changes(second)), second.more) == (1, 0)
    assert {entry.story for entry in (*told(first), *told(second))} == {1, 2}
    assert told(third) == []


def test_what_was_told_is_remembered_when_stories_are_put_together_or_taken_apart(
    room: Room,
) -> None:
    first = room.comes(1, *BLAST)
    second = room.comes(2, *NINE, outlet="courier")
    assert len(told(room.morning(1))) == 2
    stories.merge(room.db, 1, 2, by="R", now=room.at(1, 9))
    room.comes(1, "Nine dead", NINE[1].replace("explosion", "blast"), day=1, outlet="herald")
    assert told(room.morning(2)) == []
    edit = stories.split(room.db, 1, [second], by="R", now=room.at(2, 9))
    room.comes(edit.other, "Nine died", NINE[1], day=2, outlet="gazette")
    room.comes(1, "Nine died in Bannu", NINE[1], day=2, outlet="watan")
    assert told(room.morning(3)) == []
    assert first != second


DOHA = ("Talks in Doha", "Envoys of Kabul and Islamabad met in Doha for an hour on Tuesday.")


def test_what_was_never_told_is_new_when_it_is_taken_out_of_a_told_story(room: Room) -> None:
    room.comes(1, *BLAST)
    room.morning(1)
    talks = room.comes(1, *DOHA, day=1, outlet="courier")
    assert told(room.morning(2)) == []
    stories.split(room.db, 1, [talks], by="R", now=room.at(2, 9))
    (entry,) = told(room.morning(3), "new")
    assert entry.article == talks
    assert told(room.morning(4)) == []


@pytest.mark.parametrize("into", [1, 2])
def test_what_was_never_told_is_new_when_its_merger_is_undone(room: Room, into: int) -> None:
    room.comes(1, *BLAST)
    room.morning(1)
    talks = room.comes(2, *DOHA, day=1, outlet="courier")
    edit = stories.merge(room.db, into, 3 - into, by="R", now=room.at(1, 12))
    assert told(room.morning(2)) == []
    stories.undo(room.db, edit.id, by="R", now=room.at(2, 9))
    (entry,) = told(room.morning(3))
    assert (entry.article, entry.part) == (talks, "new")


def test_a_story_the_team_refused_is_not_told_again_unless_it_accepts_a_later_text(
    room: Room,
) -> None:
    first = room.comes(1, *BLAST)
    room.morning(1)
    reviews.decide(room.db, article=first, answer="not_relevant", by="R", now=room.at(1, 8))
    second = room.comes(1, *NINE, day=1, outlet="courier")
    assert told(room.morning(2)) == []
    reviews.decide(room.db, article=second, answer="relevant", by="R", now=room.at(2, 8))
    (entry,) = told(room.morning(3))
    assert entry.article == second


ELEVEN = ("Eleven dead in Bannu blast", NINE[1].replace("Nine", "Eleven"))


def test_an_article_that_the_team_refused_does_not_silence_a_story_it_accepted(room: Room) -> None:
    first = room.comes(1, *BLAST)
    room.morning(1)
    reviews.decide(room.db, article=first, answer="relevant", by="R", now=room.at(1, 8))
    second = room.comes(1, *NINE, day=1, outlet="courier")
    assert len(changes(room.morning(2))) == 1
    reviews.decide(room.db, article=second, answer="not_relevant", by="R", now=room.at(2, 8))
    room.comes(1, *ELEVEN, day=2, outlet="herald")
    assert [one.told for one in changes(room.morning(3))] == ["killed: 11, before 9"]


def test_a_story_that_was_refused_and_then_accepted_goes_on(room: Room) -> None:
    first = room.comes(1, *BLAST)
    room.morning(1)
    reviews.decide(room.db, article=first, answer="not_relevant", by="R", now=room.at(1, 8))
    second = room.comes(1, *NINE, day=1, outlet="courier")
    reviews.decide(room.db, article=second, answer="relevant", by="R", now=room.at(1, 10))
    assert len(changes(room.morning(2))) == 1
    room.comes(1, *ELEVEN, day=2, outlet="herald")
    assert [one.told for one in changes(room.morning(3))] == ["killed: 11, before 9"]


def test_a_figure_that_a_person_discarded_or_put_right_counts_as_they_left_it(room: Room) -> None:
    room.comes(1, *BLAST)
    room.morning(1)
    number = room.comes(1, *NINE, day=1, outlet="courier")
    (row,) = [one for one in claims.of_article(room.db, number) if one.facts.least == 9]
    claims.answer(room.db, row.id, "discard", by="R", now=room.at(1, 10))
    assert told(room.morning(2)) == []
    claims.answer(
        room.db, row.id, "correct", by="R", now=room.at(2, 8), given={"least": 7, "most": 7}
    )
    room.comes(1, *AGAIN, day=2, outlet="herald")
    (change,) = changes(room.morning(3))
    assert change.told == "killed: 7, before 6"


def corrected(room: Room, article: int, figure: int, *, day: int, hour: float) -> None:
    for row in claims.of_article(room.db, article):
        if row.facts.population == "killed":
            claims.answer(
                room.db, row.id, "correct", by="R", now=room.at(day, hour),
                given={"least": figure, "most": figure},
            )  # fmt: skip


def test_a_figure_that_was_told_and_corrected_since_counts_as_corrected(room: Room) -> None:
    number = room.comes(1, *NINE)
    room.morning(1)
    corrected(room, number, 7, day=1, hour=8)
    room.comes(1, "Eight dead in Bannu", NINE[1].replace("Nine", "Eight"), day=1, outlet="courier")
    assert [one.told for one in changes(room.morning(2))] == ["killed: 8, before 7"]


def test_figures_side_by_side_stand_as_a_person_corrected_them(room: Room) -> None:
    room.comes(1, *BLAST, outlet="courier")
    number = room.comes(1, *NINE, hour=10)
    corrected(room, number, 7, day=0, hour=11)
    (entry,) = told(room.morning(1))
    assert [one.value for one in entry.claims[0].said] == ["Six", "7"]


def test_a_copy_with_another_toll_is_a_change_and_a_plain_copy_is_none(room: Room) -> None:
    first = room.comes(1, *BLAST)
    room.morning(1)
    room.comes(1, *BLAST, day=1, outlet="courier", copy_of=first)
    assert (told(room.morning(2)), room.morning(3).unchanged) == ([], 0)
    body = BLAST[1].replace("Six people", "Eight people")
    room.comes(1, BLAST[0], body, day=3, outlet="herald", copy_of=first)
    (change,) = changes(room.morning(4))
    assert (change.kind, change.told) == ("toll", "killed: 8, before 6")


def test_a_follow_up_that_scores_low_may_still_say_that_the_toll_rose(room: Room) -> None:
    room.comes(1, *BLAST)
    room.morning(1)
    number = room.comes(1, *NINE, day=1, outlet="courier", score=0.01, route="reject")
    with room.db.conn:
        room.db.execute("UPDATE articles SET route = 'queue', disposition = 'queued' WHERE id = ?",
                        (number,))  # fmt: skip
    claiming.note(room.db, lexicon=LEXICON, now=room.at(1, 10))
    with room.db.conn:
        room.db.execute("UPDATE articles SET route = 'reject', queued_at = NULL WHERE id = ?",
                        (number,))  # fmt: skip
    (change,) = changes(room.morning(2))
    assert (change.article, change.told) == (number, "killed: 9, before 6")


def scores_low(room: Room, article: int) -> None:
    """Let an article whose figures were read be one that nobody queued."""
    with room.db.conn:
        room.db.execute("UPDATE articles SET route = 'reject', queued_at = NULL WHERE id = ?",
                        (article,))  # fmt: skip


def test_a_change_that_scores_low_and_found_no_room_is_told_when_there_is_some(room: Room) -> None:
    for story in (1, 2):
        room.comes(story, *BLAST, score=0.5)
    room.morning(1)
    room.comes(1, *NINE, day=1, score=0.5)
    low = room.comes(2, *NINE, day=1, score=0.01)
    scores_low(room, low)
    crowded = room.morning(2, stories=1)
    assert (len(changes(crowded)), crowded.more) == (1, 1)
    (change,) = changes(room.morning(3, stories=1))
    assert (change.article, change.told) == (low, "killed: 9, before 6")
    assert told(room.morning(4)) == []


def test_a_follow_up_whose_text_was_read_after_the_hour_is_told_the_next_day(room: Room) -> None:
    room.comes(1, *BLAST)
    room.morning(1)
    number = room.finds("Bannu", day=2, hour=6.9, outlet="courier")
    assert told(room.morning(2)) == []
    room.says(number, *NINE, day=2, hour=7.2, story=1, score=0.01)
    scores_low(room, number)
    (change,) = changes(room.morning(3))
    assert (change.article, change.told) == (number, "killed: 9, before 6")
    assert told(room.morning(4)) == []


def test_each_digest_remembers_for_itself_and_tells_its_own_topics(room: Room) -> None:
    room.comes(1, *BLAST)
    room.comes(2, "Talks in Doha", "Envoys of Kabul and Islamabad met in Doha.", topics=("talks",))
    assert len(told(room.morning(1))) == 2
    weekly: dict[str, Any] = {"name": "border", "every": "week", "topics": ("talks",)}
    (entry,) = told(room.morning(1, **weekly))
    assert entry.story == 2
    afghan = room.morning(1, name="kabul", sides=("afghanistan",))
    assert told(afghan) == []
    assert told(room.morning(2)) == []


def test_an_edited_headline_without_end_is_shown_as_a_line(room: Room) -> None:
    number = room.comes(1, f"{BLAST[0]} {'and more ' * 300}", BLAST[1])
    room.morning(1)
    room.says(number, f"Bannu \u202emourns {'and prays ' * 300}", BLAST[1], day=1, story=1)
    (change,) = changes(room.morning(2))
    assert change.sentence.startswith("Bannu mourns and prays")
    assert len(change.sentence) <= 300
    assert len(change.told) <= 350


def test_what_goes_on_after_a_text_was_removed_is_told_with_its_sentences(room: Room) -> None:
    first = room.comes(1, *BLAST)
    room.morning(1)
    removals.request(room.db, first, by="R", why="asked", now=room.at(1, 8))
    rest = "Three of the wounded had died in the hospital of the town."
    body = f"BANNU: Nine people were killed in the Bannu blast, police said on Tuesday. {rest}"
    room.comes(1, "Bannu mosque blast toll rises", body, day=1, outlet="herald")
    (entry,) = told(room.morning(2), "changed")
    assert entry.sentences == (rest,)


def test_what_the_audit_found_stands_in_its_own_part(room: Room) -> None:
    number = room.comes(1, *BLAST, score=0.02, route="sample")
    assert told(room.morning(1)) == []
    reviews.decide(room.db, article=number, answer="relevant", by="R", now=room.at(1, 9))
    (entry,) = told(room.morning(2), "audit")
    assert entry.article == number


def test_a_quiet_day_says_so_and_counts_what_was_looked_at(room: Room) -> None:
    room.comes(1, *BLAST, day=0, hour=9)
    room.morning(1)
    quiet = room.morning(2)
    assert (quiet.sections, quiet.ledger.found, quiet.unchanged) == ((), 0, 0)
    days = {day.day_on: (day.found, day.queued) for day in quiet.days}
    assert len(days) == 28
    assert (days[FIRST], days[FIRST - timedelta(days=1)]) == ((1, 1), (0, 0))
    assert max(days) == FIRST + timedelta(days=1)


def test_who_told_it_first_and_figures_side_by_side(room: Room) -> None:
    first = room.comes(1, *BLAST, outlet="courier", score=0.3)
    best = room.comes(1, *NINE, hour=10, score=0.9)
    (entry,) = told(room.morning(1))
    assert (entry.article, entry.first and entry.first[0]) == (best, "Courier")
    (claim,) = entry.claims
    assert claim.what == "killed, Bannu"
    assert [(one.value, one.outlet, one.article) for one in claim.said] == [
        ("Six", "Courier", first), ("Nine", "Gazette", best),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "title", "body", "name"),
    [
        (
            "ur", "چمن کی سرحد چار روز سے بند",
            ("تاجروں کی قطاریں طویل ہو گئیں اور بازار سنسان رہے۔ چمن کے مقام پر سرحد چوتھے روز"
            " بھی بند رہی؟ ایک مقامی مل مالک نے کہا کہ گوداموں میں جگہ باقی نہیں۔"),
            "چمن",
        ),
        (
            "ps", "د تورخم لار پرانیستل شوه",
            ("سوداګرو د خوښۍ څرګندونه وکړه او بازار بیا ګرم شو. د تورخم لار پرون د بار لپاره"
            " پرانیستل شوه. چارواکي وايي چې لارۍ به په وار سره تېرېږي."),
            "تورخم",
        ),
        (
            "fa", "مرز اسپین‌بولدک باز شد",
            ("باربران از آغاز کار دوباره خبر دادند و صف‌ها کوتاه شد. مرز اسپین‌بولدک پس از سه روز"
            " به روی کامیون‌ها باز شد! مسئولان می‌گویند گمرک شبانه کار می‌کند."),
            "اسپین‌بولدک",
        ),
    ],
)  # fmt: skip
def test_items_in_urdu_pashto_and_dari_carry_the_sentence_with_the_name(
    room: Room, language: str, title: str, body: str, name: str
) -> None:
    number = room.comes(1, title, body, language=language)
    evidence = json.dumps({"contributions": [{"weight": 1.0, "matches": [{"text": name}]}]})
    with room.db.conn:
        room.db.execute(
            "UPDATE verdicts SET evidence = ?, packed = NULL WHERE article = ?", (evidence, number)
        )
    (entry,) = told(room.morning(1))
    assert (entry.language, entry.matched) == (language, (name,))
    assert len(entry.sentences) == 2
    assert any(name in sentence and sentence in body for sentence in entry.sentences)
