"""A published wheel, rebuilt from its sdist and compared file by file.

The build is `npwheel build NAME==VERSION`, whose code runs in containers alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import parse_wheel_filename

from npwheel.core import download, index, process
from npwheel.core.errors import BuildError, NotChecked, UsageError
from npwheel.core.files import sha256_of
from npwheel.core.index import IndexFile
from npwheel.core.requirements import parse_release
from npwheel.core.tags import machines_of
from npwheel.release import compare


@dataclass(frozen=True)
class Rebuilt:
    """One wheel that was built, and the published one that serves the same Python.

    published: its file name, "" for none; alike: byte for byte; differences: (member, how).
    """

    file: str
    published: str
    alike: bool
    differences: tuple[tuple[str, str], ...]


def against(
    requirement: str, options: Sequence[str], say: Callable[[str], None]
) -> tuple[Rebuilt, ...]:
    """Build NAME==VERSION from its sdist and compare with what the index has.

    options: of `npwheel build`. Raises UsageError, BuildError, PlanError; NotChecked when no
    published wheel answers to one that was built.
    """
    release = parse_release(requirement)
    if release is None:
        raise UsageError(f"{requirement} is not NAME==VERSION", next="for example rowsum==1.0")
    with tempfile.TemporaryDirectory(prefix="npwheel-against-") as scratch:
        say(f"building {requirement} from its sdist")
        _build(requirement, options, Path(scratch))
        wheels = sorted(Path(scratch).glob("*.whl"))
        published = [f for f in index.files(release.name) if f.version == release.version]
        found = []
        for wheel in wheels:
            twin = counterpart(wheel.name, published)
            if twin is None:
                found.append(Rebuilt(wheel.name, "", False, ()))
                continue
            say(f"comparing with {twin.filename}")
            found.append(compared(wheel, download.wheel(twin)))
    if not any(entry.published for entry in found):
        raise NotChecked(
            f"no published wheel of {requirement} serves what was built",
            why=", ".join(entry.file for entry in found) or "nothing was built",
        )
    return tuple(found)


def _build(requirement: str, options: Sequence[str], output: Path) -> None:
    command = process.python("npwheel", "build", requirement, *options, "--force")
    command += ["--output", str(output)]
    done = process.run(command, stderr=None)
    if done.code:
        raise BuildError(f"{' '.join(command[2:])} failed with exit code {done.code}")


def counterpart(name: str, published: Sequence[IndexFile]) -> IndexFile | None:
    """Return the published wheel of the same file name, else one that shares Python and platform.

    A platform is shared where libc and machine agree, whatever the policy.
    """
    for file in published:
        if file.filename == name:
            return file
    mine = _serves(name)
    return next(
        (file for file in published if file.is_wheel and _serves(file.filename) & mine), None
    )


def _serves(name: str) -> frozenset[tuple[str, str, tuple[tuple[str, str], ...] | str]]:
    return frozenset(
        (tag.interpreter, tag.abi, machines_of(tag.platform) or tag.platform)
        for tag in parse_wheel_filename(name)[3]
    )


def compared(built: Path, published: Path) -> Rebuilt:
    """Compare two wheels, the published one first."""
    if sha256_of(built) == sha256_of(published):
        return Rebuilt(built.name, published.name, True, ())
    return Rebuilt(built.name, published.name, False, tuple(compare.members(published, built)))
