"""Minimal libraries of Windows and macOS with the parts that the audit reads."""

from __future__ import annotations

import struct

PE_MACHINES = {"x86_64": 0x8664, "aarch64": 0xAA64, "i686": 0x14C}
CPU_TYPES = {"x86_64": 0x01000007, "arm64": 0x0100000C}
CODE_AT, DATA_AT = 0x1000, 0x3000  # addresses; both parts are shorter than the distance


def pe(data: bytes = b"", code: bytes = b"\xc3", machine: str = "x86_64") -> bytes:
    """A PE library: `code` in .text at CODE_AT, `data` in .data at DATA_AT."""
    magic = 0x10B if machine == "i686" else 0x20B
    coff = struct.pack("<HHIIIHH", PE_MACHINES[machine], 2, 0, 0, 0, 2, 0x2022)
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0" + coff
    head += struct.pack("<H", magic)
    start = len(head) + 2 * 40
    for name, part, address, flags, offset in (
        (b".text", code, CODE_AT, 0x60000020, start),
        (b".data", data, DATA_AT, 0xC0000040, start + len(code)),
    ):
        sizes = struct.pack("<IIII", len(part), address, len(part), offset)
        head += name.ljust(8, b"\0") + sizes + bytes(12) + struct.pack("<I", flags)
    return head + code + data


def macho(data: bytes = b"", code: bytes = b"\xc3", machine: str = "x86_64") -> bytes:
    """A Mach-O library: `code` in __TEXT at CODE_AT, `data` in __CONST at DATA_AT."""
    segment = 72
    start = 32 + 2 * segment
    head = struct.pack("<IIIIIIII", 0xFEEDFACF, CPU_TYPES[machine], 0, 6, 2, 2 * segment, 0, 0)
    for name, part, address, protection, offset in (
        (b"__TEXT", code, CODE_AT, 5, start),
        (b"__CONST", data, DATA_AT, 1, start + len(code)),
    ):
        head += struct.pack("<II", 0x19, segment) + name.ljust(16, b"\0")
        head += struct.pack("<QQQQ", address, len(part), offset, len(part))
        head += struct.pack("<iiII", 7, protection, 0, 0)
    return head + code + data


def universal(*parts: tuple[str, bytes]) -> bytes:
    """A universal Mach-O file of (machine, file) parts."""
    start = 8 + 20 * len(parts)
    head, body = struct.pack(">II", 0xCAFEBABE, len(parts)), b""
    for machine, part in parts:
        head += struct.pack(">IIIII", CPU_TYPES[machine], 0, start + len(body), len(part), 0)
        body += part
    return head + body


def x86_check(api: int, windows: bool, text: int = DATA_AT) -> bytes:
    """Code that passes the text at an address and then a constant, as PyErr_Format gets them."""
    load, move = (b"\x48\x8d\x15", b"\x41\xb8") if windows else (b"\x48\x8d\x35", b"\xba")
    return load + struct.pack("<i", text - CODE_AT - 7) + move + struct.pack("<I", api) + b"\xc3"


def arm64_check(api: int, text: int = DATA_AT) -> bytes:
    """The same for macOS on arm64: adr x1; the constant is stored at the stack pointer."""
    distance = text - CODE_AT - 8
    adr = 0x10000001 | (distance & 3) << 29 | distance >> 2 << 5
    return struct.pack("<IIII", 0x52800008 | api << 5, 0xA90003E8, adr, 0xD65F03C0)
