"""Read the names of the symbols that are needed at each symbol version."""

import struct
from typing import Dict, List, Tuple

from npwheel.elf.dynamic import (
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERNEED,
    DT_VERNEEDNUM,
    MAX_NAME,
    MAX_VERSIONS,
    offset_of,
)
from npwheel.elf.file import Elf
from npwheel.elf.header import text_at, unpack

DT_STRSZ, DT_VERSYM = 10, 0x6FFFFFF0


def needed_symbols(elf: Elf) -> Dict[str, Tuple[str, ...]]:
    """Return symbol version ("GLIBC_2.28") -> names needed at that version. Raises ElfError."""
    tags = elf.dynamic.tags
    if DT_VERSYM not in tags or DT_VERNEED not in tags or DT_SYMTAB not in tags:
        return {}
    order = "<" if elf.little else ">"
    names = offset_of(elf.segments, tags[DT_STRTAB])
    end = names + tags.get(DT_STRSZ, 0)
    wanted = _indices(elf, order, names, end)
    table = offset_of(elf.segments, tags[DT_SYMTAB])
    versions = offset_of(elf.segments, tags[DT_VERSYM])
    layout = struct.Struct(order + ("IBBHQQ" if elf.bits == 64 else "IIIBBH"))
    section = 3 if elf.bits == 64 else 5
    found: Dict[str, List[str]] = {}
    # Linkers place the strings after the symbols; the version table has as many entries.
    count = max(0, min((names - table) // layout.size, (len(elf.data) - versions) // 2))
    for index in range(min(count, (len(elf.data) - table) // layout.size)):
        number = unpack(elf.data, versions + 2 * index, order + "H", "symbol version")[0]
        if number & 0x7FFF in wanted:
            row = layout.unpack_from(elf.data, table + index * layout.size)
            if not row[section]:
                name = text_at(elf.data, names + row[0], end, MAX_NAME)
                found.setdefault(wanted[number & 0x7FFF], []).append(name)
    return {version: tuple(sorted(set(rows))) for version, rows in found.items()}


def _indices(elf: Elf, order: str, names: int, end: int) -> Dict[int, str]:
    """Return index in the version table -> version that another library must provide."""
    tags = elf.dynamic.tags
    found: Dict[int, str] = {}
    at = offset_of(elf.segments, tags[DT_VERNEED])
    for _ in range(min(tags.get(DT_VERNEEDNUM, 0), MAX_VERSIONS)):
        _, count, _, aux, following = unpack(elf.data, at, order + "HHIII", "version need")
        inner = at + aux
        for _ in range(count):
            _, _, other, name, step = unpack(elf.data, inner, order + "IHHII", "version need entry")
            found[other & 0x7FFF] = text_at(elf.data, names + name, end, MAX_NAME)
            if not step or len(found) > MAX_VERSIONS:
                break
            inner += step
        if not following:
            break
        at += following
    return found
