"""Remove what killed runs left: containers, a trial image and temporary directories.

Every run keeps a locked file in the cache that names what it makes. The kernel gives the
lock back when the run ends, however it ends, so an unlocked file is that of a dead run.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from npwheel.containers import engine
from npwheel.core import paths, process
from npwheel.core.errors import UsageError

VARIABLE = "NPWHEEL_RUN"  # names the run in the environment of all that it starts
PREFIX = "npwheel-"
_LABEL = re.compile(r"[A-Za-z0-9][\w.-]{0,100}")


@dataclass(frozen=True)
class _Dead:
    """A run that was killed. shared: another run with its label is alive."""

    file: Path
    label: str
    scratch: Path
    shared: bool


@contextlib.contextmanager
def this_run() -> Iterator[tuple[str, ...]]:
    """Mark what this process creates, remove what dead runs left, and yield what was removed.

    SIGTERM is as an interruption while it lasts.
    """
    outer = os.environ.get(VARIABLE, "")
    label = outer if _LABEL.fullmatch(outer) else uuid.uuid4().hex
    folder = paths.cache() / "runs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the cache {folder.parent} cannot be written: {error.strerror}",
            next="name another folder with the variable NPWHEEL_CACHE",
        ) from error
    removed = tuple(text for dead in _dead(folder) for text in _remove(dead))
    before = signal.signal(signal.SIGTERM, _interrupt)
    temporary = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as scratch:
        file = folder / f"{label}-{os.getpid()}.json"
        aside = file.with_suffix(".new")
        with aside.open("w", encoding="utf-8") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            json.dump({"label": label, "scratch": scratch}, opened)
            opened.flush()
            aside.replace(file)
            os.environ[VARIABLE] = label
            tempfile.tempdir = scratch
            try:
                yield removed
            finally:
                tempfile.tempdir = temporary
                if outer:
                    os.environ[VARIABLE] = outer
                else:
                    os.environ.pop(VARIABLE, None)
                file.unlink(missing_ok=True)
                signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _dead(folder: Path) -> list[_Dead]:
    """Return the runs whose files are not locked."""
    living: set[str] = set()
    found: list[tuple[Path, str, Path]] = []
    for file in sorted(folder.glob("*.json")):
        try:
            with file.open(encoding="utf-8") as opened:
                data = json.load(opened)
                entry = (file, str(data["label"]), Path(data["scratch"]))
                try:
                    fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    living.add(entry[1])
                    continue
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.append(entry)
    return [_Dead(*entry, shared=entry[1] in living) for entry in found]


def _remove(dead: _Dead) -> Iterator[str]:
    if not dead.shared and _LABEL.fullmatch(dead.label):
        children = _children(dead.label)
        for number in (signal.SIGINT, signal.SIGKILL):  # cibuildwheel cleans up at the first
            for pid in children:
                with contextlib.suppress(OSError):
                    os.kill(pid, number)
            deadline = time.monotonic() + process.GRACE
            while (children := _children(dead.label)) and time.monotonic() < deadline:
                time.sleep(0.2)
        count = engine.remove_all_of(dead.label)
        if count:
            yield f"removed {count} containers and images of a run that was killed"
    if _is_ours(dead.scratch):
        shutil.rmtree(dead.scratch, ignore_errors=True)
        yield f"removed {dead.scratch}, left by a run that was killed"
    dead.file.unlink(missing_ok=True)


def _is_ours(scratch: Path) -> bool:
    if not scratch.name.startswith(PREFIX) or scratch.is_symlink() or not scratch.is_dir():
        return False
    return scratch.stat().st_uid == os.geteuid()


def _children(label: str) -> list[int]:
    """Return the living processes that a run with that label started (on Linux)."""
    wanted = f"{VARIABLE}={label}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in place.read_bytes().split(b"\0") and int(place.parent.name) != os.getpid():
                found.append(int(place.parent.name))
    return found
