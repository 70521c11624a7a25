"""A team's own topic pack, its definition and its names: what the settings may say of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from classifiers import registry
from classifiers.pack import TOPIC, TOPICS, Team, load_pack
from classifiers.types import Text
from monitor import topics
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError
from store.upkeep import Change

FEEDS = "feeds: [{url: 'https://lantern.example/rss'}]\n"


def settings(folder: Path, text: str, *changes: Change) -> Settings:
    config = folder / "feeds.yaml"
    config.write_text(FEEDS + text, encoding="utf-8")
    return load(config, {}, changes, known=topics.known_to(config))


def test_a_pack_of_the_team_s_own_is_found_beside_the_settings(tmp_path: Path) -> None:
    own = tmp_path / "topics" / "floods"
    shutil.copytree(TOPICS / TOPIC, own)
    found = settings(tmp_path, "topic: floods\n")
    assert load_pack(topics.place_of(found.topic, tmp_path / "feeds.yaml")).title


def test_a_topic_that_is_not_there_is_a_mistake_with_its_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pak_afg_ttp"):
        settings(tmp_path, "topic: pak_afg\n")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("names: [Hilltop]\n", "names"),
        ("names: {kabul: Hilltop}\n", "names.kabul"),
        ("definition: in\n", "definition"),
        ("names: {no_such_concept: [Hilltop]}\n", "names.no_such_concept"),
        ("definition: {no_such_strand: in}\n", "definition.no_such_strand"),
    ],
)
def test_what_the_pack_does_not_have_is_named_with_its_path(
    tmp_path: Path, text: str, path: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(tmp_path, text)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_a_name_the_team_added_counts_and_makes_another_model(tmp_path: Path) -> None:
    text = Text(title="Hill Lanterns claim attack on post near Torkham", body="")
    found = settings(tmp_path, "names: {ttp: [Hill Lanterns]}\n")
    team = topics.team_of(found)
    before, after = registry.load(), registry.load(team=team)
    assert after.model == f"{before.model}+{team.id}"
    assert after.lexicon != before.lexicon
    (old,), (new,) = before.judge([text]), after.judge([text])
    assert new.score > old.score
    named = {m.text for c in new.evidence.contributions for m in c.matches}
    assert "Hill Lanterns" in named


def test_equal_teams_are_one_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    one = settings(tmp_path, "names: {ttp: [Hill Lanterns], kabul: [Old Town]}\n")
    other = settings(tmp_path, "names: {kabul: [Old Town], ttp: [Hill Lanterns]}\n")
    assert topics.team_of(one) == topics.team_of(other) != Team()


def test_the_empty_team_changes_no_model() -> None:
    assert not Team()
    assert registry.load(team=Team()).model == registry.load().model
