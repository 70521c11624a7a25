"""A second topic needs no code: a pack drafted from five texts finds what the topic is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import profile, registry
from classifiers.drafting.propose import files, propose
from classifiers.drafting.soundness import look_over
from classifiers.types import Text

EXAMPLES = sorted((Path(__file__).parents[1] / "data" / "lighthouse").glob("*.txt"))


def texts() -> list[Text]:
    parts = (path.read_text(encoding="utf-8").partition("\n\n") for path in EXAMPLES)
    return [Text(title=title, body=body) for title, _, body in parts]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "lighthouse"
    folder.mkdir()
    for name, content in files("lighthouse", "The lighthouse", propose(texts())).items():
        (folder / name).write_text(content, encoding="utf-8")
    raw = {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES}
    (folder / "profile.json").write_text(json.dumps(profile.build(raw, {}, ())), encoding="utf-8")
    return folder


def test_two_countries_that_recur_are_the_poles_with_their_forms() -> None:
    found = propose(texts())
    assert {"iceland", "norway"} <= set(found.poles)
    by_id = {row["id"]: row for row in found.concepts}
    assert "Norwegian" in by_id["norway"]["en"]
    assert "Oslo" in by_id["norway"]["en"]


def test_names_beside_them_and_the_words_they_share_are_found() -> None:
    found = propose(texts())
    named = {alias for row in found.concepts for alias in row["en"]}
    assert {"Tvibak", "Solveig Brekke", "Hallur Steinsen"} <= named
    assert {"lighthouse", "treaty", "herring"} <= set(found.words)
    assert not {"said", "countries", "week"} & set(found.words)


def test_the_order_of_the_examples_does_not_matter() -> None:
    assert propose(texts()) == propose(texts()[::-1])


def test_what_people_say_the_poles_are_is_taken() -> None:
    found = propose(texts(), {"keepers": ["keeper", "keepers"], "norway": ["Norway"]})
    assert list(found.poles) == ["keepers", "norway"]
    assert "Norwegian" in next(r for r in found.concepts if r["id"] == "norway")["en"]


def test_examples_without_a_country_give_the_name_they_share() -> None:
    told = "The Blue Comet was seen again by Ada Quill. Ada Quill drew the Blue Comet at noon."
    found = propose(
        [Text(title="Sky", body=told), Text(title="Night", body=told + " It was late.")]
    )
    assert len(found.poles) == 1
    assert found.notes


def test_the_draft_judges_texts_it_has_not_seen(pack: Path) -> None:
    """News of the topic stands above news of one side and above other news."""
    on, one_side, other = registry.load(None, topic=str(pack)).judge(
        [
            Text(title="Norway repairs Tvibak lighthouse after Icelandic complaint", body=""),
            Text(title="Norway raises the price of stamps", body=""),
            Text(title="A duck crosses the road", body=""),
        ]
    )
    assert on.score > 0.5 > one_side.score > other.score
    assert {m.text for c in on.evidence.contributions for m in c.matches} >= {"Norway", "Icelandic"}


def test_every_example_would_be_shown_to_people(pack: Path) -> None:
    for verdict in registry.load(None, topic=str(pack)).judge(texts()):
        assert verdict.score >= 0.1


def test_a_draft_has_no_mistake_and_says_where_it_is_thin(pack: Path) -> None:
    found = look_over(str(pack))
    assert found.mistakes == ()
    assert any("norway" in line and "Urdu" in line for line in found.thin)
    assert any("by hand" in line for line in found.thin)


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("lexicon.yaml", lambda d: d["concepts"][0].update(pole="moon"), "moon"),
        ("lexicon.yaml", lambda d: d["concepts"].append(dict(d["concepts"][0])), "stands twice"),
        ("lexicon.yaml", lambda d: d["concepts"][0].update(guard="nowhere"), "nowhere"),
        ("topic.yaml", lambda d: d["poles"].update(moon={"is": "country"}), "moon"),
        ("topic.yaml", lambda d: d["poles"].update(moon={"is": "cheese"}), "cheese"),
        ("topic.yaml", lambda d: d["features"][0].update(kind="guess"), "guess"),
        ("topic.yaml", lambda d: d["thresholds"].update(queue=0.9), "threshold"),
        ("topic.yaml", lambda d: d.pop("title"), "title"),
    ],
)
def test_a_mistake_in_a_pack_is_named(
    pack: Path, tmp_path: Path, file: str, change: object, says: str
) -> None:
    for path in pack.iterdir():
        content = path.read_text(encoding="utf-8")
        if path.name == file:
            document = yaml.safe_load(content)
            change(document)  # type: ignore[operator] # one of the lambdas above
            content = yaml.safe_dump(document)
        (tmp_path / path.name).write_text(content, encoding="utf-8")
    assert says in " ".join(look_over(str(tmp_path)).mistakes)


def test_a_broken_or_absent_file_is_one_sentence(tmp_path: Path) -> None:
    assert "topic.yaml" in look_over(str(tmp_path)).mistakes[0]
    (tmp_path / "topic.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "lexicon.yaml").write_text("concepts: []", encoding="utf-8")
    assert len(look_over(str(tmp_path)).mistakes) == 1


@settings(deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_any_texts_give_a_draft_that_can_be_read_back(bodies: list[str]) -> None:
    found = propose([Text(title="", body=body) for body in bodies])
    for content in files("any", "Any", found).values() if found.poles else ():
        yaml.safe_load(content)
