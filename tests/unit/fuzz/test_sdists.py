"""Any sdist: facts of its project or one error of ours, and nothing outside its folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import sdists_target
from sdists_target import PROJECTS, SPLIT

CONTENT = (
    st.sampled_from(PROJECTS)
    | st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The bytes of a sound archive with some of them replaced."""
    data = bytearray(sdists_target.archive([draw(CONTENT), draw(CONTENT)]))
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CONTENT, max_size=10).map(SPLIT.join) | damaged() | st.binary(max_size=600))
def test_any_sdist_is_read_or_refused(data: bytes) -> None:
    sdists_target.one(data)


@pytest.mark.parametrize("content", PROJECTS, ids=range(len(PROJECTS)))
@pytest.mark.parametrize("place", [0, 1, 2])
def test_hostile_metadata_of_a_project(content: bytes, place: int) -> None:
    sdists_target.one(SPLIT.join([b""] * place + [content]))
