"""Is this an article? Walls, notices and lists of headlines are refused, with the reason in words.

A text extractor finds text in a captcha page too. What gives such a page away is less one phrase
than the proportions: a wall says little besides its phrases, a list is made of other pages'
headlines, a notice speaks to its visitor. So phrases count only in a text that is short without
them, and a page marked up as news needs stronger evidence.
"""

from __future__ import annotations

import re

from monitor.model import ArticleText, Dropped, Reason
from monitor.stages.screen.families import FAMILIES, Family
from monitor.stages.screen.page import Page, listing

LEAST_CHARS = 50  # shorter than one sentence of news
NOTICE_WORDS = 90  # a notice to visitors is shorter than this


CHALLENGE = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|/cdn-cgi/challenge-platform/h/|px-captcha|"
    rb"captcha-delivery\.com|_Incapsula_Resource|sec-if-cpt-container|awsWafCookieDomainList|"
    rb"ddos-guard/js-challenge",
)
ADDRESSED = re.compile(  # "us", "sie" and "su" are left out: the USA, she, his
    r"\b(you|your|yours|please|we|our|bitte|wir|unsere?|vous|votre|vos|veuillez|nous|usted|nuestro"
    r"|nosotros|вы|ваш|пожалуйста)\b|آپ|براہ کرم|ہماری|ہمارے|شما|لطفا|تاسو|مهرباني|يرجى"
)
POLITE = re.compile(r"(?<=[a-zäöüß,] )(Sie|Ihr|Ihre[nmrs]?|Ihnen)\b")
REPORTED = re.compile(
    r"\b(said|told|denied|officials|spokes\w+|according to|sagte|teilte|mitteilte|angaben|laut"
    r"|a déclaré|selon|según|dijo|по словам|сообщил\w*)\b|نے کہا|نے بتایا|کے مطابق|حکام|وویل|گفت"
)
QUOTED = re.compile(r"[“\"„«][^”\"»]{0,400}[”\"»]")
SENTENCE = re.compile(r"[.!?。۔؟\n|•]+")


def screen(
    text: ArticleText, *, body: bytes | str, url: str = "", status: int = 200
) -> Dropped | None:
    """Return None for an article, else why it is none. Never raises.

    ``body`` is the page ``text`` was taken from, ``status`` what the server answered with it.
    """
    if status >= 400:
        return _refused(f"the server answered {status}")
    page = Page.of(body)
    # A list is known by its links, whatever its length; the rest only while the text is short.
    a_list = listing(text, page, url)
    if a_list is not None:
        return _refused(a_list)
    words = len(text.body.split())
    if words < 300 and CHALLENGE.search(page.raw):
        return _refused("a bot check stands in front of the page")
    news = _reports(text.body) and not _addresses(text.body, words, least=1)
    for family in FAMILIES:
        fits = words <= family.most_words and (family.under_news or not news)
        if fits and _speaks(family, text, page, words):
            return _refused(family.what)
    if words <= NOTICE_WORDS and not (page.news or news) and _addresses(text.body, words):
        return _refused("a notice to visitors: it speaks to its reader, not of an event")
    return _too_short(text)


def _too_short(text: ArticleText) -> Dropped | None:
    if len(text.body) >= LEAST_CHARS:
        return None
    short = f"the text has {len(text.body)} characters: less than one sentence of news"
    return Dropped(reason=Reason.TOO_SHORT, detail=short)


def _refused(detail: str) -> Dropped:
    return Dropped(reason=Reason.NOT_ARTICLE, detail=detail)


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())


# --- how it talks ---------------------------------------------------------------------------


def _speaks(family: Family, text: ArticleText, page: Page, words: int) -> bool:
    """Return whether a page of ``words`` words talks like this family and says little else."""
    titles = {_folded(text.title), _folded(page.title)}
    titled = any(family.title.search(title) for title in titles)
    hits: set[str] = set()
    strong, noise = 0, 0
    for sentence in SENTENCE.split(text.body.casefold().replace("’", "'")):
        mine = {m[0] for m in family.strong.finditer(sentence)}
        also = {m[0] for m in family.weak.finditer(sentence)}
        strong += len(mine)
        hits |= mine | also
        noise += len(sentence.split()) if mine or also else 0
    if words - noise > family.beside:
        return False
    if titled and (hits or words < 40):
        return True
    enough = 2 if page.news else 1
    return (strong >= 1 and len(hits) >= enough) or (not page.news and len(hits) >= 3)


def _addresses(body: str, words: int, *, least: int = 3) -> bool:
    """Return whether a text talks to its reader, throughout or at all, quotations left out."""
    own = QUOTED.sub(" ", body)
    times = len(ADDRESSED.findall(own.casefold())) + len(POLITE.findall(own))
    return times >= max(least, 0.06 * words if least > 1 else 0)


def _reports(body: str) -> bool:
    """Return whether the text tells what others said, as news does and no wall."""
    return len(REPORTED.findall(body.casefold())) >= 2
