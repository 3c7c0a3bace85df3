"""Everything that fuzzing kept still is read without an exception of another kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import elf_target  # noqa: E402
import environments_target  # noqa: E402
import sdists_target  # noqa: E402
import wheel_target  # noqa: E402


def kept(target: str) -> list[Path]:
    """The corpus of a target."""
    return sorted((HERE / "corpus" / target).iterdir())


ELVES = kept("elf")
WHEELS = kept("wheel")


def test_there_is_a_corpus() -> None:
    assert len(ELVES) >= 8
    assert len(WHEELS) >= 5


@pytest.mark.parametrize("path", ELVES, ids=lambda path: path.name)
def test_elf(path: Path) -> None:
    elf_target.one(path.read_bytes())


@pytest.mark.parametrize("path", WHEELS, ids=lambda path: path.name)
def test_wheel(path: Path) -> None:
    wheel_target.one(path.read_bytes())


@pytest.mark.parametrize("path", kept("sdists"), ids=lambda path: path.name)
def test_sdist(path: Path) -> None:
    sdists_target.one(path.read_bytes())


@pytest.mark.parametrize("path", kept("environments"), ids=lambda path: path.name)
def test_environment(path: Path) -> None:
    environments_target.one(path.read_bytes())
