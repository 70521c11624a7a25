"""The line to the children carries plain data unharmed, and nothing else in either direction."""

from __future__ import annotations

import dataclasses
import math
import re
import struct
import subprocess
import sys
import time
import types
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classifiers.types
import monitor.model
import store.types
from monitor.articles.reading import read_feed_text
from monitor.edge.nursery import MAX_REPLY_BYTES
from monitor.edge.promise import promised
from monitor.edge.wire import MAX_LENGTH, found, named, packed, unpacked
from monitor.edge.worker import WorkerFault, _understood
from monitor.model import ArticleText, Dropped, Entry, Fetched, Fingerprints, Reason, When
from monitor.stages.parse import parse_feed
from store.types import Draw

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 1, 12, 30, 0, 7, tzinfo=UTC)
CLASSES = [
    found
    for module in (monitor.model, store.types, classifiers.types)
    for found in vars(module).values()
    if dataclasses.is_dataclass(found) and found.__module__ == module.__name__
]

# --- every value there is -------------------------------------------------------------------

# Whole seconds: no place on earth has a finer offset, and Python 3.11 reads none back.
zones = st.just(UTC) | st.integers(-82_800, 82_800).map(lambda s: timezone(timedelta(seconds=s)))
instants = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones  # noqa: DTZ001 - bounds are naive
)  # fmt: skip
numbers = st.integers(-(2**63), 2**64 - 1)
leaves = (
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | st.text() | st.binary()
    | instants | st.dates() | st.sampled_from(Reason)
)  # fmt: skip
salted = st.text(max_size=9) | st.binary(max_size=9)


