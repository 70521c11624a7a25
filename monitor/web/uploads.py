"""Files that a form sends: read within limits, or the whole form is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

UPLOAD_BYTES: Final = 32 * 1024 * 1024
UPLOAD_SECONDS: Final = 120.0
MOST_FILES: Final = 10
_MOST_FIELDS: Final = 20
_FIELD_BYTES: Final = 4_000
_HEAD_BYTES: Final = 4_000
_NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was sent. ``name`` is its last part alone, and no path."""

    name: str
    body: bytes


class UploadError(ValueError):
    """The form cannot be read; the message is a sentence for whoever sent it."""


def parts(body: bytes, content_type: str) -> tuple[dict[str, str], tuple[Upload, ...]]:
    """Return the fields and the files of a multipart form.

    Raises:
        UploadError: it is broken, unfinished, or has more files or fields than are read.
    """
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or not boundary or len(boundary) > 200:
        raise UploadError("That form cannot be read.")
    reading = _Reading()
    try:
        parser = MultipartParser(boundary.encode("latin-1"), reading.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeError):
        raise UploadError("That form cannot be read.") from None
    if not reading.ended:
        raise UploadError("That form broke off before its end.")
    return reading.fields, tuple(reading.files)


@dataclass(slots=True)
class _Reading:
    """What the parser has told so far."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)
    ended: bool = False
    _head: bytearray = field(default_factory=bytearray)
    _data: bytearray = field(default_factory=bytearray)
    _disposition: str = ""
    _header: str = ""

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._more_head,
            "on_header_value": self._more_head,
            "on_header_begin": self._head.clear,
            "on_header_end": self._header_end,
            "on_part_data": self._more_data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def _begin(self) -> None:
        self._data = bytearray()
        self._disposition = ""

    def _more_head(self, data: bytes, start: int, end: int) -> None:
        self._head += data[start:end]
        if len(self._head) > _HEAD_BYTES:
            raise UploadError("That form cannot be read.")

    def _header_end(self) -> None:
        line = self._head.decode("utf-8", "replace")
        if line.lower().startswith("content-disposition"):
            self._disposition = line[len("content-disposition") :]
        self._head.clear()

    def _more_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _end(self) -> None:
        message = Message()
        message["content-disposition"] = " ".join(self._disposition.split())
        name = message.get_param("name", header="content-disposition")
        filename = message.get_param("filename", header="content-disposition")
        if not isinstance(name, str):
            raise UploadError("That form cannot be read.")
        if filename is not None:
            self._file(collapse_rfc2231_value(filename))
        elif len(self._data) > _FIELD_BYTES or len(self.fields) >= _MOST_FIELDS:
            raise UploadError("That form has too many fields, or one that is too long.")
        else:
            self.fields[name] = self._data.decode("utf-8", "replace")

    def _file(self, filename: str) -> None:
        if not filename and not self._data:
            return  # a field for files with none chosen
        if len(self.files) >= MOST_FILES:
            raise UploadError(f"That is too many files; send at most {MOST_FILES} at a time.")
        self.files.append(Upload(name=plain_name(filename), body=bytes(self._data)))

    def _all(self) -> None:
        self.ended = True


def plain_name(filename: str) -> str:
    """Return the last part of a file's name, as it can be shown: never empty, never a path."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in last if char.isprintable()).strip(". ") or "file"
    stem, dot, suffix = shown.rpartition(".")
    most = _NAME_LENGTH - len(suffix) - 1
    return f"{stem[:most]}{dot}{suffix}" if dot and len(suffix) < 12 else shown[:_NAME_LENGTH]
