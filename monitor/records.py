"""From values in flight to records of the store: what is written for each outcome."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from classifiers.learning.pairing import paired
from classifiers.types import Classifier, Evidence, Example, Repeat, Text, Verdict
from monitor.edge.worker import WorkerFault
from monitor.model import (
    CopyOf,
    Dropped,
    Entry,
    Fault,
    Fetched,
    FetchFailed,
    FetchOutcome,
    NotModified,
    ParsedFeed,
    Reading,
    Reason,
    Route,
    Thresholds,
)
from monitor.stages import coverage, dedupe, pace, route, urls
from store.types import (
    Disposition,
    FeedState,
    FoundEntry,
    Label,
    Pending,
    PollRecord,
    StoredText,
    Unjudged,
    VerdictRow,
)

log = logging.getLogger(__name__)


def poll_record(
    state: FeedState,
    outcome: FetchOutcome,
    made: ParsedFeed | Dropped | WorkerFault | None,
    body_hash: str | None,
    now: datetime,
) -> PollRecord:
    """One answer of a feed: the entries found, the event, and the feed's next state."""
    parsed = made if isinstance(made, ParsedFeed) else None
    poll = _poll(state, outcome, made, body_hash)
    after = coverage.judged(pace.next_state(state, poll, now=now), now)
    fetched = outcome if isinstance(outcome, Fetched | FetchFailed) else None
    return PollRecord(
        state=after,
        at=now,
        outcome=poll.outcome,
        detail=poll.detail or _said(parsed),
        status=fetched.status if fetched else 304,
        listed=len(parsed.hashes) + parsed.truncated if parsed else 0,
        found=tuple(found_entry(entry) for entry in parsed.entries) if parsed else (),
        problems=tuple((p.reason.value, p.detail) for p in parsed.problems) if parsed else (),
        possible_gap=bool(parsed)
        and not coverage.overlap(state.item_hashes, poll.item_hashes or ()),
    )


def _said(parsed: ParsedFeed | None) -> str:
    """What was wrong with a document that was read all the same, a sentence each."""
    sentences = dict.fromkeys(problem.detail for problem in parsed.problems) if parsed else {}
    return " ".join(list(sentences)[:3])


