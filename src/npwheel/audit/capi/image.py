"""An ELF file as the loader maps it: addresses, constant data, code.

Segments decide, since the loader reads nothing else. Sections are what the linker noted for
other tools: they may be stripped, left behind by a rewriting tool, or false on purpose.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from npwheel.audit.budget import PATTERN, STEP, Budget
from npwheel.elf import Elf, ElfError

DT_PLTGOT, _DT_STRTAB, _DT_STRSZ = 3, 5, 10
_SHT_PROGBITS, _SHF_ALLOC, _SHF_EXEC = 1, 2, 4
_PF_X, _PF_W = 1, 2
MAX_HITS = 65536  # of one text in one file; a real module has under a hundred
MAX_COVER = 2  # times the file's size that its parts may add up to; sound ones stay below 1


@dataclass(frozen=True)
class Span:
    """A piece of the file: where it lies there, how long it is, and its address when loaded."""

    offset: int
    size: int
    address: int


class MappedFile(ABC):
    """The mapped parts of a library of any system, cut to what the file really has.

    machine: in the words of Linux: "x86_64", "aarch64", "i686" … calls: how its code passes
    arguments: "system v", "macos" or "windows"; "" where that is not read.
    """

    calls = ""
    little = True

    def __init__(self, data: Any, machine: str, bits: int, budget: Budget | None = None) -> None:
        # bytes or a memory map: both can be searched and cut.
        self.data = data
        self.machine = machine
        self.bits = bits
        self.budget = budget or Budget(len(data))

    @property
    @abstractmethod
    def constants(self) -> tuple[Span, ...]:
        """Where string constants lie: what is mapped and not writable, else all that is mapped."""

    @property
    @abstractmethod
    def code(self) -> tuple[Span, ...]:
        """Where instructions lie."""

    @property
    def got(self) -> int:
        """The address that 32-bit and large-model code counts from; 0 where there is none."""
        return 0

    def bounded(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        """Return all spans. Raises ElfError where thousands of them are the same bytes."""
        found: list[Span] = []
        total = 0
        for span in spans:
            total += span.size
            if total > MAX_COVER * len(self.data):
                raise ElfError(f"its parts overlap: more than {total} bytes in {len(self.data)}")
            found.append(span)
        return tuple(found)

    def find(self, text: bytes) -> Iterator[tuple[int, int]]:
        """(offset in the file, address) of each place of `text` in the constants.

        Raises ElfError where there are more of them than in any real module.
        """
        for number, (span, at) in enumerate(self.places(text, self.constants)):
            if number == MAX_HITS:
                raise ElfError(f"{text!r} occurs more than {MAX_HITS} times")
            yield at, at - span.offset + span.address

    def places(self, text: bytes, spans: Iterable[Span]) -> Iterator[tuple[Span, int]]:
        """(span, offset in the file) of each place of `text`. Raises OverBudgetError."""
        for span in spans:
            self.budget.spend(span.size)
            end = span.offset + span.size
            at = self.data.find(text, span.offset, end)
            while at >= 0:
                yield span, at
                self.budget.spend(STEP)
                at = self.data.find(text, at + 1, end)

    def matches(
        self, pattern: re.Pattern[bytes], spans: Iterable[Span]
    ) -> Iterator[tuple[Span, int]]:
        """The same for a pattern."""
        for span in spans:
            self.budget.spend(span.size * PATTERN)
            for match in pattern.finditer(self.data, span.offset, span.offset + span.size):
                yield span, match.start()
                self.budget.spend(STEP)

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


class Image(MappedFile):
    """The mapped parts of an ELF file."""

    calls = "system v"

    def __init__(self, elf: Elf, budget: Budget | None = None) -> None:
        super().__init__(elf.data, elf.machine, elf.bits, budget)
        self.elf = elf
        self.little = elf.little

    @cached_property
    def constants(self) -> tuple[Span, ...]:
        """Where string constants lie: what is mapped and not writable, else all that is mapped."""
        return self._segments(0, without=_PF_W) or self._segments(0)

    @cached_property
    def code(self) -> tuple[Span, ...]:
        """Where instructions lie: the executable segments."""
        return self._segments(_PF_X)

    @cached_property
    def code_sections(self) -> tuple[Span, ...]:
        """The executable sections, without the data between them; the segments where none are.

        For estimates alone: what they leave out may be code.
        """
        try:
            sections = self.elf.sections
        except ElfError:
            return self.code
        return (
            self.bounded(
                span
                for s in sections
                if s.type == _SHT_PROGBITS and s.flags & _SHF_ALLOC and s.flags & _SHF_EXEC
                for span in self._cut(s.offset, s.size, s.addr)
            )
            or self.code
        )

    @cached_property
    def got(self) -> int:
        """The address that 32-bit and large-model code counts from; 0 where there is none."""
        stated = self.elf.dynamic.tags.get(DT_PLTGOT, 0)
        if stated:
            return stated
        try:
            section = self.elf.section(".got.plt")
        except ElfError:
            return 0
        return section.addr if section else 0

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

    def _segments(self, flags: int, without: int = 0) -> tuple[Span, ...]:
        return self.bounded(
            span
            for s in self.elf.load
            if s.flags & flags == flags and not s.flags & without
            for span in self._cut(s.offset, s.filesz, s.vaddr)
        )

    def _cut(self, offset: int, size: int, address: int) -> tuple[Span, ...]:
        size = min(size, len(self.data) - offset)
        return (Span(offset, size, address),) if size > 0 else ()
