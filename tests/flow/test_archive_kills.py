"""Archives read by any engine, and by engines that are killed, fill the store alike to the byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bench import archives
from bench.backfill_kills import SETTINGS, Ground, addresses, dump, killed
from bench.backfill_run import NAME, NOW
from monitor.app import open_app
from monitor.cli import archiving

PRIVATE = 12
"""Of the private pages, where they are: real ones among those of the sample newsroom."""


ONE, TWO, FOUR = (archiving.Means(workers=count) for count in (1, 2, 4))
DASK = archiving.Means(engine="dask", workers=2)


def pages(count: int) -> list[archives.Saved]:
    """Return pages of the sample newsroom, which its topic is in, and a few real ones."""
    sample = list(archives.sample())
    step = max(1, len(sample) // count)
    return [*sample[::step][:count], *archives.private()[:PRIVATE]]


def read(folder: Path, places: list[Path], by: archiving.Means) -> dict[str, str]:
    """Read archives as the command does, at an hour that stands still; return what was written."""
    here = Ground(folder=folder, archives=places)
    folder.mkdir()
    (folder / "feeds.yaml").write_text(SETTINGS)
    with (
        open_app(folder / "feeds.yaml", folder / "data", {}, clock=lambda: NOW) as app,
        closing(app.open_store()) as db,
    ):
        sources = archiving.sources_of([str(place) for place in places])
        archiving.take(db, app, NAME, sources, by, alone=True)
    with closing(here.store()) as looked_at:
        assert addresses(looked_at).total() > 10
        return dump(looked_at)


def assert_alike(folder: Path, places: list[Path], engines: tuple[archiving.Means, ...]) -> None:
    """Every row of every table, but when migrations ran and the secrets that each store draws."""
    first, *others = (read(folder / f"with-{n}", places, by) for n, by in enumerate(engines))
    assert len(first) > 100
    for other in others:
        assert other == first


@pytest.mark.slow
def test_two_children_and_a_cluster_of_two_fill_the_same_store_to_the_byte(tmp_path: Path) -> None:
    places = archives.many(tmp_path / "parts", pages(40), files=6)
    assert_alike(tmp_path, places, (TWO, DASK))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_one_two_and_four_children_and_a_cluster_fill_the_same_store_from_all_pages(
    tmp_path: Path,
) -> None:
    """With every private page, where they are."""
    every = [*archives.sample(), *archives.private()]
    places = archives.many(tmp_path / "parts", every, files=12)
    assert_alike(tmp_path, places, (ONE, TWO, FOUR, DASK))


def lose_nothing(folder: Path, count: int, files: int, kills: int) -> str:
    """Kill so often, and hold what was written against a run that nobody disturbed."""
    places = archives.many(folder / "parts", pages(count), files=files)
    seed = int(os.environ.get("TORKHAM_KILL_SEED") or int.from_bytes(os.urandom(3)))
    print(f"TORKHAM_KILL_SEED={seed}")  # noqa: T201 - shown when it fails; set it to repeat them
    outcome = killed(places, folder, kills=kills, seed=seed)
    assert outcome.kills.total() == kills
    assert (outcome.lost, outcome.doubled, outcome.differing) == (0, 0, ())
    return str(outcome)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_worker_the_scheduler_the_writer_and_a_child_killed_lose_and_double_nothing(
    tmp_path: Path, figure: Callable[..., None]
) -> None:
    figure(lose_nothing(tmp_path, 30, 16, kills=4))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twenty_kills_at_random_moments_lose_and_double_nothing(
    tmp_path: Path, figure: Callable[..., None]
) -> None:
    figure(lose_nothing(tmp_path, 150, 60, kills=20))
