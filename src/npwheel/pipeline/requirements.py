"""What a wheel's metadata requires, judged for another Python than this one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from npwheel.errors import UsageError

MAX_METADATA = 4 << 20


@dataclass(frozen=True)
class Metadata:
    """Requires-Python and Requires-Dist; what only an extra asks for is left out."""

    requires_python: SpecifierSet
    requires: tuple[Requirement, ...]


def read(wheel: Path) -> Metadata:
    """The metadata of a wheel file. Raises UsageError when it cannot be read."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
            if len(names) != 1:
                raise ValueError(f"one METADATA is expected, found {len(names)}")
            if archive.getinfo(names[0]).file_size > MAX_METADATA:
                raise ValueError("its METADATA is too large")
            raw, _ = parse_email(archive.read(names[0]))
        requires = [Requirement(line) for line in raw.get("requires_dist", [])]
        pythons = SpecifierSet(raw.get("requires_python", ""))
    except OSError as error:
        raise UsageError(f"{wheel} cannot be read", why=error.strerror or str(error)) from error
    except (
        zipfile.BadZipFile, ValueError, InvalidRequirement, InvalidSpecifier, RuntimeError,
        NotImplementedError, EOFError,
    ) as error:  # fmt: skip
        raise UsageError(f"{wheel.name} is not a readable wheel", why=str(error)) from error
    needed = [r for r in requires if not re.search(r"\bextra\b", str(r.marker or ""))]
    return Metadata(pythons, tuple(needed))


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
