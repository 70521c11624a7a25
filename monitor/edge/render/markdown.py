"""A digest as Markdown, for notes, wikis and mailing lists.

CommonMark without HTML: whatever outlets wrote is escaped, so that no title becomes a heading, a
link of somebody else's or an element of a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.edge.render import words
from monitor.edge.render.frame import MOST_OTHERS, without_controls
from monitor.edge.render.letter import desk_of
from monitor.told import Digest, DigestEntry, DigestTable

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&=:@])")


def digest_markdown(digest: Digest, *, desk_url: str | None = None) -> str:
    """Return the digest as Markdown; it says what the mail says. The same digest, the same bytes.

    ``desk_url`` is the desk's own address; without it no link points there.
    """
    lines = _lines(digest, desk_of(desk_url))
    told = "\n".join(without_controls(line).rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", told).strip() + "\n"


def escaped(text: str) -> str:
    """Return a text of others so that Markdown shows it letter by letter, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _to(url: str, label: str) -> str:
    href = words.safe_link(url)
    # Brackets of an address would end the link; it holds no blank and no quote.
    safe = href.replace("(", "%28").replace(")", "%29") if href else ""
    return f"[{escaped(label)}]({safe})" if href else escaped(label)


def _lines(digest: Digest, desk: str | None) -> Iterator[str]:
    yield from (f"# {escaped(digest.title)}", "", words.span_words(digest), "")
    if not digest.sections:
        yield from (words.quiet_words(digest), "")
    for section in digest.sections:
        yield from (f"## {escaped(section.title)}", "")
        for topic, entries in section.topics:
            if topic:
                yield from (f"### {escaped(topic)}", "")
            for entry in entries:
                yield from _entry(entry, digest.time_zone, desk)
    for table in digest.tables:
        yield from _table(table)
    for said in (words.unchanged_words(digest.unchanged), words.more_words(digest.more)):
        yield from (said, "") if said else ()
    yield from _footer(digest, desk)


def _entry(entry: DigestEntry, zone: str, desk: str | None) -> Iterator[str]:
    yield from (f"#### {_to(entry.url, entry.title)}", "")
    where = f"{escaped(entry.outlet)} ({words.leads_to(entry.url)})"
    when = words.when_words(entry.published, zone)
    yield from (f"{where} · {when} · {words.decided_words(entry)}", "")
    for change in entry.changes:
        yield from (f"**{escaped(change.told)}**", "")
        yield from (f"> {escaped(change.sentence)}", "") if change.sentence else ()
        if change.article != entry.article:  # else the entry's own link says it
            yield from (f"— {_to(change.url, change.outlet)} ({words.leads_to(change.url)})", "")
    for sentence in entry.sentences:
        yield from (escaped(sentence), "")
    if language := words.language_words(entry.language):
        names = f". It names: {', '.join(map(escaped, entry.matched))}" if entry.matched else ""
        yield from (f"In {language}{names}.", "")
    for claim in entry.claims:
        yield from (f"Told differently: {escaped(claim.what)}", "")
        for told in claim.said:
            speaker = f"{escaped(told.speaker)}, in " if told.speaker else ""
            sentence = f": {escaped(told.sentence)}" if told.sentence else ""
            yield f"- **{escaped(told.value)}**: {speaker}{_to(told.url, told.outlet)}{sentence}"
        yield ""
    yield from _others(entry, zone, desk)


def _others(entry: DigestEntry, zone: str, desk: str | None) -> Iterator[str]:
    if entry.first:
        outlet, url, when = entry.first
        said = f"{_to(url, outlet)} ({words.leads_to(url)}), {words.when_seen(when, zone)}"
        yield from (f"First told by {said}.", "")
    if entry.also:
        named = [
            f"{_to(url, who)} ({words.leads_to(url)})" for who, url in entry.also[:MOST_OTHERS]
        ]
        more = len(entry.also) - MOST_OTHERS
        yield from (f"Also: {', '.join(named)}{f' and {more} more' if more > 0 else ''}", "")
    last = [f"Told last on {words.date_words(entry.told_on)}."] if entry.told_on else []
    if desk:
        decide = f"[Decide on the desk]({desk}/queue?open={entry.article})"
        story = f" · [the whole story]({desk}/stories/{entry.story})" if entry.story else ""
        last.append(decide + story)
    yield from (" ".join(last), "") if last else ()


def _table(table: DigestTable) -> Iterator[str]:
    yield from (f"## {escaped(table.title)}", "")
    yield from (escaped(table.note), "") if table.note else ()
    if table.rows:
        sides = ["---" if at < table.numbers_from else "---:" for at in range(len(table.head))]
        for row in (table.head, tuple(sides), *table.rows):
            cells = row if row == tuple(sides) else tuple(map(escaped, row))
            yield f"| {' | '.join(cells)} |"
        yield ""


def _footer(digest: Digest, desk: str | None) -> Iterator[str]:
    yield from ("---", "", "**What was looked at.** " + escaped(words.days_words(digest.days)), "")
    yield from (escaped(words.feeds_words(digest)), "", words.ledger_words(digest.ledger), "")
    for gap in digest.gaps:
        yield from (f"May have been missed: {escaped(gap)}", "")
    yield from (escaped(digest.missed), "") if digest.missed else ()
    queue = f": [open the queue]({desk}/queue)" if desk else ""
    yield from (f"{words.waiting_words(digest.waiting_for_review)}{queue}.", "")
    yield escaped(words.judged_words(digest))
