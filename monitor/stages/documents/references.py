"""Lists of references as Zotero and others export them: RIS, BibTeX, CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from monitor.model import Dropped, Reason
from monitor.stages.documents.characters import clean, one_line
from monitor.stages.documents.values import About, Reference, References, Said

MOST_ENTRIES = 5_000
_MOST_FILES = 20
_ORDER = (".pdf", ".docx", ".html", ".htm", ".txt", ".md")  # what is likeliest to be the text


def read_references(body: bytes, kind: str) -> References | Dropped:
    """Return the entries of a list of references; one that cannot be read costs itself alone.

    ``kind`` is "ris", "bibtex" or "csl-json". At most 5,000 entries. Never raises.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Dropped(reason=Reason.NO_TEXT, detail="not UTF-8; export the references as UTF-8")
    try:
        found = _READERS[kind](text.replace("\r\n", "\n").replace("\r", "\n"))
    except (RecursionError, MemoryError):
        return Dropped(reason=Reason.PARSE_LIMIT, detail="the references are nested too deep")
    except Exception as problem:  # noqa: BLE001 - whatever a library stumbles over costs one file
        said = f"these references cannot be read: {one_line(problem, 150)}"
        return Dropped(reason=Reason.NO_TEXT, detail=said)
    if len(found.entries) > MOST_ENTRIES:
        size = f"more than {MOST_ENTRIES:,} references; export them in parts"
        return Dropped(reason=Reason.PARSE_LIMIT, detail=size)
    if not found.entries and not found.problems:
        return Dropped(reason=Reason.NO_TEXT, detail="no reference was found in it")
    return found


def _reference(
    name: str, kind: str, form: str, given: Sequence[tuple[About, str, str]], abstract: str,
    files: Sequence[str],
) -> Reference:  # fmt: skip
    said = tuple(
        Said(about=about, text=text, place=f"{form}, {field}")
        for about, field, text in given
        if text
    )
    # JSON can hold halves of letters, which no file's name has and no message carries.
    told = (path.encode(errors="replace").decode().strip() for path in files)
    known = dict.fromkeys(path for path in told if path)
    paths = sorted(known, key=_rank)[:_MOST_FILES]
    return Reference(
        id=one_line(name, 120), kind=one_line(kind, 60), said=said,
        abstract=clean(abstract[:50_000]), files=tuple(paths),
    )  # fmt: skip


def _rank(path: str) -> int:
    suffix = f".{path.rpartition('.')[2].lower()}"
    return _ORDER.index(suffix) if suffix in _ORDER else len(_ORDER)


# --- RIS ------------------------------------------------------------------------------------

_ENDS = re.compile(r"^ER  ?-.*$", re.MULTILINE)
# Zotero writes PDFs as L1, saved pages as L2 and other files as L4; others write an address there.
_FILE = re.compile(r"^L[1-4]  ?- (?!\w+://)(.+)$", re.MULTILINE)


def _ris(text: str) -> References:
    import rispy

    entries: list[Reference] = []
    problems: list[str] = []
    for number, block in enumerate(filter(str.strip, _ENDS.split(text)), 1):
        if number > MOST_ENTRIES + 1:
            break
        try:
            found = rispy.loads(f"{block.strip()}\nER  - \n")
        except Exception as problem:  # noqa: BLE001 - one entry
            problems.append(f"entry {number}: {one_line(problem, 150) or 'it cannot be read'}")
            continue
        if len(found) == 1:
            entries.append(_of_ris(found[0], number, _FILE.findall(block)))
        else:
            problems.append(f"entry {number}: it does not begin with its kind (TY)")
    return References(entries=tuple(entries), problems=tuple(problems))


def _of_ris(found: Mapping[str, Any], number: int, files: Sequence[str]) -> Reference:
    def first(*names: str) -> tuple[str, str]:
        return next(((n, one_line(_plain(found[n]))) for n in names if found.get(n)), ("", ""))

    title = first("title", "primary_title")
    outlet = first("secondary_title", "journal_name", "alternate_title2", "alternate_title3",
                   "publisher")  # fmt: skip
    # Some write the year into one field and the day into the other.
    date = max(map(first, ("date", "year", "publication_year")), key=_exactness)
    authors = first("authors", "first_authors")
    given: list[tuple[About, str, str]] = [
        ("title", *title), ("author", *authors), ("outlet", *outlet),
        ("published", date[0], _COMPACT.sub(r"\1-\2-\3", date[1].strip("/").replace("/", "-"))),
        ("url", *_first_address(found)), ("language", *first("language")),
    ]  # fmt: skip
    abstract = str(found.get("abstract") or found.get("notes_abstract") or "")
    name = one_line(found.get("id")) or f"entry {number}"
    kind = str(found.get("type_of_reference") or "")
    return _reference(name, kind, "RIS", given, abstract, files)


