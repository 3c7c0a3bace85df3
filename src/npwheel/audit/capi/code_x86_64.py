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

from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import Image

# Argument position -> `lea reg, [rip+…]`, `movabs reg, …` for rsi, rdx, rcx.
_LEA = {1: b"\x48\x8d\x35", 2: b"\x48\x8d\x15", 3: b"\x48\x8d\x0d"}
_MOVABS = {1: b"\x48\xbe", 2: b"\x48\xba", 3: b"\x48\xb9"}
# Argument position -> what moves a constant into edx, ecx, r8d:
# mov r32, imm32 | mov r64, simm32 | push imm8; pop r64 (-Oz)
_MOVES = {
    2: re.compile(rb"(?=\xba(....)|\x48\xc7\xc2(....)|\x6a(.)\x5a)", re.DOTALL),
    3: re.compile(rb"(?=\xb9(....)|\x48\xc7\xc1(....)|\x6a(.)\x59)", re.DOTALL),
    4: re.compile(rb"(?=\x41\xb8(....)|\x49\xc7\xc0(....)|\x6a(.)\x41\x58)", re.DOTALL),
}
_LEA_SIZE = 7
_REACH = 48  # bytes on either side of the lea in which the constant is looked for


def arguments(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each place where one of the texts (addresses) is an argument at one of the positions."""
    wanted = frozenset(texts)
    data = image.data
    for span in image.code:
        end = span.offset + span.size
        # Address of the byte after the lea, minus its place in the file.
        after = span.address - span.offset + _LEA_SIZE
        for position in positions:
            opcode = _LEA[position]
            at = data.find(opcode, span.offset, end - _LEA_SIZE + 1)
            while at >= 0:
                text = at + after + int.from_bytes(data[at + 3 : at + 7], "little", signed=True)
                if text in wanted:
                    yield _argument(data, span.offset, end, at, text, position, _LEA_SIZE)
                at = data.find(opcode, at + 1, end - _LEA_SIZE + 1)


def large_model(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """The same for code of -mcmodel=large, where a text is counted from the GOT."""
    if not image.got:
        return
    data = image.data
    for text in texts:
        distance = (text - image.got) & 0xFFFFFFFFFFFFFFFF
        for position in positions:
            needle = _MOVABS[position] + distance.to_bytes(8, "little")
            for span in image.code:
                end = span.offset + span.size
                at = data.find(needle, span.offset, end)
                if at >= 0:
                    yield _argument(data, span.offset, end, at, text, position, len(needle))


def _argument(
    data: bytes, start: int, end: int, at: int, text: int, position: int, size: int
) -> Argument:
    before = bytes(data[max(start, at - _REACH) : at])
    behind = bytes(data[at + size : min(end, at + size + _REACH)])
    return Argument(text, position, at, _nearest(before, behind, _MOVES[position + 1]))


def _nearest(before: bytes, behind: bytes, moves: re.Pattern[bytes]) -> int | None:
    """The constant that is moved into the register closest to the text's own load."""
    found: list[tuple[int, int]] = []
    for piece, is_before in ((before, True), (behind, False)):
        for match in moves.finditer(piece):
            raw = match[1] or match[2] or match[3]
            distance = len(piece) - match.start() if is_before else match.start()
            found.append((distance, int.from_bytes(raw, "little")))
    # A pattern inside another instruction has a value that no caller can take for a constant.
    likely = [row for row in found if row[1] < 0x10000 or row[1] in (0x1000009, 0x2000000)]
    return min(likely)[1] if likely else None
