"""The first guess at an article's genre, mark by mark; every text here is made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.genre import genre

REPORT = (
    "SORWAN: Police on Tuesday arrested two men in the canal case, officials said. "
    "A spokesman told reporters that the court had been informed. "
) * 8
ARGUED = (
    "We must ask ourselves why the canal was sold. Is it not clear that nobody in this valley was "
    "heard? The council should have waited; it cannot pretend that it had no choice. "
) * 12


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://sorwan.example/opinion/2026/the-canal", "op_ed"),
        ("https://sorwan.example/editorials/88/the-canal", "op_ed"),
        ("https://sorwan.example/analysis/the-canal", "analysis"),
        ("https://mofa.gov.pk/press-releases/88", "statement"),
    ],
)
def test_the_address_says_what_a_text_is_and_the_reason_quotes_it(url: str, kind: str) -> None:
    guess = genre("The canal", "The canal was sold in May.", url)
    assert guess.kind == kind
    assert url.split("/")[3] in guess.why


def test_a_text_that_tells_who_said_what_on_which_day_is_a_report() -> None:
    assert genre("Two held in canal case", REPORT).kind == "report"


def test_a_text_that_argues_is_an_op_ed_and_one_whose_end_names_the_writer_too() -> None:
    assert genre("Who sold the canal", ARGUED).kind == "op_ed"
    signed = genre("The canal", f"{REPORT[:400]} {ARGUED} The writer is a former engineer.")
    assert (signed.kind, "who the writer is" in signed.why) == ("op_ed", True)


def test_a_section_counts_as_an_address_does() -> None:
    assert genre("The canal", "It was sold.", section="Opinion").kind == "op_ed"


def test_a_report_about_a_statement_is_no_statement_but_the_statement_itself_is() -> None:
    told = "RAWALPINDI: Eleven men were killed, ISPR said in a statement on Friday. " * 5
    assert genre("Eleven killed", told).kind == "report"
    assert genre("Joint statement of the two councils", "The two councils met.").kind == "statement"
    assert genre("No 88", "On 14 November a patrol was sent.", author="ISPR").kind == "statement"


def test_a_paper_s_own_editorial_is_an_op_ed_with_the_reason() -> None:
    guess = genre("The canal", "It was sold.", author="Editorial Board")
    assert guess.kind == "op_ed"
    assert "editorial" in guess.why


def test_what_shows_no_mark_is_not_guessed_at() -> None:
    assert genre("", "").kind == "unknown"


@given(st.text(max_size=300), st.text(max_size=600), st.text(max_size=80), st.text(max_size=30))
def test_any_text_gets_a_guess_and_a_reason(title: str, body: str, url: str, author: str) -> None:
    guess = genre(title, body, url, author, author, author)
    assert guess.kind in {"report", "op_ed", "analysis", "statement", "unknown"}
    assert guess.why
