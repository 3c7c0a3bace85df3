"""aarch64: which constant is passed after a text? AAPCS64.

A text is loaded by `adrp xN, page` and `add xP, xN, #offset`, P being the number
of the argument; the constant by `mov wQ, #constant` with Q = P + 1, between the
same two calls. Instructions are four bytes, so the pair is looked up exactly.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterable, Iterator

from npwheel.audit.budget import WINDOW
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import Image, Span

_BACK = 32  # instructions before the add in which its adrp is looked for
_REACH = 16  # instructions on either side in which the constant is looked for


def arguments(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each place where one of the texts (addresses) is an argument at one of the positions."""
    size = sum(span.size for span in image.code)
    for text in texts:
        for position in positions:
            # So short a text, whose last byte is that of every add, is found slowly.
            image.budget.spend(3 * size)
            # Compilers mostly build the address in the argument's own register.
            own = struct.pack("<I", 0x91000000 | (text & 0xFFF) << 10 | position << 5 | position)
            yield from _at(image, text, position, image.places(own, image.code))


def through_others(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """The same where the page lies in another register than the argument's own; slower."""
    for text in texts:
        for position in positions:
            adds = image.matches(_add(position, text & 0xFFF), image.code)
            yield from _at(image, text, position, adds)


def _add(register: int, low: int) -> re.Pattern[bytes]:
    """`add x<register>, x<any>, #low` as bytes."""
    firsts = bytes((source & 7) << 5 | register for source in range(8))
    seconds = bytes((low & 0x3F) << 2 | source for source in range(4))
    return re.compile(
        b"[%b][%b]%b\x91" % (re.escape(firsts), re.escape(seconds), re.escape(bytes([low >> 6])))
    )


def _at(
    image: Image, text: int, position: int, adds: Iterable[tuple[Span, int]]
) -> Iterator[Argument]:
    for span, at in adds:
        if (at - span.offset) % 4:
            continue
        source = _word(image.data, at) >> 5 & 31
        image.budget.spend(WINDOW)
        if _page(image.data, span, at, source) == text >> 12:
            constant = _constant(image.data, span, at, position + 1)
            yield Argument(text, position, at, constant)


def _page(data: bytes, span: Span, at: int, register: int) -> int | None:
    """The page that the nearest adrp before `at` puts into the register."""
    for place in range(at - 4, max(span.offset, at - 4 * _BACK) - 1, -4):
        word = _word(data, place)
        if word & 0x9F00001F == 0x90000000 | register:
            pages = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
            if pages & 0x100000:
                pages -= 0x200000
            return (place - span.offset + span.address >> 12) + pages
    return None


def _constant(data: bytes, span: Span, at: int, register: int) -> int | None:
    """The nearest `mov w<register>, #constant` between the calls before and after."""
    found: list[tuple[int, int]] = []
    for step in (-4, 4):
        place = at
        for distance in range(1, _REACH):
            place += step
            if not span.offset <= place <= span.offset + span.size - 4:
                break
            word = _word(data, place)
            # movz w or x, no shift; or `mov w, #imm16, lsl 16` with a movk is no version.
            if word & 0x7FE0001F == 0x52800000 | register:
                found.append((distance, word >> 5 & 0xFFFF))
                break
            if word & 0xFC000000 == 0x94000000 or word & 0xFFFFFC1F == 0xD63F0000:
                break  # bl, blr: another call begins here
    return min(found)[1] if found else None


def _word(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")
