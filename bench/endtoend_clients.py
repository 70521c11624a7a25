"""The processes of the end-to-end benchmark: the outlets, the product, and the obvious code.

Run by bench/endtoend.py as ``python -m bench.endtoend_clients outlets|ours|obvious ...``. Each
reads JSON lines on standard input and answers each with a line. ``outlets PORT``: the fields of
``Round``. The others: the addresses of feeds to be read; they answer with CPU seconds (user and
system, children too), seconds of wall clock, and how many articles they hold that they did not hold
before.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any, Protocol

from bench.poll_clients import spent

FIRST_AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
LATER = timedelta(minutes=70)
"""Between two rounds: every feed is due again."""
A_FEED = 20
"""Articles of new sites that one feed lists."""


def known_host(site: int) -> str:
    """Return the address of the nth site that is read again and again."""
    return f"127.30.{site // 200}.{1 + site % 200}"


def new_host(number: int) -> str:
    """Return the address of a site that carries one article and is never seen again."""
    return f"127.{60 + number // 40_000}.{number // 200 % 200}.{1 + number % 200}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What the outlets carry: ``each`` articles a known site, and ``fresh`` sites never seen."""

    number: int
    sites: int
    each: int
    fresh: int


def feeds(port: int, told: Round, kind: str) -> list[str]:
    """Return the addresses of the feeds of a kind: "known" or "new"."""
    if kind == "known":
        return [f"http://{known_host(n)}:{port}/feed/known/{n}" for n in range(told.sites)]
    count = -(-told.fresh // A_FEED)
    return [f"http://127.0.0.1:{port}/feed/new/{n}" for n in range(count)]


# --- the outlets ----------------------------------------------------------------------------


class Outlets:
    """All sites on one port; what they carry changes with the round."""

    def __init__(self) -> None:
        from bench import replayed

        self._replayed = replayed
        self._sites, self._pools = replayed.sites()
        self.port = 0
        self.round = Round(number=0, sites=0, each=0, fresh=0)

    @property
    def count(self) -> int:
        """How many sites there are."""
        return len(self._sites)

    def _listed(self, kind: str, number: int) -> list[tuple[str, str, int]]:
        """Host, headline and number of the articles of a feed."""
        told = self.round
        if kind == "known":
            first = (told.number * told.sites + number) * told.each
            found = [(known_host(number), number, first + n) for n in range(told.each)]
        else:
            first = told.number * told.fresh
            here = range(number * A_FEED, min((number + 1) * A_FEED, told.fresh))
            found = [(new_host(first + n), n % self.count, first + n) for n in here]
        return [(host, f"/{kind}/{site}/{n}", n) for host, site, n in found]

    def feed(self, kind: str, number: int) -> bytes:
        """Return a feed as RSS: a headline and a first sentence, and the page has the rest."""
        now = FIRST_AT + LATER * self.round.number
        entries = ""
        for host, path, n in self._listed(kind, number):
            told = self._article(path)
            url = f"http://{host}:{self.port}{path}"
            at = format_datetime(now - timedelta(minutes=n % 50))
            entries += (
                f'<item><guid isPermaLink="false">{url}</guid><link>{url}</link>'
                f"<title>{escape(told.title)}</title><pubDate>{at}</pubDate>"
                f"<description>{escape(told.title)}.</description></item>"
            )
        head = '<?xml version="1.0"?><rss version="2.0"><channel><title>An outlet</title>'
        return f"{head}{entries}</channel></rss>".encode()

    def page(self, path: str) -> bytes:
        """Return the page of an article."""
        body: bytes = self._article(path).body
        return body

    def _article(self, path: str) -> Any:
        kind, site, number = path.strip("/").split("/")
        own = int(number) * 2 + (kind == "new")  # no article of one kind is one of the other
        return self._replayed.article(self._sites[int(site)], self._pools, own)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if path.startswith("/feed/"):
                _, _, kind, number = path.split("/")
                body, what = self.feed(kind, int(number)), "application/rss+xml"
            elif path == "/robots.txt":
                body, what = b"User-agent: *\nDisallow: /admin/\n", "text/plain"
            else:
                body, what = self.page(path), "text/html"
            writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Type: {what}; charset=utf-8\r\nConnection: close\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()


async def serve() -> None:
    """Serve until standard input ends; say the port and how many sites there are."""
    outlets = Outlets()
    everywhere = "0.0.0.0"  # noqa: S104 - for all of 127.0.0.0/8
    server = await asyncio.start_server(outlets.answer, everywhere, 0)
    outlets.port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": outlets.port, "sites": outlets.count}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        outlets.round = Round(**json.loads(line))
        print("{}", flush=True)


# --- the product ----------------------------------------------------------------------------


class Client(Protocol):
    """Reads feeds, and counts the articles it holds."""

    def read(self, number: int, urls: list[str]) -> None:
        """Read what the feeds carry in a round, all that follows from it included."""

    def held(self) -> int:
        """Count the articles whose text was kept."""


class Ours:
    """The product as it is built, with its store and its children; its own jobs do the work."""

    JOBS = ("poll", "harvest", "judge", "alert")

    def __init__(self, stack: ExitStack, folder: Path, port: int, hosts: list[str]) -> None:
        import yaml

        from monitor.app import open_app

        self._now = FIRST_AT
        self._folder = folder
        root = Path(__file__).resolve().parents[1]
        self._settings = yaml.safe_load((root / "feeds.yaml").read_text(encoding="utf-8"))
        self._settings["fetch"] = {"host_gap": 0, "per_host": 8}
        self._write([f"http://127.0.0.1:{port}/feed/new/0"])
        self._app = stack.enter_context(
            open_app(
                folder / "feeds.yaml", folder / "data", {}, clock=lambda: self._now,
                allow=frozenset((host, port) for host in hosts),
            )
        )  # fmt: skip

    def _write(self, urls: list[str]) -> None:
        import yaml

        self._settings["feeds"] = [
            {"key": f"f{n}", "url": url, "outlet": f"Outlet {n}", "side": "world"}
            for n, url in enumerate(urls)
        ]
        (self._folder / "feeds.yaml").write_text(yaml.safe_dump(self._settings, sort_keys=False))

    def prepare(self, number: int, urls: list[str]) -> None:
        """Make the feeds of a round known, which is no part of reading them."""
        from store.sql import one  # noqa: F401 - imported before anything is counted

        self._now = FIRST_AT + LATER * number
        if len(urls) != len(self._settings["feeds"]) or number == 0:
            self._write(urls)
        with closing(self._app.open_store()) as db:
            self._app.refresh(db)

    def read(self, number: int, urls: list[str]) -> None:
        """Run the jobs, the harvest until nothing is left of it."""
        del number, urls
        self._app.run_job("poll")
        while dict(self._app.run_job("harvest")).get("pending"):
            pass
        self._app.run_job("judge")
        self._app.run_job("alert")

    def held(self) -> int:
        """Count the articles whose text was read, from page or feed."""
        from store.sql import one

        with closing(self._app.open_store()) as db:
            said = "SELECT count(*) FROM articles WHERE version > 0 AND text_from <> 'headline'"
            return int(one(db, said) or 0)

    def report(self) -> dict[str, Any]:
        """Return what became of the articles, to see that the work was done."""
        from store.sql import fetch

        with closing(self._app.open_store()) as db:
            rows = fetch(
                db, "SELECT outcome || ' ' || text_from AS what, count(*) AS n FROM articles"
                " GROUP BY 1",
            )  # fmt: skip
            return {row["what"]: row["n"] for row in rows}


# --- the obvious code -----------------------------------------------------------------------


class Obvious:
    """What a good programmer writes in an afternoon, of the best-known library for each part."""

    TERMS = re.compile(
        r"\b(?:ttp|tehreek-i-taliban pakistan|torkham|durand line|kabul|islamabad|afghan\w*)\b",
        re.IGNORECASE,
    )

    def __init__(self, folder: Path) -> None:
        import sqlite_utils
        from datasketch import MinHashLSH

        self._db = sqlite_utils.Database(folder / "obvious.db")
        self._db["articles"].create(  # type: ignore[union-attr]
            {"url": str, "title": str, "author": str, "date": str, "text": str, "score": float,
             "copy_of": str},
            pk="url",
        )  # fmt: skip
        self._db["articles"].enable_fts(["title", "text"], create_triggers=True)  # type: ignore[union-attr]
        self._near = MinHashLSH(threshold=0.5, num_perm=128)
        self._words: Counter[str] = Counter()

    def prepare(self, number: int, urls: list[str]) -> None:
        """Nothing to prepare."""

    def read(self, number: int, urls: list[str]) -> None:
        """Ask every feed, and the page of every entry that is not known."""
        import feedparser
        import requests

        del number
        for url in urls:
            for entry in feedparser.parse(requests.get(url, timeout=30).content).entries:
                if not self._known(entry.link):
                    self._keep(entry.link, requests.get(entry.link, timeout=30).content)

    def _known(self, url: str) -> bool:
        return bool(next(self._db.query("SELECT 1 FROM articles WHERE url = ?", [url]), None))

    def _keep(self, url: str, page: bytes) -> None:
        import trafilatura
        from datasketch import MinHash

        told = trafilatura.extract(page, url=url, with_metadata=True, output_format="json")
        if told is None:
            return
        found = json.loads(told)
        text = found["text"] or ""
        words = re.findall(r"\w+", text.lower())
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(words[n : n + 5]).encode() for n in range(len(words))])
        near = self._near.query(sketch)
        self._near.insert(url, sketch)
        self._words.update(set(words))
        hits = len(self.TERMS.findall(text))
        score = hits / (1 + sum(1 / self._words[word] for word in set(words)))
        self._db["articles"].upsert(  # type: ignore[union-attr]
            {"url": url, "title": found["title"], "author": found["author"], "date": found["date"],
             "text": text, "score": score, "copy_of": near[0] if near else None},
            pk="url",
        )  # fmt: skip

    def held(self) -> int:
        """Count the rows."""
        return int(self._db["articles"].count)

    def report(self) -> dict[str, Any]:
        """Nothing more is known."""
        return {}


def main() -> None:
    """Obey the lines on standard input."""
    who = sys.argv[1]
    if who == "outlets":
        asyncio.run(serve())
        return
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        client: Any
        if who == "obvious":
            client = Obvious(folder)
        else:
            setup = json.loads(sys.stdin.readline())
            client = Ours(stack, folder, setup["port"], setup["hosts"])
            print("{}", flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            if "report" in asked:
                print(json.dumps(client.report()), flush=True)
                continue
            number, urls = asked["number"], asked["urls"]
            client.prepare(number, urls)
            before = client.held()
            work: Callable[[], None] = lambda: client.read(number, urls)  # noqa: B023, E731
            told = spent(work)
            print(json.dumps(told | {"kept": client.held() - before}), flush=True)


if __name__ == "__main__":
    main()
