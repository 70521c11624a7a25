"""Signing in with name and password, guessing, and what is told to nobody."""

from __future__ import annotations

import base64
import html
import json
import logging
import resource
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from monitor.web.session import Guesses, Seal, new_session
from store import people
from store.passwords import HASHING, Hashing

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
SECRET = b"a key of the tests, thirty-two bytes"
PASSWORD = "a long enough password"
TEAM = {"Adeela": "administrator", "Rabia Khan": "reviewer", "Rashid": "reader"}
Serve = Callable[..., Any]


PROXY = (ip_network("127.0.0.1"),)


@pytest.fixture
def desk(team_desk: DeskUp) -> DeskUp:
    return team_desk


@pytest.fixture
def proxied(newsroom: Newsroom, desk_over: Serve) -> Iterator[DeskUp]:
    """Return the team's desk, where this machine is the proxy and says whom it speaks for."""
    with desk_over(newsroom, people=TEAM, proxies=PROXY) as up:
        yield up


# --- signing in ---------------------------------------------------------------------------


def test_name_and_password_lead_on_to_where_one_wanted_to_go(desk: DeskUp) -> None:
    asked = desk.get("/queue?topic=talks").headers["location"]
    assert asked == "/login?next=%2Fqueue%3Ftopic%3Dtalks"
    assert 'name="next" value="/queue?topic=talks"' in desk.get(asked).text
    answer = desk.sign_in("Rabia Khan", next="/queue?topic=talks")
    assert answer.headers["location"] == "/queue?topic=talks"
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
    assert "Rabia Khan" in desk.get("/queue").text
    assert desk.get("/login").headers["location"] == "/"


def test_a_name_is_known_however_it_is_typed_and_signs_as_it_was_given(desk: DeskUp) -> None:
    assert desk.sign_in("  rabia   KHAN ").status_code == 303
    assert "<bdi>Rabia Khan</bdi>" in desk.get("/you").text


def test_signing_in_leads_to_no_other_site(desk: DeskUp) -> None:
    for wanted in ("//evil.example/", "https://evil.example", "/\\evil.example", "javascript:1"):
        with desk.beside() as other:
            assert other.sign_in("Rashid", next=wanted).headers["location"] == "/"


def test_a_session_from_before_signing_in_is_never_promoted(desk: DeskUp) -> None:
    """Whoever planted a cookie in somebody's browser does not share their session."""
    token, planted = desk.token("/login"), desk.client.cookies["torkham"]
    desk.sign_in("Adeela")
    assert desk.client.cookies["torkham"] != planted
    assert desk.token("/you") != token
    with desk.beside() as attacker:
        attacker.client.cookies.set("torkham", planted)
        assert not attacker.gets_in()


def test_signed_in_as_somebody_else_is_signed_in_anew(desk: DeskUp) -> None:
    desk.sign_in("Adeela")
    cookie = desk.client.cookies["torkham"]
    sent = {"token": desk.token("/you"), "name": "Rashid", "password": PASSWORD}
    assert desk.client.post("/login", data=sent).status_code == 303
    assert desk.client.cookies["torkham"] != cookie
    assert desk.get("/settings/people").status_code == 403


@pytest.mark.parametrize(
    ("name", "password"),
    [("Rabia Khan", "wrong password here"), ("Nobody", PASSWORD), ("Rabia Khan", ""),
     ("", PASSWORD), ("Rabia Khan", PASSWORD + " "), ("Rabia Khan\x00", PASSWORD + "\x00"),
     ("Rabia Khan", "p" * 60_000), ("n" * 50_000, PASSWORD)],
)  # fmt: skip
def test_what_does_not_go_together_is_told_in_the_same_words(
    desk: DeskUp, name: str, password: str
) -> None:
    answer = desk.sign_in(name, password)
    assert answer.status_code == 403
    assert "That name and that password do not go together." in answer.text
    assert not desk.gets_in()


def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(desk: DeskUp) -> None:
    """Counted, not timed: one each, for a known, an unknown and a shut-out name."""
    with desk.store() as db:
        people.shut_out(db, desk.who("Rashid").id, by="tests", now=NOW)
    costs = {}
    for name in ("Rabia Khan", "Nobody At All", "Rashid", "n" * 500):
        before = desk.desk.hashing.done
        assert desk.sign_in(name, "wrong password here").status_code == 403
        costs[name] = desk.desk.hashing.done - before
    assert set(costs.values()) == {1}, costs


