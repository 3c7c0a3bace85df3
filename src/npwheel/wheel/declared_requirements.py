"""Read Requires-Python and Requires-Dist from a wheel's METADATA."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from npwheel.core.errors import NotChecked
from npwheel.core.requirements import of_extra
from npwheel.wheel.archive import open_wheel


@dataclass(frozen=True)
class DeclaredRequirements:
    """Requires-Python and Requires-Dist, without requirements of extras."""

    requires_python: SpecifierSet
    requires: tuple[Requirement, ...]


def read(wheel: Path) -> DeclaredRequirements:
    """Read the requirements of a wheel file. Raises NotChecked if they are malformed."""
    with open_wheel(wheel) as source:
        found = source.metadata
    if not found.name or any("Requires" in fault for fault in found.faults):
        raise NotChecked(
            f"the metadata of {wheel.name} cannot be understood", why="; ".join(found.faults)
        )
    needed = tuple(r for r in found.requires if not of_extra(r))
    return DeclaredRequirements(found.requires_python or SpecifierSet(), needed)
