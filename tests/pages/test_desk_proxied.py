"""The desk behind a proxy that speaks HTTPS: whom it believes, and what changes over HTTPS."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from monitor.cli.reach import risks
from monitor.config.shape import Web
from monitor.web.arriving import address_of, at_the_machine, base_of, foreign, over_https
from monitor.web.desk import Desk
from monitor.web.server import check_binding

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
PUBLIC = "https://desk.example"
THERE = {"host": "desk.example", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
PASSWORD = "a long enough password"


def desk_with(*proxies: str, address: str = "") -> Desk:
    """Return a desk that has nothing but its way in; no store is asked."""
    given: dict[str, Any] = dict.fromkeys(("open_store", "clock", "zone"))
    return Desk(**given, secret=b"", address=address, proxies=networks(*proxies))


def networks(*proxies: str) -> tuple[Any, ...]:
    return tuple(ip_network(one) for one in proxies)


def asking(peer: str, *headers: tuple[str, str], host: str = "desk.example") -> Request:
    """Return a request as the server hands it on: from ``peer``, with these headers."""
    raw = [(n.lower().encode(), v.encode("latin-1")) for n, v in (("host", host), *headers)]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http"}
    return Request({**scope, "headers": raw, "client": (peer, 40_000), "server": ("x", 80)})


def told(*chains: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", chain) for chain in chains]


# --- whose address counts -------------------------------------------------------------------


def test_without_a_proxy_named_nobody_is_believed_about_whom_they_speak_for() -> None:
    """Also this machine itself is not: any account on it could write the header."""
    for peer in ("127.0.0.1", "::1", "203.0.113.7", "10.0.0.2"):
        asked = asking(peer, *told("198.51.100.1"), ("Forwarded", "for=198.51.100.1"))
        found = address_of(desk_with(), asked)
        assert found == ("::/64" if peer == "::1" else peer)


@pytest.mark.parametrize(
    ("peer", "chains", "counted"),
    [
        # one proxy: the last entry is its own, all before it are the sender's
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1, 2.2.2.2, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
        # two of ours, one behind the other: both are walked through, and no further
        ("127.0.0.1", ["1.1.1.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("10.1.2.3", ["1.1.1.1,203.0.113.9,10.9.9.9,127.0.0.1"], "203.0.113.9"),
        # the header written twice is one header
        ("127.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9", "10.1.2.3"], "203.0.113.9"),
        # somebody who goes round the proxy
        ("203.0.113.66", ["198.51.100.1"], "203.0.113.66"),
        ("203.0.113.66", ["198.51.100.1, 127.0.0.1"], "203.0.113.66"),
        # IPv6 is counted by its network of one user, with its port and zone left off
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["[2001:db8:1:2::9]:4711"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["fe80::1%eth0"], "fe80::/64"),
        ("::1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9:51234"], "203.0.113.9"),
        # what is no address is counted as whoever handed it on
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["1.1.1.1, _hidden"], "127.0.0.1"),
        ("127.0.0.1", ["1.1.1.1, garbage, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9,"], "127.0.0.1"),
        ("127.0.0.1", ["300.1.1.1"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9; for=1.1.1.1"], "127.0.0.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        # nobody but our own proxies: the first of them it came by
        ("127.0.0.1", ["10.0.0.4, 10.0.0.5"], "10.0.0.4"),
    ],
)
def test_only_what_our_own_proxies_added_says_who_is_asking(
    peer: str, chains: list[str], counted: str
) -> None:
    ours = desk_with("127.0.0.1", "::1", "10.0.0.0/8", address=PUBLIC)
    assert address_of(ours, asking(peer, *told(*chains))) == counted


def test_other_headers_say_nothing_even_from_the_proxy() -> None:
    """A proxy that does not set them hands on what the browser wrote."""
    ours = desk_with("127.0.0.1")
    for name, value in (
        ("Forwarded", 'for=198.51.100.1;proto=https;host="evil.example"'),
        ("X-Real-IP", "198.51.100.1"),
        ("X-Forwarded-Host", "evil.example"),
        ("True-Client-IP", "198.51.100.1"),
        ("X-Forwarded-Scheme", "https"),
        ("X-Forwarded-Ssl", "on"),
    ):
        asked = asking("127.0.0.1", *told("203.0.113.9"), (name, value))
        assert address_of(ours, asked) == "203.0.113.9", name
        assert base_of(ours, asked) == "http://desk.example", name
        assert not over_https(ours, asked), name


@given(
    st.lists(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=60)),
    st.sampled_from(["203.0.113.66", "127.0.0.1", "::1", "", "testclient"]),
)
def test_whatever_is_forwarded_somebody_is_counted(chains: list[str], peer: str) -> None:
    """Nothing raises, and who is none of our proxies is counted as who they are."""
    found = address_of(desk_with("127.0.0.1"), asking(peer, *told(*chains)))
    assert peer == "127.0.0.1" or found in {peer, "::/64"}


def test_a_thousand_entries_are_not_walked() -> None:
    asked = asking("10.0.0.1", *told("203.0.113.9, " + ", ".join(["10.0.0.7"] * 1000)))
    assert address_of(desk_with("10.0.0.0/8"), asked) == "10.0.0.7"


# --- HTTPS ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "proxies", "peer", "host", "proto", "secure"),
    [
        (PUBLIC, (), "127.0.0.1", "desk.example", "", True),
        (PUBLIC, ("127.0.0.1",), "127.0.0.1", "desk.example", "http", True),
        ("", ("127.0.0.1",), "127.0.0.1", "desk.example", "https", True),
        ("", ("127.0.0.1",), "203.0.113.9", "desk.example", "https", False),
        ("", (), "127.0.0.1", "desk.example", "https", False),
        ("http://desk.example:8000", (), "127.0.0.1", "desk.example:8000", "", False),
        # through an ssh tunnel, whatever the public address is
        (PUBLIC, (), "127.0.0.1", "127.0.0.1:8000", "", False),
        (PUBLIC, ("10.0.0.1",), "127.0.0.1", "localhost:8000", "https", False),
        (PUBLIC, (), "::1", "[::1]:8000", "", False),
    ],
)
def test_https_is_told_by_the_address_or_by_our_proxy(
    address: str, proxies: tuple[str, ...], peer: str, host: str, proto: str, secure: bool
) -> None:
    asked = asking(peer, *([("X-Forwarded-Proto", proto)] if proto else []), host=host)
    assert over_https(desk_with(*proxies, address=address), asked) is secure


@pytest.mark.parametrize(
    ("address", "host", "origin", "refused"),
    [
        (PUBLIC, "desk.example", PUBLIC, False),
        (PUBLIC, "desk.example", "http://desk.example", True),  # a page read in the clear
        (PUBLIC, "desk.example", "https://desk.example:8443", True),
        (PUBLIC, "desk.example", "https://evil.example", True),
        (PUBLIC, "desk.example", "null", True),
        ("https://desk.example:8443", "desk.example", "https://desk.example:8443", False),
        ("https://desk.example:8443", "desk.example:8443", "https://desk.example:8443", False),
        ("", "127.0.0.1:8000", "http://127.0.0.1:8000", False),
        (PUBLIC, "127.0.0.1:8000", "http://127.0.0.1:8000", False),
        (PUBLIC, "127.0.0.1:8000", PUBLIC, True),
    ],
)
def test_a_form_comes_from_a_page_of_the_very_same_site(
    address: str, host: str, origin: str, refused: bool
) -> None:
    """Also where the proxy hands on the host's name without its port."""
    asked = asking("127.0.0.1", ("Origin", origin), host=host)
    assert foreign(desk_with("127.0.0.1", address=address), asked) is refused


