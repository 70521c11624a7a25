"""Every page of the desk by its address, and a desk of the sample newsroom to look at them on.

A route that has no address here is an error: a new page cannot be forgotten by what walks them all
(accessibility, screenshots, timings).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from bench.papers import paragraphs
from monitor.app import App, open_app
from monitor.demo.show import run_demo
from monitor.inquiry import bringing, waiting
from monitor.serving import desk_for
from monitor.web.desk import Desk
from monitor.web.problems import for_programs
from monitor.web.server import create, entries, serve
from monitor.web.session import Seal
from monitor.web.views.door import Keeper
from store import imports, uploads
from store.db import Db
from store.sql import one

Find = Callable[[Db], "int | str | None"]


def first(sql: str) -> Find:
    """Return what finds the first cell of ``sql``."""
    return lambda db: one(db, sql)


ARTICLE = first("SELECT id FROM articles WHERE route = 'queue' ORDER BY copy_of, id LIMIT 1")
STORY = first("SELECT id FROM stories ORDER BY members DESC, id LIMIT 1")
SAMPLES: Mapping[str, Find] = {
    "/articles/{id}": ARTICLE,
    "/stories/{id}": STORY,
    "/claims/{id}": first("SELECT id FROM claims ORDER BY id LIMIT 1"),
    "/corpus/bring/{id:int}": first("SELECT min(id) FROM imports_pending"),
    "/corpus/bring/runs/{id:int}": first("SELECT min(id) FROM import_runs"),
    "/coverage/{key:path}": first("SELECT key FROM feeds ORDER BY key LIMIT 1"),
    "/digests/{day}": first(
        "SELECT day_on FROM outbox WHERE kind = 'digest' ORDER BY day_on DESC LIMIT 1"
    ),
    "/digests/{name}/{day}": first(
        "SELECT 'daily/' || day_on FROM editions WHERE name = 'daily' ORDER BY day_on DESC LIMIT 1"
    ),
    "/corpus/snapshots/{id}": first("SELECT id FROM fixed ORDER BY created_at DESC LIMIT 1"),
    "/items/{id}": first("SELECT min(id) FROM items"),
    "/searches/{id}": first("SELECT min(search) FROM search_lines"),
    "/settings/rule/{name:path}": lambda _db: "",
    "/timeline/{id}": first("SELECT min(pin) FROM pin_lines"),
}
"""What fills the braces of a route: the longest beginning that fits."""
EXTRA = (
    "/queue?open={article}", "/articles/{article}?all=1", "/search?q=Torkham",
    "/why?url=https://nowhere.example/1", "/settings/rules?words=Torkham",
    "/history?by=desk&day=2026-11-22", "/history/day?by=desk&day=2026-11-22",
    "/ledger/day?day=2026-11-20", "/corpus/trends?by=kind&q=Torkham",
    "/definition/kp_attacks?to=in",
)  # fmt: skip
NO_PAGE = (
    "/healthz",
    "/metrics",
    "/articles/{id}/page.",
    "/pictures/{",
    "/corpus/snapshots/{id}/download",
    "/digests/{name}/{day}/",
    "/history/day",
    "/ledger/day",
    "/definition/{",
)
"""Beginnings of what is no page by itself: read by programs, or asked for with a form's fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A desk being served, and its store."""

    url: str
    desk: Desk

    def addresses(self) -> list[str]:
        """Return the address of every page that shows something."""
        with closing(self.desk.open_store()) as db:
            found = [_address(db, path) for path in shown(self.desk)]
            more = [path.format(article=ARTICLE(db)) for path in EXTRA]
        return [*(address for address in found if address), *more]


def shown(desk: Desk) -> list[str]:
    """Return the path of every page, as the desk's table of routes has it."""
    table = entries(Keeper(Seal(desk.secret)))
    paths = dict.fromkeys(entry.path for entry in table if entry.method == "GET")
    return [path for path in paths if not for_programs(path) and not path.startswith(NO_PAGE)]


def _address(db: Db, path: str) -> str | None:
    """Return ``path`` with its braces filled; None where the store holds nothing to show there."""
    if "{" not in path:
        return path
    for start in sorted(SAMPLES, key=len, reverse=True):
        if path.startswith(start):
            found = SAMPLES[start](db)
            begin = f"{start.partition('{')[0]}{found}"
            return quote(begin) + path[len(start) :] if found else None
    raise LookupError(f"{path} has no address in bench/desk_pages.py: enter one there")


@contextmanager
def sample_desk(folder: Path, **changes: object) -> Iterator[Open]:
    """Serve the desk over the three days of the sample newsroom, as ``torkham demo`` does."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
        run_demo(once=True, as_json=False, port=8000, data=folder, echo=lambda _line: None)
    with open_app(folder / "feeds.yaml", folder, {}) as app:
        _bring_in(app)
        desk = replace(desk_for(app), **changes)  # type: ignore[arg-type]
        with serve(create(desk)) as serving:
            yield Open(url=serving.url.rstrip("/"), desk=desk)


def _bring_in(app: App) -> None:
    """Bring in a text and let another wait, so that their pages have something to show."""
    now = app.clock()
    for title in ("A wall and a road", "The price of a closed gate"):
        lines = [title, "By R. Fictional", *paragraphs(4), "Share this", "Scroll to Top"]
        body = "\n".join(lines).encode()
        [made] = waiting.offers(f"{title}.txt", body, app.workers, now)
        with closing(app.open_store()) as db:
            made = bringing.with_twins(db, made)
            [number] = uploads.put(db, [waiting.pending(made, by="desk", now=now)]) or [0]
            if title.startswith("A"):
                line = bringing.line(made, relevant=True, by="desk", now=now)
                imports.settle(db, number, line, by="desk", cleaning="cleaning 1", now=now)


def widths(asked: Sequence[int] | None) -> Sequence[int]:
    """Return the widths to look at: a telephone's and a screen's."""
    return asked or (390, 1280)
