"""Pages of known sites, cut by what one page of each taught, beside trafilatura's default.

    make bench-wrappers

Real sites: every host with two pages and more among the private ones; each page is cut by what the
page before it taught, so every page is asked once. Made-up sites (tests/site_press.py): forty
templates, four pages each. F1 is counted as the article extraction benchmark does (runs of four
words); trafilatura is called as anybody would call it. Speeds are CPU time, interleaved, of the
pages that were cut, and of all with the extractor's share in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import trafilatura

from bench import corpus_of_pages as pages
from bench.extraction import scores
from bench.figures import Absent, Figure, interleaved, present, ratio
from monitor.articles.reading import read_page
from monitor.articles.taught import host_of
from monitor.model import Dropped, Fetched, Known, Reading
from monitor.stages import cutting, extract, screen
from monitor.stages.cutting import Cut, Lesson, Wrapper
from store.types import Pending
from tests.site_press import Site, piece

COMMAND = "make bench-wrappers"
RIVAL = "trafilatura's default"
MADE_UP, EACH = 40, 4
SIZE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A page of a site, the text it has, and what an earlier page of the site taught."""

    url: str
    body: bytes
    wanted: str
    wrapper: Wrapper | None
    known: Known  # the same, as a child is handed it

    @property
    def fetched(self) -> Fetched:
        """The page as it comes from its server."""
        return Fetched(
            key="1", url=self.url, final_url=self.url, status=200,
            headers={"content-type": "text/html"}, body=self.body, fetched_at=pages.FETCHED_AT,
        )  # fmt: skip

    @property
    def item(self) -> Pending:
        """Its entry in a feed that told nothing but the address."""
        return Pending(
            article=1, url=self.url, feed="", outlet="", side="", language=None, body="page",
            title="", summary="", content_html=None, author=None, published_at=None,
            published_original=None, first_seen_at=pages.FETCHED_AT, attempts=0, version=0,
        )  # fmt: skip


def taught(url: str, body: bytes) -> Wrapper | None:
    """Return what one page teaches, as the product learns from it."""
    text = extract.extract(body, content_type="text/html", url=url, fetched_at=pages.FETCHED_AT)
    if isinstance(text, Dropped):
        return None
    return cutting.learn([Lesson(body=body, content_type="text/html", text=text)])


def handed(wrapper: Wrapper | None) -> Known:
    """Return what is known of a site, as a child is handed it."""
    return Known(trusted=(cutting.dumped(wrapper),) if wrapper else (), learns=False)


def real() -> Iterator[Case]:
    """Yield the pages of the hosts that have several, each with what the one before it taught."""
    hosts: dict[str, list[pages.Page]] = defaultdict(list)
    for page in pages.gold():
        hosts[host_of(page.url)].append(page)
    for several in hosts.values():
        for before, page in zip(several[-1:] + several[:-1], several, strict=True):
            if page is not before:
                wrapper = taught(before.url, before.body)
                yield Case(
                    url=page.url, body=page.body, wanted=page.facts["articleBody"],
                    wrapper=wrapper, known=handed(wrapper),
                )  # fmt: skip


def made_up(sites: int) -> Iterator[Case]:
    """Yield pages of made-up sites, cut by what another page taught."""
    for seed in range(sites):
        site, url = Site(seed=seed, bulk=True), f"https://lantern{seed}.example/story/1"
        wrapper = taught(url, site.page(piece(1)))
        for number in range(2, 2 + EACH):
            one = piece(number)
            yield Case(
                url=url, body=site.page(one), wanted=one.text, wrapper=wrapper,
                known=handed(wrapper),
            )  # fmt: skip


# --- what is measured -----------------------------------------------------------------------


def default(case: Case) -> str:
    """Return what trafilatura makes of a page."""
    return trafilatura.extract(case.body, url=case.url, include_comments=False) or ""


def cut_alone(case: Case) -> Cut | None:
    """Return the page as it is cut; nothing else is done."""
    return cutting.cut(case.body, "text/html", case.wrapper) if case.wrapper else None


def whole(case: Case) -> Reading | Dropped:
    """Return what the product's child makes of the page: screen, date, language and all."""
    return read_page(case.fetched, case.item, case.known)


def is_cut(made: Reading | Dropped) -> bool:
    """Return whether a page was cut by what is known of its site."""
    return isinstance(made, Reading) and made.text.extractor.startswith("wrapper")


def body_of(case: Case, made: Reading | Dropped) -> str:
    """Return the text of a reading; of a page that the screen refused, what was extracted."""
    if isinstance(made, Reading):
        return made.text.body
    return made.text.body if made.text is not None else default(case)


