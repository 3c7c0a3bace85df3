"""Which releases of a project a Python on a platform can have, by the real tag logic."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag

from npwheel.core.index import IndexFile


def range_for(
    files: Iterable[IndexFile], python: str, tags: Iterable[Tag]
) -> tuple[str, str] | None:
    """(lowest, newest) final release with a wheel for these tags that is not yanked.

    python: "3.9" or "3.14t". None when no release has such a wheel.
    """
    accepted = frozenset(tags)
    versions = {
        file.version
        for file in files
        if file.version is not None
        and not file.version.is_prerelease
        and not file.yanked
        and not file.tags.isdisjoint(accepted)
        and _admits(file.requires_python, python.rstrip("t"))
    }
    if not versions:
        return None
    return str(min(versions)), str(max(versions))


def admitted(files: Iterable[IndexFile], bound: SpecifierSet) -> list[IndexFile]:
    """The wheels of releases that a requirement admits."""
    return [file for file in files if file.version is not None and bound.contains(file.version)]


def _admits(requires_python: str | None, python: str) -> bool:
    if not requires_python:
        return True
    try:
        # Installers compare with a full release; any micro will do for numpy's bounds.
        return SpecifierSet(requires_python).contains(f"{python}.99", prereleases=True)
    except InvalidSpecifier:
        return True
