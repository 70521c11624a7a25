"""``torkham classify``, ``evaluate``, ``explain`` and ``model``: the judgement from the shell."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from classifiers import calibrate, evaluate, registry
from classifiers.artifact import loads
from classifiers.explain import sentences
from classifiers.types import Classifier, Text, Verdict
from monitor.cli.frame import USAGE, Place, as_json, command, fail, show_json
from monitor.edge.clock import system_clock
from monitor.edge.http import Web
from monitor.model import ArticleText, Dropped, Fetched, FetchFailed, FetchRequest
from monitor.pipeline import learn
from monitor.stages import extract, screen
from store import articles, corpus

BATCH = 100
LONGEST_LINE = 20_000_000  # characters; a longer line of JSON is refused, not read


def _live(place: Place) -> Classifier:
    """The live model of the data folder, or the cold start where there is none."""
    path = place.data / "torkham.db"
    if not path.exists():
        return registry.load(None)
    with closing(place.store()) as db:
        live = corpus.live_model(db)
    return registry.load(loads(live.artifact) if live else None)


@click.command()
@click.argument("source", default="-")
@as_json
@command
def classify(place: Place, *, source: str, as_json: bool) -> None:
    """Judge a text, an HTML page, a URL, or JSON Lines of {id, title, text} from - (the default).

    Prints a line for every line, in their order. A line that cannot be read is answered by an
    "error" and the rest goes on; the exit code is then 1.
    """
    classifier = _live(place)
    failed = False
    for answer in _answers(_rows(source), classifier):
        failed = failed or "error" in answer
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            click.echo(_told(answer))
    sys.exit(1 if failed else 0)


def _rows(source: str) -> Iterator[dict[str, Any]]:
    """What there is to judge, one mapping each, read as it comes."""
    if source.startswith(("http://", "https://")):
        yield _page_row(_fetched(source), source)
    elif source == "-":
        yield from _read(sys.stdin, "-")
    else:
        try:
            body = Path(source).read_bytes()
        except OSError as error:
            fail(f"{source} cannot be read: {error.strerror}", code=USAGE)
        yield from _rows_of_file(body, source)


def _rows_of_file(body: bytes, name: str) -> Iterator[dict[str, Any]]:
    start = body[:2000].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")) or b"<body" in start:
        yield _page_row(_document(name, body, "text/html"), name)
        return
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{name} is not UTF-8 text; save it as UTF-8 or hand over the HTML page", code=USAGE)
    yield from _read(iter(text.splitlines()), name)


def _read(lines: Iterable[str] | TextIO, name: str) -> Iterator[dict[str, Any]]:
    """JSON Lines one by one; what does not begin as JSON is one plain text."""
    lines = iter(lines)
    first = next((line for line in lines if line.strip()), "")
    if not first.lstrip().startswith("{"):
        title, body = first.strip(), "\n".join(line.rstrip("\n") for line in lines)
        yield {"id": name, "title": title, "text": body}
        return
    yield _row(first)
    yield from (_row(line) for line in lines if line.strip())


def _row(line: str) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        return {"id": None, "error": f"the line has more than {LONGEST_LINE:,} characters"}
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    if not isinstance(row, dict):
        return {"id": None, "error": "not an object with title and text"}
    return row


def _fetched(url: str) -> Fetched:
    with Web(clock=system_clock, user_agent="Torkham", obey_robots=True) as web:
        outcome = web.fetch(FetchRequest(key=url, url=url))
    if isinstance(outcome, FetchFailed):
        fail(f"{url}: {outcome.detail}")
    if not isinstance(outcome, Fetched):
        fail(f"{url}: the server sent no document")
    return outcome


def _document(name: str, body: bytes, kind: str) -> Fetched:
    return Fetched(
        key=name, url="", final_url="", status=200, headers={"content-type": kind}, body=body,
        fetched_at=system_clock(),
    )  # fmt: skip


def _page_row(page: Fetched, name: str) -> dict[str, Any]:
    text = extract.extract(
        page.body, content_type=page.headers.get("content-type", ""), url=page.final_url,
        fetched_at=page.fetched_at,
    )  # fmt: skip
    refusal: Dropped | None = text if isinstance(text, Dropped) else None
    if isinstance(text, ArticleText):
        refusal = screen.screen(text, body=page.body, url=page.final_url, status=page.status)
        row = {"id": name, "title": text.title, "text": text.body, "lang": text.language}
    else:
        row = {"id": name, "title": "", "text": ""}
    verdict = {"article": refusal is None}
    if refusal:
        return {**row, **verdict, "reason": refusal.detail or refusal.reason.value}
    return {**row, **verdict}


def _answers(rows: Iterator[dict[str, Any]], classifier: Classifier) -> Iterator[dict[str, Any]]:
    while batch := list(islice(rows, BATCH)):
        good = [row for row in batch if "error" not in row]
        judged = iter(classifier.judge([evaluate.text_of(row) for row in good]))
        for row in batch:
            yield row if "error" in row else _answer(row, next(judged))


def _answer(row: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
    page: dict[str, Any] = {key: row[key] for key in ("article", "reason") if key in row}
    return {
        "id": row.get("id"),
        "score": round(verdict.score, 6),
        "relevant": verdict.relevant and row.get("article", True),
        "topics": list(verdict.topics),
        "evidence": asdict(verdict.evidence),
        "model": verdict.model,
        **page,
    }


def _told(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"?     {answer['id'] or ''}  {answer['error']}"
    why = ", ".join(
        f"{c['label']} {c['weight']:+.1f}" for c in answer["evidence"]["contributions"][:3]
    )
    if not answer.get("article", True):
        why = f"no article: {answer['reason']}"
    return f"{answer['score']:.3f} {answer['id'] or ''}  {'/'.join(answer['topics'])}  {why}"


@click.command("evaluate")
@click.argument("pool", type=click.Path(path_type=Path))
@click.option("--reviews", type=int, default=0, help="Simulate so many reviews of the queue.")
@click.option("--batch", type=int, default=10, help="Reviews between two trainings (default 10).")
@click.option("--seed", type=int, default=0, help="Of the split and the draw.")
@click.option("--threshold", type=float, default=None, help="Default: the topic pack's.")
@as_json
@command
def evaluate_pool(
    place: Place, *, pool: Path, reviews: int, batch: int, seed: int, threshold: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Measure the judgement on a labelled pool: JSON Lines with title, text and label.

    label is relevant, not_relevant or unsure; unsure rows are left out.
    """
    rows = _pool(pool)
    line = calibrate.thresholds().relevant if threshold is None else threshold
    figures = evaluate.evaluate(rows, _live(place), line)
    if reviews > 0:
        figures["curve"] = evaluate.simulate(
            rows, registry.trainer(), reviews=reviews, batch=max(1, batch), seed=seed,
            threshold=line,
        )  # fmt: skip
    if as_json:
        show_json(figures)
    else:
        _show_figures(figures)


