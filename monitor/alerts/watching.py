"""Watching topics and places for far more news than usual, and telling it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.edge.render import render_alert_list
from monitor.stages import compose, heeding, quiet, spiking
from monitor.told import AlertLine, Recipient
from store import articles, days, heard, holes, spikes
from store.db import Db
from store.heard import Outcome, Sent
from store.messages import Outgoing
from store.spikes import Series, SeriesKind, Spike, Tallied

EVERY = timedelta(minutes=30)
DAY = timedelta(days=1)
LONG = spiking.WEEKS * 7
OFTEN = 3  # articles in eight weeks from which on a place is watched
SHARE = 0.05  # of the news: feeds that bring as much leave a hole in a day when they have one
_NAMED = 5  # articles a message names


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """What is watched, and who is told. ``topics`` are the strands with what they are called."""

    topics: Mapping[str, str]
    places: tuple[str, ...] = ()  # only these; empty: all that are named often
    countries: frozenset[str] = frozenset()  # no places: all news is from there
    recipients: tuple[Recipient, ...] = ()
    zone: str = "UTC"
    desk_url: str | None = None
    enabled: bool = True


def watch(db: Db, lookout: Lookout, now: datetime) -> Mapping[str, int]:
    """Look at every series twice an hour, and tell of spikes whose readers may be told."""
    if not lookout.enabled:
        return {}
    counts: Counter[str] = Counter()
    ago = now.timestamp() - spikes.looked_at(db)
    if not 0 <= ago < EVERY.total_seconds():
        counts["spikes"] += _look(db, lookout, now)
    for spike in spikes.open_spikes(db) if lookout.recipients else ():
        for recipient in lookout.recipients:
            counts["spike_alerts"] += _tell(db, lookout, spike, recipient, now)
    return {name: n for name, n in counts.items() if n}


# --- how each series stands -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What is counted: the days of steady feeds, and which of them have a hole."""

    found: tuple[Tallied, ...]
    length: int  # whole days before the last
    whole: tuple[bool, ...]  # of these days, yesterday first


def _look(db: Db, lookout: Lookout, now: datetime) -> int:
    news = _news(db, now)
    names = _watched(news, lookout)
    past = spikes.since(db, now - (LONG + 2) * DAY)
    series = [_weighed(news, kind, name, len(names), past, now) for kind, name in names]
    open_ = {(one.kind, one.name): one for one in past if one.over_at is None}
    now_at = {(one.kind, one.name): one for one in series}
    began = [s for s in series if s.state == "spike" and (s.kind, s.name) not in open_]
    over = [
        spike.id
        for key, spike in open_.items()
        if key not in now_at or spiking.is_over(now_at[key].n, spike.habit, spike.most)
    ]
    spikes.keep(db, series, began, over, now)
    return len(began)


def _news(db: Db, now: datetime) -> _News:
    """Feeds that were added meanwhile count for nothing: they would look like a spike."""
    begun = days.begun(db)
    first = min(begun.values(), default=now.date())
    length = max(0, min(LONG, (now.date() - first).days - 1))
    since = now - (length + 1) * DAY
    steady = {feed for feed, day in begun.items() if day <= max(first, since.date())}
    found = tuple(t for t in spikes.tallied(db, since) if t.feed in steady and t.at >= since)
    weight = Counter(one.feed for one in found)
    heavy = {feed for feed, n in weight.items() if n >= SHARE * max(1, len(found))}
    gaps = [h for h in holes.between(db, since, now) if h.feed in heavy and h.state != "filled"]
    whole = tuple(
        not any(h.since_at < now - k * DAY and h.until_at > now - (k + 1) * DAY for h in gaps)
        for k in range(1, length + 1)
    )
    return _News(found=found, length=length, whole=whole)


def _watched(news: _News, lookout: Lookout) -> list[tuple[SeriesKind, str]]:
    named = Counter(place for one in news.found for place in one.places)
    wanted = set(lookout.places) or {
        place for place, n in named.items() if n >= OFTEN and place not in lookout.countries
    }
    return [
        *(("topic", name) for name in lookout.topics),
        *(("place", name) for name in sorted(wanted)),
    ]


