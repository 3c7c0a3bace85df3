"""Wheels from the index, verified by hash, kept in the cache."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from pathlib import Path

from npwheel.core import paths
from npwheel.core.errors import PlanError
from npwheel.core.index import IndexFile
from npwheel.core.retry import patiently

TIMEOUT = 60.0


def wheel(file: IndexFile) -> Path:
    """The local copy of an index file. Raises PlanError when it cannot be had whole."""
    expected = file.hashes.get("sha256")
    if not expected:
        raise PlanError(f"the index gives no sha256 for {file.filename}")
    place = paths.cache() / "wheels" / expected[:2] / expected / file.filename
    if place.is_file():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{file.filename}.{os.getpid()}.{id(file)}")

    def load() -> str:
        digest = hashlib.sha256()
        with urllib.request.urlopen(file.url, timeout=TIMEOUT) as answer, aside.open("wb") as out:  # noqa: S310
            while block := answer.read(1 << 20):
                digest.update(block)
                out.write(block)
        return digest.hexdigest()

    try:
        found = patiently(load)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise PlanError(f"{file.filename} cannot be fetched", why=str(error)) from error
    if found != expected:
        aside.unlink(missing_ok=True)
        raise PlanError(
            f"{file.filename} is not what the index promises",
            why=f"sha256 expected {expected}, found {found}",
        )
    aside.replace(place)
    return place
