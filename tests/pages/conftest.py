"""A small newsroom in a real store, and the desk served over it on loopback."""

from __future__ import annotations

import json
import re
import shutil
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import yaml

from classifiers.lexicon import load_lexicon
from classifiers.types import Contribution, Evidence, Match, Nearest
from monitor.alerts.rulebook import make_rulebook
from monitor.config.checking import Known
from monitor.config.loading import load
from monitor.config.shape import Alert
from monitor.inquiry import standing, suggesting, trying
from monitor.inquiry.sourcing import Search
from monitor.inquiry.standing import Office
from monitor.web.desk import Desk
from monitor.web.server import create, serve
from store import articles, changes, feeds, people
from store.db import Db, connect
from store.desk import Person, Role
from store.passwords import Hashing
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText, VerdictRow

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
SECRET = b"a key of the tests, thirty-two bytes"
PASSWORD = "a long enough password"  # of everybody who has an account here
QUICK = {"memory": 8, "rounds": 1}  # argon2 as cheap as it can be made
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


def evidence_for(title: str, body: str, *words: str) -> str:
    """Return evidence JSON that counted ``words`` wherever they first stand."""
    contributions = []
    for number, word in enumerate(words):
        part = "title" if word in title else "body"
        text = title if part == "title" else body
        at = text.find(word)
        match = Match(
            concept=f"c{number}",
            text=word,
            part="title" if part == "title" else "body",
            start=at,
            end=at + len(word),
        )
        weight = 2.6 - 0.7 * number
        contributions.append(
            Contribution(feature=f"f{number}", label=word, weight=weight, matches=(match,))
        )
    contributions.append(Contribution(feature="prior", label="where it starts", weight=-1.4))
    nearest = Nearest(example="seed:1", title="Talks at the border", similarity=0.41)
    trap = Match(concept="ttp", text="TTPs", part="body", start=0, end=4)
    return json.dumps(
        asdict(Evidence(contributions=tuple(contributions), nearest=nearest, ignored=(trap,)))
    )


