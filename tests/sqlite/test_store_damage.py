"""A damaged store is noticed, or the damage is harmless; it is never begun anew, and restored."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from store import journal
from store.backups import copy, counted, restore
from store.db import (
    CHECKED_AT_START,
    StoreError,
    check_at_start,
    connect,
    hold,
    quick_check,
)
from store.sql import pragma

Harm = Callable[[Path, random.Random], None]
PAGE = 4096


def flip_a_byte(path: Path, dice: random.Random) -> None:
    _change(path, dice.randrange(path.stat().st_size), lambda old: bytes([old[0] ^ 0xFF]))


def flip_a_bit_of_the_header(path: Path, dice: random.Random) -> None:
    _change(path, dice.randrange(100), lambda old: bytes([old[0] ^ (1 << dice.randrange(8))]))


def scribble_on_a_page(path: Path, dice: random.Random) -> None:
    at = dice.randrange(path.stat().st_size // PAGE) * PAGE
    _change(path, at, lambda _old: dice.randbytes(PAGE), PAGE)


def zero_a_page(path: Path, dice: random.Random) -> None:
    at = dice.randrange(1, path.stat().st_size // PAGE) * PAGE
    _change(path, at, lambda _old: bytes(PAGE), PAGE)


def zero_the_header(path: Path, dice: random.Random) -> None:
    _change(path, 0, lambda _old: bytes(100), 100)


def swap_two_pages(path: Path, dice: random.Random) -> None:
    one, two = (n * PAGE for n in dice.sample(range(1, path.stat().st_size // PAGE), 2))
    data = bytearray(path.read_bytes())
    data[one : one + PAGE], data[two : two + PAGE] = data[two : two + PAGE], data[one : one + PAGE]
    path.write_bytes(data)


def truncate(path: Path, dice: random.Random) -> None:
    os.truncate(path, dice.randrange(1, path.stat().st_size))


def truncate_at_a_page(path: Path, dice: random.Random) -> None:
    os.truncate(path, dice.randrange(1, path.stat().st_size // PAGE) * PAGE)


def empty(path: Path, dice: random.Random) -> None:
    os.truncate(path, 0)


def append_rubbish(path: Path, dice: random.Random) -> None:
    with path.open("ab") as file:
        file.write(dice.randbytes(dice.randrange(1, 3 * PAGE)))


def put_a_folder_there(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.mkdir()


def put_a_page_of_html_there(path: Path, dice: random.Random) -> None:
    path.write_bytes(b"<html>Service unavailable</html>" * 500)


def put_another_programs_there(path: Path, dice: random.Random) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")


def put_a_hollow_store_there(path: Path, dice: random.Random) -> None:
    """It says that it is ours, and holds nothing."""
    with closing(connect(path)) as db:
        number = pragma(db, "application_id")
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA application_id = {number}")


def lose_the_file_but_not_its_journal(path: Path, dice: random.Random) -> None:
    _killed_while_writing(path)
    path.unlink()


def rubbish_for_a_journal(path: Path, dice: random.Random) -> None:
    Path(f"{path}-wal").write_bytes(dice.randbytes(dice.randrange(1, 20_000)))


def flip_a_byte_of_the_journal(path: Path, dice: random.Random) -> None:
    _killed_while_writing(path)
    wal = Path(f"{path}-wal")
    _change(wal, dice.randrange(wal.stat().st_size), lambda old: bytes([old[0] ^ 0xFF]))


def scribble_on_the_journal(path: Path, dice: random.Random) -> None:
    _killed_while_writing(path)
    wal = Path(f"{path}-wal")
    _change(wal, dice.randrange(wal.stat().st_size // 2), lambda _old: dice.randbytes(500), 500)


KINDS: dict[Harm, int] = {
    flip_a_byte: 25, flip_a_bit_of_the_header: 10, scribble_on_a_page: 10, zero_a_page: 8,
    zero_the_header: 1, swap_two_pages: 8, truncate: 6, truncate_at_a_page: 6, empty: 1,
    append_rubbish: 4, put_a_folder_there: 1, put_a_page_of_html_there: 1,
    put_another_programs_there: 1, put_a_hollow_store_there: 1,
    lose_the_file_but_not_its_journal: 2, rubbish_for_a_journal: 4,
    flip_a_byte_of_the_journal: 7, scribble_on_the_journal: 4,
}  # fmt: skip


def _change(path: Path, at: int, made: Callable[[bytes], bytes], size: int = 1) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(size)
        file.seek(at)
        file.write(made(old))


def _killed_while_writing(path: Path) -> None:
    """Leave a journal with rows in it, as a kill does."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            db = connect(path)
            db.execute("UPDATE articles SET summary = summary || ' and more'")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def contents(path: Path) -> dict[str, list[Any]]:
    with closing(connect(path, create=False)) as db:
        names = list(counted(db))
        db.conn.text_factory = bytes  # a letter that was changed may be none in UTF-8
        return {
            name: sorted(db.conn.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)  # noqa: S608
            for name in names
        }


