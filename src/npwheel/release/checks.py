"""What a release refuses. A check returns refusals; nothing here prints or builds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from npwheel import sbom
from npwheel.build import pyproject
from npwheel.core import repository as hosting
from npwheel.core.errors import NpwheelError
from npwheel.core.files import sha256_of
from npwheel.prove import record
from npwheel.prove.proof import FAIL, PASS
from npwheel.release import contents, tree
from npwheel.release.contents import ReleaseContents, ReleasedDistribution
from npwheel.sbom.claims import Claims

_STATED = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
Wheels = Sequence[Mapping[str, Any]]  # items of the record's schema


@dataclass(frozen=True)
class Refusal:
    """One reason why there is no release. next: its fix."""

    subject: str
    expected: str
    found: str
    next: str = ""

    def __str__(self) -> str:
        line = f"{self.subject}: expected {self.expected}, found {self.found}"
        return f"{line}\n  next: {self.next}" if self.next else line


def version_of(tag: str) -> str:
    """Return the version that a tag names: "v1.2", "1.2" -> "1.2"; "" where it names none."""
    written = tag.removeprefix("v")
    try:
        return written if str(Version(written)) == written else ""
    except InvalidVersion:
        return ""


def version(
    tag: str, repository: Path, released: ReleaseContents, *, dry_run: bool
) -> list[Refusal]:
    """The tag is a version, each project has that version, the changelog has it too.

    A version that the build computes (dynamic) is compared in the names of the files.
    """
    wanted = version_of(tag)
    if not wanted:
        return [Refusal("the tag", "vX.Y.Z or X.Y.Z", tag)]
    found = []
    for entry in released.distributions:
        file = repository / entry.folder / "pyproject.toml"
        project = pyproject.read(file).get("project", {})
        has = str(project.get("version", "no version"))
        if has != wanted and "version" not in project.get("dynamic", ()):
            subject = f"the version of {entry.name}"
            found.append(Refusal(subject, wanted, has, f"set version in {file}"))
        module = repository / entry.folder / "src" / entry.stem / "__init__.py"
        stated = _STATED.search(module.read_text("utf-8")) if module.is_file() else None
        if stated and stated[1] != wanted:
            found.append(Refusal(f"__version__ in {module}", wanted, stated[1]))
    if not released.changelog:
        return found
    lines = changelog_lines(repository, released)
    if not notes(lines, wanted):
        heading = f"a heading ## {wanted} with text below it"
        other = 'set changelog in [tool.npwheel.release] to another file, or to ""'
        found.append(Refusal(released.changelog, heading, "none", f"write it, or {other}"))
    elif not dry_run and any("unreleased" in line.lower() for line in headings(lines, wanted)):
        found.append(Refusal(released.changelog, f"the date of {wanted}", "(unreleased)"))
    return found


def changelog_lines(repository: Path, released: ReleaseContents) -> list[str]:
    """Return the lines of the changelog; none where there is none."""
    log = repository / released.changelog
    return log.read_text("utf-8").splitlines() if released.changelog and log.is_file() else []


def headings(changelog: Sequence[str], wanted: str) -> list[str]:
    """Return the headings of a version in a changelog."""
    return [
        line
        for line in changelog
        if line.startswith("## ") and wanted in line.replace("[", " ").replace("]", " ").split()
    ]


def notes(changelog: Sequence[str], wanted: str) -> list[str]:
    """The lines of a changelog below the heading of a version, up to the next heading."""
    section: list[str] = []
    inside = False
    for line in changelog:
        if line.startswith("## "):
            inside = wanted in line.replace("[", " ").replace("]", " ").split()
        elif inside:
            section.append(line)
    return section if any(line.strip() for line in section) else []


def committed(tag: str, repository: Path, *, dry_run: bool) -> list[Refusal]:
    """Everything is committed; for a real release HEAD carries the tag."""
    found = []
    changed = tree.dirty(repository)
    if changed:
        listed = ", ".join(line.strip() for line in changed[:5])
        more = f" and {len(changed) - 5} more" if changed[5:] else ""
        found.append(
            Refusal("the working tree", "nothing uncommitted", listed + more, "commit or remove it")
        )
    tags = tree.tags(repository)
    if not dry_run and tag not in tags:
        found.append(
            Refusal("the tags of HEAD", tag, ", ".join(tags) or "none", f"git tag -s {tag}")
        )
    return found


def recorded(
    folder: Path, wheels: Wheels, entry: ReleasedDistribution, wanted: str
) -> list[Refusal]:
    """Files and record agree: each recorded file is there unchanged, and no wheel is unrecorded."""
    mine = [wheel for wheel in wheels if wheel.get("project") == entry.name]
    found = []
    for wheel in mine:
        file = folder / wheel["file"]
        try:
            digest = sha256_of(file, links=False)
        except OSError as error:
            reason = error.strerror or str(error)
            found.append(Refusal(wheel["file"], "the recorded file", reason, _REBUILD))
            continue
        if digest != wheel["sha256"]:
            expected = f"sha256 {wheel['sha256']} as recorded"
            found.append(Refusal(wheel["file"], expected, digest, _REBUILD))
        has = _version(wheel["file"])
        if has != wanted:
            found.append(Refusal(f"the version of {wheel['file']}", wanted, has, _REBUILD))
    names = {wheel["file"] for wheel in mine}
    for file in sorted(folder.glob(f"{entry.stem}-*.whl")):
        if file.name not in names:
            found.append(Refusal(file.name, f"a record in {record.NAME}", "none", _REBUILD))
    return found


def complete(wheels: Wheels, entry: ReleasedDistribution, targets: Sequence[str]) -> list[Refusal]:
    """Each target has a wheel, and no two wheels serve the same tags."""
    mine = [wheel for wheel in wheels if wheel.get("project") == entry.name]
    built = {wheel["target"] for wheel in mine}
    found = [
        Refusal(f"{entry.name} for {name}", "a wheel", "none", f"npwheel build --target {name}")
        for name in targets
        if name not in built
    ]
    seen: dict[object, str] = {}
    for wheel in mine:
        for tag in _tags(wheel["file"]):
            other = seen.setdefault(tag, wheel["file"])
            if other != wheel["file"]:
                found.append(Refusal(f"the tag {tag}", "one wheel", f"{other}, {wheel['file']}"))
                break
    return found


def proven(wheels: Wheels) -> list[Refusal]:
    """Each wheel has a proof that passed and imported something, and none that failed."""
    found = []
    for wheel in wheels:
        outcomes = [proof["outcome"] for proof in wheel["proofs"]]
        passed, failed = outcomes.count(PASS), outcomes.count(FAIL)
        if failed or not passed:
            has = f"{passed} passed, {failed} failed, {len(outcomes) - passed - failed} not run"
            found.append(Refusal(f"the proofs of {wheel['file']}", "some, all passed", has))
        elif any(p["outcome"] == PASS and not p["modules"] for p in wheel["proofs"]):
            has = "a record of version 1, which does not tell"
            expected = "the modules that were imported"
            found.append(Refusal(f"the proofs of {wheel['file']}", expected, has, _REBUILD))
    return found


def built(wheels: Wheels, released: ReleaseContents) -> list[Refusal]:
    """Each Python that was planned is served by a wheel, but for those that the project names."""
    return [
        Refusal(
            f"{identifier} of {wheel['project']}",
            "a wheel that serves it",
            f"none: {reason}",
            f'build it, or add "{identifier.partition("-")[0]}-*" to not-built in '
            "[tool.npwheel.release]",
        )
        for wheel in wheels
        for identifier, reason in sorted(wheel.get("not_built", {}).items())
        if not released.may_lack(identifier)
    ]


def official(wheels: Wheels) -> list[Refusal]:
    """Each wheel was built on an official image. A dry run only marks those that were not."""
    return [
        Refusal(
            f"the image of {wheel['file']}",
            "an official image",
            f"{wheel['image']['kind']}: {wheel['image']['reference']}",
            "build where the registry can be reached, with --images official",
        )
        for wheel in wheels
        if wheel["image"]["kind"] != "official"
    ]


def hosted(repository: Path) -> list[Refusal]:
    """npwheel's own address is set, in its own repository. A dry run only marks that it is not."""
    if hosting.address() or not (repository / hosting.FILE).is_file():
        return []
    return [
        Refusal(
            "the repository's address",
            "an owner",
            hosting.UNSET,
            f"set owner in {hosting.FILE}",
        )
    ]


