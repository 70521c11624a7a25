"""A verdict is told in full and can be come to again; what keeps it from that is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from classifiers import registry
from classifiers.artifact import loads
from classifiers.pack import Team
from classifiers.types import Classifier
from monitor.articles.records import verdict_row, verdicts_on
from monitor.cli.main import torkham
from monitor.edge.clock import system_clock
from monitor.inquiry import watching
from monitor.inquiry.explaining import explained, replayed
from monitor.inquiry.quoting import similar_to
from monitor.inquiry.setting import Bench, Setting
from monitor.inquiry.unlearning import learn_anew, take_back
from monitor.model import Thresholds
from monitor.stages import dedupe
from store import articles, changes, corpus, feeds, imports, judged, reviews, verdicts
from store.db import Db, connect
from store.inquiry import Judged
from store.learned import Label
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.sql import write
from store.types import StoredText
from tests.new_store import new_store

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
SETTINGS = """\
team: {time_zone: Asia/Karachi}
feeds:
  - {key: gazette, url: 'https://gazette.example/feed', outlet: Gazette, enabled: false}
"""
TALKS = "Kabul and Islamabad agree to reopen Torkham"
BODY = (
    "Officials of Afghanistan and Pakistan agreed on Tuesday to reopen the Torkham crossing. The "
    "TTP was on the agenda, they said, and Justice Naeem Afghan was not.\n"
    "Truckers with pomegranates had waited for nine days at the gate of the crossing."
)


@dataclass
class Room:
    """A store beside its settings, filled as the pipeline fills it."""

    folder: Path
    count: int = 0

    @property
    def bench(self) -> Bench:
        return Bench(config=self.folder / "feeds.yaml", environ={})

    def open(self) -> Db:
        return connect(self.folder / "data/torkham.db")

    def add(self, db: Db, title: str, body: str) -> int:
        self.count += 1
        spec = FeedSpec(key="gazette", url="https://gazette.example/feed", outlet="Gazette",
                        side="pakistan", language="en")  # fmt: skip
        feeds.sync(db, [spec], NOW)
        url = f"https://gazette.example/{self.count}"
        found = FoundEntry(
            key=url, item_hash=url, guid=url, url=url, canonical_url=url, title=title, summary="",
            content_html=None, author=None, published_at=None, published_original=None,
            language="en",
        )  # fmt: skip
        at = NOW + timedelta(seconds=self.count)
        state = FeedState(spec=spec, polls=1, condition="ok")
        feeds.save_poll(db, PollRecord(state=state, at=at, outcome="ok", listed=1, found=(found,)))
        number = articles.why(db, url, "").items[0].article
        assert number is not None
        self.write(db, number, title, body)
        return number

    def write(self, db: Db, number: int, title: str, body: str) -> None:
        prints = dedupe.fingerprint(title, body)
        text = StoredText(
            article=number, title=title, body=body, author=None, language="en", published_at=None,
            published_original=None, published_source="first_seen", extractor="test",
            text_from="page", text_hash=prints.text_hash, title_key=prints.title_key,
            scheme=prints.scheme, sketch=prints.sketch,
        )  # fmt: skip
        articles.save_text(db, text, NOW)

    def judge(self, db: Db, judge: Classifier | None = None, *, at: datetime = NOW) -> None:
        classifier = judge or registry.load(None)
        items = verdicts.unjudged(db, classifier.model, 100)
        rows = [
            verdict_row(item, verdict, "pak_afg_ttp", Thresholds())
            for item, verdict in zip(items, verdicts_on(items, classifier), strict=True)
        ]
        verdicts.save_verdicts(db, rows, [], at)

    def learn(self, db: Db) -> Classifier:
        """Train on what was decided and make it live; return what judges now."""
        trainer = registry.trainer()
        learn_anew(db, trainer=trainer, clock=lambda: NOW, why="a test")
        row = corpus.live_model(db)
        return registry.load(loads(row.artifact) if row else None)

    def run(self, *words: str) -> Result:
        place = ["--config", str(self.bench.config), "--data", str(self.folder / "data")]
        return CliRunner().invoke(torkham, [*words, *place], env={"COLUMNS": "100"})


@pytest.fixture
def room(tmp_path: Path) -> Room:
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    new_store(tmp_path / "data/torkham.db")
    return Room(tmp_path)


@pytest.fixture
def db(room: Room) -> Iterator[Db]:
    with closing(room.open()) as opened:
        yield opened


def standing(db: Db, number: int) -> Judged:
    found = judged.standing(db, number)
    assert found is not None
    return found


def decide(db: Db, number: int, answer: str, by: str = "Rabia", *, days: float = 0) -> None:
    now = NOW + timedelta(days=days, seconds=number)
    reviews.decide(db, article=number, answer=answer, by=by, now=now)  # type: ignore[arg-type]


# --- the same again -------------------------------------------------------------------------


def test_a_verdict_judged_again_from_its_record_is_the_same_to_the_last_figure(
    room: Room, db: Db
) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    again = replayed(db, standing(db, number), room.bench)
    assert again.same, again.differences
    assert again.differences == ()


def test_a_verdict_of_an_earlier_model_is_repeated_with_that_model(room: Room, db: Db) -> None:
    numbers = [room.add(db, f"Glass yard at Sorkhab {n}", "Bottles, sorted.") for n in range(6)]
    for number in numbers:
        decide(db, number, "relevant")
    first = room.learn(db)
    room.judge(db, first)
    for number in numbers:
        decide(db, number, "not_relevant", days=1)
    second = room.learn(db)
    assert second.model != first.model
    room.judge(db, second)
    records = judged.of_article(db, numbers[0])
    assert [record.model for record in records] == [first.model, second.model]
    assert records[0].score != records[1].score
    assert all(replayed(db, record, room.bench).same for record in records)
    assert all(record.snapshot for record in records)


def test_the_teams_names_are_those_that_stood_then(room: Room, db: Db) -> None:
    """A name added and taken out again still explains the verdict of the days between."""
    number = room.add(db, "Chordewal closed for a third day", "Lorries wait at Chordewal.")
    team = Team(names=(("torkham", ("Chordewal",)),))
    changes.record(db, "names.torkham", '["Chordewal"]', "Rabia", NOW - timedelta(days=1))
    room.judge(db, registry.load(None, team=team))
    changes.record(db, "names.torkham", "null", "Rabia", NOW + timedelta(days=1))
    record = standing(db, number)
    assert record.model.endswith(f"+{team.id}")
    assert room.bench.setting(db) == Setting()
    again = replayed(db, record, room.bench)
    assert again.same, again.differences
    names = room.bench.setting(db, record.judged_at).team.added
    told = explained(db, record, names=names)
    notes = [quote.note for line in told.account.lines for quote in line.quotes]
    assert "a name the team added" in notes


@pytest.mark.slow
def test_a_file_edited_since_is_named_as_what_keeps_it_from_being_repeated(
    room: Room, db: Db
) -> None:
    number = room.add(db, "Chordewal closed for a third day", "Lorries wait at Chordewal.")
    room.judge(db, registry.load(None, team=Team(names=(("torkham", ("Chordewal",)),))))
    again = replayed(db, standing(db, number), room.bench)
    assert not again.same
    assert any("the file was edited since" in said for said in again.differences)
    assert any(said.startswith("the lexicon was") for said in again.differences)
    assert any(said.startswith("the score was") for said in again.differences)


def test_a_model_that_is_gone_is_named_and_the_record_still_tells(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    db.execute("UPDATE verdicts SET model = 'two-pole-0000000000000000'")
    db.conn.commit()
    record = standing(db, number)
    again = replayed(db, record, room.bench)
    assert again.verdict is None
    assert "two-pole-0000000000000000 is no longer there" in again.differences[0]
    assert explained(db, record).account.adds_up


def test_a_text_forgotten_or_replaced_is_named(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    record = standing(db, number)
    db.execute("UPDATE version_rows SET body = '' WHERE article = ?", (number,))
    db.conn.commit()
    assert replayed(db, record, room.bench).differences == (
        "the text was forgotten, as the settings ask; its headline is kept",
    )
    db.execute(
        "UPDATE version_rows SET body = 'Other', text_hash = 'x' WHERE article = ?", (number,)
    )
    db.conn.commit()
    again = replayed(db, record, room.bench)
    assert "a later edit took the place of version 1 of the text" in again.differences
    assert not again.same
    db.execute("DELETE FROM version_rows WHERE article = ?", (number,))
    db.conn.commit()
    assert replayed(db, record, room.bench).differences == (
        "version 1 of the text is no longer kept",
    )


def test_a_record_of_before_says_what_it_did_not_write_down(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    record = replace(standing(db, number), given="", threshold=None, calibrated=None, text_hash="")
    again = replayed(db, record, room.bench)
    assert again.same
    assert again.differences == (
        "what the judge knew of the outlet was not recorded; today's is taken",
    )


def test_every_term_that_came_out_otherwise_is_named(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    record = standing(db, number)
    evidence = json.loads(record.evidence)
    evidence["contributions"][1]["weight"] += 0.5
    label = evidence["contributions"][1]["label"]
    gone = evidence["contributions"].pop(2)["label"]
    changed = replace(record, evidence=json.dumps(evidence), topics=("sport",), score=0.5)
    said = " / ".join(replayed(db, changed, room.bench).differences)
    assert f"“{label}” was" in said
    assert f"“{gone}”" in said
    assert "is new" in said
    assert "the strands were sport" in said
    assert "the score was 0.500000" in said


# --- what taught it, what is like it --------------------------------------------------------


def test_a_learnt_word_names_the_decisions_that_taught_it(room: Room, db: Db) -> None:
    lamps = [
        room.add(db, f"Lampmakers of Sorkhab {n}", f"Lampmakers, issue {n}.") for n in range(4)
    ]
    for number in lamps:
        decide(db, number, "not_relevant")
    other = room.add(db, "Lampmakers of Sorkhab again", "The lampmakers of Sorkhab met.")
    room.judge(db, room.learn(db))
    told = explained(db, standing(db, other))
    learnt = [line for line in told.account.lines if line.feature.startswith("word:")]
    assert learnt
    reasons = [reason for line in learnt for reason in told.because(line)]
    assert {reason.verb for reason in reasons} == {"rejected"}
    taught = {teacher.article for reason in reasons for teacher, _ in reason.lessons}
    assert taught
    assert taught <= set(lamps)
    shown = room.run("explain", str(other)).stdout
    assert "because you rejected" in shown
    assert "Lampmakers of Sorkhab 0" in shown or "Lampmakers of Sorkhab 1" in shown


def test_on_a_fresh_install_the_likest_seed_is_named_and_its_text_is_not_claimed(
    room: Room, db: Db
) -> None:
    number = room.add(db, "Pakistan, Taliban and the TTP: talks with Kabul", BODY * 3)
    room.judge(db)
    (seed,) = similar_to(db, number, Setting())
    assert seed.kind == "seed"
    assert seed.passage is None
    assert seed.title
    shown = room.run("explain", str(number)).stdout
    assert "Similar, not a reason:" in shown
    assert "the text is not held here" in shown


def test_an_imported_text_is_quoted_where_it_is_most_alike(room: Room, db: Db) -> None:
    filler = " ".join(
        f"The {n} committee of the harbour read its minutes aloud." for n in range(60)
    )
    passage = "Truckers with pomegranates waited at the gate of the crossing for nine days."
    imports.add(
        db,
        [
            Label(
                id="import:1", title="On waiting", body=f"{filler}\n{passage}\n{filler}",
                outlet="Review", language="en", side=None, relevant=True, origin="seed", by="R.",
                at=NOW,
            )
        ],
    )  # fmt: skip
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    first, *rest = similar_to(db, number, Setting())
    assert (first.id, first.kind) == ("import:1", "seed")
    assert first.passage is not None
    assert "pomegranates" in first.passage
    assert rest == [], "a profile is not shown beside the texts themselves"


# --- how the judgement stands ---------------------------------------------------------------

_MANY = """
WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 1000 + :most)
"""
_ARTICLES = f"""{_MANY}
INSERT INTO articles (id, canonical_url, url, host, feed, title, summary, first_seen_at,
    next_try_at)
