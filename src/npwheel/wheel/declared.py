"""What a wheel's METADATA declares of Python and of its requirements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from npwheel.core.errors import NotChecked
from npwheel.core.requirements import of_extra
from npwheel.wheel.archive import open_wheel


@dataclass(frozen=True)
class Declared:
    """Requires-Python and Requires-Dist; what only an extra asks for is left out."""

    requires_python: SpecifierSet
    requires: tuple[Requirement, ...]


def read(wheel: Path) -> Declared:
    """The metadata of a wheel file. Raises NotChecked when it cannot be read."""
    with open_wheel(wheel) as source:
        found = source.metadata
    if not found.name or any("Requires" in fault for fault in found.faults):
        raise NotChecked(
            f"the metadata of {wheel.name} cannot be understood", why="; ".join(found.faults)
        )
    needed = tuple(r for r in found.requires if not of_extra(r))
    return Declared(found.requires_python or SpecifierSet(), needed)
