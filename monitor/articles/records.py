"""From values in flight to records of the store: what is written for each outcome."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from classifiers.learning.pairing import paired
from classifiers.types import Classifier, Evidence, Example, Repeat, Text, Verdict
from monitor.model import (
    ArticleText,
    CopyOf,
    Dating,
    Dropped,
    Entry,
    Fault,
    Fetched,
    FetchOutcome,
    Reading,
    Reason,
    Route,
    Thresholds,
)
from monitor.stages import dating, dedupe, genre, language, route, urls
from monitor.stages.parse.headline import headline_mark
from store.kinds import Refusal
from store.learned import Label
from store.polls import FoundEntry
from store.types import Disposition, Pending, StoredText, Unjudged, VerdictRow

log = logging.getLogger(__name__)


def found_entry(entry: Entry) -> FoundEntry:
    """An entry to remember, or to refuse at once when it leads nowhere."""
    canonical = urls.canonical(entry.url) if entry.url else None
    refused = canonical if isinstance(canonical, Dropped) else _no_address(entry)
    source_name, source_host = _source(entry)
    return FoundEntry(
        key=entry.key,
        item_hash=entry.item_hash,
        guid=entry.guid,
        url=entry.url,
        canonical_url=None if refused else f"{canonical}{_beside(entry)}",
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
        headline=headline_mark(entry.title),
        source_name=source_name,
        source_host=source_host,
        wrapped=bool(entry.url) and urls.wrapped(entry.url or ""),
    )


def _beside(entry: Entry) -> str:
    """What tells an article from others at its address, as a part of its identity."""
    return f"#!{quote(entry.among, safe='')}" if entry.among else ""


def _source(entry: Entry) -> tuple[str, str]:
    """Who published what a search shows. Elsewhere a source is whom the outlet copied."""
    host = _outlet_host(entry.source_url)
    if not entry.url or not host:
        return "", ""
    return (entry.source_name, host) if urls.wrapped(entry.url) else ("", "")


def _outlet_host(url: str) -> str:
    identity = urls.canonical(url) if url else ""
    return "" if isinstance(identity, Dropped) else urls.host(identity)


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
    guess = _genre(item, text.title or item.title, text.body, text.author)
    when = reading.dating or Dating(published=published)
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
        aside=text.aside,
        text_choice=reading.choice,
        page_length=reading.page_length,
        feed_length=reading.feed_length,
        published_flag=when.flag,
        published_note=when.note,
        genre=guess.kind,
        genre_why=guess.why,
    )


def headline_text(item: Pending, *, refused: str | None, detail: str) -> StoredText:
    """What the feed said of an article whose page gives nothing: it is judged by that."""
    prints = dedupe.fingerprint(item.title, item.summary)
    guess = _genre(item, item.title, item.summary, item.author)
    said = f"{item.title}\n{item.summary}"
    when = dating.dated_item(item, body=item.summary)
    published = when.published
    return StoredText(
        article=item.article,
        title=item.title,
        body=item.summary,
        author=item.author,
        language=language.checked(said, declared=item.language),
        published_at=published.at if published else None,
        published_original=published.original if published else item.published_original,
        published_source=published.source if published else "first_seen",
        extractor="headline and summary of the feed",
        text_from="headline",
        text_hash=prints.text_hash,
        title_key=prints.title_key,
        scheme=prints.scheme,
        sketch=prints.sketch,
        refused=refused,
        refused_detail=detail,
        published_flag=when.flag,
        published_note=when.note,
        genre=guess.kind,
        genre_why=guess.why,
    )


def _genre(item: Pending, title: str, body: str, author: str | None) -> genre.Genre:
    return genre.genre(title, body, item.url, item.outlet, author, item.section)


def refused_text(item: Pending, made: Dropped, text: ArticleText, now: datetime) -> Refusal:
    """What was read of a page that is no article, should a person say that it is one."""
    return Refusal(
        article=item.article,
        refused_at=now,
        reason=made.reason.value,
        kind=made.kind,
        detail=made.detail,
        title=text.title or item.title,
        body=text.body,
        author=text.author,
        language=text.language or item.language,
        published_at=text.published.at if text.published else None,
        published_original=text.published.original if text.published else None,
        published_source=text.published.source if text.published else None,
        extractor=text.extractor,
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
    kept = tuple(
        replace(one, taught_by=()) if one.taught_by else one for one in evidence.contributions
    )
    told = replace(evidence, contributions=kept)
    return json.dumps(_by_name(told), default=_by_name, ensure_ascii=False)


def _by_name(record: Any) -> dict[str, Any]:
    """A record's fields by their names; not ``asdict``, which copies all that lies in them too."""
    kind = type(record)
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in fields(record))
    return {name: getattr(record, name) for name in _NAMES[kind]}


_NAMES: dict[type, tuple[str, ...]] = {}


def _given(text: Text) -> str:
    """What the judge was told beside title and body, so that it can be told the same again."""
    told = {name: value for name, value in _by_name(text).items() if name not in {"title", "body"}}
    return json.dumps(told, default=_by_name, ensure_ascii=False)


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
