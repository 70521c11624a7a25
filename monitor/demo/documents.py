"""The documents of the sample newsroom: feeds and pages as bytes, as an outlet would send them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from functools import cache
from html import escape
from string import Template
from typing import Final
from xml.sax.saxutils import escape as xml_escape

from monitor.demo.content import HERE, Outlet, Story

LINE: Final = "Sample newsroom: every outlet, person and event here is invented."
_RIGHT_TO_LEFT: Final = frozenset({"ur", "ps", "fa"})
_KABUL: Final = timezone(timedelta(hours=4, minutes=30))
_RELATED: Final = 5


# --- feeds ----------------------------------------------------------------------------------


def feed(outlet: Outlet, stories: Sequence[Story], *, day: int, origin: str) -> bytes:
    """Return the outlet's feed on sample day ``day``, newest entry first."""
    if outlet.manner == "html":
        body = "<p>Our feed has moved to our new home page. Thank you for your patience.</p>"
        return notice(f"{outlet.name}: welcome", body)
    listed = sorted(stories, key=lambda story: story.published, reverse=True)[: outlet.keeps]
    document = (_atom if outlet.format == "atom" else _rss)(outlet, listed, day, origin)
    return _malformed(document) if outlet.manner == "malformed" else document.encode()


def _rss(outlet: Outlet, stories: Iterable[Story], day: int, origin: str) -> str:
    items = "\n".join(_item(outlet, story, day, origin) for story in stories)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>{xml_escape(outlet.name)}</title>
<link>{origin}/{outlet.key}/</link>
<description>{xml_escape(outlet.tagline)}. {LINE}</description>
<language>{outlet.language}</language>
{items}
</channel>
</rss>
"""


def _item(outlet: Outlet, story: Story, day: int, origin: str) -> str:
    told = story.told(day)
    link = f"<link>{origin}{story.path}</link>" if story.has_link else ""
    full = "".join(f"<p>{escape(part)}</p>\n" for part in told.paragraphs)
    content = f"<content:encoded>{xml_escape(full)}</content:encoded>"
    return f"""<item>
<title>{xml_escape(told.title)}</title>
{link}
<guid isPermaLink="false">{outlet.key}:{story.slug}</guid>
<dc:creator>{xml_escape(story.author)}</dc:creator>
<pubDate>{format_datetime(story.published)}</pubDate>
<description>{xml_escape(summary(story, day))}</description>
{content if outlet.carries == "full" else ""}
</item>"""


def _atom(outlet: Outlet, stories: Sequence[Story], day: int, origin: str) -> str:
    zone = _KABUL if outlet.side == "afghanistan" else UTC
    entries = "\n".join(_entry(outlet, story, day, origin, zone) for story in stories)
    newest = max(
        (story.changed(day) for story in stories), default=datetime(2000, 1, 1, tzinfo=UTC)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">
<title>{xml_escape(outlet.name)}</title>
<subtitle>{xml_escape(outlet.tagline)}. {LINE}</subtitle>
<id>urn:sample:{outlet.key}</id>
<link rel="self" href="{origin}{outlet.feed}"/>
<updated>{newest.astimezone(zone).isoformat()}</updated>
{entries}
</feed>
"""


def _entry(outlet: Outlet, story: Story, day: int, origin: str, zone: timezone) -> str:
    told = story.told(day)
    link = f'<link rel="alternate" href="{origin}{story.path}"/>' if story.has_link else ""
    return f"""<entry>
<title>{xml_escape(told.title)}</title>
{link}
<id>urn:sample:{outlet.key}:{story.slug}</id>
<author><name>{xml_escape(story.author)}</name></author>
<published>{story.published.astimezone(zone).isoformat()}</published>
<updated>{story.changed(day).astimezone(zone).isoformat()}</updated>
<summary>{xml_escape(summary(story, day))}</summary>
</entry>"""


def summary(story: Story, day: int) -> str:
    """Return what the feed says of the story: one paragraph."""
    told = story.told(day)
    return told.paragraphs[0] if told.edited else story.summary


def _malformed(document: str) -> bytes:
    """Break a feed the way content systems do: bare ampersands, HTML entities, a lost end."""
    broken = document.replace("<description>", "<description>News & views&nbsp;&mdash; ")
    return broken.replace("</channel>\n</rss>", "").encode()


# --- pages ----------------------------------------------------------------------------------


def page(outlet: Outlet, story: Story, others: Iterable[Story], *, day: int, origin: str) -> bytes:
    """Return the article's page on sample day ``day``, with all that stands around an article."""
    told = story.told(day)
    facts = {
        "key": outlet.key,
        "outlet": escape(outlet.name),
        "tagline": escape(outlet.tagline),
        "language": outlet.language,
        "direction": "rtl" if outlet.language in _RIGHT_TO_LEFT else "ltr",
        "title": escape(told.title),
        "summary": escape(summary(story, day)),
        "author": escape(story.author),
        "published": story.published.isoformat(),
        "day": f"{story.published:%d %B %Y, %H:%M}",
        "url": origin + story.path,
        "json": _json_ld(outlet, story, day),
        "body": "\n".join(f"      <p>{escape(part)}</p>" for part in told.paragraphs),
        "related": "\n".join(_related(other, day) for other in list(others)[:_RELATED]),
        "line": LINE,
    }
    name = outlet.layout if story.page == "article" else story.page
    return _template(name).substitute(facts).encode()


def missing() -> bytes:
    """Return the page that says there is no such page."""
    sorry = "<p>The page you were looking for was not found. Please try our search.</p>"
    return notice("404: page not found", sorry)


def front(outlet: Outlet, stories: Iterable[Story], day: int) -> bytes:
    """Return the outlet's front page."""
    listed = "\n".join(_related(story, day) for story in stories if story.has_link)
    return notice(outlet.name, f"<p>{escape(outlet.tagline)}</p><ul>{listed}</ul>")


def notice(title: str, body: str) -> bytes:
    """Return a small page. ``title`` is text, ``body`` is markup."""
    filled = _template("notice").substitute(title=escape(title), body=body, line=LINE)
    return filled.encode()


def _related(story: Story, day: int) -> str:
    return f'      <li><a href="{story.path}">{escape(story.told(day).title)}</a></li>'


def _json_ld(outlet: Outlet, story: Story, day: int) -> str:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.told(day).title,
        "datePublished": story.published.isoformat(),
        "dateModified": story.changed(day).isoformat(),
        "author": {"@type": "Person", "name": story.author},
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    return json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")


@cache
def _template(name: str) -> Template:
    return Template((HERE / "pages" / f"{name}.html").read_text(encoding="utf-8"))
