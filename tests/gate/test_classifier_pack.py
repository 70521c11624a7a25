"""The topic pack holds what it may hold: words and weights, whole and consistent, no one's text."""

import json
import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import yaml

from classifiers.lexicon import load_lexicon
from classifiers.pack import TOPICS, load_pack

PACK = TOPICS / "pak_afg_ttp"
ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
POLES = {*load_pack().recipe.poles, "regional", "word", "away", "trap"}


def test_every_feature_has_a_prior_a_weight_and_words_to_explain_it() -> None:
    pack = load_pack()
    for name in ("intercept", *pack.recipe.names):
        assert name in pack.prior, name
        assert name in pack.weights, name
        assert pack.labels[name], name
    assert set(pack.prior) == {"intercept", *pack.recipe.names}


def test_every_sign_a_feature_asks_for_is_one_that_some_concept_gives() -> None:
    pack, lexicon = load_pack(), load_lexicon()
    given = {sign for c in lexicon.concepts.values() for sign in pack.recipe.signs(c)}
    given |= {f"press:{pole}" for pole in pack.recipe.poles}
    for row in pack.recipe.features:
        asked = {s for _, signs in (*row.needs, *row.without) for s in signs} | {*row.of}
        assert asked <= given, row.name


def test_every_concept_is_whole() -> None:
    lexicon, pack = load_lexicon(), load_pack()
    ids = [str(row["id"]) for row in pack.lexicon]
    assert len(ids) == len(set(ids))
    for concept in lexicon.concepts.values():
        assert concept.pole in POLES, concept.id
        assert not concept.strand or concept.strand in {*pack.strands, "violence"}, concept.id
        assert concept.aliases or concept.id.startswith("team_"), concept.id
        assert not concept.guarded or concept.guard in pack.contexts, concept.id
        spelled = {alias for some in concept.aliases.values() for alias in some}
        assert concept.guarded <= {*spelled, "all"}, concept.id


def test_every_context_asks_for_things_there_are() -> None:
    lexicon, pack = load_lexicon(), load_pack()
    strands = {*pack.strands, "violence"}
    for context in pack.contexts.values():
        for need in (*context.any, *context.all, *context.unless, *chain(*context.each)):
            sort, _, name = need.partition(":")
            known = {"pole": POLES, "side": {"pakistan", "afghanistan"}, "word": strands}
            assert name in known.get(sort, set(lexicon.concepts)), need
    for rule in pack.neighbours:
        assert {rule.concept, rule.trap} <= set(lexicon.concepts)


def test_all_four_languages_are_there() -> None:
    lexicon = load_lexicon()
    for language in ("en", "ur", "ps", "fa"):
        assert sum(language in c.aliases for c in lexicon.concepts.values()) > 100


def test_the_profile_holds_terms_and_records_only() -> None:
    text = (PACK / "profile.json").read_text(encoding="utf-8")
    profile = json.loads(text)
    assert "@" not in text
    for furniture in ("scroll", "comments", "gmail", "reached", "blog", "published"):
        assert not any(furniture in term.split() for term in profile["terms"])
    assert all(len(term.split()) <= 2 for term in profile["terms"]), (
        "no phrase, let alone a sentence"
    )
    assert len(profile["seeds"]) == 5
    for seed in profile["seeds"]:
        assert set(seed) <= {
            "id",
            "title",
            "author",
            "outlet",
            "published_on",
            "kind",
            "sha256",
            "terms",
        }
        assert set(seed["terms"]) <= set(profile["terms"])


def test_no_sentence_of_the_seed_articles_is_in_the_package() -> None:
    seeds = sorted((SHARED / "corpus").glob("*.txt"))
    if not seeds:
        pytest.skip(f"no seed articles at {SHARED / 'corpus'}; set TORKHAM_SHARED")
    held = " ".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "classifiers").rglob("*")
        if path.suffix in {".py", ".yaml", ".json"}
    )
    held = re.sub(r"\s+", " ", held)
    titles = {
        seed.get("title", "") for seed in json.loads((PACK / "profile.json").read_text())["seeds"]
    }
    for path in seeds:
        for sentence in re.split(r"(?<=[.!?])\s+", path.read_text(encoding="utf-8")):
            plain = re.sub(r"\s+", " ", sentence).strip()
            if len(plain) > 40 and not any(plain in title for title in titles):
                assert plain not in held, path.name


@pytest.mark.slow
def test_the_pack_is_plain_data() -> None:
    assert {p.suffix for p in PACK.iterdir()} <= {".yaml", ".json"}
    for path in PACK.glob("*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_types_load_neither_numpy_nor_a_file() -> None:
    code = (
        "import sys, classifiers.types; "
        "print([m for m in ('numpy', 'yaml', 'classifiers.pack') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
