"""Any environment: the doctor reports, no mode ends with an exception of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import environments_target
from environments_target import FILES, PIECES, SPLIT

CONTENT = st.sampled_from(PIECES) | st.binary(max_size=200)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CONTENT, min_size=1, max_size=len(FILES) + 2).map(SPLIT.join))
def test_any_environment_is_reported(data: bytes) -> None:
    environments_target.one(data)


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_the_same_content_everywhere(piece: bytes) -> None:
    environments_target.one(SPLIT.join([piece] * (len(FILES) + 2)))
