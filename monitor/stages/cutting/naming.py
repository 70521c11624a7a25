"""What an element of a template can be known by: names that stay from one article to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{1,50}")
_MADE = re.compile(
    r"^(?:css|sc|jsx|svelte|emotion|styled|chakra|mui)-|-[0-9a-f]{5,}$|__[A-Za-z0-9_-]{5,6}$|\d{3,}"
    r"|^(?:category|tag|author|post|postid|page-id|topic|story|article|node|id)-?\d"
    r"|^(?:category|tag|author|topic)-"
)
"""Made anew at each build of a site, or for each article."""
_TELLING = re.compile(
    r"article|story|entry|content|body|text|post|main|copy|detail|news|single|paragraph|rich",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:article|story|entry|post|news|rich|main|page)[-_]{0,2}(?:body|text|content|copy|main|full)"
    r"|body[-_]?(?:copy|text)|articleBody",
    re.IGNORECASE,
)
"""Names of the very element that holds an article's text."""
_ATTRIBUTES = ("itemprop", "role", "data-component", "data-testid", "data-type", "data-role",
               "data-qa", "data-module", "data-block")  # fmt: skip
_VALUE = re.compile(r"[A-Za-z][A-Za-z_ -]{1,50}")


def stable(token: str) -> bool:
    """Return whether a class or an id looks as if it were the template's, not the article's."""
    return (
        _TOKEN.fullmatch(token) is not None and _MADE.search(token) is None and not _hashed(token)
    )


def _hashed(token: str) -> bool:
    """Whether it looks drawn by lot: figures among letters, capitals among small ones."""
    turns = len(re.findall(r"[a-z][A-Z][A-Z]|[A-Z][a-z][A-Z]|\d[A-Za-z]+\d", token))
    return turns > 0 and "-" not in token


def tells(selector: str) -> bool:
    """Return whether the last name in a selector says that an article's text is in it."""
    return _CALLED.search(selector.rsplit(" ", 1)[-1]) is not None


def names(node: LexborNode) -> Iterator[str]:
    """Yield selectors an element may be known by, those that tell most first."""
    tag, given = node.tag or "", node.attributes
    tokens = [one for one in (given.get("class") or "").split() if stable(one)][:8]
    firm = [one for one in tokens if not any(map(str.isdigit, one))]
    for name in _ATTRIBUTES[:1]:
        yield from _attribute(tag, name, given.get(name))
    telling = sorted((one for one in firm if _TELLING.search(one)), key=len, reverse=True)
    yield from (f"{tag}.{one}" for one in telling)
    own = given.get("id") or ""
    if stable(own) and not any(map(str.isdigit, own)):
        yield f"{tag}#{own}"
    for name in _ATTRIBUTES[1:]:
        yield from _attribute(tag, name, given.get(name))
    if tag in {"article", "main"}:
        yield tag
    if len(firm) > 1:
        yield f"{tag}." + ".".join(firm)
    yield from (f"{tag}.{one}" for one in firm if one not in telling)
    if len(tokens) > len(firm):
        yield f"{tag}." + ".".join(tokens)


def _attribute(tag: str, name: str, value: str | None) -> Iterator[str]:
    if value and _VALUE.fullmatch(value):
        yield f'{tag}[{name}="{value}"]'


def whole_name(node: LexborNode) -> Iterator[str]:
    """Yield what a block to be left out is known by: all its classes, then an id, then one."""
    tag, given = node.tag or "", node.attributes
    tokens = [one for one in (given.get("class") or "").split() if stable(one)][:6]
    if tokens:
        yield f"{tag}." + ".".join(tokens)
    own = given.get("id") or ""
    if stable(own) and not any(map(str.isdigit, own)):
        yield f"{tag}#{own}"
    for name in _ATTRIBUTES:
        yield from _attribute(tag, name, given.get(name))
