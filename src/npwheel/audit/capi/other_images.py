"""The mapped parts of a library of Windows (PE) or macOS (Mach-O)."""

from __future__ import annotations

from typing import Any

from npwheel.audit.budget import Budget
from npwheel.audit.capi.image import MappedFile, Span
from npwheel.core.mapped_part import MappedPart
from npwheel.macho import MachoFile
from npwheel.pe import PeFile


class OtherImage(MappedFile):
    """A PE file, or one machine's part of a Mach-O file."""

    def __init__(self, data: Any, found: PeFile | MachoFile, budget: Budget | None = None) -> None:
        if isinstance(found, PeFile):
            parts, system = found.sections, "windows"
            # Microsoft's compiler writes texts into .data unless an option pools them.
            texts = [p for p in parts if not p.executable]
        else:
            parts, system = found.segments, "macos"
            texts = [p for p in parts if not p.writable]
        # 32-bit code names texts by absolute addresses, which are not followed.
        self.calls = system if found.bits == 64 else ""
        machine = "aarch64" if found.machine == "arm64" else found.machine
        super().__init__(data, machine, found.bits, budget)
        self._code = self.bounded(map(_span, (p for p in parts if p.executable)))
        self._constants = self.bounded(map(_span, texts or parts))

    @property
    def constants(self) -> tuple[Span, ...]:
        """Where texts lie, else all that is mapped."""
        return self._constants

    @property
    def code(self) -> tuple[Span, ...]:
        """What is executable."""
        return self._code


def _span(part: MappedPart) -> Span:
    return Span(part.offset, part.size, part.address)
