"""Which compilers a project's build asks for, read from its files without running them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from npwheel.build import pyproject
from npwheel.build.project import Project

_FORTRAN = {".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08"}
_RUST = {"maturin", "setuptools-rust", "puccinialin"}
_DESCRIPTIONS = {"setup.py", "meson.build", "CMakeLists.txt", "pyproject.toml"}
_OPENMP = re.compile(rb"-fopenmp|find_package\(OpenMP|dependency\('openmp'")
_MAX_BYTES = 1 << 20


def asked(project: Project) -> Mapping[str, str]:
    """Return toolchain ("fortran", "openmp", "rust") -> where the project asks for it."""
    found: dict[str, str] = {}
    for path in project.files():
        name = path.relative_to(project.folder).as_posix()
        if path.suffix.lower() in _FORTRAN:
            found.setdefault("fortran", f"{name} is Fortran")
        elif path.name in _DESCRIPTIONS and "openmp" not in found and _names_openmp(path):
            found["openmp"] = f"{name} asks for it"
    rust = _rust(project.folder)
    if rust:
        found["rust"] = f"{rust} builds the project; its crates come from a registry of their own"
    return found


def _names_openmp(path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_BYTES:
        return False
    return bool(_OPENMP.search(path.read_bytes()))


def _rust(folder: Path) -> str:
    """The builder of Rust among the build requirements; "" where there is none."""
    table = pyproject.read(folder / "pyproject.toml")
    for text in table.get("build-system", {}).get("requires", ()):
        try:
            name = canonicalize_name(Requirement(text).name)
        except InvalidRequirement:
            continue
        if name in _RUST:
            return name
    return ""