def noticed(path: Path, scratch: Path) -> bool:
    """Start as the service does, and make the nightly copy: did any of it notice?"""
    try:
        with hold(path.parent):
            if journal.damage(path):
                return True
            with closing(connect(path)) as db:
                quick_check(db)
            copy(path, scratch)
    except StoreError:
        return True
    return False


def state_of(path: Path) -> str:
    """Return what stands there, byte for byte."""
    if not path.is_file():
        return "folder" if path.is_dir() else "nothing"
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.row(4)
def test_a_hundred_corruptions_are_noticed_or_harmless_and_all_are_restored(
    path: Path, tmp_path: Path, make: Any, figure: Any
) -> None:
    """Harmless: every row is there. A letter changed inside a text is what no check can see."""
    with closing(connect(path)) as db:
        for number in range(25):
            make.judged(db, f"n{number}", f"words about the crossing {number} " * 60)
    copy(path, tmp_path / "good.db")
    counts: Counter[str] = Counter()
    for harm, times in KINDS.items():
        for nth in range(times):
            hurt = tmp_path / f"{harm.__name__}-{nth}" / "torkham.db"
            hurt.parent.mkdir()
            shutil.copyfile(path, hurt)
            dice = random.Random(f"{harm.__name__} {nth}")  # noqa: S311 - the same damage every time
            before = contents(path)
            if "journal" in harm.__name__ and "rubbish" not in harm.__name__:
                whole = tmp_path / "whole.db"
                shutil.copyfile(path, whole)
                _killed_while_writing(whole)
                before = contents(whole)
            harm(hurt, dice)
            was = state_of(hurt)
            counts[_became(hurt, tmp_path / "copy.db", before, was, harm.__name__)] += 1
            restore(tmp_path / "good.db", hurt)
            with closing(connect(hurt)) as db:
                quick_check(db)
                assert counted(db) == {**counted(db), "items": 25, "articles": 25}
            shutil.rmtree(hurt.parent)
    total = sum(counts.values())
    assert total == 100
    figure(f"{counts['noticed']} noticed and {counts['harmless']} harmless of {total}"
           f" ({counts['letters']} more changed letters inside a text alone); 0 empty stores;"
           f" restored {total} of {total}")  # fmt: skip


def _became(hurt: Path, scratch: Path, before: dict[str, list[Any]], was: str, what: str) -> str:
    if noticed(hurt, scratch):
        assert "journal" in what or state_of(hurt) == was, f"{what}: it is left as it is"
        return "noticed"
    after = contents(hurt)
    if after == before:
        return "harmless"
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) for name, rows in before.items()
    }, what
    different = [
        (old, new)
        for table in before
        for old, new in zip(before[table], after[table], strict=True)
        if old != new
    ]
    assert len(different) <= 1, (what, different[:2])
    return "letters"


def test_a_store_of_gigabytes_is_checked_at_night_and_not_at_each_start(path: Path) -> None:
    connect(path).close()
    scribble_on_a_page(path, random.Random(28))  # noqa: S311 - the same damage every time
    with closing(connect(path)) as db:
        with pytest.raises(StoreError, match="damaged"):
            check_at_start(db)
        os.truncate(path, CHECKED_AT_START + PAGE)  # holes take no room
        check_at_start(db)
        with pytest.raises(StoreError, match="damaged"):
            quick_check(db)