def quality(name: str, cases: Sequence[Case], rounds: int, *, quick: bool) -> list[Figure]:
    """Return the figures of one kind of sites, and print what else is worth knowing."""
    read = {id(case): whole(case) for case in cases}
    cut = [case for case in cases if is_cut(read[id(case)])]
    if not cut:
        raise Absent(f"of {len(cases)} pages of {name} none was cut")
    hosts = len({host_of(case.url) for case in cases})
    data = f"{len(cases)} pages of {hosts} {name}, each taught by one other page"
    figures = [
        _share(f"{name}: pages cut", len(cut) / len(cases), data),
        _f1(f"{name}: F1, extractor where unsure", cases, read, data),
        _f1(f"{name}: F1, pages cut", cut, read, f"{len(cut)} of them, the pages cut"),
    ]
    _halves(name, cases, read)
    _equal(name, cut, read)
    if not quick:
        figures += _speeds(name, cases, cut, data, rounds)
    return figures


def _share(name: str, value: float, data: str) -> Figure:
    return Figure(
        name=name, value=value, low=value, high=value, unit="share", data=data, command=COMMAND
    )


def _f1(
    name: str, cases: Sequence[Case], read: Mapping[int, Reading | Dropped], data: str
) -> Figure:
    wanted = [case.wanted for case in cases]
    ours = scores([body_of(case, read[id(case)]) for case in cases], wanted, SIZE)
    theirs = scores([default(case) for case in cases], wanted, SIZE)
    beside = (
        f"precision {ours[0]:.3f}, recall {ours[1]:.3f}; trafilatura {theirs[2]:.4f} with"
        f" {theirs[0]:.3f}, {theirs[1]:.3f}"
    )
    return Figure(
        name=name, value=ours[2], low=ours[2], high=ours[2], unit="share", aim=theirs[2],
        rival=RIVAL, data=data, command=COMMAND, beside=beside,
    )  # fmt: skip


def _halves(name: str, cases: Sequence[Case], read: Mapping[int, Reading | Dropped]) -> None:
    """Print F1 of either half of the hosts: rules were looked at on the first alone."""
    for half in (0, 1):
        mine = [case for case in cases if crc32(host_of(case.url).encode()) % 2 == half]
        wanted = [case.wanted for case in mine]
        ours = scores([body_of(case, read[id(case)]) for case in mine], wanted, SIZE)[2]
        theirs = scores([default(case) for case in mine], wanted, SIZE)[2]
        print(f"{name}, half {half} of the hosts: {len(mine)} pages, F1 {ours:.4f}; {theirs:.4f}")


def _equal(name: str, cut: Sequence[Case], read: Mapping[int, Reading | Dropped]) -> None:
    """Print how often a cut page is, in each part, what the extractor makes of it."""
    same: dict[str, int] = defaultdict(int)
    refused = 0
    for case in cut:
        ours, theirs = read[id(case)], read_page(case.fetched, case.item)
        if not isinstance(ours, Reading) or not isinstance(theirs, Reading):
            refused += 1
            continue
        for part in ("body", "title", "author", "language", "canonical_link", "published", "aside"):
            same[part] += getattr(ours.text, part) == getattr(theirs.text, part)
        marks = screen.Page.of(case.body)
        found = screen.screen(ours.text, body=case.body, url=case.url, page=marks)
        same["accepted by the whole screen"] += found is None
    parts = ", ".join(f"{part} {number}" for part, number in same.items())
    print(f"{name}: of {len(cut)} pages cut, the same as read by the extractor: {parts};"
          f" {refused} that it refuses")  # fmt: skip


def _speeds(
    name: str, cases: Sequence[Case], cut: Sequence[Case], data: str, rounds: int
) -> list[Figure]:
    costs = interleaved(
        {
            RIVAL: _each(default, cut),
            "cutting": _each(cut_alone, cut),
            "reading": _each(whole, cut),
            "our extractor": _each(_without, cut),
            "all by trafilatura": _each(default, cases),
            "all": _each(whole, cases),
        },
        rounds=rounds,
    )
    pairs = (
        ("pages cut, cutting alone", RIVAL, "cutting", 15.0),
        ("pages cut, read_page as a whole", RIVAL, "reading", 15.0),
        ("pages cut, read_page beside ours without wrappers", "our extractor", "reading", None),
        ("all pages, extractor where unsure, as a whole", "all by trafilatura", "all", None),
    )
    figures = []
    for what, rival, ours, aim in pairs:
        value, low, high = ratio(costs[rival], costs[ours])
        figures.append(
            Figure(
                name=f"{name}: {what}",
                value=value,
                low=low,
                high=high,
                unit="times",
                aim=aim,
                rival=rival,
                data=data,
                command=COMMAND,
                rounds=rounds,
            )
        )
    return figures


def _without(case: Case) -> Reading | Dropped:
    return read_page(case.fetched, case.item)


def _each(read: Callable[[Case], object], cases: Sequence[Case]) -> Callable[[], None]:
    def run() -> None:
        for case in cases:
            read(case)

    return run


def measure(*, quick: bool) -> list[Figure]:
    """Return the figures of real and of made-up sites."""
    rounds = 3 if quick else 5
    figures = quality("made-up sites", list(made_up(10 if quick else MADE_UP)), rounds, quick=quick)
    if pages.here():
        figures = quality("known sites", list(real()), rounds, quick=quick) + figures
    return figures


if __name__ == "__main__":
    present(__doc__, measure)
