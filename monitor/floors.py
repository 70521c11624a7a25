"""The oldest versions of other people's code that Torkham works with, and why.

An environment that was put together by hand, or upgraded in part, may hold a library whose faults
are public. The service refuses to start on one; ``torkham check`` names it. Packages that Torkham
does not need are looked at only where they are installed: something else loads them beside us.

Two libraries have no floor because we stand on our own feet there: SQLite below the repair of its
WAL journal is used with the slower journal (docs/decisions/0003), and Expat below 2.6.0, which
Debian 12 carries, never sees a document type: it is taken out of a feed first, and a feed that
declares entities as attacks do is refused unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

Version = tuple[int, ...]
Installed = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The oldest version that will do. ``needed`` False: it may be absent."""

    name: str
    least: str
    why: str
    needed: bool = True


FLOORS = (
    Floor(name="apscheduler", least="3.11", why="the scheduler as it was tried"),
    Floor(name="argon2-cffi", least="25.1", why="hashes of passwords as they were tried"),
    Floor(name="feedparser", least="6.0.14", why="earlier ones crash on more feeds"),
    Floor(name="google-re2", least="1.1.20251105", why="rules of users in linear time"),
    Floor(name="jinja2", least="3.1.6", why="CVE-2025-27516: a template gets out of its limits"),
    Floor(name="lxml", least="6.1.0", why="CVE-2026-41066: files are read by XML from outside"),
    Floor(name="lxml-html-clean", least="0.4.4", why="trafilatura fails at import without it"),
    Floor(name="msgpack", least="1.1", why="the line to the workers as it was tried"),
    Floor(name="pycurl", least="7.46", why="the door to the web as it was tried"),
    Floor(name="python-multipart", least="0.0.20", why="CVE-2024-53981: a form pins the desk"),
    Floor(name="pyyaml", least="6.0.2", why="settings are read as they were tried"),
    Floor(name="sqlite-utils", least="4.2", why="migrations as they were tried"),
    Floor(name="starlette", least="1.0", why="CVE-2025-62727: a header pins the desk"),
    Floor(name="trafilatura", least="2.3", why="pages are read as they were tried"),
    Floor(name="uvicorn", least="0.35", why="the desk's server as it was tried"),
    Floor(name="h11", least="0.16.0", why="CVE-2025-43859: requests smuggled by", needed=False),
    Floor(name="urllib3", least="2.7.0", needed=False,
          why="CVE-2025-66418, -66471, CVE-2026-21441, -44432: an answer fills the memory"),
    Floor(name="brotli", least="1.2.0", why="an answer fills the memory", needed=False),
    Floor(name="pypdf", least="6", why="CVE-2025-55197: a PDF fills the memory", needed=False),
)  # fmt: skip

LIBCURL = Floor(name="libcurl", least="8.4.0", why="CVE-2023-38545: a proxy's answer runs as code")


def problems() -> list[str]:
    """Return a line for each piece that is missing or too old; empty when all will do.

    Costs a few milliseconds: it reads the names of what is installed and imports libcurl alone.
    """
    return [*too_old(FLOORS, _installed), *too_old((LIBCURL,), lambda _name: libcurl())]


def too_old(floors: Iterable[Floor], installed: Installed) -> list[str]:
    """Return a line for each floor that what is installed does not reach."""
    found = ((floor, installed(floor.name)) for floor in floors)
    return [line for floor, at_hand in found if (line := _line(floor, at_hand))]


def _line(floor: Floor, at_hand: str | None) -> str:
    remedy = f"pip install '{floor.name}>={floor.least}'"
    if floor is LIBCURL:
        remedy = "pip install --only-binary :all: --upgrade pycurl"
    if at_hand is None:
        return f"{floor.name} is not installed: {remedy}" if floor.needed else ""
    if numbers(at_hand) >= numbers(floor.least):
        return ""
    return f"{floor.name} {at_hand} is older than {floor.least} ({floor.why}): {remedy}"


def numbers(text: str) -> Version:
    """Return a version as numbers, to compare: ``6.1.0rc1`` counts as just below ``6.1.0``."""
    release, early = re.match(r"\D*([\d.]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    found = [int(part) for part in release.split(".") if part]
    while found and found[-1] == 0:
        found.pop()  # 6.1 and 6.1.0 are one
    if not re.match(r"[._-]?(a|b|c|rc|alpha|beta|pre|preview|dev)\d*", early, re.IGNORECASE):
        return tuple(found)
    return (*found[:-1], found[-1] - 1, 10**9) if found else (-1,)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def libcurl() -> str | None:
    """Return the version of libcurl that will speak to the web; None: there is none."""
    try:
        from monitor.edge.http.version import libcurl_version
    except ImportError:
        return None
    return libcurl_version()
