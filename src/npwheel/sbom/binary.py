"""What a wheel's binaries show, without running any: libraries, compiler, libc, C-API target."""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from npwheel import elf
from npwheel.errors import NotChecked
from npwheel.numpys import table
from npwheel.sbom.check import numbers, original_name
from npwheel.sbom.facts import Claims, Library

_OPENBLAS = re.compile(rb"OpenBLAS (\d+\.\d+\.\d+)")
_TARGET = re.compile(rb"NumPy C-API version 0x%x \(NumPy (\d+\.\d+)\)")
_GLIBC = re.compile(r"^GLIBC_(\d+(?:\.\d+)+)$")
_MUSL = re.compile(r"^(?:libc\.musl-|ld-musl-)")
_GLIBC_NAME = re.compile(r"^(?:libc\.so\.6|ld-linux)")
_MAX_MEMBER = 4 << 30  # bytes unpacked; the largest real library has under 2 GB
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
           RuntimeError, struct.error)  # fmt: skip


def read(wheel: Path) -> Claims:
    """What the wheel's ELF files show. Raises NotChecked where it cannot be read."""
    libraries: list[Library] = []
    compilers: set[str] = set()
    needed: set[str] = set()
    releases: set[str] = set()
    targets: set[str] = set()
    for path, content, facts in _elves(wheel):
        if facts is None:  # damaged, so that nothing but its bytes can be told
            libraries.append(_library(path, content))
            continue
        needed.update(facts.needed)
        for versions in facts.verneed.values():
            releases.update(m[1] for m in map(_GLIBC.match, versions) if m)
        if any(symbol.startswith("PyInit_") for symbol in facts.defined):
            compilers.update(_compilers(facts))
            targets.update(_targets(content))
        else:
            libraries.append(_library(path, content))
    musl = any(_MUSL.match(library) for library in needed)
    glibc = any(_GLIBC_NAME.match(library) for library in needed)
    return Claims(
        wheel=wheel.name,
        target_api=max(targets, key=lambda text: int(text, 16), default=None),
        libraries=tuple(sorted(libraries, key=lambda library: library.file)),
        compilers=tuple(sorted(compilers)),
        libc="musl" if musl else "glibc" if glibc else None,
        libc_version=max(releases, key=numbers, default=None) if glibc else None,
    )


def sboms(wheel: Path) -> dict[str, bytes]:
    """The SBOMs in a wheel: name below .dist-info/sboms -> content. Raises NotChecked."""
    found = {}
    for path, content in _members(wheel, lambda path: "/sboms/" in path):
        folder, _, name = path.partition("/sboms/")
        if name and folder.endswith(".dist-info") and "/" not in folder:
            found[name] = content
    return found


def _elves(wheel: Path) -> Iterator[tuple[str, bytes, elf.Elf | None]]:
    """Every ELF file; no facts where it is damaged."""
    for path, content in _members(wheel, lambda path: ".so" in PurePosixPath(path).suffixes):
        if not content.startswith(b"\x7fELF"):
            continue
        try:
            facts = elf.read(content)
            _ = facts.needed, facts.verneed, facts.defined, facts.sections
        except elf.ElfError:
            yield path, content, None
        else:
            yield path, content, facts


def _members(wheel: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """The members whose path is wanted; nothing is written anywhere."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for info in archive.infolist():
                if wanted(info.filename):
                    if info.file_size > _MAX_MEMBER:
                        raise ValueError(f"{info.filename} unpacks to {info.file_size} bytes")
                    yield info.filename, archive.read(info)
    except _DAMAGE as error:
        raise NotChecked(f"{wheel.name} cannot be read", why=str(error)) from error


def _compilers(facts: elf.Elf) -> set[str]:
    """The lines of .comment: each compiler that had a part in the module."""
    section = facts.section(".comment")
    if section is None:
        return set()
    text = bytes(facts.data[section.offset : section.offset + section.size])
    return {part.decode("utf-8", "replace") for part in text.split(b"\0") if part.strip()}


def _targets(content: bytes) -> set[str]:
    """The C-API versions that the headers wrote beside their message (NumPy 1.25 and newer)."""
    found = {table.api_of_release(match.decode("ascii")) for match in _TARGET.findall(content)}
    return {hex(api) for api in found if api is not None}


def _library(file: str, content: bytes) -> Library:
    release = _OPENBLAS.search(content) if "openblas" in file.lower() else None
    return Library(
        file=file,
        original=original_name(file),
        sha256=hashlib.sha256(content).hexdigest(),
        version=release[1].decode("ascii") if release else None,
    )
