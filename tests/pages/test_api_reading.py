"""What a program is promised when it reads: the description holds, pages do not slip, no leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.web.api import OPERATIONS
from monitor.web.api.contract import refusals
from monitor.web.server import entries
from monitor.web.session import Seal
from monitor.web.views.door import Keeper
from store import editions, reviews, tags
from store.db import write
from store.messages import Edition

if TYPE_CHECKING:
    from tests.pages.conftest import DeskUp, Newsroom

    class Serve(Protocol):
        def __call__(self, room: Newsroom, **changes: Any) -> AbstractContextManager[DeskUp]: ...


@pytest.fixture
def up(full_room: Newsroom, desk_over: Serve) -> Any:
    with desk_over(full_room) as desk:
        yield desk


# --- the description ------------------------------------------------------------------------


def wrong(schema: dict[str, Any], value: Any, whole: dict[str, Any], at: str = "$") -> list[str]:
    """Where ``value`` is not what ``schema`` says; enough of JSON Schema for what we write."""
    if "$ref" in schema:
        return wrong(
            whole["components"]["schemas"][schema["$ref"].split("/")[-1]], value, whole, at
        )
    if "anyOf" in schema:
        tried = [wrong(one, value, whole, at) for one in schema["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    found = [] if _fits(schema, value) else [f"{at}: {value!r} is no {schema}"]
    if found:
        return found
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}.{n} is missing" for n in schema.get("required", []) if n not in value]
        beyond = schema.get("additionalProperties", True)
        for name, part in value.items():
            if name in known:
                found += wrong(known[name], part, whole, f"{at}.{name}")
            elif beyond is False:
                found.append(f"{at}.{name} is not described")
            elif isinstance(beyond, dict):
                found += wrong(beyond, part, whole, f"{at}.{name}")
    if isinstance(value, list):
        for number, part in enumerate(value):
            found += wrong(schema.get("items", {}), part, whole, f"{at}[{number}]")
    return found


_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def _fits(schema: dict[str, Any], value: Any) -> bool:
    kinds = _KINDS.get(schema.get("type", ""))
    if kinds and (not isinstance(value, kinds) or (type(value) is bool and bool not in kinds)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if schema.get("format") == "date-time" and not _INSTANT.fullmatch(value):
        return False
    return schema.get("format") != "date" or str(date.fromisoformat(value)) == value


def answer_schema(described: dict[str, Any], path: str, status: int = 200) -> dict[str, Any]:
    [content] = described["paths"][path]["get"]["responses"][str(status)]["content"].values()
    found: dict[str, Any] = content["schema"]
    return found


def test_the_check_itself_can_fail() -> None:
    """A check of schemas that accepts everything would prove nothing below."""
    schema = {
        "type": "object",
        "required": ["at"],
        "additionalProperties": False,
        "properties": {"at": {"type": "string", "format": "date-time"}},
    }
    assert not wrong(schema, {"at": "2026-11-21T07:00:00Z"}, {})
    for bad in (
        {},
        {"at": 1},
        {"at": "2026-11-21T07:00:00+05:00"},
        {"at": "2026-11-21T07:00:00Z", "b": 1},
    ):
        assert wrong(schema, bad, {})


def filled(room: Newsroom) -> None:
    """Give the newsroom one of everything the API tells."""
    db = room.open()
    reviews.decide(db, article=1, answer="relevant", by="Rabia", now=_now(), note="ours")
    reviews.decide(db, article=2, answer="unsure", by="Omar", now=_now())
    reviews.undo(db, article=2, by="Omar", now=_now())
    tags.add(db, article=1, tags=["talks in Doha"], by="Rabia", now=_now())
    at = _now()
    for day in (19, 20):
        edition = Edition(
            day_on=date(2026, 11, day), made_at=at, since_at=at, until_at=at, title=f"Day {day}",
            page="<p>told</p>",
        )  # fmt: skip
        editions.put(db, edition, [])
    with write(db):
        db.execute(
            "INSERT INTO stories (id, first_at, last_at, members) VALUES"
            " (1, :at, :at, 2), (2, :at, :at, 1)",
            {"at": at.isoformat()},
        )
        db.execute("UPDATE articles SET story = CASE WHEN id < 3 THEN 1 ELSE 2 END WHERE id < 4")
        _claim(db, 1, "killed")
        _claim(db, 4, "displaced")
        for article in (1, 4):
            db.execute(
                "INSERT INTO quotes (id, article, mark, version, speaker, office, speaker_side,"
                " words, sentence, start, resolved, outlet, side, title, told_at, noted_at)"
                " VALUES (:n, :n, 'm', 1, 'A. Spokesman', 'ministry', 'pakistan', 'we will talk',"
                " 'He said: we will talk.', 0, '', 'x', 'pakistan', 't', :at, :at)",
                {"n": article, "at": at.isoformat()},
            )
        db.execute(
            "INSERT INTO holes (feed, since_at, until_at, opened_at, why)"
            " VALUES ('frontier', '2026-11-20T01:00:00+00:00', '2026-11-20T05:00:00+00:00',"
            " '2026-11-20T05:00:00+00:00', 'outage')"
        )
    db.close()


def _claim(db: Any, article: int, population: str) -> None:
    db.execute(
        "INSERT INTO claims (article, mark, version, population, who, subject, unit, least, most,"
        " text, place, as_of, speaker, office, speaker_side, outlet, side, title, told_at, part,"
        " sentence, start, figure, figure_end, noted_at) VALUES (:n, 'm', 1, :p, '', '', 'people',"
        " 4, 4, 'four', 'Khost', '', '', '', '', 'x', 'pakistan', 't', :at, 'body', 'Four.', 0, 0,"
        " 4, :at)",
        {"n": article, "p": population, "at": _now().isoformat()},
    )


def _now() -> datetime:
    return datetime.fromisoformat("2026-11-21T06:30:00+00:00")


@pytest.fixture(scope="module")
def rich(built_room: Any, desk_over: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    import shutil
    from dataclasses import replace

    path = tmp_path_factory.mktemp("api") / "rich.db"
    shutil.copy(built_room.path, path)
    room = replace(built_room, path=path, specs=dict(built_room.specs))
    filled(room)
    with desk_over(room) as desk:
        yield desk


ASKED = {
    "/api/articles": "/api/articles?limit=200",
    "/api/articles/{id}": "/api/articles/1",
    "/api/decisions": "/api/decisions",
    "/api/stories": "/api/stories",
    "/api/stories/{id}": "/api/stories/1",
    "/api/claims": "/api/claims",
    "/api/quotes": "/api/quotes",
    "/api/digests": "/api/digests",
    "/api/digests/{day}": "/api/digests/2026-11-20",
    "/api/feeds": "/api/feeds",
    "/api/ledger": "/api/ledger",
    "/api/gaps": "/api/gaps",
    "/api/why": "/api/why?url=https://frontier.example/news/1",
    "/api/me": "/api/me",
}


@pytest.mark.parametrize("path", ASKED)
def test_what_is_answered_is_what_is_described_and_something_is_there(
    rich: DeskUp, path: str
) -> None:
    described = rich.get("/api/openapi.json").json()
    answer = rich.get(ASKED[path])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert not wrong(answer_schema(described, path), told, described)
    for rows in told.values():
        if isinstance(rows, list) and "{" not in path and path != "/api/why":
            assert rows, "an empty list is described by anything"


def test_every_route_is_described_and_every_described_one_is_there(rich: DeskUp) -> None:
    served = {
        (entry.method.lower(), entry.path)
        for entry in entries(Keeper(Seal(b"x" * 32)))
        if entry.path.startswith("/api/") and entry.path != "/api/openapi.json"
    }
    paths = rich.get("/api/openapi.json").json()["paths"]
    assert {(method, path) for path, by in paths.items() for method in by} == served
    assert {path for method, path in served if method == "get"} == set(ASKED)


def test_every_reference_of_the_description_leads_somewhere(rich: DeskUp) -> None:
    described = rich.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            for name, inner in part.items():
                if name == "$ref":
                    yield inner
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    found = set(references(described))
    assert found
    for reference in found:
        name = reference.removeprefix("#/components/schemas/")
        assert name in described["components"]["schemas"], reference


def test_the_page_for_people_names_every_route(rich: DeskUp) -> None:
    page = rich.get("/api").text
    for operation in OPERATIONS:
        assert f"{operation.method} {operation.path}" in page
    assert '<script src="http' not in page


# --- what may be asked ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/api/articles?colour=red", "colour"),
        ("/api/me?limit=1", "limit"),
        ("/api/articles?token=trk_x", "token"),
        ("/api/articles?limit=0", "limit"),
        ("/api/articles?limit=201", "limit"),
        ("/api/articles?limit=ten", "limit"),
        ("/api/articles?limit=1&limit=2", "limit"),
        ("/api/articles?since=yesterday", "since"),
        ("/api/articles?since=2026-11-21T07:00:00", "since"),
        ("/api/articles?until=9999-12-31T23:59:59-14:00", "until"),
        ("/api/articles?decision=maybe", "decision"),
        ("/api/articles?route=sample", "route"),
        ("/api/articles?outlet=", "outlet"),
        ("/api/articles?q=%20", "q"),
        ("/api/articles?tag=%23", "tag"),
        ("/api/claims?claimant=%20", "claimant"),
        ("/api/articles?next=abc", "next"),
        ("/api/articles?next=%00%ff", "next"),
        ("/api/articles?next=WyJhIiwtMV0", "next"),
        ("/api/articles/1?version=0", "version"),
        ("/api/ledger?since=2026-11-22&until=2026-11-21", "since"),
        ("/api/ledger?since=2020-01-01&until=2026-11-21", "since"),
        ("/api/why", "url"),
        ("/api/why?url=nonsense", "url"),
        ("/api/claims?year=1", "year"),
        ("/api/gaps?state=shut", "state"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name_in_a_sentence(
    rich: DeskUp, path: str, parameter: str
) -> None:
    described = rich.get("/api/openapi.json").json()
    answer = rich.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["parameter"] == parameter
    assert told["status"] == 400
    assert parameter in told["detail"]
    assert told["detail"].endswith(".")
    assert not wrong({"$ref": "#/Problem"}, told, described)


@pytest.mark.slow
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_is_asked_is_answered_or_refused_and_never_breaks(
    rich: DeskUp, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from([op for op in OPERATIONS if op.sends is None]))
    name = data.draw(st.sampled_from([*operation.asks.model_fields, "zzz"]))
    value = data.draw(
        st.one_of(
            st.text(max_size=40),
            st.integers().map(str),
            st.dates().map(str),
            st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
            st.sampled_from(
                ["-1", "1e9", "\x00", '"', "NOT", "OR *", "NaN", "９", "9" * 30, "true"]
            ),
        )
    )
    answer = rich.client.get(ASKED[operation.path].partition("?")[0], params={name: value})
    assert answer.status_code in {200, 400, 404}, (operation.path, name, value, answer.text)
    answer.json()


def test_every_route_refuses_a_parameter_it_does_not_know(rich: DeskUp) -> None:
    for path in ASKED.values():
        answer = rich.get(f"{path}{'&' if '?' in path else '?'}zzz=1")
        assert (answer.status_code, answer.json()["parameter"]) == (400, "zzz"), path


@pytest.mark.parametrize(
    "path",
    [
        "/api/articles/99", "/api/articles/0", "/api/articles/x", "/api/articles/1?version=7",
        "/api/stories/99", "/api/digests/2020-01-01", "/api/digests/x", "/api/nothing",
        f"/api/articles/{2**64}",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_too(rich: DeskUp, path: str) -> None:
    answer = rich.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")


def test_a_method_that_is_not_taken_says_which_is(rich: DeskUp) -> None:
    answer = rich.client.post("/api/articles", json={})
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


def test_filters_find_what_they_say(rich: DeskUp) -> None:
    def found(query: str) -> list[int]:
        answer = rich.get(f"/api/articles?{query}")
        assert answer.status_code == 200, answer.text
        return [row["article"] for row in answer.json()["articles"]]

    assert found("") == [5, 4, 3, 2, 1]
    assert found("decision=relevant") == [1]
    assert found("decision=none") == [5, 4, 3, 2]
    assert found("q=trucks") == [2, 1]
    assert found("q=trucks&outlet=Kabul+Courier") == [2]
    assert found("side=afghanistan") == [2]
    assert found("language=ur") == [3]
    assert found("tag=talks+in+Doha") == [1]
    assert found("topic=refugees") == [4]
    assert found("route=reject") == [5]
    assert found("route=queue") == [4, 3, 2, 1]
    assert found("since=2026-11-21T05:00:00Z&until=2026-11-21T05:00:01Z") == []
    assert found("since=2026-11-21T05:00:00+00:00") == [5, 4, 3, 2, 1]
    assert found("q=%22%28") == []


def test_an_instant_is_utc_with_a_z_and_a_day_is_plain(rich: DeskUp) -> None:
    article = rich.get("/api/articles/1").json()
    assert article["decided_at"] == "2026-11-21T06:30:00Z"
    assert rich.get("/api/digests").json()["digests"][0]["day_on"] == "2026-11-20"


def test_one_article_comes_with_its_text_its_reasons_and_its_history(rich: DeskUp) -> None:
    article = rich.get("/api/articles/1").json()
    assert article["text"].startswith("Officials from Pakistan")
    labels = [part["label"] for part in article["evidence"]["contributions"]]
    assert "talks" in labels
    [line] = article["history"]
    assert (line["by"], line["answer"], line["note"]) == ("Rabia", "relevant", "ours")
    assert article["standing"] == line["line"]
    assert [claim["population"] for claim in article["claims"]] == ["killed"]
    assert article["tags"] == ["talks in doha"]
    start = article["evidence"]["contributions"][0]["matches"][0]
    assert article["title"][start["start"] : start["end"]] == start["text"]


def test_an_undone_line_says_so(rich: DeskUp) -> None:
    lines = {line["line"]: line for line in rich.get("/api/decisions").json()["decisions"]}
    assert [lines[2]["undone"], lines[3]["undoes"]] == [True, 2]
    assert [line["by"] for line in rich.get("/api/decisions?by=Omar").json()["decisions"]] == [
        "Omar",
        "Omar",
    ]


# --- pages ----------------------------------------------------------------------------------


def read_on(up: DeskUp, path: str, rows: str, between: Any = None) -> list[Any]:
    """Read a list to its end, ``between`` its pages something happens."""
    found: list[Any] = []
    mark, joint = "", "&" if "?" in path else "?"
    for _ in range(100):
        told = up.get(f"{path}{joint}limit=2{f'&next={mark}' if mark else ''}").json()
        assert len(told[rows]) <= 2
        found += told[rows]
        mark = told["next"]
        if mark is None:
            return found
        if between:
            between()
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    ("path", "rows", "key"),
    [
        ("/api/articles", "articles", "article"),
        ("/api/articles?q=talks+OR+trucks", "articles", "article"),
        ("/api/articles?route=queue", "articles", "article"),
        ("/api/decisions", "decisions", "line"),
        ("/api/stories", "stories", "story"),
        ("/api/feeds", "feeds", "feed"),
        ("/api/digests", "digests", "day_on"),
        ("/api/claims", "claims", "claim"),
        ("/api/ledger", "days", "feed"),
    ],
)
def test_pages_together_are_the_list(rich: DeskUp, path: str, rows: str, key: str) -> None:
    joint = "&" if "?" in path else "?"
    whole = rich.get(f"{path}{joint}limit=200").json()[rows]
    assert [row[key] for row in read_on(rich, path, rows)] == [row[key] for row in whole]


def test_what_arrives_between_two_pages_neither_repeats_nor_hides_a_row(up: DeskUp) -> None:
    before = [row["article"] for row in up.get("/api/articles").json()["articles"]]

    def arrives() -> None:
        up.room.article("wire", f"Another headline {up.room.count}", f"Body {up.room.count}.")

    read = [row["article"] for row in read_on(up, "/api/articles", "articles", arrives)]
    assert read == before


def test_a_mark_of_one_list_does_not_serve_another(rich: DeskUp) -> None:
    mark = rich.get("/api/articles?limit=1").json()["next"]
    for path in ("/api/articles?outlet=x&", "/api/decisions?", "/api/stories?"):
        answer = rich.get(f"{path}next={mark}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, "next")
    assert rich.get(f"/api/articles?limit=3&next={mark}").status_code == 200


def test_the_description_names_every_refusal_a_route_may_give() -> None:
    for operation in OPERATIONS:
        assert {400, 401, 403} <= set(refusals(operation))
        assert (409 in refusals(operation)) == (operation.sends is not None)


# --- what is kept back ----------------------------------------------------------------------


def sampled(room: Newsroom) -> int:
    """An article drawn from the rejected, which waits like the rest."""
    number = room.article("wire", "Weather over the plains", "Rain on Monday.", score=0.03)
    db = room.open()
    with write(db):
        db.execute("UPDATE articles SET route = 'sample' WHERE id = ?", (number,))
    db.close()
    return number


SECRETS = ("score", "route", "evidence")


def test_what_was_drawn_from_the_rejected_looks_like_what_is_doubtful(up: DeskUp) -> None:
    """Article 4 waits with .44 of its own; told apart, the audit would be worthless."""
    number = sampled(up.room)
    told = {n: up.get(f"/api/articles/{n}").json() for n in (4, number)}
    for article in told.values():
        assert article["kept_back"]
        assert [article[name] for name in SECRETS] == [None, None, None]
        assert article["topics"] == []
        assert article["claims"] == []
        assert article["disposition"] == "queued"
        assert article["reason"] is None
    listed = up.get("/api/articles").json()["articles"]
    for row in listed:
        if row["article"] in told:
            assert (row["kept_back"], row["score"], row["route"]) == (True, None, None)
    why = up.get(f"/api/why?url={told[number]['url']}").json()
    assert (why["article"]["score"], why["article"]["route"]) == (None, None)
    assert "0.03" not in up.get(f"/api/articles/{number}").text
    queue = [row["article"] for row in up.get("/api/articles?route=queue").json()["articles"]]
    assert {4, number} <= set(queue)
    assert up.get("/api/articles?sort=score").status_code == 400


def test_claims_of_what_is_kept_back_are_not_in_the_register_either(rich: DeskUp) -> None:
    """Only what was queued for its score is read for claims: to have some would tell."""
    for path, rows in (("/api/claims", "claims"), ("/api/quotes", "quotes")):
        assert [row["article"] for row in rich.get(path).json()[rows]] == [1]


def test_it_is_told_once_decided_and_kept_back_again_once_undone(up: DeskUp) -> None:
    db = up.room.open()
    reviews.decide(db, article=4, answer="not_relevant", by="Omar", now=_now())
    assert up.get("/api/articles/4").json()["score"] == 0.44
    assert up.get("/api/decisions").json()["decisions"][0]["score"] == 0.44
    reviews.undo(db, article=4, by="Omar", now=_now() + timedelta(seconds=1))
    db.close()
    assert up.get("/api/articles/4").json()["score"] is None
    assert "0.44" not in up.get("/api/decisions").text
    assert "0.44" not in up.get("/api/articles/4").text


# --- the manual -----------------------------------------------------------------------------


def test_the_manual_names_every_route_with_every_parameter() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/api.md").read_text()
    told = re.findall(r"^\| `(GET|POST) (\S+)` \|[^|]*\|([^|]*)\|$", page, re.MULTILINE)
    found = {(method, path): set(re.findall(r"`(\w+)`", given)) for method, path, given in told}
    assert found == {
        (operation.method, operation.path): {
            *operation.asks.model_fields,
            *(operation.sends.model_fields if operation.sends else ()),
        }
        - {"limit", "next"}
        for operation in OPERATIONS
    }


def test_the_manual_names_every_refusal() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/api.md").read_text()
    told = {int(status) for status in re.findall(r"^\| (\d{3}) \|", page, re.MULTILINE)}
    assert {status for operation in OPERATIONS for status in refusals(operation)} <= told
