"""The shipped feeds.yaml works as it is, and the pages about it say what the program does."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from monitor.config.checking import Known
from monitor.config.loading import Settings, load
from monitor.config.shape import (
    CHANNEL_KINDS,
    SECTIONS,
    Alert,
    Feed,
    File,
    FurtherDigest,
    Reader,
    Side,
    json_schema,
    schema_text,
)
from monitor.config.shipped import shipped_path, write_shipped

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference" / "feeds-yaml.md"
SCHEMA = ROOT / "docs" / "reference" / "feeds.schema.json"
LEXICON = ROOT / "classifiers" / "topics" / "pak_afg_ttp" / "lexicon.yaml"


@pytest.fixture(scope="module")
def shipped() -> Settings:
    concepts = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))["concepts"]
    return load(
        ROOT / "feeds.yaml",
        {},
        known=lambda _: Known(
            concepts={concept["id"] for concept in concepts}, topics={LEXICON.parent.name}
        ),
    )


# --- the shipped file -----------------------------------------------------------------------


def test_the_shipped_file_has_no_mistake(shipped: Settings) -> None:
    assert shipped.topic == "pak_afg_ttp"
    assert shipped.ignored_changes == ()


def test_it_asks_the_core_and_keeps_the_rest_at_hand(shipped: Settings) -> None:
    kinds = Counter((feed.kind, feed.enabled) for feed in shipped.feeds)
    assert kinds["rss", True] == 55
    assert kinds["google-news", True] == 22
    assert kinds["rss", False] == 49
    assert kinds["google-news", False] == 0
    assert kinds["news-sitemap", True] == 2
    assert kinds["news-sitemap", False] == 5
    assert kinds["page", True] == 3
    assert kinds["page", False] == 1
    assert shipped.shelved == ("reliefweb-api",)


def test_feeds_known_to_be_dead_or_lying_are_not_in_it(shipped: Settings) -> None:
    """Each of these answered nothing, or 200 with items of last year."""
    urls = {feed.url for feed in shipped.feeds}
    dead = (
        "thenews.com.pk/rss/1/1", "tolonews.com/rss", "afintl.com/en/feed", "mashaalradio.com",
        "voanews.com", "voadeewanews.com", "darivoa.com", "urduvoa.com/api", "rss-ps-all",
        "tasnimnews.com", "irna.ir", "reliefweb.int/updates", "sigar.mil", "geo.tv/rss/1/53",
    )  # fmt: skip
    assert [url for url in urls if any(part in url for part in dead)] == []


def test_google_news_gives_headlines_and_is_asked_seldom(shipped: Settings) -> None:
    searched = [feed for feed in shipped.feeds if "news.google.com" in feed.url]
    assert {feed.kind for feed in searched} == {"google-news"}
    assert {feed.body for feed in searched} == {"headline"}
    assert min(feed.every_minutes for feed in searched) == 30
    assert all(feed.body == "headline" for feed in shipped.feeds if feed.kind == "google-news")


def test_outlets_without_a_feed_have_a_stand_in(shipped: Settings) -> None:
    asked = {feed.outlet for feed in shipped.feeds if feed.enabled and feed.kind == "google-news"}
    assert asked >= {
        "TOLOnews", "Bakhtar", "Afghanistan International", "Reuters", "Associated Press", "ISPR",
        "MOFA Pakistan", "MOFA Afghanistan", "UNAMA", "PIPS", "CRSS", "ORF", "MP-IDSA", "SATP",
        "Radio Pakistan", "Samaa TV", "Pajhwok Afghan News", "RFE/RL Gandhara", "UNHCR",
    }  # fmt: skip


def test_full_text_is_taken_from_the_feed_where_the_feed_has_it(shipped: Settings) -> None:
    full = {feed.outlet for feed in shipped.feeds if feed.body == "full"}
    assert full == {"Dawn", "Business Recorder", "Aaj English"}


def test_a_browsers_name_is_used_only_where_plain_clients_are_refused(shipped: Settings) -> None:
    named = {feed.outlet for feed in shipped.feeds if feed.user_agent}
    assert named == {"Express Tribune", "The Hindu", "War on the Rocks"}


def test_all_sides_and_languages_of_the_topic_are_read(shipped: Settings) -> None:
    asked = [feed for feed in shipped.feeds if feed.enabled]
    assert {feed.side for feed in asked} == set(get_args(Side)) - {"iran"}
    exile = {feed.outlet for feed in shipped.feeds if feed.side == "exile"}
    assert exile >= {"Amu TV", "KabulNow", "Hasht-e Subh", "Afghanistan International"}
    assert {feed.language for feed in asked} == {"en", "ur", "ps", "fa"}


def test_rules_and_digest_go_to_the_folder_without_any_account(shipped: Settings) -> None:
    assert set(shipped.channels) == {"outbox"}
    assert shipped.digest.enabled
    assert (shipped.digest.at.hour, shipped.team.time_zone) == (7, "Asia/Karachi")
    assert len([rule for rule in shipped.rules if rule.enabled]) >= 3


def test_the_commented_examples_are_right(tmp_path: Path) -> None:
    """Taking the comment signs away gives a working mail and apprise channel."""
    text = (ROOT / "feeds.yaml").read_text(encoding="utf-8")
    for name in ("team-mail", "newsroom", "dashboard"):
        block = re.search(rf"^  # {name}:\n(  #   .*\n)+", text, re.MULTILINE)
        assert block
        text = text.replace(block[0], re.sub(r"^  # ", "  ", block[0], flags=re.MULTILINE))
    path = tmp_path / "feeds.yaml"
    block = re.search(r"^# readers:\n(#   .*\n)+", text, re.MULTILINE)
    assert block
    text = text.replace(block[0], re.sub(r"^# ", "", block[0], flags=re.MULTILINE))
    path.write_text(text, encoding="utf-8")
    found = load(path, {})
    assert set(found.channels) == {"outbox", "team-mail", "newsroom", "dashboard"}
    assert found.readers["asma"].hourly == 6


def test_an_empty_folder_gets_the_shipped_file_and_nothing_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    write_shipped(path)
    assert path.read_text(encoding="utf-8") == shipped_path().read_text(encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_shipped(path)


# --- the pages about it ---------------------------------------------------------------------


def test_the_published_schema_is_the_one_of_the_program() -> None:
    how = "python -c 'from monitor.config.shape import schema_text as s; print(s(), end=\"\")'"
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), f"write it anew with: {how}"


def test_the_schema_names_every_key_and_refuses_others() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(File.model_fields)
    assert schema["required"] == ["feeds"]
    for part in [schema, *schema["$defs"].values()]:
        assert part["additionalProperties"] is False
    assert json.loads(schema_text()) == schema
    assert {"any", "in", "none"} <= set(schema["$defs"]["Alert"]["properties"])


def _default(field: FieldInfo) -> str:
    """The default as the reference writes it; empty where nothing, or a whole section, stands."""
    if field.is_required():
        return "needed"
    extra = field.json_schema_extra
    value = extra["default"] if isinstance(extra, dict) else field.default
    if isinstance(value, BaseModel) or value in (None, "", (), {}):
        return ""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keys() -> dict[str, str]:
    """Every key of feeds.yaml with its default: ``feeds[].url``, ``digest.at``."""
    below: dict[str, list[type[BaseModel]]] = {
        "": [File],
        "feeds[].": [Feed],
        "alerts[].": [Alert],
        "digests[].": [FurtherDigest],
        "channels.NAME.": list(CHANNEL_KINDS.values()),
        "readers.NAME.": [Reader],
    }
    below |= {f"{name}.": [model] for name, model in SECTIONS.items()}
    return {
        f"{path}{field.alias or name}": _default(field)
        for path, models in below.items()
        for model in models
        for name, field in model.model_fields.items()
    }


def test_every_key_has_its_line_in_the_reference_with_the_right_default() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    lines = re.findall(r"^\| `([a-zA-Z_.\[\]]+)` \| (.*?) ?\|", text, re.MULTILINE)
    assert dict(lines) == _keys()
    assert len(lines) == len(_keys())


def _examples(page: Path) -> list[str]:
    found = re.findall(
        r"^( *)```yaml\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(block) for _, block in found]


def test_the_examples_on_the_pages_are_right(tmp_path: Path) -> None:
    how_to = ROOT / "docs" / "how-to"
    pages = [
        REFERENCE,
        how_to / "add-a-feed.md",
        how_to / "write-an-alert.md",
        how_to / "choose-a-threshold.md",
        how_to / "send-mail.md",
        how_to / "readers.md",
        how_to / "webhooks.md",
    ]
    seen = 0
    for page in pages:
        for block in _examples(page):
            feeds = "" if "feeds:" in block else "feeds: [{url: 'https://a.example/rss'}]\n"
            path = tmp_path / "feeds.yaml"
            path.write_text(feeds + block, encoding="utf-8")
            assert load(path, {}).feeds, page.name
            seen += 1
    assert seen >= 6
