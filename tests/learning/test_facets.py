"""The strands of a text: several where it is of several, countries where they are in the news."""

import pytest

from classifiers.facets import MOST, FacetError, Facets
from classifiers.lexicon import Concept, Hit
from classifiers.pack import load_pack
from classifiers.registry import load
from classifiers.types import Part, Text

MODEL = load()


def strands(title: str, body: str, side: str | None = None) -> tuple[str, ...]:
    return MODEL.judge([Text(title=title, body=body, side=side)])[0].topics


PARTIES = [
    (
        "china",
        "China offers to host Pakistan and Afghanistan for talks in Urumqi",
        "Beijing said so.",
    ),
    (
        "qatar",
        "Pakistan and the Afghan Taliban sign truce in Doha",
        "Qatar mediated the ceasefire.",
    ),
    (
        "turkiye",
        "Türkiye calls Pakistan and Afghanistan back to the table",
        "Talks stalled on TTP.",
    ),
    ("gulf", "Saudi envoy carries Pakistan's terms for a truce to Kabul", "Talks go on in Riyadh."),
    (
        "iran",
        "Iran offers to mediate between Pakistan and Afghanistan",
        "Talks in Tehran may follow.",
    ),
    ("us", "Washington asks Pakistan and Kabul to renew their truce", "The talks had broken down."),
    (
        "central_asia",
        "Russia urges Pakistan and Afghanistan to hold talks",
        "Moscow offered a venue.",
    ),
    ("india", "India reopens embassy in Kabul as Pakistan looks on", "New Delhi welcomed Muttaqi."),
]


@pytest.mark.parametrize(("party", "title", "lead"), PARTIES, ids=[row[0] for row in PARTIES])
def test_a_country_in_the_news_is_a_strand_beside_what_happens(
    party: str, title: str, lead: str
) -> None:
    found = strands(title, lead)
    assert party in found
    assert found[0] != party or len(found) == 1, "what happens comes first"


def test_a_country_named_once_on_the_way_is_no_strand() -> None:
    found = strands(
        "Pakistan and Afghanistan agree to reopen Torkham",
        "The border crossing opens on Monday, after talks that a Chinese diplomat attended.",
    )
    assert found[0] in {"border", "talks"}
    assert "china" not in found


def test_an_article_may_be_about_several_and_never_about_more_than_four() -> None:
    found = strands(
        "China and Qatar host talks as air strikes, border closure and deportations go on",
        "Pakistan bombed Paktika; trade at Torkham stopped; Afghan refugees were expelled; the TTP "
        "attacked a post; Iran, Türkiye, Washington and Riyadh called on Kabul to talk.",
    )
    assert len(found) == MOST
    assert len(set(found)) == MOST


def test_clashes_are_of_the_border_between_states_and_of_militancy_inside_one() -> None:
    across = strands(
        "Pakistani and Afghan forces clash for a second night",
        "Both sides shelled posts near Spin Boldak; the Afghan side fired mortars first.",
    )
    within = strands(
        "Seven TTP men killed in clash in North Waziristan",
        "Troops raided a hideout, the army said.",
    )
    assert across[0] == "border"
    assert within[0] == "militancy"
    assert "border" not in within


def test_what_the_united_nations_say_of_the_group_is_of_sanctuaries() -> None:
    assert (
        strands("TTP has six thousand men in Afghanistan: UN", "A report said so.")[0]
        == "sanctuaries"
    )
    refugees = strands("UN asks Pakistan to halt deportation of Afghans", "UNHCR is worried.")
    assert "sanctuaries" not in refugees


def test_research_is_policy_debate_whatever_its_words() -> None:
    title, body = (
        "Pakistan, Kabul and the TTP after the truce",
        "Talks in Doha ended in a ceasefire.",
    )
    assert "policy" not in strands(title, body)
    assert "policy" in strands(title, body, side="research")


def test_editorials_and_analyses_are_policy_debate() -> None:
    title = "Analysis: why Pakistan must rethink its policy on Kabul"
    assert strands(title, "The approach to the TTP has failed.")[0] == "policy"


# --- as data --------------------------------------------------------------------------------


def concept(name: str, strand: str = "", role: str = "", kind: str = "vocabulary") -> Concept:
    return Concept(id=name, kind=kind, pole="word", strand=strand, role=role)


def hit(of: Concept, part: Part = "title", start: int = 0, word: int = 0) -> Hit:
    return Hit(of, part, start, start + len(of.id), word, " " * start + of.id)


MONSOON, DAM, SPILLS = (
    concept("monsoon", "rain"),
    concept("dam", "rivers"),
    concept("spills", "rivers", "act"),
)


def test_a_topic_without_facets_has_the_strands_of_its_words() -> None:
    facets = Facets(("rain", "rivers"), {}, [MONSOON, DAM, SPILLS])
    assert facets.of([hit(DAM, "lead"), hit(MONSOON)]) == ("rain", "rivers")
    assert facets.of([]) == ()


def test_what_happens_counts_only_where_its_strand_is_named() -> None:
    facets = Facets(("rain", "rivers"), {}, [MONSOON, DAM, SPILLS])
    assert facets.of([hit(MONSOON), hit(SPILLS, start=20)]) == ("rain",)
    assert facets.of([hit(MONSOON, "body"), hit(DAM, "body"), hit(SPILLS)])[0] == "rivers"


def test_an_act_speaks_for_the_first_strand_that_is_there() -> None:
    rows = {"rain": {"acts": ["id:spills"]}, "rivers": {"acts": ["id:spills"]}}
    facets = Facets(("rain", "rivers"), rows, [MONSOON, DAM, SPILLS])
    assert facets.of([hit(MONSOON, "lead"), hit(SPILLS)]) == ("rain",)
    assert facets.of([hit(DAM, "lead"), hit(SPILLS)]) == ("rivers",)
    assert facets.of([hit(MONSOON, "lead"), hit(DAM, "lead"), hit(SPILLS)])[0] == "rain"
    assert facets.of([hit(SPILLS)]) == ()


def test_a_word_kept_for_strands_silences_the_others_at_its_place() -> None:
    sluice = concept("sluice", kind="facet")
    facets = Facets(("rain", "rivers"), {"rain": {"of": ["id:sluice"]}}, [DAM, sluice])
    assert facets.of([hit(DAM), hit(sluice)]) == ("rain",)
    assert facets.of([hit(sluice), hit(DAM, start=9)]) == ("rain", "rivers")


@pytest.mark.parametrize(
    ("rows", "named"),
    [({"snow": {"of": ["id:dam"]}}, "snow"), ({"rain": {"off": ["id:dam"]}}, "off")],
)
def test_a_facet_that_cannot_be_is_told_by_its_name(rows: dict[str, object], named: str) -> None:
    with pytest.raises(FacetError, match=named):
        Facets(("rain", "rivers"), rows, [DAM])


def test_every_sign_that_the_shipped_facets_ask_for_is_given() -> None:
    from classifiers.facets import signs_of
    from classifiers.lexicon import load_lexicon

    given = {sign for c in load_lexicon().concepts.values() for sign in signs_of(c)}
    for name, row in load_pack().facets.items():
        asked = {*row.get("of", ()), *row.get("acts", ()), *row.get("beside", ())}
        assert asked <= given, name
