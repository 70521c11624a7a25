"""Everything a bad day needs, in one folder: kept up, checked, and put back on another machine.

    manifest.json              what is here and its hashes; written last, it decides what counts
    torkham-2026-03-10T….db    the store, as of one moment
    pages/                     the pages it keeps as they were fetched; only new ones are copied
    settings-2026-03-10T…/     feeds.yaml, the team's own topic packs, and secrets.env when asked

Not in it, on purpose: the key that signs sessions (everybody signs in again after a restore), what
the environment or a service file sets, and what was already delivered to folders.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from monitor.config.credentials import FILE_NAME as SECRETS
from monitor.edge.whole import write_whole
from monitor.topics import FOLDER as TOPICS
from store import backups, restores, shelves
from store.faults import StoreCorrupt, StoreError, told
from store.lock import alone
from store.migrating import migrate
from store.opening import opened
from store.pages import FOLDER as PAGES

MANIFEST = "manifest.json"
FORMAT = 1
MOST_BYTES = 16_000_000  # of a manifest, and of a file of settings
DATABASE = "torkham.db"
DESK_KEY = "desk.key"
_BUSY = "another backup into {} is under way: wait for it, or name another folder"

Told = Callable[[str, int, int], None]  # what is being done, how much of it, of how much


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """An installation: its settings, its data folder, and where its secrets are."""

    config: Path
    data: Path
    secrets: Path | None = None

    @property
    def database(self) -> Path:
        """The store."""
        return self.data / DATABASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of a backup, by its path inside, with its bytes and its SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup folder holds: the store with the rows of its tables, files, kept pages."""

    made_at: str
    torkham: str
    schema: int
    store: Entry
    rows: Mapping[str, int]
    settings: str = ""  # the folder of ``files``
    files: tuple[Entry, ...] = ()
    pages: int = 0
    secrets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a backup came to."""

    manifest: Manifest
    carried: shelves.Carried
    removed: int  # pages that the store lets go since the last time


def silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody how far it is."""


# --- making ---------------------------------------------------------------------------------


def save(
    ground: Ground, folder: Path, now: datetime, *, with_secrets: bool = False,
    said: Told = silent, rotate: Callable[[Path], object] | None = None,
) -> Saved:  # fmt: skip
    """Bring a backup folder up to the present moment; what it held before counts until it is done.

    Safe beside a running service. Without ``rotate`` this store takes the place of the one that the
    folder's manifest named; others, as those of the nights, are left alone.

    Raises:
        StoreError: there is no room, the disk refuses, the store is damaged, or another backup
            into the folder is under way.
    """
    stamp = f"{now:%Y-%m-%dT%H%M%S}"
    target, settings = folder / f"torkham-{stamp}.db", folder / f"settings-{stamp}"
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with told(folder), alone(folder, busy=_BUSY.format(folder)):
        replaced, since = _named_before(folder), _tidied_last(folder)
        made = backups.copy(
            ground.database, target, progress=lambda done, of: said("database", done, of)
        )
        with closing(opened(target)) as copy:
            held = shelves.wanted(copy) if "pages" in made.rows else {}
        carried = shelves.carry(
            held, ground.data / PAGES, folder / PAGES, lambda done, of: said("pages", done, of)
        )
        files = tuple(_settings(ground, settings, with_secrets=with_secrets))
        manifest = Manifest(
            made_at=now.isoformat(timespec="seconds"),
            torkham=version("torkham"),
            schema=made.schema,
            store=_entry(folder, target),
            rows=made.rows,
            settings=settings.name,
            files=files,
            pages=len(held) - carried.missing - carried.damaged,
            secrets=any(one.path == SECRETS for one in files),
        )
        os.sync()
        write_whole(folder / MANIFEST, _text(manifest), mode=0o640)
        removed = shelves.leave_only(held, folder / PAGES)
        instead = partial(_let_go, replaced={replaced, since}, by=target.name)
        _tidied(folder, manifest, rotate or instead)
        _without_begun(folder, since, target.name, but=replaced if rotate else "")
    return Saved(manifest=manifest, carried=carried, removed=removed)


def _text(manifest: Manifest) -> bytes:
    said = {"format": FORMAT, **asdict(manifest)}
    return json.dumps(said, indent=1, ensure_ascii=False).encode() + b"\n"


