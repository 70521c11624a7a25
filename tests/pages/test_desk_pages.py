"""What each page of the desk promises, asked over real HTTP of a real store."""

from __future__ import annotations

import html
import re
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from lxml import html as markup

from monitor.web.words import ran
from store import articles, changes, corpus, health, outbox, reviews
from store.messages import Outgoing
from store.polls import FeedState

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Any:
    with desk_over(full_room) as desk:
        yield desk


def tree_of(page: str) -> Any:
    return markup.fromstring(page)


def heading(page: str) -> str:
    return " ".join(tree_of(page).xpath("string(//h1)").split())


def listed(page: str) -> list[str]:
    titles = tree_of(page).xpath("//ol[@class='lines']//bdi[1]")
    return [t.text_content() for t in titles if "line-title" in t.getparent().get("class", "")]


PAGES = (
    "/",
    "/queue",
    "/articles/1",
    "/search",
    "/search?q=talks",
    "/why",
    "/why?url=https://frontier.example/news/1",
    "/coverage",
    "/coverage/frontier",
    "/ledger",
    "/ledger/items?disposition=queued",
    "/digests",
    "/alerts",
    "/corpus",
    "/judgement",
    "/missed",
    "/you",
)


# --- every page -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_landmarks_one_heading_and_a_label_for_every_field(
    reading: DeskUp, path: str
) -> None:
    answer = reading.get(path)
    assert answer.status_code == 200
    tree = tree_of(answer.text)
    assert tree.get("lang") == "en"
    assert len(tree.xpath("//main")) == 1
    assert len(tree.xpath("//h1")) == 1
    assert tree.xpath("//nav[@aria-label]")
    for control in tree.xpath("//input[not(@type='hidden')]|//select|//textarea"):
        assert control.xpath("ancestor::label") or tree.xpath(
            f"//label[@for='{control.get('id')}']"
        )
    for name in tree.xpath("//@id"):
        assert len(tree.xpath(f"//*[@id='{name}']")) == 1
    assert "None" not in tree.text_content()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_loads_nothing_from_outside_and_needs_no_script_in_place(
    reading: DeskUp, path: str
) -> None:
    tree = tree_of(reading.get(path).text)
    for source in tree.xpath("//@src|//link/@href|//form/@action|//img/@srcset"):
        assert re.match(r"/(?!/)", source), source
    assert not tree.xpath("//script[not(@src)]|//style|//@style|//iframe")
    assert not [a for e in tree.iter() for a in getattr(e, "attrib", {}) if a.startswith("on")]
    for out in tree.xpath("//a[starts-with(@href, 'http')]"):
        assert out.get("rel") == "noreferrer noopener external"


def test_an_empty_newsroom_has_every_page_too(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom) as desk:
        for path in PAGES:
            answer = desk.get(path)
            assert answer.status_code == (404 if path == "/articles/1" else 200), path


def test_the_bar_says_where_one_is_and_how_many_wait(reading: DeskUp) -> None:
    tree = tree_of(reading.get("/queue").text)
    names = [" ".join(a.text_content().split()) for a in tree.xpath("//header//nav//a")]
    assert names == [
        "Today",
        "Queue 4",
        "Stories",
        "Search",
        "Coverage",
        "Corpus",
        "Judgement",
    ]
    assert tree.xpath("string(//header//*[@aria-current='page'])").split()[0] == "Queue"


# --- today ----------------------------------------------------------------------------------


def test_today_says_in_a_sentence_what_waits_and_what_is_unwell(up: DeskUp) -> None:
    spec = up.room.specs["kabul"]
    silent = FeedState(
        spec=spec,
        condition="silent",
        condition_since=up.desk.clock() - timedelta(days=3),
        reason="It usually brings 20 entries a day.",
    )
    up.room.poll("kabul", state=silent, possible_gap=True)
    page = up.get("/").text
    assert heading(page) == "4 stories wait, 1 feed is unwell, 1 possible gap."
    assert "for 3 days" in page
    assert "It usually brings 20 entries a day." in page


