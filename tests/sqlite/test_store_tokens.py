"""Tokens: shown once, kept as a hash, and over the moment they should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from store import people, tokens
from store.db import Db, path_of
from store.desk import Person
from store.faults import StoreError
from store.passwords import Hashing
from store.sql import fetch

PASSWORD = "a long enough one for the tests"
QUICK = Hashing(memory=64, rounds=1)


@pytest.fixture
def rabia(db: Db, make: Any) -> Person:
    return people.add(
        db, "Rabia", PASSWORD, role="administrator", by="tests", now=make.at(), hashing=QUICK
    )


def issue(db: Db, person: Person, make: Any, **how: Any) -> str:
    return tokens.issue(db, person=person.id, label="a script", now=make.at(), **how)


def test_a_token_opens_what_its_person_may(db: Db, make: Any, rabia: Person) -> None:
    token = issue(db, rabia, make)
    assert token.startswith("trk_")
    found = tokens.holder(db, token, make.at(1))
    assert found
    assert (found.id, found.role) == (rabia.id, "administrator")


def test_a_token_for_reading_opens_reading_alone(db: Db, make: Any, rabia: Person) -> None:
    found = tokens.holder(db, issue(db, rabia, make, read_only=True), make.at(1))
    assert found
    assert found.role == "reader"


def test_the_file_holds_no_token_and_no_part_of_one(db: Db, make: Any, rabia: Person) -> None:
    """Whoever reads a backup must not be able to come in by it."""
    token = issue(db, rabia, make)
    tokens.holder(db, token, make.at(1))
    held = b"".join(part.read_bytes() for part in path_of(db).parent.iterdir() if part.is_file())
    assert b"a script" in held
    assert token.removeprefix("trk_")[:12].encode() not in held
    [row] = fetch(db, "SELECT hash FROM tokens")
    assert tokens.holder(db, row["hash"], make.at(1)) is None
    assert tokens.holder(db, f"trk_{row['hash'][:43]}", make.at(1)) is None


def test_no_two_tokens_are_alike(db: Db, make: Any, rabia: Person) -> None:
    made = {issue(db, rabia, make) for _ in range(20)}
    assert len(made) == 20
    assert {len(token) for token in made} == {47}


@pytest.mark.parametrize(
    "wrong", ["", "trk_", "x", "trk_" + "a" * 43, "trk_" + "a" * 5_000, "trk_\x00", "\ud800", "é"]
)
def test_what_is_no_token_opens_nothing(db: Db, make: Any, rabia: Person, wrong: str) -> None:
    issue(db, rabia, make)
    assert tokens.holder(db, wrong, make.at(1)) is None


def test_a_token_is_known_only_whole_and_only_as_written(db: Db, make: Any, rabia: Person) -> None:
    token = issue(db, rabia, make)
    for other in (token[:-1], token + "a", token.swapcase(), f" {token}", token[4:]):
        assert tokens.holder(db, other, make.at(1)) is None


def test_it_ends_when_revoked_and_the_first_who_did_so_is_remembered(
    db: Db, make: Any, rabia: Person
) -> None:
    token = issue(db, rabia, make)
    assert tokens.revoke(db, 1, by="Omar", now=make.at(2))
    assert not tokens.revoke(db, 1, by="Lea", now=make.at(3))
    assert not tokens.revoke(db, 9, by="Lea", now=make.at(3))
    assert tokens.holder(db, token, make.at(4)) is None
    [told] = tokens.listed(db, rabia.id, make.at(4))
    assert (told.state, told.revoked_by, told.revoked_at) == ("revoked", "Omar", make.at(2))


def test_it_ends_at_its_instant(db: Db, make: Any, rabia: Person) -> None:
    token = issue(db, rabia, make, expires_at=make.at(60))
    assert tokens.holder(db, token, make.at(59.9))
    assert tokens.holder(db, token, make.at(60)) is None
    assert tokens.listed(db, None, make.at(60))[0].state == "expired"


def test_it_ends_with_a_new_password_and_with_the_account(db: Db, make: Any, rabia: Person) -> None:
    omar = people.add(
        db, "Omar", PASSWORD, role="reviewer", by="Rabia", now=make.at(), hashing=QUICK
    )
    first, second = issue(db, rabia, make), issue(db, omar, make)
    people.set_password(db, rabia.id, PASSWORD[::-1], by="Rabia", now=make.at(1), hashing=QUICK)
    assert tokens.holder(db, first, make.at(2)) is None
    people.shut_out(db, omar.id, by="Rabia", now=make.at(1))
    assert tokens.holder(db, second, make.at(2)) is None
    people.let_in(db, omar.id, by="Rabia", now=make.at(3))
    assert tokens.holder(db, second, make.at(4)) is None, "an old token came back to life"
    assert {token.state for token in tokens.listed(db, None, make.at(4))} == {"ended"}


def test_a_changed_role_counts_at_once(db: Db, make: Any, rabia: Person) -> None:
    people.add(db, "Ada", PASSWORD, role="administrator", by="Rabia", now=make.at(), hashing=QUICK)
    omar = people.add(
        db, "Omar", PASSWORD, role="reviewer", by="Rabia", now=make.at(), hashing=QUICK
    )
    token = issue(db, omar, make)
    people.set_role(db, omar.id, "reader", by="Rabia", now=make.at(1))
    found = tokens.holder(db, token, make.at(2))
    assert found is None or found.role == "reader"


def test_the_day_of_its_use_is_noted_once_a_day(db: Db, make: Any, rabia: Person) -> None:
    """A program that asks every second must not write every second."""
    token = issue(db, rabia, make)
    assert tokens.listed(db, rabia.id, make.at())[0].last_used_on is None
    tokens.holder(db, token, make.at(1))
    changes = db.conn.total_changes
    tokens.holder(db, token, make.at(2))
    assert db.conn.total_changes == changes
    tokens.holder(db, token, make.at(0) + timedelta(days=1))
    [told] = tokens.listed(db, rabia.id, make.at())
    assert told.last_used_on == (make.at() + timedelta(days=1)).date()


@pytest.mark.parametrize(
    "how",
    [
        {"label": " \t"},
        {"person": 99},
        {"expires_at": "now"},
    ],
)
def test_what_cannot_be_issued_is_refused_and_leaves_nothing(
    db: Db, make: Any, rabia: Person, how: dict[str, Any]
) -> None:
    if "expires_at" in how:
        how = {"expires_at": make.at()}
    with pytest.raises(StoreError):
        tokens.issue(db, **{"person": rabia.id, "label": "x", "now": make.at(), **how})
    assert not tokens.listed(db, None, make.at())


def test_somebody_shut_out_gets_none(db: Db, make: Any, rabia: Person) -> None:
    omar = people.add(
        db, "Omar", PASSWORD, role="reviewer", by="Rabia", now=make.at(), hashing=QUICK
    )
    people.shut_out(db, omar.id, by="Rabia", now=make.at(1))
    with pytest.raises(StoreError, match="closed"):
        issue(db, replace(omar, active=True), make)


def test_one_sees_ones_own_and_whoever_asks_for_all_sees_all(
    db: Db, make: Any, rabia: Person
) -> None:
    omar = people.add(
        db, "Omar", PASSWORD, role="reviewer", by="Rabia", now=make.at(), hashing=QUICK
    )
    issue(db, rabia, make)
    issue(db, omar, make)
    assert [token.name for token in tokens.listed(db, omar.id, make.at())] == ["Omar"]
    assert [token.name for token in tokens.listed(db, None, make.at())] == ["Omar", "Rabia"]
    told = tokens.get(db, 1, make.at())
    assert told
    assert told.name == "Rabia"
    assert tokens.get(db, 9, make.at()) is None
