"""A cluster of Dask that somebody else started, as its own documents say: joined, or refused."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import trustme

from monitor.archives.engines import Engine, EngineError, Tls, engine
from tests.flow import spans
from tests.flow.spans import LINES, MODULE, never, run, undisturbed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    return spans.archive(tmp_path_factory.mktemp("whole") / "lines", LINES)


@contextmanager
def scheduler(folder: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler of Dask as its own documents start it."""
    said = folder / "scheduler.json"
    with _process(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
        "--scheduler-file", str(said), *more,
    ) as process:  # fmt: skip
        yield json.loads(_appears(said))["address"], process


@contextmanager
def worker(
    address: str, *more: str, cwd: Path = ROOT, before: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker; it looks for packages in ``before`` first."""
    with _process(
        "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny", *more, cwd=cwd,
        before=before,
    ) as process:  # fmt: skip
        yield process


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """Certificates by which the parts of a cluster know one another."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    tls = Tls(ca=folder / "ca.pem", cert=folder / "cert.pem", key=folder / "key.pem")
    authority.cert_pem.write_to_path(str(tls.ca))
    own.cert_chain_pems[0].write_to_path(str(tls.cert))
    own.private_key_pem.write_to_path(str(tls.key))
    return tls


@contextmanager
def _process(
    *words: str, cwd: Path = ROOT, before: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words], cwd=cwd, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": f"{before}:{ROOT}"},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def _appears(file: Path) -> str:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with suppress(OSError):
            text = file.read_text()
            if text.rstrip().endswith("}"):
                return text
        time.sleep(0.05)
    raise AssertionError(f"{file} never appeared")


@pytest.mark.slow
def test_a_cluster_behind_certificates_is_used_and_left_running_and_lost_it_is_said(
    whole: str, tmp_path: Path, certificates: Tls
) -> None:
    files = ("--tls-ca-file", str(certificates.ca), "--tls-cert", str(certificates.cert),
             "--tls-key", str(certificates.key))  # fmt: skip
    with ExitStack() as stack:
        address, process = stack.enter_context(scheduler(tmp_path, "--protocol", "tls", *files))
        reading = stack.enter_context(worker(address, *files, cwd=tmp_path))
        there = partial(
            engine, "dask", scheduler=address, tls=certificates, module=MODULE, sources=[whole]
        )
        assert address.startswith("tls://")
        with there() as one:
            assert run(one, whole) == undisturbed(whole)
        assert process.poll() is None
        assert reading.poll() is None
        with (
            pytest.raises(EngineError, match=r"the worker tls://.* cannot read .*here: archives"),
            _for_this_process_alone(tmp_path) as source,
            there(sources=[source]),
        ):
            pass
        with (
            worker(address, *files, before=_older(tmp_path)),
            pytest.raises(EngineError, match=r"runs torkham 0\.0\.1, this machine .*: install the"),
            _when_both_are_there(there),
        ):
            pass
        with there(scheduler=str(tmp_path / "scheduler.json")) as one:
            going = one.run(spans.cut(whole, 5), spans.RECIPE, stopped=never)
            next(going)
            process.kill()
            with pytest.raises(EngineError, match="the scheduler was lost; when it is back"):
                list(going)


def _older(folder: Path) -> Path:
    """Return a folder of packages in which Torkham claims to be an old one."""
    claim = folder / "old" / "torkham-0.0.1.dist-info"
    claim.mkdir(parents=True)
    (claim / "METADATA").write_text("Metadata-Version: 2.1\nName: torkham\nVersion: 0.0.1\n")
    return claim.parent


@contextmanager
def _when_both_are_there(there: Callable[[], AbstractContextManager[Engine]]) -> Iterator[None]:
    """Join the cluster again and again until a second worker has come."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with there():
            time.sleep(0.1)
    yield


@contextmanager
def _for_this_process_alone(folder: Path) -> Iterator[str]:
    """Give a path that this process can read and its workers cannot: a descriptor of its own."""
    (folder / "here").write_text("x")
    with (folder / "here").open() as file:
        number = fcntl.fcntl(file.fileno(), fcntl.F_DUPFD_CLOEXEC, 900)
        link = folder / "only-here"
        link.symlink_to(f"/proc/self/fd/{number}")
        try:
            yield str(link)
        finally:
            os.close(number)


@pytest.mark.slow
def test_without_the_extra_one_sentence_says_what_to_install() -> None:
    asks = (
        "import sys; sys.modules['distributed'] = None\n"
        "from monitor.archives.engines import engine\n"
        "with engine('dask'): pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1].endswith(
        "EngineError: the engine dask is not installed: pip install 'torkham[dask]'"
    )


@pytest.mark.slow
def test_where_no_scheduler_answers_one_sentence_says_so() -> None:
    with (
        pytest.raises(EngineError, match=r"no scheduler of Dask answers at tcp://127.0.0.1:1 "),
        engine("dask", scheduler="tcp://127.0.0.1:1", module=MODULE),
    ):
        pass


@pytest.mark.slow
def test_waiting_for_a_worker_ends_when_it_is_stopped(tmp_path: Path) -> None:
    """A queue of batch jobs may take its time; Ctrl-C is heeded meanwhile."""
    began = time.monotonic()
    with (
        scheduler(tmp_path) as (address, _process),
        pytest.raises(EngineError, match="stopped before the cluster had a worker"),
        engine("dask", scheduler=address, module=MODULE,
               stopped=lambda: time.monotonic() > began + 1),
    ):  # fmt: skip
        pass
    assert time.monotonic() < began + 30


def test_a_scheduler_with_certificates_wants_to_be_shown_some() -> None:
    with (
        pytest.raises(EngineError, match="say by what it is known: --tls-ca"),
        engine("dask", scheduler="tls://127.0.0.1:1", module=MODULE),
    ):
        pass


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    tls = Tls(ca=tmp_path / "ca.pem", cert=tmp_path / "c.pem", key=tmp_path / "k.pem")
    with (
        pytest.raises(EngineError, match=r"ca\.pem: no such file"),
        engine("dask", scheduler="tls://127.0.0.1:1", tls=tls, module=MODULE),
    ):
        pass
