"""The figures of near copies: beside datasketch in CPU, recall, precision and bytes."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import lsh
from bench.copies import (
    PAIRS,
    SEEN_AT,
    WINDOW,
    Report,
    Shelf,
    different,
    measure,
    read_pairs,
    read_reports,
    report_of,
    spread,
)
from bench.edits import EDITS, Printed, edited
from bench.figures import Figure, Found, ratio
from bench.story_quality import STREAM
from monitor.stages.dedupe import copy_of, fingerprint
from store.rows import stamp

POOL = STREAM.parent / "dev.jsonl"
RIVAL = "datasketch (MinHash of 128, LSH at 0.5)"
EDITED = 150  # texts that are edited in each of the three ways


def figures(*, quick: bool, asked: int, tell: bool = True) -> Iterator[Found]:
    """Yield all figures; those of the private news only where it is. ``tell`` prints the tables."""
    count = 2_000 if quick else 10_000
    made = [
        Report(id=f"m{at}", title=title, body=body)
        for at, (title, body) in enumerate(lsh.made_up(count))
    ]
    yield from beside(made, f"{count:,} made-up texts of {lsh.WORDS} words")
    if not (STREAM.exists() and PAIRS.exists()):
        return
    real = [*read_reports(), *_pool()]
    real = real[:1_000] if quick else real
    about = statistics.mean(len(one.body.split()) for one in real)
    yield from beside(real, f"{len(real):,} real articles of {about:.0f} words")
    yield from _quality(min(asked, 60) if quick else asked, tell=tell)


def _pool() -> list[Report]:
    lines = POOL.read_text(encoding="utf-8").strip().split("\n") if POOL.exists() else []
    rows = [json.loads(line) for line in lines]
    return [
        Report(id=f"p{at}", title=row["title"] or "", body=row["text"])
        for at, row in enumerate(rows)
    ]


# --- CPU, bytes, and three kinds of edits -----------------------------------------------------


def beside(reports: Sequence[Report], data: str) -> Iterator[Figure]:
    """Yield what a document costs both ways, what it takes, and whose edits are found."""
    ways = {
        "ours": None,
        "theirs": lsh.Theirs(),
        "at once": lsh.Theirs(batched=True),
    }
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder) / "copies.sqlite", reports)
        ours = lsh.Ours(shelf.db, stamp(SEEN_AT), SEEN_AT - WINDOW)
        texts = [(shelf.numbers[one.id], one) for one in reports]
        before = lsh.on_disk(shelf.db)
        costs = lsh.costs(texts, ways | {"ours": ours})
        each = (lsh.on_disk(shelf.db) - before) / len(texts) / 1000
        yield from _cheaper(costs, data)
        yield Figure(
            name="bytes on disk a document", value=each, low=each, high=each, unit="KB", data=data,
            better="less", beside=f"datasketch {_memory(texts):.1f} KB of memory", rival=RIVAL,
        )  # fmt: skip
        at_once = ways["at once"]
        assert isinstance(at_once, lsh.Theirs)
        yield from _three_kinds(ours, at_once, texts, data)


def _cheaper(costs: Mapping[str, list[float]], data: str) -> Iterator[Figure]:
    mine = statistics.median(costs["ours"])
    for name, said, aim in (
        ("theirs", "an update a run, as documented", 10.0),
        ("at once", "update_batch", None),
    ):
        value, low, high = ratio(costs[name], costs["ours"])
        yield Figure(
            name=f"CPU a document beside datasketch, {said}", value=value, low=low, high=high,
            unit="times less", aim=aim, rival=RIVAL, data=data, rounds=len(costs[name]),
            beside=f"{mine:.2f} ms beside {statistics.median(costs[name]):.2f}",
        )  # fmt: skip


def _memory(texts: Sequence[tuple[int, Report]], count: int = 1_000) -> float:
    """Return the KB that datasketch's index takes for a document, by what it holds on to."""
    import tracemalloc

    rival = lsh.Theirs(batched=True)
    sketches = [(number, rival.sketch(one)) for number, one in texts[:count]]
    tracemalloc.start()
    for number, sketch in sketches:
        rival.index.insert(number, sketch)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(sketches) / 1000


