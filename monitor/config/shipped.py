"""The feeds.yaml that comes with Torkham, for folders that have none."""

from __future__ import annotations

from pathlib import Path

# In a wheel it lies beside this module; in a checkout it is the one at the root.
_PLACES = (Path(__file__).parent / "feeds.yaml", Path(__file__).parents[2] / "feeds.yaml")


def shipped_path() -> Path:
    """Return where the shipped file lies. Raises FileNotFoundError in a broken installation."""
    for place in _PLACES:
        if place.is_file():
            return place
    raise FileNotFoundError(_PLACES[0])


def write_shipped(path: Path) -> None:
    """Write the shipped file to ``path``. Raises FileExistsError rather than replace anything."""
    with path.open("x", encoding="utf-8") as file:
        file.write(shipped_path().read_text(encoding="utf-8"))
