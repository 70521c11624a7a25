"""What are we missing: the page that tells, and the queue that does not give the audit away."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from monitor.web.words import withheld
from store import articles, audit, reviews
from store.inquiry import PlanRow

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def tree_of(page: str) -> Any:
    return markup.fromstring(page)


def text_of(page: str) -> str:
    return " ".join(tree_of(page).text_content().split())


def rows_of(table: Any) -> list[str]:
    rows = table.xpath("./tbody/tr")
    return ["|".join(" ".join(c.text_content().split()) for c in row) for row in rows]


def drawn(room: Newsroom, title: str, score: float = 0.002, **verdict: Any) -> int:
    """Write an article that was rejected and drawn."""
    number = room.article("wire", title, f"{title}, officials said on Monday.", score=None)
    row = replace(
        room.verdict(number, title, "", score, (), (), "queue"),
        route="sample", probability=0.125, band=0, disposition="queued", threshold=0.1,
        calibrated=False, **verdict,
    )  # fmt: skip
    with closing(room.open()) as db:
        articles.save_verdicts(db, [row], [], AT)
    return number


def plan(room: Newsroom, **other: Any) -> None:
    cells: dict[str, Any] = {
        "day_on": AT.date(), "rule": "r", "made_at": AT, "threshold": 0.1,
        "why": "Scores of 0.10 and more are queued: so the settings say.",
        "bands": ((0.0, 0.005, 0.125), (0.005, 0.02, 0.25), (0.02, 0.1, 0.5)),
    }  # fmt: skip
    with closing(room.open()) as db:
        audit.save_plan(db, PlanRow(**(cells | other)))


# --- which one was drawn is not told --------------------------------------------------------


@dataclass(frozen=True)
class Row:
    score: float | None
    route: str | None = "queue"
    decision: str | None = None


@pytest.mark.parametrize(
    ("row", "threshold", "kept_back"),
    [
        (Row(0.01, "sample"), 0.1, True),
        (Row(0.2), 0.1, True),  # queued for its score, and yet not told: or the others would show
        (Row(0.5), 0.1, True),
        (Row(0.7), 0.1, False),
        (Row(0.7), 0.5, True),
        (Row(0.01, "sample", "not_relevant"), 0.1, False),
        (Row(0.01, "reject"), 0.1, False),
        (Row(None), 0.1, False),
    ],
)
def test_the_score_of_a_doubtful_one_in_the_queue_is_told_once_decided(
    row: Row, threshold: float, *, kept_back: bool
) -> None:
    assert withheld(row, threshold=threshold) is kept_back


def without_words(page: str, *own: str) -> str:
    """The page without what is one article's own: numbers, titles, times, tokens."""
    for word in own:
        page = page.replace(word, "")
    page = re.sub(r'<(?:time|input)[^>]*>.*?(?:</time>)?|value="[^"]*"', "", page, flags=re.DOTALL)
    return re.sub(r"\d+|wire\.example", "", page)


