"""Fingerprints are what they always were, however they are made: what is kept stays comparable."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.stages.dedupe import fingerprint, sketching
from monitor.stages.dedupe import words as folding
from store.rows import as_json, packed, unpacked

# --- as the scheme was first written: a word, a hash, a run at a time ------------------------


def plain_words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().translate(folding.ARABIC)
    if not folded.isascii():
        folded = folding.MARKS.sub("", unicodedata.normalize("NFD", folded))
    return re.findall(r"\w+", folded)


def plain_runs(words: list[str], run: int) -> list[int]:
    single = [xxhash.xxh3_64_intdigest(word.encode()) for word in words]
    found = []
    for at in range(len(words) - run + 1):
        mixed = 0
        for value in single[at : at + run]:
            mixed = (mixed * 0x9E3779B97F4A7C15 + value) % 2**64
        mixed ^= mixed >> 33
        mixed = mixed * 0xFF51AFD7ED558CCD % 2**64
        found.append(mixed ^ mixed >> 29)
    return found


def plain_sketch(words: list[str]) -> tuple[int, ...]:
    runs, long = plain_runs(words, 3), plain_runs(words, 8)
    head = {run >> 48 for run in runs[:98]}
    lead = {(run >> 48) + sketching.LEAD for run in runs[:14]}
    whole = sorted({run >> 38 for run in runs})[:112]
    longest = sorted({run >> 28 for run in long})[:64]
    return (
        *sorted(head), *sorted(lead), *(run + sketching.WHOLE for run in whole),
        *sorted(sketching.LAST - run for run in longest),
    )  # fmt: skip


def plain_without_captions(body: str) -> str:
    lines = body.rstrip().split("\n")
    end = re.compile(r"(?<!\.)[.!?۔؟。][\"'”’»)\]]*$|[”\"»]$")
    while lines and len(lines[-1]) < 300 and not end.search(lines[-1].rstrip()):
        lines.pop()
    kept = "\n".join(lines)
    return kept if len(kept) >= 0.1 * len(body) else body


def check(title: str, body: str) -> None:
    made = fingerprint(title, body)
    words, names = plain_words(plain_without_captions(body)), plain_words(title)
    identity = words if len(words) >= 58 else [*names, "|", *words]
    assert made.title_key == " ".join(names)
    assert made.text_hash == xxhash.xxh3_128_hexdigest(" ".join(identity).encode())
    assert made.sketch == (plain_sketch(words) if len(words) >= 20 else ())


PIECES = st.sampled_from(
    [
        *"abcXYZ019_ .,!?\n\t-'\"=<>", "\u2019", "\u201c", "\u2026", "\u00a0", "\u00ad", "\u200c",
        "\u200f", "\u0301", "\u0338", "\u0307", "\u00e9", "\u0130", "\u00df", "\ufb01", "\u00bd",
        "\u01f0", "\u1e96", "\u2122", "\uff21", "\u064a", "\u0643", "\u0660", "\u06f1", "\u06d4",
        "\u0647", "\u0640", "\u064b", "\u1100", "\u1161", "\ud800", "\u0149", "\u00b4", "\u0345",
        "\u03c3", "\u03c2", "\u0e33", "\U0001d7ce", "\U0001f1f5",
    ]
)  # fmt: skip
WORDS = st.lists(st.text(PIECES, min_size=1, max_size=7), min_size=15, max_size=180)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    title=st.text(PIECES, max_size=30), words=WORDS, gap=st.sampled_from([" ", "\n", ". ", "’s "])
)
def test_any_mixture_of_scripts_gives_the_fingerprint_of_before(
    title: str, words: list[str], gap: str
) -> None:
    check(title, gap.join(words))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=40))
@example("\ud83d alone " * 30, "")
def test_any_text_at_all_does(body: str, title: str) -> None:
    check(title, body)


@pytest.mark.parametrize("words", [19, 20, 57, 58, 120, 900])
def test_texts_of_every_length_do_also_such_as_repeat_themselves(words: int) -> None:
    once = [f"Word{n * n % 9973}" for n in range(words)]
    check("Nine lorries at the pass", " ".join(once) + ".")
    check("Nine lorries at the pass", " ".join(f"w{n % 90}" for n in range(words)) + ".")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(PIECES, max_size=12), max_size=12))
def test_the_same_lines_are_left_off_as_captions(lines: list[str]) -> None:
    body = "\n".join(lines)
    assert folding.without_captions(body) == plain_without_captions(body)


def test_words_that_are_kept_for_the_next_text_stay_few() -> None:
    for start in range(0, 90_000, 30_000):
        fingerprint("", " ".join(f"ż{n}" for n in range(start, start + 30_000)))
    fingerprint("", "ż" * 100_000 + " end")
    assert len(folding._FOLDED) <= folding.MOST_KEPT
    assert max(map(len, folding._FOLDED)) <= folding.LONGEST_KEPT


# --- as it is kept --------------------------------------------------------------------------


@given(st.lists(st.integers(0, 2**64 - 1), max_size=60))
def test_a_sketch_is_read_as_it_was_packed_in_any_order(values: list[int]) -> None:
    assert unpacked(packed(values)) == tuple(values)
    assert unpacked(packed(sorted(values))) == tuple(sorted(values))
    assert unpacked(as_json(values)) == tuple(values)  # as older versions kept it


def test_a_whole_sketch_takes_three_fifths_of_what_json_takes() -> None:
    random = np.random.default_rng(1)
    sketch = fingerprint("", " ".join(f"w{n}" for n in random.integers(0, 5000, 600))).sketch
    assert len(packed(sketch)) < 0.62 * len(as_json(sketch))
