"""The folders that CI's jobs made -> one folder with one record."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from npwheel.core.errors import RecordError
from npwheel.core.regular_files import copy_aside, open_regular
from npwheel.prove import record


def recorded_in(folder: Path) -> list[Path]:
    """Return the folders with a record: the given one, or those in it.

    CI's download of artifacts makes a folder for each of several, and none for a single one.
    """
    if os.path.lexists(folder / record.NAME):
        return [folder]
    return sorted(path.parent for path in folder.glob(f"*/{record.NAME}")) or [folder]


def join(folders: Sequence[Path], targets: Sequence[str], output: Path) -> list[dict[str, Any]]:
    """Copy every recorded wheel into `output` and write its record; returns its wheels.

    Raises RecordError when a target has no wheel, a wheel is a duplicate, or a file is not
    the one that its record names; then `output` is left as it was.
    """
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for folder in [part for given in folders for part in recorded_in(given)]:
        wheels = record.read(folder).wheels
        if not wheels:
            raise RecordError(f"{folder} has no {record.NAME} with wheels")
        for wheel in wheels:
            name = wheel["file"]
            if name in found:
                raise RecordError(
                    f"{name} is a duplicate", why=f"in {found[name][0].parent} and in {folder}"
                )
            found[name] = (folder / name, wheel)
    missing = set(targets) - {wheel["target"] for _, wheel in found.values()}
    if missing:
        raise RecordError(
            f"no wheel for {', '.join(sorted(missing))}",
            why=f"{len(folders)} folders have {', '.join(sorted(found)) or 'no wheel'}",
        )
    with contextlib.ExitStack() as left:
        asides = []
        try:
            output.mkdir(parents=True, exist_ok=True)
            for name, (file, wheel) in found.items():
                aside = _copied(file, wheel["sha256"], output)
                left.callback(aside.unlink, missing_ok=True)
                asides.append((aside, output / name))
            for aside, final in asides:
                aside.replace(final)
        except OSError as error:
            raise RecordError(f"{output} is not writable: {error.strerror or error}") from error
        record.write(output, record.Record([wheel for _, wheel in found.values()]))
    return record.read(output).wheels


def _copied(file: Path, sha256: str, folder: Path) -> Path:
    """A copy of a recorded wheel in a folder, under a name of its own. Raises RecordError."""
    next_step = "copy the folder again, with all that `npwheel build` wrote"
    try:
        with open_regular(file):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordError(f"{file} cannot be read", why=reason, next=next_step) from error
    aside, found = copy_aside(file, folder)
    if found != sha256:
        aside.unlink()
        raise RecordError(
            f"{file} is not the file that its record names",
            why=f"sha256 expected {sha256}, found {found}",
            next=next_step,
        )
    return aside
