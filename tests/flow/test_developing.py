"""A fortnight with sixteen stories that go on: what was told is not told again, what changed is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.app import App
from monitor.work import JOBS
from store import stories
from tests.flow.developing import CHANGES, ON_PAGES, SIDES, STORIES, Beat, Developing
from tests.flow.newsroom import Hands, Installation, Newsroom, Story

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
BEGIN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday, nine in the morning in Karachi
DAYS = 14
BESIDE = 5  # other articles of an outlet each day
NIGHTLY = {"learn", "tidy"}


@dataclass(kw_only=True)
class Told:
    """The digests of a fortnight by the day they tell of, and where each beat stands."""

    texts: Mapping[int, str]
    urls: Mapping[tuple[str, int], str]  # (story, beat) -> its address
    place: Installation

    def days_of(self, wanted: str) -> list[int]:
        """Return the days whose digest holds these words, a day as often as it does."""
        line = _one_line(wanted)
        return [day for day, text in self.texts.items() for _ in range(text.count(line))]

    def days_with(self, one: Developing) -> set[int]:
        """Return the days whose digest links to any article of a story."""
        mine = [url for (name, _), url in self.urls.items() if name == one.name]
        return {day for day, text in self.texts.items() if any(url in text for url in mine)}


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _publish(room: Newsroom, one: Developing, number: int, now: datetime) -> Story | None:
    beat = one.beats[number]
    if beat.kind == "headline":
        edited = next(s for s in room.stories[beat.outlet] if s.slug == f"{one.name}-{beat.of}")
        edited.title = beat.title
        return None
    if beat.kind == "edit":  # of the sentence, in place
        edited = next(s for s in room.stories[beat.outlet] if s.slug == f"{one.name}-{beat.of}")
        edited.body = edited.body.replace(one.beats[beat.of].says, beat.says)
        return None
    told = one.beats[beat.of] if beat.kind == "copy" else beat
    return room.publish(
        beat.outlet, told.title, slug=f"{one.name}-{number}", body=one.body(beat),
        summary="Read it on our pages." if beat.outlet == ON_PAGES else told.says,
        published_at=now - timedelta(minutes=20), in_feed=beat.outlet != ON_PAGES,
    )  # fmt: skip


def _jobs(app: App) -> None:
    for name in JOBS:
        if name not in NIGHTLY:
            app.run_job(name)


def _settings(room: Newsroom) -> dict[str, Any]:
    feeds = [
        {"key": key, "url": f"{room.base}/feed/{key}", "outlet": key.replace("-", " ").title(),
         "side": side, "body": "page" if key == ON_PAGES else "full", "every": "15m"}
        for key, side in SIDES.items()
    ]  # fmt: skip
    return {"feeds": feeds, "thresholds": {"queue": 0.05}, "team": {"time_zone": "Asia/Karachi"}}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    clock, urls = Hands(BEGIN), {}
    with Newsroom() as room:
        for outlet in SIDES:
            room.publish(outlet, published_at=BEGIN - timedelta(hours=1), in_feed=True)
        place = Installation(folder=tmp_path_factory.mktemp("developing"), newsroom=room)
        place.configure(**_settings(room))
        with place.app(clock) as app:
            for day in range(1, DAYS + 1):
                clock.at = BEGIN + timedelta(days=day - 1)
                for outlet in SIDES:  # else every word would be rare
                    for _ in range(BESIDE):
                        at = clock() - timedelta(minutes=40)
                        room.publish(outlet, published_at=at, in_feed=True)
                for one in STORIES:
                    for number, beat in enumerate(one.beats):
                        if beat.day == day and (new := _publish(room, one, number, clock())):
                            urls[one.name, number] = room.url(new)
                _jobs(app)
                clock.at = BEGIN + timedelta(days=day, hours=-1, minutes=-45)  # 07:15
                _jobs(app)
        rows = place.rows("SELECT day_on, text FROM outbox WHERE kind = 'digest' ORDER BY day_on")
        texts = {
            (datetime.fromisoformat(row["day_on"]).date() - BEGIN.date()).days: _one_line(
                row["text"]
            )
            for row in rows
        }
        yield Told(texts=texts, urls=urls, place=place)
        place.close()


def _planted() -> list[tuple[Developing, Beat]]:
    return [(one, beat) for one in STORIES for beat in one.beats if beat.kind in CHANGES]


def test_every_morning_has_its_digest(told: Told) -> None:
    assert sorted(told.texts) == list(range(1, DAYS + 1))


def test_what_belongs_together_is_one_story(told: Told) -> None:
    """Else the rest would pass for the wrong reason."""
    with told.place.store() as db:
        rows = told.place.rows("SELECT id, story, canonical_url FROM articles")
        assert stories.members(db, [row["story"] for row in rows])
    by_name: dict[str, set[int]] = {}
    for row in rows:
        name = row["canonical_url"].rsplit("/", 1)[1].rsplit("-", 1)[0]
        by_name.setdefault(name, set()).add(row["story"])
    assert {one.name: by_name[one.name] for one in STORIES if len(by_name[one.name]) > 1} == {}


@pytest.mark.parametrize("one", STORIES, ids=lambda one: one.name)
def test_a_story_stands_in_a_digest_only_when_something_in_it_is_new(
    told: Told, one: Developing
) -> None:
    shown = told.days_with(one)
    first = one.beats[0].day
    assert first in shown, "it was never told"
    # An edit in place is seen when the article is read again, a day later at most.
    edits = {beat.day + 1 for beat in one.beats if beat.kind in {"headline", "edit"}}
    assert shown <= one.news_on() | edits


@pytest.mark.parametrize(
    ("one", "beat"),
    _planted(),
    ids=lambda x: f"{x.kind}-{x.day}" if isinstance(x, Beat) else x.name,
)
def test_every_change_is_told_once_with_its_sentence(
    told: Told, one: Developing, beat: Beat
) -> None:
    if beat.kind == "headline":
        days = sorted(set(told.days_of(beat.title)))
        assert len(days) == 1
        assert days[0] in {beat.day, beat.day + 1}
    elif beat.kind == "edit":
        assert told.days_of(beat.says) in ([beat.day], [beat.day + 1])
    else:
        assert told.days_of(beat.says) == [beat.day]


def test_a_day_on_which_nothing_is_new_says_so(told: Told) -> None:
    newsy = Counter(day for one in STORIES for day in one.news_on())
    quiet = [day for day in told.texts if not newsy[day] and not newsy[day - 1]]
    assert quiet
    for day in quiet:
        assert "quiet day" in told.texts[day].casefold()


def test_each_first_sentence_is_told_on_its_day_and_never_again(told: Told) -> None:
    for one in STORIES:
        assert told.days_of(one.beats[0].says) == [one.beats[0].day], one.name
