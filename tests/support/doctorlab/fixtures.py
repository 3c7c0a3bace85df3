"""Fixtures: the doctor under test is the single file, made once from the tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import components
import pytest

from doctorlab.lab import Lab, Missing

TOP = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with npwheel-doctor.pyz and npwheel-doctor.py, made by the project's tool."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, TOP / "tools/make_pyz.py", folder], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def workshop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """What all scenes share."""
    os.umask(0o022)  # in some scenes another user reads what is made here
    return Lab(built / "npwheel-doctor.pyz", tmp_path_factory.mktemp("lab"))


@pytest.fixture
def lab(workshop: Lab) -> Iterator[Lab]:
    """The workshop, cleaned up after each test."""
    yield workshop
    workshop.close()


@pytest.fixture
def need() -> Need:
    """Turns what is missing into a loud skip, or a failure if all must be there."""
    return Need()


class Need:
    """A skip that names what this machine lacks."""

    def skip(self, missing: Missing, what: str) -> NoReturn:
        """Skip; with NPWHEEL_REQUIRE_ALL set, fail."""
        components.skip(str(missing), what)