def test_one_of_a_kind_is_told_as_one(newsroom: Newsroom, desk_over: Serve) -> None:
    newsroom.article("frontier", "Cricket board names squad", "A squad.", to="reject", score=0.02)
    newsroom.poll("frontier", newsroom.entry("https://frontier.example/w", "Read later"))
    with desk_over(newsroom) as desk:
        page = " ".join(tree_of(desk.get("/").text).xpath("string(//main)").split())
        assert "1 waits for a verdict" in page
        assert "1 was judged unlikely, 0 were copies" in page


def test_today_names_a_few_of_many_unwell_feeds_and_counts_the_rest(up: DeskUp) -> None:
    """After a broken line all are unwell at once, and the rest of the page must stay in sight."""
    since = up.desk.clock() - timedelta(days=3)
    for n in range(20):
        spec = up.room.feed(f"outlet-{n}")
        state = FeedState(spec=spec, condition="stale", condition_since=since, reason="Old.")
        up.room.poll(spec.key, state=state)
    page = up.get("/").text
    assert "20 feeds are unwell" in heading(page)
    assert page.count("for 3 days") == 8
    assert "12 more feeds" in page


def test_today_tells_how_the_jobs_went(up: DeskUp) -> None:
    db = up.room.open()
    run = health.started(db, "poll", up.desk.clock())
    health.finished(
        db, run, ok=False, detail="no network", counts={"asked": 7}, now=up.desk.clock()
    )
    db.close()
    text = " ".join(tree_of(up.get("/").text).text_content().split())
    assert "broke: no network" in text
    assert "7 feeds asked" in text


def test_a_run_is_told_in_words_and_what_is_not_known_keeps_its_name() -> None:
    told = ran({"asked": 1, "not_modified": 2, "gaps": 1, "of_tomorrow": 3})
    assert told == "1 feed asked, 2 unchanged, 1 possible gap, 3 of tomorrow"


# --- the queue ------------------------------------------------------------------------------


def test_the_queue_opens_its_first_story_beside_the_list(reading: DeskUp) -> None:
    page = reading.get("/queue").text
    assert len(listed(page)) == 4
    assert heading(page) == listed(page)[0]
    assert "Cricket board" not in page  # judged unlikely: not asked about


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("topic=refugees", {"Refugees return through Chaman ahead of winter"}),
        ("side=afghanistan", {"Torkham shut for a ninth day as 4,000 trucks wait"}),
        ("language=ur", {"پاکستان اور افغانستان کے درمیان مذاکرات دوبارہ شروع"}),
        ("minimum=.95", {"Pakistan, Kabul to resume talks in Doha after nine days"}),
        ("outlet=Regional+Wire", {"Refugees return through Chaman ahead of winter"}),
        ("day=2020-01-01", set()),
    ],
)
def test_the_address_bar_filters_the_queue(reading: DeskUp, query: str, expected: set[str]) -> None:
    assert set(listed(reading.get(f"/queue?{query}").text)) == expected


def test_a_day_of_the_team_is_a_filter_too(reading: DeskUp) -> None:
    assert len(listed(reading.get("/queue?day=2026-11-21").text)) == 4


@pytest.mark.parametrize(
    "query",
    ["open=999999", "open=-1", "open=99999999999999999999", "open=x", "day=9999-99-99", "done=77"],
)
def test_a_wrong_address_bar_still_gives_a_queue(reading: DeskUp, query: str) -> None:
    assert reading.get(f"/queue?{query}").status_code == 200


