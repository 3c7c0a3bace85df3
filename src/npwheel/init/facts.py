"""What a project is, read from its files; none of its code is run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from npwheel.build import pyproject
from npwheel.build.project import Project, load
from npwheel.core import git, package_data
from npwheel.init import ci
from npwheel.init.ci import Ci
from npwheel.init.files import read_source
from npwheel.init.quoting import is_importable
from npwheel.numpy_releases import table as numpys

MAX_FILES = 20_000
_SOURCES = {".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".pyx", ".pxd", ".pxi"}
_SOURCES |= {".in", ".tp", ".src", ".inc"}
_BUILD_FILES = {"setup.py", "setup.cfg", "pyproject.toml", "meson.build", "CMakeLists.txt"}
_BUILD_FILES |= {"Cargo.toml"}
_FORTRAN = {".f", ".f77", ".f90", ".f95", ".for", ".pyf"}
_NO_PACKAGE = {"test", "tests", "doc", "docs", "example", "examples", "tools", "benchmarks"}
_NUMPY_C = re.compile(
    rb"numpy/(?:arrayobject|ndarrayobject|ndarraytypes|ufuncobject|npy_math)\.h"
    rb"|^\s*(?:cimport\s+numpy|from\s+numpy\s+cimport)|\bf2py\b"
    rb"|\b(?:numpy|np)\.get_include\(|Python3?::NumPy|dependency\('numpy'",
    re.MULTILINE,
)
# As a macro's name, or behind a compiler's -D.
_TARGET = re.compile(rb"(?:\b|-D)NPY_TARGET_VERSION\b")
_ABI3T = re.compile(
    rb"^[^#\n]*(?:\babi3t\b|TARGET_ABI3T)|^\s*(?:wheel\.)?py-api\W.*\bcp3\d\dt\b", re.MULTILINE
)
_ABI3 = re.compile(rb"(?i:PY_LIMITED_API)|py_limited_api|py-api|USE_SABI|limited-api")
# 'py_limited_api': 'cp312', py-api = "cp39", USE_SABI 3.9, limited_api: '3.9'
_ABI3_FROM = re.compile(
    rb"(?:py[-_]limited[-_]api|py-api|limited[-_]api|USE_SABI)\W+(?:cp)?3\.?(\d+)"
)
# Of Rust: the features abi3 and abi3-py310, in Cargo.toml or in arguments of maturin.
_ABI3_RUST = re.compile(rb"\babi3(?:-py3\d+)?\b")
_SETUP_IMPORTS = re.compile(rb"^\s*(?:import|from)\s+(numpy|Cython|pybind11)\b", re.MULTILINE)


@dataclass(frozen=True)
class Facts:
    """A project as far as `npwheel init` has to know it.

    backend: "setuptools", "meson-python", "scikit-build-core", "hatchling", or "" for others.
    build_system: [build-system] as it stands, None where there is none.
    abi3_from: the oldest Python that its build files name for the stable ABI, "" for none.
    uses_numpy: its sources include NumPy's headers or call f2py.
    target_set_in: the file that sets NPY_TARGET_VERSION itself, "" for none.
    packages: what can be imported once it is installed, as far as files tell.
    setup_imports: what setup.py imports of numpy, Cython and pybind11.
    """

    project: Project
    backend: str
    build_system: Mapping[str, Any] | None
    declares_numpy: bool
    uses_numpy: bool
    cython: bool
    fortran: bool
    abi3: bool
    abi3_from: str
    target_set_in: str
    packages: tuple[str, ...]
    setup_imports: frozenset[str]
    repository: Path  # the top of the git checkout, or the project's folder
    ci: Ci
    abi3t: bool  # its build files name the stable ABI of free-threaded Pythons

    @property
    def build_requires(self) -> tuple[Requirement, ...]:
        """[build-system] requires, as far as it can be parsed."""
        found = []
        for line in (self.build_system or {}).get("requires", ()):
            try:
                found.append(Requirement(str(line)))
            except InvalidRequirement:
                continue
        return tuple(found)

    def says(self, option: str) -> bool:
        """Does [tool.cibuildwheel] or CI set this option, for all or for Linux?"""
        table = self.project.cibuildwheel
        return option in table or option in table.get("linux", {}) or option in self.ci.options

    @property
    def tests_itself(self) -> bool:
        """Does it say for any platform or build what its tests are? Then where is its choice."""
        table = self.project.cibuildwheel
        nested = [entry for entry in table.values() if isinstance(entry, dict)]
        tables = [table, *nested, *table.get("overrides", ())]
        said = any("test-command" in found for found in tables)
        return said or self.ci.tests or self.says("test-command")

    def builds_with(self, name: str) -> Requirement | None:
        """Its build requirement on a project."""
        return next((r for r in self.build_requires if canonicalize_name(r.name) == name), None)


@cache
def advice_data() -> Mapping[str, Mapping[str, str]]:
    """advice.json."""
    text = package_data.read_text(__package__, "advice.json")
    data: Mapping[str, Mapping[str, str]] = json.loads(text)
    return data


def gather(folder: Path) -> Facts:
    """The facts of a project. Raises UsageError when there is none or it cannot be parsed."""
    project = load(folder)
    table = pyproject.read(project.folder / "pyproject.toml")
    build_system = table.get("build-system")
    maturin = (build_system or {}).get("build-backend") == "maturin"
    uses = cython = fortran = abi3 = abi3t = False
    target_set_in, imports, named = "", set(), set[str]()
    for path in _readable(project):
        name = path.relative_to(project.folder).as_posix()
        cython = cython or path.suffix == ".pyx"
        fortran = fortran or path.suffix in _FORTRAN
        content = read_source(path)
        uses = uses or bool(_NUMPY_C.search(content))
        # Generated C names the limited API too; only the build decides.
        if path.name in _BUILD_FILES:
            abi3 = abi3 or bool(_ABI3.search(content))
            abi3t = abi3t or bool(_ABI3T.search(content))
            if path.name == "Cargo.toml" or (maturin and path.name == "pyproject.toml"):
                abi3 = abi3 or bool(_ABI3_RUST.search(content))
            named |= {f"3.{found.decode()}" for found in _ABI3_FROM.findall(content)}
        if not target_set_in and _TARGET.search(content):
            target_set_in = name
        if name == "setup.py":
            imports = {found.decode() for found in _SETUP_IMPORTS.findall(content)}
    backend_name = (build_system or {}).get("build-backend", "setuptools.build_meta")
    dependencies = table.get("project", {}).get("dependencies", [])
    repository = _top(project.folder).resolve()
    if not project.folder.is_relative_to(repository):
        repository = project.folder
    dynamic = "dependencies" in table.get("project", {}).get("dynamic", ["dependencies"])
    return Facts(
        project=project,
        backend=advice_data()["backends"].get(str(backend_name), ""),
        build_system=build_system,
        # A dynamic requirement is known only once it is built; nothing is said of it.
        declares_numpy=dynamic or any(re.match(r"\s*numpy\b", str(d), re.I) for d in dependencies),
        uses_numpy=uses,
        cython=cython,
        fortran=fortran,
        abi3=abi3,
        abi3_from=min(named, key=numpys.key, default=""),
        target_set_in=target_set_in,
        packages=tuple(_packages(project)),
        setup_imports=frozenset(imports),
        repository=repository,
        ci=ci.gather(repository),
        abi3t=abi3t,
    )


def _readable(project: Project) -> Iterator[Path]:
    """Sources and build files, a bounded number of them."""
    for count, path in enumerate(project.files()):
        if count > MAX_FILES:
            return
        wanted = path.suffix in _SOURCES | _FORTRAN or path.name in _BUILD_FILES
        if wanted and path.is_file() and not path.is_symlink():
            yield path


def _packages(project: Project) -> Iterator[str]:
    """The package or module that carries the project's name, or else the only one there is."""
    wanted = project.name.replace("-", "_").lower()
    for base in (project.folder / "src", project.folder, project.folder / "python"):
        found = sorted(
            path.stem if path.is_file() else path.name
            for path in (base.iterdir() if base.is_dir() else ())
            if (path / "__init__.py").is_file() or path.suffix == ".py"
        )
        found = [name for name in found if is_importable(name)]
        fitting = [name for name in found if name.lower() == wanted]
        packages = [name for name in found if (base / name).is_dir() and name not in _NO_PACKAGE]
        if fitting or len(packages) == 1:
            yield from (fitting or packages)[:1]
            return


def _top(folder: Path) -> Path:
    top = git.text(folder, "rev-parse", "--show-toplevel")
    return Path(top.strip()) if top and top.strip() else folder
