"""Learning a site from pages that were read: where the text stood, and what stood between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.stages.cutting import naming
from monitor.stages.cutting.likeness import agreement
from monitor.stages.cutting.page import NO_CONTAINERS, key, parsed
from monitor.stages.cutting.tree import Block, Tree, mapped
from monitor.stages.cutting.values import MOST_SELECTORS, Lesson, Wrapper, is_selector
from monitor.stages.cutting.verb import (
    LEAST,
    contained,
    cut,
    is_closed,
    is_right_to_left,
    prose_outside,
)

_BOX = re.compile(
    r"(?<![a-z])(?:related|more[-_]?(?:on|from|stories|news|in|like)|read[-_]?(?:more|also|next|on)"
    r"|also[-_]?(?:read|like)|recommend\w{0,6}|trending|popular|most[-_]?(?:read|viewed|shared)"
    r"|latest[-_]?(?:news|stories|posts)|you[-_]?may|see[-_]?also|further[-_]?reading|suggest\w{0,6}"
    r"|outbrain|taboola|sidebar|side[-_]?bar|promo|newsletter|follow[-_]?us|tags?[-_]?(?:list|links)"
    r"|inline[-_]?(?:link|story|related)|story[-_]?links?|next[-_]?(?:story|post)|post[-_]?navigation"
    r")(?![a-z])",
    re.IGNORECASE,
)
"""As ``extract`` knows boxes of other stories, which it marks and leaves in the text."""
_BOX_TAGS = frozenset(["aside", "nav", "footer"])
_SUBHEADS = frozenset(["h2", "h3", "h4", "h5", "h6"])
_MOST_OF_A_BOX = 0.5
AGREES = 0.9
"""Of a lesson's runs of words, both ways, that a wrapper has to give back."""
_ENOUGH = 0.985  # no other container is tried
_HELD = 0.95  # of the text must stand in a container
_HIGHER = 5  # containers above the smallest that are tried
_LONGEST_LINE = 100  # characters of a line that is known as furniture
_WORDS = (
    "elated", "ewsletter", "hare", "ocial", "romo", "dvert", "ecommend", "idebar", "aption",
    "redit", "omment", "readcrumb", "yline", "author-", "rending", "ost-read", "opular", "ead-more",
    "ead-next", "lso-read", "ubscri", "ignup", "utbrain", "aboola", "ore-from", "ore-on",
    "tag-list", "ooter", "oolbar", "onsent", "aywall", "noprint", "mbed", "idget", "-ad-",
    "syndication", "viral", "cookie", "banner", "subnav", "avigation", "navbar", "menu", "meta",
    "rating", "attachment", "timestamp", "user-info", "user-profile", "message", "slide", "overlay",
    "options", "expand", "blurred", "permission", "modal", "-stories", "next-", "easer", "hide-",
    "-reply", "reply-", "akismet",
)  # fmt: skip
GENERAL = (
    "figure", "figcaption", "aside", "nav", "footer", "form", "header", "dialog", "fieldset",
    "menu", "[hidden]", '[style*="visibility:hidden"]', '[aria-hidden="true"]',
    '[role="navigation"]', '[role="complementary"]',
    '[style*="display:none"]', '[style*="display: none"]',
    *(f'[class*="{word}"]' for word in _WORDS),
    '[id*="related"]', '[id*="share"]', '[id*="newsletter"]', '[id*="comment"]', '[id*="promo"]',
    '[id*="sidebar"]', '[id^="ad-"]', '[class^="ad-"]', '[class*=" ad-"]', '[class="ad"]',
)  # fmt: skip
"""Names that nearly every site gives to what is no text, and that the extractor goes by; used where
the lessons do not object. Where much running text is called so in a page, nobody is sure of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A lesson, opened."""

    lesson: Lesson
    page: LexborHTMLParser
    tree: Tree


