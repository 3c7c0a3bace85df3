"""Adding a file to a wheel's .dist-info, every other member's compressed bytes kept as they are.

Nothing is compressed again, so the result does not depend on which zlib this Python has.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import struct
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from npwheel.core import files
from npwheel.core.errors import RecordError
from npwheel.wheel import Unreadable, zip_file
from npwheel.wheel.archive import MAX_TEXT

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_END = struct.Struct("<4s4H2LH")
_HAS_DESCRIPTOR = 0x08
_UTF8 = 0x800
_ENCRYPTED = 0x01
_ZIP64_LIMIT = 0xFFFFFFFF
_OLDEST = 315532800  # 1980-01-01, the first moment that a zip archive can name
_REGULAR_FILE = 0o100644 << 16
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")


@dataclass(frozen=True)
class _Member:
    info: zipfile.ZipInfo
    packed: bytes  # as it lies in the archive


def with_file(wheel: Path, name: str, content: bytes, epoch: int) -> None:
    """Put `content` at `name` below .dist-info and in RECORD; the wheel is replaced in one step.

    Members keep their order; the new one stands before RECORD, an older one of that
    name is replaced. Every time stamp becomes `epoch` (seconds UTC). Raises RecordError
    for an archive that is no wheel, or whose RECORD is signed.
    """
    try:
        with wheel.open("rb") as file, zip_file.open_archive(wheel) as archive:
            infos = archive.infolist()
            record_name = _record_name(wheel, infos)
            place = f"{record_name.removesuffix('RECORD')}{name}"
            text = zip_file.read(archive, archive.getinfo(record_name), MAX_TEXT).decode("utf-8")
            rows = _rows(text, record_name, place, content)
            members = [
                _Member(info, _packed(file, info))
                for info in infos
                if info.filename not in (record_name, place)
            ]
            old_record = archive.getinfo(record_name)
    except (*zip_file.DAMAGE, csv.Error, Unreadable) as error:
        raise RecordError(f"{wheel.name} cannot be rewritten", why=str(error)) from error
    added = _Member(_stored(place, content, _REGULAR_FILE), content)
    record = _Member(_stored(record_name, rows, old_record.external_attr), rows)
    at = next((i for i, info in enumerate(infos) if info.filename == record_name), len(members))
    at -= sum(info.filename == place for info in infos[:at])
    members[at:at] = [added, record]
    _write(wheel, members, epoch)


def _record_name(wheel: Path, infos: list[zipfile.ZipInfo]) -> str:
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise RecordError(f"{wheel.name} holds one name twice")
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise RecordError(f"{wheel.name} is encrypted")
    if any(name.endswith(_SIGNATURES) for name in names):
        raise RecordError(f"{wheel.name} is signed", why="a changed RECORD breaks its signature")
    found = [n for n in names if n.endswith(".dist-info/RECORD") and n.count("/") == 1]
    if len(found) != 1:
        raise RecordError(
            f"{wheel.name} is no wheel", why=f"it has {len(found)} RECORD files, expected 1"
        )
    return found[0]


def _rows(text: str, record_name: str, place: str, content: bytes) -> bytes:
    """RECORD with a row for the new file before its own."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    kept = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    rows = [row for row in kept if row[0] not in (place, record_name)]
    rows += [[place, f"sha256={digest}", str(len(content))], [record_name, "", ""]]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def _packed(file: IO[bytes], info: zipfile.ZipInfo) -> bytes:
    """A member's bytes as they lie in the archive, still compressed."""
    file.seek(info.header_offset)
    header = _LOCAL.unpack(file.read(_LOCAL.size))
    if header[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"no member at the place of {info.filename}")
    file.seek(header[-2] + header[-1], os.SEEK_CUR)
    packed = file.read(info.compress_size)
    if len(packed) != info.compress_size:
        raise zipfile.BadZipFile(f"{info.filename} is cut short")
    return packed


def _stored(name: str, content: bytes, attributes: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3  # Unix
    info.external_attr = attributes
    info.CRC = zlib.crc32(content)
    info.file_size = info.compress_size = len(content)
    return info


def _write(wheel: Path, members: list[_Member], epoch: int) -> None:
    moment = time.gmtime(max(epoch, _OLDEST))
    date = (moment.tm_year - 1980) << 9 | moment.tm_mon << 5 | moment.tm_mday
    clock = moment.tm_hour << 11 | moment.tm_min << 5 | moment.tm_sec // 2
    with files.atomic(wheel, wheel.stat().st_mode & 0o777) as out:
        central = [_member(out, member, clock, date) for member in members]
        start = out.tell()
        for entry in central:
            out.write(entry)
        size, count = out.tell() - start, len(central)
        if out.tell() > _ZIP64_LIMIT or count >= 0xFFFF:
            raise RecordError(f"{wheel.name} is too large to rewrite")
        out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))


def _member(out: IO[bytes], member: _Member, clock: int, date: int) -> bytes:
    """Write a member; returns its entry in the central directory."""
    info = member.info
    name = info.filename.encode("utf-8")
    flags = info.flag_bits & ~_HAS_DESCRIPTOR  # sizes stand in the header
    if not name.isascii():
        flags |= _UTF8
    offset = out.tell()
    sizes = (info.CRC, info.compress_size, info.file_size)
    common = (flags, info.compress_type, clock, date, *sizes, len(name), 0)
    out.write(_LOCAL.pack(b"PK\x03\x04", 20, *common) + name)
    out.write(member.packed)
    attributes = (0, 0, 0, info.external_attr, offset)
    made_by = (20, info.create_system, 20, 0)
    return _CENTRAL.pack(b"PK\x01\x02", *made_by, *common, *attributes) + name
