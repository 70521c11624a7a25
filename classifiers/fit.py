"""Fit the shipped weights: the hand-set prior meets a labelled pool once.

``python -m classifiers.fit POOL.jsonl`` writes ``weights.json`` of the topic: the weights, the hash
of the pool, and the figures, cross-validated by event so that no story is on both sides.
Only the features of the topic are fitted; no word of the pool enters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifiers import metrics
from classifiers.evaluate import LABELS, labelled
from classifiers.features import FEATURES, Reader
from classifiers.lexicon import load_lexicon
from classifiers.linear import Floats, fit
from classifiers.pack import TOPICS, load_pack
from classifiers.profile import Profile

STRICT = 2.0
STRICT_INTERCEPT = 1.0
FOLDS = 5


def learn(inputs: Floats, labels: Floats, prior: Floats, intercept: float) -> tuple[Floats, float]:
    """Weights and intercept of the fit from the prior."""
    kernel = inputs @ inputs.T / STRICT + 1.0 / STRICT_INTERCEPT
    found = fit(kernel, inputs @ prior + intercept, labels, np.ones_like(labels))
    weights = prior + inputs.T @ found.alpha / STRICT
    return weights, intercept + float(found.alpha.sum()) / STRICT_INTERCEPT


def cross_validated(
    inputs: Floats, labels: Floats, groups: Sequence[str], prior: Floats, intercept: float
) -> Floats:
    """The log-odds of every row from a fit that saw nothing of its group."""
    fold = np.array([int(hashlib.sha256(g.encode()).hexdigest(), 16) % FOLDS for g in groups])
    out = np.zeros(len(labels))
    for k in range(FOLDS):
        weights, shift = learn(inputs[fold != k], labels[fold != k], prior, intercept)
        out[fold == k] = inputs[fold == k] @ weights + shift
    return out


def figures(logits: Floats, labels: Floats, kinds: Sequence[str]) -> dict[str, float | None]:
    """Average precision together and by kind, to four places."""
    out: dict[str, float | None] = {}
    for kind in ("full", "short", "all"):
        rows = [i for i, k in enumerate(kinds) if kind in {k, "all"}]
        found = metrics.cuts([float(logits[i]) for i in rows], [bool(labels[i]) for i in rows])
        value = metrics.average_precision(found)
        out[kind] = None if value is None else round(value, 4)
    return out


def fitted(rows: Sequence[Mapping[str, Any]], topic: str) -> dict[str, Any]:
    """The content of ``weights.json`` for a pool, without the pool's hash."""
    pack = load_pack(topic)
    reader = Reader(load_lexicon(topic), pack.outlets, Profile(pack.profile))
    chosen = labelled(rows)
    events = [row.get("event_group") for row in rows if row.get("label") in LABELS]
    groups = [str(e or r.text.title or r.id) for e, r in zip(events, chosen, strict=True)]
    readings = [reader.read(row.text) for row in chosen]
    inputs = np.array([r.values for r in readings])
    labels = np.array([float(row.relevant) for row in chosen])
    kinds = [row.kind or r.kind for row, r in zip(chosen, readings, strict=True)]
    prior = np.array([pack.prior[name] for name in FEATURES])
    base = pack.prior["intercept"]
    weights, intercept = learn(inputs, labels, prior, base)
    unseen = cross_validated(inputs, labels, groups, prior, base)
    named = {name: round(float(w), 4) for name, w in zip(FEATURES, weights, strict=True)}
    return {
        "weights": {"intercept": round(intercept, 4), **named},
        "strict": {"features": STRICT, "intercept": STRICT_INTERCEPT},
        "rows": {"n": len(chosen), "relevant": int(labels.sum())},
        "average_precision": {
            "hand": figures(inputs @ prior + base, labels, kinds),
            "cross_validated": figures(unseen, labels, kinds),
            "same_rows": figures(inputs @ weights + intercept, labels, kinds),
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write ``weights.json``; prints the figures; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.fit", description=__doc__)
    parser.add_argument("pool", type=Path, help="JSON Lines: label, title, text, outlet, ...")
    parser.add_argument("--topic", default="pak_afg_ttp")
    parser.add_argument("--out", type=Path, help="default: the topic's weights.json")
    chosen = parser.parse_args(arguments)
    raw = chosen.pool.read_bytes()
    rows = [json.loads(line) for line in raw.split(b"\n") if line.strip()]
    body = {
        "made_by": "python -m classifiers.fit",
        "pool_sha256": hashlib.sha256(raw).hexdigest(),
        "lexicon": load_lexicon(chosen.topic).version,
        **fitted(rows, chosen.topic),
    }
    out = chosen.out or TOPICS / chosen.topic / "weights.json"
    out.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(body["average_precision"], indent=1) + f"\n{out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
