"""Components of the system that tests need: which are missing, and skips that name them."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sysconfig
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

SETUP = "nox -s tests -- --setup"
_PREFIX = "NOT RUN, missing "


def components() -> dict[str, Mapping[str, Any]]:
    """Return the components of components.toml by name."""
    return tomllib.loads(Path(__file__).with_name("components.toml").read_text("utf-8"))


def program(name: str) -> str | None:
    """Return the path of a component's first program that is on PATH."""
    if name == "aarch64-compiler" and platform.machine() == "aarch64":
        name = "c-compiler"
    return next(filter(None, map(shutil.which, components()[name]["programs"])), None)


def present(name: str) -> bool:
    """Report whether a component is on this machine."""
    entry = components()[name]
    if "programs" in entry and program(name) is None:
        return False
    if name == "aarch64-compiler" and platform.machine() == "aarch64":
        return True
    include = sysconfig.get_path("include")
    files = [Path(file.format(include=include)) for file in entry.get("files", ())]
    return not files or any(file.exists() for file in files)


def require(name: str, what: str = "") -> str:
    """Return the component's program, or skip the test.

    Raises:
        pytest.skip.Exception: the component is missing.
    """
    if not present(name):
        skip(name, what or f"{SETUP} installs it")
    return (program(name) or "") if "programs" in components()[name] else ""


def skip(name: str, why: str) -> NoReturn:
    """Skip a test for want of a component; with NPWHEEL_REQUIRE_ALL set, fail it."""
    text = f"{_PREFIX}{name}: {why}"
    if os.environ.get("NPWHEEL_REQUIRE_ALL"):
        pytest.fail(text)
    pytest.skip(text)


def missing(reasons: Iterable[str]) -> Counter[str]:
    """Count skipped tests by the component that each lacked, or else by the whole reason."""
    counts: Counter[str] = Counter()
    for reason in reasons:
        if found := re.search(rf"{_PREFIX}([^:(]+)", reason):
            counts[found[1].strip()] += 1
        elif found := re.search(r"NOT RUN[:,] *(.+)", reason, re.DOTALL):
            counts[" ".join(found[1].split())] += 1
    return counts
