"""The wheels that are asked about: files, or all wheels of a release on the index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from npwheel.core import requirements
from npwheel.core.errors import UsageError
from npwheel.wheel import declared_requirements


@dataclass(frozen=True)
class Candidate:
    """One wheel. requires: its Requires-Dist; path: None where only its name is known."""

    file: str
    requires_python: SpecifierSet = field(default_factory=SpecifierSet)
    requires: tuple[Requirement, ...] = ()
    path: Path | None = None

    @cached_property
    def _parsed(self) -> tuple[str, Version, frozenset[Tag]]:
        name, version, _, tags = parse_wheel_filename(self.file)
        return name, version, tags

    @property
    def project(self) -> str:
        """The normalised name of its project."""
        return self._parsed[0]

    @property
    def tags(self) -> frozenset[Tag]:
        """Its tags, one by one."""
        return self._parsed[2]

    def bound(self, python: str, arch: str) -> SpecifierSet:
        """What its metadata admits of NumPy for a Python release on Linux."""
        return requirements.bound_on("numpy", self.requires, python, arch)


def read(path: Path) -> Candidate:
    """A wheel file. Raises UsageError for another name, NotChecked when it cannot be read."""
    try:
        parse_wheel_filename(path.name)
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise UsageError(f"{path.name} is not the name of a wheel", why=str(error)) from error
    metadata = declared_requirements.read(path)
    return Candidate(path.name, metadata.requires_python, metadata.requires, path)


def of_release(requirement: str) -> list[Candidate]:
    """Every Linux wheel of `NAME==VERSION` on the index, by name: nothing is downloaded.

    Raises UsageError when it names no release or that has no wheel for Linux,
    PlanError when the index cannot be read.
    """
    from npwheel.core import index  # noqa: PLC0415  (asks the network)

    wanted = requirements.parse_release(requirement)
    if wanted is None:
        raise UsageError(
            f"{requirement} is neither a wheel file nor NAME==VERSION",
            next="for example: npwheel where numpy==1.20.3",
        )
    wheels = [
        Candidate(file.filename, requirements.specifiers(file.requires_python))
        for file in index.files(wanted.name)
        if file.is_wheel and file.version == wanted.version and _for_linux(file.tags)
    ]
    if not wheels:
        raise UsageError(f"{requirement} has no wheel for Linux on the index")
    return wheels


def _for_linux(tags: Iterable[Tag]) -> bool:
    return any(tag.platform == "any" or "linux" in tag.platform for tag in tags)
