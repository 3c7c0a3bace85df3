"""The NumPy that a distribution packages: its release, and how a resolver can see it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.specifiers import SpecifierSet

from npwheel.containers import local
from npwheel.containers.local import debian_locks
from npwheel.core.errors import ImageError
from npwheel.prove.systems import System

# "1:2.2.4+ds-1" of Debian, "2.3.5-r0" of Alpine, "1.23.5-3.el9" of RPM; an epoch comes first.
_RELEASE = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)+(?:(?:a|b|rc)\d+)?)")


def release(version: str) -> str:
    """Return NumPy's release of a package version: "2.2.4" of "1:2.2.4+ds-1"; "" for others."""
    match = _RELEASE.match(version)
    return match[1] if match else ""


def refused(package: str, version: str, bound: SpecifierSet) -> str:
    """Return why a wheel's requirement rejects the package's NumPy; "" where it does not."""
    found = release(version)
    if not found or bound.contains(found, prereleases=True):
        return ""
    return f"the wheel requires numpy{bound}; {package} {version} provides {found}"


def expected(systems: Sequence[System]) -> Mapping[str, str]:
    """Return system -> version of its NumPy package, as the locks of local systems have it."""
    found = {}
    recipes = local.recipes()
    for system in systems:
        recipe = recipes.get(system.recipe)
        if system.numpy is None or recipe is None or recipe.lock is None:
            continue
        try:
            package = debian_locks.read(recipe.lock).get(system.numpy.package)
        except ImageError:  # the system itself reports it when it is made
            continue
        if package is not None:
            found[system.name] = package.version
    return found


def placeholder(folder: Path, version: str) -> Path:
    """Write a wheel of metadata alone, with which a resolver takes NumPy as installed."""
    path = folder / f"numpy-{version}-py3-none-any.whl"
    info = f"numpy-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: numpy\nVersion: {version}\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path
