"""The address of this repository, from data/repository.toml."""

from __future__ import annotations

import tomllib
from importlib import resources

UNSET = "OWNER"
FILE = "src/npwheel/core/data/repository.toml"


def address() -> str | None:
    """Return the URL of the repository, or None while its owner is not set."""
    text = resources.files("npwheel.core").joinpath("data", "repository.toml").read_text("utf-8")
    entry = tomllib.loads(text)
    if entry["owner"] == UNSET:
        return None
    return f"{entry['host']}/{entry['owner']}/{entry['name']}"
