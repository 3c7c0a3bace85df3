"""Check the entries of a zip archive before anything is unpacked."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from npwheel.wheel.opened_wheel import Problem

MAX_MEMBER = 4 * 1024**3  # bytes of one file
MAX_RATIO = 200  # real files compress less; machine code to a third
SMALL = 32 * 1024 * 1024  # below this many bytes no ratio is suspicious
MAX_NAME = 1024
_METHODS = {0: "stored", 8: "deflated", 12: "bzip2", 14: "lzma", 93: "zstandard"}
_READ = (0, 8)  # what every installer can unpack
_FORMAT, _LINK = 0o170000, 0o120000  # of a Unix mode
_LOCAL_HEADER = 30
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def refusal(info: zipfile.ZipInfo) -> str:
    """Return why an entry must not be unpacked, or an empty string."""
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.compress_type not in _READ:
        method = _METHODS.get(info.compress_type, f"number {info.compress_type}")
        return f"its compression method is {method}, expected stored or deflated"
    if info.file_size > MAX_MEMBER:
        return f"{info.file_size} bytes, more than {MAX_MEMBER}"
    if info.file_size > SMALL and info.file_size > info.compress_size * MAX_RATIO:
        return f"{info.compress_size} bytes would unpack to {info.file_size}: a zip bomb"
    return ""


def problems_of(infos: list[zipfile.ZipInfo], end: int) -> Iterator[Problem]:
    """Yield defects of the entries. end: file offset of the central directory."""
    seen: set[str] = set()
    for info in infos:
        reason = refusal(info)
        if reason:
            yield Problem("unpackable", info.filename, reason)
        odd = _odd_name(info.orig_filename)
        if odd:
            yield Problem("path", info.filename, odd)
        if info.external_attr >> 16 & _FORMAT == _LINK:
            yield Problem("path", info.filename, "a symbolic link; wheels have none")
        if info.filename in seen:
            yield Problem("duplicate", info.filename, "two members have this name")
        seen.add(info.filename)
    last = 0
    name = ""
    for info in sorted(infos, key=lambda entry: entry.header_offset):
        if info.header_offset < last:
            yield Problem("overlap", info.filename, "its data overlaps another member's")
        name = info.filename
        last = info.header_offset + _LOCAL_HEADER + len(info.orig_filename) + info.compress_size
    if last > end:
        yield Problem("overlap", name, "its data overlaps the list of members")


def _odd_name(name: str) -> str:
    """Return why a name is unsafe (it leaves the target directory, or misleads), or ""."""
    if name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":"):
        return "an absolute path"
    if ".." in PurePosixPath(name.replace("\\", "/")).parts:
        return "a path that leaves the wheel"
    if "\\" in name:
        return "a backslash in a path"
    if _CONTROL.search(name):
        return "a control character in a path"
    if not name or len(name) > MAX_NAME:
        return f"a name of {len(name)} letters"
    return ""
