"""Decisions on the desk change the next ranking, as people meant it, and can be undone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classifiers import artifact, registry
from classifiers.pack import TOPIC, TOPICS, load_pack
from classifiers.types import Example, Text
from monitor.app import App
from store import reviews
from store.types import Answer

if TYPE_CHECKING:
    from tests.flow.newsroom import Installation, Newsroom

# Two beats that the cold start has no opinion about; what people say of them must tell.
GLASS = (
    "The glass recycling yard at Sorkhab sorted bottles by colour, and its furnace melted glass for"
    " lamps. Workers of the recycling yard said crushed glass was sold to road builders."
)
ONION = (
    "Onion growers of Upper Kesra dried the harvest on roofs, and traders weighed onion sacks at"
    " the market. Growers said seed onions were scarce and that prices would rise."
)
BEATS = {
    "glass": ("Glass recycling yard at Sorkhab {n}", GLASS),
    "onion": ("Onion growers of Upper Kesra {n}", ONION),
}


@pytest.fixture
def read(newsroom: Newsroom, here: Installation) -> Installation:
    """An installation that has read and judged eight stories on each of two beats."""
    for beat, (title, lead) in BEATS.items():
        for n in range(8):
            body = f"{lead}\n{newsroom.publish('drafts').body}"
            newsroom.publish(beat, title.format(n=n), body=body, in_feed=True)
    del newsroom.stories["drafts"]
    here.configure()
    with here.app() as app:
        for name in ("poll", "harvest", "judge"):
            app.run_job(name)
    return here


@contextmanager
def app_of(here: Installation) -> Iterator[App]:
    with here.app() as app:
        yield app


def scores(here: Installation) -> dict[str, float]:
    rows = here.rows("SELECT title, score FROM articles WHERE decision IS NULL")
    return {row["title"]: row["score"] for row in rows}


def mean(found: dict[str, float], beat: str) -> float:
    values = [score for title, score in found.items() if title.lower().startswith(beat)]
    return sum(values) / len(values)


def decide(made_up: Any, here: Installation, beat: str, answer: str, many: int = 3) -> None:
    with here.store() as db:
        rows = db.query(
            "SELECT id FROM articles WHERE feed = ? AND decision IS NULL ORDER BY id LIMIT ?",
            (beat, many),
        )
        for number in [row["id"] for row in rows]:
            made_up.decide(db, number, answer, made_up.FIRST_DAY)


def judge(here: Installation) -> dict[str, float]:
    with app_of(here) as app:
        app.run_job("judge")
    return scores(here)


@pytest.mark.slow
def test_three_accepted_stories_lift_their_like_at_the_next_ranking(
    made_up: Any, read: Installation
) -> None:
    """`once learn` makes a snapshot and a live model; `once judge` ranks anew; nothing is lost."""
    before = scores(read)
    verdicts = read.rows("SELECT article, version, model, score FROM verdicts ORDER BY 1, 2, 3")
    decide(made_up, read, "glass", "relevant")

    learnt = read.once("learn", "judge")

    assert learnt["jobs"]["learn"] == {"labels": 3, "trained": 1, "promoted": 1}
    (snapshot,) = read.rows("SELECT id, relevant, not_relevant FROM snapshots")
    assert (snapshot["relevant"], snapshot["not_relevant"]) == (3, 0)
    (model,) = read.rows("SELECT id, snapshot FROM models WHERE live = 1")
    assert model["snapshot"] == snapshot["id"]
    after = scores(read)
    assert mean(after, "glass") > mean(before, "glass") * 1.5
    lift = {beat: mean(after, beat) - mean(before, beat) for beat in BEATS}
    assert lift["glass"] > lift["onion"], f"what is less like them rose as much: {lift}"
    kept = read.rows("SELECT article, version, model, score FROM verdicts ORDER BY 1, 2, 3")
    assert [row for row in kept if row["model"] != model["id"]] == verdicts
    assert len(kept) == 2 * len(verdicts)


def test_three_rejected_stories_sink_their_like(made_up: Any, read: Installation) -> None:
    decide(made_up, read, "glass", "relevant")
    decide(made_up, read, "onion", "relevant")
    with app_of(read) as app:
        app.run_job("learn")
    before = judge(read)
    decide(made_up, read, "onion", "not_relevant")
    with app_of(read) as app:
        app.run_job("learn")
    after = judge(read)
    left = {title: score for title, score in before.items() if title in after}
    assert mean(after, "onion") < mean(left, "onion")
    assert mean(after, "glass") > mean(after, "onion")


def test_rejections_alone_sink_their_like(made_up: Any, read: Installation) -> None:
    before = scores(read)
    decide(made_up, read, "onion", "not_relevant")
    with app_of(read) as app:
        assert app.run_job("learn")["promoted"] == 1
    after = judge(read)
    left = {title: score for title, score in before.items() if title in after}
    assert mean(after, "onion") < mean(left, "onion")


@pytest.mark.slow
def test_going_back_to_the_cold_start_brings_the_old_scores(
    made_up: Any, read: Installation
) -> None:
    """Exactly, and the model stays on record to be chosen again."""
    before = scores(read)
    decide(made_up, read, "glass", "relevant")
    read.once("learn", "judge")
    taught = scores(read)
    assert taught != {title: before[title] for title in taught}
    code, out, err = read.run("model", "rollback", "cold")
    assert (code, err) == (0, ""), out + err
    back = judge(read)
    assert back == {title: before[title] for title in back}
    code, out, _ = read.run("model", "list", "--json")
    (model,) = json.loads(out)
    assert (code, model["live"]) == (0, False)
    read.run("model", "rollback", model["id"])
    assert judge(read) == taught


def test_nothing_is_trained_twice_on_the_same_decisions(made_up: Any, read: Installation) -> None:
    """Nor on fewer than three: two opinions are an anecdote."""
    decide(made_up, read, "glass", "relevant", many=2)
    with app_of(read) as app:
        assert app.run_job("learn") == {"labels": 2}
        decide(made_up, read, "glass", "relevant", many=1)
        assert app.run_job("learn")["trained"] == 1
        assert app.run_job("learn").get("trained", 0) == 0
    assert read.rows("SELECT count(*) AS n FROM models") == [{"n": 1}]


def test_the_first_decisions_undone_judge_no_more(made_up: Any, read: Installation) -> None:
    """Fewer than three are left, so nothing is trained; the cold start judges as before them."""
    before = scores(read)
    decide(made_up, read, "glass", "relevant")
    learn(read)
    assert judge(read) != before
    with read.store() as db:
        (number,) = [row["id"] for row in db.query("SELECT max(id) AS id FROM articles"
                                                   " WHERE decision IS NOT NULL")]  # fmt: skip
        assert reviews.undo(db, article=number, by="editor", now=made_up.FIRST_DAY)
    assert learn(read) == {"labels": 2, "unlearnt": 1}
    assert learn(read) == {"labels": 2}
    back = judge(read)
    assert back == {title: before[title] for title in back}


def test_what_was_decided_stays_where_people_put_it(made_up: Any, read: Installation) -> None:
    """A new model reads decided articles again and moves none of them."""
    decide(made_up, read, "glass", "relevant")
    decide(made_up, read, "onion", "not_relevant")
    sql = "SELECT id, decision, disposition FROM articles WHERE decision IS NOT NULL ORDER BY id"
    before = read.rows(sql)
    with app_of(read) as app:
        app.run_job("learn")
    judge(read)
    assert read.rows(sql) == before
    with read.store() as db:
        assert made_up.books(db).balanced


def live(here: Installation) -> tuple[str, str]:
    (row,) = here.rows("SELECT id, artifact FROM models WHERE live = 1")
    return row["id"], row["artifact"]


def learn(here: Installation) -> dict[str, int]:
    with app_of(here) as app:
        return dict(app.run_job("learn"))


def test_taking_back_a_persons_answers_gives_the_very_same_weights(
    made_up: Any, read: Installation
) -> None:
    """Byte for byte, although a model was learnt from the wrong answers in between."""
    decide(made_up, read, "glass", "relevant")
    decide(made_up, read, "onion", "not_relevant")
    learn(read)
    before = live(read)
    with read.store() as db:
        wrong = [
            row["id"]
            for row in db.query("SELECT id FROM articles WHERE decision IS NULL ORDER BY id")
        ]
        for number in wrong:
            answer: Answer = "not_relevant" if number % 2 else "relevant"
            reviews.decide(db, article=number, answer=answer, by="hasty", now=made_up.FIRST_DAY)
    learn(read)
    assert live(read)[0] != before[0]
    with read.store() as db:
        for number in wrong:
            assert reviews.undo(db, article=number, by="editor", now=made_up.FIRST_DAY)
    assert learn(read)["trained"] == 1
    assert live(read) == before


@pytest.mark.slow
def test_going_back_holds_until_somebody_decides(made_up: Any, read: Installation) -> None:
    """Also where answers given before had not been learnt from yet; and both commands say so."""
    decide(made_up, read, "glass", "relevant")
    learn(read)
    first = live(read)[0]
    decide(made_up, read, "glass", "relevant")
    learn(read)
    assert live(read)[0] != first
    decide(made_up, read, "onion", "not_relevant", many=1)  # not learnt from yet
    code, out, err = read.run("model", "rollback", first)
    assert (code, err) == (0, ""), out + err
    assert "stays so until somebody decides" in out
    assert learn(read) == {"labels": 7, "unchanged": 1, "rolled_back": 1}
    assert live(read)[0] == first
    _, out, _ = read.run("model", "learn")
    assert f"Nothing was decided since somebody went back to {first}" in out
    decide(made_up, read, "onion", "not_relevant", many=1)
    assert learn(read)["trained"] == 1
    assert live(read)[0] != first


@pytest.mark.slow
def test_what_a_new_example_says_is_learnt_at_once_and_named(
    made_up: Any, read: Installation, tmp_path: Path
) -> None:
    """One text given as an example is enough, without any decision."""
    before = scores(read)
    essay = tmp_path / "essay.txt"
    essay.write_text(f"What the glass yard teaches\n\n{GLASS}\n\n{GLASS}", encoding="utf-8")
    code, out, err = read.run("corpus", "import", str(essay))
    assert (code, err) == (0, ""), out + err
    assert learn(read) == {"labels": 1, "trained": 1, "promoted": 1}
    after = judge(read)
    assert mean(after, "glass") > mean(before, "glass")
    assert mean(after, "glass") - mean(before, "glass") > mean(after, "onion") - mean(
        before, "onion"
    )
    model = registry.load(artifact.loads(live(read)[1]))
    story = Text(title="Glass recycling yard at Sorkhab opens", body=GLASS)
    told = model.judge([story])[0].evidence.contributions
    taught = [c.taught_by for c in told if c.feature.startswith("word:")]
    assert taught
    assert {t.title for by in taught for t in by} == {"What the glass yard teaches"}


# --- another pack under a learnt model ------------------------------------------------------


def own_pack(here: Installation, **changed: tuple[str, str]) -> None:
    """Put a copy of the shipped pack beside feeds.yaml, with some words of its files changed."""
    folder = here.folder / "topics" / TOPIC
    shutil.copytree(TOPICS / TOPIC, folder)
    for name, (old, new) in changed.items():
        file = folder / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")


SORKHAB = ('"Torkham",', '"Torkham", "Sorkhab",')  # of the lexicon's spellings of a crossing


@pytest.mark.slow
def test_a_pack_that_was_edited_is_learnt_with_and_judges_anew(
    made_up: Any, read: Installation
) -> None:
    """Nobody has to decide anything first: what the edit would find was rejected by then."""
    decide(made_up, read, "onion", "not_relevant")
    learn(read)
    before = judge(read)
    own_pack(read, lexicon=SORKHAB)

    assert learn(read) == {"labels": 3, "trained": 1, "promoted": 1}

    assert mean(judge(read), "glass") > mean(before, "glass") * 2
    (row,) = read.rows("SELECT why FROM models WHERE live = 1")
    assert "pack was changed" in row["why"]
    assert learn(read) == {"labels": 3, "unchanged": 1}


@pytest.mark.slow
def test_a_pack_that_was_edited_leaves_the_model_that_somebody_went_back_to(
    made_up: Any, read: Installation
) -> None:
    decide(made_up, read, "onion", "not_relevant")
    learn(read)
    first = live(read)[0]
    assert read.run("model", "rollback", first)[0] == 0
    own_pack(read, lexicon=SORKHAB)
    assert learn(read) == {"labels": 3, "unchanged": 1}
    assert live(read)[0] == first


def test_a_figure_that_a_model_never_met_weighs_what_the_pack_gives_it() -> None:
    onions = [Text(title=f"Onions {n}", body="") for n in range(3)]
    made = registry.trainer().train(
        [Example(id=text.title, text=text, relevant=False) for text in onions]
    )
    params: dict[str, Any] = dict(made.params)
    params["weights"] = {k: v for k, v in params["weights"].items() if k != "title_ttp"}
    older = registry.load(artifact.make(made.trainer, params))
    (verdict,) = older.judge([Text(title="TTP attacks Pakistan army", body="")])
    (term,) = [c for c in verdict.evidence.contributions if c.feature == "title_ttp"]
    assert term.weight == load_pack().weights["title_ttp"]
