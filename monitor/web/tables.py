"""Tables of thousands of cells, which a loop of a template would make at ten times the cost."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from monitor.web.words import shown


def row(cells: Sequence[str], numbers_from: int) -> Markup:
    """Return a row, its first cell the heading, the cells from a column on numbers.

    Each cell is escaped, and sanitised as whatever a page prints.
    """
    first, *rest = (escape(shown(cell)) for cell in cells)
    told = (
        f'<td class="num">{cell}</td>' if n >= numbers_from else f"<td><bdi>{cell}</bdi></td>"
        for n, cell in enumerate(rest, 1)
    )
    return Markup(f'<tr><th scope="row"><bdi>{first}</bdi></th>{"".join(told)}</tr>')  # noqa: S704