def learn(pages: Sequence[Lesson], *, before: Wrapper | None = None) -> Wrapper | None:
    """Return a wrapper that gives back each of these pages as it was read; None: there is none.

    With ``before``, the wrapper has its container and what it left out too, as far as these pages
    do not object. Costs some ten milliseconds a page. Never raises for what a page holds.
    """
    opened = [one for one in map(_opened, pages) if one is not None]
    if not opened or len(opened) < len(pages):
        return None
    best: tuple[float, Wrapper] | None = None
    try:
        for selector in [before.container] if before else _containers(opened):
            made = _with(selector, opened, before)
            worst = min(_again(made, one.lesson) for one in opened) if made else 0.0
            if made and worst >= AGREES and (best is None or worst > best[0]):
                best = worst, made
            if worst >= _ENOUGH:
                break
    except (SelectolaxError, ValueError, RecursionError, MemoryError):
        return None
    return best[1] if best else None


def _opened(lesson: Lesson) -> _Read | None:
    if len(lesson.text.body) < LEAST:
        return None
    page = parsed(lesson.body)
    tree = mapped(page, lesson.text.body) if page is not None else None
    if page is None or tree is None or not tree.blocks:
        return None
    return _Read(lesson=lesson, page=page, tree=tree)


def _again(wrapper: Wrapper, lesson: Lesson) -> float:
    made = cut(lesson.body, lesson.content_type, wrapper)
    if made is None:
        return 0.0
    title = "".join(lesson.text.title.split()).casefold()
    first, _, rest = made.body.partition("\n")
    body = rest if "".join(first.split()).casefold() == title and rest else made.body
    return agreement(body, lesson.text.body)


# --- where the text stands ------------------------------------------------------------------


def _containers(opened: Sequence[_Read]) -> list[str]:
    """Selectors of the elements that hold the text: those called so first, then the smallest."""
    first = opened[0]
    found: dict[str, None] = {}
    for block in _chain(first.tree)[: _HIGHER + 1]:
        own = (
            selector for selector in _selectors(first.page, block)
            if all(contained(one.page, selector) for one in opened[1:])
        )  # fmt: skip
        found.update(dict.fromkeys(islice(own, 1)))
    return sorted(found, key=lambda one: not naming.tells(one))


def _chain(tree: Tree) -> list[Block]:
    """The elements that hold nearly all of the text, the smallest first."""
    whole = tree.blocks[0].taken
    needed = _HELD * tree.size(whole)
    holding = [block for block in tree.blocks if tree.size(block.taken) >= needed]
    return [block for block in holding[::-1] if block.node.tag not in NO_CONTAINERS]


def _selectors(page: LexborHTMLParser, block: Block) -> Iterator[str]:
    """Selectors that the element alone has, the firmest first."""
    own = list(dict.fromkeys(naming.names(block.node)))[:12]
    for name in own:
        if _is_alone(page, name, block):
            yield name
    above = block.node.parent
    for _ in range(4):
        if above is None or above.tag in {None, "html", "body"}:
            break
        for outer in list(dict.fromkeys(naming.names(above)))[:6]:
            for name in [*own[:4], block.node.tag or ""]:
                if _is_alone(page, f"{outer} {name}", block):
                    yield f"{outer} {name}"
        above = above.parent


def _is_alone(page: LexborHTMLParser, selector: str, block: Block) -> bool:
    found = contained(page, selector) if is_selector(selector) else None
    return found is not None and found.mem_id == block.node.mem_id


# --- what stands between --------------------------------------------------------------------


def _with(selector: str, opened: Sequence[_Read], before: Wrapper | None) -> Wrapper | None:
    """Return the wrapper of a container, with what is to be left out of it."""
    held = [(one, at) for one in opened if (at := contained(one.page, selector)) is not None]
    if len(held) < len(opened):
        return None
    wanted = GENERAL if before is None else [one for one in GENERAL if one in before.drop]
    general = [one for one in wanted if _is_harmless(one, held)]
    earlier = [] if before is None else [one for one in before.drop if one not in GENERAL]
    own = dict.fromkeys(one for one in earlier if _is_harmless(one, held))
    furniture = dict.fromkeys(before.furniture if before else ())
    for one, at in held:
        for block in _untaken(one.tree, at):
            if _is_headline(block, one):
                continue
            names = (name for name in naming.whole_name(block.node) if is_selector(name))
            name = next((name for name in names if name in own or _is_harmless(name, held)), None)
            if name is not None:
                own[name] = None
            else:
                furniture.update(dict.fromkeys(one.tree.lines_in(block)))
    boxes = dict.fromkeys(before.boxes if before else ())
    for one, at in held:
        boxes.update(dict.fromkeys(_boxes(one.tree, at)))
    read = {line for one, _ in held for line in one.tree.keys}
    drop = (*general, *own)[:MOST_SELECTORS]
    lines = [one for one in furniture if 0 < len(one) <= _LONGEST_LINE and one not in read]
    made = _bounded(selector, held, before)
    return replace(
        made,
        drop=drop,
        dropped=max(made.dropped, *(_dropped(at, drop) for _, at in held)),
        furniture=tuple(lines[-MOST_SELECTORS:]),
        boxes=tuple(boxes)[:MOST_SELECTORS],
    )


