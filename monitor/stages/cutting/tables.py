"""Tables of data, written as the extractor writes them: a row a line, bars between its cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from selectolax.lexbor import LexborNode

PARTS = frozenset(["thead", "tbody", "tfoot", "tr", "td", "th", "colgroup", "col", "br", "img"])
_CELLS = frozenset(["td", "th"])
_MOST = 100  # columns that one cell may take
_ROOM = 20_000  # elements of tables, those inside others counted with each


class Tables:
    """The tables of one page, asked for one by one; tables in tables in tables are given up."""

    def __init__(self) -> None:
        self._room = _ROOM

    def elements(self, table: LexborNode) -> list[LexborNode]:
        """Return all elements of a table, itself first; none where too many were looked at."""
        if self._room <= 0:
            return []
        found = table.css("*")
        self._room -= len(found)
        return found


def rows(elements: Sequence[LexborNode], inline: frozenset[str]) -> list[list[LexborNode]] | None:
    """Return the rows of a table; None where it holds more than words, and may lay out a page.

    ``elements`` are all of it in the order of the page, itself first. A cell over several rows is
    more than words too. Line breaks in it become spaces; else it is left as it is.
    """
    found: list[list[LexborNode]] = []
    if not elements:
        return None
    for element in elements[1:]:
        tag = element.tag or ""
        if tag == "tr":
            found.append([])
        elif tag in _CELLS:
            if not found or _span(element, "rowspan") != 1:
                return None
            found[-1].append(element)
        elif tag == "br":
            element.insert_before(" ")
        elif tag not in PARTS and tag not in inline:
            return None
    return found


def written(rows: Sequence[Sequence[LexborNode]]) -> list[str]:
    """Return the rows that have words as lines.

    All are as wide as the widest, a rule stands below the first that heads.
    """
    width = max((sum(_span(cell, "colspan") for cell in row) for row in rows), default=0)
    lines: list[str] = []
    headed = False
    for row in rows:
        said = list(chain.from_iterable(_cells(cell) for cell in row))
        heads = not headed and any(cell.tag == "th" for cell in row)
        headed = headed or heads
        if any(said):
            said += [""] * (width - len(said))
            lines.append(" ".join(f"| {' | '.join(said)} |".split()))
            lines += [f"|{'---|' * len(said)}"] if heads else []
    return lines


def _cells(cell: LexborNode) -> list[str]:
    return [" ".join(cell.text().split()), *[""] * (_span(cell, "colspan") - 1)]


def _span(cell: LexborNode, name: str) -> int:
    given = cell.attributes.get(name) or "1"
    return min(int(given), _MOST) if given.isdecimal() and given.isascii() else 1
