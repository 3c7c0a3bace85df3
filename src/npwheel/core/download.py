"""Wheels from the index, verified by hash, kept in the cache."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import IO

from npwheel.core import index, paths, web
from npwheel.core.errors import PlanError
from npwheel.core.files import atomic, mark_used
from npwheel.core.index import IndexFile

_SHA256 = re.compile(r"[0-9a-f]{64}")


def wheel(file: IndexFile) -> Path:
    """Return the local copy of an index file. Raises PlanError where it cannot be fetched whole.

    Raises UsageError where the cache is not writable.
    """
    expected = file.hashes.get("sha256")
    if not expected or not _SHA256.fullmatch(expected):
        raise PlanError(f"the index gives no sha256 for {file.filename}")
    place = paths.cache().joinpath("wheels", expected[:2], expected, file.filename)
    if place.is_file():
        mark_used(place)
        return place
    paths.writable_cache(*place.relative_to(paths.cache()).parts[:-1])
    with paths.writing_cache(), atomic(place) as aside:

        def load(answer: IO[bytes]) -> str:
            aside.seek(0)
            aside.truncate()
            digest = hashlib.sha256()
            while block := answer.read(1 << 20):
                digest.update(block)
                aside.write(block)
            return digest.hexdigest()

        try:
            found = web.copy(file.url, index.authorization, load)
        except web.WebError as error:
            raise PlanError(f"{file.filename} cannot be fetched", why=str(error)) from error
        if found != expected:
            raise PlanError(
                f"{file.filename} is not what the index promises",
                why=f"sha256 expected {expected}, found {found}",
            )
    return place
