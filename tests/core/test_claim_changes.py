"""What changed between the tellings of one story: two claims side by side, never one truth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.claims import Change, Headline, Told, changes

T0 = datetime(2026, 3, 7, 6, 0, tzinfo=UTC)


def told(hours: float, least: float | None, **facts: Any) -> Told:
    given: dict[str, Any] = {
        "article": int(hours * 10) + 1,
        "version": 1,
        "outlet": f"Paper {hours:g}",
        "side": "pakistan",
        "claim": int(hours * 10) + 1,
        "population": "killed",
        "who": "people",
        "subject": "people",
        "most": least,
        "text": str(least),
        "place": "Bannu",
    }
    return Told(at=T0 + timedelta(hours=hours), least=least, **(given | facts))


def figures(found: tuple[Change, ...], kind: str = "figure") -> list[tuple[Any, Any]]:
    return [
        (change.before.least, change.after.least)
        for change in found
        if change.kind == kind and change.before and change.after
    ]


def test_a_toll_that_rises_is_told_with_both_tellings() -> None:
    first, second = told(0, 5), told(3, 12)
    (change,) = changes([second, first])
    assert (change.before, change.after) == (first, second)
    assert (change.population, change.who, change.place) == ("killed", "people", "Bannu")


def test_the_same_toll_told_again_is_no_change_nor_is_a_floor_of_the_same() -> None:
    assert changes([told(0, 5), told(1, 5), told(2, 5, most=None)]) == ()


def test_the_same_rise_told_by_many_is_told_once() -> None:
    many = [told(0, 5), told(1, 12), told(2, 5), told(3, 12)]
    assert figures(changes(many)) == [(5, 12), (12, 5)]


def test_what_comes_on_top_of_a_toll_is_no_toll() -> None:
    more = told(3, 2, subject="more soldiers", who="security forces")
    wounded = told(4, 3, subject="wounded")
    assert figures(changes([told(0, 4, who="security forces"), more, told(1, 7), wounded])) == []


def test_of_one_article_the_highest_figure_speaks() -> None:
    part = told(1, 3, article=11, subject="women", claim=90)
    assert figures(changes([told(0, 12), part, told(1, 12, article=11)])) == []


def test_militants_soldiers_and_people_are_compared_among_themselves() -> None:
    mixed = [told(0, 8, who="militants"), told(1, 2, who="security forces"), told(2, 5)]
    assert changes(mixed) == ()
    assert figures(changes([*mixed, told(3, 6, who="civilians")])) == [(5, 6)]


def test_other_places_and_last_years_tolls_are_other_events() -> None:
    old = {"since_on": date(2025, 1, 1), "until_on": date(2025, 12, 31)}
    assert changes([told(0, 5), told(1, 9, place="Kohat"), told(2, 521, **old)]) == ()


def test_a_telling_without_a_place_is_compared() -> None:
    assert figures(changes([told(0, 5), told(1, 7, place="")])) == [(5, 7)]


def test_sides_that_differ_stand_beside_each_other() -> None:
    ours = told(0, 12, speaker="ISPR", speaker_side="pakistan")
    theirs = told(1, 7, side="afghanistan")
    found = [change for change in changes([ours, theirs]) if change.kind == "sides"]
    assert [(change.before, change.after) for change in found] == [(ours, theirs)]


def test_one_side_that_changes_its_mind_is_no_difference_of_sides() -> None:
    assert figures(changes([told(0, 5), told(1, 12)]), "sides") == []


def test_who_claims_an_attack_is_told_when_it_changes() -> None:
    def claimed(hours: float, subject: str, speaker: str = "") -> Told:
        return told(
            hours, None, population="responsibility", who="", subject=subject, speaker=speaker
        )

    found = changes(
        [claimed(0, "nobody"), claimed(1, "claimed", "TTP"), claimed(2, "claimed", "TTP")]
    )
    assert [change.kind for change in found] == ["claimant"]
    assert found[0].after is not None
    assert found[0].after.speaker == "TTP"


def test_a_group_by_its_letters_and_by_its_name_is_one_claimant() -> None:
    def claimed(hours: float, speaker: str) -> Told:
        return told(
            hours, None, population="responsibility", who="", subject="claimed", speaker=speaker
        )

    same = [claimed(0, "TTP"), claimed(1, "Tehreek-e-Taliban Pakistan"),
            claimed(2, "Tehrik-i-Taliban Pakistan")]  # fmt: skip
    assert changes(same) == ()
    other = changes([claimed(0, "TTP"), claimed(1, "Jamaat-ul-Ahrar"), claimed(2, "JuA")])
    assert [change.after and change.after.speaker for change in other] == ["Jamaat-ul-Ahrar"]


def test_an_edited_headline_is_told_old_and_new() -> None:
    heads = [
        Headline(article=1, version=v, outlet="Paper", at=T0 + timedelta(hours=v), title=title)
        for v, title in ((1, "Five killed"), (2, "Five killed "), (3, "Twelve killed"))
    ]
    other = Headline(article=2, version=1, outlet="Wire", at=T0, title="A blast")
    (change,) = changes([], [heads[2], other, heads[0], heads[1]])
    assert change.titles == (heads[1], heads[2])


TELLINGS = st.lists(
    st.builds(
        told,
        st.integers(0, 50),
        st.one_of(st.none(), st.integers(0, 9)),
        population=st.sampled_from(["killed", "injured", "responsibility", "share"]),
        who=st.sampled_from(["people", "militants", ""]),
        place=st.sampled_from(["", "Bannu", "Kohat"]),
        side=st.sampled_from(["", "pakistan", "afghanistan"]),
    ),
    max_size=40,
)


@given(TELLINGS)
def test_any_tellings_give_changes_in_order_that_each_name_two_of_them(many: list[Told]) -> None:
    found = changes(many)
    for change in found:
        assert change.before in many
        assert change.after in many
        assert change.before != change.after
    ends = [change.after.at for change in found if change.after]
    assert ends == sorted(ends)
    assert changes(list(reversed(many))) == found or len({t.at for t in many}) < len(many)
