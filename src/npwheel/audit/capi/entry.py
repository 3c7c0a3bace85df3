"""Which functions run when a module is imported: its hook and its exec slots."""

from __future__ import annotations

import bisect
import re
import struct
from collections.abc import Iterator
from functools import cached_property

from npwheel.audit.budget import STEP
from npwheel.audit.capi.image import Image
from npwheel.elf import ElfError
from npwheel.elf.dynamic import offset_of
from npwheel.wheel import extension_modules

DT_SYMTAB, DT_RELA, DT_RELASZ, DT_RELR = 6, 7, 8, 36
_SYMBOL = 24  # bytes of a 64-bit symbol
PT_GNU_EH_FRAME = 0x6474E550
_DATAREL_SDATA4 = 0x3B  # the only encoding of the table that linkers write
_SLOTS = 72  # of m_slots in PyModuleDef, on 64-bit machines
_SLOT, _MAX_SLOTS = 16, 16
_LEA = re.compile(rb"(?=[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](....))", re.DOTALL)


class Functions:
    """The functions of a module, by the table that unwinding uses. 64-bit little-endian alone."""

    def __init__(self, image: Image) -> None:
        self.image = image

    @cached_property
    def starts(self) -> list[int]:
        """Where functions begin, sorted; [] where the file does not say."""
        elf, data = self.image.elf, self.image.data
        place = next((s for s in elf.segments if s.type == PT_GNU_EH_FRAME), None)
        if place is None or elf.bits != 64 or not elf.little or place.filesz < 12:
            return []
        head = bytes(data[place.offset : place.offset + place.filesz])
        if len(head) < 12 or head[3] != _DATAREL_SDATA4:
            return []
        count = min(int.from_bytes(head[8:12], "little"), (len(head) - 12) // 8)
        self.image.budget.spend(count * STEP // 4)
        rows = struct.iter_unpack("<ii", head[12 : 12 + 8 * count])
        return sorted(place.vaddr + start for start, _ in rows)

    def body(self, address: int) -> tuple[int, int]:
        """(offset in the file, size) of the function that begins at an address; (0, 0): none."""
        at = bisect.bisect_left(self.starts, address)
        if at >= len(self.starts) or self.starts[at] != address:
            return 0, 0
        for span in self.image.code:
            if 0 <= address - span.address < span.size:
                end = span.address + span.size
                after = self.starts[at + 1] if at + 1 < len(self.starts) else end
                return address - span.address + span.offset, min(after, end) - address
        return 0, 0

    def entries(self) -> list[int]:
        """Addresses of what runs at import. Raises ElfError on a damaged file."""
        hooks = extension_modules.hooks(self.image.elf)
        found = [hook.address for hook in hooks]
        for hook in hooks:
            for data in self._data_of(hook.address):
                # PyInit_… leads to a PyModuleDef, PyModExport_… to the slots themselves.
                own = self.pointer(data + _SLOTS) if hook.kind == "init" else data
                found += self._slots(own)
        return [address for address in found if self.body(address)[1]]

    def _data_of(self, function: int) -> Iterator[int]:
        """Addresses that a function's code forms, of which one may be its PyModuleDef."""
        offset, size = self.body(function)
        code = bytes(self.image.data[offset : offset + min(size, 4096)])
        yield from formed(self.image, code, function)

    def _slots(self, slots: int) -> Iterator[int]:
        """The values that the loader will write into an array of slots."""
        for at in range(slots, slots + _MAX_SLOTS * _SLOT if slots else 0, _SLOT):
            try:
                place = offset_of(self.image.elf.segments, at)
            except ElfError:
                return
            if not any(self.image.data[place : place + 2]):  # the id 0 ends them
                return
            yield self.pointer(at + 8)

    def pointer(self, address: int) -> int:
        """What the loader will write at an address, by its relocation; 0 for nothing."""
        return self._by_rela(address) or self._by_relr(address)

    def _by_relr(self, address: int) -> int:
        """Packed relocations leave the value itself in the file."""
        if DT_RELR not in self.image.elf.dynamic.tags:
            return 0
        try:
            place = offset_of(self.image.elf.segments, address)
        except ElfError:
            return 0
        value = int.from_bytes(self.image.data[place : place + 8], "little")
        return value if any(0 <= value - s.vaddr < s.memsz for s in self.image.elf.load) else 0

    def _by_rela(self, address: int) -> int:
        data, tags = self.image.data, self.image.elf.dynamic.tags
        if DT_RELA not in tags:
            return 0
        try:
            table = offset_of(self.image.elf.segments, tags[DT_RELA])
        except ElfError:
            return 0
        end = min(table + tags.get(DT_RELASZ, 0), len(data))
        needle = struct.pack("<Q", address & 0xFFFFFFFFFFFFFFFF)
        self.image.budget.spend(end - table)
        place = data.find(needle, table, end)
        while place >= 0:
            self.image.budget.spend(STEP)
            if (place - table) % 24 == 0 and place + 24 <= end:
                info, addend = struct.unpack_from("<Qq", data, place + 8)
                return int(addend) + self._symbol(info >> 32)
            place = data.find(needle, place + 1, end)
        return 0

    def _symbol(self, index: int) -> int:
        """The address of a dynamic symbol of its own; 0 for none and for others' symbols."""
        table = self.image.elf.dynamic.tags.get(DT_SYMTAB, 0)
        if not index or not table:
            return 0
        try:
            place = offset_of(self.image.elf.segments, table) + index * _SYMBOL
        except ElfError:
            return 0
        return int.from_bytes(self.image.data[place + 8 : place + 16], "little")


def formed(image: Image, code: bytes, address: int) -> Iterator[int]:
    """Addresses that code lying at an address forms."""
    read = formed_aarch64 if image.machine == "aarch64" else formed_x86_64
    return read(code, address)


def formed_aarch64(code: bytes, address: int) -> Iterator[int]:
    """Addresses that adrp and adds after it form, in order."""
    known: dict[int, int] = {}
    for index, (word,) in enumerate(struct.iter_unpack("<I", code[: len(code) & ~3])):
        if word & 0x9F000000 == 0x90000000:
            immediate = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
            immediate -= (immediate & 0x100000) << 1
            known[word & 31] = ((address + index * 4 >> 12) + immediate) << 12
        elif word & 0xFFC00000 == 0x91000000 and word >> 5 & 31 in known:
            # More than one add follows where the compiler counts from an anchor.
            known[word & 31] = known[word >> 5 & 31] + (word >> 10 & 0xFFF)
            yield known[word & 31]


def formed_x86_64(code: bytes, address: int) -> Iterator[int]:
    """Addresses that `lea reg, [rip+…]` forms."""
    for match in _LEA.finditer(code):
        yield address + match.start() + 7 + int.from_bytes(match[1], "little", signed=True)
