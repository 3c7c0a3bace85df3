"""Pack a root filesystem into a reproducible tar file, and merge directory trees."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from npwheel.core import process
from npwheel.core.errors import ImageError
from npwheel.core.files import sha256_of

# 2026-01-01. Newer files were created with the image. Older times must stay, since
# compiled Python modules record the times of their sources.
_EPOCH = 1767225600


def pack(root: Path, tar: Path, log: IO[str]) -> str:
    """Write `root` to `tar` and return the sha256 of `tar` in hex. Raises ImageError."""
    command = ["tar", "--create", f"--file={tar}", f"--directory={root}", "--format=posix"]
    command += ["--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"]
    command += ["--sort=name", "--numeric-owner", f"--mtime=@{_EPOCH}", "--clamp-mtime"]
    command += ["--one-file-system", "--exclude=./dev/*", "--exclude=./proc/*", "."]
    if process.logged(command, log):
        raise ImageError(f"cannot pack {root.name}", why="tar failed; see the log")
    return sha256_of(tar)


def merge(source: Path, root: Path) -> None:
    """Move everything under `source` to the same relative paths under `root`."""
    for folder, subfolders, files in os.walk(source):
        target = root / Path(folder).relative_to(source)
        for name in [*subfolders]:
            if not (target / name).exists():
                (Path(folder) / name).rename(target / name)
                subfolders.remove(name)
        for name in files:
            (Path(folder) / name).replace(target / name)
