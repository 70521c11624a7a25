"""Old texts, pressed small: many in one row, each read again by itself, letter for letter.

A pack holds up to ``MOST`` texts, each deflated with the words of the archive's own news as a
dictionary, one after the other behind a list of whose they are and how long. Readers see nothing
of it: they read the view ``versions``, which unpacks (docs/decisions/0030).

    head       1 byte   the format
    count      2 bytes
    count x    4 bytes  whose: the number of the version less the number of the pack
               4 bytes  how many bytes
    texts

Evidence of old verdicts is deflated row by row: it is short, and always begins alike.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate

from store.rows import stamp
from store.sql import Db, add_rows, fetch, fetch_in, one, run, run_many, write

UNPACKED = "unpacked"
"""The SQL function: (texts, words, which) gives the text."""
RECOUNTED = "recounted"
"""The SQL function: (packed) gives the evidence of a verdict."""
MOST = 40
"""Texts of a pack."""
MOST_BYTES = 40_000
"""Of a pack, about: reading one text of it reads all its pages."""
LEAST = 200
"""Texts from which the words of an archive are learned; with fewer nothing is packed yet."""
LEARNED_FROM = 2_000
WORDS = 26_000
"""Bytes of dictionary: DEFLATE looks back 32 KB, and the text itself wants a part of them."""

_FORMAT = 1
_HEAD, _MEMBER = struct.Struct(">BH"), struct.Struct(">II")


# --- a pack ---------------------------------------------------------------------------------


def packed(texts: Mapping[int, str], words: bytes) -> bytes:
    """Return a pack of these texts, by whose they are."""
    return _joined({who: _pressed(text, words) for who, text in texts.items()})


def unpacked(pack: bytes, words: bytes, who: int) -> str:
    """Return one text of a pack, letter for letter as it was packed.

    Raises:
        ValueError: the pack does not hold it, or is damaged.
    """
    for number, start, end in _members(pack):
        if number == who:
            return _plain(pack[start:end], words)
    raise ValueError(f"the pack has no text {who}")


def without(pack: bytes, gone: Collection[int]) -> bytes | None:
    """Return a pack less some of its texts; None: nothing is left of it."""
    left = {n: pack[start:end] for n, start, end in _members(pack) if n not in gone}
    return _joined(left) if left else None


def _pressed(text: str, words: bytes, level: int = 9) -> bytes:
    press = zlib.compressobj(level, zlib.DEFLATED, -15, 9, zdict=words)
    return press.compress(text.encode("utf-8", "surrogatepass")) + press.flush()


def _plain(data: bytes, words: bytes) -> str:
    press = zlib.decompressobj(-15, zdict=words)
    try:
        text = press.decompress(data) + press.flush()
        if not press.eof:
            raise ValueError("the text is cut short")
        return text.decode("utf-8", "surrogatepass")
    except zlib.error as error:
        raise ValueError(f"the text is damaged: {error}") from error


def _joined(parts: Mapping[int, bytes]) -> bytes:
    head = _HEAD.pack(_FORMAT, len(parts))
    table = b"".join(_MEMBER.pack(who, len(part)) for who, part in parts.items())
    return b"".join((head, table, *parts.values()))


def _members(pack: bytes) -> list[tuple[int, int, int]]:
    """Whose text stands from where to where."""
    try:
        form, count = _HEAD.unpack_from(pack)
        if form != _FORMAT:
            raise ValueError(f"format {form} of a pack is not known here")
        table = [_MEMBER.unpack_from(pack, _HEAD.size + n * _MEMBER.size) for n in range(count)]
    except struct.error as error:
        raise ValueError("the pack is cut short") from error
    ends = list(accumulate((size for _, size in table), initial=_HEAD.size + count * _MEMBER.size))
    if ends[-1] != len(pack):
        raise ValueError("the pack is cut short")
    return [(who, ends[n], ends[n + 1]) for n, (who, _) in enumerate(table)]


def words_of(texts: Iterable[str]) -> bytes:
    """Return the words that stand most often in texts, the commonest last: nearest to the text."""
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(text.split())
    worth = sorted(counted, key=lambda word: (-counted[word] * len(word), word))
    sizes = accumulate(len(word.encode("utf-8", "surrogatepass")) + 1 for word in worth)
    kept = [word for word, size in zip(worth, sizes, strict=True) if size <= WORDS]
    kept.sort(key=lambda word: (counted[word], word))
    return " ".join(kept).encode("utf-8", "surrogatepass")


# --- the night ------------------------------------------------------------------------------

_LOOSE = """
SELECT id, body FROM version_rows INDEXED BY version_rows_loose
WHERE pack IS NULL AND body <> '' AND seen_at < ? ORDER BY seen_at, id LIMIT ?
"""
# Not updated in place: a row that only shrinks never gives its page back.
_ROWS = "SELECT * FROM version_rows WHERE id IN ({marks}) ORDER BY id"
_GONE = "DELETE FROM version_rows WHERE id = ?"


def pack_texts(db: Db, before: datetime) -> int:
    """Pack texts read before then, one pack; return how many: 0 when there is nothing to pack.

    One short write. Whatever happens to the process, a text stands in its row or in its pack.
    """
    with write(db):
        words = _words(db, before)
        rows = fetch(db, _LOOSE, (stamp(before), MOST)) if words else []
        if not words or not rows:
            return 0
        number, dictionary = words
        parts: dict[int, bytes] = {}
        size = 0
        for row in rows:
            part = _pressed(row["body"], dictionary)
            if parts and size + len(part) > MOST_BYTES:
                break
            parts[row["id"]] = part
            size += len(part)
        pack = min(parts)
        texts = _joined({who - pack: part for who, part in parts.items()})
        run(db, "INSERT INTO packs (id, words, texts) VALUES (?, ?, ?)", (pack, number, texts))
        thick = fetch_in(db, _ROWS, list(parts))
        run_many(db, _GONE, [(who,) for who in parts])
        add_rows(db, "version_rows", [row | {"body": "", "pack": pack} for row in thick])
    return len(parts)


def _words(db: Db, before: datetime) -> tuple[int, bytes] | None:
    """The newest dictionary; the first is learned when there are texts enough. Inside a write."""
    held = fetch(db, "SELECT id, words FROM pack_words ORDER BY id DESC LIMIT 1")
    if held:
        return held[0]["id"], held[0]["words"]
    texts = [row["body"] for row in fetch(db, _LOOSE, (stamp(before), LEARNED_FROM))]
    if len(texts) < LEAST:
        return None
    words = words_of(texts)
    run(db, "INSERT INTO pack_words (id, words, learned_from) VALUES (1, ?, ?)",
        (words, len(texts)))  # fmt: skip
    return 1, words


def take_out(db: Db, versions: Sequence[int]) -> None:
    """Take the texts of these versions out of their packs for good, inside a write."""
    held = "SELECT id, pack FROM version_rows WHERE pack IS NOT NULL AND id IN ({marks})"
    gone: dict[int, set[int]] = {}
    for row in fetch_in(db, held, versions):
        gone.setdefault(row["pack"], set()).add(row["id"] - row["pack"])
    for pack, members in gone.items():
        left = without(one(db, "SELECT texts FROM packs WHERE id = ?", (pack,)), members)
        if left is None:
            run(db, "DELETE FROM packs WHERE id = ?", (pack,))
        else:
            run(db, "UPDATE packs SET texts = ? WHERE id = ?", (left, pack))
        run_many(db, "UPDATE version_rows SET pack = NULL WHERE id = ?",
                 [(pack + member,) for member in members])  # fmt: skip


# --- evidence -------------------------------------------------------------------------------

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


def pack_evidence(evidence: str, given: str) -> bytes:
    """Return what a verdict was come to by, pressed."""
    said = json.dumps([evidence, given], ensure_ascii=False)
    return bytes([_FORMAT]) + _pressed(said, _DICTIONARY, level=6)


def evidence_of(pack: bytes) -> tuple[str, str]:
    """Return the evidence of a verdict and what the judge was given, as they were packed."""
    if pack[:1] != bytes([_FORMAT]):
        raise ValueError("format of packed evidence is not known here")
    evidence, given = json.loads(_plain(pack[1:], _DICTIONARY))
    return evidence, given


def recounted(pack: bytes) -> str:
    """Return the evidence alone."""
    return evidence_of(pack)[0]


_SAID = """
SELECT id, evidence, given FROM verdicts INDEXED BY verdicts_loose
WHERE packed IS NULL AND judged_at < ? ORDER BY judged_at LIMIT ?
"""
_TOLD = "UPDATE verdicts SET packed = :packed, evidence = '', given = '' WHERE id = :id"


def pack_verdicts(db: Db, before: datetime, limit: int = 200) -> int:
    """Pack the evidence of verdicts given before then, one short write; return how many."""
    with write(db):
        rows = fetch(db, _SAID, (stamp(before), limit))
        cells = [
            {"id": row["id"], "packed": pack_evidence(row["evidence"], row["given"])}
            for row in rows
        ]
        run_many(db, _TOLD, cells)
    return len(rows)
