"""The engine that is Dask's: spans are read wherever its workers are.

    torkham ── span, key of the recipe ──▶ scheduler ──▶ worker process ──▶ limited child
            ◀─────────────── the result, as bytes that monitor.edge.wire wrote ───────────

Dask schedules, ships, and runs again what a lost worker had in hand. Of ours is: what is asked
(one function), that a document harms a child and never the worker, that what cannot work is
refused before it begins, and that everything that was started here is ended.

Dask pickles functions, and its scheduler and workers run what they are sent: whoever reaches their
ports runs code there (docs/decisions/0029). Results are not pickled; they are read as strictly as
a child's.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

from monitor.archives.engines import AHEAD, Pending, Tls, awaited, in_order
from monitor.archives.isolating import EngineError, Isolated, opened
from monitor.archives.model import Recipe, Span, Worked
from monitor.edge.wire import packed, unpacked

Client: TypeAlias = Any
"""Of distributed, as are Security and LocalCluster: its functions carry no types."""
CONNECT_SECONDS = 5
COUNT_SECONDS = 5.0  # between two counts of the workers
WAIT_SECONDS = 0.5  # between two looks for the first worker
PATIENCE_SECONDS = 600.0
"""How long a cluster may have no worker: a queue of batch jobs takes its time."""
DECIDING = ("torkham", "trafilatura", "lxml", "selectolax", "fastwarc", "numpy", "py3langid")
"""Packages of which another version may read a page otherwise."""
OWN = {
    "distributed.scheduler.allowed-failures": 10,  # a span whose worker was killed is no bad span
    "distributed.worker.profile.enabled": False,  # our threads wait for a child
    "distributed.admin.tick.interval": "1s",  # 20 ms by default: 5 % of a core for nothing
    "distributed.admin.tick.limit": "1h",  # a busy machine is no news
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
    "distributed.worker.preload": [__name__],
    "distributed.scheduler.http.routes": [],  # no page of Dask's is served to anybody
    "distributed.worker.http.routes": [],
}
"""What a cluster of our own is told besides Dask's defaults."""
INSTALL = "the engine dask is not installed: pip install 'torkham[dask]'"


# --- on a worker ----------------------------------------------------------------------------

_readers: dict[str, Isolated] = {}
_starting = threading.Lock()


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C to who started the cluster. Dask calls this in each worker of our own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def perform(module: str, census: str, span: bytes, recipe: bytes, digest: str) -> bytes:
    """Read a span in a limited child of this worker. Runs in a worker process of Dask.

    Raises EngineError where this worker runs another version than the others, got another recipe,
    or cannot see the archive.
    """
    _like_the_others(census, recipe, digest)
    wanted = unpacked(span, importing=True)
    try:
        return _reader(module).run(wanted, recipe)
    except EngineError as problem:
        raise EngineError(f"{problem} (on {os.uname().nodename})") from None


def _reader(module: str) -> Isolated:
    with _starting:
        if module not in _readers:
            from distributed import get_worker

            reader = Isolated(module, count=get_worker().state.nthreads)
            atexit.register(reader.close)
            _readers[module] = reader
        return _readers[module]


@cache
def versions() -> dict[str, str]:
    """Return the versions here of what decides how a page is read."""
    there = {"python": ".".join(map(str, sys.version_info[:2]))}
    for package in DECIDING:
        try:
            there[package] = version(package)
        except PackageNotFoundError:
            there[package] = "none"
    return there


@cache
def _like_the_others(census: str, recipe: bytes, digest: str) -> None:
    if census != _census(versions()):
        raise EngineError(f"a worker on {os.uname().nodename} runs {_listed(versions())}")
    if hashlib.sha256(recipe).hexdigest() != digest:
        raise EngineError(f"a worker on {os.uname().nodename} was handed another recipe")


def look_round(sources: Sequence[str]) -> dict[str, Any]:
    """Tell what a worker runs and how large each archive is there; None: it cannot be read."""
    return {
        "host": os.uname().nodename,
        "versions": versions(),
        "sizes": [_size(source) for source in sources],
    }


def _size(source: str) -> int | None:
    if os.path.isdir(source):  # noqa: PTH112 - one call for each of many sources
        return 0 if os.access(source, os.R_OK | os.X_OK) else None
    try:
        with open(source, "rb") as file:  # noqa: PTH123 - as above
            return os.fstat(file.fileno()).st_size
    except OSError:
        return None


