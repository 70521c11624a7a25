"""Rules on the desk: tried before they are kept, mistakes beside their field, noise told."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from classifiers.lexicon import load_lexicon
from monitor.inquiry.spelling import spellings_of
from monitor.readership import english_of
from monitor.web.asked_rule import of_search
from store import firings, reviews
from store.firings import Firing
from store.types import Answer

GIVEN = {"name": "Crossing", "any": "Torkham", "in_title": "1", "in_lead": "1", "in_body": "1",
         "to_outbox": "1"}  # fmt: skip


@pytest.fixture
def desk(desk_over: Any, full_room: Any, office_over: Any) -> Iterator[Any]:
    concepts = {name: name.replace("_", " ") for name in load_lexicon().concepts}
    with desk_over(full_room, office=office_over(full_room), concepts=concepts) as up:
        yield up


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def mark(text: str) -> str:
    found = re.search(r'name="tried" value="([0-9a-f]+)"', text)
    assert found, plain(text)[:1500]
    return found[1]


def keep(desk: Any, **form: str) -> Any:
    tried = desk.post("/settings/rules/try", {**GIVEN, **form})
    return desk.post("/settings/rules", {**GIVEN, **form, "tried": mark(tried.text)})


def wrong(text: str, field: str) -> str:
    return plain(" ".join(re.findall(rf'id="wrong-{field}-\d+">(.*?)</p>', text, re.DOTALL)))


# --- trying ---------------------------------------------------------------------------------


def test_what_it_would_have_caught_is_shown_with_the_words_marked_and_how_it_was_decided(
    desk: Any,
) -> None:
    db = desk.room.open()
    first = db.execute("SELECT id FROM articles WHERE title LIKE '%ninth day%'").fetchone()[0]
    reviews.decide(db, article=first, answer="relevant", by="Gul", now=desk.desk.clock())
    db.close()
    tried = desk.post("/settings/rules/try", GIVEN)
    assert tried.status_code == 200
    assert '<mark title="what the rule met">Torkham</mark>' in tried.text
    told = plain(tried.text)
    assert "2 alerts in the last 30 days" in told
    assert "1 of 1 decided was relevant: a precision of 100%, between 21% and 100%" in told
    assert "1 is undecided" in told
    assert "Cricket" not in told
    assert "Sat 21 November" in told


def test_words_of_the_right_hand_scripts_are_typed_found_and_shown_in_their_direction(
    desk: Any,
) -> None:
    tried = desk.post("/settings/rules/try", {**GIVEN, "any": "طورخم"})
    assert "1 alert in" in plain(tried.text)
    assert re.search(r'<bdi[^>]*dir="rtl"[^>]*>[^<]*(<mark[^>]*>)?', tried.text)
    assert '<mark title="what the rule met">طورخم</mark>' in tried.text
    assert re.search(r'<textarea[^>]*name="any"[^>]*dir="auto"', tried.text)
    kept = keep(desk, name="طورخم", any="طورخم\nمذاکرات")
    page = desk.get(kept.headers["location"])
    assert page.status_code == 200
    assert "طورخم\nمذاکرات</textarea>" in page.text


def test_the_day_by_day_table_adds_up_to_what_was_caught(desk: Any) -> None:
    db = desk.room.open()
    then = (desk.desk.clock() - timedelta(days=20)).isoformat()
    with db.conn:
        db.execute("UPDATE looks SET at = ? WHERE article = 1", (then,))
    db.close()
    tried = desk.post("/settings/rules/try", GIVEN).text
    assert "in the 21 days that were read so far" in plain(tried)
    table = tried[tried.index("Alerts a day") :]
    rows = re.findall(r'<td class="num">(\d+)</td>', table[: table.index("</table>")])
    assert sum(map(int, rows)) == 2
    assert rows == ["1", *["0"] * 19, "1"], "a day without any is a zero"


def test_a_search_is_turned_into_a_rule_that_only_wants_a_name(desk: Any) -> None:
    page = desk.get('/settings/rules?words="Torkham crossing", trucks&outlet=Kabul Courier')
    assert "A rule from your search" in page.text
    assert "Torkham crossing\ntrucks</textarea>" in page.text
    assert "Kabul Courier</textarea>" in page.text
    tried = desk.post(
        "/settings/rules/try",
        {**GIVEN, "any": "Torkham crossing\ntrucks", "outlets": "Kabul Courier"},
    )
    assert "1 alert in" in plain(tried.text)


def when_of(page: str) -> str:
    found = re.search(r'<textarea[^>]*name="when"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def test_a_search_keeps_its_meaning_as_a_rule(desk: Any) -> None:
    asked = {"words": 'talks OR mediation "Torkham crossing" truck* -cricket title:border',
             "topic": "talks"}  # fmt: skip
    page = desk.client.get("/settings/rules", params=asked).text
    assert when_of(page) == (
        '(talks OR mediation) AND "Torkham crossing" AND truck* AND title:border AND topic:talks'
        " AND NOT cricket"
    )
    assert "A rule from your search" in page


def test_words_in_any_order_make_a_rule_that_wants_them_all_and_a_list_stays_one(desk: Any) -> None:
    assert when_of(desk.get("/settings/rules?words=trucks salt").text) == "trucks AND salt"
    assert of_search("trucks OR salt").any_of == "trucks\nsalt"
    assert of_search("trucks, salt").any_of == "trucks\nsalt"
    assert of_search("-trucks").when == "", "what only leaves out is no rule"
    assert of_search('say "NEAR" there').when == "say AND NEAR AND there".replace("NEAR", '"NEAR"')


def test_a_name_of_a_search_is_asked_for_in_all_its_spellings(
    full_room: Any, desk_over: Any, office_over: Any
) -> None:
    """What a search finds in another script, its alert finds too; what is quoted stays."""
    spell = spellings_of(load_lexicon())
    with desk_over(full_room, office=office_over(full_room), spell=lambda: spell) as up:
        assert when_of(up.get("/settings/rules?words=Kabul talks").text) == (
            "concept:kabul AND talks"
        )
        assert "concept:" not in when_of(up.get("/settings/rules?words=Kabul x&as_typed=yes").text)
        carried = re.findall(
            r'href="(/settings/rules.*?)"', up.get("/search?q=Tehrik&as_typed=yes").text
        )
        assert "as_typed=yes" in carried[0]
    tehrik = of_search("Tehrik", spell=spell).when
    assert {"Tehrik", "tehreek", "تحریک"} <= set(tehrik.split(" OR "))
    assert of_search("Chaman OR Torkham talks", spell=spell).when.endswith(") AND talks")
    assert of_search('"Tehrik"', spell=spell).any_of == "Tehrik"
    assert of_search("title:Kabul", spell=spell, named=lambda _: {"Kabul": "kabul"}).when == (
        "title:concept:kabul"
    )


def test_what_was_met_in_another_script_is_named_in_english(
    full_room: Any, desk_over: Any, office_over: Any
) -> None:
    english = english_of(load_lexicon())
    with desk_over(full_room, office=office_over(full_room), english=english) as up:
        page = up.post("/settings/rules/try", {**GIVEN, "any": "طورخم"}).text
    assert "It names <bdi>Torkham (طورخم)</bdi>." in page, plain(page)[:1500]


def test_how_an_expression_was_read_keeps_words_of_another_script_in_their_place(desk: Any) -> None:
    """Beside Urdu words the signs of the expression were shown on the wrong side."""
    form = {**GIVEN, "any": "", "when": "talk* OR کابل OR مذاکرات"}
    page = desk.post("/settings/rules/try", form).text
    told = "talk* OR <bdi>کابل</bdi> OR <bdi>مذاکرات</bdi></code>"
    assert told in page
    assert 'name="when" rows="3" dir="ltr"' in page, "also while it is typed"
    keep(desk, any="", when="talk* OR کابل OR مذاکرات")
    assert told in desk.get("/settings/rule/Crossing").text


def test_what_a_rule_caught_is_dated_by_when_it_was_seen_and_says_so(desk: Any) -> None:
    """It was said of dated articles that "the source gave no date"."""
    tried = plain(desk.post("/settings/rules/try", {**GIVEN, "any": "Torkham"}).text)
    assert "· seen " in tried
    assert "gave no date" not in tried


def test_a_name_of_the_lexicon_is_chosen_by_its_label_and_stands_for_all_its_spellings(
    desk: Any,
) -> None:
    tried = desk.post("/settings/rules/try", {**GIVEN, "any": "", "concept": "Torkham"})
    assert "concept:torkham" in tried.text
    assert "3 alerts" in plain(tried.text), "the Urdu spelling too"


def test_an_expression_is_tried_and_shown_as_it_was_understood(desk: Any) -> None:
    form = {**GIVEN, "any": "", "when": 'torkham AND ("ninth day" or talks)'}
    told = plain(desk.post("/settings/rules/try", form).text)
    assert 'Read as torkham AND ("ninth day" OR talks)' in told
    assert " in the last 30 days" in told, told[:900]
    assert "Nothing in" not in told
    assert "finds this spelling alone; concept:torkham finds its" in told
    assert "It would have gone to outbox" in told
    kept = keep(desk, any="", when='torkham AND ("ninth day" or talks)')
    page = desk.get(kept.headers["location"])
    assert "torkham AND (&#34;ninth day&#34; or talks)</textarea>" in page.text
    assert ">torkham AND (&#34;ninth day&#34; or talks)</" in page.text


def test_the_days_to_try_are_chosen(desk: Any) -> None:
    db = desk.room.open()
    with db.conn:
        then = (desk.desk.clock() - timedelta(days=60)).isoformat()
        db.execute("UPDATE looks SET at = ?", (then,))
    db.close()
    nothing = desk.post("/settings/rules/try", GIVEN)
    assert "Nothing in the last 30 days" in plain(nothing.text)
    assert 'value="30" selected' in nothing.text
    more = desk.post("/settings/rules/try", {**GIVEN, "days": "90"})
    assert "2 alerts in the last 90 days" in plain(more.text)
    assert 'value="90" selected' in more.text


def test_a_slip_in_an_expression_is_shown_where_it_is_and_what_was_typed_stays(desk: Any) -> None:
    form = {**GIVEN, "any": "", "when": "torkham AND (shut OR <closed>"}
    answer = desk.post("/settings/rules/try", form)
    assert answer.status_code == 422
    assert "column 30: a closing bracket is missing, for the one opened in column 13" in wrong(
        answer.text, "when"
    )
    assert "torkham AND (shut OR &lt;closed&gt;</textarea>" in answer.text
    assert "<mark>…</mark>" in answer.text


# --- mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "form", "sentence"),
    [
        ("name", {"name": ""}, "needs a name"),
        ("name", {"name": "a.b"}, "no full stop"),
        ("name", {"name": "x" * 100}, "at most 80 characters"),
        ("name", {"name": "a\x07b"}, "control character"),
        ("any", {"any": "\n".join(f"word{n}" for n in range(5000))}, "too many"),
        ("any", {"any": "x" * 500}, "longer than 200"),
        ("any", {"any": "fine\nbad\x00word"}, "control character"),
        ("any", {"any": "!!!"}, "no letter or digit"),
        ("any", {"any": "concept:torkhan"}, 'Did you mean "torkham"?'),
        ("whole", {"any": ""}, "asks for nothing"),
        ("whole", {"when": "torkham"}, "says it twice"),
        ("when", {"any": "", "when": "NOT torkham"}, "nearly everything"),
        ("when", {"any": "", "when": "@torkhan shut"}, 'Did you mean "torkham"?'),
        ("when", {"any": "", "when": "shut outlet:Kabul"}, "is no outlet of the feeds"),
        ("when", {"any": "", "when": "shut kind:poem"}, "is no kind of text"),
        ("pattern", {"pattern": "(?=soon)later"}, "cannot be used"),
        ("pattern", {"pattern": "(((" * 50}, "cannot be used"),
        ("pattern", {"pattern": "a{1000}{1000}"}, "cannot be used"),
        ("pattern", {"pattern": "x*"}, "even an empty text"),
        ("outlets", {"outlets": "Kabul Currier"}, 'Did you mean "Kabul Courier"?'),
        ("minimum_score", {"minimum": "high"}, "between 0 and 1"),
        ("minimum_score", {"minimum": "nan"}, "between 0 and 1"),
        ("minimum_score", {"minimum": "2"}, "at most 1"),
        ("channels", {"to_outbox": ""}, "Choose at least one channel"),
        ("channels", {"to_nobody": "1"}, "is no channel"),
        ("in", {"in_title": "", "in_lead": "", "in_body": ""}, "at least one part"),
    ],
)
def test_every_mistake_is_a_sentence_beside_its_field_and_nothing_is_kept(
    desk: Any, field: str, form: dict[str, str], sentence: str
) -> None:
    began = time.monotonic()
    answer = desk.post("/settings/rules/try", {**GIVEN, **form})
    assert answer.status_code == 422
    assert sentence in wrong(answer.text, field), (field, plain(answer.text)[:3000])
    assert 'name="tried"' not in answer.text, "a broken rule cannot be kept"
    kept = desk.post("/settings/rules", {**GIVEN, **form, "tried": "0" * 16})
    assert kept.status_code == 422
    assert time.monotonic() - began < 10
    assert "No alert rule yet" in desk.get("/settings/rules").text


def test_all_mistakes_are_told_at_once(desk: Any) -> None:
    form = {"name": "a.b", "any": "!!!\nconcept:torkhan", "pattern": "(", "outlets": "Nobody"}
    answer = desk.post("/settings/rules/try", {**GIVEN, **form})
    told = [wrong(answer.text, field) for field in ("name", "any", "pattern", "outlets")]
    assert all(told), told
    assert "“!!!”" in told[1]
    assert "“concept:torkhan”" in told[1]


def test_a_pattern_that_would_hang_other_engines_is_tried_like_any_other(desk: Any) -> None:
    began = time.monotonic()
    tried = desk.post("/settings/rules/try", {**GIVEN, "any": "", "pattern": "(a+)+z(x+x+)+y"})
    assert tried.status_code == 200
    assert "Nothing in the last 30 days" in plain(tried.text)
    assert time.monotonic() - began < 5


def test_a_form_of_ten_thousand_words_is_refused_by_its_size(desk: Any) -> None:
    answer = desk.post("/settings/rules/try", {**GIVEN, "any": "\n".join(["soldier"] * 10_000)})
    assert answer.status_code == 413
    assert "64 KB" in answer.text


def test_two_rules_never_share_a_name_and_a_rule_is_edited_under_its_own(desk: Any) -> None:
    keep(desk)
    again = desk.post("/settings/rules/try", {**GIVEN, "name": "crossing"})
    assert "of this name already" in wrong(again.text, "name")
    edited = keep(desk, any="Chaman", editing="Crossing", why="the other crossing")
    assert edited.status_code == 303
    page = desk.get("/settings/rule/Crossing").text
    assert "Chaman</textarea>" in page
    assert "the other crossing" in page
    assert plain(page).count("wrote it") == 2, "every version stays"


# --- how it fares ---------------------------------------------------------------------------


def test_a_rule_that_is_mostly_noise_is_told_so_and_one_with_few_decisions_is_not(
    desk: Any,
) -> None:
    keep(desk)
    db, now = desk.room.open(), desk.desk.clock()
    for n in range(14):
        number = desk.room.article("wire", f"A wire item {n}", f"Text of item {n} at Torkham.")
        firings.put(db, [Firing(rule="Crossing", article=number, version=1, score=0.9, hits=(),
                                at=now)])  # fmt: skip
        if n == 5:
            assert "mostly noise" not in desk.get("/settings/rules").text, "five are too few"
        answer: Answer = "relevant" if n == 3 else "not_relevant"
        reviews.decide(db, article=number, answer=answer, by="Gul", now=now)
    db.close()
    told = plain(desk.get("/settings/rules").text)
    assert "1 rule of 1 is mostly noise" in told
    assert "1 of 14 relevant" in told
    assert "1 mostly noise" in plain(desk.get("/settings").text)
    page = plain(desk.get("/settings/rule/Crossing").text)
    assert "13 were judged not relevant: look at its words" in page
    assert "it fired on 14 stories" in page
    assert "1 of 14 decided was relevant" in page


# --- who may, and what strangers typed ------------------------------------------------------


def test_a_reviewer_tries_and_an_administrator_keeps(
    desk_over: Any, full_room: Any, office_over: Any
) -> None:
    roles = {"Adil": "administrator", "Rabia": "reviewer", "Lena": "reader"}
    with desk_over(full_room, people=roles, office=office_over(full_room)) as up:
        with up.beside("Rabia") as rabia:
            tried = rabia.post("/settings/rules/try", GIVEN)
            assert tried.status_code == 200
            assert "an administrator keeps it" in tried.text
            assert "Keep this rule" not in tried.text
            assert rabia.post("/settings/rules", GIVEN).status_code == 403
        with up.beside("Lena") as lena:
            assert lena.post("/settings/rules/try", GIVEN).status_code == 403
            assert lena.get("/settings/rules").status_code == 200
            assert "/settings/people" not in lena.get("/settings").text


def test_what_is_typed_never_becomes_part_of_the_page(desk: Any) -> None:
    hostile = '"><script>alert(1)</script>\u202e'
    tried = desk.post("/settings/rules/try", {**GIVEN, "name": hostile, "any": hostile})
    assert "<script>alert" not in tried.text
    kept = keep(desk, name="<b>bold</b>/x?y#z", any='<img src=x onerror=alert(1)>\n"quoted"')
    for path in (kept.headers["location"], "/settings/rules", "/settings/history", "/settings"):
        page = desk.get(path)
        assert page.status_code == 200, path
        assert "<img src=x" not in page.text
        assert "<b>bold" not in page.text
        assert "\u202e" not in page.text


def test_two_hundred_rules_are_still_a_light_page(
    desk_over: Any, full_room: Any, office_over: Any
) -> None:
    rules = [{"name": f"Rule number {n}", "any": [f"word{n}"]} for n in range(150)]
    with desk_over(full_room, office=office_over(full_room, alerts=rules)) as up:
        page = up.get("/settings/rules")
        assert page.status_code == 200
        assert "feeds.yaml, line" in page.text
        assert len(page.content) < 60_000