def test_a_decision_moves_on_to_the_next_story_and_keeps_the_filter(up: DeskUp) -> None:
    form = {**up.form(1), "from": "queue", "query": "topic=talks", "next": "3"}
    answer = up.post("/articles/1/decision", {**form, "answer": "relevant"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/queue?topic=talks&open=3&done=1"
    page = up.get(answer.headers["location"]).text
    assert "Marked relevant" in page
    assert "Pakistan, Kabul to resume talks" in tree_of(page).xpath("string(//*[@id='result'])")
    assert "Pakistan, Kabul to resume" not in " ".join(listed(page))


def test_a_decision_keeps_who_and_the_note(up: DeskUp) -> None:
    up.post("/you", {"name": "  Rabia   K. "})
    up.post("/articles/1/decision", {**up.form(1), "answer": "unsure", "note": "Ask Kabul."})
    db = up.room.open()
    (line,) = reviews.history(db, 1)
    db.close()
    assert (line.answer, line.by, line.note) == ("unsure", "Rabia K.", "Ask Kabul.")
    assert "Ask Kabul." in up.get("/articles/1").text


def test_an_undone_story_returns_to_its_place(up: DeskUp) -> None:
    before = listed(up.get("/queue").text)
    up.post("/articles/1/decision", {**up.form(1), "answer": "not_relevant"})
    assert listed(up.get("/queue").text) != before
    answer = up.post("/articles/1/undo", {"from": "queue"})
    assert answer.headers["location"] == "/queue?open=1&done=1"
    assert listed(up.get("/queue").text) == before
    assert "is back in its place" in up.get("/queue?open=1&done=1").text


def test_pressing_twice_records_once(up: DeskUp) -> None:
    form = {**up.form(1), "answer": "relevant"}
    assert [up.post("/articles/1/decision", form).status_code for _ in range(2)] == [303, 303]
    db = up.room.open()
    assert len(reviews.history(db, 1)) == 1
    db.close()


def test_a_page_gone_stale_does_not_overrule_a_colleague(up: DeskUp) -> None:
    stale = up.form(1)
    up.post("/articles/1/decision", {**stale, "answer": "relevant"})
    answer = up.post("/articles/1/decision", {**stale, "answer": "not_relevant"})
    assert answer.status_code == 409
    assert "yours was not recorded" in answer.text
    db = up.room.open()
    row = articles.get(db, 1)
    db.close()
    assert row is not None
    assert row.decision == "relevant"


def test_a_text_that_changed_meanwhile_is_read_again_before_it_is_decided(up: DeskUp) -> None:
    stale = up.form(1)
    db = up.room.open()
    articles.save_text(
        db, up.room.text(1, "Talks called off", "No talks.", None, "en"), up.desk.clock()
    )
    db.close()
    answer = up.post("/articles/1/decision", {**stale, "answer": "relevant"})
    assert answer.status_code == 409
    assert "The text changed while you were reading" in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/articles/1/decision", {"answer": "perhaps"}),
        ("/articles/1/decision", {}),
        ("/articles/999/decision", {"answer": "relevant"}),
        ("/articles/0/decision", {"answer": "relevant"}),
        ("/articles/99999999999999999999/undo", {}),
        ("/articles/x/undo", {}),
        ("/coverage/nowhere", {"do": "pause"}),
        ("/coverage/frontier", {"do": "explode"}),
    ],
)
def test_a_form_that_asks_for_what_is_not_there_is_a_plain_404(
    reading: DeskUp, path: str, form: dict[str, str]
) -> None:
    answer = reading.post(path, form)
    assert answer.status_code == 404
    assert heading(answer.text).endswith(".")


# --- one article ----------------------------------------------------------------------------


def test_an_article_marks_in_place_what_counted_and_adds_the_sum_up(reading: DeskUp) -> None:
    page = reading.get("/articles/1").text
    tree = tree_of(page)
    marks = [m.text_content() for m in tree.xpath("//mark")]
    assert marks == ["Pakistan, Kabul", "talks", "Torkham crossing", "TTP"]
    assert [m.get("title") for m in tree.xpath("//h1//mark")] == ["term: Pakistan", "term: talks"]
    rows = [
        float(x.replace("\u2212", "-"))
        for x in tree.xpath("//table[@class='sum']/tbody//td/text()")
    ]
    total = float(tree.xpath("string(//table[@class='sum']/tfoot//td)").replace("\u2212", "-"))
    assert abs(sum(rows) - total) < 0.03
    assert "Very likely ours." in page
    assert "Nearest example" in page
    assert "TTPs" in page


def test_an_article_tells_its_facts_in_words(reading: DeskUp) -> None:
    text = " ".join(tree_of(reading.get("/articles/1").text).text_content().split())
    for fact in (
        "A. Reporter",
        "trafilatura 2.3.1 fast",
        "date from the feed",
        "frontier.example",
        "1 sighting",
        "1 version",
        "A prior estimate: 0 decisions so far",
    ):
        assert fact in text, fact


def test_urdu_stands_right_to_left_with_its_language(reading: DeskUp) -> None:
    tree = tree_of(reading.get("/articles/3").text)
    (title,) = tree.xpath("//h1")
    (body,) = tree.xpath("//div[contains(@class, 'text')]")
    assert (title.get("lang"), title.get("dir")) == ("ur", "rtl")
    assert (body.get("lang"), body.get("dir")) == ("ur", "rtl")
    assert "tall" in body.get("class")


