"""`npwheel.json`: what was built, where, from what, and what was proven of it.

The schema is data/record.schema.json. Wheels and record reach the output folder
together, each written aside and renamed, so that a run that fails or is
interrupted leaves what was there before.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from npwheel import __version__
from npwheel.core.errors import RecordError, UsageError
from npwheel.core.files import sha256_of
from npwheel.prove.proof import Proof

SCHEMA_VERSION = 1
NAME = "npwheel.json"


@dataclass(frozen=True)
class WheelRecord:
    """All that is recorded of one wheel; the fields of the schema."""

    file: str
    sha256: str
    size: int
    project: str
    target: str
    inputs: str
    image: Mapping[str, str]
    engine: str
    numpy: Mapping[str, str | None]
    openblas: str | None
    not_built: Mapping[str, str]
    proofs: tuple[Proof, ...]
    source: Mapping[str, str] = field(default_factory=dict)  # file and sha256 of its sdist

    def as_json(self) -> dict[str, Any]:
        """The `wheels` item of the schema."""
        data = {**asdict(self), "proofs": [proof.as_json() for proof in self.proofs]}
        return {key: value for key, value in data.items() if key != "source" or value}


def read(folder: Path) -> list[dict[str, Any]]:
    """The wheels that a folder's record names; [] where there is no record.

    Raises RecordError when the record cannot be read.
    """
    file = folder / NAME
    if not file.exists():
        return []
    try:
        data = json.loads(file.read_text("utf-8"))
        version, wheels = data["schema_version"], data["wheels"]
        if version != SCHEMA_VERSION or not all(isinstance(w["file"], str) for w in wheels):
            raise ValueError(f"schema_version is {version!r}, expected {SCHEMA_VERSION}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(
            f"{file} cannot be read: {error}", next=f"move {file} away and build again"
        ) from error
    return list(wheels)


def unchanged(folder: Path, target: str, inputs: str) -> list[dict[str, Any]]:
    """The recorded wheels of a target if they were made of these inputs and are whole, else []."""
    wheels = [w for w in read(folder) if w.get("target") == target and w.get("inputs") == inputs]
    for wheel in wheels:
        path = folder / wheel["file"]
        if not path.is_file() or sha256_of(path) != wheel["sha256"]:
            return []
    return wheels


def publish(folder: Path, staged: Sequence[tuple[Path, WheelRecord]]) -> Path:
    """Move proven wheels into the folder and record them; returns the record's path.

    Wheels that the record names for the same project and target are replaced;
    other files of the folder are left alone. Raises RecordError, and leaves all as
    it was, where the folder does not take them.
    """
    try:
        return _publish(folder, staged)
    except OSError as error:
        raise RecordError(
            f"{folder} does not take the proven wheels: {error.strerror or error}"
        ) from error


def check_writable(folder: Path) -> None:
    """Raises UsageError where a folder, which need not exist, could not be made or written."""
    nearest = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        kind = "cannot be written" if nearest.is_dir() else "is no folder"
        raise UsageError(f"nothing can be put into {folder}: {nearest} {kind}")


def _publish(folder: Path, staged: Sequence[tuple[Path, WheelRecord]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder), contextlib.ExitStack() as left:
        fresh = {(entry.project, entry.target) for _, entry in staged}
        names = {entry.file for _, entry in staged}
        old = read(folder)
        replaced = [w for w in old if (w.get("project"), w.get("target")) in fresh]
        kept = [
            w
            for w in old
            if w not in replaced and w["file"] not in names and (folder / w["file"]).is_file()
        ]
        asides = []
        for path, entry in staged:
            # Same file system, so that the rename is atomic; renamed once all have their room.
            aside = folder / f".{entry.file}.{os.getpid()}"
            left.callback(aside.unlink, missing_ok=True)
            shutil.copyfile(path, aside)
            asides.append((aside, folder / entry.file))
        recorded = _aside(folder, kept + [entry.as_json() for _, entry in staged])
        for aside, final in (*asides, (recorded, folder / NAME)):
            aside.replace(final)
        for wheel in replaced:
            if wheel["file"] not in names:
                (folder / wheel["file"]).unlink(missing_ok=True)
    return folder / NAME


def write(folder: Path, wheels: Sequence[Mapping[str, Any]]) -> None:
    """Replace the record of a folder in one step."""
    _aside(folder, wheels).replace(folder / NAME)


def _aside(folder: Path, wheels: Sequence[Mapping[str, Any]]) -> Path:
    """The new record under a name of its own; it leaves nothing where it cannot be written."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "npwheel": __version__,
        "wheels": sorted(wheels, key=lambda w: (w["target"], w["file"])),
    }
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=f".{NAME}.", delete=False
    ) as aside:
        try:
            json.dump(data, aside, indent=2)
            aside.write("\n")
            aside.flush()
            Path(aside.name).chmod(0o644)
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise
    return Path(aside.name)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other runs from the folder's record."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
