"""i686: which constant is passed after a text? Arguments lie on the stack.

Position-independent code loads a text by `lea reg, [ebx+text-GOT]`; the constant
is pushed (`push imm`) before the text, or stored (`mov [esp+8], imm`). Functions of the
module itself (Cython's helpers) take their first arguments in registers, so that the constant
lies elsewhere on the stack or in ecx.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from npwheel.audit.budget import WINDOW
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import MappedFile, Span

_REACH = 40  # bytes on either side of the lea in which the constant is looked for
_LEA = 0x8D
# push imm8 | push imm32 | mov dword [esp+8], imm32
_STORE = re.compile(rb"(?=\x6a(.)|\x68(....)|\xc7\x44\x24\x08(....))", re.DOTALL)
# push imm8 | push imm32 | mov dword [esp], imm32 | mov dword [esp+4 to 16], imm32 | mov ecx, imm32
_PASSED = re.compile(
    rb"(?=\x6a(.)|\x68(....)|\xc7\x04\x24(....)|\xc7\x44\x24[\x04\x08\x0c\x10](....)|\xb9(....))",
    re.DOTALL,
)


def arguments(
    image: MappedFile, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each place where one of the texts (addresses) is the second argument; no other is read."""
    if 1 not in positions:
        return
    for text in texts:
        for span, at in _loads(image, text):
            yield Argument(text, 1, at, _constant(image.data, span, at))


def beside(image: MappedFile, allowed: Mapping[int, frozenset[int]]) -> Iterator[tuple[int, int]]:
    """(text, constant) where one of the text's constants is passed in the same call."""
    for text, constants in allowed.items():
        for span, at in _loads(image, text):
            begin, window = _window(image.data, span, at)
            near = [
                (abs(begin + match.start() - at), value)
                for match in _PASSED.finditer(window)
                if (value := _value(match)) in constants
            ]
            if near:
                yield text, min(near)[1]


def _loads(image: MappedFile, text: int) -> Iterator[tuple[Span, int]]:
    """(where the code lies, where the displacement lies) of each `lea` of a text."""
    data = image.data
    needle = (text - image.got & 0xFFFFFFFF).to_bytes(4, "little")
    for span, at in image.places(needle, image.code if image.got else ()):
        if at >= 2 and data[at - 2] == _LEA and data[at - 1] & 0xC0 == 0x80:
            image.budget.spend(WINDOW)
            yield span, at


def _value(match: re.Match[bytes]) -> int:
    return int.from_bytes(next(group for group in match.groups() if group is not None), "little")


def _window(data: bytes, span: Span, at: int) -> tuple[int, bytes]:
    """(where it begins, the code around a place)."""
    begin = max(span.offset, at - _REACH)
    return begin, bytes(data[begin : min(span.offset + span.size, at + _REACH)])


def _constant(data: bytes, span: Span, at: int) -> int | None:
    begin, window = _window(data, span, at)
    found = []
    for match in _STORE.finditer(window):
        value = _value(match)
        if 0 < value < 0x1000 or value in (0x1000009, 0x2000000):
            found.append((abs(begin + match.start() - at), value))
    return min(found)[1] if found else None
