"""Alerts as mails: one story, what changed in it, or several things in one message."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.edge.render.frame import html_of, mail_of, text_of
from monitor.edge.render.letter import Rendered, desk_of
from monitor.edge.render.words import direction
from monitor.told import Alert, AlertHit, AlertList

MOST_PASSAGES = 2
MOST_WORDS = 6  # that a rule met in one part; a telephone shows few lines
_SAME = 60  # signs by which a passage is known as a sentence that stands there already

Met = tuple[str, list[tuple[str, list[str]]]]
"""A rule, and what it met: for each part its words."""


def render_alert(alert: Alert, *, desk_url: str | None = None) -> Rendered:
    """Return one alert as a mail: title, outlet, time, what changed or matched, links."""
    context: dict[str, object] = {
        "alert": alert,
        "desk_url": desk_of(desk_url),
        "passages": _passages(alert),
        "met": _met(alert.hits),
    }
    return Rendered(
        subject=_subject(alert),
        text=text_of("alert.txt.j2", context),
        html=mail_of(html_of("alert_body.html.j2", context)),
    )


def _subject(alert: Alert) -> str:
    """The news first: a telephone shows some forty signs. A rule is in everybody's script."""
    if alert.update:
        said = "; ".join(change.told for change in alert.changes)
        return f"Update: {said} – {alert.title}" if said else f"Update: {alert.title}"
    if direction(alert.title) == "rtl":
        return f"{alert.rule}: {alert.title}"
    return f"{alert.title} ({alert.rule})"


def _passages(alert: Alert) -> list[str]:
    """What is worth reading of what was met: not the title, nor a sentence that is shown."""
    shown = [change.sentence for change in alert.changes]
    found: list[str] = []
    for hit in alert.hits:
        said = hit.passage
        if hit.part != "title" and said != alert.title and not _stands(said, [*shown, *found]):
            found.append(said)
    return found[:MOST_PASSAGES]


def _stands(passage: str, shown: Sequence[str]) -> bool:
    return any(one[:_SAME] in passage or passage.strip("… ")[:_SAME] in one for one in shown if one)


def _met(hits: Sequence[AlertHit]) -> list[Met]:
    """Each rule once, with the words it met by part, each word once."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for hit in hits:
        words = found.setdefault(hit.rule, {}).setdefault(hit.part, {})
        for word in hit.words or (hit.matched,):
            words.setdefault(word.casefold(), word)
    return [
        (rule, [(part, [*words.values()][:MOST_WORDS]) for part, words in parts.items()])
        for rule, parts in found.items()
    ]


def render_alert_list(told: AlertList, *, desk_url: str | None = None) -> Rendered:
    """Return several things as one mail: a sentence that says it all, a line each, a link."""
    context: dict[str, object] = {"told": told, "desk_url": desk_of(desk_url)}
    return Rendered(
        subject=told.subject,
        text=text_of("alert_list.txt.j2", context),
        html=mail_of(html_of("alert_list_body.html.j2", context)),
    )
