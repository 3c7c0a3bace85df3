"""Which NumPy a project's wheels must reach, and whether the headers' default does.

NumPy's headers compile for a C-API release that they choose; where the oldest NumPy that
the metadata admits on a Python is older, NPY_TARGET_VERSION must say so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from packaging.specifiers import SpecifierSet

from npwheel.core import package_data
from npwheel.core.targets import Target
from npwheel.numpy_releases import table


@dataclass(frozen=True)
class Reach:
    """One Python: the lowest NumPy of any target, and the NumPy whose headers build there."""

    python: str
    lowest: str
    headers: str


@cache
def _defaults() -> tuple[tuple[str, str], ...]:
    text = package_data.read_text(__package__, "headers.json")
    return tuple((first, target) for first, target in json.loads(text)["default_target"])


def default_target(headers: str) -> str:
    """The C-API release for which a NumPy's headers compile by default: "2.3.5" -> "1.23"."""
    found = [target for first, target in _defaults() if table.key(first) <= table.key(headers)]
    return found[-1] if found else headers


def reaches(
    pythons: Sequence[str],
    targets: Sequence[Target],
    runtime: SpecifierSet,
    build: SpecifierSet,
) -> tuple[list[Reach], dict[str, list[str]]]:
    """(what each Python must reach, target -> Pythons for which no admitted NumPy has a wheel).

    runtime: what the metadata admits of NumPy; build: what the build requires of it.
    """
    found: list[Reach] = []
    without: dict[str, list[str]] = {}
    for python in pythons:
        lowest: list[str] = []
        headers: list[str] = []
        for target in targets:
            releases = table.releases(python, target.libc, target.arch)
            admitted = [release for release in releases if runtime.contains(release)]
            if admitted:
                lowest.append(admitted[0])
            else:
                without.setdefault(target.name, []).append(python)
            headers += [release for release in releases if build.contains(release)][-1:]
        if lowest and headers:
            oldest = min(lowest, key=table.key)
            found.append(Reach(python, oldest, max(headers, key=table.key)))
    return found, without


def target_macro(found: Sequence[Reach], *, abi3: bool, abi3_from: str = "") -> tuple[str, str]:
    """(the macro that NPY_TARGET_VERSION must be, why), or ("", why not).

    A stable-ABI wheel is built once and used on every Python from `abi3_from` on ("" for all),
    so there the newest headers are held against the lowest NumPy of those; else each Python's
    own are.
    """
    if not found:
        return "", "no admitted NumPy has a wheel for any of its Pythons"
    oldest = table.key(abi3_from or found[0].python.rstrip("t"))
    served = [r for r in found if abi3 and table.key(r.python.rstrip("t")) >= oldest]
    everywhere = min((reach.lowest for reach in served), key=table.key, default="")
    pairs = [(everywhere if reach in served else reach.lowest, reach) for reach in found]
    short = [
        (lowest, reach)
        for lowest, reach in pairs
        if (table.api_of_release(default_target(reach.headers)) or 0)
        > (table.api_of_release(lowest) or 0)
    ]
    if not short:
        return "", "the headers' own default reaches every admitted NumPy that has a wheel"
    lowest, reach = min(short, key=lambda pair: table.key(pair[0]))
    return (
        _macro(lowest),
        f"NumPy {reach.headers}'s headers compile for {default_target(reach.headers)} and later, "
        f"but {lowest} is admitted"
        + (" by a stable-ABI wheel" if reach in served else f" on Python {reach.python}"),
    )


def _macro(release: str) -> str:
    """The macro of the C-API version of a release: "1.21.2" -> "NPY_1_20_API_VERSION"."""
    first = table.release_of_api(table.api_of_release(release) or 0)
    return f"NPY_{first.replace('.', '_')}_API_VERSION"