def _settings(ground: Ground, folder: Path, *, with_secrets: bool) -> Iterator[Entry]:
    """Copy what people wrote into a folder of its own: the last one counts until this is whole."""
    shutil.rmtree(folder, ignore_errors=True)
    for source, name in _sources(ground, with_secrets=with_secrets):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, source.read_bytes(), mode=0o600 if name == SECRETS else 0o640)
        yield _entry(folder, place)


def _sources(ground: Ground, *, with_secrets: bool) -> Iterator[tuple[Path, str]]:
    if ground.config.is_file():
        yield ground.config, "feeds.yaml"
    own = ground.config.parent / TOPICS
    for path in sorted(own.rglob("*")):
        inside = path.relative_to(own)
        if path.is_file() and not path.is_symlink() and path.stat().st_size < MOST_BYTES:
            yield path, f"{TOPICS}/{inside.as_posix()}"
    secrets = ground.secrets or ground.data / SECRETS
    if with_secrets and secrets.is_file():
        yield secrets, SECRETS


def _entry(folder: Path, path: Path) -> Entry:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    name = path.relative_to(folder).as_posix()
    return Entry(path=name, bytes=path.stat().st_size, sha256=digest)


def _tidied(folder: Path, manifest: Manifest, rotate: Callable[[Path], object]) -> None:
    rotate(folder)
    for settings in folder.glob("settings-*"):
        if settings.name != manifest.settings:
            shutil.rmtree(settings, ignore_errors=True)


def _named_before(folder: Path) -> str:
    try:
        return manifest_of(folder).store.path
    except StoreError:
        return ""  # the first one, or nobody knows which it was


def _let_go(folder: Path, *, replaced: set[str], by: str) -> None:
    for name in replaced - {"", by}:
        (folder / name).unlink(missing_ok=True)


def _tidied_last(folder: Path) -> str:
    """Return the store of the last backup that came to its end: it left its settings alone there.

    Those that were cut short since left theirs beside them, or none.
    """
    oldest = min((one.name for one in folder.glob("settings-*")), default="")
    return f"{oldest.replace('settings', 'torkham', 1)}.db" if oldest else ""


def _without_begun(folder: Path, since: str, until: str, *, but: str) -> None:
    """Take away the stores of backups that were cut short between two that were not."""
    for path in folder.glob("torkham-*.db") if since else ():
        if since < path.name < until and path.name != but:
            path.unlink(missing_ok=True)


# --- checking -------------------------------------------------------------------------------


def manifest_of(folder: Path) -> Manifest:
    """Read what a backup folder says it holds. Raises StoreCorrupt when it does not say it."""
    path = folder / MANIFEST
    with told(path):
        if not path.is_file():
            raise StoreError(
                f"{folder} is no backup: it has no {MANIFEST}; name the folder of"
                " `torkham backup`, or a database file"
            )
        data = path.read_bytes() if path.stat().st_size < MOST_BYTES else b""
    try:
        said: dict[str, Any] = json.loads(data)
        if said.pop("format") != FORMAT:
            raise StoreError(f"{path} is of a newer Torkham: install that version")
        store, files = Entry(**said.pop("store")), [Entry(**one) for one in said.pop("files")]
        found = Manifest(store=store, files=tuple(files), **said)
        if not (all(map(_known, files)) and _named(found)):
            raise StoreCorrupt(f"{path} names files outside of the backup: it is not ours")
        datetime.fromisoformat(found.made_at)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreCorrupt(f"{path} cannot be read: name another backup") from error
    return found


def _known(entry: Entry) -> bool:
    parts = PurePosixPath(entry.path).parts
    own = len(parts) > 2 and parts[0] == TOPICS and ".." not in parts
    return own or entry.path in {"feeds.yaml", SECRETS}


def _named(manifest: Manifest) -> bool:
    return bool(
        re.fullmatch(r"torkham-[0-9T-]+\.db", manifest.store.path)
        and re.fullmatch(r"settings-[0-9T-]+", manifest.settings)
    )


def check(folder: Path) -> Manifest:
    """Read a whole backup folder but its pages, each of which is checked as it is brought back.

    Raises:
        StoreCorrupt: a file is missing or is not what was written.
        SchemaTooNew: a newer Torkham made it.
    """
    manifest = manifest_of(folder)
    settings = folder / manifest.settings
    _same(folder, manifest.store)
    for entry in manifest.files:
        _same(settings, entry)
    found = backups.verify(folder / manifest.store.path)
    if found.rows != dict(manifest.rows):
        raise StoreCorrupt(f"{folder} does not hold the rows its {MANIFEST} tells of")
    return manifest


