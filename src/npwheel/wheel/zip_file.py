"""Zip archives that are not trusted: the list of members and each member in bounded memory.

`zipfile` alone is not enough: `ZipFile.read` unpacks a whole member before it compares
with the declared size, and bzip2 and lzma members are unpacked whole in any case. So
1,450 bytes fill 1.5 GB. Everything that reads wheels of others opens them here.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from npwheel.wheel.opened_wheel import Unreadable
from npwheel.wheel.zip_entries import refusal

MAX_MEMBERS = 200_000  # the largest real wheels have about 30,000
MAX_LIST = 64 * 1024 * 1024  # bytes of the central directory
PIECE = 4 * 1024 * 1024  # bytes that are unpacked at once
# Exceptions of zipfile for an archive that is damaged or of an unsupported kind.
DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, MemoryError,
    OSError, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip
_END = struct.Struct("<4s4H2LH")  # end of central directory, APPNOTE 4.3.16
_END_64 = struct.Struct("<4sQ2H2L4Q")  # its zip64 form, APPNOTE 4.3.14
_LOCATOR = struct.Struct("<4sLQL")  # where that lies, APPNOTE 4.3.15


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a zip archive. Raises Unreadable if it is not one or lists too many members."""
    try:
        if not path.is_file():
            raise OSError("no such file" if not path.exists() else "not a regular file")
        _check_list(path)
        return zipfile.ZipFile(path)
    except DAMAGE as error:
        raise Unreadable(
            f"{path.name} cannot be read: {_words(error)}", next="fetch or build it again"
        ) from error


def head(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return the first four bytes of a member. Raises Unreadable."""
    _check_member(info)
    try:
        with archive.open(info) as opened:
            return opened.read(4)
    except DAMAGE as error:
        raise Unreadable(f"{info.filename} cannot be unpacked: {_words(error)}") from error


def read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int | None = None) -> bytearray:
    """Return the content of a member; its checksum is verified.

    Raises Unreadable, also where it declares more than `limit` bytes.
    """
    _check_member(info)
    if limit is not None and info.file_size > limit:
        raise Unreadable(f"{info.filename} has {info.file_size} bytes, expected at most {limit}")
    try:
        content = bytearray(info.file_size)
        filled = 0
        with archive.open(info) as opened, memoryview(content) as view:
            # In pieces: read() without a size unpacks everything at once, whatever is declared.
            # zipfile stops at the declared size, and checks the sum when it got there.
            while piece := opened.read(PIECE):
                view[filled : filled + len(piece)] = piece
                filled += len(piece)
            opened.read(1)
    except DAMAGE as error:
        raise Unreadable(f"{info.filename} cannot be unpacked: {_words(error)}") from error
    if filled != info.file_size:
        raise Unreadable(f"{info.filename} unpacks to {filled} bytes, it declares {info.file_size}")
    return content


def _check_member(info: zipfile.ZipInfo) -> None:
    """Raise Unreadable unless unpacking the member has a bounded cost."""
    reason = refusal(info)
    if reason:
        raise Unreadable(f"{info.filename} is not unpacked: {reason}")


def _check_list(path: Path) -> None:
    """Raise BadZipFile if the list of members would not fit in bounded memory.

    zipfile reads the whole list before it can be asked anything, so its size is
    read here from the end record.
    """
    with path.open("rb") as opened:
        size = opened.seek(0, 2)
        opened.seek(max(0, size - (1 << 16) - _END.size - _LOCATOR.size))
        start = opened.tell()
        tail = opened.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or at + _END.size > len(tail):
            raise zipfile.BadZipFile("not a zip archive")
        _, _, _, _, count, length, _, _ = _END.unpack_from(tail, at)
        found = [(count, length)]
        before = at - _LOCATOR.size
        if before >= 0 and tail[before : before + 4] == b"PK\6\7":
            # Python takes the record before the locator, others where the locator points.
            for place in (_LOCATOR.unpack_from(tail, before)[2], start + before - _END_64.size):
                opened.seek(max(0, min(size, place)))
                record = opened.read(_END_64.size)
                if len(record) == _END_64.size and record[:4] == b"PK\6\6":
                    found.append(_END_64.unpack(record)[7:9])
    for count, length in found:
        if count > MAX_MEMBERS or length > MAX_LIST:
            raise zipfile.BadZipFile(
                f"it lists {count} members in {length} bytes, more than any wheel"
            )


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
