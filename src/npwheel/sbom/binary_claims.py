"""Read a wheel's binaries without running them: libraries, compiler, libc, C-API target."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from npwheel import elf
from npwheel.audit import capi
from npwheel.sbom.claims import Claims, Library
from npwheel.sbom.disagreements import numbers, original_name
from npwheel.wheel import OpenedWheel, extension_modules, open_wheel
from npwheel.wheel.opened_wheel import ELF_MAGIC

_OPENBLAS = re.compile(rb"OpenBLAS (\d+\.\d+\.\d+)")
_GLIBC = re.compile(r"^GLIBC_(\d+(?:\.\d+)+)$")
_MUSL = re.compile(r"^(?:libc\.musl-|ld-musl-)")
_GLIBC_NAME = re.compile(r"^(?:libc\.so\.6|ld-linux)")


def read(wheel: Path) -> Claims:
    """Return what the wheel's ELF files show. Raises Unreadable."""
    libraries: list[Library] = []
    compilers: set[str] = set()
    needed: set[str] = set()
    releases: set[str] = set()
    uses: list[capi.NumpyUse] = []
    with open_wheel(wheel) as source:
        for path, content, facts in _elves(source):
            if facts is None:  # damaged: only its hash is known
                libraries.append(_library(path, content))
                continue
            needed.update(facts.needed)
            for versions in facts.verneed.values():
                releases.update(m[1] for m in map(_GLIBC.match, versions) if m)
            use = capi.read(capi.Image(facts))
            if extension_modules.hooks(facts):
                compilers.update(_compilers(facts))
                uses.append(use)
            else:
                # So pyarrow: its modules get NumPy's C-API from a library of the wheel.
                uses += [use] if use.binding != "none" else []
                libraries.append(_library(path, content))
    musl = any(_MUSL.match(library) for library in needed)
    glibc = any(_GLIBC_NAME.match(library) for library in needed)
    return Claims(
        wheel=wheel.name,
        headers="+".join(sorted({use.epoch for use in uses if use.epoch})) or None,
        target_api=_target(uses),
        libraries=tuple(sorted(libraries, key=lambda library: library.file)),
        compilers=tuple(sorted(compilers)),
        libc="musl" if musl else "glibc" if glibc else None,
        libc_version=max(releases, key=numbers, default=None) if glibc else None,
    )


def sboms(wheel: Path) -> dict[str, bytes]:
    """Return the SBOMs in a wheel: name below .dist-info/sboms -> content. Raises Unreadable."""
    found = {}
    with open_wheel(wheel) as source:
        for member in source.members:
            folder, _, name = member.path.partition("/sboms/")
            if name and folder.endswith(".dist-info") and "/" not in folder:
                found[name] = bytes(source.read(member))
    return found


def _elves(source: OpenedWheel) -> Iterator[tuple[str, bytes, elf.Elf | None]]:
    """Yield path, content and facts of every ELF file; the facts of a damaged one are None."""
    for member in source.members:
        if not member.may_be_elf or source.head(member) != ELF_MAGIC:
            continue
        content = source.read(member)
        try:
            facts = elf.read(content)
            _ = facts.needed, facts.verneed, facts.defined, facts.sections
        except elf.ElfError:
            yield member.path, content, None
        else:
            yield member.path, content, facts


def _compilers(facts: elf.Elf) -> set[str]:
    """Return the lines of .comment: the compilers that compiled parts of the module."""
    section = facts.section(".comment")
    if section is None:
        return set()
    text = bytes(facts.data[section.offset : section.offset + section.size])
    return {part.decode("utf-8", "replace") for part in text.split(b"\0") if part.strip()}


def _target(uses: list[capi.NumpyUse]) -> str | None:
    """Return the highest C-API version that a module requires: all load with at least that one."""
    found = max((use.api for use in uses if use.api is not None), default=None)
    return None if found is None else hex(found)


def _library(file: str, content: bytes) -> Library:
    release = _OPENBLAS.search(content) if "openblas" in file.lower() else None
    return Library(
        file=file,
        original=original_name(file),
        sha256=hashlib.sha256(content).hexdigest(),
        version=release[1].decode("ascii") if release else None,
    )
