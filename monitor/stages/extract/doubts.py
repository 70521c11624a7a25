"""Whether a quick reading of a page missed its article, so that the thorough one is worth its time.

Of 258 pages of 180 outlets (fundus's own test data, 2026) four were misread by the quick run and
not by the thorough one: one without a sentence, two in one line, one but for its first paragraph.
Asked of every page, the thorough run would cost a half more and be no better on the others.
"""

from __future__ import annotations

from collections import Counter

from lxml.html import HtmlElement

_SENTENCE = 80  # characters of a line or a paragraph of running text
_HARDLY = 0.1  # of a text in such lines: the menus of a page
_LINE = 1_000  # characters of a line on average: paragraphs were lost
_AS_MUCH = 0.7  # of the running text that a reading instead of another must have


def is_doubtful(text: str, root: HtmlElement) -> bool:
    """Return whether a text is hardly what the page's article is.

    It has no running text, or no paragraphs; or where it was taken from, more was left than taken.
    """
    if running(text) < _HARDLY * len(text):
        return True
    return (text.count("\n") + 1) * _LINE < len(text) or _goes_on(text, root)


def is_as_good(text: str, other: str) -> bool:
    """Return whether a text has as much to read as another, give or take captions."""
    return running(text) >= _AS_MUCH * running(other)


def running(text: str) -> int:
    """Return how many characters of a text stand in lines as long as a sentence."""
    return sum(len(line) for line in text.split("\n") if len(line) >= _SENTENCE)


def _goes_on(text: str, root: HtmlElement) -> bool:
    """Whether the element that most of the text was taken from has more paragraphs left in it."""
    paragraphs = {
        said: one for one in root.iter("p")
        if len(said := " ".join(one.text_content().split())) >= _SENTENCE
    }  # fmt: skip
    if sum(map(len, paragraphs)) <= 2 * len(text):
        return False
    lines = {" ".join(line.split()) for line in text.split("\n")}
    homes: Counter[HtmlElement] = Counter()
    for said, one in paragraphs.items():
        if said in lines:
            homes[one.getparent()] += len(said)
    if not homes:
        return False
    home, whole, left = homes.most_common(1)[0][0], "\n".join(lines), 0
    for said, one in paragraphs.items():
        if left > len(text):
            break
        if any(above is home for above in one.iterancestors()) and said not in whole:
            left += 0 if _is_of_links(one, said) else len(said)
    return left > len(text)


def _is_of_links(paragraph: HtmlElement, said: str) -> bool:
    return 2 * sum(len(link.text_content()) for link in paragraph.iter("a")) > len(said)
