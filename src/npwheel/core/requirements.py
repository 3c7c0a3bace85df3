"""Evaluate requirements, markers and Requires-Python for another Python than this one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")
# A minor release satisfies Requires-Python if one of its micro releases does.
_MICROS = (0, 5, 99)


@dataclass(frozen=True)
class Release:
    """One release of a project, from `NAME==VERSION`. name: as written, not normalized."""

    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def parse_release(text: str) -> Release | None:
    """Return the release that `NAME==VERSION` names; None for any other text."""
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return None
    pins = list(wanted.specifier)
    exact = len(pins) == 1 and pins[0].operator == "==" and "*" not in pins[0].version
    if not exact or wanted.url or wanted.extras or wanted.marker:
        return None
    return Release(wanted.name, Version(pins[0].version))


def full_version(python: str) -> str:
    """Return "3.12" or "3.14t" as a full version, with the newest micro release if it has none."""
    parts = python.rstrip("t").split(".")
    return ".".join(parts if len(parts) > 2 else [*parts, "99"])


# System -> os_name, platform_system, sys_platform.
_SYSTEMS = {
    "linux": ("posix", "Linux", "linux"),
    "macos": ("posix", "Darwin", "darwin"),
    "windows": ("nt", "Windows", "win32"),
}


def marker_environment(
    python: str, arch: str, extra: str = "", *, system: str = "linux"
) -> dict[str, str]:
    """Return the marker environment of a CPython ("3.12", "3.12.3", "3.14t").

    arch: as in platform tags. system: "linux", "macos" or "windows".
    """
    full = full_version(python)
    os_name, platform_system, sys_platform = _SYSTEMS[system]
    machine = arch.upper() if system == "windows" else arch
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": platform_system,
        "platform_version": "",
        "python_full_version": full,
        "python_version": ".".join(full.split(".")[:2]),
        "sys_platform": sys_platform,
        "extra": extra,
    }


def applies(requirement: Requirement, python: str, arch: str, *, system: str = "linux") -> bool:
    """Return whether a requirement applies there without any extra."""
    marker = requirement.marker
    return marker is None or marker.evaluate(marker_environment(python, arch, system=system))


def applies_with_extra(
    requirement: Requirement, python: str, arch: str, *, system: str = "linux"
) -> bool:
    """Return whether a requirement applies there only with some extra."""
    marker = requirement.marker
    if marker is None or applies(requirement, python, arch, system=system):
        return False
    there = [
        marker_environment(python, arch, extra, system=system)
        for extra in _EXTRA.findall(str(marker))
    ]
    return any(marker.evaluate(environment) for environment in there)


def of_extra(requirement: Requirement) -> bool:
    """Return whether its marker names an extra."""
    return re.search(r"\bextra\b", str(requirement.marker or "")) is not None


def bound_on(
    name: str, requires: Iterable[Requirement], python: str, arch: str = "x86_64"
) -> SpecifierSet:
    """Return the versions of a project that requirements allow on a Linux CPython."""
    total = SpecifierSet()
    for entry in requires:
        if canonicalize_name(entry.name) == name and applies(entry, python, arch):
            total &= entry.specifier
    return total


def specifiers(text: str | None) -> SpecifierSet:
    """Return a specifier set; an empty one for invalid text, as installers do."""
    try:
        return SpecifierSet(text or "")
    except InvalidSpecifier:
        return SpecifierSet()


def admits_python(requires_python: SpecifierSet | str | None, python: str) -> bool:
    """Return whether Requires-Python admits this Python; a full version is compared exactly."""
    bound = requires_python
    if bound is None or isinstance(bound, str):
        bound = specifiers(bound)
    plain = python.rstrip("t")
    if plain.count(".") > 1:
        return bound.contains(plain, prereleases=True)
    return any(bound.contains(f"{plain}.{micro}", prereleases=True) for micro in _MICROS)
