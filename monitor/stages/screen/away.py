"""Whether a page is another than the one that was asked for, by where its address led."""

from __future__ import annotations

import re

from monitor.model import Dropped, Reason
from monitor.stages.screen.kinds import Kind
from monitor.stages.urls import canonical, host

_FRONT = re.compile(r"https://[^/?#]+/(?:index\.[a-z]{2,5}|home|[a-z]{2})?", re.IGNORECASE)


def led_away(asked: str, url: str) -> Dropped | None:
    """Refuse the front page of a site where another page of that site was asked for.

    Outlets lead there from what they took down, or show to nobody here. The top story of the day
    would be read, judged and kept under the headline of the story that was asked for. A link that
    leads to another site may mean its front page: a report has a site of its own at times.
    """
    if _is_front(asked) or not _is_front(url) or not _same_site(host(asked), host(url)):
        return None
    detail = "its address leads to the front page of the site"
    return Dropped(reason=Reason.NOT_ARTICLE, detail=detail, kind=Kind.MISSING.value)


def _is_front(url: str) -> bool:
    return _FRONT.fullmatch(str(canonical(url))) is not None


def _same_site(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    akin = one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
    return bool(one and other) and akin
