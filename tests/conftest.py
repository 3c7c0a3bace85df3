"""What holds for every test."""

import signal

import pytest

# Shells start background jobs with it ignored, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def engine():
    """The container engine that works here, or a loud skip; what it started is removed."""
    from npwheel.containers import engine as engines
    from npwheel.core.errors import EngineError

    try:
        found = engines.find()
    except EngineError as error:
        pytest.skip(f"NOT RUN, no engine: {error.what}")
    yield found
    found.remove_containers()
