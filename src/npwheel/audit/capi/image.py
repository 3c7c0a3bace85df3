"""An ELF file as its instructions see it: addresses, constant data, code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from npwheel.elf import Elf, ElfError

DT_PLTGOT, _DT_STRTAB, _DT_STRSZ = 3, 5, 10
_SHT_PROGBITS, _SHF_WRITE, _SHF_ALLOC, _SHF_EXEC = 1, 1, 2, 4
MAX_COVER = 2  # times the file's size that its parts may add up to; sound ones stay below 1
MAX_HITS = 4096  # of one string in one file; a real module has under a hundred


@dataclass(frozen=True)
class Span:
    """A piece of the file: where it lies there, how long it is, and its address when loaded."""

    offset: int
    size: int
    address: int


class Image:
    """The mapped parts of a module, cut to what the file really has."""

    def __init__(self, elf: Elf) -> None:
        self.elf = elf
        # bytes or a memory map: both can be searched and cut.
        self.data: Any = elf.data

    @cached_property
    def constants(self) -> tuple[Span, ...]:
        """Where string constants lie: the read-only data sections, else all that is mapped."""
        sections = self._sections(_SHF_ALLOC, without=_SHF_WRITE | _SHF_EXEC)
        return sections or self._segments(0)

    @cached_property
    def code(self) -> tuple[Span, ...]:
        """Where instructions lie: the executable sections, else the executable segments."""
        return self._sections(_SHF_ALLOC | _SHF_EXEC) or self._segments(1)

    @cached_property
    def got(self) -> int:
        """The address that 32-bit and large-model code counts from; 0 where there is none."""
        section = self.elf.section(".got.plt")
        return section.addr if section else self.elf.dynamic.tags.get(DT_PLTGOT, 0)

    @cached_property
    def names(self) -> bytes:
        """The names of its dynamic symbols and needed libraries, each after a NUL; b"" for none."""
        tags = self.elf.dynamic.tags
        for segment in self.elf.load:
            start = tags.get(_DT_STRTAB, -1) - segment.vaddr
            if 0 <= start < segment.filesz:
                begin = segment.offset + start
                end = min(begin + tags.get(_DT_STRSZ, 0), segment.offset + segment.filesz)
                return bytes(self.data[begin:end])
        return b""

    def _sections(self, flags: int, without: int = 0) -> tuple[Span, ...]:
        return self._bounded(
            span
            for s in self.elf.sections
            if s.type == _SHT_PROGBITS and s.flags & flags == flags and not s.flags & without
            for span in self._cut(s.offset, s.size, s.addr)
        )

    def _segments(self, flags: int) -> tuple[Span, ...]:
        return self._bounded(
            span
            for s in self.elf.load
            if s.flags & flags == flags
            for span in self._cut(s.offset, s.filesz, s.vaddr)
        )

    def _bounded(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        """All of them. Raises ElfError where thousands of them are the same bytes."""
        found: list[Span] = []
        total = 0
        for span in spans:
            total += span.size
            if total > MAX_COVER * len(self.data):
                raise ElfError(f"its parts overlap: more than {total} bytes in {len(self.data)}")
            found.append(span)
        return tuple(found)

    def _cut(self, offset: int, size: int, address: int) -> tuple[Span, ...]:
        size = min(size, len(self.data) - offset)
        return (Span(offset, size, address),) if size > 0 else ()

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """(offset in the file, address) of each place of `text` in the constants."""
        left = MAX_HITS
        for span in self.constants:
            end = span.offset + span.size
            at = self.data.find(text, span.offset, end)
            while at >= 0 and left:
                yield at, at - span.offset + span.address
                left -= 1
                at = self.data.find(text, at + 1, end)

    def has(self, text: bytes) -> bool:
        """Does the text occur in the constants?"""
        return next(self.find(text), None) is not None

    def named(self, name: bytes) -> tuple[int, ...]:
        """Addresses at which exactly `name` and a NUL stand, also as the tail of a longer text.

        The linker merges a text with the tail of another, so what stands before
        it says nothing.
        """
        return tuple(address for _, address in self.find(name + b"\0"))

    def text(self, offset: int, limit: int = 512) -> bytes:
        """The NUL-ended text at an offset in the file, cut at `limit` bytes."""
        piece = bytes(self.data[offset : offset + limit])
        return piece.split(b"\0", 1)[0]
