"""What a child process does with one document: extract, choose, date, screen, fingerprint.

These functions run where a document may be made to hang or to crash: in a limited child, with no
database and no network.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from monitor.articles import teaching
from monitor.edge.allowance import TimeIsUpError, allowance
from monitor.model import (
    ArticleText,
    Dating,
    Dropped,
    Fetched,
    Known,
    ParsedFeed,
    Reading,
    Reason,
    Taught,
    When,
)
from monitor.stages import dating, dedupe, extract, language, parse, screen
from store.types import Pending

QUICKLY = 0.3
"""Seconds of processor in which nearly every feed is read; one that needs more waits its turn."""
AT_MOST = 7.0
"""Seconds of processor for a document of a feed; those that need more are made to harm."""


def read_feed(
    body: bytes,
    *,
    seconds: float,
    content_type: str,
    base_url: str,
    known: Collection[str],
    fetched_at: datetime,
    kind: str,
    links: str,
) -> ParsedFeed | Dropped:
    """Read a feed as ``parse_feed`` does, within ``seconds`` of processor time.

    Runs in a child process. What takes longer is ``Dropped(PARSE_LIMIT, overlong(seconds))``.
    """
    try:
        with allowance(seconds):
            return parse.parse_feed(
                body, content_type=content_type, base_url=base_url, known=known,
                fetched_at=fetched_at, kind=kind, links=links,
            )  # fmt: skip
    except TimeIsUpError:
        return Dropped(reason=Reason.PARSE_LIMIT, detail=overlong(seconds))


def overlong(seconds: float) -> str:
    """Return what is said of a document that took longer than it may."""
    return f"Reading it took more than {seconds:g} seconds, so it was given up."


AT_HAND = "The feed carries the whole article, so its page was not asked."


def read_page(page: Fetched, item: Pending, known: Known | None = None) -> Reading | Dropped:
    """Make a text of a page. Runs in a child process: the page may be made to hang or crash it.

    Where what is ``known`` of the site is trusted, the page is cut by it; where that is unsure or
    is to be checked, and where nothing is known, the extractor reads it. Where the feed carries a
    text too, the better of the two is kept; where the page is no article, the feed's is.
    """
    feed = _feed_text(item) if item.content_html else None
    told = feed if isinstance(feed, ArticleText) else None
    away = screen.led_away(page.url, page.final_url)
    trusted = known is not None and known.trusted and not known.check and away is None
    cut = _by_wrapper(page, item, known) if known and trusted else None
    if cut is not None:
        text, taught = cut
        text, when = _settled(text, item, url=page.final_url)
        return _better(text, when, told, taught)
    found = extract.read(
        page.body,
        content_type=page.headers.get("content-type", ""),
        url=page.final_url,
        fetched_at=page.fetched_at,
        feed_title=item.title,
        feed_author=item.author,
        feed_published=_told(item),
    )
    if isinstance(found.text, Dropped):
        return _instead(item, told, found.text)
    text, when = _settled(found.text, item, url=page.final_url)
    marks = screen.Page.of_tree(found.root, page.body)
    refusal = away or screen.screen(
        text, body=page.body, url=page.final_url, status=page.status, page=marks
    )  # fmt: skip
    if refusal is not None:
        return _instead(item, told, replace(refusal, text=text))
    lesson = teaching.lesson(page, text, known) if known and teaching.teaches(text) else None
    return _better(text, when, told, lesson)


def _by_wrapper(page: Fetched, item: Pending, known: Known) -> tuple[ArticleText, Taught] | None:
    """The page as it is cut by what is known of its site; None where that is not sure."""
    made = teaching.by_wrapper(page, item, known)
    if made is None or teaching.is_refused(page, *made):
        return None
    return made[0], teaching.cut_alone(made[1])


def _better(
    text: ArticleText, when: Dating, told: ArticleText | None, taught: Taught | None
) -> Reading:
    """The page's text or the feed's, whichever is better."""
    if told is None:
        only = extract.Choice(text=text, text_from="page", why="")
        return _reading(only, when, text, None, taught)
    chosen = extract.better(text, told)
    kept = replace(
        chosen.text, published=text.published, language=text.language,
        author=text.author or told.author, canonical_link=text.canonical_link,
    )  # fmt: skip
    return _reading(replace(chosen, text=kept), when, text, told, taught)


def with_feed(made: Reading, item: Pending, *, url: str) -> Reading:
    """Return what was made of a page without its feed, as it is beside what the feed told."""
    text = made.text
    title, author = item.title or text.title, item.author or text.author
    body = extract.without_title(text.body, title)
    if body != text.body:  # places within it would be others
        return made
    told, when = _settled(replace(text, title=title, author=author), item, url=url)
    prints = dedupe.fingerprint(title, body)
    return replace(made, text=told, dating=when, fingerprints=prints)


def read_feed_text(item: Pending) -> Reading | Dropped:
    """Make a text of what the feed itself carried. Runs in a child process."""
    text = _feed_text(item)
    if isinstance(text, Dropped):
        return text
    return _of_feed(item, text, AT_HAND)


def _instead(item: Pending, told: ArticleText | None, refusal: Dropped) -> Reading | Dropped:
    """The feed's text in place of a page that is none, else the refusal."""
    if told is None:
        return refusal
    why = refusal.detail.rstrip(".") or refusal.reason.value.replace("_", " ")
    return _of_feed(item, told, f"The page was refused ({why}); the feed carries a text.")


def _of_feed(item: Pending, text: ArticleText, why: str) -> Reading:
    text, when = _settled(text, item, url=item.url)
    choice = extract.Choice(text=text, text_from="feed", why=why)
    return _reading(choice, when, None, text)


def _feed_text(item: Pending) -> ArticleText | Dropped:
    return extract.extract_html_fragment(
        item.content_html or "", title=item.title, author=item.author, published=_told(item),
        language=item.language,
    )  # fmt: skip


def _settled(text: ArticleText, item: Pending, *, url: str) -> tuple[ArticleText, Dating]:
    """The text with its date and its language decided, and what is to be said of the date."""
    when = dating.dated_item(item, text.written, url=url, body=text.body)
    tongue = language.chosen(
        f"{text.body[: language.READ]}\n{text.title}", declared=text.language or item.language
    )
    return replace(text, published=when.published, language=tongue), when


def _reading(
    choice: extract.Choice, when: Dating, page: ArticleText | None, feed: ArticleText | None,
    taught: Taught | None = None,
) -> Reading:  # fmt: skip
    text = choice.text
    return Reading(
        text=text,
        fingerprints=dedupe.fingerprint(text.title, text.body),
        text_from=choice.text_from,
        choice=choice.why,
        page_length=len(page.body) if page else None,
        feed_length=len(feed.body) if feed else None,
        dating=when,
        taught=taught,
    )


def _told(item: Pending) -> When | None:
    if item.published_at is None:
        return None
    return When(at=item.published_at, original=item.published_original or "", source="feed")
