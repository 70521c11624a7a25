"""The nursery: the process that forks the worker children, and what a child does.

Both sides stand here. Ours (``Nursery``) starts a fresh interpreter that shares no memory, file,
socket or secret with this process. Theirs (``_tend``, ``_live``) imports the parsers once and
forks: a new child costs 5 ms instead of half a second. What few documents need it imports when the
first child has done its share of work: a process that reads a handful of them never pays for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.edge.wire import found, packed, unpacked

LENGTH = struct.Struct("!Q")
MAX_REPLY_BYTES = 64_000_000
START_SECONDS = 60.0  # importing the parsers took half a second; a loaded small server needs longer
GONE_SECONDS = 2.0  # what was killed is gone within milliseconds, or hangs in the kernel
_WORDS = 4_096  # bytes of a question to the nursery
_IMPORT = b"import "
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one task may use: bytes of address space, seconds of processor and of wall clock.

    ``answer_seconds`` is how long the nursery may take to fork a child or to say how one ended,
    which takes it milliseconds; it is stuck when it does not.
    """

    memory_bytes: int = 1_000_000_000
    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    answer_seconds: float = 10.0


# --- our side of the nursery ----------------------------------------------------------------

BOOT = (
    "import json, sys; a = json.loads(sys.argv[1]); sys.path[:] = a['path'];"
    "from monitor.edge.nursery import _tend; _tend(a['line'], a['preload'], a['memory'], a['cpu'])"
)


