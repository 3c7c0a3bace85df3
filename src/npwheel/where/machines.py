"""A place (npwheel.places) as machines: one architecture, Python and libc each, with their tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from packaging.tags import Tag, compatible_tags

from npwheel.core.requirements import full_version
from npwheel.core.tags import NEWEST_LIBC, platform_tags, python_tags
from npwheel.places import Place, load
from npwheel.where import pips

# PEP 600 and 656 wheels exist for these; elsewhere only wheels made for the distribution itself.
_WITH_MANYLINUX = {
    "x86_64",
    "i686",
    "aarch64",
    "armv7l",
    "ppc64le",
    "s390x",
    "riscv64",
    "loongarch64",
}
_BITS_32 = {"i686", "armv6l", "armv7l", "armv8l"}
# A 64-bit kernel's name for a 32-bit container; wheels of armv7l are taken there.
_TAKES_ALSO = {"armv8l": "armv7l"}


@dataclass(frozen=True)
class PlaceMachine:
    """One combination that a place has.

    python: as the place tells it ("3.11.2", "3.11"); libc_version and pip may be "" (unknown).
    """

    place: Place
    arch: str
    python: str
    libc: str
    libc_version: str
    pip: str

    @property
    def minor(self) -> str:
        """Python's minor release: "3.11"."""
        return ".".join(self.python.split(".")[:2])

    @property
    def full_python(self) -> str:
        """A full release, to hold against Requires-Python; the newest micro where none is told."""
        return full_version(self.python)

    @property
    def is_32bit(self) -> bool:
        """True where programs are 32-bit, whatever the kernel."""
        return self.arch in _BITS_32


def machines(places: Iterable[Place] | None = None) -> Iterator[PlaceMachine]:
    """Every machine of the places (default: all), in their order."""
    for place in load() if places is None else places:
        for python in place.python:
            minor = ".".join(python.split(".")[:2])
            pip = place.pips.get(minor) or pips.of_python(place.pip, minor)
            for arch in place.arch:
                for libc, version in place.libc or (("", ""),):
                    yield PlaceMachine(place, arch, python, libc, version, pip)


def tags(machine: PlaceMachine) -> tuple[Tag, ...]:
    """What an installer that knows every tag takes there, best first. Needs a known libc."""
    return _tags(machine.minor, machine.libc, machine.libc_version, machine.arch)


@cache
def _tags(python: str, libc: str, libc_version: str, arch: str) -> tuple[Tag, ...]:
    platforms: tuple[str, ...] = ()
    for own in filter(None, (arch, _TAKES_ALSO.get(arch))):
        platforms += (f"linux_{own}",)  # first, as packaging has it
        if libc == "musl" or own in _WITH_MANYLINUX:
            platforms += platform_tags(libc, libc_version, own)
    major, minor = (int(part) for part in python.split("."))
    pure = compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    return (*python_tags(python, platforms), *pure)


def taken(machine: PlaceMachine) -> tuple[Tag, ...]:
    """What the pip that comes with the place takes, best first."""
    known = {
        tag.platform: pips.knows(tag.platform, machine.pip, foreign(machine))
        for tag in tags(machine)
    }
    return tuple(tag for tag in tags(machine) if known[tag.platform])


def foreign(machine: PlaceMachine) -> str:
    """Its architecture, where it takes wheels of another one; else ""."""
    return machine.arch if machine.arch in _TAKES_ALSO else ""


def renewed(machine: PlaceMachine) -> PlaceMachine:
    """The same machine with the newest libc of its kind."""
    return replace(machine, libc_version=NEWEST_LIBC[machine.libc])
