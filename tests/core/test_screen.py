"""The screen on texts no page stands behind: what must pass, what must not, and the statuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import ArticleText, Dropped, Reason
from monitor.stages.screen import screen

PAGE = b"<html><head><title>Herald</title></head><body><article></article></body></html>"


def text(body: str, title: str = "Herald") -> ArticleText:
    return ArticleText(
        title=title, body=body, author=None, published=None, language=None, extractor="test"
    )


@pytest.mark.parametrize(
    "body",
    [
        "Two clerics crossed the border with a letter on Friday. Neither side would comment on it.",
        "The US and Pakistan will talk about visas next week, the Foreign Office said on Tuesday.",
        (
            "The passport office's page could not be found for six hours, a spokesman said."
            " Officials denied that any data had been lost."
        ),
        (
            "A court lifted the ban on a newspaper not available in the country since May."
            " The regulator said it would appeal, according to officials."
        ),
        "کرم میں پہاڑی درہ تین ماہ بعد کھول دیا گیا۔ حکام کے مطابق چالیس ٹرک وادی میں داخل ہوئے۔",
        "په کرم کې د غره لاره درې میاشتې وروسته پرانستل شوه او څلوېښت لارۍ ورننوتې، چارواکو وویل.",
        (
            "Zwei Geistliche brachten am Freitag einen Brief über die Grenze, sagte ein Beamter."
            " Sie wollte sich dazu nicht äußern."
        ),
    ],
)
def test_a_brief_of_two_sentences_passes_in_every_language(body: str) -> None:
    assert screen(text(body), body=PAGE) is None


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451, 500, 503])
def test_what_came_with_an_error_status_is_no_article_however_it_reads(status: int) -> None:
    refusal = screen(text("A long and true report. " * 50), body=PAGE, status=status)
    assert isinstance(refusal, Dropped)
    assert refusal.reason is Reason.NOT_ARTICLE
    assert str(status) in refusal.detail


def test_phrases_of_walls_inside_a_long_report_refuse_nothing() -> None:
    report = (
        "The survey asked readers about consent walls. We and our partners store and/or access"
        " information on a device, one reads. Verify you are human, says another. "
    )
    filler = "The ministry is drafting a rule that would shorten such notices greatly. " * 25
    assert screen(text(filler + report + filler), body=PAGE) is None


def test_a_page_with_many_related_headlines_is_still_an_article() -> None:
    related = "".join(f"<h3><a href=/{n}>Headline number {n} here</a></h3>" for n in range(40))
    page = f"<html><body><h1>Convoy crosses the reopened pass</h1>{related}</body></html>"
    body = "\n".join(["Forty lorries crossed the pass on Monday after three months. " * 8] * 4)
    assert screen(text(body, "Convoy crosses the reopened pass"), body=page) is None


def test_too_little_to_be_a_sentence_of_news_is_too_short() -> None:
    refusal = screen(text("Photos of the day"), body=PAGE)
    assert isinstance(refusal, Dropped)
    assert refusal.reason is Reason.TOO_SHORT


@given(st.text(max_size=300), st.binary(max_size=300), st.text(max_size=60))
def test_any_text_any_page_and_any_address_get_an_answer(body: str, page: bytes, url: str) -> None:
    answer = screen(text(body), body=page, url=url)
    assert answer is None or answer.detail
