"""Two files that should be alike: the first byte in which they differ, and why."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from npwheel import elf
from npwheel.wheel import Unreadable, zip_file

_BLOCK = 1 << 20
_NOBITS = 8  # a section without bytes in the file
_CAUSES = {
    ".note.gnu.build-id": "the linker saw other input",
    ".text": "other machine code",
    ".comment": "another compiler: {}",
    ".rodata": "constants, often a path or a date: {}",
    ".dynstr": "names, often a run path: {}",
}
_LOCAL_HEADER = 30
# Fields of a member's header in a zip archive: first byte, name (APPNOTE 4.3.7).
_ZIP_FIELDS = (
    (26, "the length of its name"), (18, "its size"), (14, "its checksum"),
    (10, "its time stamp"), (8, "its compression"), (6, "its flags"), (4, "the version"),
)  # fmt: skip
_TAR_FIELDS = ((136, "its time stamp"), (124, "its size"), (108, "its owner"), (100, "its mode"))


@dataclass(frozen=True)
class Difference:
    """offset: of the first differing byte in the file; where and cause: in words."""

    file: str
    offset: int
    where: str
    cause: str

    def __str__(self) -> str:
        return f"{self.file}: byte {self.offset} differs: {self.where}: {self.cause}"


def first_difference(one: Path, other: Path) -> Difference | None:
    """None when the files are alike, byte for byte."""
    offset = _offset(one, other)
    if offset is None:
        return None
    if min(one.stat().st_size, other.stat().st_size) == offset:
        cause = f"{one.stat().st_size} bytes against {other.stat().st_size}"
        return Difference(one.name, offset, "one file ends here", cause)
    try:
        if zipfile.is_zipfile(one) and zipfile.is_zipfile(other):
            return Difference(one.name, offset, *_in_zip(one, other, offset))
        if one.name.endswith((".tar.gz", ".tgz")):
            return Difference(one.name, offset, *_in_tar(one, other, offset))
    except (*zip_file.DAMAGE, Unreadable, tarfile.TarError) as error:
        return Difference(one.name, offset, "unknown", f"it cannot be read: {error}")
    return Difference(one.name, offset, *_content(one.read_bytes(), other.read_bytes(), offset))


def members(one: Path, other: Path) -> list[tuple[str, str]]:
    """(member, how it differs) for two wheels, in the order of the first; empty when alike.

    Raises Unreadable, or an error of zip_file.DAMAGE, where one cannot be read.
    """
    with zip_file.open_archive(one) as first, zip_file.open_archive(other) as second:
        theirs = {info.filename: info for info in second.infolist()}
        found = []
        for info in first.infolist():
            twin = theirs.pop(info.filename, None)
            if twin is None:
                found.append((info.filename, "only in the first"))
                continue
            a, b = bytes(zip_file.read(first, info)), bytes(zip_file.read(second, twin))
            if a != b:
                found.append((info.filename, ": ".join(_content(a, b, _differs(a, b)))))
        return found + [(name, "only in the second") for name in theirs]


def _offset(one: Path, other: Path) -> int | None:
    place = 0
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            a, b = first.read(_BLOCK), second.read(_BLOCK)
            if a != b:
                return place + _differs(a, b)
            if not a:
                return None
            place += len(a)


def _differs(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (x, y) in pairs if x != y), min(len(one), len(other)))


def _in_zip(one: Path, other: Path, offset: int) -> tuple[str, str]:
    with zip_file.open_archive(one) as first, zip_file.open_archive(other) as second:
        names, others = first.namelist(), second.namelist()
        if names != others:
            at = next(
                (i for i, (x, y) in enumerate(zip(names, others, strict=False)) if x != y),
                min(len(names), len(others)),
            )
            x = names[at] if at < len(names) else "the end"
            y = others[at] if at < len(others) else "the end"
            return f"member {at}", f"{x} against {y}"
        before = [i for i in first.infolist() if i.header_offset <= offset < first.start_dir]
        if not before:
            return "the central directory", "attributes or time stamps of members"
        info = max(before, key=lambda i: i.header_offset)
        inside = offset - info.header_offset
        if inside < _LOCAL_HEADER:
            field = next((name for start, name in _ZIP_FIELDS if inside >= start), "its header")
            if field not in ("its checksum", "its size"):
                return f"header of {info.filename}", field
        a = bytes(zip_file.read(first, info))
        b = bytes(zip_file.read(second, second.getinfo(info.filename)))
        if a == b:
            return f"member {info.filename}", "the same content, compressed differently"
        place, cause = _content(a, b, _differs(a, b))
        return f"member {info.filename}, {place}", cause


def _in_tar(one: Path, other: Path, offset: int) -> tuple[str, str]:
    if offset < 10:
        field = "its time stamp" if 4 <= offset < 8 else "flags or system"
        return "header of the gzip stream", field
    a, b = gzip.decompress(one.read_bytes()), gzip.decompress(other.read_bytes())
    if a == b:
        return "the gzip stream", "the same content, compressed differently, or another file name"
    place = _differs(a, b)
    with tarfile.open(fileobj=io.BytesIO(a)) as archive:
        before = [m for m in archive.getmembers() if m.offset <= place]
    member = max(before, key=lambda m: m.offset)
    if place < member.offset_data:
        inside = (place - member.offset) % 512
        field = next((name for start, name in _TAR_FIELDS if inside >= start), "its name")
        return f"header of {member.name}", "its time stamp" if 136 <= inside < 148 else field
    within = slice(member.offset_data, member.offset_data + member.size)
    where, cause = _content(a[within], b[within], place - member.offset_data)
    return f"member {member.name}, {where}", cause


def _content(one: bytes, other: bytes, at: int) -> tuple[str, str]:
    """(where, cause) of the first difference inside a file's content."""
    try:
        return _in_elf(elf.read(one), elf.read(other), at)
    except (elf.ElfError, struct.error):
        pass  # no ELF file
    line = one[:at].count(b"\n") + 1
    shown = [_line(text, at) for text in (one, other)]
    if None in shown:
        return f"byte {at}", f"0x{one[at : at + 8].hex()} against 0x{other[at : at + 8].hex()}"
    return f"line {line}", f"{shown[0]!r} against {shown[1]!r}"


