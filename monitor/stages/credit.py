"""Which agencies a text itself credits: in its byline, its dateline, or its last words.

A credit says whose text it is. A photograph's credit, an agency named as a source ("told AFP"), and
the party or the province that shares an agency's letters are none.
"""

from __future__ import annotations

import re
import string

HEAD = 400  # code points in which a dateline stands, behind a caption or a kicker
TAIL = 240  # code points at the end, once the page's furniture is off
MOST = 6

_AGENCIES = {
    "APP": ("APP", "Associated Press of Pakistan"),
    "AP": ("AP", "Associated Press", "The Associated Press"),
    "AFP": ("AFP", "Agence France-Presse", "Agence France Presse"),
    "Reuters": ("Reuters", "REUTERS", "Thomson Reuters"),
    "ISPR": ("ISPR", "Inter-Services Public Relations", "Inter Services Public Relations"),
    "Xinhua": ("Xinhua", "XINHUA", "Xinhua News Agency"),
    "ANI": ("ANI", "Asian News International"),
    "PTI": ("PTI", "Press Trust of India"),
    "IANS": ("IANS", "Indo-Asian News Service"),
    "UNI": ("UNI", "United News of India"),
    "TASS": ("TASS", "Itar-Tass", "ITAR-TASS"),
    "RIA Novosti": ("RIA Novosti", "Ria Novosti", "Sputnik"),
    "Anadolu": ("Anadolu", "Anadolu Agency", "AA"),
    "IRNA": ("IRNA",),
    "dpa": ("dpa", "DPA", "Deutsche Presse-Agentur"),
    "UPI": ("UPI", "United Press International"),
    "Bloomberg": ("Bloomberg", "BLOOMBERG"),
    "Kyodo": ("Kyodo", "KYODO"),
    "Bakhtar": ("Bakhtar", "BNA", "Bakhtar News Agency", "Bakhtar News"),
    "Pajhwok": ("Pajhwok", "PAN", "Pajhwok Afghan News", "Pajhwok News"),
    "Khaama": ("Khaama", "Khaama Press", "KP News Agency"),
    "TOLO": ("TOLO", "TOLOnews", "TOLO News", "Tolo News", "TOLONews", "ToloNews"),
    "Ariana": ("Ariana News", "ATN News"),
    "Amu": ("Amu", "Amu TV"),
    "AIP": ("AIP", "Afghan Islamic Press"),
    "INP": ("INP", "Independent News Pakistan"),
    "NNI": ("NNI", "News Network International"),
    "PPI": ("PPI", "Pakistan Press International"),
    "KPI": ("KPI", "Kashmir Press International"),
    "Online": ("Online", "ONLINE", "Online News Agency"),
    "Sabah": ("Sabah", "SABAH", "Sabah News", "Sabah News Agency"),
}
_NAME_OF = {name.casefold(): agency for agency, names in _AGENCIES.items() for name in names}
# Said in words by themselves these are a party, a family, a pronoun of the web or a sea.
_SPELT = {name: agency for agency, names in _AGENCIES.items() for name in names}
_ANY = "|".join(re.escape(name) for name in sorted(_SPELT, key=len, reverse=True))
_LIST = rf"(?:{_ANY})(?:\s*(?:/|,|;|&|\band\b|-)\s*(?:{_ANY}|Agencies))*"

