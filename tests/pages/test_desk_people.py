"""What a session is worth, one's own password, and who may change accounts."""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from monitor.web.session import Seal, new_session
from store import people, reviews, tokens
from store.desk import Person

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
SECRET = b"a key of the tests, thirty-two bytes"
PASSWORD = "a long enough password"
NEW = "another quite long password"
TEAM = {"Adeela": "administrator", "Rabia Khan": "reviewer", "Rashid": "reader"}
Serve = Callable[..., Any]


@pytest.fixture
def desk(team_desk: DeskUp) -> DeskUp:
    return team_desk


# --- what a session is worth --------------------------------------------------------------


def test_a_changed_cookie_opens_nothing(desk: DeskUp) -> None:
    desk.sign_in("Rashid")
    text, mark = desk.client.cookies["torkham"].split(".")
    fields = json.loads(base64.urlsafe_b64decode(text))
    fields[2] = desk.who("Adeela").id
    forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()
    other_key = Seal(b"another key").close(new_session(NOW, desk.who("Adeela")))
    changed = mark[:-1] + ("1" if mark.endswith("0") else "0")
    for cookie in (f"{forged}.{mark}", f"{text}.{changed}", text, f"{text}.", f".{mark}",
                   f"{text[:-4]}.{mark}", other_key, "x" * 9000, "é.é"):  # fmt: skip
        with httpx.Client(base_url=desk.url, trust_env=False, verify=NO_TLS) as client:
            header = f"torkham={cookie}".encode()
            answer = client.get("/settings/people", headers={b"cookie": header})
            assert answer.status_code in {303, 400}, cookie[:40]


def test_a_cookie_says_who_and_never_what_they_may() -> None:
    person = Person(id=1, name="Rashid", role="administrator", created_at=NOW)
    opened = Seal(SECRET).open(Seal(SECRET).close(new_session(NOW, person)), NOW)
    assert opened
    assert (opened.person, opened.role, opened.signed_in) == (1, "reader", False)


def test_another_role_holds_from_the_next_request_on(desk: DeskUp) -> None:
    desk.sign_in("Rashid")
    assert desk.get("/settings/people").status_code == 403
    with desk.store() as db:
        people.set_role(db, desk.who("Rashid").id, "administrator", by="tests", now=NOW)
    assert desk.get("/settings/people").status_code == 200
    with desk.store() as db:
        people.set_role(db, desk.who("Rashid").id, "reader", by="tests", now=NOW)
    assert desk.get("/settings/people").status_code == 403


def test_whoever_is_shut_out_is_out_at_once_and_a_session_of_before_never_comes_back(
    desk: DeskUp,
) -> None:
    desk.sign_in("Rashid")
    person = desk.who("Rashid").id
    with desk.store() as db:
        people.shut_out(db, person, by="tests", now=NOW)
        assert not desk.gets_in()
        assert desk.client.post("/you", data={"token": "x"}).status_code == 401
        people.let_in(db, person, by="tests", now=NOW)
    assert not desk.gets_in(), "let in again, one signs in again"
    assert desk.sign_in("Rashid").status_code == 303
    assert desk.gets_in()


def test_a_new_password_ends_every_other_session_and_token(desk: DeskUp) -> None:
    desk.sign_in("Rabia Khan")
    with desk.store() as db:
        token = tokens.issue(db, person=desk.who("Rabia Khan").id, label="a script", now=NOW)
    with desk.beside("Rabia Khan") as other:
        sent = {"password": PASSWORD, "new": NEW, "again": NEW}
        assert desk.post("/you/password", sent).headers["location"] == "/you?done=password"
        assert desk.gets_in(), "the browser in which it was changed stays signed in"
        assert not other.gets_in()
    with desk.store() as db:
        assert tokens.holder(db, token, NOW) is None
    with desk.beside() as other:
        assert other.sign_in("Rabia Khan").status_code == 403
        assert other.sign_in("Rabia Khan", NEW).status_code == 303


def test_signing_out_ends_the_session_even_where_its_cookie_was_copied(desk: DeskUp) -> None:
    desk.sign_in("Rashid")
    copied = desk.client.cookies["torkham"]
    with desk.beside("Rashid") as elsewhere:
        assert desk.post("/leave", {}).headers["location"] == "/"
        assert not desk.gets_in()
        assert elsewhere.gets_in(), "here, not everywhere"
    with desk.beside() as thief:
        thief.client.cookies.set("torkham", copied)
        assert not thief.gets_in()


