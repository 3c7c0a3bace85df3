"""Instructions above the baseline that run without dispatch, where that can be shown.

x86-64: a property note by which the loader itself refuses older CPUs; AVX code in a file
that neither asks which registers the system saves (xgetbv, or the compiler's __cpu_model),
as every dispatcher for AVX has to, nor a library that did; and a file with hardly any vector
code but AVX. Of files that choose at run time a third or more is for older CPUs, and for the
code that chooses; one that was compiled with -mavx as a whole has none, whatever it asks.
aarch64: atomics of armv8.1 outside the helpers that compilers emit to choose at run time.
"""

from __future__ import annotations

import re
import struct
from itertools import islice

from npwheel.audit.budget import PATTERN, STEP
from npwheel.audit.capi import Image
from npwheel.audit.capi.image import Span

PROPERTY = "property note"
NO_DISPATCH = "no dispatch"
_PT_GNU_PROPERTY, _NT_GNU_PROPERTY_TYPE_0 = 0x6474E553, 5
_ISA_1_NEEDED = 0xC0008002  # x86-64 psABI, "Program Property"
_LEVELS = ((8, "x86-64-v4"), (4, "x86-64-v3"), (2, "x86-64-v2"))
_MAX_NOTE = 4096
_XGETBV = b"\x0f\x01\xd0"
# What compilers' own dispatch (target_clones, __builtin_cpu_supports) asks instead.
_CPU_MODEL = b"__cpu_model"
# cpuid, its leaf loaded shortly before (mov eax, leaf or xor eax, eax): older compilers' dispatch,
# stripped of names. A chance hit silences a warning and does no other harm.
_CPUID = re.compile(rb"(?:\xb8[\x00-\x1f]\x00\x00[\x00\x80]|\x31\xc0).{0,16}\x0f\xa2", re.DOTALL)
_VZEROUPPER = b"\xc5\xf8\x77"
# Moves and arithmetic of vectors: encoded as AVX, and as SSE with its optional prefixes.
_VECTOR = rb"[\x10\x11\x28\x29\x57\x58\x59\x5c\x6e\x6f\x7e\x7f\xd6\xef]"
_VEX = re.compile(rb"\xc5[\x78-\x7f\xc0-\xff]" + _VECTOR)
_SSE = re.compile(rb"(?:[\x66\xf2\xf3][\x40-\x4f]?|[\x40-\x4f])?\x0f" + _VECTOR)
# andn, bls*, bzhi, pdep, pext, mulx, bextr, shlx, sarx, shrx: VEX in map 0F38, 128 bits.
_BMI = re.compile(rb"\xc4[\x02\x22\x42\x62\x82\xa2\xc2\xe2].[\xf2\xf3\xf5-\xf7]", re.DOTALL)
_BMI_EACH = 8192  # bytes of code; where BMI was not asked for it meets by chance in 400,000
_PIECE, _PIECES, _GLANCE = 4096, 384, 12
_ENOUGH_AT_A_GLANCE = 10
_ENOUGH, _NEARLY_ALL = 200, 0.93  # of real files that choose at run time the most have 0.63
_FEW = 4  # three bytes meet by chance about once in 16 MB of code
# A file compiled for AVX has one in 2 KB of its code or less. A few in a large one are functions
# made for it by hand, which another file chooses or nobody calls (memchr in Rust without std).
_SPARSE = 64 * 1024
# Libraries that ask once for all others: libavutil's av_get_cpu_flags, Arrow's CpuInfo.
_ASKED_ELSEWHERE = re.compile(rb"cpu_?(?:flags|info|features)", re.IGNORECASE)
# The last byte of cas, casb, cash (armv8.1), which nothing else common has.
_CAS = re.compile(rb"[\x08\x48\x88\xc8]")
_MAX_CANDIDATES = 200_000


def used(image: Image) -> tuple[tuple[str, str], ...]:
    """(what is needed, how that shows) of a file; () where nothing can be shown.

    how: PROPERTY, the loader refuses the file on older CPUs; NO_DISPATCH, code
    that crashes there, if it is reached.
    """
    if image.machine == "x86_64":
        return _x86_64(image)
    if image.machine == "aarch64" and _inline_atomics(image) >= _FEW:
        return (("armv8.1-a atomics", NO_DISPATCH),)
    return ()


