"""Tags -> the environments that admit a wheel: Python, C library, machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag

from npwheel.numpy_releases import table

_INTERPRETER = re.compile(r"(cp|py)(\d)(\d*)")
_PLATFORM = re.compile(r"(many|musl)?linux(?:\d+)?(?:_\d+_\d+)?_(\w+)")


@dataclass(frozen=True, order=True)
class Environment:
    """python: "3.9" or "3.13t"; libc: "glibc" or "musl"; arch: "x86_64"."""

    python: str
    libc: str
    arch: str

    def __str__(self) -> str:
        return f"Python {self.python}, {self.libc} {self.arch}"


def environments(
    tags: Iterable[Tag], requires_python: SpecifierSet | None
) -> tuple[Environment, ...]:
    """Where an installer takes a wheel of these tags, by Python; those that NumPy knows."""
    found = set()
    for tag in tags:
        where = _PLATFORM.fullmatch(tag.platform)
        if where:
            libc = "musl" if where[1] == "musl" else "glibc"
            for python in _pythons(tag):
                if admits(requires_python, python):
                    found.add(Environment(python, libc, where[2]))
    return tuple(sorted(found, key=lambda e: (table.key(e.python.rstrip("t")), e)))


def _pythons(tag: Tag) -> list[str]:
    match = _INTERPRETER.fullmatch(tag.interpreter)
    if not match:
        return []  # PyPy and others: their NumPy is another table's
    if match[1] == "cp" and not match[3]:
        return []  # no installer knows cp3
    wanted = (int(match[2]), int(match[3] or 0))
    found = []
    for python in table.pythons():
        number = table.key(python.rstrip("t"))
        free = python.endswith("t")
        if number[0] != wanted[0]:
            continue
        if tag.abi == "none":  # py3X-none also for each later Python, cpXY-none for that alone
            fits = number >= wanted if match[1] == "py" else number == wanted
        elif tag.abi in ("abi3", "abi3t"):
            fits = number >= wanted and free == (tag.abi == "abi3t")
        else:  # cp313-cp313t is for 3.13t, cp313-cp313 for 3.13; cp36-cp36m for 3.6
            fits = number == wanted and free == tag.abi.endswith("t")
        if fits:
            found.append(python)
    return found


def admits(requires_python: SpecifierSet | None, python: str) -> bool:
    """Does Requires-Python admit some release of this Python?"""
    if requires_python is None:
        return True
    plain = python.rstrip("t")
    return any(
        requires_python.contains(f"{plain}.{micro}", prereleases=True) for micro in (0, 5, 99)
    )


def marker_environment(environment: Environment, extra: str = "") -> Mapping[str, str]:
    """What environment markers see there (packaging: PEP 508)."""
    python = environment.python.rstrip("t")
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.9",
        "os_name": "posix",
        "platform_machine": environment.arch,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.9",
        "python_version": python,
        "sys_platform": "linux",
        "extra": extra,
    }


def applies(requirement: Requirement, environment: Environment) -> bool:
    """Does a requirement hold there, without any extra?"""
    marker = requirement.marker
    return marker is None or marker.evaluate(dict(marker_environment(environment)))


def optional(requirement: Requirement, environment: Environment) -> bool:
    """Does it hold there with some extra only?"""
    marker = requirement.marker
    if marker is None or applies(requirement, environment):
        return False
    extras = re.findall(r"""extra\s*==\s*["']([^"']+)["']""", str(marker))
    return any(marker.evaluate(dict(marker_environment(environment, e))) for e in extras)
