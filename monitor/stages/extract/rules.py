"""trafilatura's rules for choosing elements, walked in Python and found as it finds them.

Its XPath expressions call back into Python once or more for every element of a page: two fifths of
the cost of a page. The same rules asked of the elements that have a class or an id, each name once,
cost a fifth of that. A rule stands in only for the expression it was written after, whatever words
the expression tests for; of another version's, unknown here, the library's own is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import xpaths

_Words = Callable[[str], bool]
_Rule = Callable[[HtmlElement], list[HtmlElement]]

_TEST = re.compile(r"(re:test\([^,()]+, )'([^']*)'")
_BLOCKS = ("div", "item", "list", "p", "section", "span")
_BODIES = ("article", "div", "main", "section")


def _words(pattern: str, flags: int = 0) -> _Words:
    """Whether a name holds what the pattern seeks; of a page each name is asked once."""
    search = re.compile(pattern, flags).search
    known: dict[str, bool] = {}

    def holds(name: str) -> bool:
        answer = known.get(name)
        if answer is None:
            if len(known) > _MOST_KNOWN:
                known.clear()
            answer = search(name) is not None
            if len(name) < _LONGEST_KNOWN:
                known[name] = answer
        return answer

    return holds


_MOST_KNOWN = 5_000  # names
_LONGEST_KNOWN = 200  # characters


def _first(element: HtmlElement, one: str, other: str) -> str:
    """Of two attributes the one that is written first, as XPath reads ``@one|@other``."""
    value, second = element.get(one), element.get(other)
    if value is None or second is None:
        return value or second or ""
    before = next(name for name in element.attrib if name in {one, other}) == one
    return str(value if before else second)


# --- the rules, each after the expression it is named for -----------------------------------


def _appended(ids: _Words, classes: _Words, own_ids: _Words, own_classes: _Words) -> _Rule:
    def found(tree: HtmlElement) -> list[HtmlElement]:
        chosen = []
        for element in tree.iterdescendants("div", "section", "aside"):
            first, other = element.get("id") or "", element.get("class") or ""
            if (first and ids(first)) or (other and classes(other)):
                headed = next(element.iterdescendants("h1"), None) is not None
                if not headed or own_ids(first) or own_classes(other):
                    chosen.append(element)
        return chosen

    return found


def _shared() -> _Rule:
    def found(tree: HtmlElement) -> list[HtmlElement]:
        return [
            element
            for element in tree.iterdescendants("div", "section", "aside")
            if "elementor-share-buttons" in (element.get("class") or "")
        ]

    return found


def _comments(ids: _Words, classes: _Words, list_ids: _Words, list_classes: _Words) -> _Rule:
    def found(tree: HtmlElement) -> list[HtmlElement]:
        chosen = []
        for element in tree.iterdescendants("div", "list", "section", "details", "ol", "ul"):
            first, other = element.get("id") or "", element.get("class") or ""
            if (first and ids(first)) or (other and classes(other)):
                listed = element.tag in {"ol", "ul"}
                if not listed or list_ids(first) or list_classes(other):
                    chosen.append(element)
        return chosen

    return found


def _one(tree: HtmlElement, tags: Sequence[str], fits: Callable[[HtmlElement], bool]) -> list[Any]:
    for element in tree.iterdescendants(*tags):
        if fits(element):
            return [element]
    return []


def _article(ids: _Words, classes: _Words) -> _Rule:
    def fits(element: HtmlElement) -> bool:
        first, other = element.get("id"), element.get("class")
        return (
            other in ("post", "entry")
            or first == "articleContent"
            or bool(first and ids(first))
            or bool(other and classes(other))
            or element.get("itemprop") == "articleBody"
        )

    return lambda tree: _one(tree, _BODIES, fits)


def _story(ids: _Words, full: _Words, classes: _Words) -> _Rule:
    def fits(element: HtmlElement) -> bool:
        first, other = element.get("id"), element.get("class")
        return (
            first in ("article", "story")
            or other in ("postarea", "art-postcontent", "text", "cell", "story")
            or bool(first and ids(first))
            or bool(other and (full(other) or classes(other)))
            or element.get("role") == "article"
        )

    return lambda tree: _one(tree, _BODIES, fits)


def _content(ids: _Words, classes: _Words) -> _Rule:
    def fits(element: HtmlElement) -> bool:
        first, other = element.get("id"), element.get("class")
        return bool(
            (first and (first == "content" or ids(first) or _is_main_content(first)))
            or (
                other
                and (
                    other == "content"
                    or classes(other)
                    or _is_main_content(other)
                    or "page-content" in other.replace("C", "c").replace("P", "p")
                )
            )
        )

    return lambda tree: _one(tree, _BODIES, fits)


def _is_main_content(name: str) -> bool:
    return "main-content" in name.replace("C", "c").replace("M", "m")


def _main() -> _Rule:
    def fits(element: HtmlElement) -> bool:
        return element.tag == "main" or any(
            (element.get(name) or "").startswith("main") for name in ("class", "id", "role")
        )

    return lambda tree: _one(tree, _BODIES, fits)


def _boilerplate(either: _Words, ids: _Words, classes: _Words) -> _Rule:
    def fits(element: HtmlElement) -> bool:
        first, other = element.get("id") or "", element.get("class") or ""
        return (
            bool(first and ids(first))
            or bool(other and classes(other))
            or ((either(first) or either(other)) and either(_first(element, "id", "class")))
            or "nav" in (element.get("role") or "").replace("N", "n")
            or element.get("data-lp-replacement-content") is not None
            or "MostPopularStories" in (element.get("data-component") or "")
        )

    return lambda tree: [one for one in tree.iterdescendants(*_BLOCKS) if fits(one)]


def _hidden(either: _Words, ids: _Words, classes: _Words) -> _Rule:
    def fits(element: HtmlElement) -> bool:
        first, other, style = element.get("id"), element.get("class"), element.get("style")
        if element.get("aria-hidden") == "true" or other == "comments-title":
            return True
        if other and (classes(other) or _is_reply(element, other)):
            return True
        if first and (ids(first) or _is_reply(element, first)):
            return True
        if style and ("display:none" in style or "display: none" in style):
            return True
        named = (first and either(first)) or (style and either(style))
        return bool(named) and either(_first(element, "id", "style"))

    return lambda tree: [one for one in tree.iterdescendants("*") if one.attrib and fits(one)]


def _is_reply(element: HtmlElement, name: str) -> bool:
    return name.startswith("reply-") and _first(element, "id", "class").startswith("reply-")


def _teasers() -> _Rule:
    def found(tree: HtmlElement) -> list[HtmlElement]:
        return [
            element
            for element in tree.iterdescendants(*_BLOCKS)
            if "teaser" in (element.get("class") or "").replace("T", "t")
            or "teaser" in (element.get("id") or "").replace("T", "t")
        ]

    return found


def _captions() -> _Rule:
    def found(tree: HtmlElement) -> list[HtmlElement]:
        return [
            element
            for element in tree.iterdescendants(*_BLOCKS)
            if "caption" in (element.get("class") or "") or "caption" in (element.get("id") or "")
        ]

    return found


_FURNITURE = {"aside", "fencedframe", "footer", "script", "style", "svg", "template"}


def _furniture(classes: _Words, ids: _Words) -> _Rule:
    def fits(element: HtmlElement) -> bool:
        if element.tag in _FURNITURE:
            return True
        first, other = element.get("id") or "", element.get("class") or ""
        if (other and classes(other)) or (first and ids(first)):
            return True
        footer = element.tag == "div" and ("footer" in other or "footer" in first)
        return footer and "footer" in _first(element, "class", "id")

    return lambda tree: [one for one in tree.iterdescendants("*") if fits(one)]


# --- in place of the library's ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _After:
    """A rule, and the expression it was written after, without the words this one tests for."""

    made: Callable[..., _Rule]
    skeleton: str

    def instead_of(self, expression: object) -> _Rule | None:
        """Return the rule with the words of an expression; None where that is another one."""
        if not isinstance(expression, XPath) or _skeleton(expression.path) != self.skeleton:
            return None
        tests = _TEST.finditer(expression.path)
        ends = [(test[2], expression.path[test.end() :]) for test in tests]
        flags = [re.IGNORECASE if rest.startswith(", 'i')") else 0 for _, rest in ends]
        return self.made(
            *(_words(words, flag) for (words, _), flag in zip(ends, flags, strict=True))
        )


def _skeleton(path: str) -> str:
    return "".join(_TEST.sub(r"\1''", path).split())


_NAMES = "re:test(@id,'')orre:test(@class,'')"
_RULES = (
    _After(
        _appended,
        f".//*[self::divorself::sectionorself::aside][{_NAMES}][not(.//h1)or{_NAMES}]",
    ),
    _After(
        _shared,
        ".//*[self::divorself::sectionorself::aside][contains(@class,'elementor-share-buttons')]",
    ),
    _After(
        _comments,
        ".//*[self::divorself::listorself::sectionorself::detailsorself::olorself::ul]"
        f"[{_NAMES}][not(self::olorself::ul)or{_NAMES}]",
    ),
    _After(
        _article,
        ".//*[self::articleorself::divorself::mainorself::section][@class='post'or@class='entry'or"
        f"@itemprop='articleBody'or@id='articleContent'or{_NAMES}][1]",
    ),
    _After(
        _story,
        "(.//*[self::articleorself::divorself::mainorself::section][@role='article'or@id='article'"
        "or@id='story'or@class='postarea'or@class='art-postcontent'or@class='text'or@class='cell'or"
        "@class='story'orre:test(@id,'')orre:test(@class,'','i')orre:test(@class,'')])[1]",
    ),
    _After(
        _content,
        "(.//*[self::articleorself::divorself::mainorself::section][@id='content'or@class='content'"
        f"or{_NAMES}orcontains(translate(@id,'CM','cm'),'main-content')or"
        "contains(translate(@class,'CM','cm'),'main-content')or"
        "contains(translate(@class,'CP','cp'),'page-content')])[1]",
    ),
    _After(
        _main,
        "(.//*[self::articleorself::divorself::section][starts-with(@class,'main')or"
        "starts-with(@id,'main')orstarts-with(@role,'main')])[1]|(.//main)[1]",
    ),
    _After(
        _boilerplate,
        ".//*[self::divorself::itemorself::listorself::porself::sectionorself::span]["
        "@data-lp-replacement-contentorcontains(translate(@role,'N','n'),'nav')or"
        f"contains(@data-component,'MostPopularStories')orre:test(@id|@class,'')or{_NAMES}]",
    ),
    _After(
        _hidden,
        ".//*[@class='comments-title'orstarts-with(@id|@class,'reply-')orre:test(@id|@style,'')or"
        "contains(@style,'display:none')orcontains(@style,'display:none')or"
        f"{_NAMES}or@aria-hidden='true']",
    ),
    _After(
        _teasers,
        ".//*[self::divorself::itemorself::listorself::porself::sectionorself::span]["
        "contains(translate(@id,'T','t'),'teaser')orcontains(translate(@class,'T','t'),'teaser')]",
    ),
    _After(
        _captions,
        ".//*[self::divorself::itemorself::listorself::porself::sectionorself::span]["
        "contains(@id,'caption')orcontains(@class,'caption')]",
    ),
    _After(
        _furniture,
        ".//aside|.//div[contains(@class|@id,'footer')]|.//fencedframe|.//footer|.//script|.//style"
        "|.//svg|.//template|.//*[re:test(@class,'','i')orre:test(@id,'','i')]",
    ),
)


def instead_of(expression: object) -> _Rule | None:
    """Return the rule that finds what an expression of the library finds; None: there is none."""
    rules = (rule.instead_of(expression) for rule in _RULES)
    return next((rule for rule in rules if rule is not None), None)


_BASELINE = import_module("trafilatura.baseline")  # the package has a function of that name
LISTS: tuple[MutableSequence[Any], ...] = (
    xpaths.RAW_TREE_PRUNE_XPATH,
    xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
    xpaths.BODY_XPATH,
    xpaths.OVERALL_DISCARD_XPATH,
    xpaths.TEASER_DISCARD_XPATH,
    xpaths.DISCARD_IMAGE_ELEMENTS,
)
"""The library's lists of expressions that every page is asked."""
_OWN = tuple(tuple(expressions) for expressions in LISTS)
_QUICK = tuple(tuple(instead_of(one) or one for one in expressions) for expressions in LISTS)
CLEANING: XPath = _BASELINE.BASIC_CLEAN_XPATH
_QUICK_CLEANING = instead_of(CLEANING) or CLEANING


@contextmanager
def quick_rules() -> Iterator[None]:
    """Let the library choose elements by these rules, inside; outside it is as it was installed."""
    try:
        _put(_QUICK, _QUICK_CLEANING)
        yield
    finally:
        _put(_OWN, CLEANING)


def _put(rules: Sequence[Sequence[Any]], cleaning: Any) -> None:
    for expressions, ours in zip(LISTS, rules, strict=True):
        expressions[:] = ours
    _BASELINE.BASIC_CLEAN_XPATH = cleaning  # type: ignore[attr-defined]  # a module
