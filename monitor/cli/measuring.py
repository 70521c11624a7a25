"""``torkham evaluate`` and ``model``: how good the judgement is, and which one is live."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from classifiers import calibrate, evaluate, registry
from monitor.cli import intake
from monitor.cli.frame import (
    FAILED,
    USAGE,
    Place,
    as_json,
    command,
    fail,
    show,
    show_json,
)
from monitor.cli.judging import live

_LABELS = {*evaluate.LABELS, "unsure"}
_FIGURES = ("n", "relevant", "average_precision", "precision_at_recall_95",
            "recall_at_precision_90", "wss_95", "brier", "ece")  # fmt: skip


@click.command("evaluate")
@click.argument("pool", type=click.Path(path_type=Path))
@click.option(
    "--reviews", type=click.IntRange(0), default=0, help="Simulate so many reviews of the queue."
)
@click.option(
    "--batch", type=click.IntRange(1), default=10, help="Reviews between two trainings (10)."
)
@click.option("--seed", type=int, default=0, help="Of the split and the draw (default 0).")
@click.option(
    "--threshold", type=click.FloatRange(0, 1), default=None, help="Default: the topic pack's."
)
@as_json
@command
def evaluate_pool(
    place: Place, *, pool: Path, reviews: int, batch: int, seed: int, threshold: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Measure the judgement on a labelled pool.

    POOL is JSON Lines with title, text and label: relevant, not_relevant or unsure. The unsure
    are left out.
    """
    rows = _pool(pool)
    line = calibrate.thresholds().relevant if threshold is None else threshold
    figures = evaluate.evaluate(rows, live(place), line)
    if reviews:
        figures["curve"] = evaluate.simulate(
            rows, registry.trainer(), reviews=reviews, batch=batch, seed=seed, threshold=line
        )
    if as_json:
        show_json(figures)
    else:
        _show_figures(figures)


def _pool(path: Path) -> list[dict[str, Any]]:
    """The rows of a pool. Leaves with the place and nature of the first mistake."""
    rows: list[dict[str, Any]] = []
    try:
        with path.open("rb") as file:
            for given in intake.pool(file):
                wrong = given.error or _wrong_label(given.label)
                if wrong:
                    fail(f"{path}: line {given.line}: {wrong}", code=USAGE)
                rows.append(_row(given))
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", code=USAGE)
    if not any(row["label"] in evaluate.LABELS for row in rows):
        fail(f"{path}: no row is labelled relevant or not_relevant", code=USAGE)
    return rows


def _wrong_label(label: str) -> str:
    return "" if label in _LABELS else "label must be relevant, not_relevant or unsure"


def _row(given: intake.Given) -> dict[str, Any]:
    text = given.text
    return {
        "id": given.id,
        "title": text.title,
        "text": text.body,
        "outlet": text.outlet,
        "lang": text.language,
        "label": given.label,
        "kind": given.kind,
    }


def _show_figures(figures: dict[str, Any]) -> None:
    kinds = {"all": figures, **figures.get("by_kind", {})}
    lines = [f"{'':24}" + "".join(f"{kind[:9]:>10}" for kind in kinds)]
    for name in _FIGURES:
        cells = "".join(f"{_cell(found.get(name)):>10}" for found in kinds.values())
        lines.append(f"{name.replace('_', ' '):24}{cells}")
    at = figures["at_threshold"]
    precision, recall = _cell(at["precision"]), _cell(at["recall"])
    lines.append(f"at {at['threshold']:.2f}: precision {precision}, recall {recall}")
    for point in figures["curve"]:
        ap = _cell(point["average_precision"])
        lines.append(f"{point['reviews']:5} reviews  average precision {ap}")
    show("\n".join(lines))


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


# --- model ----------------------------------------------------------------------------------


@click.group("model")
def model_group() -> None:
    """The trained models: which is live, train one, go back to one."""


@model_group.command("list")
@as_json
@command
def model_list(place: Place, *, as_json: bool) -> None:
    """List the models, newest first; the live one is marked."""
    from store import corpus

    with closing(place.store()) as db:
        rows = corpus.models(db)
    if as_json:
        show_json([{k: v for k, v in asdict(row).items() if k != "artifact"} for row in rows])
        return
    if not rows:
        click.echo("No model was trained yet: the cold start of the topic pack judges.")
    for row in rows:
        mark = "live" if row.live else "    "
        show(f"{mark} {row.id}  {row.created_at:%Y-%m-%d %H:%M} UTC  {row.why}")


@model_group.command("learn")
@as_json
@command
def model_learn(place: Place, *, as_json: bool) -> None:
    """Train on the decisions now; the model becomes live unless it is worse."""
    from monitor.edge.clock import system_clock
    from monitor.pipeline import learn

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
    from store import corpus

    with closing(place.store()) as db:
        known = {row.id for row in corpus.models(db)}
        if model_id != "cold" and model_id not in known:
            fail(f"there is no model {model_id}; `torkham model list` shows them", code=FAILED)
        corpus.set_live(db, None if model_id == "cold" else model_id)
    click.echo(f"{model_id} is live; undecided articles are judged anew by the next runs.")


COMMANDS = (evaluate_pool, model_group)
