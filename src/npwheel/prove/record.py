"""`npwheel.json`: what was built, where, from what, and what was proven of it.

The schema is data/record-2.schema.json. Wheels and record reach the output folder
together, each written aside and renamed, so that a run that fails or is
interrupted leaves what was there before.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from npwheel import __version__
from npwheel.core import files, locks
from npwheel.core.credentials import mask_all
from npwheel.core.errors import RecordError, UsageError
from npwheel.core.files import sha256_of
from npwheel.core.regular_files import copy_aside, is_regular, read_text
from npwheel.prove import record_format
from npwheel.prove.proof import Proof

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


@dataclass
class Record:
    """A folder's record, in the form of the newest version of the schema.

    wheels and proof_only: `wheel` items; missing: requested targets without a proven wheel.
    """

    wheels: list[dict[str, Any]] = field(default_factory=list)
    proof_only: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)


def read(folder: Path) -> Record:
    """Return the record of a folder, an empty one where there is none. Raises RecordError."""
    file = folder / NAME
    try:
        data = record_format.parse(read_text(file, record_format.MAX_BYTES))
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{file} cannot be read", why=str(error), next=f"move {file} away and build again"
        ) from error
    return Record(data["wheels"], data.get("proof_only", []), data.get("missing", []))


def unchanged(folder: Path, target: str, inputs: str) -> list[dict[str, Any]]:
    """Return the recorded wheels of a target if they were made of these inputs and are whole.

    [] otherwise, and where version 1 does not tell what was imported.
    """
    wheels = [w for w in read(folder).wheels if w["target"] == target and w.get("inputs") == inputs]
    for wheel in wheels:
        if not holds(folder, wheel) or any(p["modules"] is None for p in wheel["proofs"]):
            return []
    return wheels


def holds(folder: Path, wheel: Mapping[str, Any]) -> bool:
    """Return whether the file that an entry describes is in the folder, unchanged."""
    try:
        return sha256_of(folder / wheel["file"], links=False) == str(wheel["sha256"])
    except OSError:
        return False


def publish(
    folder: Path,
    staged: Sequence[tuple[Path, WheelRecord]],
    missing: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Move proven wheels into the folder and record them; returns the record's path.

    missing: items of the schema, for requested targets that have no proven wheel.
    Wheels that the record names for the same project and target are replaced;
    other files of the folder are left alone. Raises RecordError, and leaves all as
    it was, where the folder does not take them.
    """
    try:
        return _publish(folder, staged, missing)
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


def _publish(
    folder: Path,
    staged: Sequence[tuple[Path, WheelRecord]],
    missing: Sequence[Mapping[str, Any]],
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with locks.acquired(folder), contextlib.ExitStack() as left:
        fresh = {(entry.project, entry.target) for _, entry in staged}
        failed = {(entry["project"], entry["target"]) for entry in missing}
        names = {entry.file for _, entry in staged}
        old = read(folder)
        replaced = [w for w in old.wheels if (w.get("project"), w["target"]) in fresh]
        kept = [
            w
            for w in old.wheels
            if w not in replaced and w["file"] not in names and is_regular(folder / w["file"])
        ]
        asides = []
        for path, entry in staged:
            # Same file system, so that the rename is atomic; renamed once all have their room.
            aside, digest = copy_aside(path, folder)
            left.callback(aside.unlink, missing_ok=True)
            if digest != entry.sha256:
                raise RecordError(
                    f"{path.name} changed after its proofs",
                    why=f"sha256 expected {entry.sha256}, found {digest}",
                )
            asides.append((aside, folder / entry.file))
        recorded = Record(
            kept + [entry.as_json() for _, entry in staged],
            old.proof_only,
            [m for m in old.missing if (m["project"], m["target"]) not in fresh | failed]
            + [dict(entry) for entry in missing],
        )
        with files.atomic(folder / NAME) as file:
            # Written before a wheel is renamed, so that a full disk changes nothing.
            file.write(_text(folder, recorded).encode("utf-8"))
            file.flush()
            for aside, final in asides:
                aside.replace(final)
        for wheel in replaced:
            # What is not the recorded file is somebody's own.
            if wheel["file"] not in names and holds(folder, wheel):
                (folder / wheel["file"]).unlink(missing_ok=True)
    return folder / NAME


def write(folder: Path, record: Record) -> None:
    """Replace the record of a folder in one step. Raises RecordError where it is none."""
    files.write_text(folder / NAME, _text(folder, record))


def _text(folder: Path, record: Record) -> str:
    data: dict[str, Any] = {
        "schema_version": record_format.VERSION,
        "npwheel": __version__,
        "wheels": sorted(record.wheels, key=lambda w: (w["target"], w["file"])),
    }
    if record.proof_only:
        data["proof_only"] = record.proof_only
    if record.missing:
        data["missing"] = sorted(record.missing, key=lambda m: (m["project"], m["target"]))
    text = json.dumps(mask_all(data), indent=2) + "\n"
    try:
        record_format.parse(text)
    except ValueError as error:
        raise RecordError(f"{folder / NAME} would not be a record", why=str(error)) from error
    return text