@dataclass
class Newsroom:
    """Fills a store the way the pipeline does, one article at a time."""

    path: Path
    specs: dict[str, FeedSpec] = field(default_factory=dict)
    count: int = 0
    polls: int = 0

    def open(self) -> Db:
        return connect(self.path)

    def feed(self, key: str, **facts: Any) -> FeedSpec:
        given = {"outlet": key.title(), "side": "pakistan", "language": "en", **facts}
        spec = FeedSpec(key=key, url=given.pop("url", f"https://{key}.example/feed"), **given)
        self.specs[key] = spec
        db = self.open()
        feeds.sync(db, list(self.specs.values()), NOW - timedelta(days=2))
        db.close()
        return spec

    def poll(self, key: str, *found: FoundEntry, **facts: Any) -> None:
        self.polls += 1
        at = NOW - timedelta(hours=1) + timedelta(seconds=self.polls)
        given = {"outcome": "ok", "at": at, **facts}
        state: FeedState = given.pop("state", FeedState(spec=self.specs[key], condition="ok"))
        db = self.open()
        record = PollRecord(state=state, found=found, listed=len(found), **given)
        feeds.save_poll(db, record)
        db.close()

    def entry(self, url: str, title: str, **facts: Any) -> FoundEntry:
        self.count += 1
        given: dict[str, Any] = {
            "key": f"k{self.count}",
            "item_hash": f"h{self.count}",
            "guid": None,
            "url": url,
            "canonical_url": url,
            "summary": "",
            "content_html": None,
            "author": None,
            "published_at": NOW - timedelta(minutes=40 + self.count),
            "published_original": "Sat, 21 Nov 2026 11:20:00 +0500",
            "language": None,
        }
        return FoundEntry(title=title, **{**given, **facts})

    def article(
        self,
        key: str,
        title: str,
        body: str,
        *,
        score: float | None = 0.9,
        words: tuple[str, ...] = (),
        author: str | None = "A. Reporter",
        language: str | None = "en",
        topics: tuple[str, ...] = ("talks",),
        to: str = "queue",
        url: str | None = None,
        **facts: Any,
    ) -> int:
        address = url or f"https://{key}.example/news/{self.count + 1}"
        self.poll(key, self.entry(address, title, language=language, **facts))
        db = self.open()
        number = next(p.article for p in articles.pending(db, NOW, 5000) if p.url == address)
        articles.save_text(db, self.text(number, title, body, author, language), NOW)
        if score is not None:
            row = self.verdict(number, title, body, score, words, topics, to)
            articles.save_verdicts(db, [row], [], NOW)
        db.close()
        return number

    def text(
        self, number: int, title: str, body: str, author: str | None, language: str | None
    ) -> StoredText:
        digest = sha256(f"{title}\n{body}".encode("utf-8", "replace")).hexdigest()
        return StoredText(
            article=number,
            title=title,
            body=body,
            author=author,
            language=language,
            published_at=NOW - timedelta(minutes=40 + number),
            published_original="Sat, 21 Nov 2026 11:20:00 +0500",
            published_source="feed",
            extractor="trafilatura 2.3.1 fast",
            text_from="page",
            text_hash=digest,
            title_key=title.casefold()[:80],
            scheme="bottom-k 1",
            sketch=tuple(sorted(int(digest[i : i + 8], 16) for i in range(0, 48, 8))),
        )

    def verdict(
        self,
        number: int,
        title: str,
        body: str,
        score: float,
        words: tuple[str, ...],
        topics: tuple[str, ...],
        to: str,
    ) -> VerdictRow:
        return VerdictRow(
            article=number,
            version=1,
            topic="pak_afg_ttp",
            model="blend-cold-1",
            lexicon="1",
            score=score,
            relevant=score >= 0.1,
            topics=topics,
            evidence=evidence_for(title, body, *words),
            route="queue" if to == "queue" else "reject",
            route_why="at or above the threshold",
            probability=1.0,
            disposition="queued" if to == "queue" else "rejected",
            reason=None if to == "queue" else "below_threshold",
            threshold=0.1,
            calibrated=False,
        )


BODY = (
    "Officials from Pakistan and the authorities in Kabul met at the Torkham crossing on Friday "
    "and agreed to resume talks next week.\n"
    "The crossing has been shut for nine days. Some 4,000 trucks wait on both sides of the border, "
    "traders said, most of them with fruit and cement.\n"
    "A spokesman in Islamabad said the sanctuaries of the TTP would come first on the agenda.\n"
    "Residents of Landi Kotal reported that no shots were heard overnight.\n"
    "The next meeting is planned for Tuesday in Doha, a diplomat said."
)

TEAM: dict[str, Role] = {"Adeela": "administrator", "Rabia Khan": "reviewer", "Rashid": "reader"}


@dataclass
class DeskUp:
    """The desk, served; ``client`` keeps cookies as a browser does, and follows nothing."""

    room: Newsroom
    desk: Desk
    url: str
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def token(self, path: str = "/you") -> str:
        found = TOKEN.search(self.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def post(self, path: str, form: dict[str, Any], **headers: str) -> httpx.Response:
        return self.client.post(path, data={"token": self.token(), **form}, headers=headers)

    def sign_in(self, name: str, password: str = PASSWORD, **form: str) -> httpx.Response:
        """Sign in as somebody whom ``served(room, people={name: role})`` gave an account."""
        sent = {"token": self.token("/login"), "name": name, "password": password, **form}
        return self.client.post("/login", data=sent)

    @contextmanager
    def beside(self, name: str = "") -> Iterator[DeskUp]:
        """Give the same desk in another browser, with ``name`` signed in there."""
        with httpx.Client(base_url=self.url, trust_env=False, verify=NO_TLS, timeout=20) as client:
            other = replace(self, client=client)
            if name:
                assert other.sign_in(name).status_code == 303, f"{name} cannot sign in"
            yield other

    def store(self) -> closing[Db]:
        """Return the store the desk reads, to be closed by ``with``."""
        return closing(self.room.open())

    def who(self, name: str) -> Person:
        """Return the account of that name, which must be there."""
        with self.store() as db:
            found = people.named(db, name)
        assert found
        return found

    def gets_in(self) -> bool:
        """Say whether the queue is shown to whom the cookies are; else it leads to the door."""
        answer = self.get("/queue")
        assert answer.status_code in {200, 303}
        return answer.status_code == 200

    def form(self, article: int) -> dict[str, str]:
        """Return the hidden fields of the decision form of ``article``."""
        page = self.get(f"/articles/{article}").text
        inside = page[page.index('id="decision"') :].split("</form>")[0]
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside))


