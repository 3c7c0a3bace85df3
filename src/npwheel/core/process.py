"""Start all child processes of npwheel, isolated from the working directory.

A child gets its own session, the environment of `environment()`, and a working directory
without code. Python would import from the working directory, and package managers read
settings there.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from npwheel.core import paths
from npwheel.core.credentials import mask
from npwheel.core.errors import Interrupted

Child = subprocess.Popen[bytes]

GRACE = 15.0  # seconds for a child to clean up after SIGINT
NEUTRAL = Path(os.path.abspath(os.sep))  # noqa: PTH100  # a directory without code
LINE = 1 << 16  # characters read at once if a child prints no line ends

# Lists of directories. An empty entry means the child's working directory.
_SEARCHED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
# Variables that name files and modules that Python runs before the program.
_RUN_FIRST = ("PYTHONSTARTUP", "PYTHONBREAKPOINT", "PYTHONINSPECT", "PYTHONPYCACHEPREFIX")

_live: set[Child] = set()
_lock = threading.Lock()
_cancelled = threading.Event()


@dataclass(frozen=True)
class Limits:
    """Limits of a child process: bytes of address space, seconds of processor time."""

    memory: int
    cpu: int


@dataclass(frozen=True)
class Done:
    """The result of a child. code: -1 if it could not start or timed out (`err` has the reason)."""

    code: int
    out: str
    err: str


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return this process's environment for a child, without paths relative to the directory.

    Args:
        changes: variables to set; None removes one.
    """
    env = {name: value for name, value in os.environ.items() if name not in _RUN_FIRST}
    for name in _SEARCHED:
        if name in env:
            entries = [entry for entry in env[name].split(os.pathsep) if entry]
            env[name] = os.pathsep.join(str(Path(entry).absolute()) for entry in entries)
    env["PYTHONSAFEPATH"] = "1"
    if env.get("NPWHEEL_CACHE"):
        env["NPWHEEL_CACHE"] = str(paths.cache())  # a relative one means this directory
    for name, value in (changes or {}).items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return env


def python(module: str, *arguments: str) -> list[str]:
    """Return the command `python -m MODULE …`; it imports nothing from the working directory."""
    return [sys.executable, "-P", "-m", module, *arguments]


def python_code(code: str) -> list[str]:
    """Return the command `python -c CODE`; it imports nothing from the working directory."""
    return [sys.executable, "-P", "-c", code]


def cancel() -> None:
    """End all children: SIGINT, then SIGKILL. `logged` starts no others afterwards."""
    _cancelled.set()
    with _lock:
        children = list(_live)
    for child in children:
        _signal(child, signal.SIGINT)
    deadline = time.monotonic() + GRACE
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
        if child.poll() is None:
            _signal(child, signal.SIGKILL)


def kill(child: Child) -> None:
    """Kill a child and its process group with SIGKILL."""
    _signal(child, signal.SIGKILL)


