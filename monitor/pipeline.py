"""The shell: one function per job, in the order of the data.

    poll · harvest · judge · alert · digest · send · learn · tidy

Each reads what is due, works with no transaction open, then writes the outcome and the next state
in one transaction per unit. What is decided is decided in ``monitor/stages``; how an outcome
becomes rows stands in ``monitor/records`` and ``monitor/keeping``. Each job returns how many units
went which way.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta

from classifiers.artifact import dumps, loads, made_with
from classifiers.lexicon import Lexicon
from classifiers.types import Classifier, Trainer
from monitor.alerts import alerting, nudging, watching
from monitor.alerts.rulebook import Rulebook
from monitor.articles import claiming, letting_go, repeats
from monitor.articles.keeping import keeps_pages, kept_all
from monitor.articles.reading import read_feed_text, read_page
from monitor.articles.records import example_of, figures_on, verdict_row, verdicts_on
from monitor.articles.taught import Sites
from monitor.config.shape import Retention
from monitor.delivery import sending
from monitor.digests import publishing
from monitor.digests.edition import Press
from monitor.edge.clock import Clock
from monitor.edge.http import Web
from monitor.edge.overlap import gathered
from monitor.edge.worker import Workers
from monitor.feeds.filling import Means, fill_holes
from monitor.feeds.noticing import tell
from monitor.feeds.polled import Answer, Watch, keep_answers
from monitor.feeds.quiet import Quiet
from monitor.feeds.turns import parsed_feeds
from monitor.model import (
    Dropped,
    Fetched,
    FetchOutcome,
    FetchRequest,
    Reading,
    Thresholds,
)
from monitor.stages import extract, grow
from monitor.told import Delivery
from monitor.upkeep import nightly
from monitor.upkeep.nightly import Night
from store import articles, corpus, days, entering, hours, looks, quiet, setback, verdicts
from store.db import Db, StoreError, quick_check, tend
from store.failpoint import reached
from store.inquiry import Turn
from store.learned import ModelRow, Snapshot
from store.messages import OutboxRow
from store.polls import FeedState
from store.types import Pending

log = logging.getLogger(__name__)
Counts = Mapping[str, int]
Stop = Callable[[], bool]

UNCONDITIONAL_EVERY = 12  # polls: some servers answer 304 although the feed changed
HEADLINE_WAIT = timedelta(minutes=3)  # then alert rules look at the headline of a waiting item
POLL_BATCH = 5_000  # in one round: at its end the line runs empty, and what hangs is waited for
JUDGE_BATCH = 200
LEAST_TO_LEARN = 3  # decisions; of texts given as examples one is enough
LEARN = "learn"  # who settled which model judges, where no person did


# --- poll: feeds.yaml → found ---------------------------------------------------------------


def poll(
    db: Db, *, web: Web, workers: Workers, clock: Clock, stopped: Stop, means: Means | None = None,
    watch: Watch | None = None,
) -> Counts:  # fmt: skip
    """Ask the feeds that are due and remember their new entries.

    Feeds that answer at the same moment share a write, sixteen at most, in which each stands for
    itself; of those that told nothing new fifty at most (monitor.feeds.quiet).

    With ``means``, holes that are due are filled at the end; one write a hole. Then people are told
    which feeds have been unwell for long, as ``watch`` says.
    """
    watch = watch or Watch()
    setback.set_right(db, clock())
    outlines = quiet.due_outlined(db, clock(), POLL_BATCH)
    rhythms = hours.rhythms(db, outlines.keys, clock())
    counts: Counter[str] = Counter(asked=len(outlines))
    due: dict[str, FeedState] = {}
    arrivals = web.arrivals(_feed_requests(outlines, due), stopped=stopped)
    unchanged = Quiet(db, due, rhythms, watch, clock)
    answers = unchanged.others(arrivals, stopped)
    for ready in parsed_feeds(answers, due, workers, stopped):
        for _ in ready:
            reached("after-parse")
        news = [
            Answer(
                state=due[outcome.key], outcome=outcome, made=parsed, body_hash=body_hash,
                rhythm=rhythms[outcome.key],
            )
            for (outcome, body_hash), parsed in ready
        ]  # fmt: skip
        for kept in keep_answers(db, news, watch, clock()):
            counts.update(kept)
        if stopped():
            break
    unchanged.keep()
    counts.update(unchanged.counts)
    if means and not stopped():
        counts.update(fill_holes(db, means, clock=clock, stopped=stopped))
    counts.update(tell(db, ways=watch.ways, after=watch.after, now=clock()))
    return counts


def _feed_requests(
    outlines: Iterable[FeedState], due: dict[str, FeedState]
) -> Iterator[FetchRequest]:
    """What to ask; each feed is noted in ``due`` before it is asked."""
    for state in outlines:
        due[state.spec.key] = state
        yield _feed_request(state)


def _feed_request(state: FeedState) -> FetchRequest:
    trusting = bool((state.polls + 1) % UNCONDITIONAL_EVERY)
    return FetchRequest(
        key=state.spec.key,
        url=state.spec.url,
        kind="feed",
        etag=state.etag if trusting else None,
        last_modified=state.last_modified if trusting else None,
        user_agent=state.spec.user_agent,
    )


def _weight(outcome: FetchOutcome | None) -> int:
    return len(outcome.body) if isinstance(outcome, Fetched) else 0


# --- harvest: found → text ------------------------------------------------------------------


def harvest(
    db: Db, *, web: Web, workers: Workers, lexicon: Lexicon, clock: Clock, stopped: Stop,
    limit: int = 500, retention: Retention | None = None,
) -> Counts:  # fmt: skip
    """Get the text of pending articles, from the feed when it is there, else from the page.

    A page that is refused or cannot be had leaves the headline and the feed's summary to judge.
    What was read is kept as it came, for as long as ``retention`` says. Addresses of a backfill
    follow when nothing newer waits. One write for those that are ready at the same moment, sixteen
    at most; in it each stands for itself.
    """
    keeps = keeps_pages(retention or Retention())
    entering.enter_next(db, clock())
    todo = {str(item.article): item for item in articles.pending(db, clock(), limit)}
    counts: Counter[str] = Counter(pending=len(todo))
    sources, sites = _sources(todo, web, stopped), Sites(db, clock)
    reading = gathered(
        sources,
        lambda got: _read(got, workers, sites),
        stopped=stopped,
        weigh=lambda got: _weight(got[1]),
    )
    for ready in reading:
        for _ in ready:
            reached("after-extract")
        units = [(item, outcome, made) for (item, outcome), made in ready]
        sites.note_all((outcome, made) for _, outcome, made in units)
        counts.update(kept_all(db, units, clock(), lexicon=lexicon, keeps=keeps))
        if stopped():
            break
    sites.close()
    return counts


def _sources(
    todo: Mapping[str, Pending], web: Web, stopped: Stop
) -> Iterator[tuple[Pending, FetchOutcome | None] | None]:
    """What needs no page comes first, the longest due in front; pages follow as they arrive."""
    yield from ((item, None) for item in todo.values() if _is_at_hand(item))
    wanted = (_page_request(item) for item in todo.values() if not _is_at_hand(item))
    for outcome in web.arrivals(wanted, stopped=stopped):
        if outcome is None:
            yield None
            continue
        reached("after-fetch")
        yield todo[outcome.key], outcome


def _is_at_hand(item: Pending) -> bool:
    declared = item.body == "full"
    return item.body == "headline" or extract.carries_article(
        item.content_html, declared_full=declared
    )


def _page_request(item: Pending) -> FetchRequest:
    return FetchRequest(key=str(item.article), url=item.url, user_agent=item.user_agent)


def _read(
    source: tuple[Pending, FetchOutcome | None], workers: Workers, sites: Sites
) -> Future[Reading | Dropped] | None:
    item, outcome = source
    if isinstance(outcome, Fetched):
        return workers.submit(read_page, outcome, item, sites.known(outcome))
    if outcome is None and item.body != "headline":
        return workers.submit(read_feed_text, item)
    return None


# --- judge: text → queue, alerts ------------------------------------------------------------


def judge(
    db: Db, *, classifier: Classifier, topic: str, thresholds: Thresholds, rulebook: Rulebook,
    clock: Clock, stopped: Stop,
) -> Counts:  # fmt: skip
    """Judge texts without a verdict of the live model: queue, sample or reject; note firings.

    Alert rules fire whatever the score, and on the headline of an item whose text is late. A text
    that was shown to them before is no news when a new model reads it again: a rule written today
    would otherwise tell of a fortnight at once. One write a batch.
    """
    counts: Counter[str] = Counter()
    while not stopped() and (batch := verdicts.unjudged(db, classifier.model, JUDGE_BATCH)):
        now = clock()
        batch = repeats.known(db, batch, rulebook.lexicon, now)
        judged = list(zip(batch, verdicts_on(batch, classifier), strict=True))
        rows = [verdict_row(item, verdict, topic, thresholds) for item, verdict in judged]
        news = looks.fresh(db, [item.article for item in batch])
        met = [
            alerting.firing(item, *one, at=now, score=row.score)
            for item, row in zip(batch, rows, strict=True)
            if item.article in news
            for one in rulebook.met(item, row.score, row.topics)
        ]
        reached("after-judge")
        new = verdicts.save_verdicts(db, rows, met, now)
        counts.update(row.disposition for row in rows)
        counts.update(judged=len(rows), firings=new)
    late = verdicts.unmatched(db, clock() - HEADLINE_WAIT, JUDGE_BATCH)
    if late:
        now = clock()
        met = [
            alerting.firing(item, *one, at=now) for item in late for one in rulebook.met(item, None)
        ]
        counts.update(firings=verdicts.mark_matched(db, late, met, now))
    counts.update(claiming.note(db, lexicon=rulebook.lexicon, now=clock()))
    return counts


# --- alert: firings → outbox ----------------------------------------------------------------


def alert(
    db: Db, *, teller: alerting.Teller, lookout: watching.Lookout, notices: tuple[str, ...],
    clock: Clock,
) -> Counts:  # fmt: skip
    """Tell of firings, of facts that changed and of spikes: one write for each who is told.

    Who heard of which story stands in rows, so nobody hears twice, whatever the clock or a crash
    did; what is held back for quiet hours or a cap waits in rows too. ``notices`` are the ways by
    which the team hears of a rule that is mostly noise.
    """
    now = clock()
    counts = {**alerting.tell(db, teller, now), **watching.watch(db, lookout, now)}
    nudged = nudging.nudge(db, rules=teller.recipients, ways=notices, now=now)
    return {**counts, **({"nudges": nudged} if nudged else {})}


# --- send: outbox → the world ---------------------------------------------------------------


def send(
    db: Db, *, deliver: Callable[[OutboxRow], Delivery], clock: Clock, stopped: Stop,
    held: sending.Held = sending.never,
) -> Counts:  # fmt: skip
    """Deliver what is due, the channels side by side; one write a message, before and after.

    ``held`` says until when nobody may be told of a message; it waits until then.
    """
    return sending.send(db, deliver=deliver, clock=clock, stopped=stopped, held=held)


# --- digest: queue → outbox -----------------------------------------------------------------


def digest(db: Db, *, presses: Sequence[Press], catch_up_days: int, clock: Clock) -> Counts:
    """Make the editions that are due, one write an edition: once a local day, whatever the clock.

    What was told stands in rows, so restarts and outages neither skip a day nor tell it twice. A
    fresh install makes none for hours in which it had not looked yet. A digest that cannot be made
    is tried again at the next tick and holds up no other; what broke it is raised at the end.
    """
    return publishing.publish(db, presses, catch_up_days=catch_up_days, now=clock())


# --- learn: decisions → the next ranking ----------------------------------------------------


def learn(db: Db, *, trainer: Trainer, clock: Clock) -> Counts:
    """Train on the corpus; the candidate becomes live unless it is worse on held-out decisions.

    Nothing happens while the corpus is as it was when this was last settled, be it by a training or
    by a person who went back to another model. With fewer than three decisions and no example given
    nothing is learnt, and what was learnt from decisions since undone is let go. A model learnt
    with another topic pack is made anew and replaced: its weights are of other words and figures.
    """
    labels = corpus.labels(db)
    if len(labels) < LEAST_TO_LEARN and all(label.origin == "review" for label in labels):
        return {"labels": len(labels), **_unlearnt(db, clock)}
    snapshot = corpus.snapshot(db, clock())
    last, live = corpus.last_turn(db), corpus.live_model(db)
    outdated = live is not None and made_with(live.artifact) != trainer.pack
    chosen = last is not None and last.by != LEARN
    if last is not None and last.snapshot == snapshot.id and (chosen or not outdated):
        held = last.by != LEARN and last.model != _newest(db)
        return {"labels": len(labels), "unchanged": 1, **({"rolled_back": 1} if held else {})}
    train, held_out = grow.select(labels)
    artifact = trainer.train([example_of(label) for label in train])
    if live is not None and live.id == artifact.id:
        corpus.settle(db, _turn(snapshot, live.id, "it is live already", clock()))
        return {"labels": len(labels), "unchanged": 1}
    current = trainer.load(loads(live.artifact) if live else None)
    figures = figures_on(held_out, trainer.load(artifact), current)
    promoted, why = grow.promotes(figures)
    if outdated:
        promoted, why = True, f"the topic pack was changed; {why}"
    row = ModelRow(
        id=artifact.id,
        trainer=artifact.trainer,
        snapshot=snapshot.id,
        created_at=clock(),
        live=False,
        why=why,
        figures=figures,
        artifact=dumps(artifact),
    )
    judging = row.id if promoted else live.id if live else None
    corpus.save_model(db, row)
    corpus.settle(db, _turn(snapshot, judging, why, clock()))
    return {"labels": len(labels), "trained": 1, "promoted": int(promoted)}


def _unlearnt(db: Db, clock: Clock) -> Counts:
    """Let the cold start judge where the live model learnt from decisions that were undone."""
    if corpus.live_model(db) is None:
        return {}
    snapshot, last = corpus.snapshot(db, clock()), corpus.last_turn(db)
    if last is not None and last.snapshot == snapshot.id:
        return {}
    corpus.settle(db, _turn(snapshot, None, "too few decisions are left to learn from", clock()))
    return {"unlearnt": 1}


def _turn(snapshot: Snapshot, model: str | None, why: str, now: datetime) -> Turn:
    return Turn(snapshot=snapshot.id, model=model, by=LEARN, at=now, why=why)


def _newest(db: Db) -> str | None:
    known = corpus.models(db)
    return known[0].id if known else None


# --- tidy: what grows is kept in bounds -----------------------------------------------------


def tidy(db: Db, *, night: Night, retention: Retention, clock: Clock) -> Counts:
    """Once a night: the file checked, backed up, recounted and tended, old texts forgotten.

    A damaged file raises before any backup is replaced by a bad one. A backup that fails holds up
    nothing else, which may make room for it, and is raised at the end; so are wrong books.
    """
    now = clock()
    if not nightly.due(night, now):
        return nightly.elsewhere(night, now)
    quick_check(db)
    counts: Counter[str] = Counter()
    failed: StoreError | None = None
    try:
        counts += nightly.copy(night, now)
        days.recount(db)
    except StoreError as error:
        failed = error
    counts["polls_forgotten"] = letting_go.of_history(db, retention, now)
    texts, pages = letting_go.by_age(db, retention, now)
    counts += Counter(texts_forgotten=texts, pages_forgotten=pages)
    counts["texts_pressed"] = letting_go.press(db, now)
    tend(db)
    if failed is not None:
        raise failed
    return counts + nightly.elsewhere(night, now)
