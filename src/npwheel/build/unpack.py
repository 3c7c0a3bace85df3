"""An sdist file -> a folder, with bounds on size, number and memory; nothing of it is run."""

from __future__ import annotations

import calendar
import gzip
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePosixPath

from npwheel.build.tarball import PIECE, Member, Tarball
from npwheel.wheel import Unreadable, zip_file
from npwheel.wheel.zip_entries import refusal

MAX_BYTES = 4 << 30  # unpacked; the largest sdists on the index unpack to some 500 MB
MAX_FILES = 200_000
# A repository's own settings name commands that git runs.
_REPOSITORY = ".git"


class Unpackable(Exception):
    """The archive is damaged, or not one that an sdist may be; the text says why."""


def unpack(sdist: Path, folder: Path) -> None:
    """Unpack an sdist into an empty folder: regular files only, links to files as copies.

    Repositories (.git) in it are left out. Raises Unpackable.
    """
    try:
        if zipfile.is_zipfile(sdist):
            _unzip(sdist, folder)
        else:
            _untar(sdist, folder)
    except (Unreadable, *zip_file.DAMAGE) as error:
        raise Unpackable(str(error) or type(error).__name__) from error


def _untar(sdist: Path, folder: Path) -> None:
    links: list[Member] = []
    total = 0
    with gzip.open(sdist) as stream:
        tarball = Tarball(stream, MAX_BYTES + MAX_FILES * (1 << 10))
        for count, member in enumerate(tarball, 1):
            _check_bounds(count, total + (member.size if member else 0))
            if member is None:
                continue
            total += member.size
            target = _inside(folder, PurePosixPath(member.name).parts, member.name)
            if target is None:
                continue
            if member.kind == "folder":
                target.mkdir(parents=True, exist_ok=True)
            elif member.kind == "file":
                _write(target, tarball.content(), member.mtime, executable=member.executable)
            else:
                links.append(member)
    for link in links:
        start = PurePosixPath(link.name).parent if link.kind == "symbolic link" else PurePosixPath()
        parts = [*start.parts, *PurePosixPath(link.target).parts]
        source = _inside(folder, parts, link.name)
        target = _inside(folder, PurePosixPath(link.name).parts, link.name)
        if source is None or target is None or not source.is_file():
            raise ValueError(f"{link.name} links to {link.target}, which is not a file of it")
        total += source.stat().st_size
        _check_bounds(0, total)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _unzip(sdist: Path, folder: Path) -> None:
    with zip_file.open_archive(sdist) as archive:
        members = archive.infolist()
        _check_bounds(len(members), sum(member.file_size for member in members))
        for member in members:
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise ValueError(f"{member.filename} is neither file nor folder")
            reason = refusal(member)
            if reason:
                raise ValueError(f"{member.filename}: {reason}")
            target = _inside(folder, PurePosixPath(member.filename).parts, member.filename)
            if target is None:
                continue
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            with archive.open(member) as opened:
                pieces = iter(partial(opened.read, PIECE), b"")
                _write(target, pieces, _time(member), executable=bool(mode & stat.S_IXUSR))


def _write(path: Path, pieces: Iterable[bytes], mtime: float, *, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
    path.chmod(0o755 if executable else 0o644)
    os.utime(path, (mtime, mtime))


def _time(member: zipfile.ZipInfo) -> float:
    try:
        return max(0, calendar.timegm((*member.date_time, 0, 0, 0)))
    except ValueError:  # a month 13
        return 0


def _inside(folder: Path, parts: Iterable[str], name: str) -> Path | None:
    """folder/parts with `..` resolved by name; None for what is left out.

    Raises ValueError when it leads outside.
    """
    kept: list[str] = []
    for part in parts:
        if part.startswith("/") or "\0" in part or (part == ".." and not kept):
            raise ValueError(f"{name} leads outside of the archive")
        if part == "..":
            kept.pop()
        else:
            kept.append(part)
    if any(part.lower() == _REPOSITORY for part in kept):
        return None
    return folder.joinpath(*kept)


def _check_bounds(count: int, total: int) -> None:
    if count > MAX_FILES:
        raise ValueError(f"it has more than {MAX_FILES} files")
    if total > MAX_BYTES:
        raise ValueError(f"it unpacks to more than {MAX_BYTES >> 30} GiB")
