"""What newspapers do to another's text: edits, seeded, to measure whether copies are still found.

Each edit takes a text and two others of the same collection (a desk mixes agencies, a page carries
teasers of other stories) and returns what might be printed. The same seed edits the same way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

SENTENCE = re.compile(r"(?<=[.!?۔؟])[\"'”’»)\]]*\s+")
NUMBER = re.compile(r"(?<![\w,.])\d{1,3}(?:,\d{3})*(?![\w,]|\.\d)")
PLACES = ("ISLAMABAD", "PESHAWAR", "KABUL", "QUETTA", "KARACHI", "LAHORE", "KHYBER")
AGENCIES = ("APP", "AFP", "Reuters", "AP", "INP", "Agencies", "Xinhua")
LEADS = (
    (
        "In a development that is being followed closely in the region, officials and residents"
        " spoke of the matter on {day}, while details were still coming in from several places."
    ),
    (
        "The following account was put together from reports that reached this office on {day}"
        " evening and from what people on the spot said when they were asked by telephone."
    ),
    (
        "Our correspondent in {place} reports that the matter was the talk of the town on {day},"
        " and that further announcements are expected before the week is out."
    ),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TAILS = (
    "Also read: {title}", "Read more: {title}", "{title}", "A file photo. — AFP", "Photo: File",
    "Copyright © 2025. All rights reserved.", "Published in the print edition, {day}.",
    "Follow us on our channels for the latest updates.",
)  # fmt: skip
HEADLINES = (
    "What happened in {place} on {day}", "Officials give details of events in {place}",
    "{place} in the news again", "Day of developments in {place}", "{day}: the facts so far",
)  # fmt: skip
WORDS: Mapping[str, str] = {
    "said": "told reporters", "stated": "said", "told": "informed", "killed": "slain",
    "added": "went on to say", "also": "too", "attack": "assault", "attacked": "assaulted",
    "police": "law enforcers", "government": "administration", "minister": "cabinet member",
    "injured": "wounded", "wounded": "hurt", "died": "lost their lives", "several": "a number of",
    "many": "numerous", "against": "opposed to", "during": "in the course of", "near": "close to",
    "about": "around", "around": "some", "however": "but", "while": "whereas", "because": "since",
    "according to": "in the words of", "held": "organised", "meeting": "session", "area": "part",
    "people": "persons", "children": "minors", "man": "male", "women": "females", "help": "assist",
    "major": "big", "large": "sizeable", "decision": "ruling", "announced": "declared",
    "began": "started", "start": "begin", "ended": "concluded", "last": "past", "year": "season",
    "need": "require", "show": "demonstrate", "get": "obtain", "make": "render", "use": "employ",
    "country": "nation", "security forces": "troops", "militants": "fighters", "border": "frontier",
    "talks": "negotiations", "reopened": "opened again", "closed": "shut", "demanded": "called for",
    "urged": "called upon", "reported": "recorded", "expected": "anticipated", "more than": "over",
    "percent": "per cent", "per cent": "pc", "Rs": "Rs ", "$": "US$", "US": "United States",
}  # fmt: skip
SPELLINGS: Mapping[str, str] = {
    "programme": "program", "centre": "center", "defence": "defense", "labour": "labor",
    "organisation": "organization", "organised": "organized", "colour": "color", "honour": "honor",
    "neighbour": "neighbor", "favour": "favor", "travelled": "traveled", "cancelled": "canceled",
    "recognise": "recognize", "authorise": "authorize", "Khyber Pakhtunkhwa": "Khyber-Pakhtunkhwa",
    "Tehreek-e-Taliban": "Tehrik-i-Taliban", "Al-Qaeda": "al Qaeda", "Mohammad": "Muhammad",
}  # fmt: skip
WRITTEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
IN_WORDS = WRITTEN.split()
QUOTES = str.maketrans(dict(zip("“”‘’–—…\u00a0´", "\"\"''--. '", strict=True)))
EASTERN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A headline and a text."""

    title: str
    body: str


Others = Sequence[Printed]
Edit = Callable[[random.Random, Printed, Others], Printed]


def edited(kind: str, text: Printed, others: Others, seed: object) -> Printed:
    """Return ``text`` after the edit of that name in ``EDITS``; ``others`` are two other texts."""
    return EDITS[kind](random.Random(f"{seed}/{kind}"), text, others)  # noqa: S311


# --- pieces ---------------------------------------------------------------------------------


def _pieces(body: str) -> tuple[list[str], str]:
    """Return the paragraphs, or where there are few the sentences, and what joins them."""
    lines = [line for line in body.split("\n") if line.strip()]
    if len(lines) >= 8:
        return lines, "\n"
    return [piece for piece in SENTENCE.split(body) if piece.strip()], " "


def _first_words(body: str, share: float) -> str:
    """Return the first part of a text, whole words, line breaks kept."""
    ends = [match.end() for match in re.finditer(r"\S+", body)]
    return body[: ends[int(len(ends) * share) - 1]] if len(ends) > 1 else body


def _said_otherwise(body: str, table: Mapping[str, str], chance: random.Random, rate: float) -> str:
    names = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)")
    return pattern.sub(lambda m: table[m[0]] if chance.random() < rate else m[0], body)


def _another_number(chance: random.Random, found: str) -> str:
    value = int(found.replace(",", ""))
    if 1900 <= value <= 2100:
        return found
    return f"{max(1, value + chance.choice((-2, -1, 1, 2, 3, 7)) * max(1, value // 10)):,}"


