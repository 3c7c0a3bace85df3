"""The details of an unexpected error, for those who fix it."""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from npwheel import __version__
from npwheel.core import paths
from npwheel.core.credentials import mask
from npwheel.core.errors import NpwheelError


def write_details(error: BaseException) -> str:
    """Write the traceback to a file; returns its path, or why there is none."""
    about = f"npwheel {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    text = mask(about + "".join(traceback.format_exception(error)))
    name = f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    reason = "no folder is writable"
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("x", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as fault:
            reason = str(fault.strerror or fault)
        else:
            return str(folder / name)
    return f"not written ({reason})"


def _folders() -> Iterator[Path]:
    with contextlib.suppress(NpwheelError):
        yield paths.cache() / "logs"
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir())
