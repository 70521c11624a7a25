"""A topic pack written by hand: every slip is named, and none costs stories unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from classifiers import registry
from classifiers.drafting.soundness import look_over, ready
from classifiers.entries import PackError
from classifiers.pack import Team, read_pack
from classifiers.types import Text

Documents = dict[str, Any]
Change = Callable[[Documents], object]


def documents() -> Documents:
    return {
        "topic.yaml": {
            "title": "Piracy off Somalia",
            "thresholds": {"relevant": 0.5, "queue": 0.1},
            "poles": {"pirates": {"is": "group"}, "shipping": {}},
            "strands": {"attacks": "attacks", "ransom": "ransom"},
            "facets": {"attacks": {"acts": ["id:boarding"], "beside": ["pirates"]}},
            "contexts": {"sea": {"any": ["pole:shipping", "word:attacks"]}},
            "neighbours": [
                {"concept": "pirates", "before": ["pittsburgh"], "within": 2, "trap": "baseball"}
            ],
            "outlets": {"shipping": ["tradewinds"]},
            "features": [
                {"name": "both", "kind": "product", "of": ["pirates", "shipping"], "prior": 3.0},
                {"name": "pirates", "kind": "level", "of": ["pirates"], "prior": 2.0},
                {"name": "words", "kind": "level", "of": ["w:attacks"], "prior": 1.0,
                 "needs": {"top": ["pirates"]}},
            ],
            "prior": {"intercept": -3.0},
            "labels": {"intercept": "before reading anything"},
        },
        "lexicon.yaml": {
            "concepts": [
                {"id": "pirates", "kind": "group", "pole": "pirates", "en": ["pirates", "PMPF"],
                 "guard": "sea", "guarded": ["PMPF"]},
                {"id": "shipping", "kind": "thing", "pole": "shipping", "en": ["tanker", "vessel"]},
                {"id": "boarding", "kind": "vocabulary", "pole": "word", "strand": "attacks",
                 "role": "act", "en": ["boarded", "hijack"]},
                {"id": "baseball", "kind": "trap", "pole": "trap", "en": ["Pirates beat"]},
            ]
        },
        "definition.yaml": {
            "places": {"gulf": ["id:shipping"]},
            "strands": {
                "ransoms": {"title": "ransoms", "says": "Money paid.", "in": 5.0, "out": -5.0,
                            "all": [{"part": "top", "of": ["@gulf"]}]},
            },
        },
        "profile.json": {"terms": {"tanker": {"weight": 1.0, "rarity": 2.0}}, "seeds": []},
    }  # fmt: skip


def written(folder: Path, content: Documents) -> str:
    for name, document in content.items():
        raw = document if isinstance(document, str | bytes) else None
        if raw is None:
            raw = json.dumps(document) if name.endswith("json") else yaml.safe_dump(document)
        (folder / name).write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return str(folder)


def concept(d: Documents, at: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = d["lexicon.yaml"]["concepts"][at]
    return found


def topic(d: Documents) -> dict[str, Any]:
    found: dict[str, Any] = d["topic.yaml"]
    return found


def strand(d: Documents) -> dict[str, Any]:
    found: dict[str, Any] = d["definition.yaml"]["strands"]["ransoms"]
    return found


def test_the_pack_is_sound_before_anything_is_done_to_it(tmp_path: Path) -> None:
    assert look_over(written(tmp_path, documents())).mistakes == ()


UNFIT: list[tuple[Change, str]] = [
    (lambda d: d.update({"topic.yaml": "- a\n"}), "topic.yaml: holds no entries"),
    (lambda d: d.update({"topic.yaml": ""}), "topic.yaml: holds no entries"),
    (lambda d: d.update({"topic.yaml": b"\xff\xfe\x00"}), "topic.yaml: is not UTF-8"),
    (lambda d: d.update({"lexicon.yaml": "a: ["}), "lexicon.yaml: is not YAML"),
    (lambda d: d.update({"lexicon.yaml": "concepts: &a\n - *a\n"}), "concept 1 is no row"),
    (lambda d: d.update({"lexicon.yaml": "concepts: all of them"}), "concepts is a list"),
    (lambda d: d.update({"definition.yaml": "hello"}), "definition.yaml: holds no entries"),
    (lambda d: d.update({"definition.yaml": "[" * 3000}), "definition.yaml: is not YAML"),
    (lambda d: d.update({"profile.json": []}), "profile.json: is not"),
    (lambda d: d["profile.json"]["terms"].update(tanker=1), "profile.json: is not"),
    (lambda d: d["profile.json"]["terms"]["tanker"].update(weight=float("nan")), "profile.json"),
    (lambda d: d.update({"weights.json": {"weights": {"both": "x"}}}), "weights.json: both"),
    (lambda d: d.update({"weights.json": '{"weights": {"both": 1e999}}'}), "weights.json: both"),
    (lambda d: concept(d).pop("kind"), "pirates: kind is missing"),
    (lambda d: concept(d).pop("guard"), "pirates: topic.yaml has no context"),
    (lambda d: concept(d).update(guard="nowhere"), "no context 'nowhere'"),
    (lambda d: topic(d)["neighbours"][0].update(trap="chess"), "neighbours: the lexicon has no"),
    (lambda d: topic(d)["features"][0].update(prior=float("nan")), "feature both: prior"),
    (lambda d: topic(d)["features"][0].update(needs=["pirates"]), "feature both: needs"),
    (lambda d: topic(d)["labels"].pop("intercept"), "labels.intercept is missing"),
    (lambda d: topic(d).update(strands=["attacks"]), "topic.yaml"),
    (lambda d: topic(d)["facets"].update(sinking={"of": ["pirates"]}), "sinking"),
    (lambda d: topic(d)["facets"]["attacks"].update(off=["pirates"]), "facets.attacks: off"),
    (lambda d: d["definition.yaml"]["strands"].update(x="y"), "strand x"),
    (lambda d: d["definition.yaml"].update(places=["x"]), "definition.yaml: places"),
    (lambda d: strand(d).pop("says"), "ransoms: says is missing"),
    (lambda d: strand(d).update({"in": float("inf")}), "ransoms: in"),
    (lambda d: strand(d)["all"][0].update(full=0), "ransoms: a condition"),
    (lambda d: strand(d).update(all={"part": "top"}), "ransoms: `all` and `none` are lists"),
    (lambda d: strand(d).update(all=[{"part": "top"}]), "ransoms: a condition"),
]


@pytest.mark.parametrize(("change", "says"), UNFIT, ids=[says for _, says in UNFIT])
def test_what_keeps_a_pack_from_judging_is_one_sentence(
    tmp_path: Path, change: Change, says: str
) -> None:
    content = documents()
    change(content)
    place = written(tmp_path, content)
    (mistake,) = look_over(place).mistakes
    assert says in mistake
    with pytest.raises(PackError):
        ready(read_pack(place))


SLIPS: list[tuple[Change, str]] = [
    (lambda d: concept(d).update(pt=["piratas"]), "pirates: pt is not known"),
    (lambda d: concept(d).update(stran="attacks"), "pirates: stran is not known"),
    (lambda d: concept(d).update(strand="atacks"), "no strand 'atacks'"),
    (lambda d: concept(d, 1).update(en=["tanker", False]), "in quotes"),
    (lambda d: concept(d, 1).update(en=["tanker", "!!"]), "'!!' has no letters"),
    (lambda d: concept(d, 1).update(en=["t\u0430nker"]), "mixes letters of two scripts"),
    (lambda d: concept(d).update(guarded=["PMFP"]), "'PMFP' is none of its spellings"),
    (lambda d: topic(d)["features"][0].update(of=["pirate", "shipping"]), "for 'pirate'"),
    (lambda d: topic(d)["contexts"]["sea"].update(any=["pole:ships"]), "for 'pole:ships'"),
    (lambda d: topic(d)["contexts"]["sea"].update(unles=["pole:pirates"]), "unles is not known"),
    (lambda d: topic(d)["facets"]["attacks"].update(acts=["id:board"]), "for 'id:board'"),
    (lambda d: topic(d).update(outlets={"ships": ["tradewinds"]}), "there is no pole ships"),
    (lambda d: topic(d)["poles"].update(sport={}), "poles.sport: has a meaning of its own"),
    (lambda d: topic(d).update(feature=[]), "topic.yaml: feature is not known"),
    (lambda d: strand(d)["all"][0].update(of=["@golf"]), "for '@golf'"),
    (lambda d: strand(d).update(nonne=[{"of": ["pirates"]}]), "nonne is not known"),
    (lambda d: strand(d).update(all=[{"first": ["ransoms"]}]), "no strand 'ransoms'"),
    (lambda d: d["definition.yaml"]["places"].update(gulf=["id:ship"]), "for 'id:ship'"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), SLIPS, ids=[says for _, says in SLIPS])
def test_a_slip_that_would_cost_stories_unseen_is_named(
    tmp_path: Path, change: Change, says: str
) -> None:
    content = documents()
    change(content)
    assert says in " ".join(look_over(written(tmp_path, content)).mistakes)


def test_a_key_written_twice_is_named_with_its_line(tmp_path: Path) -> None:
    content = documents()
    content["lexicon.yaml"] = yaml.safe_dump(content["lexicon.yaml"]) + (
        "- {id: navies, kind: group, pole: shipping, en: [EUNAVFOR], en: [frigate]}\n"
    )
    (mistake,) = look_over(written(tmp_path, content)).mistakes
    assert "lexicon.yaml: en is written twice" in mistake


def judged(place: str, team: Team, *titles: str) -> list[float]:
    verdicts = registry.load(None, topic=place, team=team).judge(
        [Text(title=title, body="") for title in titles]
    )
    return [verdict.score for verdict in verdicts]


def test_one_name_needs_no_brackets(tmp_path: Path) -> None:
    content, bare = documents(), documents()
    concept(bare)["guarded"] = "PMPF"
    for row in bare["lexicon.yaml"]["concepts"]:
        row["en"] = row["en"][0]
    for row in content["lexicon.yaml"]["concepts"]:
        row["en"] = row["en"][:1]
    concept(bare)["guarded"] = concept(content)["guarded"] = []
    topic(bare)["features"][1]["of"] = "pirates"
    topic(bare)["features"][2].update(of="w:attacks", needs={"top": "pirates"})
    topic(bare)["contexts"]["sea"]["any"] = "pole:shipping"
    topic(content)["contexts"]["sea"]["any"] = ["pole:shipping"]
    topic(bare)["outlets"]["shipping"] = "tradewinds"
    strand(bare)["all"][0]["of"] = "@gulf"
    bare["definition.yaml"]["places"]["gulf"] = "id:shipping"
    (tmp_path / "bare").mkdir()
    (tmp_path / "listed").mkdir()
    team = Team(switches=(("ransoms", "in"),))
    titles = ("pirates boarded a tanker", "tanker sails", "Pittsburgh Pirates win")
    one = judged(written(tmp_path / "bare", bare), team, *titles)
    assert one == judged(written(tmp_path / "listed", content), team, *titles)
    assert one[0] > 0.9
    assert look_over(str(tmp_path / "bare")).mistakes == ()


def test_what_yaml_takes_for_no_is_not_found_as_false(tmp_path: Path) -> None:
    content = documents()
    concept(content)["en"] = [False, None, "pirates"]
    assert judged(written(tmp_path, content), Team(), "False claims, none at all") == judged(
        str(tmp_path), Team(), "Weather stays fine"
    )
