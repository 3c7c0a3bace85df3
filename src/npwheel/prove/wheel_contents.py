"""What a built wheel holds, as far as proofs and record need it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

from npwheel import elf
from npwheel.core.tags import NEWEST_LIBC, platform_tags, python_of, python_tags


def admits(wheel: Path, tags: Sequence[Tag]) -> bool:
    """Would an installer with these tags take the wheel?"""
    return not parse_wheel_filename(wheel.name)[3].isdisjoint(tags)


def modules(wheel: Path) -> tuple[str, ...]:
    """The extension modules, by import name: shared objects that define PyInit_NAME."""
    found = []
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if path.suffix != ".so" or ".libs" in path.parts[0]:
                continue
            stem = path.name.split(".", 1)[0]
            symbols = elf.read(archive.read(name)).defined
            if f"PyInit_{stem}" in symbols:
                found.append(".".join([*path.parts[:-1], stem]))
    return tuple(sorted(found))


def not_served(wheel: Path, not_built: Mapping[str, str]) -> dict[str, str]:
    """Of the identifiers that were not built, those that this wheel does not serve either."""
    left = {}
    for identifier, reason in not_built.items():
        if not python_of(identifier):
            left[identifier] = reason
            continue
        libc = "musl" if "musllinux" in identifier else "glibc"
        arch = identifier.split("linux_", 1)[1]
        platforms = platform_tags(libc, NEWEST_LIBC[libc], arch)
        tags = python_tags(python_of(identifier), platforms)
        if not admits(wheel, tags):
            left[identifier] = reason
    return left
