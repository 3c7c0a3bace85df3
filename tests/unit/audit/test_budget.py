"""What one wheel may cost, and that what is not read is called unchecked."""

from __future__ import annotations

import bz2
import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from elf_builder import Shared
from rule_wheels import ABOUT, MODULE, make

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import WheelReport
from npwheel.wheel import Unreadable, zip_file

MESSAGE = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
SIZE = b"%.200s.%.200s size changed, may indicate binary incompatibility. Expected %zd\0"
SECONDS = 15  # of CPU; on the machine where the budget was set it is under five
BOMB = 1500 << 20


def report_on(path: Path) -> WheelReport:
    return audit_wheel(path, catalogue.all_rules())


def repeated_messages(machine: str) -> bytes:
    """A thousand places for the check's text, and 8 MB of code to look through for each."""
    return Shared(machine=machine, code=b"\x91" * (8 << 20), data=MESSAGE * 1000).build()


def repeated_names(machine: str) -> bytes:
    data = b"numpy\0" + SIZE + b"dtype\0ndarray\0" * 100_000
    return Shared(machine=machine, code=b"\x91" * (8 << 20), data=data).build()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "i686"])
@pytest.mark.parametrize("content", [repeated_messages, repeated_names])
def test_repeated_texts_stay_within_the_budget(tmp_path: Path, machine: str, content) -> None:
    tag = f"cp311-cp311-manylinux_2_17_{machine}"
    path = make(tmp_path, {f"pkg/m{n}.so": content(machine) for n in range(3)}, tag=tag)
    begun = time.process_time()
    report = report_on(path)
    assert time.process_time() - begun < SECONDS
    assert report.unchecked or content is repeated_names  # nothing loads the names


def test_many_small_modules_stay_within_the_budget(tmp_path: Path) -> None:
    """3,000 program headers each."""
    raw = bytearray(Shared(defined=["PyInit_mod"]).build())
    headers = bytes(raw[64 : 64 + 6 * 56]) + bytes(56 * 2994)
    struct.pack_into("<Q", raw, 32, len(raw))
    struct.pack_into("<H", raw, 56, 3000)
    raw += headers
    path = make(tmp_path, {f"pkg/m{n}.so": bytes(raw) for n in range(3000)})
    begun = time.process_time()
    report = report_on(path)
    assert time.process_time() - begun < SECONDS
    assert any(f.id in ("NPA211", "NPA402") for f in report.findings)
    assert report.unchecked


@pytest.mark.parametrize(
    "line",
    ["Requires-Dist: numpy>=1.2{}\n", "Requires-Dist: a; python_version < '{}'\n", "X-{}: y\n"],
)
def test_long_metadata_is_unchecked_and_soon_done(tmp_path: Path, line: str) -> None:
    lines = "".join(line.format(n) for n in range(4_000_000 // len(line)))
    path = make(tmp_path, {}, about=ABOUT + lines)
    begun = time.process_time()
    report = report_on(path)
    assert time.process_time() - begun < SECONDS / 2
    assert [f.severity for f in report.findings if "METADATA" in f.message] == ["unchecked"]


def test_nested_marker_is_a_fault(tmp_path: Path) -> None:
    marker = "(" * 1500 + "python_version > '3'" + ")" * 1500
    report = report_on(make(tmp_path, {}, about=f"{ABOUT}Requires-Dist: numpy; {marker}\n"))
    assert not report.error
    assert "NPA403" in {f.id for f in report.findings}


def test_long_record_is_unchecked(tmp_path: Path) -> None:
    record = "".join(f"{n},,\n" for n in range(200_001))
    report = report_on(make(tmp_path, {}, record=record))
    assert any(f.id == "NPA403" and f.severity == "unchecked" for f in report.findings)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("member", ["METADATA", "RECORD", MODULE])
def test_small_declared_size_bounds_memory(tmp_path: Path, method: int, member: str) -> None:
    """1,450 bytes that claim to be 300, and would unpack to 1.5 GB."""
    path = tmp_path / "pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    name = member if member == MODULE else f"pkg-1.0.dist-info/{member}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, packed(method), zipfile.ZIP_STORED)
        archive.writestr("pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    claim(path, name, method, 300)
    tracemalloc.start()
    report = report_on(path)
    with zip_file.open_archive(path) as archive, pytest.raises(Unreadable):
        zip_file.read(archive, archive.getinfo(name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 << 20
    assert report.unchecked or report.failed(strict=False)


def packed(method: int) -> bytes:
    """Much of nothing, packed."""
    if method == zipfile.ZIP_BZIP2:
        return bz2.compress(bytes(BOMB // 10))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        archive.writestr("x", bytes(BOMB // 10))
        info = archive.getinfo("x")
    start = 30 + len("x")
    return content.getvalue()[start : start + info.compress_size]


def claim(path: Path, name: str, method: int, size: int) -> None:
    """Write another method and unpacked size into a member's two headers."""
    raw = bytearray(path.read_bytes())
    central = raw.rfind(b"PK\1\2", 0, raw.rfind(name.encode()))
    for at, fields in ((raw.find(b"PK\3\4"), (8, 22)), (central, (10, 24))):
        struct.pack_into("<H", raw, at + fields[0], method)
        struct.pack_into("<I", raw, at + fields[1], size)
    path.write_bytes(raw)


def test_list_of_members_that_two_records_size_differently(tmp_path: Path) -> None:
    """Python reads the zip64 record before the locator, others the one that it points to."""
    path = make(tmp_path, {MODULE: b"x" * 60})
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\5\6")
    end = bytes(raw[at:])
    count, size, start = struct.unpack_from("<HLL", end, 10)
    small = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 10**9, 1 << 40, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    path.write_bytes(bytes(raw[:at]) + small + large + locator + end)
    assert "more than any wheel" in report_on(path).error


def test_impossible_dates_and_extras_are_read(tmp_path: Path) -> None:
    path = make(tmp_path, {MODULE: Shared(defined=["PyInit_mod"]).build()})
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\1\2")
    while at >= 0:
        struct.pack_into("<HH", raw, at + 12, 0xFFFF, 0xFFFF)
        at = raw.find(b"PK\1\2", at + 1)
    path.write_bytes(raw)
    report = report_on(path)
    assert not report.error
    assert len(report.modules) == 1
