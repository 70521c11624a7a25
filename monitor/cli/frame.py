"""What every command shares: where the data is, how results and mistakes are printed.

Exit codes: 0 done, 1 the work failed, 2 usage or configuration. A mistake is one line that says
what, where, and what to do; a traceback means a bug of ours.

Only what every command needs is imported at the top; the rest comes with its first use.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import math
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.config.credentials import Secrets
    from monitor.config.loading import Settings
    from store.db import Db
    from store.upkeep import Change

Command = TypeVar("Command", bound=Callable[..., Any])
Result = TypeVar("Result")

FAILED, USAGE = 1, 2
NUMBER = click.IntRange(1, 2**63 - 1)
"""Of an article, a story or anything else on record: what SQLite can count to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command works: the settings, the data folder, the environment."""

    config: Path
    data: Path
    environ: Mapping[str, str]
    allow: frozenset[tuple[str, int]] = frozenset()
    begins: bool = True  # a store where there is none: not where nothing shows that it belongs here

    @property
    def database(self) -> Path:
        """The file that everything is remembered in."""
        return self.data / "torkham.db"

    def app(self) -> AbstractContextManager[App]:
        """Return the whole product, alone on its data folder; it closes when the block ends."""
        from monitor.app import open_app

        return open_app(self.config, self.data, self.environ, allow=self.allow)

    def tools(self) -> AbstractContextManager[App]:
        """Return the product beside a running service: for commands that look and send."""
        from monitor.app import open_app

        return open_app(self.config, self.data, self.environ, allow=self.allow, alone=False)

    def settings(self) -> Settings:
        """Return the settings in force. Raises ConfigError with every mistake."""
        from monitor.config.loading import load
        from monitor.topics import known_to
        from store import changes

        laid: tuple[Change, ...] = ()
        if self.database.exists():
            with closing(self.store()) as db:
                laid = tuple(changes.changes(db))
        return load(self.config, self.environ, laid, known=known_to(self.config))

    def secrets(self, settings: Settings) -> Secrets:
        """Return the secrets. Raises ConfigError for a missing or badly kept one."""
        from monitor.config.credentials import secrets

        return secrets(self.environ, settings, self.data)

    def store(self, *, create: bool = True) -> Db:
        """Return the store alone, for commands that only look or decide.

        Raises StoreError when it cannot be opened, or is absent and is not to be begun here.
        """
        from store.db import connect
        from store.faults import StoreError

        if create and not self.begins and not self.database.exists():
            raise StoreError(
                f"there is neither {self.config} nor a store at {self.database}: work in the folder"
                " of the installation, or name it with --config and --data"
            )
        return connect(self.database, create=create)


def command(function: Command) -> Command:
    """Give a command ``--config`` and ``--data`` and hand it the ``place`` they name."""

    def named(config: Path, data: Path | None, **given: Any) -> Any:
        told = data or os.environ.get("TORKHAM_DATA")
        # Hosts on this machine that may be asked come from a caller in code, as ``obj=``; tests
        # use it, and no setting, option or variable can.
        allow = click.get_current_context().obj or frozenset()
        place = Place(
            config=config, data=Path(told or "data"), environ=os.environ, allow=allow,
            begins=bool(told) or config.exists(),
        )  # fmt: skip
        return function(place, **given)

    named.__name__ = function.__name__
    named.__doc__ = function.__doc__
    named.__click_params__ = list(getattr(function, "__click_params__", ()))  # type: ignore[attr-defined]
    path = click.Path(path_type=Path)
    wrapped = click.option(
        "--data", type=path, default=None, help="Data folder (default ./data, or $TORKHAM_DATA)."
    )(named)
    return click.option(  # type: ignore[return-value]
        "--config", type=path, default=Path("feeds.yaml"), help="Settings (default feeds.yaml)."
    )(wrapped)


class Within(click.FloatRange):
    """A number within a range; "nan" lies in none, though it is neither below nor above."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number. Raises click.BadParameter where it is none of the range."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


