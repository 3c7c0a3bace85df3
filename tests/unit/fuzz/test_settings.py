"""Random settings give an answer or a line that names the cause, never a traceback."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import settings_target as target  # noqa: E402

LINES = st.tuples(
    st.integers(0, 255), st.integers(0, 255), st.binary(max_size=30) | st.text(max_size=30)
).map(
    lambda parts: (
        bytes(parts[:2])
        + (parts[2] if isinstance(parts[2], bytes) else parts[2].encode("utf-8", "replace"))
    )
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 255), st.lists(LINES, max_size=5))
@example(2, [])
def test_settings_never_end_in_a_traceback(command, lines):
    target.one(bytes([command]) + b"\n".join([b"", *lines]))


def test_every_command_and_every_single_setting():
    for command in range(len(target.COMMANDS)):
        for where in range(len(target.VARIABLES) + len(target.FILES)):
            target.one(bytes([command, 10, where, (where * 7 + command * 3) % len(target.VALUES)]))


def test_a_traceback_would_be_found(monkeypatch):
    import pytest

    from npwheel.cli import plan

    monkeypatch.setattr(plan, "run", lambda _args: 1 / 0)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        target.one(bytes([3]))