def described(file: Path) -> list[Refusal]:
    """The wheel's SBOM is there, agrees with its binaries, and passes the gate of libraries."""
    try:
        shown = sbom.show(file)
    except NpwheelError as error:
        return [Refusal(f"the SBOM of {file.name}", "one that can be read", str(error))]
    if shown.recorded is None:
        return [Refusal(file.name, f"an SBOM {sbom.NAME}", "none", _REBUILD)]
    found = [
        Refusal(f"{d.subject} in {file.name}", f"{d.recorded} as its SBOM says", d.found, _REBUILD)
        for d in shown.disagreements
    ]
    return found + list(gate(shown.recorded))


def gate(said: Claims) -> Iterator[Refusal]:
    """Carried libraries that are too old, of unknown release, or known to be wrong."""
    for minimum in contents.minimums():
        for library in said.libraries:
            if minimum.library.lower() not in library.original.lower():
                continue
            has = library.version
            if has is None or Version(has) < Version(minimum.release):
                yield Refusal(
                    f"{minimum.library} in {said.wheel}",
                    f"{minimum.release} or newer ({minimum.because})",
                    has or "an unknown release",
                )
            if library.source is None or library.source.sha256 is None:
                yield Refusal(
                    f"the source of {library.file} in {said.wheel}",
                    "the package that it came from, with its hash",
                    "unknown",
                )
    for library in said.libraries:
        for refused in contents.refused_packages():
            source = library.source
            if source and source.name == refused.package and source.version in refused.versions:
                yield Refusal(
                    f"{library.original} in {said.wheel}",
                    f"another release of {refused.package} ({refused.because})",
                    source.version,
                )


def named(files: Mapping[str, Sequence[Path]], wanted: str) -> list[Refusal]:
    """The name of every file has the version; a version from tags may have become another."""
    found = []
    for paths in files.values():
        for path in paths:
            if path.name.endswith(".tar.gz"):
                has = path.name.removesuffix(".tar.gz").rpartition("-")[2]
            else:
                has = _version(path.name)
            if has != wanted:
                found.append(Refusal(f"the version of {path.name}", wanted, has))
    return found


_REBUILD = "build again: npwheel build --force"


def _version(file: str) -> str:
    try:
        return str(parse_wheel_filename(file)[1])
    except InvalidWheelFilename as error:
        return str(error)


def _tags(file: str) -> frozenset[object]:
    try:
        return frozenset(parse_wheel_filename(file)[3])
    except InvalidWheelFilename:
        return frozenset()