_PLACE = r"[A-Z][\w.'’\-]*(?:[ /,]{1,2}[A-Z\[][\w.'’\-\]]*){0,4}"
_WHEN = r"(?:,?\s*(?:\d{1,2}\s+)?[A-Z][a-z]{2,8}\.?\s*(?:\d{1,2})?(?:,?\s*\d{4})?)?"
_DASH = r"(?:\s*(?:[-–—:/=.]|--)|\s*\Z)"
_DATELINES = (
    # ISLAMABAD (APP): · KABUL, Oct 12 (Xinhua) -- · (Reuters) - · Munich, May 31, 2025 (AFP) -
    re.compile(rf"(?:{_PLACE}{_WHEN}\s*[:,.\-–—]?\s*)?[(\[]({_LIST})[)\]]{_DASH}"),
    # MOSCOW, June 2. /TASS/.
    re.compile(rf"{_PLACE}{_WHEN}\.?\s*/({_LIST})/"),
    # KABUL: AFP — · ISLAMABAD - APP on a line of its own
    re.compile(rf"[A-Z][A-Z/ ]{{2,40}}\s*[:\-–—]\s*({_LIST})(?:\s*[-–—:]|\s*\Z)"),
)
_INPUT = re.compile(
    r"(?i:\b(?:with|additional|more|further)\s+(?:\w+\s+)?(?:inputs?|reporting|information)"
    rf"\s+(?:from|by)\s+(?:the\s+)?)({_LIST})(?!\w)"
)
_APP_WITH = re.compile(rf"\(({_LIST})\s+(?i:with\s+inputs?\b)")
_LAST = re.compile(
    rf"(?:[.!?…\"”’')\]]\s*(?P<dash>[-–—]{{0,2}})\s*|\n\s*[-–—]{{0,2}}\s*)"
    rf"[(\[]?(?P<who>{_LIST})[)\]]?\.?\Z"
)
_SIGNED = re.compile(r"\b(?:Reporting|Writing) by [^\n;]{3,120}[;)]\s*(?:\w+ )?[Ee]diting by\b")
_FURNITURE = re.compile(
    r"(?:\s*(?:COMMENTS?|Comments? are closed\.?|Copyright ©[^\n]*|Published in [^\n]{0,80}"
    r"|All rights reserved\.?|ADVERTISEMENT|Read more[^\n]{0,80}))+\s*\Z"
)
# A last line that describes a picture carries the picture's credit.
_CAPTION = re.compile(
    r"(?i)\b(?:file|representational|photo|image|picture|screengrab|pictured|seen (?:in|at|here)"
    r"|in this|undated|gestur\w+|addresses|a view of|shows?|stands? (?:near|at|guard)|walks?"
    r"|gathers?|poses?|looks? on|carry|carries)\b"
)
_HEADED = re.compile(r"(?i)\b(?:header|lead|cover|file) (?:image|photo|picture)\b|\bphotograph\b")


def credit(author: str | None, body: str) -> tuple[str, ...]:
    """Return the agencies credited with a text, each once, in a fixed spelling ("APP", "Reuters").

    Read from the byline, the dateline ("KABUL, Oct 12 (Xinhua) --") and the closing words
    ("— AFP", "With input from APP"). Never raises; reads only the ends of a text, so its cost does
    not grow with it.
    """
    found = [*_byline(author or ""), *_dateline(body[:HEAD]), *_closing(body)]
    return tuple(dict.fromkeys(found))[:MOST]


def _byline(author: str) -> list[str]:
    parts = re.split(r"\s*(?:[,;|/&•·()]|\band\b|\bBy\b|\bby\b|\s[-–—]\s)\s*", author[:HEAD])
    # "Our Correspondent", "Dawn Online" and people's names fall through: only whole parts count.
    return [_NAME_OF[part.casefold()] for part in parts if part.casefold() in _NAME_OF]


def _agencies(listed: str) -> list[str]:
    return [_SPELT[name] for name in re.findall(_ANY, listed)]


def _dateline(head: str) -> list[str]:
    for line in head.split("\n")[:6]:
        for form in _DATELINES:
            found = form.match(line.strip())
            if found:
                return _agencies(found.group(1))
    return []


def _closing(body: str) -> list[str]:
    end = _FURNITURE.sub("", body[-(TAIL * 4) :]).rstrip()[-TAIL * 2 :]
    found = [agency for listed in _INPUT.findall(end[-TAIL:]) for agency in _agencies(listed)]
    found += [agency for listed in _APP_WITH.findall(end[-TAIL:]) for agency in _agencies(listed)]
    if _SIGNED.search(end):
        found.append("Reuters")
    last = _LAST.search(end)
    if last and not _is_caption(end, last.group("dash")):
        found += _agencies(last.group("who"))
    return found


def _is_caption(end: str, dash: str | None) -> bool:
    """Whether the last line tells of a picture.

    Of the closing credits in 3,349 articles those behind a single dash in a short line were all a
    picture's; those without a dash, or behind a speaker's words, were the text's.
    """
    line = end.rsplit("\n", 1)[-1]
    if _HEADED.search(line):
        return True
    if len(line) >= TAIL:
        return False
    said = line.rstrip(" -–—.()[]" + string.ascii_letters).endswith(('"', "”", "’"))
    dashed = dash in {"-", "–", "—"} and not said
    return dashed or _CAPTION.search(line) is not None
