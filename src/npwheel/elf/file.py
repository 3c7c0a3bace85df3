"""`read`: the facts of a file; those that cost more are read when they are asked for."""

import mmap
import os
import stat
from typing import Any, Dict, FrozenSet, Optional, Tuple, Union

from npwheel.elf.dynamic import Dynamic, read_dynamic, read_symbols
from npwheel.elf.errors import ElfError
from npwheel.elf.exports import exports
from npwheel.elf.header import (
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    PT_TLS,
    Data,
    Header,
    Section,
    Segment,
    read_header,
    read_sections,
    read_segments,
    text_at,
)


class Elf:
    """Facts of one ELF file. Every property may raise ElfError on a damaged file."""

    def __init__(self, data: Data) -> None:
        self.data: Any = data  # bytes, memoryview or mmap
        self.header: Header = read_header(data)
        self.segments: Tuple[Segment, ...] = read_segments(data, self.header)
        self._dynamic: Optional[Dynamic] = None
        self._symbols: Optional[Tuple[FrozenSet[str], FrozenSet[str]]] = None
        self._sections: Optional[Tuple[Section, ...]] = None

    @property
    def machine(self) -> str:
        """The architecture in the words of platform tags, or "machine N"."""
        return self.header.machine

    @property
    def bits(self) -> int:
        """32 or 64."""
        return self.header.bits

    @property
    def little(self) -> bool:
        """True for little-endian."""
        return self.header.little

    @property
    def type(self) -> int:
        """e_type: 2 executable, 3 shared object."""
        return self.header.type

    @property
    def flags(self) -> int:
        """e_flags: for arm 0x400 hard float, 0x200 soft float."""
        return self.header.flags

    @property
    def interp(self) -> str:
        """The program interpreter (PT_INTERP), "" for none."""
        for segment in self.segments:
            if segment.type == PT_INTERP:
                return text_at(self.data, segment.offset, segment.offset + segment.filesz, 4096)
        return ""

    @property
    def load(self) -> Tuple[Segment, ...]:
        """The segments that are mapped."""
        return tuple(s for s in self.segments if s.type == PT_LOAD)

    @property
    def min_align(self) -> int:
        """The smallest alignment of a mapped segment, in bytes; 0 where nothing is mapped."""
        return min((s.align for s in self.load), default=0)

    @property
    def max_end(self) -> int:
        """How many bytes the file must have for its segments; more than it has: cut short."""
        return max((s.offset + s.filesz for s in self.segments), default=0)

    @property
    def truncated(self) -> bool:
        """True when a segment reaches beyond the end of the file."""
        return self.max_end > len(self.data)

    @property
    def exec_stack(self) -> Optional[bool]:
        """Does it ask for an executable stack? None where it does not say."""
        for segment in self.segments:
            if segment.type == PT_GNU_STACK:
                return bool(segment.flags & 1)
        return None

    @property
    def tls_size(self) -> int:
        """Bytes of thread-local storage."""
        return sum(s.memsz for s in self.segments if s.type == PT_TLS)

    @property
    def dynamic(self) -> Dynamic:
        """The dynamic section."""
        if self._dynamic is None:
            self._dynamic = read_dynamic(self.data, self.header, self.segments)
        return self._dynamic

    @property
    def needed(self) -> Tuple[str, ...]:
        """DT_NEEDED, in order."""
        return self.dynamic.needed

    @property
    def soname(self) -> str:
        """DT_SONAME, "" for none."""
        return self.dynamic.soname

    @property
    def rpath(self) -> Tuple[str, ...]:
        """DT_RPATH split at colons; dependencies inherit it."""
        return self.dynamic.rpath

    @property
    def runpath(self) -> Tuple[str, ...]:
        """DT_RUNPATH split at colons; dependencies do not inherit it."""
        return self.dynamic.runpath

    @property
    def verneed(self) -> Dict[str, Tuple[str, ...]]:
        """Library -> the symbol versions that are needed of it."""
        return self.dynamic.verneed

    @property
    def defined(self) -> FrozenSet[str]:
        """Names of the dynamic symbols that it defines, locals apart."""
        return self.symbols[0]

    @property
    def undefined(self) -> FrozenSet[str]:
        """Names of the dynamic symbols that others must define."""
        return self.symbols[1]

    @property
    def symbols(self) -> Tuple[FrozenSet[str], FrozenSet[str]]:
        """(defined, undefined)."""
        if self._symbols is None:
            self._symbols = read_symbols(self.data, self.header, self.segments, self.dynamic)
        return self._symbols

    def exports(self, prefixes: Tuple[str, ...]) -> Dict[str, int]:
        """Name -> address of the symbols that it defines whose names begin with a prefix."""
        return exports(self.data, self.header, self.segments, self.dynamic, prefixes)

    @property
    def sections(self) -> Tuple[Section, ...]:
        """The section headers; () where there are none."""
        if self._sections is None:
            self._sections = read_sections(self.data, self.header)
        return self._sections

    def section(self, name: str) -> Optional[Section]:
        """The first section of that name."""
        return next((s for s in self.sections if s.name == name), None)


def read(source: Union[bytes, bytearray, memoryview, mmap.mmap, str, "os.PathLike[str]"]) -> Elf:
    """The facts of an ELF file.

    source: the bytes, or a path; a path is mapped, not read, so that a large
    file costs little. Raises ElfError when it is no sound ELF file or no
    regular file, OSError when it cannot be opened.
    """
    if isinstance(source, (bytes, bytearray, memoryview, mmap.mmap)):
        return Elf(source)
    # Without O_NONBLOCK opening a FIFO would wait for a writer.
    descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ElfError("not a regular file")
        if not facts.st_size:
            raise ElfError("file too short: 0 bytes, an ELF header has at least 52")
        return Elf(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
    finally:
        os.close(descriptor)
