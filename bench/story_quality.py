"""How well are articles sorted into stories, beside title equality and the cosine of their words?

    make bench-story-quality ARGS="[--part tune|test] [--errors]"

Needs the private fortnight (TORKHAM_SHARED) that `tests/data/stories.jsonl` labels. Everything is
sorted in the order of its days; scored are the labelled articles. --errors lists what the product's
own sorting got wrong, by identifier, on the tuning half unless --part says otherwise.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.bcubed import Label, interval, pairs, score, told_twice
from classifiers.lexicon import load_lexicon
from monitor.articles.retelling import names
from monitor.stages import dedupe, story
from store.copies import INDEXED
from store.types import Candidate

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TORKHAM_SHARED", ROOT.parent / "shared"))
LABELS = ROOT / "tests" / "data" / "stories.jsonl"
STREAM = SHARED / "data" / "topic" / "stream.jsonl"
WORD = re.compile(r"\w+")
THRESHOLDS = tuple(round(0.1 + 0.025 * step, 3) for step in range(29))
WITHIN_DAYS = 3
BLOCK = 4096  # columns of the term matrix at a time

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of the fortnight, as the stage for stories is given it."""

    article: int
    id: str
    outlet: str
    title: str
    body: str
    at: datetime
    concepts: tuple[str, ...] = ()
    sketch: tuple[int, ...] = ()
    copy_of: int | None = None


# --- the data -------------------------------------------------------------------------------


def read_stream(path: Path = STREAM) -> list[Article]:
    """Return the articles in order of their days; within a day as the file has them.

    The file knows days only, so a day's articles are seen from its morning on, a minute apart.
    Names, sketches and copies are found as the service finds them.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]
    rows.sort(key=lambda row: row["date"])
    nth: Counter[str] = Counter()
    articles = []
    for number, row in enumerate(rows):
        day = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
        seen_at = day + timedelta(hours=5, minutes=nth[row["date"]])
        nth[row["date"]] += 1
        articles.append(
            Article(
                article=number + 1, id=row["id"], outlet=row["outlet"], title=row["title"],
                body=row["text"], at=seen_at,
            )
        )  # fmt: skip
    return as_kept(articles)


def as_kept(articles: Sequence[Article]) -> list[Article]:
    """Return the articles, oldest first, with what the service knows of each as it is kept."""
    lexicon = load_lexicon()
    holding: dict[int, list[int]] = defaultdict(list)
    prints = [dedupe.fingerprint(article.title, article.body) for article in articles]
    roots: dict[int, int] = {}
    kept = []
    for at, (article, own) in enumerate(zip(articles, prints, strict=True)):
        keys = own.sketch[-INDEXED:]
        near = Counter(other for key in keys for other in holding[key])
        found = dedupe.copy_of(
            own,
            [
                Candidate(
                    article=other, text_hash=prints[other].text_hash,
                    title_key=prints[other].title_key, sketch=prints[other].sketch,
                    first_seen_at=articles[other].at,
                )
                for other, _ in near.most_common(20)
            ],
        )  # fmt: skip
        for key in keys:
            holding[key].append(at)
        if found:
            roots[at] = roots.get(found.article, found.article)
        kept.append(
            replace(
                article,
                concepts=names(article.title, article.body, lexicon),
                sketch=own.sketch,
                copy_of=articles[roots[at]].article if at in roots else None,
            )
        )
    return kept


def read_labels(path: Path = LABELS) -> dict[str, Label]:
    """Return the label of each labelled article by its identifier."""
    rows = map(json.loads, path.read_text(encoding="utf-8").strip().split("\n"))
    return {row["id"]: Label(story=row["story"], part=row["part"]) for row in rows}


# --- ways to sort ---------------------------------------------------------------------------


def ours(articles: Sequence[Article]) -> list[int]:
    """Return the story of each article as the product assigns it."""
    return list(story.replay(articles))


def by_title(articles: Sequence[Article]) -> list[int]:
    """Return one story for each headline, case and punctuation apart."""
    number: dict[str, int] = {}
    keys = (" ".join(WORD.findall(a.title.casefold())) for a in articles)
    return [number.setdefault(key, len(number)) for key in keys]


def cosines(articles: Sequence[Article], words: int | None = None) -> Matrix:
    """Return the cosine of every two articles' TF-IDF words (log frequency, smoothed IDF).

    Of so many ``words`` from the headline on, or of all.
    """
    counts = [Counter(WORD.findall(f"{a.title} {a.body}".casefold())[:words]) for a in articles]
    seen = Counter(word for count in counts for word in count)
    idf = {word: math.log((1 + len(articles)) / (1 + n)) + 1 for word, n in seen.items()}
    shared = {w: i for i, w in enumerate(sorted(w for w, n in seen.items() if n > 1))}
    rows = []
    for count in counts:
        row = {word: (1 + math.log(n)) * idf[word] for word, n in count.items()}
        norm = math.sqrt(sum(weight * weight for weight in row.values())) or 1.0
        rows.append({shared[word]: w / norm for word, w in row.items() if word in shared})
    found: Matrix = np.zeros((len(articles), len(articles)), dtype=np.float32)
    for start in range(0, len(shared), BLOCK):
        part = np.zeros((len(articles), BLOCK), dtype=np.float32)
        for at, weights in enumerate(rows):
            for column, weight in weights.items():
                if start <= column < start + BLOCK:
                    part[at, column - start] = weight
        found += part @ part.T
    return found


def by_cosine(articles: Sequence[Article], alike: Matrix, threshold: float) -> list[int]:
    """Return stories grown one article at a time: each joins its nearest of the last days.

    Or starts its own story where none is as near as ``threshold``.
    """
    days = np.array([a.at.timestamp() / 86400 for a in articles])
    sorted_into = [0]
    for at in range(1, len(articles)):
        near = np.where(days[at] - days[:at] <= WITHIN_DAYS, alike[at, :at], 0)
        best = int(near.argmax())
        joins = near[best] >= threshold
        sorted_into.append(sorted_into[best] if joins else max(sorted_into) + 1)
    return sorted_into


def best_threshold(
    articles: Sequence[Article], alike: Matrix, labels: Mapping[str, Label]
) -> float:
    """Return the threshold with which the tuning half is sorted best."""
    return max(
        THRESHOLDS,
        key=lambda t: score(articles, by_cosine(articles, alike, t), labels, "tune").f1,
    )


# --- the report -----------------------------------------------------------------------------


def measure() -> dict[str, Any]:
    """Return every way's sorting, with the articles and the labels."""
    articles, labels = read_stream(), read_labels()
    alike = cosines(articles)
    began = time.process_time()
    sorted_by_us = ours(articles)
    spent = 1000 * (time.process_time() - began) / len(articles)
    ways = {
        "ours": sorted_by_us,
        "each article alone": list(range(len(articles))),
        "title equality": by_title(articles),
        "cosine 0.95": by_cosine(articles, alike, 0.95),
    }
    for name, matrix in (
        ("cosine", alike),
        ("cosine of headline and lead", cosines(articles, 100)),
    ):
        best = best_threshold(articles, matrix, labels)
        ways[f"{name} {best:g}, best on the tuning half"] = by_cosine(articles, matrix, best)
    return {"articles": articles, "labels": labels, "ways": ways, "ms": spent}


