"""A message's faces, and where the desk is."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.edge.render.words import safe_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message's three faces. ``html`` is a whole document; ``text`` says the same."""

    subject: str
    text: str
    html: str


def desk_of(desk_url: str | None) -> str | None:
    """Return the desk's address as links are built on it, or None."""
    return safe_link(desk_url.rstrip("/")) if desk_url else None
