"""What a backfill would bring: a few of its addresses are read and judged, and nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from classifiers.measuring.wilson import wilson
from classifiers.types import Classifier
from monitor.articles.reading import read_page
from monitor.articles.records import verdicts_on
from monitor.edge.http import Web
from monitor.edge.overlap import overlapped
from monitor.edge.worker import Workers
from monitor.model import Dropped, Fetched, FetchFailed, FetchOutcome, FetchRequest, Reading
from store.types import Pending, Unjudged


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One address of the sample: how it went, in a word and a sentence, and its score."""

    url: str
    fate: str  # queued, rejected, refused, failed
    title: str = ""
    score: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What to expect of all addresses: known, to be read, how many queued (with 95 %), how long."""

    addresses: int
    known_share: float
    to_read: int
    queued: int
    queued_low: int
    queued_high: int
    seconds: float
    sample: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the sample is read and judged with."""

    web: Web
    workers: Workers
    classifier: Classifier
    threshold: float
    now: datetime
    stopped: Callable[[], bool]


def sampled(rows: Sequence[dict[str, Any]], means: Means) -> list[Sampled]:
    """Ask for these addresses, with the manners of every harvest, and judge what comes."""
    items = {str(at): _pending(at, row, means.now) for at, row in enumerate(rows)}
    requests = (FetchRequest(key=key, url=item.url) for key, item in items.items())
    answers = ((items[o.key], o) for o in means.web.fetch_all(requests, stopped=means.stopped))

    def start(got: tuple[Pending, FetchOutcome]) -> Any:
        item, outcome = got
        if not isinstance(outcome, Fetched):
            return None
        return means.workers.submit(read_page, outcome, item)

    found: list[Sampled] = []
    for (item, outcome), made in overlapped(answers, start, stopped=means.stopped):
        found.append(_one(item, outcome, made, means))
    return found


def _one(item: Pending, outcome: FetchOutcome, made: object, means: Means) -> Sampled:
    if isinstance(outcome, FetchFailed):
        return Sampled(url=item.url, fate="failed", detail=outcome.detail)
    if isinstance(made, Dropped):
        return Sampled(url=item.url, fate="refused", detail=made.detail or made.reason.value)
    if not isinstance(made, Reading):
        return Sampled(url=item.url, fate="failed", detail="It could not be read.")
    text = made.text
    (verdict,) = verdicts_on([_unjudged(item, made)], means.classifier)
    fate = "queued" if verdict.score >= means.threshold else "rejected"
    return Sampled(url=item.url, fate=fate, title=text.title, score=verdict.score)


def _pending(number: int, row: dict[str, Any], now: datetime) -> Pending:
    return Pending(
        article=number, url=row["url"], feed="", outlet=row["host"], side="", language=None,
        body="page", title=row["title"], summary="", content_html=None, author=None,
        published_at=None, published_original=row["published"], first_seen_at=now, attempts=0,
        version=0,
    )  # fmt: skip


def _unjudged(item: Pending, made: Reading) -> Unjudged:
    return Unjudged(
        article=item.article, version=1, title=made.text.title or item.title, body=made.text.body,
        outlet=item.outlet, side="", language=made.text.language, url=item.url,
        text_from=made.text_from, copy_of=None, refused=None, first_seen_at=item.first_seen_at,
        published_at=None, published_original=None,
        repeated=tuple((start, end, 0) for start, end in made.text.aside),
    )  # fmt: skip


def forecast(
    *, addresses: int, known: int, drawn: int, sample: Sequence[Sampled],
    hosts: Sequence[tuple[str, int]], gap: float, judged_a_second: float = 8.0,
) -> Forecast:  # fmt: skip
    """Say what the whole would bring, from a sample of which ``known`` of ``drawn`` were known.

    The time is that of the host with the most addresses, or of reading, whichever is longer.
    """
    share = known / drawn if drawn else 0.0
    to_read = round(addresses * (1 - share))
    queued = sum(one.fate == "queued" for one in sample)
    low, high = wilson(queued, len(sample)) if sample else (0.0, 1.0)
    busiest = max((n for _, n in hosts), default=0)
    seconds = max(busiest * (1 - share) * gap, to_read / judged_a_second)
    return Forecast(
        addresses=addresses, known_share=share, to_read=to_read,
        queued=round(to_read * queued / len(sample)) if sample else 0,
        queued_low=round(to_read * low), queued_high=round(to_read * high), seconds=seconds,
        sample=tuple(sample),
    )  # fmt: skip


def span_of(seconds: float) -> str:
    """A length of time as people say it: "40 s", "12 min", "3 h 20 min", "2 days"."""
    whole = timedelta(seconds=round(max(0.0, seconds)))
    minutes, rest = divmod(int(whole.total_seconds()), 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days"
