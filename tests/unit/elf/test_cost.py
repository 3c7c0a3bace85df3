"""Files made to be dear: each is refused or read, in a process that is small and soon ends."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from elf_builder import Shared

SECONDS = 60  # far above what any of them takes, far below what it took before it was bounded
MEMORY = 300  # MB beside the file itself
MESSAGE = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
ASK = """
import sys
from npwheel import elf
from npwheel.audit import capi, isa
try:
    found = elf.read(open(sys.argv[1], "rb").read())
    found.needed, found.verneed, found.symbols, found.sections
except elf.ElfError as error:
    print("refused:", error)
try:
    image = capi.Image(elf.read(open(sys.argv[1], "rb").read()))
    print(capi.read(image), isa.used(image))
except elf.ElfError as error:
    print("refused:", error)
# Not ru_maxrss, which a child inherits from the process that starts it.
(line,) = [l for l in open("/proc/self/status") if l.startswith("VmHWM")]
print(line.split()[1])
"""


def patched(raw: bytes, layout: str, offset: int, value: int) -> bytes:
    changed = bytearray(raw)
    struct.pack_into(layout, changed, offset, value)
    return bytes(changed)


def same_segment() -> bytes:
    """65535 program headers in the place of one."""
    raw = Shared(data=MESSAGE * 1000).build()
    return patched(patched(raw, "<H", 54, 0), "<H", 56, 0xFFFF)


def whole_file_segments() -> bytes:
    """65535 true program headers, each of which loads the whole file of 24 MB."""
    size = 24 << 20
    row = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 0x10000)
    head = patched(patched(Shared().build()[:64], "<Q", 32, 64), "<H", 56, 0xFFFF)
    return (head + row * 0xFFFF + MESSAGE).ljust(size, b"\x90")


def code_of_references() -> bytes:
    """Two million instructions that all load the message."""
    lines = []
    for number in range(2_000_000):
        lines.append(
            b"\x48\x8d\x35" + struct.pack("<i", Shared.DATA - Shared.CODE - 7 * number - 7)
        )
    # Data lies behind the code in the address space here, as the builder puts it.
    code = b"".join(lines)[: Shared.DATA - Shared.CODE]
    return Shared(code=code, data=MESSAGE).build()


def names_everywhere(machine: str) -> bytes:
    """Two million places for the texts that are looked up in 8 MB of code."""
    data = b"numpy\0size changed, may indicate binary incompatibility\0" + b"dtype\0" * 2_000_000
    return Shared(machine=machine, code=b"\x91" * (8 << 20), data=data).build()


def long_shared_names() -> bytes:
    """Symbols whose names are 60000 tails of one name of 60000 letters."""
    raw = bytearray(Shared(defined=["x" * 60000, *("y" for _ in range(60000))]).build())
    at = raw.find(b"x" * 60000)
    first = struct.unpack_from("<I", raw, raw.find(struct.pack("<I", 1), 64))[0]
    assert at > 0
    assert first == 1
    table = 64 + 6 * 56 + 16  # header, program headers, hash table
    for number in range(60000):
        struct.pack_into("<I", raw, table + 24 * (number + 2), 1 + number)
    return bytes(raw)


def versions_of_one_library() -> bytes:
    many = {"libc.so.6": [f"GLIBC_2.{n}" for n in range(60000)]}
    return Shared(verneed=many).build()


FILES = {
    "the same segment": same_segment,
    "segments of the whole file": whole_file_segments,
    "references": code_of_references,
    "names, x86_64": lambda: names_everywhere("x86_64"),
    "names, aarch64": lambda: names_everywhere("aarch64"),
    "names, i686": lambda: names_everywhere("i686"),
    "symbols": long_shared_names,
    "versions": versions_of_one_library,
}


@pytest.mark.parametrize("kind", FILES)
def test_cost_is_bounded(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "dear.so"
    path.write_bytes(FILES[kind]())
    child = subprocess.Popen(
        [sys.executable, "-c", ASK, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        out, err = child.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        pytest.fail(f"not done after {SECONDS} s")
    assert child.returncode == 0, err
    # The second reading may begin before the first is let go.
    allowed = MEMORY + 2 * path.stat().st_size / 2**20
    assert int(out.split()[-1]) / 1024 < allowed, out
