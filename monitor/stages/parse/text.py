"""Markup and foreign text become plain text, once and for all."""

from __future__ import annotations

import html
import re
import unicodedata

_LONGEST_READ = 40_000  # characters looked at; what is shown is a twentieth of that
_SILENT = re.compile(
    r"<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# A ">" inside a quoted attribute does not end the tag; no alternative crosses the next "<".
_TAG = re.compile(
    r"</?([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>"
    r"|</?([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])[^<>]*>"
    r"|<![^<>]*>|<\?[^<>]*>"
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "ins", "mark", "q", "s"}
    | {"small", "span", "strong", "sub", "sup", "u", "wbr"}
)
_BLOCKS = frozenset(
    {"address", "article", "aside", "audio", "blockquote", "body", "br", "button", "caption"}
    | {"center", "dd", "div", "dl", "dt", "embed", "figcaption", "figure", "footer", "form", "h1"}
    | {"h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "img", "input"}
    | {
        "label",
        "li",
        "link",
        "main",
        "math",
        "meta",
        "nav",
        "object",
        "ol",
        "option",
        "p",
        "picture",
    }
    | {"pre", "section", "select", "source", "svg", "table", "tbody", "td", "textarea", "tfoot"}
    | {"th", "thead", "title", "tr", "ul", "video"}
)
# Line-end marks aside, no control characters; no overrides of direction, which can make a name
# read as another; no soft hyphens. The joiners of Urdu and Persian (U+200C, U+200D) stay.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str, *, is_html: bool, most: int) -> str:
    """``text`` as one line of at most ``most`` characters: no markup, NFC, white space folded.

    Entities are decoded once, and only where the source is HTML. Text that is not HTML loses the
    tags of HTML all the same, for feeds escape markup into fields meant for text; what only looks
    like a tag stays.
    """
    text = text[:_LONGEST_READ]
    if "<" in text:
        text = _SILENT.sub(" ", _COMMENT.sub(" ", text))
        text = _TAG.sub(_gap if is_html else _known_gap, text)
        text = re.sub(r"<[a-zA-Z/!][^<>]*\Z", "", text) if is_html else text
    if is_html:
        text = html.unescape(text)
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    return shortened(" ".join(text.split()), most)


def shortened(text: str, most: int) -> str:
    """``text`` cut to ``most`` characters; an ellipsis says that more was there."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _gap(tag: re.Match[str]) -> str:
    """Blocks part words, inline markup does not: ``<b>K</b>abul`` is one word."""
    return "" if (tag[1] or tag[2] or "").lower() in _INLINE else " "


def _known_gap(tag: re.Match[str]) -> str:
    name = (tag[1] or tag[2] or "").lower()
    return _gap(tag) if name in _INLINE or name in _BLOCKS else tag[0]
