"""The newest release of a project that this Python would install, as a wheel."""

from __future__ import annotations

import platform
from pathlib import Path

from packaging.tags import sys_tags

from npwheel.core import download, index, wheel_selection
from npwheel.core.requirements import admits_python


def newest_wheel(project: str) -> tuple[str, Path] | None:
    """Return (release, wheel) of the newest final release; None where it has no wheel here.

    Raises PlanError where the index does not answer.
    """
    tags, python = tuple(sys_tags()), platform.python_version()
    files = [f for f in index.files(project) if admits_python(f.requires_python, python)]
    found = wheel_selection.range_for(files, python, tags)
    if found is None:
        return None
    file = wheel_selection.of_release(files, found[1], tags)
    return (found[1], download.wheel(file)) if file else None
