"""Real feeds and real pages through the whole pipeline, where they are present."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("torkham_on_loopback.py")


def settings(feeds: dict[str, str]) -> str:
    lines = [f"  - {{key: feed-{n}, url: '{url}'}}" for n, url in enumerate(feeds.values())]
    limits = "fetch: {host_gap: 0, per_host: 8, obey_robots: false}\n"
    return limits + "feeds:\n" + "\n".join(lines) + "\n"


def torkham(folder: Path, port: int, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, DRIVER, str(port), *words, "--json"],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[:2000] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def total(ledger: dict[str, Any]) -> int:
    plain = sum(ledger[key] for key in ("waiting", "queued", "rejected", "duplicate"))
    return int(plain + sum(ledger["dropped"].values()) + sum(ledger["failed"].values()))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_real_feeds_balance_and_real_pages_reach_a_verdict(tmp_path: Path, replay: Any) -> None:
    """At least 95 % of real pages are judged, every item is in the books, and once is enough."""
    import feedparser

    from store.db import connect

    (tmp_path / "feeds.yaml").write_text(settings(replay.feed_urls()))

    first = torkham(tmp_path, replay.port, "once")
    assert first["balanced"]
    assert first["ledger"]["found"] == total(first["ledger"])
    assert first["ledger"]["waiting"] == 0
    listed = sum(
        len(feedparser.parse(io.BytesIO(replay.rewritten(name))).entries) for name in replay.feeds
    )
    assert first["ledger"]["found"] >= listed, "feedparser finds more items"

    paths = {f"{replay.base}{path}" for path in replay.served}
    with_verdict = {
        row["final_url"].partition("#")[0]
        for row in connect(tmp_path / "data/torkham.db").query(
            "SELECT coalesce(final_url, url) AS final_url FROM articles"
            " WHERE verdict IS NOT NULL AND text_from != 'headline'"
        )
    }
    assert len(replay.served) == len(replay.pages), "not every page was asked for"
    assert len(paths & with_verdict) >= 0.95 * len(paths)

    second = torkham(tmp_path, replay.port, "once")
    assert second["ledger"]["found"] == 0
    assert second["balanced"]
    assert second["books"]["found"] == first["books"]["found"]
