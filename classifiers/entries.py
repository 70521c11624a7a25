"""Entries of a topic pack read as what they must be, or refused in a sentence."""

from __future__ import annotations

import math
from typing import cast


class PackError(ValueError):
    """A topic pack that cannot judge; the message says in a sentence what is wrong, and where."""


def several(value: object, where: str) -> tuple[str, ...]:
    """The texts of a list in a pack; one text alone stands for itself, nothing for none.

    Raises:
        PackError: it is something else; the message names ``where`` it stands.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or any(isinstance(one, list | dict) for one in value):
        raise PackError(f"{where}: is a list of names, as in [one, two]")
    return tuple(map(str, value))


def finite(value: object, where: str) -> float:
    """The number that stands in a pack.

    Raises:
        PackError: it is none, or has no end; the message names ``where`` it stands.
    """
    try:
        number = float(cast("float", value))
    except (TypeError, ValueError) as error:
        raise PackError(f"{where}: is no number") from error
    if not math.isfinite(number):
        raise PackError(f"{where}: {number} is no number to reckon with")
    return number
