"""Files of a project, read no further than they may be trusted."""

from __future__ import annotations

from pathlib import Path

MAX_BYTES = 1 << 20


def read_source(path: Path) -> bytes:
    """Return the beginning of a regular file; nothing for what is none or cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""
