"""Are copies found after what desks do to a text, and is nothing else taken for one?

    make bench-copies ARGS="[--articles 200] [--errors] [--quick] [--json FILE]"

The articles of a collection are put into a real store, as they came; edited texts (bench/edits.py)
are then looked up and compared as the service does it. What is merged wrongly is counted over all
articles of the fortnight that a person sorted into stories and over the labelled pairs, all of the
private data (TORKHAM_SHARED); without it made-up texts alone are measured. Beside it datasketch in
CPU, recall and bytes (bench/lsh.py), and title equality, the cosine of TF-IDF words at 0.95 and
SimHash (64 bits, runs of three words, 3 bits apart), on the same edits and the same pairs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.edits import EDITS, Printed, edited
from bench.figures import options, presented
from bench.rivals import COSINE, SIMHASH_BITS, WORD, Cosine, same_title, simhash, simhash_alike
from bench.story_quality import LABELS, SHARED, STREAM, read_labels
from monitor.model import CopyOf
from monitor.stages.dedupe import copy_of, fingerprint
from store import articles, copies, feeds
from store.db import Db, connect
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.sql import fetch
from store.types import StoredText

PAIRS = SHARED / "data" / "pairs" / "pairs.jsonl"
SEEN_AT = datetime(2025, 6, 1, tzinfo=UTC)
WINDOW = timedelta(days=30)
ENOUGH_WORDS = 80  # of an article that is edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A text of a collection; ``story`` says what it tells, "" where nobody has said."""

    id: str
    title: str
    body: str
    story: str = ""


# --- the product ----------------------------------------------------------------------------


class Shelf:
    """A store of its own with articles in it, and the service's way to find whom a text copies."""

    def __init__(self, path: Path, reports: Sequence[Report]) -> None:
        """Make the store and give it an article for each report, still without text."""
        self.db: Db = connect(path)
        feeds.save_poll(self.db, _poll(reports))
        found = fetch(self.db, "SELECT id, canonical_url FROM articles")
        of_url = {row["canonical_url"]: int(row["id"]) for row in found}
        self.numbers = {report.id: of_url[_url(report.id)] for report in reports}
        self.ids = {number: id_ for id_, number in self.numbers.items()}

    def original(self, report: Report | Printed, exclude: int = 0) -> CopyOf | None:
        """Return whom a text copies among those on the shelf."""
        prints = fingerprint(report.title, report.body)
        near = copies.similar(
            self.db, prints.sketch, prints.text_hash, since=SEEN_AT - WINDOW, exclude=exclude
        )
        return copy_of(prints, near)

    def put(self, report: Report) -> CopyOf | None:
        """Put a report on the shelf; return whom it copies."""
        number = self.numbers[report.id]
        found = self.original(report, exclude=number)
        articles.save_text(self.db, _text(number, report, found), SEEN_AT)
        return found


def _url(name: str) -> str:
    return f"https://copies.example/{name}"


def _poll(reports: Sequence[Report]) -> PollRecord:
    spec = FeedSpec(
        key="copies", url="https://copies.example/feed", outlet="Copies", side="pakistan",
        language="en",
    )  # fmt: skip
    entries = tuple(
        FoundEntry(
            key=report.id, item_hash=report.id, guid=report.id, url=_url(report.id),
            canonical_url=_url(report.id), title=report.title, summary="", content_html=None,
            author=None, published_at=SEEN_AT, published_original=None, language="en",
        )
        for report in reports
    )  # fmt: skip
    state = FeedState(spec=spec, polls=1, condition="ok", next_poll_at=SEEN_AT)
    return PollRecord(state=state, at=SEEN_AT, outcome="ok", listed=len(entries), found=entries)


def _text(number: int, report: Report, found: CopyOf | None) -> StoredText:
    prints = fingerprint(report.title, report.body)
    return StoredText(
        article=number, title=report.title, body=report.body, author=None, language="en",
        published_at=SEEN_AT, published_original=None, published_source="feed", extractor="bench",
        text_from="page", text_hash=prints.text_hash, title_key=prints.title_key,
        scheme=prints.scheme, sketch=prints.sketch, copy_of=found.article if found else None,
        copy_how=found.how if found else None,
    )  # fmt: skip


# --- measuring ------------------------------------------------------------------------------