def somebody(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Return the name of who changes something, for an option's ``callback``; blanks are none."""
    if not name.strip():
        raise click.BadParameter("is empty; say who, the name is kept with the change")
    return " ".join(name.split())


COMMAND_LINE = "the command line"
"""Who did what nobody put a name to."""


def by_whom(says: str, *, needed: bool = False) -> Callable[[Command], Command]:
    """Give a command ``--by``: who changes something, the command line where no name is needed."""
    default: dict[str, Any] = {} if needed else {"default": COMMAND_LINE, "show_default": True}
    return click.option("--by", required=needed, callback=somebody, help=says, **default)


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


# --- results --------------------------------------------------------------------------------


def plain(value: object) -> Any:
    """Return ``value`` as what JSON can hold: dataclasses as objects, instants as ISO text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def json_line(value: object) -> str:
    """Return one JSON value on one line that standard output can take, whatever its letters."""
    line = json.dumps(plain(value), ensure_ascii=False)
    try:
        line.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:  # half a pair of surrogates, or a terminal of few letters
        return json.dumps(plain(value))
    return line


def show_json(value: object) -> None:
    """Print one JSON value on one line, readable in any script."""
    click.echo(json_line(value))


def show(text: str, *, err: bool = False) -> None:
    """Print lines for people. What strangers wrote cannot command the terminal."""
    from monitor.edge.log import escaped

    click.echo("\n".join(escaped(line) for line in text.split("\n")), err=err)


# --- mistakes -------------------------------------------------------------------------------


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """Leave with one line on standard error."""
    _complain([sentence])
    sys.exit(code)


def guarded(main: Callable[[], Result]) -> Result:
    """Run the commands; turn what a person can act on into one line and an exit code."""
    _with_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a letter the terminal lacks must not end the work
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            return main()
        finally:
            sys.stdout.flush()  # at the end of the process it would be too late to say anything
    except BrokenPipeError:
        _unheard()
        sys.exit(FAILED)
    except Exception as error:
        lines, code = _told(error)
        if not lines:
            raise
        if _unwritten(error):
            _unheard()
        _complain(lines)
        sys.exit(code)


def _with_streams() -> None:
    """Put /dev/null where a stream was closed.

    Else the next file that is opened, which may be the store, takes its number, and what a library
    writes to standard error lands in it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: its own
            os.set_inheritable(handle, True)
            setattr(sys, name, open(handle, mode))  # noqa: PTH123, SIM115 - a number; stays open


def _unheard() -> None:
    """Let what is left in standard output go nowhere, without another complaint at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _unwritten(error: Exception) -> bool:
    """Tell whether a disk or a limit refused what a command writes: such errors name no file."""
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
    return isinstance(error, OSError) and not error.filename and error.errno in full


_NO_FOLDER = ": a folder has to be there; a link to a disk leads nowhere until that is mounted"
_NOT_OURS = ": check its owner and permissions"
_ADVICE = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _NOT_OURS),
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR, errno.ELOOP), _NO_FOLDER),
}


def _told(error: Exception) -> tuple[list[str], int]:
    """Return the lines and the exit code of a mistake; no lines for a bug of ours."""
    from classifiers.artifact import ArtifactError
    from classifiers.entries import PackError
    from monitor.config.problems import ConfigError
    from store.faults import StoreError

    if isinstance(error, ConfigError):
        return [str(problem) for problem in error.problems], USAGE
    if isinstance(error, PackError):
        return [f"the topic pack cannot judge: {error}; `torkham topic check` says more"], USAGE
    if isinstance(error, StoreError | ArtifactError):
        return [str(error)], FAILED
    if isinstance(error, OSError) and error.filename and error.errno != errno.EPIPE:
        advice = _ADVICE.get(error.errno or 0, "")
        return [f"{error.filename}: {error.strerror}{advice}"], FAILED
    if _unwritten(error):
        why = f"what was to be written could not be ({getattr(error, 'strerror', '')})"
        return [f"{why}: see whether the disk is full"], FAILED
    return [], FAILED


def _complain(lines: list[str]) -> None:
    show("\n".join("torkham: " + " ".join(line.splitlines()) for line in lines), err=True)
