"""From values in flight to records of the store: what is written for each outcome."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from classifiers.types import Text, Verdict
from monitor.edge.worker import WorkerFault
from monitor.model import (
    CopyOf, Dropped, Entry, Fault, FetchFailed, Fetched, FetchOutcome, NotModified, ParsedFeed,
    Route, Thresholds,
)
from monitor.reading import Reading
from monitor.stages import coverage, dedupe, pace, route, urls
from store.types import (
    Disposition, FeedState, FoundEntry, Pending, PollRecord, StoredText, Unjudged, VerdictRow,
)


def poll_record(
    state: FeedState,
    outcome: FetchOutcome,
    parsed: ParsedFeed | Dropped | FetchFailed | None,
    now: datetime,
) -> PollRecord:
    """What one answer means for its feed: entries found, the event, and the next state."""
    result = outcome if parsed is None else parsed
    after = pace.next_state(state, outcome, parsed, now=now)
    match result:
        case ParsedFeed():
            assert isinstance(outcome, Fetched)
            return PollRecord(
                state=after,
                at=now,
                outcome="ok",
                status=outcome.status,
                listed=len(result.hashes),
                found=tuple(found_entry(entry) for entry in result.entries),
                problems=tuple((p.reason.value, p.detail) for p in result.problems),
                possible_gap=not coverage.overlaps(state.item_hashes, result.hashes),
            )
        case Fetched():
            return PollRecord(state=after, at=now, outcome="same_body", status=result.status)
        case NotModified():
            return PollRecord(state=after, at=now, outcome="not_modified", status=304)
        case Dropped():
            return PollRecord(state=after, at=now, outcome=result.reason.value, detail=result.detail)
        case FetchFailed():
            return PollRecord(
                state=after, at=now, outcome=result.fault.value, detail=result.detail,
                status=result.status,
            )  # fmt: skip


def found_entry(entry: Entry) -> FoundEntry:
    canonical = urls.canonical(entry.url) if entry.url else None
    refused = canonical if isinstance(canonical, Dropped) else None
    return FoundEntry(
        key=entry.key,
        item_hash=entry.item_hash,
        guid=entry.guid,
        url=entry.url,
        canonical_url=None if canonical is None or refused else str(canonical),
        title=entry.title,
        summary=entry.summary,
        content_html=entry.content_html,
        author=entry.author,
        published_at=entry.published.at if entry.published else None,
        published_original=entry.published.original if entry.published else None,
        language=entry.language,
        refused="no_link" if entry.url is None else refused.reason.value if refused else None,
        refused_detail=refused.detail if refused else "",
    )


def full_text(
    item: Pending, reading: Reading, original: CopyOf | None, outcome: FetchOutcome | None
) -> StoredText:
    """The article as read from its page or its feed."""
    prints, text, published = reading.fingerprints, reading.text, reading.text.published
    return StoredText(
        article=item.article,
        title=text.title or item.title,
        body=text.body,
        author=text.author,
        language=text.language or item.language,
        published_at=published.at if published else None,
        published_original=published.original if published else None,
        published_source=published.source if published else "first_seen",
        extractor=text.extractor,
        text_from=reading.text_from,
        text_hash=prints.text_hash,
        title_key=prints.title_key,
        scheme=prints.scheme,
        sketch=prints.sketch,
        copy_of=original.article if original else None,
        copy_how=original.how if original else None,
        final_url=outcome.final_url if isinstance(outcome, Fetched) else None,
    )


def headline_text(item: Pending, *, refused: str | None, detail: str) -> StoredText:
    """What the feed said of an article whose page gives nothing: it is judged by that."""
    prints = dedupe.fingerprint(item.title, item.summary)
    return StoredText(
        article=item.article,
        title=item.title,
        body=item.summary,
        author=item.author,
        language=item.language,
        published_at=item.published_at,
        published_original=item.published_original,
        published_source="feed" if item.published_at else "first_seen",
        extractor="headline and summary of the feed",
        text_from="headline",
        text_hash=prints.text_hash,
        title_key=prints.title_key,
        scheme=prints.scheme,
        sketch=prints.sketch,
        refused=refused,
        refused_detail=detail,
    )


def text_of(item: Unjudged) -> Text:
    return Text(
        title=item.title, body=item.body, outlet=item.outlet, language=item.language, side=item.side
    )


def verdict_row(
    item: Unjudged, verdict: Verdict, topic: str, thresholds: Thresholds
) -> VerdictRow:
    routed = route.decide(
        verdict.score, thresholds=thresholds, draw=route.draw_for(item.url, topic)
    )
    disposition, reason = _disposition(item, routed)
    return VerdictRow(
        article=item.article,
        version=item.version,
        topic=topic,
        model=verdict.model,
        lexicon=verdict.lexicon,
        score=verdict.score,
        relevant=verdict.relevant,
        topics=verdict.topics,
        evidence=json.dumps(asdict(verdict.evidence), ensure_ascii=False),
        route=routed.to,
        route_why=routed.why,
        probability=routed.probability,
        disposition=disposition,
        reason=reason,
    )


def _disposition(item: Unjudged, routed: Route) -> tuple[Disposition, str | None]:
    if item.copy_of is not None:
        return "duplicate", None  # the store keeps how it was found to be a copy
    if routed.to != "reject":
        return "queued", None
    if item.refused:
        return ("failed" if item.refused in set(Fault) else "dropped"), item.refused
    return "rejected", None
