"""Everything that fuzzing kept still is read without an exception of another kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import elf_target  # noqa: E402

KEPT = sorted((HERE / "corpus" / "elf").iterdir())


def test_there_is_a_corpus() -> None:
    assert len(KEPT) >= 8


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_elf(path: Path) -> None:
    elf_target.one(path.read_bytes())
