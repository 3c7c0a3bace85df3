"""The modes themselves: declared whole, in the index, and each tested somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from doctorlab import all_scenes
from doctorlab.canned import BY_FACTS, TEXTS
from doctorlab.lab import Lab
from doctorlab.scene import SCENES

from npwheel.doctor import fixes, modes, requires
from npwheel.doctor.mode import Mode

FOLDER = Path(str(modes.__file__)).parent
assert all_scenes.MODULES


def test_every_file_is_in_the_order() -> None:
    """A new file that nobody lists would never run."""
    files = {path.stem for path in FOLDER.glob("npd*.py")}
    assert files == set(modes.ORDER)
    assert len(modes.ORDER) == len(set(modes.ORDER))


@pytest.mark.parametrize("mode", modes.load(), ids=lambda mode: mode.id)
def test_declared_whole(mode: Mode) -> None:
    """All metadata is there, the file is named for the id, signatures compile."""
    assert re.fullmatch(r"NPD\d{3}", mode.id)
    assert mode.id[3:] == type(mode).__module__.rpartition(".")[2][3:6]
    assert mode.title and mode.seen and mode.detected and mode.fixes and mode.sources
    assert {p for p, _ in mode.fixes} <= {"pip", "uv", "conda", "apt", "apk", "dnf", "env", "edit"}
    re.compile(mode.signature)


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_options_of_installers(tool: str, lab: Lab) -> None:
    """pip and uv know every option that a command gives them."""
    text = " ".join(template for mode in modes.load() for _, template in mode.fixes)
    text += " ".join(path.read_text() for path in FOLDER.glob("npd*.py"))
    lines = re.findall(r"\{pip\}((?: --[\w-]+(?:=[\w:]+)?)+)", text.replace("{name}", "numpy"))
    options = {option for line in lines for option in line.split()}
    assert {"--ignore-installed", "--force-reinstall", "--no-deps"} <= options
    start = lab.pip() if tool == "pip" else [lab.tool("uv"), "pip"]
    other = dict(fixes.OF_UV) if tool == "uv" else {}
    for option in sorted(options):
        lab.run([*start, "install", other.get(option, option), "--help"])


def test_ids_are_unique() -> None:
    """An id names one mode for ever."""
    ids = [mode.id for mode in modes.load()]
    assert len(ids) == len(set(ids))


def test_every_mode_is_tested() -> None:
    """For real, or marked as canned."""
    real = {scene.mode for scene in SCENES}
    canned = set(TEXTS) | set(BY_FACTS)
    assert {mode.id for mode in modes.load()} == (real | canned) - {"NPD000"}


def test_page_is_fresh() -> None:
    """docs/doctor-modes.md is what the tool writes from this data."""
    tool = Path(__file__).resolve().parents[3] / "tools/doctor_docs.py"
    done = subprocess.run(
        [sys.executable, tool, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("spec", "version", "expected"),
    [
        (">=1.22.4,<2.3", "1.20.3", False),
        (">=1.22.4,<2.3", "1.22.4", True),
        ("<2", "2.0.0", False),
        ("<=2", "2.0.0", True),
        ("~=1.20.1", "1.21.0", False),
        ("~=1.20", "1.26.4", True),
        ("~=1.20", "1.19.5", False),
        ("==1.20.*", "1.20", True),
        ("!=1.20.*", "1.20.3", False),
        ("==2.9", "2.9.0.post0", True),
        ("===1.20", "1.20.0", True),
        ("!=1.24.0", "1.24", False),
        (">1.20", "1.20.3+local.5", True),
        (">=1.20", "2.0.0rc1", None),
        ("@https://example.org/x", "1.0", None),
    ],
)
def test_requirements(spec: str, version: str, expected: bool | None) -> None:
    """A requirement is held against a release as PEP 440 says; what is not plain is left open."""
    assert requires.admits(spec, version) is expected


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        (None, True),
        ('python_version < "3.11"', True),
        ('python_version >= "3.11"', False),
        ("python_version >= '3.9' and python_version < '3.10'", True),
        ('extra == "test"', False),
        ('sys_platform == "win32"', False),
    ],
)
def test_markers(marker: str | None, expected: bool) -> None:
    """Only what is sure to apply to this Python counts."""
    assert requires.applies(marker, (3, 9, 18)) is expected


@pytest.mark.parametrize(
    ("text", "built", "running"),
    [
        ("module compiled against API version a but this version of numpy is 9", "a", "9"),
        ("module compiled against API version 0xc but this version of numpy is 0x9", "c", "9"),
        ("module was compiled against NumPy C-API version 0x12 (NumPy 2.0) but the running NumPy "
         "has C-API version 0x10", "12", "10"),
    ],
)  # fmt: skip
def test_api_versions_in_every_wording(text: str, built: str, running: str) -> None:
    """Old headers write the numbers without `0x`."""
    (mode,) = [mode for mode in modes.load() if mode.id == "NPD003"]
    match = re.search(mode.signature, "RuntimeError: " + text)
    assert match is not None
    assert match.groups()[1:] == (built, running)
