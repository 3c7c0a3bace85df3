"""ELF header, program headers (segments) and section headers."""

import struct
from typing import Any, List, NamedTuple, Tuple, Union

from npwheel.elf.errors import ElfError

Data = Union[bytes, memoryview, Any]  # Any: mmap, whose type differs between Pythons

# e_machine -> the name in platform tags (gABI, "ELF Header").
MACHINES = {
    3: "i686",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK = 1, 2, 3, 0x6474E551
# More than any real file has; e_phnum and e_shnum are 16 bits wide in any case.
MAX_SECTION_NAME = 4096

Header = NamedTuple(
    "Header",
    [
        ("bits", int),
        ("little", bool),
        ("osabi", int),
        ("type", int),  # 2 executable, 3 shared object
        ("machine", str),
        ("flags", int),
        ("phoff", int),
        ("phentsize", int),
        ("phnum", int),
        ("shoff", int),
        ("shentsize", int),
        ("shnum", int),
        ("shstrndx", int),
    ],
)
Segment = NamedTuple(
    "Segment",
    [
        ("type", int),
        ("flags", int),  # 1 execute, 2 write, 4 read
        ("offset", int),
        ("vaddr", int),
        ("filesz", int),
        ("memsz", int),
        ("align", int),
    ],
)
Section = NamedTuple(
    "Section",
    [
        ("name", str),
        ("type", int),
        ("flags", int),
        ("addr", int),
        ("offset", int),
        ("size", int),
        ("link", int),
        ("entsize", int),
    ],
)


def unpack(data: Data, offset: int, layout: str, what: str) -> Tuple[Any, ...]:
    """Call struct.unpack_from after checking bounds. Raises ElfError that names `what`."""
    size = struct.calcsize(layout)
    if offset < 0 or offset + size > len(data):
        raise ElfError(
            "{} at {:#x} lies outside the file of {} bytes".format(what, offset, len(data))
        )
    return struct.unpack_from(layout, data, offset)


def read_header(data: Data) -> Header:
    """Return the ELF header. Raises ElfError if it is invalid."""
    if len(data) < 16:
        raise ElfError("file too short: {} bytes, an ELF header has at least 52".format(len(data)))
    ident = bytes(data[:16])
    if ident[:4] != b"\x7fELF":
        raise ElfError("not an ELF file: it begins with {!r}".format(ident[:4]))
    bits = {1: 32, 2: 64}.get(ident[4])
    order = {1: "<", 2: ">"}.get(ident[5])
    if bits is None or order is None:
        raise ElfError("unknown ELF class {} or byte order {}".format(ident[4], ident[5]))
    word = "Q" if bits == 64 else "I"
    fields = unpack(data, 16, order + "HHI" + word * 3 + "I" + "H" * 6, "ELF header")
    kind, machine, _, _, phoff, shoff, flags, _, phentsize, phnum, shentsize, shnum, shstrndx = (
        fields
    )
    name = MACHINES.get(machine, "machine {}".format(machine))
    if machine == 21 and order == "<":
        name = "ppc64le"
    return Header(
        bits, order == "<", ident[7], kind, name, flags,
        phoff, phentsize, phnum, shoff, shentsize, shnum, shstrndx,
    )  # fmt: skip


def read_segments(data: Data, header: Header) -> Tuple[Segment, ...]:
    """Return the program headers. Raises ElfError."""
    order = "<" if header.little else ">"
    layout = order + ("IIQQQQQQ" if header.bits == 64 else "IIIIIIII")
    _check_step(header.phnum, header.phentsize, layout, "program headers")
    found: List[Segment] = []
    for index in range(header.phnum):
        at = header.phoff + index * header.phentsize
        row = unpack(data, at, layout, "program header {}".format(index))
        if header.bits == 64:
            kind, flags, offset, vaddr, _, filesz, memsz, align = row
        else:
            kind, offset, vaddr, _, filesz, memsz, flags, align = row
        found.append(Segment(kind, flags, offset, vaddr, filesz, memsz, align))
    return tuple(found)


def _check_step(count: int, step: int, layout: str, what: str) -> None:
    """A step of 0 would make thousands of headers of a few bytes, each as large as the file."""
    if count and step < struct.calcsize(layout):
        raise ElfError(
            "{} are {} bytes apart, each has {}".format(what, step, struct.calcsize(layout))
        )


def read_sections(data: Data, header: Header) -> Tuple[Section, ...]:
    """Return the section headers; () if there are none (loading does not need them)."""
    if not header.shoff or not header.shnum:
        return ()
    order = "<" if header.little else ">"
    layout = order + ("IIQQQQIIQQ" if header.bits == 64 else "IIIIIIIIII")
    _check_step(header.shnum, header.shentsize, layout, "section headers")
    rows = [
        unpack(data, header.shoff + i * header.shentsize, layout, "section header {}".format(i))
        for i in range(header.shnum)
    ]
    names = rows[header.shstrndx] if header.shstrndx < len(rows) else None
    found: List[Section] = []
    for row in rows:
        name = ""
        if names is not None:
            name = text_at(data, names[4] + row[0], names[4] + names[5], MAX_SECTION_NAME)
        found.append(Section(name, row[1], row[2], row[3], row[4], row[5], row[6], row[9]))
    return tuple(found)


def text_at(data: Data, start: int, end: int, limit: int) -> str:
    """Return the NUL-terminated string at `start`, up to `end` and `limit` bytes; "" outside."""
    end = min(end, len(data), start + limit)
    if start < 0 or start >= end:
        return ""
    return bytes(data[start:end]).split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
