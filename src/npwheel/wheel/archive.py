"""Open a .whl file: an untrusted zip archive, read through `zip_file`."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from npwheel.wheel import metadata, zip_file
from npwheel.wheel.opened_wheel import OpenedWheel, Problem, Unreadable, WheelMember
from npwheel.wheel.zip_entries import problems_of

_VARIANT = re.compile(r"[0-9a-z._]{1,16}")
MAX_TEXT = 32 * 1024 * 1024  # bytes of METADATA, WHEEL or RECORD


def open_wheel(path: Path) -> OpenedWheel:
    """Open a wheel file. Raises Unreadable if it is not a zip archive or lists too much."""
    return _Archive(path)


def _without_variant(name: str) -> tuple[str, str, frozenset[Tag]] | None:
    """Project, version and tags of a name with a variant label at its end (PEP 825)."""
    stem, _, label = name.removesuffix(".whl").rpartition("-")
    if not _VARIANT.fullmatch(label):
        return None
    try:
        project, version, _, tags = parse_wheel_filename(f"{stem}.whl")
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return str(project), str(version), tags


class _Archive(OpenedWheel):
    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._zip = zip_file.open_archive(path)
        self.size = path.stat().st_size
        infos = self._zip.infolist()
        # Installers keep the last of two members with the same name.
        self._infos = {info.filename: info for info in infos}
        self.members = tuple(
            WheelMember(i.filename, i.file_size, i.compress_size)
            for i in self._infos.values()
            if not i.filename.endswith("/")  # is_dir() fails on an empty name
        )
        problems = [*problems_of(infos, self._zip.start_dir)]
        # Members that share their data are how a small archive unpacks to a huge size.
        self._overlapping = {p.where for p in problems if p.kind == "overlap"}
        self._identify(problems)
        self.problems = tuple(problems)

    def _identify(self, problems: list[Problem]) -> None:
        try:
            project, version, _, self.file_tags = parse_wheel_filename(self.name)
            self.project, self.version = str(project), str(version)
        except (InvalidWheelFilename, InvalidVersion) as error:
            variant = _without_variant(self.name)
            if variant is not None:
                self.project, self.version, self.file_tags = variant
                return self._read_metadata(problems)
            problems.append(Problem("name", self.name, f"the file name is no wheel's: {error}"))
        self._read_metadata(problems)

    def _read_metadata(self, problems: list[Problem]) -> None:
        folders = {p.split("/")[0] for p in self._infos if p.split("/")[0].endswith(".dist-info")}
        if len(folders) != 1:
            found = f"{len(folders)} .dist-info folders, expected one"
            problems.append(Problem("metadata", self.name, found))
        folder = min(folders, default="")
        texts = [
            self._text(f"{folder}/{name}", problems) for name in ("METADATA", "WHEEL", "RECORD")
        ]
        self.metadata = metadata.parse(*texts)
        self.project = self.project or self.metadata.name
        self.version = self.version or self.metadata.version

    def _text(self, path: str, problems: list[Problem]) -> bytearray | None:
        info = self._infos.get(path)
        if info is None:
            return None
        try:
            if info.file_size > MAX_TEXT:
                raise Unreadable(f"{info.file_size} bytes, more than {MAX_TEXT}")
            return self.read(WheelMember(path, info.file_size, info.compress_size))
        except Unreadable as error:
            problems.append(Problem("unread", path, error.what))
            return None

    def head(self, member: WheelMember) -> bytes:
        """Return the first four bytes of a member. Raises Unreadable."""
        return zip_file.head(self._zip, self._checked(member))

    def read(self, member: WheelMember) -> bytearray:
        """Return the content of a member; its checksum is verified. Raises Unreadable."""
        return zip_file.read(self._zip, self._checked(member))

    def _checked(self, member: WheelMember) -> zipfile.ZipInfo:
        if member.path in self._overlapping:
            raise Unreadable(f"{member.path} is not unpacked: its data overlaps another member's")
        return self._infos[member.path]

    def close(self) -> None:
        """Close the archive."""
        self._zip.close()
