"""``torkham topic``: from five texts to a pack that the commands use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import torkham

EXAMPLES = Path(__file__).parents[1] / "data" / "lighthouse"
FEEDS = "feeds: [{url: 'https://lantern.example/rss'}]\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.yaml"
    path.write_text(FEEDS, encoding="utf-8")
    return path


def run(config: Path, *words: str, given: str | None = None) -> Result:
    where = ["--config", str(config), "--data", str(config.parent / "data")]
    return CliRunner().invoke(torkham, [*words, *where], input=given)


def test_a_drafted_topic_judges_once_the_settings_name_it(config: Path) -> None:
    made = run(config, "topic", "init", "lighthouse", str(EXAMPLES), "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert {"iceland", "norway"} <= set(told["poles"])
    assert told["mistakes"] == []
    config.write_text("topic: lighthouse\n" + FEEDS, encoding="utf-8")
    line = json.dumps(
        {"id": 1, "title": "Iceland asks Norway to mend Tvibak lighthouse", "text": ""}
    )
    judged = json.loads(run(config, "classify", "--json", given=line).stdout)
    assert judged["relevant"]
    assert run(config, "topic", "check").exit_code == 0


def test_a_topic_is_never_written_over(config: Path) -> None:
    assert run(config, "topic", "init", "lighthouse", str(EXAMPLES)).exit_code == 0
    again = run(config, "topic", "init", "lighthouse", str(EXAMPLES))
    assert again.exit_code == 2
    assert "already" in again.stderr
    assert run(config, "topic", "init", "pak_afg_ttp", str(EXAMPLES)).exit_code == 2


@pytest.mark.parametrize("name", ["../up", "Light House", "", "a" * 70])
def test_a_name_that_is_no_folder_s_is_refused(config: Path, name: str) -> None:
    assert run(config, "topic", "init", name, str(EXAMPLES)).exit_code == 2
    assert not (config.parent / "topics").exists()


def test_files_that_are_no_examples_leave_nothing_behind(config: Path, tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("Too short.", encoding="utf-8")
    refused = run(config, "topic", "init", "few", str(tmp_path / "few.txt"))
    assert refused.exit_code == 2
    assert "few.txt" in refused.stderr
    assert not (tmp_path / "topics").exists()


def test_check_leaves_with_one_when_the_pack_is_wrong(config: Path) -> None:
    run(config, "topic", "init", "lighthouse", str(EXAMPLES))
    lexicon = config.parent / "topics" / "lighthouse" / "lexicon.yaml"
    lexicon.write_text(lexicon.read_text().replace("pole: norway", "pole: moon"), encoding="utf-8")
    found = run(config, "topic", "check", "lighthouse", "--json")
    assert found.exit_code == 1
    assert "moon" in found.stdout


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("definition.yaml", "strands: {rain: heavy}\n"),
        ("lexicon.yaml", "concepts: none\n"),
        ("topic.yaml", "a: ["),
        ("profile.json", "[]"),
    ],
)
def test_a_pack_that_cannot_judge_is_one_line_wherever_it_is_used(
    config: Path, file: str, content: str
) -> None:
    run(config, "topic", "init", "draft", str(EXAMPLES))
    folder = config.parent / "topics" / "lighthouse"  # a pack is read once a process
    (config.parent / "topics" / "draft").rename(folder)
    (folder / file).write_text(content, encoding="utf-8")
    config.write_text("topic: lighthouse\n" + FEEDS, encoding="utf-8")
    for command in (["check"], ["classify", "--json"], ["once", "judge"], ["definition"]):
        left = run(config, *command, given="A lighthouse")
        assert left.exit_code == 2, (command, left.output)
        assert left.stderr.count("\n") == 1
        assert "its pack cannot judge" in left.stderr
        assert file in left.stderr


URDU = "قزاقوں نے صومالیہ کے ساحل پر جہاز اغوا کر لیا، کینیا کی بحریہ کا کہنا ہے۔ "


@pytest.fixture
def urdu(tmp_path: Path) -> Path:
    folder = tmp_path / "urdu"
    folder.mkdir()
    for n in range(5):
        (folder / f"{n}.txt").write_text(f"صومالیہ اور کینیا {n}\n\n{URDU * 8}", encoding="utf-8")
    return folder


def test_poles_named_in_urdu_are_as_many_as_were_given(config: Path, urdu: Path) -> None:
    """Neither has a Latin letter for an id; one was lost, and what is shown said "pole"."""
    poles = ["--pole", "صومالیہ=صومالیہ,صومالی", "--pole", "کینیا"]
    made = run(config, "topic", "init", "piracy", str(urdu), *poles, "--json")
    told = json.loads(made.stdout)
    assert len(told["poles"]) == 2
    assert not any("no spelling in Urdu" in line for line in told["thin"])
    assert "قزاقوں" in told["words"]
    config.write_text("topic: piracy\n" + FEEDS, encoding="utf-8")
    for title in ("صومالی قزاقوں کا حملہ", "کینیا کی بحریہ"):
        line = json.dumps({"id": 1, "title": title, "text": ""})
        judged = json.loads(run(config, "classify", "--json", given=line).stdout)
        assert judged["score"] >= 0.1, title
        labels = [term["label"] for term in judged["evidence"]["contributions"]]
        assert any("صومالیہ in the title" in one or "کینیا in the title" in one for one in labels)


def test_a_pole_keeps_the_letters_below_its_accents(config: Path) -> None:
    made = run(config, "topic", "init", "guinea", str(EXAMPLES), "--pole", "Guiné", "--json")
    assert json.loads(made.stdout)["poles"] == {"guine": {"is": "thing"}}


@pytest.mark.parametrize(
    ("poles", "says"),
    [
        (["sport=doping"], "meaning of its own"),
        (["Trap"], "meaning of its own"),
        (["=x"], "a name is missing"),
        (["Norway", "norway=Oslo"], "given twice"),
    ],
)
def test_a_pole_that_cannot_be_is_refused(config: Path, poles: list[str], says: str) -> None:
    options = [word for pole in poles for word in ("--pole", pole)]
    refused = run(config, "topic", "init", "lighthouse", str(EXAMPLES), *options)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert not (config.parent / "topics").exists()
