"""Old texts, pressed small: many in one row, each read again by itself, letter for letter.

A pack holds up to ``MOST`` texts, each written as numbers of what the archive's own news is made of
(``store.wording``), one after the other behind a list of whose they are and how long. Readers see
nothing of it: they read the view ``versions``, which unpacks (docs/decisions/0030).

    head       1 byte   the format: 2; 1: deflated with a dictionary of words, as until schema 53
    count      2 bytes
    count x    4 bytes  whose: the number of the version less the number of the pack
               4 bytes  how many bytes
    texts
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import accumulate

from store import dictionaries
from store.dictionaries import Dictionaries
from store.faults import StoreError
from store.rows import stamp
from store.sql import Db, Row, add_rows, fetch, fetch_in, one, run, run_many, write
from store.wording import Wording, learned, wording

UNPACKED = "unpacked"
"""The SQL function: (texts, words or their number, which) gives the text."""
MOST = 40
"""Texts of a pack."""
MOST_BYTES = 40_000
"""Of a pack, about: reading one text of it reads all its pages."""
LEAST = 200
"""Texts from which an archive's units are learned; with fewer nothing is packed yet."""
LEARNED_FROM = 2_000

_FORMAT, _OLD_FORMAT = 2, 1
_HEAD, _MEMBER = struct.Struct(">BH"), struct.Struct(">II")


# --- a pack ---------------------------------------------------------------------------------


def packed(texts: Mapping[int, str], words: bytes) -> bytes:
    """Return a pack of these texts, by whose they are."""
    units = wording(words)
    return _joined({who: units.pressed(text) for who, text in texts.items()})


def unpacked(pack: bytes, words: bytes, who: int) -> str:
    """Return one text of a pack, letter for letter as it was packed.

    Raises:
        ValueError: the pack does not hold it, or is damaged.
    """
    for number, start, end in _members(pack):
        if number == who:
            return _reader(pack, words)(pack[start:end])
    raise ValueError(f"the pack has no text {who}")


def unpacking(known: Dictionaries) -> Callable[[bytes, bytes | int, int], str]:
    """Return `unpacked` for a connection: words may be told by their number."""

    def read(pack: bytes, words: bytes | int, who: int) -> str:
        return unpacked(pack, known.of(words) if isinstance(words, int) else words, who)

    return read


def without(pack: bytes, gone: Collection[int]) -> bytes | None:
    """Return a pack less some of its texts; None: nothing is left of it."""
    left = {n: pack[start:end] for n, start, end in _members(pack) if n not in gone}
    return _joined(left, pack[0]) if left else None


def _reader(pack: bytes, words: bytes) -> Callable[[bytes], str]:
    if pack[0] == _FORMAT:
        return wording(words).plain
    return lambda data: _inflated(data, words)


def _pressed(units: Wording, text: str) -> bytes:
    """Press a text whose only copy this will be: read back before the text itself is let go."""
    part = units.pressed(text)
    if units.plain(part) != text:
        raise StoreError("a text does not come back as it was packed: it stays as it is")
    return part


def _inflated(data: bytes, words: bytes) -> str:
    press = zlib.decompressobj(-15, zdict=words)
    try:
        text = press.decompress(data) + press.flush()
    except zlib.error as error:
        raise ValueError(f"the text is damaged: {error}") from error
    if not press.eof:
        raise ValueError("the text is cut short")
    return text.decode("utf-8", "surrogatepass")


def _joined(parts: Mapping[int, bytes], form: int = _FORMAT) -> bytes:
    head = _HEAD.pack(form, len(parts))
    table = b"".join(_MEMBER.pack(who, len(part)) for who, part in parts.items())
    return b"".join((head, table, *parts.values()))


def _members(pack: bytes) -> list[tuple[int, int, int]]:
    """Whose text stands from where to where."""
    try:
        form, count = _HEAD.unpack_from(pack)
        if form not in {_FORMAT, _OLD_FORMAT}:
            raise ValueError(f"format {form} of a pack is not known here")
        table = [_MEMBER.unpack_from(pack, _HEAD.size + n * _MEMBER.size) for n in range(count)]
    except struct.error as error:
        raise ValueError("the pack is cut short") from error
    ends = list(accumulate((size for _, size in table), initial=_HEAD.size + count * _MEMBER.size))
    if ends[-1] != len(pack):
        raise ValueError("the pack is cut short")
    return [(who, ends[n], ends[n + 1]) for n, (who, _) in enumerate(table)]


