"""The figures of ``torkham evaluate`` as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

_ROWS = (
    ("average_precision", "average precision"),
    ("precision_at_recall_95", "precision at recall .95"),
    ("recall_at_precision_90", "recall at precision .90"),
    ("wss_95", "reading saved (wss 95)"),
)
_PLAIN = (("brier", "brier"), ("ece", "ece"))
_WIDTH = 24
_NAMES = {
    "keywords": "names of the topic, counted",
    "seeds": "likeness to the seed articles alone",
    "hand": "hand-set weights",
    "fitted": "weights fitted on other folds",
}


def told(pool: str, figures: Figures) -> str:
    """The whole report, section by section."""
    sections = (_head, _table, _level, _reliability, _strands, _stream, _beside, _curve, _worst)
    parts = ["\n".join(section(figures)) for section in sections]
    return "\n\n".join([f"{pool}", *filter(None, parts)])


def _head(figures: Figures) -> Iterator[str]:
    folds, unsure = figures["folds"], figures["unsure_rows"]
    judge = (
        f"judged by weights fitted on the other {folds - 1} of {folds} parts"
        if folds
        else f"judged by {figures['model']}"
    )
    yield (
        f"{figures['n']} rows in {figures['groups']} groups of near copies,"
        f" {figures['relevant']} relevant, {unsure} more unsure; {judge}"
    )
    if not 0 < figures["relevant"] < figures["n"]:
        yield (
            "All of them are labelled alike, so nothing can be said of how well the two kinds are"
            " told apart: most of the figures below mean nothing."
        )
    if figures["taught_the_weights"] and not folds:
        yield (
            "The shipped weights were fitted on this very pool, so the figures flatter;"
            " --cross-validate 5 says what to expect of other articles."
        )


def _table(figures: Figures) -> Iterator[str]:
    kinds = {"all": figures, **figures["by_kind"]}
    yield f"{'':25}" + "".join(f"{kind[:_WIDTH]:>{_WIDTH}}" for kind in kinds)
    for name in ("n", "relevant"):
        yield f"{name:25}" + "".join(f"{found[name]:>{_WIDTH}}" for found in kinds.values())
    for name, said in _ROWS:
        cells = (_with(found[name], found["intervals"][name]) for found in kinds.values())
        yield f"{said:25}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)
        if name == "average_precision":
            yield from _unsure(kinds)
    for name, said in _PLAIN:
        yield f"{said:25}" + "".join(f"{_cell(found[name]):>{_WIDTH}}" for found in kinds.values())
    for name in ("precision", "recall"):
        line = f"{name} at {figures['at_threshold']['threshold']:.2f}"
        cells = (
            _with(found["at_threshold"][name], found["intervals"][name]) for found in kinds.values()
        )
        yield f"{line:25}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)
    yield "In brackets: where 95 of 100 pools drawn from these groups of near copies lie."


def _unsure(kinds: Mapping[str, Figures]) -> Iterator[str]:
    for name, said in (("as_not_relevant", "not relevant"), ("as_relevant", "relevant")):
        cells = (found["average_precision_with_unsure"][name] for found in kinds.values())
        line = f"  the unsure {said}"
        yield f"{line:25}" + "".join(f"{_cell(cell):>{_WIDTH}}" for cell in cells)


def _level(figures: Figures) -> Iterator[str]:
    ratio = figures["expected_over_relevant"]
    if ratio is not None:
        said = _with(ratio, figures["intervals"]["expected_over_relevant"])
        yield f"The scores add up to {said} of the relevant rows there are."


def _reliability(figures: Figures) -> Iterator[str]:
    yield "score          rows   mean score   relevant"
    for band in figures["reliability"]:
        edges = f"{band['from']:.2f} to {band['to']:.2f}"
        share = _with(band["share"], band["interval"])
        yield f"{edges:12}{band['n']:>7}{band['mean_score']:>13.3f}   {share}"


def _strands(figures: Figures) -> Iterator[str]:
    rows = figures["by_strand"]
    if rows:
        at = f"recall at {figures['at_threshold']['threshold']:.2f}"
        yield f"strand            n   {at:22}where 95 of 100 are found"
    for row in rows:
        recall = _with(row["recall"], row["interval"])
        yield f"{row['strand'][:14]:14}{row['n']:>5}   {recall:22}{_cell(row['recall_at_95'])}"


def _stream(figures: Figures) -> Iterator[str]:
    found = figures.get("stream")
    if not found:
        return
    yield f"Of a stream of {found['n']} articles"
    for name in ("at_recall_95", "at_threshold"):
        line = found[name]
        if line:
            share = f"{100 * line['share']:.2f} % ({line['above']:.0f})"
            recall = _cell(line["recall"])
            yield f"  {share} lie at {line['threshold']:.4f} or above; recall on the pool {recall}"


def _beside(figures: Figures) -> Iterator[str]:
    found: Mapping[str, Mapping[str, float | None]] = figures.get("baselines", {})
    for place, (name, row) in enumerate(found.items()):
        if place == 0:
            yield f"{'average precision of':37}" + "".join(f"{kind[:9]:>10}" for kind in row)
        yield f"{_NAMES.get(name, name):37}" + "".join(f"{_cell(v):>10}" for v in row.values())


def _curve(figures: Figures) -> Iterator[str]:
    points: Sequence[Figures] = figures["curve"]
    if not points:
        return
    about = figures["curve_of"]
    notes = [f"weights {about['prior']}", f"mean and range of {about['splits']} splits"]
    if about["wrong"]:
        notes.append(f"{100 * about['wrong']:.0f} % of the answers wrong")
    if about["widened"]:
        notes.append("the unsure accepted")
    yield f"Learning curve: {', '.join(notes)}"
    kinds = list(points[0]["average_precision_by_kind"])
    head = "".join(f"{kind[:8]:>9}" for kind in kinds)
    yield f"reviews  found   average precision    {head}   scores over truth"
    for point in points:
        by_kind = "".join(f"{_cell(point['average_precision_by_kind'].get(k)):>9}" for k in kinds)
        precision = _with(point["average_precision"], point["range"]["average_precision"])
        level = _with(point["expected_over_relevant"], point["range"]["expected_over_relevant"])
        yield f"{point['reviews']:>7}{point['found']:>7.0f}   {precision:20} {by_kind}   {level}"


def _worst(figures: Figures) -> Iterator[str]:
    rows = figures["worst"]
    if rows:
        yield "Most wrong about"
    for row in rows:
        title = " ".join(row["title"].split())
        yield f"  {row['score']:.3f}  {row['label']:13} {row['id']}  {title}"


def _with(value: float | None, interval: Sequence[float] | None) -> str:
    return _cell(value) + (f" [{_cell(interval[0])} {_cell(interval[1])}]" if interval else "")


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
