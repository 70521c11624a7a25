"""Near copies beside datasketch: CPU a document, what is found, and what a document takes.

datasketch as its documentation shows it: MinHash of 128 permutations over runs of three words, one
``update`` a run, and MinHashLSH with threshold 0.5 in memory; what its index returns is its answer.
Ours is what the service does with a text: the fingerprint, the look-up in a store on disk, the
comparison with what was found, and the rows written, sixteen texts to a transaction.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from bench.edits import SENTENCE
from bench.rivals import Headed
from monitor.model import CopyOf, Fingerprints
from monitor.stages.dedupe import copy_of, fingerprint
from store import copies
from store.db import Db
from store.sql import pragma, run, write
from store.types import Candidate

PERMUTATIONS, THRESHOLD = 128, 0.5
RUN = 3  # words, as ours
TOGETHER = 16  # texts that the service writes in one transaction
VOCABULARY, WORDS = 40_000, 800
WORD = re.compile(r"\w+")


# --- texts ----------------------------------------------------------------------------------


def made_up(count: int, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Yield a headline and a text of about 800 words, drawn by Zipf's law from 40,000; seeded."""
    chance = random.Random(seed)  # noqa: S311
    stock = ["".join(chance.choices("aeioubdfgklmnprst", k=2 + n % 8)) for n in range(VOCABULARY)]
    weights = list(accumulate(1 / (n + 1) for n in range(VOCABULARY)))
    for _ in range(count):
        left, lines = chance.randint(WORDS - 200, WORDS + 200), []
        while left > 0:
            words = chance.choices(stock, cum_weights=weights, k=min(left, chance.randint(8, 30)))
            lines.append(" ".join(words).capitalize() + ".")
            left -= len(words)
        yield " ".join(chance.choices(stock, k=8)), "\n".join(lines)


def words_changed(chance: random.Random, body: str, stock: Sequence[str]) -> str:
    """Put another word for every tenth."""
    return re.sub(r"\w+", lambda m: chance.choice(stock) if chance.random() < 0.1 else m[0], body)


def wire_edit(chance: random.Random, body: str, stock: Sequence[str]) -> str:
    """Write a quarter anew, sentence by sentence, anywhere."""
    sentences = [one for one in SENTENCE.split(body) if one.strip()]
    left = len(body.split()) / 4
    for at in chance.sample(range(len(sentences)), len(sentences)):
        length = len(sentences[at].split())
        if length <= left:
            sentences[at] = " ".join(chance.choices(stock, k=length)).capitalize() + "."
            left -= length
    return "\n".join(sentences)


def half_cut(_: random.Random, body: str, __: Sequence[str]) -> str:
    """Keep the first half."""
    ends = [found.end() for found in re.finditer(r"\S+", body)]
    return body[: ends[len(ends) // 2]] if ends else body


KINDS: dict[str, Callable[[random.Random, str, Sequence[str]], str]] = {
    "10 % of words changed": words_changed,
    "wire edit, 25 %": wire_edit,
    "half cut": half_cut,
}


# --- the two ways ---------------------------------------------------------------------------


class Ours:
    """The service's way, over articles that are in a store already but have no text."""

    def __init__(self, db: Db, seen_at: str, since: Any) -> None:
        """``since`` is where the window begins, ``seen_at`` when all of it was seen."""
        self.db, self.seen_at, self.since = db, seen_at, since

    def take(self, numbered: Sequence[tuple[int, Headed]]) -> list[CopyOf | None]:
        """Keep the texts of these articles; return whom each copies."""
        found = []
        for start in range(0, len(numbered), TOGETHER):
            with write(self.db):
                found += [self._one(*one) for one in numbered[start : start + TOGETHER]]
        return found

    def near(self, prints: Fingerprints, exclude: int = 0) -> list[Candidate]:
        """Return whom a text may copy."""
        return copies.similar(
            self.db, prints.sketch, prints.text_hash, since=self.since, exclude=exclude
        )

    def _one(self, number: int, text: Headed) -> CopyOf | None:
        prints = fingerprint(text.title, text.body)
        found = copy_of(prints, self.near(prints, number))
        copies.replace_sketch(self.db, number, "[]", prints.sketch, self.seen_at)
        told = (prints.text_hash, prints.title_key, prints.scheme, number)
        run(self.db, _FACTS, told)
        return found


_FACTS = """
UPDATE articles SET version = 1, text_hash = ?, title_key = ?, scheme = ?, sketched = 1
WHERE id = ?
"""


class Theirs:
    """datasketch's way. ``batched`` gives it all runs of a text at once."""

    def __init__(self, *, batched: bool = False) -> None:
        from datasketch import MinHashLSH

        self.index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        self.batched = batched

    def take(self, numbered: Sequence[tuple[int, Headed]]) -> list[list[int]]:
        """Put these texts into the index; return for each those that it was like."""
        found = []
        for number, text in numbered:
            sketch = self.sketch(text)
            found.append(self.index.query(sketch))
            self.index.insert(number, sketch)
        return found

    def near(self, text: Headed) -> list[int]:
        """Return the texts that one is like."""
        found: list[int] = self.index.query(self.sketch(text))
        return found

    def sketch(self, text: Headed) -> Any:
        """Return a text's MinHash."""
        from datasketch import MinHash

        words = WORD.findall(text.body.casefold())
        runs = [" ".join(words[at : at + RUN]).encode() for at in range(max(1, len(words) - 2))]
        sketch = MinHash(num_perm=PERMUTATIONS)
        if self.batched:
            sketch.update_batch(runs)
        else:
            for one in runs:
                sketch.update(one)
        return sketch


# --- measuring ------------------------------------------------------------------------------


def costs(
    texts: Sequence[tuple[int, Headed]], ways: dict[str, Any], rounds: int = 5
) -> dict[str, list[float]]:
    """Return what a document costs each way, in ms of CPU, chunk by chunk of a growing index.

    The ways have their turns within each chunk, in changing order.
    """
    step = len(texts) // rounds
    found: dict[str, list[float]] = {name: [] for name in ways}
    for at in range(rounds):
        chunk = texts[at * step : (at + 1) * step]
        for name in list(ways) if at % 2 == 0 else list(reversed(ways)):
            began = time.process_time()
            ways[name].take(chunk)
            found[name].append(1000 * (time.process_time() - began) / len(chunk))
    return found


def on_disk(db: Db) -> int:
    """Return the bytes of the file that are in use."""
    used = pragma(db, "page_count") - pragma(db, "freelist_count")
    return used * pragma(db, "page_size")
