"""The messages of alerts: what is due, written for one way out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.edge.render import Rendered, render_alert, render_alert_list, words
from monitor.stages import compose, heeding
from monitor.stages.compose.alerting import Alerted
from monitor.stages.compose.excerpt import explained
from monitor.told import AlertHit, AlertLine, AlertList, DigestChange, Recipient
from store import articles
from store.db import Db
from store.firings import Fired
from store.heard import ToldStory
from store.messages import Outgoing

_NAMES = 4  # that a line of several tells of a text in another language

Changes = tuple[tuple[DigestChange, ...], str]
"""What differs from what was told of a story, and all facts as they stand, to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What writing needs beside what is due."""

    db: Db
    open: Mapping[int, Fired]
    changes: Mapping[tuple[str, int], Changes]
    told: Sequence[ToldStory]
    recipient: Recipient
    zone: str
    url: str | None
    now: datetime
    english: Callable[[str], str] = lambda _words: ""


def message(desk: Desk, due: heeding.Due) -> Outgoing:
    """Return what is due as a message. The same thing due has the same key, whenever it is made."""
    if due.kind in {"summary", "storm"}:
        return _list(desk, due)
    (item,) = due.items
    return _alert(desk, due, item)


def _alert(desk: Desk, due: heeding.Due, item: heeding.Item) -> Outgoing:
    changes = _changes(desk, due.way, item)
    fired = [desk.open[number] for number in item.firings]
    lead = _lead(desk, item, fired, changes)
    told = compose.alert(
        # Of this article alone: another's passage would stand under this one's outlet.
        [hit for one in fired if one.firing.article == lead.article for hit in _hits(one, desk)],
        lead,
        created_at=desk.now,
        time_zone=desk.recipient.zone or desk.zone,
        rules=item.rules,
        changes=changes,
        update=item.kind == "update",
    )
    key = f"{told.key}:{due.way}"
    if item.kind == "update":
        key = f"alert:update:{_short(item.follows or '')}:{_said(changes)}:{due.way}"
    return _outgoing(
        desk, due, key, render_alert(told, desk_url=desk.url), item, article=lead.article
    )


def _changes(desk: Desk, way: str, item: heeding.Item) -> tuple[DigestChange, ...]:
    """What changed in the item's story: of stories merged since, what any thread was not told."""
    if not item.differs or item.known is None:
        return ()
    own = desk.changes.get((way, item.known), ((), ""))[0]
    threads = [(one.way, one.article) for one in desk.told if one.story == item.story]
    others = (desk.changes[key][0] for key in threads if key[0] == way and key in desk.changes)
    return own or next(filter(None, others), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lead:
    article: int
    title: str
    outlet: str
    url: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime


def _lead(
    desk: Desk, item: heeding.Item, fired: Sequence[Fired], changes: Sequence[DigestChange]
) -> Alerted:
    """The article a message is about: the first that fired, of an update the one that says so."""
    one = next((f for f in fired if f.firing.article == item.article), None)
    if one is not None:
        return _Lead(
            article=one.firing.article, title=one.title, outlet=one.outlet, url=one.url,
            language=one.language, published_at=one.published_at, first_seen_at=one.first_seen_at,
        )  # fmt: skip
    number = changes[0].article if changes else item.article
    row = articles.get(desk.db, number) or articles.get(desk.db, item.article)
    if row is None:  # articles are never removed; a hand at the file may do so
        return _Lead(
            article=number, title="", outlet="", url="", language=None, published_at=None,
            first_seen_at=desk.now,
        )  # fmt: skip
    return row


def _hits(fired: Fired, desk: Desk) -> list[AlertHit]:
    return [
        AlertHit(
            rule=fired.firing.rule, part=hit.part, start=hit.start, end=hit.end,
            matched=explained(hit.matched, desk.english), passage=hit.passage,
            words=tuple(explained(word, desk.english) for word in hit.words),
        )
        for hit in fired.firing.hits
    ]  # fmt: skip


# --- several things at once -----------------------------------------------------------------


def _list(desk: Desk, due: heeding.Due) -> Outgoing:
    told = _storm(desk, due) if due.kind == "storm" else _summary(desk, due)
    return _outgoing(desk, due, told.key, render_alert_list(told, desk_url=desk.url), due.items[0])


def _summary(desk: Desk, due: heeding.Due) -> AlertList:
    parts = [
        f"{item.kind}:{item.article}:{'+'.join(item.rules)}:{item.firings}"
        f":{_said(_changes(desk, due.way, item))}"
        for item in due.items
    ]
    return compose.summary(
        [_line(desk, due.way, item) for item in due.items],
        key=f"alert:summary:{_short('|'.join(parts))}:{due.way}",
        why=_why(due.why, desk.recipient),
        created_at=desk.now,
    )


def _why(why: str, recipient: Recipient) -> str:
    if why == "cap" and recipient.hourly:
        return f"beyond {recipient.hourly} an hour"
    return {"quiet": "in your quiet hours", "cap": "for an hour"}.get(why, "for a while")


def _storm(desk: Desk, due: heeding.Due) -> AlertList:
    (item,) = due.items
    (rule,) = item.rules
    fired = [desk.open[number] for number in item.firings]
    first: dict[int, Fired] = {}
    for one in sorted(fired, key=lambda one: (one.firing.at, one.id)):
        first.setdefault(one.story, one)
    return compose.storm(
        rule,
        [_line_of(one, (), desk) for one in first.values()],
        item.stories,
        key=f"alert:storm:{rule}:{min(item.firings)}:{due.way}",
        created_at=desk.now,
    )


def _line(desk: Desk, way: str, item: heeding.Item) -> AlertLine:
    if item.kind == "storm":
        said = f"fired on {item.stories:,} stories within an hour; they stand on the desk"
        return AlertLine(title=item.rules[0], said=said)
    changes = _changes(desk, way, item)
    lead = _lead(desk, item, [desk.open[number] for number in item.firings], changes)
    said = "; ".join(change.told for change in changes)
    said = f"Update: {said}." if said else ""
    if not said and item.firings:
        fired = [desk.open[number] for number in item.firings]
        first = next((one for one in fired if one.firing.article == lead.article), fired[0])
        said = _in_english(first, desk)
    return AlertLine(
        title=compose.plain(lead.title) or "(no title)",
        article=lead.article,
        outlet=compose.plain(lead.outlet),
        url=lead.url,
        rules=item.rules,
        said=said,
    )


def _in_english(fired: Fired, desk: Desk) -> str:
    """Of a text in another language, which it is and the names that were met."""
    language = words.language_words(fired.language)
    met = [word for hit in fired.firing.hits for word in hit.words or (hit.matched,)]
    names = list(dict.fromkeys(explained(word, desk.english) for word in met))[:_NAMES]
    return f"In {language}; met: {', '.join(names)}." if language and names else ""


def _line_of(fired: Fired, rules: tuple[str, ...], desk: Desk) -> AlertLine:
    return AlertLine(
        title=compose.plain(fired.title) or "(no title)",
        article=fired.firing.article,
        outlet=compose.plain(fired.outlet),
        url=fired.url,
        rules=rules,
        said=_in_english(fired, desk),
    )


def _outgoing(
    desk: Desk,
    due: heeding.Due,
    key: str,
    rendered: Rendered,
    item: heeding.Item,
    article: int | None = None,
) -> Outgoing:
    return Outgoing(
        key=key,
        kind="summary" if due.kind == "summary" else "alert",
        channel=due.way,
        subject=compose.subject(rendered.subject),
        text=rendered.text,
        html=rendered.html,
        created_at=desk.now,
        article=article,
        rule=item.rules[0] if due.kind != "summary" and len(item.rules) == 1 else None,
        reader=desk.recipient.reader,
        story=item.story if due.kind in {"alert", "update"} and item.story > 0 else None,
        follows=item.follows if due.kind in {"alert", "update"} else None,
    )


def _said(changes: Sequence[DigestChange]) -> str:
    """What tells changes from any others: "speaks again" is said in the same words every time."""
    return _short("|".join(f"{one.article}:{one.told}:{one.sentence}" for one in changes))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
