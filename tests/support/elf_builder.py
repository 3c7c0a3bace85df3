"""ELF files made from nothing: a small shared object with what a test asks for."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PT_LOAD, PT_DYNAMIC, PT_TLS, PT_GNU_STACK = 1, 2, 7, 0x6474E551
MACHINES = {"i686": 3, "arm": 40, "s390x": 22, "ppc64le": 21, "x86_64": 62, "aarch64": 183}
BITS = {"i686": 32, "arm": 32}
BIG_ENDIAN = {"s390x"}
_DT = {"needed": 1, "strtab": 5, "symtab": 6, "strsz": 10, "soname": 14, "rpath": 15}
_DT |= {"textrel": 22, "runpath": 29, "hash": 4, "verneed": 0x6FFFFFFE, "verneednum": 0x6FFFFFFF}


@dataclass
class Shared:
    """What the file is to hold; `build` makes it."""

    machine: str = "x86_64"
    needed: Sequence[str] = ()
    soname: str = ""
    rpath: str = ""
    runpath: str = ""
    defined: Sequence[str] = ()
    undefined: Sequence[str] = ()
    verneed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    textrel: bool = False
    exec_stack: bool | None = False
    align: int = 0x10000
    tls: int = 0
    code: bytes = b""  # loaded at CODE, executable
    data: bytes = b""  # loaded at DATA

    CODE = 0x100000
    DATA = 0x200000

    @property
    def bits(self) -> int:
        return BITS.get(self.machine, 64)

    @property
    def order(self) -> str:
        return ">" if self.machine in BIG_ENDIAN else "<"

    def build(self) -> bytes:
        """The file's bytes."""
        strings = _Strings()
        dynamic: list[tuple[int, int]] = []
        for name in self.needed:
            dynamic.append((_DT["needed"], strings.add(name)))
        for key in ("soname", "rpath", "runpath"):
            if getattr(self, key):
                dynamic.append((_DT[key], strings.add(getattr(self, key))))
        if self.textrel:
            dynamic.append((_DT["textrel"], 0))
        symbols = self._symbol(0, False)
        for name in self.defined:
            symbols += self._symbol(strings.add(name), True)
        for name in self.undefined:
            symbols += self._symbol(strings.add(name), False)
        count = 1 + len(self.defined) + len(self.undefined)
        versions = self._versions(strings)
        table = strings.text
        # One segment at address 0 holds all tables; code and data have their own.
        head = 64 if self.bits == 64 else 52
        programs = 6
        start = head + programs * (56 if self.bits == 64 else 32)
        at_hash = start
        hashes = struct.pack(self.order + "IIII", 1, count, 0, 0)
        at_symbols = at_hash + len(hashes)
        at_versions = at_symbols + len(symbols)
        at_strings = at_versions + len(versions)
        at_dynamic = at_strings + len(table)
        dynamic += [
            (_DT["hash"], at_hash), (_DT["symtab"], at_symbols),
            (_DT["strtab"], at_strings), (_DT["strsz"], len(table)),
        ]  # fmt: skip
        if versions:
            dynamic += [(_DT["verneed"], at_versions), (_DT["verneednum"], len(self.verneed))]
        layout = self.order + ("qQ" if self.bits == 64 else "iI")
        raw = b"".join(
            struct.pack(layout, tag if tag < 2**31 else tag - (2**32 if self.bits == 32 else 0), v)
            for tag, v in [*dynamic, (0, 0)]
        )
        tables_end = at_dynamic + len(raw)
        segments = [
            (PT_LOAD, 4, 0, 0, tables_end, tables_end, self.align),
            (PT_DYNAMIC, 6, at_dynamic, at_dynamic, len(raw), len(raw), 8),
            (PT_LOAD, 5, tables_end, self.CODE, len(self.code), len(self.code), self.align),
            (PT_LOAD, 4, tables_end + len(self.code), self.DATA, len(self.data), len(self.data),
             self.align),
        ]  # fmt: skip
        if self.tls:
            segments.append((PT_TLS, 4, 0, 0, 0, self.tls, 8))
        if self.exec_stack is not None:
            segments.append((PT_GNU_STACK, 7 if self.exec_stack else 6, 0, 0, 0, 0, 16))
        body = b"".join(self._segment(*s) for s in segments)
        header = self._header(len(segments))
        tables = hashes + symbols + versions + table + raw
        front = (header + body).ljust(start, b"\0")
        return front + tables + self.code + self.data

    def _header(self, programs: int) -> bytes:
        ident = bytes([0x7F, *b"ELF", 2 if self.bits == 64 else 1, 2 if self.order == ">" else 1])
        word = "Q" if self.bits == 64 else "I"
        size = 64 if self.bits == 64 else 52
        entry = 56 if self.bits == 64 else 32
        return ident.ljust(16, b"\0") + struct.pack(
            self.order + "HHI" + word * 3 + "IHHHHHH",
            3, MACHINES[self.machine], 1, 0, size, 0, 0, size, entry, programs, 0, 0, 0,
        )  # fmt: skip

    def _segment(self, kind, flags, offset, vaddr, filesz, memsz, align) -> bytes:  # noqa: PLR0913, PLR0917
        if self.bits == 64:
            row = (kind, flags, offset, vaddr, vaddr, filesz, memsz, align)
            return struct.pack(self.order + "IIQQQQQQ", *row)
        row = (kind, offset, vaddr, vaddr, filesz, memsz, flags, align)
        return struct.pack(self.order + "IIIIIIII", *row)

    def _symbol(self, name: int, defined: bool) -> bytes:
        info, section = (0x12, 1 if defined else 0) if name else (0, 0)
        if self.bits == 64:
            return struct.pack(self.order + "IBBHQQ", name, info, 0, section, 0, 0)
        return struct.pack(self.order + "IIIBBH", name, 0, 0, info, 0, section)

    def _versions(self, strings: _Strings) -> bytes:
        made = b""
        for number, (library, versions) in enumerate(self.verneed.items()):
            aux = b"".join(
                struct.pack(self.order + "IHHII", 0, 0, 2 + i, strings.add(v),
                            16 if i + 1 < len(versions) else 0)
                for i, v in enumerate(versions)
            )  # fmt: skip
            following = 16 + len(aux) if number + 1 < len(self.verneed) else 0
            made += struct.pack(
                self.order + "HHIII", 1, len(versions), strings.add(library), 16, following
            )
            made += aux
        return made


class _Strings:
    def __init__(self) -> None:
        self.text = b"\0"

    def add(self, text: str) -> int:
        at = len(self.text)
        self.text += text.encode() + b"\0"
        return at
