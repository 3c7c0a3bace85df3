"""What a release consists of, as data: data/release.toml, understood."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from npwheel.core import package_data


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


def distributions() -> tuple[ReleasedDistribution, ...]:
    """What is released, in the order of the file."""
    return tuple(
        ReleasedDistribution(d["name"], d["folder"], d["wheel"] == "pure")
        for d in _data()["distributions"]
    )


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
