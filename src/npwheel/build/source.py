"""PROJECT of `npwheel build`: a folder, an sdist file, or a requirement `NAME==VERSION`.

An sdist is hostile until proven otherwise: it is unpacked with bounds on size and
number, nothing of it lands outside its folder, and nothing of it is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, parse_sdist_filename
from packaging.version import InvalidVersion, Version

from npwheel.build import pyproject, sdist_settings
from npwheel.build.unpack import Unpackable, unpack
from npwheel.core import download, index
from npwheel.core.errors import UsageError
from npwheel.core.files import sha256_of
from npwheel.core.index import IndexFile
from npwheel.core.requirements import parse_release

SUFFIXES = (".tar.gz", ".tgz", ".zip")


@dataclass(frozen=True)
class Source:
    """Where the source of a run lies, and what it was made of.

    file and sha256 are those of the sdist, "" for a folder. notes: what does not count of
    an sdist's [tool.cibuildwheel]; config: a file of what does, for cibuildwheel.
    """

    folder: Path
    file: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    config: Path | None = None


def obtain(project: str, scratch: Path) -> Source:
    """The source that PROJECT names; an sdist is unpacked into `scratch`.

    An existing path wins over a requirement. Raises UsageError when it is neither
    or cannot be unpacked, PlanError when the index does not have it.
    """
    path = Path(project)
    if path.is_dir():
        return Source(path)
    if path.suffix == ".whl":
        raise UsageError(
            f"{path.name} is a wheel, and what is built is source",
            next=f"`npwheel audit {project}` tells on which NumPy it loads, `npwheel prove` "
            "runs wheels where users do",
        )
    if path.is_file():
        return _unpacked(path, scratch)
    if project.endswith(SUFFIXES) or "/" in project.partition("@")[0]:
        raise UsageError(f"{project} does not exist", next="name a folder or an sdist file")
    return _unpacked(download.wheel(sdist_of(project)), scratch)


def sdist_of(requirement: str) -> IndexFile:
    """The sdist on the index of `NAME==VERSION`. Raises UsageError or PlanError."""
    try:
        wanted = Requirement(requirement)
    except InvalidRequirement:
        raise UsageError(
            f"{requirement} is neither a folder, nor an sdist, nor NAME==VERSION",
            next="for example: npwheel build bottleneck==1.6.0",
        ) from None
    if wanted.url or wanted.extras or wanted.marker:
        raise UsageError(f"{requirement}: only NAME==VERSION is taken")
    sdists = _sdists(wanted.name)
    release = parse_release(requirement)
    if release is None:
        final = [version for version in sdists if not version.is_prerelease]
        newest = f"{wanted.name}=={max(final or sdists)}" if sdists else ""
        raise UsageError(
            f"{requirement} is no folder or file here, and does not name one version",
            why="what is built from the index must be the same tomorrow",
            next=f"the newest is {newest}" if newest else "",
        )
    if release.version not in sdists:
        known = ", ".join(str(v) for v in sorted(sdists)[-5:])
        raise UsageError(
            f"{requirement} has no sdist on the index",
            why=f"the newest that it has are {known}" if known else "the project has only wheels",
        )
    return sdists[release.version]


def _sdists(name: str) -> dict[Version, IndexFile]:
    """Version -> sdist; a tarball where there is a zip too."""
    found: dict[Version, IndexFile] = {}
    for file in index.files(name):
        if not file.filename.endswith(SUFFIXES):
            continue
        try:
            _, version = parse_sdist_filename(file.filename)
        except (InvalidSdistFilename, InvalidVersion):
            continue
        if version not in found or file.filename.endswith(".tar.gz"):
            found[version] = file
    return found


def _unpacked(sdist: Path, scratch: Path) -> Source:
    digest = sha256_of(sdist)
    folder = scratch / "source"
    folder.mkdir(parents=True)
    try:
        unpack(sdist, folder)
    except Unpackable as error:
        raise UsageError(
            f"{sdist.name} cannot be unpacked",
            why=str(error),
            next=""
            if sdist.name.endswith(SUFFIXES)
            else "an sdist is a .tar.gz, .tgz or .zip file",
        ) from error
    found = list(folder.iterdir())
    if len(found) != 1 or not found[0].is_dir():
        raise UsageError(
            f"{sdist.name} is not an sdist: one folder at its top is expected, "
            f"found {', '.join(sorted(p.name for p in found)[:5]) or 'nothing'}"
        )
    table = pyproject.read(found[0] / "pyproject.toml", f"{sdist.name}: pyproject.toml")
    settings = sdist_settings.of_sdist(table.get("tool", {}).get("cibuildwheel", {}))
    config = scratch / "cibuildwheel.toml"
    sdist_settings.write(settings, config)
    return Source(found[0], sdist.name, digest, settings.notes, config)