def test_over_https_the_session_travels_over_https_only_and_is_bound_to_the_host(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(
        newsroom, people={"Adeela": "administrator"}, address=PUBLIC, proxies=networks("127.0.0.1")
    ) as desk:
        answer = desk.get("/login", **THERE)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-torkham=")
        for part in ("; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"):
            assert part in cookie
        assert "domain" not in cookie.lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        near = desk.get("/login")  # through an ssh tunnel, under this machine's own name
        assert near.headers["set-cookie"].startswith("torkham=")
        assert "; Secure" not in near.headers["set-cookie"]
        assert "strict-transport-security" not in near.headers


def test_without_https_the_cookie_is_as_it_was(newsroom: Newsroom, desk_over: Serve) -> None:
    with desk_over(newsroom) as desk:
        forged = desk.get("/", **{"x-forwarded-proto": "https"})
        for answer in (desk.get("/"), forged):
            assert "Secure" not in answer.headers.get("set-cookie", "")
            assert "strict-transport-security" not in answer.headers


def test_a_session_of_plain_http_opens_nothing_over_https(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    """Whoever can write cookies for a plain page of the domain puts none in the place of ours."""
    with desk_over(newsroom, people={"Adeela": "administrator"}, address=PUBLIC) as desk:
        desk.sign_in("Adeela")
        assert desk.gets_in()
        plain = desk.client.cookies["torkham"]
        for name, opens in (("torkham", False), ("__Host-torkham", True)):
            answer = bare(desk, "/queue", cookie=f"{name}={plain}", host="desk.example")
            assert (answer.status_code == 200) is opens, name


def bare(desk: DeskUp, path: str, **headers: str) -> httpx.Response:
    with httpx.Client(base_url=desk.url, trust_env=False, verify=NO_TLS) as client:
        return client.get(path, headers=headers)


def test_the_name_in_the_address_is_answered_and_no_other(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(
        newsroom, people={"Adeela": "administrator"}, address="https://Desk.Example:8443"
    ) as desk:
        for host in ("desk.example", "desk.example:8443", "DESK.EXAMPLE"):
            assert bare(desk, "/login", host=host).status_code == 200, host
        for host in ("evil.example", "desk.example.evil.example", "xdesk.example"):
            assert bare(desk, "/login", host=host).status_code == 421, host
            forged = bare(desk, "/login", host=host, **{"x-forwarded-host": "desk.example"})
            assert forged.status_code == 421, host


# --- guesses --------------------------------------------------------------------------------


def guess(desk: DeskUp, name: str, client: str) -> int:
    headers = {**THERE, "x-forwarded-for": client, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=desk.url, trust_env=False, verify=NO_TLS) as browser:
        page = browser.get("/login", headers=headers)
        token = re.search(r'name="token" value="(\w+)"', page.text)
        assert token
        cookie = page.headers["set-cookie"].partition(";")[0]
        sent = {"token": token[1], "name": name, "password": "a wrong one, surely"}
        answer = browser.post("/login", data=sent, headers={**headers, "cookie": cookie})
    return answer.status_code


def test_guesses_are_counted_by_the_real_client_behind_the_proxy(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    """Five wrong ones shut out their sender and nobody else; forged entries are no way round."""
    with desk_over(
        newsroom, people={"Adeela": "administrator"}, address=PUBLIC, proxies=networks("127.0.0.1")
    ) as desk:
        for n in range(5):
            assert guess(desk, f"Nobody {n}", f"198.51.100.{n}, 203.0.113.9") == 403
        assert guess(desk, "Nobody 6", "198.51.100.77, 203.0.113.9") == 429
        assert guess(desk, "Nobody 7", "203.0.113.10") == 403


def test_who_forges_the_header_without_our_proxy_is_counted_as_themselves(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(
        newsroom, people={"Adeela": "administrator"}, address=PUBLIC, proxies=networks("10.0.0.1")
    ) as desk:
        answers = [guess(desk, f"Nobody {n}", f"198.51.100.{n}") for n in range(6)]
        assert answers == [403] * 5 + [429]


# --- a desk without accounts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "host", "header", "there"),
    [
        ("127.0.0.1", "127.0.0.1:8000", "", True),
        ("::1", "localhost:8000", "", True),
        ("203.0.113.9", "127.0.0.1:8000", "", False),
        ("127.0.0.1", "desk.example", "", False),
        *(
            ("127.0.0.1", "127.0.0.1:8000", name, False)
            for name in ("Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Server")
        ),
    ],
)
def test_nobody_sits_at_the_machine_through_a_proxy(
    peer: str, host: str, header: str, there: bool
) -> None:
    asked = asking(peer, *([(header, "1.1 here")] if header else []), host=host)
    assert at_the_machine(desk_with(), asked) is there
    assert not at_the_machine(desk_with("127.0.0.1", "::1"), asked), "that one is the proxy"


@pytest.mark.parametrize(
    ("web", "starts"),
    [
        ({}, True),
        ({"address": "http://127.0.0.1:8000"}, True),
        ({"address": PUBLIC}, False),
        ({"proxy": ["127.0.0.1"]}, False),
        ({"host": "0.0.0.0", "address": PUBLIC}, False),
    ],
)
def test_a_desk_that_others_reach_does_not_start_without_an_account(
    web: dict[str, Any], starts: bool
) -> None:
    read = Web.model_validate(web)
    sentence = check_binding(read.host, accounts=False, shared=read.is_shared)
    assert (sentence is None) is starts
    assert sentence is None or "torkham people add NAME --role administrator" in sentence
    assert check_binding(read.host, accounts=True, shared=read.is_shared) is None


# --- the settings, and what `torkham check` says of them ------------------------------------


@pytest.mark.parametrize(
    ("web", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "allowed_hosts": ["news.lan"]}, "http://news.lan:8000"),
        ({"address": "https://Desk.example/"}, "https://desk.example"),
        ({"address": "https://desk.example:8443", "port": 9000}, "https://desk.example:8443"),
    ],
)
def test_links_lead_to_the_address_people_type(web: dict[str, Any], url: str) -> None:
    assert Web.model_validate(web).url == url


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "desk.example"},
        {"address": "https://desk.example/torkham"},
        {"address": "https://desk.example?x=1"},
        {"address": "https://user:secret@desk.example"},
        {"address": "ftp://desk.example"},
        {"proxy": ["everybody"]},
        {"proxy": ["0.0.0.0/0"]},
        {"proxy": ["::/0"]},
        {"proxy": ["127.0.0.1", "127.0.0.1"]},
        {"proxy": ["10.0.0.300"]},
        {"host": "0.0.0.0"},
    ],
)
def test_what_makes_no_sense_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=r"address|network|everybody|same entry|https|reads public"
    ):
        Web.model_validate(wrong)


