"""What every command shares: where the data is, how results and mistakes are printed.

Exit codes: 0 done, 1 the work failed, 2 usage or configuration. A mistake is one line that says
what, where, and what to do; a traceback means a bug of ours.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from classifiers.lexicon import load_lexicon
from monitor.app import DATABASE, App, open_app
from monitor.config.credentials import Secrets, secrets
from monitor.config.loading import Settings, load
from monitor.config.problems import ConfigError
from store import changes
from store.db import AlreadyRunning, Db, StoreError, connect
from store.types import Change

Command = TypeVar("Command", bound=Callable[..., Any])

FAILED, USAGE = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command works: the settings, the data folder, the environment."""

    config: Path
    data: Path
    environ: Mapping[str, str]
    allow: frozenset[tuple[str, int]] = frozenset()

    def app(self) -> AbstractContextManager[App]:
        """Return the whole product, alone on its data folder; it closes when the block ends."""
        return open_app(self.config, self.data, self.environ, allow=self.allow)

    def tools(self) -> AbstractContextManager[App]:
        """Return the product beside a running service: for commands that look and send."""
        return open_app(self.config, self.data, self.environ, alone=False)

    def settings(self) -> Settings:
        """Return the settings in force. Raises ConfigError with every mistake."""
        known = frozenset(load_lexicon().concepts)
        laid: tuple[Change, ...] = ()
        if (self.data / DATABASE).exists():
            with closing(self.store()) as db:
                laid = tuple(changes.changes(db))
        return load(self.config, self.environ, laid, known_concepts=known)

    def secrets(self, settings: Settings) -> Secrets:
        """Return the secrets. Raises ConfigError for a missing or badly kept one."""
        return secrets(self.environ, settings, self.data)

    def store(self) -> Db:
        """Return the store alone, for commands that only look or decide."""
        self.data.mkdir(parents=True, exist_ok=True)
        return connect(self.data / DATABASE)


def command(function: Command) -> Command:
    """Give a command ``--config`` and ``--data`` and hand it the ``place`` they name."""

    def named(config: Path, data: Path | None, **given: Any) -> Any:
        folder = data or Path(os.environ.get("TORKHAM_DATA") or "data")
        # Hosts on this machine that may be asked come from a caller in code, as ``obj=``; tests
        # use it, and no setting, option or variable can.
        allow = click.get_current_context().obj or frozenset()
        place = Place(config=config, data=folder, environ=os.environ, allow=allow)
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


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


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


def show_json(value: object) -> None:
    """Print one JSON value on one line, readable in any script."""
    click.echo(json.dumps(plain(value), ensure_ascii=False))


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """Leave with one line on standard error."""
    click.echo(f"torkham: {sentence}", err=True)
    sys.exit(code)


def guarded(main: Callable[[], None]) -> None:
    """Run the commands; turn what a person can act on into one line and an exit code."""
    try:
        main()
    except ConfigError as error:
        for problem in error.problems:
            click.echo(f"torkham: {problem}", err=True)
        sys.exit(USAGE)
    except AlreadyRunning as error:
        fail(str(error))
    except StoreError as error:
        fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
