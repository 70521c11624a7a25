"""The developing stories of tests/data/developing.yaml, ready to be published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["first", "toll", "claim", "reaction", "sides", "headline", "edit", "copy", "rewrite"]
CHANGES: frozenset[Kind] = frozenset({"toll", "claim", "reaction", "sides", "headline", "edit"})
SIDES = {
    "frontier-herald": "pakistan",
    "valley-courier": "pakistan",
    "salt-ledger": "world",
    "pamir-post": "afghanistan",
    "hill-dispatch": "world",
}
ON_PAGES = "hill-dispatch"  # its feed has no texts


@dataclass(frozen=True, kw_only=True)
class Beat:
    """What one outlet adds on one day. ``of`` is the beat that is copied or edited in place."""

    day: int
    outlet: str
    kind: Kind
    title: str = ""
    says: str = ""
    of: int = 0


@dataclass(frozen=True, kw_only=True)
class Developing:
    """A story: what every telling of it carries, and its beats in order."""

    name: str
    scene: tuple[str, ...]
    beats: tuple[Beat, ...]

    def body(self, beat: Beat) -> str:
        """Return the text of a beat: its own sentence, and the scene in an order of its own."""
        told = self.beats[beat.of] if beat.kind in {"copy", "headline"} else beat
        turn = self.beats.index(told) % len(self.scene)
        scene = [*self.scene[turn:], *self.scene[:turn]]
        return "\n".join([f"{told.says} {scene[0]}", " ".join(scene[1:3]), " ".join(scene[3:])])

    def news_on(self) -> frozenset[int]:
        """Return the days on which something in it is new."""
        return frozenset(b.day for b in self.beats if b.kind == "first" or b.kind in CHANGES)


def _stories() -> tuple[Developing, ...]:
    path = Path(__file__).resolve().parents[1] / "data" / "developing.yaml"
    given: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        Developing(
            name=one["name"],
            scene=tuple(one["scene"]),
            beats=tuple(Beat(**beat) for beat in one["beats"]),
        )
        for one in given
    )


STORIES = _stories()
