"""One article on the desk: what counted marked in place, the grim folded, edits told by word."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from classifiers.lexicon import load_lexicon
from monitor.articles import claiming
from store import articles, imports, placing, reviews
from store.learned import Label

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
TITLE = "Bodies found as Pakistan, Kabul resume talks"
BODY = (
    "Officials of Pakistan and the authorities in Kabul agreed to resume talks at Torkham.\n"
    "Some 4,000 trucks wait on both sides of the border, most with fruit and cement.\n"
    "The charred bodies of two drivers were found by the road. Both had been tortured. Their "
    "families asked for calm.\n"
    "The next meeting is planned for Tuesday in Doha, a diplomat said."
)
EDITED = (
    BODY.replace("4,000", "6,000").replace("on Tuesday", "on Friday")
    + "\nTraders <b>asked</b> for a date."
)
ESSAY = (
    "Nobody asks the drivers. Officials of Pakistan and the authorities in Kabul agreed to resume "
    "talks once more. Thousands of trucks wait on both sides of the border, with fruit and cement."
)


def parsed(page: str) -> Any:
    """The page as lxml has it; its stubs know too little of what a path can find."""
    return markup.fromstring(page)


def said(page: str, path: str = "//main") -> str:
    return " ".join(parsed(page).xpath(f"string({path})").split())


def judged(
    room: Newsroom, number: int, *, example: str, title: str, body: str, **facts: Any
) -> None:
    """Judge an article again, with another nearest example."""
    given: dict[str, Any] = {"score": 0.9, "version": 1, "words": ("Kabul", "trucks"), **facts}
    row = room.verdict(number, title, body, given["score"], given["words"], (), "queue")
    evidence = json.loads(row.evidence)
    evidence["nearest"] = {"example": example, "title": "As recorded", "similarity": 0.43}
    told = replace(row, version=given["version"], evidence=json.dumps(evidence), model="model-2")
    with closing(room.open()) as db:
        articles.save_verdicts(db, [told], [], NOW)


def grim(room: Newsroom, **facts: Any) -> int:
    given: dict[str, Any] = {"words": ("Kabul", "drivers", "trucks"), **facts}
    return room.article("frontier", TITLE, BODY, **given)


def edit(room: Newsroom, number: int, title: str, body: str) -> None:
    with closing(room.open()) as db:
        articles.save_text(db, room.text(number, title, body, "A. Reporter", "en"), NOW)


# --- marks ----------------------------------------------------------------------------------


def test_names_and_terms_are_marked_apart_and_told_once_to_those_who_listen(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    with desk_over(newsroom, named=frozenset({"c0"})) as up:
        page = up.get(f"/articles/{number}").text
    tree = parsed(page)
    told = [(m.text, m.get("class"), m.get("title")) for m in tree.xpath("//main//mark")]
    assert ("Kabul", "named", "name: Pakistan") in told
    assert ("trucks", None, "term: trucks") in told
    legend = " ".join(tree.xpath("string(//p[contains(@class, 'legend-of-marks')])").split())
    assert "the term trucks, once" in legend
    body = tree.xpath("string(//div[contains(@class, 'text')])")
    assert body.count("trucks") == 1, "no word stands twice in the text because it is marked"


def test_the_sentences_that_weigh_most_are_barred_in_words_too(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = newsroom.article("frontier", "At the border", BODY, words=("Pakistan", "Torkham"))
    with desk_over(newsroom) as up:
        tree = parsed(up.get(f"/articles/{number}").text)
    (bar,) = tree.xpath("//span[@class='weighs']")
    assert bar.text_content().startswith("(weighs most) Officials of Pakistan")
    assert bar.text_content().strip().endswith("at Torkham.")


def test_while_the_score_is_kept_back_nothing_on_the_page_tells_it(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom, score=0.3)
    judged(newsroom, number, example="seed:1", title=TITLE, body=BODY, score=0.3)
    with desk_over(newsroom, named=frozenset({"c0"})) as up:
        page = up.get(f"/articles/{number}").text
        text = said(page)
        for word in (
            "weighs",
            "Barred",
            "Nearest example",
            "log-odds",
            "As recorded",
            "decision line",
        ):
            assert word not in page, word
        assert "told once you have decided" in text
        assert parsed(page).xpath("//main//mark"), "what it is about is still underlined"
        with closing(newsroom.open()) as db:
            reviews.decide(db, article=number, answer="relevant", by="Rabia", now=NOW)
        after = up.get(f"/articles/{number}").text
    assert "Nearest example" in after
    assert "weighs" in after


def test_whoever_is_to_read_it_blind_sees_no_bar_and_not_what_made_another_an_example(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    other = newsroom.article("frontier", "Trucks wait again", ESSAY)
    number = newsroom.article("frontier", "At the border", BODY, words=("Pakistan", "Torkham"))
    third = newsroom.article("frontier", "At the border again", BODY + " Rain.", words=("Kabul",))
    judged(newsroom, third, example=f"article:{other}", title="At the border again", body=BODY)
    people = {"Boss": "administrator", "Rabia": "reviewer", "Omar": "reviewer"}
    with desk_over(newsroom, people=people, read_twice=lambda: 1.0) as up:
        assert up.sign_in("Rabia").status_code == 303
        for drawn in (number, other):
            with closing(newsroom.open()) as db:
                reviews.decide(
                    db, article=drawn, answer="relevant", by="Rabia", now=NOW, read_twice=1.0
                )
        assert "weighs most" in up.get(f"/articles/{number}").text
        with up.beside("Omar") as omar:
            blind, near = (omar.get(f"/articles/{n}").text for n in (number, third))
    for word in ("weighs most", "Barred", "Nearest example", "log-odds", "Rabia"):
        assert word not in blind, word
    told = said(near, "//div[@class='nearest']")
    assert "An article, Frontier Daily" in told
    assert "accepted" not in told
    assert "Rabia" not in told


def test_marks_follow_the_words_into_a_later_version(newsroom: Newsroom, desk_over: Serve) -> None:
    number = grim(newsroom)
    edit(
        newsroom, number, TITLE, f"A new first line, before all.\n{BODY.replace('trucks', 'carts')}"
    )
    with desk_over(newsroom) as up:
        tree = parsed(up.get(f"/articles/{number}").text)
    assert [m.text for m in tree.xpath("//div[contains(@class, 'text')]//mark")] == ["drivers"]


# --- the nearest example --------------------------------------------------------------------


def test_the_nearest_text_is_named_with_its_source_and_what_both_say(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    label = Label(
        id="import:9", title="When a <crossing> shuts", body=ESSAY, outlet="Review of Roads",
        language="en", side=None, relevant=True, origin="seed", by="R.", at=NOW,
        url="https://review.example/1",
    )  # fmt: skip
    with closing(newsroom.open()) as db:
        imports.add(db, [label])
    judged(newsroom, number, example="import:9", title=TITLE, body=BODY)
    with desk_over(newsroom) as up:
        page = up.get(f"/articles/{number}").text
    near = said(page, "//div[@class='nearest']")
    assert "Nearest example: When a <crossing> shuts (likeness .43; similar, not a reason)" in near
    assert "A seed of the topic, Review of Roads, 2026-11-21 · review.example" in near
    assert "there Thousands of trucks wait on both sides of the border" in near
    assert "<crossing>" not in page, "what strangers wrote is escaped"


def test_an_accepted_article_is_linked_and_an_undone_one_says_so(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    other = newsroom.article("frontier", "Trucks wait again", ESSAY)
    number = grim(newsroom)
    judged(newsroom, number, example=f"article:{other}", title=TITLE, body=BODY)
    with closing(newsroom.open()) as db:
        reviews.decide(db, article=other, answer="relevant", by="Rabia", now=NOW)
    with desk_over(newsroom) as up:
        page = up.get(f"/articles/{number}").text
        near = said(page, "//div[@class='nearest']")
        assert parsed(page).xpath(f"//div[@class='nearest']//a[@href='/articles/{other}']")
        assert "An accepted article, Frontier Daily" in near
        assert "accepted by Rabia" in near
        with closing(newsroom.open()) as db:
            reviews.undo(db, article=other, by="Rabia", now=NOW)
        assert "undone since" in said(up.get(f"/articles/{number}").text)


def test_of_a_seed_that_is_not_held_its_words_are_told(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    judged(newsroom, number, example="seed-a", title=TITLE, body=BODY)
    terms = {"resume talks": 0.3, "cement": 0.2, "chess": 0.9}
    seed = {"id": "seed-a", "title": "Of roads", "author": "A. Writer", "terms": terms}
    profile = {"terms": {"cement": {"rarity": 4.0}}, "seeds": [seed]}
    with desk_over(newsroom, profile=profile) as up:
        near = said(up.get(f"/articles/{number}").text, "//div[@class='nearest']")
    assert "Of roads" in near
    assert "A. Writer. Both write of" in near
    assert "Both write of resume talks, cement. The text is not held here" in near


def test_of_an_example_that_is_gone_the_title_of_the_record_is_shown(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    judged(newsroom, number, example="import:gone", title=TITLE, body=BODY)
    with desk_over(newsroom) as up:
        near = said(up.get(f"/articles/{number}").text, "//div[@class='nearest']")
    assert near.startswith("Nearest example: As recorded")
    assert "Nothing more is known of it here" in near


# --- graphic passages -----------------------------------------------------------------------


def test_a_graphic_passage_is_folded_until_it_is_asked_for(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    with desk_over(newsroom) as up:
        page, unfolded = (up.get(f"/articles/{number}{q}").text for q in ("", "?unfold=1"))
    (fold,) = parsed(page).xpath("//details[@class='grim']")
    assert fold.get("open") is None
    assert " ".join(fold.findtext("summary/bdi").split()) == "A graphic passage (2 sentences)"
    assert "tortured" in fold.text_content()
    assert "families asked for calm" not in fold.text_content()
    assert parsed(page).xpath("string(//h1)").strip() == TITLE, "a headline is never folded"
    assert "drivers" in parsed(page).xpath("string(//section[@class='why']//summary)")
    assert parsed(unfolded).xpath("//details[@class='grim']/@open") == ["open"] or parsed(
        unfolded
    ).xpath("//details[@class='grim'][@open]")


# --- versions -------------------------------------------------------------------------------


def test_an_edit_is_told_by_paragraph_and_word_with_the_headline_on_top(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    edit(newsroom, number, TITLE.replace("resume", "delay"), EDITED)
    with desk_over(newsroom) as up:
        known = up.get(f"/articles/{number}").text
        assert f'href="/articles/{number}/versions"' in known
        page = up.get(f"/articles/{number}/versions").text
    tree = parsed(page)
    first = tree.xpath("//div[contains(@class, 'difference')]/p")[0]
    assert [d.text_content() for d in first.xpath("./del | ./ins")] == [
        "[removed: resume] ", "[added: delay] "
    ]  # fmt: skip
    changed = [d.text_content() for d in tree.xpath("//p[contains(@class, 'is-changed')]//ins")]
    assert changed == ["[added: 6,000] "]
    assert "The headline changed; 1 paragraph changed and 1 paragraph came." in said(page)
    assert "Came: [added: Traders <b>asked</b> for a date.]" in said(page)
    assert "<b>asked" not in page
    assert tree.xpath("//details[@class='grim']"), "what is folded there is folded here"


@pytest.mark.row(22)
def test_a_decision_on_an_earlier_text_stands_and_says_so(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    with closing(newsroom.open()) as db:
        reviews.decide(db, article=number, answer="relevant", by="rida", now=NOW)
    with desk_over(newsroom) as up:
        assert "The text changed since" not in up.get(f"/articles/{number}").text
    edit(newsroom, number, TITLE.replace("resume", "delay"), EDITED)
    with desk_over(newsroom) as up:
        told = said(up.get(f"/articles/{number}").text)
    assert "rida said relevant" in told.replace("Relevant", "relevant")
    assert "The text changed since: that was version 1 of 2; what changed." in told


def test_any_two_versions_can_be_asked_for_and_nonsense_shows_the_last_two(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    edit(newsroom, number, TITLE, EDITED)
    edit(newsroom, number, TITLE, EDITED.replace("6,000", "7,500"))
    asked = {
        "from=1&to=3": "version 1 to version 3", "from=3&to=1": "version 1 to version 3",
        "to=2": "version 1 to version 2", "": "version 2 to version 3",
        "from=9&to=-1": "version 2 to version 3", "from=3&to=3": "version 2 to version 3",
        "from=%3Cscript%3E": "version 2 to version 3",
    }  # fmt: skip
    with desk_over(newsroom) as up:
        for query, wanted in asked.items():
            answer = up.get(f"/articles/{number}/versions?{query}")
            assert answer.status_code == 200
            assert said(answer.text, "//h2") == f"From {wanted}", query


def test_one_version_has_nothing_to_compare_and_no_article_is_a_plain_404(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    with desk_over(newsroom) as up:
        assert "nothing to compare" in said(up.get(f"/articles/{number}/versions").text)
        for path in ("/articles/999/versions", "/articles/x/versions", "/articles/0/versions"):
            assert up.get(path).status_code == 404


def test_a_long_unchanged_stretch_is_folded(newsroom: Newsroom, desk_over: Serve) -> None:
    lines = [f"Paragraph {n} of a long report on the road to Kabul." for n in range(40)]
    number = newsroom.article("frontier", "The road", "\n".join(lines))
    edit(newsroom, number, "The road", "\n".join([*lines[:20], "One more came.", *lines[20:]]))
    with desk_over(newsroom) as up:
        tree = parsed(up.get(f"/articles/{number}/versions").text)
    folds = [" ".join(s.text_content().split()) for s in tree.xpath("//details/summary")]
    assert folds[:2] == ["19 paragraphs unchanged", "19 paragraphs unchanged"]


def test_one_unchanged_paragraph_alone_is_not_folded(newsroom: Newsroom, desk_over: Serve) -> None:
    lines = [f"Paragraph {n} of a report on the road to Kabul." for n in range(7)]
    number = newsroom.article("frontier", "The road", "\n".join(lines))
    changed = [line + " So it was." if n in {0, 4} else line for n, line in enumerate(lines)]
    edit(newsroom, number, "The road", "\n".join(changed))
    with desk_over(newsroom) as up:
        tree = parsed(up.get(f"/articles/{number}/versions").text)
    assert not tree.xpath("//details[@class='stayed']")
    assert "Paragraph 2 of a report" in tree.text_content()


# --- facts, neighbours ----------------------------------------------------------------------


def test_every_fact_tells_where_it_comes_from_and_its_lines_in_the_books_are_there(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    with closing(newsroom.open()) as db:
        placing.note_wires(db, number, ("AFP",))
    with desk_over(newsroom) as up:
        page = up.get(f"/articles/{number}").text
        facts = said(page, "//dl[contains(@class, 'facts')]")
        assert "written as Sat, 21 Nov 2026 11:20:00 +0500 by the feed" in facts
        assert "trafilatura 2.3.1 fast, from the page" in facts
        assert "First seen" in facts
        (line,) = parsed(page).xpath("//a[starts-with(@href, '/ledger/items')]/@href")
        assert TITLE in said(up.get(line).text)


@pytest.fixture
def told_twice(newsroom: Newsroom) -> tuple[int, int, int]:
    """Three articles of a story: two texts from two sides, and a copy of the first."""
    newsroom.feed("kabul", outlet="Kabul Courier", side="afghanistan")
    first = newsroom.article(
        "frontier",
        "Five killed in Bannu blast",
        (
            "PESHAWAR: At least five people were killed in a blast in Bannu, police said.\n"
            "“Those who shelter the attackers will answer,” Defence Minister Khawaja Asif said."
        ),
    )
    second = newsroom.article(
        "kabul",
        "Toll in Bannu rises",
        ("The death toll from the blast in Bannu rose to 12, ISPR said."),
    )
    copy = newsroom.article("kabul", "Five killed in Bannu blast again", "Five people died.")
    with closing(newsroom.open()) as db:
        db.execute(
            "INSERT OR REPLACE INTO stories (id, first_at, last_at, members) VALUES (?, ?, ?, 3)",
            (first, NOW.isoformat(), NOW.isoformat()),
        )
        db.execute(
            "UPDATE articles SET story = ? WHERE id IN (?, ?, ?)", (first, first, second, copy)
        )
        db.execute(
            "UPDATE articles SET published_at = ? WHERE id = ?",
            ("2026-11-21T05:00:00+00:00", first),
        )
        db.execute("UPDATE articles SET copy_of = ? WHERE id = ?", (first, copy))
        db.conn.commit()
        claiming.note(db, lexicon=load_lexicon(), now=NOW)
    return first, second, copy  # fmt: skip


def test_the_others_of_a_story_tell_who_was_first_and_what_each_adds(
    newsroom: Newsroom, desk_over: Serve, told_twice: tuple[int, int, int]
) -> None:
    first, second, copy = told_twice
    with desk_over(newsroom) as up:
        page, later = (up.get(f"/articles/{n}").text for n in (first, second))
    others = said(page, "//section[@aria-label='The others of its story']")
    assert "told first here" in said(page)
    assert "Another side: Afghan" in others
    assert "Adds People killed · Bannu: 12" in others
    assert parsed(page).xpath(f"//section//a[@href='/articles/{copy}']")
    assert "The same text: Kabul Courier" in others
    assert "told first by Frontier Daily" in said(later)


def test_what_it_claims_is_listed_with_who_says_it(
    newsroom: Newsroom, desk_over: Serve, told_twice: tuple[int, int, int]
) -> None:
    with desk_over(newsroom) as up:
        page = up.get(f"/articles/{told_twice[0]}").text
        says = said(page, "//section[@aria-label='What it says in figures and quotes']")
        assert "1 figure 1 quote" in says
        assert "“Those who shelter the attackers will answer” Khawaja Asif" in says
        assert "People killed · Bannu: at least 5" in says
        assert "says police" in says
        (claim,) = parsed(page).xpath("//section//a[starts-with(@href, '/claims/')]/@href")
        assert up.get(claim).status_code == 200


# --- limits and hostile texts ---------------------------------------------------------------


@pytest.mark.slow
def test_a_long_text_is_read_on_behind_a_link_and_its_page_stays_small(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    body = "\n".join(f"{BODY} And so on, {n}." for n in range(1_000))
    number = newsroom.article("frontier", "A very long text", body, words=("Pakistan",))
    with desk_over(newsroom) as up:
        page = up.get(f"/articles/{number}")
        assert len(page.content) < 60_000
        assert "Read on: about" in said(page.text)
        (link,) = parsed(page.text).xpath("//p[@class='read-on']/a/@href")
        whole = up.get(link).text
    assert "And so on, 999." in whole
    assert "read-on" not in whole


def test_markup_in_a_text_is_text_and_its_addresses_are_no_links(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    body = (
        "<img src=https://evil.example/p.png onerror=alert(1)> said the guard.\n"
        "<details open><summary>x</summary> https://evil.example/a and Kabul.\n"
        "\u202eThe bodies were found charred <script>alert(2)</script>\u2066."
    )
    number = newsroom.article("frontier", "A <b>bold</b> headline", body, words=("Kabul",))
    edit(newsroom, number, "A <i>bolder</i> headline", body.replace("guard", "<u>guard</u>"))
    with desk_over(newsroom) as up:
        pages = [up.get(f"/articles/{number}{tail}") for tail in ("", "?all=1", "/versions")]
    for page in pages:
        tree = parsed(page.text)
        assert not tree.xpath("//main//img | //main//script | //main//i | //main//b[text()='bold']")
        assert not tree.xpath("//main//u | //a[contains(@href, 'evil')]")
        assert "\u202e" not in page.text
        assert "\u2066" not in page.text


def test_links_that_lead_out_name_their_host_and_tell_nobody_where_from(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    with desk_over(newsroom) as up:
        tree = parsed(up.get(f"/articles/{number}").text)
    out = tree.xpath("//main//a[starts-with(@href, 'http')]")
    assert out
    for link in out:
        assert "external" in link.get("rel").split()
        assert "noreferrer" in link.get("rel").split()
        assert "frontier.example" in link.text_content()


def test_a_reader_sees_all_of_it_and_no_form_they_may_not_send(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    number = grim(newsroom)
    people = {"Boss": "administrator", "Guest": "reader"}
    with desk_over(newsroom, people=people) as up:
        assert up.sign_in("Guest").status_code == 303
        tree = parsed(up.get(f"/articles/{number}").text)
    assert not tree.xpath(
        "//main//form[contains(@action, '/genre') or contains(@action, '/strands')]"
    )
    assert tree.xpath("//main//mark")
