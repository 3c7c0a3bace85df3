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
_OTHERS = ("_MACOS", "_WINDOWS", "_PYODIDE", "_ANDROID", "_IOS")  # they say nothing of Linux


@dataclass(frozen=True)
class Ci:
    """Files are relative to the repository, "" where there is none.

    builds: the file that builds wheels; publishes: the file that uploads them.
    version: the oldest cibuildwheel that is used, None where no file names one; version_in: where.
    options: those of cibuildwheel that CI sets, in pyproject.toml's words.
    tag: the pattern of release tags, for a workflow; tag_prefix: what all of them begin with.
    """

    builds: str = ""
    publishes: str = ""
    version: Version | None = None
    version_in: str = ""
    options: frozenset[str] = frozenset()
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
    builds = publishes = version_in = ""
    version: Version | None = None
    options: set[str] = set()
    for path in _files(repository, data["files"]):
        name = path.relative_to(repository).as_posix()
        text = _without_comments(read_source(path).decode("utf-8", "replace"))
        is_ci = not name.endswith(tuple(data["no_ci"]))
        builds = builds or (name if is_ci and _any(data["builds"], text) else "")
        publishes = publishes or (name if is_ci and _any(data["publishes"], text) else "")
        for found in _versions(data["version"], text):
            if version is None or found < version:
                version, version_in = found, name
        if is_ci:
            options |= {
                word.removesuffix("_LINUX").lower().replace("_", "-")
                for word in _VARIABLE.findall(text)
                if not word.endswith(_OTHERS)
            }
            options |= {option for key, option in data["inputs"].items() if _any([key], text)}
    prefix = _tag_prefix(repository)
    pattern = f"{prefix}*" if prefix == "v" else f"{prefix}[0-9]*"
    return Ci(builds, publishes, version, version_in, frozenset(options), pattern, prefix)


def _files(repository: Path, patterns: list[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(path for path in repository.glob(pattern) if path.is_file())


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
