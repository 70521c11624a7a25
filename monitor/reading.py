"""What a child process does with one document: extract, screen, fingerprint.

These functions run where a document may be made to hang or to crash: in a limited child, with no
database and no network.
"""

from __future__ import annotations

from monitor.model import ArticleText, Dropped, Fetched, Reading, Reason, TextFrom, When
from monitor.stages import dedupe, extract, screen
from store.types import Pending


def read_page(page: Fetched, item: Pending) -> Reading | Dropped:
    """Make a text of a page. Runs in a child process: the page may be made to hang or crash it."""
    text = extract.extract(
        page.body,
        content_type=page.headers.get("content-type", ""),
        url=page.final_url,
        fetched_at=page.fetched_at,
        feed_title=item.title,
        feed_author=item.author,
        feed_published=_told(item),
    )
    refusal = text if isinstance(text, Dropped) else None
    if isinstance(text, ArticleText):
        refusal = screen.screen(text, body=page.body, url=page.final_url, status=page.status)
        if refusal is None:
            return _reading(text, "page")
    if item.content_html:
        told = read_feed_text(item)
        if isinstance(told, Reading):
            return told
    return refusal or Dropped(reason=Reason.NO_TEXT)


def read_feed_text(item: Pending) -> Reading | Dropped:
    """Make a text of what the feed itself carried. Runs in a child process."""
    text = extract.extract_html_fragment(
        item.content_html or "", title=item.title, author=item.author, published=_told(item),
        language=item.language,
    )  # fmt: skip
    return text if isinstance(text, Dropped) else _reading(text, "feed")


def _reading(text: ArticleText, text_from: TextFrom) -> Reading:
    fingerprints = dedupe.fingerprint(text.title, text.body)
    return Reading(text=text, fingerprints=fingerprints, text_from=text_from)


def _told(item: Pending) -> When | None:
    if item.published_at is None:
        return None
    return When(at=item.published_at, original=item.published_original or "", source="feed")
