"""What a wheel's binaries show, without running any: libraries, compiler, libc, C-API target."""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from npwheel import elf
from npwheel.errors import UsageError
from npwheel.numpys import table
from npwheel.sbom.check import numbers, original_name
from npwheel.sbom.facts import Claims, Library

_OPENBLAS = re.compile(rb"OpenBLAS (\d+\.\d+\.\d+)")
_TARGET = re.compile(rb"NumPy C-API version 0x%x \(NumPy (\d+\.\d+)\)")
_GLIBC = re.compile(r"^GLIBC_(\d+(?:\.\d+)+)$")
_MUSL = re.compile(r"^(?:libc\.musl-|ld-musl-)")
_GLIBC_NAME = re.compile(r"^(?:libc\.so\.6|ld-linux)")
# What zipfile raises for an archive that is damaged, or of a kind that it does not know.
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, EOFError, ValueError)
BROKEN += (NotImplementedError, RuntimeError, struct.error, KeyError)
_MAX_MEMBER = 4 << 30  # bytes unpacked; the largest real library has under 2 GB


def read(wheel: Path) -> Claims:
    """What the wheel's ELF files show. Raises UsageError where it is no archive."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _read(wheel.name, archive)
    except BROKEN as error:
        raise UsageError(f"{wheel} is no wheel that can be read", why=str(error)) from error


def member(wheel: Path, name: str) -> bytes | None:
    """The content of .dist-info/`name`, None where there is no such file; errors as `read`."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [n for n in archive.namelist() if _in_dist_info(n) == name]
            return _content(archive, archive.getinfo(found[0])) if found else None
    except BROKEN as error:
        raise UsageError(f"{wheel} is no wheel that can be read", why=str(error)) from error


def sboms(wheel: Path) -> tuple[str, ...]:
    """The names of the SBOMs in a wheel, sorted; errors as `read`."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [_in_dist_info(name) for name in archive.namelist()]
    except BROKEN as error:
        raise UsageError(f"{wheel} is no wheel that can be read", why=str(error)) from error
    return tuple(sorted(name for name in names if name.startswith("sboms/") and name != "sboms/"))


def _in_dist_info(name: str) -> str:
    """The path below the top-level .dist-info folder; "" for any other file."""
    folder, _, rest = name.partition("/")
    return rest if folder.endswith(".dist-info") else ""


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _MAX_MEMBER:
        raise zipfile.BadZipFile(f"{info.filename} unpacks to {info.file_size} bytes")
    return archive.read(info)


def _read(name: str, archive: zipfile.ZipFile) -> Claims:
    libraries: list[Library] = []
    compilers: set[str] = set()
    needed: set[str] = set()
    releases: set[str] = set()
    targets: set[str] = set()
    for file, content, facts in _elves(archive):
        if facts is None:  # damaged, so that nothing but its bytes can be told
            libraries.append(_library(file, content))
            continue
        needed.update(facts.needed)
        for versions in facts.verneed.values():
            releases.update(m[1] for m in map(_GLIBC.match, versions) if m)
        if any(symbol.startswith("PyInit_") for symbol in facts.defined):
            compilers.update(_compilers(facts))
            targets.update(_targets(content))
        else:
            libraries.append(_library(file, content))
    musl = any(_MUSL.match(library) for library in needed)
    glibc = any(_GLIBC_NAME.match(library) for library in needed)
    return Claims(
        wheel=name,
        target_api=max(targets, key=lambda text: int(text, 16), default=None),
        libraries=tuple(sorted(libraries, key=lambda library: library.file)),
        compilers=tuple(sorted(compilers)),
        libc="musl" if musl else "glibc" if glibc else None,
        libc_version=max(releases, key=numbers, default=None) if glibc else None,
    )


def _elves(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes, elf.Elf | None]]:
    """Every ELF file by its name and first bytes; no facts where it is damaged."""
    for info in archive.infolist():
        if ".so" not in PurePosixPath(info.filename).suffixes:
            continue
        content = _content(archive, info)
        if not content.startswith(b"\x7fELF"):
            continue
        try:
            facts = elf.read(content)
            _ = facts.needed, facts.verneed, facts.defined, facts.sections
        except elf.ElfError:
            yield info.filename, content, None
        else:
            yield info.filename, content, facts


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