def _same(folder: Path, entry: Entry) -> None:
    path = folder / entry.path
    with told(path):
        if path.is_symlink() or not path.is_file() or _entry(folder, path) != entry:
            raise StoreCorrupt(f"{path} is missing or not as it was written: name another backup")


# --- putting back ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """When a restore is done, and until when the lost service may have sent messages."""

    now: datetime
    sent_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did: what stands where now, and in words what it did not bring back."""

    rows: Mapping[str, int]
    doubts: int  # messages that waited when the backup was made, and may have gone since
    aside: tuple[Path, ...]  # what was there before
    carried: shelves.Carried | None
    not_back: tuple[str, ...]


def restore(source: Path, ground: Ground, when: Restoring, *, said: Told = silent) -> Restored:
    """Put a backup, a folder or a database file, in place of what is there, which is put aside.

    The caller holds the data folder. Everything is checked before anything is touched; the files
    come first and the store last, brought up to date and marked as restored (store.restores), so
    that a kill leaves the old store or the new one.

    Raises:
        StoreError: it is damaged, no backup, or of a newer version; nothing was touched.
    """
    manifest = check(source) if source.is_dir() else None
    database = source / manifest.store.path if manifest else source
    if manifest is None:
        backups.verify(database)
    aside: list[Path] = []
    carried, doubts = None, 0

    def prepare(draft: Path) -> None:
        nonlocal doubts
        with closing(opened(draft)) as db:
            migrate(db)
            doubts = restores.restored(db, when.now, sent_until=when.sent_until)

    with told(ground.data):
        if manifest is not None:
            carried = _pages(source, database, ground, said)
            aside += _files(source, manifest, ground)
        (ground.data / DESK_KEY).unlink(missing_ok=True)
        before = _standing(ground.database)
        made = backups.restore(
            database, ground.database, prepare,
            progress=lambda done, of: said("database", done, of),
        )  # fmt: skip
        aside += [path for path in _standing(ground.database) if path not in before]
    return Restored(rows=made.rows, doubts=doubts, aside=tuple(aside), carried=carried,
                    not_back=tuple(_not_back(manifest, carried)))  # fmt: skip


def _standing(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.replaced*"))


def _pages(source: Path, database: Path, ground: Ground, said: Told) -> shelves.Carried:
    with closing(opened(database)) as copy:
        tables = backups.counted(copy)
        held = shelves.wanted(copy) if "pages" in tables else {}
    return shelves.carry(
        held, source / PAGES, ground.data / PAGES, lambda done, of: said("pages", done, of)
    )


def _files(source: Path, manifest: Manifest, ground: Ground) -> list[Path]:
    """Bring settings back; a file that differs is put aside first."""
    aside = []
    for entry in manifest.files:
        place = _place(entry.path, ground)
        data = (source / manifest.settings / entry.path).read_bytes()
        with suppress(OSError):
            if place.read_bytes() == data:
                continue
        if os.path.lexists(place):
            kept = backups.put_aside(place)
            aside += [kept] if kept else []
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, data, mode=0o600 if entry.path == SECRETS else 0o640)
    return aside


def _place(name: str, ground: Ground) -> Path:
    if name == "feeds.yaml":
        return ground.config
    if name == SECRETS:
        return ground.secrets or ground.data / SECRETS
    return ground.config.parent / name


def _not_back(manifest: Manifest | None, carried: shelves.Carried | None) -> Iterator[str]:
    """Say in words what a restore leaves to people."""
    if manifest is None:
        yield "feeds.yaml, topic packs and kept pages: the backup is the database alone"
    if manifest is None or not manifest.secrets:
        yield f"secrets ({SECRETS}): put them back from where you keep them"
    if carried is not None and (lost := carried.missing + carried.damaged):
        yield f"{lost:,} kept pages, which the backup does not hold whole; their texts are there"
    yield "sessions: everybody signs in again, with the password they had when it was made"
    yield "the end of tokens: one that was revoked since opens again (torkham tokens revoke)"
    yield "what was found, decided and sent after it was made"
