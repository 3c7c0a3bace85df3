"""Requirements and their markers, evaluated for another Python than this one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name


def of_extra(requirement: Requirement) -> bool:
    """Does only an extra ask for it?"""
    return re.search(r"\bextra\b", str(requirement.marker or "")) is not None


def bound_on(
    name: str, requires: Iterable[Requirement], python: str, arch: str = "x86_64"
) -> SpecifierSet:
    """What requirements admit of a project on a Linux CPython ("3.12.3"; "3.14t" is 3.14.99)."""
    parts = python.rstrip("t").split(".")
    full = ".".join(parts if len(parts) > 2 else [*parts, "99"])
    environment = {
        "python_version": ".".join(parts[:2]),
        "python_full_version": full,
        "implementation_version": full,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": arch,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "extra": "",
    }
    total = SpecifierSet()
    for entry in requires:
        if canonicalize_name(entry.name) != name:
            continue
        if entry.marker is None or entry.marker.evaluate(environment):
            total &= entry.specifier
    return total
