"""Child processes: logged, cancellable, each in a session of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from npwheel.core.errors import Interrupted

_live: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()
_cancelled = threading.Event()

GRACE = 15.0  # seconds for a child to clean up after SIGINT


def cancel() -> None:
    """End every child that runs, politely first; later starts are refused."""
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


def kill(child: subprocess.Popen[str]) -> None:
    """End a child and what it started, at once."""
    _signal(child, signal.SIGKILL)


def _signal(child: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def logged(
    command: Sequence[str],
    log: IO[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    on_start: Callable[[subprocess.Popen[str]], None] | None = None,
    timeout: float | None = None,
    stdin: IO[bytes] | None = None,
) -> int:
    """Run a command with all it prints going to `log`; returns its exit code.

    on_line is called with each line, without its end. Past `timeout` seconds
    the child is killed and TimeoutError raised; Interrupted after `cancel()`.
    """
    if _cancelled.is_set():
        raise Interrupted("interrupted")
    log.write("$ " + " ".join(command) + "\n")
    log.flush()
    child = subprocess.Popen(
        list(command),
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(env) if env is not None else None,
        cwd=cwd,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    with _lock:
        _live.add(child)
    if on_start:
        on_start(child)
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _signal(child, signal.SIGKILL)

    timer = threading.Timer(timeout, expire) if timeout else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        assert child.stdout is not None
        for line in child.stdout:
            log.write(line)
            log.flush()
            if on_line:
                on_line(line.rstrip("\n"))
        code = child.wait()
    except BaseException:
        _signal(child, signal.SIGKILL)
        child.wait()
        raise
    finally:
        if timer:
            timer.cancel()
        with _lock:
            _live.discard(child)
        if child.stdout is not None:
            child.stdout.close()
    if _cancelled.is_set():
        raise Interrupted("interrupted")
    if expired.is_set():
        raise TimeoutError(f"{command[0]} ran longer than {timeout:g} s")
    return code


def output(command: Sequence[str], timeout: float = 30.0) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a short command; -1 and the reason when it cannot run."""
    try:
        done = subprocess.run(
            list(command),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return -1, "", str(error)
    return done.returncode, done.stdout, done.stderr
