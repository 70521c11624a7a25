"""The article of a page that was read otherwise, made as `extract` makes it of its own reading.

Where a text was cut by what is known of its site, title, author, language, address and dates come
from the same places of the page and are weighed by the same rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from monitor.model import ArticleText, PageSays, When, Written
from monitor.stages.extract import markup, written
from monitor.stages.extract.asides import Kind, key, marked
from monitor.stages.extract.authors import authors
from monitor.stages.extract.characters import clean, cut, one_line
from monitor.stages.extract.headline import headline
from monitor.stages.extract.page import without_title


def told(
    says: PageSays,
    body: str,
    *,
    places: Sequence[tuple[int, int, Kind]] = (),
    extractor: str,
    url: str,
    feed_title: str = "",
    feed_author: str | None = None,
    feed_published: When | None = None,
) -> ArticleText | None:
    """Return the article of a page with this text; None where the page would have to be searched.

    That is where neither the feed nor the page's head has a title, or no date stands anywhere.
    ``places`` are stretches of ``body`` and where they stood in the page.
    """
    title = one_line(feed_title) or headline(says, url)
    dates = _dates(says)
    if not title or (feed_published is None and not dates):
        return None
    kinds = {key(body[start:end]): kind for start, end, kind in places}
    text, _ = cut(body if _is_clean(body) else clean(body))
    text = without_title(text, title)
    return ArticleText(
        title=title,
        body=text,
        author=one_line(feed_author) or authors(says, url),
        published=feed_published,
        language=markup.language_of(says.language or says.locale, text),
        extractor=extractor,
        canonical_link=markup.canonical_of(says.canonical, url),
        written=dates,
        aside=marked(text, kinds),
    )


_UNCLEAN = re.compile(
    "[\0-\x09\x0b-\x1f\x7f-\xa0\xad\u2007\u2028-\u202f\u2066-\u206a\ud800-\udfff\ufeff\ufffe\uffff]"
)


def _is_clean(text: str) -> bool:
    """Whether cleaning the text would leave it as it is; its lines have no needless spaces."""
    return (text.isascii() and not _UNCLEAN.search(text)) or (
        not _UNCLEAN.search(text) and unicodedata.is_normalized("NFC", text)
    )


def _dates(says: PageSays) -> tuple[Written, ...]:
    return written.written_of(says)
