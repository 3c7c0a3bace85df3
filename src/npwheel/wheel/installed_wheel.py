"""Open an installed distribution: the files that its RECORD lists, read from disk."""

from __future__ import annotations

import mmap
import os
import stat
from importlib import metadata as importlib_metadata
from pathlib import Path
from typing import Any

from npwheel.wheel import metadata
from npwheel.wheel.opened_wheel import OpenedWheel, Unreadable, WheelMember


def installed_names() -> list[str]:
    """Return the names of all distributions of this environment, sorted."""
    found = {d.metadata["Name"] for d in importlib_metadata.distributions()}
    return sorted(name for name in found if name)


def open_installed(name: str) -> OpenedWheel:
    """Open a distribution of this environment. Raises Unreadable if it is not installed."""
    try:
        return _Installed(importlib_metadata.distribution(name))
    except importlib_metadata.PackageNotFoundError as error:
        raise Unreadable(
            f"{name} is not installed in this environment",
            next="list the installed distributions with: python -m pip list",
        ) from error
    except ValueError as error:
        raise Unreadable(f"{name!r} is not a distribution name") from error


class _Installed(OpenedWheel):
    installed = True

    def __init__(self, dist: importlib_metadata.Distribution) -> None:
        record, wheel, about = (dist.read_text(n) for n in ("RECORD", "WHEEL", "METADATA"))
        self.metadata = metadata.parse(*(_bytes(text) for text in (about, wheel, record)))
        self.project, self.version = self.metadata.name, self.metadata.version
        self.name = f"{self.project} {self.version} (installed)"
        # The file name is not known any more; WHEEL has the same tags.
        self.file_tags = self.metadata.wheel_tags
        self._paths: dict[str, Path] = {}
        members = []
        for listed in dist.files or ():
            path = Path(str(dist.locate_file(listed)))
            try:
                facts = path.stat()
            except OSError:
                continue
            if stat.S_ISREG(facts.st_mode):
                members.append(WheelMember(str(listed), facts.st_size, facts.st_size))
                self._paths[str(listed)] = path
        self.members = tuple(members)
        self.size = sum(member.size for member in members)

    def head(self, member: WheelMember) -> bytes:
        """Return the first four bytes of a member. Raises Unreadable."""
        try:
            with self._paths[member.path].open("rb") as opened:
                return opened.read(4)
        except OSError as error:
            raise Unreadable(f"{member.path} cannot be read: {error}") from error

    def read(self, member: WheelMember) -> Any:
        """Map the file into memory. Raises Unreadable."""
        try:
            descriptor = os.open(self._paths[member.path], os.O_RDONLY | os.O_NONBLOCK)
            try:
                return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            raise Unreadable(f"{member.path} cannot be read: {error}") from error

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")
