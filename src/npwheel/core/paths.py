"""Where the project's own files and its cache lie."""

from __future__ import annotations

import os
from pathlib import Path


def ci() -> Path:
    """The `ci/` folder: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_ci"
    return installed if installed.is_dir() else package.parents[1] / "ci"


def cache() -> Path:
    """Where images, wheels and logs are kept: $NPWHEEL_CACHE, else the user's cache folder."""
    own = os.environ.get("NPWHEEL_CACHE")
    if own:
        return Path(own).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "npwheel"
