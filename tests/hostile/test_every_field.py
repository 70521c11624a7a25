"""Every script in every shown field, in a real browser: nothing runs, with the policy or without.

The store itself is filled with scripts (tests/hostile/poison.py), so that no feed, form or parser
stands between a script and the page: the templates alone have to hold.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from bench.desk_pages import Open, sample_desk
from monitor.web.session import Seal, new_session
from store import people
from store.passwords import Hashing
from tests.hostile.looking import Witness, in_a_browser, type_everywhere, witness
from tests.hostile.poison import FORMS, TOLD, Place, places, poison, script

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.hostile.conftest import Hostile
    from tests.scorecard import Figure

SHARED = Path(os.environ.get("TORKHAM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
LIST = SHARED / "data" / "hostile" / "xss.json"
QUICK = Hashing(memory=8, rounds=1)
SOME = 500  # scripts of the short run
# What Chromium says of a page that is not there; what the policy refuses it says otherwise.
NO_PAGE = re.compile(r"^console Failed to load resource: the server responded with a status of 4")
# Read by way of an address, a search or a form, and shown as typed.
ECHOED = (
    "/search?q={}", "/search?outlet={}", "/search?tag={}&q=Torkham", "/why?url={}", "/queue?tag={}",
    "/queue?outlet={}", "/settings/rules?words={}", "/claims?who={}", "/corpus/trends?q={}",
    "/ledger/items?feed={}", "/history?by={}", "/login?next={}", "/timeline/new?title={}",
    "/{}", "/articles/{}", "/coverage/{}", "/digests/{}", "/definition/{}",
)  # fmt: skip


def listed() -> list[str]:
    """Return the scripts of the list kept outside; none where it is absent."""
    return [row["p"] for row in json.loads(LIST.read_text())] if LIST.exists() else []


@dataclass
class Field:
    """The texts one field is given, so many to a row, and which of them came up on a page."""

    number: int
    texts: Sequence[str]
    shown: set[int] = field(default_factory=set)

    def packs(self, size: int, turn: int) -> Iterator[str]:
        """Yield the scripts ``size`` at a time, each row going on where the one before ended."""
        for start in count(turn * size * 80 + self.number, size):
            yield " ".join(self.texts[n % len(self.texts)] for n in range(start, start + size))


@dataclass
class Poisoned:
    """A desk whose store is full of scripts, and who looks at it as its administrator."""

    open: Open
    cookie: str
    fields: dict[Place, Field]
    filled: Counter[Place] = field(default_factory=Counter)

    def addresses(self) -> list[str]:
        """Return every page, and some more of the kinds there are many of."""
        with closing(self.open.desk.open_store()) as db:
            more = [f"/articles/{row['id']}" for row in db.query(
                "SELECT id FROM articles WHERE disposition = 'queued' ORDER BY id LIMIT 8"
            )]  # fmt: skip
        return list(dict.fromkeys([*self.open.addresses(), *more]))

    def fill(self, size: int, turn: int) -> None:
        """Put scripts in every field, ``size`` to a text; the next ``turn`` brings others."""
        with closing(self.open.desk.open_store()) as db:
            texts = {place: one.packs(size, turn) for place, one in self.fields.items()}
            self.filled.update(poison(db, texts))


@contextmanager
def poisoned_desk(folder: Path, scripts: Callable[[int], Sequence[str]]) -> Iterator[Poisoned]:
    """Serve the sample newsroom after somebody used every form of it, then full of scripts."""
    with sample_desk(folder, hashing=QUICK) as serving:
        with httpx.Client(base_url=serving.url, trust_env=False, timeout=60) as client:
            pages = (client.get(path).text for path in serving.addresses())
            type_everywhere(client, filter(None, pages), ["Said by somebody"], each=1)
        now = serving.desk.clock()
        with closing(serving.desk.open_store()) as db:
            person = people.add(db, "Adeela", "a long enough password", role="administrator",
                                by="tests", now=now, hashing=QUICK)  # fmt: skip
            fields = {place: Field(n, scripts(n)) for n, place in enumerate(places(db))}
        cookie = Seal(serving.desk.secret).close(new_session(now, person))
        yield Poisoned(serving, cookie, fields)


def own(number: int) -> list[str]:
    """Return our own scripts as they stand in the field of that number."""
    return [script(n, number) for n in range(max(SOME, len(FORMS)))]


def look(desk: Poisoned, eye: Witness, paths: Sequence[str]) -> dict[str, list[str]]:
    """Open every page; return what was seen to run, by its page, and note what was shown."""
    by_number = {one.number: one for one in desk.fields.values()}
    faults = {}
    for path in paths:
        seen = [what for what in eye.read(desk.open.url + path) if not NO_PAGE.search(what)]
        if seen:
            faults[path] = seen
        text = html.unescape(html.unescape(eye.page.content()))
        for number, place in TOLD.findall(text):
            if int(place) in by_number:
                by_number[int(place)].shown.add(int(number))
    return faults


@contextmanager
def signed_in(desk: Poisoned, browser: Browser, *, policy: bool) -> Iterator[Witness]:
    with witness(browser, desk.open.url, script=True, policy=policy) as eye:
        eye.page.context.add_cookies(
            [{"name": "torkham", "value": desk.cookie, "url": desk.open.url}]
        )
        yield eye


@in_a_browser
def test_each_of_our_scripts_runs_where_a_page_shows_it_as_it_is(
    hostile: Hostile, make_answer: Callable[..., bytes], browser: Browser
) -> None:
    """Else nothing would be proven by their silence. One page shows them all, as they are."""
    whole = [form for form in FORMS if form.startswith(("<script", "<img", "<svg", "<details"))]
    shown = "\n".join(f"<div>{script(FORMS.index(form), 7)}</div>" for form in whole)
    body = f"<html><head><link rel=icon href=data:,></head><body><main>{shown}</main></body></html>"
    hostile.answers["/bare"] = make_answer(body.encode(), "200 OK", "Content-Type: text/html")
    with witness(browser, hostile.url(""), script=True) as eye:
        ran = {seen for seen in eye.read(hostile.url("/bare")) if seen.startswith("alert:")}
    silent = [script(FORMS.index(one), 7) for one in whole
              if f"alert:{FORMS.index(one)}.007" not in ran]  # fmt: skip
    assert len(silent) < 0.2 * len(whole), silent


@pytest.mark.row(35)
@in_a_browser
def test_no_script_runs_from_any_field_with_the_policy_or_without(
    browser: Browser, tmp_path: Path, figure: Figure
) -> None:
    """Five hundred of our own and some of the list; the pages tell which stood on them."""
    others = listed()[:: max(1, len(listed()) // 100)][:100]
    with poisoned_desk(tmp_path, lambda n: [*own(n), *others]) as desk:
        faults: dict[str, list[str]] = {}
        for turn, policy in enumerate((False, True)):
            desk.fill(8, turn)
            with signed_in(desk, browser, policy=policy) as eye:
                faults |= look(desk, eye, desk.addresses()[:: 1 + policy])
        with signed_in(desk, browser, policy=False) as eye:
            faults |= look(desk, eye, echoes([*own(999)[:SOME], *others], 40))
    assert faults == {}
    tell(desk, others, figure)


def echoes(texts: Sequence[str], size: int) -> list[str]:
    """Return addresses that carry every one of the texts, in packs, to each that shows them."""
    rest = iter(texts)
    packs = iter(lambda: " ".join(islice(rest, size)), "")
    made = [quote(pack, safe="", errors="replace") for pack in packs]
    return [
        address.format(made[n % len(made)][:6000])
        for n, address in enumerate(ECHOED * max(1, len(made) // len(ECHOED)))
    ]


def tell(desk: Poisoned, others: Sequence[str], figure: Figure) -> None:
    """Say what was shown, and hold that it was much."""
    shown = {place: len(one.shown) for place, one in desk.fields.items() if one.shown}
    numbers = set().union(*(one.shown for one in desk.fields.values()))
    filled = sum(bool(rows) for rows in desk.filled.values())
    assert len(numbers) >= SOME, "each of the scripts is on some page"
    assert len(shown) >= 50, "most fields that hold words are on some page"
    pairs = sum(shown.values())
    figure(
        f"0 run: {len(numbers)} scripts of our own and {len(others)} of the list, in {len(shown)} "
        f"shown fields ({pairs:,} pairs of script and field seen) of {filled} filled in the store"
    )


@pytest.mark.long
@pytest.mark.row(35)
@in_a_browser
@pytest.mark.timeout(3600)
def test_no_script_of_the_whole_list_runs_from_any_field(
    browser: Browser, tmp_path: Path, figure: Figure
) -> None:
    """All of the list, and all of ours, turn by turn through every field."""
    others = listed()
    with poisoned_desk(tmp_path, lambda n: [*own(n), *others]) as desk:
        faults: dict[str, list[str]] = {}
        for turn in range(24):
            desk.fill(10, turn)
            with signed_in(desk, browser, policy=turn % 2 == 1) as eye:
                faults |= look(desk, eye, desk.addresses())
        for policy in (False, True):
            with signed_in(desk, browser, policy=policy) as eye:
                faults |= look(desk, eye, echoes([*own(999), *others], 20))
    assert faults == {}
    tell(desk, others, figure)
