"""What people change on the desk is laid over feeds.yaml, and can never stop the service."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.changing import Difference, differences, export, overlay
from monitor.config.checking import Known
from monitor.config.kinds import Term
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError
from store.upkeep import Change

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
FILE = """
# a comment
feeds:
  - {key: dawn-home, outlet: Dawn, url: "https://www.dawn.com/feeds/home", every: 15m}
  - {outlet: Khaama, url: "https://www.khaama.com/feed/"}
alerts:
  - {name: TTP and the border, any: [TTP], channels: [outbox]}
thresholds: {queue: 0.2}
"""


def change(path: str, value: object, number: int = 1) -> Change:
    return Change(id=number, path=path, value=json.dumps(value), by="R.", at=AT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def loaded(file: Path, *changes: Change) -> Settings:
    return load(file, {}, changes)


def ignored(file: Path, *changes: Change) -> Mapping[str, str]:
    return {problem.path: problem.message for problem in loaded(file, *changes).ignored_changes}


# --- what fits ------------------------------------------------------------------------------


def test_a_feed_is_paused_and_given_another_pace(file: Path) -> None:
    got = loaded(
        file, change("feeds.dawn-home.enabled", False), change("feeds.dawn-home.every", "2h")
    )
    assert (got.feeds[0].enabled, got.feeds[0].every_minutes) == (False, 120)
    assert got.feeds[0].outlet == "Dawn"
    assert got.ignored_changes == ()


def test_a_feed_without_a_written_key_is_found_by_the_key_made_for_it(file: Path) -> None:
    got = loaded(file, change("feeds.khaama-com-feed.enabled", False))
    assert got.feeds[1].enabled is False


def test_feeds_and_rules_are_added_replaced_and_taken_out(file: Path) -> None:
    got = loaded(
        file,
        change("feeds.amu", {"outlet": "Amu TV", "url": "https://amu.tv/feed/"}),
        change("feeds.khaama-com-feed", None),
        change("alerts.TTP and the border", {"any": ["concept:ttp"], "all": ["Torkham"]}),
        change("alerts.Talks", {"any": ["talks"]}),
    )
    assert [feed.key for feed in got.feeds] == ["dawn-home", "amu"]
    assert [rule.name for rule in got.rules] == ["TTP and the border", "Talks"]
    assert got.rules[0].any_of == (Term(text="ttp", concept=True),)
    assert loaded(file, change("alerts.TTP and the border", None)).rules == ()


def test_sections_are_changed_and_null_brings_the_default_back(file: Path) -> None:
    got = loaded(
        file,
        change("thresholds.queue", None),
        change("thresholds.sample_share", 0.05),
        change("digest.at", "06:30"),
        change("team.name", "Night desk"),
    )
    assert (got.thresholds.queue, got.thresholds.sample_share) == (None, 0.05)
    assert got.digest.at.isoformat("minutes") == "06:30"
    assert got.team.name == "Night desk"


def test_the_later_of_two_changes_wins(file: Path) -> None:
    got = loaded(file, change("thresholds.queue", 0.3, 1), change("thresholds.queue", 0.4, 2))
    assert got.thresholds.queue == 0.4


# --- what does not fit ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("thresholds.queue", 7, "at most 1"),
        ("thresholds.quue", 0.1, 'Did you mean "queue"?'),
        ("feeds.gone.enabled", False, "no entry of this name"),
        ("feeds.dawn-home.url", "javascript:alert(1)", "no web address"),
        ("feeds.dawn-home.key", "khaama-com-feed", "same as"),
        ("feeds.dawn-home", "x", "no keys"),
        ("alerts.New", {"pattern": "(a"}, "cannot be used"),
        ("alerts.New", {"any": ["x"], "channels": ["nowhere"]}, "no channel"),
        ("alerts.New", {"any": ["concept:nowhere"]}, "no concept"),
        ("web.port", 80, "changed on the desk"),
        ("channels.outbox.path", "/etc", "changed on the desk"),
        ("workers.count", 9, "changed on the desk"),
        ("fetch.obey_robots", False, "changed on the desk"),
        ("topic", "x", "changed on the desk"),
        ("thresholds", {"queue": 0}, "names nothing"),
        ("digest.at.x", 1, "names nothing"),
        ("", 1, "changed on the desk"),
    ],
)
def test_an_unfit_change_is_named_and_the_rest_stands(
    file: Path, path: str, value: object, says: str
) -> None:
    good = change("thresholds.sample_share", 0.07, 2)
    got = load(file, {}, [change(path, value), good], known=lambda _: Known(concepts={"ttp"}))
    (problem,) = got.ignored_changes
    assert problem.path == path
    assert says in problem.message
    assert got.thresholds.sample_share == 0.07
    assert got.thresholds.queue == 0.2
    assert len(got.feeds) == 2


@pytest.mark.parametrize("value", ["{", "NaN", "[" * 50_000, '"' + "x" * 200_000 + '"', ""])
def test_a_value_that_is_no_json_is_ignored(file: Path, value: str) -> None:
    bad = Change(id=1, path="thresholds.queue", value=value, by="R.", at=AT)
    assert set(ignored(file, bad)) == {"thresholds.queue"}


def test_a_secret_in_a_change_is_not_repeated(file: Path) -> None:
    bad = change("team.password", "canary-77")
    assert "secrets.env" in ignored(file, bad)["team.password"]
    assert "canary-77" not in repr(loaded(file, bad))


def test_changes_do_not_excuse_a_broken_file(file: Path) -> None:
    file.write_text("feeds: []\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        loaded(file, change("feeds.a", {"url": "https://a.example/"}))


def test_one_bad_change_among_many_costs_little(file: Path) -> None:
    many = [change(f"alerts.rule {n}", {"any": [f"word{n}"]}, n) for n in range(190)]
    many.insert(95, change("thresholds.queue", "high", 500))
    start = time.process_time()
    got = loaded(file, *many)
    assert len(got.rules) == 191
    assert [problem.path for problem in got.ignored_changes] == ["thresholds.queue"]
    assert time.process_time() - start < 3


_PATHS = st.sampled_from([
    "feeds.dawn-home.enabled", "feeds.dawn-home", "feeds.x", "feeds.", "feeds..", "alerts.A.any",
    "alerts.A", "thresholds.queue", "digest.weekdays", "team.name", "web.port", "feeds.x.url",
    "alerts.TTP and the border.in", "digest.channels", "topic", ".", "alerts.A.name",
])  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["url", "any", "name", "key", "in"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(_PATHS, _VALUES), max_size=6))
def test_no_change_whatever_raises_and_each_is_taken_or_named(
    changes: list[tuple[str, object]],
) -> None:
    base = {"feeds": [{"key": "dawn-home", "url": "https://www.dawn.com/feeds/home"}]}
    before = json.dumps(base)
    rows = [change(path, value, n) for n, (path, value) in enumerate(changes)]
    file, problems = overlay(base, rows, Known())
    assert file.feeds
    assert {problem.path for problem in problems} <= {path for path, _ in changes}
    assert json.dumps(base) == before  # the file's own values are left alone


# --- differences and export -----------------------------------------------------------------


def test_differences_show_what_the_desk_says_otherwise(file: Path) -> None:
    found = differences(
        file,
        [
            change("feeds.dawn-home.every", "1h"),
            change("thresholds.queue", 0.2),  # the same as in the file
            change("digest.stories", 10),
            change("web.port", 1),  # never in force
            change("alerts.TTP and the border", {"any": ["TTP"], "channels": ["outbox"]}),
            change("alerts.New", {"any": ["x"]}),
        ],
    )
    assert found == (
        Difference(path="feeds.dawn-home.every", in_file="15m", on_desk="1h", by="R.", at=AT),
        Difference(path="digest.stories", in_file=None, on_desk=10, by="R.", at=AT),
        Difference(path="alerts.New", in_file=None, on_desk={"any": ["x"]}, by="R.", at=AT),
    )


def test_an_export_means_the_same_as_file_and_changes_together(file: Path, tmp_path: Path) -> None:
    changes = [
        change("feeds.dawn-home.enabled", False),
        change("feeds.amu", {"outlet": "Amu TV", "url": "https://amu.tv/feed/", "note": "no: #1"}),
        change("digest.at", "17:30"),
        change("thresholds.queue", 9),  # unfit, and so not written
        change("alerts.Urdu", {"any": ["ٹی ٹی پی"]}),
    ]
    text = export(file, changes)
    written = tmp_path / "exported.yaml"
    written.write_text(text, encoding="utf-8")
    expected = loaded(file, *changes)
    got = load(written, {})
    assert (got.feeds, got.rules, got.digest) == (expected.feeds, expected.rules, expected.digest)
    assert got.thresholds.queue == 0.2
    assert "comments were not kept" in text
    assert "ٹی ٹی پی" in text
