"""What is exported and imported is data: no cell computes, no path leads out, no code is read."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from classifiers import pack
from monitor.exports import folders, tables
from monitor.exports.cells import quoted
from monitor.stages.parse import opml
from monitor.web.words import inert

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "store", "classifiers", "bench")
BANNED_MODULES = frozenset({
    "pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "jsonpickle", "code",
    "codeop", "skops",
})  # fmt: skip
BANNED_CALLS = frozenset({
    "eval", "exec", "compile", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
    "np.load", "numpy.load",
})  # fmt: skip
SAFE = {
    # libyaml's safe loader where it is there, and PyYAML's where it is not: checked below
    "classifiers/pack.py": ["yaml.load"],
}
FORMULAS = (
    "=1+1", "+1+cmd|' /C calc'!A0", "-2+3+cmd|'x'!A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1",
    "＝1+1", "＋1", "－1", "＠SUM(A1)", "\u00a0=1", "\u200b=1", "\ufeff=1", '=HYPERLINK("http://x")',
    "=cmd|'/C calc'!A0", "\x00=1", "\u3000＝1", "'=1",
)  # fmt: skip
_LIVE = re.compile(r"[\s\x00-\x20\u200b\ufeff]*[=+\-@＝＋－＠]")


@cache
def sources() -> list[tuple[str, ast.Module]]:
    files = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
    return [(str(p.relative_to(ROOT)), ast.parse(p.read_text("utf-8"))) for p in files]


IMPORTING = frozenset({"__import__", "import_module"})
LAST = frozenset(name.rpartition(".")[2] for name in BANNED_CALLS) | IMPORTING


def last_of(func: ast.expr) -> str:
    return getattr(func, "attr", "") or getattr(func, "id", "")


def reads_code(tree: ast.AST) -> list[str]:
    """Everything in a module by which data could become code."""
    found: list[str] = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [name for name in names if name.partition(".")[0] in BANNED_MODULES]
        if isinstance(node, ast.Call) and last_of(node.func) in LAST:
            called = ast.unparse(node.func)
            allowed = any(
                word.arg == "allow_pickle" and ast.unparse(word.value) == "False"
                for word in node.keywords
            )
            if called in BANNED_CALLS and not (called.endswith(".load") and allowed):
                found.append(called)
            if last_of(node.func) in IMPORTING:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and first.value in BANNED_MODULES:
                    found.append(str(first.value))
    return found


@pytest.mark.slow
@pytest.mark.row(39)
def test_no_module_turns_data_into_code(figure: Callable[..., None]) -> None:
    guilty = {path: found for path, tree in sources() if (found := reads_code(tree))}
    assert guilty == SAFE
    figure(f"{len(sources())} modules: 0 with pickle, eval, exec or an unsafe yaml.load")
    assert issubclass(pack._LOADER, (yaml.SafeLoader, yaml.CSafeLoader))


def test_the_scan_sees_what_it_forbids() -> None:
    for text in (
        "import pickle", "from joblib import load", "eval(x)", "yaml.load(f)", "np.load(f)",
        "np.load(f, allow_pickle=True)", "__import__('marshal')",
    ):  # fmt: skip
        assert reads_code(ast.parse(text)), text
    assert not reads_code(ast.parse("re.compile(x); np.load(f, allow_pickle=False)"))


@pytest.mark.row(39)
def test_no_table_of_any_kind_has_a_live_cell(figure: Callable[..., None]) -> None:
    """Corpus, claims, time line and figures of the desk: each cell as the spreadsheet gets it."""
    cells = [(how.__name__, how(text)) for text in FORMULAS
             for how in (tables.guarded, quoted, inert)]  # fmt: skip
    live = [(how, cell) for how, cell in cells if _LIVE.match(cell)]
    figure(f"{len(cells)} cells of every table, {len(live)} live")
    assert live == []


@pytest.mark.row(39)
@pytest.mark.parametrize("name", ["../x", "{above}/x", "a/../../x", "x\x00y", "link/x", "."])
def test_a_name_that_leads_out_of_an_export_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    (home := tmp_path / "out").mkdir()
    (tmp_path / "above").mkdir()
    (home / "link").symlink_to(tmp_path / "above")
    with pytest.raises(ValueError, match="leads out"):
        folders.written({"good.txt": b"x", name.format(above=tmp_path / "above"): b"x"}, home)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.row(39)
def test_a_list_of_feeds_that_is_a_bomb_is_refused_at_once() -> None:
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    bomb = f"<!DOCTYPE opml [<!ENTITY l0 'x'>{laughs}]><opml><body>&l9;</body></opml>".encode()
    deep = b"<opml><body>" + b"<outline text='x'>" * 100_000
    wide = b"<opml><body>" + b"<outline xmlUrl='http://o.example/f'/>" * 200_000
    for body in (bomb, bomb.decode().encode("utf-16"), deep, wide):
        found = opml.read(body)
        assert not isinstance(found, tuple) or len(found) <= opml.MOST_OUTLINES


@pytest.mark.row(39)
def test_what_an_export_writes_is_what_a_csv_reader_reads() -> None:
    sink = io.StringIO()
    csv.writer(sink).writerow([tables.guarded(text) for text in FORMULAS])
    (row,) = csv.reader(io.StringIO(sink.getvalue(), newline=""))
    assert [tables.unguarded(cell) for cell in row] == list(FORMULAS)
