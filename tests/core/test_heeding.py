"""Who is told what and when: once a rule and story, never in quiet hours, never past the cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages import heeding
from monitor.stages.heeding import Due, Heard, Met, Past, Plan
from monitor.stages.quiet import held_until
from monitor.told import QuietHours, Recipient

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NIGHT = QuietHours(from_=time(22, 0), until=time(6, 30))
ALI = Recipient(way="mail:ali", reader="ali")


def met(number: int, *, story: int | None = None, rule: str = "Pass", at: datetime = NOW,
        ways: Sequence[str] = ("mail:ali",), held: str = "") -> Met:  # fmt: skip
    return Met(
        firing=number, rule=rule, article=number, story=number if story is None else story, at=at,
        ways=frozenset(ways), held=dict.fromkeys(ways, held) if held else {},
    )  # fmt: skip


def heard(story: int, *rules: str, article: int | None = None, differs: bool = False) -> Heard:
    return Heard(
        way="mail:ali", story=story, article=article or story, key=f"alert:{story}",
        rules=frozenset(rules or ("Pass",)), differs=differs, at=NOW if differs else None,
    )  # fmt: skip


def sent(kind: str = "alert", *, ago: float, rule: str | None = None) -> Past:
    return Past(way="mail:ali", kind=kind, at=NOW - timedelta(minutes=ago), rule=rule, key="k")


def decide(
    fired: Sequence[Met] = (), known: Sequence[Heard] = (), past: Sequence[Past] = (),
    who: Sequence[Recipient] = (ALI,), now: datetime = NOW, stormy: dict[int, int] | None = None,
) -> Plan:  # fmt: skip
    return heeding.decide(fired, known, past, who, now, quiet=held_until, stormy=stormy)


def kinds(plan: Plan) -> list[str]:
    return [due.kind for due in plan.due]


# --- one alert a rule and story -------------------------------------------------------------


def test_a_story_is_told_once_by_the_article_that_met_first() -> None:
    plan = decide([met(2, story=7), met(1, story=7, at=NOW - timedelta(minutes=1))])
    (due,) = plan.due
    assert (due.kind, due.items[0].article, due.items[0].firings) == ("alert", 1, (1, 2))


def test_an_article_that_joins_a_told_story_is_no_new_alert() -> None:
    plan = decide([met(5, story=7)], [heard(7)])
    assert plan.due == ()
    assert [(one.firing, one.state, one.key) for one in plan.settled] == [(5, "same", "alert:7")]


def test_another_rule_on_a_told_story_is_told_and_answers_the_first_message() -> None:
    (due,) = decide([met(5, story=7, rule="Bannu")], [heard(7)]).due
    assert (due.items[0].rules, due.items[0].follows) == (("Bannu",), "alert:7")


def test_several_rules_on_one_story_are_one_message() -> None:
    (due,) = decide([met(1, story=7, rule="B"), met(2, story=7, rule="A")]).due
    assert due.items[0].rules == ("A", "B")


def test_what_changed_is_told_with_the_first_message_of_stories_merged_since() -> None:
    known = [heard(7, article=3, differs=True), heard(7, article=2)]
    (due,) = decide([], known).due
    assert (due.kind, due.items[0].follows, due.items[0].known) == ("update", "alert:7", 2)


def test_nothing_that_differs_is_nothing_to_tell() -> None:
    assert decide([], [heard(7)]) == Plan()


# --- quiet hours ----------------------------------------------------------------------------


def test_in_quiet_hours_everything_waits_until_they_end() -> None:
    night = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    plan = decide([met(1), met(2)], [heard(9, differs=True)], who=[replace(ALI, quiet=NIGHT)],
                  now=night)  # fmt: skip
    assert plan.due == ()
    assert {(one.why, one.until) for one in plan.held} == {
        ("quiet", datetime(2026, 3, 11, 6, 30, tzinfo=UTC))
    }
    assert len(plan.held) == 3


def test_after_quiet_hours_several_are_one_summary_and_what_is_new_speaks_for_itself() -> None:
    morning = datetime(2026, 3, 11, 6, 30, tzinfo=UTC)
    waited = [met(1, held="quiet"), met(2, held="quiet")]
    plan = decide([*waited, met(3)], who=[replace(ALI, quiet=NIGHT)], now=morning)
    assert kinds(plan) == ["summary", "alert"]
    assert (plan.due[0].why, len(plan.due[0].items)) == ("quiet", 2)


def test_after_quiet_hours_a_single_one_is_an_alert_like_any_other() -> None:
    assert kinds(decide([met(1, held="quiet")])) == ["alert"]


@pytest.mark.parametrize(
    ("day", "ends_utc"), [(28, 5), (29, 4)]
)  # clocks in Berlin go forward in the night to the 29th
def test_quiet_hours_end_by_the_readers_clock_also_when_clocks_change(
    day: int, ends_utc: int
) -> None:
    reader = replace(
        ALI, zone="Europe/Berlin", quiet=QuietHours(from_=time(22), until=time(6)),
    )  # fmt: skip
    before = datetime(2026, 3, day, ends_utc, 0, tzinfo=UTC) - timedelta(minutes=1)
    assert decide([met(1)], who=[reader], now=before).due == ()
    assert kinds(decide([met(1)], who=[reader], now=before + timedelta(minutes=1))) == ["alert"]


# --- caps -----------------------------------------------------------------------------------

CAPPED = replace(ALI, hourly=2)


def test_beyond_the_cap_the_rest_waits_until_the_hour_is_over() -> None:
    plan = decide([met(n) for n in (1, 2, 3, 4)], past=[sent(ago=20)], who=[CAPPED])
    assert kinds(plan) == ["alert"]
    assert [(one.why, one.until) for one in plan.held] == 3 * [("cap", NOW + timedelta(minutes=40))]


def test_when_the_hour_is_over_one_summary_tells_what_was_held_back() -> None:
    waited = [met(n, held="cap") for n in (1, 2, 3)]
    assert decide(waited, past=[sent(ago=59), sent(ago=30)], who=[CAPPED]).due == ()
    plan = decide(waited, past=[sent(ago=60), sent(ago=30)], who=[CAPPED])
    assert kinds(plan) == ["summary"]
    assert plan.held == ()


def test_there_is_one_summary_an_hour_however_many_slots_come_free() -> None:
    plan = decide([met(1, held="cap")], past=[sent("summary", ago=10)], who=[CAPPED])
    assert plan.due == ()
    assert plan.held[0].until == NOW + timedelta(minutes=50)


def test_a_clock_that_was_put_back_forgets_no_message() -> None:
    assert decide([met(1)], past=[sent(ago=-30), sent(ago=-20)], who=[CAPPED]).due == ()


# --- storms ---------------------------------------------------------------------------------


def flood(stories: int, *, minutes: float = 0.1) -> list[tuple[int, int, datetime]]:
    return [(n, n, NOW + n * timedelta(minutes=minutes)) for n in range(1, stories + 1)]


def test_a_storm_is_more_stories_within_an_hour_than_anybody_reads() -> None:
    assert heeding.storms(flood(20)) == {}
    assert heeding.storms(flood(21)) == dict.fromkeys(range(1, 22), 21)
    assert heeding.storms(flood(60, minutes=4)) == {}, "sixty in four hours is a busy day"
    copies = [(n, 1, NOW) for n in range(100)]
    assert heeding.storms(copies) == {}, "one story, however many tell it"


def test_a_storm_is_one_message_for_each_recipient_and_other_rules_go_on() -> None:
    fired = [met(n, ways=("mail:ali", "chat")) for n in range(1, 241)]
    storm = heeding.storms([(one.firing, one.story, one.at) for one in fired])
    who = [ALI, Recipient(way="chat")]
    plan = decide([*fired, met(900, rule="Bannu")], who=who, stormy=storm)
    assert Counter((due.way, due.kind) for due in plan.due) == {
        ("mail:ali", "storm"): 1, ("chat", "storm"): 1, ("mail:ali", "alert"): 1,
    }  # fmt: skip
    assert {item.stories for due in plan.due for item in due.items if item.kind == "storm"} == {240}


def test_a_storm_that_goes_on_is_not_told_again_that_day() -> None:
    plan = decide([met(1)], past=[sent("storm", ago=300, rule="Pass")], stormy={1: 99})
    assert plan.due == ()
    assert [one.state for one in plan.settled] == ["storm"]
    later = [sent("storm", ago=24 * 60, rule="Pass")]
    assert kinds(decide([met(1)], past=later, stormy={1: 99})) == ["storm"]


# --- a month of anything --------------------------------------------------------------------


@dataclass
class Memory:
    """What rows keep between two looks, as the job keeps them."""

    open: dict[int, tuple[str, int, datetime]] = field(default_factory=dict)
    final: set[tuple[int, str]] = field(default_factory=set)
    held: dict[tuple[int, str], str] = field(default_factory=dict)
    known: dict[tuple[str, int], tuple[str, int, frozenset[str]]] = field(default_factory=dict)
    past: list[Past] = field(default_factory=list)
    told: Counter[tuple[str, str, int]] = field(default_factory=Counter)  # way, rule, story
    messages: list[Due] = field(default_factory=list)

    def look(self, who: Sequence[Recipient], now: datetime) -> None:
        ways = [one.way for one in who]
        fired = [
            Met(
                firing=n, rule=rule, article=n, story=story, at=at,
                ways=frozenset(w for w in ways if (n, w) not in self.final),
                held={w: self.held[n, w] for w in ways if (n, w) in self.held},
            )
            for n, (rule, story, at) in self.open.items()
        ]  # fmt: skip
        known = [
            Heard(way=way, story=story, article=article, key=key, rules=rules)
            for (way, story), (key, article, rules) in self.known.items()
        ]
        plan = heeding.decide(fired, known, self.past, who, now, quiet=held_until)
        for due in plan.due:
            self._keep(due, now)
        for one in plan.settled:
            self.final.add((one.firing, one.way))
        for back in plan.held:
            self.held |= {(n, back.way): back.why for n in back.item.firings}

    def _keep(self, due: Due, now: datetime) -> None:
        self.messages.append(due)
        self.past.append(Past(way=due.way, kind=due.kind, at=now))
        for item in due.items:
            self.final |= {(n, due.way) for n in item.firings}
            before = self.known.get((due.way, item.story), ("", item.article, frozenset()))
            key = before[0] or f"{item.article}"
            self.known[due.way, item.story] = (key, before[1], before[2] | frozenset(item.rules))
            self.told.update((due.way, rule, item.story) for rule in item.rules)


TICKS = st.lists(
    st.tuples(
        st.integers(-40, 180),  # minutes since the last look: clocks are put back as well
        st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 9)), max_size=6),
    ),
    min_size=1,
    max_size=25,
)
WHO = st.lists(
    st.builds(
        Recipient,
        way=st.sampled_from(["a", "b", "c"]),
        quiet=st.sampled_from([None, NIGHT]),
        hourly=st.sampled_from([None, 1, 3]),
        zone=st.sampled_from(["UTC", "Asia/Karachi", "America/New_York"]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.way,
)


@pytest.mark.slow
@given(TICKS, WHO)
def test_whatever_comes_everything_is_told_once_and_nobody_is_flooded(
    ticks: list[tuple[int, list[tuple[str, int]]]], who: list[Recipient]
) -> None:
    memory, now, number = Memory(), NOW, 0
    times: dict[str, list[datetime]] = {one.way: [] for one in who}
    expected: set[tuple[str, str, int]] = set()

    def look() -> None:
        before = len(memory.messages)
        memory.look(who, now)
        for due in memory.messages[before:]:
            times[due.way].append(now)
            recipient = next(one for one in who if one.way == due.way)
            assert held_until(recipient, now) is None, "told in quiet hours"
            lately = [at for at in times[due.way] if abs(now - at) < heeding.HOUR]
            assert recipient.hourly is None or len(lately) <= recipient.hourly, "past the cap"

    for minutes, fired in ticks:
        now += timedelta(minutes=minutes)
        for rule, story in fired:
            number += 1
            memory.open[number] = (rule, story, now)
            expected |= {(one.way, rule, story) for one in who}
        look()
    for _ in range(200):
        now += timedelta(minutes=30)
        look()
    assert set(memory.told) == expected, "something was never told"
    assert set(memory.told.values()) <= {1}, "something was told twice"


@given(st.permutations(range(6)), st.integers(0, 3))
def test_the_order_of_what_is_given_changes_nothing(order: list[int], hourly: int) -> None:
    fired = [met(n, story=n // 2, rule="AB"[n % 2]) for n in range(6)]
    who = [replace(ALI, hourly=hourly or None)]
    plan = decide([fired[n] for n in order], [heard(2, "A")], who=who)
    assert plan == decide(fired, [heard(2, "A")], who=who)
