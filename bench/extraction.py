"""How much of an article is read, and how much else: ours beside trafilatura itself, in one run.

    make bench-extraction

F1 is counted as the article extraction benchmark does: runs of four words, precision and recall
averaged over the pages. Ours is the path of the product: screen, asides and all. Phrases are those
that must, and must not, stand in the text of a page. Speed is processor time, ours and the rival's
in turns over the same pages; a page is new to its reader each time, nothing of it is remembered.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape

import trafilatura

from bench import corpus_of_pages as pages
from bench.figures import ROUNDS, Absent, Figure, interleaved, present, ratio
from monitor.model import ArticleText, Dropped, Reading, When
from monitor.stages.extract import better, carries_article, extract, extract_html_fragment

Reader = Callable[[pages.Page], str]


def ours(page: pages.Page) -> str:
    """What an article is judged by; nothing where the screen refuses the page."""
    made = pages.as_read(page)
    return made.text.body if isinstance(made, Reading) else ""


def unscreened(page: pages.Page) -> str:
    """The same, without the screen."""
    text = extract(
        page.body, content_type="text/html", url=page.url, fetched_at=pages.FETCHED_AT
    )  # fmt: skip
    return text.body if isinstance(text, ArticleText) else ""


def without_asides(page: pages.Page) -> str:
    """What counts of it: the text without what is marked as other stories'."""
    made = pages.as_read(page)
    if not isinstance(made, Reading):
        return ""
    body, last, kept = made.text.body, 0, []
    for start, end in made.text.aside:
        kept.append(body[last:start])
        last = end
    return "".join([*kept, body[last:]])


def peer(*, fast: bool) -> Reader:
    """Return trafilatura as anybody would call it."""
    return lambda page: (
        trafilatura.extract(page.body, url=page.url, fast=fast, include_comments=False) or ""
    )


READERS: dict[str, Reader] = {
    "ours": ours,
    "ours, other stories left out": without_asides,
    "ours, unscreened": unscreened,
    "trafilatura": peer(fast=False),
    "trafilatura, fast": peer(fast=True),
}


def shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    """Runs of words."""
    words = re.findall(r"\w+", text.lower())
    return Counter(tuple(words[n : n + size]) for n in range(max(1, len(words) - size + 1)))


def scores(texts: Sequence[str], wanted: Sequence[str], size: int) -> tuple[float, float, float]:
    """Precision, recall and their F1."""
    precision, recall = [], []
    for text, want in zip(texts, wanted, strict=True):
        got, all_wanted = shingles(text, size), shingles(want, size)
        both = (got & all_wanted).total()
        precision.append(both / max(1, got.total()))
        recall.append(both / max(1, all_wanted.total()))
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    return p, r, 2 * p * r / (p + r)


def texts() -> list[Figure]:
    """Print the table of both sets; return what our F1 is beside the rival's."""
    gold, phrases = list(pages.gold()), list(pages.phrases())
    wanted = [page.facts["articleBody"] for page in gold]
    print(f"\n{len(gold)} pages with their text, {len(phrases)} with phrases.\n")
    pages.row("", "precision", "recall", "F1", "F1 of words", "phrases there", "others gone")
    pages.row(*["---"] * 7)
    found: dict[str, tuple[float, float]] = {}
    for name, read in READERS.items():
        texts = [read(page) for page in gold]
        p, r, f1 = scores(texts, wanted, 4)
        words = scores(texts, wanted, 1)[2]
        told = [(page.facts, read(page)) for page in phrases]
        there = [s in text for facts, text in told for s in facts["with"]]
        gone = [s not in text for facts, text in told for s in facts["without"]]
        kept, left = (sum(right) / len(right) for right in (there, gone))
        found[name] = f1, (kept + left) / 2
        shares = (f"{share:.3f}" for share in (kept, left))
        pages.row(name, f"{p:.3f}", f"{r:.3f}", f"**{f1:.3f}**", f"{words:.3f}", *shares)
    sets = (f"{len(gold)} pages with their text", f"{len(phrases)} pages with phrases")
    kinds = ("new pages: F1", "new pages: phrases right, there or gone")
    return [
        Figure(name=kind, value=value, low=value, high=value, unit="share", aim=rival,
               rival="trafilatura's default", data=data, command=COMMAND)
        for kind, data, value, rival in zip(
            kinds, sets, found["ours"], found["trafilatura"], strict=True)
    ]  # fmt: skip


COMMAND = "make bench-extraction"
AIM = 1.4  # times less than trafilatura
_TOLD_AT = datetime(2026, 11, 1, tzinfo=UTC)
_TITLE = "A headline as the feed tells it"
_QUICKLY = 2  # every second page


def _text(page: pages.Page) -> object:
    return extract(
        page.body, content_type="text/html", url=page.url, fetched_at=pages.FETCHED_AT,
        feed_title=_TITLE, feed_published=When(at=_TOLD_AT, original="", source="feed"),
    )  # fmt: skip


