"""The profile keeps the weights of shared terms and nothing else of the articles it came from."""

import json
from pathlib import Path

from classifiers.profile import Profile, build, clean, main
from classifiers.terms import count_terms
from classifiers.words import words

TEXTS = {
    "one": "Monday, March 3, 2025\nThe lighthouse keepers guard the harbour lamp.\n"
    "He can be reached at: keeper@example.org\nThe harbour lamp burns.\nScroll to Top",
    "two": "Harbour lamp and lighthouse keepers again.\nThe writer is a sailor.\nNo comments:",
    "three": "Scroll to Top\nUnshared cactus paragraphs about deserts.\nNo comments:",
}


def test_page_furniture_is_no_term() -> None:
    left = " ".join(clean(text) for text in TEXTS.values()).lower()
    for furniture in ("scroll", "comments", "@", "reached", "sailor", "monday"):
        assert furniture not in left
    assert "scroll" not in json.dumps(build(TEXTS, {}, [])["terms"])


def test_only_shared_terms_are_kept() -> None:
    terms = build(TEXTS, {}, [])["terms"]
    assert {"harbour", "lamp", "harbour lamp", "lighthouse keepers"} <= set(terms)
    assert "cactus" not in terms


def test_what_is_common_anyway_weighs_less() -> None:
    plain = build(TEXTS, {}, [])["terms"]
    beside = build(TEXTS, {}, [{"harbour"}] * 50 + [{"other"}] * 50)["terms"]
    assert beside["harbour"]["weight"] / beside["lamp"]["weight"] < (
        plain["harbour"]["weight"] / plain["lamp"]["weight"]
    )


def test_a_text_like_the_seeds_is_told_from_one_that_is_not() -> None:
    profile = Profile(build(TEXTS, {"one": {"title": "The lamp"}}, []))
    like, vector = profile.likeness(count_terms(words("Harbour lamp lit", 60), ()))
    other, nothing = profile.likeness(count_terms(words("Sugar prices fall", 60), ()))
    assert like > other == 0.0
    nearest = profile.nearest(vector)
    assert nearest is not None
    assert nearest.title in {"The lamp", "two"}
    assert profile.nearest(nothing) is None
    assert Profile({}).likeness({"harbour": 1}) == (0.0, {})


def test_the_command_writes_the_same_profile_twice(tmp_path: Path) -> None:
    paths = []
    for name, text in TEXTS.items():
        paths.append(tmp_path / f"{name}.txt")
        paths[-1].write_text(text, encoding="utf-8")
    book = tmp_path / "books.json"
    book.write_text(json.dumps([{"file": "one.txt", "title": "The lamp", "note": "private"}]))
    outs = [tmp_path / "a.json", tmp_path / "b.json"]
    for out in outs:
        assert main([*map(str, paths), "--bibliography", str(book), "--out", str(out)]) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert "private" not in outs[0].read_text()
    assert "keeper@" not in outs[0].read_text()
