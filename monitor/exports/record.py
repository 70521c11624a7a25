"""A member of a snapshot as a line of an export, and back: what is no such line is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from monitor.exports.splits import Splits
from store import records, snapshots
from store.learned import Member
from store.records import FORMAT

Row = dict[str, Any]
LARGEST: Final = 10_000_000  # characters of a text
# What a feed, a page or a list of references wrote, blanks and all: every record of a store has to
# come back. That it is no script is what counts.
_ADDRESS = re.compile(r"(?i:https?)://[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,100000}")
_ID = re.compile(rf"import:[\w.-]{{1,100}}|{_ADDRESS.pattern}")
EARLIER: Final = (
    "id", "title", "body", "outlet", "language", "side", "relevant", "origin", "by", "at", "url",
    "published_at", "topics",
)  # fmt: skip
COLUMNS: Final = (
    *EARLIER,
    *(name for name in records.MEMBER if name not in EARLIER),
    "label", "text_kept", "split", "fold", "format",
)  # fmt: skip
"""The fields of a line, in order; those every export ever had come first."""


class NoRecordError(ValueError):
    """What was read is no line of an export; the message says why, in words."""


def rows_of(members: Sequence[Member], splits: Splits) -> list[Row]:
    """Return the members as lines of an export, in the order given."""
    folds = splits.fold_of()
    return [_row(m, splits.time[m.id], folds.get(m.id)) for m in members]


def _row(member: Member, side: str, fold: int | None) -> Row:
    told = records.record_of(member) | {
        "body": member.body,
        "label": "relevant" if member.relevant else "not_relevant",
        "text_kept": member.body is not None,
        "split": side,
        "fold": fold,
        "format": FORMAT,
    }
    return {name: told[name] for name in COLUMNS}


def on_one_line(value: Any) -> str:
    """Return a value as JSON on one line for every reader; it is YAML as well.

    Some take U+2028 and its like for the end of a line, some refuse what cannot be printed.
    """
    told = json.dumps(value, ensure_ascii=False)
    return _ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", told)


_ENDS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@cache
def _adapter() -> TypeAdapter[Member]:
    return TypeAdapter(Member)


def member_of(row: Mapping[str, Any]) -> Member:
    """Return the member that a line of an export tells of.

    Raises:
        NoRecordError: a field is missing or of the wrong kind, a text is not the one its hash
            names, or letters are broken (half a pair of surrogates).
    """
    if row.get("format") != FORMAT:
        raise NoRecordError(f"its format is {row.get('format')!r:.60}, not {FORMAT}")
    told = {name: row.get(name) for name in (*records.MEMBER, "body")}
    try:
        member = _adapter().validate_python(told)
        text = records.canonical(records.record_of(member))
        json.loads(text)
        same = text == records.canonical({name: row[name] for name in records.MEMBER})
    except (ValidationError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise NoRecordError(_told(error)) from None
    if not same:
        raise NoRecordError("its fields are not written as an export writes them")
    _check(member, text)
    return member


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    return f"a field cannot be read ({type(error).__name__})"


def _check(member: Member, text: str) -> None:
    if not _ID.fullmatch(member.id):
        raise NoRecordError("its id is neither a web address nor that of an import")
    if member.url is not None and not _ADDRESS.fullmatch(member.url):
        raise NoRecordError("its url is no web address")
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NoRecordError("a field holds half a pair of surrogates") from None
    if member.body is None:
        return
    if len(member.body) > LARGEST:
        raise NoRecordError(f"its text is longer than {LARGEST:,} characters")
    try:
        member.body.encode()
    except UnicodeEncodeError:
        raise NoRecordError("its text holds half a pair of surrogates") from None
    if not snapshots.whole(member):
        raise NoRecordError("its text is not the one that its sha256 names")
