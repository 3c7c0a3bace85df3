"""Write `data/numpy.json`: `python -m npwheel.numpy_releases.refresh_table FILE`.

Wheels are read from the index's file names, C-API versions from the headers in one wheel
of each minor release, and struct sizes from NumPy itself, imported by a Python that the
wheel is for. Without such a Python on this machine the recorded sizes are kept.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from packaging.version import Version

from npwheel.core import download, process, terminal
from npwheel.core.files import write_json
from npwheel.core.index import IndexFile, files
from npwheel.core.tags import machines_of

TYPES = ("dtype", "ndarray", "ufunc")
_INTERPRETER = re.compile(r"cp(\d)(\d+)")
_API = re.compile(rb"#define NPY_API_VERSION (0x[0-9A-Fa-f]+)")
_ASK = "import numpy as n, json; print(json.dumps({t: getattr(n, t).__basicsize__ for t in %r}))"


def refresh(path: Path) -> dict[str, Any]:
    """Write the data file and return its content. Raises PlanError if the index fails."""
    old = json.loads(path.read_text("utf-8")) if path.exists() else {}
    found = [f for f in files("numpy") if f.is_wheel and not f.yanked and _final(f)]
    wheels = _wheels(found)
    api: dict[str, str] = {}
    sizes: dict[str, list[list[Any]]] = {name: [] for name in TYPES}
    for minor, chosen in _one_each_minor(found).items():
        number = _api_of(download.wheel(chosen[0]))
        api.setdefault(f"{number:#x}", minor)
        asked = next(filter(None, map(_sizes_of, chosen)), {}) or _recorded(old, minor)
        terminal.err(f"NumPy {minor}: C-API {number:#x}, sizes {asked}")
        for name, size in asked.items():
            if not sizes[name] or sizes[name][-1][1] != size:
                sizes[name].append([minor, size])
    made = {
        "schema_version": 1,
        "made": date.today().isoformat(),
        "api": api,
        "struct_sizes": sizes,
        # Kept: there is no 32-bit Python to import NumPy, and NumPy has no new 32-bit wheels.
        "struct_sizes_32": old.get("struct_sizes_32", {name: [] for name in TYPES}),
        "wheels": wheels,
    }
    path.parent.mkdir(exist_ok=True)
    write_json(path, made)
    return made


def _final(file: IndexFile) -> bool:
    return file.version is not None and not file.version.is_prerelease


def _wheels(found: Iterable[IndexFile]) -> dict[str, dict[str, str]]:
    """Return "glibc x86_64" or "macos arm64" -> {release: "3.9 3.10 …"}, in order."""
    seen: dict[str, dict[Version, set[tuple[int, int, str]]]] = {}
    for file in found:
        for tag in file.tags:
            who = _INTERPRETER.fullmatch(tag.interpreter)
            if not who or not file.version:
                continue
            for place in machines_of(tag.platform):
                target = " ".join(place)
                threads = "t" if tag.abi.endswith("t") else ""
                pythons = seen.setdefault(target, {}).setdefault(file.version, set())
                pythons.add((int(who[1]), int(who[2]), threads))
    return {
        target: {
            str(version): " ".join(f"{x}.{y}{t}" for x, y, t in sorted(rows[version]))
            for version in sorted(rows)
        }
        for target, rows in sorted(seen.items())
    }


def _one_each_minor(found: Iterable[IndexFile]) -> dict[str, list[IndexFile]]:
    """Return minor release -> its x86_64 wheels: first those for a Python here, then newest."""
    groups: dict[Version, list[IndexFile]] = {}
    for file in found:
        if (
            file.version
            and any("manylinux" in t.platform for t in file.tags)
            and any(
                t.platform.endswith("x86_64") and t.interpreter.startswith("cp") for t in file.tags
            )
        ):
            minor = Version(f"{file.version.major}.{file.version.minor}")
            groups.setdefault(minor, []).append(file)

    def rank(file: IndexFile) -> tuple[bool, Version]:
        return bool(_interpreter(file)), file.version or Version("0")

    return {str(minor): sorted(groups[minor], key=rank, reverse=True) for minor in sorted(groups)}


def _api_of(archive: Path) -> int:
    """Return the C-API version of the NumPy in a wheel, from its headers."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith("/numpy/_numpyconfig.h"):
                match = _API.search(opened.read(name))
                if match:
                    return int(match[1], 16)
    raise ValueError("the wheel has no _numpyconfig.h with NPY_API_VERSION")


def _pythons(file: IndexFile) -> Iterator[str]:
    for tag in file.tags:
        match = _INTERPRETER.fullmatch(tag.interpreter)
        if match and not tag.abi.endswith("t"):
            yield f"{match[1]}.{match[2]}"


def _interpreter(file: IndexFile) -> str | None:
    """Return an interpreter on PATH that the wheel is for, or None."""
    for python in sorted(_pythons(file)):
        found = shutil.which(f"python{python}")
        if found and process.run([found, "-c", ""]).code == 0:
            return found
    return None


def _sizes_of(file: IndexFile) -> dict[str, int]:
    """Return the basic sizes of NumPy's types, from NumPy itself; {} without an interpreter."""
    python = _interpreter(file)
    if python is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(download.wheel(file)) as opened:
            opened.extractall(folder)
        env = process.environment({"PYTHONPATH": folder})
        done = process.run([python, "-c", _ASK % (TYPES,)], env=env)
        sizes: dict[str, int] = json.loads(done.out) if done.code == 0 else {}
        return sizes


def _recorded(old: dict[str, Any], minor: str) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, rows in old.get("struct_sizes", {}).items():
        for first, size in rows:
            if Version(first) <= Version(minor):
                sizes[name] = size
    return sizes


if __name__ == "__main__":
    refresh(Path(sys.argv[1]))
