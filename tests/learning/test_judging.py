"""What a verdict promises: a score that adds up, evidence that is there, no text that breaks it."""

import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.registry import load
from classifiers.telling import account_of
from classifiers.two_pole import logistic
from classifiers.types import Classifier, Text, Verdict

MODEL: Classifier = load()

ON_TOPIC = Text(
    title="Islamabad and Kabul trade blame after TTP raid near Torkham",
    body="Pakistan said on Friday that militants crossed from Afghan soil. "
    "Taliban spokesman Zabihullah Mujahid denied it and called for talks in Istanbul.",
)
OFF_TOPIC = Text(
    title="Karachi exporters ask for lower power prices",
    body="Textile exporters said on Friday that tariffs made their goods dear abroad.",
)


def judge(title: str, body: str = "", **more: Any) -> Verdict:
    return MODEL.judge([Text(title=title, body=body, **more)])[0]


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)
VOCABULARY = (
    "Kabul Islamabad TTP Torkham cricket wicket talks Taliban Pakistan Afghan militants killed "
    "quake Justice Iran US said the of refugees , . \n … ٹی طورخم کابل"
)
NEWS = st.lists(st.sampled_from(VOCABULARY.split(" ")), max_size=200).map(" ".join)


def test_the_topic_ranks_above_everything_else() -> None:
    assert judge(ON_TOPIC.title, ON_TOPIC.body).relevant
    assert not judge(OFF_TOPIC.title, OFF_TOPIC.body).relevant


def test_traps_stay_below_the_queue() -> None:
    for title in (
        "Justice Naeem Akhtar Afghan takes oath in Islamabad",
        "Kabul River rises to danger mark in Nowshera",
        "Fire in Afghan Basti leaves families homeless",
        "Hussain Haqqani reviews a book on Pakistan",
        "New malware TTPs described by researchers",
        "TTP patients need plasma exchange, Lahore study finds",
        "Link: https://ttp.example.org/pakistan/taliban",
        "Tehreek-e-Labbaik Pakistan ends its march on Islamabad",
        "Fitna al-Hindustan men killed in Balochistan",
        "IEA cuts oil forecast as Pakistan buys gas",
    ):
        assert judge(title, outlet="dawn").score < 0.1, title


def test_sport_between_the_two_is_not_the_topic() -> None:
    match = judge(
        "Pakistan beat Afghanistan by six wickets in T20", "The bowlers took early wickets."
    )
    talks = judge(
        "Pakistan and Afghanistan meet in Doha", "The two sides opened talks on the border."
    )
    assert not match.relevant
    assert match.score < talks.score


@settings(deadline=None)
@given(st.one_of(NEWS, ANY_TEXT), st.one_of(NEWS, ANY_TEXT), ANY_TEXT)
def test_contributions_add_up_to_the_score_exactly(title: str, body: str, outlet: str) -> None:
    verdict = judge(title, body, outlet=outlet)
    total = math.fsum(c.weight for c in verdict.evidence.contributions)
    assert verdict.score == logistic(total)
    assert 0.0 <= verdict.score <= 1.0


@settings(deadline=None)
@given(st.one_of(NEWS, ANY_TEXT), st.one_of(NEWS, ANY_TEXT))
def test_every_place_shown_is_in_the_text(title: str, body: str) -> None:
    verdict = judge(title, body)
    shown = [m for c in verdict.evidence.contributions for m in c.matches]
    for match in [*shown, *verdict.evidence.ignored]:
        whole = title if match.part == "title" else body
        assert whole[match.start : match.end] == match.text


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.builds(Text, title=NEWS, body=NEWS), max_size=6), st.randoms())
def test_batch_and_order_change_nothing(texts: list[Text], chance: object) -> None:
    alone = [MODEL.judge([text])[0] for text in texts]
    assert MODEL.judge(texts) == alone
    assert MODEL.judge(texts[::-1])[::-1] == alone