def give_accounts(room: Newsroom, roles: Mapping[str, Role], hashing: Hashing) -> None:
    """Give each an account with the password ``PASSWORD``; the first must be an administrator's."""
    db = room.open()
    for name, role in roles.items():
        people.add(db, name, PASSWORD, role=role, by="tests", now=NOW, hashing=hashing)
    db.close()


@contextmanager
def served(
    room: Newsroom, people: Mapping[str, Role] | None = None, **changes: Any
) -> Iterator[DeskUp]:
    """Serve a desk over ``room`` until the block ends; with ``people``, one has to sign in."""
    hashing = Hashing(**QUICK)
    give_accounts(room, people or {}, hashing)
    desk = replace(
        Desk(
            open_store=room.open,
            clock=lambda: NOW,
            zone=ZoneInfo("Asia/Karachi"),
            secret=SECRET,
            hashing=hashing,
            concepts={"talks": "talks", "border": "the border", "c0": "Pakistan"},
            thresholds="Scores of .10 and more are queued.",
            canonical=lambda url: url.split("?", maxsplit=1)[0] if "://" in url else None,
            digest_html=lambda day: (
                '<div class="digest-digest"><h1 class="digest-title">The digest</h1></div>'
                if day == date(2026, 11, 20)
                else None
            ),
            version="0.1.0",
        ),
        **changes,
    )
    with (
        serve(create(desk)) as serving,
        httpx.Client(base_url=serving.url, trust_env=False, verify=NO_TLS, timeout=20) as client,
    ):
        yield DeskUp(room=room, desk=desk, url=serving.url, client=client)


Serve = Callable[..., Any]


@pytest.fixture
def newsroom(tmp_path: Path, empty_store: Path) -> Newsroom:
    """Return an empty store with one feed."""
    room = Newsroom(tmp_path / "news.db")
    shutil.copyfile(empty_store, room.path)
    room.feed("frontier", outlet="Frontier Daily")
    return room


@pytest.fixture(scope="session")
def newsroom_at() -> Callable[[Path], Newsroom]:
    """Return what fills a store that stands somewhere already."""
    return Newsroom


@pytest.fixture(scope="session")
def desk_over() -> Serve:
    """Return what serves a desk over a newsroom."""
    return served


