"""What is put into an ELF file is read from it again, and nothing worse than ElfError comes."""

from __future__ import annotations

import os
import sys

import elf_builder
import pytest
from elf_builder import Shared
from hypothesis import given
from hypothesis import strategies as st

from npwheel import elf

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.+-]{0,30}", fullmatch=True)
unique = st.lists(names, unique=True, max_size=8)
machines = st.sampled_from(sorted(elf_builder.MACHINES))


@st.composite
def files(draw) -> Shared:
    defined = draw(unique)
    return Shared(
        machine=draw(machines),
        needed=draw(unique),
        soname=draw(st.just("") | names),
        rpath=draw(st.just("") | st.just("$ORIGIN:/opt/lib")),
        runpath=draw(st.just("") | st.just("$ORIGIN/../x.libs")),
        defined=defined,
        undefined=[n for n in draw(unique) if n not in defined],
        verneed=draw(st.dictionaries(names, st.lists(names, min_size=1, max_size=4), max_size=4)),
        textrel=draw(st.booleans()),
        exec_stack=draw(st.sampled_from([None, True, False])),
        align=draw(st.sampled_from([0x1000, 0x4000, 0x10000])),
        tls=draw(st.integers(0, 4096)),
        code=draw(st.binary(max_size=64)),
        data=draw(st.binary(max_size=64)),
    )


@given(files())
def test_read_returns_what_the_builder_wrote(made: Shared) -> None:
    read = elf.read(made.build())
    assert read.machine == made.machine
    assert read.bits == made.bits
    assert read.type == 3
    assert read.needed == tuple(made.needed)
    assert read.soname == made.soname
    assert read.rpath == (tuple(made.rpath.split(":")) if made.rpath else ())
    assert read.runpath == (tuple(made.runpath.split(":")) if made.runpath else ())
    assert read.verneed == {k: tuple(v) for k, v in made.verneed.items()}
    assert read.dynamic.textrel is made.textrel
    assert read.exec_stack is made.exec_stack
    assert read.min_align == made.align
    assert sum(s.memsz for s in read.segments if s.type == 7) == made.tls  # PT_TLS
    assert read.sections == ()
    assert not read.truncated
    if made.machine != "s390x":  # its hash table has words of 8 bytes, the builder's has 4
        assert read.defined == set(made.defined)
        assert read.undefined == set(made.undefined)


def everything(data: bytes) -> None:
    """Ask for every fact there is."""
    read = elf.read(data)
    for name in dir(elf.Elf):
        if not name.startswith("_") and name != "section":
            getattr(read, name)
    read.section(".text")


@given(files(), st.data())
def test_damaged_file_raises_elf_error_or_nothing(made: Shared, data: st.DataObject) -> None:
    raw = bytearray(made.build())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    try:
        everything(bytes(raw))
    except elf.ElfError as error:
        assert str(error)


@given(files(), st.data())
def test_truncated_file_is_reported(made: Shared, data: st.DataObject) -> None:
    raw = made.build()
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    try:
        read = elf.read(cut)
        assert read.truncated
        everything(cut)
    except elf.ElfError as error:
        assert str(error)


@given(st.binary(max_size=300))
def test_random_bytes_raise_elf_error_or_nothing(raw: bytes) -> None:
    for data in (raw, b"\x7fELF" + raw):
        try:
            everything(data)
        except elf.ElfError as error:
            assert str(error)


def test_read_running_interpreter_by_path() -> None:
    read = elf.read(os.path.realpath(sys.executable))
    assert read.machine == os.uname().machine
    assert read.sections
    assert read.section(".text").size > 0
    assert any(name.startswith("libc.") for name in read.needed)
    assert "GLIBC_2.17" in read.verneed["libc.so.6"] or read.verneed["libc.so.6"]


def test_extension_module_defines_its_init_function() -> None:
    import _ctypes

    assert "PyInit__ctypes" in elf.read(_ctypes.__file__).defined
    assert "PyType_Ready" in elf.read(_ctypes.__file__).undefined


@pytest.mark.parametrize("kind", ["folder", "empty", "fifo"])
def test_read_rejects_what_is_not_a_regular_file(tmp_path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    else:
        os.mkfifo(path)
    with pytest.raises(elf.ElfError):
        elf.read(path)


def test_endless_chains_are_limited() -> None:
    made = Shared(verneed={"libc.so.6": ["GLIBC_2.17"]})
    raw = bytearray(made.build())
    read = elf.read(bytes(raw))
    at = read.dynamic.tags[0x6FFFFFFE]
    raw[at + 2 : at + 4] = b"\xff\xff"  # 65535 entries …
    raw[at + 16 + 12 : at + 16 + 16] = b"\x00\x00\x00\x00"  # … of which the first is the last
    assert elf.read(bytes(raw)).verneed == {"libc.so.6": ("GLIBC_2.17",)}
    tag = bytes(raw).find((0x6FFFFFFF).to_bytes(8, "little"))
    raw[tag + 8 : tag + 16] = (2**40).to_bytes(8, "little")  # as many libraries
    raw[at + 12 : at + 16] = b"\x00\x00\x00\x00"
    assert elf.read(bytes(raw)).verneed == {"libc.so.6": ("GLIBC_2.17",)}
