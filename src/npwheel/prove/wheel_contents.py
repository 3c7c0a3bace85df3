"""What a built wheel holds, as far as proofs and record need it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

from npwheel import elf
from npwheel.core.tags import NEWEST_LIBC, platform_tags, python_of, python_tags
from npwheel.wheel import OpenedWheel, WheelMember, open_wheel
from npwheel.wheel.extension_modules import Hook, hooks, import_name, installed_path
from npwheel.wheel.opened_wheel import ELF_MAGIC

# Top-level files that tools run; nobody imports them, and an import of one may end Python.
_SCRIPTS = frozenset({"__main__", "conftest", "setup"})
_SUFFIX = re.compile(r"\.(?:cpython-[^/.]+|abi3t?(?:-[^/.]+)?)\.so$")


def admits(wheel: Path, tags: Sequence[Tag]) -> bool:
    """Would an installer with these tags take the wheel?"""
    return not parse_wheel_filename(wheel.name)[3].isdisjoint(tags)


@dataclass(frozen=True)
class Contents:
    """What of a wheel can be imported, by import name. libraries: other shared objects, by path."""

    packages: tuple[str, ...]
    modules: tuple[str, ...]
    libraries: tuple[str, ...]


def read(wheel: Path) -> Contents:
    """Return what a proof has to import. Raises Unreadable."""
    modules: set[str] = set()
    libraries: list[str] = []
    with open_wheel(wheel) as source:
        paths = [installed_path(member.path) for member in source.members]
        for member in source.members:
            if not member.may_be_elf or source.head(member) != ELF_MAGIC:
                continue
            name = _module(source, member)
            if name:
                modules.add(name)
            else:
                libraries.append(member.path)
    return Contents(_packages(paths), tuple(sorted(modules)), tuple(libraries))


def _module(source: OpenedWheel, member: WheelMember) -> str | None:
    """The import name of an ELF file; a damaged one is what its file name claims."""
    try:
        found = hooks(elf.read(source.read(member)))
    except elf.ElfError:
        stem = PurePosixPath(member.path).name.split(".", 1)[0]
        claimed = _SUFFIX.search(member.path)
        found = (Hook("", stem, "init", 0),) if claimed else ()
    return import_name(member.path, found)


def _packages(paths: Iterable[str]) -> tuple[str, ...]:
    """The top-level packages and modules; of a namespace, the packages in it.

    Only where there is nothing else, modules that lie in a namespace.
    """
    packages: set[tuple[str, ...]] = set()
    single: set[tuple[str, ...]] = set()
    for path in map(PurePosixPath, paths):
        *folders, name = path.parts
        stem, _, suffix = name.partition(".")
        if suffix not in ("py", "pyc") and not suffix.endswith("so"):
            continue
        if not all(part.isidentifier() for part in (*folders, stem)):
            continue
        if stem == "__init__":
            packages.add(tuple(folders))
        elif stem not in _SCRIPTS and suffix in ("py", "pyc"):
            single.add((*folders, stem))
    roots = {p for p in packages if p and not any(p[:n] in packages for n in range(1, len(p)))}
    roots |= {module for module in single if len(module) == 1}
    return tuple(sorted(".".join(name) for name in roots or single))


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
