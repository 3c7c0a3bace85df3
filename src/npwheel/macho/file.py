"""A Mach-O file, or each machine's part of a universal one: its machine and its segments.

Source: Apple's <mach-o/loader.h> and <mach-o/fat.h>. Universal headers are big-endian; the
parts of every machine that macOS still runs are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from npwheel.core.mapped_part import MappedPart

_THIN = {b"\xcf\xfa\xed\xfe": 64, b"\xce\xfa\xed\xfe": 32}
_BIG = (b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce")
_FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}
MACHO_MAGICS = (*_THIN, *_BIG, *_FAT)
_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64", 7: "i386", 12: "arm"}
# Load command -> (its segment's fields after the name, by struct).
_SEGMENTS = {0x19: "<QQQQii", 0x1: "<IIIIii"}
_WRITE, _EXECUTE = 2, 4
_MAX_PARTS = 16
_MAX_COMMANDS = 4096


class MachoError(ValueError):
    """The file is damaged, or of a kind that is not read."""


@dataclass(frozen=True)
class MachoFile:
    """One machine's part: "x86_64", "arm64", "i386" or "arm". bits: 64 or 32."""

    machine: str
    bits: int
    segments: tuple[MappedPart, ...]


def read(data: bytes | mmap) -> tuple[MachoFile, ...]:
    """Return the parts of a Mach-O file, one for each machine. Raises MachoError."""
    view = memoryview(data)
    try:
        return tuple(_part(view, offset, size) for offset, size in _parts(view))
    except struct.error as error:
        raise MachoError("its headers are cut short") from error


def _parts(view: memoryview) -> Iterator[tuple[int, int]]:
    """(offset, size) of each machine's part."""
    magic = bytes(view[:4])
    if magic not in _FAT:
        yield 0, len(view)
        return
    (count,) = struct.unpack_from(">I", view, 4)
    if not 0 < count <= _MAX_PARTS:
        raise MachoError(f"it has parts for {count} machines, expected 1 to {_MAX_PARTS}")
    form = _FAT[magic]
    for index in range(count):
        _, _, offset, size, *_ = struct.unpack_from(form, view, 8 + index * struct.calcsize(form))
        if offset + size > len(view):
            raise MachoError(f"cut short: {offset + size} bytes expected, {len(view)} found")
        yield offset, size


def _part(view: memoryview, start: int, size: int) -> MachoFile:
    magic = bytes(view[start : start + 4])
    bits = _THIN.get(magic)
    if bits is None:
        raise MachoError("it is big-endian" if magic in _BIG else "it has no Mach-O header")
    cpu, _, _, count, length = struct.unpack_from("<IIIII", view, start + 4)
    machine = _MACHINES.get(cpu, "")
    if not machine or (bits == 64) != bool(cpu & 0x01000000):
        raise MachoError(f"its machine {cpu:#x} is not known")
    at = start + (32 if bits == 64 else 28)
    if count > _MAX_COMMANDS or at + length > start + size:
        raise MachoError("its load commands are cut short")
    return MachoFile(machine, bits, tuple(_segments(view, start, size, at, count)))


def _segments(view: memoryview, start: int, size: int, at: int, count: int) -> Iterator[MappedPart]:
    for _ in range(count):
        command, length = struct.unpack_from("<II", view, at)
        if length < 8:
            raise MachoError("a load command has no length")
        form = _SEGMENTS.get(command)
        if form:
            address, _, offset, filled, _, protection = struct.unpack_from(form, view, at + 24)
            if offset + filled > size:
                raise MachoError(f"cut short: {offset + filled} bytes expected, {size} found")
            if filled:
                executable, writable = bool(protection & _EXECUTE), bool(protection & _WRITE)
                yield MappedPart(start + offset, filled, address, executable, writable)
        at += length
