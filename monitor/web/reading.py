"""A text laid out for reading: its paragraphs by sentence, what counted in place, the grim folded.

Joined again, all pieces are the lines of the text that are not blank, exactly. The work and the
page are bounded: what lies beyond the room given is counted and left for another page.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from monitor.stages import graphic
from monitor.stages.claims.sentences import LONGEST_BODY, spans
from monitor.web.marks import Piece, Reasons, Span, apart, found_in, learnt_places, pieces
from monitor.web.words import Tongue, tongue

ROOM: Final = 22_000  # bytes of a text on its page, marks among them: some 3,500 English words
ALL_ROOM: Final = 1_000_000  # the same where all is asked for
MOST: Final = 12_000  # sentences laid out, however much is asked for
BARS: Final = 3
_LEAST_WEIGHT: Final = 0.2  # log-odds: less is not worth a bar
_OF_THE_STRONGEST: Final = 0.3
_A_MARK: Final = 44  # bytes that the page spends around one
_A_PARAGRAPH: Final = 40
_A_BIT_MORE: Final = 1.2  # a rest this small is not worth another page
_TOLD: Final = 14  # marked words told to those who listen
_EASTERN_END: Final = re.compile(r"[۔؟]+[\"'”’»)\]]{0,3}(?=[^\s۔؟\"'”’»)\]])")

Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence in pieces, the blank after it among them. ``barred``: it weighs among the most."""

    pieces: tuple[Piece, ...]
    barred: bool = False

    @property
    def text(self) -> str:
        """The sentence as it stands."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph, or a part of one: ``begins`` says that a line of the text begins here.

    ``aside``: it stands in a box of other stories or a list of links, and counted for nothing.
    """

    sentences: tuple[Sentence, ...]
    tongue: Tongue
    aside: bool = False
    begins: bool = True

    @property
    def text(self) -> str:
        """The paragraph as it stands."""
        return "".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Paragraphs that are shown, or ``folded``: so many sentences that wait to be asked for."""

    paragraphs: tuple[Paragraph, ...]
    folded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A word that was marked, told once: "Pakistan, 3 times"."""

    text: str
    label: str
    name: bool
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text laid out. ``left`` words of it, about, are not shown here: ``left_share`` of it."""

    blocks: tuple[Block, ...] = ()
    marked: tuple[Marked, ...] = ()
    left: int = 0
    left_share: float = 0.0
    passages: int = 0  # folded

    @property
    def bars(self) -> int:
        """How many sentences are barred."""
        return sum(s.barred for b in self.blocks for p in b.paragraphs for s in p.sentences)


def sentences(text: str) -> Iterator[Place]:
    """Give the sentences of one line, in order, each with the blanks after it: nothing is left out.

    Full stops of the Latin and the Arabic script end one; so do 900 code points.
    """
    for base in range(0, len(text), LONGEST_BODY):
        chunk = text[base : base + LONGEST_BODY]
        found = spans(chunk)
        starts = {0, *(start for start, _ in found[1:])}
        for start, end in found:
            starts.update(match.end() for match in _EASTERN_END.finditer(chunk, start, end))
        begun = [base + start for start in sorted(starts)]
        yield from zip(begun, [*begun[1:], base + len(chunk)], strict=True)


@dataclass(slots=True)
class _Line:
    """A sentence on its way: its place in the body, what stands in it, how it is shown."""

    start: int
    end: int
    line: int
    marks: Sequence[Span] = ()
    weight: float = 0.0
    grim: bool = False


@dataclass(slots=True)
class _Sheet:
    """What is laid out so far."""

    body: str
    room: int
    lines: list[_Line] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)  # of the lines of the text
    spent: float = 0.0
    until: int = 0


def laid_out(
    body: str,
    language: str | None,
    reasons: Reasons,
    *,
    aside: Sequence[Place] = (),
    plain: bool = False,
    room: int = ROOM,
) -> Reading:
    """Return ``body`` for reading, the sentences that weighed most in the verdict barred.

    ``plain``: the score is kept back for now, so nothing is shown that would tell it: no bars, and
    no words that were learnt. ``room`` is in bytes of the page. Never raises for what it is given.
    """
    places = [place for place in reasons.places if place.part != "title"]
    places += [] if plain else learnt_places(body, "body", reasons.learnt)
    every = found_in(body, places)
    sheet = _Sheet(body=body, room=room)
    _fill(sheet, apart(every), every)
    strong = set() if plain else _strongest(sheet.lines, aside)
    blocks = tuple(_blocks(sheet, strong, language, aside))
    left = body[sheet.until :]
    return Reading(
        blocks=blocks,
        marked=_marked(sheet),
        left=left.count(" ") + left.count("\n") + 1 if left.strip() else 0,
        left_share=len(left) / max(1, len(body)),
        passages=sum(1 for block in blocks if block.folded),
    )


def _fill(sheet: _Sheet, marks: Sequence[Span], every: Sequence[Span]) -> None:
    """Lay out sentence by sentence until the room is used; a small rest is taken along."""
    ends = [span.end for span in marks]  # none overlap: their ends are in order as well
    starts = [span.start for span in every]
    small = len(sheet.body.encode("utf-8", "replace")) + _A_MARK * len(marks)
    room = sheet.room * _A_BIT_MORE if small < sheet.room * _A_BIT_MORE else sheet.room
    for number, (begin, text) in enumerate(_lines(sheet.body)):
        sheet.places.append((begin, begin + len(text)))
        sheet.spent += _A_PARAGRAPH
        for start, end in sentences(text):
            one = _Line(start=begin + start, end=begin + end, line=number)
            first = bisect_left(ends, one.start + 1)
            one.marks = marks[first : first + _within(marks, first, one.end)]
            said = sheet.body[one.start : one.end]
            sheet.spent += len(said.encode("utf-8", "replace")) + _A_MARK * len(one.marks)
            if sheet.lines and (sheet.spent > room or len(sheet.lines) == MOST):
                return
            inside = every[bisect_left(starts, one.start) : bisect_left(starts, one.end)]
            one.weight = sum(span.place.weight for span in inside)
            one.grim = graphic.is_graphic(said)
            sheet.lines.append(one)
            sheet.until = one.end


def _within(marks: Sequence[Span], first: int, end: int) -> int:
    count = 0
    while first + count < len(marks) and marks[first + count].start < end:
        count += 1
    return count


def _lines(body: str) -> Iterator[tuple[int, str]]:
    """Give every line that is not blank, and where it begins."""
    start = 0
    while start < len(body):
        stop = body.find("\n", start)
        stop = len(body) if stop < 0 else stop
        line = body[start:stop]
        if line.strip():
            yield start, line
        start = stop + 1


def _strongest(lines: Sequence[_Line], aside: Sequence[Place]) -> set[int]:
    """The few sentences that weigh most, where they stand out at all."""
    heavy = [
        (-one.weight, at)
        for at, one in enumerate(lines)
        if one.weight >= _LEAST_WEIGHT and not _inside(one, aside)
    ]
    heavy.sort()
    if not heavy or len(lines) <= BARS:
        return set()
    floor = -heavy[0][0] * _OF_THE_STRONGEST
    return {at for weight, at in heavy[:BARS] if -weight >= floor}


def _inside(one: _Line, aside: Sequence[Place]) -> bool:
    return any(first <= one.start and one.end <= last for first, last in aside)


def _blocks(
    sheet: _Sheet, strong: set[int], language: str | None, aside: Sequence[Place]
) -> Iterator[Block]:
    numbered = enumerate(sheet.lines)
    for grim, run in groupby(numbered, key=lambda pair: pair[1].grim):
        sentences = list(run)
        paragraphs = tuple(
            _paragraph(sheet, list(part), strong, language, aside)
            for _, part in groupby(sentences, key=lambda pair: pair[1].line)
        )
        yield Block(paragraphs=paragraphs, folded=len(sentences) if grim else 0)


def _paragraph(
    sheet: _Sheet,
    part: Sequence[tuple[int, _Line]],
    strong: set[int],
    language: str | None,
    aside: Sequence[Place],
) -> Paragraph:
    one = part[0][1]
    first, last = sheet.places[one.line]
    return Paragraph(
        sentences=tuple(
            Sentence(
                pieces=tuple(pieces(sheet.body, line.start, line.end, line.marks)),
                barred=number in strong,
            )
            for number, line in part
        ),
        tongue=tongue(language, sheet.body[first : min(last, first + 400)]),
        aside=any(start <= first and last <= end for start, end in aside),
        begins=one.start == first,
    )


def _marked(sheet: _Sheet) -> tuple[Marked, ...]:
    """The words that are marked, each once, the commonest first."""
    counts: dict[tuple[str, str, bool], int] = {}
    for one in sheet.lines:
        for start, end, place in one.marks:
            key = (sheet.body[start:end], place.label, place.name)
            counts[key] = counts.get(key, 0) + 1
    often = sorted(counts.items(), key=lambda pair: -pair[1])[:_TOLD]
    return tuple(
        Marked(text=text, label=label, name=name, times=times)
        for (text, label, name), times in often
    )
