"""Is this an article? Walls, notices and lists of headlines are refused, with the reason in words.

A text extractor finds text in a captcha page too. What gives such a page away is less one phrase
than the proportions: a wall says little besides its phrases, a list is made of other pages'
headlines, a notice speaks of itself and to its visitor. So phrases count only in a text that is
short without them, a page marked up as news needs stronger evidence, and news that tells who said
what, of others, is news whatever it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from monitor.model import ArticleText, Dropped, Reason
from monitor.stages.screen import talk
from monitor.stages.screen.families import FAMILIES, Family, Kind
from monitor.stages.screen.page import Page, listing, own_lines

TEASED = 0.25  # of a teaser and its paywall inside the paywall
LEAST_CHARS = 50  # shorter than one sentence of news
BRIEF = 40  # words: a text so short is news only where it names a speaker or a day
LEAST_LINE = 120  # characters: a paragraph of news is longer
NOTICE_WORDS = 130  # a notice to visitors is shorter than this
MOST_WORDS = 600
WALLS_SELDOM = 300  # words: beyond that only consent walls go
LONG_WALL = (
    "cookie", "partner", "consent", "zustimm", "einwillig", "çerez", "کوک", "رضامندی", "куки",
)  # fmt: skip
_OF_CONSENT = (
    *LONG_WALL, "privac", "datenschutz", "gdpr", "dsgvo", "rgpd", "vendor", "tracking", "ارتباط",
    "कुक", "согласи", "confidentialit", "personal data", "advertis",
)  # fmt: skip
BOXED = 0.6  # of a text's own words inside a box that is named for a wall

CHALLENGE = (
    b"_cf_chl_opt", b"cf-browser-verification", b"/cdn-cgi/challenge-platform/h/", b"px-captcha",
    b"captcha-delivery.com", b"_Incapsula_Resource", b"sec-if-cpt-container",
    b"awsWafCookieDomainList", b"ddos-guard/js-challenge", b".awswaf.com/", b"/.within.website/x/",
    b"perfdrive.com", b"kasada",
)  # fmt: skip
"""What stands in the bytes of a bot check; each is sought by itself, ten times sooner."""


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a page says itself, without the headlines of other pages around it."""

    title: str
    body: str
    words: int
    others: int  # lines that were other pages' headlines
    speaks: int  # how often it speaks to its reader or of itself
    plain: bool  # too long for any wall but one of consent, of which it says not a word
    tells: bool  # it names who said something, or the day of an event
    news: bool  # it does so of others alone, and more than once

    @classmethod
    def of(cls, text: ArticleText, page: Page) -> Own:
        """Return the page's own part of ``text``."""
        lines, others = own_lines(text, page)
        body = "\n".join(lines)
        words = talk.counted(body)
        long = words > WALLS_SELDOM and not _says_any(LONG_WALL, body)
        if long or words > MOST_WORDS:  # no wall is so long: what it says need not be counted
            return cls(
                title=text.title, body=body, words=words, others=others, speaks=0,
                plain=words > MOST_WORDS or not _says_any(_OF_CONSENT, body), tells=True, news=True,
            )  # fmt: skip
        addresses = talk.to_reader(body)
        told, dated = talk.reported(body), talk.dated(body)
        return cls(
            title=text.title,
            body=body,
            words=words,
            others=others,
            speaks=addresses + talk.of_page(f"{text.title}\n{body}"),
            plain=False,
            tells=told + dated > 0,
            news=(told >= 2 or (told >= 1 and dated >= 1)) and addresses == 0,
        )

    @cached_property
    def sentences(self) -> Sequence[tuple[str, int, bool]]:
        """Its sentences as the patterns read them, their words, and whether they are about it."""
        parts = talk.SENTENCE.split(talk.straight(self.body))
        return [(part, talk.counted(part), talk.of_itself(part)) for part in parts]


def screen(
    text: ArticleText,
    *,
    body: bytes | str,
    url: str = "",
    status: int = 200,
    page: Page | None = None,
) -> Dropped | None:
    """Return None for an article, else why it is none. Never raises.

    ``body`` is the page ``text`` was taken from, ``status`` what the server answered with it;
    ``page`` are its marks, where it has been parsed already. A refusal names its ``Kind`` and
    carries the text, should a person know better.
    """
    if status >= 400:
        found: Dropped | None = _refused(Kind.STATUS, f"the server answered {status}")
    else:
        found = _found(text, page or Page.of(body), url)
    return None if found is None else replace(found, text=text)


def _found(text: ArticleText, page: Page, url: str) -> Dropped | None:
    # A list is known by its links, whatever its length; the rest only while the text is short.
    a_list = listing(text, page, url)
    own = Own.of(text, page)
    if a_list is not None and own.words > NOTICE_WORDS:
        return _refused(Kind.LIST, a_list)
    wall = _wall(own, page)
    if wall is not None:
        return wall
    if a_list is not None:
        return _refused(Kind.LIST, a_list)
    if _is_notice(own, page) and len(own.body) >= LEAST_CHARS:
        return _notice(own, page)
    return _too_little(own, page)


def _says_any(words: Sequence[str], body: str) -> bool:
    folded = body.casefold()
    return any(word in folded for word in words)


def _wall(own: Own, page: Page) -> Dropped | None:
    if own.plain:
        return None
    if own.words < 300 and any(mark in page.raw for mark in CHALLENGE):
        return _refused(Kind.CHALLENGE, "a bot check stands in front of the page")
    points = {family: _points(family, own, page) for family in FAMILIES}
    best = max(points, key=lambda family: points[family])
    return _refused(best.kind, best.what) if points[best] else None


