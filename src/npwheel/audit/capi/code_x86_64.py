"""x86-64: which constant is passed after a text? By System V's or Windows' calling convention.

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
from npwheel.audit.capi.image import MappedFile, Span

# On Windows? Argument position -> `lea reg, [rip+…]`: for rsi, rdx, rcx; for rdx, r8, r9.
_LEA = {
    False: {1: b"\x48\x8d\x35", 2: b"\x48\x8d\x15", 3: b"\x48\x8d\x0d"},
    True: {1: b"\x48\x8d\x15", 2: b"\x4c\x8d\x05", 3: b"\x4c\x8d\x0d"},
}
_LEA_SIZE = 7
# movabs into any register; the argument's own is counted out from it.
_MOVABS = tuple(bytes([rex, 0xB8 + low]) for rex in (0x48, 0x49) for low in range(8))
# What moves a constant into a register: mov r32, imm32 | mov r64, simm32.
_MOVE = {
    "edx": re.compile(rb"(?=\xba(....)|\x48\xc7\xc2(....))", re.DOTALL),
    "ecx": re.compile(rb"(?=\xb9(....)|\x48\xc7\xc1(....))", re.DOTALL),
    "r8d": re.compile(rb"(?=\x41\xb8(....)|\x49\xc7\xc0(....))", re.DOTALL),
    "r9d": re.compile(rb"(?=\x41\xb9(....)|\x49\xc7\xc1(....))", re.DOTALL),
    # The fifth argument on Windows: mov dword [rsp+32], imm32 | mov qword [rsp+32], simm32.
    "stack": re.compile(rb"(?=\xc7\x44\x24\x20(....)|\x48\xc7\x44\x24\x20(....))", re.DOTALL),
}
# -Oz: push imm8, pop r64, with other instructions between them.
_PUSH = {
    "edx": re.compile(rb"(?=\x6a(.).{0,16}?\x5a)", re.DOTALL),
    "ecx": re.compile(rb"(?=\x6a(.).{0,16}?\x59)", re.DOTALL),
    "r8d": re.compile(rb"(?=\x6a(.).{0,16}?\x41\x58)", re.DOTALL),
}
# On Windows? Argument position -> its register.
_REGISTERS = {
    False: {2: "edx", 3: "ecx", 4: "r8d"},
    True: {2: "r8d", 3: "r9d", 4: "stack"},
}
HIGHEST = 0x1000  # versions and sizes of structs are less
_REACH = 48  # bytes on either side of the lea in which the constant is looked for


def arguments(
    image: MappedFile, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each place where one of the texts (addresses) is an argument at one of the positions."""
    wanted = frozenset(texts)
    data = image.data
    for position in positions:
        for span, at in image.places(_LEA[image.calls == "windows"][position], image.code):
            # Counted from the address of the byte after the lea.
            after = at + span.address - span.offset + _LEA_SIZE
            text = after + int.from_bytes(data[at + 3 : at + 7], "little", signed=True)
            if text in wanted:
                image.budget.spend(WINDOW)
                yield _argument(image, span, at, text, position, _LEA_SIZE)


def large_model(
    image: MappedFile, texts: Collection[int], positions: Collection[int]
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
                    yield _argument(image, span, at, text, position, len(distance))


def _argument(
    image: MappedFile, span: Span, at: int, text: int, position: int, size: int
) -> Argument:
    begin = max(span.offset, at - _REACH)
    window = bytes(image.data[begin : min(span.offset + span.size, at + size + _REACH)])
    register = _REGISTERS[image.calls == "windows"][position + 1]
    constant = _nearest(window, at - begin, size, _MOVE[register])
    if constant is None and register in _PUSH:
        constant = _nearest(window, at - begin, size, _PUSH[register])
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
