"""What a site taught is trusted once proved, checked every so often, dropped when wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.articles import taught
from monitor.articles.reading import read_page
from monitor.articles.taught import Sites
from monitor.edge.worker import WorkerFault
from monitor.model import Fetched, Known, Reading
from monitor.stages import cutting
from store import wrappers
from store.db import Db
from store.types import Pending
from tests.site_press import Piece, Site, front, piece

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOST = "lantern.example"


class Reader:
    """One who reads the pages of a site as the harvest does, and remembers what came of them."""

    def __init__(self, db: Db) -> None:
        self.db = db
        self.now = NOW
        self.sites = Sites(db, lambda: self.now)
        self.number = 0

    def read(self, body: bytes, host: str = HOST) -> Reading | None:
        """Read one page with what is known of its site."""
        self.number += 1
        page = fetched(body, self.number, host)
        made = read_page(page, item(self.number), self.sites.known(page))
        self.sites.note_all([(page, made)])
        return made if isinstance(made, Reading) else None

    def how(self, body: bytes) -> str:
        """Return how a page was read."""
        made = self.read(body)
        assert made is not None
        assert made.taught is not None
        return made.taught.how

    def anew(self) -> None:
        """Begin another run, as the next tick does."""
        self.sites.close()
        self.sites = Sites(self.db, lambda: self.now)

    @property
    def states(self) -> Counter[str]:
        """Return how many templates of the site are in which state."""
        return Counter(one.state for one in wrappers.of_host(self.db, HOST) if one.template)


def fetched(body: bytes, number: int, host: str = HOST) -> Fetched:
    url = f"https://www.{host}/story/{number}"
    return Fetched(
        key=str(number), url=url, final_url=url, status=200,
        headers={"content-type": "text/html; charset=utf-8"}, body=body, fetched_at=NOW,
    )  # fmt: skip


def item(number: int) -> Pending:
    return Pending(
        article=number, url=f"https://{HOST}/story/{number}", feed="lantern", outlet="The Lantern",
        side="", language="en", body="page", title="", summary="", content_html=None, author=None,
        published_at=None, published_original=None, first_seen_at=NOW, attempts=0, version=0,
    )  # fmt: skip


def overlap(made: Reading, one: Piece) -> float:
    """Return how much of an article's text a reading has, and no more than it."""
    return cutting.agreement(made.text.body, one.text)


@pytest.fixture
def reader(db: Db) -> Iterator[Reader]:
    one = Reader(db)
    yield one
    one.sites.close()


SITE = Site(seed=10)


INSERTS = ("strange-insert", "odd-insert", "third-insert", "one-more-insert", "fifth-insert",
           "sixth-insert", "last-insert")  # fmt: skip
REBUILT = replace(SITE, also=INSERTS)
"""The same template with seven boxes that nobody has seen in the text."""


def trained(reader: Reader, site: Site = SITE) -> None:
    """Have a site learned and proved."""
    for number in (0, 1, 2):
        reader.read(site.page(piece(number)))
    assert reader.states["trusted"]


def test_the_first_page_of_a_host_is_no_lesson_as_most_hosts_have_one(reader: Reader) -> None:
    assert reader.how(SITE.page(piece(0))) == "read"
    assert reader.states == {}
    reader.anew()
    assert reader.how(SITE.page(piece(1))) == "read"
    assert reader.states == {"learning": 1}


def test_of_many_pages_under_way_one_is_a_lesson(reader: Reader) -> None:
    pages = [fetched(SITE.page(piece(number)), number) for number in range(8)]
    known = [reader.sites.known(page) for page in pages]
    assert [one.learns for one in known] == [False, True] + [False] * 6
    for number, page in enumerate(pages):
        reader.sites.note_all([(page, read_page(page, item(number), known[number]))])
    assert reader.states == {"learning": 1}
    assert reader.sites.known(pages[0]).learns


def test_a_wrapper_cuts_alone_after_two_pages_agreed(reader: Reader) -> None:
    reader.read(SITE.page(piece(0)))
    assert reader.how(SITE.page(piece(1))) == "read"
    assert reader.states == {"learning": 1}
    assert reader.how(SITE.page(piece(2))) == "agreed"
    assert reader.states == {"trusted": 1}
    made = reader.read(SITE.page(piece(3)))
    assert made is not None
    assert made.text.extractor.startswith(f"wrapper {cutting.VERSION} of trafilatura 2.")
    assert made.text.title == piece(3).title
    assert made.text.author == piece(3).author
    assert made.dating is not None
    assert made.dating.published is not None
    assert made.dating.published.original.startswith(piece(3).day)


