"""The documents hold: links lead somewhere, and what they name is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from monitor import pipeline
from monitor.cli.main import torkham

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
PAGES = [str(path.relative_to(ROOT)) for path in DOCS]
COMMANDS_PAGE = ROOT / "docs/reference/commands.md"
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`|^ {4,}[^\n]*", re.MULTILINE | re.DOTALL)


# --- links ----------------------------------------------------------------------------------


def anchor(heading: str) -> str:
    """A heading's anchor, as forges make it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def headings(path: Path) -> set[str]:
    return {anchor(found) for found in re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    path = ROOT / page
    for link in _LINK.findall(_CODE.sub("", path.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, place = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_relative_to(ROOT), f"{page}: {link} leaves the project"
        assert target.exists(), f"{page}: {link}"
        if place:
            assert place in headings(target), f"{page}: {link}"


def test_the_index_knows_every_page() -> None:
    index = ROOT / "docs/README.md"
    named = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text())}
    for path in DOCS:
        if path.is_relative_to(ROOT / "docs") and path != index:
            assert path in named or path.parent in named, path.name


# --- what README says of the code -----------------------------------------------------------


def picture() -> str:
    """The drawing of how an article travels."""
    text = (ROOT / "README.md").read_text().partition("## How an article travels")[2]
    return text.partition("Each word on the line")[0]


def stages() -> set[str]:
    found = (ROOT / "monitor/stages").iterdir()
    return {path.stem for path in found if path.name[0] != "_" and path.suffix in {"", ".py"}}


@pytest.mark.parametrize("job", ["poll", "harvest", "judge", "digest", "send", "learn"])
def test_the_words_on_the_line_are_functions_of_the_pipeline(job: str) -> None:
    assert re.search(rf"\b{job}\b", picture())
    assert callable(getattr(pipeline, job, None))


def test_the_small_words_below_the_line_are_the_stages() -> None:
    below = [row for row in picture().splitlines() if "►" not in row]
    assert set(re.findall(r"[a-z]+", " ".join(below))) == stages()


def test_the_stages_page_describes_every_stage() -> None:
    text = (ROOT / "monitor/stages/README.md").read_text()
    assert not {stage for stage in stages() if f"`{stage}`" not in text}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs/decisions").glob("*.md")), ids=lambda path: path.stem
)
def test_a_decision_is_a_question(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)
    title = path.read_text().splitlines()[0]
    assert title.startswith("# ")
    assert title.endswith("?")


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))


def test_the_settings_have_their_reference() -> None:
    assert (ROOT / "docs/reference/feeds-yaml.md").is_file()
    assert "docs/reference/feeds.schema.json" in (ROOT / "feeds.yaml").read_text()


# --- commands -------------------------------------------------------------------------------


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command by its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from leaves(found, (*path, name))
        else:
            yield " ".join((*path, name)), found


LEAVES = dict(leaves(torkham))
FOR_ALL = {"--config", "--data", "--help", "-h"}


def section(command: str) -> str:
    """What the reference says of a command."""
    text = COMMANDS_PAGE.read_text()
    found = re.search(rf"^### torkham {command}\b.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"commands.md says nothing of torkham {command}"
    return found[0]


@pytest.mark.parametrize("name", LEAVES)
def test_a_command_is_described_with_all_its_options(name: str) -> None:
    told = section(name)
    options = {
        option
        for parameter in LEAVES[name].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    for option in options - FOR_ALL:
        assert f"`{option}" in told, f"torkham {name} {option} is not described"
    for option in set(re.findall(r"- `(--[a-z-]+)", told)):
        assert option in options, f"torkham {name} has no {option}"
    for parameter in LEAVES[name].params:
        if isinstance(parameter, click.Argument):
            shown = parameter.make_metavar(click.Context(LEAVES[name]))
            word = re.sub(r"[^A-Z_]", "", shown) or str(parameter.name).upper()
            assert word.rstrip("S") in told.splitlines()[0], f"{name}: {word}"
    assert LEAVES[name].help, f"torkham {name} --help says nothing"


def test_the_reference_describes_no_other_command() -> None:
    told = re.findall(r"^### torkham ([a-z -]+)", COMMANDS_PAGE.read_text(), re.MULTILINE)
    assert sorted(name.strip() for name in told) == sorted(LEAVES)


def called(text: str) -> Iterator[list[str]]:
    """The calls of ``torkham`` that a page shows, as words."""
    for piece in _CODE.findall(text):
        for line in piece.strip("`").splitlines():
            found = re.match(r"\s*(?:[#$] )?(?:sudo -u \S+ )?(?:\S+/bin/)?torkham (.*)", line)
            if found and not found[1].startswith(("@", ",")):
                try:
                    yield shlex.split(found[1].partition(" #")[0].partition("|")[0])
                except ValueError:
                    continue  # a quotation that ends on another line: no call


@pytest.mark.parametrize("page", PAGES)
def test_every_call_that_is_shown_can_be_made(page: str) -> None:
    """A page that names a command or an option which is not there would send people astray."""
    for words in called((ROOT / page).read_text()):
        if not words or words[0] in {"--version", "COMMAND"}:
            continue
        shown = f"{page}: torkham {' '.join(words)}"
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in LEAVES), None)
        assert name, shown
        options = {option for found in LEAVES[name].params for option in found.opts}
        for word in words:
            if word.startswith("--"):
                assert word.partition("=")[0] in options | FOR_ALL, shown
