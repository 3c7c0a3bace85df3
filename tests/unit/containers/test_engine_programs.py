"""ci/engine: programs small enough to be read, and the same as their sources."""

import re
import struct
import subprocess
from pathlib import Path

import pytest

from npwheel.containers import emulation
from npwheel.core import paths

ENGINE = paths.ci() / "engine"
SIZES = {"byte": "B", "short": "<H", "long": "<I", "quad": "<Q"}


def assembled(source: Path) -> bytes:
    """What an assembler makes of a source that is data only."""
    out = b""
    for line in source.read_text("utf-8").splitlines():
        code = line.split("//", 1)[0].strip()
        if not code:
            continue
        found = re.fullmatch(r"\.(byte|short|long|quad) (.+)", code)
        assert found, line
        for value in found[2].split(","):
            out += struct.pack(SIZES[found[1]], int(value, 0))
    return out


@pytest.mark.parametrize("arch", ["x86_64", "aarch64", "armv7l"])
def test_the_program_agrees_with_its_source(arch: str) -> None:
    program = ENGINE / f"exit0-{arch}"
    assert program.read_bytes() == assembled(program.with_name(f"{program.name}.S"))
    assert program.stat().st_mode & 0o111


@pytest.mark.parametrize(
    "arch, sizes, offset", [("x86_64", "<QQ", 96), ("aarch64", "<QQ", 96), ("armv7l", "<II", 68)]
)
def test_the_headers_count_the_whole_file(arch: str, sizes: str, offset: int) -> None:
    program = (ENGINE / f"exit0-{arch}").read_bytes()
    in_file, in_memory = struct.unpack_from(sizes, program, offset)
    assert in_file == in_memory == len(program) < 256


def test_it_exits_with_0() -> None:
    program = ENGINE / f"exit0-{emulation.machine()}"
    assert subprocess.run([program], check=False).returncode == 0
