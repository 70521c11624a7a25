"""The article a feed carries in full."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree
from lxml.html import HtmlElement

from monitor.model import ArticleText, Dropped, Reason, When
from monitor.stages.extract.asides import asides
from monitor.stages.extract.characters import MAX_TEXT_CHARS, clean, cut, one_line
from monitor.stages.extract.choice import breaks_off, ends_in_a_sentence
from monitor.stages.extract.markup import tree

FEED_ENGINE = "feed content 1"
MAX_CONTENT_CHARS = 10_000_000


BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tr",
        "blockquote",
        "pre",
        "hr",
        "address",
        "details",
        "summary",
    ]
)
NOT_TEXT = (
    "//script | //style | //noscript | //template | //iframe | //object | //embed | //svg | //form"
    " | //button | //input | //select | //textarea | //audio | //video | //figure | //figcaption"
    " | //nav | //aside | //head | //*[@hidden]"
    " | //*[contains(@class,'caption') or contains(@class,'twitter-tweet')"
    " or contains(@class,'instagram-media') or contains(@class,'fb-post')"
    " or contains(@class,'sharedaddy') or contains(@class,'feedflare')]"
)
_TAG = re.compile(r"<[^<>]*>")
_END_OF_LINE = re.compile(r"</(?:p|div|li|h\d|blockquote|tr)>|<br ?/?>", re.IGNORECASE)
FULL_CHARACTERS = 1_200  # of text, not of markup: excerpts measured in feeds stay under 600
DECLARED_CHARACTERS = 400  # a brief of an outlet that is known to send the whole article
_IMPRINT = re.compile(r"(?=.{0,99}\d{4}).{1,100}$")  # short, with a year
POST_SCRIPT = re.compile(r"^The post .{1,300} (first )?appeared (first )?on .{1,200}$")


def carries_article(html_text: str | None, *, declared_full: bool) -> bool:
    """Return whether a feed's own text is the article, so that its page need not be asked for.

    Excerpts are not, nor is a text that breaks off with "Read more", however long its markup.
    ``declared_full`` is what the settings say of the feed; short texts are believed only then, and
    only when they end in a sentence.
    """
    if not html_text:
        return False
    text = unescape(_TAG.sub(" ", _END_OF_LINE.sub("\n", html_text))).strip()
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not POST_SCRIPT.match(line)]
    last = lines[-1] if lines else ""
    # Under the last paragraph may stand "Published in the Herald, 3 November 2026".
    closing = next((line for line in reversed(lines) if not _IMPRINT.match(line)), last)
    length = len(" ".join(lines))
    brief = declared_full and length >= DECLARED_CHARACTERS and ends_in_a_sentence(closing)
    return (length >= FULL_CHARACTERS or brief) and not breaks_off(last)


def extract_html_fragment(
    html_text: str,
    *,
    title: str,
    author: str | None = None,
    published: When | None = None,
    language: str | None = None,
) -> ArticleText | Dropped:
    """Return the article a feed carries in full, one paragraph a line. Never raises.

    Scripts, styles, forms, figures with their captions and embedded posts are left out.
    """
    if len(html_text) > MAX_CONTENT_CHARS:
        return Dropped(reason=Reason.PARSE_LIMIT, detail="the text in the feed is too large")
    try:
        root = tree(f"<html><body>{html_text}</body></html>")
        lines = clean(_running_text(root)).split("\n") if root is not None else []
    except (RecursionError, MemoryError, etree.LxmlError, ValueError):
        return Dropped(reason=Reason.PARSE_LIMIT, detail="the text in the feed could not be read")
    text, was_cut = cut("\n".join(line for line in lines if not POST_SCRIPT.match(line)).strip())
    if not text:
        return Dropped(reason=Reason.NO_TEXT, detail="the text in the feed is empty")
    return ArticleText(
        title=one_line(title),
        body=text,
        author=one_line(author) or None,
        published=published,
        language=language,
        extractor=f"{FEED_ENGINE}, cut at {MAX_TEXT_CHARS:,} characters"
        if was_cut
        else FEED_ENGINE,
        aside=asides(text, root),
    )


def _running_text(root: HtmlElement) -> str:
    """Return the text with a line break round every block, and none inside a paragraph."""
    unwanted = root.xpath(NOT_TEXT)
    for element in unwanted if isinstance(unwanted, list) else ():
        if isinstance(element, HtmlElement) and element.getparent() is not None:
            element.drop_tree()
    parts: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        edge = "\n" if element.tag in BLOCKS or element.tag == "br" else ""
        after = (element.text if event == "start" else element.tail) or ""
        parts += [edge, " ".join(after.split("\n"))]
    return "".join(parts)
