"""A digest as a mail and as the desk's page: one fragment, word for word the same."""

from __future__ import annotations

from monitor.edge.render.frame import html_of, mail_of, text_of
from monitor.edge.render.letter import Rendered, desk_of
from monitor.told import Digest


def render_digest(
    digest: Digest, *, desk_url: str | None = None, picture: str | None = None
) -> Rendered:
    """Return the digest as a mail. The same digest gives the same bytes.

    ``desk_url`` is the desk's own address, given by the team; without it no link points there.
    ``picture`` is where the small picture of the last days lies, ``cid:…`` in a mail.
    """
    context = _context(digest, desk_url, picture)
    return Rendered(
        subject=digest.title,
        text=text_of("digest.txt.j2", context),
        html=mail_of(html_of("digest_body.html.j2", context)),
    )


def digest_body_html(
    digest: Digest, *, desk_url: str | None = None, picture: str | None = None
) -> str:
    """Return the digest as a fragment of HTML with classes ``digest-…`` and no style.

    It is the very fragment of the mail; a page whose policy forbids inline styles can show it.
    """
    return html_of("digest_body.html.j2", _context(digest, desk_url, picture))


def _context(digest: Digest, desk_url: str | None, picture: str | None) -> dict[str, object]:
    return {
        "digest": digest,
        "zone": digest.time_zone,
        "desk_url": desk_of(desk_url),
        "picture": picture,
    }
