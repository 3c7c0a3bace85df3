"""Systems and CPUs, as ci/systems.toml lists them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from npwheel.core import paths
from npwheel.core.errors import UsageError
from npwheel.core.tags import SystemPlatform


@dataclass(frozen=True)
class PackagedNumpy:
    """The NumPy that a distribution ships: its package, and the Python that it is for."""

    package: str
    python: str


@dataclass(frozen=True)
class System:
    """A place where users run wheels; ci/systems.toml explains the fields."""

    name: str
    os: str
    libc: str  # "glibc" or "musl"
    libc_version: str
    arch: str
    pythons: tuple[str, ...]
    stands_for: str
    page_sizes: tuple[int, ...] = (4096,)  # bytes
    recipe: str = ""  # "" where it cannot be made from packages
    image: str = ""  # "" where there is no official one
    prepare: str = ""
    executables: Mapping[str, str] = field(default_factory=dict)
    numpy: PackagedNumpy | None = None  # None where it ships none for its Pythons

    @property
    def platform(self) -> SystemPlatform:
        """What decides which wheels it takes."""
        return SystemPlatform(self.libc, self.libc_version, self.arch)


@dataclass(frozen=True)
class Cpu:
    """A CPU that qemu's user emulation shows to the programs of a system."""

    name: str
    model: str
    arch: str
    system: str
    stands_for: str


def load(file: Path | None = None) -> tuple[tuple[System, ...], tuple[Cpu, ...]]:
    """(systems, CPUs) of a systems.toml; by default the project's own. Raises UsageError."""
    file = file or paths.ci() / "systems.toml"
    try:
        data = tomllib.loads(file.read_text("utf-8"))
        systems = tuple(_system(name, entry) for name, entry in data["systems"].items())
        cpus = tuple(
            Cpu(name, c["model"], c["arch"], c["system"], c["stands-for"])
            for name, c in data.get("cpus", {}).items()
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {type(error).__name__}: {error}") from error
    return systems, cpus


def _system(name: str, entry: Mapping[str, Any]) -> System:
    libc, version = entry["libc"].split(" ")
    return System(
        name=name,
        os=entry["os"],
        libc=libc,
        libc_version=version,
        arch=entry["arch"],
        pythons=tuple(entry["pythons"]),
        stands_for=entry["stands-for"],
        page_sizes=tuple(entry.get("page-sizes", (4096,))),
        recipe=entry.get("recipe", ""),
        image=entry.get("image", ""),
        prepare=entry.get("prepare", ""),
        executables=dict(entry.get("executables", {})),
        numpy=PackagedNumpy(**entry["numpy"]) if "numpy" in entry else None,
    )


_Named = TypeVar("_Named", System, Cpu)


def choose(known: Sequence[_Named], names: Sequence[str], what: str) -> tuple[_Named, ...]:
    """Those named, in the list's order; none named: all. Raises UsageError for others."""
    unknown = sorted(set(names) - {entry.name for entry in known})
    if unknown:
        raise UsageError(
            f"unknown {what}: {', '.join(unknown)}",
            next="known are: " + ", ".join(entry.name for entry in known),
        )
    return tuple(entry for entry in known if not names or entry.name in names)
