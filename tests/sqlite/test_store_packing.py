"""Old texts are pressed small and read again letter for letter, whatever happens to the process."""

from __future__ import annotations

import runpy
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import (
    articles,
    backups,
    dictionaries,
    excerpts,
    grounds,
    judged,
    packing,
    removals,
    search,
)
from store.asking import read
from store.db import Db, connect, quick_check
from store.failpoint import install
from store.sql import fetch, one, run, write
from store.wording import MOST, SEEN, Wording, learned

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=400)


# --- a pack ---------------------------------------------------------------------------------


NEWS = [f"Trucks waited at Torkham, said {n} of them. سرحد پر مذاکرات" for n in range(9)]
LISTS = st.sampled_from([b"", learned(NEWS), learned(["a word", "a word"])])


@given(st.dictionaries(st.integers(0, 2**32 - 1), TEXTS, min_size=1, max_size=9), LISTS)
def test_every_text_of_a_pack_is_read_again_letter_for_letter(
    texts: dict[int, str], words: bytes
) -> None:
    pack = packing.packed(texts, words)
    assert {who: packing.unpacked(pack, words, who) for who in texts} == texts


@given(st.lists(st.text(), max_size=9), st.text())
def test_a_text_is_pressed_and_read_by_any_list(sources: list[str], text: str) -> None:
    """Half surrogates, NUL characters and letters that no text had before are read again too."""
    units = Wording(learned(sources))
    assert units.plain(units.pressed(text)) == text
    assert learned(sources) == learned(sources[::-1]), "the order of texts changes nothing"


def test_a_list_has_room_for_more_units_than_one_byte_tells_and_no_more_than_two() -> None:
    texts = [" ".join(f"w{n}x" for n in range(40_000))] * SEEN
    units = Wording(learned(texts))
    assert units.plain(units.pressed(texts[0])) == texts[0]
    assert learned(texts).count(b"\x00") < MOST
    rare = units.pressed("\U0010ffff")
    assert units.plain(rare) == "\U0010ffff"
    with pytest.raises(ValueError, match="damaged"):
        units.plain(rare[:-1])


@given(st.dictionaries(st.integers(0, 99), TEXTS, min_size=2, max_size=6), st.data())
def test_a_text_taken_out_is_gone_and_the_others_stay(texts: dict[int, str], data: Any) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(texts)), min_size=1))
    left = packing.without(packing.packed(texts, b"a word"), gone)
    assert (left is None) == (gone == set(texts))
    for who in gone if left else ():
        with pytest.raises(ValueError, match="has no text"):
            packing.unpacked(left or b"", b"a word", who)
    for who in set(texts) - gone:
        assert packing.unpacked(left or b"", b"a word", who) == texts[who]


@given(st.data())
def test_a_damaged_pack_is_refused_and_never_read_as_another_text(data: Any) -> None:
    words = learned(NEWS)
    pack = packing.packed({1: "Trucks waited. " * 20, 2: "Talks went on. " * 20}, words)
    at = data.draw(st.integers(0, len(pack) - 1))
    with pytest.raises((ValueError, UnicodeDecodeError)):
        packing.unpacked(pack[:at], words, 2)


def old_pack(texts: dict[int, str], words: bytes) -> bytes:
    """A pack as it was until schema 53: each text deflated, with words for a dictionary."""
    parts = []
    for text in texts.values():
        press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=words)
        parts.append(press.compress(text.encode()) + press.flush())
    table = b"".join(struct.pack(">II", n, len(part)) for n, part in zip(texts, parts, strict=True))
    return struct.pack(">BH", 1, len(parts)) + table + b"".join(parts)


@given(st.dictionaries(st.integers(0, 99), TEXTS, min_size=2, max_size=6), st.binary())
def test_packs_of_older_versions_are_read_and_taken_from(
    texts: dict[int, str], words: bytes
) -> None:
    pack = old_pack(texts, words)
    assert {who: packing.unpacked(pack, words, who) for who in texts} == texts
    one, *others = texts
    left = packing.without(pack, {one}) or b""
    assert {who: packing.unpacked(left, words, who) for who in others} == {
        who: texts[who] for who in others
    }


# --- in the store ---------------------------------------------------------------------------


def body(number: int) -> str:
    return f"Number {number}: trucks waited at the Torkham crossing while talks went on. " * 12


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, maker: Any) -> Path:
    """A store of 210 texts, all of them judged; ``body(n)`` is that of article n."""
    path = tmp_path_factory.mktemp("archive") / "torkham.db"
    with closing(connect(path)) as db:
        db.conn.execute("PRAGMA synchronous = OFF")
        for number in range(1, 211):
            assert maker.judged(db, f"a{number}", body(number)) == number
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def old(tmp_path: Path, archive: Path) -> Iterator[Db]:
    shutil.copyfile(archive, tmp_path / "torkham.db")
    db = connect(tmp_path / "torkham.db")
    yield db
    db.close()


