"""A verdict told in full adds up, quotes its words where they stand, and reads old records too."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from classifiers import registry
from classifiers.telling import account_of, level_words, read_evidence, sum_words
from classifiers.types import Contribution, Evidence, Match, Teacher, Text, Verdict

TALKS = Text(
    title="Kabul and Islamabad agree to reopen Torkham",
    body="Officials of Afghanistan and Pakistan met on Tuesday.\nThe TTP was on the agenda, and "
    "Justice Naeem Afghan was not. Malware authors share TTPs of their own.",
    outlet="Gazette",
)


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    return registry.load(None).judge([TALKS])[0]


def test_what_spoke_for_and_against_and_the_start_add_up_to_the_score(verdict: Verdict) -> None:
    account = account_of(
        verdict.evidence,
        score=verdict.score,
        calibrated=False,
        title=TALKS.title,
        body=TALKS.body,
    )
    assert account.start is not None
    assert account.spoke_for
    assert all(line.weight >= 0 for line in account.spoke_for)
    assert all(line.weight < 0 for line in account.against)
    assert [abs(x.weight) for x in account.spoke_for] == sorted(
        (x.weight for x in account.spoke_for), reverse=True
    )
    assert account.adds_up
    assert sum(line.weight for line in account.lines) == pytest.approx(account.total)
    assert len(account.lines) == len(verdict.evidence.contributions)


def test_every_quote_stands_where_it_says_with_its_neighbours(verdict: Verdict) -> None:
    account = account_of(
        verdict.evidence,
        score=verdict.score,
        calibrated=None,
        title=TALKS.title,
        body=TALKS.body,
    )
    quotes = [quote for line in account.lines for quote in line.quotes]
    assert quotes
    parts = {"title": TALKS.title, "body": TALKS.body}
    for quote in (*quotes, *account.aside):
        assert quote.at is not None
        assert parts[quote.part][slice(*quote.at)] == quote.text
        whole = " ".join(parts[quote.part].split())
        around = (quote.before + quote.text + quote.after).replace("… ", "").replace(" …", "")
        assert " ".join(around.split()) in whole
    assert any("Afghan" in quote.text for quote in account.aside), "the trap is told, not counted"


def test_words_the_text_no_longer_says_are_not_set_into_it(verdict: Verdict) -> None:
    account = account_of(
        verdict.evidence, score=verdict.score, calibrated=None, title="Other", body="Another text."
    )
    quotes = [quote for line in account.lines for quote in line.quotes]
    assert quotes
    assert {(quote.at, quote.before, quote.after) for quote in quotes} == {(None, "", "")}


def test_a_place_that_two_concepts_share_is_quoted_once() -> None:
    place: dict[str, Any] = {"text": "talks", "part": "body", "start": 0, "end": 5}
    twice = (Match(concept="talks", **place), Match(concept="envoys", **place))
    line = Contribution(feature="f", label="talks", weight=1.0, matches=twice)
    account = account_of(
        Evidence(contributions=(line,)), score=0.73, calibrated=None, title="", body="talks go on"
    )
    assert [quote.after for quote in account.spoke_for[0].quotes] == [" go on"]


def test_a_name_of_the_team_is_marked_as_its_own(verdict: Verdict) -> None:
    account = account_of(
        verdict.evidence,
        score=verdict.score,
        calibrated=False,
        title=TALKS.title,
        body=TALKS.body,
        names=("TORKHAM",),
    )
    notes = {quote.text: quote.note for line in account.lines for quote in line.quotes}
    assert notes["Torkham"] == "a name the team added"
    assert notes["Kabul"] == ""


def test_a_switch_of_the_team_is_told_as_such() -> None:
    switch = Contribution(feature="definition:sport", label="sport counts", weight=-1.0)
    account = account_of(
        Evidence(contributions=(switch,)), score=0.27, calibrated=None, title="", body=""
    )
    assert account.against[0].team


def test_stored_evidence_comes_back_whole_whatever_version_wrote_it(verdict: Verdict) -> None:
    stored = asdict(verdict.evidence)
    assert read_evidence(json.dumps(stored)) == verdict.evidence
    stored["contributions"][0]["of_the_future"] = 1
    del stored["contributions"][0]["matches"]
    assert len(read_evidence(json.dumps(stored)).contributions) == len(
        verdict.evidence.contributions
    )


@pytest.mark.parametrize(
    "text", ["", None, "[]", "{", '{"contributions": 3}', '{"contributions": [{"weight": "x"}]}',
             '{"ignored": [1]}', "[" * 5000],
)  # fmt: skip
def test_malformed_evidence_is_no_evidence_and_no_error(text: str | None) -> None:
    assert read_evidence(text) == Evidence()


def test_a_record_with_a_term_missing_is_not_called_whole() -> None:
    line = Contribution(feature="f", label="talks", weight=1.0)
    account = account_of(
        Evidence(contributions=(line,)), score=0.99, calibrated=None, title="", body=""
    )
    assert not account.adds_up
    assert "only nearly" in sum_words(account)


def test_what_taught_a_term_comes_strongest_first_and_survives_the_store() -> None:
    taught = (
        Teacher(example="article:3", relevant=True, title="a", share=0.1),
        Teacher(example="article:12", relevant=False, title="b", share=-0.4),
    )
    line = Contribution(feature="word:x", label="“x”", weight=-0.6, taught_by=taught)
    stored = read_evidence(json.dumps(asdict(Evidence(contributions=(line,)))))
    account = account_of(stored, score=0.35, calibrated=None, title="", body="")
    found = account.against[0].taught
    assert [(s.example, s.share, s.relevant) for s in found] == [
        ("article:12", -0.4, False),
        ("article:3", 0.1, True),
    ]


def test_a_score_says_whether_it_may_be_read_as_a_probability() -> None:
    assert level_words(False, (3, 1)).startswith("A prior estimate: 4 decisions so far")
    assert "no probability" in level_words(False, (3, 1))
    assert level_words(True, (40, 30)).startswith("Calibrated on the team's decisions (70")
    assert "not recorded" in level_words(None, (0, 0))