def _poll(
    state: FeedState,
    outcome: FetchOutcome,
    made: ParsedFeed | Dropped | WorkerFault | None,
    body_hash: str | None,
) -> pace.Poll:
    """What the pacing and the event need to know of an answer, in one value."""
    match outcome:
        case FetchFailed():
            return pace.Poll(
                outcome=outcome.fault.value, detail=outcome.detail,
                retry_after=outcome.retry_after,
            )  # fmt: skip
        case NotModified():
            return pace.Poll(outcome="not_modified", headers=outcome.headers)
    match made:
        case None:
            return pace.Poll(outcome="same_body", headers=outcome.headers, body_hash=body_hash)
        case Dropped():
            return pace.Poll(outcome=made.reason.value, detail=made.detail)
        case WorkerFault():
            return pace.Poll(outcome=Reason.PARSE_LIMIT.value, detail=made.detail)
    seen = set(state.item_hashes)
    return pace.Poll(
        outcome="ok",
        headers=outcome.headers,
        ttl_minutes=made.ttl_minutes,
        seen_share=_share(sum(item in seen for item in made.hashes), len(made.hashes)),
        newest_at=made.newest_at,
        item_hashes=made.hashes,
        body_hash=body_hash,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def found_entry(entry: Entry) -> FoundEntry:
    """An entry to remember, or to refuse at once when it leads nowhere."""
    canonical = urls.canonical(entry.url) if entry.url else None
    refused = canonical if isinstance(canonical, Dropped) else _no_address(entry)
    return FoundEntry(
        key=entry.key,
        item_hash=entry.item_hash,
        guid=entry.guid,
        url=entry.url,
        canonical_url=None if refused else str(canonical),
        title=entry.title,
        summary=entry.summary,
        content_html=entry.content_html,
        author=entry.author,
        published_at=entry.published.at if entry.published else None,
        published_original=(
            entry.published.original if entry.published else entry.published_original
        ),
        language=entry.language,
        refused=refused.reason.value if refused else None,
        refused_detail=refused.detail if refused else "",
    )


def _no_address(entry: Entry) -> Dropped | None:
    if entry.url is not None:
        return None
    if entry.unusable_link is None:
        return Dropped(reason=Reason.NO_LINK)
    detail = f"The link is no web address: {entry.unusable_link}"
    return Dropped(reason=Reason.BAD_URL, detail=detail)


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
    """What the classifier is given of an article."""
    return Text(
        title=item.title, body=item.body, outlet=item.outlet, language=item.language,
        side=item.side,
        repeated=tuple(Repeat(start=a, end=b, articles=n) for a, b, n in item.repeated),
    )  # fmt: skip


def verdicts_on(items: Sequence[Unjudged], classifier: Classifier) -> list[Verdict]:
    """One verdict a text, in order. A text the judgement breaks on costs no other its verdict.

    Its own score is no number, which sends it to people.
    """
    try:
        return list(classifier.judge([text_of(item) for item in items]))
    except Exception as error:
        if len(items) > 1:
            return [verdict for item in items for verdict in verdicts_on([item], classifier)]
        log.exception("the judgement broke on article %d", items[0].article, exc_info=error)
        return [
            Verdict(
                score=math.nan, relevant=False, topics=(), evidence=Evidence(), kind="short",
                model=classifier.model, lexicon=classifier.lexicon,
            )
        ]  # fmt: skip


def verdict_row(item: Unjudged, verdict: Verdict, topic: str, thresholds: Thresholds) -> VerdictRow:
    """A verdict with where it sends the article, and the article's place in the books."""
    routed = _routed(item, verdict.score, topic, thresholds)
    disposition, reason = _disposition(item, routed)
    return VerdictRow(
        article=item.article,
        version=item.version,
        topic=topic,
        model=verdict.model,
        lexicon=verdict.lexicon,
        score=verdict.score if math.isfinite(verdict.score) else thresholds.queue,
        relevant=verdict.relevant,
        topics=verdict.topics,
        evidence=_kept_evidence(verdict.evidence),
        route=routed.to,
        route_why=routed.why,
        probability=routed.probability,
        disposition=disposition,
        reason=reason,
        reason_detail=item.refused_detail if reason else "",
        band=routed.band,
        threshold=thresholds.queue,
        calibrated=verdict.calibrated,
        given=_given(text_of(item)),
    )


def _routed(item: Unjudged, score: float, topic: str, thresholds: Thresholds) -> Route:
    """Where the score sends the article. A copy is not drawn: its original speaks for it."""
    if item.copy_of is not None:
        routed = route.decide(score, thresholds=thresholds, draw=1.0)
        return routed if routed.to == "queue" else replace(routed, probability=0.0)
    draw = route.draw_for(route.lasting(item.canonical_url or item.url), topic)
    return route.decide(score, thresholds=thresholds, draw=draw, earlier=item.earlier)


def _kept_evidence(evidence: Evidence) -> str:
    """The evidence as JSON, without who taught each term: the model itself keeps that, once."""
    kept = tuple(replace(one, taught_by=()) for one in evidence.contributions)
    return json.dumps(asdict(replace(evidence, contributions=kept)), ensure_ascii=False)


def _given(text: Text) -> str:
    """What the judge was told beside title and body, so that it can be told the same again."""
    told = {name: value for name, value in asdict(text).items() if name not in {"title", "body"}}
    return json.dumps(told, ensure_ascii=False)


def given_again(given: str, *, title: str, body: str, otherwise: Text) -> Text:
    """The text as the judge was given it; a record that does not say takes ``otherwise``'s word."""
    try:
        told = dict(json.loads(given))
        told["repeated"] = tuple(Repeat(**row) for row in told.get("repeated", ()))
        return Text(title=title, body=body, **told)
    except (ValueError, TypeError):
        return replace(otherwise, title=title, body=body)


def _disposition(item: Unjudged, routed: Route) -> tuple[Disposition, str | None]:
    if item.copy_of is not None:
        return "duplicate", None  # the store keeps how it was found to be a copy
    if routed.to != "reject":
        return "queued", None
    if item.refused:
        return ("failed" if item.refused in set(Fault) else "dropped"), item.refused
    return "rejected", None


# --- the corpus as a classifier takes it ----------------------------------------------------


def example_of(label: Label) -> Example:
    """A labelled text of the corpus as an example to learn from."""
    text = Text(
        title=label.title, body=label.body, outlet=label.outlet, language=label.language,
        side=label.side,
    )  # fmt: skip
    return Example(id=label.id, text=text, relevant=label.relevant, origin=label.origin)


def figures_on(
    labels: Sequence[Label], candidate: Classifier, live: Classifier
) -> dict[str, float]:
    """How a candidate does on held-out decisions, and by how much it differs from the live model.

    A figure they cannot give is left out.
    """
    texts = [example_of(label).text for label in labels]
    scores, before = ([v.score for v in model.judge(texts)] for model in (candidate, live))
    truth = [label.relevant for label in labels]
    counts = {"held_out_relevant": sum(truth), "held_out_not_relevant": len(truth) - sum(truth)}
    told = {key: float(n) for key, n in counts.items()} | paired(scores, before, truth)
    return {key: value for key, value in told.items() if math.isfinite(value)}
