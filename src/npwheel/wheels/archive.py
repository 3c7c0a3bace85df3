"""A zip archive that may lie: every member is checked before a byte of it is unpacked.

Nothing is ever written. A member is unpacked into memory alone, at most as many
bytes as the archive says it has, and one at a time, so that the cost is bounded
by the largest member that is allowed.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_MEMBERS = 200_000  # the largest real wheels have about 30,000
MAX_MEMBER = 4 << 30  # bytes; the largest real libraries have under 2 GiB
MAX_RATIO = 1032  # deflate cannot do more than 1032 to 1
_CHUNK = 1 << 20
# What zipfile raises for an archive that is damaged or of a kind it does not know.
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error,
    OSError, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1


class ArchiveError(ValueError):
    """The archive, or one member of it, cannot be read; the text says why."""


@dataclass(frozen=True)
class Member:
    """One file of the archive.

    problem: why it is not to be trusted, "" where nothing speaks against it.
    size, packed: bytes unpacked and in the archive, as the archive says.
    """

    name: str
    size: int
    packed: int
    problem: str
    info: zipfile.ZipInfo


class Archive:
    """The members of a wheel, by the archive's central directory."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises ArchiveError where it is no zip archive that can be read."""
        self.path = path
        try:
            if not path.is_file():
                raise ArchiveError(f"{path} is no file")
            self._zip = zipfile.ZipFile(path)
            self._size = path.stat().st_size
        except _BROKEN as error:
            raise ArchiveError(str(error) or type(error).__name__) from error
        infos = self._zip.infolist()
        if len(infos) > MAX_MEMBERS:
            raise ArchiveError(f"{len(infos)} members, at most {MAX_MEMBERS} are read")
        self.members = tuple(self._judged(infos))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _judged(self, infos: list[zipfile.ZipInfo]) -> Iterator[Member]:
        seen: set[str] = set()
        overlapping = _overlaps(infos)
        for info in infos:
            name = info.filename
            problem = _problem(info, self._size)
            if not problem and name in seen:
                problem = "its name occurs twice"
            if not problem and info.header_offset in overlapping:
                problem = "its bytes overlap those of another member"
            seen.add(name)
            yield Member(name, info.file_size, info.compress_size, problem, info)

    def head(self, member: Member, size: int) -> bytes:
        """The first bytes of a member, at most `size`. Raises ArchiveError."""
        return self._read(member, size)

    def read(self, member: Member) -> bytes:
        """All bytes of a member, their checksum verified. Raises ArchiveError."""
        data = self._read(member, member.size + 1)
        if len(data) != member.size:
            raise ArchiveError(
                f"{member.name} has {len(data)} bytes, the archive says {member.size}"
            )
        return data

    def find(self, name: str) -> Member | None:
        """The member of that name."""
        return next((m for m in self.members if m.name == name), None)

    def _read(self, member: Member, limit: int) -> bytes:
        if member.problem:
            raise ArchiveError(f"{member.name}: {member.problem}")
        try:
            with self._zip.open(member.info) as opened:
                return _all(opened, limit)
        except _BROKEN as error:
            raise ArchiveError(f"{member.name}: {error or type(error).__name__}") from error


def _all(opened: Any, limit: int) -> bytes:
    """At most `limit` bytes; one piece where the member is as long as it says."""
    data: bytes = opened.read(limit)
    return data


def _problem(info: zipfile.ZipInfo, archive_size: int) -> str:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if name.startswith(("/", "\\")) or ".." in parts or (len(parts[0]) > 1 and parts[0][1] == ":"):
        return "its path leaves the wheel"
    if "\0" in info.orig_filename or any(ord(c) < 32 for c in name):
        return "its name has control characters"
    if kind == stat.S_IFLNK:
        return "it is a symbolic link, which a wheel cannot have"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in _METHODS:
        return f"its compression method {info.compress_type} is not read by installers"
    if info.file_size > MAX_MEMBER:
        return f"it unpacks to {info.file_size} bytes, at most {MAX_MEMBER} are read"
    if info.compress_size > archive_size or info.header_offset > archive_size:
        return "it lies outside the archive"
    if info.file_size > info.compress_size * MAX_RATIO + 1024:
        return f"{info.compress_size} bytes cannot unpack to the {info.file_size} that it claims"
    return ""


def _overlaps(infos: list[zipfile.ZipInfo]) -> frozenset[int]:
    """Header offsets of members whose bytes begin before the member before them ends."""
    found = set()
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        # A local header has 30 bytes and the name at least.
        start = info.header_offset
        if start < end:
            found.add(start)
        end = max(end, start + 30 + info.compress_size)
    return frozenset(found)