SELECT i, 'https://a.example/' || i, '', 'a.example', 'gazette', '', '', :at, '' FROM n
"""  # noqa: S608
_ANSWERS = f"""{_MANY}
INSERT INTO decisions (article, version, answer, by, at, note, model, score)
SELECT i, 1, iif(i % 2, 'relevant', 'not_relevant'), 'Omar', :at, '', 'm', 0.5 FROM n
"""  # noqa: S608


@pytest.mark.parametrize(("fewer", "told"), [(1, False), (0, True)])
def test_the_page_of_the_judgement_says_when_older_answers_are_left_out(
    room: Room, db: Db, fewer: int, told: bool
) -> None:
    given = {"most": judged.MOST_TRIED - fewer, "at": "2026-11-20T07:00:00+00:00"}
    room.add(db, TALKS, BODY)  # the feed is known
    with write(db):
        for sql in (_ARTICLES, _ANSWERS):
            db.conn.execute(sql, given)
    found = watching.standing(db, NOW)
    assert found.tried == judged.MOST_TRIED - fewer
    assert ("of the newest 5,000 answers" in found.of) is told


# --- the command ----------------------------------------------------------------------------


def test_the_command_tells_both_sides_the_sum_and_what_was_set_aside(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    shown = room.run("explain", str(number)).stdout
    assert "A prior estimate: 0 decisions so far" in shown
    assert "Spoke for it:" in shown
    assert "title 0–5: [Kabul] and Islamabad agree" in shown
    assert "Before reading anything" in shown
    assert "The terms add up to log-odds" in shown
    assert "Seen and not counted:" in shown
    assert "it is the same to the last figure" in shown
    assert "0.100 and more were queued" in shown


def test_the_json_of_explain_keeps_its_keys_and_gains_the_record(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    found = json.loads(room.run("explain", str(number), "--json").stdout)
    before = {"article", "title", "score", "relevant", "topics", "evidence", "model", "lexicon",
              "kind", "calibrated"}  # fmt: skip
    assert set(found) >= before
    assert found["replay"] == {"same": True, "possible": True, "differences": []}
    assert found["threshold"] == 0.1
    assert found["version"] == 1
    total = sum(c["weight"] for c in found["evidence"]["contributions"])
    assert found["account"]["total"] == pytest.approx(total, abs=1e-9)
    values = [c["value"] for c in found["evidence"]["contributions"] if c["value"] is not None]
    assert values, "the figures the model was given are in the record"


def test_every_verdict_of_an_article_can_be_listed_and_asked_for(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    room.judge(db)
    room.judge(db, registry.load(None, team=Team(switches=(("india_taliban", "out"),))))
    listed = json.loads(room.run("explain", str(number), "--history", "--json").stdout)["verdicts"]
    assert [one["stands"] for one in listed] == [False, True]
    wanted = str(listed[0]["id"])
    old = json.loads(room.run("explain", str(number), "--verdict", wanted, "--json").stdout)
    assert old["model"] == listed[0]["model"]
    assert "stands" in room.run("explain", str(number), "--history").stdout
    wrong = room.run("explain", str(number), "--verdict", "999")
    assert wrong.exit_code == 1
    assert "has no verdict 999" in wrong.stderr


def test_an_article_nobody_judged_yet_says_so_in_one_line(room: Room, db: Db) -> None:
    number = room.add(db, TALKS, BODY)
    found = room.run("explain", str(number))
    assert (found.exit_code, len(found.stderr.splitlines())) == (1, 1)
    assert "has no verdict yet" in found.stderr


# --- how it stands, and decisions taken back ------------------------------------------------


def test_the_state_of_the_judgement_is_told_before_anything_can_be_measured(
    room: Room, db: Db
) -> None:
    assert db
    shown = room.run("model", "status").stdout
    assert "The cold start of the topic pack judges." in shown
    assert "Scores are a prior estimate: 0 decisions so far" in shown
    assert "Not yet measurable" in shown
    found = json.loads(room.run("model", "status", "--json").stdout)
    assert set(found) >= {"model", "calibrated", "level", "decisions", "reliability", "drift"}
    assert found["reliability"]["bands"] == []
    assert {one["what"] for one in found["drift"]} >= {"accepted", "disagreement", "volume"}


def test_scores_that_were_answered_are_measured_by_bands(room: Room, db: Db) -> None:
    numbers = [room.add(db, f"{TALKS} {n}", BODY) for n in range(20)]
    numbers += [room.add(db, f"Bread prices {n}", "Flour got dearer.") for n in range(20)]
    room.judge(db)
    for place, number in enumerate(numbers):
        decide(db, number, "relevant" if place < 15 else "not_relevant")
    found = json.loads(room.run("model", "status", "--json").stdout)["reliability"]
    assert found["n"] == 40
    assert sum(band["n"] for band in found["bands"]) == 40
    top = found["bands"][-1]
    assert (top["n"], top["accepted"], top["holds"]) == (20, 15, False)
    assert "they promise too much" in room.run("model", "status").stdout


def test_without_a_persons_decisions_the_weights_are_as_if_they_had_never_been(
    room: Room, db: Db
) -> None:
    mine = [room.add(db, f"Glass yard at Sorkhab {n}", f"Bottles and {n}.") for n in range(6)]
    theirs = [room.add(db, f"Onion growers of Kesra {n}", f"Onions and {n}.") for n in range(6)]
    room.judge(db)
    for number in mine:
        decide(db, number, "relevant", "Rabia")
    before = room.learn(db)
    for number in theirs:
        decide(db, number, "relevant", "Omar", days=1)
    assert room.learn(db).model != before.model
    kept = {row.id: row.artifact for row in corpus.models(db)}
    done = room.run("model", "forget-person", "Omar", "--from", "2026-11-22", "--to", "2026-11-22")
    assert done.exit_code == 0, done.output
    assert "6 decisions of Omar were undone." in done.stdout
    live = corpus.live_model(db)
    assert live is not None
    assert live.id == before.model
    assert live.artifact == kept[before.model]
    assert len(corpus.models(db)) == 2, "the other model is kept"
    assert len(reviews.history(db, theirs[0])) == 2, "a line was added, none was removed"


def test_when_too_little_is_left_the_cold_start_judges(room: Room, db: Db) -> None:
    for n in range(4):
        decide(db, room.add(db, f"Glass yard {n}", f"Bottles {n}."), "relevant", "Omar")
    room.learn(db)
    done = take_back(
        db, person="Omar", since=NOW, until=NOW + timedelta(days=1), by="Rabia",
        trainer=registry.trainer(), clock=lambda: NOW,
    )  # fmt: skip
    assert done == {"undone": 4, "labels": 0, "model": None}
    assert corpus.live_model(db) is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("Nobody", "--from", "2026-11-22", "--to", "2026-11-22"), 1, "decided nothing"),
        (("Omar", "--from", "yesterday", "--to", "2026-11-22"), 2, "days like 2026-11-21"),
        (("Omar", "--from", "2026-11-22", "--to", "2026-11-21"), 2, "is before"),
    ],
)
def test_a_mistaken_wish_to_take_back_is_one_line(
    room: Room, db: Db, words: tuple[str, ...], code: int, said: str
) -> None:
    assert db
    found = room.run("model", "forget-person", *words)
    assert found.exit_code == code
    assert said in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_status_names_what_has_moved_much(room: Room, db: Db) -> None:
    now = system_clock()
    numbers = [room.add(db, f"{TALKS} {n}", f"{BODY} {n}") for n in range(75)]
    room.judge(db, at=now - timedelta(days=69))
    for place, number in enumerate(numbers):
        late = place < 25
        at = now - timedelta(days=3 if late else 30, seconds=number)
        answer: Any = "not_relevant" if late else "relevant"
        reviews.decide(db, article=number, answer=answer, by="R.", now=at)
    unwell = json.loads(room.run("status", "--json").stdout)["unwell"]
    assert any(
        "0% was accepted in the last two weeks, 100% in the eight before" in u for u in unwell
    )
