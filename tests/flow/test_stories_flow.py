"""A story keeps its articles: the machine places each once, only people move them after that."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from classifiers.lexicon import load_lexicon
from monitor.articles import retelling
from monitor.articles.retelling import Telling
from monitor.cli.main import torkham
from monitor.config.shape import Digest as DigestSettings
from monitor.digests.edition import Press
from monitor.edge.clock import system_clock
from monitor.stages import dedupe, story
from monitor.told import Digest, DigestEntry
from store import articles, copies, feeds, placing, reviews, stories
from store.db import Db, connect
from store.faults import StoreError
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.terms import Index
from store.types import StoredText, VerdictRow
from tests.new_store import new_store

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LEXICON = load_lexicon()
OUTLETS = ("gazette", "courier", "herald")
EVENTS = (
    (
        "Grain convoy reaches Parachinar after eleven weeks",
        (
            "A convoy of 40 trucks with wheat and medicine reached Parachinar on Monday, eleven "
            "weeks after the Thall road was shut. Deputy commissioner Ashfaq Bangash said 22 more "
            "trucks would follow once the jirga in Sadda had signed."
        ),
    ),
    (
        "Torkham crossing reopens for cargo",
        (
            "The Torkham crossing reopened for cargo on Monday after a closure over a bunker. "
            "Customs official Nadeem Shinwari counted 310 lorries by evening, and traders in Landi "
            "Kotal put their losses at three million dollars a day."
        ),
    ),
    (
        "Saffron growers in Herat fear a thin harvest",
        (
            "Saffron growers in Herat say early frost has spoiled a third of the bulbs. Guild head "
            "Sediqa Haidari asked the agriculture office for 900 tonnes of covers before November."
        ),
    ),
    (
        "Bus plunges into ravine near Kohistan, twelve die",
        (
            "A bus bound for Skardu plunged into a ravine near Dassu, Kohistan, and twelve people "
            "died. Rescuer Wali Khan said fog and a failed brake were being looked at."
        ),
    ),
)
RETELLING = (
    "Trucks with wheat get to Parachinar as Thall road opens",
    (
        "Forty trucks reached Parachinar on Monday, the first since the Thall road was shut eleven "
        "weeks ago. Deputy commissioner Ashfaq Bangash expects 22 more once the Sadda jirga signs."
    ),
)
RETOLD = (
    "{title}|{body}",
    "{title}, officials say|{body} The office in Peshawar gave no further figures.",
    "Update: {title}|Officials confirmed it late at night. {body}",
)


class Newsroom:
    """Articles that arrive in a real store, the way the harvest keeps them."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self.count = 0

    def arrive(
        self,
        title: str,
        body: str,
        *,
        outlet: str = "gazette",
        minutes: float = 0,
        text_from: str = "page",
    ) -> int:
        """Keep an article first seen so many minutes after the start; return its number."""
        self.count += 1
        at = T0 + timedelta(minutes=minutes)
        url = f"https://{outlet}.example/{self.count}"
        entry = FoundEntry(
            key=url, item_hash=url, guid=url, url=url, canonical_url=url, title=title, summary="",
            content_html=None, author=None, published_at=at, published_original=str(at),
            language="en",
        )  # fmt: skip
        spec = FeedSpec(
            key=outlet, url=f"https://{outlet}.example/feed", outlet=outlet.title(),
            side="pakistan", language="en",
        )  # fmt: skip
        feeds.sync(self.db, [spec], at)
        state = FeedState(spec=spec, polls=1, condition="ok", next_poll_at=at)
        feeds.save_poll(
            self.db, PollRecord(state=state, at=at, outcome="ok", listed=1, found=(entry,))
        )
        number = articles.why(self.db, url, "").items[0].article
        assert number is not None
        self.keep(number, title, body, outlet=outlet, minutes=minutes, text_from=text_from)
        return number

    def keep(
        self, article: int, title: str, body: str, *, outlet: str = "gazette", minutes: float = 0,
        text_from: str = "page",
    ) -> int:  # fmt: skip
        """Keep a text of an article; return the story it stands in."""
        at = T0 + timedelta(minutes=minutes)
        prints = dedupe.fingerprint(title, body)
        near = copies.similar(
            self.db, prints.sketch, prints.text_hash, since=at - timedelta(days=30),
            exclude=article,
        )  # fmt: skip
        original = dedupe.copy_of(prints, near)
        text = StoredText(
            article=article, title=title, body=body, author=None, language="en",
            published_at=at, published_original=str(at), published_source="feed",
            extractor="test", text_from=text_from,  # type: ignore[arg-type]
            text_hash=prints.text_hash, title_key=prints.title_key, scheme=prints.scheme,
            sketch=prints.sketch, copy_of=original.article if original else None,
            copy_how=original.how if original else None,
        )  # fmt: skip
        return retelling.keep(self.db, text, outlet=outlet, seen_at=at, lexicon=LEXICON, now=at)

    def places(self) -> dict[int, int]:
        """Return each article's story."""
        rows = self.db.execute("SELECT id, story FROM articles WHERE version > 0").fetchall()
        return dict(rows)