def _weighed(
    news: _News, kind: SeriesKind, name: str, series: int, past: Sequence[Spike], now: datetime
) -> Series:
    per_day = Counter(
        int((now - one.at) / DAY)
        for one in news.found
        if name in (one.topics if kind == "topic" else one.places)
    )
    before = [per_day[k] for k in range(1, news.length + 1)]
    spiked = [one for one in past if (one.kind, one.name) == (kind, name)]
    usable = [
        fit and not _in_spike(spiked, now - (k + 1) * DAY, now - k * DAY)
        for k, fit in enumerate(news.whole, 1)
    ]
    weighed = spiking.weigh(per_day[0], before, usable, series=series, known=news.length)
    return Series(
        kind=kind, name=name, looked_at=now, n=weighed.n, habit=weighed.habit, most=weighed.most,
        days=weighed.days, needed=weighed.needed, state=weighed.state, why=weighed.why,
    )  # fmt: skip


def _in_spike(spiked: Sequence[Spike], since: datetime, until: datetime) -> bool:
    """A day of an earlier spike is no habit; it began up to a day before it was seen."""
    return any(
        one.began_at - DAY < until and (one.over_at is None or one.over_at > since)
        for one in spiked
    )


# --- telling --------------------------------------------------------------------------------


def _tell(db: Db, lookout: Lookout, spike: Spike, recipient: Recipient, now: datetime) -> int:
    key = f"alert:spike:{spike.id}:{recipient.way}"
    past = heard.sent_since(db, [recipient.way], min(spike.began_at, now - heeding.HOUR))
    if any(one.key == key for one in past) or quiet.held_until(recipient, now):
        return 0
    if not heeding.has_room(recipient.hourly, [one.at for one in past], now):
        return 0
    told = compose.spike(
        spiking.told(_called(spike, lookout), _as_told(spike), _since(spike, recipient)),
        _newest(db, spike),
        more=max(0, spike.n - _NAMED),
        key=key,
        created_at=now,
    )
    rendered = render_alert_list(told, desk_url=lookout.desk_url)
    message = Outgoing(
        key=key,
        kind="spike",
        channel=recipient.way,
        subject=compose.subject(rendered.subject),
        text=rendered.text,
        html=rendered.html,
        created_at=now,
        reader=recipient.reader,
    )
    sent = Sent(key=key, way=recipient.way, kind="spike", rule=None, at=now)
    return heard.keep(db, Outcome(messages=(message,), sent=(sent,)))


def _called(spike: Spike, lookout: Lookout) -> str:
    name = lookout.topics.get(spike.name, spike.name) if spike.kind == "topic" else spike.name
    return name[:1].upper() + name[1:]


def _as_told(spike: Spike) -> spiking.Weighed:
    return spiking.Weighed(
        n=spike.n, habit=spike.habit, most=spike.most, days=spike.days, needed=0, state="spike"
    )


def _since(spike: Spike, recipient: Recipient) -> str:
    """The day before it was seen, by the reader's clock: "yesterday 18:00"."""
    local = (spike.began_at - DAY).astimezone(ZoneInfo(recipient.zone))
    return f"{local:%A} {local:%H:%M}"


def _newest(db: Db, spike: Spike) -> list[AlertLine]:
    found = [
        one
        for one in spikes.tallied(db, spike.began_at - 2 * DAY)
        if spike.name in (one.topics if spike.kind == "topic" else one.places)
        and one.at > spike.began_at - DAY
    ]
    newest = sorted(found, key=lambda one: (one.at, one.article), reverse=True)[:_NAMED]
    rows = [row for one in newest if (row := articles.get(db, one.article)) is not None]
    return [
        AlertLine(
            title=compose.plain(row.title) or "(no title)", article=row.article,
            outlet=compose.plain(row.outlet), url=row.url,
        )
        for row in rows
    ]  # fmt: skip
