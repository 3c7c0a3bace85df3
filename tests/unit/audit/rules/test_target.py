"""The C-API target of a whole wheel."""

from __future__ import annotations

import struct

import pytest
from elf_builder import Shared
from rule_wheels import MODULE, make, module

from npwheel.audit import target_api

MESSAGE = (
    b"module compiled against API version 0x%x but this version of numpy is 0x%x\0_ARRAY_API\0"
)


def demanding(api: int) -> bytes:
    lea = b"\x48\x8d\x35" + struct.pack("<i", Shared.DATA - Shared.CODE - 7)
    code = lea + b"\xba" + struct.pack("<I", api) + b"\xe8\0\0\0\0"
    return module(code=code, data=MESSAGE)


def test_the_highest_of_all_modules(tmp_path) -> None:
    files = {MODULE: demanding(0xD), "pkg/other.so": demanding(0x10), "pkg/plain.so": module()}
    assert target_api(make(tmp_path, files)) == "0x10"


def test_none_requires_any(tmp_path) -> None:
    assert target_api(make(tmp_path, {MODULE: module()})) is None


@pytest.mark.parametrize("broken", [demanding(0xD)[:-4], module(data=MESSAGE)])
def test_what_could_not_be_read_might_be_higher(tmp_path, broken: bytes) -> None:
    files = {MODULE: demanding(0xD), "pkg/other.so": broken}
    assert target_api(make(tmp_path, files)) is None


def test_no_wheel(tmp_path) -> None:
    path = tmp_path / "x.whl"
    assert target_api(path) is None
    path.write_bytes(b"PK")
    assert target_api(path) is None
