"""What a project says of itself, read from its folder without running its code."""

from __future__ import annotations

import configparser
import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from npwheel.build import declared_metadata, pyproject
from npwheel.core import git, process
from npwheel.core.errors import PlanError, UsageError
from npwheel.core.tags import python_of

NOTHING_TO_DO = 3  # cibuildwheel's exit code for an empty selection

# Never part of what is built, in any project.
_SKIPPED = {".git", ".hg", ".nox", ".tox", ".venv", "venv", "__pycache__", "wheelhouse", "dist"}
_SKIPPED |= {".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs"}


@dataclass(frozen=True)
class Project:
    """A source tree that cibuildwheel can build."""

    folder: Path
    name: str
    requires_python: SpecifierSet
    requires: tuple[Requirement, ...]  # at run time, as far as it says so without running
    cibuildwheel: dict[str, Any] = field(repr=False)
    source: Mapping[str, str] = field(default_factory=dict)  # file and sha256 of its sdist
    config: Path | None = None  # of cibuildwheel, in place of pyproject.toml

    @property
    def numpy(self) -> SpecifierSet:
        """The bound on NumPy that holds everywhere: entries with a marker are left out."""
        total = SpecifierSet()
        for entry in self.requires:
            if canonicalize_name(entry.name) == "numpy" and entry.marker is None:
                total &= entry.specifier
        return total

    @property
    def names_numpy(self) -> bool:
        """Do its files say, without being run, that it requires NumPy?"""
        return any(canonicalize_name(entry.name) == "numpy" for entry in self.requires)

    def option(self, name: str) -> Any:
        """An option of [tool.cibuildwheel], as cibuildwheel finds it on Linux: env, linux, all."""
        variable = os.environ.get("CIBW_" + name.upper().replace("-", "_") + "_LINUX")
        variable = variable or os.environ.get("CIBW_" + name.upper().replace("-", "_"))
        if variable:
            return variable
        linux = self.cibuildwheel.get("linux", {})
        return linux.get(name, self.cibuildwheel.get(name))

    def files(self) -> Iterator[Path]:
        """Every file that can influence the build, in a fixed order."""
        # An sdist is no repository, whatever lies above the folder that it was unpacked to.
        listed = None if self.source else _git_files(self.folder)
        if listed is not None:
            yield from sorted(listed)
            return
        for root, folders, names in os.walk(self.folder):
            folders[:] = sorted(d for d in folders if d not in _SKIPPED)
            for name in sorted(names):
                yield Path(root, name)

    def digest(self) -> str:
        """sha256 over names, modes and contents of `files()`."""
        total = hashlib.sha256()
        for path in self.files():
            if path.is_symlink():
                content = str(path.readlink()).encode()
            elif path.is_file():
                content = path.read_bytes()
            else:
                continue
            name = path.relative_to(self.folder).as_posix()
            executable = os.access(path, os.X_OK)
            total.update(f"{name}\0{executable}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()

    def epoch(self) -> str:
        """SOURCE_DATE_EPOCH: the environment's, else the sdist's or the last commit's."""
        given = os.environ.get("SOURCE_DATE_EPOCH")
        if given:
            return given
        if self.source:
            newest = max((int(path.stat().st_mtime) for path in self.files()), default=0)
            return str(max(newest, 315532800))
        out = git.text(self.folder, "log", "-1", "--format=%ct", "--", ".")
        # 1980 is the oldest time that a zip archive can hold.
        return (out or "").strip() or "315532800"


def load(
    folder: Path, source: Mapping[str, str] | None = None, config: Path | None = None
) -> Project:
    """Read a project folder. Raises UsageError when there is none, or it cannot be parsed.

    Args:
        folder: of the project.
        source: file and sha256 of the sdist that it was unpacked from.
        config: a file with its [tool.cibuildwheel], in place of pyproject.toml.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", next="name the folder of a Python project")
    sdist = (source or {}).get("file", "")  # where it was unpacked to tells nobody anything
    table = pyproject.read(folder / "pyproject.toml", f"{sdist}: pyproject.toml" if sdist else "")
    if not any((folder / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg")):
        raise UsageError(
            f"{sdist or folder} holds no Python project",
            why="neither pyproject.toml nor setup.py is in it",
            next="" if sdist else "name the folder that holds the project's pyproject.toml",
        )
    said = declared_metadata.read(folder, table)
    try:
        requires_python = SpecifierSet(said.requires_python)
    except InvalidSpecifier as error:
        raise UsageError(f"{sdist or folder}: requires-python cannot be read: {error}") from error
    return Project(
        folder=folder.resolve(),
        name=canonicalize_name(said.name or folder.resolve().name),
        requires_python=requires_python,
        requires=said.requires,
        cibuildwheel=(pyproject.read(config) if config else table)
        .get("tool", {})
        .get("cibuildwheel", {}),
        source=source or {},
        config=config,
    )


@cache
def identifiers(
    project_folder: Path, archs: tuple[str, ...], config: Path | None = None
) -> tuple[str, ...]:
    """What cibuildwheel would build of a project on Linux, in its own words.

    Raises PlanError with cibuildwheel's reason.
    """
    command = process.python("cibuildwheel", "--print-build-identifiers")
    command += ["--platform", "linux", "--archs", ",".join(archs), *config_option(config)]
    done = process.run([*command, str(project_folder)], cwd=project_folder)
    if done.code == NOTHING_TO_DO:
        return ()
    if done.code:
        reason = [line for line in done.err.splitlines() if line.strip()]
        raise PlanError(
            f"cibuildwheel refuses {project_folder.name}: "
            + (reason[-1] if reason else "no reason given"),
            next="fix [tool.cibuildwheel] in its pyproject.toml",
        )
    return tuple(line.strip() for line in done.out.splitlines() if line.strip())


def config_option(config: Path | None) -> list[str]:
    """How cibuildwheel is given a project's settings that are not in its pyproject.toml."""
    return [f"--config-file={config}"] if config else []


def known_pythons(target: str) -> tuple[str, ...]:
    """Every CPython that cibuildwheel knows for a target: "3.9" ... "3.15t", old to new."""
    file = resources.files("cibuildwheel").joinpath("resources", "build-platforms.toml")
    table = tomllib.loads(file.read_text("utf-8"))
    found = []
    for entry in table["linux"]["python_configurations"]:
        identifier = entry["identifier"]
        if identifier.startswith("cp") and identifier.endswith(f"-{target}"):
            found.append(python_of(identifier))
    return tuple(dict.fromkeys(found))


def image_reference(project: Project, option: str, arch: str) -> str:
    """The image that cibuildwheel would take, names resolved by its own pins."""
    defaults_file = resources.files("cibuildwheel").joinpath("resources", "defaults.toml")
    defaults = tomllib.loads(defaults_file.read_text("utf-8"))["tool"]["cibuildwheel"]
    name = str(project.option(option) or defaults[option])
    pins = configparser.ConfigParser()
    pins_file = resources.files("cibuildwheel").joinpath("resources", "pinned_docker_images.cfg")
    pins.read_string(pins_file.read_text("utf-8"))
    value = pins[arch].get(name, name) if arch in pins else name
    return value.split("#", 1)[0].strip()


def _git_files(folder: Path) -> list[Path] | None:
    """What git tracks, and what it would add but for what builds and tools leave behind."""
    tracked = git.text(folder, "ls-files", "-z", "--cached", "--", ".")
    others = git.text(folder, "ls-files", "-z", "--others", "--exclude-standard", "--", ".")
    names = [name for name in (tracked or "").split("\0") if name]
    names += [
        name
        for name in (others or "").split("\0")
        if name and not _SKIPPED.intersection(name.split("/")[:-1])
    ]
    return [folder / name for name in names] or None