_TURNS: dict[str, Callable[[pages.Page], object]] = {
    "text": _text,
    "whole": pages.read_anew,
    "told": partial(pages.read_anew, title=_TITLE, published_at=_TOLD_AT),
    "plain": lambda page: trafilatura.extract(page.body, url=page.url, include_comments=False),
    "fast": lambda page: trafilatura.extract(
        page.body, url=page.url, include_comments=False, fast=True
    ),
    "full": lambda page: trafilatura.extract(page.body, url=page.url, with_metadata=True),
}
_BESIDE = (
    ("new page: its text", "text", "plain", "trafilatura's default, no metadata", AIM),
    ("new page: its text, beside fast", "text", "fast", "trafilatura's fast, no metadata", None),
    ("new page: read whole", "told", "full", "trafilatura's default with metadata", AIM),
    ("new page: read whole, no feed to tell title and date", "whole", "full",
     "trafilatura's default with metadata", AIM),
)  # fmt: skip


def speed(*, quick: bool) -> list[Figure]:
    """How many times less processor time a new page costs us, over the pages of both sets.

    Each round has pages of its own: none is met twice, and what either reader remembers of one
    helps it as little as in the field. The text is all of ``extract``: author, dates, language and
    other stories' lines too. Read whole is what a child does with a fetched page: screen, day and
    fingerprints as well.
    """
    sample = [*pages.gold(), *pages.phrases()][:: _QUICKLY if quick else 1]
    parts = [sample[at :: ROUNDS + 1] for at in range(ROUNDS + 1)]
    turns = {name: partial(_each, read, iter(parts)) for name, read in _TURNS.items()}
    cost = interleaved(turns, rounds=ROUNDS)  # and one before them, which is not counted
    found = []
    for name, ours, rival, who, aim in _BESIDE:
        value, low, high = ratio(cost[rival], cost[ours])
        each = sum(cost[ours]) / sum(map(len, parts[1:])) * 1000
        found.append(
            Figure(name=name, value=value, low=low, high=high, rounds=ROUNDS, unit="times", aim=aim,
                   rival=who, data=f"{len(sample)} pages, each met once",
                   command=COMMAND, beside=f"{each:.1f} ms a page")
        )  # fmt: skip
    return found


def _each(read: Callable[[pages.Page], object], parts: Iterator[Sequence[pages.Page]]) -> None:
    for page in next(parts):
        read(page)


def asides() -> None:
    """Print what share of the texts is marked as other stories', and how often wrongly."""
    read = [(page, pages.as_read(page)) for page in (*pages.gold(), *pages.phrases())]
    texts = [(page, made.text) for page, made in read if isinstance(made, Reading)]
    marked = [(page, text.body[a:b]) for page, text in texts for a, b in text.aside]
    lines = [(page, line) for page, stretch in marked for line in stretch.split("\n")]
    own = [line for page, line in lines if is_own(page, line)]
    share = sum(len(stretch) for _, stretch in marked) / sum(len(t.body) for _, t in texts)
    with_marks = sum(bool(text.aside) for _, text in texts)
    print(
        f"\nMarked as other stories': {share:.2%} of all characters, in {with_marks} of"
        f" {len(texts)} texts; of {len(lines)} lines {len(own)} belong to their article."
    )


def is_own(page: pages.Page, line: str) -> bool:
    """Return whether a line that is marked as another story's belongs to the article."""
    said = " ".join(line.removeprefix("- ").split())
    if "articleBody" in page.facts:
        return said in " ".join(page.facts["articleBody"].split())
    return any(phrase in said for phrase in page.facts["with"])


def choice() -> None:
    """Print how often the better of two texts is kept, where it is known which one is."""
    told = []
    draw = random.Random(7)  # noqa: S311 - the same cuts on every run
    for page in pages.gold():
        read = extract(
            page.body, content_type="text/html", url=page.url, fetched_at=pages.FETCHED_AT
        )  # fmt: skip
        lines = [line for line in page.facts["articleBody"].split("\n") if line.strip()]
        if isinstance(read, Dropped) or sum(map(len, lines)) < 1_500:
            continue
        whole = "".join(f"<p>{escape(line)}</p>" for line in lines)
        text = " ".join(lines)
        teaser = f"<p>{escape(text[: draw.randint(300, 700)])} […]</p>"
        feed, short = (extract_html_fragment(html, title="") for html in (whole, teaser))
        walled = extract_html_fragment(
            f"<p>{escape(text[:700])}</p><p>Subscribe to continue reading.</p>", title=""
        )
        if isinstance(feed, Dropped) or isinstance(short, Dropped) or isinstance(walled, Dropped):
            continue
        told += [
            ("a teaser in the feed: the page's", better(read, short).text_from == "page"),
            ("a wall on the page: the feed's", better(walled, feed).text_from == "feed"),
            ("the page is asked for a teaser", not carries_article(teaser, declared_full=True)),
            ("the page is spared for the whole", carries_article(whole, declared_full=False)),
        ]
    print("\nOf two texts of one article the right one is kept, or asked for:\n")
    pages.row("", "right", "of")
    pages.row(*["---"] * 3)
    for name in dict(told):
        right = [fine for case, fine in told if case == name]
        pages.row(name, sum(right), len(right))


def measure(*, quick: bool) -> list[Figure]:
    """Print the tables and return the figures."""
    if not pages.here():
        raise Absent(f"no pages at {pages.DATA} (TORKHAM_SHARED)")
    found = speed(quick=quick)
    found += texts()
    asides()
    choice()
    print()
    return found


if __name__ == "__main__":
    present(__doc__, measure)
