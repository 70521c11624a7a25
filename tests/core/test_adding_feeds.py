"""Feeds are added to feeds.yaml as lines of text: whatever stood there stands there still."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.adding import add_feeds, entry_lines, with_feeds
from monitor.config.problems import ConfigError
from monitor.config.reading import parse
from monitor.config.shipped import shipped_path

NEW = {"key": "new", "outlet": "Valley: the #1 'Post'", "url": "https://new.example/feed?a=b#c: d"}
SHAPES = {
    "indented": "# head\nfeeds:\n  # 1\n  - url: https://a.example/1  # why\n\n# tail\nteam: {}\n",
    "flush": "feeds:\n- url: https://a.example/1\n- url: https://a.example/2\nteam: {}\n",
    "at the end": "team: {}\nfeeds:\n    -   url: https://a.example/1\n        note: x",
    "block text": "feeds:\n  - url: https://a.example/1\n    note: |\n      # no comment\n# tail\n",
    "windows": "feeds:\r\n  - url: https://a.example/1\r\n\r\n# tail\r\nteam: {}\r\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_line_of_the_file_stays_and_the_feed_is_behind_the_last(shape: str) -> None:
    before = SHAPES[shape]
    after = with_feeds(before, [NEW])
    kept = after.splitlines()
    assert [line for line in before.splitlines() if line not in kept] == []
    assert parse(after).value["feeds"][-1] == NEW
    assert parse(after).value["feeds"][:-1] == parse(before).value["feeds"]
    assert ("\r\n" in after) == ("\r\n" in before)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in before


def test_the_shipped_file_takes_a_feed_and_keeps_its_comments() -> None:
    before = shipped_path().read_text(encoding="utf-8")
    after = with_feeds(before, [NEW])
    assert after.startswith(before.rstrip())
    assert after.count("#") == before.count("#") + 2


@pytest.mark.parametrize(
    "text",
    [
        "feeds: [{url: 'https://a.example/1'}]\n",
        "team: {}\n",
        "feeds:\n  {0: 1}\n",
        "feeds:\n  - url: https://a.example/1\n    note: 'a\n\n      b'\n  }\n",
    ],
)
def test_a_file_that_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        with_feeds(text, [NEW])


def test_a_mistake_leaves_the_file_as_it_was_and_its_mode_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(SHAPES["indented"], encoding="utf-8")
    path.chmod(0o640)
    for wrong in (
        {"url": "https://a.example/1"},
        {"url": "nowhere"},
        {"url": "https://b.example", "x": 1},
    ):
        with pytest.raises(ConfigError):
            add_feeds(path, [wrong])
        assert path.read_text(encoding="utf-8") == SHAPES["indented"]
    add_feeds(path, [{"url": "https://b.example/feed"}])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40
)


@given(
    st.dictionaries(
        st.sampled_from(["key", "outlet", "url", "note", "section"]), VALUES, min_size=1
    )
)
def test_any_words_come_back_as_they_were_written(feed: dict[str, Any]) -> None:
    text = "feeds:\n" + "\n".join(f"  {line}" for line in entry_lines(feed)) + "\n"
    assert parse(text).value["feeds"] == [feed]
