"""Read what a lock file or a requirements file pins: names, versions and hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement

from npwheel.core.errors import NotChecked
from npwheel.core.requirements import Release, marker_environment, parse_release

MAX_SIZE = 32 << 20  # bytes
_HASH = re.compile(r"--hash[= ]sha256:([0-9a-f]{64})")
_OPTION = re.compile(r"\s--?\w[\w-]*(?:[= ]\S+)?.*$")


@dataclass(frozen=True)
class Pin:
    """One entry. release: None where no single version is named; hashes: SHA-256, empty for any."""

    name: str
    release: Release | None
    hashes: frozenset[str] = frozenset()
    marker: Marker | None = None

    def applies(self, python: str, arch: str) -> bool:
        """Return whether it is installed by a Linux CPython on that machine."""
        return self.marker is None or self.marker.evaluate(marker_environment(python, arch))


def read(path: Path) -> list[Pin]:
    """Return the pins of requirements.txt, pylock.toml, uv.lock or poetry.lock, by its content.

    Raises NotChecked where it cannot be read.
    """
    try:
        if not path.is_file() or path.stat().st_size > MAX_SIZE:
            raise NotChecked(f"{path} is not a file of at most {MAX_SIZE} bytes")
        text = path.read_text("utf-8")
        if path.suffix not in (".toml", ".lock"):
            return list(_requirements(text))
        document = tomllib.loads(text)
        if "lock-version" in document:
            return [_pin(row, _hashes(row.get("wheels"))) for row in _rows(document, "packages")]
        if isinstance(document.get("version"), int):  # uv.lock
            return [_uv(row) for row in _rows(document, "package") if _is_from_index(row)]
        return [_pin(row, _hashes(row.get("files"))) for row in _rows(document, "package")]
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotChecked(
            f"{path} cannot be read: {error}",
            next="expected requirements.txt, pylock.toml, uv.lock or poetry.lock",
        ) from error


def _requirements(text: str) -> Iterator[Pin]:
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        content = re.sub(r"(^|\s)#.*$", "", line).strip()
        if not content:
            continue
        if content.startswith("-"):
            if content.startswith(("-r", "--requirement", "-e", "--editable")):
                yield Pin(content, None)  # another file, or a folder: not followed
            continue
        hashes = frozenset(_HASH.findall(content))
        plain = _OPTION.sub("", content)
        try:
            found = Requirement(plain)
        except InvalidRequirement:
            yield Pin(plain, None)
            continue
        pinned = parse_release(f"{found.name}{found.specifier}") if not found.url else None
        yield Pin(found.name, pinned, hashes, found.marker)


def _rows(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = document.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{key} is not a list of tables")
    return rows


def _pin(row: Mapping[str, Any], hashes: frozenset[str], marker: str = "") -> Pin:
    name = row.get("name")
    if not isinstance(name, str):
        raise ValueError("a package without a name")
    stated = marker or row.get("marker") or row.get("markers") or ""
    try:
        found = Marker(stated) if isinstance(stated, str) and stated else None
    except InvalidMarker as error:
        raise ValueError(f"the marker of {name} cannot be understood") from error
    return Pin(name, parse_release(f"{name}=={row.get('version', '')}"), hashes, found)


def _uv(row: Mapping[str, Any]) -> Pin:
    markers = row.get("resolution-markers") or []
    joined = " or ".join(f"({text})" for text in markers if isinstance(text, str))
    return _pin(row, _hashes(row.get("wheels")), joined)


def _is_from_index(row: Mapping[str, Any]) -> bool:
    """Is it not the project itself?"""
    source = row.get("source")
    return not isinstance(source, dict) or not {"virtual", "editable"} & source.keys()


def _hashes(files: object) -> frozenset[str]:
    found: set[str] = set()
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict):
            found.update(_of_file(file))
    return frozenset(found)


def _of_file(file: Mapping[str, Any]) -> Iterable[str]:
    stated = file.get("hash")
    if isinstance(stated, str):
        yield stated.removeprefix("sha256:")
    hashes = file.get("hashes")
    if isinstance(hashes, dict) and isinstance(hashes.get("sha256"), str):
        yield hashes["sha256"]
