"""The same commit, built twice in different circumstances: are the bytes the same?

What is varied: the folder (its name and the length of its path), the time (wall clock
and time zone, which moves the local date), file times, permissions and the language.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from npwheel.core import process
from npwheel.core.errors import BuildError, NotChecked
from npwheel.core.files import sha256_of
from npwheel.release import packages, tree
from npwheel.release.compare import Difference, first_difference
from npwheel.release.contents import ReleasedDistribution


@dataclass(frozen=True)
class Circumstances:
    """What one of the two builds has for itself."""

    folder: str
    timezone: str
    mask: int
    language: str


# 23 hours apart: another date and another hour.
FIRST = Circumstances("a", "UTC+10", 0o022, "C")
SECOND = Circumstances("another/and/much/longer/path", "UTC-13", 0o077, "C.UTF-8")


@dataclass(frozen=True)
class Comparison:
    """One file of the two builds; difference is None when both are alike."""

    file: str
    sha256: str
    difference: Difference | None


def reproduce(
    repository: Path,
    build: Sequence[str] | None,
    distributions: Sequence[ReleasedDistribution],
    say: Callable[[str], None],
) -> tuple[Comparison, ...]:
    """Build everything twice from HEAD and compare.

    build: options of `npwheel build` (targets, images) for the wheels, None: no such wheels;
    distributions: what is built.
    Raises BuildError when a build fails, NotChecked when there was nothing to compare.
    """
    epoch = tree.epoch(repository)
    with tempfile.TemporaryDirectory(prefix="npwheel-reproduce-") as scratch:
        made = []
        for number, circumstances in enumerate((FIRST, SECOND), 1):
            place = Path(scratch) / circumstances.folder
            copy, output = place / "tree", place / "made"
            output.mkdir(parents=True)
            tree.copy(repository, copy, circumstances.mask)
            env = _environment(circumstances, epoch)
            for entry in distributions:
                say(f"build {number} of 2: packages of {entry.name}")
                packages.build(copy / entry.folder, output, env, pure=entry.pure)
                if build is not None and not entry.pure:
                    say(f"build {number} of 2: wheels of {entry.name}")
                    _wheels(copy, [entry.folder, *build], output / entry.name, env)
            made.append(output)
        say("comparing")
        return compare(*made)


def compare(one: Path, other: Path) -> tuple[Comparison, ...]:
    """Every wheel and sdist below two folders. Raises NotChecked when there is none."""
    files = [_files(folder) for folder in (one, other)]
    if not files[0] and not files[1]:
        raise NotChecked("nothing was built, so nothing was compared")
    found = []
    for name in sorted(files[0].keys() | files[1].keys()):
        if name not in files[0] or name not in files[1]:
            which = "first" if name in files[0] else "second"
            difference = Difference(name, 0, "the whole file", f"only the {which} build made it")
            found.append(Comparison(name, "", difference))
            continue
        sha256 = sha256_of(files[0][name])
        found.append(Comparison(name, sha256, first_difference(files[0][name], files[1][name])))
    return tuple(found)


def _files(folder: Path) -> dict[str, Path]:
    return {p.name: p for p in folder.rglob("*") if p.name.endswith((".whl", ".tar.gz"))}


def _environment(circumstances: Circumstances, epoch: int) -> dict[str, str]:
    return process.environment(
        {
            "SOURCE_DATE_EPOCH": str(epoch),
            "TZ": circumstances.timezone,
            "LC_ALL": circumstances.language,
        }
    )


def _wheels(copy: Path, build: Sequence[str], output: Path, env: dict[str, str]) -> None:
    command = process.python("npwheel", "build", *build, "--force")
    command += ["--output", str(output.absolute())]
    done = process.run(command, cwd=copy, env=env, stderr=None)
    if done.code:
        raise BuildError(f"{' '.join(command[2:])} failed with exit code {done.code}")
