"""A release up to what is uploaded: check the tree and the wheels, lay the folder out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from npwheel.core import index, process
from npwheel.core.errors import PlanError
from npwheel.core.files import sha256_of
from npwheel.core.regular_files import is_regular
from npwheel.prove import record
from npwheel.release import checks, contents, folder, packages, preflight, tree
from npwheel.release.checks import Refusal
from npwheel.release.contents import ReleasedDistribution
from npwheel.release.folder import About

Audit = Callable[[Path], "tuple[int, str]"]  # exit code, last line


@dataclass(frozen=True)
class ReleaseRequest:
    """What `npwheel release` was asked for.

    wheels: the folder with npwheel.json; output: the release folder, made anew.
    """

    tag: str
    repository: Path
    wheels: Path
    targets: tuple[str, ...]
    output: Path
    dry_run: bool


@dataclass(frozen=True)
class ReleaseOutcome:
    """The folder, or why there is none. marks: what a real release would refuse."""

    folder: Path | None
    refusals: tuple[Refusal, ...]
    marks: tuple[str, ...] = ()


def before(request: ReleaseRequest) -> list[Refusal]:
    """What can be refused before anything is built: version, tag, tree."""
    released = contents.read(request.repository)
    found = checks.version(request.tag, request.repository, released, dry_run=request.dry_run)
    return found + checks.committed(request.tag, request.repository, dry_run=request.dry_run)


def prepare(
    request: ReleaseRequest, say: Callable[[str], None], audit: Audit | None = None
) -> ReleaseOutcome:
    """Check everything and make the release folder; nothing is uploaded.

    audit: how a wheel is audited; None: by `npwheel audit`.
    """
    refused = before(request)
    if refused:
        return ReleaseOutcome(None, tuple(refused))
    wanted = checks.version_of(request.tag)
    said = contents.read(request.repository)
    say("reading the record")
    wheels = record.read(request.wheels).wheels
    files: dict[str, list[Path]] = {}
    for entry in said.distributions:
        if not entry.pure:
            refused += _wheels(request, entry, wheels, wanted)
            mine = [wheel["file"] for wheel in wheels if wheel.get("project") == entry.name]
            files[entry.name] = [request.wheels / name for name in mine]
    if refused:
        return ReleaseOutcome(None, tuple(refused))
    released = [w for w in wheels if w.get("project") in files]
    marks = checks.hosted(request.repository) + checks.official(released)
    marks += checks.built(released, said)
    if marks and not request.dry_run:
        return ReleaseOutcome(None, tuple(marks))
    for path in [path for paths in files.values() for path in paths]:
        say(f"auditing {path.name}")
        refused += checks.described(path)
        refused += _audited(path, audit or by_command)
    if refused:
        return ReleaseOutcome(None, tuple(refused))
    with tempfile.TemporaryDirectory(prefix="npwheel-release-") as scratch:
        for entry in said.distributions:
            say(f"building packages of {entry.name}")
            made = Path(scratch) / entry.name
            _packages(request.repository, entry, made, said.constraints)
            files.setdefault(entry.name, []).extend(sorted(made.iterdir()))
        refused = [*preflight.files(files), *checks.named(files, wanted)]
        for name, paths in files.items():
            refused += _in_time(name, wanted, [path.name for path in paths])
        if refused:
            return ReleaseOutcome(None, tuple(refused))
        about = About(
            version=wanted,
            commit=tree.commit(request.repository),
            dry_run=request.dry_run,
            marks=tuple(f"{mark.subject}: {mark.found}" for mark in marks),
        )
        log = checks.changelog_lines(request.repository, said)
        notes = "\n".join(checks.notes(log, wanted)).strip()
        say("laying out the folder")
        page = request.wheels / "report.html"  # what `npwheel prove` wrote, where it ran
        pages = [page] if is_regular(page) else []
        folder.lay_out(request.output, about, files, released, notes, pages)
    # What is uploaded is what was checked: the record names the copies too.
    refused = [
        Refusal(wheel["file"], f"sha256 {wheel['sha256']} as recorded", "another file was copied")
        for wheel in released
        if sha256_of(request.output / "packages" / wheel["project"] / wheel["file"])
        != wheel["sha256"]
    ]
    return ReleaseOutcome(None if refused else request.output, tuple(refused), about.marks)


def _wheels(
    request: ReleaseRequest,
    entry: ReleasedDistribution,
    wheels: Sequence[dict[str, Any]],
    wanted: str,
) -> list[Refusal]:
    mine = [wheel for wheel in wheels if wheel.get("project") == entry.name]
    found = checks.complete(wheels, entry, request.targets)
    found += checks.recorded(request.wheels, wheels, entry, wanted)
    return found + checks.proven(mine)


def _packages(repository: Path, entry: ReleasedDistribution, made: Path, constraints: str) -> None:
    """From a copy of what is committed, so that ignored files stay out of the sdist."""
    env = process.environment({"SOURCE_DATE_EPOCH": str(tree.epoch(repository))})
    with tempfile.TemporaryDirectory(prefix="npwheel-release-") as scratch:
        copy = Path(scratch) / "tree"
        tree.copy(repository, copy, 0o022)
        lock = copy / constraints if constraints else None
        packages.build(copy / entry.folder, made, env, pure=entry.pure, constraints=lock)


def _in_time(name: str, wanted: str, files: Sequence[str]) -> list[Refusal]:
    """May these files be added to the index's release? An index that fails is no answer."""
    try:
        there = index.files(name)
    except index.UnknownProject:
        return []  # its first release
    except PlanError as error:
        return [Refusal(f"{name} on the index", "an answer", error.what, "try again")]
    return preflight.too_late(wanted, files, there, datetime.now(UTC))


def _audited(wheel: Path, audit: Audit) -> list[Refusal]:
    code, line = audit(wheel)
    if code == 0:
        return []
    return [Refusal(f"the audit of {wheel.name}", "exit code 0", f"{code}: {line}")]


def by_command(wheel: Path) -> tuple[int, str]:
    """`npwheel audit --full WHEEL`: its exit code and the last line that it prints."""
    done = process.run(process.python("npwheel", "audit", "--full", str(wheel.absolute())))
    lines = [line.strip() for line in (done.out + done.err).splitlines() if line.strip()]
    return done.code, lines[-1] if lines else "it printed nothing"
