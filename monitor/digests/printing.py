"""An edition in every form it is kept and sent in, all of them made at once of one ``Digest``.

The desk's page is the mail's own fragment, the text and the Markdown say the same, the picture is
drawn once and both show those bytes.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import dropwhile

from monitor.edge import plot
from monitor.edge.render import digest_body_html, digest_markdown, mail_of, render_digest
from monitor.pictures import days
from monitor.stages import compose
from monitor.told import DayTold, Digest
from store.editions import message_key
from store.messages import Edition, Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """Where links to the desk lead, and whether the small picture is drawn."""

    desk_url: str | None = None
    draws: bool = True


def picture_of(digest: Digest) -> bytes | None:
    """Return the picture of the last days as PNG; None without days or without matplotlib."""
    if len(digest.days) < days.LEAST or not plot.available():
        return None
    plate = days.plate(digest.days)
    return plot.png(plate.draw(days.WIDTH))


def printed(
    digest: Digest, since: datetime, until: datetime, now: datetime, *, to: Iterable[str], ink: Ink
) -> tuple[Edition, list[Outgoing]]:
    """Return the edition as it is kept, and a message a way under the edition's own key.

    An edition made a day or more after its hour says so in its title.
    """
    late = compose.late_words(until, now)
    title = f"{digest.title}, {late}" if late else digest.title
    told = replace(digest, title=title, days=_begun(digest.days))
    picture = picture_of(told) if ink.draws else None
    mail = render_digest(
        told, desk_url=ink.desk_url, picture=f"cid:{cid(told)}" if picture else None
    )
    edition = Edition(
        name=told.name,
        day_on=told.day_on,
        made_at=now,
        since_at=since,
        until_at=until,
        title=told.title,
        page=digest_body_html(
            told, desk_url=ink.desk_url, picture=desk_picture(told) if picture else None
        ),
        text=mail.text,
        markdown=digest_markdown(told, desk_url=ink.desk_url),
        picture=picture,
    )
    messages = [
        Outgoing(
            key=message_key(told.name, told.day_on, way),
            kind="digest",
            channel=way,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            created_at=now,
            day_on=told.day_on,
        )
        for way in dict.fromkeys(to)
    ]
    return edition, messages


def _begun(told: Sequence[DayTold]) -> tuple[DayTold, ...]:
    """Return the days from the first on which anything was found: before it nobody looked."""
    return tuple(dropwhile(lambda day: not day.found, told))


def cid(digest: Digest) -> str:
    """Return the Content-ID of an edition's picture: no other mail has the same."""
    return f"picture.{digest.name}.{digest.day_on}@torkham"


def page_alone(edition: Edition) -> str:
    """Return an edition as a document that needs no other file: its picture stands in it."""
    drawn = b64encode(edition.picture or b"").decode()
    page = edition.page.replace(desk_picture(edition), f"data:image/png;base64,{drawn}")
    return mail_of(page)


def desk_picture(digest: Digest | Edition) -> str:
    """Return where the desk shows an edition's picture."""
    return f"/digests/{digest.name}/{digest.day_on}/picture.png"
