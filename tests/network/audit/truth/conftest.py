"""Where fetched wheels are kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(request: pytest.FixtureRequest) -> Path:
    """The folder that NPWHEEL_TEST_WHEELS names, else pytest's cache."""
    named = os.environ.get("NPWHEEL_TEST_WHEELS")
    return Path(named) if named else request.config.cache.mkdir("npwheel-wheels")
