"""Texts brought in at the desk: shown with what is cut, kept only when somebody says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from bench.papers import HEAD, paragraphs, pdf
from monitor.edge.worker import Workers
from monitor.inquiry import waiting
from monitor.stages import dedupe
from monitor.web.uploads import UploadError, parts, plain_name
from store import articles, corpus, imports, reviews, uploads

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
TEAM = {"Ada": "administrator", "Rabia": "reviewer", "Omar": "reviewer", "Zoya": "reader"}
TEXT = "\n".join(["A bridge of the mind", *paragraphs(3), "Scroll to Top", "Share this article"])


@pytest.fixture(scope="module")
def readers() -> Iterator[Workers]:
    with Workers(count=1, preload=("monitor.stages.extract",)) as found:
        yield found


@pytest.fixture
def team(newsroom: Newsroom, desk_over: Serve, readers: Workers) -> Iterator[DeskUp]:
    def offers(name: str, body: bytes) -> Any:
        return waiting.offers(name, body, readers, NOW)

    with desk_over(newsroom, people=TEAM, offers=offers) as desk:
        desk.sign_in("Rabia")
        yield desk


def send(up: DeskUp, *files: tuple[str, bytes], token: str | None = None) -> httpx.Response:
    given = [("files", (name, body, "application/octet-stream")) for name, body in files]
    data = {"token": up.token() if token is None else token}
    return up.client.post("/corpus/bring", data=data, files=given, follow_redirects=True)


def settle(up: DeskUp, path: str, **form: str) -> httpx.Response:
    return up.client.post(path, data={"token": up.token(), **form}, follow_redirects=True)


def held(room: Newsroom) -> list[Any]:
    with closing(room.open()) as db:
        return [label for label in corpus.labels(db) if label.origin == "import"]


def first_waiting(answer: httpx.Response) -> str:
    found = re.search(r"/corpus/bring/(\d+)", str(answer.url) + answer.text)
    assert found, answer.text
    return found[0]


def test_a_text_is_shown_with_what_is_cut_and_kept_only_when_somebody_says_so(
    team: DeskUp, newsroom: Newsroom
) -> None:
    page = send(team, ("bridge.txt", TEXT.encode()))
    assert page.status_code == 200
    assert "A bridge of the mind" in page.text
    assert "<del>" in page.text
    assert "Scroll to Top" in page.text
    assert held(newsroom) == []
    done = settle(
        team, first_waiting(page), do="keep", label="relevant", title="The bridge",
        outlet="Hill Courier", published="2025-03-04", language="en",
    )  # fmt: skip
    assert "kept" in done.text
    [label] = held(newsroom)
    assert (label.title, label.outlet, label.relevant, label.by) == (
        "The bridge", "Hill Courier", True, "Rabia",
    )  # fmt: skip
    assert label.published_at == datetime(2025, 3, 4, tzinfo=UTC)
    assert "Scroll to Top" not in label.body
    assert paragraphs(3)[2] in label.body


def test_a_file_sent_twice_waits_once(team: DeskUp) -> None:
    for _ in range(2):
        send(team, ("a.txt", TEXT.encode()), ("b.txt", ("Another\n" + TEXT).encode()))
    assert "2 texts wait to be looked at" in team.get("/corpus/bring").text


@pytest.mark.slow
def test_a_pdf_shows_its_running_head_as_cut(team: DeskUp) -> None:
    page = send(team, ("gate.pdf", pdf("columns", paragraphs(12)))).text
    assert "Cut: running" in page
    assert HEAD in page
    assert "PDF information" in page, "where title and date were read is told"
    assert len(page) < 60_000


def test_what_is_left_is_gone_and_a_second_click_keeps_nothing_twice(
    team: DeskUp, newsroom: Newsroom
) -> None:
    there = first_waiting(send(team, ("bridge.txt", TEXT.encode())))
    assert settle(team, there, do="leave").status_code == 200
    assert settle(team, there, do="keep", label="not_relevant").status_code == 404
    assert held(newsroom) == []


def test_the_same_text_is_told_and_its_opposite_label_is_not_decided_by_the_machine(
    team: DeskUp, newsroom: Newsroom
) -> None:
    body = "\n".join(paragraphs(3))
    newsroom.feed("gazette")
    number = newsroom.article("gazette", "A bridge of the mind", body)
    with closing(newsroom.open()) as db:
        prints = dedupe.fingerprint("A bridge of the mind", body)
        read = newsroom.text(number, "A bridge of the mind", body, None, "en")
        compared = replace(
            read, text_hash=prints.text_hash, title_key=prints.title_key, sketch=prints.sketch
        )
        articles.save_text(db, compared, NOW)
        reviews.decide(db, article=number, answer="relevant", by="Ada", now=NOW)
    page = send(team, ("again.txt", f"A bridge of the mind\n{body}".encode()))
    assert f"text as article {number}, Gazette" in page.text
    assert "accepted" in page.text
    assert "As not relevant it would contradict what stands here" in page.text
    settle(team, first_waiting(page), do="keep", label="not_relevant", twin="skip")
    assert held(newsroom) == []
    with closing(newsroom.open()) as db:
        [run] = imports.runs(db)
        [line] = imports.lines(db, run.id)
    assert line.outcome == "left"
    assert line.same_as == f"article:{number}"
    again = send(team, ("again.txt", f"A bridge of the mind\n{body}".encode()))
    settle(team, first_waiting(again), do="keep", label="relevant", twin="version")
    assert len(held(newsroom)) == 1


def test_an_import_is_taken_back_and_its_line_stays(team: DeskUp, newsroom: Newsroom) -> None:
    there = first_waiting(send(team, ("bridge.txt", TEXT.encode())))
    settle(team, there, do="keep", label="relevant", title="The bridge")
    settle(team, "/corpus/bring/runs/1/undo", why="It is another team's.")
    assert held(newsroom) == []
    page = team.get("/corpus/bring/runs/1").text
    assert "another team" in page
    assert "bridge.txt" in page
    assert settle(team, "/corpus/bring/runs/1/undo").status_code == 404


def test_each_person_sees_what_they_sent_alone_and_for_a_day(
    team: DeskUp, newsroom: Newsroom
) -> None:
    there = first_waiting(send(team, ("bridge.txt", TEXT.encode())))
    with team.beside("Omar") as other:
        assert other.get(there).status_code == 404
        assert "bridge.txt" not in other.get("/corpus/bring").text
    with closing(newsroom.open()) as db:
        assert uploads.waiting(db, "Rabia", NOW + timedelta(days=2)) == []
        assert uploads.forget(db, NOW + timedelta(days=2)) == 1


def test_readers_and_strangers_forms_bring_nothing_in(team: DeskUp, newsroom: Newsroom) -> None:
    assert send(team, ("a.txt", TEXT.encode()), token="0" * 64).status_code == 403
    with team.beside("Zoya") as reader:
        assert send(reader, ("a.txt", TEXT.encode())).status_code == 403
        assert reader.get("/corpus/bring").status_code == 403
    elsewhere = team.client.post("/you", data={"token": team.token()}, files={"files": b"x"})
    assert elsewhere.status_code == 415, "no other form carries files"
    with closing(newsroom.open()) as db:
        assert uploads.waiting(db, "Rabia", NOW) == []


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("old.doc", b"\xd0\xcf\x11\xe0" + b"x" * 99, "old Office file"),
        ("page.pdf", b"%PDF-1.7 nothing at all", "this PDF cannot be read"),
        ("a.zip", b"PK\x03\x04 broken", "damaged"),
        ("short.txt", b"Too short.", "too short"),
        ("list.ris", b"TY  - NEWS\nTI  - Alone\nER  - \n", "neither a file nor an abstract"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    team: DeskUp, name: str, body: bytes, why: str
) -> None:
    answer = send(team, (name, body))
    assert answer.status_code == 422
    assert why in answer.text
    assert name in answer.text


def test_a_form_that_is_too_large_is_refused_whole(team: DeskUp, newsroom: Newsroom) -> None:
    answer = send(team, ("a.txt", TEXT.encode()), ("b.txt", b"x " * 17_000_000))
    assert answer.status_code == 413
    many = send(team, *((f"{n}.txt", TEXT.encode()) for n in range(11)))
    assert many.status_code == 400
    with closing(newsroom.open()) as db:
        assert uploads.waiting(db, "Rabia", NOW) == []


def test_a_hostile_name_is_a_name_and_nothing_else(team: DeskUp) -> None:
    page = send(team, ("../../etc/<script>alert(1)<\u202e/script>.txt", TEXT.encode())).text
    assert "<script>alert" not in page
    assert "../" not in page.replace("../../", "", 0) or "etc" not in page
    assert plain_name("C:\\Users\\me\\gate.pdf") == "gate.pdf"
    assert plain_name("/.. ") == "file"
    assert len(plain_name("x" * 9000 + ".pdf")) <= 200


@pytest.mark.parametrize(
    "body",
    [b"", b"--b\r\n", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nunfinished',
     b"--b\r\nX: y\r\n\r\nno name\r\n--b--\r\n", b"--b\r\n" + b"H" * 20_000 + b": x\r\n\r\n"],
)  # fmt: skip
def test_a_broken_form_is_refused_and_nothing_of_it_is_read(body: bytes) -> None:
    with pytest.raises(UploadError):
        parts(body, "multipart/form-data; boundary=b")
