"""``torkham corpus``: what the team holds, in and out."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from classifiers.types import Text
from monitor.cli import intake
from monitor.cli.frame import FAILED, Place, as_json, command, fail, plain, show, show_json
from monitor.edge.clock import system_clock
from monitor.edge.worker import Workers
from store import corpus
from store.learned import Label

PAGES = frozenset({".html", ".htm"})
SUFFIXES = frozenset({".txt", ".md", *PAGES})
LARGEST = 10_000_000  # bytes
FEWEST_WORDS = 20
FEW = 5  # files: below that no progress bar
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # a spreadsheet would run these


@click.group("corpus")
def corpus_group() -> None:
    """The corpus: import examples, export what was decided, count it."""


@corpus_group.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--not-relevant", is_flag=True, help="They are examples of what is not wanted.")
@as_json
@command
def import_texts(
    place: Place, *, paths: tuple[Path, ...], not_relevant: bool, as_json: bool
) -> None:
    """Take text and HTML files, or folders of them, as examples. The same text counts once."""
    files = [file for path in paths for file in _files(path)]
    if not files:
        kinds = ", ".join(sorted(SUFFIXES))
        fail(f"there is nothing to import in {', '.join(map(str, paths))}: no {kinds} files")
    labels, refused = _read_all(files, relevant=not not_relevant)
    with closing(place.store()) as db:
        new = corpus.add_imports(db, labels)
    if as_json:
        show_json({"read": len(labels), "new": new, "refused": refused})
    else:
        click.echo(f"{new} new examples, {len(labels) - new} known already.")
    if refused:
        told = "\n".join(f"torkham: {row['file']}: {row['why']}" for row in refused)
        show(told, err=True)
        rest = "; the others are in" if labels else ""
        fail(f"{len(refused)} of {len(files)} files were refused{rest}", code=FAILED)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def _read_all(files: list[Path], *, relevant: bool) -> tuple[list[Label], list[dict[str, str]]]:
    """The examples, and the files that hold none with the reason."""
    now = system_clock()
    labels: list[Label] = []
    refused: list[dict[str, str]] = []
    hidden = len(files) < FEW or not sys.stderr.isatty()
    with ExitStack() as stack:
        pages = any(file.suffix.lower() in PAGES for file in files)
        workers = stack.enter_context(intake.readers()) if pages else None
        bar = click.progressbar(files, label="reading", file=sys.stderr, hidden=hidden)
        for file in stack.enter_context(bar):
            try:
                labels.append(_label(file, workers, relevant=relevant, now=now))
            except ValueError as error:
                refused.append({"file": str(file), "why": str(error)})
    return labels, refused


def examples_of(paths: Iterable[Path]) -> tuple[dict[str, Text], list[dict[str, str]]]:
    """Read text and HTML files, or folders of them: texts by id, and the refused with why."""
    labels, refused = _read_all([file for path in paths for file in _files(path)], relevant=True)
    texts = {label.id: Text(title=label.title, body=label.body) for label in labels}
    return texts, refused


def _label(path: Path, workers: Workers | None, *, relevant: bool, now: datetime) -> Label:
    title, body, language = _text(path, workers)
    if len(body.split()) < FEWEST_WORDS:
        raise ValueError(f"too short to learn from (fewer than {FEWEST_WORDS} words)")
    return Label(
        id="import:" + sha256(f"{title}\0{body}".encode()).hexdigest()[:16],
        title=title,
        body=body,
        outlet="",
        language=language,
        side=None,
        relevant=relevant,
        origin="import",
        by="import",
        at=now,
    )


def _text(path: Path, workers: Workers | None) -> tuple[str, str, str | None]:
    """Title, body and language of a file. Raises ValueError, in words, for what is no text."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError("not a .txt, .md or .html file")
    raw = _bytes(path)
    if path.suffix.lower() not in PAGES:
        text = intake.plain_text(raw)
        return text.title, text.body, None
    if workers is None:  # never: they are there as soon as one page is among the files
        raise ValueError("pages cannot be read here")
    page, refusal = intake.read(intake.document(raw), workers)
    if page is None or refusal:
        raise ValueError(f"no article: {refusal}")
    return page.title, page.body, page.language


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ValueError("not a file")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise ValueError(f"larger than {LARGEST:,} bytes")
    return raw


# --- out ------------------------------------------------------------------------------------


@corpus_group.command("export")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", help="Default jsonl."
)
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Default: print.")
@command
def export(place: Place, *, form: str, out: Path | None) -> None:
    """Write the corpus: one decided or imported text a line. CSV cells cannot run as formulas."""
    with closing(place.store()) as db:
        labels = corpus.labels(db)
    text = "".join(_jsonl(labels)) if form == "jsonl" else _csv(labels)
    if out:
        out.write_text(text, encoding="utf-8", newline="")
        click.echo(f"{len(labels)} texts in {out}")
    else:
        click.echo(text, nl=False)


def _jsonl(labels: list[Label]) -> Iterator[str]:
    return (json.dumps(plain(label), ensure_ascii=False) + "\n" for label in labels)


def _csv(labels: list[Label]) -> str:
    names = [f.name for f in fields(Label)]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    for label in labels:
        row = plain(label)
        writer.writerow([_cell(row[name]) for name in names])
    return file.getvalue()


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_ACTIVE) else text


@corpus_group.command("snapshot")
@as_json
@command
def snapshot(place: Place, *, as_json: bool) -> None:
    """Fix the corpus as it stands under a hash, to be cited."""
    with closing(place.store()) as db:
        taken = corpus.snapshot(db, system_clock())
    if as_json:
        show_json(taken)
    else:
        click.echo(f"{taken.id}: {taken.relevant} relevant, {taken.not_relevant} not")


@corpus_group.command("stats")
@as_json
@command
def stats(place: Place, *, as_json: bool) -> None:
    """Count what the corpus holds."""
    with closing(place.store()) as db:
        found = corpus.stats(db)
    if as_json:
        show_json(found)
        return
    for key, value in found.items():
        told = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        show(f"{key.replace('_', ' ')}: {told}")


COMMANDS = (corpus_group,)
