"""Captions of other stories under an article fool nobody for long; an article's own words stand."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import registry
from classifiers.lexicon import load_lexicon
from classifiers.tails import LEAD, LEAST, MOST_MARKS, marks_left, repeats, stretches
from classifiers.types import Repeat, Text, Verdict

LEXICON = load_lexicon()
CAPTION = "Trucks wait at Torkham while Afghan refugees queue for papers."
GLUED = "A vendor in Islamabad.—File photoKABUL: The Taliban opened a museum of carpets."
QUIET = "The council of Mirpur Lantern discussed mulberry trees and the price of onions again. "
LONG = QUIET * 9  # 126 words that name nobody


def article(tail: str, *, title: str = "Mulberry season opens", lead: str = LONG) -> Text:
    return Text(title=title, body=f"{lead}\n{tail}", outlet="Gazette", side="pakistan")


def sentences(text: Text) -> list[str]:
    return [text.body[s.start : s.end].strip() for s in stretches(text.body, LEXICON)]


def told(text: Text, articles: int = 5) -> Text:
    """The text as the judge gets it when all its sentences stood in so many articles."""
    seen = dict.fromkeys((s.mark for s in stretches(text.body, LEXICON)), articles)
    return Text(
        title=text.title,
        body=text.body,
        outlet=text.outlet,
        side=text.side,
        repeated=repeats(stretches(text.body, LEXICON), seen),
    )


def judged(text: Text) -> Verdict:
    (verdict,) = registry.load(None).judge([text])
    return verdict


def counted(verdict: Verdict) -> set[str]:
    return {m.text for c in verdict.evidence.contributions for m in c.matches}


def test_only_sentences_after_the_lead_that_name_a_side_are_marked() -> None:
    """The memory holds what could fool the judgement and nothing else."""
    body = f"Kabul and Islamabad met. {LONG}\n{CAPTION} {QUIET}"
    assert sentences(Text(title="", body=body)) == [CAPTION]
    assert stretches(f"{QUIET * 5} {CAPTION}", LEXICON) == ()  # within the first ninety words


def test_a_sentence_that_straddles_the_end_of_the_lead_belongs_to_the_lead() -> None:
    words = " ".join(["onions"] * (LEAD - 3))
    body = f"{words}. The talks between Kabul and Islamabad went on. {QUIET}"
    assert sentences(Text(title="", body=body)) == []
    kept = f"{words} and more. The talks between Kabul and Islamabad went on."
    assert sentences(Text(title="", body=f"{QUIET} {kept}")) == [
        "The talks between Kabul and Islamabad went on."
    ]


def test_captions_run_together_are_told_apart() -> None:
    """Outlets glue a caption, its credit and the first words of the story to one another."""
    assert sentences(article(GLUED)) == [
        "A vendor in Islamabad.",
        "—File photoKABUL: The Taliban opened a museum of carpets.",
    ]
    cut = "Afghan envoy meets traders in... Kabul hosts a fair of carpets…\nTTP statement denied"
    assert sentences(article(cut)) == [
        "Afghan envoy meets traders in...",
        "Kabul hosts a fair of carpets…",
        "TTP statement denied",
    ]


def test_marks_know_words_and_not_how_they_are_dressed() -> None:
    """The same caption is the same in capitals, with other spaces, dashes and quotes."""
    plain = stretches(article(CAPTION).body, LEXICON)
    dressed = "  TRUCKS wait at Torkham —  while “Afghan refugees”\u00a0queue for papers!"
    other = CAPTION.replace("queue", "stand")
    assert [s.mark for s in stretches(article(dressed).body, LEXICON)] == [plain[0].mark]
    assert [s.mark for s in stretches(article(other).body, LEXICON)] != [plain[0].mark]


def test_marks_are_the_same_on_every_machine() -> None:
    """They are stored for thirty days: a new release must not forget what an old one saw."""
    assert [s.mark for s in stretches(article(CAPTION).body, LEXICON)] == [KNOWN]


KNOWN = -8297122540012891626


def test_an_article_leaves_no_marks_of_what_it_is_about() -> None:
    """The background paragraph of a running story is evidence, however often it is printed."""
    background = "Islamabad accuses Kabul of sheltering the TTP, which Kabul denies."
    elsewhere = article(background)
    about = article(background, title="Kabul rejects accusation")
    frontier = article(background, title="Two soldiers killed in Bannu")
    own = article(background, title="Islamabad plants mulberry trees")  # the outlet's own country
    assert marks_left(elsewhere, LEXICON)
    assert marks_left(own, LEXICON)
    assert marks_left(about, LEXICON) == ()
    assert marks_left(frontier, LEXICON) == ()


def test_fewer_than_three_articles_make_no_boilerplate() -> None:
    found = stretches(article(CAPTION).body, LEXICON)
    for times in range(LEAST):
        assert repeats(found, {found[0].mark: times}) == ()
    (one,) = repeats(found, {found[0].mark: LEAST})
    assert (article(CAPTION).body[one.start : one.end].strip(), one.articles) == (CAPTION, LEAST)


def test_repeated_captions_are_seen_and_not_counted() -> None:
    """An article on mulberries is not about Torkham because a link under it is."""
    text = article(CAPTION)
    before, after = judged(text), judged(told(text))
    assert "Afghan" in counted(before)
    assert not counted(after)
    assert after.score < before.score
    notes = {match.text: match.note for match in after.evidence.ignored}
    assert notes["Afghan refugees"] == "repeated at the end of 5 articles of this outlet"


def test_title_lead_and_other_sentences_keep_what_they_say() -> None:
    """A tail may quote the very words of an article: those words stay its own."""
    lead = f"{CAPTION} {LONG}"
    body = f"{lead}\nOfficials in Kabul said so.\n{CAPTION}"
    text = Text(title="Torkham opens", body=body, outlet="Gazette", side="pakistan")
    mark = stretches(article(CAPTION).body, LEXICON)[0].mark
    found = repeats(stretches(body, LEXICON), {mark: 9})
    assert [body[r.start : r.end].strip() for r in found] == [CAPTION]
    after = judged(
        Text(title=text.title, body=body, outlet="Gazette", side="pakistan", repeated=found)
    )
    places = {(m.part, m.text) for c in after.evidence.contributions for m in c.matches if m.text}
    assert {("title", "Torkham"), ("lead", "Torkham"), ("body", "Kabul")} <= places
    assert ("body", "Torkham") not in places


@pytest.mark.parametrize("span", [(0, 10**9), (-5, 3), (7, 7), (10**6, 10**7)])
def test_spans_that_fit_no_text_do_no_harm(span: tuple[int, int]) -> None:
    """A text may have been edited since: the lead is safe even from a span over everything."""
    text = article("", lead=f"Kabul and Islamabad met at Torkham. {LONG}")
    wild = Text(
        title=text.title,
        body=text.body,
        repeated=(Repeat(start=span[0], end=span[1], articles=3),),
    )
    assert "Torkham" in counted(judged(wild))


@given(st.lists(st.sampled_from([CAPTION, QUIET, GLUED, "\n", "Kabul", "۔", "...", "\ud800"])))
def test_stretches_follow_one_another_and_are_bounded(pieces: list[str]) -> None:
    """Any text whatever: places in order, none overlapping, never more marks than allowed."""
    body = LONG + "".join(pieces)
    found = stretches(body, LEXICON)
    assert len(found) <= MOST_MARKS
    assert all(-(2**63) <= s.mark < 2**63 and s.poles for s in found)
    ends = [0, *(s.end for s in found)]
    assert all(
        before <= s.start < s.end <= len(body) for before, s in zip(ends, found, strict=False)
    )


def test_a_page_of_a_thousand_links_leaves_a_bounded_number_of_marks() -> None:
    number = count()
    body = LONG + "".join(f"Kabul hosts fair {next(number)}.\n" for _ in range(1000))
    assert len(marks_left(Text(title="", body=body), LEXICON)) == MOST_MARKS


def test_an_endless_sentence_is_no_boilerplate() -> None:
    """A page without stops is never twice the same; its one mark would only cost room."""
    body = LONG + "Kabul " + "and again " * 300
    assert stretches(body, LEXICON) == ()