def _census(there: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(there.items())).encode()).hexdigest()


def _listed(there: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in there.items())


# --- on our side ----------------------------------------------------------------------------


class _Window:
    """How many spans may be in hand: some for each thread that there is now, as workers come."""

    def __init__(self, client: Client) -> None:
        self._client, self._size, self._until = client, AHEAD, 0.0

    def __call__(self) -> int:
        now = time.monotonic()
        if now >= self._until:
            with _in_words():
                self._size = AHEAD * _threads(self._client)
            self._until = now + COUNT_SECONDS
        return self._size


def _threads(client: Client) -> int:
    counts: dict[str, int] = client.nthreads()
    return max(1, sum(counts.values()))


class OnDask:
    """Hands spans to a cluster of Dask, and takes the results back in order."""

    def __init__(self, client: Client, *, module: str) -> None:
        self._client = client
        self._module = module
        self._told_of: set[str] = set()

    def run(
        self, spans: Iterable[Span], recipe: Recipe, *, stopped: Callable[[], bool]
    ) -> Iterator[Worked]:
        """Give the result of each span in the order of the spans."""
        sent, census = packed(recipe), _census(versions())
        digest = hashlib.sha256(sent).hexdigest()
        with _in_words():
            # A task, not scattered data: Dask makes it anew where the workers that had it are lost.
            shared = self._client.submit(bytes, sent, key=f"torkham-recipe-{digest[:16]}")

        def hand_out(span: Span) -> Pending:
            with _in_words():
                pending: Pending = self._client.submit(
                    perform, self._module, census, packed(span), shared, digest, pure=False
                )
                return pending

        for span, pending in in_order(spans, hand_out, window=_Window(self._client)):
            with _in_words():
                data = awaited(pending, stopped)
            if data is None:
                return
            yield opened(data, span)

    def at_once(self) -> int:
        """Return how many threads the workers have that are there now."""
        with _in_words():
            return _threads(self._client)


@contextmanager
def on_dask(
    *,
    workers: int,
    scheduler: str | None,
    tls: Tls | None,
    sources: Sequence[str],
    module: str,
    told: Callable[[str], None],
    stopped: Callable[[], bool],
) -> Iterator[OnDask]:
    """Start a cluster of ``workers`` processes, or join that of ``scheduler``; leave it in the end.

    Raises EngineError: Dask is not installed, nobody answers, a worker runs other versions, or one
    cannot see the archives; or it was ``stopped`` while it waited for a worker.
    """
    try:
        import dask
        import distributed
    except ImportError as problem:
        raise EngineError(INSTALL) from problem
    with ExitStack() as stack:
        stack.enter_context(_quiet(distributed))
        if scheduler is None:
            stack.enter_context(dask.config.set(OWN))
        security = _security(tls)
        if (scheduler or "").startswith("tls:") and not security and not _configured(dask):
            raise EngineError(
                f"{scheduler}: say by what it is known: --tls-ca, --tls-cert, --tls-key"
            )
        address: Any = scheduler or stack.enter_context(_own(workers))
        client = stack.enter_context(_client(address, security))
        with _in_words():
            _wait(client, told, stopped)
            _all_alike(client, sources)
        yield OnDask(client, module=module)


def _configured(dask: Any) -> bool:
    """Whether Dask's own configuration names certificates."""
    return bool(dask.config.get("distributed.comm.tls.ca-file", None))


def _security(tls: Tls | None) -> Any:
    """Return by what the other side is known; None: what Dask's own configuration says."""
    if tls is None:
        return None
    import distributed

    for file in (tls.ca, tls.cert, tls.key):
        if not file.is_file():
            raise EngineError(f"{file}: no such file")
    made: Any = distributed.Security
    return made(
        require_encryption=True, tls_ca_file=str(tls.ca), tls_client_cert=str(tls.cert),
        tls_client_key=str(tls.key),
    )  # fmt: skip