def later(make: Any) -> Any:
    return make.at(60 * 24 * 400)


def packed(db: Db, make: Any) -> int:
    total = 0
    while done := packing.pack_texts(db, later(make)):
        total += done
    return total


def bodies(db: Db) -> dict[int, str]:
    return {row["article"]: row["body"] for row in fetch(db, "SELECT article, body FROM versions")}


def test_packing_changes_no_text_and_makes_them_small(old: Db, maker: Any) -> None:
    before = fetch(old, "SELECT * FROM versions ORDER BY id")
    assert packed(old, maker) == 210
    assert fetch(old, "SELECT * FROM versions ORDER BY id") == before
    assert one(old, "SELECT count(*) FROM version_rows WHERE body <> ''") == 0
    was = sum(len(row["body"]) for row in before)
    assert one(old, "SELECT sum(length(texts)) FROM packs") < was / 4
    assert packed(old, maker) == 0


def test_only_texts_read_before_then_are_packed_and_none_in_a_small_archive(
    old: Db, tmp_path: Path, maker: Any
) -> None:
    assert packing.pack_texts(old, maker.T0) == 0
    with closing(connect(tmp_path / "young.db")) as young:
        maker.judged(young, "one", body(1))
        assert packed(young, maker) == 0, "one text tells nothing of the words of an archive"


def test_what_reads_a_text_reads_a_packed_one(old: Db, tmp_path: Path, maker: Any) -> None:
    asked = read("torkham crossing")
    rows = search.find(old, search.Query(words="torkham crossing"), limit=3)
    was = excerpts.of(old, rows, asked)
    packed(old, maker)
    assert search.find(old, search.Query(words="torkham crossing"), limit=3) == rows
    assert excerpts.of(old, rows, asked) == was
    kept = articles.text(old, 7)
    assert kept is not None
    assert kept.body == body(7)
    assert search.reindex(old) == 210
    assert search.find(old, search.Query(words='"number 9"'))[0].article == 9
    copy = backups.copy(tmp_path / "torkham.db", tmp_path / "copy.db")
    backups.restore(copy.path, tmp_path / "again" / "torkham.db")
    with closing(connect(tmp_path / "again" / "torkham.db")) as again:
        assert bodies(again) == bodies(old)


def test_an_edit_of_a_packed_text_is_its_next_version(old: Db, maker: Any) -> None:
    packed(old, maker)
    articles.save_text(old, maker.text(5, "Other words stand here now."), later(maker))
    first, second = articles.versions(old, 5)
    assert (first.body, second.body) == (body(5), "Other words stand here now.")
    assert [row.article for row in search.find(old, search.Query(words='"number 5"'))] == []


def test_a_packed_text_that_is_removed_is_nowhere_in_the_file(
    old: Db, tmp_path: Path, maker: Any
) -> None:
    packed(old, maker)
    made = removals.request(old, 8, by="desk", why="asked for", now=later(maker))
    assert made.texts == 1
    assert bodies(old) == {n: "" if n == 8 else body(n) for n in range(1, 211)}
    pack, words = fetch(old, "SELECT texts, words FROM packs ORDER BY id LIMIT 1")[0].values()
    dictionary = one(old, "SELECT words FROM pack_words WHERE id = ?", (words,))
    assert len(pack) > 0
    with pytest.raises(ValueError, match="has no text"):
        packing.unpacked(pack, dictionary, 7)


def test_forgetting_all_texts_leaves_no_pack_behind(old: Db, maker: Any) -> None:
    packed(old, maker)
    with write(old):
        old.execute("UPDATE articles SET disposition = 'rejected', decision = NULL")
    assert articles.forget_texts(old, later(maker)) == 210
    assert one(old, "SELECT count(*) FROM packs") == 0
    assert set(bodies(old).values()) == {""}
    assert packed(old, maker) == 0


def test_a_night_cut_off_at_any_moment_loses_no_text(old: Db, maker: Any) -> None:
    """Killed before its write is kept or right after: each text is in its row or in its pack."""
    before = bodies(old)

    class CutOffError(Exception):
        """The process is gone."""

    def night(step: Callable[[Db, Any], int]) -> None:
        for point in ("before-commit", "after-commit"):
            install(partial(_cut_off, point, CutOffError))
            with suppress(CutOffError):
                step(old, later(maker))
            install(None)
            assert bodies(old) == before
            quick_check(old)

    night(packing.pack_texts)
    packed(old, maker)
    assert bodies(old) == before
    packed_before(old, maker)
    night(packing.repack)


def _cut_off(point: str, error: type[Exception], at: str) -> None:
    if at == point:
        raise error(point)


