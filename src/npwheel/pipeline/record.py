"""`npwheel.json`: what was built, where, from what, and what was proven of it.

The schema is data/record.schema.json. Wheels and record reach the output folder
together, each written aside and renamed, so that a run that fails or is
interrupted leaves what was there before.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from npwheel import __version__
from npwheel.errors import RecordError
from npwheel.pipeline.proof import Proof

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


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    other files of the folder are left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        fresh = {(entry.project, entry.target) for _, entry in staged}
        names = {entry.file for _, entry in staged}
        old = read(folder)
        replaced = [w for w in old if (w.get("project"), w.get("target")) in fresh]
        kept = [
            w
            for w in old
            if w not in replaced and w["file"] not in names and (folder / w["file"]).is_file()
        ]
        for path, entry in staged:
            # Same file system, so that the rename is atomic.
            aside = folder / f".{entry.file}.{os.getpid()}"
            shutil.copyfile(path, aside)
            aside.replace(folder / entry.file)
        write(folder, kept + [entry.as_json() for _, entry in staged])
        for wheel in replaced:
            if wheel["file"] not in names:
                (folder / wheel["file"]).unlink(missing_ok=True)
    return folder / NAME


def write(folder: Path, wheels: Sequence[Mapping[str, Any]]) -> None:
    """Replace the record of a folder in one step."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "npwheel": __version__,
        "wheels": sorted(wheels, key=lambda w: (w["target"], w["file"])),
    }
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=f".{NAME}.", delete=False
    ) as aside:
        json.dump(data, aside, indent=2)
        aside.write("\n")
    Path(aside.name).chmod(0o644)
    Path(aside.name).replace(folder / NAME)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other runs from the folder's record."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