def _is_notice(own: Own, page: Page) -> bool:
    if page.news or own.news or not 3 <= own.words <= NOTICE_WORDS:
        return False
    said = f"{own.title}\n{own.body}"
    if own.words <= BRIEF and not own.tells:  # no speaker, and no day of an event
        return own.speaks > 0 or (not page.dated and _hints(own, page))
    share = talk.share_of_itself(said)
    dense = own.speaks >= max(3, 0.06 * own.words) and share >= 0.25
    return dense or (own.speaks >= 1 and share >= 0.55)


def _notice(own: Own, page: Page) -> Dropped:
    """Refuse a notice as the kind that its words come nearest to."""
    points = {family: _likeness(family, own, page) for family in FAMILIES}
    best = max(points, key=lambda family: points[family])
    if points[best]:
        return _refused(
            best.kind, f"it speaks to its reader, not of an event; most likely {best.what}"
        )
    return _refused(Kind.NOTICE, "a notice: it speaks to its reader, not of an event")


def _hints(own: Own, page: Page) -> bool:
    """Return whether a text that speaks to nobody has at least a wall's phrase or machinery."""
    return any(_hits(family, own)[0] or family.kind in page.signs for family in FAMILIES)


def _likeness(family: Family, own: Own, page: Page) -> int:
    strong, hits, _ = _hits(family, own)
    titles = (talk.folded(own.title), talk.folded(page.title))
    titled = any(family.title.search(title) or family.strong.search(title) for title in titles)
    return 2 * len(strong) + len(hits) + 2 * titled + 2 * (family.kind in page.signs)


def _too_little(own: Own, page: Page) -> Dropped | None:
    longest = max(map(len, own.body.split("\n")))
    if own.others >= 10 and longest < LEAST_LINE:
        return _refused(Kind.LIST, f"a list: {own.others} lines are headlines of other pages")
    if len(own.body) >= LEAST_CHARS:
        return None
    if own.others >= 10:
        return _refused(Kind.LIST, f"a list: {own.others} lines are headlines of other pages")
    if Kind.SCRIPT in page.signs:
        return _refused(Kind.SCRIPT, "the page shows nothing without JavaScript")
    short = f"the text has {len(own.body)} characters: less than one sentence of news"
    return Dropped(reason=Reason.TOO_SHORT, detail=short, kind=Kind.SHORT.value)


def _refused(kind: Kind, detail: str) -> Dropped:
    return Dropped(reason=Reason.NOT_ARTICLE, detail=detail, kind=kind.value)


# --- how it talks ---------------------------------------------------------------------------


def _points(family: Family, own: Own, page: Page) -> int:
    """Return how surely a page talks like this family and says little else; 0: it does not."""
    if own.words > family.most_words:
        return 0
    boxed = _boxed(family.kind, own, page)
    if own.news and not family.under_news and not boxed:
        return 0
    titles = {talk.folded(own.title), talk.folded(page.title)}
    headed = any(family.strong.search(title) for title in titles)
    speaks = own.speaks > 0 or (headed and not own.tells)
    sign = family.kind in page.signs
    if not (speaks or boxed or family.under_news or (sign and not page.news)):
        return 0  # whatever phrases it has
    titled = any(family.title.search(title) for title in titles)
    strong, hits, noise = _hits(family, own, beside=None if boxed else family.beside)
    if own.words - noise > family.beside and not boxed:
        return 0
    enough = 2 if page.news else 1
    told = (
        (bool(strong) and len(hits) >= enough and (speaks or family.under_news))
        or (not page.news and len(hits) >= 3 and speaks)
        or ((titled or headed) and (bool(hits) or own.words < 40) and speaks)
        or (sign and bool(hits) and not page.news)
        or (boxed and (bool(hits) or not page.news or family.under_news))
    )
    return 2 * len(strong) + len(hits) + 3 * sign + 3 * boxed + 2 * titled + headed if told else 0


def _hits(
    family: Family, own: Own, *, beside: int | None = None
) -> tuple[set[str], set[str], int]:  # fmt: skip
    """Return the strong phrases, all phrases, and the words of sentences that hold them.

    Where it is sure that more than so many words stand ``beside`` them, the rest is not read, and
    counted as if it held some.
    """
    strong: set[str] = set()
    hits: set[str] = set()
    noise, unread = 0, sum(words for _, words, _ in own.sentences)
    for sentence, words, of_itself in own.sentences:
        mine = {m[0] for m in family.strong.finditer(sentence)}
        also = {m[0] for m in family.weak.finditer(sentence)}
        strong |= mine
        hits |= mine | also
        unread -= words
        if mine or also or of_itself:
            noise += words
        if beside is not None and own.words - noise - unread > beside:
            return strong, hits, noise + unread
    return strong, hits, noise


def _boxed(kind: Kind, own: Own, page: Page) -> bool:
    """Return whether most of what the page says itself stands in a box named for such a wall."""
    box = page.boxes.get(kind, "")
    if not box or not own.body:
        return False
    inside = sum(len(line) for line in own.body.split("\n") if line in box)
    if kind is Kind.PAYWALL:  # a teaser stands before it
        return inside >= TEASED * len(own.body) and own.speaks > 0
    return inside >= BOXED * len(own.body)
