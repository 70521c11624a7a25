"""``torkham evaluate``: how good the judgement is, on a labelled pool."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from classifiers.measuring import baselines, report
from classifiers.measuring.curve import Plan, curve
from classifiers.measuring.sheet import LABELS, Row, Sheet, Tick, rows_of, silent
from classifiers.pack import Pack, load_pack
from monitor.cli import intake, measured
from monitor.cli.frame import USAGE, Place, Within, as_json, command, fail, show, show_json
from monitor.cli.judging import live, topic_of

_FOLDS = 5
_MOST = 50_000
"""Rows of a pool or a stream: more would not be held in memory with ease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the options of the command say."""

    threshold: float
    folds: int
    seed: int
    errors: int
    baselines: bool
    plan: Plan


@click.command("evaluate")
@click.argument("pool", type=click.Path(path_type=Path))
@click.option(
    "--cross-validate",
    "folds",
    type=click.IntRange(2, 100),
    default=None,
    metavar="K",
    help="Judge each of K parts by weights fitted on the others.",
)
@click.option(
    "--stream",
    type=click.Path(path_type=Path),
    default=None,
    help="JSON Lines without labels: how much of them would people read?",
)
@click.option("--baselines", "beside", is_flag=True, help="Simpler rankings beside it.")
@click.option(
    "--errors", type=click.IntRange(0, 1000), default=0, metavar="N", help="Show the N worst rows."
)
@click.option(
    "--reviews", type=click.IntRange(0), default=0, help="Simulate so many reviews of the queue."
)
@click.option(
    "--batch", type=click.IntRange(1), default=10, help="Reviews between two trainings (10)."
)
@click.option("--seed", type=click.IntRange(0), default=0, help="Of all splits and draws (0).")
@click.option(
    "--seeds",
    "splits",
    type=click.IntRange(1, 100),
    default=4,
    help="Splits the learning curve is averaged over (4).",
)
@click.option(
    "--wrong",
    type=Within(0, 0.5),
    default=0.0,
    metavar="SHARE",
    help="So many of the simulated reviews are wrong.",
)
@click.option("--widen", is_flag=True, help="The simulated reviewers accept the unsure rows.")
@click.option("--threshold", type=Within(0, 1), default=None, help="Default: the topic pack's.")
@as_json
@command
def evaluate_pool(  # one name an option
    place: Place, *, pool: Path, folds: int | None, stream: Path | None, beside: bool, errors: int,
    reviews: int, batch: int, seed: int, splits: int, wrong: float, widen: bool,
    threshold: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Measure the judgement on a labelled pool.

    POOL is JSON Lines with title, text and label: relevant, not_relevant or unsure. The unsure
    are left out, and counted either way beside it. Without --cross-validate the live model of the
    data folder judges, or the cold start where there is none.
    """
    rows, digest = _pool(pool)
    more = _stream(stream) if stream else []
    topic, team = topic_of(place)
    pack = load_pack(topic, team)
    line = pack.relevant_at if threshold is None else threshold
    seen = report.taught_by(pack) == digest
    plan = Plan(
        reviews=reviews, batch=batch, seed=seed, splits=splits, wrong=wrong, widen=widen,
        unseen=bool(folds) or seen, threshold=line,
    )  # fmt: skip
    asked = _Asked(
        threshold=line, folds=folds or 0, seed=seed, errors=errors, baselines=beside, plan=plan
    )
    figures = _figures(place, rows, more, pack, asked)
    figures["taught_the_weights"] = seen
    if as_json:
        show_json(figures)
    else:
        show(measured.told(pool.name, figures))


