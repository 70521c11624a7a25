"""What a program is promised when it decides, and what its token opens."""

from __future__ import annotations

import json
import logging
import ssl
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from store import people, reviews, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.types import Answer
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates takes 40 ms a time
TEAM = {"Ada": "administrator", "Rabia": "reviewer", "Omar": "reviewer", "Lea": "reader"}


@pytest.fixture
def team(full_room: Newsroom, desk_over: Serve) -> Any:
    with desk_over(full_room, people=TEAM) as desk:
        yield desk


def token_for(up: DeskUp, name: str, **how: Any) -> str:
    db = up.room.open()
    person = people.named(db, name)
    assert person
    now = up.desk.clock()
    token = tokens.issue(db, person=person.id, label="a script", now=now, **how)
    db.close()
    return token


@contextmanager
def program(up: DeskUp, token: str | None) -> Iterator[httpx.Client]:
    """A client without cookies, which shows a token or none."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(
        base_url=up.url, trust_env=False, headers=headers, verify=NO_TLS, timeout=20
    ) as client:
        yield client


def decision(answer: str = "relevant", **facts: Any) -> dict[str, Any]:
    return {"answer": answer, "standing": 0, "version": 1, **facts}


def lines(up: DeskUp) -> list[tuple[int, Answer | None, str]]:
    db = up.room.open()
    found = [(line.article, line.answer, line.by) for line in reviews.recent(db)]
    db.close()
    return found[::-1]


# --- deciding -------------------------------------------------------------------------------


def test_a_decision_is_signed_with_the_name_of_whoever_holds_the_token(team: DeskUp) -> None:
    with program(team, token_for(team, "Rabia")) as client:
        answer = client.post("/api/articles/1/decision", json=decision(note="ours"))
    assert answer.json() == {"article": 1, "line": 1, "decision": "relevant", "recorded": "now"}
    assert lines(team) == [(1, "relevant", "Rabia")]


def test_whoever_read_an_older_standing_is_told_and_nothing_is_written(team: DeskUp) -> None:
    with (
        program(team, token_for(team, "Rabia")) as rabia,
        program(team, token_for(team, "Omar")) as omar,
    ):
        rabia.post("/api/articles/1/decision", json=decision())
        refused = omar.post("/api/articles/1/decision", json=decision("not_relevant"))
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert "so yours was not recorded" in refused.json()["detail"]
        standing = omar.get("/api/articles/1").json()["standing"]
        taken = omar.post(
            "/api/articles/1/decision", json=decision("not_relevant", standing=standing)
        )
        assert taken.status_code == 200
    assert lines(team) == [(1, "relevant", "Rabia"), (1, "not_relevant", "Omar")]


def test_the_same_answer_sent_twice_is_recorded_once(team: DeskUp) -> None:
    with program(team, token_for(team, "Rabia")) as client:
        for expected in ("now", "before"):
            answer = client.post("/api/articles/1/decision", json=decision())
            assert (answer.status_code, answer.json()["recorded"]) == (200, expected)
    assert len(lines(team)) == 1


def test_a_decision_on_a_text_that_changed_meanwhile_is_refused(team: DeskUp) -> None:
    with program(team, token_for(team, "Rabia")) as client:
        answer = client.post("/api/articles/1/decision", json=decision(version=2))
    assert answer.status_code == 409
    assert "text changed" in answer.json()["detail"]
    assert not lines(team)


def test_an_undo_brings_back_what_stood_and_only_from_what_was_read(team: DeskUp) -> None:
    with program(team, token_for(team, "Rabia")) as client:
        client.post("/api/articles/1/decision", json=decision("unsure"))
        client.post("/api/articles/1/decision", json=decision("relevant", standing=1))
        stale = client.post("/api/articles/1/undo", json={"standing": 1})
        assert (stale.status_code, len(lines(team))) == (409, 2)
        done = client.post("/api/articles/1/undo", json={"standing": 2})
        assert done.json()["decision"] == "unsure"
        done = client.post("/api/articles/1/undo", json={"standing": done.json()["line"]})
        assert done.json()["decision"] is None
        none = client.post("/api/articles/1/undo", json={"standing": done.json()["line"]})
        assert (none.status_code, "Nothing stands" in none.text) == (409, True)


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, "answer"),
        ({"answer": "maybe", "standing": 0, "version": 1}, "answer"),
        ({"answer": "relevant", "version": 1}, "standing"),
        ({"answer": "relevant", "standing": "0", "version": 1}, "standing"),
        ({"answer": "relevant", "standing": 0, "version": True}, "version"),
        ({"answer": "relevant", "standing": 0, "version": 1, "by": "Omar"}, "by"),
        ({"answer": "relevant", "standing": 0, "version": 1, "note": "x" * 2001}, "note"),
        ({"answer": "relevant", "standing": 0, "version": 1, "reasons": ["zzz"]}, "reasons"),
        ({"answer": "relevant", "standing": 2**70, "version": 1}, "standing"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(
    team: DeskUp, body: dict[str, Any], parameter: str
) -> None:
    """Among them ``by``: nobody decides in another's name."""
    with program(team, token_for(team, "Rabia")) as client:
        answer = client.post("/api/articles/1/decision", json=body)
    assert (answer.status_code, answer.json()["parameter"]) == (422, parameter)
    assert not lines(team)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"standing": NaN}', 400),
        (b"[" * 60_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"relevant"', 422),
    ],
)
def test_a_body_that_is_no_object_of_json_is_refused(
    team: DeskUp, body: bytes, status: int
) -> None:
    with program(team, token_for(team, "Rabia")) as client:
        answer = client.post(
            "/api/articles/1/decision", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert not lines(team)


def test_another_kind_of_body_and_a_huge_one_are_refused(team: DeskUp) -> None:
    with program(team, token_for(team, "Rabia")) as client:
        form = client.post("/api/articles/1/decision", data={"answer": "relevant"})
        assert form.status_code == 415
        huge = client.post("/api/articles/1/decision", json=decision(note="x" * 70_000))
        assert huge.status_code == 413
    assert not lines(team)


# --- who may --------------------------------------------------------------------------------


def test_without_a_token_nothing_is_told_once_there_are_accounts(team: DeskUp) -> None:
    with program(team, None) as client:
        for path in ("/api/articles", "/api/openapi.json", "/api/nothing", "/accepted.atom"):
            answer = client.get(path)
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert client.post("/api/articles/1/decision", json=decision()).status_code == 401


def test_a_token_of_nobody_is_refused_and_not_taken_for_no_token(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """Also where no token is needed: a wrong one there is a mistake to be told of."""
    with desk_over(full_room) as up:
        for token in ("trk_" + "a" * 43, "trk_", "x", "é" * 9):
            with program(up, None) as client:
                header = f"Bearer {token}".encode()
                answer = client.get("/api/me", headers={b"authorization": header})
            assert answer.status_code == 401, token


def test_roles_reach_as_far_over_the_api_as_on_the_pages(team: DeskUp) -> None:
    for name, how, status in (
        ("Lea", {}, 403),
        ("Rabia", {"read_only": True}, 403),
        ("Rabia", {}, 200),
    ):
        with program(team, token_for(team, name, **how)) as client:
            assert client.get("/api/articles/1").status_code == 200
            answer = client.post("/api/articles/1/decision", json=decision())
            assert answer.status_code == status, (name, how)
            assert client.get("/api/me").json()["by_token"] is True


def test_a_token_is_for_programs_and_opens_no_page(team: DeskUp) -> None:
    with program(team, token_for(team, "Ada")) as client:
        for path in ("/", "/settings/tokens", "/settings/people", "/api"):
            answer = client.get(path, follow_redirects=False)
            assert answer.status_code in {303, 401}, path
        assert client.post("/settings/tokens", data={"label": "x"}).status_code in {401, 403, 415}


def test_a_token_ends_at_once_when_it_is_revoked_or_its_person_is_shut_out(team: DeskUp) -> None:
    db = team.room.open()
    now = team.desk.clock()
    token = token_for(team, "Rabia")
    with program(team, token) as client:
        assert client.get("/api/me").status_code == 200
        [known] = tokens.listed(db, None, now)
        tokens.revoke(db, known.id, by="Ada", now=now)
        assert client.get("/api/me").status_code == 401
    with program(team, token_for(team, "Omar")) as client:
        assert client.get("/api/me").json()["name"] == "Omar"
        omar = people.named(db, "Omar")
        assert omar
        people.shut_out(db, omar.id, by="Ada", now=now)
        assert client.get("/api/me").status_code == 401
    db.close()


def test_a_signed_in_browser_reads_the_api_but_decides_through_forms_alone(team: DeskUp) -> None:
    team.sign_in("Rabia")
    assert team.get("/api/me").json() == {
        "name": "Rabia",
        "role": "reviewer",
        "by_token": False,
        "version": "0.1.0",
        "now": "2026-11-21T07:00:00Z",
    }
    assert team.client.post("/api/articles/1/decision", json=decision()).status_code == 401
    assert not lines(team)


def test_another_site_cannot_have_an_open_desk_decide(
    full_room: Newsroom, desk_over: Serve
) -> None:
    """A desk without accounts takes JSON from this machine; a page of another site is refused."""
    with desk_over(full_room) as up:
        for headers in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
        ):
            answer = up.client.post("/api/articles/1/decision", json=decision(), headers=headers)
            assert answer.status_code == 403, headers
        plain = up.client.post(
            "/api/articles/1/decision",
            content=json.dumps(decision()),
            headers={"content-type": "text/plain"},
        )
        assert plain.status_code == 415  # what a form of another site could send unasked
        assert not lines(up)
        assert up.client.post("/api/articles/1/decision", json=decision()).status_code == 200


def test_no_token_is_ever_logged(
    team: DeskUp, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = token_for(team, "Rabia")
    with program(team, None) as client:
        client.get(f"/accepted.atom?token={token}")
        client.get(f"/accepted.atom?token={token}x")
        client.get(f"/searches/1.atom?token={token}&x=1")
        client.get("/api/me", headers={"authorization": f"Bearer {token}"})
    out, err = capfd.readouterr()
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert token not in "\n".join([out, err, *ours])


# --- two people, blind ----------------------------------------------------------------------


def test_the_second_reader_learns_nothing_of_the_first_answer(
    full_room: Newsroom, desk_over: Serve
) -> None:
    with (
        desk_over(full_room, people=TEAM, read_twice=lambda: 1.0) as up,
        program(up, token_for(up, "Rabia")) as rabia,
        program(up, token_for(up, "Omar")) as omar,
        program(up, token_for(up, "Omar", read_only=True)) as quiet,
    ):
        first = decision("not_relevant", note="a border of another kind")
        assert rabia.post("/api/articles/2/decision", json=first).status_code == 200
        for client in (omar, quiet):
            for path in (
                "/api/articles", "/api/articles/2", "/api/articles?decision=not_relevant",
                "/api/decisions", "/api/decisions?article=2", "/accepted.atom",
                "/api/why?url=https://kabul.example/news/2",
            ):  # fmt: skip
                told = client.get(path).text
                assert "not_relevant" not in told, path
                assert "Rabia" not in told, path
                assert "another kind" not in told, path
        undecided = omar.get("/api/articles?decision=none").json()["articles"]
        assert 2 in [row["article"] for row in undecided], "its absence tells"
        article = omar.get("/api/articles/2").json()
        assert (article["decision"], article["standing"], article["score"]) == (None, 0, None)
        second = omar.post("/api/articles/2/decision", json=decision("relevant"))
        assert second.status_code == 200, second.text
        told = omar.get("/api/articles/2").json()
        assert {line["by"] for line in told["history"]} == {"Rabia", "Omar"}
        assert rabia.get("/api/articles/2").json()["decision"] == "not_relevant"
