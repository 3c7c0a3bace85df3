"""The mapped parts of a library of Windows (PE) or macOS (Mach-O)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from npwheel.audit.budget import Budget
from npwheel.audit.capi.image import MAX_COVER, MappedFile, Span
from npwheel.elf import ElfError
from npwheel.macho import MachoFile, MachoSegment
from npwheel.pe import PeFile, PeSection


class OtherImage(MappedFile):
    """A PE file, or one machine's part of a Mach-O file."""

    def __init__(self, data: Any, found: PeFile | MachoFile, budget: Budget | None = None) -> None:
        parts: tuple[PeSection | MachoSegment, ...]
        if isinstance(found, PeFile):
            parts = found.sections
            # 32-bit code names texts by absolute addresses, which are not followed.
            self.calls = "windows" if found.bits == 64 else ""
        else:
            parts = found.segments
            self.calls = "macos" if found.bits == 64 else ""
        machine = "aarch64" if found.machine == "arm64" else found.machine
        super().__init__(data, machine, found.bits, budget)
        self._code = self._bounded(p for p in parts if p.executable)
        self._constants = self._bounded(p for p in parts if _holds_texts(p)) or self._bounded(parts)

    @property
    def constants(self) -> tuple[Span, ...]:
        """Where texts lie, else all that is mapped."""
        return self._constants

    @property
    def code(self) -> tuple[Span, ...]:
        """What is executable."""
        return self._code

    def _bounded(self, parts: Iterable[PeSection | MachoSegment]) -> tuple[Span, ...]:
        found = tuple(Span(p.offset, p.size, p.address) for p in parts)
        if sum(span.size for span in found) > MAX_COVER * len(self.data):
            raise ElfError("its parts overlap")
        return found


def _holds_texts(part: PeSection | MachoSegment) -> bool:
    # Microsoft's compiler writes texts into .data unless it is told to pool them.
    return not part.executable if isinstance(part, PeSection) else not part.writable
