"""What is fuzzed: every fact of an ELF file, and what its code says of NumPy."""

from __future__ import annotations

import contextlib

from npwheel import elf
from npwheel.audit import capi, isa


def one(data: bytes) -> None:
    """Read a file as `npwheel audit` does. Any exception but ElfError is a finding."""
    with contextlib.suppress(elf.ElfError):
        found = elf.read(data)
        for name in dir(elf.Elf):
            if not name.startswith("_") and name != "section":
                getattr(found, name)
    with contextlib.suppress(elf.ElfError):
        image = capi.Image(elf.read(data))
        isa.used(image)
        capi.read(image)
