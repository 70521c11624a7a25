"""The marks of a page that tell an article from a wall, a shell and a list of headlines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from monitor.model import ArticleText
from monitor.stages.screen.kinds import Kind
from monitor.stages.screen.talk import counted

NEWS_TYPES = re.compile(
    r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(\w*NewsArticle|Article|BlogPosting|LiveBlogPosting|Report'
    r'|OpinionNewsArticle|AnalysisNewsArticle|Recipe|Product|ScholarlyArticle)"'
)
LOCKED = re.compile(r'"isAccessibleForFree"\s{0,9}:\s{0,9}"?(false|no)\b', re.IGNORECASE)

# What the makers of such boxes call them: products and the plain words of templates.
BOXES = (
    (
        Kind.CONSENT, 900,
        re.compile(
            r"onetrust|didomi|sp_message|qc-cmp|quantcast|usercentrics|cookie-?bot|trustarc|truste"
            r"|iubenda|consent|cookie|\bcmp[-_b]|\bcmp\b|gdpr|dsgvo|klaro|cookiefirst"
            r"|privacy-?(wall"
            r"|gate|popup|banner|manager|center)|fc-(dialog|consent)"
        ),
    ),
    (
        Kind.PAYWALL, 160,
        re.compile(
            r"pay-?wall|reg-?wall|piano|\btp-|metered|premium-(lock|box|teaser)|subscribe-?(wall"
            r"|gate|prompt)|subscription-?(wall|gate|offer)|muro|plus-?teaser|locked|content-gate"
            r"|aboshop|poool|zephr|leaky"
        ),
    ),
    (
        Kind.CHALLENGE, 250,
        re.compile(
            r"captcha|challenge|cf-(error|wrapper|browser)|turnstile|anubis|bot-?(check"
            r"|detect|wall)"
            r"|px-|sec-(if|cpt)|human-?(check|verif)|interstitial-check"
        ),
    ),
    (
        Kind.MISSING, 200,
        re.compile(
            r"error-?404|\b404\b|page-?404|not-?found|no-results|page-?missing|error-?page"
            r"|http-error"
        ),
    ),
    (
        Kind.LOGIN, 160,
        re.compile(r"log-?in|sign-?in|\bauth\b|auth-|\bsso\b|register-form|member-?gate|account-form"),
    ),
    (
        Kind.LEGAL, 250,
        re.compile(
            r"geo-?(block|restrict|fence|wall|gate)|region-?(block|lock|restrict)|legal-?block"
            r"|\b451\b"
        ),
    ),
    (
        Kind.MAINTENANCE, 250,
        re.compile(r"maintenance|wp-die|site-?offline|under-?construction|parked"),
    ),
)  # fmt: skip
ROOTS = re.compile(r"root|app|app-root|__next|__nuxt|___gatsby|main-app|react-root|svelte|ember\w*")
CAPTCHAS = re.compile(r"g-recaptcha|h-captcha|hcaptcha|cf-turnstile|frc-captcha|captcha-container")
_WHOLE = {"html", "body", "main", "article"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The little of a page that tells an article from the rest."""

    raw: bytes
    title: str = ""
    news: bool = False  # marked up as an article
    dated: bool = False  # says in its head when it was published
    headline: bool = False  # a first-level heading long enough to be one
    teasers: frozenset[str] = frozenset()  # headings that are links, three words and more
    links: frozenset[str] = frozenset()  # texts of links
    boxes: dict[Kind, str] = field(default_factory=dict)  # what stands in boxes named for a wall
    signs: frozenset[Kind] = frozenset()  # what its machinery alone speaks of

    @classmethod
    def of(cls, body: bytes | str) -> Self:
        """Return the marks of the page; an unreadable page has none."""
        raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
        parser = html.HTMLParser(remove_comments=True, encoding="utf-8")
        try:
            root = html.document_fromstring(raw, parser=parser)
        except (etree.LxmlError, ValueError, AssertionError):
            return cls(raw=raw)
        return cls(
            raw=raw,
            title=" ".join((root.findtext(".//title") or "").split()),
            news=_is_news(root),
            dated=_is_dated(root),
            headline=any(len(_words(h)) >= 20 for h in root.iter("h1")),
            teasers=frozenset(t for t in map(_teaser, _headings(root)) if t),
            links=frozenset(_words(a) for a in root.iter("a")),
            boxes=_boxes(root),
            signs=frozenset(_signs(root)),
        )


def _headings(root: HtmlElement) -> list[HtmlElement]:
    found = root.iter("h1", "h2", "h3", "h4", "h5", "h6")
    return [element for element in found if isinstance(element, HtmlElement)][:5000]


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _teaser(heading: HtmlElement) -> str:
    """Return the heading's text where it is a link or in one, and has the length of a headline."""
    linked = heading.find(".//a") is not None or next(heading.iterancestors("a"), None) is not None
    text = _words(heading) if linked else ""
    return text if len(text.split()) >= 3 else ""


def _is_news(root: HtmlElement) -> bool:
    """Return whether the page calls itself an article, in Open Graph or schema.org terms."""
    kinds = root.xpath("//meta[@property='og:type']/@content | //*[@itemtype]/@itemtype")
    said = {str(kind).rsplit("/", 1)[-1].lower() for kind in kinds} if kinds else set()
    if said & {"article", "newsarticle", "blogposting", "blog", "reportagenewsarticle"}:
        return True
    return any(NEWS_TYPES.search(data) for data in _data(root))


