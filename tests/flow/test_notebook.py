"""The notebook of the manual draws its plots from a snapshot anybody can take."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli.main import torkham
from monitor.demo.show import run_demo
from monitor.edge.clock import system_clock
from store import reviews
from store.db import connect

NOTEBOOK = Path(__file__).parents[2] / "docs/notebooks/first-plots.ipynb"


def test_the_notebook_is_kept_without_outputs_and_without_data() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert NOTEBOOK.stat().st_size < 20_000


@pytest.mark.slow
def test_every_plot_is_drawn_from_a_snapshot_of_the_sample_newsroom(
    tmp_path: Path,
) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("pandas")
    pytest.importorskip("ipykernel")
    home = tmp_path / "home"
    run_demo(once=True, as_json=False, port=8000, data=home, echo=lambda _line: None)
    with closing(connect(home / "torkham.db")) as db:
        rows = db.execute("SELECT id, score FROM articles WHERE score IS NOT NULL ORDER BY id")
        for n, (article, score) in enumerate(rows.fetchall()):
            answer = "relevant" if score >= 0.3 + 0.1 * (n % 3) else "not_relevant"
            reviews.decide(db, article=article, answer=answer, by="rida", now=system_clock())  # type: ignore[arg-type]
    place = ["--config", str(home / "feeds.yaml"), "--data", str(home)]
    out = tmp_path / "snapshot"
    for words in (["snapshot"], ["export", "--snapshot", "last", "--out", str(out)]):
        result = CliRunner().invoke(torkham, ["corpus", *words, *place])
        assert result.exit_code == 0, result.output
    book = nbformat.read(NOTEBOOK, as_version=4)
    here = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(book, timeout=100, kernel_name="python3", resources=here)
    done = client.execute()
    drawn = [
        output
        for cell in done.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(drawn) == 4
    told = "".join(
        output.get("text", "") for cell in done.cells for output in cell.get("outputs", ())
    )
    assert "[data set]" in told, "the last cell prints how to cite it"
