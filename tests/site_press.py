"""Made-up news sites: templates drawn by lot, and articles that any of them can print.

A redesign is the same articles in another template. Everything in them is invented.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

_WHO = ("The harbour council", "A spokesman of the valley", "Teachers of Upper Kesra",
        "The weather office", "Traders at the pass", "Two engineers", "The district court",
        "An envoy of the islands", "The ferry company", "A panel of gardeners")  # fmt: skip
_DID = ("postponed", "described", "questioned", "welcomed", "rejected", "explained", "reviewed",
        "defended", "published", "abandoned", "revived", "praised")  # fmt: skip
_WHAT = ("a plan for new wells", "the timetable of the night ferry", "repairs on the old bridge",
         "a survey of mulberry orchards", "the budget of the coming season", "rules for markets",
         "a census of the herons", "the price of glass", "an inquiry into the flood",
         "the opening of a reading room")  # fmt: skip
_HOW = ("after long rain", "with little debate", "for the third time this year", "before a crowd",
        "under a leaking roof", "at a meeting on Tuesday", "without a word of regret",
        "to nobody's surprise", "in a letter of nine pages")  # fmt: skip
_BOXES = ("related-stories", "more-coverage", "story-links", "read-next", "inline-teaser", "xtra",
          "rail-box", "pull-in")  # fmt: skip
_WRAPS = ("page", "shell", "layout", "grid", "frame", "outer", "wrap", "canvas", "site")
_BODIES = ("article-body", "story-text", "entry-content", "post-content", "copy", "rich-text",
           "body-copy", "txt", "main-text", "prose")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An article as its writer wrote it."""

    title: str
    author: str
    day: str
    paragraphs: tuple[str, ...]
    number: int

    @property
    def text(self) -> str:
        """Its text, one paragraph a line."""
        return "\n".join(self.paragraphs)