# --- search, why ----------------------------------------------------------------------------


def test_search_finds_what_was_rejected_too(reading: DeskUp) -> None:
    page = reading.get("/search?q=cricket").text
    assert listed(page) == ["Cricket board names squad for the autumn tour"]


def test_an_address_in_the_search_field_leads_to_why(reading: DeskUp) -> None:
    answer = reading.get("/search?q=https://frontier.example/news/1")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/why?url=https%3A%2F%2Ffrontier")


def test_why_tells_when_by_whom_and_what_became_of_it(reading: DeskUp) -> None:
    db = reading.room.open()
    row = articles.get(db, 5)
    db.close()
    assert row is not None
    text = " ".join(tree_of(reading.get(f"/why?url={row.url}").text).text_content().split())
    assert "Seen once" in text
    assert "wire" in text
    assert "It was judged unlikely to be ours" in text


def test_why_of_an_unseen_address_names_the_nearest_gap(up: DeskUp) -> None:
    up.room.poll("frontier", possible_gap=True)
    text = up.get("/why?url=https://frontier.example/missed").text
    assert "Never seen" in text
    assert "possible gap" in text


def test_why_of_no_address_says_so(reading: DeskUp) -> None:
    assert "That is not an address" in reading.get("/why?url=http://nonsense of it").text


# --- coverage, books ------------------------------------------------------------------------


def test_pausing_a_feed_is_a_change_with_a_name_and_a_time(up: DeskUp) -> None:
    up.post("/you", {"name": "Rabia"})
    assert up.post("/coverage/frontier", {"do": "pause"}).status_code == 303
    up.post("/coverage/frontier", {"do": "pause"})  # twice: still one line
    db = up.room.open()
    lines = changes.history(db)
    db.close()
    assert [(c.path, c.value, c.by) for c in lines] == [
        ("feeds.frontier.enabled", "false", "Rabia")
    ]
    assert "paused</span> by <bdi>Rabia</bdi>" in up.get("/coverage").text
    up.post("/coverage/frontier", {"do": "resume"})
    db = up.room.open()
    assert [c.value for c in changes.changes(db)] == ["true"]
    db.close()


def test_an_unwell_feed_stands_first_with_since_when_and_why(up: DeskUp) -> None:
    bad = FeedState(
        spec=up.room.specs["wire"],
        condition="failing",
        condition_since=up.desk.clock() - timedelta(hours=5),
        reason="The server took too long, nine times in a row.",
        failures=9,
    )
    up.room.poll("wire", state=bad, outcome="deadline", detail="30 s were up")
    tree = tree_of(up.get("/coverage").text)
    first = " ".join(tree.xpath("//tbody/tr")[0].text_content().split())
    assert first.startswith("Regional Wire")
    assert "(5 hours)" in first
    assert "nine times in a row" in first
    assert heading(up.get("/coverage").text) == "1 feed of 4 is unwell"
    assert "the server took too long" in up.get("/coverage/wire").text


def test_the_books_balance_and_every_number_opens_its_items(reading: DeskUp) -> None:
    page = reading.get("/ledger").text
    assert heading(page) == "The books balance"
    tree = tree_of(page)
    cells = [c.text_content().strip() for c in tree.xpath("//tfoot//td")]
    assert cells == ["5", "0", "4", "1", "0", "0", "0", "balances"]
    for address in tree.xpath("//table//td/a/@href"):
        count = int(tree.xpath(f'string(//a[@href="{address}"])').replace(",", ""))
        items = tree_of(reading.get(address).text).xpath("//ul[@class='plain']/li")
        assert len(items) == count, address


# --- what was sent --------------------------------------------------------------------------


def _put(up: DeskUp, **facts: Any) -> None:
    message = Outgoing(
        **{
            "key": f"k{facts}",
            "kind": "digest",
            "channel": "team",
            "subject": "Digest",
            "text": "",
            "html": None,
            "created_at": up.desk.clock(),
            **facts,
        }
    )
    db = up.room.open()
    outbox.put(db, [message])
    db.close()