def test_a_megabyte_of_anything_is_judged_in_bounded_time() -> None:
    million = 1_000_000
    for body in (
        "a" * million,
        "Kabul " * (million // 6),
        "\ud800" * million,
        "\0 " * (million // 2),
        "\n" * million,
        "Kabul and Islamabad hold talks\n" * (million // 31),
        "طالبان\u200c" * (million // 7),
        "'" * million,
    ):
        began = time.process_time()
        judge("Kabul", body)
        assert time.process_time() - began < 1.0


def test_captions_of_other_stories_after_the_text_do_not_count() -> None:
    story = "\n".join(["The council met to speak of school fees and bus routes today."] * 14)
    tail = (
        "\nMigrants deported from Pakistan wait near the Afghanistan-Pakistan border at...\n"
        "Taliban and Islamabad resume talks over Torkham after a week of clashes...\n"
        "More on TTP attacks in Khyber Pakhtunkhwa"
    )
    assert (
        judge("Council raises fees", story + tail).score
        == judge("Council raises fees", story).score
    )


def test_captions_run_together_in_one_line_do_not_count_either() -> None:
    story = "The council met on Monday to speak of school fees and of bus routes. " * 14
    tails = (
        "Taliban and Islamabad resume talks over Torkham... Migrants deported from Pakistan at...",
        "TTP men killed in Bajaur Kabul denies Pakistani charge Torkham shut again",
        "Read more: TTP attacks post near Afghan border in Khyber Pakhtunkhwa.",
    )
    plain = judge("Council raises fees", story).score
    for tail in tails:
        assert judge("Council raises fees", story + tail).score == plain, tail
    told = story + "The mayor said that the TTP had attacked a post near Kabul."
    assert judge("Council raises fees", told).score != plain


def test_what_stood_in_captions_is_shown_as_seen_and_not_counted() -> None:
    story = "\n".join(["The council met to speak of school fees and bus routes today."] * 14)
    body = f"{story}\nTTP men killed in Bajaur as Kabul...\nRead more: Torkham shut"
    ignored = judge("Council raises fees", body).evidence.ignored
    assert [match.text for match in ignored] == ["TTP", "Bajaur", "Kabul", "Torkham"]
    assert {match.note for match in ignored} == {
        "stands in a list of links or in a caption that is cut off"
    }
    assert all(body[match.start : match.end] == match.text for match in ignored)
    hundreds = f"{story}\n" + "Kabul and Islamabad resume talks...\n" * 300
    assert len(judge("Council raises fees", hundreds).evidence.ignored) == 12


def test_a_page_without_full_stops_is_read_as_it_is() -> None:
    plain = "د ښوونځي فیس او د موټر لارې " * 30
    told = plain + "د پاکستان او افغانستان ترمنځ د تورخم لاره " + plain
    assert judge("خبرونه", told).score > judge("خبرونه", plain + plain).score


def test_paragraphs_without_full_stops_are_no_captions() -> None:
    """The same words on one line, or with their stops, are read; a line a paragraph was not."""
    other = "سرکاری حکام نے بتایا کہ بازار میں آج معمول سے زیادہ رش رہا اور لوگوں نے خریداری کی"
    news = "ترجمان کے مطابق کابل اور اسلام آباد کے درمیان طورخم پر بات چیت جاری ہے"
    parts = [other] * 7 + [news] * 6
    for ways in (" ".join(parts), "\n".join(f"{part}۔" for part in parts)):
        assert judge("خبر", "\n".join(parts)).score == judge("خبر", ways).score > 0.02
    captions = [f"{part}..." for part in parts[7:]]
    assert judge("خبر", "\n".join([*parts[:7], *captions])).score < 0.02
    stopped = "\n".join([f"{other}۔"] * 7 + [news] * 6)
    assert judge("خبر", stopped).score < 0.02  # the page ends its sentences, these lines do not


def test_a_list_of_headlines_is_no_title() -> None:
    many = "Council raises fees for parking in the old town " * 4
    assert judge(many + "Kabul and Islamabad open talks on TTP").score == judge(many).score


def test_both_sides_in_the_title_count_where_one_stands_in_a_longer_phrase() -> None:
    for title in (
        "Kandahar's pomegranates rot while the border with Pakistan is closed",
        "Paktika farmers lose the trade with Pakistan",
        "Islamabad counts Afghan refugees anew",
        "پاک افغان مذاکرات کا نیا دور",
    ):
        told = [c.feature for c in judge(title).evidence.contributions]
        assert "title_both" in told, title
        assert judge(title).score > 0.5, title


def test_a_link_list_counts_where_it_is_the_news() -> None:
    lead = "Kabul and Islamabad resume talks over Torkham after a week of clashes"
    assert judge("Briefing", lead).score > judge("Briefing", "School fees rise").score


def test_a_countrys_own_press_need_not_name_it() -> None:
    title = "FM leaves for Kabul to press for action on TTP"
    home = judge(title, outlet="Dawn")
    assert home.score > judge(title, outlet="Example Times").score
    assert judge(title, side="pakistan").score == home.score
    assert judge(title, outlet="https://www.dawn.com").score == home.score


def labels(outlet: str, title: str, body: str = "") -> dict[str, str]:
    terms = judge(title, body, outlet=outlet).evidence.contributions
    return {term.feature: term.label for term in terms}


def test_an_outlet_that_stands_in_for_its_country_is_named_as_the_reason() -> None:
    """Both sides in the title, with Kabul alone beneath: that would contradict what one reads."""
    alone = labels("Dawn", "Kabul fruit market burns")
    assert alone["title_both"] == "both sides in the title, Pakistan by the outlet alone"
    assert labels("Dawn", "FM Dar on Kabul")["title_both"] == "both sides in the title"
    assert labels("Dawn", "Kabul and Islamabad")["title_both"] == "both sides in the title"
    assert "title_both" not in labels("Example Times", "Kabul fruit market burns")
    body = "Kabul said the market would open again. " * 20
    told = labels("Tolo News", "Market", body.replace("Kabul", "Islamabad"))
    assert told["body_both"] == "both sides through the text, Afghanistan by the outlet alone"


def test_headlines_are_told_from_full_texts() -> None:
    assert judge("Kabul", "short").kind == "short"
    assert judge("Kabul", "word " * 200).kind == "full"


def test_strands_name_what_the_text_speaks_of_strongest_first() -> None:
    talks = judge("Pakistan, Afghan Taliban open talks in Istanbul", "Mediators hope for a truce.")
    trade = judge("Pakistan and Afghanistan resume transit trade", "Trucks and traders waited.")
    assert talks.topics[0] == "talks"
    assert trade.topics[0] == "trade"
    assert judge(OFF_TOPIC.title, OFF_TOPIC.body).topics == ()


def test_the_cold_start_calls_its_score_no_probability() -> None:
    assert not judge(ON_TOPIC.title, ON_TOPIC.body).calibrated


def test_evidence_reads_as_a_colleague_would_say_it() -> None:
    title = "Justice Malik Afghan hears Kabul and Islamabad envoys"
    verdict = judge(title)
    told = account_of(verdict.evidence, score=verdict.score, calibrated=False, title=title, body="")
    both = next(line for line in told.spoke_for if line.label == "both sides in the title")
    assert [quote.text for quote in both.quotes] == ["Kabul", "Islamabad"]
    assert [quote.text for quote in told.aside] == ["Afghan"]
    assert all(line.label for line in told.lines)


def test_the_nearest_seed_is_named_only_for_what_may_matter() -> None:
    near = judge(ON_TOPIC.title, ON_TOPIC.body).evidence.nearest
    assert near is not None
    assert near.title
    assert 0.0 < near.similarity <= 1.0
    assert judge(OFF_TOPIC.title, OFF_TOPIC.body).evidence.nearest is None


@settings(deadline=None)
@given(st.text(max_size=30))
def test_unknown_outlets_sides_and_languages_change_nothing_but_never_raise(name: str) -> None:
    MODEL.judge([Text(title="Kabul", body="Islamabad", outlet=name, side=name, language=name)])
