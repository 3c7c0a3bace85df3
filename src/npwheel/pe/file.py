"""A PE file: its machine and its sections.

Source: Microsoft, "PE Format" (the COFF file header, the optional header, the section table).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from mmap import mmap

from npwheel.core.mapped_part import MappedPart

PE_MAGIC = b"MZ"
_SIGNATURE = b"PE\0\0"
_MACHINES = {0x8664: ("x86_64", 64), 0xAA64: ("aarch64", 64), 0x014C: ("i686", 32)}
_OPTIONAL = {0x10B: 32, 0x20B: 64}  # its magic: PE32, PE32+
_EXECUTE, _WRITE = 0x20000000, 0x80000000
_MAX_SECTIONS = 96  # Windows loads no more
_COFF, _SECTION = 20, 40  # bytes


class PeError(ValueError):
    """The file is damaged, or for a machine that is not known."""


@dataclass(frozen=True)
class PeFile:
    """machine: "x86_64", "aarch64" or "i686". bits: 64 or 32."""

    machine: str
    bits: int
    sections: tuple[MappedPart, ...]


def read(data: bytes | mmap) -> PeFile:
    """Return the headers of a PE file. Raises PeError."""
    view = memoryview(data)
    try:
        (start,) = struct.unpack_from("<I", view, 0x3C)
        if bytes(view[start : start + 4]) != _SIGNATURE:
            raise PeError("it has no PE signature")
        number, count, _, _, _, optional, _ = struct.unpack_from("<HHIIIHH", view, start + 4)
        table = start + 4 + _COFF
        (magic,) = struct.unpack_from("<H", view, table)
        machine, bits = _MACHINES.get(number, ("", 0))
        if not machine:
            raise PeError(f"its machine {number:#06x} is not known")
        if _OPTIONAL.get(magic) != bits:
            raise PeError(f"its optional header {magic:#x} is not that of a {bits}-bit machine")
        if not 0 < count <= _MAX_SECTIONS:
            raise PeError(f"it has {count} sections, expected 1 to {_MAX_SECTIONS}")
        found = [_section(view, table + optional + i * _SECTION) for i in range(count)]
    except struct.error as error:
        raise PeError("its headers are cut short") from error
    return PeFile(machine, bits, tuple(section for section in found if section.size))


def _section(view: memoryview, at: int) -> MappedPart:
    virtual, address, size, offset = struct.unpack_from("<IIII", view, at + 8)
    (flags,) = struct.unpack_from("<I", view, at + 36)
    if offset + size > len(view):
        raise PeError(f"cut short: {offset + size} bytes expected, {len(view)} found")
    # What lies in the file beyond the section's size in memory is padding.
    size = min(size, virtual) if virtual else size
    return MappedPart(offset, size, address, bool(flags & _EXECUTE), bool(flags & _WRITE))
