"""The wheels to prove: what their names and metadata say, and which one a system would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import BuildTag, InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from npwheel.core.errors import UsageError
from npwheel.core.files import sha256_of
from npwheel.core.requirements import admits_python
from npwheel.core.wheel_selection import by_preference
from npwheel.wheel import Unreadable, open_wheel


@dataclass(frozen=True)
class CandidateWheel:
    """A wheel by its name and its METADATA; none of its code has run."""

    path: Path
    sha256: str
    project: str
    version: Version
    build: BuildTag
    tags: frozenset[Tag]
    requires_python: SpecifierSet

    @property
    def platforms(self) -> str:
        """ "cp39-abi3-manylinux_2_17_x86_64": its tags, as its name has them."""
        return "-".join(self.path.stem.split("-")[-3:])


def load(path: Path) -> CandidateWheel:
    """Read one wheel. Raises UsageError for anything that is not a wheel."""
    try:
        project, version, build, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise UsageError(f"{path} is not a wheel", why=str(error)) from error
    if not path.is_file():
        raise UsageError(f"{path} is not there", next="build it with `npwheel build`")
    try:
        with open_wheel(path) as source:
            about = source.metadata
    except Unreadable as error:
        raise UsageError(f"{path} cannot be read as a wheel", why=error.what) from error
    faults = [*about.unread, *(fault for fault in about.faults if "Requires-Python" in fault)]
    if faults or not about.name:
        why = "; ".join(faults) or "its METADATA is missing, or names no project"
        raise UsageError(f"{path} cannot be read as a wheel", why=why)
    return CandidateWheel(
        path=path,
        sha256=sha256_of(path),
        project=project,
        version=version,
        build=build,
        tags=tags,
        requires_python=about.requires_python or SpecifierSet(),
    )


def best(
    wheels: Sequence[CandidateWheel], python: str, tags: Sequence[Tag]
) -> CandidateWheel | None:
    """Return the wheel that an installer with these tags (best first) takes.

    The newest release wins, then the best tag, then the highest build number.
    """
    admitted = [wheel for wheel in wheels if admits_python(wheel.requires_python, python)]
    ordered = sorted(admitted, key=lambda wheel: wheel.build, reverse=True)
    preferred = by_preference(ordered, tags)
    return max(preferred, key=lambda wheel: wheel.version, default=None)
