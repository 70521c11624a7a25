"""Every form a corpus leaves in, by the name of the format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.exports import bibliography, folders, tables, texts
from monitor.exports.record import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: the bytes of it, the ending of its file, how a browser calls it.

    ``prints`` is whether it may go to a terminal; a zip and a table of bytes may not.
    """

    made: Callable[[Sequence[Row]], bytes]
    ending: str
    media: str
    prints: bool = True


def _zipped_texts(rows: Sequence[Row]) -> bytes:
    return folders.zipped(texts.as_texts(rows), "texts")


FORMS: Final[Mapping[str, Form]] = {
    "jsonl": Form(made=tables.jsonl, ending=".jsonl", media="application/jsonl"),
    "csv": Form(made=tables.comma_separated, ending=".csv", media="text/csv"),
    "parquet": Form(
        made=tables.parquet, ending=".parquet", media="application/vnd.apache.parquet", prints=False
    ),
    "ris": Form(made=bibliography.ris, ending=".ris", media="application/x-research-info-systems"),
    "bibtex": Form(made=bibliography.bibtex, ending=".bib", media="application/x-bibtex"),
    "csl-json": Form(
        made=bibliography.csl_json, ending=".json", media="application/vnd.citationstyles.csl+json"
    ),
    "text": Form(made=_zipped_texts, ending=".zip", media="application/zip", prints=False),
    "references": Form(made=texts.references, ending=".jsonl", media="application/jsonl"),
}
"""Forms that need no more than the lines; ``snapshot`` (bundle) and pages stand apart."""
