"""Attacks in XML, of every kind and in every form we read. Run, it reads them all and tells.

Each is read by the product's own function for its form: feeds, news sitemaps, list pages, lists of
feeds (OPML) and Word files.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SECRET = "kept-from-strangers-4711"
SECRET_FILE = "/tmp/torkham-attack-secret.txt"  # noqa: S108 - read by nobody, or the test fails
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
# What stands before the root, what stands where text does, and what the root carries.
KINDS: dict[str, tuple[str, str, str]] = {
    "billion laughs": (f"<!DOCTYPE {{r}} [<!ENTITY l0 'ha'>{LAUGHS}]>", "&l9;", ""),
    "laughs of parameters": (
        "<!DOCTYPE {r} [<!ENTITY % a 'x'><!ENTITY % b '%a;%a;%a;'><!ENTITY c '%b;'>]>", "&c;", "",
    ),
    "quadratic": (f"<!DOCTYPE {{r}} [<!ENTITY q '{'q' * 50_000}'>]>", "&q;" * 20_000, ""),
    "entities in a ring": ("<!DOCTYPE {r} [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>", "&a;", ""),
    "a file": ("<!DOCTYPE {r} [<!ENTITY f SYSTEM 'file://{s}'>]>", "&f;", ""),
    "a file by its path": ("<!DOCTYPE {r} [<!ENTITY f SYSTEM '{s}'>]>", "&f;", ""),
    "a file of a public name": ("<!DOCTYPE {r} [<!ENTITY f PUBLIC 'x' '{s}'>]>", "&f;", ""),
    "an address": ("<!DOCTYPE {r} [<!ENTITY h SYSTEM 'http://127.0.0.1:9/x'>]>", "&h;", ""),
    "an address of ftp": ("<!DOCTYPE {r} [<!ENTITY h SYSTEM 'ftp://127.0.0.1:9/x'>]>", "&h;", ""),
    "a parameter of a file": (
        "<!DOCTYPE {r} [<!ENTITY % p SYSTEM 'file://{s}'> %p;]>", "x", "",
    ),
    "a parameter of an address": (
        "<!DOCTYPE {r} [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/e.dtd'> %p; %all;]>", "&leak;", "",
    ),
    "a declaration elsewhere": ("<!DOCTYPE {r} SYSTEM 'http://127.0.0.1:9/e.dtd'>", "&x;", ""),
    "a declaration in a file": ("<!DOCTYPE {r} SYSTEM 'file://{s}'>", "&x;", ""),
    "defaults of attributes": (
        f"<!DOCTYPE {{r}} [<!ATTLIST title a CDATA '{'x' * 9_000}'>]>", "x", "",
    ),
    "a notation": ("<!DOCTYPE {r} [<!NOTATION n SYSTEM 'file://{s}'>]>", "x", ""),
    "XInclude": (
        "", "<xi:include href='{s}' parse='text'/>", " xmlns:xi='http://www.w3.org/2001/XInclude'",
    ),
    "XInclude of an address": (
        "", "<xi:include href='http://127.0.0.1:9/x'/>",
        " xmlns:xi='http://www.w3.org/2001/XInclude'",
    ),
    "a style sheet": ("<?xml-stylesheet type='text/xsl' href='http://127.0.0.1:9/x'?>", "x", ""),
    "XSLT": (
        "", "<xsl:value-of select=\"document('{s}')\"/>",
        " xmlns:xsl='http://www.w3.org/1999/XSL/Transform' xsl:version='1.0'",
    ),
    "a schema": (
        "", "x", (" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
         " xsi:noNamespaceSchemaLocation='http://127.0.0.1:9/x.xsd'"),
    ),
    "SVG with a picture": (
        "", "<svg xmlns='http://www.w3.org/2000/svg'><image href='file://{s}'/></svg>", "",
    ),
    "a base": ("", "x", " xml:base='file:///etc/'"),
    "names without end": ("", "<" + "n" * 300_000 + "/>", ""),
    "depth": ("", "<a>" * 30_000, ""),
}  # fmt: skip
CODES = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")
"""Encodings in which an attack may hide from who looks for ``<!ENTITY``; cp037 is an EBCDIC."""


def filled(kind: str, form: str) -> str:
    """An attack as a document of a form."""
    before, inside, root = KINDS[kind]
    made = {
        "feed": "<rss{a}><channel><title>T</title><item><guid>1</guid><title>{i}</title></item>"
        "</channel></rss>",
        "sitemap": "<urlset{a}><url><loc>http://o.example/{i}</loc></url></urlset>",
        "opml": "<opml{a}><body><outline text='{q}' xmlUrl='http://o.example/f'>{i}</outline></body>"
        "</opml>",
        "word": f"<w:document xmlns:w='{W}'{{a}}><w:body><w:p><w:r><w:t>{{i}}</w:t></w:r></w:p>"
        "</w:body></w:document>",
    }[form]
    name = {"feed": "rss", "sitemap": "urlset", "opml": "opml", "word": "w:document"}[form]
    quoted = inside if inside.startswith("&") else "x"
    text = before.replace("{r}", name) + made.format(a=root, i=inside, q=quoted)
    return text.replace("{s}", SECRET_FILE)


def attacks() -> dict[str, tuple[str, bytes]]:
    """Every attack by its name: the form, and the bytes."""
    made: dict[str, tuple[str, bytes]] = {}
    for form in ("feed", "sitemap", "opml", "word"):
        for kind in KINDS:
            made[f"{form}: {kind}"] = (form, filled(kind, form).encode())
    for code in CODES:
        head = f"<?xml version='1.0' encoding='{'ibm037' if code == 'cp037' else code}'?>"
        for form in ("feed", "opml"):
            for kind in ("billion laughs", "a file"):
                made[f"{form}: {kind} in {code}"] = (form, (head + filled(kind, form)).encode(code))
    for mark, name in ((b"\xef\xbb\xbf\xff\xfe", "two marks"), (b"\xff\xfe", "a false mark")):
        made[f"feed: a file behind {name}"] = ("feed", mark + filled("a file", "feed").encode())
    return made


def reader() -> Callable[[str, bytes], object]:
    """Return what reads a document of a form."""
    from monitor.stages.documents.word import read_word
    from monitor.stages.parse import opml, parse_feed

    def read(form: str, body: bytes) -> object:
        if form == "opml":
            return opml.read(body)
        if form == "word":
            return read_word(word_file(body))
        kind = "news-sitemap" if form == "sitemap" else "rss"
        return parse_feed(
            body, content_type="text/xml", base_url="http://o.example/", known=(), fetched_at=NOW,
            kind=kind,
        )  # fmt: skip

    return read


def word_file(document: bytes) -> bytes:
    """A Word file whose text is ``document``."""
    from bench import papers

    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(papers.word(["x"]))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, document if part == "word/document.xml" else old.read(part))
    return file.getvalue()


def is_told(event: str, args: tuple[object, ...]) -> bool:
    """Whether something was opened that is no part of the program itself."""
    if event == "open":
        path = os.path.realpath(str(args[0]))
        return not path.startswith((sys.prefix, sys.base_prefix))
    return event.startswith(("socket.", "subprocess."))


def told() -> Iterator[tuple[str, dict[str, object]]]:
    """Read every attack; what was opened meanwhile, how long it took, by how much we grew."""
    read = reader()
    for form in ("feed", "sitemap", "opml", "word"):  # what is imported late is imported now
        read(form, filled("a base", form).encode())
    opened: list[str] = []
    watching = [False]

    def note(event: str, args: tuple[object, ...]) -> None:
        if watching[0] and is_told(event, args):
            opened.append(f"{event} {args[0] if args else ''}")

    sys.addaudithook(note)
    for name, (form, body) in attacks().items():
        opened.clear()
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        watching[0] = True
        found = read(form, body)
        watching[0] = False
        yield (
            name,
            {
                "opened": list(opened),
                "seconds": time.process_time() - began,
                "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size) / 1_024,
                "leaked": SECRET in repr(found),
            },
        )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    Path(SECRET_FILE).write_text(SECRET)
    try:
        sys.stdout.write(json.dumps(dict(told())))
    finally:
        Path(SECRET_FILE).unlink()