def _three_kinds(
    ours: lsh.Ours, theirs: lsh.Theirs, texts: Sequence[tuple[int, Report]], data: str
) -> Iterator[Figure]:
    places = spread([one for _, one in texts], EDITED)
    stock = [word for _, one in texts[:400] for word in one.body.split()]
    for kind, edit in lsh.KINDS.items():
        found = taken = rival = 0
        for at in places:
            number, one = texts[at]
            chance = random.Random(f"{one.id}/{kind}")  # noqa: S311
            text = Printed(title=one.title, body=edit(chance, one.body, stock))
            prints = fingerprint(text.title, text.body)
            near = ours.near(prints)
            found += number in {candidate.article for candidate in near}
            taken += copy_of(prints, near) is not None
            rival += number in theirs.near(text)
        yield _share(
            f"found after an edit: {kind}", found, len(places), aim=0.98, data=data, rival=RIVAL,
            beside=f"datasketch {rival / len(places):.3f}; taken for a copy once compared"
            f" {taken / len(places):.3f}",
        )  # fmt: skip


def _share(name: str, found: float, of: int, **rest: Any) -> Figure:
    value = found / of
    return Figure(name=name, value=value, low=value, high=value, unit=f"of {of}", **rest)


# --- real edits, labelled pairs ---------------------------------------------------------------


def _quality(asked: int, *, tell: bool) -> Iterator[Figure]:
    found = measure(asked)
    if tell:
        print(report_of(found), end="\n\n")
    kinds = [shares["ours"] for shares in found["by_kind"].values()]
    data = f"{found['asked']} articles of a fortnight, edited in {len(kinds)} ways"
    reports, labelled = read_reports(), read_pairs()
    theirs = lsh.Theirs(batched=True)
    near = theirs.take(list(enumerate(reports)))
    rivals = _rival_recall(theirs, reports, found["asked"])
    yield Figure(
        name="copies taken for copies (lowest and highest kind of edit)", unit="share", aim=0.98,
        value=statistics.mean(kinds), low=min(kinds), high=max(kinds), rounds=len(kinds),
        rival=RIVAL, data=data, beside=f"datasketch {rivals:.3f}",
    )  # fmt: skip
    wrong = sum(different(reports[at], reports[of]) for at, all_ in enumerate(near) for of in all_)
    yield Figure(
        name="merged wrongly in the fortnight", value=len(found["wrong"]), low=0, high=0,
        unit="pairs", aim=0, better="less", rival=RIVAL, data=f"{len(reports):,} articles",
        beside=f"datasketch {wrong}",
    )  # fmt: skip
    yield from _labelled(found["pairs"], labelled)


def _rival_recall(theirs: lsh.Theirs, reports: Sequence[Report], asked: int) -> float:
    hits = done = 0
    for kind in EDITS:
        for at in spread(reports, asked):
            one, *others = (
                Printed(title=reports[at - n].title, body=reports[at - n].body) for n in range(3)
            )
            hits += at in theirs.near(edited(kind, one, others, reports[at].id))
            done += 1
    return hits / done


def _labelled(
    pairs: Mapping[str, tuple[int, int]], labelled: Sequence[tuple[str, Report, Report]]
) -> Iterator[Figure]:
    taken: dict[bool, list[bool]] = {True: [], False: []}
    for label, one, two in labelled:
        rival = lsh.Theirs(batched=True)
        rival.take([(0, one)])
        taken[label == "near_dup"].append(bool(rival.near(two)))
    found, of = pairs["near_dup"]
    yield _share(
        "labelled copies taken for copies", found, of, data="pairs that a person labelled",
        rival=RIVAL, beside=f"datasketch {sum(taken[True])} of {of}",
    )  # fmt: skip
    wrong = sum(n for label, (n, _) in pairs.items() if label != "near_dup")
    others = sum(n for label, (_, n) in pairs.items() if label != "near_dup")
    yield Figure(
        name="other labelled pairs taken for copies", value=wrong, low=wrong, high=wrong,
        unit=f"of {others}", aim=0, better="less", data="updates, templates, retellings",
        rival=RIVAL, beside=f"datasketch {sum(taken[False])}",
    )  # fmt: skip
