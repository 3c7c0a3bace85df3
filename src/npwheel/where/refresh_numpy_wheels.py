"""Makes `data/numpy_wheels.json` anew: `python -m npwheel.where.refresh_numpy_wheels`.

What `npwheel.numpy_releases.table` does not hold: under which platform tags the wheels of
each release come, and which Pythons a release admits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packaging.version import Version

from npwheel.core.files import write_text
from npwheel.core.index import IndexFile, files
from npwheel.core.tags import parse_platform, python_order

PATH = Path(__file__).with_name("data") / "numpy_wheels.json"
_INTERPRETER = re.compile(r"cp(\d)(\d+)")


def refresh(path: Path = PATH) -> dict[str, Any]:
    """Write the data file and return its content. Raises PlanError when the index is silent."""
    made = table(files("numpy"))
    targets = json.dumps(made["wheels"], indent=1)
    # One run of releases a line.
    targets = re.sub(r"\[\s+(\"[^]]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", targets)
    head = {key: value for key, value in made.items() if key != "wheels"}
    text = json.dumps(head, indent=1)
    text = re.sub(r"\[\s+(\"[^]]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    write_text(path, f'{text[:-2]},\n "wheels": {targets}\n}}\n')
    return made


def table(found: Sequence[IndexFile]) -> dict[str, Any]:
    """The content of the data file, from the index's files of NumPy."""
    tagged: dict[str, dict[str, dict[Version, set[str]]]] = {}
    needs: dict[Version, str] = {}
    for file in found:
        version = file.version
        if version is None or version.is_prerelease or file.yanked:
            continue
        needs[version] = file.requires_python or ""
        for tag in file.tags:
            where = parse_platform(tag.platform)
            who = _INTERPRETER.fullmatch(tag.interpreter)
            if where and who:
                target = f"{where.libc} {where.arch}"
                python = f"{who[1]}.{who[2]}{'t' if tag.abi.endswith('t') else ''}"
                rows = tagged.setdefault(target, {}).setdefault(python, {})
                rows.setdefault(version, set()).add(where.name)
    return {
        "schema_version": 1,
        "requires_python": _changes(needs),
        "wheels": {
            target: {
                python: _runs(rows)
                for python, rows in sorted(pythons.items(), key=lambda p: python_order(p[0]))
            }
            for target, pythons in sorted(tagged.items())
        },
    }


def _changes(needs: dict[Version, str]) -> list[list[str]]:
    """[first release, its Requires-Python] where it differs from the release before."""
    rows: list[list[str]] = []
    for version in sorted(needs):
        if not rows or rows[-1][1] != needs[version]:
            rows.append([str(version), needs[version]])
    return rows


def _runs(rows: dict[Version, set[str]]) -> list[list[str]]:
    """[first release, last release, platform tags] of releases that come under the same tags."""
    runs: list[list[str]] = []
    for version in sorted(rows):
        tags = " ".join(sorted(rows[version]))
        if runs and runs[-1][2] == tags:
            runs[-1][1] = str(version)
        else:
            runs.append([str(version), str(version), tags])
    return runs


if __name__ == "__main__":
    refresh()
