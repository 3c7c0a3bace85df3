"""File locks. The kernel releases them when the process ends, even after SIGKILL."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path


class Busy(Exception):
    """Another process has the lock. pid: its process id, "" if unknown."""

    def __init__(self, file: Path, pid: str) -> None:
        super().__init__(f"{file} is locked by process {pid or '?'}")
        self.file = file
        self.pid = pid


@contextlib.contextmanager
def acquired(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Lock a directory, or a lock file that is created if missing; wait until it is free.

    waiting: called once if another process has the lock.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def exclusive(files: Iterable[Path]) -> Iterator[None]:
    """Create and lock files, and delete them afterwards. Raises Busy or OSError.

    Missing directories are created, and deleted afterwards if they are empty.
    """
    with contextlib.ExitStack() as stack:
        for file in files:
            stack.enter_context(_folder(file.parent))
            stack.enter_context(_one(file))
        yield


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            for place in missing:
                place.rmdir()


@contextlib.contextmanager
def _one(file: Path) -> Iterator[None]:
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise Busy(file, pid) from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), file.stat()):
                break
        os.close(descriptor)  # its owner removed it between our opening and locking
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        with contextlib.suppress(OSError):  # the folder went, or takes no changes any more
            file.unlink()
        os.close(descriptor)
