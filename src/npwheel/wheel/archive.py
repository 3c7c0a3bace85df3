"""A .whl file: a zip archive that is not trusted.

The list of members is checked before anything is unpacked; a member is unpacked
in memory, one at a time, and never beyond the size that it declares.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from npwheel.wheel import metadata
from npwheel.wheel.entries import problems_of, refusal
from npwheel.wheel.source import Member, Problem, Source, Unreadable

MAX_MEMBERS = 200_000  # the largest real wheels have about 30,000
MAX_LIST = 64 * 1024 * 1024  # bytes of the central directory
PIECE = 4 * 1024 * 1024  # bytes that are unpacked at once
MAX_TEXT = 32 * 1024 * 1024  # bytes of METADATA, WHEEL or RECORD
# What zipfile raises for an archive that is damaged or of a kind that it does not know.
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, MemoryError,
    OSError, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip
_END = struct.Struct("<4s4H2LH")  # end of central directory, APPNOTE 4.3.16
_END_64 = struct.Struct("<4sQ2H2L4Q")  # its zip64 form, APPNOTE 4.3.14


def open_wheel(path: Path) -> Source:
    """A wheel file. Raises Unreadable when it is no zip archive, or an unbounded one."""
    return _Archive(path)


class _Archive(Source):
    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            if not path.is_file():
                raise OSError("no such file" if not path.exists() else "not a regular file")
            self.size = path.stat().st_size
            bounded_list(path)
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise Unreadable(
                f"{path.name} cannot be read: {_words(error)}", next="fetch or build it again"
            ) from error
        infos = self._zip.infolist()
        # As installers do: of two members with one name the last one stays.
        self._infos = {info.filename: info for info in infos}
        self.members = tuple(
            Member(i.filename, i.file_size, i.compress_size)
            for i in self._infos.values()
            if not i.filename.endswith("/")  # is_dir() fails on an empty name
        )
        problems = [*problems_of(infos, self._zip.start_dir)]
        # What shares its data with another member is how small archives unpack to giants.
        self._overlapping = {p.where for p in problems if p.kind == "overlap"}
        self._identify(problems)
        self.problems = tuple(problems)

    def _identify(self, problems: list[Problem]) -> None:
        try:
            project, version, _, self.file_tags = parse_wheel_filename(self.name)
            self.project, self.version = str(project), str(version)
        except (InvalidWheelFilename, InvalidVersion) as error:
            problems.append(Problem("name", self.name, f"the file name is no wheel's: {error}"))
        folders = {p.split("/")[0] for p in self._infos if p.split("/")[0].endswith(".dist-info")}
        if len(folders) != 1:
            found = f"{len(folders)} .dist-info folders, expected one"
            problems.append(Problem("metadata", self.name, found))
        folder = min(folders, default="")
        texts = [
            self._text(f"{folder}/{name}", problems) for name in ("METADATA", "WHEEL", "RECORD")
        ]
        self.metadata = metadata.parse(*texts)
        self.project = self.project or self.metadata.name
        self.version = self.version or self.metadata.version

    def _text(self, path: str, problems: list[Problem]) -> bytearray | None:
        info = self._infos.get(path)
        if info is None:
            return None
        try:
            if info.file_size > MAX_TEXT:
                raise Unreadable(f"{info.file_size} bytes, more than {MAX_TEXT}")
            return self.read(Member(path, info.file_size, info.compress_size))
        except Unreadable as error:
            problems.append(Problem("unread", path, error.what))
            return None

    def head(self, member: Member) -> bytes:
        """The first four bytes. Raises Unreadable."""
        try:
            with self._zip.open(self._checked(member)) as opened:
                return opened.read(4)
        except _DAMAGE as error:
            raise Unreadable(f"{member.path} cannot be unpacked: {_words(error)}") from error

    def read(self, member: Member) -> bytearray:
        """The whole content; its checksum is verified. Raises Unreadable."""
        info = self._checked(member)
        try:
            content = bytearray(info.file_size)
            filled = 0
            with self._zip.open(info) as opened, memoryview(content) as view:
                # In pieces, since zlib would join them at the cost of a second copy. zipfile
                # stops at the declared size, and checks the sum when it got there.
                while piece := opened.read(PIECE):
                    view[filled : filled + len(piece)] = piece
                    filled += len(piece)
                opened.read(1)
        except _DAMAGE as error:
            raise Unreadable(f"{member.path} cannot be unpacked: {_words(error)}") from error
        if filled != info.file_size:
            raise Unreadable(
                f"{member.path} unpacks to {filled} bytes, it declares {info.file_size}"
            )
        return content

    def _checked(self, member: Member) -> zipfile.ZipInfo:
        """The entry, if unpacking it has a bounded cost. Raises Unreadable."""
        info = self._infos[member.path]
        reason = refusal(info)
        if not reason and member.path in self._overlapping:
            reason = "its data overlaps another member's"
        if reason:
            raise Unreadable(f"{member.path} is not unpacked: {reason}")
        return info

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()


def bounded_list(path: Path) -> None:
    """Raise BadZipFile if the list of members would not fit in bounded memory.

    zipfile reads the whole list before it can be asked anything, so its size is
    read here from the end record.
    """
    with path.open("rb") as opened:
        size = opened.seek(0, 2)
        opened.seek(max(0, size - (1 << 16) - _END.size - 20))
        tail = opened.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or at + _END.size > len(tail):
            raise zipfile.BadZipFile("it is no zip archive")
        _, _, _, _, count, length, _, _ = _END.unpack_from(tail, at)
        if at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":
            opened.seek(min(size, struct.unpack_from("<Q", tail, at - 12)[0]))
            record = opened.read(_END_64.size)
            if len(record) == _END_64.size:
                _, _, _, _, _, _, _, count, length, _ = _END_64.unpack(record)
    if count > MAX_MEMBERS or length > MAX_LIST:
        raise zipfile.BadZipFile(f"it lists {count} members in {length} bytes, more than any wheel")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