@contextmanager
def newsroom() -> Iterator[Newsroom]:
    """Give a newsroom in a file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        db = connect(new_store(Path(folder) / "torkham.db"))
        try:
            yield Newsroom(db)
        finally:
            db.close()


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with newsroom() as made:
        yield made


def told(event: int, way: int) -> tuple[str, str]:
    title, body = EVENTS[event]
    head, text = RETOLD[way].format(title=title, body=body).split("|", 1)
    return head, text


# --- placing --------------------------------------------------------------------------------


def test_two_outlets_that_tell_one_event_are_one_story_and_a_third_event_is_not(
    room: Newsroom,
) -> None:
    first = room.arrive(*told(0, 0))
    second = room.arrive(
        *RETELLING, outlet="courier", minutes=90
    )  # fmt: skip
    other = room.arrive(*told(1, 0), outlet="courier", minutes=120)
    places = room.places()
    assert places[first] == places[second] != places[other]
    member = stories.members(room.db, [places[first]])[places[first]][1]
    assert member.joined.why == "alike"
    assert member.joined.near == first
    assert "Parachinar" in member.joined.shared


def test_a_copy_stands_with_its_original_whatever_its_headline(room: Newsroom) -> None:
    body = " ".join(f"{told(0, 1)[1]} Paragraph {n} of the same wire text." for n in range(4))
    first = room.arrive(told(0, 0)[0], body)
    second = room.arrive("News in brief", body, outlet="herald", minutes=4000)
    places = room.places()
    assert places[first] == places[second]
    assert stories.members(room.db, [places[first]])[places[first]][1].joined.why == "copy"


def test_an_edited_article_stays_in_its_story_even_when_it_now_tells_another_event(
    room: Newsroom,
) -> None:
    first = room.arrive(*told(0, 0))
    other = room.arrive(*told(1, 0), outlet="courier", minutes=10)
    before = room.places()
    room.keep(first, *told(1, 1), minutes=20)
    assert room.places() == before
    late = room.arrive(*told(1, 2), outlet="herald", minutes=30)
    assert room.places()[late] in {before[first], before[other]}


def test_an_article_known_by_its_headline_only_may_join_once_its_text_is_there(
    room: Newsroom,
) -> None:
    room.arrive(*told(3, 0))
    late = room.arrive(
        "Fog on the Karakoram road", "", outlet="herald", minutes=20, text_from="headline"
    )
    alone = room.places()[late]
    assert room.keep(late, *told(3, 2), outlet="herald", minutes=40) != alone
    assert stories.now_known_as(room.db, alone) == room.places()[late]


def test_an_article_that_a_person_set_apart_is_not_brought_back_by_its_text(
    room: Newsroom,
) -> None:
    first = room.arrive(*told(3, 0))
    late = room.arrive(EVENTS[3][0], "", outlet="herald", minutes=20, text_from="headline")
    home = room.places()[first]
    if room.places()[late] != home:
        stories.merge(room.db, home, room.places()[late], by="R", now=T0)
    stories.split(room.db, home, [late], by="R", now=T0)
    apart = room.places()[late]
    assert room.keep(late, *told(3, 0), outlet="herald", minutes=40) == apart != home


def test_the_live_path_decides_as_the_replay_that_is_measured(room: Newsroom) -> None:
    tellings = []
    for n in range(24):
        event, way = n % len(EVENTS), (n // len(EVENTS)) % len(RETOLD)
        title, body = told(event, way)
        title, body = f"{title} {n // 8}", f"{body} Note {n * 7}."
        outlet = OUTLETS[n % 3]
        number = room.arrive(title, body, outlet=outlet, minutes=60 * n)
        kept = articles.get(room.db, number)
        assert kept is not None
        tellings.append(
            Telling(
                article=number, at=T0 + timedelta(minutes=60 * n), title=title, body=body,
                concepts=retelling.names(title, body, LEXICON),
                sketch=dedupe.fingerprint(title, body).sketch,
                outlet=outlet.title(), copy_of=kept.copy_of,
            )
        )  # fmt: skip
    live = list(room.places().values())
    replayed = story.replay(tellings)
    assert len(set(zip(live, replayed, strict=True))) == len(set(live)) == len(set(replayed))


def test_what_is_forgotten_by_the_index_stays_in_its_story(room: Newsroom) -> None:
    first = room.arrive(*told(0, 0))
    before = room.places()
    assert placing.forget(room.db, T0 + timedelta(days=11)) == 1
    assert Index(room.db).rarity(["convoy"]) == (0, {})
    late = room.arrive(*RETELLING, outlet="courier", minutes=5)
    assert room.places()[first] == before[first] != room.places()[late]


# --- people ---------------------------------------------------------------------------------


def test_a_split_takes_copies_along_and_can_be_undone(room: Newsroom) -> None:
    body = " ".join(f"{told(0, 1)[1]} Paragraph {n} of the same wire text." for n in range(4))
    first = room.arrive(*RETELLING)
    second = room.arrive(told(0, 1)[0], body, outlet="courier", minutes=10)
    copy = room.arrive(told(0, 1)[0], body, outlet="herald", minutes=20)
    home = room.places()[first]
    assert set(room.places().values()) == {home}
    edit = stories.split(room.db, home, [copy], by="R", now=T0, note="another convoy")
    assert edit.articles == (second, copy)
    assert room.places() == {first: home, second: edit.other, copy: edit.other}
    undone = stories.undo(room.db, edit.id, by="S", now=T0)
    assert undone is not None
    assert set(room.places().values()) == {home}
    assert stories.now_known_as(room.db, edit.other) == home
    assert stories.undo(room.db, edit.id, by="S", now=T0) is None
    kinds = [(line.kind, line.by, line.undone) for line in stories.edits(room.db, home)]
    assert kinds == [("split", "R", True), ("undo", "S", False)]


def test_a_split_that_would_empty_a_story_or_names_a_stranger_changes_nothing(
    room: Newsroom,
) -> None:
    first, other = room.arrive(*told(0, 0)), room.arrive(*told(1, 0), minutes=5)
    before = room.places()
    for wrong in ([first], [other], [], [first, other]):
        with pytest.raises(StoreError):
            stories.split(room.db, before[first], wrong, by="R", now=T0)
    with pytest.raises(StoreError):
        stories.merge(room.db, before[first], before[first], by="R", now=T0)
    assert room.places() == before
    assert stories.edits(room.db, before[first]) == []


def test_a_newcomer_joins_the_story_that_a_person_merged(room: Newsroom) -> None:
    one, two = room.arrive(*told(0, 0)), room.arrive(*told(1, 0), minutes=5)
    stories.merge(room.db, room.places()[one], room.places()[two], by="R", now=T0)
    for minutes, event in ((30, 0), (40, 1)):
        late = room.arrive(*told(event, 1), outlet="courier", minutes=minutes)
        assert room.places()[late] == room.places()[one] == room.places()[two]


class Changing(RuleBasedStateMachine):
    """Arrivals, edits, splits, merges and undos in any order; the model is a plain mapping."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.room = Newsroom(connect(new_store(Path(self.folder.name) / "torkham.db")))
        self.model: dict[int, int] = {}
        self.moves: list[tuple[int, dict[int, tuple[int, int]]]] = []
        self.last_move: dict[int, int] = {}
        self.minutes = 0

    def teardown(self) -> None:
        self.room.db.close()
        self.folder.cleanup()

    @rule(event=st.integers(0, 3), way=st.integers(0, 2), outlet=st.sampled_from(OUTLETS))
    def an_article_arrives(self, event: int, way: int, outlet: str) -> None:
        self.minutes += 45
        number = self.room.arrive(*told(event, way), outlet=outlet, minutes=self.minutes)
        self.model[number] = self.room.places()[number]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), event=st.integers(0, 3), way=st.integers(0, 2))
    def an_article_is_edited(self, data: st.DataObject, event: int, way: int) -> None:
        self.minutes += 5
        number = data.draw(st.sampled_from(sorted(self.model)))
        self.room.keep(number, *told(event, way), minutes=self.minutes)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def somebody_splits(self, data: st.DataObject) -> None:
        home = data.draw(st.sampled_from(sorted(set(self.model.values()))))
        inside = sorted(n for n, at in self.model.items() if at == home)
        chosen = data.draw(st.sets(st.sampled_from(inside), min_size=1))
        try:
            edit = stories.split(self.room.db, home, chosen, by="R", now=T0)
        except StoreError:
            return
        assert set(edit.articles) >= chosen
        self.moved(edit.id, dict.fromkeys(edit.articles, (home, edit.other)))

    @precondition(lambda self: len(set(self.model.values())) > 1)
    @rule(data=st.data())
    def somebody_merges(self, data: st.DataObject) -> None:
        choice = st.sampled_from(sorted(set(self.model.values())))
        into, other = data.draw(choice), data.draw(choice)
        if into == other:
            return
        edit = stories.merge(self.room.db, into, other, by="R", now=T0)
        gone = {n: (other, into) for n, at in self.model.items() if at == other}
        assert set(edit.articles) == gone.keys()
        self.moved(edit.id, gone)

    @precondition(lambda self: self.moves)
    @rule(data=st.data())
    def somebody_undoes(self, data: st.DataObject) -> None:
        number, went = self.moves.pop(data.draw(st.integers(0, len(self.moves) - 1)))
        line = stories.undo(self.room.db, number, by="S", now=T0)
        assert line is not None
        back = {
            article: (to, came)
            for article, (came, to) in went.items()
            if self.last_move[article] == number
        }
        assert set(line.articles) == back.keys()
        self.model |= {article: to for article, (_, to) in back.items()}
        self.last_move |= dict.fromkeys(back, line.id)

    def moved(self, edit: int, went: dict[int, tuple[int, int]]) -> None:
        self.model |= {article: to for article, (_, to) in went.items()}
        self.last_move |= dict.fromkeys(went, edit)
        self.moves.append((edit, went))

    @invariant()
    def every_article_is_where_it_was_put_last(self) -> None:
        if hasattr(self, "model"):
            assert self.room.places() == self.model

    @invariant()
    def stories_count_their_articles_and_an_empty_one_leads_on(self) -> None:
        if not hasattr(self, "model"):
            return
        rows = self.room.db.execute("SELECT id, members FROM stories").fetchall()
        counted = {n: sum(at == n for at in self.model.values()) for n, _ in rows}
        assert dict(rows) == counted
        for number, members in rows:
            led = stories.now_known_as(self.room.db, number)
            assert led is not None
            assert led == number or not members
        held = self.room.db.execute("SELECT article, story FROM story_facts").fetchall()
        assert dict(held) == self.model


