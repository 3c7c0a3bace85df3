"""Everything that fuzzing kept still is read without an exception of another kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import elf_target  # noqa: E402
import wheel_target  # noqa: E402

ELVES = sorted((HERE / "corpus" / "elf").iterdir())
WHEELS = sorted((HERE / "corpus" / "wheel").iterdir())


def test_there_is_a_corpus() -> None:
    assert len(ELVES) >= 8
    assert len(WHEELS) >= 5


@pytest.mark.parametrize("path", ELVES, ids=lambda path: path.name)
def test_elf(path: Path) -> None:
    elf_target.one(path.read_bytes())


@pytest.mark.parametrize("path", WHEELS, ids=lambda path: path.name)
def test_wheel(path: Path) -> None:
    wheel_target.one(path.read_bytes())
