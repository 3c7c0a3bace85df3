"""Which release of a distribution was the first that loads on NumPy 2, by our own audit.

Reads tools/numpy2.toml and the index, and writes src/npwheel/doctor/numpy2.json, from which
the doctor knows whether an upgrade fixes a module that was built on NumPy 1.x.

Usage: python tools/numpy2.py [NAME…]     (default: those that are not known yet)
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from npwheel.audit.audit_wheel import audit_wheel
from npwheel.core import download
from npwheel.core.errors import NpwheelError
from npwheel.core.index import IndexFile, files

TOP = Path(__file__).resolve().parents[1]
NAMES = TOP / "tools" / "numpy2.toml"
DATA = TOP / "src" / "npwheel" / "doctor" / "numpy2.json"
ABOUT = (
    "first: the first release whose x86-64 wheel loads on NumPy 2, of distributions with older "
    "ones that do not. not_on: Pythons whose newest wheel still does not. By tools/numpy2.py."
)
LIMIT = 300 << 20  # bytes; larger wheels are not fetched for this


PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


class Distribution:
    """The CPython wheels for x86-64 of a distribution's releases; each is read once."""

    def __init__(self, name: str) -> None:
        # release -> Python ("3.9", also for abi3 from it on) -> wheel
        self.releases: dict[Version, dict[str, IndexFile]] = {}
        self._known: dict[str, bool | None] = {}
        for file in files(name):
            version = file.version
            if version and not version.is_prerelease and not file.yanked:
                for tag in file.tags:
                    made_for = re.fullmatch(r"cp3(\d+)", tag.interpreter)
                    fits = tag.platform.endswith("x86_64") and "manylinux" in tag.platform
                    if fits and made_for and not tag.abi.endswith("t"):
                        stable = [p for p in PYTHONS if int(p[2:]) >= int(made_for[1])]
                        for python in stable if tag.abi == "abi3" else [f"3.{made_for[1]}"]:
                            self.releases.setdefault(version, {})[python] = file

    def loads(self, file: IndexFile) -> bool | None:
        """Does a wheel load on NumPy 2? None where it binds none, is huge, or cannot be read."""
        if file.filename not in self._known and (file.size or 0) <= LIMIT:
            wheel = download.wheel(file)
            try:
                found = audit_wheel(wheel, ()).numpy.ceiling
            finally:
                wheel.unlink()
            self._known[file.filename] = None if found is None else found == "2.x"
        return self._known.get(file.filename)

    def first(self) -> str:
        """The first release that loads on NumPy 2; "" where none does, or none refused.

        Releases once built on NumPy 2 stay so: halving finds the first.
        """
        versions = sorted(self.releases)
        ends = {v: self.releases[v][max(self.releases[v], key=_key)] for v in versions}
        if not versions or not self.loads(ends[versions[-1]]):
            return ""
        low, high = 0, len(versions) - 1
        while low < high:
            middle = (low + high) // 2
            if self.loads(ends[versions[middle]]):
                high = middle
            else:
                low = middle + 1
        return str(versions[high]) if False in self._known.values() else ""

    def not_on(self) -> list[str]:
        """The Pythons whose newest wheel does not load on NumPy 2."""
        newest = {p: w for v in sorted(self.releases) for p, w in self.releases[v].items()}
        return [p for p in PYTHONS if p in newest and not self.loads(newest[p])]


def _key(python: str) -> int:
    return int(python[2:])


def main(wanted: Iterable[str]) -> None:
    """Look up the names, and write after each of them."""
    data: dict[str, Any] = json.loads(DATA.read_text("utf-8")) if DATA.exists() else {}
    first, not_on = dict(data.get("first", {})), dict(data.get("not_on", {}))
    settled = set(first) - set(not_on)
    listed = tomllib.loads(NAMES.read_text("utf-8"))["names"]
    for name in [canonicalize_name(n) for n in wanted] or [n for n in listed if n not in settled]:
        for known in (first, not_on):
            known.pop(name, None)
        try:
            distribution = Distribution(name)
            if release := distribution.first():
                first[name] = release
                if missing := distribution.not_on():
                    not_on[name] = missing
            text = f"{release or 'no release'} {' '.join(not_on.get(name, []))}".strip()
        except NpwheelError as error:
            text = str(error)
        sys.stderr.write(f"{name}: {text}\n")
        made = {"about": ABOUT, "first": first, "not_on": not_on}
        aside = DATA.with_suffix(".new")
        aside.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
        aside.replace(DATA)


if __name__ == "__main__":
    main(sys.argv[1:])
