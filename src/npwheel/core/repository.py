"""The address of this repository, from data/repository.toml."""

from __future__ import annotations

import tomllib

from npwheel.core import package_data

UNSET = "OWNER"
FILE = "src/npwheel/core/data/repository.toml"


def address() -> str | None:
    """Return the URL of the repository, or None while its owner is not set."""
    text = package_data.read_text("npwheel.core", "repository.toml")
    entry = tomllib.loads(text)
    if entry["owner"] == UNSET:
        return None
    return f"{entry['host']}/{entry['owner']}/{entry['name']}"
