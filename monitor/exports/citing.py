"""How a snapshot is cited: a sentence, and a file that other programs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from store.learned import Fixed


def citation(fixed: Fixed, facts: Mapping[str, Any]) -> str:
    """Return the sentence a paper puts among its references; the whole hash names the snapshot."""
    counts = facts["counts"]
    who = facts["team"]["name"] or "Anonymous"
    return (
        f"{who} ({fixed.created_at:%Y}). {title(facts)}: a corpus of news, snapshot "
        f"{fixed.id[:16]} of {fixed.created_at:%Y-%m-%d} [data set]. {counts['texts']:,} texts, "
        f"{counts['relevant']:,} relevant. Made with Torkham {facts['program']['version']}. "
        f"SHA-256 {fixed.id}."
    )


def title(facts: Mapping[str, Any]) -> str:
    """Return what the corpus is about, for people."""
    topic = facts["topic"]
    return str(topic["title"] or topic["id"])


def citation_file(fixed: Fixed, facts: Mapping[str, Any]) -> bytes:
    """Return CITATION.cff (format 1.2.0), as GitHub, Zenodo and Zotero read it."""
    told = {
        "cff-version": "1.2.0",
        "message": "If you use this snapshot, please cite it with its hash.",
        "type": "dataset",
        "title": f"{title(facts)}: a corpus of news, snapshot {fixed.id[:16]}",
        "authors": [{"name": facts["team"]["name"] or "Anonymous"}],
        "version": fixed.id[:16],
        "date-released": fixed.created_at.date(),
        "identifiers": [
            {
                "type": "other",
                "value": f"sha256:{fixed.id}",
                "description": "The hash over all records of the snapshot",
            }
        ],
        "abstract": (
            f"{facts['counts']['texts']} texts with decisions and their history, "
            f"{facts['counts']['relevant']} of them relevant."
        ),
    }
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=1000).encode()
