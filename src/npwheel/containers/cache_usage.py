"""What npwheel keeps on this machine: its cache, and its images in the engines."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from npwheel.containers import engine
from npwheel.core import paths, process

DAY = 86400.0
_ENGINE_SECONDS = 60
_PREFIX = "localhost/npwheel/"
# Folder of the cache -> how deep below it the things lie that are removed as one.
_DEPTHS = {"images": 1, "wheels": 2, "logs": 1, "certificates": 1, "tools": 1}


@dataclass(frozen=True)
class CacheEntry:
    """One thing that can be removed. used: seconds since the epoch, when it was last used."""

    kind: str
    name: str
    size: int  # bytes
    used: float
    place: Path | None = None  # in the cache
    engine: str = ""  # that holds the image `name`


def entries() -> list[CacheEntry]:
    """Return all entries: those of the cache, and images of every engine that answers."""
    cached = list(_cached())
    return [*cached, *_images({e.name: e.used for e in cached if e.kind == "images"})]


def _cached() -> Iterator[CacheEntry]:
    for kind, depth in _DEPTHS.items():
        for place in sorted(paths.cache().joinpath(kind).glob("/".join(["*"] * depth))):
            if place.name.startswith("."):  # locks, and what is being made
                continue
            size, used = _measured(place)
            yield CacheEntry(kind, place.name, size, used, place)


def _measured(place: Path) -> tuple[int, float]:
    """(bytes, newest time) of a file or a folder; links are not followed."""
    size, newest = 0, 0.0
    folders = [place] if place.is_dir() and not place.is_symlink() else []
    files = [] if folders else [place]
    for root, _, names in (step for folder in folders for step in os.walk(folder)):
        files += [Path(root, name) for name in names]
    for file in [*files, *folders]:
        with contextlib.suppress(OSError):
            status = file.lstat()
            newest = max(newest, status.st_mtime)
            size += status.st_blocks * 512
    return size, newest


def _images(used: dict[str, float]) -> Iterator[CacheEntry]:
    """Images in the engines. used: root in the cache -> when it was last used."""
    for name in engine.data()["order"]:
        if shutil.which(name) is None:
            continue
        command = [name, "image", "inspect", *_references(name)]
        code, out, _ = process.output(command, _ENGINE_SECONDS) if command[3:] else (1, "", "")
        if code:
            continue
        for image in json.loads(out):
            for reference in image.get("RepoTags") or ():
                if reference.startswith(_PREFIX):
                    root = _root_of(reference, used)
                    yield CacheEntry(
                        f"images in {name}", reference, int(image["Size"]), root, engine=name
                    )


def _references(name: str) -> list[str]:
    command = [name, "images", "--format", "{{.Repository}}:{{.Tag}}"]
    code, out, _ = process.output(command, _ENGINE_SECONDS)
    lines = out.split() if code == 0 else []
    return [line for line in lines if line.startswith(_PREFIX)]


def _root_of(reference: str, used: dict[str, float]) -> float:
    """When the cached root that an image was imported from was last used; 0.0 without one."""
    name, _, key = reference.removeprefix(_PREFIX).rpartition(":")
    prefix = f"{name.replace('-', '_')}-{key}"
    return max((time for root, time in used.items() if root.startswith(prefix)), default=0.0)


def older_than(found: list[CacheEntry], days: float) -> list[CacheEntry]:
    """Return the entries that were not used for that many days."""
    limit = time.time() - days * DAY
    return [entry for entry in found if entry.used < limit]


def remove(entry: CacheEntry) -> str:
    """Remove an entry; return why it is kept, "" where it is gone.

    An image that a container uses is kept: the engine refuses to remove it.
    """
    if entry.engine:
        command = [entry.engine, "rmi", entry.name]
        code, _, err = process.output(command, _ENGINE_SECONDS)
        return "" if code == 0 else (err.strip().splitlines() or [f"exit code {code}"])[-1]
    assert entry.place is not None
    try:
        if entry.place.is_dir() and not entry.place.is_symlink():
            shutil.rmtree(entry.place)
        else:
            entry.place.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return ""
