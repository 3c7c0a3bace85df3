"""Wheels of a release on the index: for each system the one that its own installer takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from npwheel.core import download, index
from npwheel.core.errors import PlanError
from npwheel.core.requirements import Release, admits_python
from npwheel.core.tags import installable, platform_tags
from npwheel.core.wheel_selection import by_preference
from npwheel.prove.systems import System


def wheels(release: Release, systems: Sequence[System]) -> tuple[Path, ...]:
    """Fetch the wheels of a release that the systems would install, each once.

    A yanked release counts, as for installers that are given `==`. Raises PlanError where
    the index cannot be read or has no wheel of it, or no system takes any of them.
    """
    files = [file for file in index.files(release.name) if file.version == release.version]
    if not files:
        raise PlanError(f"the index has no wheel of {release}")
    chosen = {}
    for system in systems:
        platforms = platform_tags(system.libc, system.libc_version, system.arch)
        for python in system.pythons:
            own = [file for file in files if admits_python(file.requires_python, python)]
            found = by_preference(own, installable(python, platforms))
            if found:
                chosen[found[0].filename] = found[0]
    if not chosen:
        names = sorted(file.filename for file in files)
        raise PlanError(
            f"no system takes a wheel of {release}",
            why=f"it has {len(names)} files: " + ", ".join(names[:4]) + ("…" * (len(names) > 4)),
        )
    return tuple(download.wheel(file) for file in chosen.values())
