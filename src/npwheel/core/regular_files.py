"""Open files at untrusted paths: only regular ones, without blocking.

Reading a FIFO or a device may block or never end, and a symbolic link may lead to another
directory. Each of them raises OSError.
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
    """Open a regular file for reading. Raises OSError for anything else.

    links: follow a symbolic link (for paths that the user named).
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def is_regular(path: Path) -> bool:
    """Return whether the path is a regular file and not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def read_text(path: Path, most: int) -> str:
    """Return the UTF-8 text of a regular file of at most `most` bytes.

    Raises OSError, or ValueError if it is longer or not UTF-8.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path.name} has more than {most} bytes")
    return content.decode("utf-8")


def copy_aside(source: Path, folder: Path) -> tuple[Path, str]:
    """Copy a regular file to a new name in a folder; return the path and sha256 of the copy.

    Raises OSError; no file is left then.
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