def test_signing_out_everywhere_ends_all_of_ones_own_sessions_and_nobody_elses(
    desk: DeskUp,
) -> None:
    desk.sign_in("Rashid")
    with desk.beside("Rashid") as elsewhere, desk.beside("Adeela") as another:
        desk.post("/leave/everywhere", {})
        assert [d.gets_in() for d in (desk, elsewhere, another)] == [False, False, True]


def test_a_session_ends_after_a_week_unless_it_is_used(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    now = [NOW]
    with desk_over(newsroom, people=TEAM, clock=lambda: now[0]) as desk:
        desk.sign_in("Rashid")
        cookie = desk.client.cookies["torkham"]
        now[0] += timedelta(days=4)
        assert desk.gets_in()
        assert desk.client.cookies["torkham"] != cookie, "prolonged"
        now[0] += timedelta(days=4)
        assert desk.gets_in()
        desk.client.cookies.set("torkham", cookie)
        now[0] += timedelta(days=7)
        assert not desk.gets_in()


def test_with_the_first_account_whoever_sat_there_signs_in_too(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(newsroom) as desk:
        assert desk.gets_in()
        with desk.store() as db:
            people.add(db, "Adeela", PASSWORD, role="administrator", by="tests", now=NOW)
        assert not desk.gets_in()


def test_decisions_are_signed_with_the_accounts_name_whatever_the_form_says(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with desk_over(full_room, people=TEAM) as desk:
        desk.sign_in("Rabia Khan")
        assert desk.post("/you", {"name": "Adeela"}).status_code == 403
        form = {**desk.form(1), "answer": "relevant", "by": "Adeela", "name": "Adeela"}
        assert desk.post("/articles/1/decision", form).status_code == 303
        with desk.store() as db:
            assert [line.by for line in reviews.recent(db, limit=5)] == ["Rabia Khan"]


# --- one's own password -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("not my password", NEW, NEW, "not your present password"),
        (PASSWORD, NEW, NEW + "x", "typed the same way twice"),
        (PASSWORD, PASSWORD, PASSWORD, "have already"),
        (PASSWORD, "short", "short", "at least 12 characters"),
        (PASSWORD, "rabia KHAN rabia khan", "rabia KHAN rabia khan", "own name"),
        (PASSWORD, "ab" * 600, "ab" * 600, "too long"),
        (PASSWORD, "aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "same few characters"),
    ],
)
def test_a_password_that_cannot_be_taken_is_refused_in_a_sentence(
    desk: DeskUp, old: str, new: str, again: str, said: str
) -> None:
    desk.sign_in("Rabia Khan")
    answer = desk.post("/you/password", {"password": old, "new": new, "again": again})
    assert answer.status_code in {400, 403}
    assert said in answer.text
    assert new not in answer.text
    with desk.beside("Rabia Khan"):
        pass


def test_the_old_password_is_not_guessed_in_a_session_left_open(desk: DeskUp) -> None:
    desk.sign_in("Rashid")
    sent = {"password": "wrong", "new": NEW, "again": NEW}
    assert [desk.post("/you/password", sent).status_code for _ in range(6)] == [403] * 5 + [429]


def test_your_page_says_what_you_may_in_words(desk: DeskUp) -> None:
    desk.sign_in("Rabia Khan")
    page = desk.get("/you").text
    assert "Reviewer. You may read everything, decide" in page
    assert 'href="/history?by=Rabia%20Khan"' in page


# --- accounts -----------------------------------------------------------------------------


def one_time_of(page: str) -> str:
    found = re.search(r"<code>([a-z0-9-]{23})</code>", page)
    assert found, page[:2000]
    return found[1]


def test_a_new_account_has_a_password_for_one_use_which_opens_nothing_else(desk: DeskUp) -> None:
    desk.sign_in("Adeela")
    answer = desk.post("/settings/people", {"name": "Zarmina", "role": "reviewer"})
    assert answer.status_code == 200
    once = one_time_of(answer.text)
    assert once not in desk.get("/settings/people").text, "shown once"
    with desk.beside() as other:
        assert other.sign_in("Zarmina", once, next="/queue").headers["location"] == "/you"
        for path in ("/", "/queue", "/settings/people", "/search?q=x", "/nowhere"):
            assert other.get(path).headers["location"] == "/you", path
        assert other.post("/articles/1/decision", {"answer": "relevant"}).status_code == 403
        assert other.get("/api/nowhere").status_code == 403
        assert "Choose one of your own" in other.get("/you").text
        sent = {"password": once, "new": NEW, "again": NEW}
        assert other.post("/you/password", sent).status_code == 303
        assert other.gets_in()
    with desk.beside() as other:
        assert other.sign_in("Zarmina", once).status_code == 403


def test_a_password_for_one_use_is_over_after_a_week(newsroom: Newsroom, desk_over: Serve) -> None:
    now = [NOW]
    with desk_over(newsroom, people=TEAM, clock=lambda: now[0]) as desk:
        desk.sign_in("Adeela")
        once = one_time_of(
            desk.post("/settings/people", {"name": "Zarmina", "role": "reader"}).text
        )
        now[0] += timedelta(days=8)
        with desk.beside() as other:
            answer = other.sign_in("Zarmina", once)
        assert answer.status_code == 403
        assert "over a week old" in answer.text


def test_a_reset_ends_the_old_password_and_every_session(desk: DeskUp) -> None:
    desk.sign_in("Adeela")
    with desk.beside("Rashid") as rashid:
        path = f"/settings/people/{desk.who('Rashid').id}"
        once = one_time_of(desk.post(path, {"do": "reset"}).text)
        assert not rashid.gets_in()
        assert rashid.sign_in("Rashid").status_code == 403
        assert rashid.sign_in("Rashid", once).headers["location"] == "/you"


@pytest.mark.parametrize("do", ["shut_out", "role"])
def test_the_last_administrator_can_be_neither_shut_out_nor_demoted(desk: DeskUp, do: str) -> None:
    desk.sign_in("Adeela")
    path = f"/settings/people/{desk.who('Adeela').id}"
    answer = desk.post(path, {"do": do, "role": "reader"})
    assert answer.status_code == 400
    assert "Adeela is the last administrator" in answer.text
    assert desk.get("/settings/people").status_code == 200


def test_what_was_done_to_accounts_is_told_with_who_did_it(desk: DeskUp) -> None:
    desk.sign_in("Adeela")
    path = f"/settings/people/{desk.who('Rashid').id}"
    desk.post(path, {"do": "role", "role": "reviewer"})
    assert (
        desk.post(path, {"do": "shut_out"}).headers["location"] == "/settings/people?done=shut_out"
    )
    page = re.sub(r"<[^>]+>", "", desk.get("/settings/people?done=shut_out").text)
    assert "Shut out, from this moment on." in page
    assert "Rashid was given another role: reader to reviewer, by Adeela" in page
    assert "Rashid was shut out, by Adeela" in page


@pytest.mark.parametrize(
    "form",
    [
        {"name": "rashid ", "role": "reader"},
        {"name": "", "role": "reader"},
        {"name": "desk", "role": "reader"},
        {"name": "Zarmina", "role": "owner"},
        {"name": "x" * 41, "role": "reader"},
        {"name": "Zar\u202emina", "role": "reader"},
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    desk: DeskUp, form: dict[str, str]
) -> None:
    desk.sign_in("Adeela")
    answer = desk.post("/settings/people", form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    with desk.store() as db:
        assert len(people.listed(db)) == len(TEAM)


def test_an_account_nobody_has_and_a_deed_nobody_knows_are_refused(desk: DeskUp) -> None:
    desk.sign_in("Adeela")
    for path, do in (("/settings/people/99", "shut_out"), ("/settings/people/1", "delete")):
        assert desk.post(path, {"do": do}).status_code == 400
    assert desk.post("/settings/people/x", {"do": "shut_out"}).status_code == 404


def test_the_first_account_is_given_at_the_desk_itself(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(newsroom) as desk:
        assert "Nobody has an account" in desk.get("/settings/people").text
        refused = desk.post("/settings/people", {"name": "Adeela", "role": "reader"})
        assert "The first account must be an administrator" in refused.text
        made = desk.post("/settings/people", {"name": "Adeela", "role": "administrator"})
        once = one_time_of(made.text)
        assert not desk.gets_in()
        assert desk.sign_in("Adeela", once).headers["location"] == "/you"
