"""The page of tokens: one's own, shown once, ended for good."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


TEAM = {"Ada": "administrator", "Rabia": "reviewer", "Omar": "reviewer"}
TOKEN = re.compile(r"trk_[\w-]{43}")


@pytest.fixture
def team(newsroom: Newsroom, desk_over: Serve) -> Any:
    with desk_over(newsroom, people=TEAM) as desk:
        yield desk


def issue(up: DeskUp, label: str = "a script", **form: str) -> tuple[httpx.Response, str]:
    answer = up.post("/settings/tokens", {"label": label, **form})
    found = TOKEN.search(answer.text)
    return answer, found[0] if found else ""


def may(up: DeskUp, token: str) -> str:
    """The role a token opens; "" when it opens nothing."""
    answer = up.get("/api/me", authorization=f"Bearer {token}")
    return str(answer.json()["role"]) if answer.status_code == 200 else ""


def test_a_token_is_shown_once_and_works_at_once(team: DeskUp) -> None:
    team.sign_in("Rabia")
    answer, token = issue(team)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert may(team, token) == "reviewer"
    page = team.get("/settings/tokens").text
    assert "a script" in page
    assert token not in page


def test_one_for_reading_opens_reading(team: DeskUp) -> None:
    team.sign_in("Rabia")
    _, token = issue(team, read_only="yes")
    assert may(team, token) == "reader"


def test_its_last_day_is_a_day_of_the_team(team: DeskUp) -> None:
    """The team's zone is five hours ahead of UTC: its day ends at seven in the evening there."""
    team.sign_in("Rabia")
    _, token = issue(team, until="2026-11-21")
    assert may(team, token) == "reviewer"
    page = team.get("/settings/tokens").text
    assert "2026-11-21T19:00" in page or "00:00" in page
    answer, token = issue(team, until="2026-11-20")
    assert (answer.status_code, token) == (422, "")
    answer, token = issue(team, until="soon")
    assert (answer.status_code, token) == (422, "")


def test_without_a_label_none_is_made_and_the_page_says_why(team: DeskUp) -> None:
    team.sign_in("Rabia")
    answer, token = issue(team, label="  ")
    assert (answer.status_code, token) == (422, "")
    assert "label" in answer.text


def test_people_see_and_end_their_own_and_administrators_everybodys(team: DeskUp) -> None:
    with team.beside("Rabia") as rabia, team.beside("Omar") as omar, team.beside("Ada") as ada:
        _, token = issue(rabia, label="of Rabia")
        assert "of Rabia" not in omar.get("/settings/tokens").text
        assert omar.post("/settings/tokens/1/revoke", {}).status_code == 404
        assert may(team, token)
        assert "of Rabia" in ada.get("/settings/tokens").text
        assert ada.post("/settings/tokens/1/revoke", {}).status_code == 303
        assert not may(team, token)
        page = rabia.get("/settings/tokens?done=revoked").text
        assert "revoked" in page
        assert "Ada" in page
        _, second = issue(rabia, label="another")
        assert rabia.post("/settings/tokens/2/revoke", {}).status_code == 303
        assert not may(team, second)
        assert rabia.post("/settings/tokens/9/revoke", {}).status_code == 404


def test_a_desk_without_accounts_needs_none_and_says_so(
    newsroom: Newsroom, desk_over: Serve
) -> None:
    with desk_over(newsroom) as up:
        assert "without a token" in up.get("/settings/tokens").text
        answer, token = issue(up)
        assert (answer.status_code, token) == (409, "")


def test_a_hostile_label_is_only_text(team: DeskUp) -> None:
    team.sign_in("Rabia")
    issue(team, label='"><script>alert(1)</script>\u202e')
    page = team.get("/settings/tokens").text
    assert "<script>alert" not in page
    assert "\u202e" not in page