def piece(number: int, *, paragraphs: int = 9) -> Piece:
    """Return the article of that number, always the same."""
    draw = random.Random(f"piece {number}")  # noqa: S311 - the same words on every run
    said = tuple(
        " ".join(
            f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)} {draw.choice(_HOW)},"
            f" number {number} of {draw.randint(20, 99)}, and said so in {draw.choice(_WHAT)}."
            for _ in range(draw.randint(2, 4))
        )
        for _ in range(paragraphs + draw.randint(-2, 3))
    )
    return Piece(
        title=f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)}, {number}",
        author=draw.choice(("Mirwais Halim", "Sadia Qureshi", "Gul Bano", "Tomas Reyl")),
        day=f"2026-0{draw.randint(1, 9)}-{draw.randint(10, 28)}",
        paragraphs=said,
        number=number,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A template drawn by lot; the same seed draws the same one."""

    seed: int
    also: tuple[str, ...] = ()  # boxes set into the text since: their classes
    bulk: bool = False  # scripts, styles and menus as real sites have, some 100 KB
    draw: random.Random = field(init=False, compare=False)
    shape: dict[str, object] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Draw the template."""
        draw = random.Random(f"site {self.seed}")  # noqa: S311 - the same sites on every run
        suffix = draw.choice(("", "", "-v2", "_main", "-block"))
        shape = {
            "wraps": draw.sample(_WRAPS, draw.randint(1, 4)),
            "article": draw.choice(("article", "div", "section", "main")),
            "body": draw.choice(_BODIES) + suffix,
            "itemprop": draw.random() < 0.3,
            "share": draw.choice(("", "top", "bottom", "both")),
            "related": draw.choice(("", "middle", "end", "both")),
            "box": draw.choice(_BOXES),
            "caption": draw.choice(("", "figure", "div")),
            "ads": draw.random() < 0.5,
            "lead": draw.random() < 0.4,
            "links": draw.random() < 0.6,
            "comments": draw.random() < 0.4,
            "newsletter": draw.random() < 0.4,
            "sidebar": draw.random() < 0.6,
            "json_ld": draw.random() < 0.6,
            "hashed": draw.random() < 0.3,
        }
        object.__setattr__(self, "draw", draw)
        object.__setattr__(self, "shape", shape)

    def page(self, one: Piece) -> bytes:
        """Return the page of an article."""
        shape = self.shape
        draw = random.Random(f"page {self.seed} {one.number}")  # noqa: S311
        wraps = [str(name) for name in shape["wraps"]]  # type: ignore[attr-defined]
        before = "".join(f'<div class="{name}">' for name in wraps)
        token = f" css-{draw.getrandbits(24):06x}" if shape["hashed"] else ""
        tag = str(shape["article"])
        inner = f"{self._top(one)}{self._body(one, draw, token)}{self._bottom(draw)}"
        return (
            f"<!doctype html><html lang=en><head>{self._head(one)}</head><body>{before}"
            f"<header><a href=/>The Lantern of {self.seed}</a><nav><ul>{_links(draw, 8)}</ul></nav>"
            f"{self._menus(draw)}"
            f'</header><{tag} class="item item-{one.number}{token}">{inner}</{tag}>'
            f"{self._side(draw)}<footer><p>All rights of the Lantern of {self.seed} are reserved,"
            f" and its office is open on weekdays.</p></footer>"
            f"{'</div>' * len(wraps)}</body></html>"
        ).encode()

    def _head(self, one: Piece) -> str:
        title = escape(one.title, quote=True)
        data = (
            f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{title}",'
            f' "datePublished": "{one.day}T06:00:00Z", "author": {{"name": "{one.author}"}}}}'
            "</script>"
        )
        return (
            f"<meta charset=utf-8><title>{title}</title>"
            f'<meta property="og:title" content="{title}">'
            f'<meta property="article:published_time" content="{one.day}T06:00:00Z">'
            f'<meta name="author" content="{one.author}">'
            f"{data if self.shape['json_ld'] else ''}"
        )

    def _menus(self, draw: random.Random) -> str:
        if not self.bulk:
            return ""
        code = ";".join(f"window.q{n}={{a:{draw.random()},b:'{_line(draw)}'}}" for n in range(300))
        style = "".join(f".m{n}{{margin:{n}px;color:#{n:06x}}}" for n in range(400))
        menus = "".join(
            f"<div class='menu m{n}'><span>Section {n}</span><ul>{_links(draw, 9)}</ul></div>"
            for n in range(14)
        )
        return f"<style>{style}</style><script>{code}</script>{menus}"

    def _top(self, one: Piece) -> str:
        share = self.shape["share"] in {"top", "both"}
        return (
            f"<h1>{escape(one.title)}</h1><p class=byline>By {one.author} on"
            f" <time datetime={one.day}>{one.day}</time></p>{_share() if share else ''}"
        )

    def _body(self, one: Piece, draw: random.Random, token: str) -> str:
        shape, parts = self.shape, []
        for number, said in enumerate(one.paragraphs):
            text = escape(said)
            if shape["links"] and number % 3 == 1:
                words = text.split(" ")
                words[2:5] = [f'<a href="/topic/{draw.randint(1, 99)}">{" ".join(words[2:5])}</a>']
                text = " ".join(words)
            name = ' class="lead"' if shape["lead"] and number == 0 else ""
            parts.append(f"<p{name}>{text}</p>")
        self._set_in(parts, draw)
        prop = " itemprop=articleBody" if shape["itemprop"] else ""
        return f'<div class="{shape["body"]}{token}"{prop}>{"".join(parts)}</div>'

    def _set_in(self, parts: list[str], draw: random.Random) -> None:
        shape = self.shape
        for name in self.also:
            parts.insert(len(parts) // 2, _box(name, draw))
        if shape["related"] in {"middle", "both"}:
            parts.insert(3, _box(str(shape["box"]), draw))
        if shape["related"] in {"end", "both"}:
            parts.append(_box(str(shape["box"]), draw))
        if shape["ads"]:
            parts.insert(2, '<div class="slot-ad"><p>Advertisement</p></div>')
        if shape["caption"] == "figure":
            parts.insert(1, "<figure><img src=a.jpg><figcaption>The bridge at dusk. Photo:"
                         " Gul Bano</figcaption></figure>")  # fmt: skip
        if shape["caption"] == "div":
            parts.insert(1, '<div class="pic"><img src=a.jpg><span class="pic-caption">The ferry in'
                         " the harbour of Mirpur Lantern</span></div>")  # fmt: skip

    def _bottom(self, draw: random.Random) -> str:
        shape = self.shape
        said = _share() if shape["share"] in {"bottom", "both"} else ""
        if shape["newsletter"]:
            said += ('<div class="newsletter-form"><p>Get the letter of the Lantern every morning,'
                     " free of charge, and never miss a ferry again.</p><input></div>")  # fmt: skip
        if shape["comments"]:
            said += (
                '<section class="comments"><h3>Comments</h3>'
                + "".join(
                    f"<div class=comment><p>{escape(_line(draw))}</p></div>" for _ in range(4)
                )
                + "</section>"
            )
        return said

    def _side(self, draw: random.Random) -> str:
        if not self.shape["sidebar"]:
            return ""
        return f"<aside class=rail><h3>Most read</h3><ul>{_links(draw, 10)}</ul></aside>"


def _share() -> str:
    return (
        "<div class=sharing-tools><ul><li><a href=/s1>Send by post</a></li><li><a href=/s2>Ring a"
        " friend</a></li><li><a href=/s3>Print</a></li></ul></div>"
    )


def _line(draw: random.Random) -> str:
    return f"{draw.choice(_WHO)} {draw.choice(_DID)} {draw.choice(_WHAT)} {draw.choice(_HOW)}"


def _links(draw: random.Random, count: int) -> str:
    return "".join(
        f'<li><a href="/story/{draw.randint(1, 9999)}">{escape(_line(draw))}</a></li>'
        for _ in range(count)
    )


def _box(name: str, draw: random.Random) -> str:
    teaser = f"{_line(draw)}, as our readers will remember from last week."
    return (
        f'<div class="{name}"><h4>More of this</h4><ul>{_links(draw, 3)}</ul>'
        f"<p>{escape(teaser)}</p></div>"
    )


def front(site: Site, pieces: Sequence[Piece]) -> bytes:
    """Return a page of the site that is a list and no article, in the article's own template."""
    body = str(site.shape["body"])
    rows = "".join(
        f'<h3><a href="/{one.number}">{escape(one.title)}</a></h3>'
        f"<p>{escape(one.paragraphs[0][:90])}</p>"
        for one in pieces
    )
    return (
        f"<html lang=en><head><meta property='og:title' content='News'></head><body>"
        f"<div class='{body}'>{rows}</div></body></html>"
    ).encode()
