"""Accounts in the file: names, passwords, roles, and what holds whatever is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import people
from store.db import Db, path_of
from store.desk import Person, Role
from store.faults import StoreError
from store.passwords import Hashing, HashingBusyError, flaw, folded, one_time

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
PASSWORD = "a long enough password"
NEW = "another quite long password"


@pytest.fixture
def hashing() -> Hashing:
    """Return argon2 as cheap as it can be made."""
    return Hashing(memory=8, rounds=1)


@pytest.fixture
def add(db: Db, hashing: Hashing) -> Callable[..., Person]:
    def added(name: str, role: Role = "administrator", **more: Any) -> Person:
        more = {"by": "tests", "now": NOW, "hashing": hashing, **more}
        return people.add(db, name, more.pop("password", PASSWORD), role=role, **more)

    return added


def refused(deed: Callable[[], object]) -> str:
    with pytest.raises(people.PersonRefusedError) as caught:
        deed()
    return str(caught.value)


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        "rabia khan", "RABIA KHAN", " Rabia  Khan ", "Rabia\u00a0Khan", "RabiaKhan",
        "Rabia\u2003Khan", "Ｒａｂｉａ Khan", "Rabia\u200cKhan", "Rabia\u3164Khan",
    ],
)  # fmt: skip
def test_a_name_that_looks_the_same_is_the_same(
    db: Db, add: Callable[..., Person], again: str
) -> None:
    first = add("Rabia Khan")
    assert people.named(db, again) == first
    assert refused(lambda: add(again))
    assert len(people.listed(db)) == 1


def test_names_of_other_scripts_are_kept_as_they_are_written(
    db: Db, add: Callable[..., Person]
) -> None:
    for name in ("علی\u200cرضا", "گل خان", "Zoë", "O'Neill-Shah"):
        assert add(name).name == name
        assert people.named(db, name)
    assert add("  Zoe\u0301   Khan ").name == "Zoé Khan"


@pytest.mark.parametrize(
    "name",
    ["", "   ", "…", "\u200c", "Ra\u202ebia", "Ra\x00bia", "Ra\u3164bia", "x" * 41, "desk",
     "The  Desk", "torkham", "Import", "Rabia\ufe0f"],
)  # fmt: skip
def test_what_is_no_name_is_refused_in_a_sentence(add: Callable[..., Person], name: str) -> None:
    assert refused(lambda: add(name)).endswith(".")


@given(st.text(max_size=60))
def test_no_name_at_all_breaks_the_fold_and_folding_again_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)
    assert folded(f" {name}\u200b\u3164") == folded(name)


# --- passwords ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("eleven char", "at least 12"),
        ("e\u0301" * 11, "at least 12"),
        ("پ" * 6, "at least 12"),
        ("پتخاسدفگہل" * 60, "1,024 bytes"),
        ("abcd" * 20, "same few"),
        ("Rabia Bibi Khan", "own name"),
        ("rabiabibikhanRABIABIBIKHAN", "own name"),
    ],
)
def test_a_weak_password_is_refused_in_a_sentence(password: str, told: str) -> None:
    assert told in (flaw(password, "Rabia Bibi Khan") or "")


@pytest.mark.parametrize(
    "password", [PASSWORD, "سرحد پر ٹرک کھڑے ہیں", "x" * 1000 + "abcdefgh", "correct horse battery"]
)
def test_a_good_one_is_taken_whatever_its_script(password: str) -> None:
    assert flaw(password, "Rabia") is None


def test_the_same_letters_typed_another_way_are_the_same_password(hashing: Hashing) -> None:
    assert hashing.holds(hashing.made("cafe\u0301 on the road"), "café on the road")


def test_the_hash_is_argon2id_with_a_salt_of_its_own() -> None:
    made = [Hashing().made(PASSWORD) for _ in range(2)]
    assert made[0] != made[1]
    assert made[0].startswith("$argon2id$v=19$m=32768,t=3,p=1$")


def test_a_broken_hash_opens_nothing_and_breaks_nothing(hashing: Hashing) -> None:
    for broken in ("x", "$argon2id$v=19$m=8,t=1,p=1$AAAA", "$scrypt$", PASSWORD):
        assert not hashing.holds(broken, PASSWORD)


def test_one_time_passwords_are_never_the_same_and_always_good() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    assert not [password for password in made if flaw(password, "Rabia")]


def test_at_most_two_are_hashed_at_once_and_ten_are_taken_in(hashing: Hashing) -> None:
    slow = Hashing(memory=4096, rounds=20)
    ready = threading.Barrier(40)

    def attempt(_: int) -> bool:
        ready.wait()
        try:
            slow.made(PASSWORD)
        except HashingBusyError:
            return False
        return True

    with ThreadPoolExecutor(40) as pool:
        done = sum(pool.map(attempt, range(40)))
    assert slow.most_at_once <= 2
    assert 10 <= done < 40
    assert slow.done == done, "who is sent away cost nothing"


def test_a_name_and_its_password_open_the_account_and_nothing_else_does(
    db: Db, add: Callable[..., Person], hashing: Hashing
) -> None:
    rabia = add("Rabia")
    add("Rashid", "reader", password=NEW)

    def opens(name: str, password: str) -> Person | None:
        return people.verify(db, name, password, now=NOW, hashing=hashing)

    assert opens("RABIA", PASSWORD) == rabia
    for name, password in (("Rabia", NEW), ("Rashid", PASSWORD), ("Nobody", PASSWORD),
                           ("", ""), ("Rabia", ""), ("Rabia", PASSWORD + "\x00")):  # fmt: skip
        before = hashing.done
        assert opens(name, password) is None
        assert hashing.done == before + 1


def test_only_the_first_1024_bytes_are_read_and_no_prefix_opens(
    db: Db, add: Callable[..., Person], hashing: Hashing
) -> None:
    longest = ("abcdefghij" * 103)[:1024]
    add("Rabia", password=longest)
    assert people.verify(db, "Rabia", longest, now=NOW, hashing=hashing)
    assert people.verify(db, "Rabia", longest[:-1], now=NOW, hashing=hashing) is None


def test_a_hash_of_older_parameters_is_made_anew_and_nobody_is_signed_out(
    db: Db, add: Callable[..., Person]
) -> None:
    rabia = add("Rabia")
    dearer = Hashing(memory=16, rounds=2)
    assert people.verify(db, "Rabia", "wrong", now=NOW, hashing=dearer) is None
    assert stored_hash(db, rabia).startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert people.verify(db, "Rabia", PASSWORD, now=NOW, hashing=dearer) == rabia
    assert stored_hash(db, rabia).startswith("$argon2id$v=19$m=16,t=2,p=1$")
    assert people.verify(db, "Rabia", PASSWORD, now=NOW, hashing=dearer) == rabia
    assert people.sitting(db, rabia.id, rabia.epoch, "s")


def stored_hash(db: Db, person: Person) -> str:
    sql = "SELECT hash FROM people WHERE id = ?"
    return str(db.execute(sql, [person.id]).fetchone()[0])


def test_no_record_of_a_person_carries_the_hash(db: Db, add: Callable[..., Person]) -> None:
    rabia = add("Rabia")
    assert "$argon2" not in repr(rabia) + repr(people.listed(db)) + repr(people.history(db))


def test_a_new_password_ends_what_was_and_marks_one_that_must_be_changed(
    db: Db, add: Callable[..., Person], hashing: Hashing
) -> None:
    rabia = add("Rabia")
    changed = people.set_password(
        db, rabia.id, NEW, by="Adeela", now=NOW, must_change=True, hashing=hashing
    )
    assert changed.epoch == rabia.epoch + 1
    assert changed.must_change
    assert people.sitting(db, rabia.id, rabia.epoch, "s") is None
    assert people.verify(db, "Rabia", PASSWORD, now=NOW, hashing=hashing) is None
    assert people.verify(db, "Rabia", NEW, now=NOW + timedelta(days=6), hashing=hashing)
    late = NOW + timedelta(days=8)
    assert "a week old" in refused(
        lambda: people.verify(db, "Rabia", NEW, now=late, hashing=hashing)
    )
    own = people.set_password(db, rabia.id, PASSWORD, by="Rabia", now=NOW, hashing=hashing)
    assert not own.must_change
    assert people.verify(db, "Rabia", PASSWORD, now=late, hashing=hashing) == own
    assert [line.what for line in people.history(db)] == ["password", "one_time_password", "added"]


# --- roles and shutting out -----------------------------------------------------------------


def test_the_first_account_is_an_administrators(db: Db, add: Callable[..., Person]) -> None:
    assert "administrator" in refused(lambda: add("Rabia", "reviewer"))
    assert not people.exist(db)
    add("Rabia")
    assert add("Rashid", "reviewer").role == "reviewer"
    assert people.exist(db)


def test_somebody_active_is_always_an_administrator(db: Db, add: Callable[..., Person]) -> None:
    rabia, rashid = add("Rabia"), add("Rashid", "reader")

    def shut(person: Person) -> object:
        return people.shut_out(db, person.id, by="x", now=NOW)

    def demote(person: Person) -> object:
        return people.set_role(db, person.id, "reviewer", by="x", now=NOW)

    for deed in (shut, demote):
        assert "Rabia is the last administrator" in refused(partial(deed, rabia))
    people.set_role(db, rashid.id, "administrator", by="x", now=NOW)
    shut(rashid)  # one who is shut out does not count
    assert "last administrator" in refused(lambda: demote(rabia))
    people.let_in(db, rashid.id, by="x", now=NOW)
    demote(rabia)
    assert "Rashid is the last" in refused(lambda: shut(rashid))
    assert [person.name for person in people.active(db)] == ["Rabia", "Rashid"]


def test_two_who_demote_one_another_at_once_leave_one_administrator(
    db: Db, add: Callable[..., Person]
) -> None:
    from store.db import connect

    pair = [add("Rabia"), add("Rashid")]
    path: Path = path_of(db)
    ready = threading.Barrier(2)

    def demote(person: Person) -> None:
        with closing(connect(path)) as own:
            ready.wait()
            try:
                people.set_role(own, person.id, "reader", by="x", now=NOW)
            except people.PersonRefusedError:
                return

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(demote, pair))
    assert [person.role for person in people.listed(db)].count("administrator") == 1


def test_two_who_add_one_name_at_once_make_one_account(
    db: Db, add: Callable[..., Person], hashing: Hashing
) -> None:
    from store.db import connect

    add("Rabia")
    path: Path = path_of(db)
    ready = threading.Barrier(4)

    def attempt(name: str) -> bool:
        with closing(connect(path)) as own:
            ready.wait()
            try:
                people.add(own, name, PASSWORD, role="reader", by="x", now=NOW, hashing=hashing)
            except people.PersonRefusedError:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, ["Gul", "gul", "GUL", " Gul "])) == 1


def test_shut_out_is_shut_out_until_let_in_and_old_sessions_stay_over(
    db: Db, add: Callable[..., Person], hashing: Hashing
) -> None:
    add("Adeela")
    rabia = add("Rabia", "reviewer")
    out = people.shut_out(db, rabia.id, by="Adeela", now=NOW)
    assert not out.active
    assert people.sitting(db, rabia.id, out.epoch, "s") is None
    assert people.verify(db, "Rabia", PASSWORD, now=NOW, hashing=hashing) is None
    assert people.shut_out(db, rabia.id, by="Adeela", now=NOW) == out, "once is enough"
    back = people.let_in(db, rabia.id, by="Adeela", now=NOW)
    assert people.verify(db, "Rabia", PASSWORD, now=NOW, hashing=hashing) == back
    assert people.sitting(db, rabia.id, rabia.epoch, "s") is None
    assert [line.what for line in people.history(db, person=rabia.id)] == [
        "let_in", "shut_out", "added",
    ]  # fmt: skip


def test_nobody_by_that_number_is_told_so(db: Db, hashing: Hashing) -> None:
    assert people.get(db, 7) is None
    for deed in (people.shut_out, people.let_in, people.sign_out_everywhere):
        assert "no such account" in refused(partial(deed, db, 7, by="x", now=NOW))
    assert "no such account" in refused(
        lambda: people.set_password(db, 7, PASSWORD, by="x", now=NOW, hashing=hashing)
    )


# --- sessions, and what is kept -------------------------------------------------------------


def test_one_session_ends_alone_and_is_forgotten_once_it_would_be_over(
    db: Db, add: Callable[..., Person]
) -> None:
    rabia = add("Rabia")
    people.end_session(db, "here", until=NOW + timedelta(days=7), now=NOW)
    assert people.sitting(db, rabia.id, rabia.epoch, "here") is None
    assert people.sitting(db, rabia.id, rabia.epoch, "there") == rabia
    later = NOW + timedelta(days=8)
    people.end_session(db, "there", until=later + timedelta(days=7), now=later)
    rows = db.execute("SELECT session FROM ended_sessions").fetchall()
    assert rows == [("there",)]


def test_when_somebody_was_last_here_is_kept_to_the_hour(
    db: Db, add: Callable[..., Person]
) -> None:
    rabia = add("Rabia")
    for minutes in (0, 30, 59):
        people.seen(db, rabia.id, NOW + timedelta(minutes=minutes))
        found = people.get(db, rabia.id)
        assert found
        assert found.last_seen_at == NOW
    people.seen(db, rabia.id, NOW + timedelta(minutes=61))
    found = people.get(db, rabia.id)
    assert found
    assert found.last_seen_at == NOW + timedelta(minutes=61)


def test_the_history_of_accounts_cannot_be_rewritten(db: Db, add: Callable[..., Person]) -> None:
    add("Rabia")
    for sql in ("UPDATE people_log SET by = 'somebody else'", "DELETE FROM people_log"):
        with pytest.raises(Exception, match="only ever added"):
            db.execute(sql)
    assert [line.by for line in people.history(db)] == ["tests"]


def test_who_sits_there_is_found_by_index_alone(db: Db, add: Callable[..., Person]) -> None:
    """It is asked once a request."""
    add("Rabia")
    plan = db.execute("EXPLAIN QUERY PLAN " + people._SITTING, [1, 1, "s"]).fetchall()
    steps = [row[3] for row in plan]
    assert not [step for step in steps if step.startswith("SCAN p") or "SCAN ended" in step], steps
    assert any("INTEGER PRIMARY KEY" in step for step in steps)


def test_what_is_refused_is_a_store_error_so_that_commands_tell_it_in_a_line() -> None:
    assert issubclass(people.PersonRefusedError, StoreError)
