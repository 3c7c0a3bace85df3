"""What a source tree declares without being run: pyproject.toml, an sdist's PKG-INFO, setup.cfg."""

from __future__ import annotations

import configparser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement

from npwheel.core.requirements import of_extra


@dataclass(frozen=True)
class Declared:
    """name and requires_python are "" where nothing static says them."""

    name: str
    requires_python: str
    requires: tuple[Requirement, ...]


def read(folder: Path, pyproject: Mapping[str, Any]) -> Declared:
    """Each field from the first place that has it. What the project computes is not among them."""
    project = pyproject.get("project", {})
    places = [
        Declared(
            str(project.get("name", "")),
            str(project.get("requires-python", "")),
            _requirements(project.get("dependencies", ())),
        ),
        _pkg_info(folder / "PKG-INFO"),
        _setup_cfg(folder / "setup.cfg"),
    ]
    return Declared(
        next((place.name for place in places if place.name), ""),
        next((place.requires_python for place in places if place.requires_python), ""),
        next((place.requires for place in places if place.requires), ()),
    )


def _pkg_info(file: Path) -> Declared:
    """An sdist's own; what the build computes for each wheel anew is marked Dynamic there."""
    if not file.is_file():
        return Declared("", "", ())
    raw, _ = parse_email(file.read_bytes())
    dynamic = {field.lower() for field in raw.get("dynamic", [])}
    return Declared(
        raw.get("name", ""),
        "" if "requires-python" in dynamic else raw.get("requires_python", ""),
        () if "requires-dist" in dynamic else _requirements(raw.get("requires_dist", [])),
    )


def _setup_cfg(file: Path) -> Declared:
    parser = configparser.RawConfigParser()
    try:
        if file.is_file():
            parser.read(file, "utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return Declared("", "", ())  # setuptools will say so
    needed = parser.get("options", "install_requires", fallback="").splitlines()
    return Declared(
        parser.get("metadata", "name", fallback=""),
        parser.get("options", "python_requires", fallback=""),
        _requirements(line for line in needed if line.strip()),
    )


def _requirements(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Those that can be read; extras' are left out."""
    found = []
    for text in texts:
        try:
            requirement = Requirement(str(text))
        except InvalidRequirement:
            continue
        if not of_extra(requirement):
            found.append(requirement)
    return tuple(found)
