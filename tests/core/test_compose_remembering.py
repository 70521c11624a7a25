"""What a digest tells again of a story it told before: what changed, once, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.lexicon import load_lexicon
from monitor.articles import claiming
from monitor.stages import compose
from monitor.stages.compose import ArticleNow, Differences, Said, StoryNow
from store.lineage import ClaimRow, QuoteRow, SpokenRow, Unread
from store.messages import Told, ToldArticle, ToldFact

NAMES = claiming.names_of(load_lexicon())
T0 = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
SIDES = {"Gazette": "pakistan", "Courier": "pakistan", "Watan": "afghanistan", "Herald": ""}


@dataclass
class Story:
    """One story: articles come, and what a digest told of it is remembered."""

    articles: dict[int, ArticleNow] = field(default_factory=dict)
    claims: list[ClaimRow] = field(default_factory=list)
    quotes: list[QuoteRow] = field(default_factory=list)
    spoken: list[SpokenRow] = field(default_factory=list)
    told: Told | None = None
    days: int = 0

    def comes(
        self, title: str, body: str, *, hours: float = 0, outlet: str = "Gazette",
        genre: str = "report", article: int | None = None,
    ) -> int:  # fmt: skip
        """Let an article come, or a new version of one, so many hours after the day began."""
        at = T0 + timedelta(days=self.days, hours=hours)
        number = article or len(self.articles) + 1
        version = self.articles[number].version + 1 if number in self.articles else 1
        known = self.articles.get(number)
        self.articles[number] = ArticleNow(
            article=number, version=version, title=title, outlet=outlet, side=SIDES[outlet],
            url=f"https://{outlet}.example/{number}", language="en", genre=genre,
            at=known.at if known else at, seen_at=at, body=body,
        )  # fmt: skip
        text = Unread(
            article=number, imported=None, version=version, read="", title=title, body=body,
            aside=(), outlet=outlet, side=SIDES[outlet], told_at=at, seen_at=at,
        )  # fmt: skip
        self._read(text, at)
        return number

    def _read(self, text: Unread, at: datetime) -> None:
        """As the register does: what is said again keeps its version, what is gone is marked."""
        number, version = text.article or 0, text.version
        found, said = claiming.read(text, NAMES)
        known = {row.facts.mark: row for row in self.claims if row.article == number}
        self.claims = [row for row in self.claims if row.article != number]
        about: dict[str, Any] = {
            "article": number, "imported": None, "outlet": text.outlet, "side": text.side,
            "title": text.title, "told_at": at, "gone": False,
        }  # fmt: skip
        for place, facts in enumerate(found):
            row = known.get(facts.mark)
            fresh = ClaimRow(
                id=number * 1000 + version * 100 + place, facts=facts, version=version, **about
            )
            self.claims.append(replace(row, facts=facts) if row else fresh)
        self.quotes = [row for row in self.quotes if row.article != number]
        self.quotes += [
            QuoteRow(id=number * 1000 + place, facts=facts, **about)
            for place, facts in enumerate(said)
        ]
        before = {row.facts.mark: row for row in self.spoken if row.article == number}
        self.spoken = [row for row in self.spoken if row.article != number]
        self.spoken += [
            before.get(facts.mark)
            or SpokenRow(facts=facts, article=number, version=version, told_at=at, gone=False)
            for facts in claiming.heard(text, NAMES)
        ]

    def now(self) -> StoryNow:
        """The story as it stands."""
        facts = compose.facts_of(self.articles, self.claims, self.quotes, self.spoken)
        return StoryNow(articles=self.articles, facts=facts)

    def morning(self) -> Differences:
        """What the digest tells of it now; it is remembered where anything is told."""
        found = compose.differences(self.now(), self.told)
        if self.told is None or found.changes or found.added:
            before = self.told.facts if self.told else ()
            self.told = Told(
                last_on=date(2026, 3, 9) + timedelta(days=self.days), article=1,
                facts=(*before, *(fact for fact in found.facts if fact not in before)),
                articles=found.articles,
            )  # fmt: skip
        self.days += 1
        return found


def kinds(found: Differences) -> list[tuple[str, str]]:
    return [(change.kind, change.told) for change in (*found.changes, *found.added)]


REST = "Shopkeepers in the bazaar heard the explosion after the evening prayer."
SIX = (
    "Six killed in Bannu mosque blast",
    (
        "BANNU: Six people were killed when a bomb went off outside a mosque in Bannu, police said."
        f" The TTP has long been active near the Afghan border.\n{REST}"
    ),
)


@pytest.fixture
def blast() -> Story:
    """A story told on the first morning: six dead in Bannu, told by the Gazette."""
    story = Story()
    story.comes(*SIX)
    assert story.morning().changes == ()
    return story


UP = (
    "The death toll from the Bannu mosque blast has climbed to nine.",
    "Nine people have now died in the Bannu mosque blast.",
    "The toll from the blast stood at nine by Tuesday evening, hospital officials said.",
    "Three of the wounded died overnight, taking the death toll to nine.",
    "Three more victims of the Bannu blast succumbed to their injuries, raising the toll to nine.",
    "Hospital officials put the number of dead at nine.",
    "The number of dead in the Bannu blast has reached nine.",
    "At least nine people are now known to have died in Monday's bombing in Bannu.",
    "Nine worshippers were killed in the bombing of a mosque in Bannu.",
    "Fatalities from the Bannu bombing rose to 9 on Tuesday.",
    "The bombing of the Bannu mosque claimed nine lives.",
    "Nine lives were lost in the Bannu mosque bombing.",
    "The confirmed toll from the Bannu mosque attack is now nine.",
    "Rescue 1122 confirmed nine deaths in the Bannu blast.",
    "Officials raised the death toll in Bannu from six to nine.",
    "The death toll rose to nine from six, officials in Bannu said.",
    "The toll climbed to nine, up from six a day earlier.",
)
DOWN = (
    "Police revised the death toll down to four from six, saying two had been counted twice.",
    "The death toll from the Bannu blast has been lowered to four.",
    "Officials on Tuesday corrected the toll to four.",
    "Four people died in the Bannu blast, not six as reported earlier, the hospital said.",
    "The administration cut the toll from six to four after a recount.",
    "Only four people were killed in Bannu, the deputy commissioner clarified on Tuesday.",
    "The number of dead was put at four, down from an earlier count of six.",
)


@pytest.mark.parametrize(("sentence", "toll"), [(s, 9) for s in UP] + [(s, 4) for s in DOWN])
def test_a_toll_that_moved_is_told_in_whatever_words(
    blast: Story, sentence: str, toll: int
) -> None:
    blast.comes("Bannu blast: what is known", f"{sentence}\n{REST}", outlet="Courier")
    (change,) = blast.morning().changes
    assert (change.kind, change.sentence) == ("toll", sentence)
    assert change.told.replace("at least ", "") == f"killed: {toll}, before 6"
    blast.comes("What is known of the blast", f"{REST}\n{sentence}", outlet="Herald")
    assert kinds(blast.morning()) == []


def test_three_more_dead_are_told_and_the_total_that_follows_is_no_news(blast: Story) -> None:
    blast.comes("Bannu", "Three more people died of their wounds in a Bannu hospital.", hours=1)
    assert kinds(blast.morning()) == [("toll", "killed: 3 more, before 6")]
    blast.comes("Bannu", "Nine people were killed in the Bannu blast, police said.", hours=1)
    assert kinds(blast.morning()) == []


CLAIMS = {
    "The TTP claimed the attack in a statement.": "claimed by TTP",
    "The banned Tehreek-i-Taliban Pakistan said it carried out the bombing.": "claimed by Tehreek-i-Taliban Pakistan",  # noqa: E501
    "A statement by Jamaat-ul-Ahrar said its fighters carried out the attack.": "claimed by Jamaat-ul-Ahrar",  # noqa: E501
    "The attack was claimed by the Hafiz Gul Bahadur group.": "claimed by Hafiz Gul Bahadur group",
    "The TTP took responsibility for the blast.": "claimed by TTP",
    "The TTP rejected any role in the bombing.": "denied by TTP",
    "The TTP distanced itself from the bombing.": "denied by TTP",
    "The TTP said it had nothing to do with the bombing.": "denied by TTP",
    "The TTP denied that it was behind the bombing.": "denied by TTP",
}


@pytest.mark.parametrize("sentence", CLAIMS)
def test_who_claims_or_denies_is_told_in_whatever_words(blast: Story, sentence: str) -> None:
    blast.comes("Bannu blast: who did it", f"{sentence}\n{REST}", outlet="Courier")
    (change,) = blast.morning().changes
    assert (change.kind, change.sentence) == ("claim", sentence)
    assert change.told == f"responsibility {CLAIMS[sentence]}"


def test_a_claim_that_is_taken_back_is_told_again_and_its_acronym_is_the_same_group(
    blast: Story,
) -> None:
    blast.comes("TTP says it did it", "The TTP claimed responsibility for the Bannu blast.")
    assert [kind for kind, _ in kinds(blast.morning())] == ["claim"]
    blast.comes(
        "Group owns blast", "Tehreek-i-Taliban Pakistan claimed responsibility for the Bannu blast."
    )
    assert kinds(blast.morning()) == []
    blast.comes("TTP takes it back", "The TTP denied responsibility for the blast in Bannu.")
    assert kinds(blast.morning()) == [
        ("claim", "responsibility denied by TTP, before claimed"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Prime Minister Tariq Anwar condemned the attack and ordered care for the wounded.",
        "Interior Minister Javed Marwatzai on Tuesday blamed militants across the border.",
        "The foreign office summoned the Afghan envoy and lodged a protest.",
        "Afghan government spokesman Nasim Wardagi rejected the accusation.",
        "“We will hunt these people down,” said Interior Minister Javed Marwatzai.",
        "The Afghan foreign ministry said its soil would not be used against anyone.",
        "Kabul has dismissed the charge.",
        "The army's media wing said the attackers would be brought to justice.",
        "Iran's foreign ministry condemned the attack.",
    ],
)
def test_an_official_heard_for_the_first_time_is_told_once(blast: Story, sentence: str) -> None:
    blast.comes("After the Bannu blast", f"{sentence}\n{REST}", outlet="Courier")
    (change,) = blast.morning().changes
    assert (change.kind, change.sentence) == ("reaction", sentence)
    blast.comes("Bannu mourns", f"{REST}\n{sentence}", outlet="Herald")
    assert kinds(blast.morning()) == []


@pytest.mark.parametrize(
    "body",
    [
        "A bomb outside a Bannu mosque left six people dead, according to the police.",
        "At least six people died in the explosion in Bannu, officials said.",
        "Half a dozen people lost their lives when an explosion tore through a crowd in Bannu.",
        "More than five people were killed in Bannu, residents said.",
        "Six people were killed in Bannu. In January 2023, 84 people were killed in Peshawar.",
        "Six died in Bannu on Monday. In a similar attack last month, 20 people were killed.",
        "Six people were killed in Bannu. A day earlier, four soldiers were killed in Tank.",
        "So far this year 212 people have been killed in the province. Six died in Bannu.",
        "Police said six people had been killed and that an inquiry had begun.",
        "Deputy inspector Wali Shah said six people had been killed in the blast in Bannu.",
    ],
)
def test_a_retelling_and_the_tolls_of_other_events_are_no_change(blast: Story, body: str) -> None:
    blast.comes("The Bannu mosque blast", f"{body}\n{REST}", outlet="Courier", hours=2)
    assert kinds(blast.morning()) == []


def test_a_laggard_who_repeats_the_first_toll_says_nothing_new(blast: Story) -> None:
    blast.comes("Nine dead in Bannu", f"{UP[0]}\n{REST}", outlet="Courier")
    assert len(blast.morning().changes) == 1
    blast.comes("Six dead in Bannu", SIX[1], outlet="Herald", hours=3)
    assert kinds(blast.morning()) == []
    blast.comes("What the Bannu bombing means", SIX[1], outlet="Courier", genre="analysis")
    assert kinds(blast.morning()) == []


def test_an_older_article_that_comes_late_is_no_news(blast: Story) -> None:
    blast.comes("Nine dead in Bannu", f"{UP[0]}\n{REST}", outlet="Courier", hours=6)
    blast.morning()
    late = "Seven people were killed in the blast in Bannu, rescue officials said."
    blast.comes("Seven dead in Bannu", f"{late}\n{REST}", outlet="Herald", hours=-40)
    assert kinds(blast.morning()) == []


def test_a_toll_that_goes_back_is_told_where_its_teller_takes_it_back(blast: Story) -> None:
    blast.comes("Nine dead in Bannu", f"{UP[0]}\n{REST}", outlet="Courier")
    assert kinds(blast.morning()) == [("toll", "killed: 9, before 6")]
    back = "The toll was put back to six on Wednesday."
    blast.comes("Bannu toll corrected to six", f"{back}\n{REST}", outlet="Courier")
    assert kinds(blast.morning()) == [("toll", "killed: 6, before 9")]
    blast.comes("Six died in Bannu", SIX[1], outlet="Herald")
    assert kinds(blast.morning()) == []


def test_what_the_other_side_counts_stands_against_what_was_told() -> None:
    story = Story()
    story.comes(
        "Pakistan strikes kill 12 militants in Khost",
        "Pakistani jets struck camps in Khost on Monday and killed 12 militants, the ISPR said.",
    )
    story.morning()
    sentence = "Afghan officials said nine civilians had been killed in Khost."
    story.comes("Kabul counts civilians in Khost", f"{sentence}\n{REST}", outlet="Watan")
    (change,) = story.morning().changes
    assert change.kind == "sides"
    assert (
        change.told == "killed: 9 according to Afghan officials, against 12 militants told before"
    )
    assert change.sentence == sentence
    story.comes("Jets hit Khost camps", "The ISPR said 12 militants were killed in Khost.")
    assert kinds(story.morning()) == []


def test_a_headline_edited_in_place_is_told_with_both(blast: Story) -> None:
    blast.comes("Six killed in Bannu mosque bombing claimed by nobody", SIX[1], article=1)
    assert kinds(blast.morning()) == [
        (
            "headline",
            "headline edited; before: “Six killed in Bannu mosque blast”",
        )
    ]
    assert kinds(blast.morning()) == []
    blast.comes("Bannu mosque bombing: claimed by nobody, six killed", SIX[1], article=1)
    assert kinds(blast.morning()) == []  # the same words in another order


def test_a_toll_edited_in_place_is_one_change_and_not_two(blast: Story) -> None:
    body = SIX[1].replace("Six people", "Nine people")
    blast.comes("Nine killed in Bannu mosque blast", body, article=1)
    found = blast.morning()
    assert [kind for kind, _ in kinds(found)] == ["toll"]
    assert found.changes[0].sentence in f"{body}\nNine killed in Bannu mosque blast"
    assert kinds(blast.morning()) == []


def test_after_a_toll_was_edited_in_place_the_next_is_held_against_the_new_one(
    blast: Story,
) -> None:
    body = SIX[1].replace("Six people", "Eleven people")
    blast.comes("Eleven killed in Bannu mosque blast", body, article=1)
    assert kinds(blast.morning()) == [("toll", "killed: 11, before 6")]
    blast.comes("Bannu", "At least eight people were killed in Bannu.", outlet="Herald", hours=2)
    assert kinds(blast.morning()) == []
    blast.comes("Bannu", "Thirteen people were killed in Bannu.", outlet="Courier", hours=3)
    assert kinds(blast.morning()) == [("toll", "killed: 13, before 11")]


@pytest.mark.parametrize("late", ["Six people were killed", "At least seven people were killed"])
def test_a_toll_is_held_against_the_one_that_was_told_and_no_laggards(
    blast: Story, late: str
) -> None:
    blast.comes("Bannu", "Nine people were killed in Bannu.", outlet="Courier")
    assert kinds(blast.morning()) == [("toll", "killed: 9, before 6")]
    reacts = "Governor Haleem Durrazai said the province would pay for the wounded."
    blast.comes("Bannu", f"{reacts} {late} in Bannu.", outlet="Watan")
    assert [kind for kind, _ in kinds(blast.morning())] == ["reaction"]
    blast.comes("Bannu", f"{late} in Bannu.", outlet="Herald", hours=2)
    blast.comes("Bannu", "Twelve people were killed in Bannu.", outlet="Gazette", hours=3)
    assert kinds(blast.morning()) == [("toll", "killed: 12, before 9")]


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Twenty people were injured in the blast in Bannu, the hospital said.", "injured: 20"),
        ("Police arrested four suspects in Bannu on Tuesday.", "arrested, militants: 4"),
        ("Gulab Noorzai said he had seen the bomber.", "Gulab Noorzai is heard"),
    ],
)
def test_what_was_added_without_a_change_is_still_developing(
    blast: Story, sentence: str, said: str
) -> None:
    blast.comes("More on the Bannu blast", f"{sentence}\n{REST}", outlet="Courier")
    found = blast.morning()
    assert found.changes == ()
    (added,) = found.added
    assert added.kind == "added"
    assert added.told.startswith(said)
    assert added.sentence == sentence
    assert kinds(blast.morning()) == []


def test_a_report_of_which_half_is_new_is_still_developing_and_a_rewrite_is_not(
    blast: Story,
) -> None:
    fresh = " ".join(
        f"Investigators traced a vehicle through {place} to a workshop run by {who}."
        for place, who in (
            ("Zarmina", "Sarwar Motors"), ("Dehbala", "Kakar Steel"), ("Sorkhab", "Tanai Tyres"),
            ("Wadar", "Baloch Traders"), ("Landi", "Orya Garage"),
        )
    )  # fmt: skip
    blast.comes("How the Bannu bomb was built", fresh, outlet="Courier")
    assert [kind for kind, _ in kinds(blast.morning())] == ["added"]
    rewrite = fresh.replace("Investigators traced a vehicle through", "The inquiry led from")
    blast.comes("Tracing the Bannu bomb", rewrite, outlet="Herald")
    assert kinds(blast.morning()) == []


def test_what_a_person_discarded_does_not_count_and_what_was_confirmed_does(blast: Story) -> None:
    blast.comes("Bannu", "In a similar attack, 60 people were killed in Bannu.", outlet="Courier")
    wrong = blast.claims[-1]
    assert kinds(compose.differences(blast.now(), blast.told)) == []
    blast.claims[-1] = replace(wrong, answer="confirm")
    found = compose.differences(blast.now(), blast.told)
    assert kinds(found) == [("toll", "killed: 60, before 6")]
    blast.claims[-1] = replace(wrong, answer="discard")
    assert kinds(blast.morning()) == []


# --- whatever comes -------------------------------------------------------------------------

SAID = st.builds(
    Said,
    kind=st.just("figure"),
    key=st.sampled_from(["killed|people", "killed|militants", "injured|people"]),
    value=st.just(""),
    place=st.sampled_from(["", "Bannu", "Kohat"]),
    sentence=st.sampled_from(["One said so.", "Another said so."]),
    article=st.integers(1, 6),
    version=st.just(1),
    outlet=st.just(""),
    side=st.sampled_from(["", "pakistan", "afghanistan"]),
    at=st.integers(0, 90).map(lambda hours: T0 + timedelta(hours=hours)),
    size=st.integers(1, 5).map(float),
    loose=st.sampled_from(["", "", "least", "vague"]),
    ahead=st.booleans(),
    revised=st.booleans(),
    more=st.just(False),
)


def story_of(facts: Sequence[Said]) -> StoryNow:
    made = tuple(
        replace(one, value=f"{one.size:g}", outlet=f"Paper {one.article}") for one in facts
    )
    articles = {
        one.article: ArticleNow(
            article=one.article, version=1, title="", outlet=one.outlet, side="pakistan", url="",
            language="en", genre="report", at=one.at, seen_at=one.at,
        )
        for one in made
    }  # fmt: skip
    return StoryNow(articles=articles, facts=made)


def told_after(found: Differences, before: Told | None) -> Told:
    facts: tuple[ToldFact, ...] = before.facts if before else ()
    articles: dict[int, ToldArticle] = {one.article: one for one in found.articles}
    return Told(
        last_on=date(2026, 3, 9), article=1, articles=tuple(articles.values()),
        facts=(*facts, *(fact for fact in found.facts if fact not in facts)),
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(SAID, max_size=8), st.lists(SAID, max_size=8), st.randoms(use_true_random=False))
def test_what_was_told_is_never_told_again_and_the_order_of_rows_says_nothing(
    first: list[Said], second: list[Said], draw: random.Random
) -> None:
    first_day = story_of(first)
    told = told_after(compose.differences(first_day, None), None)
    both = story_of([*first, *(replace(one, article=one.article + 6) for one in second)])
    found = compose.differences(both, told)
    mixed = list(both.facts)
    draw.shuffle(mixed)
    assert compose.differences(replace(both, facts=tuple(mixed)), told) == found
    said = [(change.told, change.article) for change in (*found.changes, *found.added)]
    assert len(said) == len(set(said))
    assert kinds(compose.differences(both, told_after(found, told))) == []
    assert kinds(compose.differences(first_day, told)) == []


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500))
def test_every_later_toll_that_is_another_is_told(before: int, after: int) -> None:
    def fact(article: int, size: int, hours: float) -> Said:
        return Said(
            kind="figure", key="killed|people", value="", place="Bannu", sentence=f"{size} died.",
            article=article, version=1, outlet="", side="", at=T0 + timedelta(hours=hours),
            size=float(size), ahead=True,
        )  # fmt: skip

    told = told_after(compose.differences(story_of([fact(1, before, 0)]), None), None)
    found = compose.differences(story_of([fact(1, before, 0), fact(2, after, 5)]), told)
    assert len(found.changes) == (before != after)


# --- sentences of the kind that news uses, each once misread ---------------------------------

STANDING = {
    "blast": (
        "Six killed in Bannu mosque blast",
        "Six people were killed and 20 injured when a bomb hit a mosque in Bannu, police said.",
    ),
    "camp": (
        "Attack on camp in Wana",
        "Two soldiers and five civilians were killed in an attack on a camp in Wana, ISPR said.",
    ),
    "van": (
        "Bomb hits police van in Swat",
        "Five people, including two policemen, were killed when a bomb hit a van in Swat.",
    ),
    "convoy": (
        "Convoy hit near Bannu",
        "At least four soldiers were killed when a bomb hit a convoy near Bannu, officials said.",
    ),
    "raids": (
        "Police round up Afghans in Karachi",
        "Police in Karachi detained 240 Afghan nationals in overnight raids, officials said.",
    ),
    "camp empties": (
        "Refugees leave Jalozai",
        "Some 1,300 Afghans returned to Afghanistan from the Jalozai camp, the agency said.",
    ),
    "border": (
        "Families sent home by Torkham",
        "Pakistan deported 2,400 Afghans through Torkham in a week, border officials said.",
    ),
    "engineers": (
        "Engineers kidnapped in Kohat",
        "Eight engineers were abducted in Kohat by TTP gunmen, police said.",
    ),
    "gorge": (
        "Militants killed in Zhob",
        "Security forces killed 33 TTP militants near Zhob, the military's media wing ISPR said.",
    ),
    "strike": (
        "Strike hits houses in Khost",
        "Nine civilians were killed in an air strike in Khost, the Taliban interior ministry said.",
    ),
    "gate": (
        "Ghulam Khan shut",
        "The Ghulam Khan crossing was closed, leaving 300 trucks stranded, customs officials said.",
    ),
}
TOLD_ONCE = (
    ("blast", "A seventh victim of the bomb in the mosque of Bannu died.", "killed: 7, before 6"),
    ("blast", "A seventh victim died in a Peshawar hospital.", "killed: 7, before 6"),
    ("blast", "Another of the wounded died in the night.", "killed: 1 more, before 6"),
    ("blast", "The bodies of nine people were recovered from the mosque.", "killed: 9, before 6"),
    ("blast", "Rescuers pulled three more bodies from the rubble.", "killed: 3 more, before 6"),
    (
        "blast",
        "Two of the six reported dead were found alive, and the toll is four.",
        "killed: 4, before 6",
    ),
    (
        "blast",
        "Two of those hurt in Bannu died, bringing the dead to eight.",
        "killed: 8, before 6",
    ),
    ("camp", "A third soldier died of his wounds in Wana.", "killed, security forces: 3, before 2"),
    (
        "convoy",
        "The death toll in the convoy attack has gone up to six.",
        "killed: 6, before at least 4",
    ),
    (
        "raids",
        "The number of Afghans detained in Karachi rose to 410.",
        "arrested: 410, before 240",
    ),
    (
        "raids",
        "Police said 410 Afghans were now in custody in Karachi.",
        "arrested: 410, before 240",
    ),
    ("raids", "Another 170 Afghans were picked up in Karachi.", "arrested: 170 more, before 240"),
    ("raids", "A court in Karachi released 57 of the Afghan detainees.", "released: 57"),
    ("raids", "At least 120 of those held in Karachi were set free.", "released: at least 120"),
    (
        "camp empties",
        "The number of Afghans who have returned from Jalozai reached 5,600.",
        "returned: 5,600, before about 1,300",
    ),
    (
        "camp empties",
        "Returns from Jalozai have climbed to 5,600.",
        "returned: 5,600, before about 1,300",
    ),
    (
        "camp empties",
        "By Tuesday 1990 Afghans had returned from the Jalozai camp.",
        "returned: 1,990, before about 1,300",
    ),
    ("border", "Deportations through Torkham rose to 3,900.", "deported: 3,900, before 2,400"),
    (
        "border",
        "The total of those sent back by Torkham stands at 3,900.",
        "deported: 3,900, before 2,400",
    ),
    ("engineers", "Three of the engineers abducted in Kohat were freed.", "released: 3"),
    ("engineers", "Three of the eight engineers have been released.", "released: 3"),
    ("engineers", "The body of one of the engineers was found in Kohat.", "killed: 1"),
    (
        "gorge",
        "Another 14 militants were killed near Zhob, raising the total to 47.",
        "killed, militants: 14 more, before 33",
    ),
    (
        "gate",
        "The number of trucks stranded at Ghulam Khan has risen to 850.",
        "vehicles: 850, before 300",
    ),
    (
        "strike",
        "The UN mission in Afghanistan called for an inquiry into the strike.",
        "UN mission in Afghanistan is heard for the first time",
    ),
    (
        "strike",
        "China voiced concern over the strike in Khost.",
        "China is heard for the first time",
    ),
    (
        "strike",
        "Iran's foreign ministry asked both sides to stop.",
        "Iran's foreign ministry is heard for the first time",
    ),
    (
        "blast",
        "The United Nations condemned the attack in Bannu.",
        "United Nations is heard for the first time",
    ),
)
NOT_NEW = (
    ("camp", "Seven people were killed in the attack on the camp in Wana."),
    ("van", "The bomb in Swat killed three civilians and two policemen."),
    ("blast", "Six people died in Bannu; 40 people were killed in Peshawar in January."),
    ("blast", "Two of the six dead were children, the hospital in Bannu said."),
    ("engineers", "Eight engineers are still missing in Kohat, where gunmen kidnapped them."),
)


@pytest.mark.parametrize(("story", "sentence", "said"), TOLD_ONCE)
def test_what_is_said_in_such_words_is_told_and_not_told_again(
    story: str, sentence: str, said: str
) -> None:
    standing = Story()
    title, text = STANDING[story]
    standing.comes(title, f"{text}\n{REST}")
    standing.morning()
    standing.comes("What is known", f"{sentence}\n{REST}", outlet="Courier", hours=3)
    found = standing.morning()
    told = [one for one in (*found.changes, *found.added) if one.sentence == sentence]
    assert [one.told.split("; ")[0] for one in told] == [said]
    standing.comes("Once more", f"{REST} {sentence}", outlet="Herald", hours=3)
    assert kinds(standing.morning()) == []


@pytest.mark.parametrize(("story", "sentence"), NOT_NEW)
def test_what_is_only_said_otherwise_is_not_told(story: str, sentence: str) -> None:
    standing = Story()
    title, text = STANDING[story]
    standing.comes(title, f"{text}\n{REST}")
    standing.morning()
    standing.comes("What is known", f"{sentence}\n{REST}", outlet="Courier", hours=3)
    assert kinds(standing.morning()) == []


def test_two_figures_of_one_sentence_are_one_change(blast: Story) -> None:
    sentence = "Nine people are dead and 30 are wounded after the blast in Bannu."
    blast.comes("Bannu", f"{sentence}\n{REST}", outlet="Courier")
    found = blast.morning()
    assert [one.sentence for one in (*found.changes, *found.added)] == [sentence]


def test_where_somebody_died_of_wounds_is_not_where_it_happened(blast: Story) -> None:
    blast.comes("Toll", "The toll rose to seven as a man died in a hospital in Peshawar.", hours=1)
    assert kinds(blast.morning()) == [("toll", "killed: 7, before 6")]


def test_a_toll_without_a_group_and_then_with_it_is_one() -> None:
    story = Story()
    story.comes("Lakki", "Two policemen were killed in an attack on a post in Lakki Marwat.")
    story.morning()
    story.comes("Lakki", "The death toll from the attack in Lakki Marwat rose to three.", hours=1)
    assert [one.kind for one in story.morning().changes] == ["toll"]
    story.comes("Lakki", "A wreath was laid for the three policemen who were killed.", hours=1)
    assert kinds(story.morning()) == []


def test_on_new_years_day_the_year_that_has_ended_is_no_other_time() -> None:
    story = Story(days=297)  # 31 December
    story.comes(*SIX)
    story.morning()
    story.comes("Bannu", "Nine people died in the Bannu blast of December 31, 2026, police said.")
    assert kinds(story.morning()) == [("toll", "killed: 9, before 6")]
    story.comes("Bannu", "The blast was the worst since 2025, when 40 people were killed in Bannu.")
    assert kinds(story.morning()) == []
