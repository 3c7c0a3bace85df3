"""The places: whole, sourced, and found by what a machine says of itself."""

from __future__ import annotations

import pytest

from npwheel import places

FIELDS = {"pips", "default", "os", "arch", "libc", "python", "pip", "page_kib"}


@pytest.mark.parametrize("place", places.load(), ids=lambda place: place.id)
def test_whole(place: places.Place) -> None:
    """Every field has a status, every place a source; nothing is guessed silently."""
    assert place.name and place.os and place.arch and place.python and place.sources
    assert set(place.status) <= FIELDS
    assert set(place.status.values()) <= {"sourced", "inferred", "measured"}
    assert {name for name, _ in place.libc} <= {"glibc", "musl"}
    assert set(place.page_kib) <= {4, 16, 64}


def test_ids_are_unique() -> None:
    """An id names one place."""
    ids = [place.id for place in places.load()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("system", "name"),
    [
        (("alpine", "3.23.6", "x86_64"), "Alpine 3.23"),
        (("ubuntu", "24.04", "aarch64"), "Ubuntu 24.04 noble"),
        (("rhel", "9.4", "x86_64"), "RHEL, AlmaLinux, Rocky 9"),
        (("debian", "1", "x86_64"), None),
        (("debian", "12", "sparc"), None),
    ],
)
def test_matching(system: tuple[str, str, str], name: str | None) -> None:
    """By ID and VERSION_ID of os-release and the architecture."""
    found = places.matching(*system)
    assert (found.name if found else None) == name
