"""An article that both the feed and its page carry: the better text is kept, and it says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import ArticleText
from monitor.stages.extract import better
from monitor.stages.extract.choice import breaks_off

SENTENCES = [
    f"Lorry number {n} crossed the pass with wheat for the upper valley, the elders said."
    for n in range(30)
]


def text(body: str, aside: tuple[tuple[int, int], ...] = ()) -> ArticleText:
    return ArticleText(
        title="Convoy", body=body, author=None, published=None, language=None, extractor="test",
        aside=aside,
    )  # fmt: skip


WHOLE = "\n".join(SENTENCES)
HALF = "\n".join(SENTENCES[:12])
LINKS = "\n".join(f"Another story number {n}" for n in range(60))


@pytest.mark.parametrize(
    ("page", "feed", "kept", "why"),
    [
        (WHOLE, HALF, "page", "The page carries more of it"),
        (HALF, WHOLE, "feed", "The feed carries more of it"),
        (WHOLE, WHOLE, "page", "Both are whole"),
        (WHOLE, f"{HALF}\nLorry number 12 […]", "page", "The feed's text breaks off"),
        (HALF, f"{WHOLE}\nRead more", "page", "The feed's text breaks off"),
        (f"{HALF}\nSubscribe to continue reading.", WHOLE, "feed", "The page's text breaks off"),
        (f"{WHOLE}\nThe elders then…", WHOLE, "feed", "The page's text breaks off"),
        (f"{WHOLE}\nContinue reading", HALF, "page", "The page carries more of it"),
        (f"{HALF}\n{LINKS}", WHOLE, "feed", "The feed carries more of it"),
        (f"{HALF}\nSign in to keep reading", f"{HALF}\n[...]", "page", "Both are whole"),
        ("", WHOLE, "feed", "The feed carries more of it"),
        (WHOLE, "", "page", "The page carries more of it"),
    ],
)
def test_the_text_that_goes_on_is_kept(page: str, feed: str, kept: str, why: str) -> None:
    choice = better(text(page), text(feed))
    assert choice.text_from == kept
    assert choice.text.body == (page if kept == "page" else feed)
    if why != "Both are whole" or kept != "page" or page == feed:
        assert choice.why.startswith(why)


def test_the_reason_gives_both_figures() -> None:
    """A person who doubts the choice can count."""
    why = better(text(WHOLE), text("One sentence of the elders.")).why
    assert why == (
        "The page carries more of it: the page has 2,450 characters in 30 sentences,"
        " the feed 27 characters in 1 sentence."
    )


def test_of_two_whole_texts_the_one_without_other_stories_is_kept() -> None:
    boxed = f"{WHOLE}\nMore on the valley: a long headline about something else altogether here"
    choice = better(text(boxed, ((len(WHOLE) + 1, len(boxed)),)), text(WHOLE))
    assert choice.text_from == "feed"
    assert "less beside it" in choice.why


@pytest.mark.parametrize(
    "end",
    ["…", "[…]", "[&#8230;]", "...", "Read more", "Read more »", "View full story", "مزید پڑھیں",
     "Already a subscriber? Sign in", "This article is for subscribers only."],
)  # fmt: skip
def test_an_ending_that_says_it_goes_on_elsewhere_is_known(end: str) -> None:
    assert breaks_off(f"{HALF} {end}")
    assert not breaks_off(f"{HALF} {end} {WHOLE}")


@given(st.text(max_size=300), st.text(max_size=300))
def test_one_of_the_two_is_kept_whatever_they_say(page: str, feed: str) -> None:
    choice = better(text(page), text(feed))
    assert choice.text.body == {"page": page, "feed": feed}[choice.text_from]
    assert choice.why.endswith(".")
