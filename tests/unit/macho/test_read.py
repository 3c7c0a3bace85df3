"""Mach-O files: what is read, and that nothing but MachoError comes of a damaged one."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from other_builder import CODE_AT, DATA_AT, macho, universal

from npwheel.macho import MachoError, read


@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_machine_and_segments(machine):
    (found,) = read(macho(b"text\0", b"\xc3" * 4, machine))
    assert (found.machine, found.bits) == (machine, 64)
    code, data = found.segments
    assert (code.address, code.size, code.executable, code.writable) == (CODE_AT, 4, True, False)
    assert (data.address, data.size, data.executable, data.writable) == (DATA_AT, 5, False, False)


def test_universal_file_has_a_part_for_each_machine():
    file = universal(("x86_64", macho(b"one")), ("arm64", macho(b"two!", machine="arm64")))
    texts = []
    for part in read(file):
        data = part.segments[1]
        texts.append((part.machine, file[data.offset : data.offset + data.size]))
    assert texts == [("x86_64", b"one"), ("arm64", b"two!")]


@pytest.mark.parametrize(
    "data",
    [
        macho(b"text")[:-1],
        universal(("x86_64", macho()))[:-1],
        b"\xca\xfe\xba\xbe" + struct.pack(">I", 1 << 20),  # as a Java class begins
        b"\xfe\xed\xfa\xcf" + bytes(64),
    ],
)
def test_what_is_not_read_is_refused(data):
    with pytest.raises(MachoError):
        read(data)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: macho()[:150] + tail))
def test_any_bytes_give_parts_or_macho_error(data):
    try:
        found = read(data)
    except MachoError:
        return
    assert all(s.offset + s.size <= len(data) for part in found for s in part.segments)


@given(st.integers(0, 400), st.integers(0, 255))
def test_any_changed_byte_gives_parts_or_macho_error(place, value):
    data = bytearray(universal(("x86_64", macho(b"a" * 40)), ("arm64", macho(b"b" * 40))))
    data[place % len(data)] = value
    test_any_bytes_give_parts_or_macho_error.hypothesis.inner_test(bytes(data))
