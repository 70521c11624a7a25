"""The boxes and the machinery of a page, known by the names its makers gave them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from monitor.stages.screen.kinds import Kind

LOCKED = re.compile(r'"isAccessibleForFree"\s{0,9}:\s{0,9}"?(false|no)\b', re.IGNORECASE)

# What the makers of such boxes call them: products and the plain words of templates. A name that
# the pattern fits holds one of the words before it, which are looked for first.
BOXES = (
    (
        Kind.CONSENT, 900,
        (
            "onetrust didomi sp_message quantcast usercentrics cookie trust iubenda consent cmp"
            " gdpr dsgvo klaro privacy fc-"
        ),
        re.compile(
            r"onetrust|didomi|sp_message|qc-cmp|quantcast|usercentrics|cookie-?bot|trustarc|truste"
            r"|iubenda|consent|cookie|\bcmp[-_b]|\bcmp\b|gdpr|dsgvo|klaro|cookiefirst"
            r"|privacy-?(wall"
            r"|gate|popup|banner|manager|center)|fc-(dialog|consent)"
        ),
    ),
    (
        Kind.PAYWALL, 160,
        (
            "wall piano tp- metered premium- subscri muro plus locked content-gate aboshop poool"
            " zephr leaky"
        ),
        re.compile(
            r"pay-?wall|reg-?wall|piano|\btp-|metered|premium-(lock|box|teaser)|subscribe-?(wall"
            r"|gate|prompt)|subscription-?(wall|gate|offer)|muro|plus-?teaser|locked|content-gate"
            r"|aboshop|poool|zephr|leaky"
        ),
    ),
    (
        Kind.CHALLENGE, 250,
        "captcha challenge cf- turnstile anubis bot px- sec- human interstitial",
        re.compile(
            r"captcha|challenge|cf-(error|wrapper|browser)|turnstile|anubis|bot-?(check"
            r"|detect|wall)"
            r"|px-|sec-(if|cpt)|human-?(check|verif)|interstitial-check"
        ),
    ),
    (
        Kind.MISSING, 200,
        "404 found no-results missing error",
        re.compile(
            r"error-?404|\b404\b|page-?404|not-?found|no-results|page-?missing|error-?page"
            r"|http-error"
        ),
    ),
    (
        Kind.LOGIN, 160,
        "login log-in signin sign-in auth sso register-form member account-form",
        re.compile(r"log-?in|sign-?in|\bauth\b|auth-|\bsso\b|register-form|member-?gate|account-form"),
    ),
    (
        Kind.LEGAL, 250,
        "geo region legal 451",
        re.compile(
            r"geo-?(block|restrict|fence|wall|gate)|region-?(block|lock|restrict)|legal-?block"
            r"|\b451\b"
        ),
    ),
    (
        Kind.MAINTENANCE, 250,
        "maintenance wp-die offline construction parked",
        re.compile(r"maintenance|wp-die|site-?offline|under-?construction|parked"),
    ),
)  # fmt: skip
STEMS = {kind: tuple(stems.split()) for kind, _, stems, _ in BOXES}
ROOTS = re.compile(r"root|app|app-root|__next|__nuxt|___gatsby|main-app|react-root|svelte|ember\w*")
CAPTCHAS = (
    "g-recaptcha",
    "h-captcha",
    "hcaptcha",
    "cf-turnstile",
    "frc-captcha",
    "captcha-container",
)
_WHOLE = {"html", "body", "main", "article"}

Named = Sequence[tuple[HtmlElement, str, str]]
_STRING = etree.XPath("string()", smart_strings=False)


def words_of(element: etree._Element) -> str:
    """Return the text of an element on one line."""
    said = str(_STRING(element)) if len(element) else element.text or ""  # most links hold no other
    return " ".join(said.split())


def named(root: HtmlElement) -> Named:
    """Return the first elements that have names, with their id and their classes."""
    found = ((element, element.get("id"), element.get("class")) for element in root.iter())
    names = ((one, first or "", other or "") for one, first, other in found if first or other)
    return list(islice(names, 20_000))


def boxes(marked: Named) -> dict[Kind, str]:
    """Return the text of boxes whose name says what they are, where they are no longer than such.

    A page may call its whole frame "paywall" or "cookie-consent": those are no boxes.
    """
    elements: dict[str, list[HtmlElement]] = {}
    for element, first, other in marked:
        elements.setdefault(f"{first} {other}".lower()[:500], []).append(element)
    every = "\n".join(elements)
    texts: dict[HtmlElement, str] = {}
    return {
        kind: "\n".join(dict.fromkeys(found))
        for kind, most, _, pattern in BOXES
        if (stems := [stem for stem in STEMS[kind] if stem in every])
        and (found := _held(elements, stems, pattern, most, texts))
    }


def _held(
    elements: dict[str, list[HtmlElement]],
    stems: Sequence[str],
    pattern: re.Pattern[str],
    most: int,
    texts: dict[HtmlElement, str],
) -> list[str]:
    """Return the texts of the boxes whose name fits a pattern; ``texts`` has those read before."""
    found = []
    for name, boxes in elements.items():
        if not any(stem in name for stem in stems) or not pattern.search(name):
            continue
        for box in boxes:
            if box.tag not in _WHOLE:
                text = texts[box] = texts[box] if box in texts else words_of(box)
                if 3 <= len(text.split()) <= most:
                    found.append(text)
    return found


def others(root: HtmlElement) -> dict[Kind, str]:
    """Return what browsers show without scripts, and forms that ask for a password."""
    told = {Kind.SCRIPT: "\n".join(words_of(element) for element in root.iter("noscript"))}
    forms = [form for form in root.iter("form") if _asks_password(form)]
    if forms:
        told[Kind.LOGIN] = "\n".join(words_of(form) for form in forms)
    return {kind: text for kind, text in told.items() if text.strip()}


def _asks_password(element: HtmlElement) -> bool:
    return any(one.get("type") == "password" for one in element.iter("input"))


def signs(root: HtmlElement, data: Sequence[str], marked: Named) -> list[Kind]:
    """Return the kinds that the machinery of a page speaks of: forms, locks, shells of scripts."""
    found = []
    if _asks_password(root):
        found.append(Kind.LOGIN)
    if any(LOCKED.search(one) for one in data):
        found.append(Kind.PAYWALL)
    frame = " ".join(one.get("class") or "" for one in root.iter("body", "main")).lower()
    if re.search(r"error-?404|\b404\b|not-?found|page-error", frame):
        found.append(Kind.MISSING)
    names = "\n".join(f"{first} {other}" for _, first, other in marked[:5000]).lower()
    if root.xpath("//*[@data-sitekey]") or any(one in names for one in CAPTCHAS):
        found.append(Kind.CHALLENGE)
    if _is_shell(root, marked):
        found.append(Kind.SCRIPT)
    return found


def _is_shell(root: HtmlElement, marked: Named) -> bool:
    """Return whether the place where a script would build the page is all but empty."""
    places = [one for one, first, _ in marked if first and ROOTS.fullmatch(first.lower())]
    places += list(root.iter("app-root"))
    return any(len(words_of(place).split()) < 25 for place in places)
