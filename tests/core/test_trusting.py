"""What is said of a rule: noise only where that is sure, silence only where it had its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.stages import trusting
from store.desk import RuleTrust

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
RULE = RuleTrust(rule="Border", days=30)


def lately(relevant: int, noise: int, unread: int = 0) -> RuleTrust:
    answers = ("relevant",) * relevant + ("not_relevant",) * noise + ("unread",) * unread
    return replace(RULE, lately=answers, relevant=relevant, not_relevant=noise)  # type: ignore[arg-type]


def test_a_rule_that_is_mostly_noise_is_named_with_its_figures() -> None:
    assert trusting.nudge(lately(3, 17)) == (
        "Of the last 20 stories this rule fired on, 17 were judged not relevant: look at its words."
    )


def test_nothing_is_said_of_few_answers_or_where_it_may_be_chance() -> None:
    assert trusting.nudge(lately(0, 7, 13)) == ""
    assert trusting.nudge(lately(8, 12)) == "", "12 of 20 may well be half"
    assert trusting.nudge(lately(17, 3)) == ""


def test_a_share_comes_with_its_interval_and_none_with_no_answer() -> None:
    assert trusting.precision(RULE) is None
    share, low, high = trusting.precision(lately(9, 3)) or (0, 0, 0)
    assert share == 0.75
    assert 0.46 < low < 0.48
    assert 0.90 < high < 0.92


def test_a_rule_is_silent_only_after_sixty_days_at_work() -> None:
    since = NOW - timedelta(days=70)
    assert trusting.silence(replace(RULE, since_at=NOW - timedelta(days=59)), NOW) == ""
    assert "never fired in the 70 days" in trusting.silence(replace(RULE, since_at=since), NOW)
    fired = replace(RULE, since_at=since, last_at=NOW - timedelta(days=61))
    assert trusting.silence(fired, NOW) == "This rule has not fired for 61 days."
    assert trusting.silence(replace(fired, last_at=NOW - timedelta(days=5)), NOW) == ""
