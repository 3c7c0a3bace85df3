"""Archives that lie. Each function writes one and returns its path."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from rule_wheels import MODULE, make, module

MIB = 1024 * 1024


def entries(path: Path) -> list[zipfile.ZipInfo]:
    """The entries, with the offset of each in the list of members added by `patch`."""
    with zipfile.ZipFile(path) as archive:
        return archive.infolist()


def patch(path: Path, name: str, field: str, value: int, local: bool = True) -> None:
    """Write another value into an entry: of the list, and with `local` of the member's header."""
    places = {  # field -> (layout, offset in the list's record, offset in the local header)
        "flags": ("<H", 8, 6), "method": ("<H", 10, 8), "crc": ("<I", 16, 14),
        "packed": ("<I", 20, 18), "size": ("<I", 24, 22), "offset": ("<I", 42, None),
        "mode": ("<I", 38, None),
    }  # fmt: skip
    layout, central, header = places[field]
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
        at = archive.start_dir
    raw = name.encode()
    while data[at + 46 : at + 46 + len(raw)] != raw or data[at : at + 4] != b"PK\1\2":
        at += 1
    struct.pack_into(layout, data, at + central, value)
    if local and header is not None:
        struct.pack_into(layout, data, info.header_offset + header, value)
    path.write_bytes(data)


def deflated(mebibyte: bytes, times: int) -> bytes:
    """A deflate stream of one MiB many times over, made without packing each."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    again = packer.compress(mebibyte) + packer.flush(zlib.Z_FULL_FLUSH)
    return again * times + packer.flush()


def with_stream(folder: Path, stream: bytes, size: int) -> Path:
    """A wheel with one module whose packed data is `stream` and whose size is claimed."""
    path = folder / "pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    base = make(folder, {MODULE: b"x" * len(stream)})
    with zipfile.ZipFile(base) as archive:
        texts = {i.filename: archive.read(i) for i in archive.infolist() if i.filename != MODULE}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MODULE, stream, zipfile.ZIP_STORED)
        for name, content in texts.items():
            archive.writestr(name, content)
    patch(path, MODULE, "method", 8)
    patch(path, MODULE, "size", size)
    return path


def bomb(folder: Path) -> Path:
    """3 GiB of zeros that honestly say so."""
    return with_stream(folder, deflated(bytes(MIB), 3 * 1024), 3 * 1024 * MIB)


def bomb_that_says_small(folder: Path) -> Path:
    """3 GiB of zeros that claim to be 1 MiB."""
    return with_stream(folder, deflated(bytes(MIB), 3 * 1024), MIB)


def large(folder: Path) -> Path:
    """An honest module of 400 MiB."""
    mebibyte = os.urandom(MIB // 32) + bytes(MIB - MIB // 32)
    path = with_stream(folder, deflated(mebibyte, 400), 400 * MIB)
    total = 0
    for _ in range(400):
        total = zlib.crc32(mebibyte, total)
    patch(path, MODULE, "crc", total)
    return path


def overlapping(folder: Path) -> Path:
    """Two members that share one member's data."""
    path = make(folder, {MODULE: module(), "pkg/other.so": module()})
    patch(path, "pkg/other.so", "offset", 0)
    return path


def encrypted(folder: Path) -> Path:
    """A module with the flag of encryption."""
    path = make(folder, {MODULE: module()})
    patch(path, MODULE, "flags", 1)
    return path


def unknown_method(folder: Path) -> Path:
    """A module packed by a method that nobody knows."""
    path = make(folder, {MODULE: module()})
    patch(path, MODULE, "method", 77)
    return path


def wrong_sum(folder: Path) -> Path:
    """A module whose checksum does not fit."""
    path = make(folder, {MODULE: module()})
    patch(path, MODULE, "crc", 1)
    return path


def symlink(folder: Path) -> Path:
    """A member that is a symbolic link to a file outside."""
    path = make(folder, {MODULE: module(), "pkg/link.so": "/etc/passwd" + " " * 60})
    patch(path, "pkg/link.so", "mode", 0o120777 << 16)
    return path


def named(name: str) -> Callable[[Path], Path]:
    """A wheel with a member of that name."""
    return lambda folder: make(folder, {MODULE: module(), name: module()})


def cut(folder: Path) -> Path:
    """A wheel that ends in the middle."""
    path = make(folder, {MODULE: module()})
    path.write_bytes(path.read_bytes()[:-60])
    return path


def no_archive(folder: Path) -> Path:
    """Something that is no zip archive at all."""
    path = folder / "pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
    path.write_bytes(b"<html>404</html>" * 100)
    return path


def endless_list(folder: Path) -> Path:
    """An end record that promises more members than any wheel has."""
    path = make(folder, {MODULE: module()})
    data = bytearray(path.read_bytes())
    struct.pack_into("<HHI", data, data.rfind(b"PK\5\6") + 8, 0xFFFF, 0xFFFF, 0x7FFFFFFF)
    path.write_bytes(data)
    return path
