"""The folders that CI's jobs made -> one folder with one record."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from npwheel.core.errors import RecordError
from npwheel.core.files import sha256_of
from npwheel.prove import record


def join(folders: Sequence[Path], targets: Sequence[str], output: Path) -> list[dict[str, Any]]:
    """Copy every recorded wheel into `output` and write its record; returns its wheels.

    Raises RecordError when a target has no wheel, a wheel comes twice, or a file is not the
    one that its record names; then `output` is left as it was.
    """
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for folder in folders:
        wheels = record.read(folder)
        if not wheels:
            raise RecordError(f"{folder} holds no {record.NAME} with wheels")
        for wheel in wheels:
            name, file = wheel["file"], folder / wheel["file"]
            if name in found:
                raise RecordError(
                    f"{name} comes twice", why=f"from {found[name][0].parent} and from {folder}"
                )
            if not file.is_file() or sha256_of(file) != wheel["sha256"]:
                raise RecordError(f"{file} is not the file that its record names")
            found[name] = (file, wheel)
    missing = set(targets) - {wheel["target"] for _, wheel in found.values()}
    if missing:
        raise RecordError(
            f"no wheel for {', '.join(sorted(missing))}",
            why=f"{len(folders)} folders hold {', '.join(sorted(found)) or 'no wheel'}",
        )
    output.mkdir(parents=True, exist_ok=True)
    for name, (file, _) in found.items():
        aside = output / f".{name}.{os.getpid()}"
        shutil.copyfile(file, aside)
        aside.replace(output / name)
    record.write(output, [wheel for _, wheel in found.values()])
    return record.read(output)
