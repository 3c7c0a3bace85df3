"""aarch64: which constant is passed after a text? AAPCS64.

A text is loaded by `adrp xN, page` and `add xP, xN, #offset`, P being the number
of the argument; the constant by `mov wQ, #constant` with Q = P + 1, between the
same two calls. Instructions are four bytes, so the pair is looked up exactly. On macOS the linker
makes `adr xP, text` of the pair, and what follows a format text is passed on the stack.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from npwheel.audit.budget import WINDOW
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import MappedFile, Span

_BACK = 32  # instructions before the add in which its adrp is looked for
_REACH = 16  # instructions on either side in which the constant is looked for
# Argument position -> `adr x<position>, …`, the distance left open.
_ADR = {
    position: re.compile(
        b"[%b]..[\x10\x30\x50\x70]" % re.escape(bytes(n << 5 | position for n in range(8))),
        re.DOTALL,
    )
    for position in (1, 2, 3)
}


def arguments(
    image: MappedFile, texts: Collection[int], positions: Collection[int]
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
    image: MappedFile, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """The same where the page lies in another register than the argument's own; slower."""
    for text in texts:
        for position in positions:
            adds = image.matches(_add(position, text & 0xFFF), image.code)
            yield from _at(image, text, position, adds)


def by_adr(
    image: MappedFile, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """The same where one `adr` loads the text."""
    wanted = frozenset(texts)
    for position in positions:
        for span, at in image.matches(_ADR[position], image.code):
            if (at - span.offset) % 4:
                continue
            word = _word(image.data, at)
            distance = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
            text = at - span.offset + span.address + distance - ((distance & 0x100000) << 1)
            if text in wanted:
                image.budget.spend(WINDOW)
                yield Argument(text, position, at, _constant(image.data, span, at, position + 1))


def on_stack(image: MappedFile, found: Argument) -> Argument:
    """The call with the constant that is stored at the stack pointer, as macOS' variadic calls."""
    span = next(s for s in image.code if s.offset <= found.offset < s.offset + s.size)
    near = [
        (abs(place - found.offset), _word(image.data, place))
        for place in range(
            max(span.offset, found.offset - 4 * _REACH),
            min(span.offset + span.size - 3, found.offset + 4 * _REACH),
            4,
        )
    ]
    stored = [
        (distance, word & 31)
        for distance, word in near
        if word & 0xFFFFFFE0 == 0xF90003E0 or word & 0xFFFF83E0 == 0xA90003E0  # str, stp [sp]
    ]
    if not stored:
        return replace(found, constant=None)
    register = min(stored)[1]
    moved = [
        (distance, word >> 5 & 0xFFFF)
        for distance, word in near
        if word & 0x7FE0001F == 0x52800000 | register
    ]
    return replace(found, constant=min(moved)[1] if moved else None)


def _add(register: int, low: int) -> re.Pattern[bytes]:
    """`add x<register>, x<any>, #low` as bytes."""
    firsts = bytes((source & 7) << 5 | register for source in range(8))
    seconds = bytes((low & 0x3F) << 2 | source for source in range(4))
    return re.compile(
        b"[%b][%b]%b\x91" % (re.escape(firsts), re.escape(seconds), re.escape(bytes([low >> 6])))
    )


def _at(
    image: MappedFile, text: int, position: int, adds: Iterable[tuple[Span, int]]
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
