"""``torkham similar``: what is like a text, among what was seen; only the extra is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classifiers.likeness import semantic
from monitor.inquiry.likeness import FILE, opening, vectors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flow.newsroom import Installation, Newsroom

INSTALLED = semantic.installed() is not None
needs_extra = pytest.mark.skipif(not INSTALLED, reason="the extra `semantic` is not installed")
URDU = "سرحد پر چائے کے تاجروں کی ہڑتال ختم"
ASKED = "Tea traders end their strike at the border"


class Letters:
    """Counts letters: an encoder whose vectors are easily told, and that says how often it ran."""

    def __init__(self) -> None:
        self.ran = 0

    def vector(self, text: str, purpose: str) -> Any:
        del purpose
        self.ran += 1
        return np.array([text.count("a"), text.count("b"), 1], dtype=np.float32)


def model(letters: Letters, sha256: str = "00" * 32) -> semantic.Semantic:
    return semantic.Semantic(letters, sha256)  # type: ignore[arg-type]  # it encodes; that is all


def looked(texts: list[str], using: semantic.Semantic, folder: Path) -> list[list[float]]:
    heard: list[int] = []
    found = vectors(texts, using, folder, heard.append)
    assert sum(heard) == len(texts)
    return [vector.tolist() for vector in found]


def test_what_was_read_once_is_not_read_again(tmp_path: Path) -> None:
    letters = Letters()
    first = looked(["a", "bb", "a"], model(letters), tmp_path)
    assert (first, letters.ran) == ([[1, 0, 1], [0, 2, 1], [1, 0, 1]], 2)
    assert looked(["bb", "a"], model(letters), tmp_path) == [[0, 2, 1], [1, 0, 1]]
    assert letters.ran == 2


def test_vectors_of_another_model_are_never_taken(tmp_path: Path) -> None:
    letters = Letters()
    looked(["a"], model(letters), tmp_path)
    looked(["a"], model(letters, "11" * 32), tmp_path)
    assert letters.ran == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\x93NUMPY", b"garbage" * 99])
def test_a_damaged_memory_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    letters = Letters()
    assert looked(["a"], model(letters), tmp_path) == [[1, 0, 1]]
    assert looked(["a"], model(letters), tmp_path) == [[1, 0, 1]]
    assert letters.ran == 1


def test_objects_in_the_memory_are_not_loaded(tmp_path: Path) -> None:
    """An .npz may hold pickles, which are programs."""
    np.savez(tmp_path / FILE, keys=np.array([object()], dtype=object), vectors=np.zeros((1, 3)))
    assert looked(["a"], model(Letters()), tmp_path) == [[1, 0, 1]]


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    letters = Letters()
    for _ in range(2):
        assert looked(["a"], model(letters), tmp_path / "absent") == [[1, 0, 1]]
    assert letters.ran == 2


def test_an_opening_is_the_headline_and_the_first_words() -> None:
    assert opening(" Tea\n prices ", "rise  " * 100).split() == ["Tea", "prices", *["rise"] * 45]


@pytest.mark.slow
@pytest.mark.skipif(INSTALLED, reason="the extra `semantic` is installed")
def test_without_the_extra_the_command_says_what_to_install(
    newsroom: Newsroom, here: Installation
) -> None:
    newsroom.fill(1, 1)
    here.configure()
    here.once()
    code, out, err = here.run("similar", ASKED)
    assert (code, out) == (1, "")
    assert (
        err == "torkham: the extra `semantic` is not installed: pip install 'torkham[semantic]'\n"
    )


@needs_extra
def test_an_english_sentence_finds_the_urdu_article(newsroom: Newsroom, here: Installation) -> None:
    newsroom.fill(1, 6)
    newsroom.publish("outlet-00", URDU, body=f"{URDU}۔ " * 30)
    here.configure()
    here.once("poll", "harvest")
    code, out, err = here.run("similar", ASKED, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["compared"] == 7
    assert told["similar"][0]["title"] == URDU
    assert (here.data / FILE).exists()

    code, out, err = here.run("similar", ASKED, "--accepted")
    assert (code, out) == (0, "There is nothing to compare it with.\n"), err


@needs_extra
def test_an_article_is_not_its_own_like(newsroom: Newsroom, here: Installation) -> None:
    newsroom.fill(1, 4)
    here.configure()
    here.once("poll", "harvest")
    code, out, err = here.run("similar", "1", "--json")
    assert code == 0, err
    assert sorted(row["article"] for row in json.loads(out)["similar"]) == [2, 3, 4]
    code, out, err = here.run("similar", "99")
    assert (code, out) == (1, "")
    assert "there is no article 99" in err
    code, out, err = here.run("similar", "  ")
    assert (code, len(err.splitlines())) == (2, 1)
