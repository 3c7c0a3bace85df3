"""x86-64: which constant is passed after a text? System V calling convention.

A text is loaded into an argument register by `lea reg, [rip+disp]` (or, in
large-model code, `movabs reg, text-GOT`); the constant goes into the next
register by a `mov` close by, before or after. No disassembler is needed: the
displacement has to hit the text exactly, and the nearest `mov` belongs to the
same call, since each call loads its registers anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from npwheel.audit.budget import WINDOW
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import Image, Span

# Argument position -> `lea reg, [rip+…]` for rsi, rdx, rcx.
_LEA = {1: b"\x48\x8d\x35", 2: b"\x48\x8d\x15", 3: b"\x48\x8d\x0d"}
_LEA_SIZE = 7
# movabs into any register; the argument's own is counted out from it.
_MOVABS = tuple(bytes([rex, 0xB8 + low]) for rex in (0x48, 0x49) for low in range(8))
# Argument position -> what moves a constant into edx, ecx, r8d:
# mov r32, imm32 | mov r64, simm32
_MOVES = {
    2: re.compile(rb"(?=\xba(....)|\x48\xc7\xc2(....))", re.DOTALL),
    3: re.compile(rb"(?=\xb9(....)|\x48\xc7\xc1(....))", re.DOTALL),
    4: re.compile(rb"(?=\x41\xb8(....)|\x49\xc7\xc0(....))", re.DOTALL),
}
# -Oz: push imm8, pop r64, with other instructions between them.
_PUSHES = {
    2: re.compile(rb"(?=\x6a(.).{0,16}?\x5a)", re.DOTALL),
    3: re.compile(rb"(?=\x6a(.).{0,16}?\x59)", re.DOTALL),
    4: re.compile(rb"(?=\x6a(.).{0,16}?\x41\x58)", re.DOTALL),
}
HIGHEST = 0x1000  # versions and sizes of structs are less
_REACH = 48  # bytes on either side of the lea in which the constant is looked for


def arguments(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each place where one of the texts (addresses) is an argument at one of the positions."""
    wanted = frozenset(texts)
    data = image.data
    for position in positions:
        for span, at in image.places(_LEA[position], image.code):
            # Counted from the address of the byte after the lea.
            after = at + span.address - span.offset + _LEA_SIZE
            text = after + int.from_bytes(data[at + 3 : at + 7], "little", signed=True)
            if text in wanted:
                image.budget.spend(WINDOW)
                yield _argument(data, span, at, text, position, _LEA_SIZE)


def large_model(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """The same for code of -mcmodel=large, where a text is counted from the GOT."""
    if not image.got:
        return
    data = image.data
    for text in texts:
        distance = ((text - image.got) & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")
        for span, at in image.places(distance, image.code):
            if data[at - 2 : at] in _MOVABS:
                for position in positions:
                    image.budget.spend(WINDOW)
                    yield _argument(data, span, at, text, position, len(distance))


def _argument(data: bytes, span: Span, at: int, text: int, position: int, size: int) -> Argument:
    begin = max(span.offset, at - _REACH)
    window = bytes(data[begin : min(span.offset + span.size, at + size + _REACH)])
    constant = _nearest(window, at - begin, size, _MOVES[position + 1])
    if constant is None:
        constant = _nearest(window, at - begin, size, _PUSHES[position + 1])
    return Argument(text, position, at, constant)


def _nearest(window: bytes, at: int, size: int, moves: re.Pattern[bytes]) -> int | None:
    """The constant that is moved into the register closest to the text's own load."""
    found: list[tuple[int, int]] = []
    for match in moves.finditer(window):
        value = int.from_bytes(next(g for g in match.groups() if g is not None), "little")
        # Neither the neighbouring check's ABI version nor a pattern inside another instruction.
        if 0 < value < HIGHEST:
            place = match.start()
            found.append((at - place if place < at else place - at - size, value))
    return min(found)[1] if found else None