Said = Callable[[str], bool]


@pytest.mark.parametrize(
    ("web", "accounts", "said"),
    [
        ({}, False, []),
        ({"address": "http://localhost:8000"}, False, []),
        ({"address": PUBLIC, "proxy": ["127.0.0.1"]}, True, []),
        ({"host": "0.0.0.0", "address": PUBLIC, "proxy": ["172.18.0.0/16"]}, True, []),
        ({"address": PUBLIC, "proxy": ["::1"]}, False, ["no account"]),
        ({"address": PUBLIC}, True, ["names no proxy"]),
        ({"host": "0.0.0.0", "allowed_hosts": ["news.lan"]}, True, ["in the clear"]),
        ({"host": "10.0.0.7", "address": "http://news.lan"}, False, ["in the clear", "no account"]),
        ({"address": "http://news.lan"}, True, ["in the clear"]),
        ({"proxy": ["127.0.0.1"]}, True, ["names no https"]),
        (
            {"host": "0.0.0.0", "address": PUBLIC, "proxy": ["127.0.0.1", "::1"]},
            True,
            ["round the proxy"],
        ),
    ],
)
def test_check_says_what_is_risky_and_nothing_of_a_good_setup(
    web: dict[str, Any], accounts: bool, said: list[str]
) -> None:
    found = list(risks(Web.model_validate(web), accounts=accounts))
    assert len(found) == len(said), found
    assert all(words in sentence for words, sentence in zip(said, found, strict=True)), found
