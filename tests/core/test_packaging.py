"""What is installed, and what is loaded when."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from click import Context

from monitor import parts
from monitor.cli.frame import Place
from monitor.cli.main import TABLE, torkham
from store.db import connect

ROOT = Path(__file__).resolve().parents[2]
STAGES = sorted(
    path.stem
    for path in (ROOT / "monitor/stages").iterdir()
    if path.name[0] != "_" and path.suffix in {"", ".py"}
)
LIBRARY = {"audit": {"numpy"}, "cutting": {"numpy"}, "dedupe": {"numpy"}, "screen": {"lxml"}}
TAMED = {"extract", "parse"}  # trafilatura and feedparser load what they like
HEAVY = {
    "apprise", "apscheduler", "feedparser", "jinja2", "lxml", "numpy", "pycurl", "pydantic",
    "pysqlite3", "sqlite3", "sqlite_utils", "starlette", "trafilatura", "uvicorn",
}  # fmt: skip


def loaded_by(program: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running ``program``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", ["monitor", "store", "classifiers"])
def test_the_three_packages_are_ours_alone(name: str) -> None:
    """Another distribution with a folder of this name would overwrite ours without a word."""
    # An editable installation lists no files, so that nobody may own the name there.
    assert set(packages_distributions().get(name, [])) <= {"torkham"}
    assert distribution("torkham").metadata["Name"] == "torkham"
    assert Path(str(import_module(name).__file__)).is_relative_to(ROOT)


@pytest.mark.parametrize(
    "module", ["store.types", "store.polls", "classifiers.types", "monitor.model", "monitor.told"]
)
def test_records_and_values_load_nothing(module: str) -> None:
    assert not loaded_by(f"import {module}") & HEAVY


@pytest.mark.parametrize("stage", [name for name in STAGES if name not in TAMED])
def test_a_pure_stage_opens_no_door_to_the_world(stage: str) -> None:
    found = loaded_by(f"import monitor.stages.{stage}")
    assert not found & HEAVY - LIBRARY.get(stage, set())


def test_help_loads_nothing_that_it_does_not_need() -> None:
    program = (
        "from monitor.cli.main import torkham\ntry: torkham(['--help'])\nexcept SystemExit: pass"
    )
    found = loaded_by(program)
    assert not found & HEAVY
    ours = {name for name in found if name.split(".")[0] in {"monitor", "store", "classifiers"}}
    assert ours <= {"monitor", "monitor.cli", "monitor.cli.main", "monitor.cli.frame"}


@pytest.mark.slow
def test_judging_a_text_loads_neither_a_parser_nor_a_server() -> None:
    program = (
        "import io, sys\nfrom monitor.cli.main import torkham\n"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(b'A day in Kabul'))\n"
        "try: torkham(['classify', '--data', '/nonexistent', '--config', '/nonexistent/f'])\n"
        "except SystemExit: pass"
    )
    found = loaded_by(program)
    assert "classifiers.two_pole" in found
    assert not found & (HEAVY - {"numpy"})


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["search", "Torkham"], ["why", "https://a.example/b"], ["status"]]
)
def test_looking_something_up_loads_neither_the_desk_nor_the_readers(
    tmp_path: Path, words: list[str]
) -> None:
    """People and cron ask often; the whole service is most of a second of imports."""
    connect(tmp_path / "torkham.db").close()
    given = [*words, "--config", str(ROOT / "feeds.yaml"), "--data", str(tmp_path)]
    found = loaded_by(
        f"from monitor.cli.main import torkham\ntry: torkham({given!r})\n"
        "except SystemExit as left: assert not left.code"
    )
    assert found & {"store.search", "store.whereabouts", "store.articles"}
    service = {"apscheduler", "feedparser", "jinja2", "lxml", "starlette", "trafilatura", "uvicorn"}
    assert not found & service
    assert not found & {"monitor.app", "monitor.pipeline", "monitor.work"}


def test_the_list_of_commands_says_what_the_commands_say() -> None:
    """The list is written down so that help need not load the commands; they must agree."""
    context = Context(torkham)
    for name, (module, told) in TABLE.items():
        found = torkham.get_command(context, name)
        assert found is not None
        said = " ".join((found.help or "").split())
        assert f"{said} ".startswith(f"{told} ")
        assert found in import_module(f"monitor.cli.{module}").COMMANDS
    everything = {
        command.name
        for module, _ in TABLE.values()
        for command in import_module(f"monitor.cli.{module}").COMMANDS
    }
    assert everything == set(TABLE)


def test_commands_and_service_use_the_same_file(tmp_path: Path) -> None:
    place = Place(config=tmp_path, data=tmp_path, environ={})
    assert place.database == tmp_path / parts.DATABASE
