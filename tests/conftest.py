"""Hooks and fixtures of every test."""

import signal

import components
import pytest
from hypothesis import settings

# Shells start background jobs with it ignored, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine does not make a property fail.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="module")
def engine():
    """The container engine that works here, or a skip that names it; containers are removed."""
    from npwheel.containers import engine as engines
    from npwheel.core.errors import EngineError

    try:
        found = engines.find()
    except EngineError as error:
        components.skip("container engine", error.what)
    yield found
    found.remove_containers()


def pytest_terminal_summary(terminalreporter):
    """List by name what this machine lacks, with the number of tests that were skipped for it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [r.longrepr[2] for r in skipped if isinstance(r.longrepr, tuple)]
    lacking = components.missing(reasons)
    if not lacking:
        return
    terminalreporter.section("missing components", yellow=True)
    for name, count in sorted(lacking.items()):
        terminalreporter.write_line(f"{name}: {count} skipped", yellow=True)
    terminalreporter.write_line(f"{components.SETUP} installs what the system's packages bring")
