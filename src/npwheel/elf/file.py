"""Read an ELF file. Expensive facts are read on first access."""

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
        """The architecture as in platform tags, or "machine N"."""
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
        """The segments that are mapped (PT_LOAD)."""
        return tuple(s for s in self.segments if s.type == PT_LOAD)

    @property
    def min_align(self) -> int:
        """The smallest alignment of a mapped segment, in bytes; 0 if there is none."""
        return min((s.align for s in self.load), default=0)

    @property
    def max_end(self) -> int:
        """The size, in bytes, that the file needs for its segments; see `truncated`."""
        return max((s.offset + s.filesz for s in self.segments), default=0)

    @property
    def truncated(self) -> bool:
        """True when a segment reaches beyond the end of the file."""
        return self.max_end > len(self.data)

    @property
    def exec_stack(self) -> Optional[bool]:
        """Whether it requests an executable stack; None without PT_GNU_STACK."""
        for segment in self.segments:
            if segment.type == PT_GNU_STACK:
                return bool(segment.flags & 1)
        return None

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
        """Library -> the symbol versions that it must provide."""
        return self.dynamic.verneed

    @property
    def defined(self) -> FrozenSet[str]:
        """Names of the dynamic symbols that it defines, except local ones."""
        return self.symbols[0]

    @property
    def undefined(self) -> FrozenSet[str]:
        """Names of the dynamic symbols that other libraries must define."""
        return self.symbols[1]

    @property
    def symbols(self) -> Tuple[FrozenSet[str], FrozenSet[str]]:
        """Return (defined, undefined) names of the dynamic symbols."""
        if self._symbols is None:
            self._symbols = read_symbols(self.data, self.header, self.segments, self.dynamic)
        return self._symbols

    def exports(self, prefixes: Tuple[str, ...]) -> Dict[str, int]:
        """Return name -> address of the symbols that it defines with one of these prefixes."""
        return exports(self.data, self.header, self.segments, self.dynamic, prefixes)

    @property
    def sections(self) -> Tuple[Section, ...]:
        """The section headers; () if it has none."""
        if self._sections is None:
            self._sections = read_sections(self.data, self.header)
        return self._sections

    def section(self, name: str) -> Optional[Section]:
        """Return the first section of that name."""
        return next((s for s in self.sections if s.name == name), None)


def read(source: Union[bytes, bytearray, memoryview, mmap.mmap, str, "os.PathLike[str]"]) -> Elf:
    """Return the facts of an ELF file.

    Args:
        source: its bytes, or a path. A path is mapped, so a large file costs little.

    Raises:
        ElfError: it is not a valid ELF file or not a regular file.
        OSError: it cannot be opened.
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