def test_what_is_known_of_a_site_survives_the_run(reader: Reader) -> None:
    trained(reader)
    reader.anew()
    assert reader.how(SITE.page(piece(3))) == "cut"
    reader.anew()
    [row] = [one for one in wrappers.of_host(reader.db, HOST) if one.template]
    assert (row.used, row.checked, row.agreed, row.lessons) == (1, 1, 1, 2)


def test_every_twentieth_page_is_checked_and_no_page_beyond(reader: Reader) -> None:
    trained(reader)
    hows = [reader.how(SITE.page(piece(number))) for number in range(10, 55)]
    checks = [at for at, how in enumerate(hows) if how == "agreed"]
    assert checks == [19, 39]
    assert set(hows) == {"cut", "agreed"}


def test_checks_come_in_time_while_many_pages_are_under_way(reader: Reader) -> None:
    trained(reader)
    handed = [reader.sites.known(fetched(b"", number)).check for number in range(100, 141)]
    assert [number for number, check in enumerate(handed) if check] == [19, 40]


def test_a_redesign_is_noticed_learned_and_trusted_again(reader: Reader) -> None:
    trained(reader)
    new, wrong = Site(seed=3), 0
    hows = []
    for number in range(30, 60):
        made = reader.read(new.page(piece(number)))
        assert made is not None
        assert made.taught is not None
        hows.append(made.taught.how)
        wrong += overlap(made, piece(number)) < 0.8
    assert not wrong
    assert hows[0] == "unsure"
    assert hows.count("cut") >= 25


@pytest.mark.slow
@pytest.mark.parametrize("seed", [10, 19])
def test_a_redesign_in_the_same_place_costs_at_most_the_pages_between_two_checks(
    reader: Reader, seed: int
) -> None:
    """The container's name stays, and a box that nobody has seen stands in the text from now on."""
    old = Site(seed=seed)
    trained(reader, old)
    new = replace(old, also=INSERTS)
    wrong, after = 0, 0
    for number in range(100, 160):
        made = reader.read(new.page(piece(number)))
        assert made is not None
        assert made.taught is not None
        read_right = cutting.agreement(made.text.body, extracted(new.page(piece(number)))) >= 0.9
        wrong += not read_right
        after = 0 if not read_right else after + 1
    assert wrong <= taught.CHECK_EVERY
    assert after >= 60 - 2 * taught.CHECK_EVERY


def extracted(body: bytes) -> str:
    made = read_page(fetched(body, 1), item(1))
    assert isinstance(made, Reading)
    return made.text.body


def test_a_wrapper_that_disagrees_is_dropped_at_once_and_learned_anew(reader: Reader) -> None:
    trained(reader)
    due(reader)
    assert reader.how(REBUILT.page(piece(40))) == "disagreed"
    [row] = [one for one in wrappers.of_host(reader.db, HOST) if one.template]
    assert (row.state, row.drops, row.dropped_at) == ("learning", 1, NOW)
    assert "the same as the extractor read" in row.why
    assert reader.how(REBUILT.page(piece(41))) == "agreed"
    assert reader.how(REBUILT.page(piece(42))) == "cut"


def due(reader: Reader, **cells: object) -> None:
    """Have the site's wrapper be checked at its next page."""
    reader.sites.close()
    [row] = [one for one in wrappers.of_host(reader.db, HOST) if one.template]
    wrappers.keep(reader.db, [replace(row, since_check=19, **cells)])  # type: ignore[arg-type]
    reader.anew()


def test_a_template_dropped_a_third_time_rests_for_longer_each_time(reader: Reader) -> None:
    trained(reader)
    due(reader, drops=2)
    assert reader.how(REBUILT.page(piece(40))) == "disagreed"
    assert reader.states == {"dropped": 1}
    assert {reader.how(SITE.page(piece(n))) for n in (41, 42, 43)} == {"read"}
    reader.now += timedelta(days=1, minutes=1)
    assert [reader.how(SITE.page(piece(n))) for n in (44, 45, 46)] == ["read", "agreed", "cut"]


def test_a_host_that_serves_two_templates_in_turn_has_both_cut(reader: Reader) -> None:
    sites = (SITE, Site(seed=3))
    hows = [reader.how(sites[number % 2].page(piece(number))) for number in range(40)]
    assert reader.states["trusted"] == 2
    assert hows[-20:].count("cut") >= 18


def test_a_site_whose_pages_are_all_the_same_page_is_read_right(reader: Reader) -> None:
    for _ in range(6):
        made = reader.read(SITE.page(piece(1)))
        assert made is not None
        assert overlap(made, piece(1)) >= 0.8
    other = reader.read(SITE.page(piece(2)))
    assert other is not None
    assert overlap(other, piece(2)) >= 0.8


def test_a_list_in_the_template_of_articles_is_no_article_of_a_wrapper(reader: Reader) -> None:
    trained(reader)
    made = reader.read(front(SITE, [piece(number) for number in range(30)]))
    assert made is None or not made.text.extractor.startswith("wrapper")


