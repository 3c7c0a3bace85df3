"""Add a file to a wheel's .dist-info.

The compressed bytes of all other members are copied, so the result does not depend on
the zlib of this Python.
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
_OLDEST = 315532800  # 1980-01-01, the earliest time in a zip archive
_REGULAR_FILE = 0o100644 << 16
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")


@dataclass(frozen=True)
class _PackedMember:
    info: zipfile.ZipInfo
    packed: bytes  # still compressed


def add_file(wheel: Path, name: str, content: bytes, epoch: int) -> None:
    """Write `content` to `name` in .dist-info and update RECORD; replace the wheel atomically.

    Members keep their order. The new one is placed before RECORD and replaces an older one
    of that name. Every time stamp is set to `epoch` (seconds UTC).

    Raises:
        RecordError: the archive is damaged, is not a wheel, or its RECORD is signed.
    """
    try:
        with wheel.open("rb") as file, zip_file.open_archive(wheel) as archive:
            infos = archive.infolist()
            record_name = _record_name(wheel, infos)
            place = f"{record_name.removesuffix('RECORD')}{name}"
            text = zip_file.read(archive, archive.getinfo(record_name), MAX_TEXT).decode("utf-8")
            rows = _rows(text, record_name, place, content)
            members = [
                _PackedMember(info, _packed(file, info))
                for info in infos
                if info.filename not in (record_name, place)
            ]
            old_record = archive.getinfo(record_name)
    except (*zip_file.DAMAGE, csv.Error, Unreadable) as error:
        raise RecordError(f"cannot rewrite {wheel.name}", why=str(error)) from error
    added = _PackedMember(_stored(place, content, _REGULAR_FILE), content)
    record = _PackedMember(_stored(record_name, rows, old_record.external_attr), rows)
    at = next((i for i, info in enumerate(infos) if info.filename == record_name), len(members))
    at -= sum(info.filename == place for info in infos[:at])
    members[at:at] = [added, record]
    _write(wheel, members, epoch)


def _record_name(wheel: Path, infos: list[zipfile.ZipInfo]) -> str:
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise RecordError(f"cannot rewrite {wheel.name}", why="two members have the same name")
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise RecordError(f"cannot rewrite {wheel.name}", why="it has encrypted members")
    if any(name.endswith(_SIGNATURES) for name in names):
        raise RecordError(
            f"cannot rewrite {wheel.name}", why="a changed RECORD would break its signature"
        )
    found = [n for n in names if n.endswith(".dist-info/RECORD") and n.count("/") == 1]
    if len(found) != 1:
        raise RecordError(
            f"{wheel.name} is not a wheel", why=f"expected 1 RECORD file, found {len(found)}"
        )
    return found[0]


def _rows(text: str, record_name: str, place: str, content: bytes) -> bytes:
    """Return RECORD with a row for the new file before RECORD's own row."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    kept = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    rows = [row for row in kept if row[0] not in (place, record_name)]
    rows += [[place, f"sha256={digest}", str(len(content))], [record_name, "", ""]]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def _packed(file: IO[bytes], info: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes, still compressed."""
    file.seek(info.header_offset)
    header = _LOCAL.unpack(file.read(_LOCAL.size))
    if header[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"no local header at the offset of {info.filename}")
    file.seek(header[-2] + header[-1], os.SEEK_CUR)
    packed = file.read(info.compress_size)
    if len(packed) != info.compress_size:
        raise zipfile.BadZipFile(f"{info.filename} is truncated")
    return packed


def _stored(name: str, content: bytes, attributes: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3  # Unix
    info.external_attr = attributes
    info.CRC = zlib.crc32(content)
    info.file_size = info.compress_size = len(content)
    return info


def _write(wheel: Path, members: list[_PackedMember], epoch: int) -> None:
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
            raise RecordError(
                f"cannot rewrite {wheel.name}", why="it would need zip64, which is not supported"
            )
        out.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))


def _member(out: IO[bytes], member: _PackedMember, clock: int, date: int) -> bytes:
    """Write a member and return its entry of the central directory."""
    info = member.info
    name = info.filename.encode("utf-8")
    flags = info.flag_bits & ~_HAS_DESCRIPTOR  # the local header has the sizes
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