@contextmanager
def _own(workers: int) -> Iterator[Any]:
    """Start a cluster on this machine that nobody else can use, and end it.

    Where the package cryptography is there, even other people of this machine cannot: its parts
    then know one another by certificates that were made for it and exist in memory alone.
    """
    import distributed

    make: Any = distributed.LocalCluster
    try:
        import cryptography  # noqa: F401
    except ImportError:
        known: dict[str, Any] = {"host": "127.0.0.1"}
    else:
        known = {"host": "tls://127.0.0.1", "security": True}
    with _in_words():
        cluster = make(
            n_workers=workers, threads_per_worker=1, processes=True, memory_limit=0,
            dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False}, silence_logs=logging.CRITICAL, **known,
        )  # fmt: skip
    try:
        yield cluster
    finally:
        with suppress(Exception):  # whatever died already; the kernel ends the rest with us
            cluster.close(timeout=CONNECT_SECONDS)


@contextmanager
def _client(address: Any, security: Any) -> Iterator[Client]:
    import distributed

    asked: dict[str, Any] = {"security": security} if security else {}
    if isinstance(address, str) and Path(address).is_file():
        asked["scheduler_file"] = address
    else:
        asked["address"] = address
    make: Any = distributed.Client
    try:
        with _in_words():
            client = make(timeout=CONNECT_SECONDS, set_as_default=False, **asked)
    except EngineError as problem:
        if isinstance(address, str):
            raise EngineError(f"no scheduler of Dask answers at {address} ({problem})") from problem
        raise
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=CONNECT_SECONDS)


def _wait(
    client: Client, told: Callable[[str], None], stopped: Callable[[], bool]
) -> None:  # fmt: skip
    """Wait until there is a worker."""
    began = time.monotonic()
    while not client.nthreads():
        if stopped():
            raise EngineError("stopped before the cluster had a worker")
        waited = time.monotonic() - began
        if waited > PATIENCE_SECONDS:
            raise EngineError(f"the cluster had no worker for {PATIENCE_SECONDS / 60:.0f} minutes")
        if waited < CONNECT_SECONDS <= waited + WAIT_SECONDS:
            told("The cluster has no worker yet; waiting for the first one.")
        time.sleep(WAIT_SECONDS)


def _all_alike(client: Client, sources: Sequence[str]) -> None:
    """Refuse a cluster that would read otherwise than this machine, or cannot read at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask warns of packages of its own; ours are named below
        try:
            client.get_versions(check=True)
        except ValueError as problem:
            lines = [line for line in str(problem).splitlines() if line.strip()]
            raise EngineError(f"the cluster runs other versions: {' '.join(lines)}") from problem
    here = look_round(sources)
    missing = [name for name, size in zip(sources, here["sizes"], strict=True) if size is None]
    if missing:
        raise EngineError(f"{missing[0]}: cannot be read here")
    for address, there in sorted(client.run(look_round, list(sources)).items()):
        _hold_against(here, there, f"the worker {address} on {there['host']}", sources)


def _hold_against(
    here: Mapping[str, Any], there: Mapping[str, Any], who: str, sources: Sequence[str]
) -> None:
    for name, number in here["versions"].items():
        other = there["versions"].get(name, "none")
        if other != number:
            raise EngineError(
                f"{who} runs {name} {other}, this machine {number}: install the same on both"
            )
    for source, ours, theirs in zip(sources, here["sizes"], there["sizes"], strict=True):
        if theirs is None:
            raise EngineError(
                f"{who} cannot read {source}: archives must be at the same path on each worker"
            )
        if theirs != ours:
            raise EngineError(
                f"{who} sees {theirs:,} bytes of {source}, this machine {ours:,}: it must be the"
                " same file"
            )


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what Dask raises into a sentence for people."""
    from asyncio import CancelledError
    from concurrent.futures import CancelledError as Cancelled

    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        yield
    except EngineError:
        raise
    except KilledWorker as problem:
        raise EngineError(
            "workers were lost again and again with the same part of an archive in hand; see why"
            " they die, and run the same command again"
        ) from problem
    except (CancelledError, Cancelled, CommClosedError) as problem:
        raise EngineError(
            "the connection to the scheduler was lost; when it is back, run the same command again"
        ) from problem
    except ModuleNotFoundError as problem:
        raise EngineError(f"{problem}: Torkham must be installed on each worker") from problem
    except Exception as problem:
        said = " ".join(str(problem).split())[:300] or type(problem).__name__
        raise EngineError(f"Dask says: {said}") from problem


@contextmanager
def _quiet(distributed: Any) -> Iterator[None]:
    """Keep Dask's own log of what comes and goes off the terminal; what matters is raised."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [(one, one.level) for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    del distributed
    try:
        yield
    finally:
        for one, level in before:
            one.setLevel(level)
