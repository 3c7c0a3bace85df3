"""Where the project's own files and its cache lie."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from npwheel.core.errors import UsageError


def ci() -> Path:
    """The `ci/` folder: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_ci"
    return installed if installed.is_dir() else package.parents[1] / "ci"


def workflows() -> Path:
    """This project's own workflows: inside the installed package, or in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_workflows"
    return installed if installed.is_dir() else package.parents[1] / ".github" / "workflows"


def cache() -> Path:
    """Return where images, wheels and logs are kept: $NPWHEEL_CACHE, else the user's cache folder.

    Raises UsageError where the setting is not a path.
    """
    own = os.environ.get("NPWHEEL_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        if own:
            return Path(own).expanduser().resolve()
        return Path(base).expanduser() / "npwheel"
    except (OSError, RuntimeError) as error:  # no such user, links in a circle
        raise _not_writable(own or base, error) from error


def writable_cache(*parts: str) -> Path:
    """Return a directory of the cache, made where it is missing.

    Raises UsageError where nothing can be written there.
    """
    folder = cache().joinpath(*parts)
    with writing_cache():
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return folder


@contextlib.contextmanager
def writing_cache() -> Iterator[None]:
    """Turn an OSError of what writes to the cache into a UsageError."""
    try:
        yield
    except OSError as error:
        raise _not_writable(str(cache()), error) from error


def _not_writable(place: str, error: Exception) -> UsageError:
    return UsageError(
        f"cannot write to the cache {place}",
        why=str(getattr(error, "strerror", None) or error),
        next="set NPWHEEL_CACHE to a folder that is writable",
    )
