"""``torkham topic``: a topic pack from a few texts, and where it is thin."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from classifiers import profile, registry
from classifiers.drafting.propose import Proposal, files, propose
from classifiers.drafting.soundness import ROLES, Soundness, look_over, scores
from classifiers.pack import load_pack
from classifiers.template import KINDS_AWAY
from classifiers.types import Text
from classifiers.words import fold
from monitor import topics
from monitor.cli.frame import FAILED, USAGE, Place, as_json, command, fail, show, show_json
from monitor.cli.importing import examples_of

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@click.group("topic")
def topic_group() -> None:
    """Draft a topic pack from a few texts; see where one is thin."""


@topic_group.command("init")
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--title", default="", help="What the topic is called on the desk.")
@click.option(
    "--pole",
    "poles",
    multiple=True,
    metavar="NAME[=SPELLING,...]",
    help="One of what the topic is about; without any they are found in the texts.",
)
@as_json
@command
def init(
    place: Place, *, name: str, paths: tuple[Path, ...], title: str, poles: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Draft the topic pack NAME from example texts (text or HTML files, or folders of them).

    It is written to topics/NAME beside feeds.yaml: plain YAML, meant to be corrected.
    """
    folder = _new_folder(place, name)
    texts, refused = examples_of(paths)
    if refused:
        fail(f"{refused[0]['file']}: {refused[0]['why']}", code=USAGE)
    if not texts:
        fail("there is no example among these files; give text or HTML files", code=USAGE)
    named = _named(poles)
    given = {pole: _spellings(text) for pole, text in named.items()}
    proposal = propose(list(texts.values()), given or None)
    if not proposal.poles:
        fail("no name recurs in these texts; say what they are about with --pole NAME", code=USAGE)
    called = {pole: text.partition("=")[0].strip() for pole, text in named.items()}
    _write(folder, name, title or name.replace("_", " "), proposal, texts, called)
    found = look_over(str(folder))
    weak = _unshown(str(folder), list(texts.values()))
    if as_json:
        show_json(_as_row(folder, proposal, found, weak))
    else:
        show("\n".join(_told(place, folder, name, proposal, found, weak)))


@topic_group.command("check")
@click.argument("name", required=False)
@as_json
@command
def check(place: Place, *, name: str | None, as_json: bool) -> None:
    """List what is wrong with a topic pack, and where it is thin. Default: the topic in use."""
    topic = name or (place.settings().topic if place.config.exists() else topics.DEFAULT)
    known = topics.names(place.config)
    if topic not in known:
        fail(f"there is no topic pack {topic}; there are {', '.join(sorted(known))}", code=USAGE)
    found = look_over(topics.place_of(topic, place.config))
    if as_json:
        show_json({"topic": topic, "mistakes": found.mistakes, "thin": found.thin})
    else:
        show("\n".join(_report(topic, found)))
    if found.mistakes:
        raise SystemExit(FAILED)


def _new_folder(place: Place, name: str) -> Path:
    if not _NAME.fullmatch(name):
        fail(f"{name}: a name has small letters, digits and underscores", code=USAGE)
    if name in topics.names(place.config):
        fail(f"there is a topic pack {name} already; choose another name", code=USAGE)
    folder = place.config.resolve().parent / topics.FOLDER / name
    if folder.exists():
        fail(f"{folder}: is there already; remove it or choose another name", code=USAGE)
    return folder


def _named(poles: tuple[str, ...]) -> dict[str, str]:
    """What was given for each pole, by its id; names that leave none, as in Urdu, are numbered."""
    out: dict[str, str] = {}
    for text in poles:
        name = text.partition("=")[0].strip()
        plain = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_") or "pole"
        if not name or plain in ROLES | KINDS_AWAY:
            said = f"{plain} has a meaning of its own in a pack" if name else "a name is missing"
            fail(f"--pole {text}: {said}; give it another name, as in NAME={name}", code=USAGE)
        if any(fold(name) == fold(known.partition("=")[0].strip()) for known in out.values()):
            fail(f"--pole {name} is given twice; list its spellings after one", code=USAGE)
        number = sum(pole == plain or pole.rpartition("_")[0] == plain for pole in out)
        out[f"{plain}_{number + 1}" if plain in out else plain] = text
    return out


def _spellings(pole: str) -> list[str]:
    name, _, listed = pole.partition("=")
    return [s.strip() for s in listed.split(",") if s.strip()] or [name.strip()]


def _write(
    folder: Path, name: str, title: str, proposal: Proposal, texts: dict[str, Text],
    called: dict[str, str],
) -> None:  # fmt: skip
    """All of the pack or nothing: it is made beside its place and moved there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    raw = {key: f"{text.title}\n{text.body}" for key, text in texts.items()}
    records = {key: {"title": text.title} for key, text in texts.items()}
    data = profile.build(raw, records, ())
    data["version"] = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{name}-"))
    try:
        for file, content in files(name, title, proposal, called).items():
            (made / file).write_text(content, encoding="utf-8")
        profile_text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
        (made / "profile.json").write_text(profile_text, encoding="utf-8")
        made.chmod(0o755)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _unshown(topic: str, texts: list[Text]) -> tuple[str, ...]:
    return scores(registry.load(None, topic=topic), texts, load_pack(topic).queue_at)


def _as_row(
    folder: Path, proposal: Proposal, found: Soundness, weak: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "poles": dict(proposal.poles),
        "concepts": [row["id"] for row in proposal.concepts if row["pole"] != "word"],
        "words": proposal.words,
        "unplaced": [name for name, _ in proposal.unplaced],
        "mistakes": found.mistakes,
        "thin": [*proposal.notes, *weak, *found.thin],
    }


def _told(
    place: Place, folder: Path, name: str, proposal: Proposal, found: Soundness,
    weak: tuple[str, ...],
) -> list[str]:  # fmt: skip
    named = [str(row["id"]) for row in proposal.concepts if row["pole"] != "word"]
    beside = [each for each in named if each not in proposal.poles]
    lines = [
        f"{folder}: a draft, to be read and corrected.",
        f"  poles: {', '.join(proposal.poles)}",
        f"  names: {', '.join(beside) or 'none recur'}",
        f"  words: {', '.join(proposal.words) or 'none are shared'}",
    ]
    if proposal.unplaced:
        lines.append(f"  left out: {', '.join(n for n, _ in proposal.unplaced[:12])}")
    lines += [f"  look at: {each}" for each in (*proposal.notes, *weak, *found.thin)]
    lines += [f"  mistake: {each}" for each in found.mistakes]
    return [*lines, f"To use it, write `topic: {name}` into {place.config}."]


def _report(topic: str, found: Soundness) -> list[str]:
    if not found.mistakes and not found.thin:
        return [f"{topic}: nothing is wrong."]
    wrong = [f"mistake: {each}" for each in found.mistakes]
    return [f"{topic}:", *(f"  {line}" for line in wrong), *(f"  thin: {t}" for t in found.thin)]


COMMANDS = (topic_group,)
