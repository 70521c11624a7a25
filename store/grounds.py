"""The evidence of verdicts, pressed: short rows that begin alike, each read again by itself.

A verdict's evidence is deflated behind samples of the store's own evidence, learned once there are
enough; until then behind what most of it begins with (docs/decisions/0030).

    head       1 byte   the format: 1: with what stands here; 2: with a dictionary of the store
    number     4 bytes  of that dictionary, in format 2
    deflated   JSON: the evidence and what the judge was given
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from store import dictionaries
from store.dictionaries import Dictionaries
from store.rows import stamp
from store.sql import Db, fetch, run_many, tuples, write

RECOUNTED = "recounted"
"""The SQL function: (packed) gives the evidence of a verdict."""
LEAST = 200
"""Verdicts from which samples are taken."""
SAMPLES = 6
MOST_BYTES = 30_000
"""Of samples: deflate looks back 32 KB."""

_FORMAT, _LEARNED = b"\x01", b"\x02"

# What the evidence of most verdicts begins with and goes on with; the commonest last. What was
# pressed with it is read with it: another dictionary is another format.
_KEYS = (
    '{"outlet": "", "language": "en", "side": "international", "repeated": [{"start": 0, "end": ',
    '"side": "afghanistan", "side": "pakistan", "repeated": []}", "nearest": {"id": "seed:", ',
    '"title": "", "similarity": 0.below, only in the tail, set aside, "no_pole", ',
    '"label": "none of the sides named", "note": "", "part": "lead", "part": "title", ',
    '"nearest": null, "ignored": []}", "ignored": [{"concept": "", "text": "", "part": "tail", ',
    '"value": 1.0, "value": null, "taught_by": []}, {"feature": "word:", "label": "", "weight": -',
    '{"concept": "pakistan", "text": "Pakistan", "part": "body", "start": 1, "end": 1, "note": ""}',
    ', {"concept": "", "text": "", "part": "body", "start": 2, "end": 3, "note": ""}], "value": ',
    '1.0, "taught_by": []}, {"feature": "", "label": "", "weight": 0.1, "matches": [{"concept": "',
    '["{\\"contributions\\": [{\\"feature\\": \\"intercept\\", \\"label\\": \\"before reading ',
    'anything\\", \\"weight\\": -3.9483, \\"matches\\": [], \\"value\\": null, ',
    '\\"taught_by\\": []}',
)
_DICTIONARY = "".join(_KEYS).encode()


def pack_evidence(evidence: str, given: str, samples: tuple[int, bytes] | None = None) -> bytes:
    """Return what a verdict was come to by, pressed; ``samples``: the dictionary and its number."""
    said = json.dumps([evidence, given], ensure_ascii=False)
    number, words = samples or (0, b"")
    head = _LEARNED + number.to_bytes(4, "big") if samples else _FORMAT
    press = _press(words).copy()  # to take a dictionary in costs more than to press a verdict
    return head + press.compress(said.encode("utf-8", "surrogatepass")) + press.flush()


@lru_cache(maxsize=4)
def _press(words: bytes) -> zlib._Compress:
    return zlib.compressobj(6, zlib.DEFLATED, -15, 9, zdict=words + _DICTIONARY)


def evidence_of(pack: bytes, known: Dictionaries) -> tuple[str, str]:
    """Return the evidence of a verdict and what the judge was given, as they were packed.

    Raises:
        ValueError: it is damaged, or of a format or a dictionary that is not known here.
    """
    head, start, words = pack[:1], 1, b""
    if head == _LEARNED:
        start, words = 5, known.of(int.from_bytes(pack[1:5], "big"))
    elif head != _FORMAT:
        raise ValueError("format of packed evidence is not known here")
    press = zlib.decompressobj(-15, zdict=words + _DICTIONARY)
    try:
        said = press.decompress(pack[start:]) + press.flush()
    except zlib.error as error:
        raise ValueError(f"the evidence is damaged: {error}") from error
    if not press.eof:
        raise ValueError("the evidence is cut short")
    evidence, given = json.loads(said.decode("utf-8", "surrogatepass"))
    return evidence, given


def recounting(known: Dictionaries) -> Callable[[bytes], str]:
    """Return what reads the evidence alone on a connection."""
    return lambda pack: evidence_of(pack, known)[0]


def samples(db: Db) -> tuple[int, bytes] | None:
    """Return the newest samples and their number; None until they are learned."""
    return dictionaries.newest(db, "evidence")


def learn(db: Db) -> bool:
    """Take samples of the newest verdicts, once there are enough; whether it did, in one write."""
    with write(db):
        if samples(db) is not None:
            return False
        rows = tuples(db, "SELECT packed FROM verdicts WHERE packed IS NOT NULL"
                          " ORDER BY id DESC LIMIT ?", (LEAST,))  # fmt: skip
        if len(rows) < LEAST:
            return False
        known = Dictionaries(db.conn)
        said = [json.dumps(evidence_of(row[0], known), ensure_ascii=False) for row in rows]
        dictionaries.keep(db, "evidence", sampled(said), len(said))
    return True


def sampled(said: Sequence[str]) -> bytes:
    """Return evidence that stands for all: some of each length, the shortest last: nearest."""
    by_length = sorted((one.encode("utf-8", "surrogatepass") for one in said), key=len)
    fitting = [one for one in by_length if len(one) <= MOST_BYTES // 3] or [b""]
    chosen: list[bytes] = []
    room = MOST_BYTES
    for step in range(SAMPLES):
        one = fitting[(len(fitting) - 1) * step // (SAMPLES - 1)]
        if len(one) <= room:
            chosen.insert(0, one)
            room -= len(one)
    return b"".join(chosen)


_SAID = """
SELECT id, evidence, given FROM verdicts INDEXED BY verdicts_loose
WHERE packed IS NULL AND judged_at < ? ORDER BY judged_at LIMIT ?
"""
_TOLD = "UPDATE verdicts SET packed = :packed, evidence = '', given = '' WHERE id = :id"


def pack_verdicts(db: Db, before: datetime, limit: int = 200) -> int:
    """Pack the evidence of verdicts given before then, one short write; return how many."""
    with write(db):
        rows = fetch(db, _SAID, (stamp(before), limit))
        words = samples(db)
        cells = [
            {"id": row["id"], "packed": pack_evidence(row["evidence"], row["given"], words)}
            for row in rows
        ]
        run_many(db, _TOLD, cells)
    return len(rows)