class Nursery:
    """Starts children and tells how they ended.

    Started when first needed, and again if it dies. One that does not answer is ended, and its
    children with it: an answer that came late would be taken for that to another question.
    """

    def __init__(self, preload: Sequence[str], limits: Limits) -> None:
        self._preload = list(preload)
        self._limits = limits
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._wiser = False
        self.told: Callable[[str], None] = lambda _sentence: None

    def start(self) -> tuple[socket.socket, int, int]:
        """Return the line to a new child, its number and its nursery's; OSError without one."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid, nursery = self._request(b"fork", [theirs.fileno()])
            except (OSError, ValueError):
                self.close()  # it died, or is beyond use: once more with a new one
                try:
                    pid, nursery = self._request(b"fork", [theirs.fileno()])
                except (OSError, ValueError) as problem:
                    ours.close()
                    raise OSError(f"no child could be started: {problem}") from problem
        return ours, pid, nursery

    def kill(self, pid: int, nursery: int) -> None:
        """Kill a child. Its number cannot mean another process while its own nursery lives."""
        with self._lock:
            process = self._process
            if process is not None and process.pid == nursery and process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def wait(self, pid: int, nursery: int) -> int | None:
        """Return the exit status of a dead child; None where its nursery died with it."""
        try:
            status, _ = self._request(str(pid).encode(), [], nursery)
        except (OSError, ValueError):
            return None
        return status

    def learn(self, modules: Sequence[str]) -> None:
        """Have every later child come with ``modules`` imported. Once is enough; nobody waits."""
        with self._lock:
            if self._line is None or self._wiser or not modules:
                return
            self._wiser = True
            with contextlib.suppress(OSError):  # it is gone; the next question finds that out
                self._line.settimeout(START_SECONDS)  # the next answer comes after the imports
                self._line.send(_IMPORT + " ".join(modules).encode())

    def pids(self) -> list[int]:
        """Return the nursery's own process number, when it lives."""
        return [self._process.pid] if self._process is not None else []

    def close(self) -> None:
        """End the nursery and with it every child."""
        with self._lock:
            self._end(patience=GONE_SECONDS)

    def _end(self, patience: float) -> None:
        """Let it leave by itself for so many seconds, then kill it; wait for neither for ever."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(GONE_SECONDS)
        self._line = self._process = None

    def _request(self, words: bytes, fds: list[int], nursery: int = 0) -> tuple[int, int]:
        """Return the answer of the nursery and its number; asks only ``nursery`` where given."""
        try:
            with self._lock:
                return self._asked(words, fds, nursery)
        except TimeoutError:
            self.told("The process that starts readers did not answer; it was ended and replaced.")
            raise

    def _asked(self, words: bytes, fds: list[int], nursery: int) -> tuple[int, int]:
        if self._line is None and not nursery:
            self._open()
        if self._line is None or self._process is None:
            raise OSError("the nursery is gone")
        if nursery not in {0, self._process.pid}:
            raise OSError("the nursery is another")
        try:
            socket.send_fds(self._line, [words], fds)
            answer = int(self._line.recv(64))
        except TimeoutError:
            self._end(patience=0)
            raise
        self._line.settimeout(self._limits.answer_seconds)  # the parsers are imported by now
        return answer, self._process.pid

    def _open(self) -> None:
        """Start a fresh interpreter that shares nothing with this one but the line."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(START_SECONDS)
        # Where stdin or stdout is closed the pair gets their numbers, which Popen would overwrite.
        handed = fcntl.fcntl(theirs.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
        theirs.close()
        wishes = {
            "path": sys.path,
            "line": handed,
            "preload": self._preload,
            "memory": self._limits.memory_bytes,
            "cpu": self._limits.cpu_seconds,
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", BOOT, json.dumps(wishes)],
                pass_fds=[handed],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if _is_open(2) else subprocess.DEVNULL,
                start_new_session=True,
                env={k: os.environ[k] for k in PASSED_ON if k in os.environ}
                | {"OPENBLAS_NUM_THREADS": "1"},
            )
        finally:
            os.close(handed)
        self._line = ours
        self._wiser = False


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


# --- inside the nursery and its children ----------------------------------------------------


def _tend(line: int, preload: list[str], memory_bytes: int, cpu_seconds: int) -> None:
    """Import the libraries, then fork a child or wait for one, as asked, until the line closes."""
    import logging

    # Ctrl-C and a service's stop reach the whole group; the parent decides when its children end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while (spare := os.open(os.devnull, os.O_RDWR)) < 3:  # or a child's line may become its stderr
        pass
    os.close(spare)
    logging.getLogger().addHandler(logging.NullHandler())  # a library's warnings are no news here
    _import(preload)
    control = socket.socket(fileno=line)
    with contextlib.suppress(OSError):  # a parent that was killed in the middle of a question
        while _answered(control, memory_bytes, cpu_seconds):
            pass
    os._exit(0)


def _import(modules: Sequence[str]) -> None:
    """Import what children shall share, as far as it can be had."""
    import gc
    import importlib

    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # the collector leaves shared pages shared


def _answered(control: socket.socket, memory_bytes: int, cpu_seconds: int) -> bool:
    """Do what is asked: fork a child, wait for one, or import. False: nobody asks any more."""
    words, fds, _, _ = socket.recv_fds(control, _WORDS, 1)
    if not words:
        return False
    if words.startswith(_IMPORT):
        _import(words.decode().split()[1:])
        return True
    if not fds:
        control.send(str(os.waitpid(int(words), 0)[1]).encode())
        return True
    nursery = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        _live(socket.socket(fileno=fds[0]), nursery, memory_bytes, cpu_seconds)
    os.close(fds[0])
    control.send(str(pid).encode())
    return True


def _live(line: socket.socket, nursery: int, memory_bytes: int, cpu_seconds: int) -> None:
    """Do one task after the other until the line closes; never return."""
    os.dup2(1, 2)  # nowhere: what a library prints of a stranger's page is no line of ours
    try:
        _limit(nursery, memory_bytes)
        with line.makefile("rb") as tasks:
            while head := tasks.read(LENGTH.size):
                task = tasks.read(LENGTH.unpack(head)[0])
                _allow(cpu_seconds)
                reply = _performed(task, memory_bytes)
                line.sendall(LENGTH.pack(len(reply)) + reply)
    finally:
        os._exit(0)


def _limit(nursery: int, memory_bytes: int) -> None:
    """Bind this child: to its nursery's life, to its memory, and first in line when memory ends."""
    import ctypes
    import resource

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != nursery:
        os._exit(0)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        score.write("500")


def _allow(cpu_seconds: int) -> None:
    """Grant ``cpu_seconds`` of processor from now on; SIGXCPU ends the child when they are used."""
    import resource

    used = int(time.process_time()) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_seconds, resource.RLIM_INFINITY))


def _performed(task: bytes, memory_bytes: int) -> bytes:
    """Return the reply: the result, or the kind of fault and a sentence."""
    import resource

    try:
        name, args, kwargs = unpacked(task, importing=True)
        kind, value = "ok", found(name)(*args, **kwargs)
    except MemoryError:
        kind, value = "memory", f"more than {memory_bytes:,} bytes of memory were wanted"
    except BaseException as problem:  # noqa: BLE001 - it goes into the future
        said = f"{type(problem).__name__}: {problem}"[:500]
        kind, value = "error", said.encode(errors="replace").decode()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    spent = kind == "memory" or peak * 2 > memory_bytes
    try:
        reply = packed((kind, value, spent))
    except Exception as problem:  # noqa: BLE001
        return packed(("result", f"the result cannot be sent: {problem!r}"[:500], spent))
    if len(reply) > MAX_REPLY_BYTES:
        return packed(("result", f"the result has {len(reply):,} bytes", spent))
    return reply
