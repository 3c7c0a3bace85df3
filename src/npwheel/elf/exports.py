"""Find exported symbols by prefix with a text search, without reading the symbol table."""

import re
import struct
from typing import Dict, Tuple

from npwheel.elf.dynamic import (
    DT_STRSZ,
    DT_STRTAB,
    DT_SYMTAB,
    MAX_SYMBOLS,
    Dynamic,
    offset_of,
    symbol_count,
)
from npwheel.elf.header import Data, Header, Segment

MAX_NAMES = 4096  # names per call; real modules export a handful
MAX_LENGTH = 1024  # bytes of one name


def exports(
    data: Data,
    header: Header,
    segments: Tuple[Segment, ...],
    dynamic: Dynamic,
    prefixes: Tuple[str, ...],
) -> Dict[str, int]:
    """Return name -> address of the symbols that a file defines with one of these prefixes.

    Only the string table is searched if there is none, as in most files. Raises ElfError.
    """
    tags = dynamic.tags
    if DT_SYMTAB not in tags or DT_STRTAB not in tags:
        return {}
    names = offset_of(segments, tags[DT_STRTAB])
    end = min(names + tags.get(DT_STRSZ, 0), len(data))
    # Linkers merge a name with the end of a longer one, so any byte may precede it.
    family = b"|".join(re.escape(prefix.encode("ascii")) for prefix in prefixes)
    found: Dict[int, str] = {}
    for match in re.compile(family).finditer(data, names, end):
        piece = bytes(data[match.start() : min(match.start() + MAX_LENGTH, end)])
        found[match.start() - names] = piece.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
        if len(found) == MAX_NAMES:
            break
    if not found:
        return {}
    wide = header.bits == 64
    row = struct.Struct(("<" if header.little else ">") + ("IBBHQQ" if wide else "IIIBBH"))
    base = offset_of(segments, tags[DT_SYMTAB])
    count = min(symbol_count(data, header, segments, tags, base, names), MAX_SYMBOLS)
    count = max(0, min(count, (len(data) - base) // row.size))
    known: Dict[str, int] = {}
    for entry in row.iter_unpack(data[base : base + count * row.size]):
        name = found.get(entry[0])
        if name is None:
            continue
        info, section, address = (
            (entry[1], entry[3], entry[4]) if wide else (entry[3], entry[5], entry[1])
        )
        if section and info >> 4:  # defined here, not local
            known[name] = address
    return known