def recalls(
    shelf: Shelf, reports: Sequence[Report], chosen: Sequence[int], rivals: Rivals
) -> dict[str, dict[str, float]]:
    """Return by kind of edit the share of edited texts that each way finds its original for.

    The product must find it among everything on the shelf; the rivals are shown the very pair.
    An original's own copies on the shelf count as it.
    """
    found: dict[str, dict[str, float]] = {}
    for kind in EDITS:
        hits: Counter[str] = Counter()
        for at in chosen:
            one, number = reports[at], shelf.numbers[reports[at].id]
            text = Printed(title=one.title, body=one.body)
            others = [
                Printed(title=reports[at - n].title, body=reports[at - n].body) for n in (1, 2)
            ]
            copy = edited(kind, text, others, one.id)
            original = shelf.original(copy)
            hits["ours"] += original is not None and _root(shelf, original.article) == _root(
                shelf, number
            )
            for name, alike in rivals.items():
                hits[name] += alike(one, copy)
        found[kind] = {name: hits[name] / len(chosen) for name in ("ours", *rivals)}
    return found


Rivals = Mapping[str, Callable[[Report | Printed, Report | Printed], bool]]


def _root(shelf: Shelf, article: int) -> int:
    rows = fetch(shelf.db, "SELECT coalesce(copy_of, id) AS root FROM articles WHERE id = ?",
                 (article,))  # fmt: skip
    return int(rows[0]["root"])


def different(one: Report, two: Report) -> bool:
    """Return whether a person put two reports into different stories."""
    return bool(one.story and two.story and one.story != two.story)


def wrong_merges(shelf: Shelf, reports: Sequence[Report]) -> list[tuple[str, str]]:
    """Put all reports on the shelf, in order; return those called copies of another story."""
    of_id = {report.id: report for report in reports}
    wrong = []
    for report in reports:
        found = shelf.put(report)
        if found and different(report, of_id[shelf.ids[found.article]]):
            wrong.append((shelf.ids[found.article], report.id))
    return wrong


def wrong_by(
    alike: Callable[[int, int], bool], reports: Sequence[Report], near: Iterable[tuple[int, int]]
) -> int:
    """Return how many pairs of different stories a rival takes for copies."""
    return sum(alike(a, b) for a, b in near if different(reports[a], reports[b]))


def read_pairs(path: Path = PAIRS) -> list[tuple[str, Report, Report]]:
    """Return the labelled pairs: the label and both texts."""
    found = []
    for line in path.read_text(encoding="utf-8").strip().split("\n"):
        pair = json.loads(line)
        one, two = (
            Report(id=f"{pair['n']}{s}", title=pair[s]["title"] or "", body=pair[s]["text"])
            for s in ("a", "b")
        )
        found.append((pair["label"], one, two))
    return found


def on_pairs(pairs: Sequence[tuple[str, Report, Report]]) -> dict[str, tuple[int, int]]:
    """Return by label how many pairs the product takes for copies, and how many there are."""
    found: dict[str, tuple[int, int]] = {}
    for label, one, two in pairs:
        with tempfile.TemporaryDirectory() as folder:
            shelf = Shelf(Path(folder) / "pair.sqlite", [one, two])
            shelf.put(one)
            taken, asked = found.get(label, (0, 0))
            found[label] = (taken + (shelf.put(two) is not None), asked + 1)
    return found


def read_reports() -> list[Report]:
    """Return the articles of the fortnight, oldest first, with the stories they tell."""
    labels = read_labels(LABELS)
    rows = [json.loads(line) for line in STREAM.read_text(encoding="utf-8").strip().split("\n")]
    rows.sort(key=lambda row: row["date"])
    return [
        Report(
            id=row["id"], title=row["title"], body=row["text"],
            story=labels[row["id"]].story if row["id"] in labels else "",
        )
        for row in rows
    ]  # fmt: skip