_COMPACT = re.compile(r"^((?:19|20)\d\d)([01]\d)([0-3]\d)$")


def _exactness(date: tuple[str, str]) -> int:
    return 3 if _COMPACT.match(date[1]) else min(3, len(re.findall(r"\w+", date[1])))


def _first_address(found: Mapping[str, Any]) -> tuple[str, str]:
    """The first of several addresses: written together they are none."""
    for name in ("urls", "url"):
        given = found.get(name)
        for one in given if isinstance(given, list) else [given]:
            if one and one_line(one):
                return name, one_line(one, 2000)
    return "", ""


def _plain(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- BibTeX ---------------------------------------------------------------------------------

_NOT_ESCAPED = r"(?<!\\)"
_BARE = re.compile(r"[=#]\s*([A-Za-z][\w:-]*)")
_BEGUN = re.compile(r"@\s*\w+\s*[{(]\s*([^\s,{}()]*)")


def _bibtex(text: str) -> References:
    import bibtexparser
    from bibtexparser.bparser import BibTexParser

    parser = BibTexParser(common_strings=True, ignore_nonstandard_types=False)
    # A bare word that nobody defined ("month = sept") stands for itself; the library would refuse
    # the whole list for it.
    for word in _BARE.findall(text):
        parser.bib_database.strings.setdefault(word.lower(), word)
    found = bibtexparser.loads(text, parser=parser)
    return References(
        entries=tuple(_of_bibtex(entry) for entry in found.entries[: MOST_ENTRIES + 1]),
        problems=tuple(_unread(text, found.comments)),
    )


def _unread(text: str, comments: Sequence[str]) -> Iterator[str]:
    """What begins as an entry and was taken for a comment, as the library takes what is broken."""
    for comment in comments:
        begun = _BEGUN.match(comment)
        first = comment.split("\n", 1)[0].rstrip()
        # One inside of @comment{…} was put out of use by somebody: it begins no line.
        if begun and re.search(rf"^\s*{re.escape(first)}", text, re.MULTILINE):
            line = text[: text.find(first)].count("\n") + 1
            named = one_line(begun[1], 60) or "without a key"
            why = "its braces, quotes, commas or its key are not as BibTeX has them"
            yield f"entry {named}, line {line}: {why}"


_COMMAND = re.compile(
    r"\\(?:emph|enquote|mkbib\w{1,12}|text(?:bf|it|sc|sf|tt|rm|up|sl|md|normal)|uppercase)\s*(?=\{)"
)
_MARKS = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("\\,", " "), ("\\&", "&"))
_LINK = re.compile(r"\\(?:url|nolinkurl|href|path)\s*\{([^{}]*)\}")
_ESCAPED = re.compile(r"\\([%&#_~{}$])(?:\{\})?")


def _of_bibtex(entry: Mapping[str, str]) -> Reference:
    from bibtexparser.latexenc import latex_to_unicode

    def text(name: str) -> str:
        value = re.sub(r"(?<!\\)~", " ", _COMMAND.sub("", entry.get(name, "")))
        told = str(latex_to_unicode(value)).replace("{", "").replace("}", "")
        for mark, sign in _MARKS:
            told = told.replace(mark, sign)
        return told

    def field(*names: str) -> tuple[str, str]:
        name = next((n for n in names if entry.get(n)), "")
        return name, one_line(text(name))

    outlets = ["journal", "journaltitle", "booktitle", "publisher"]
    # Of a web page the one tells how it came out and the other where: "howpublished = {\url{…}}".
    if not _bibtex_address(entry.get("howpublished", "")):
        outlets.append("howpublished")
    address = next(
        ((n, at) for n in ("url", "howpublished", "note")
         if (at := _bibtex_address(entry.get(n, ""), bare=n == "url"))),
        ("", ""),
    )  # fmt: skip
    authors = field("author")
    given: list[tuple[About, str, str]] = [
        ("title", *field("title")),
        ("author", authors[0], "; ".join(re.split(r"\s+and\s+", authors[1]))),
        ("outlet", *field(*outlets)),
        ("published", *_bibtex_day(entry)),
        ("url", *address),
        ("language", *field("langid", "language")),
    ]
    return _reference(
        entry.get("ID", ""), entry.get("ENTRYTYPE", ""), "BibTeX", given,
        # Lines are broken anywhere in BibTeX; an empty one parts paragraphs.
        re.sub(r"(?<!\n)\n(?!\s*\n)", " ", text("abstract").replace("\\%", "%")),
        list(_bibtex_files(entry.get("file", ""))),
    )  # fmt: skip


