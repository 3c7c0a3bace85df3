"""What `npwheel init` would write: shown as a diff, written together or not at all."""

from __future__ import annotations

import difflib
import os
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from npwheel.core.errors import UsageError

_MODE = 0o644  # of a new file


@dataclass(frozen=True)
class Change:
    """One file; before is None where it is new."""

    path: Path
    before: str | None
    after: str

    @property
    def needed(self) -> bool:
        """Does anything change?"""
        return self.before != self.after

    def diff(self, base: Path) -> str:
        """Return a unified diff with names relative to `base`, each line ended."""
        name = os.path.relpath(self.path, base)
        lines = difflib.unified_diff(
            (self.before or "").splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            "/dev/null" if self.before is None else f"a/{name}",
            f"b/{name}",
        )
        ended = (
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )
        return "".join(ended)


def text_of(path: Path, repository: Path) -> str | None:
    """Return the text of a file, line ends kept; None where there is none.

    Raises UsageError for what `target` refuses, and where it cannot be read.
    """
    real = target(path, repository)
    try:
        with real.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}", why=str(error.strerror or error)) from error


def target(path: Path, repository: Path) -> Path:
    """Return the file that a path leads to: a regular one in the repository, or a new one.

    Raises UsageError for anything else: links that lead out of the repository, FIFOs, devices.
    """
    try:
        real, top = path.resolve(), repository.resolve()
        mode = real.lstat().st_mode if os.path.lexists(real) else stat.S_IFREG
    except (OSError, RuntimeError) as error:  # links in a circle, a file in the place of a folder
        raise UsageError(
            f"cannot follow {path}", why=str(getattr(error, "strerror", None) or error)
        ) from error
    if not real.is_relative_to(top) or ".git" in real.relative_to(top).parts:
        raise UsageError(
            f"{path} leads outside of the repository",
            why=f"it is a link to {real}",
            next="replace the link by a file of the repository",
        )
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is not a regular file", next="remove it")
    return real


@dataclass(frozen=True)
class _Staged:
    """A change on disk, aside. old: a copy of the file that it replaces, None for a new one."""

    real: Path
    fresh: Path
    old: Path | None


def write(changes: Iterable[Change], repository: Path) -> None:
    """Write all changes that are needed, or none of them; a link stays a link.

    Raises UsageError where one cannot be written, or its file is not what the diff shows.
    """
    staged: list[_Staged] = []
    replaced: list[_Staged] = []
    made: list[Path] = []
    written = False
    try:
        for change in changes:
            if change.needed:
                staged.append(_stage(change, repository, made))
        for entry in staged:
            entry.fresh.replace(entry.real)
            replaced.append(entry)
        written = True
    except OSError as error:
        raise UsageError(
            f"cannot write {error.filename or repository}: {error.strerror or error}",
            why="nothing was written",
        ) from error
    finally:
        for entry in [] if written else reversed(replaced):
            if entry.old is None:
                entry.real.unlink()
            else:
                entry.old.replace(entry.real)
        for entry in staged:
            for aside in (entry.fresh, entry.old):
                if aside is not None:
                    aside.unlink(missing_ok=True)
        for folder in [] if written else reversed(made):
            folder.rmdir()


def _stage(change: Change, repository: Path, made: list[Path]) -> _Staged:
    real = target(change.path, repository)
    if text_of(change.path, repository) != change.before:
        raise UsageError(
            f"{change.path} is not what the diff was made of any more",
            why="nothing was written",
            next="run npwheel init again",
        )
    for folder in reversed([p for p in real.parents if not p.exists()]):
        folder.mkdir()
        made.append(folder)
    old = None if change.before is None else _aside(real, change.before)
    try:
        return _Staged(real, _aside(real, change.after), old)
    except OSError:
        if old:
            old.unlink()
        raise


def _aside(real: Path, text: str) -> Path:
    """Return a new file in the folder of `real`, with its mode."""
    descriptor, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(
            descriptor, "w", encoding="utf-8", errors="surrogateescape", newline=""
        ) as file:
            file.write(text)
        Path(name).chmod(stat.S_IMODE(real.stat().st_mode) if real.exists() else _MODE)
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)