def _signal(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


@contextlib.contextmanager
def _started(  # noqa: PLR0913  (the options of subprocess)
    command: Sequence[str | Path],
    *,
    stdout: int | IO[bytes] | None,
    stderr: int | None,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    stdin: IO[bytes] | None = None,
    limits: Limits | None = None,
) -> Iterator[Child]:
    """A child, killed with its session when this is left early."""
    child = subprocess.Popen(
        list(command),
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=environment() if env is None else dict(env),
        cwd=cwd or NEUTRAL,
        start_new_session=True,
    )
    with _lock:
        _live.add(child)
    try:
        if limits:
            _limit(child, limits)
        yield child
    except BaseException:
        _signal(child, signal.SIGKILL)
        child.wait()
        raise
    finally:
        with _lock:
            _live.discard(child)
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()


def _limit(child: Child, limits: Limits) -> None:
    if not hasattr(resource, "prlimit"):  # Linux has it; elsewhere the time limit remains
        return
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(child.pid, resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.prlimit(child.pid, resource.RLIMIT_CPU, (limits.cpu, limits.cpu))


def logged(  # noqa: PLR0913  (the options of subprocess)
    command: Sequence[str],
    log: IO[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    on_start: Callable[[Child], None] | None = None,
    timeout: float | None = None,
    stdin: IO[bytes] | None = None,
    limits: Limits | None = None,
) -> int:
    """Run a command with all that it prints going to `log`.

    Args:
        command: the program and its arguments.
        log: where its output goes, after the command itself.
        env: its whole environment (default: `environment()`).
        cwd: its working directory (default: one that holds no code).
        on_line: called with each line, without its end.
        on_start: called with the child.
        timeout: seconds after which it is killed.
        stdin: what it reads (default: nothing).
        limits: of memory and processor time.

    Returns:
        Its exit code.

    Raises:
        TimeoutError: it ran longer than `timeout`.
        Interrupted: after `cancel()`.
    """
    if _cancelled.is_set():
        raise Interrupted("interrupted")
    log.write(mask("$ " + " ".join(map(str, command))) + "\n")
    log.flush()
    expired = threading.Event()
    with _started(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=cwd,
        stdin=stdin, limits=limits,
    ) as child:  # fmt: skip
        if on_start:
            on_start(child)

        def expire() -> None:
            expired.set()
            _signal(child, signal.SIGKILL)

        timer = threading.Timer(timeout or 0, expire)
        timer.daemon = True
        if timeout:
            timer.start()
        try:
            assert child.stdout is not None
            while raw := child.stdout.readline(LINE):
                line = raw.decode("utf-8", "replace")
                log.write(mask(line))
                log.flush()
                if on_line:
                    on_line(line.rstrip("\r\n"))
            code = child.wait()
        finally:
            timer.cancel()
    if _cancelled.is_set():
        raise Interrupted("interrupted")
    if expired.is_set():
        raise TimeoutError(f"{command[0]} ran longer than {timeout:g} s")
    return code


def run(  # noqa: PLR0913  (the options of subprocess)
    command: Sequence[str | Path],
    *,
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: IO[bytes] | None = None,
    stdout: int | IO[bytes] | None = subprocess.PIPE,
    stderr: int | None = subprocess.PIPE,
    errors: str = "replace",
    limits: Limits | None = None,
) -> Done:
    """Run a short command; never raises for what the command does, or where it cannot start.

    Args:
        command: the program and its arguments.
        timeout: seconds after which it is killed.
        env: its whole environment (default: `environment()`).
        cwd: its working directory (default: one that holds no code).
        stdin: what it reads (default: nothing).
        stdout: a file for its output, in place of `out`; None: this process's own.
        stderr: None: this process's own, in place of `err`.
        errors: how bytes that are not UTF-8 are decoded.
        limits: of memory and processor time.
    """
    try:
        with _started(
            command, stdout=stdout, stderr=stderr, env=env, cwd=cwd, stdin=stdin, limits=limits
        ) as child:
            out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        return Done(-1, "", f"{command[0]} timed out after {timeout:g} s")
    except OSError as error:
        return Done(-1, "", str(error))
    text = [(part or b"").decode("utf-8", errors) for part in (out, err)]
    return Done(child.returncode, *text)


def output(command: Sequence[str | Path], timeout: float = 30.0) -> tuple[int, str, str]:
    """Return (exit code, stdout, stderr) of a short command; -1 and the reason if it cannot run."""
    done = run(command, timeout=timeout)
    return done.code, done.out, done.err


def piped(first: Sequence[str | Path], second: Sequence[str | Path]) -> tuple[Done, int]:
    """Run `first | second`; return the result of the second and the exit code of the first."""
    with _started(first, stdout=subprocess.PIPE, stderr=None, env=None, cwd=None) as source:
        done = run(second, stdin=source.stdout)
        assert source.stdout is not None
        source.stdout.close()
        return done, source.wait()