def _is_dated(root: HtmlElement) -> bool:
    found = root.xpath(
        "//meta[contains(@property, 'published') or contains(@name, 'date')]/@content"
        " | //*[@itemprop='datePublished'] | //time[@datetime and not(ancestor::a)]"
    )
    return bool(found) or any('"datePublished"' in data for data in _data(root))


def _data(root: HtmlElement) -> list[str]:
    scripts = root.xpath("//script[@type='application/ld+json']/text()")
    return [str(script)[:200_000] for script in scripts]


# --- machinery ------------------------------------------------------------------------------


def _boxes(root: HtmlElement) -> dict[Kind, str]:
    """Return the text of boxes whose name says what they are, where they are no longer than such.

    A page may call its whole frame "paywall" or "cookie-consent": those are no boxes.
    """
    found: dict[Kind, list[str]] = {}
    for element in root.xpath("//*[@class or @id]")[:20_000]:
        name = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
        for kind, most, pattern in BOXES:
            if element.tag in _WHOLE or not pattern.search(name[:500]):
                continue
            text = _words(element)
            if 3 <= len(text.split()) <= most:
                found.setdefault(kind, []).append(text)
    return {kind: "\n".join(dict.fromkeys(texts)) for kind, texts in found.items()} | _others(root)


def _others(root: HtmlElement) -> dict[Kind, str]:
    """Return what browsers show without scripts, and forms that ask for a password."""
    told = {Kind.SCRIPT: "\n".join(_words(element) for element in root.iter("noscript"))}
    forms = [form for form in root.iter("form") if form.xpath(".//input[@type='password']")]
    if forms:
        told[Kind.LOGIN] = "\n".join(_words(form) for form in forms)
    return {kind: text for kind, text in told.items() if text.strip()}


def _signs(root: HtmlElement) -> list[Kind]:
    signs = []
    if root.xpath("//input[@type='password']"):
        signs.append(Kind.LOGIN)
    if any(LOCKED.search(data) for data in _data(root)):
        signs.append(Kind.PAYWALL)
    frame = " ".join(str(name) for name in root.xpath("//body/@class | //main/@class")).lower()
    if re.search(r"error-?404|\b404\b|not-?found|page-error", frame):
        signs.append(Kind.MISSING)
    if root.xpath("//*[@data-sitekey]") or CAPTCHAS.search(_names(root)):
        signs.append(Kind.CHALLENGE)
    if _is_shell(root):
        signs.append(Kind.SCRIPT)
    return signs


def _names(root: HtmlElement) -> str:
    return " ".join(str(name) for name in root.xpath("//*/@class | //*/@id")[:5000]).lower()


def _is_shell(root: HtmlElement) -> bool:
    """Return whether the place where a script would build the page is all but empty."""
    places = [e for e in root.xpath("//*[@id]") if ROOTS.fullmatch(str(e.get("id")).lower())]
    places += list(root.iter("app-root"))
    return any(len(_words(place).split()) < 25 for place in places)


# --- lists ----------------------------------------------------------------------------------


def listing(text: ArticleText, page: Page, url: str) -> str | None:
    """Return why the page is a list of headlines, or None.

    The numbers stand between 342 pages of articles (at most 9 linked headlines inside the text, and
    37 % of it links) and the front and latest pages of newspapers.
    """
    lines = [line.lstrip("- ").strip() for line in text.body.split("\n")]
    linked = sum(len(line) for line in lines if line in page.links)
    if len(lines) >= 3 and linked > 0.6 * len(text.body):
        return "a list of links"
    inside = sum(1 for teaser in page.teasers if teaser in text.body)
    if inside >= 10:
        return f"a list: {inside} linked headlines stand in the text"
    if page.news:
        return None
    longest = max(map(len, lines), default=0)
    front = _path(url) in {"", "/"} and bool(url)
    short = not page.headline and longest < 400
    if len(page.teasers) >= (8 if front else 12) and (short or inside >= 5):
        return f"a list: {len(page.teasers)} linked headlines and no article among them"
    if len(page.teasers) >= 30 and longest < 350:
        return f"a list: {len(page.teasers)} linked headlines and no running text"
    return None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def own_lines(text: ArticleText, page: Page) -> tuple[list[str], int]:
    """Return the lines of a text that are its own, and how many were other pages' headlines.

    A line that is a link with a date or a site's name beside it belongs to another page; menus and
    names of sites are no sentences.
    """
    longer = sorted((link for link in page.links if len(link.split()) >= 3), key=len, reverse=True)
    begun = {link[:24]: link for link in longer[:4000]}
    ended = {link[-24:]: link for link in longer[:4000]}
    own, others = [], 0
    for raw in text.body.split("\n"):
        line = raw.lstrip("- ").strip()
        link = begun.get(line[:24]) or ended.get(line[-24:]) or ""
        beside = line.removeprefix(link) if line.startswith(link) else line.removesuffix(link)
        if link and len(beside) < len(line) and len(beside.split()) <= 6:
            others += 1
        elif line in page.links and len(line.split()) <= 6:
            continue
        elif " › " not in line and (
            counted(line) >= 4 or len(line) >= 60 or re.search(r"[.!?。！？۔؟।]\W*$", line)
        ):
            own.append(line)
    return own, others
