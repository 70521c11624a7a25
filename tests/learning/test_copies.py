"""Copies of one text count once: in the groups of a pool, and in the intervals of its figures."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.measuring import intervals, metrics
from classifiers.measuring.copies import groups_of
from classifiers.types import Text

# --- near copies ----------------------------------------------------------------------------


def text(title: str, body: str = "") -> Text:
    return Text(title=title, body=body)


BODY = (
    "Lorries began to cross on Sunday morning after officials of both countries settled the dispute"
    " over a new post, and drivers who had waited for nine days cheered as the gate went up."
)


def test_a_copy_joins_its_original_and_another_event_does_not() -> None:
    texts = [
        text("Torkham opens again", BODY),
        text("Gate opens at last, lorries move", BODY + " More to follow."),
        text("Torkham opens again", "A flag meeting was held on Friday and nothing came of it."),
        text("Chaman traders end their sit-in after a month", "The crossing stays shut for now."),
        text("After a month, Chaman traders end their sit-in", "Nobody would say why."),
    ]
    assert groups_of(texts) == [0, 0, 2, 3, 3]


def test_copies_of_copies_are_one_group_and_given_names_join() -> None:
    words = [f"word{n}" for n in range(90)]
    texts = [text("", " ".join(words[shift : shift + 40])) for shift in (0, 14, 28, 42)]
    assert groups_of(texts) == [0, 0, 0, 0], "each is like its neighbour"
    assert groups_of([text("a"), text("b"), text("c")], ["x", "", "x"]) == [0, 1, 0]


def test_what_says_next_to_nothing_is_no_copy_of_anything() -> None:
    assert groups_of([text(""), text(""), text("Letters"), text("Letters")]) == [0, 1, 2, 3]


@pytest.mark.slow
def test_ten_thousand_rows_are_grouped_in_seconds_even_if_all_are_copies() -> None:
    draw = random.Random(1)  # noqa: S311
    words = [f"w{n}" for n in range(3000)]
    apart = [
        text(" ".join(draw.choices(words, k=8)), BODY[: draw.randrange(40)]) for _ in range(5000)
    ]
    began = time.process_time()
    found = groups_of([*apart, *[text("The same headline again and again", BODY)] * 5000])
    assert time.process_time() - began < 10
    assert Counter(found).most_common(1)[0][1] == 5000


# --- intervals ------------------------------------------------------------------------------


def test_an_interval_holds_the_figure_and_can_be_repeated() -> None:
    draw = random.Random(0)  # noqa: S311
    truth = [draw.random() < 0.3 for _ in range(300)]
    scores = [min(1.0, max(0.0, draw.gauss(0.6 if y else 0.4, 0.2))) for y in truth]
    places = list(range(300))
    found = intervals.bootstrap(scores, truth, places, threshold=0.5, seed=4)
    assert found == intervals.bootstrap(scores, truth, places, threshold=0.5, seed=4)
    assert found != intervals.bootstrap(scores, truth, places, threshold=0.5, seed=5)
    cuts = metrics.cuts(scores, truth)
    at = metrics.at_threshold(scores, truth, 0.5)
    for name, value in (
        ("average_precision", metrics.average_precision(cuts)),
        ("precision_at_recall_95", metrics.precision_at_recall(cuts, 0.95)),
        ("recall_at_precision_90", metrics.recall_at_precision(cuts, 0.9)),
        ("wss_95", metrics.work_saved(cuts, 0.95)),
        ("precision", at["precision"]),
        ("recall", at["recall"]),
        ("expected_over_relevant", metrics.expected_over_relevant(scores, truth)),
    ):
        interval = found[name]
        assert interval is not None
        assert value is not None
        assert interval[0] <= value <= interval[1], name
        assert interval[1] - interval[0] < 0.6, name


def test_copies_do_not_make_an_interval_narrower() -> None:
    scores, truth = (
        [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2],
        [True, False, True, True] + [False] * 4,
    )
    once = intervals.bootstrap(scores, truth, list(range(8)), threshold=0.5)
    copied = intervals.bootstrap(scores * 9, truth * 9, list(range(8)) * 9, threshold=0.5)
    blind = intervals.bootstrap(scores * 9, truth * 9, list(range(72)), threshold=0.5)
    assert copied["recall"] == once["recall"]
    assert width(blind["average_precision"]) < width(once["average_precision"])


def width(interval: intervals.Interval | None) -> float:
    assert interval is not None
    return interval[1] - interval[0]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=9))
def test_one_group_is_drawn_as_it_is(rows: list[tuple[float, bool]]) -> None:
    """The figures of a draw are those of the textbook functions, ties and all."""
    scores, truth = [s for s, _ in rows], [y for _, y in rows]
    found = intervals.bootstrap(scores, truth, [7] * len(rows), threshold=0.5, times=3)
    if not any(truth):
        assert set(found.values()) == {None}
        return
    cuts = metrics.cuts(scores, truth)
    told = metrics.at_threshold(scores, truth, 0.5)
    for name, value in (
        ("average_precision", metrics.average_precision(cuts)),
        ("precision_at_recall_95", metrics.precision_at_recall(cuts, 0.95)),
        ("recall_at_precision_90", metrics.recall_at_precision(cuts, 0.9)),
        ("wss_95", metrics.work_saved(cuts, 0.95)),
        ("precision", told["precision"]),
        ("recall", told["recall"]),
    ):
        expected = [] if value is None else [value, value]
        assert list(found[name] or ()) == pytest.approx(expected, abs=1e-4), name


def test_the_interval_of_a_share_by_hand() -> None:
    assert intervals.share(0, 0) is None
    assert list(intervals.share(0, 10) or ()) == pytest.approx([0.0, 0.2775], abs=1e-3)
    assert list(intervals.share(5, 10) or ()) == pytest.approx([0.2366, 0.7634], abs=1e-3)