def several(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    rows = st.lists(inner, max_size=4)
    return rows | rows.map(tuple) | st.dictionaries(salted, inner, max_size=4)


values = st.recursive(
    leaves | st.frozensets(salted, max_size=5) | st.sets(salted, max_size=5), several, max_leaves=20
)


def one_of(hint: Any) -> st.SearchStrategy[Any]:
    """Strategies for what the annotations of our own values say."""
    hint = getattr(hint, "__supertype__", hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return st.one_of([one_of(part) for part in inner])
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return st.sampled_from(inner or list(hint))
    if origin is tuple:
        many = inner[-1:] == (...,)
        return (
            st.lists(one_of(inner[0]), max_size=3).map(tuple)
            if many
            else st.tuples(*map(one_of, inner))
        )
    if origin in {dict, Mapping}:
        return st.dictionaries(one_of(inner[0]), one_of(inner[1]), max_size=3)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: one_of(hints[f.name]) for f in dataclasses.fields(hint)})
    known: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=20), int: numbers, bool: st.booleans(), bytes: st.binary(),
        float: st.floats(allow_nan=False), datetime: instants, date: st.dates(),
        type(None): st.none(), object: leaves,
    }  # fmt: skip
    return known[hint]


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same classes all the way down: 1, 1.0 and True are three values."""
    if type(one) is not type(other):
        return False
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return bool(one == other)


@given(values)
def test_every_plain_value_arrives_as_it_was(value: object) -> None:
    assert same(unpacked(packed(value)), value)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@settings(max_examples=10)
@given(data=st.data())
def test_every_record_of_ours_arrives_as_it_was(kind: type, data: st.DataObject) -> None:
    value = data.draw(one_of(kind))
    assert same(unpacked(packed(value)), value)


def test_numbers_that_are_equal_to_nothing_arrive_too() -> None:
    assert math.isnan(unpacked(packed(math.nan)))
    assert math.copysign(1, unpacked(packed(-0.0))) == -1
    assert unpacked(packed([math.inf, -math.inf])) == [math.inf, -math.inf]


def test_a_mapping_arrives_as_a_dict_and_bytes_of_any_kind_as_bytes() -> None:
    assert same(unpacked(packed(types.MappingProxyType({"a": (1,)}))), {"a": (1,)})
    assert same(unpacked(packed(bytearray(b"x"))), b"x")


# --- what does not travel -------------------------------------------------------------------


class Colour(StrEnum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    a: int = 1


endless: list[object] = []
endless.append(endless)


@pytest.mark.parametrize(
    "value",
    [
        object(), Path("/"), print, Entry, Reason, lambda: 1, Colour.RED, Number.ONE, Elsewhere(),
        datetime(2026, 3, 1), timedelta(1), 1 << 64, -(1 << 63) - 1, 1j,  # noqa: DTZ001
        "\ud800", {1, 2}, frozenset({(1,)}), endless, [object()], (Path("/"),), {"a": {"b": print}},
        When(at=datetime(2026, 3, 1), original="", source="feed"),  # noqa: DTZ001
    ],
    ids=lambda value: re.sub(" at 0x.*", "", str(value))[:30],  # addresses differ from run to run
)  # fmt: skip
def test_anything_else_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        packed(value)


@pytest.mark.parametrize("function", [math.sqrt, parse_feed, read_feed_text, len, Path])
def test_a_callable_is_found_by_its_name(function: Any) -> None:
    assert found(named(function)) is function


@pytest.mark.parametrize("function", [lambda: 1, "".join, Path.cwd, [].sort])
def test_a_callable_that_stands_in_no_module_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match="cannot be imported"):
        named(function)


# --- hostile replies ------------------------------------------------------------------------


def sign(name: str, code: int = 4) -> msgpack.ExtType:
    return msgpack.ExtType(code, name.encode())


def spelled(value: object) -> bytes:
    """Write what our own writing would refuse."""
    return bytes(msgpack.packb(value))


TUPLE = msgpack.ExtType(1, b"")
WHEN = [sign("monitor.model.When"), sign(NOW.isoformat(), 5), "", "feed"]
FETCHED = ["k", "u", "u", 200, {}, b"", sign(NOW.isoformat(), 5), None]
RUBBISH = {
    "nothing": b"",
    "no msgpack": b"\xc1",
    "two values": b"\xc0\xc0",
    "cut short": packed(("ok", "word", False))[:-3],
    "nested deep": b"\x91" * 1_000_000 + b"\xc0",
    "maps nested deep": b"\x81\xa0" * 1_000_000 + b"\xc0",
    "tuples nested deep": b"\x92\xc7\x00\x01" * 100_000 + b"\xc0",
    "deep lists of announced length": (b"\xdd" + struct.pack("!I", MAX_LENGTH)) * 1_020,
    "an endless list": b"\xdd\xff\xff\xff\xff\xc0",
    "an endless map": b"\xdf\xff\xff\xff\xff\xc0",
    "endless text": b"\xdb\xff\xff\xff\xffab",
    "endless bytes": b"\xc6\xff\xff\xff\xffab",
    "an endless extension": b"\xc9\xff\xff\xff\xff\x01ab",
    "very many small values": b"\x96" + (b"\xdc\xff\xff" + b"\x90" * 65_535) * 6,
    "very many small maps": b"\x96" + (b"\xdc\xff\xff" + b"\x80" * 65_535) * 6,
    "a list longer than any of ours": spelled([None] * (MAX_LENGTH + 1)),
    "a map longer than any of ours": spelled({str(n): None for n in range(MAX_LENGTH + 1)}),
    "text that is none": b"\xa2\xff\xfe",
    "text with half a character": b"\xa3\xed\xa0\x80",
    "a mark alone": spelled(TUPLE),
    "a mark within": spelled([1, TUPLE]),
    "a mark for a value": spelled({"a": sign("monitor.model.When")}),
    "two marks": spelled([TUPLE, TUPLE]),
    "an unknown extension": spelled(msgpack.ExtType(77, b"x")),
    "a bad time stamp of msgpack's own": b"\xc7\x0c\xff" + b"\xff" * 12,
    "an instant without zone": spelled(sign("2026-03-01T00:00:00", 5)),
    "an instant that is none": spelled(sign("yesterday", 5)),
    "a day that is none": spelled(sign("2026-02-30", 6)),
    "a function": spelled([sign("os.system"), "true"]),
    "a class of the library": spelled([sign("subprocess.Popen"), "true"]),
    "a class of ours that does things": spelled([sign("monitor.edge.http.web.Web")]),
    "a module by way of a stage": spelled([sign("monitor.stages.parse.feedparser"), "x"]),
    "a class under another name": spelled([sign("monitor.stages.parse.Dropped"),
                                          sign("monitor.model.Reason=no_link", 7), ""]),
    "a class nobody wrote": spelled([sign("monitor.model.Nothing")]),
    "a stage nobody imported": spelled([sign("monitor.stages.nowhere.Thing")]),
    "a module nobody imported": spelled([sign("antigravity.Thing")]),
    "a name with dots": spelled([sign("monitor.model.Entry.__class__")]),
    "no name": spelled([sign("")]),
    "a name that is no text": spelled([msgpack.ExtType(4, b"\xff\xff")]),
    "a very long name": spelled([sign("monitor.stages." + "a" * 100_000)]),
    "a protocol": spelled([sign("classifiers.types.Classifier")]),
    "an enum made like a record": spelled([sign("monitor.model.Reason"), "no_link"]),
    "a member nobody named": spelled(sign("monitor.model.Reason=whatever", 7)),
    "a member of a record": spelled(sign("monitor.model.Entry=x", 7)),
    "a member of nothing": spelled(sign("", 7)),
    "too few fields": spelled(WHEN[:-1]),
    "too many fields": spelled([*WHEN, 1]),
    "a field of another kind": spelled([WHEN[0], "no instant", *WHEN[2:]]),
    "a field that is a list": spelled([*WHEN[:2], [], "feed"]),
    "a word that is not provided for": spelled([*WHEN[:3], "rumour"]),
    "a header that is a number": spelled([sign("monitor.model.Fetched"), *FETCHED[:4], {"a": 1},
                                          *FETCHED[5:]]),
    "numbers for keys": spelled({1: 2}),
    "a set of numbers": spelled([msgpack.ExtType(3, b""), 1, 2]),
    "a set of lists": spelled([msgpack.ExtType(2, b""), []]),
    "a list for a key": b"\x81\x91\x01\x02",
}  # fmt: skip


@pytest.mark.parametrize("name", RUBBISH)
def test_a_rubbish_reply_is_a_fault_of_its_task_and_nothing_else(name: str) -> None:
    imported = set(sys.modules)
    began = time.process_time()
    with pytest.raises(ValueError, match=r"."):
        unpacked(RUBBISH[name])
    with pytest.raises(WorkerFault) as caught:
        _understood(RUBBISH[name], promised(print))
    assert time.process_time() - began < 4
    assert caught.value.kind == "result"
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 500
    assert set(sys.modules) == imported


def test_a_reply_imports_nothing_not_even_ours() -> None:
    """A fresh interpreter has not imported the records of the store; a reply must not make it."""
    code = (
        "import sys; from monitor.edge.wire import unpacked\n"
        f"reply = {packed(Draw(chance=0.5, band=1, drawn=True))!r}\n"
        "try: unpacked(reply)\n"
        "except ValueError: print('refused', 'store.types' in sys.modules)\n"
        "print(unpacked(reply, importing=True))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "refused False\nDraw(chance=0.5, band=1, drawn=True)\n"


def test_the_rubbish_is_one_step_from_what_is_taken() -> None:
    """Or the test above would pass for a reader that refuses everything."""
    assert isinstance(unpacked(spelled(WHEN)), When)
    assert unpacked(spelled([TUPLE, 1])) == (1,)
    assert unpacked(spelled(sign("monitor.model.Reason=no_link", 7))) is Reason.NO_LINK
    assert isinstance(unpacked(spelled([sign("monitor.model.Fetched"), *FETCHED])), Fetched)


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_random_bytes_are_plain_data_or_refused(data: bytes) -> None:
    try:
        value = unpacked(data)
    except ValueError:
        return
    unpacked(packed(value))


@given(st.data())
@settings(max_examples=200)
def test_a_reply_with_a_byte_changed_is_a_result_of_its_kind_or_a_fault(
    data: st.DataObject,
) -> None:
    text = Dropped(reason=Reason.NOT_FEED, detail="An HTML page stands where the feed should.")
    reply = bytearray(packed(("ok", text, False)))
    reply[data.draw(st.integers(0, len(reply) - 1))] = data.draw(st.integers(0, 255))
    try:
        value, _ = _understood(bytes(reply), promised(parse_feed))
    except WorkerFault as fault:
        value = fault
    if isinstance(value, WorkerFault):
        assert value.kind == "result"
    else:
        assert isinstance(value, Dropped)
        assert isinstance(value.reason, Reason)
        assert isinstance(value.detail, str)


@pytest.mark.parametrize(
    "lie",
    ["a word", None, [], {"title": "x"}, When(at=NOW, original="", source="feed"),
     Fingerprints(scheme="", text_hash="", title_key="", sketch=()),
     ArticleText(title="", body="", author=None, published=None, language=None, extractor="")],
    ids=lambda lie: type(lie).__name__,
)  # fmt: skip
def test_a_result_of_another_kind_than_the_annotation_promises_is_a_fault(lie: object) -> None:
    with pytest.raises(WorkerFault, match="something else") as caught:
        _understood(packed(("ok", lie, False)), promised(parse_feed))
    assert caught.value.kind == "result"
    assert _understood(packed(("ok", lie, False)), promised(print))[0] == lie


def test_the_largest_reply_is_read_in_seconds_and_little_memory() -> None:
    """The worst of what a child may send: all of it small values, for as long as they count."""
    data = (
        b"\xdd"
        + struct.pack("!I", 640)
        + (b"\xdd" + struct.pack("!I", 99_000) + b"\x90" * 99_000) * 640
    )
    assert len(data) < MAX_REPLY_BYTES
    began = time.monotonic()
    with pytest.raises(ValueError, match="more than"):
        unpacked(data)
    assert time.monotonic() - began < 4
