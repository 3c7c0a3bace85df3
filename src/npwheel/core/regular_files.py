"""Files that somebody else may have put there: only regular ones are opened, without waiting.

A FIFO or a device where a file is expected would hang a reader or have no end, and a symbolic
link leads elsewhere: each of them raises OSError.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path

PIECE = 1 << 20


def open_regular(path: Path, *, links: bool = False) -> BufferedReader:
    """Open a regular file for reading. links: follow one, where the user named the path.

    Raises OSError for anything else.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def is_regular(path: Path) -> bool:
    """Return whether a regular file, not a link to one, is there."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def read_text(path: Path, most: int) -> str:
    """Return the UTF-8 text of a regular file of at most `most` bytes.

    Raises OSError, or ValueError where it is longer or no text.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path.name} has more than {most} bytes")
    return content.decode("utf-8")


def copy_aside(source: Path, folder: Path) -> tuple[Path, str]:
    """Copy a regular file to a fresh name in a folder; return that path and its sha256.

    What was hashed is what was copied. Raises OSError, and leaves nothing then.
    """
    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{source.name[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as aside, open_regular(source) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                aside.write(piece)
            os.fchmod(aside.fileno(), 0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name), digest.hexdigest()
