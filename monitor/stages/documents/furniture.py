"""Lines that belong to the page and not to the text: running heads, page numbers, share lines.

Nothing is thrown away: each such line becomes a passage with the reason why it is cut.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from monitor.stages.documents.values import Cut, Passage

EDGE = 3  # lines at the top of a page, and as many at its end, among which heads and feet stand
_SHORT = 120  # characters; a running head is no longer
_LINE = 300  # a line of furniture is no longer
_OFTEN = 0.4  # of the pages: heads of left pages and of right ones may differ

_NUMBER = re.compile(
    r"^\W*(?:(?:page|p\.|seite|صفحہ|صفحه|مخ)\s*)?[\d۰-۹٠-٩]{1,4}(?:\s*(?:of|/|\||von|سے|از)\s*[\d۰-۹٠-٩]{1,4})?\W*$"
    r"|^\W*[ivx]{1,5}\W*$",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"^\W{0,3}(?:share(?: this)?(?: (?:on|via|article|story|post|page).{0,40})?|tweet(?: this)?"
    r"|(?:share on |follow (?:us )?on |like us on )?(?:facebook|twitter|whatsapp|linkedin|telegram"
    r"|e-?mail|print|copy link|pinterest|reddit|instagram)(?:\s*[|·,/&]?\s*(?:facebook|twitter"
    r"|whatsapp|linkedin|telegram|e-?mail|print|copy link|pinterest|reddit|instagram)){0,9}"
    r"|email this(?: article)?|print this(?: article)?|follow us.{0,60}"
    r"|join (?:our|us on) (?:whatsapp|telegram).{0,80}|شیئر کریں|ٹویٹ کریں|فیس بک|شریک کړئ"
    r"|همرسانی|اشتراک(?: گذاری)?)\W{0,3}$",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"^\W{0,3}(?:scroll to top|back to top|top|home|skip to (?:main )?content|menu|search"
    r"|next(?: post| article| page)?|previous(?: post| article| page)?|older posts?|newer posts?"
    r"|no comments?:?"
    r"|leave a (?:comment|reply).{0,40}|post a comment|\d{1,4} comments?:?|comments(?: \(\d+\)"
    r"| are closed\.?)?|reply|load more|read more|see more|view all|log ?in|sign (?:in|up)"
    r"|subscribe(?: now| to .{0,60})?|sign up (?:for|to) .{0,60}|advertisements?|sponsored"
    r"|accept (?:all )?cookies|cookie policy|privacy policy"
    r"|terms (?:of (?:use|service)|and conditions)"
    r"|labels?: .{0,120}|tags?: .{0,120}|posted in:? .{0,80}|filed under:? .{0,80}"
    r"|مزید پڑھیں|سرورق|اوپر جائیں|تبصرے)\W{0,3}$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"^\W{0,3}(?:copyright\b|©|\(c\) \d{4}|all rights reserved|published in [\w .’'-]{2,60}, "
    r"(?:\w+ )?\d|reprinted (?:with|by) permission|this (?:article|piece|op-?ed|blog) (?:was "
    r"(?:first|originally)|first|originally) (?:published|appeared)|the views? (?:and opinions )?"
    r"expressed\b|views expressed (?:in|here)|disclaimer:?|photo(?:graph)?(?: by| credit)?:"
    r"|image(?: by| credit| source)?:|source: [\w .-]{2,60}$)",
    re.IGNORECASE,
)
_BIO = re.compile(
    r"^\W{0,4}(?:about the (?:author|writer)s?:?|(?:the )?"
    r"(?:writer|author|columnist|contributor)s? "
    r"(?:is|are|was|were|has|have|teach|work|serve|tweet|can be)\b|(?:he|she|they) "
    r"(?:can be reached|tweets?|may be contacted)\b|(?:e-?mail|twitter|x|contact):? \S*@"
    r"|مصنف|لکھاری|لیکوال|نویسنده:)",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"^\W{0,3}(?:e-?mail:?\s*)?\S+@\S+\.\w+\W{0,3}$", re.IGNORECASE)


def cut_of(line: str) -> Cut:
    """Return why a line of any text is furniture; "": it is none. Long lines never are."""
    if len(line) > _LINE or not line:
        return ""
    if _SHARE.match(line):
        return "share"
    if _NAVIGATION.match(line):
        return "navigation"
    if _NOTICE.match(line):
        return "notice"
    if _BIO.match(line) or _EMAIL.match(line):
        return "bio"
    return ""


def marked(lines: Iterable[str]) -> tuple[Passage, ...]:
    """Return the lines that are not empty as passages, furniture marked; bios in the ends alone.

    "The author is …" may begin a sentence of the text; at its beginning or end it is a bio.
    """
    found = [line for line in lines if line.strip()]
    last = len(found) - 1
    passages = []
    for number, line in enumerate(found):
        cut = cut_of(line)
        if cut == "bio" and 3 < number < last - 5:
            cut = ""
        passages.append(Passage(text=line, cut=cut))
    return tuple(passages)


# --- pages ----------------------------------------------------------------------------------


def of_pages(pages: Sequence[Sequence[str]]) -> list[list[Passage]]:
    """Return the lines of each page, heads, feet and page numbers marked.

    A head stands among the first or last lines of several pages, its figures aside; a page number
    stands alone on such a line. A document of one page has no running head that could be known.
    """
    often = _running(pages)
    return [_page(page, often) for page in pages]


def _running(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_key(page[n]) for edge in _edges(page) for n in edge} - {""})
    needed = max(2, _OFTEN * len(pages))
    return frozenset(key for key, times in counts.items() if times >= needed)


def _edges(page: Sequence[str]) -> tuple[list[int], list[int]]:
    """The first lines of a page and the last, from the outside in."""
    numbers = [number for number, line in enumerate(page) if line.strip()]
    return numbers[:EDGE], numbers[: -EDGE - 1 : -1]


def _key(line: str) -> str:
    """A line as it is compared over pages: its figures, cases and spaces make no difference."""
    if len(line) > _SHORT:
        return ""
    return re.sub(r"[\d۰-۹٠-٩]+", "#", "".join(line.split()).casefold())


def _page(page: Sequence[str], often: frozenset[str]) -> list[Passage]:
    """The lines of a page; at each edge the first line of the text ends the search."""
    cuts: dict[int, Cut] = {}
    for edge, cut in zip(_edges(page), _EDGES, strict=True):
        for number in edge:
            numbered = bool(_NUMBER.match(page[number]))
            if not numbered and _key(page[number]) not in often:
                break
            cuts[number] = "page number" if numbered else cut
    return [Passage(text=line, cut=cuts.get(number, "")) for number, line in enumerate(page)]


_EDGES: tuple[Cut, Cut] = ("head", "foot")
