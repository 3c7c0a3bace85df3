"""Which NumPy a machine gets: what its pip installs, and the newest that comes as a wheel.

pip takes the newest release that its Python admits, though it have no wheel there:
then it compiles the source. The data is `data/numpy_wheels.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from npwheel.core import package_data
from npwheel.numpy_releases import table
from npwheel.where.machines import PlaceMachine, taken


@dataclass(frozen=True)
class InstalledNumpy:
    """chosen: what plain `pip install` takes, "" for nothing; wheel: the newest with a wheel."""

    chosen: str
    wheel: str

    @property
    def compiled(self) -> bool:
        """True where plain pip would compile NumPy."""
        return self.chosen != self.wheel


@cache
def _data() -> dict[str, Any]:
    text = package_data.read_text(__package__, "numpy_wheels.json")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def releases() -> tuple[str, ...]:
    """Every NumPy release with a wheel for some Linux, oldest first."""
    found = {release for rows in table.DATA["wheels"].values() for release in rows}
    return tuple(sorted(found, key=table.key))


def requires_python(release: str) -> str:
    """Requires-Python of a NumPy release."""
    wanted = Version(release)
    rows = [row for row in _data()["requires_python"] if Version(row[0]) <= wanted]
    return str(rows[-1][1]) if rows else ""


def wheels(machine: PlaceMachine) -> tuple[str, ...]:
    """The releases with a wheel that the machine's pip takes, oldest first."""
    platforms = {tag.platform for tag in taken(machine)}
    runs = _data()["wheels"].get(f"{machine.libc} {machine.arch}", {}).get(machine.minor, [])
    found = []
    for release in table.releases(machine.minor, machine.libc, machine.arch):
        for first, last, tags in runs:
            if Version(first) <= Version(release) <= Version(last):
                if any(f"{tag}_{machine.arch}" in platforms for tag in tags.split()):
                    found.append(release)
                break
    return tuple(found)


def there(
    machine: PlaceMachine, declared: SpecifierSet, loads: Callable[[str], bool] = lambda _: True
) -> InstalledNumpy:
    """The NumPy that the machine gets beside a wheel.

    declared: what the wheel's metadata admits, all that pip looks at;
    loads: does the wheel really load on that release?
    """
    admitted = [
        release
        for release in releases()
        if declared.contains(release)
        and SpecifierSet(requires_python(release)).contains(machine.full_python)
    ]
    usable = [
        release for release in wheels(machine) if declared.contains(release) and loads(release)
    ]
    return InstalledNumpy(admitted[-1] if admitted else "", usable[-1] if usable else "")