def report(found: Mapping[str, Any]) -> str:
    """Return the table of docs/benchmarks.md."""
    articles, labels, twice = found["articles"], found["labels"], told_twice(found["labels"])
    lines = [
        (
            "| | B-cubed precision | recall | F1 (95 %) | F1, stories of two or more (95 %)"
            " | pairs: precision | recall |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for part in ("test", "tune"):
        for name, sorted_into in found["ways"].items():
            whole = score(articles, sorted_into, labels, part)
            many = score(articles, sorted_into, labels, part, among=twice)
            low, high = interval(articles, sorted_into, labels, part)
            least, most = interval(articles, sorted_into, labels, part, among=twice)
            precision, recall = pairs(whole)
            lines.append(
                f"| {part}: {name} | {whole.precision:.3f} | {whole.recall:.3f}"
                f" | {whole.f1:.3f} ({low:.3f}–{high:.3f})"
                f" | {many.f1:.3f} ({least:.3f}–{most:.3f}) | {precision:.3f} | {recall:.3f} |"
            )
    several = Counter(label.story for label in labels.values())
    lines += [
        "",
        (
            f"{len(labels)} articles of {len(articles)}, {len(several)} stories, "
            f"{sum(n > 1 for n in several.values())} of two or more; sorting takes "
            f"{found['ms']:.2f} ms of CPU an article."
        ),
    ]
    return "\n".join(lines)


def errors(found: Mapping[str, Any], part: str) -> str:
    """Return what the product merged wrongly and what it left apart, by identifier."""
    labels: Mapping[str, Label] = found["labels"]
    of_group, of_story = defaultdict(list), defaultdict(list)
    for article, group in zip(found["articles"], found["ways"]["ours"], strict=True):
        if article.id in labels:
            of_group[group].append(article)
            of_story[labels[article.id].story].append((article, group))
    lines = ["merged wrongly:"]
    for members in of_group.values():
        if len({labels[a.id].story for a in members}) > 1 and all(
            labels[a.id].part == part for a in members
        ):
            lines += [
                f"  {a.at:%d %b} {a.outlet:8} {labels[a.id].story} {a.id} {a.title[:80]}"
                for a in members
            ] + [""]
    lines.append("left apart:")
    for name, told in of_story.items():
        if len({group for _, group in told}) > 1 and labels[told[0][0].id].part == part:
            lines += [
                f"  {a.at:%d %b} {a.outlet:8} {name} {a.id} {a.title[:80]}" for a, _ in told
            ] + [""]
    return "\n".join(lines)


def main() -> None:
    """Print the table, or the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("tune", "test"), default="tune")
    parser.add_argument("--errors", action="store_true")
    asked = parser.parse_args()
    if not STREAM.exists():
        print(f"no news at {STREAM}; set TORKHAM_SHARED")
        return
    found = measure()
    print(report(found))
    if asked.errors:
        print(errors(found, asked.part))


if __name__ == "__main__":
    main()
