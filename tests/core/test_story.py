"""Retellings come together; what shares only famous names, a template or a day does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.stages import story

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    article: int
    title: str
    body: str = ""
    at: datetime = AT
    outlet: str = ""
    concepts: tuple[str, ...] = ()
    sketch: tuple[int, ...] = ()
    copy_of: int | None = None


STRIKE = Row(
    article=1,
    outlet="Gazette",
    title="Drone strike kills six in Birmal market",
    body=(
        "A drone struck the timber market of Birmal on Sunday afternoon, killing six traders and "
        "wounding nineteen, district health officer Naqib Zadran said. Rescue crews from Urgun dug "
        "through the stalls until dark. Islamabad did not comment."
    ),
)
RETOLD = Row(
    article=2,
    outlet="Courier",
    at=AT + timedelta(hours=3),
    title="Birmal timber market hit from the air, six dead",
    body=(
        "Six traders died when a drone hit the timber market of Birmal, said Naqib Zadran, the "
        "health officer of the district. Nineteen were wounded; crews came from Urgun."
    ),
)
OTHER = Row(
    article=3,
    outlet="Courier",
    at=AT + timedelta(hours=4),
    title="Polio team attacked on the road to Lakki, constable killed",
    body=(
        "Gunmen killed a constable who guarded a polio team near Lakki on Sunday, police said. "
        "Afghan and Pakistani officials say the campaign goes on in both countries."
    ),
)


# --- headline and text ----------------------------------------------------------------------


def test_an_event_in_other_words_is_one_story_and_another_event_of_the_day_is_not() -> None:
    assert story.replay([STRIKE, RETOLD, OTHER]) == [1, 1, 2]
    assert story.replay([OTHER, RETOLD, STRIKE]) == [1, 2, 2]


def test_the_words_that_brought_two_articles_together_are_told() -> None:
    terms = story.terms(RETOLD.title, RETOLD.body, ())
    rarity = story.Rarity(articles=500, n=dict.fromkeys(terms, 1))
    first, second = (
        story.facts(row, story.terms(row.title, row.body, ()), rarity) for row in (STRIKE, RETOLD)
    )
    found = story.assign(second, [story.CandidateStory(story=7, members=(first,))], rarity)
    assert (found.story, found.why, found.near) == (7, "alike", 1)
    assert {"birmal", "zadran", "timber"} & set(found.shared)


def test_the_same_words_days_later_are_the_next_event() -> None:
    again = replace(RETOLD, at=AT + timedelta(days=4), title="Market in Birmal hit once more")
    assert story.replay([STRIKE, again]) == [1, 2]


def test_a_form_that_is_filled_in_anew_each_day_is_a_new_story_each_day() -> None:
    rows = [
        Row(
            article=day,
            outlet="Gazette",
            at=AT + timedelta(days=day),
            title=f"Gold rises Rs{day + 3},{day}00 per tola",
            body=f"The price of gold rose by Rs{day + 3},{day}00 a tola in the bullion market, "
            "dealers said. Silver stood still.",
        )
        for day in (1, 2, 3)
    ]
    assert story.replay(rows) == [1, 2, 3]


def test_a_copy_joins_its_original_however_late_and_renamed() -> None:
    copy = replace(OTHER, article=9, at=AT + timedelta(days=20), title="In brief", copy_of=1)
    assert story.replay([STRIKE, OTHER, copy]) == [1, 2, 1]


def test_teasers_of_other_pieces_bring_nothing_together() -> None:
    teasers = (
        "\n\nMourners carry the coffin of folk singer Zarsanga Bibi through Nowshera Kalan..."
        "\nA farmer sprays his sugarcane field near Charsadda bypass in this file photo…"
        "\nInspector General Zulfiqar Hameed pins badges at Hangu police lines..."
    )
    one = Row(article=1, title="Roll numbers are out", body="Forms can be had online." + teasers)
    two = Row(article=2, title="Ten die on roads", body="Ten died in a day." + teasers)
    assert story.replay([one, two]) == [1, 2]


URDU = Row(
    article=5,
    outlet="Subh",
    at=AT + timedelta(hours=2),
    title="برمل بازار پر ڈرون حملہ، 6 ہلاک",
    body="پکتیکا کے ضلع برمل میں ڈرون حملے میں 6 تاجر ہلاک اور 19 زخمی ہوئے۔",
    concepts=("paktika", "drone_strikes", "ttp", "islamabad"),
)


def test_another_script_joins_by_names_and_figures_and_by_nothing_less() -> None:
    english = replace(
        STRIKE, body=STRIKE.body.replace("six", "6").replace("nineteen", "19"),
        title="Drone strike kills 6 in Birmal market", concepts=URDU.concepts,
    )  # fmt: skip
    assert story.replay([english, URDU]) == [1, 1]
    assert story.replay([english, replace(URDU, concepts=("paktika", "ttp"))]) == [1, 2]
    assert story.replay([english, replace(URDU, at=AT + timedelta(days=2))]) == [1, 2]
    wordless = replace(URDU, title="برمل بازار پر ڈرون حملہ", body="پکتیکا میں ڈرون حملہ ہوا۔")
    assert story.replay([english, wordless]) == [1, 2]


def test_a_chain_of_half_alike_reports_does_not_become_one_story() -> None:
    words = [f"Word{n}" for n in range(60)]
    rows = [
        Row(article=n, title=" ".join(words[n * 2 : n * 2 + 4]), body="", at=AT) for n in range(24)
    ]
    numbers = story.replay(rows)
    assert max(numbers.count(number) for number in numbers) <= 4


@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.text(max_size=200), st.integers(0, 200)), max_size=12
    )
)
def test_any_texts_get_one_story_each_and_the_same_ones_again(
    told: list[tuple[str, str, int]],
) -> None:
    rows = [
        Row(article=n, title=title, body=body, at=AT + timedelta(hours=hours))
        for n, (title, body, hours) in enumerate(told)
    ]
    numbers = story.replay(rows)
    assert len(numbers) == len(rows)
    assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1))
    assert story.replay(rows) == numbers