def test_old_evidence_is_told_as_new_evidence_is(old: Db, maker: Any) -> None:
    was = [judged.standing(old, number) for number in (1, 2)]
    with write(old):  # as it stood before evidence was pressed at once
        for found in was:
            assert found is not None
            old.execute("UPDATE verdicts SET packed = NULL, evidence = ?, given = ? WHERE id = ?",
                        [found.evidence, found.given, found.id])  # fmt: skip
    assert [judged.standing(old, number) for number in (1, 2)] == was
    assert grounds.pack_verdicts(old, later(maker)) == 2
    assert grounds.pack_verdicts(old, later(maker)) == 0
    assert [judged.standing(old, number) for number in (1, 2)] == was
    row = articles.get(old, 1)
    assert row is not None
    assert row.evidence == (was[0].evidence if was[0] else None)


def test_new_verdicts_are_pressed_with_samples_of_the_old_ones(old: Db, maker: Any) -> None:
    was = [judged.standing(old, number) for number in range(1, 211)]
    assert grounds.samples(old) is None
    assert grounds.learn(old)
    assert not grounds.learn(old), "once"
    assert [judged.standing(old, number) for number in range(1, 211)] == was
    number = maker.judged(old, "later", body(300))
    pack = one(old, "SELECT packed FROM verdicts WHERE article = ?", (number,))
    assert pack[:1] == b"\x02"
    row = articles.get(old, number)
    assert row is not None
    assert row.evidence == (articles.get(old, 1) or row).evidence


def packed_before(db: Db, make: Any) -> None:
    """Bring the texts to where an older version had them: in packs of deflated texts."""
    packed(db, make)
    words = b" ".join(body(1).encode().split())
    with write(db):
        number = dictionaries.keep(db, "words", words, 210)
        for row in fetch(db, "SELECT id FROM packs"):
            sql = "SELECT id, body FROM versions WHERE id IN (SELECT id FROM version_rows"
            held = fetch(db, f"{sql} WHERE pack = ?) ORDER BY id", (row["id"],))
            texts = {one["id"] - row["id"]: one["body"] for one in held}
            pack = old_pack(texts, words)
            run(db, "UPDATE packs SET words = ?, texts = ? WHERE id = ?", (number, pack, row["id"]))
        run(db, "DELETE FROM pack_words WHERE kind = 'units'")


def test_packs_of_an_older_version_are_pressed_anew_night_by_night(old: Db, maker: Any) -> None:
    before = bodies(old)
    packed_before(old, maker)
    assert bodies(old) == before
    total = 0
    while done := packing.repack(old, later(maker)):
        total += done
        assert bodies(old) == before
    assert total == 210
    assert packing.repack(old, later(maker)) == 0


def test_a_store_without_packs_has_none_to_press_anew_and_learns_nothing(
    old: Db, maker: Any
) -> None:
    assert packing.repack(old, later(maker)) == 0
    assert dictionaries.newest(old, "units") is None


def test_an_article_that_says_something_else_leaves_its_old_text_its_own(
    old: Db, maker: Any
) -> None:
    """A packed text says headline, author and hash by its article, until the article's change."""
    was = fetch(old, "SELECT * FROM versions ORDER BY id")
    packed(old, maker)
    assert one(old, "SELECT count(*) FROM version_rows WHERE thin") == 210
    with write(old):
        run(old, "UPDATE articles SET title = 'Another' WHERE id = 3")
        run(old, "UPDATE articles SET author = 'Somebody else' WHERE id = 4")
        run(old, "UPDATE articles SET text_hash = 'other' WHERE id = 5")
    articles.save_text(old, maker.text(6, "Other words stand here now."), later(maker))
    now = fetch(old, "SELECT * FROM versions WHERE NOT (article = 6 AND version = 2) ORDER BY id")
    assert now == was
    assert one(old, "SELECT count(*) FROM version_rows WHERE thin") == 206
    sql = "SELECT title, author FROM article_texts WHERE version = 1 ORDER BY article"
    assert [tuple(row.values()) for row in fetch(old, sql)] == [
        (row["title"], row["author"]) for row in was
    ]


def test_other_programs_read_what_is_not_packed_and_are_told_of_the_rest(
    old: Db, tmp_path: Path, maker: Any
) -> None:
    packing.pack_texts(old, later(maker))
    sql = "SELECT sum(packed), sum(text = ''), count(*) FROM article_texts"
    with closing(sqlite3.connect(f"file:{tmp_path / 'torkham.db'}?mode=ro", uri=True)) as reader:
        assert reader.execute(sql).fetchone() == (packing.MOST, packing.MOST, 210)


def test_datasette_shows_old_texts_by_its_plugin(old: Db, tmp_path: Path, maker: Any) -> None:
    pytest.importorskip("datasette")
    path = Path(__file__).parents[2] / "docs/reference/datasette_plugins/old_texts.py"
    plugin = runpy.run_path(str(path))
    packed(old, maker)
    with closing(sqlite3.connect(f"file:{tmp_path / 'torkham.db'}?mode=ro", uri=True)) as reader:
        plugin["prepare_connection"](reader)
        sql = "SELECT article, body FROM versions"
        assert dict(reader.execute(sql).fetchall()) == bodies(old)
