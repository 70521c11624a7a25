"""Real pages told anew: the page of a site with other sentences, so that one page stands for many.

A page is cut where its article stands: each stretch of text that is in what was read of it becomes
a slot, and everything else stays byte for byte. An article of the site is the page with its slots
filled by sentences of other pages in the same language, about as long as what stood there. What a
page was called, and where it was, is told anew as well. So markup, furniture and size are those of
the web, no two texts are copies, and the private pages are needed to run it.

Where they are not on the machine, a few dozen made-up sites take their place.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import pairwise

from bench import corpus_of_pages as pages
from monitor.model import Reading

LEAST_POOL = 1_000
"""Sentences a language must have, or its articles would be copies of one another."""
LEAST_BODY = 600
"""Characters of text a page must have to be told anew; less is mostly no article."""
_ON_TOPIC = 0.1
"""Share of the articles that are on the topic: what a monitor of one topic reads is mostly not."""

_OUTSIDE = re.compile(
    r"<(script|style|noscript|template)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)
_TEXT = re.compile(r">([^<]{25,})<")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_BLANK = re.compile(r"\s+")

_TOPIC = (
    "Pakistan and the Afghan Taliban agreed to resume talks on the TTP in {place}, {who} said.",
    "Islamabad wants Kabul to act against Tehreek-i-Taliban Pakistan hideouts near {place}.",
    "{who} said {number} people were killed when militants attacked a post near {place}.",
    "Trucks waited for hours at the Torkham crossing while border guards of both sides met.",
    "The foreign ministry in Islamabad asked Kabul for guarantees against cross-border militancy.",
    "Afghan refugees returning through {place} spoke of fear of new strikes on the Durand Line.",
    '"We will not let this soil be used against a neighbour," {who} said in {place}.',
)
_PLACES = ("Upper Kesra", "Zarmina Pass", "Dehbala Ridge", "Sorkhab", "Tangi Wadar", "Landi Sar")
_PEOPLE = ("Mirwais Halim", "Sadia Qureshi", "an official", "a mediator", "Gul Bano", "an elder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A page cut at its slots: ``pieces`` stand as they are, ``lengths`` say what goes between."""

    pieces: tuple[str, ...]
    lengths: tuple[int, ...]
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of a site: its headline, and its page as it is served."""

    title: str
    body: bytes


Pools = Mapping[str, Sequence[str]]


# --- cutting pages --------------------------------------------------------------------------


def sites() -> tuple[list[Site], Pools]:
    """Return the sites there are, of real pages where they are at hand, and their sentences."""
    if not pages.DATA.is_dir():
        return made_up()
    read = [(page, pages.as_read(page)) for page in (*pages.gold(), *pages.phrases())]
    articles = [
        (page, made) for page, made in read
        if isinstance(made, Reading) and len(made.text.body) >= LEAST_BODY
    ]  # fmt: skip
    pool: dict[str, dict[str, None]] = defaultdict(dict)
    for _, made in articles:
        said = _SENTENCE.split(_BLANK.sub(" ", made.text.body))
        pool[made.text.language or ""].update(dict.fromkeys(s for s in said if 40 <= len(s) <= 400))
    pools = {name: list(said) for name, said in pool.items() if len(said) >= LEAST_POOL}
    found = [
        site for page, made in articles
        if made.text.language in pools and (site := cut(page.body.decode("utf-8", "replace"), made))
    ]  # fmt: skip
    return found, pools


def cut(html: str, made: Reading) -> Site | None:
    """Cut a page where its article stands; None where most of the text is not found in it."""
    body = _BLANK.sub(" ", made.text.body)
    spans = [match.span(1) for match in _TEXT.finditer(_blanked(html))]
    slots = [(a, b) for a, b in spans if _said(html[a:b]) in body]
    if sum(b - a for a, b in slots) < len(body) // 2:
        return None
    edges = [0, *(at for slot in slots for at in slot), len(html)]
    return Site(
        pieces=tuple(html[a:b] for a, b in pairwise(edges))[::2],
        lengths=tuple(b - a for a, b in slots),
        title=made.text.title,
        language=made.text.language or "",
    )


def _blanked(html: str) -> str:
    """The page with what is no text of it blanked, each character where it was."""
    return _OUTSIDE.sub(lambda match: " " * len(match[0]), html)


def _said(text: str) -> str:
    return _BLANK.sub(" ", unescape(text)).strip()


# --- telling them anew ----------------------------------------------------------------------


def article(site: Site, pools: Pools, number: int) -> Article:
    """Return the article of that number on a site; the same for the same number."""
    draw = random.Random(number)  # noqa: S311 - the same articles on every run
    pool = pools[site.language]
    on_topic = draw.random() < _ON_TOPIC
    title = _headline(draw, pool, on_topic=on_topic)
    about = _about(draw) if on_topic else []
    parts = [site.pieces[0]]
    for length, piece in zip(site.lengths, site.pieces[1:], strict=True):
        parts += (escape(_filled(draw, pool, about, length), quote=False), piece)
    html = "".join(parts)
    if len(site.title) >= 10:
        for old in {site.title, escape(site.title), escape(site.title, quote=False)}:
            html = html.replace(old, escape(title))
    return Article(title=title, body=html.encode("utf-8", "replace"))


def _headline(draw: random.Random, pool: Sequence[str], *, on_topic: bool) -> str:
    words = draw.choice(pool).split()[:9]
    place = f" in {draw.choice(_PLACES)}: TTP talks" if on_topic else ""
    return f"{' '.join(words).rstrip('.,;:!?')}{place}"


def _about(draw: random.Random) -> list[str]:
    said = [
        one.format(place=draw.choice(_PLACES), who=draw.choice(_PEOPLE), number=draw.randint(2, 40))
        for one in _TOPIC
    ]
    draw.shuffle(said)
    return said


def _filled(draw: random.Random, pool: Sequence[str], about: list[str], length: int) -> str:
    """Sentences about as long as what stood there; a short slot gets a part of one."""
    said: list[str] = []
    left = length
    while left > 30 or not said:
        one = about.pop() if about and left > 120 else draw.choice(pool)
        said.append(one)
        left -= len(one) + 1
    text = " ".join(said)
    if len(text) <= length + 40:
        return text
    return text[: length + 20].rpartition(" ")[0] or text[:length]


# --- made-up sites --------------------------------------------------------------------------

_WHO = (
    *("The provincial council", "A delegation of traders", "Teachers in the valley"),
    *("The harbour office", "A committee of elders", "The municipal library", "Local growers"),
    *("The weather bureau", "An association of drivers", "The district hospital"),
)
_DID = (
    *("postponed", "welcomed", "reviewed", "described", "questioned", "announced", "explained"),
    *("defended", "published", "discussed"),
)
_WHAT = (
    *("a plan for new wells", "the budget of the coming season", "repairs on the old bridge"),
    *("a survey of mulberry orchards", "the timetable of the night buses", "a school calendar"),
    *("the price of onions", "a report on glass recycling", "rules for the spring market"),
)
_WHERE = (
    *("in Mirpur Lantern", "near the salt road", "at a meeting on Tuesday", "after long rain"),
    *("before the holidays", "in a crowded hall", "beside the river", "under a leaking roof"),
)
_MADE_UP, _POOL = 40, 4_000
_HOLDERS = ("article", "div class='story-body'", "section id='text'", "div class='entry'")


def made_up() -> tuple[list[Site], Pools]:
    """Return sites nobody runs, each with furniture and containers of its own."""
    draw = random.Random(11)  # noqa: S311 - the same sites on every run
    said = {_sentence(draw): None for _ in range(_POOL)}
    return [_made_up(number) for number in range(_MADE_UP)], {"en": list(said)}


def _sentence(draw: random.Random) -> str:
    who, other = draw.choice(_WHO), draw.choice(_WHO).lower()
    return (
        f"{who} {draw.choice(_DID)} {draw.choice(_WHAT)} {draw.choice(_WHERE)}, and {other}"
        f" {draw.choice(_DID)} {draw.choice(_WHAT)} of {draw.randint(2, 900)}."
    )


def _made_up(number: int) -> Site:
    draw = random.Random(number)  # noqa: S311
    title = f"The headline of the made-up outlet {number}"
    holder = _HOLDERS[number % len(_HOLDERS)]
    lengths = tuple(draw.randint(180, 600) for _ in range(draw.randint(5, 14)))
    middle = [f'</p>\n<p class="c{number}">'] * (len(lengths) - 1)
    menu = _links(draw, 40 + number % 5 * 10, "menu")
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - Outlet '
        f'{number}</title><meta property="og:title" content="{title}"><script>'
        f"{'var a = 0;' * draw.randint(500, 3000)}</script></head><body><header>{menu}</header>"
        f'<main><h1>{title}</h1><div class="by">By Gul Bano</div><{holder}>\n'
        f'<p class="c{number}">'
    )
    tail = (
        f"</p>\n</{holder.split()[0]}></main><aside>{_links(draw, 30, 'more')}</aside>"
        f"<footer>{_links(draw, 25, 'foot')}</footer></body></html>"
    )
    return Site(pieces=(head, *middle, tail), lengths=lengths, title=title, language="en")


def _links(draw: random.Random, count: int, kind: str) -> str:
    cells: Iterable[str] = (
        f'<li class="{kind}-item"><a href="/{kind}/{n}" data-id="{draw.random()}">'
        f"{draw.choice(_WHAT).capitalize()}</a></li>"
        for n in range(count)
    )
    return f'<nav><ul class="{kind}">{"".join(cells)}</ul></nav>'
