"""What `npwheel init` would write: shown as a diff, written aside and renamed."""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from npwheel.core.errors import UsageError


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
        """A unified diff with names relative to `base`, each line ended."""
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


def text_of(path: Path) -> str | None:
    """The text of a file as it stands, line ends kept; None where there is none."""
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def write(changes: Iterable[Change]) -> None:
    """Write every change that is needed: aside, then renamed; a link stays a link.

    Raises UsageError, which names what was written before, where one cannot be written.
    """
    written: list[str] = []
    for change in changes:
        if not change.needed:
            continue
        try:
            _write(change)
        except OSError as error:
            raise UsageError(
                f"{change.path} cannot be written: {error.strerror or error}",
                why=f"written before: {', '.join(written)}" if written else "nothing was written",
            ) from error
        written.append(str(change.path))


def _write(change: Change) -> None:
    target = change.path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            file.write(change.after)
        if target.exists():
            shutil.copymode(target, aside)
        aside.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