Changing.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestAnySequenceOfChanges = Changing.TestCase


def test_a_text_of_any_shape_gets_a_story(room: Newsroom) -> None:
    digest = hashlib.sha256(b"noise").hexdigest()
    for n, (title, body) in enumerate(
        [("", ""), ("\ud800 lone", "half \udfff"), ("x" * 9000, "y " * 40_000), (digest, "١٢٣ ۴۵")]
    ):
        assert room.arrive(title, body, minutes=n) in room.places()
    assert None not in room.places().values()


# --- what people get ------------------------------------------------------------------------


def judged(room: Newsroom, *numbers: int) -> None:
    rows = [
        VerdictRow(
            article=number, version=1, topic="t", model="m", lexicon="l", score=0.9 - number / 100,
            relevant=True, topics=(), evidence="{}", route="queue", route_why="", probability=1.0,
            disposition="queued",
        )
        for number in numbers
    ]  # fmt: skip
    articles.save_verdicts(room.db, rows, [], T0 + timedelta(hours=2))


def edition(room: Newsroom) -> Digest:
    press = Press(
        settings=DigestSettings(), zone=ZoneInfo("Asia/Karachi"), to=(), model="m", threshold=0.1
    )
    return press.edition(room.db, T0.date(), T0 - timedelta(hours=1), T0 + timedelta(hours=5))


