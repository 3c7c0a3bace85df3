"""PE files: what is read, and that nothing but PeError comes of a damaged one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from other_builder import CODE_AT, DATA_AT, pe

from npwheel.pe import PeError, read


@pytest.mark.parametrize(("machine", "bits"), [("x86_64", 64), ("aarch64", 64), ("i686", 32)])
def test_machine_and_sections(machine, bits):
    found = read(pe(b"text\0", b"\xc3" * 4, machine))
    assert (found.machine, found.bits) == (machine, bits)
    code, data = found.sections
    assert (code.address, code.size, code.executable, code.writable) == (CODE_AT, 4, True, False)
    assert (data.address, data.size, data.executable, data.writable) == (DATA_AT, 5, False, True)


def test_file_that_is_cut_short_is_refused():
    with pytest.raises(PeError, match="cut short"):
        read(pe(b"text")[:-1])


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: pe()[:150] + tail))
def test_any_bytes_give_a_file_or_pe_error(data):
    try:
        found = read(data)
    except PeError:
        return
    assert all(s.offset >= 0 and s.offset + s.size <= len(data) for s in found.sections)


@given(st.integers(0, 250), st.integers(0, 255))
def test_any_changed_byte_gives_a_file_or_pe_error(place, value):
    data = bytearray(pe(b"text" * 8, b"\xc3" * 32))
    data[place % len(data)] = value
    test_any_bytes_give_a_file_or_pe_error.hypothesis.inner_test(bytes(data))
