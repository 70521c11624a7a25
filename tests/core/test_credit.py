"""Whose text it is: what an agency signed, and what merely carries its letters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stages.credit import credit

SIGNED = [
    (None, "ISLAMABAD (APP): The crossing opened at dawn, officials said.", ("APP",)),
    (None, "ISLAMABAD, Oct 3 (APP): The crossing opened at dawn.", ("APP",)),
    (None, "KABUL, Oct 12 (Xinhua) -- Trucks moved again on Sunday.", ("Xinhua",)),
    (None, "(Reuters) - Envoys met for a second day.", ("Reuters",)),
    (None, "NEW DELHI, Oct 4 (PTI): The ministry said it was watching.", ("PTI",)),
    (None, "Kabul [Afghanistan], October 4 (ANI): A blast was heard.", ("ANI",)),
    (None, "MOSCOW, June 2. /TASS/. The envoy will travel to Kabul.", ("TASS",)),
    (None, "KABUL: AFP — Hundreds queued at the gate.", ("AFP",)),
    (None, "KABUL (Pajhwok): Nine trucks crossed.", ("Pajhwok",)),
    (None, "A kicker\nKABUL (BNA) – Nine trucks crossed.", ("Bakhtar",)),
    (None, "ISLAMABAD (INP/NNI): Nine trucks crossed.", ("INP", "NNI")),
    (None, "The gate opened.\nIt closed again, traders said. AFP\nCOMMENTS", ("AFP",)),
    (None, 'He said: "We wait for an answer." — AFP', ("AFP",)),
    (None, "The gate opened.\n(WITH INPUT FROM APP)\nCOMMENTS", ("APP",)),
    (None, "The gate opened. Additional input from AFP and Reuters", ("AFP", "Reuters")),
    (None, "It rose.\n(Reporting by A. Writer in Kabul; Editing by B. Desk)", ("Reuters",)),
    ("APP", "The gate opened.", ("APP",)),
    ("News Desk | AFP", "The gate opened.", ("AFP",)),
    ("ISPR", "The gate opened.", ("ISPR",)),
    ("Our Correspondent and PPI", "The gate opened.", ("PPI",)),
]
NOT_SIGNED = [
    (None, "ISLAMABAD: PTI chairman said the party would march."),
    (None, "Pakistan Tehreek-e-Insaf (PTI) on Friday called a meeting."),
    (None, "HYDERABAD: The AP government gave land; AP ministers came."),
    (None, "Eight militants were killed, ISPR said in a statement."),
    (None, "Inter-Services Public Relations (ISPR) said troops found arms."),
    (None, "A spokesman told AFP that the gate had opened."),
    (None, "The gate opened.\nTraders wait beside the road on March 12. — AFP"),
    (None, "A representational image. — Reuters/File"),
    (None, "The emir, Sheikh Jaber Al-Sabah, left. Shops sold Online."),
    ("Dawn Online", "The gate opened."),
    ("A. P. Writer", "The gate opened."),
    (None, ""),
]


@pytest.mark.parametrize(("author", "body", "agencies"), SIGNED)
def test_an_agency_that_signed_a_text_is_credited(
    author: str | None, body: str, agencies: tuple[str, ...]
) -> None:
    assert credit(author, body) == agencies


@pytest.mark.parametrize(("author", "body"), NOT_SIGNED)
def test_letters_of_an_agency_that_sign_nothing_are_no_credit(
    author: str | None, body: str
) -> None:
    assert credit(author, body) == ()


@given(st.one_of(st.none(), st.text()), st.text(max_size=3000))
def test_any_text_gives_an_answer(author: str | None, body: str) -> None:
    assert len(credit(author, body)) == len(set(credit(author, body)))


@pytest.mark.parametrize(
    "hostile", ["A A/A,A " * 50_000, "AFP/" * 50_000, "COMMENTS " * 40_000, "(APP " * 60_000, "\n"]
)
def test_a_text_made_to_be_slow_costs_milliseconds(hostile: str) -> None:
    began = time.process_time()
    credit(hostile, hostile)
    assert time.process_time() - began < 0.2