def told_in(digest: Digest) -> list[DigestEntry]:
    return [entry for section in digest.sections for _, topic in section.topics for entry in topic]


def test_the_digest_tells_a_story_once_and_names_everybody_who_tells_it(room: Newsroom) -> None:
    first = room.arrive(*told(0, 0))
    second = room.arrive(*RETELLING, outlet="courier", minutes=30)
    unjudged = room.arrive(*told(0, 1), outlet="herald", minutes=40)
    other = room.arrive(*told(2, 0), outlet="courier", minutes=50)
    assert len(set(room.places().values())) == 2
    judged(room, first, second, other)
    entries = told_in(edition(room))
    assert [entry.article for entry in entries] == [first, other]
    assert [outlet for outlet, _ in entries[0].also] == ["Courier", "Herald"]
    assert entries[1].also == ()
    stories.split(room.db, room.places()[first], [second], by="R", now=T0)
    again = [entry.article for entry in told_in(edition(room))]
    assert sorted(again) == [first, second, other]
    assert unjudged not in again


def test_what_a_person_said_is_not_ours_is_named_in_no_digest(room: Newsroom) -> None:
    first = room.arrive(*told(0, 0))
    second = room.arrive(*RETELLING, outlet="courier", minutes=30)
    judged(room, first, second)
    reviews.decide(room.db, article=second, answer="not_relevant", by="R", now=T0)
    (entry,) = told_in(edition(room))
    assert entry.also == ()


