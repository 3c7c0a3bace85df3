"""ELF files whose section headers are false: what they use of NumPy is read by their segments."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from elf_builder import Shared
from rule_wheels import make

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import WheelReport

MESSAGE = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
OLD = b"x" * 64 + MESSAGE + b"numpy\0_ARRAY_API\0"
NAME = "pkg/mod.cpython-311-x86_64-linux-gnu.so"


def module() -> bytes:
    """An extension module that requires C-API 0xd."""
    text = Shared.DATA + 64
    code = b"\x48\x8d\x35" + struct.pack("<i", text - (Shared.CODE + 7))
    code += b"\xba" + struct.pack("<I", 0xD) + b"\xe8\0\0\0\0"
    return Shared(
        defined=["PyInit_mod"], needed=["libc.so.6"], code=code.ljust(256, b"\x90"), data=OLD
    ).build()


def with_sections(raw: bytes, *rows: tuple[str, int, int, int, int]) -> bytes:
    """Append section headers: (name, flags, address, offset, size)."""
    names = b"\0" + b"".join(row[0].encode() + b"\0" for row in rows) + b".shstrtab\0"
    made = bytes(64)
    for name, flags, address, offset, size in rows:
        at = names.index(name.encode())
        made += struct.pack("<IIQQQQIIQQ", at, 1, flags, address, offset, size, 0, 0, 1, 0)
    at = names.index(b".shstrtab")
    made += struct.pack("<IIQQQQIIQQ", at, 3, 0, 0, len(raw), len(names), 0, 0, 1, 0)
    changed = bytearray(raw + names + made)
    struct.pack_into("<Q", changed, 40, len(raw) + len(names))
    struct.pack_into("<HHH", changed, 58, 64, len(rows) + 2, len(rows) + 1)
    return bytes(changed)


def places(raw: bytes) -> tuple[int, int]:
    """Offsets of the code and of the data."""
    return raw.index(b"\x48\x8d\x35"), raw.index(OLD)


def true_sections(raw: bytes) -> bytes:
    code, data = places(raw)
    return with_sections(
        raw,
        (".text", 6, Shared.CODE, code, 256),
        (".rodata", 2, Shared.DATA, data, len(OLD)),
    )


def short_sections(raw: bytes) -> bytes:
    """sh_size 1 everywhere."""
    code, data = places(raw)
    return with_sections(
        raw, (".text", 6, Shared.CODE, code, 1), (".rodata", 2, Shared.DATA, data, 1)
    )


def one_section(raw: bytes) -> bytes:
    return with_sections(raw, (".comment", 2, Shared.DATA, len(raw) - 1, 1))


def swapped_flags(raw: bytes) -> bytes:
    """The code is called data and the data code."""
    code, data = places(raw)
    return with_sections(
        raw,
        (".rodata", 2, Shared.CODE, code, 256),
        (".text", 6, Shared.DATA, data, len(OLD)),
    )


def other_addresses(raw: bytes) -> bytes:
    code, data = places(raw)
    return with_sections(
        raw, (".text", 6, 0x5000, code, 256), (".rodata", 2, 0x9000, data, len(OLD))
    )


def headers_outside(raw: bytes) -> bytes:
    """What a tool leaves that cuts section headers off."""
    changed = bytearray(raw)
    struct.pack_into("<Q", changed, 40, len(raw) + 4096)
    struct.pack_into("<HHH", changed, 58, 64, 30, 29)
    return bytes(changed)


def other_class(raw: bytes) -> bytes:
    return raw[:4] + b"\1" + raw[5:]


def other_order(raw: bytes) -> bytes:
    return raw[:5] + b"\2" + raw[6:]


def no_program_headers(raw: bytes) -> bytes:
    changed = bytearray(true_sections(raw))
    struct.pack_into("<H", changed, 56, 0)
    return bytes(changed)


def report_on(folder: Path, raw: bytes) -> WheelReport:
    return audit_wheel(make(folder, {NAME: raw}), catalogue.all_rules())


@pytest.mark.parametrize(
    "change",
    [
        true_sections, short_sections, one_section, swapped_flags, other_addresses,
        headers_outside, bytes,
    ],
)  # fmt: skip
def test_module_is_read_by_its_segments(tmp_path: Path, change) -> None:
    report = report_on(tmp_path, change(module()))
    (row,) = report.modules
    assert (row.api, row.epoch) == (0xD, "1.x"), row
    assert "NPA102" in {f.id for f in report.findings}


@pytest.mark.parametrize("change", [other_class, other_order, no_program_headers])
def test_module_that_no_loader_maps_is_never_fine(tmp_path: Path, change) -> None:
    report = report_on(tmp_path, change(module()))
    assert report.unchecked or report.failed(strict=False)


def test_an_object_file_is_not_a_module(tmp_path: Path) -> None:
    """Object files, code of GPUs and debug data are not loaded, whatever is in them."""
    raw = bytearray(no_program_headers(module()))
    struct.pack_into("<H", raw, 16, 1)
    path = make(tmp_path, {"pkg/device.o": bytes(raw)})
    report = audit_wheel(path, catalogue.all_rules())
    assert not report.modules
    assert not report.findings