def test_nobodys_hash_is_as_dear_as_a_real_one() -> None:
    """Else counting hashes would say nothing about the time."""
    real, nobodys = HASHING.made(PASSWORD), HASHING._nobodys
    assert real.split("$")[:4] == nobodys.split("$")[:4]
    assert [len(part) for part in real.split("$")] == [len(part) for part in nobodys.split("$")]
    assert not HASHING.holds(None, PASSWORD)


# --- guessing -----------------------------------------------------------------------------


def test_after_five_wrong_passwords_even_the_right_one_waits(desk: DeskUp) -> None:
    assert [desk.sign_in("Rashid", "wrong").status_code for _ in range(5)] == [403] * 5
    before = desk.desk.hashing.done
    answer = desk.sign_in("Rashid")
    assert answer.status_code == 429
    assert "wait five minutes" in answer.text
    assert answer.headers["retry-after"] == "300"
    assert desk.desk.hashing.done == before, "a try that is refused costs nothing"
    assert not desk.gets_in()


def test_one_name_is_not_guessed_from_many_addresses(proxied: DeskUp) -> None:
    for number in range(5):
        proxied.client.headers["x-forwarded-for"] = f"203.0.113.{number}"
        assert proxied.sign_in("rashid", "wrong").status_code == 403
    proxied.client.headers["x-forwarded-for"] = "203.0.113.99"
    assert proxied.sign_in("RASHID").status_code == 429
    assert proxied.sign_in("Adeela").status_code == 303, "others sign in meanwhile"


def test_one_address_does_not_guess_many_names(proxied: DeskUp) -> None:
    proxied.client.headers["x-forwarded-for"] = "2001:db8::1"
    for number in range(5):
        assert proxied.sign_in(f"Guess {number}", "wrong").status_code == 403
    proxied.client.headers["x-forwarded-for"] = "2001:db8::ffff"  # the same household
    assert proxied.sign_in("Adeela").status_code == 429
    proxied.client.headers["x-forwarded-for"] = "2001:db8:1::1"
    assert proxied.sign_in("Adeela").status_code == 303


def test_what_a_client_writes_before_its_proxy_does_is_not_believed(proxied: DeskUp) -> None:
    for number in range(5):
        proxied.client.headers["x-forwarded-for"] = f"10.0.0.{number}, 203.0.113.7"
        assert proxied.sign_in(f"Guess {number}", "wrong").status_code == 403
    proxied.client.headers["x-forwarded-for"] = "10.0.0.77, 203.0.113.7"
    assert proxied.sign_in("Adeela").status_code == 429


def test_tries_at_the_same_moment_are_no_way_round() -> None:
    guesses, ready = Guesses(), threading.Barrier(20)

    def attempt(_: int) -> bool:
        ready.wait()
        return guesses.take(("address a", "name b"), NOW)

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == 5


def test_guesses_are_forgotten_after_five_minutes_and_never_fill_the_memory() -> None:
    guesses = Guesses()
    for _ in range(5):
        assert guesses.take(("name a",), NOW)
    assert not guesses.take(("name a",), NOW + timedelta(minutes=4, seconds=59))
    assert guesses.take(("name a",), NOW + timedelta(minutes=5))
    for number in range(12_000):
        guesses.take((f"name {number}",), NOW)
    assert len(guesses) == Guesses.MOST_KEYS


def test_a_right_password_takes_back_its_own_try_and_no_other() -> None:
    """Else whoever has an account could guess at another's for ever."""
    guesses = Guesses()
    for minute in range(4):
        guesses.take(("address a",), NOW + timedelta(seconds=minute))
    assert guesses.take(("address a",), NOW + timedelta(seconds=9))
    guesses.give_back(("address a",), NOW + timedelta(seconds=9))
    assert guesses.take(("address a",), NOW + timedelta(seconds=10))
    assert not guesses.take(("address a",), NOW + timedelta(seconds=11))


