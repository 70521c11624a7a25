"""What makes an entry the one it was at the last poll, and another than its neighbours.

A guid is the best name there is, and a poor one: outlets move theirs from http to https, to another
host, hang a tracking query on them, or give all entries the same. So a guid that is an address
counts without its scheme, host and tracking; and one that stands on several stories of a document
counts only together with the link, and where that is shared as well, with the headline.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from monitor.model import Entry
from monitor.stages.parse.text import shortened
from monitor.stages.urls import place

KEY_CHARS = 500

Apart = Literal["", "fragment", "title"]
Said = tuple[str, str, str]  # guid, link and title of an entry, as its document writes them


class Standing(NamedTuple):
    """How an entry stands among the others of its document."""

    shares_name: bool = False  # another story has the same guid, or without guids the same link
    apart: Apart = ""  # what tells it from other stories at the same address; "": it has its own
    pointed: bool = False  # its guid is another's but for what stands behind the "#"


ALONE = Standing()


def standings(said: Sequence[Said]) -> tuple[Standing, ...]:
    """How each entry stands among the others, in order."""
    names = [_name(guid) for guid, _, _ in said]  # without what stands behind a "#"
    points: dict[str, set[str]] = {}
    for name, (guid, _, _) in zip(names, said, strict=True):
        points.setdefault(name, set()).add(guid.partition("#")[2] if name != guid else "")
    pointed = [len(points[name]) > 1 for name in names]
    places = [
        (
            _name(guid, pointed=True) if how else name,
            *_place(link),
            " ".join((title or guid).split()),
        )
        for name, (guid, link, title), how in zip(names, said, pointed, strict=True)
    ]
    titles: dict[tuple[str, ...], set[str]] = {}
    for _, page, fragment, title in places:
        if page and title:
            titles.setdefault((page,), set()).add(title)
            titles.setdefault((page, fragment), set()).add(title)
    apart: list[Apart] = [_apart(titles, *found[1:3]) for found in places]
    stories: dict[str, set[tuple[str, str]]] = {}
    for (guid, page, _, title), how in zip(places, apart, strict=True):
        told = title if how or not page else ""
        stories.setdefault(guid or page, set()).add((page, told))
    return tuple(
        Standing(bool(guid or page) and len(stories[guid or page]) > 1, how, point)
        for (guid, page, _, _), how, point in zip(places, apart, pointed, strict=True)
    )


def _apart(titles: dict[tuple[str, ...], set[str]], page: str, fragment: str) -> Apart:
    if len(titles.get((page,), ())) < 2:
        return ""
    return "fragment" if fragment and len(titles.get((page, fragment), ())) < 2 else "title"


def _name(guid: str, *, pointed: bool = False) -> str:
    guid = guid.strip()
    if guid[:4].lower() != "http":
        return guid
    return f"{place(guid)}#{guid.partition('#')[2]}" if pointed else place(guid)


def _place(link: str) -> tuple[str, str]:
    page, _, fragment = link.strip().partition("#")
    return (place(page) if page else ""), fragment


def named(entry: Entry, standing: Standing) -> Entry:
    """The entry with the key it has if no other bears it, and with what tells its address apart."""
    entry = replace(entry, among=_among(entry, standing.apart))
    return replace(entry, key=_key(entry, standing))


def _key(entry: Entry, standing: Standing) -> str:
    """The identity of an entry inside its feed: guid, else link, else a hash of what it says."""
    name = None if entry.guid is None else _name(entry.guid, pointed=standing.pointed)
    if name is not None and not standing.shares_name:
        return _short_key(name)
    link = place(entry.url) if entry.url else _mark(f"{entry.title}\x1f{entry.summary}")
    parts = [link] if name is None else [name, link]
    if standing.shares_name and entry.among:
        parts.append(entry.among)
    return _short_key("|".join(parts))


def _among(entry: Entry, apart: Apart) -> str:
    if not apart or entry.url is None:
        return ""
    fragment = entry.url.partition("#")[2]
    return fragment if apart == "fragment" and fragment else _mark(entry.title or entry.guid or "")


def _mark(text: str) -> str:
    return "hash:" + hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def identified(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries under keys no two of them share: repeats get ``#2``, ``#3``."""
    used: set[str] = set()
    repeats: dict[str, int] = {}
    done = []
    for entry in entries:
        key = entry.key
        while key in used:
            repeats[entry.key] = repeats.get(entry.key, 1) + 1
            key = f"{entry.key}#{repeats[entry.key]}"
        used.add(key)
        done.append(entry if key == entry.key else replace(entry, key=key))
    return tuple(done)


def _short_key(key: str) -> str:
    if len(key) <= KEY_CHARS:
        return key
    tail = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{shortened(key, KEY_CHARS - 25)}~{tail}"