# --- the night ------------------------------------------------------------------------------

_LOOSE = """
SELECT id, body FROM version_rows INDEXED BY version_rows_loose
WHERE pack IS NULL AND body <> '' AND seen_at < ? ORDER BY seen_at, id LIMIT ?
"""
# Not updated in place: a row that only shrinks never gives its page back. What the article says
# as well stands there alone; a trigger gives it back before the article's changes.
_ROWS = """
SELECT r.*, a.title AS own_title, a.author AS own_author, a.text_hash AS own_hash
FROM version_rows r JOIN articles a ON a.id = r.article WHERE r.id IN ({marks})
"""
_GONE = "DELETE FROM version_rows WHERE id = ?"


def pack_texts(db: Db, before: datetime) -> int:
    """Pack texts read before then, one pack; return how many: 0 when there is nothing to pack.

    One short write. Whatever happens to the process, a text stands in its row or in its pack.
    """
    with write(db):
        found = _units(db, before)
        rows = fetch(db, _LOOSE, (stamp(before), MOST)) if found else []
        if not found or not rows:
            return 0
        number, units = found
        parts: dict[int, bytes] = {}
        size = 0
        for row in rows:
            part = _pressed(units, row["body"])
            if parts and size + len(part) > MOST_BYTES:
                break
            parts[row["id"]] = part
            size += len(part)
        pack = min(parts)
        texts = _joined({who - pack: part for who, part in parts.items()})
        run(db, "INSERT INTO packs (id, words, texts) VALUES (?, ?, ?)", (pack, number, texts))
        thick = sorted(fetch_in(db, _ROWS, list(parts)), key=lambda row: int(row["id"]))
        run_many(db, _GONE, [(who,) for who in parts])
        add_rows(db, "version_rows", [_thin(row) | {"pack": pack} for row in thick])
    return len(parts)


def _thin(row: Row) -> Row:
    own = (row.pop("own_title"), row.pop("own_author"), row.pop("own_hash"))
    row["body"] = ""
    if own == (row["title"], row["author"], row["text_hash"]):
        row |= {"title": "", "author": None, "text_hash": "", "thin": 1}
    return row


def _units(db: Db, before: datetime) -> tuple[int, Wording] | None:
    """The newest list of units; the first is learned when there are texts enough, in a write."""
    held = dictionaries.newest(db, "units")
    if held is not None:
        return held[0], wording(held[1])
    texts = [row["body"] for row in fetch(db, _LOOSE, (stamp(before), LEARNED_FROM))]
    if len(texts) < LEARNED_FROM:  # those of an archive that was packed otherwise before
        texts += [row["body"] for row in fetch(db, _PACKED_BEFORE, (LEARNED_FROM - len(texts),))]
    if len(texts) < LEAST:
        return None
    words = learned(texts)
    return dictionaries.keep(db, "units", words, len(texts)), wording(words)


_PACKED_BEFORE = """
SELECT body FROM versions
WHERE id IN (SELECT id FROM version_rows WHERE pack IS NOT NULL ORDER BY id DESC LIMIT ?)
"""
_OLDER = "SELECT id, words, texts FROM packs WHERE words < ? ORDER BY words, id LIMIT 1"


def repack(db: Db, before: datetime) -> int:
    """Press one pack anew that was pressed with older words; return how many texts: 0 when none is.

    One short write, and nobody sees a difference.
    """
    with write(db):
        found = _units(db, before) if one(db, "SELECT 1 FROM packs LIMIT 1") else None
        older = fetch(db, _OLDER, (found[0],)) if found else []
        if not found or not older:
            return 0
        number, units = found
        pack, words = older[0]["texts"], Dictionaries(db.conn).of(older[0]["words"])
        read = _reader(pack, words)
        parts = {n: _pressed(units, read(pack[start:end])) for n, start, end in _members(pack)}
        sql = "UPDATE packs SET words = ?, texts = ? WHERE id = ?"
        run(db, sql, (number, _joined(parts), older[0]["id"]))
    return len(parts)


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
