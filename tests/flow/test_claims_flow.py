"""From the judge's run to a file for a spreadsheet: what may be relied on of claims and quotes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham
from monitor.edge.clock import system_clock
from store import articles, claims, feeds, ledger
from store.db import connect
from store.polls import FeedSpec, FeedState, FoundEntry, PollRecord
from store.types import StoredText

SHARED = Path(os.environ.get("TORKHAM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
SETTINGS = """\
team: {time_zone: Asia/Karachi}
feeds:
  - {key: gazette, url: 'https://gazette.example/feed', outlet: '=1+1', enabled: false}
"""
SPEC = FeedSpec(
    key="gazette", url="https://gazette.example/feed", outlet="=1+1", side="pakistan",
    language="en", enabled=False,
)  # fmt: skip
TEXTS = {
    "toll": (
        "Pakistan says TTP men died near the Afghan border",
        (
            "=cmd security forces of Pakistan killed 12 TTP militants near the Afghan border in"
            " Bajaur, the ISPR said.\n“Kabul must act against the TTP now,” Defence Minister"
            " Khawaja Asif said."
        ),
    ),
    "cricket": ("Spinners win the series", "The side killed off the chase; 40 people were hurt."),
}
Run = Callable[..., Result]


def text(article: int, title: str, body: str) -> StoredText:
    return StoredText(
        article=article, title=title, body=body, author=None, language="en", published_at=None,
        published_original=None, published_source="first_seen", extractor="test", text_from="page",
        text_hash=sha256(body.encode()).hexdigest(), title_key=title, scheme="test", sketch=(),
    )  # fmt: skip


def entry(name: str) -> FoundEntry:
    return FoundEntry(
        key=name, item_hash=name, guid=name, url=f"https://gazette.example/{name}",
        canonical_url=f"https://gazette.example/{name}", title=TEXTS[name][0], summary="",
        content_html=None, author=None, published_at=None, published_original=None, language="en",
    )  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Commands on a store with one article of the topic and one beside it."""
    (tmp_path / "feeds.yaml").write_text(SETTINGS)
    now = system_clock() - timedelta(hours=1)
    with closing(connect(tmp_path / "data/torkham.db")) as db:
        feeds.sync(db, [SPEC], now)
        state = FeedState(spec=SPEC, polls=1, condition="ok", last_ok_at=now)
        found = tuple(entry(name) for name in TEXTS)
        feeds.save_poll(db, PollRecord(state=state, at=now, outcome="ok", listed=2, found=found))
        for name, (title, body) in TEXTS.items():
            item = ledger.why(db, f"https://gazette.example/{name}", "").items[0]
            assert item.article is not None
            articles.save_text(db, text(item.article, title, body), now)

    def command(*words: str | Path) -> Result:
        place = ["--config", str(tmp_path / "feeds.yaml"), "--data", str(tmp_path / "data")]
        given = [*map(str, words), *place]
        result = CliRunner().invoke(torkham, given, env={"COLUMNS": "100"})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return command


def value(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_judge_notes_the_claims_of_what_it_queues_and_of_nothing_else(run: Run) -> None:
    jobs = value(run("once", "judge", "--json"))["jobs"]
    assert (jobs["judge"]["claims_read"], jobs["judge"]["claims"]) == (1, 1)
    assert "claims_read" not in value(run("once", "judge", "--json"))["jobs"]["judge"]
    (row,) = value(run("claims", "list", "--json"))
    assert (row["population"], row["least"], row["place"]) == ("killed", 12.0, "Bajaur")
    assert (row["speaker"], row["speaker_side"]) == ("ISPR", "pakistan")
    listed = run("claims", "list", "--population", "killed")
    assert "12 TTP militants · killed, Bajaur" in listed.stdout
    assert "No such claim" in run("claims", "list", "--year", "1999").stdout


def test_an_export_opens_in_a_spreadsheet_and_runs_nothing(run: Run, tmp_path: Path) -> None:
    run("once", "judge")
    out = tmp_path / "claims.csv"
    assert "1 claims into" in run("claims", "export", "--out", out).stdout
    (row,) = csv.DictReader(io.StringIO(out.read_bytes().decode()))
    assert row["sentence"].startswith("'=cmd security forces")
    assert row["outlet"] == "'=1+1"
    assert (row["least"], row["article"]) == ("12.0", "1")
    lines = run("claims", "export", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["sentence"][:4] for line in lines] == ["=cmd"]
    empty = run("claims", "export", "--place", "Nowhere").stdout
    assert empty.startswith("id,population,")
    assert len(empty.splitlines()) == 1


def test_an_export_that_cannot_be_written_says_so_in_a_line(run: Run, tmp_path: Path) -> None:
    result = run("claims", "export", "--out", tmp_path / "none" / "claims.csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_quotes_are_found_from_the_command_line(run: Run) -> None:
    run("once", "judge")
    assert "Khawaja Asif, Defence Minister" in run("quotes", "kabul", "--speaker", "asif").stdout
    (quote,) = value(run("quotes", "--office", "minister", "--json"))
    assert quote["words"] == "Kabul must act against the TTP now"
    assert "Nobody is quoted" in run("quotes", "peace").stdout
    nothing = run("quotes")
    assert nothing.exit_code == 2
    assert "say what to look for" in nothing.stderr


def test_imported_texts_are_the_first_entries(run: Run, tmp_path: Path) -> None:
    essay = tmp_path / "essay.txt"
    essay.write_text(
        "An essay on the frontier.\nOne count finds 5,500–7,000 TTP fighters beyond the border,"
        " while the army speaks of 20,000 to 25,000 TTP fighters. Pakistan asks Kabul to act, and"
        " the talks between Islamabad and the Afghan Taliban go on.\n"
    )
    assert run("corpus", "import", essay).exit_code == 0
    run("once", "judge")
    rows = value(run("claims", "list", "--population", "fighters", "--json"))
    assert sorted((row["least"], row["most"]) for row in rows) == [(5500, 7000), (20000, 25000)]
    assert {row["article"] for row in rows} == {None}
    assert {row["since_on"] for row in rows} == {None}


def test_a_text_without_a_day_says_a_year_and_nothing_nearer(run: Run, tmp_path: Path) -> None:
    essay = tmp_path / "essay.txt"
    essay.write_text(
        "An essay on the TTP in Pakistan.\nIn 2021 some 30 people were killed. On Dec 24 some 40"
        " people were killed. About 2 months ago 50 people were killed. The Afghan Taliban and the"
        " TTP stand together, say officials in Islamabad, and Pakistan asks Kabul to act.\n"
    )
    assert run("corpus", "import", essay).exit_code == 0
    run("once", "judge")
    rows = value(run("claims", "list", "--population", "killed", "--json"))
    told = {row["least"]: row["since_on"] for row in rows if row["article"] is None}
    assert told == {30: "2021-01-01", 40: None, 50: None}


@pytest.mark.skipif(not (SHARED / "corpus").exists(), reason="the seed articles are not at hand")
def test_the_seeds_own_figures_are_in_the_register(run: Run, tmp_path: Path) -> None:
    assert run("corpus", "import", SHARED / "corpus").exit_code == 0
    run("once", "judge")
    with closing(connect(tmp_path / "data/torkham.db")) as db:
        found = claims.listed(db, claims.Wanted(population="fighters"))
    assert {(row.facts.least, row.facts.most) for row in found} == {(6000, 6500), (30000, 40000)}
