"""PROJECT of `npwheel build`: a folder, an sdist file, or a requirement `NAME==VERSION`.

An sdist is hostile until proven otherwise: it is unpacked with bounds on size and
number, nothing of it lands outside its folder, and nothing of it is run.
"""

from __future__ import annotations

import gzip
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, parse_sdist_filename
from packaging.version import InvalidVersion, Version

from npwheel.build import outdated_settings
from npwheel.core import download, index
from npwheel.core.errors import UsageError
from npwheel.core.files import sha256_of
from npwheel.core.index import IndexFile
from npwheel.core.requirements import parse_release

MAX_BYTES = 4 << 30  # unpacked; the largest sdists on the index unpack to some 500 MB
MAX_FILES = 200_000
MAX_HEADER = 1 << 20  # one tar header; extended ones are read into memory at once
SUFFIXES = (".tar.gz", ".tgz", ".zip")


@dataclass(frozen=True)
class Source:
    """Where the source of a run lies, and what it was made of.

    file and sha256 are those of the sdist, "" for a folder. notes: what was taken out
    of an sdist's [tool.cibuildwheel], since cibuildwheel of today stops at it.
    """

    folder: Path
    file: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()


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
        if zipfile.is_zipfile(sdist):
            _unzip(sdist, folder)
        else:
            _untar(sdist, folder)
    except (
        tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError,
        RuntimeError,
    ) as error:  # fmt: skip
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
    return Source(found[0], sdist.name, digest, _mended(found[0] / "pyproject.toml"))


def _mended(pyproject: Path) -> tuple[str, ...]:
    """Mend the settings of an unpacked sdist; a folder of the user's is never touched."""
    if not pyproject.is_file():
        return ()
    try:
        text, notes = outdated_settings.mended(pyproject.read_text("utf-8"))
    except UnicodeDecodeError:
        return ()  # whoever reads it next says so
    if notes:
        pyproject.write_text(text, "utf-8")
    return tuple(notes)


class _Bounded(BufferedIOBase):
    """The unpacked stream of a tarball, as long as it stays within bounds."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream = stream

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= MAX_HEADER:
            raise ValueError(f"a header of more than {MAX_HEADER >> 20} MiB")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if whence != 0 or offset > MAX_BYTES:
            raise ValueError(f"it unpacks to more than {MAX_BYTES >> 30} GiB")
        return self._stream.seek(offset)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True


def _untar(sdist: Path, folder: Path) -> None:
    """Regular files and folders; a link to a file becomes a copy, so none can lead outside."""
    links: list[tarfile.TarInfo] = []
    with gzip.open(sdist) as stream, tarfile.open(fileobj=_Bounded(stream), mode="r:") as archive:
        total = 0
        for count, member in enumerate(archive, 1):
            total += member.size
            _check_bounds(count, total)
            if member.issym() or member.islnk():
                links.append(member)
            elif member.isdir() or member.isreg():
                archive.extract(member, folder, filter="data")
            else:
                raise ValueError(f"{member.name} is neither file, folder nor link")
    copied = 0
    for link in links:
        start = PurePosixPath(link.name).parent if link.issym() else PurePosixPath()
        source = _inside(folder, [*start.parts, *PurePosixPath(link.linkname).parts], link.name)
        target = _inside(folder, PurePosixPath(link.name).parts, link.name)
        if not source.is_file():
            raise ValueError(f"{link.name} links to {link.linkname}, which is no file of it")
        copied += source.stat().st_size
        _check_bounds(0, total + copied)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _unzip(sdist: Path, folder: Path) -> None:
    with zipfile.ZipFile(sdist) as archive:
        members = archive.infolist()
        _check_bounds(len(members), sum(member.file_size for member in members))
        for member in members:
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ValueError(f"{member.filename} is neither file nor folder")
            _inside(folder, PurePosixPath(member.filename).parts, member.filename)
            path = Path(archive.extract(member, folder))
            if path.is_file() and (member.external_attr >> 16) & stat.S_IXUSR:
                path.chmod(0o755)


def _inside(folder: Path, parts: Iterable[str], name: str) -> Path:
    """folder/parts with `..` resolved by name. Raises ValueError when it leads outside."""
    kept: list[str] = []
    for part in parts:
        if part.startswith("/") or "\0" in part or (part == ".." and not kept):
            raise ValueError(f"{name} leads outside of the archive")
        if part == "..":
            kept.pop()
        else:
            kept.append(part)
    return folder.joinpath(*kept)


def _check_bounds(count: int, total: int) -> None:
    if count > MAX_FILES:
        raise ValueError(f"it holds more than {MAX_FILES} files")
    if total > MAX_BYTES:
        raise ValueError(f"it unpacks to more than {MAX_BYTES >> 30} GiB")