@pytest.fixture
def team_desk(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    """Return a desk with an administrator, a reviewer and a reader."""
    with desk_over(newsroom, people=TEAM) as up:
        yield up


@pytest.fixture(scope="session")
def reading(built_room: Newsroom) -> Iterator[DeskUp]:
    """Return a desk over the full newsroom for tests that change nothing."""
    with served(built_room) as desk:
        yield desk


@pytest.fixture
def full_room(built_room: Newsroom, tmp_path: Path) -> Newsroom:
    """Return a newsroom with a handful of judged articles from four outlets."""
    path = tmp_path / "full.db"
    shutil.copy(built_room.path, path)
    return replace(built_room, path=path, specs=dict(built_room.specs))


@pytest.fixture(scope="session")
def built_room(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    """Return the full newsroom, built once; nobody writes to it but its copies."""
    newsroom = Newsroom(tmp_path_factory.mktemp("desk") / "built.db")
    newsroom.feed("frontier", outlet="Frontier Daily")
    newsroom.feed("kabul", outlet="Kabul Courier", side="afghanistan")
    newsroom.feed("subh", outlet="صبحِ سرحد", language="ur")
    newsroom.feed("wire", outlet="Regional Wire", side="international")
    newsroom.article(
        "frontier",
        "Pakistan, Kabul to resume talks in Doha after nine days",
        BODY,
        score=0.97,
        words=("Pakistan, Kabul", "talks", "TTP", "Torkham crossing"),
    )
    newsroom.article(
        "kabul",
        "Torkham shut for a ninth day as 4,000 trucks wait",
        BODY.replace("Friday", "Saturday") + "\nTraders ask for a date.",
        score=0.91,
        topics=("border", "trade"),
        words=("Torkham", "trucks"),
    )
    newsroom.article(
        "subh",
        "پاکستان اور افغانستان کے درمیان مذاکرات دوبارہ شروع",
        "اسلام آباد: پاکستان اور افغانستان کے حکام نے جمعے کو طورخم پر ملاقات کی اور مذاکرات "
        "دوبارہ شروع کرنے پر اتفاق کیا۔\n"
        "سرحدی گزرگاہ نو دن سے بند ہے اور دونوں طرف ہزاروں ٹرک کھڑے ہیں، تاجروں نے بتایا۔",
        score=0.88,
        language="ur",
        author="نامہ نگار",
        words=("پاکستان", "طورخم"),
    )
    newsroom.article(
        "wire",
        "Refugees return through Chaman ahead of winter",
        "Families returned through Chaman on Thursday.\nAid agencies count 900 a day.",
        score=0.44,
        topics=("refugees",),
        words=("Chaman",),
    )
    newsroom.article(
        "wire",
        "Cricket board names squad for the autumn tour",
        "The squad of sixteen leaves on Monday.",
        score=0.02,
        topics=(),
        to="reject",
    )
    return newsroom


@pytest.fixture
def office_over(tmp_path: Path) -> Callable[..., Office]:
    """Return what makes the settings of a desk over a newsroom: its feeds in a real feeds.yaml."""

    def made(room: Newsroom, found: Search | None = None, **sections: Any) -> Office:
        feeds_of = [
            {"key": s.key, "url": s.url, "outlet": s.outlet, "language": s.language,
             "side": s.side if s.side in ("pakistan", "afghanistan") else "world"}
            for s in room.specs.values()
        ]  # fmt: skip
        config = tmp_path / "feeds.yaml"
        config.write_text(yaml.safe_dump({"feeds": feeds_of, **sections}), encoding="utf-8")
        return _office(config, found or Search(sentence="Nothing is there."))

    return made


def _office(config: Path, found: Search) -> Office:
    lexicon = load_lexicon()
    known = Known(concepts=frozenset(lexicon.concepts), named=lexicon.knows)

    def stands(db: Db) -> standing.Standing:
        settings = load(config, {}, changes.changes(db), known=lambda _topic: known)
        feeds.sync(db, settings.feeds, NOW)
        return standing.standing(settings, config)

    def tried(db: Db, rule: Alert, days: int) -> trying.Tried:
        book = make_rulebook((rule,), lexicon, ways={}, time_zone="Asia/Karachi", desk_url=None)
        return trying.try_rule(db, rule, book, NOW, days=days)

    return Office(
        standing=stands,
        against=lambda db, wanted: standing.objections(
            config, changes.changes(db), wanted, lambda _topic: known, ""
        ),
        try_rule=tried,
        find=lambda _url, _kind: found,
        in_file=lambda path: standing.in_file(config, path),
        suggest=lambda rule: suggesting.suggested(rule, lexicon),
    )
