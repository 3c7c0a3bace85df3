"""What a release consists of: [tool.npwheel.release] of its repository, and what none may carry."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from npwheel.build import pyproject
from npwheel.core import package_data
from npwheel.core.errors import UsageError

_KEYS = {"distributions", "changelog", "constraints", "not-built", "targets"}
_PLACES = ("pyproject.toml", "*/pyproject.toml", "*/*/pyproject.toml")
_ELSEWHERE = {"examples", "tests", "test", "docs", "doc", "benchmarks"}


@dataclass(frozen=True)
class ReleasedDistribution:
    """A project of the repository that is released. pure: its wheel is built here."""

    name: str
    folder: str
    pure: bool

    @property
    def stem(self) -> str:
        """The first part of its file names."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class ReleaseContents:
    """[tool.npwheel.release], and its defaults where the repository says nothing.

    changelog: its file, "" for none; constraints: a hashed lock of build backends, "" for none;
    not_built: patterns of builds that may lack a wheel; targets: empty for the default ones.
    """

    distributions: tuple[ReleasedDistribution, ...]
    changelog: str = "CHANGELOG.md"
    constraints: str = ""
    not_built: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    def may_lack(self, identifier: str) -> bool:
        """Does the repository say that this build has no wheel?"""
        return any(fnmatchcase(identifier, pattern) for pattern in self.not_built)


@dataclass(frozen=True)
class Minimum:
    """The lowest release of a library that may be published, and why."""

    library: str
    release: str
    because: str


@dataclass(frozen=True)
class RefusedPackage:
    """Releases of a package that are never published, and why."""

    package: str
    versions: tuple[str, ...]
    because: str


@cache
def _data() -> Mapping[str, Any]:
    text = package_data.read_text(__package__, "release.toml")
    return tomllib.loads(text)


def read(repository: Path) -> ReleaseContents:
    """Read what a repository releases. Raises UsageError where that cannot be known."""
    table = pyproject.read(repository / "pyproject.toml").get("tool", {}).get("npwheel", {})
    said = table.get("release", {})
    unknown = sorted(said.keys() - _KEYS)
    if unknown:
        raise _wrong(f"unknown key {unknown[0]}", f"known are {', '.join(sorted(_KEYS))}")
    entries = said.get("distributions") or [{"folder": _only(repository)}]
    try:
        return ReleaseContents(
            tuple(_distribution(repository, entry) for entry in entries),
            str(said.get("changelog", "CHANGELOG.md")),
            str(said.get("constraints", "")),
            _texts(said.get("not-built", [])),
            _texts(said.get("targets", [])),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _wrong("a value is not of its kind", str(error)) from error


def _distribution(repository: Path, entry: Mapping[str, Any]) -> ReleasedDistribution:
    folder = str(entry["folder"])
    place = repository / folder
    if not place.resolve().is_relative_to(repository.resolve()):
        raise _wrong(f"{folder} leads outside of the repository", "a folder in it is released")
    project = pyproject.read(place / "pyproject.toml").get("project", {})
    name = entry.get("name") or project.get("name")
    if not name:
        raise UsageError(
            f"{place / 'pyproject.toml'} has no [project] name",
            why="what is released is found by its name",
            next="write the name there, or as distributions = [{folder = ..., name = ...}] in "
            "[tool.npwheel.release]",
        )
    kind = entry.get("wheel", "targets")
    if kind not in ("pure", "targets"):
        raise _wrong(f"wheel = {kind!r}", 'it is "pure" or "targets"')
    return ReleasedDistribution(canonicalize_name(str(name)), folder, kind == "pure")


def _only(repository: Path) -> str:
    """Return the folder of the one distribution of a repository. Raises UsageError."""
    for pattern in _PLACES:
        found = [
            path.parent.relative_to(repository).as_posix()
            for path in sorted(repository.glob(pattern))
            if not _ELSEWHERE & set(path.relative_to(repository).parts)
            and "project" in pyproject.read(path)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        found = []
    raise UsageError(
        f"{repository} has {len(found)} distributions, and a release of one is made"
        if found
        else f"{repository} has no pyproject.toml with a [project]",
        why=", ".join(found),
        next='name them in [tool.npwheel.release]: distributions = [{folder = "."}]',
    )


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return tuple(str(word) for word in value)


def _wrong(what: str, why: str) -> UsageError:
    return UsageError(f"[tool.npwheel.release]: {what}", why=why)


def minimums() -> tuple[Minimum, ...]:
    """The gate of carried libraries."""
    return tuple(
        Minimum(name, entry["release"], entry["because"])
        for name, entry in _data()["minimum"].items()
    )


def refused_packages() -> tuple[RefusedPackage, ...]:
    """Packages whose libraries are known to be wrong."""
    return tuple(
        RefusedPackage(r["package"], tuple(r["versions"]), r["because"]) for r in _data()["refused"]
    )
