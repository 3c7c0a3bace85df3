"""Tags -> the environments that admit a wheel: Python, C library, machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag

from npwheel.core.requirements import admits_python
from npwheel.core.tags import machines_of, parse_interpreter
from npwheel.numpy_releases import table


@dataclass(frozen=True, order=True)
class Environment:
    """python: "3.9" or "3.13t"; arch: as in platform tags.

    libc: "glibc" or "musl"; "windows" or "macos" on those systems.
    """

    python: str
    libc: str
    arch: str

    @property
    def system(self) -> str:
        """ "linux", "windows" or "macos"."""
        return "linux" if self.libc in ("glibc", "musl") else self.libc

    def __str__(self) -> str:
        return f"Python {self.python}, {self.libc} {self.arch}"


def environments(
    tags: Iterable[Tag], requires_python: SpecifierSet | None
) -> tuple[Environment, ...]:
    """Where an installer takes a wheel of these tags, by Python; those that NumPy knows."""
    found = set()
    for tag in tags:
        for libc, arch in machines_of(tag.platform):
            for python in _pythons(tag):
                if admits_python(requires_python, python):
                    found.add(Environment(python, libc, arch))
    return tuple(sorted(found, key=lambda e: (table.key(e.python.rstrip("t")), e)))


def _pythons(tag: Tag) -> list[str]:
    interpreter = parse_interpreter(tag.interpreter)
    if interpreter is None or interpreter[0] == "pp":
        return []  # PyPy and others: their NumPy is another table's
    kind, release = interpreter
    if kind == "cp" and len(release) < 2:
        return []  # no installer knows cp3
    wanted = (*release, 0)[:2]
    found = []
    for python in table.pythons():
        number = table.key(python.rstrip("t"))
        free = python.endswith("t")
        if number[0] != wanted[0]:
            continue
        if tag.abi == "none":  # py3X-none also for each later Python, cpXY-none for that alone
            fits = number >= wanted if kind == "py" else number == wanted
        elif tag.abi in ("abi3", "abi3t"):
            fits = number >= wanted and free == (tag.abi == "abi3t")
        else:  # cp313-cp313t is for 3.13t, cp313-cp313 for 3.13; cp36-cp36m for 3.6
            fits = number == wanted and free == tag.abi.endswith("t")
        if fits:
            found.append(python)
    return found
