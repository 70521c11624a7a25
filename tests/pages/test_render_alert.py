"""An alert as somebody reads it on a telephone at night: the news first, nothing said twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from monitor.edge import render
from monitor.model import When
from monitor.told import Alert, AlertHit, DigestChange

SAYS = "Four guards were killed when a lorry blew up at Lantern Gate, the council said."
AT = datetime(2026, 3, 11, 9, 20, tzinfo=UTC)


def hit(part: str, passage: str, *words: str, rule: str = "Gate") -> AlertHit:
    return AlertHit(
        rule=rule, part=part, start=0, end=4, matched=words[0], passage=passage, words=words
    )


def alert(**change: Any) -> Alert:
    facts: dict[str, Any] = {
        "key": "alert:Gate:7",
        "rule": "Gate",
        "rules": ("Gate",),
        "article": 7,
        "title": "Lorry blows up at Lantern Gate",
        "outlet": "The Lamp",
        "url": "https://lamp.example/7",
        "published": When(at=AT, original="", source="feed"),
        "time_zone": "Asia/Karachi",
        "hits": (
            hit("title", "Lorry blows up at Lantern Gate", "Lorry", "Gate"),
            hit("lead", f"{SAYS} The road is shut.", "killed", "Gate"),
            hit("body", "… a witness heard an attack …", "attack"),
        ),
        "score": None,
        "language": "en",
        "created_at": AT,
        **change,
    }
    return Alert(**facts)


CHANGE = DigestChange(
    kind="toll", told="killed: 4, before 2", sentence=SAYS, article=7, outlet="The Lamp",
    url="https://lamp.example/7",
)  # fmt: skip


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html.partition("<body")[2]).split())


def test_the_subject_begins_with_the_news_and_names_the_rule_behind_it() -> None:
    told = render.render_alert(alert(rule="What the press beyond the pass says"))
    assert told.subject == "Lorry blows up at Lantern Gate (What the press beyond the pass says)"


def test_a_title_that_runs_the_other_way_comes_after_the_rule_that_all_can_read() -> None:
    assert render.render_alert(alert(title="گیٹ بند")).subject == "Gate: گیٹ بند"


def test_the_subject_of_an_update_says_what_changed() -> None:
    told = render.render_alert(alert(update=True, changes=(CHANGE,), hits=()))
    assert told.subject == "Update: killed: 4, before 2 – Lorry blows up at Lantern Gate"


def test_what_was_met_stands_once_below_the_passages() -> None:
    told = render.render_alert(alert())
    lines = [line for line in told.text.splitlines() if line]
    assert lines[2].strip().startswith("Four guards were killed")
    met = [line for line in lines if "met" in line]
    said = '"Lorry", "Gate" in the title, "killed", "Gate" in the lead, "attack" in the body'
    assert met == [f'The rule "Gate" met {said}.']
    assert plain(told.html).count("The rule “Gate” met") == 1


def test_a_sentence_that_says_the_change_is_not_shown_again_as_a_passage() -> None:
    told = render.render_alert(alert(changes=(CHANGE,)))
    assert told.text.count("Four guards were killed") == 1
    assert plain(told.html).count("Four guards were killed") == 1
    assert told.text.count("https://lamp.example/7") == 1


def test_several_rules_each_say_what_they_met() -> None:
    hits = (hit("lead", SAYS, "Gate"), hit("lead", SAYS, "killed", rule="Tolls"))
    told = render.render_alert(alert(hits=hits, rules=("Gate", "Tolls"), rule="Gate, Tolls"))
    assert 'The rule "Gate" met "Gate" in the lead.' in told.text
    assert 'The rule "Tolls" met "killed" in the lead.' in told.text
    assert told.text.count("Four guards") == 1
    assert "Rules:" not in told.text, "each stands there already"


def test_an_update_names_the_rule_for_which_it_comes() -> None:
    told = render.render_alert(alert(update=True, changes=(CHANGE,), hits=()))
    assert "told for the rule: Gate" in told.text
    assert "told for the rule: Gate" in plain(told.html)


def test_a_text_in_another_language_says_so() -> None:
    told = render.render_alert(alert(language="ur"))
    assert "The Lamp · in Urdu · 11 Mar" in told.text
    assert "in Urdu" in plain(told.html)


def test_a_title_in_urdu_stands_in_its_own_letters_and_from_the_right() -> None:
    html = render.render_alert(alert(title="گیٹ بند", hits=())).html
    assert re.search(r'<h3[^>]*dir="rtl"[^>]*style="[^"]*Nastaliq', html)
    assert not re.search(r"<h3[^>]*Nastaliq", render.render_alert(alert()).html)
