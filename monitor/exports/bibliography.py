"""A snapshot as references: RIS, BibTeX and CSL-JSON, for Zotero and programs like it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from monitor.exports.record import Row

_CONTROLS = frozenset({"Cc", "Cs", "Cn", "Co"})


def one_line(text: str | None) -> str:
    """Return a text on one line, without what a line of RIS or BibTeX would break at."""
    shown = "".join(" " if unicodedata.category(c) in _CONTROLS else c for c in text or "")
    return " ".join(shown.split())


def _day(row: Row) -> date | None:
    """The day it was published, in UTC; None where nobody knows, whenever it was first seen."""
    if not row["published_at"] or row["published_source"] == "first_seen":
        return None
    return datetime.fromisoformat(row["published_at"]).astimezone(UTC).date()


def _words(row: Row) -> list[str]:
    """What it is filed under: the decision, the strands, the tags."""
    told = [str(row["label"]).replace("_", " "), *row["topics"], *row["tags"]]
    return [word for word in dict.fromkeys(one_line(one) for one in told) if word]


def key_of(row: Row) -> str:
    """Return the key it is cited by: outlet, day and eight digits of its id's hash; lasting."""
    plain = unicodedata.normalize("NFKD", str(row["outlet"])).encode("ascii", "ignore").decode()
    outlet = re.sub(r"[^a-z0-9]", "", plain.lower())[:20] or "text"
    day = _day(row)
    digest = sha256(str(row["id"]).encode()).hexdigest()[:8]
    return f"{outlet}{day:%Y%m%d}-{digest}" if day else f"{outlet}-{digest}"


# --- RIS ------------------------------------------------------------------------------------


def ris(rows: Sequence[Row]) -> bytes:
    """Return the rows as RIS in UTF-8, an entry each; titles stand on one line."""
    import rispy

    class Writer(rispy.RisWriter):  # type: ignore[misc]
        def set_header(self, count: int) -> str:  # noqa: ARG002
            return ""  # the library numbers entries, and RIS begins each with TY

    return str(rispy.dumps([_ris(row) for row in rows], implementation=Writer)).encode()


def _ris(row: Row) -> dict[str, Any]:
    day = _day(row)
    told: dict[str, Any] = {
        "type_of_reference": "NEWS" if row["outlet"] else "GEN",
        "id": key_of(row),
        "title": one_line(row["title"]),
        "secondary_title": one_line(row["outlet"]),
        "authors": [one_line(row["author"])] if one_line(row["author"]) else [],
        "year": f"{day.year:04}" if day else "",
        "date": f"{day:%Y/%m/%d}" if day else "",
        "language": one_line(row["language"]),
        "urls": [one_line(row["url"])] if row["url"] else [],
        "keywords": _words(row),
        "notes": [f"sha256 {row['sha256']}"],
    }
    return {name: value for name, value in told.items() if value}


# --- BibTeX ---------------------------------------------------------------------------------

_TEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
        "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", '"': r"\textquotedbl{}",
    }
)  # fmt: skip


def escaped(text: str | None) -> str:
    """Return a text as TeX shows it again, on one line, its braces in balance."""
    return one_line(text).translate(_TEX)


def bibtex(rows: Sequence[Row]) -> bytes:
    """Return the rows as BibTeX in UTF-8; what TeX would take for a command is escaped.

    A title keeps its capitals. In an address only what would end the field is percent-encoded.
    """
    from bibtexparser.bibdatabase import BibDatabase
    from bibtexparser.bwriter import BibTexWriter

    database = BibDatabase()
    database.entries = [_bibtex(row) for row in rows]
    writer = BibTexWriter()
    writer.order_entries_by = None
    return str(writer.write(database)).encode()


def _bibtex(row: Row) -> dict[str, str]:
    day = _day(row)
    told = {
        "ENTRYTYPE": "article" if row["outlet"] else "misc",
        "ID": key_of(row),
        "title": f"{{{escaped(row['title'])}}}",
        "journal": escaped(row["outlet"]),
        "author": f"{{{escaped(row['author'])}}}" if one_line(row["author"]) else "",
        "year": f"{day.year:04}" if day else "",
        "month": f"{day.month}" if day else "",
        "day": f"{day.day}" if day else "",
        "url": _plain_address(row["url"]),
        "language": escaped(row["language"]),
        "keywords": escaped(", ".join(word.replace(",", " ") for word in _words(row))),
        "note": f"SHA-256 of the text: {row['sha256']}",
    }
    return {name: value for name, value in told.items() if value}


def _plain_address(url: str | None) -> str:
    told = one_line(url).replace(" ", "%20")
    return told.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


# --- CSL-JSON -------------------------------------------------------------------------------


def csl_json(rows: Sequence[Row]) -> bytes:
    """Return the rows as a list of CSL items, which Zotero reads; unknown dates are left out."""
    told = [_csl(row) for row in rows]
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _csl(row: Row) -> dict[str, Any]:
    day = _day(row)
    told: dict[str, Any] = {
        "id": key_of(row),
        "type": "article-newspaper" if row["outlet"] else "document",
        "title": one_line(row["title"]),
        "container-title": one_line(row["outlet"]),
        "author": [{"literal": one_line(row["author"])}] if one_line(row["author"]) else [],
        "issued": {"date-parts": [[day.year, day.month, day.day]]} if day else None,
        "URL": one_line(row["url"]),
        "language": one_line(row["language"]),
        "keyword": ", ".join(word.replace(",", " ") for word in _words(row)),
        "note": f"sha256: {row['sha256']}",
    }
    return {name: value for name, value in told.items() if value}