def _pool(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", code=USAGE)
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text", code=USAGE)
    rows = [_row(line) for line in lines if line.strip()]
    for number, row in enumerate(rows, start=1):
        if "error" in row or row.get("label") not in {*evaluate.LABELS, "unsure"}:
            said = row.get("error") or "label must be relevant, not_relevant or unsure"
            fail(f"{path}: line {number}: {said}", code=USAGE)
    return rows


def _show_figures(figures: dict[str, Any]) -> None:
    kinds = {"all": figures, **figures.get("by_kind", {})}
    names = ["n", "relevant", "average_precision", "precision_at_recall_95",
             "recall_at_precision_90", "wss_95", "brier", "ece"]  # fmt: skip
    click.echo(f"{'':24}" + "".join(f"{kind:>10}" for kind in kinds))
    for name in names:
        cells = [_cell(found.get(name)) for found in kinds.values()]
        click.echo(f"{name.replace('_', ' '):24}" + "".join(f"{cell:>10}" for cell in cells))
    at = figures["at_threshold"]
    precision, recall = _cell(at["precision"]), _cell(at["recall"])
    click.echo(f"at {at['threshold']:.2f}: precision {precision}, recall {recall}")
    for point in figures["curve"]:
        ap = _cell(point["average_precision"])
        click.echo(f"{point['reviews']:5} reviews  average precision {ap}")


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


@click.command()
@click.argument("article", type=int)
@as_json
@command
def explain(place: Place, *, article: int, as_json: bool) -> None:
    """Say why an article scored as it did, term by term."""
    with closing(place.store()) as db:
        row, text = articles.get(db, article), articles.text(db, article)
    if row is None:
        fail(f"there is no article {article}; `torkham search` finds their numbers")
    body = text.body if text else row.summary
    judged = Text(
        title=row.title, body=body, outlet=row.outlet, language=row.language, side=row.side
    )
    (verdict,) = _live(place).judge([judged])
    if as_json:
        show_json({"article": article, "title": row.title, **asdict(verdict)})
        return
    click.echo(f"{row.title}\n{row.outlet}, score {verdict.score:.3f} by {verdict.model}")
    for sentence in sentences(verdict):
        click.echo(f"  {sentence}")


@click.group("model")
def model_group() -> None:
    """The trained models: which is live, train one, go back to one."""


@model_group.command("list")
@as_json
@command
def model_list(place: Place, *, as_json: bool) -> None:
    """List the models, newest first; the live one is marked."""
    with closing(place.store()) as db:
        rows = corpus.models(db)
    if as_json:
        show_json([{k: v for k, v in _fields(row).items() if k != "artifact"} for row in rows])
        return
    if not rows:
        click.echo("No model was trained yet: the cold start of the topic pack judges.")
    for row in rows:
        mark = "live" if row.live else "    "
        click.echo(f"{mark} {row.id}  {row.created_at:%Y-%m-%d %H:%M} UTC  {row.why}")


def _fields(row: object) -> dict[str, Any]:
    return asdict(row)  # type: ignore[call-overload,no-any-return]


@model_group.command("learn")
@as_json
@command
def model_learn(place: Place, *, as_json: bool) -> None:
    """Train on the decisions now; the model becomes live unless it is worse."""
    with closing(place.store()) as db:
        counts = learn(db, trainer=registry.trainer(), clock=system_clock)
    if as_json:
        show_json(counts)
    elif counts.get("promoted"):
        click.echo(f"Trained on {counts['labels']} decisions; the new model is live.")
    elif counts.get("trained"):
        click.echo("Trained, and not taken: it is worse on the held-out decisions.")
    else:
        click.echo(f"Nothing new to learn from: {counts['labels']} decisions.")


@model_group.command("rollback")
@click.argument("model_id")
@command
def model_rollback(place: Place, *, model_id: str) -> None:
    """Make an earlier model live again; "cold" goes back to the topic pack's cold start."""
    with closing(place.store()) as db:
        known = {row.id for row in corpus.models(db)}
        if model_id != "cold" and model_id not in known:
            fail(f"there is no model {model_id}; `torkham model list` shows them")
        corpus.set_live(db, None if model_id == "cold" else model_id)
    click.echo(f"{model_id} is live; undecided articles are judged anew by the next runs.")


COMMANDS = (classify, evaluate_pool, explain, model_group)
__all__ = ["COMMANDS"]