def spread(reports: Sequence[Report], asked: int) -> list[int]:
    """Return so many places of reports long enough to be edited, evenly over the collection."""
    long = [at for at, one in enumerate(reports) if len(one.body.split()) >= ENOUGH_WORDS]
    return long[:: max(1, len(long) // asked)][:asked]


def measure(asked: int = 200) -> dict[str, Any]:
    """Return all figures of the report."""
    reports, labelled = read_reports(), read_pairs()
    cosine = Cosine(reports)
    rivals: Rivals = {
        "title equality": same_title, "cosine 0.95": cosine.alike, "SimHash": simhash_alike
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder) / "copies.sqlite", reports)
        wrong = wrong_merges(shelf, reports)
        merged = fetch(shelf.db, "SELECT count(*) AS n FROM articles WHERE copy_of IS NOT NULL")
        by_kind = recalls(shelf, reports, spread(reports, asked), rivals)
    began = time.process_time()
    for report in reports[:400]:
        fingerprint(report.title, report.body)
    spent = 1000 * (time.process_time() - began) / len(reports[:400])
    others = [(one, two) for label, one, two in labelled if label != "near_dup"]
    twins = [(one, two) for label, one, two in labelled if label == "near_dup"]
    return {
        "wrong": wrong,
        "merged": merged[0]["n"],
        "pairs": on_pairs(labelled),
        "by_kind": by_kind,
        "asked": min(asked, len(spread(reports, asked))),
        "rivals_wrong": _rivals_wrong(reports, cosine),
        "rivals_on_pairs": {
            name: (sum(alike(*p) for p in twins), sum(alike(*p) for p in others))
            for name, alike in rivals.items()
        },
        "ms": spent,
    }


def _rivals_wrong(reports: Sequence[Report], cosine: Cosine) -> dict[str, int]:
    """Return what each rival merges wrongly in the fortnight, over all pairs."""
    titles = [tuple(WORD.findall(report.title.casefold())) for report in reports]
    hashes = np.array([simhash(report) for report in reports], dtype=np.uint64)
    vectors = [cosine.vector(report) for report in reports]
    holding: dict[str, list[int]] = {}
    wrong: Counter[str] = Counter()
    for two, report in enumerate(reports):
        rarest = sorted(vectors[two], key=lambda word: cosine.seen[word])[:12]
        near = {one for word in rarest for one in holding.get(word, ())}
        for word in rarest:
            holding.setdefault(word, []).append(two)
        apart = np.bitwise_count(hashes[:two] ^ hashes[two])
        for one in range(two):
            if not different(reports[one], report):
                continue
            wrong["title equality"] += titles[one] == titles[two]
            wrong["SimHash"] += bool(apart[one] <= SIMHASH_BITS)
            if one in near:
                product = sum(w * vectors[one].get(word, 0.0) for word, w in vectors[two].items())
                wrong["cosine 0.95"] += product >= COSINE
    return wrong


def report_of(found: Mapping[str, Any]) -> str:
    """Return the tables of docs/benchmarks.md."""
    names = list(next(iter(found["by_kind"].values())))
    lines = [f"| recall | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for kind, shares in found["by_kind"].items():
        lines.append(f"| {kind} | {' | '.join(f'{shares[name]:.3f}' for name in names)} |")
    means = {
        name: statistics.mean(shares[name] for shares in found["by_kind"].values())
        for name in names
    }
    edits = found["asked"] * len(found["by_kind"])
    wrong = {"ours": len(found["wrong"]), **found["rivals_wrong"]}
    taken = {
        "ours": (found["pairs"]["near_dup"][0],
                 sum(n for label, (n, _) in found["pairs"].items() if label != "near_dup")),
        **found["rivals_on_pairs"],
    }  # fmt: skip
    lines.append(f"| **all {edits} edits** | {' | '.join(f'{means[n]:.3f}' for n in names)} |")
    right = {name: means[name] * edits + taken[name][0] for name in names}
    lines += [
        f"| merged wrongly in the fortnight | {' | '.join(str(wrong.get(n, 0)) for n in names)} |",
        (
            f"| labelled copies found, of {found['pairs']['near_dup'][1]} |"
            f" {' | '.join(str(taken[n][0]) for n in names)} |"
        ),
        (
            f"| other labelled pairs taken for copies, of"
            f" {sum(n for label, (_, n) in found['pairs'].items() if label != 'near_dup')} |"
            f" {' | '.join(str(taken[n][1]) for n in names)} |"
        ),
        "| precision, all of these together | "
        + " | ".join(
            f"{right[n] / max(1.0, right[n] + wrong.get(n, 0) + taken[n][1]):.3f}" for n in names
        )
        + " |",
        "",
        (
            f"{found['merged']} articles of the fortnight are copies of an earlier one;"
            f" a fingerprint takes {found['ms']:.2f} ms of CPU."
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the tables and the figures, or the wrong merges where asked."""
    from bench.copies_beside import figures

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--errors", action="store_true", help="the wrong merges, nothing else")
    options(parser)
    asked = parser.parse_args()
    if asked.errors and STREAM.exists() and PAIRS.exists():
        print(*measure(asked.articles)["wrong"], sep="\n")
        return
    presented(asked, lambda: figures(quick=asked.quick, asked=asked.articles))


if __name__ == "__main__":
    main()