@pytest.mark.slow
def test_two_hundred_who_sign_in_at_once_take_the_memory_of_two(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    hashing = Hashing(memory=32 * 1024, rounds=1)
    with desk_over(newsroom, people=TEAM, hashing=hashing, proxies=PROXY) as desk:
        token, cookies = desk.token("/login"), dict(desk.client.cookies)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def attempt(number: int) -> int:
            sent = {"token": token, "name": f"Name {number}", "password": "wrong password"}
            headers = {"x-forwarded-for": f"203.0.{number}.7"}
            with httpx.Client(trust_env=False, verify=NO_TLS, cookies=cookies, timeout=60) as one:
                return one.post(desk.url + "login", data=sent, headers=headers).status_code

        with ThreadPoolExecutor(50) as pool:
            told = Counter(pool.map(attempt, range(200)))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident
        assert told[403] >= 10, told
        assert set(told) <= {403, 503}, told
        assert hashing.most_at_once <= 2
        assert grown < 200 * 1024, "in KiB; two hundred hashes at once would be 6,400 MB"
        assert desk.sign_in("Adeela").status_code == 303, "and afterwards all is as before"


# --- what is told to nobody ---------------------------------------------------------------


def test_no_password_is_written_to_the_log_a_page_or_the_file(
    desk: DeskUp, caplog: pytest.LogCaptureFixture
) -> None:
    canary, name = "canary-in-a-coal-mine", "canary typed as the name"
    pages = []
    with caplog.at_level(logging.DEBUG):
        pages.append(desk.sign_in("Rashid", canary).text)
        desk.sign_in(name, canary)
        desk.sign_in("Rashid")
        sent = {"password": canary, "new": canary + "1", "again": canary + "2"}
        pages.append(desk.post("/you/password", sent).text)
        sent = {"password": PASSWORD, "new": canary, "again": canary}
        desk.post("/you/password", sent)
        pages += [desk.get("/you").text, desk.get("/nowhere").text]
    assert "a wrong name or password from 127.0.0.1" in caplog.text
    assert "canary" not in caplog.text
    assert not [page for page in pages if "canary" in page]
    for file in desk.room.path.parent.glob("news.db*"):  # the journal, too
        assert b"canary" not in file.read_bytes(), file


def test_a_link_from_a_mail_does_not_sign_one_out(desk: DeskUp) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    with desk.beside() as stranger:
        answer = stranger.get("/articles/1?open=%22%3E", **headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert 'content="0; url=/articles/1?open=%22%3E"' in answer.text


def test_what_is_open_to_all_tells_nothing(desk: DeskUp) -> None:
    assert desk.get("/healthz").json() == {"ok": True, "version": "0.1.0"}
    page = desk.get("/login").text
    for word in ("Queue", "waiting", "Adeela", "Rashid", "/settings"):
        assert word not in page


def test_the_keys_hold_for_a_desk_started_again(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom, people=TEAM) as desk:
        desk.sign_in("Rashid")
        cookie = desk.client.cookies["torkham"]
    with desk_over(newsroom) as again:
        again.client.cookies.set("torkham", cookie)
        assert again.gets_in()
    with desk_over(newsroom, secret=b"a new key") as other:
        other.client.cookies.set("torkham", cookie)
        assert not other.gets_in()


def test_a_session_is_told_apart_from_a_name_in_the_old_cookie() -> None:
    """Cookies of an earlier version carry other fields: they open nothing and break nothing."""
    seal = Seal(SECRET)
    text = base64.urlsafe_b64encode(json.dumps(["id", "Rabia", True, "2030-01-01"]).encode())
    cookie = f"{text.decode()}.{seal._sign('session', text.decode())}"
    assert seal.open(cookie, NOW) is None
    assert replace(new_session(NOW), name="x").by == "x"


# --- a form that comes too late -----------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_what_was_written_is_given_back_when_the_session_is_over(desk: DeskUp, status: int) -> None:
    """Signed out everywhere, or in anew on another tab, while a long note was being written."""
    desk.sign_in("Rabia Khan")
    note = "Three sources say so:\r\n<b>none</b> is named & all are in Kabul."
    form = {"token": desk.token("/timeline/new"), "title": "Talks", "note": note}
    query = "topic=talks&outlet=Frontier+Daily&day=2026-11-21"
    if status == 401:
        with desk.store() as db:
            people.sign_out_everywhere(db, desk.who("Rabia Khan").id, by="tests", now=NOW)
    else:
        desk.post("/leave", {})
        desk.sign_in("Rabia Khan")
    answer = desk.client.post("/timeline", data=form | {"query": query})
    assert answer.status_code == status
    page = html.unescape(answer.text)
    assert note.replace("\r\n", "\n") in page
    assert "<b>none</b>" not in answer.text
    assert query not in page
    assert form["token"] not in page


def test_a_form_of_another_site_and_a_password_are_never_given_back(desk: DeskUp) -> None:
    long = {"note": "Words that another site put into a form of its own."}
    cross = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert "another site put" not in desk.client.post("/timeline", data=long, headers=cross).text
    secret = {"name": "Rabia Khan", "password": "correct horse battery staple", "token": "stale"}
    answer = desk.client.post("/login", data=secret)
    assert answer.status_code == 403
    assert "battery" not in answer.text
