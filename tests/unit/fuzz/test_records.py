"""Any record: one error of ours or none, and nothing outside the folder changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import records_target
from records_target import NAMES, sound

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def value(draw: st.DrawFn) -> Any:
    """A record: any JSON, or a sound one in which one part is replaced, added or taken away."""
    if draw(st.integers(0, 4)) == 0:
        return draw(ODD)
    data: Any = sound("0" * 64, draw(st.sampled_from([1, 2])), draw(st.sampled_from(NAMES)))
    place = data
    for _ in range(draw(st.integers(1, 6))):
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], (dict, list)) and draw(st.booleans()):
            place = place[key]
            continue
        action = draw(st.integers(0, 2))
        if action == 0:
            place[key] = draw(ODD)
        elif action == 1:
            del place[key]
        elif isinstance(place, dict):
            place[draw(st.text())] = draw(ODD)
        break
    return data


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value())
def test_any_record_is_read_or_refused(data):
    records_target.one(records_target.encoded(data))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5000, b"NaN", b"1e999",
        b"null", b'"\\ud800"', b'{"schema_version": true, "wheels": []}', b'{"schema_version": 2}',
    ],
    ids=range(11),
)  # fmt: skip
def test_texts_that_are_no_record(data):
    records_target.one(data)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_a_record_that_names_another_file(version, name):
    records_target.one(records_target.encoded(sound("0" * 64, version, name)))
