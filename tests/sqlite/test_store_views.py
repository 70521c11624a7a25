"""The views for people who read the file: what is documented is what is there, and it is quick."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store import people, reviews
from store.db import Db, connect, path_of
from store.passwords import Hashing
from store.schema import views
from store.sql import fetch, one, write

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/database.md"
METADATA = ROOT / "docs/reference/datasette.json"
SECRET = ("people", "tokens", "ended_sessions", "salts")  # their columns are nobody's business


# --- what is documented ---------------------------------------------------------------------


def section(view: views.View) -> str:
    """What the page says of a view, word for word."""
    rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in view.columns.items())
    head = "| column | what it is |\n|---|---|"
    return f"### {view.name}\n\nA row for {view.about}.\n\n{head}\n{rows}\n"


def metadata(db: Db) -> dict[str, Any]:
    """What Datasette is told of the file: the views in words, tables out of the way, no secrets."""
    tables: dict[str, Any] = {
        view.name: {
            "description": f"A row for {view.about}.",
            "columns": dict(view.columns),
        }
        for view in views.VIEWS
    }
    for row in fetch(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        tables[row["name"]] = {"hidden": True}
    for name in SECRET:
        if name in tables:
            tables[name] = {"hidden": True, "allow": False}
    return {
        "title": "Torkham",
        "databases": {
            "torkham": {
                "description": "What the news monitor remembers. Instants are UTC.",
                "allow_sql": False,
                "tables": tables,
            }
        },
    }


@pytest.mark.parametrize("view", views.VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_are_written_of_it(db: Db, view: views.View) -> None:
    rows = fetch(db, "SELECT name FROM pragma_table_info(?)", (view.name,))
    assert [row["name"] for row in rows] == list(view.columns)
    fetch(db, f"SELECT * FROM {view.name}")  # noqa: S608 - a view that names a lost column breaks


@pytest.mark.parametrize("view", views.VIEWS, ids=lambda view: view.name)
def test_the_page_says_what_each_column_is(view: views.View) -> None:
    """Paste what this prints into docs/reference/database.md."""
    assert section(view) in PAGE.read_text(), f"\n{section(view)}"


def test_the_page_describes_no_other_view() -> None:
    told = re.findall(r"^### (\w+)$", PAGE.read_text(), re.MULTILINE)
    assert told == [view.name for view in views.VIEWS]


def test_datasette_is_told_the_same_and_shows_no_secret_table(db: Db) -> None:
    """TORKHAM_WRITE=1 writes the file anew."""
    wanted = json.dumps(metadata(db), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("TORKHAM_WRITE"):
        METADATA.write_text(wanted)
    assert METADATA.read_text() == wanted


def test_every_column_that_could_let_somebody_in_is_kept_from_datasette(db: Db) -> None:
    """A new table with a hash, a key or a salt must be entered above."""
    held = fetch(
        db,
        "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table'",
    )
    doubtful = {
        row["t"] for row in held if row["c"] in {"hash", "password", "salt", "secret", "session"}
    }
    assert doubtful <= set(SECRET)
    shown = {
        column
        for view in views.VIEWS
        for column in view.columns
        if re.search("hash|password|salt|secret", column)
    }
    assert not shown


# --- what they show -------------------------------------------------------------------------


def test_an_accepted_article_is_in_its_view_and_an_undone_one_is_not(db: Db, make: Any) -> None:
    first, second = make.judged(db, "first"), make.judged(db, "second")
    for article in (first, second):
        reviews.decide(db, article=article, answer="relevant", by="Rabia", now=make.at(1))
    reviews.undo(db, article=second, by="Omar", now=make.at(2))
    rows = fetch(db, "SELECT article, decided_by, decided_at FROM accepted_articles")
    assert rows == [
        {"article": first, "decided_by": "Rabia", "decided_at": "2026-03-02T06:01:00+00:00"}
    ]
    lines = fetch(db, "SELECT line, undone, undoes FROM decision_history ORDER BY line")
    assert [tuple(row.values()) for row in lines] == [(1, 0, None), (2, 1, None), (3, 0, 2)]


def test_the_score_of_what_was_drawn_from_the_rejected_is_told_once_decided(
    db: Db, make: Any
) -> None:
    """Analysts look here beside the desk; a low score would give the drawn one away."""
    article = make.judged(db, "drawn")
    with write(db):
        db.execute("UPDATE articles SET route = 'sample', score = 0.03 WHERE id = ?", (article,))
    seen = "SELECT score FROM article_list WHERE article = ?"
    assert one(db, seen, (article,)) is None
    reviews.decide(db, article=article, answer="not_relevant", by="Rabia", now=make.at(1))
    assert one(db, seen, (article,)) == 0.03


def test_the_books_of_a_view_add_up(db: Db, make: Any) -> None:
    for name in "abc":
        make.judged(db, name)
    rows = fetch(db, "SELECT * FROM ledger_by_day")
    assert rows
    for row in rows:
        parts = ("waiting", "queued", "rejected", "duplicate", "dropped", "failed")
        assert row["found"] == sum(row[part] for part in parts)


def test_no_password_or_token_is_in_any_view(db: Db, make: Any) -> None:
    people.add(
        db, "Rabia", "a long enough one for it", role="administrator", by="tests", now=make.at(),
        hashing=Hashing(memory=64, rounds=1),
    )  # fmt: skip
    secret = one(db, "SELECT hash FROM people")
    for view in views.VIEWS:
        assert secret not in str(fetch(db, f"SELECT * FROM {view.name}"))  # noqa: S608


def test_views_can_be_made_anew_after_a_column_is_renamed(db: Db) -> None:
    """What a later migration does; SQLite refuses to rename a column that a view still names."""
    with write(db):
        views.drop(db)
        db.conn.execute("ALTER TABLE feeds RENAME COLUMN side TO wing")
        db.conn.execute("ALTER TABLE feeds RENAME COLUMN wing TO side")
        views.put(db)
        views.put(db)
    for view in views.VIEWS:
        fetch(db, f"SELECT * FROM {view.name}")  # noqa: S608


# --- datasette ------------------------------------------------------------------------------


@pytest.fixture
def datasette(db: Db, make: Any) -> Iterator[str]:
    """Datasette beside a live store, as the page says to start it."""
    pytest.importorskip("datasette", reason="datasette comes with the group of benchmarks")
    for name in "abc":
        make.judged(db, name)
    reviews.decide(db, article=1, answer="relevant", by="Rabia", now=make.at(1))
    path = path_of(db)
    file = path if path.stem == "torkham" else path.with_name("torkham.db")
    if file != path:
        with write(db):
            pass
        file.symlink_to(path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "datasette", "serve", str(file), "-m", str(METADATA), "-p", str(port),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _await(f"{url}/-/versions.json", server)
            yield f"{url}/torkham"
        finally:
            server.terminate()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("datasette did not start")


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.slow
def test_datasette_shows_the_views_beside_a_writing_service_and_no_secrets(
    datasette: str, db: Db, make: Any
) -> None:
    for view in views.VIEWS:
        status, told = ask(f"{datasette}/{view.name}.json?_shape=objects")
        assert status == 200, (view.name, told)
        began = time.monotonic()
        assert ask(f"{datasette}/{view.name}")[0] == 200
        assert time.monotonic() - began < 5, view.name
    rows = json.loads(ask(f"{datasette}/accepted_articles.json?_shape=array")[1])
    assert [row["article"] for row in rows] == [1]
    # The service goes on writing, and what it writes is seen: nothing is locked.
    reviews.decide(db, article=2, answer="relevant", by="Rabia", now=make.at(2))
    rows = json.loads(ask(f"{datasette}/accepted_articles.json?_shape=array")[1])
    assert [row["article"] for row in rows] == [1, 2]
    for table in ("people", "tokens"):
        assert ask(f"{datasette}/{table}.json")[0] == 403
    assert ask(f"{datasette}.json?sql=select+hash+from+people")[0] == 403
    with connect(path_of(db)) as again:
        assert one(again, "PRAGMA integrity_check") == "ok"


def test_the_sqlite_that_python_brings_reads_the_file(tmp_path: Path) -> None:
    """Readers are older than our own SQLite: none may be refused by what stands in the schema.

    ``versions`` alone asks for our function that unpacks; ``article_texts`` is there for everybody.
    """
    path = tmp_path / "torkham.db"
    connect(path).close()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        views_for_all = "SELECT name FROM sqlite_schema WHERE type = 'view' AND name <> 'versions'"
        for name in reader.execute(views_for_all).fetchall():
            assert reader.execute(f"SELECT count(*) FROM {name[0]}").fetchone() == (0,)  # noqa: S608