def command(folder: Path, *words: str) -> Result:
    """Run ``torkham stories``; a traceback fails the test."""
    result = CliRunner().invoke(torkham, ["stories", *words, "--data", str(folder)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_command_lists_shows_splits_merges_and_undoes(tmp_path: Path) -> None:
    now = system_clock()
    with closing(connect(tmp_path / "torkham.db")) as db:
        room = Newsroom(db)
        since = (now - timedelta(hours=3) - T0) / timedelta(minutes=1)
        first = room.arrive(*told(0, 0), minutes=since)
        second = room.arrive(*RETELLING, outlet="courier", minutes=since + 30)
        home = room.places()[first]
    (listed,) = json.loads(command(tmp_path, "list", "--json").stdout)
    assert (listed["story"], listed["members"]) == (home, 2)
    shown = json.loads(command(tmp_path, "show", str(home), "--json").stdout)
    assert [a["why"] for a in shown["articles"]] == ["new", "alike"]
    split = ("split", str(home), str(second), "--by", "R", "--json")
    line = json.loads(command(tmp_path, *split).stdout)
    assert (line["kind"], line["articles"]) == ("split", [second])
    assert command(tmp_path, *split).exit_code == 1
    other = str(line["other"])
    merged = json.loads(command(tmp_path, "merge", str(home), other, "--by", "R", "--json").stdout)
    assert json.loads(command(tmp_path, "show", other, "--json").stdout)["story"] == home
    undo = ("undo", str(merged["edit"]), "--by", "R", "--json")
    assert json.loads(command(tmp_path, *undo).stdout)["articles"] == [second]
    assert command(tmp_path, *undo).exit_code == 2
    assert command(tmp_path, "show", "999").exit_code == 2
    assert "Parachinar" in command(tmp_path, "list", "--all").stdout