def _figures(
    place: Place, rows: list[Row], more: list[Row], pack: Pack, asked: _Asked
) -> dict[str, Any]:
    plan = asked.plan
    points = plan.splits * (2 + plan.reviews // plan.batch) if plan.reviews else 0
    judged_rows = 0 if asked.folds else len(rows) + len(more)
    with _progress(len(rows) + len(more) * bool(asked.folds) + judged_rows + 10 * points) as tick:
        sheet = Sheet(rows, pack, tick=tick)
        _splittable(sheet, asked)
        if asked.folds:
            beside = Sheet(more, pack, tick=tick) if more else None
            judged = report.judged_unseen(sheet, asked.folds, beside, seed=asked.seed)
            model = {"model": f"cross-validated in {asked.folds}", "lexicon": None}
        else:
            classifier = live(place)
            judged = report.judged_by(classifier, rows, more, tick=tick)
            model = {"model": classifier.model, "lexicon": classifier.lexicon}
        figures = report.report(sheet, judged, threshold=asked.threshold, seed=asked.seed)
        figures.update(model, folds=asked.folds)
        if asked.baselines:
            found = baselines.baselines(sheet, folds=asked.folds or _FOLDS, seed=asked.seed)
            figures["baselines"] = baselines.compared(sheet, found)
        if plan.reviews:
            figures["curve"] = curve(sheet, plan, tick=lambda n: tick(10 * n))
            figures["curve_of"] = _told(plan)
        figures["worst"] = report.worst(sheet, judged.scores, asked.errors)
    return figures


def _told(plan: Plan) -> dict[str, Any]:
    return {
        "prior": "fitted on other rows" if plan.unseen else "as shipped",
        "splits": plan.splits,
        "wrong": plan.wrong,
        "widened": plan.widen,
        "mix": list(plan.mix),
    }


def _splittable(sheet: Sheet, asked: _Asked) -> None:
    """Leave where the pool has fewer groups than parts are asked for."""
    parts = max(asked.folds, (4 if asked.plan.unseen else 2) if asked.plan.reviews else 0)
    groups = len(set(sheet.groups[~sheet.unsure].tolist()))
    if groups < parts:
        fail(
            f"the pool has {groups} labelled rows that are no copies of each other, too few to be"
            f" parted in {parts}",
            code=USAGE,
        )


@contextmanager
def _progress(total: int) -> Iterator[Tick]:
    """A progress bar on a terminal, and none in a pipe."""
    if not sys.stderr.isatty():
        yield silent
        return
    with click.progressbar(length=total, label="Measuring", file=sys.stderr) as bar:
        yield bar.update


# --- what is given --------------------------------------------------------------------------


def _pool(path: Path) -> tuple[list[Row], str]:
    """The rows of a pool and the hash of its bytes. Leaves at the first mistake, with its place."""
    rows = _rows(path, labelled=True)
    if not any(row.label in {"relevant", "not_relevant"} for row in rows):
        fail(f"{path}: no row is labelled relevant or not_relevant", code=USAGE)
    with path.open("rb") as file:
        return rows, hashlib.file_digest(file, "sha256").hexdigest()


def _stream(path: Path) -> list[Row]:
    rows = _rows(path, labelled=False)
    if not rows:
        fail(f"{path}: there is no row in it", code=USAGE)
    return rows


def _rows(path: Path, *, labelled: bool) -> list[Row]:
    rows: list[Mapping[str, Any]] = []
    try:
        with path.open("rb") as file:
            for given in intake.pool(file):
                wrong = given.error or (_wrong_label(given.label) if labelled else "")
                if wrong:
                    fail(f"{path}: line {given.line}: {wrong}", code=USAGE)
                if len(rows) == _MOST:
                    fail(f"{path}: more than {_MOST:,} rows; measure on a part of them", code=USAGE)
                rows.append(_row(given))
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}", code=USAGE)
    return rows_of(rows)


def _wrong_label(label: str) -> str:
    return "" if label in LABELS else "label must be relevant, not_relevant or unsure"


def _row(given: intake.Given) -> Mapping[str, Any]:
    text = given.text
    return {
        "id": given.id,
        "title": text.title,
        "text": text.body,
        "outlet": text.outlet,
        "lang": text.language,
        "label": given.label,
        "kind": given.kind,
        "event_group": given.event,
    }


COMMANDS = (evaluate_pool,)