def _in_elf(one: elf.Elf, other: elf.Elf, at: int) -> tuple[str, str]:
    """Sections tell more than offsets: the file header changes with whatever moved."""
    others = {section.name: section for section in other.sections}
    for section in one.sections:
        if section.type == _NOBITS or not section.name:
            continue
        twin = others.get(section.name)
        if twin is None:
            return f"byte {at}", f"section {section.name} is in one file only"
        a = bytes(one.data[section.offset : section.offset + section.size])
        b = bytes(other.data[twin.offset : twin.offset + twin.size])
        if a != b:
            place = _differs(a, b)
            texts = f"{_text_near(a, place)!r} against {_text_near(b, place)!r}"
            cause = _CAUSES.get(section.name, "{}").format(texts)
            return f"section {section.name}, byte {place} of it", cause
    return f"byte {at}", "file header or padding; the sections are alike"


def _text_near(data: bytes, at: int) -> str:
    """The printable text around a byte."""
    window = data[max(0, at - 60) : at + 60]
    start = max(0, at - 60)
    left = max((i for i in range(at - start) if not 32 <= window[i] < 127), default=-1) + 1
    right = next(
        (i for i in range(at - start, len(window)) if not 32 <= window[i] < 127), len(window)
    )
    return window[left:right].decode("ascii", "replace")


def _line(data: bytes, at: int) -> str | None:
    start = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    try:
        return data[start : end if end >= 0 else len(data)].decode("utf-8")[:160]
    except UnicodeDecodeError:
        return None
