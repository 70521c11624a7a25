"""An edition as PDF: A4, numbered pages, links that lead on, Urdu and Pashto shaped.

WeasyPrint is optional and imported only here, when a PDF is asked for. It may fetch nothing but the
edition's own picture, which it is handed: no address, no file. The same edition gives the same
bytes on the same machine; fonts are the machine's own.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime

_SHEET: Final = Path(__file__).parent.parent / "templates" / "print.css"
_PICTURE: Final = "torkham:picture"
_ONE_AT_A_TIME: Final = threading.Lock()  # setting a page takes a core and some 60 MB


class NoPdfError(Exception):
    """WeasyPrint, or a library of the system it needs, is not installed."""


class Printed(Protocol):
    """What of an edition becomes a PDF."""

    @property
    def name(self) -> str:
        """The digest's."""

    @property
    def day_on(self) -> date:
        """Its day."""

    @property
    def made_at(self) -> datetime:
        """Becomes the date of the document."""

    @property
    def title(self) -> str:
        """The title."""

    @property
    def page(self) -> str:
        """The fragment of HTML, as the desk shows it."""

    @property
    def picture(self) -> bytes | None:
        """PNG."""


def installed() -> bool:
    """Tell whether WeasyPrint is installed; it is not imported for it."""
    return find_spec("weasyprint") is not None


def digest_pdf(edition: Printed) -> bytes:
    """Return the edition as PDF.

    Raises:
        NoPdfError: WeasyPrint is not here.
    """
    library = _library()
    document = _document(edition)
    identifier = sha256(document.encode("utf-8", "replace") + (edition.picture or b"")).digest()
    with _ONE_AT_A_TIME:
        made = library.HTML(string=document, url_fetcher=_only(edition.picture))
        pdf: bytes = made.write_pdf(pdf_identifier=identifier[:16])
    return pdf


def _library() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: Pango is not on this machine
        need = "a PDF needs WeasyPrint: pip install 'torkham[pdf]'"
        if isinstance(error, OSError):
            need = "a PDF needs Pango: apt install libpango-1.0-0 libpangoft2-1.0-0"
        raise NoPdfError(need) from error
    return weasyprint


def _only(picture: bytes | None) -> Any:
    """Return what WeasyPrint asks for addresses: it is given our picture and refused all else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OurPicture(URLFetcher):  # type: ignore[misc]  # untyped library
        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002  WeasyPrint names them
            if url == _PICTURE and picture is not None:
                return URLFetcherResponse(url, picture, {"Content-Type": "image/png"})
            raise ValueError("a digest asks for nothing")

    return OurPicture()


def _document(edition: Printed) -> str:
    source = f'src="/digests/{edition.name}/{edition.day_on}/picture.png"'
    page = edition.page.replace(source, f'src="{_PICTURE}"')
    made = edition.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(edition.title)}</title>"
        f'<meta name="dcterms.created" content="{made}">'
        f'<meta name="dcterms.modified" content="{made}"><meta name="author" content="Torkham">'
        f"<style>{_SHEET.read_text(encoding='utf-8')}</style></head><body>{page}</body></html>"
    )