# --- the edits ------------------------------------------------------------------------------


def cut(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Cut to 60 % from the end, as for a smaller hole on the page."""
    return replace(text, body=_first_words(text.body, chance.uniform(0.58, 0.62)))


def thinned(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Two fifths taken out, paragraph by paragraph, anywhere but at the beginning."""
    pieces, join = _pieces(text.body)
    left = 0.6 * sum(map(len, pieces))
    out: set[int] = set()
    for at in chance.sample(range(1, len(pieces)), len(pieces) - 1):
        if sum(len(p) for n, p in enumerate(pieces) if n not in out) - len(pieces[at]) >= left:
            out.add(at)
    return replace(text, body=join.join(p for n, p in enumerate(pieces) if n not in out))


def introduced(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Give it a dateline, an agency or a correspondent, and often an opening of its own."""
    place, agency = chance.choice(PLACES), chance.choice(AGENCIES)
    opening = chance.choice(
        (f"{place} ({agency}): ", f"{place}, {chance.choice(DAYS)} — ({agency}) ")
    )
    by_line = chance.choice(("", "By our correspondent\n", f"Monitoring Desk\n{agency}\n"))
    lead = chance.choice(LEADS).format(place=place.title(), day=chance.choice(DAYS))
    lead = f"{lead}\n" if chance.random() < 0.7 else ""
    return replace(text, body=f"{by_line}{lead}{opening}{text.body}")


def tolls(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Change every figure that is no year, in headline and text, the same way each time."""
    made: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        return made.setdefault(match[0], _another_number(chance, match[0]))

    return Printed(title=NUMBER.sub(other, text.title), body=NUMBER.sub(other, text.body))


def headline(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Put another headline over it: its own first words, or none that it had."""
    words = text.body.split()
    made = chance.choice(HEADLINES).format(
        place=chance.choice(PLACES).title(), day=chance.choice(DAYS)
    )
    return replace(text, title=chance.choice((made, " ".join(words[4:13]))))


def reordered(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Shuffle all paragraphs."""
    pieces, join = _pieces(text.body)
    return replace(text, body=join.join(chance.sample(pieces, len(pieces))))


def sub_edited(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Other words for common ones, the other spelling, "said" become "told reporters"."""
    body = _said_otherwise(text.body, WORDS, chance, 0.7)
    return replace(text, body=_said_otherwise(body, SPELLINGS, chance, 1.0))


def mixed(chance: random.Random, text: Printed, others: Others) -> Printed:
    """Two agencies in one report: two thirds of this text, a third of another's."""
    mine, join = _pieces(_first_words(text.body, 0.9))
    theirs = _pieces(_first_words(others[0].body, 0.5))[0]
    room = max(1, len(join.join(mine)) // 2)
    taken: list[str] = []
    while theirs and sum(map(len, taken)) + len(theirs[0]) < room:
        taken.append(theirs.pop(0))
    at = chance.choice((len(mine), max(1, len(mine) // 2)))
    return replace(text, body=join.join([*mine[:at], *taken, *mine[at:]]))


def captioned(chance: random.Random, text: Printed, others: Others) -> Printed:
    """Teasers, captions and standing lines at the end, some between paragraphs."""
    titles = [other.title for other in others] * 3
    lines = [chance.choice(TAILS).format(title=title, day=chance.choice(DAYS)) for title in titles]
    pieces, join = _pieces(text.body)
    at = len(pieces) // 2
    between = chance.choice(([], [f"READ: {titles[0]}"]))
    return replace(text, body=join.join([*pieces[:at], *between, *pieces[at:], "\n".join(lines)]))


def requoted(_: random.Random, text: Printed, __: Others) -> Printed:
    """Straight quotes for curly ones, hyphens for dashes, plain spaces."""
    return Printed(title=text.title.translate(QUOTES), body=text.body.translate(QUOTES))


def recased(chance: random.Random, text: Printed, _: Others) -> Printed:
    """A headline in capitals or small letters; now and then the whole text in capitals."""
    title = chance.choice((text.title.upper(), text.title.lower(), text.title.title()))
    whole = chance.random() < 0.3
    return Printed(title=title, body=text.body.upper() if whole else text.body)


def renumbered(chance: random.Random, text: Printed, _: Others) -> Printed:
    """Figures up to twenty in words and back, or all of them in the digits of Urdu."""
    if chance.random() < 0.5:
        return Printed(title=text.title.translate(EASTERN), body=text.body.translate(EASTERN))

    def in_words(match: re.Match[str]) -> str:
        return (
            IN_WORDS[int(match[0])] if int(match[0].replace(",", "")) < len(IN_WORDS) else match[0]
        )

    return Printed(title=NUMBER.sub(in_words, text.title), body=NUMBER.sub(in_words, text.body))


def combined(chance: random.Random, text: Printed, others: Others) -> Printed:
    """Three different edits, one after the other."""
    for kind in chance.sample(sorted(_SINGLE), 3):
        text = _SINGLE[kind](chance, text, others)
    return text


_SINGLE: Mapping[str, Edit] = {
    "cut to 60 %": cut,
    "paragraphs left out": thinned,
    "wire intro": introduced,
    "tolls changed": tolls,
    "headline changed": headline,
    "paragraphs reordered": reordered,
    "sub-edited": sub_edited,
    "two agencies mixed": mixed,
    "captions appended": captioned,
    "quotes normalised": requoted,
    "case changed": recased,
    "numerals translated": renumbered,
}
EDITS: Mapping[str, Edit] = {**_SINGLE, "three of these": combined}