def _untaken(tree: Tree, container: LexborNode) -> list[Block]:
    """The highest elements inside the container that hold no text that was read."""
    inside = tree.inside(container)
    return [
        block for block in inside
        if not block.taken and block.size and (block.above is None or block.above.taken)
    ]  # fmt: skip


def _is_headline(block: Block, read: _Read) -> bool:
    """Whether it is the headline, in an element that other pages may give to their subheads.

    What reads a text leaves its headline out, whatever it is called.
    """
    if block.node.tag not in _SUBHEADS:
        return False
    return "".join(read.tree.lines_in(block)) == key(read.lesson.text.title)


def _boxes(tree: Tree, container: LexborNode) -> Iterator[str]:
    """Names of elements that held text that was read, and are called as boxes of other stories."""
    whole = sum(len(key) for key in tree.keys)
    for block in tree.inside(container):
        if block.taken and tree.size(block.taken) < _MOST_OF_A_BOX * whole:
            given = block.node.attributes
            named = f"{given.get('class') or ''} {given.get('id') or ''}"
            if block.node.tag in _BOX_TAGS or _BOX.search(named[:300]):
                tag = (block.node.tag,) if block.node.tag in _BOX_TAGS else ()
                yield from (
                    *(one for one in naming.whole_name(block.node) if is_selector(one)),
                    *tag,
                )[:1]


def _is_harmless(selector: str, held: Sequence[tuple[_Read, LexborNode]]) -> bool:
    """Whether nothing that was read stands in what the selector names."""
    return not any(
        one.tree.has_taken(found) for one, at in held for found in at.css(selector)
    )  # fmt: skip


def _bounded(
    selector: str, held: Sequence[tuple[_Read, LexborNode]], before: Wrapper | None
) -> Wrapper:
    """A wrapper that leaves nothing out, with the bounds of its lessons."""
    lessons = [one.lesson for one, _ in held]
    sizes = [len(one.text.body) for one in lessons]
    sizes += [before.shortest, before.longest] if before else []
    outside = [prose_outside(one.page.css("p"), at) for one, at in held]
    linked = [kept for one, at in held for kept in one.tree.link_lines(at)]
    keeps = before.keeps_links if before and not linked else sum(linked) * 2 > len(linked)
    return Wrapper(
        teacher=" ".join(lessons[0].text.extractor.split()[:2]),
        container=selector,
        keeps_links=keeps,
        shortest=min(sizes),
        longest=max(sizes),
        outside=max(*outside, before.outside if before else 0),
        dropped=before.dropped if before else 0.0,
        rtl=is_right_to_left(lessons[0].text.body),
        closed=any(is_closed(one.body) for one in lessons) or bool(before and before.closed),
        lessons=len(lessons) + (before.lessons if before else 0),
    )


def _dropped(container: LexborNode, drop: tuple[str, ...]) -> float:
    """The share of the container's characters that stand in what is to be left out."""
    whole = len(container.text())
    inside, gone = set[int](), 0
    for one in container.css(", ".join(drop)) if drop else ():
        above = one.parent
        while above is not None and above.mem_id not in inside and above.mem_id != container.mem_id:
            above = above.parent
        if above is None or above.mem_id not in inside:
            gone += len(one.text())
        inside.add(one.mem_id)
    return round(min(1.0, gone / whole), 4) if whole else 0.0
