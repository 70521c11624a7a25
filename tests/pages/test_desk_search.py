"""Search and Why on the desk: what is found, what is said of it, and how one key rescues it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from lxml import html

from classifiers.lexicon import load_lexicon
from monitor.articles.overruling import overrule
from monitor.inquiry.spelling import spellings_of
from store import articles, ledger, refusals, rescues, reviews, searches, tags
from store.kinds import Refusal
from tests.pages.conftest import NOW, DeskUp, Newsroom, Serve

CRICKET = "Cricket board names squad for the autumn tour"


@pytest.fixture
def desk(full_room: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    lexicon = load_lexicon()
    with desk_over(full_room, spell=lambda: spellings_of(lexicon)) as served:
        yield served


def tree_of(page: str) -> Any:
    return html.fromstring(page)


def titles(page: str) -> list[str]:
    return [
        "".join(node.itertext()).strip("●○ \n")
        for node in tree_of(page).xpath('//ol[@id="hits"]//*[@class="line-title"]')
    ]


def words(page: str) -> str:
    return " ".join(tree_of(page).text_content().split())


def find(desk: DeskUp, query: str, **filters: str) -> str:
    tail = "".join(f"&{name}={quote_plus(value)}" for name, value in filters.items())
    answer = desk.get(f"/search?q={quote_plus(query)}{tail}")
    assert answer.status_code == 200
    return str(answer.text)


# --- search ---------------------------------------------------------------------------------


def test_a_name_is_found_in_every_script_and_the_reader_is_told(desk: DeskUp) -> None:
    desk.room.article("subh", "تحریک طالبان سے مذاکرات", "تحریک کے ساتھ بات چیت", language="ur")
    page = find(desk, "Tehrik")
    assert "تحریک طالبان سے مذاکرات" in titles(page)
    assert "also looked for" in words(page)
    assert "tehreek" in words(page)
    only = find(desk, "Tehrik", as_typed="yes")
    assert titles(only) == []
    assert "All spellings of the names" in only
    assert titles(find(desk, '"Tehrik"')) == [], "a quoted word stands as it is written"


def test_the_words_are_marked_in_a_piece_of_the_text_and_urdu_runs_right_to_left(
    desk: DeskUp,
) -> None:
    desk.room.article("subh", "سرحد کی خبر", "حکام نے کہا کہ ناوگئی بازار بند ہے", language="ur")
    tree = tree_of(find(desk, "ناوگئی"))
    (piece,) = tree.xpath('//p[contains(@class, "excerpt")][.//mark[text()="ناوگئی"]]')
    assert piece.get("dir") == "rtl"
    assert piece.get("lang") == "ur"


def test_what_an_outlet_wrote_stays_text(desk: DeskUp) -> None:
    desk.room.article("frontier", "Plain", "before <script>alert(1)</script> torkhamish after")
    page = find(desk, "torkhamish")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"outlet": "Kabul Courier"}, {"Kabul Courier"}),
        ({"side": "international"}, {"Regional Wire"}),
    ],
)
def test_filters_stand_in_the_address_bar_and_narrow(
    desk: DeskUp, filters: dict[str, str], wanted: set[str]
) -> None:
    page = desk.get(f"/search?{'&'.join(f'{k}={quote_plus(v)}' for k, v in filters.items())}").text
    facts = tree_of(page).xpath('//ol[@id="hits"]//*[@class="line-facts"]/bdi[1]/text()')
    assert set(facts) == wanted
    (name, value) = next(iter(filters.items()))
    field = tree_of(page).xpath(f'//*[@name="{name}"]')[0]
    assert value in (field.get("value"), *field.xpath(".//option[@selected]/@value"))


def test_decisions_and_tags_narrow_too(desk: DeskUp) -> None:
    db = desk.room.open()
    reviews.decide(db, article=1, answer="relevant", by="Rida", now=NOW)
    tags.add(db, article=2, tags=["trucks"], by="Rida", now=NOW)
    accepted, tagged = articles.get(db, 1), articles.get(db, 2)
    db.close()
    assert accepted
    assert tagged
    assert titles(find(desk, "", decision="relevant")) == [accepted.title]
    assert titles(find(desk, "", tag="trucks")) == [tagged.title]
    assert accepted.title not in titles(find(desk, "", decision="undecided"))


def test_a_low_score_cannot_be_asked_for(desk: DeskUp) -> None:
    """Scores of what waits are told once decided; one filter after another would tell before."""
    assert titles(find(desk, "talks", minimum="0.2")) == titles(find(desk, "talks"))


def test_what_is_no_tag_narrows_nothing_and_does_not_stand_as_a_filter(desk: DeskUp) -> None:
    page = find(desk, "talks", tag="#")
    assert titles(page) == titles(find(desk, "talks"))
    assert 'name="tag" value="#"' not in page, "nor is it kept with the search"


def test_nothing_found_says_what_would_help(desk: DeskUp) -> None:
    page = find(desk, "zanzibarine", outlet="Kabul Courier")
    assert "within these filters" in words(page)
    assert 'href="/search?q=zanzibarine">Without the filter by outlet' in page
    assert '<a href="/why?url=zanzibarine">ask why' in page
    assert "Say what to look for as well" in find(desk, "-talks")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('"', "There is no word in that to look for."),
        ("OR", "There is no word in that to look for."),
        ('"zanzibarine crossing"', "No text we hold has these words in a row."),
        ("zanzibarine", "No text we hold has this word."),
        ("zanzibarine talks", "No text we hold has these words together."),
        ("zanzibarine OR xylophone", "No text we hold has any of these words."),
    ],
)
def test_what_is_not_found_is_called_what_it_is(desk: DeskUp, typed: str, said: str) -> None:
    page = words(find(desk, typed))
    assert said in page
    assert "OR*" not in page, "no sign is offered as the start of a word"


@pytest.mark.slow
def test_pages_follow_each_other_by_the_address_bar(desk: DeskUp) -> None:
    numbers = [
        desk.room.article("wire", f"Bulletin {n}", f"quarterly bulletin {n}", score=None)
        for n in range(43)
    ]
    first = find(desk, "quarterly")
    assert len(titles(first)) == 40
    assert "40 of 43 articles" in words(first)
    (older,) = tree_of(first).xpath('//a[@rel="next"]/@href')
    assert f"before={numbers[3]}" in older
    assert titles(desk.get(older).text) == ["Bulletin 2", "Bulletin 1", "Bulletin 0"]


@pytest.mark.parametrize(
    "hostile",
    ['"', "NEAR(a b", "talks " * 300, "\u202ename:x^2 * -", "title:", "OR OR", "a\x00b", "-" * 99],
)
def test_no_query_breaks_the_page(desk: DeskUp, hostile: str) -> None:
    assert desk.get(f"/search?q={quote(hostile)}").status_code == 200
    assert desk.get(f"/why?url={quote(hostile)}").status_code == 200


def test_a_headline_refused_before_it_was_read_is_found_and_has_a_page(desk: DeskUp) -> None:
    entry = desk.room.entry("", "Governor visits the zalmoxis dam", canonical_url=None)
    desk.room.poll("wire", entry)
    page = find(desk, "zalmoxis")
    assert "Known by the headline alone" in page
    (link,) = tree_of(page).xpath('//a[starts-with(@href, "/items/")]/@href')
    told = words(desk.get(link).text)
    assert "was refused" in told
    assert "the entry had no link" in told or "address cannot be used" in told


# --- saved searches -------------------------------------------------------------------------


def test_a_search_is_kept_for_everybody_and_counts_what_is_new(desk: DeskUp) -> None:
    saved = desk.post("/searches", {"q": "talks", "outlet": "Frontier Daily", "name": "Talks"})
    assert saved.headers["location"] == "/search?q=talks&outlet=Frontier+Daily&said=saved"
    assert "nothing new" in words(desk.get("/searches").text)
    desk.room.article("frontier", "New talks", "talks in Doha")
    assert "1 new" in words(desk.get("/searches").text)
    assert "1 new" in words(desk.get("/search").text), "the search page shows them too"
    desk.post("/searches/1/seen", {})
    assert "nothing new" in words(desk.get("/searches").text)
    assert desk.get("/searches/1").headers["location"] == "/search?q=talks&outlet=Frontier+Daily"
    page = desk.get("/search?q=talks&outlet=Frontier+Daily").text
    assert "/settings/rules?words=talks&amp;outlet=Frontier+Daily" in page


def test_a_saved_search_is_renamed_and_removed_and_its_lines_stay(desk: DeskUp) -> None:
    every = {"decision": "relevant", "kind": "op_ed", "topic": "talks", "since": "2026-11-01"}
    desk.post("/searches", {"q": "talks", "name": "Talks", **every})
    assert "decision relevant; kind op-ed" in words(desk.get("/searches").text).replace(" ;", ";")
    desk.post("/searches/1/rename", {"name": "Doha talks"})
    assert "Doha talks" in desk.get("/searches").text
    taken = desk.post("/searches", {"q": "trade", "name": "DOHA TALKS"})
    assert taken.status_code == 409
    assert "choose another" in words(taken.text)
    desk.post("/searches/1/remove", {})
    assert "Doha talks" not in desk.get("/searches").text
    assert desk.get("/searches/1").status_code == 404
    db = desk.room.open()
    assert [line.gone for line in searches.history(db, 1)] == [False, False, True]
    db.close()


# --- why ------------------------------------------------------------------------------------


def why(desk: DeskUp, raw: str) -> str:
    answer = desk.get(f"/why?url={quote_plus(raw)}")
    assert answer.status_code == 200, answer.status_code
    return str(answer.text)


def rejected(desk: DeskUp) -> Any:
    db = desk.room.open()
    row = next(r for n in range(1, 12) if (r := articles.get(db, n)) and r.title == CRICKET)
    db.close()
    return row


def test_a_headline_is_known_again_and_one_nearly_the_same_too(desk: DeskUp) -> None:
    page = words(why(desk, CRICKET.upper()))
    assert "1 headline is like it" in page
    assert "the same words" in page
    near = words(why(desk, "Cricket board names its squad for the tour"))
    assert "of the words in common" in near
    assert CRICKET in near
    assert "No headline we know is like this" in why(desk, "Wheat prices fall in Multan")


def test_why_says_on_what_grounds_a_text_was_rejected(desk: DeskUp) -> None:
    told = words(why(desk, rejected(desk).url))
    assert "below .10, from which on articles were queued, so nobody was shown it" in told
    assert "Nobody has decided on it" in told


def test_one_key_puts_a_rejected_article_into_the_queue_and_it_can_be_undone(desk: DeskUp) -> None:
    row = rejected(desk)
    page = why(desk, row.url)
    assert 'data-key="r"' in page
    desk.post("/you", {"name": "Rida"})
    answer = desk.post("/why/rescue", {"article": str(row.article), "url": row.url})
    assert answer.headers["location"].endswith("said=queue")
    after = desk.get(answer.headers["location"]).text
    assert "It is in the queue now." in after
    assert "put it into the queue" in words(after)
    assert "Take it out of the queue again" in after
    db = desk.room.open()
    standing = rescues.standing(db, row.article)
    now = articles.get(db, row.article)
    books = ledger.ledger(db)
    db.close()
    assert standing
    assert now
    assert (now.route, now.disposition) == ("queue", "queued")
    assert books.found == books.waiting + books.queued + books.rejected + books.duplicate + sum(
        [*books.dropped.values(), *books.failed.values()]
    )
    back = {"article": str(row.article), "line": str(standing.id), "url": row.url}
    assert desk.post("/why/undo", back).headers["location"].endswith("said=undone")
    db = desk.room.open()
    again = articles.get(db, row.article)
    db.close()
    assert again
    assert (again.route, again.disposition) == ("reject", "rejected")


def test_an_address_never_seen_can_be_entered_by_hand(desk: DeskUp) -> None:
    url = "https://elsewhere.example/2026/11/a-story"
    assert "Enter it by hand" in why(desk, url)
    answer = desk.post("/why/enter", {"url": url})
    told = words(desk.get(answer.headers["location"]).text)
    assert "Entered by hand" in told
    assert "It is to be read at the next harvest" in told
    assert "What people did with it" in told
    assert "entered by hand (entered by hand)" not in told
    db = desk.room.open()
    assert [p.url for p in articles.pending(db, NOW, 5000)].count(url) == 1
    db.close()
    assert desk.post("/why/enter", {"url": url}).headers["location"].endswith("said=known")


def test_what_was_entered_by_hand_is_of_no_feed_that_may_be_unwell(desk: DeskUp) -> None:
    """It is counted in the books, and listed among the feeds nowhere."""
    before = {page: words(desk.get(page).text) for page in ("/coverage", "/settings/feeds")}
    desk.post("/why/enter", {"url": "https://elsewhere.example/2026/11/a-story"})
    for page, told in before.items():
        heading = re.search(r"(\d+ feeds? of \d+ (?:is|are) unwell|All \d+ feeds are well)", told)
        now = words(desk.get(page).text)
        assert "by-hand" not in now, page
        assert heading is None or heading[1] in now, page
    assert "by-hand" not in desk.get("/api/feeds").text
    assert "It is no feed" in words(desk.get("/coverage/by-hand").text)
    assert "entered by hand" in words(desk.get("/calendar").text)


def test_an_article_that_failed_is_tried_again(desk: DeskUp) -> None:
    url = "https://wire.example/news/broken"
    desk.room.poll("wire", desk.room.entry(url, "A page that broke"))
    db = desk.room.open()
    number = next(p.article for p in articles.pending(db, NOW, 5000) if p.url == url)
    articles.save_failure(db, number, fault="deadline", detail="20 s", next_try_at=None, now=NOW)
    db.close()
    told = words(why(desk, url))
    assert "could not be read" in told
    assert "the server took too long" in told
    desk.post("/why/rescue", {"article": str(number), "url": url})
    db = desk.room.open()
    assert number in [p.article for p in articles.pending(db, NOW, 5000)]
    assert ledger.ledger(db).failed == {"deadline": 1}, "it keeps its place until it is read"
    db.close()


def test_a_refused_page_is_brought_back_with_the_text_that_was_kept(
    full_room: Newsroom, desk_over: Serve
) -> None:
    url = "https://wire.example/news/walled"
    full_room.poll("wire", full_room.entry(url, "Envoy meets traders at Torkham"))
    db = full_room.open()
    number = next(p.article for p in articles.pending(db, NOW, 5000) if p.url == url)
    refused: Any = {
        "text_from": "headline",
        "refused": "not_article",
        "refused_detail": "It asks you.",
    }
    wall = full_room.text(number, "Envoy meets traders at Torkham", "", None, "en")
    articles.save_text(db, replace(wall, **refused), NOW)
    refusals.keep(
        db,
        Refusal(
            article=number, refused_at=NOW, reason="not_article", kind="consent",
            detail="It asks you.", title="Envoy meets traders", body="Traders said so. " * 90,
            extractor="t 1",
        ),
    )  # fmt: skip
    db.close()
    lexicon = load_lexicon()

    def act(db: Any, article: int, by: str, _does: bool) -> str:
        return overrule(db, article=article, by=by, now=NOW, lexicon=lexicon)

    with desk_over(full_room, overrule=act) as up:
        told = words(why(up, url))
        assert "Its page was refused, so its headline alone was judged: It asks you." in told
        assert "It is an article: judge its text" in told
        answer = up.post("/why/rescue", {"article": str(number), "url": url})
        assert answer.headers["location"].endswith("said=overrule")
        assert "overruled that" in words(why(up, url))
    db = full_room.open()
    text = articles.text(db, number)
    db.close()
    assert text
    assert text.body.startswith("Traders said so.")


def test_readers_may_look_and_change_nothing(full_room: Newsroom, desk_over: Serve) -> None:
    with desk_over(full_room, people={"Ada": "administrator", "Omar": "reader"}) as up:
        assert up.sign_in("Omar").status_code == 303
        page = up.get("/search?q=talks").text
        assert "Save for everybody" not in page
        assert "Enter it by hand" not in up.get("/why?url=https://x.example/1").text
        assert up.post("/searches", {"q": "talks", "name": "T"}).status_code == 403
        assert up.post("/why/enter", {"url": "https://x.example/1"}).status_code == 403


@pytest.mark.slow
def test_pages_of_search_stay_small(desk: DeskUp) -> None:
    for number in range(60):
        desk.room.article("wire", "خبر " * 24 + str(number), "مذاکرات " * 900, language="ur")
    page = desk.get("/search?q=مذاکرات").content
    assert len(page) < 60_000
    assert len(re.findall(b"<mark>", page)) > 40
