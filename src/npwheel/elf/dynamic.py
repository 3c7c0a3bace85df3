"""Read the dynamic section: needed libraries, search paths and symbols."""

import struct
from typing import Dict, FrozenSet, List, NamedTuple, Tuple

from npwheel.elf.errors import ElfError
from npwheel.elf.header import PT_DYNAMIC, PT_LOAD, Data, Header, Segment, text_at, unpack

DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME = 1, 5, 6, 10, 14
DT_HASH, DT_RPATH, DT_TEXTREL, DT_FLAGS, DT_RUNPATH = 4, 15, 22, 30, 29
DT_GNU_HASH, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF
DF_TEXTREL = 4

MAX_ENTRIES = 4096  # of the dynamic section; real ones have about 40
MAX_VERSIONS = 65536
MAX_SYMBOLS = 4 * 1024 * 1024
MAX_LIBRARIES = 4096  # with symbol versions
MAX_PATH = 16384  # bytes of a library's name or of a search path
MAX_VERSION = 256  # bytes of the name of a symbol version
MAX_NAME = 65536  # bytes; C++ names are long
MAX_SHARING = 16  # times the string table's size that all names may add up to; real ones about 1

Dynamic = NamedTuple(
    "Dynamic",
    [
        ("needed", Tuple[str, ...]),
        ("soname", str),
        ("rpath", Tuple[str, ...]),
        ("runpath", Tuple[str, ...]),
        ("verneed", Dict[str, Tuple[str, ...]]),
        ("textrel", bool),
        ("tags", Dict[int, int]),
    ],
)
EMPTY = Dynamic((), "", (), (), {}, False, {})


def offset_of(segments: Tuple[Segment, ...], address: int) -> int:
    """Return the file offset of an address of the loaded image. Raises ElfError."""
    for segment in segments:
        if segment.type == PT_LOAD and 0 <= address - segment.vaddr < segment.filesz:
            return segment.offset + address - segment.vaddr
    raise ElfError("address {:#x} is in no loaded segment".format(address))