def test_a_drawn_article_looks_like_a_doubtful_one_that_was_queued(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """Same words, same links, same form: only its own text tells one page from the other."""
    plan(full_room)
    audited = drawn(full_room, "Glass yard opens in Sorkhab")
    onions = "Onion roofs open in Sorkhab"
    queued = full_room.article(
        "wire", onions, f"{onions}, officials said on Monday.",
        score=0.12, topics=("trade",),
    )  # fmt: skip
    with desk_over(full_room) as desk:
        for path in ("/articles/{}", "/queue?open={}"):
            one, other = desk.get(path.format(audited)).text, desk.get(path.format(queued)).text
            one = one[one.index('<article class="story"') : one.index("</article>")]
            other = other[other.index('<article class="story"') : other.index("</article>")]
            assert without_words(one, "Glass yard opens") == without_words(
                other, "Onion roofs open"
            )


def test_no_list_tells_a_drawn_one_by_its_score(full_room: Newsroom, desk_over: Serve) -> None:
    plan(full_room)
    audited = drawn(full_room, "Glass yard opens in Sorkhab")
    queued = full_room.article("wire", "Onion roofs open", "Onions.", score=0.12, topics=("trade",))
    with desk_over(full_room) as desk:
        for path in ("/queue", "/search?q=open*", "/"):
            tree = tree_of(desk.get(path).text)
            lines = {
                number: next(iter(tree.xpath(f"//a[contains(@href, '{number}')][.//span]")), None)
                for number in (audited, queued)
            }
            shown = [" ".join(a.text_content().split()) for a in lines.values() if a is not None]
            assert path == "/" or len(shown) == 2
            for line in shown:
                assert "(score told once decided)" in line
                assert not re.search(r"(?<!\d)\.\d\d", line)
                assert "trade" not in line
        assert "Its score is" not in desk.get("/why?url=https://wire.example/news/6").text


def test_after_the_decision_it_is_told_and_undoing_hides_it_again(
    full_room: Newsroom, desk_over: Serve
) -> None:
    plan(full_room)
    number = drawn(full_room, "Glass yard opens in Sorkhab")
    with desk_over(full_room) as desk:
        path = f"/articles/{number}"
        assert "drawn at random" not in desk.get(path).text
        form = desk.form(number)
        desk.post(f"{path}/decision", {**form, "answer": "not_relevant"})
        page = text_of(desk.get(path).text)
        assert "It had been rejected and was drawn at random, to see what is missed." in page
        assert "Why .00" in page
        desk.post(f"{path}/undo", {"from": "article"})
        assert "Why .00" not in desk.get(path).text


def test_what_was_queued_for_its_score_is_never_called_drawn(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desk_over(full_room) as desk:
        desk.post("/articles/1/decision", {**desk.form(1), "answer": "relevant"})
        assert "drawn at random" not in desk.get("/articles/1").text


def test_a_clear_case_shows_its_score_and_why_before_the_decision(reading: DeskUp) -> None:
    assert "Why .97" in reading.get("/articles/1").text
    assert "Why .02" in reading.get("/articles/5").text  # rejected: it is in no queue


# --- the order ------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_first_ten_hold_one_that_was_drawn_and_the_mix_is_a_setting(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    for n in range(30):
        newsroom.article("frontier", f"Story {n}", f"Text {n}.", score=0.99 - n / 50)
    newsroom.feed("wire")
    numbers = {drawn(newsroom, f"Drawn {n}") for n in range(4)}

    def first(desk: DeskUp, many: int) -> list[int]:
        hrefs = tree_of(desk.get("/queue").text).xpath("//ol[@class='lines']//a/@href")
        return [int(re.findall(r"open=(\d+)", href)[0]) for href in hrefs][:many]

    with desk_over(newsroom) as desk:
        assert len(numbers & set(first(desk, 10))) == 1
        assert len(numbers & set(first(desk, 20))) == 2
    with desk_over(newsroom, mix=lambda: (10, 0, 0)) as desk:
        assert not numbers & set(first(desk, 30))
    with desk_over(newsroom, mix=lambda: (0, 0, 1)) as desk:
        assert numbers == set(first(desk, 4))


# --- the page -------------------------------------------------------------------------------


def test_before_enough_decisions_the_page_says_what_it_takes(
    full_room: Newsroom, desk_over: Serve
) -> None:
    drawn(full_room, "Glass yard opens in Sorkhab")
    with desk_over(full_room) as desk:
        page = text_of(desk.get("/missed").text)
    assert "What is missed: not yet measurable" in page
    assert "it takes 20 decisions" in page
    assert "By the scores: not yet" in page
    assert "A usual rule of thumb stops after 50 in a row. It guarantees nothing" in page
    assert "Nobody has decided anything yet." in page


@pytest.mark.slow
def test_the_page_tells_estimate_interval_bands_and_what_it_rests_on(
    full_room: Newsroom, desk_over: Serve
) -> None:
    plan(full_room)
    numbers = [drawn(full_room, f"Drawn {n}") for n in range(22)]
    with closing(full_room.open()) as db:
        for at, number in enumerate(numbers[:21]):
            reviews.decide(
                db, article=number, answer="relevant" if at == 0 else "not_relevant", by="rida",
                now=AT + timedelta(minutes=at),
            )  # fmt: skip
    with desk_over(full_room) as desk:
        tree = tree_of(desk.get("/missed").text)
    page = " ".join(tree.text_content().split())
    assert re.search(r"About [\d.]+ missed in 28 days, between \d+ and \d+", page)
    assert "22 were drawn, 21 decided, 1 relevant" in page
    assert "1 drawn item waits in the queue, unmarked" in page
    assert "1 of those rejected has been accepted since" in page
    assert "Scores of 0.10 and more are queued: so the settings say." in page
    rows = rows_of(tree.xpath("//table")[0])
    assert rows[0].startswith("below 0.005|23|22|21 (95 %)|1|1.1|1 in 8")  # one was not drawn
    assert "The last 20 decisions were all “not relevant”." in page


@pytest.mark.slow
def test_a_backlog_tells_what_reading_on_would_find(newsroom: Newsroom, desk_over: Serve) -> None:
    for n in range(30):
        newsroom.article("frontier", f"Story {n}", f"Text {n}.", score=0.9 if n < 10 else 0.2)
    with desk_over(newsroom) as desk:
        tree = tree_of(desk.get("/missed").text)
    page = " ".join(tree.text_content().split())
    assert "30 queued stories wait. By their scores about 13 of them are relevant" in page
    assert "a prior estimate" in page
    assert rows_of(tree.xpath("//table")[-1]) == ["10|9.0|4.0", "25|12|1.0", "all 30|13|0"]
