"""``torkham classify --top``: the best of a pile, with what was matched marked in its place."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifiers.types import Match, Text, Verdict
from monitor.edge.log import escaped

_AROUND = 90  # code points before and after the first name in the body
_PASSAGE = 320
_NAMES = 12

_LANGUAGES: Mapping[str, str] = {"ur": "Urdu", "ps": "Pashto", "fa": "Dari or Persian"}
_TRAPS: Mapping[str, str] = {
    "ur": "طالبان may be students, افغان a surname (Justice ... Afghan), کابل the river",
    "ps": "طالبان may be students, افغان stands in most Afghan news whatever it is about",
    "fa": "طالبان may be students, افغان and پاکستان may stand in news of Iran or of sport",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One judged text of a pile."""

    name: str
    text: Text
    verdict: Verdict

    def matches(self) -> list[Match]:
        """Every place that counted, once, in the order of the text."""
        found = {m for c in self.verdict.evidence.contributions for m in c.matches}
        order = {"title": 0, "lead": 1, "body": 2}
        return sorted(found, key=lambda m: (order[m.part], m.start, -m.end, m.concept))


@dataclass(slots=True, kw_only=True)
class Best:
    """Keeps the best ``most`` of what it is shown, whatever the pile's size; ties: first come."""

    most: int
    relevant_at: float
    queue_at: float
    judged: int = 0
    unread: int = 0
    above: list[int] = field(default_factory=lambda: [0, 0])
    languages: set[str] = field(default_factory=set)
    _heap: list[tuple[float, int, Ranked]] = field(default_factory=list)

    def add(self, name: str, text: Text, verdict: Verdict) -> None:
        """Take one judged text into account."""
        self.judged += 1
        self.above[0] += verdict.score >= self.relevant_at
        self.above[1] += verdict.score >= self.queue_at
        row = (verdict.score, -self.judged, Ranked(name=name, text=text, verdict=verdict))
        if len(self._heap) < self.most:
            heapq.heappush(self._heap, row)
        elif row[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, row)
        if text.language:
            self.languages.add(text.language[:2].lower())

    def ranked(self) -> list[Ranked]:
        """The best, best first."""
        return [row for _, _, row in sorted(self._heap, key=lambda row: row[:2], reverse=True)]


def row_of(ranked: Ranked, rank: int) -> dict[str, Any]:
    """One of the best for scripts: places are code points of the part they name."""
    return {
        "rank": rank,
        "id": ranked.name,
        "title": ranked.text.title,
        "score": round(ranked.verdict.score, 6),
        "relevant": ranked.verdict.relevant,
        "topics": list(ranked.verdict.topics),
        "names": [
            {"concept": m.concept, "text": m.text, "part": m.part, "start": m.start, "end": m.end}
            for m in ranked.matches()
        ],
    }


def told(best: Best) -> str:
    """The best for people; strangers' words can neither command nor turn round the terminal."""
    return "\n".join(_lines(best))


def _lines(best: Best) -> Iterator[str]:
    for rank, row in enumerate(best.ranked(), 1):
        matches = row.matches()
        strands = "/".join(row.verdict.topics) or "no strand"
        yield f"{rank:3}. {row.verdict.score:.3f}  {_isolated(row.name)}  {strands}"
        yield f"     {_headline(row.text.title, [m for m in matches if m.part == 'title'])}"
        passage = _passage(row.text.body, [m for m in matches if m.part != "title"])
        if passage:
            yield f"     {passage}"
        if matches:
            yield f"     {_legend(matches)}"
    yield ""
    yield (
        f"{best.judged} judged: {best.above[0]} score {best.relevant_at:.2f} or more and would be"
        f" called relevant, {best.above[1]} score {best.queue_at:.2f} or more and would be shown."
    )
    if best.unread:
        yield f"{best.unread} could not be read; without --top each is named with the reason."
    for language in sorted(best.languages & set(_LANGUAGES)):
        yield (
            f"For a reader of {_LANGUAGES[language]}: is each name in [brackets] what the line"
            f" below says it is ({_TRAPS[language]})? Is it the news, or a name in passing?"
            " Which articles of the pile belong among these and are missing, and by what word"
            " would they be known?"
        )


def _legend(matches: Sequence[Match]) -> str:
    """What each name was taken for."""
    known = dict.fromkeys((" ".join(m.text.split()), m.concept) for m in matches)
    taken = list(known)[:_NAMES]
    rest = f"; and {len(known) - _NAMES} more" if len(known) > _NAMES else ""
    return "; ".join(f"{_isolated(text)} = {concept}" for text, concept in taken) + rest


def _headline(title: str, matches: Sequence[Match]) -> str:
    inside = [m for m in matches if m.end <= _PASSAGE]
    return _marked(title[:_PASSAGE], inside, after="…" if len(title) > _PASSAGE else "")


def _passage(body: str, matches: Sequence[Match]) -> str:
    """The body around its first name."""
    if not matches:
        return ""
    start = max(0, matches[0].start - _AROUND)
    end = min(len(body), matches[0].end + _PASSAGE - _AROUND)
    inside = [m for m in matches if start <= m.start and m.end <= end]
    before, after = "…" if start else "", "…" if end < len(body) else ""
    return _marked(body[start:end], inside, shift=start, before=before, after=after)


def _marked(
    text: str, matches: Sequence[Match], *, shift: int = 0, before: str = "", after: str = ""
) -> str:
    """``text`` with the matches in brackets; of those that overlap the first and longest."""
    out, done = [before], 0
    for match in matches:
        start, end = match.start - shift, match.end - shift
        if start < done:
            continue
        out += [text[done:start], "[", text[start:end], "]"]
        done = end
    return _isolated("".join([*out, text[done:], after]))


def _isolated(text: str) -> str:
    """Foreign words on one line, their direction their own (a first-strong isolate)."""
    return f"\u2068{escaped(' '.join(text.split()))}\u2069"
