"""uv as a static program of this machine, which runs in any container without emulation."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import IO

from npwheel.containers.local import install_wheels
from npwheel.core import files, paths
from npwheel.core.errors import ImageError
from npwheel.core.targets import machine


def program(log: IO[str]) -> Path:
    """Return uv, from the cache or fetched by its hashed lock. Raises ImageError."""
    lock = paths.ci() / "images" / "locks" / "uv.txt"
    key = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    folder = paths.writable_cache("tools")
    place = folder / f"uv-{machine()}-{key}"
    if place.is_file():
        files.mark_used(place)
        return place
    with tempfile.TemporaryDirectory(dir=folder, prefix=".uv-") as name:
        install_wheels.install(
            lock, Path(name), python="3.13", libc="musl", arch=machine(), log=log
        )
        found = Path(name, "bin", "uv")
        if not found.is_file():
            raise ImageError(f"no uv in the wheel of {lock.name}")
        with files.atomic(place, 0o755) as file, found.open("rb") as source:
            shutil.copyfileobj(source, file)
    return place