def _bibtex_address(value: str, *, bare: bool = False) -> str:
    """The address in a field, exactly: signs of TeX mean themselves in it, but for escaped ones."""
    link = _LINK.search(value)
    if link is None and not bare and not re.match(r"\s*https?://\S+\s*$", value):
        return ""
    found = link[1] if link else value
    return one_line(_ESCAPED.sub(r"\1", found).strip("<> "), 2000)


def _bibtex_day(entry: Mapping[str, str]) -> tuple[str, str]:
    if entry.get("date"):
        return "date", one_line(entry["date"])
    day, month, year = (
        re.sub(r"[{}~]", " ", one_line(entry.get(name))).strip()
        for name in ("day", "month", "year")
    )
    if month.isdecimal():  # "4 3 2025" could be read either way
        parts = [year, f"{int(month):02}", *([f"{int(day):02}"] if day.isdecimal() else [])]
        return "year", "-".join(parts) if year else ""
    return "year", " ".join(filter(None, (day, month, year))) if year else ""


def _bibtex_files(value: str) -> Iterator[str]:
    """The paths in ``Title:path:type;…``, in ``:path:type`` and in a bare path, colons escaped."""
    for one in re.split(rf"{_NOT_ESCAPED};", value):
        parts = re.split(rf"{_NOT_ESCAPED}:", one)
        path = parts[-2] if len(parts) >= 3 else parts[-1]
        yield re.sub(r"\\([:;\\_&{}])", r"\1", path)


# --- CSL-JSON -------------------------------------------------------------------------------


def _csl(text: str) -> References:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    rows = given.get("items") if isinstance(given, dict) else given
    if not isinstance(rows, list):
        raise TypeError("not a list of references (CSL-JSON)")
    entries: list[Reference] = []
    problems: list[str] = []
    for number, row in enumerate(rows[: MOST_ENTRIES + 1], 1):
        if isinstance(row, dict) and ("title" in row or "type" in row):
            entries.append(_of_csl(row, number))
        else:
            problems.append(f"entry {number}: it is no reference")
    return References(entries=tuple(entries), problems=tuple(problems))


def _of_csl(row: Mapping[str, Any], number: int) -> Reference:
    def text(*names: str) -> tuple[str, str]:
        return next(((n, one_line(row[n])) for n in names if _is_said(row.get(n))), ("", ""))

    given: list[tuple[About, str, str]] = [
        ("title", *text("title")),
        ("author", "author", _csl_names(row.get("author"))),
        ("outlet", *text("container-title", "publisher")),
        ("published", "issued", _csl_day(row.get("issued"))),
        ("url", *text("URL")),
        ("language", *text("language")),
    ]
    abstract = row.get("abstract")
    return _reference(
        one_line(row.get("id")) or f"entry {number}", one_line(row.get("type")), "CSL-JSON", given,
        abstract if isinstance(abstract, str) else "", list(_csl_files(row)),
    )  # fmt: skip


def _is_said(value: object) -> bool:
    return isinstance(value, str | int) and bool(str(value).strip())


def _csl_names(value: object) -> str:
    names = [name for name in value if isinstance(name, dict)] if isinstance(value, list) else []
    return "; ".join(filter(None, map(_csl_name, names[:20])))


def _csl_name(name: Mapping[str, Any]) -> str:
    """A name with its particles, "van der Berg, Jan", which the list keeps apart."""

    def joined(*parts: str) -> str:
        told = [one_line(name.get(part)) for part in parts]
        # A particle that ends so is written on to the name: "al-Hashimi", "d'Arcy".
        return "".join(w if w.endswith(("-", "'", "’")) else f"{w} " for w in told if w).strip()

    family = joined("dropping-particle", "non-dropping-particle", "family")
    whole = ", ".join(filter(None, (family, one_line(name.get("given")), joined("suffix"))))
    return one_line(name.get("literal")) or whole


def _csl_day(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    for name in ("raw", "literal"):
        if _is_said(value.get(name)):
            return one_line(value[name])
    match value.get("date-parts"):
        case [[*parts], *_] if all(str(part).isdecimal() for part in parts):
            return "-".join(f"{int(part):02}" for part in parts[:3])
    return ""


def _csl_files(row: Mapping[str, Any]) -> Iterator[str]:
    attached = row.get("attachments")
    for one in [row.get("file"), *(attached if isinstance(attached, list) else [])]:
        path = one.get("path") if isinstance(one, dict) else one
        if isinstance(path, str):
            yield path


_READERS: Mapping[str, Callable[[str], References]] = {
    "ris": _ris, "bibtex": _bibtex, "csl-json": _csl,
}  # fmt: skip