@pytest.mark.parametrize("damage", ["", "{}", "not json", '{"version": 1}', "null"])
def test_a_row_that_was_damaged_is_as_if_it_were_not_there(reader: Reader, damage: str) -> None:
    trained(reader)
    [row] = [one for one in wrappers.of_host(reader.db, HOST) if one.template]
    wrappers.keep(reader.db, [replace(row, wrapper=damage)])
    reader.anew()
    for number in range(50, 53):
        made = reader.read(SITE.page(piece(number)))
        assert made is not None
        assert overlap(made, piece(number)) >= 0.8


def test_a_row_of_another_version_is_handed_to_nobody(reader: Reader) -> None:
    trained(reader)
    rows = wrappers.of_host(reader.db, HOST)
    wrappers.keep(reader.db, [replace(one, version=cutting.VERSION + 1) for one in rows])
    reader.anew()
    assert reader.sites.known(fetched(b"", 1)) == Known(learns=True)


def test_a_page_that_takes_its_reader_down_drops_what_is_known_of_its_host(reader: Reader) -> None:
    trained(reader)
    page = fetched(SITE.page(piece(3)), 3)
    reader.sites.known(page)
    reader.sites.note_all([(page, WorkerFault(kind="crash", detail="ended by a signal"))])
    assert reader.states == {"dropped": 1}
    assert reader.sites.known(page).trusted == ()


def test_a_host_never_has_more_than_six_templates(reader: Reader) -> None:
    for seed in range(12):
        reader.read(Site(seed=seed).page(piece(seed)))
    assert sum(reader.states.values()) <= wrappers.MOST


def test_pages_that_teach_nothing_are_asked_for_less_often(reader: Reader) -> None:
    brief = "<html><body><p>A line.</p><p>{}</p></body></html>"
    tried = []
    for number in range(40):
        made = reader.read(brief.format(piece(number).paragraphs[0][:300]).encode())
        tried.append(made is not None and made.taught is not None and made.taught.tried)
    assert not tried[0]
    assert all(tried[1:7])
    assert sum(tried[7:]) <= 4


def test_hosts_are_told_apart_and_www_makes_no_difference(reader: Reader) -> None:
    trained(reader)
    other = reader.read(SITE.page(piece(3)), host="other.example")
    assert other is not None
    assert other.taught is not None
    assert other.taught.how == "read"
    assert taught.host_of("https://www.Lantern.example:8443/x") == HOST
    assert taught.host_of("https://[") == ""


def test_a_site_is_forgotten(reader: Reader) -> None:
    trained(reader)
    reader.sites.close()
    assert wrappers.forget(reader.db, HOST) >= 1
    reader.anew()
    assert reader.how(SITE.page(piece(3))) == "read"


def test_what_is_known_of_a_site_is_found_by_its_key(db: Db) -> None:
    plan = db.execute("EXPLAIN QUERY PLAN SELECT * FROM wrappers WHERE host = ?", ("a",)).fetchall()
    assert "SEARCH wrappers USING PRIMARY KEY" in str(plan)


Maker = Callable[[int], bytes]


@pytest.mark.parametrize(
    "charset", ["utf-8", "windows-1252"], ids=["as most pages are", "as old pages are"]
)
def test_pages_in_another_encoding_are_cut_all_the_same(reader: Reader, charset: str) -> None:
    def page(number: int) -> bytes:
        body = SITE.page(piece(number)).decode().replace("harbour", "harb\u00f6ur")
        return body.replace("charset=utf-8", f"charset={charset}").encode(charset)

    for number in (0, 1, 2):
        reader.read(page(number))
    made = reader.read(page(3))
    assert made is not None
    assert made.text.extractor.startswith("wrapper")
    assert "\ufffd" not in made.text.body


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_pages_that_do_not_say_their_encoding_are_cut_all_the_same(
    reader: Reader, encoding: str
) -> None:
    def page(number: int) -> bytes:
        body = SITE.page(piece(number)).decode().replace("harbour", "harb\u00f6ur")
        return body.replace("<meta charset=utf-8>", "").encode(encoding)

    for number in (0, 1, 2):
        assert b"charset" not in page(number)
        reader.read(page(number))
    made = reader.read(page(3))
    assert made is not None
    assert made.text.extractor.startswith("wrapper")
    assert "harb\u00f6ur" in made.text.body


def test_a_page_in_another_encoding_than_it_says_is_left_to_the_extractor(reader: Reader) -> None:
    trained(reader)
    body = SITE.page(piece(3)).decode().replace("harbour", "harb\u00f6ur").encode("windows-1252")
    made = reader.read(body)
    assert made is not None
    assert not made.text.extractor.startswith("wrapper")
    assert "harb\u00f6ur" in made.text.body