def read_dynamic(data: Data, header: Header, segments: Tuple[Segment, ...]) -> Dynamic:
    """Return the dynamic section; EMPTY for a static file. Raises ElfError."""
    place = next((s for s in segments if s.type == PT_DYNAMIC), None)
    if place is None or not place.filesz:
        return EMPTY
    order = "<" if header.little else ">"
    layout = order + ("qQ" if header.bits == 64 else "iI")
    step = struct.calcsize(layout)
    tags: Dict[int, int] = {}
    lists: Dict[int, List[int]] = {DT_NEEDED: [], DT_RPATH: [], DT_RUNPATH: []}
    for index in range(min(place.filesz // step, MAX_ENTRIES)):
        tag, value = unpack(data, place.offset + index * step, layout, "dynamic entry")
        tag &= 0xFFFFFFFF
        if tag == 0:
            break
        if tag in lists:
            lists[tag].append(value)
        tags.setdefault(tag, value)
    if DT_STRTAB not in tags:
        return EMPTY._replace(tags=tags)
    start = offset_of(segments, tags[DT_STRTAB])
    end = start + tags.get(DT_STRSZ, 0)

    def text(value: int) -> str:
        return text_at(data, start + value, end, MAX_PATH)

    def paths(tag: int) -> Tuple[str, ...]:
        return tuple(path for value in lists[tag] for path in text(value).split(":"))

    textrel = DT_TEXTREL in tags or bool(tags.get(DT_FLAGS, 0) & DF_TEXTREL)
    return Dynamic(
        needed=tuple(text(value) for value in lists[DT_NEEDED]),
        soname=text(tags[DT_SONAME]) if DT_SONAME in tags else "",
        rpath=paths(DT_RPATH),
        runpath=paths(DT_RUNPATH),
        verneed=_verneed(data, header, segments, tags, start, end),
        textrel=textrel,
        tags=tags,
    )


def _verneed(
    data: Data,
    header: Header,
    segments: Tuple[Segment, ...],
    tags: Dict[int, int],
    start: int,
    end: int,
) -> Dict[str, Tuple[str, ...]]:
    if DT_VERNEED not in tags:
        return {}
    order = "<" if header.little else ">"
    found: Dict[str, List[str]] = {}
    budget = MAX_VERSIONS
    at = offset_of(segments, tags[DT_VERNEED])
    for _ in range(min(tags.get(DT_VERNEEDNUM, 0), MAX_LIBRARIES)):
        _, count, name, aux, following = unpack(data, at, order + "HHIII", "version need")
        library = text_at(data, start + name, end, MAX_PATH)
        versions = found.setdefault(library, [])
        inner = at + aux
        for _ in range(count):
            budget -= 1
            if budget < 0:
                raise ElfError("more than {} symbol versions".format(MAX_VERSIONS))
            _, _, _, version, step = unpack(data, inner, order + "IHHII", "version need entry")
            versions.append(text_at(data, start + version, end, MAX_VERSION))
            if not step:
                break
            inner += step
        if not following:
            break
        at += following
    return {library: tuple(versions) for library, versions in found.items()}


def read_symbols(
    data: Data, header: Header, segments: Tuple[Segment, ...], dynamic: Dynamic
) -> Tuple[FrozenSet[str], FrozenSet[str]]:
    """Return (defined, undefined) names of the dynamic symbols that are not local."""
    tags = dynamic.tags
    if DT_SYMTAB not in tags or DT_STRTAB not in tags:
        return frozenset(), frozenset()
    base = offset_of(segments, tags[DT_SYMTAB])
    names = offset_of(segments, tags[DT_STRTAB])
    table = bytes(data[names : names + tags.get(DT_STRSZ, 0)])
    order = "<" if header.little else ">"
    layout = struct.Struct(order + ("IBBHQQ" if header.bits == 64 else "IIIBBH"))
    count = min(symbol_count(data, header, segments, tags, base, names), MAX_SYMBOLS)
    count = min(count, (len(data) - base) // layout.size)
    defined: List[bytes] = []
    undefined: List[bytes] = []
    end_of = table.find
    left = MAX_SHARING * (len(table) + MAX_NAME)
    for row in layout.iter_unpack(data[base : base + count * layout.size]):
        if header.bits == 64:
            name, info, section = row[0], row[1], row[3]
        else:
            name, info, section = row[0], row[3], row[5]
        if not name or info >> 4 == 0 or name >= len(table):
            continue
        stop = end_of(b"\0", name)
        text = table[name : stop if stop >= 0 else len(table)][:MAX_NAME]
        left -= len(text)
        if left < 0:
            raise ElfError("the names of its symbols overlap in a table of {}".format(len(table)))
        (defined if section else undefined).append(text)
    return _texts(defined), _texts(undefined)


def _texts(names: List[bytes]) -> FrozenSet[str]:
    return frozenset(name.decode("utf-8", "backslashreplace") for name in names)


def symbol_count(
    data: Data,
    header: Header,
    segments: Tuple[Segment, ...],
    tags: Dict[int, int],
    base: int,
    names: int,
) -> int:
    """Return the number of dynamic symbols, which only the hash tables contain."""
    order = "<" if header.little else ">"
    if DT_HASH in tags and header.machine != "s390x":  # 8-byte words there
        return int(unpack(data, offset_of(segments, tags[DT_HASH]), order + "II", "hash table")[1])
    if DT_GNU_HASH in tags:
        return _gnu_hash_count(data, header, offset_of(segments, tags[DT_GNU_HASH]), order)
    # Linkers place the strings after the symbols.
    size = 24 if header.bits == 64 else 16
    return (names - base) // size if names > base else 0


def _gnu_hash_count(data: Data, header: Header, at: int, order: str) -> int:
    buckets, first, bloom, _ = unpack(data, at, order + "IIII", "GNU hash table")
    start = at + 16 + bloom * (header.bits // 8)
    if start + buckets * 4 > len(data):
        raise ElfError("GNU hash table at {:#x} leaves the file".format(at))
    last = max(struct.unpack_from(order + "{}I".format(buckets), data, start), default=0)
    if last < first:
        return int(first)
    chain = start + buckets * 4
    for index in range(last - first, MAX_SYMBOLS):
        if unpack(data, chain + index * 4, order + "I", "GNU hash chain")[0] & 1:
            return int(first + index + 1)
    raise ElfError("the GNU hash chain does not end")