@pytest.mark.parametrize(
    ("found", "pages"), [(100, ["100 items"]), (130, ["The newest 100 items", "30 older items"])]
)
def test_the_items_behind_a_number_never_say_that_they_are_fewer(
    newsroom: Newsroom, desk_over: Serve, found: int, pages: list[str]
) -> None:
    """The books say 130: a page headed "100 items" contradicts them, and no page is empty."""
    entries = [newsroom.entry(f"https://frontier.example/{n}", f"Item {n}") for n in range(found)]
    newsroom.poll("frontier", *entries)
    with desk_over(newsroom) as desk:
        met, path = [], "/ledger/items?day=2026-11-21"
        while path:
            page = desk.get(path).text
            met.append(heading(page).partition(",")[0])
            onward = re.search(r'rel="next" href="([^"]+)"', page)
            path = html.unescape(onward[1]) if onward else ""
        assert met == pages


def test_a_digest_stands_as_it_was_made_inside_the_desks_own_frame(up: DeskUp) -> None:
    """The very content that was kept, with the bar around it, and how its delivery stands."""
    _put(up, day_on=date(2026, 11, 20))
    assert 'href="/digests/2026-11-20"' in up.get("/digests").text
    answer = up.get("/digests/2026-11-20")
    kept = up.desk.digest_html(date(2026, 11, 20))
    assert kept is not None
    assert kept in answer.text
    assert 'aria-label="The desk"' in answer.text
    assert "team" in answer.text
    assert "style=" not in answer.text
    assert up.get("/digests/2026-11-19").status_code == 404
    assert up.get("/digests/yesterday").status_code == 404


def test_a_digest_leads_to_the_ones_before_and_after(up: DeskUp) -> None:
    for day in (19, 20, 21):
        _put(up, day_on=date(2026, 11, day))
    page = up.get("/digests/2026-11-20").text
    assert 'href="/digests/2026-11-19"' in page
    assert 'href="/digests/2026-11-21"' in page


def test_today_says_which_messages_may_not_have_arrived(up: DeskUp) -> None:
    _put(up, channel="team")
    assert "not surely arrived" not in up.get("/").text
    db = up.room.open()
    (row,) = outbox.claim(db, up.desk.clock(), up.desk.clock() + timedelta(minutes=1))
    outbox.settle(db, row.id, state="unknown", now=up.desk.clock(), error="it broke off")
    db.close()
    assert "1 of the last 1 message has not surely arrived" in up.get("/").text


# --- corpus, judgement ----------------------------------------------------------------------


def test_decisions_show_in_the_corpus_and_the_judgement_stays_honest(up: DeskUp) -> None:
    up.post("/articles/1/decision", {**up.form(1), "answer": "relevant"})
    up.post("/articles/4/decision", {**up.form(4), "answer": "not_relevant"})
    assert heading(up.get("/corpus").text) == "2 texts decided: 1 relevant, 1 not"
    page = up.get("/judgement").text
    assert heading(page) == "Not yet measurable"
    assert "2 decisions so far: 1 relevant, 1 not." in " ".join(html.unescape(page).split())
    db = up.room.open()
    assert corpus.live_model(db) is None
    db.close()
    assert "The cold start judges" in page


# --- when things break ----------------------------------------------------------------------


def test_a_damaged_store_is_a_plain_page_with_one_sentence(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(replace(newsroom)) as desk:
        newsroom.path.write_bytes(b"not a database at all" * 400)
        answer = desk.get("/queue")
        assert desk.get("/healthz").status_code == 503
    assert answer.status_code == 503
    assert heading(answer.text)
    assert "Traceback" not in answer.text


def test_a_view_that_breaks_says_so_without_its_insides(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    def broken(_url: str) -> str:
        raise RuntimeError("inside knowledge")

    with desk_over(newsroom, canonical=broken) as desk:
        answer = desk.get("/why?url=https://x.example/")
    assert answer.status_code == 500
    assert "inside knowledge" not in answer.text
    assert "content-security-policy" in answer.headers
    assert heading(answer.text) == "The desk itself broke here; the log says how."


def test_an_unknown_page_is_a_plain_404(reading: DeskUp) -> None:
    answer = reading.get("/nowhere")
    assert (answer.status_code, heading(answer.text)) == (404, "There is no such page.")
