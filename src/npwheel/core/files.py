"""Write files atomically and hash them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from npwheel.core.regular_files import open_regular

_MODE = 0o644


@contextlib.contextmanager
def atomic(path: Path, mode: int = _MODE) -> Iterator[IO[bytes]]:
    """Yield a temporary file that replaces `path` on success and is deleted on an error.

    The directory of `path` must exist. A link at `path` is replaced, not followed.
    """
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as aside:
        try:
            yield aside
            aside.flush()
            os.fchmod(aside.fileno(), mode)
            Path(aside.name).replace(path)
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise


def mark_used(path: Path) -> None:
    """Set the time of a file to now, by which `npwheel cache` knows what is old."""
    with contextlib.suppress(OSError):
        os.utime(path)


def write_text(path: Path, text: str) -> None:
    """Write text to a file atomically. Raises OSError; the old file then stays."""
    with atomic(path) as file:
        file.write(text.encode("utf-8"))


def write_json(path: Path, data: Any, indent: int = 1) -> None:
    """Write a JSON document to a file atomically. Raises OSError; the old file then stays."""
    write_text(path, json.dumps(data, indent=indent) + "\n")


def sha256_of(path: Path, *, links: bool = True) -> str:
    """Return the sha256 of a regular file, in hex. links: follow one. Raises OSError."""
    with open_regular(path, links=links) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
