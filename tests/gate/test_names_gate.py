"""Names hidden from the lexicon are found again in real news, where that is at hand."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.naming.names import NameText, unknown_names
from classifiers.pack import load_pack

SHARED = Path(os.environ.get("TORKHAM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
HIDDEN = frozenset(
    [
        "bajaur",
        "bannu",
        "dera_ismail_khan",
        "kandahar",
        "kunar",
        "kurram",
        "nangarhar",
        "paktika",
        "tahir_andrabi",
        "tirah",
    ]
)
FLOOR = 6


def pool() -> list[NameText]:
    path = SHARED / "data/topic/dev.jsonl"
    if not path.exists():
        pytest.skip(f"real news is absent: no {path}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        NameText(
            key=row["id"], story=row["id"], title=row["title"] or "", body=row["text"] or "",
            outlet=row["outlet"], wanted=row["label"] != "not_relevant",
        )
        for row in rows
    ]  # fmt: skip


@pytest.mark.slow
def test_names_taken_out_of_the_lexicon_are_listed_as_new() -> None:
    """`python bench/new_names.py` measures all of them, one by one."""
    texts, whole, pack = pool(), load_lexicon(), load_pack()
    kept = [row for row in pack.lexicon if row["id"] not in HIDDEN]
    listed = unknown_names(texts, Lexicon(replace(pack, lexicon=kept)), least_outlets=1)
    found = {
        hit.concept.id
        for name in listed
        for spelling in name.spellings
        for hit in whole.read(spelling, "title")
    }
    assert len(found & HIDDEN) >= FLOOR, sorted(HIDDEN - found)
    assert len(listed) <= 40
