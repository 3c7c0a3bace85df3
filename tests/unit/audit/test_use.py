"""What a module's texts say of NumPy, where nothing but them is needed."""

from __future__ import annotations

import pytest
from rule_wheels import module

from npwheel import elf
from npwheel.audit import capi
from npwheel.numpy_releases import table

TEXT = (
    b"module was compiled against NumPy C-API version 0x%%x (NumPy %b) but the running NumPy has "
    b"C-API version 0x%%x.\0"
)


def read(release: str) -> capi.NumpyUse:
    content = module(data=TEXT % release.encode())
    return capi.read(capi.Image(elf.read(content)))


@pytest.mark.parametrize(
    ("release", "api"), [("1.16", 0xD), ("1.23", 0x10), ("1.25+", 0x11), ("2.2", 0x13)]
)
def test_the_release_in_the_text_is_a_version(release: str, api: int) -> None:
    use = read(release)
    assert (use.epoch, use.api, use.source, use.unread) == ("2.x", api, "text", "")


def test_a_release_newer_than_all_known_ones_is_not_guessed() -> None:
    """The table is as old as npwheel: its newest version is not that of every later NumPy."""
    major, minor = table.key(table.newest())[:2]
    assert read(f"{major}.{minor}").api == max(table.API)
    use = read(f"{major}.{minor + 1}")
    assert (use.epoch, use.api) == ("2.x", None)
    assert f"requires NumPy {major}.{minor + 1}, newer than" in use.unread
    assert "install a newer npwheel" in use.unread