def _x86_64(image: Image) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    needed = _needed(image)
    for bit, level in _LEVELS:
        if needed & bit:
            found.append((level, PROPERTY))
            break
    many = max(_FEW, sum(span.size for span in image.code_sections) // _SPARSE)
    if (_count(image, _VZEROUPPER, many) >= many and not _asks(image)) or _is_all_avx(image):
        found.append((_with_bmi(image), NO_DISPATCH))
    return tuple(found)


def _is_all_avx(image: Image) -> bool:
    """Is nearly all vector code encoded as AVX? Judged by pieces from all over the code."""
    avx, others = _vectors(image, _GLANCE)  # rules out nearly every file
    if avx < _ENOUGH_AT_A_GLANCE or avx < _NEARLY_ALL * (avx + others):
        return False
    avx, others = _vectors(image, _PIECES)
    return avx >= _ENOUGH and avx >= _NEARLY_ALL * (avx + others)


def _vectors(image: Image, pieces: int) -> tuple[int, int]:
    """How many vector instructions are encoded as AVX, and as SSE."""
    sample = _sample(image.code_sections, pieces)
    avx, others = (sum(1 for _ in image.matches(p, sample)) for p in (_VEX, _SSE))
    return avx, others


def _with_bmi(image: Image) -> str:
    pieces = _sample(image.code_sections, _PIECES)
    found = sum(1 for _ in image.matches(_BMI, pieces))
    return "AVX and BMI" if found * _BMI_EACH > sum(p.size for p in pieces) else "AVX"


def _sample(spans: tuple[Span, ...], number: int) -> list[Span]:
    """About so many pieces of all code, evenly apart."""
    pieces: list[Span] = []
    step = max(_PIECE, sum(span.size for span in spans) // number)
    for span in spans:
        for at in range(0, span.size, step):
            size = min(_PIECE, span.size - at)
            pieces.append(Span(span.offset + at, size, span.address + at))
    return pieces


def _asks(image: Image) -> bool:
    if _count(image, _XGETBV, 1) or image.data.find(_CPU_MODEL) >= 0:
        return True
    if _ASKED_ELSEWHERE.search(image.names):
        return True
    return next(image.matches(_CPUID, image.code_sections), None) is not None


def _needed(image: Image) -> int:
    """GNU_PROPERTY_X86_ISA_1_NEEDED, 0 where it is not said."""
    for segment in image.elf.segments:
        if segment.type == _PT_GNU_PROPERTY:
            note = bytes(
                image.data[segment.offset : segment.offset + min(segment.filesz, _MAX_NOTE)]
            )
            return _isa_of(note)
    return 0


def _isa_of(note: bytes) -> int:
    if len(note) < 16:
        return 0
    name, size, kind = struct.unpack_from("<III", note)
    at = 12 + (name + 3 & ~3)
    end = min(at + size, len(note))
    while kind == _NT_GNU_PROPERTY_TYPE_0 and at + 8 <= end:
        tag, length = struct.unpack_from("<II", note, at)
        if tag == _ISA_1_NEEDED and length == 4 and at + 12 <= end:
            return int(struct.unpack_from("<I", note, at + 8)[0])
        at += 8 + (length + 7 & ~7)
    return 0


def _count(image: Image, needle: bytes, enough: int) -> int:
    """How often the code has it, counted up to `enough`."""
    return sum(1 for _ in islice(image.places(needle, image.code_sections), enough))


def _inline_atomics(image: Image) -> int:
    """How many compare-and-swaps stand outside the helpers that choose at run time."""
    found = candidates = 0
    for span in image.code_sections:
        # One byte of each instruction; copied by C, so that the search sees a quarter.
        image.budget.spend(span.size * PATTERN)
        lasts = bytes(image.data[span.offset + 3 : span.offset + span.size : 4])
        for match in _CAS.finditer(lasts):
            candidates += 1
            image.budget.spend(STEP)
            place = span.offset + 4 * match.start()
            word = struct.unpack_from("<I", image.data, place)[0]
            if word & 0x3FA07C00 == 0x08A07C00:
                before = struct.unpack_from("<I", image.data, place - 4)[0] if match.start() else 0
                # The helper asks a flag first: cbz w16.
                found += before & 0xFF00001F != 0x34000010
            if found >= _FEW or candidates >= _MAX_CANDIDATES:
                return found
    return found
