"""What a repository's CI does already, read from its files: building and publishing of wheels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from npwheel.core import git, package_data
from npwheel.init.files import read_source

AUDITS_FROM = Version("4.0")  # the first cibuildwheel that has audit-command
_TAG = re.compile(r"([A-Za-z0-9_.-]*?)v?\d+(?:\.\d+)+(?:[._-]?[a-z]+[._-]?\d*)*")
_VARIABLE = re.compile(r"\bCIBW_([A-Z][A-Z0-9_]*)")
_NUMBER = re.compile(r"\d{1,3}(?:\.|$)")  # a commit may begin with digits too
_MOST = 500  # files of CI
_OTHERS = ("_MACOS", "_WINDOWS", "_PYODIDE", "_ANDROID", "_IOS")  # they say nothing of Linux


@dataclass(frozen=True)
class Ci:
    """Files are relative to the repository, "" where there is none.

    builds: the file that builds wheels; publishes: the file that uploads them.
    version: the oldest cibuildwheel that is used, None where no file names one; version_in: where.
    options: those of cibuildwheel that CI sets, in pyproject.toml's words; tests: it sets
    test-command for some platform; config: the file that cibuildwheel reads in place of
    pyproject.toml.
    tag: the pattern of release tags, for a workflow; tag_prefix: what all of them begin with.
    """

    builds: str = ""
    publishes: str = ""
    version: Version | None = None
    version_in: str = ""
    options: frozenset[str] = frozenset()
    tests: bool = False
    config: str = ""
    tag: str = "v*"
    tag_prefix: str = "v"

    @property
    def can_audit(self) -> bool:
        """May audit-command be written? Without CI that builds, npwheel brings cibuildwheel."""
        if self.version is None:
            return not self.builds
        return self.version >= AUDITS_FROM

    @property
    def is_old(self) -> bool:
        """Is its cibuildwheel older than 4, which refuses some settings of before?"""
        return self.version is not None and self.version < AUDITS_FROM


@cache
def _data() -> Mapping[str, Any]:
    text = package_data.read_text(__package__, "ci.json")
    data: Mapping[str, Any] = json.loads(text)
    return data


def gather(repository: Path) -> Ci:
    """Read the CI of a repository; nothing of it is run."""
    data = _data()
    publishes = version_in = config = ""
    builds: list[str] = []
    version: Version | None = None
    options: set[str] = set()
    tests = False
    for path in _files(repository, data):
        name = path.relative_to(repository).as_posix()
        text = _text(path)
        is_ci = not name.endswith(tuple(data["no_ci"]))
        if is_ci and _any(data["builds"], text):
            builds.append(name)
            config = config or _config(data["config"], text)
        publishes = publishes or (name if is_ci and _any(data["publishes"], text) else "")
        for found in _versions(data["version"], text):
            if version is None or found < version:
                version, version_in = found, name
        if is_ci:
            tests = tests or "CIBW_TEST_COMMAND" in text
            options |= {
                word.removesuffix("_LINUX").lower().replace("_", "-")
                for word in _VARIABLE.findall(text)
                if not word.endswith(_OTHERS)
            }
            options |= {option for key, option in data["inputs"].items() if _any([key], text)}
    prefix = _tag_prefix(repository)
    pattern = f"{prefix}*" if prefix == "v" else f"{prefix}[0-9]*"
    # A file whose name says that it is for another platform is named only for want of others.
    builds.sort(key=lambda name: bool(re.search(data["no_linux"], name, re.IGNORECASE)))
    return Ci(
        next(iter(builds), ""),
        publishes,
        version,
        version_in,
        frozenset(options),
        tests,
        config,
        pattern,
        prefix,
    )


def _files(repository: Path, data: Mapping[str, Any]) -> Iterator[Path]:
    """Files of CI in the order of their patterns, and the requirements that they install."""
    seen: set[Path] = set()
    for pattern in data["files"]:
        waiting = sorted(path for path in repository.glob(pattern) if path.is_file())
        while waiting and len(seen) < _MOST:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            yield path
            for name in re.findall(data["requirements"], _text(path), re.MULTILINE):
                # Relative to the repository in a command, to the folder in a requirements file.
                found = [base / name for base in (path.parent, repository)]
                waiting += [file for file in found if _is_inside(file, repository)]


def _is_inside(path: Path, repository: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(repository.resolve())


def _config(patterns: list[str], text: str) -> str:
    """Return the file that cibuildwheel reads in place of pyproject.toml; "" for none."""
    named = [name for pattern in patterns for name in re.findall(pattern, text)]
    return next((name for name in named if not name.endswith("pyproject.toml")), "")


def _text(path: Path) -> str:
    return _without_comments(read_source(path).decode("utf-8", "replace"))


def _any(patterns: list[str], text: str) -> bool:
    return any(re.search(pattern, text, re.MULTILINE) for pattern in patterns)


def _without_comments(text: str) -> str:
    """Drop lines that are comments; those behind a value may name the version of a commit."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _versions(patterns: list[str], text: str) -> Iterator[Version]:
    for pattern in patterns:
        for match in re.finditer(pattern, text, re.MULTILINE):
            named = (word or "" for word in match.groups())
            found = next((word for word in named if _NUMBER.match(word)), "")
            try:
                yield Version(found.rstrip(".*"))
            except InvalidVersion:  # a commit or a branch
                continue


def _tag_prefix(repository: Path) -> str:
    """Return what stands before the number in the newest tag of a release; "v" without any."""
    listed = git.text(repository, "tag", "--list", "--sort=-creatordate") or ""
    for tag in listed.split()[:500]:
        if _TAG.fullmatch(tag):
            return re.split(r"\d+(?:\.\d+)+", tag, maxsplit=1)[0]
    return "v"
