"""From a file that somebody hands over to its text, with what was cut from it and why.

Pure functions over bytes, one module a kind of file: ``plain`` (text, Markdown), ``pdf``, ``word``,
``references`` (RIS, BibTeX, CSL-JSON). They are made for files that may be made to hang or crash
what reads them, so the shell calls them in a limited child.
"""

from monitor.stages.documents.kinds import Kind, kind_of
from monitor.stages.documents.values import (
    CLEANING,
    Cut,
    Document,
    Passage,
    Reference,
    References,
    Said,
    kept,
    words_of,
)

__all__ = [
    "CLEANING",
    "Cut",
    "Document",
    "Kind",
    "Passage",
    "Reference",
    "References",
    "Said",
    "kept",
    "kind_of",
    "words_of",
]
