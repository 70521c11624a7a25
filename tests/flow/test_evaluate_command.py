"""`torkham evaluate` and `classify --top`: what scripts and readers of any language rely on."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from classifiers.measuring import report
from classifiers.pack import load_pack
from monitor.cli.main import torkham

POOL = Path(__file__).resolve().parents[1] / "data" / "pool.jsonl"
ROWS = [json.loads(line) for line in POOL.read_text(encoding="utf-8").split("\n") if line]


def run(folder: Path, *words: str | Path, stdin: bytes | None = None) -> Result:
    place = ["--config", str(folder / "feeds.yaml"), "--data", str(folder / "data")]
    result = CliRunner().invoke(torkham, [*map(str, words), *place], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def value(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.strip().split("\n")
    assert line.startswith("torkham: ")
    return line


def test_the_keys_of_the_contract_stand_and_more_stand_beside_them(tmp_path: Path) -> None:
    found = value(run(tmp_path, "evaluate", POOL, "--json", "--errors", "3", "--baselines"))
    assert (found["n"], found["relevant"], found["unsure_rows"]) == (80, 34, 12)
    assert found["groups"] < 80, "near copies are told"
    assert set(found["at_threshold"]) == {"threshold", "precision", "recall"}
    assert set(found["by_kind"]) == {"full", "short"}
    low, high = found["intervals"]["average_precision"]
    assert low <= found["average_precision"] <= high
    either = found["average_precision_with_unsure"]
    assert either["as_relevant"] < either["as_not_relevant"] <= found["average_precision"]
    strand = found["by_strand"][0]
    assert set(strand) == {"strand", "n", "recall", "interval", "recall_at_95"}
    assert {"from", "to", "n", "mean_score", "relevant", "share", "interval"} == set(
        found["reliability"][0]
    )
    assert len(found["worst"]) == 3
    assert set(found["worst"][0]) == {"id", "title", "score", "label"}
    assert set(found["baselines"]) == {"keywords", "seeds", "hand", "fitted"}
    assert found["curve"] == []
    assert found["taught_the_weights"] is False
    assert found["model"].startswith("two-pole-")


def test_the_same_words_give_the_same_figures(tmp_path: Path) -> None:
    words = ("evaluate", POOL, "--json", "--cross-validate", "4", "--reviews", "10", "--seeds", "2")
    first = run(tmp_path, *words, "--seed", "3")
    assert value(first) == value(run(tmp_path, *words, "--seed", "3"))
    other = value(run(tmp_path, *words, "--seed", "4"))
    assert other["brier"] != value(first)["brier"]
    assert value(first)["curve_of"]["prior"] == "fitted on other rows"
    assert value(first)["folds"] == 4


def test_people_read_a_table_with_every_section(tmp_path: Path) -> None:
    stream = tmp_path / "stream.jsonl"
    stream.write_text("".join(json.dumps({"title": r["title"]}) + "\n" for r in ROWS[:20]))
    words = ("--stream", stream, "--errors", "2", "--baselines", "--reviews", "10", "--seeds", "2")
    told = run(tmp_path, "evaluate", POOL, "--cross-validate", "4", *words, "--wrong", "0.1").stdout
    for said in (
        "80 rows in 7", "fitted on the other 3 of 4 parts", "the unsure not relevant",
        "precision at recall .95", "The scores add up to", "mean score", "recall at 0.50",
        "Of a stream of 20 articles", "hand-set weights", "10 % of the answers wrong",
        "Most wrong about",
    ):  # fmt: skip
        assert said in told, said
    assert max(map(len, told.split("\n"))) < 130


@pytest.mark.parametrize("label", ["relevant", "not_relevant"])
def test_a_pool_of_one_label_is_said_to_tell_nothing(tmp_path: Path, label: str) -> None:
    pool = tmp_path / "pool.jsonl"
    rows = ({"title": f"A lamp {n}", "text": "Torkham", "label": label} for n in range(2))
    pool.write_text("\n".join(map(json.dumps, rows)))
    told = run(tmp_path, "evaluate", pool)
    assert told.exit_code == 0
    assert "labelled alike" in told.stdout
    assert "labelled alike" not in run(tmp_path, "evaluate", POOL).stdout


def test_a_stream_is_told_at_the_threshold_that_finds_nineteen_of_twenty(tmp_path: Path) -> None:
    stream = tmp_path / "stream.jsonl"
    rows = [r for r in ROWS if r["label"] == "not_relevant"]
    stream.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = value(run(tmp_path, "evaluate", POOL, "--stream", stream, "--json"))["stream"]
    assert found["n"] == 46
    assert found["at_recall_95"]["recall"] >= 0.95
    assert 0 <= found["at_recall_95"]["share"] < 0.2
    assert found["at_recall_95"]["above"] == round(46 * found["at_recall_95"]["share"], 1)


def test_a_wider_definition_is_another_truth(tmp_path: Path) -> None:
    words = ("evaluate", POOL, "--json", "--reviews", "5", "--batch", "5", "--seeds", "2")
    narrow, wide = value(run(tmp_path, *words)), value(run(tmp_path, *words, "--widen"))
    assert wide["curve_of"]["widened"]
    assert wide["curve"][0]["relevant"] > narrow["curve"][0]["relevant"]
    assert wide["curve"][0]["average_precision"] < narrow["curve"][0]["average_precision"]


@pytest.mark.slow
def test_a_pool_that_taught_the_weights_is_said_to_flatter(tmp_path: Path) -> None:
    own = report.taught_by(load_pack())
    assert len(own) == 64
    pool = Path(os.environ.get("TORKHAM_SHARED", POOL.parents[3] / "shared"))
    pool = pool / "data" / "topic" / "dev.jsonl"
    if not pool.exists():
        pytest.skip(f"no labelled news at {pool}; set TORKHAM_SHARED")
    result = run(tmp_path, "evaluate", pool, "--reviews", "1", "--seeds", "1")
    assert "the figures flatter" in result.stdout
    assert "weights fitted on other rows" in result.stdout, "the curve is honest all the same"
    assert "flatter" not in run(tmp_path, "evaluate", POOL).stdout


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (["{}"], [], "line 1: it has neither title nor text"),
        (['{"title": "t", "label": "relevant"}', "[1]"], [], "line 2: not an object"),
        (['{"title": "t", "label": "relevant"}'], ["--cross-validate", "3"], "too few"),
        (['{"title": "t", "label": "relevant"}'], ["--reviews", "3"], "too few"),
        (['{"title": "t", "label": "relevant"}'], ["--stream", "nowhere.jsonl"], "cannot be read"),
    ],
    ids=["empty row", "list", "folds", "reviews", "stream"],
)
def test_what_cannot_be_measured_is_refused_in_one_line(
    tmp_path: Path, rows: list[str], options: list[str], said: str
) -> None:
    pool = tmp_path / "pool.jsonl"
    pool.write_text("\n".join(rows) + "\n")
    assert said in refused(run(tmp_path, "evaluate", pool, *options))


@pytest.mark.parametrize("option", ["--threshold", "--wrong"])
@pytest.mark.parametrize("share", ["nan", "inf", "-0.1", "2"])
def test_a_share_lies_within_its_range(tmp_path: Path, option: str, share: str) -> None:
    """Not a number is neither below nor above: it passed, and figures contradicted each other."""
    result = run(tmp_path, "evaluate", POOL, option, share)
    assert result.exit_code == 2
    assert share in result.stderr


def test_an_empty_stream_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stream.jsonl").write_text("\n")
    words = ("evaluate", POOL, "--stream", tmp_path / "stream.jsonl")
    assert "there is no row in it" in refused(run(tmp_path, *words))


def test_a_bar_is_shown_on_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    command = [
        sys.executable, "-c", "from monitor.cli.main import main; main()", "evaluate", str(POOL),
        "--config", str(tmp_path / "feeds.yaml"), "--data", str(tmp_path / "data"), "--json",
    ]  # fmt: skip
    root = Path(__file__).resolve().parents[2]
    piped = subprocess.run(command, capture_output=True, check=True, cwd=root)
    assert piped.stderr == b""
    ours, theirs = pty.openpty()
    try:
        shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True, cwd=root)
        os.close(theirs)
        bar = os.read(ours, 100_000).decode()
    finally:
        os.close(ours)
    assert "Measuring" in bar
    assert json.loads(shown.stdout) == json.loads(piped.stdout)


# --- classify --top -------------------------------------------------------------------------


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_the_best_of_a_pile_come_first_with_their_names_in_place(tmp_path: Path) -> None:
    pile = [{k: r[k] for k in ("id", "title", "text", "outlet", "lang")} for r in ROWS]
    result = run(tmp_path, "classify", "--top", "7", "--json", stdin=lines(pile))
    best = [json.loads(line) for line in result.stdout.strip().split("\n")]
    assert [row["rank"] for row in best] == [1, 2, 3, 4, 5, 6, 7]
    scores = [row["score"] for row in best]
    assert scores == sorted(scores, reverse=True)
    judged = run(tmp_path, "classify", "--json", stdin=lines(pile)).stdout.strip().split("\n")
    assert scores == sorted((json.loads(line)["score"] for line in judged), reverse=True)[:7]
    by_id = {row["id"]: row for row in ROWS}
    for row in best:
        assert row["names"]
        for name in row["names"]:
            whole = by_id[row["id"]]["title" if name["part"] == "title" else "text"]
            assert whole[name["start"] : name["end"]] == name["text"]


def test_a_reader_of_urdu_and_pashto_sees_marked_names_and_what_to_check(tmp_path: Path) -> None:
    pile = [row for row in ROWS if row["lang"] in {"ur", "ps"}]
    told = run(tmp_path, "classify", "--top", "3", stdin=lines(pile)).stdout
    assert "\u2068[طورخم]" in told, "an isolate begins each line of another script"
    assert told.count("\u2068") == told.count("\u2069") > 0
    assert "= torkham" in told
    assert "For a reader of Pashto" in told
    assert "For a reader of Urdu" in told
    assert "Dari" not in told
    assert f"{len(pile)} judged" in told


def test_a_pile_can_neither_command_nor_turn_round_the_terminal(tmp_path: Path) -> None:
    title = "Kabul\x1b[2J and \u202eIslamabad\u2069\u2069 hold talks\nat Torkham"
    pile: list[dict[str, Any]] = [{"id": "\x1b[31m1\u202e", "title": title, "text": title}]
    told = run(tmp_path, "classify", "--top", "3", stdin=lines(pile)).stdout
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert told.count("\u2068") == told.count("\u2069")


def test_what_cannot_be_read_is_counted_and_the_rest_is_ranked(tmp_path: Path) -> None:
    result = run(tmp_path, "classify", "--top", "2", stdin=lines(ROWS[:3]) + b"{broken\n")
    assert result.exit_code == 1
    assert "1 could not be read" in result.stdout
    assert "3 judged" in result.stdout
