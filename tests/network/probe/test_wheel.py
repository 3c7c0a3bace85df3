"""What the wheel says and carries."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

EXT = Path(__file__).resolve().parents[3] / "ext"


@pytest.fixture(scope="module")
def members(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_tags(wheel: Path, members: dict[str, bytes]) -> None:
    """One wheel for all CPython from 3.9, on a platform tag that others can install."""
    assert re.fullmatch(r"npwheel_probe-[0-9.]+-cp39-abi3-(many|musl)linux.*\.whl", wheel.name), (
        wheel.name
    )
    [metadata] = [members[name] for name in members if name.endswith(".dist-info/WHEEL")]
    assert b"Tag: cp39-abi3-" in metadata
    assert "npwheel_probe/_core.abi3.so" in members
    assert "npwheel_probe/py.typed" in members


def test_stable_abi(wheel: Path) -> None:
    """abi3audit finds no symbol from outside the limited API of 3.9."""
    subprocess.run(
        [sys.executable, "-m", "abi3audit", "--strict", "--report", wheel],
        check=True,
        capture_output=True,
    )


def test_licences(members: dict[str, bytes]) -> None:
    """Of all that is bundled."""
    licences = {name: text for name, text in members.items() if "/licenses/" in name}
    texts = b"\n".join(licences.values())
    assert b"The OpenBLAS Project" in texts
    bundled = " ".join(name for name in members if ".libs/" in name)
    assert "libscipy_openblas" in bundled
    for library, words in {
        "libgfortran": b"GCC RUNTIME LIBRARY EXCEPTION",
        "libquadmath": b"Quad-Precision Math Library",
        "libgcc_s": b"GCC RUNTIME LIBRARY EXCEPTION",
    }.items():
        assert library not in bundled or words in texts, library
    assert "libc." not in bundled


def test_no_path_of_the_build(members: dict[str, bytes]) -> None:
    """Nothing of the machine that built it, which would differ from build to build."""
    module = members["npwheel_probe/_core.abi3.so"]
    assert b"/tmp/" not in module
    assert str(EXT).encode() not in module


def test_target_can_be_read(members: dict[str, bytes]) -> None:
    """NumPy's headers leave a text that tells the target; `npwheel audit` reads it."""
    assert b"compiled against NumPy C-API version" in members["npwheel_probe/_core.abi3.so"]
    assert b"(NumPy 1.16)" in members["npwheel_probe/_core.abi3.so"]


def test_pins_agree(probe: ModuleType) -> None:
    """One OpenBLAS: in the lock, for builds from source, and in the wheel."""
    lock = (EXT / "requirements" / "openblas.txt").read_text(encoding="utf-8")
    [pinned] = re.findall(r"^scipy-openblas32==(\S+)", lock, re.MULTILINE)
    project = tomllib.loads((EXT / "pyproject.toml").read_text(encoding="utf-8"))
    [override] = project["tool"]["scikit-build"]["overrides"]
    assert override["build"]["requires"] == [f"scipy-openblas32=={pinned}"]
    assert probe.blas_info()["version"] == pinned
    assert probe.__version__ == project["project"]["version"]
