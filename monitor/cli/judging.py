"""``torkham classify``: the judgement from the shell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click

from classifiers import registry
from classifiers.pack import NO_TEAM, TOPIC, Team
from classifiers.types import Classifier, Verdict
from monitor.cli import intake
from monitor.cli.frame import (
    FAILED,
    USAGE,
    Place,
    as_json,
    command,
    fail,
    json_line,
    show,
    show_json,
)
from monitor.cli.intake import Given
from monitor.edge.clock import system_clock
from monitor.model import Fetched, FetchFailed, FetchRequest

_REASONS = 3


def topic_of(place: Place) -> tuple[str, Team]:
    """Return the topic pack of the settings, if there are any, and what the team laid over it."""
    if not place.config.exists():
        return TOPIC, NO_TEAM
    from monitor import topics

    settings = place.settings()
    return topics.place_of(settings.topic, place.config), topics.team_of(settings)


def live(place: Place) -> Classifier:
    """Return the live model of the data folder, or the cold start where there is none.

    The topic and what the team laid over it are those of the settings, where there are any.
    """
    topic, team = topic_of(place)
    if not place.database.exists():
        return registry.load(None, topic=topic, team=team)
    from classifiers.artifact import loads
    from store import corpus

    with closing(place.store()) as db:
        row = corpus.live_model(db)
    return registry.load(loads(row.artifact) if row else None, topic=topic, team=team)


@click.command()
@click.argument("source", default="-")
@click.option(
    "--top", type=click.IntRange(1, 1000), default=None, metavar="N",
    help="Only the N best of all, with the names matched in their places.",
)  # fmt: skip
@as_json
@command
def classify(place: Place, *, source: str, top: int | None, as_json: bool) -> None:
    """Judge a text, an HTML page, a URL, or JSON Lines.

    SOURCE is a file, a URL or - (the default). JSON Lines hold {id, title, text[, outlet, lang]}
    and are answered line for line, in their order and as they come. A line that cannot be read is
    answered by an "error" and the rest goes on; the exit code is then 1.
    """
    classifier = live(place)
    if top:
        _best(place, source, classifier, top, as_json=as_json)
    failed, empty = False, True
    try:
        for batch in _batches(place, source):
            answers = list(_answers(batch, classifier))
            failed = failed or any("error" in answer for answer in answers)
            empty = False
            if as_json:
                click.echo("\n".join(map(json_line, answers)))
            else:
                show("\n".join(map(_sentence, answers)))
    except intake.UnreadableError as error:
        fail(f"{source}: {error}", code=USAGE)
    if empty:
        click.echo(f"torkham: {source} is empty; there was nothing to judge", err=True)
    sys.exit(FAILED if failed else 0)


def _best(
    place: Place, source: str, classifier: Classifier, most: int, *, as_json: bool
) -> NoReturn:
    """Print the best of all and leave."""
    from classifiers.pack import load_pack
    from monitor.cli import ranking

    pack = load_pack(*topic_of(place))
    best = ranking.Best(most=most, relevant_at=pack.relevant_at, queue_at=pack.queue_at)
    try:
        for batch in _batches(place, source):
            read = [given for given in batch if not given.error]
            best.unread += len(batch) - len(read)
            verdicts = classifier.judge([given.text for given in read])
            for given, verdict in zip(read, verdicts, strict=True):
                best.add("" if given.id is None else str(given.id), given.text, verdict)
    except intake.UnreadableError as error:
        fail(f"{source}: {error}", code=USAGE)
    if as_json:
        for rank, row in enumerate(best.ranked(), 1):
            show_json(ranking.row_of(row, rank))
    else:
        click.echo(ranking.told(best))
    sys.exit(FAILED if best.unread else 0)


def _batches(place: Place, source: str) -> Iterator[list[Given]]:
    """What there is to judge, read as it comes."""
    if source.startswith(("http://", "https://")):
        yield [intake.page(_fetched(place, source), source)]
    elif source == "-":
        if sys.stdin.isatty():
            click.echo("Reading from the terminal; Ctrl-D ends the text.", err=True)
        yield from intake.batches(sys.stdin.buffer, source)
    else:
        try:
            file = Path(source).open("rb")  # noqa: SIM115 - the block below closes it
        except OSError as error:
            fail(f"{source} cannot be read: {error.strerror}", code=USAGE)
        with file:
            yield from intake.batches(file, source)


def _fetched(place: Place, url: str) -> Fetched:
    from monitor.edge.http import Web

    agent = "Torkham"
    with Web(clock=system_clock, user_agent=agent, allow=place.allow, obey_robots=True) as web:
        outcome = web.fetch(FetchRequest(key=url, url=url))
    if isinstance(outcome, FetchFailed):
        fail(f"{url}: {outcome.detail or outcome.fault.value}")
    if not isinstance(outcome, Fetched):
        fail(f"{url}: the server sent no document")
    return outcome


def _answers(batch: list[Given], classifier: Classifier) -> Iterator[dict[str, Any]]:
    verdicts = iter(classifier.judge([given.text for given in batch if not given.error]))
    for given in batch:
        if given.error:
            yield {"id": given.id, "line": given.line, "error": given.error}
        else:
            yield _answer(given, next(verdicts))


def _page(given: Given) -> dict[str, Any]:
    return {"article": given.article, "reason": given.reason, "kind": given.refused_as or None}


def _answer(given: Given, verdict: Verdict) -> dict[str, Any]:
    page = {} if given.article is None else _page(given)
    return {
        "id": given.id,
        "score": round(verdict.score, 6),
        "relevant": verdict.relevant and given.article is not False,
        "topics": list(verdict.topics),
        "evidence": asdict(verdict.evidence),
        "model": verdict.model,
        **page,
    }


def _sentence(answer: dict[str, Any]) -> str:
    name = "" if answer["id"] is None else answer["id"]
    if "error" in answer:
        return f"?     {name or 'line ' + str(answer['line'])}  {answer['error']}"
    why = ", ".join(f"{c['label']} {c['weight']:+.1f}" for c in _decisive(answer))
    if answer.get("article") is False:
        why = f"no article: {answer['reason']}"
    line = f"{answer['score']:.3f} {name}  {'/'.join(answer['topics'])}  {why}"
    return line.replace("\n", " ")


def _decisive(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The three terms that weighed most; where every text starts from says nothing of this one."""
    terms = [c for c in answer["evidence"]["contributions"] if c["feature"] != "intercept"]
    return sorted(terms, key=lambda term: -abs(term["weight"]))[:_REASONS]


COMMANDS = (classify,)
