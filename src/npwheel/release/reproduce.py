"""The same commit, built twice in different circumstances: are the bytes the same?

And are they those of a release: the sha256 of each recorded wheel is confirmed or denied.

What is varied: the folder (its name and the length of its path), the time (wall clock
and time zone, which moves the local date), file times, permissions and the language.
"""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from npwheel.build import project
from npwheel.core import process
from npwheel.core.errors import BuildError, NotChecked
from npwheel.core.files import sha256_of
from npwheel.prove import record
from npwheel.release import packages, tree
from npwheel.release.compare import Difference, first_difference
from npwheel.release.contents import ReleaseContents


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
    """One file of the two builds; difference is None when both are alike.

    released: the sha256 of the file of this name among the wheels given, "" where there is none;
    apart: how that file differs from the first build's, where its bytes are at hand.
    """

    file: str
    sha256: str
    difference: Difference | None
    released: str = ""
    apart: Difference | None = None

    @property
    def verdict(self) -> str:
        """In a word, the worst first."""
        if self.difference:
            return "differs"
        if self.released:
            return "confirmed" if self.released == self.sha256 else "denied"
        return "alike"


def reproduce(
    repository: Path,
    build: Sequence[str] | None,
    contents: ReleaseContents,
    say: Callable[[str], None],
    released: Path | None = None,
) -> tuple[Comparison, ...]:
    """Build everything twice from HEAD and compare.

    build: options of `npwheel build` (targets, images) for the wheels, None: no such wheels;
    contents: what is built; released: a folder with wheels and their record to compare with.
    Raises BuildError when a build fails, NotChecked when there was nothing to compare.
    """
    lock = contents.constraints
    with tempfile.TemporaryDirectory(prefix="npwheel-reproduce-") as scratch:
        made = []
        for number, circumstances in enumerate((FIRST, SECOND), 1):
            place = Path(scratch) / circumstances.folder
            copy, output = place / "tree", place / "made"
            output.mkdir(parents=True)
            tree.copy(repository, copy, circumstances.mask)
            for entry in contents.distributions:
                say(f"build {number} of 2: packages of {entry.name}")
                env = _environment(circumstances, str(tree.epoch(repository)))
                constraints = copy / lock if lock else None
                packages.build(
                    copy / entry.folder, output, env, pure=entry.pure, constraints=constraints
                )
                if build is not None and not entry.pure:
                    say(f"build {number} of 2: wheels of {entry.name}")
                    # The copy has no history: the time that `npwheel build` takes here.
                    env = _environment(circumstances, _epoch(repository / entry.folder))
                    _wheels(copy, [entry.folder, *build], output / entry.name, env)
            made.append(output)
        say("comparing")
        found = compare(*made)
        return tuple(_with_released(entry, made[0], released) for entry in found)


def _epoch(folder: Path) -> str:
    """SOURCE_DATE_EPOCH of a project's wheels, by the rule of `npwheel build`."""
    return project.load(folder).epoch()


def _with_released(entry: Comparison, made: Path, released: Path | None) -> Comparison:
    """What the release has under this name. Raises RecordError for an unreadable record."""
    if released is None or not entry.sha256:
        return entry
    wheels = record.read(released).wheels
    sha256 = next((w["sha256"] for w in wheels if w["file"] == entry.file), "")
    there = released / entry.file
    if not there.is_file():  # a release folder has its files in packages/NAME
        there = next(released.glob(f"packages/*/{glob.escape(entry.file)}"), there)
    if not there.is_file():
        return replace(entry, released=sha256)
    # An sdist is in no record, and a recorded file may be another by now.
    sha256 = sha256 or sha256_of(there, links=False)
    apart = first_difference(there, _files(made)[entry.file]) if sha256 != entry.sha256 else None
    return replace(entry, released=sha256, apart=apart)


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


def _environment(circumstances: Circumstances, epoch: str) -> dict[str, str]:
    return process.environment(
        {
            "SOURCE_DATE_EPOCH": epoch,
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
