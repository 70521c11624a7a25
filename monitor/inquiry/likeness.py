"""Vectors of many texts, remembered beside the store: the first look is slow, the next is not.

The file is a convenience. It is made anew when it is absent, damaged or of another model, and it
holds no more than what the last look compared.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

if TYPE_CHECKING:
    from classifiers.likeness.e5 import Floats
    from classifiers.likeness.semantic import Semantic

FILE = "likeness.npz"
WORDS = 45  # of the body; with the headline that is what a comparison reads


def opening(title: str, body: str) -> str:
    """What is compared of a text: its headline and its first words."""
    return " ".join([*title.split(), *body.split()[:WORDS]])


def vectors(
    texts: Sequence[str], model: Semantic, folder: Path, told: Callable[[int], None]
) -> list[Floats]:
    """One vector a text, in order; those known from the last time are not worked out again.

    ``told`` hears how many more are done. A folder that cannot be written costs time, no more.
    """
    import numpy as np

    known = _read(folder / FILE)
    found: dict[int, Floats] = {}
    for text in texts:
        key = _key(text, model.sha256)
        if key not in found:
            vector = known.get(key)
            found[key] = model.vector(text) if vector is None else vector.astype(np.float32)
        told(1)
    if found.keys() - known.keys():
        _write(folder / FILE, found)
    return [found[_key(text, model.sha256)] for text in texts]


def _key(text: str, sha256: str) -> int:
    said = blake2b(text.encode("utf-8", "replace"), digest_size=8, key=bytes.fromhex(sha256))
    return int.from_bytes(said.digest(), signed=True)


def _read(path: Path) -> Mapping[int, Floats]:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as kept:
            keys, rows = kept["keys"], kept["vectors"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    fits = keys.ndim == 1 and rows.ndim == 2 and len(rows) == len(keys)
    return dict(zip(keys.tolist(), rows, strict=True)) if fits else {}


def _write(path: Path, found: Mapping[int, Floats]) -> None:
    import numpy as np

    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            rows = np.array(list(found.values()), dtype=np.float16)
            np.savez(file, keys=np.array(list(found), dtype=np.int64), vectors=rows)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
