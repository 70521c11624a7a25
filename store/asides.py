"""Boxes of other stories inside a body: [start, end) in code points, in order, apart."""

from __future__ import annotations

from collections.abc import Sequence

Spans = Sequence[tuple[int, int]]


def without(body: str, aside: Spans) -> str:
    """Return the text without them: what an article itself says."""
    for start, end in reversed(aside):
        body = f"{body[:start].rstrip()}\n{body[end:].lstrip()}".strip()
    return body


def blanked(body: str, aside: Spans) -> str:
    """Return the text with blanks in their stead, so that places stay places."""
    for start, end in aside:
        body = f"{body[:start]}{' ' * (end - start)}{body[end:]}"
    return body
