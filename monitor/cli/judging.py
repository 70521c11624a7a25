"""``torkham classify`` and ``explain``: the judgement from the shell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from classifiers import registry
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


def live(place: Place) -> Classifier:
    """Return the live model of the data folder, or the cold start where there is none."""
    if not place.database.exists():
        return registry.load(None)
    from classifiers.artifact import loads
    from store import corpus

    with closing(place.store()) as db:
        row = corpus.live_model(db)
    return registry.load(loads(row.artifact) if row else None)


@click.command()
@click.argument("source", default="-")
@as_json
@command
def classify(place: Place, *, source: str, as_json: bool) -> None:
    """Judge a text, an HTML page, a URL, or JSON Lines.

    SOURCE is a file, a URL or - (the default). JSON Lines hold {id, title, text[, outlet, lang]}
    and are answered line for line, in their order and as they come. A line that cannot be read is
    answered by an "error" and the rest goes on; the exit code is then 1.
    """
    classifier = live(place)
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


def _answer(given: Given, verdict: Verdict) -> dict[str, Any]:
    page = {} if given.article is None else {"article": given.article, "reason": given.reason}
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
    why = ", ".join(
        f"{c['label']} {c['weight']:+.1f}" for c in answer["evidence"]["contributions"][:3]
    )
    if answer.get("article") is False:
        why = f"no article: {answer['reason']}"
    line = f"{answer['score']:.3f} {name}  {'/'.join(answer['topics'])}  {why}"
    return line.replace("\n", " ")


@click.command()
@click.argument("article", type=click.IntRange(1, 2**63 - 1))
@as_json
@command
def explain(place: Place, *, article: int, as_json: bool) -> None:
    """Say why an article scored as it did, term by term."""
    from classifiers.explain import sentences
    from classifiers.types import Text
    from store import articles

    with closing(place.store()) as db:
        row, text = articles.get(db, article), articles.text(db, article)
    if row is None:
        fail(f"there is no article {article}; `torkham search` finds their numbers")
    judged = Text(
        title=text.title if text else row.title,
        body=text.body if text else row.summary,
        outlet=row.outlet,
        language=row.language,
        side=row.side,
    )
    (verdict,) = live(place).judge([judged])
    if as_json:
        show_json({"article": article, "title": row.title, **asdict(verdict)})
        return
    lines = [row.title, f"{row.outlet}, score {verdict.score:.3f} by {verdict.model}"]
    show("\n".join([*lines, *(f"  {sentence}" for sentence in sentences(verdict))]))


COMMANDS = (classify, explain)
