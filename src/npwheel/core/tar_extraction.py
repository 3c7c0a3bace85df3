"""Extract tar archives that were verified by their hash, on every Python that npwheel runs on."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["extract"]


def extract(
    archive: tarfile.TarFile,
    folder: Path,
    members: Iterable[tarfile.TarInfo] | None = None,
    *,
    keep_modes: bool = False,
) -> None:
    """Extract members below a folder; never a path outside it, where this Python can tell.

    keep_modes: keep permissions as they are, as for a root file system. CPython 3.11.0 to
    3.11.3, Debian 12's among them, have no extraction filters.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(  # noqa: S202  (with a filter)
            folder, members, filter="tar" if keep_modes else "data"
        )
    else:
        archive.extractall(folder, members)  # noqa: S202  (verified, and no filter here)
