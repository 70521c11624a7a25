"""What the seed articles have in common, as weights of terms; never their text.

Rebuilt by ``python -m classifiers.profile PATH... [--bibliography FILE] [--background FILE]``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifiers.pack import TOPICS
from classifiers.terms import count_terms, rarities
from classifiers.types import Nearest
from classifiers.words import words

KEPT = 400
_ALL_WORDS = 20_000
_BACKGROUND_MOST = 5_000
_FURNITURE = re.compile(
    r"@|scroll to top|^\W*no comments|^\W*(?:published|updated|written by|by)\b"
    r"|\b(?:writer|author) (?:is|was)\b|can be reached|views (?:and opinions )?expressed"
    r"|following blog was written|^\W*(?:mon|tues|wednes|thurs|fri|satur|sun)day, \w+ \d"
    r"|all rights reserved|copyright|subscribe|share this|photo:|image:|figure \d|\bblog\b",
    re.IGNORECASE,
)


class Profile:
    """The seed profile at work. Empty data give a profile that is like nothing."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.version = str(data.get("version", "none"))
        terms: Mapping[str, Mapping[str, Any]] = data.get("terms", {})
        self._rarity = {t: float(row["rarity"]) for t, row in terms.items()}
        self._weight = {t: float(row["weight"]) for t, row in terms.items()}
        self._unknown = float(data.get("unknown_rarity", 1.0))
        self._full = float(data.get("full_at", 1.0))
        self._seeds = [
            (
                str(s["id"]),
                str(s.get("title") or s["id"]),
                {t: float(w) for t, w in s["terms"].items()},
            )
            for s in data.get("seeds", ())
        ]

    def likeness(self, counts: Mapping[str, int]) -> tuple[float, dict[str, float]]:
        """How like the seeds a text is, 0..1, and the same text as a vector over their terms."""
        known = self._rarity.keys() & counts.keys()
        if not known:
            return 0.0, {}
        often = Counter(counts.values())
        vector: dict[str, float] = {}
        for term in sorted(known):
            often[counts[term]] -= 1
            vector[term] = (1.0 + math.log(counts[term])) * self._rarity[term]
        unknown = math.fsum(m * (1.0 + math.log(n)) ** 2 for n, m in often.items())
        square = unknown * self._unknown**2 + math.fsum(w * w for w in vector.values())
        scale = 1.0 / math.sqrt(square)
        cosine = math.fsum(w * self._weight[t] for t, w in vector.items()) * scale
        return min(1.0, cosine / self._full), vector

    def nearest(self, vector: Mapping[str, float]) -> Nearest | None:
        """The seed most like the text; None where they share no term."""
        size = math.sqrt(math.fsum(w * w for w in vector.values()))
        if not size:
            return None
        scored = [
            (math.fsum(w * seed.get(t, 0.0) for t, w in vector.items()) / size, name, title)
            for name, title, seed in self._seeds
        ]
        best = max(scored, key=lambda row: (row[0], row[1]), default=None)
        if best is None or best[0] <= 0.0:
            return None
        return Nearest(example=best[1], title=best[2], similarity=min(1.0, round(best[0], 4)))


def clean(text: str) -> str:
    """The text without page furniture: no line that speaks of the page or of its author."""
    return "\n".join(line for line in text.splitlines() if not is_furniture(line))


def is_furniture(line: str) -> bool:
    """Whether a line speaks of the page or of its author."""
    return _FURNITURE.search(line) is not None


def build(
    texts: Mapping[str, str],
    bibliography: Mapping[str, Mapping[str, Any]],
    background: Sequence[Iterable[str]],
) -> dict[str, Any]:
    """The profile of ``texts`` (id to text) as plain data.

    A term must stand in two texts: what stands in one is its author's, not the topic's.
    ``background`` holds the terms of ordinary articles; it says what is common anyway.
    """
    counted = {
        name: count_terms((), words(clean(text), _ALL_WORDS), opening=_ALL_WORDS)
        for name, text in texts.items()
    }
    rarity = rarities([*background, *counted.values()])
    shared = Counter(term for counts in counted.values() for term in counts)
    needed = min(2, len(texts))
    unit = {name: _unit(counts, rarity) for name, counts in counted.items()}
    centre = {
        term: math.fsum(u.get(term, 0.0) for u in unit.values()) / len(unit)
        for term, n in shared.items()
        if n >= needed
    }
    kept = sorted(centre, key=lambda t: (-centre[t], t))[:KEPT]
    size = math.sqrt(math.fsum(centre[t] ** 2 for t in kept)) or 1.0
    return {
        "terms": {
            t: {"weight": round(centre[t] / size, 5), "rarity": round(rarity[t], 3)}
            for t in sorted(kept)
        },
        "unknown_rarity": round(1.0 + math.log(1 + len(background) + len(texts)) * 0.8, 3),
        "full_at": 0.35,  # the likeness of a plain report wholly on the topic
        "seeds": [
            _seed(name, unit[name], kept, bibliography.get(name, {})) for name in sorted(unit)
        ],
    }


def _unit(counts: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    raw = {t: (1.0 + math.log(n)) * rarity[t] for t, n in counts.items()}
    size = math.sqrt(math.fsum(w * w for w in raw.values())) or 1.0
    return {t: w / size for t, w in raw.items()}


def _seed(
    name: str, unit: Mapping[str, float], kept: Sequence[str], record: Mapping[str, Any]
) -> dict[str, Any]:
    own = {t: unit[t] for t in kept if t in unit}
    size = math.sqrt(math.fsum(w * w for w in own.values())) or 1.0
    known = {
        k: record.get(k) for k in ("title", "author", "outlet", "published_on", "kind", "sha256")
    }
    return {
        "id": name,
        **{k: v for k, v in known.items() if v},
        "terms": {t: round(w / size, 5) for t, w in sorted(own.items())},
    }


def _background(path: Path | None) -> list[set[str]]:
    if path is None:
        return []
    rows = path.read_text(encoding="utf-8").split("\n")[:_BACKGROUND_MOST]
    loaded = [json.loads(row) for row in rows if row.strip()]
    return [
        set(
            count_terms(
                words(r.get("title") or "", 60), words(r.get("text") or "", 900), opening=900
            )
        )
        for r in loaded
    ]


def _records(path: Path | None) -> dict[str, dict[str, Any]]:
    if path is None:
        return {}
    loaded = json.loads(path.read_text(encoding="utf-8"))
    rows = loaded if isinstance(loaded, list) else loaded.get("articles", loaded.get("seeds", []))
    return {Path(row["file"]).stem: row for row in rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild ``profile.json`` of a topic from the texts named; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.profile", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="plain-text articles")
    parser.add_argument("--bibliography", type=Path, help="JSON list with file, title, author, ...")
    parser.add_argument("--background", type=Path, help="JSON Lines with title and text")
    parser.add_argument("--topic", default="pak_afg_ttp")
    parser.add_argument("--out", type=Path, help="default: the topic's profile.json")
    chosen = parser.parse_args(arguments)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in chosen.paths}
    data = build(texts, _records(chosen.bibliography), _background(chosen.background))
    body = json.dumps(data, ensure_ascii=False, sort_keys=True)
    data["version"] = hashlib.sha256(body.encode()).hexdigest()[:12]
    out = chosen.out or TOPICS / chosen.topic / "profile.json"
    out.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}: {len(data['terms'])} terms of {len(texts)} texts\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
