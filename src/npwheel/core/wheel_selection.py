"""Select the wheel that an installer would install, and the releases available to a Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from npwheel.core.index import IndexFile
from npwheel.core.requirements import admits_python


class Tagged(Protocol):
    """A wheel by its tags: a file, or an entry of an index."""

    @property
    def tags(self) -> frozenset[Tag]:
        """Its tags, one by one."""


_Wheel = TypeVar("_Wheel", bound=Tagged)


def by_preference(wheels: Iterable[_Wheel], accepted: Sequence[Tag]) -> list[_Wheel]:
    """Return the wheels that an installer accepts, those with its best tag first.

    accepted: the installer's tags, best first. Wheels of the same tag keep their order.
    """
    ranked = {tag: rank for rank, tag in enumerate(accepted)}
    found = []
    for wheel in wheels:
        ranks = [ranked[tag] for tag in wheel.tags if tag in ranked]
        if ranks:
            found.append((min(ranks), wheel))
    return [wheel for _, wheel in sorted(found, key=lambda pair: pair[0])]


def of_release(
    files: Iterable[IndexFile], version: str, accepted: Sequence[Tag]
) -> IndexFile | None:
    """Return the wheel of a release that installers take; None where it has none for the tags."""
    of_it = [file for file in files if str(file.version) == version and not file.yanked]
    return next(iter(by_preference(of_it, accepted)), None)


def range_for(
    files: Iterable[IndexFile], python: str, tags: Iterable[Tag]
) -> tuple[str, str] | None:
    """Return (lowest, newest) final release with a wheel for these tags that is not yanked.

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
        and admits_python(file.requires_python, python)
    }
    if not versions:
        return None
    return str(min(versions)), str(max(versions))


def newest_final(files: Iterable[IndexFile]) -> str:
    """Return the newest final release that has a wheel for anything; "" for none."""
    versions = [
        file.version
        for file in files
        if file.version is not None and not file.version.is_prerelease and not file.yanked
    ]
    return str(max(versions)) if versions else ""


def newest_prerelease(
    files: Iterable[IndexFile], python: str, tags: Iterable[Tag], newer_than: str
) -> str | None:
    """Return the newest pre-release that is newer than a release; None where there is none."""
    accepted = frozenset(tags)
    versions = {
        file.version
        for file in files
        if file.version is not None
        and file.version.is_prerelease
        and file.version > Version(newer_than)
        and not file.yanked
        and not file.tags.isdisjoint(accepted)
        and admits_python(file.requires_python, python)
    }
    return str(max(versions)) if versions else None


def admitted(files: Iterable[IndexFile], bound: SpecifierSet) -> list[IndexFile]:
    """Return the wheels of releases that a requirement admits."""
    return [file for file in files if file.version is not None and bound.contains(file.version)]
