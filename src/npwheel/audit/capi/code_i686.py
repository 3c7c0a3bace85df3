"""i686: which constant is passed after a text? Arguments lie on the stack.

Position-independent code loads a text by `lea reg, [ebx+text-GOT]`; the constant
is pushed (`push imm`) before the text, or stored (`mov [esp+8], imm`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import Image

_REACH = 40  # bytes on either side of the lea in which the constant is looked for
_LEA = 0x8D
# push imm8 | push imm32 | mov dword [esp+8], imm32
_STORE = re.compile(rb"(?=\x6a(.)|\x68(....)|\xc7\x44\x24\x08(....))", re.DOTALL)


def arguments(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each place where one of the texts (addresses) is the second argument; no other is read."""
    if 1 not in positions:
        return
    data = image.data
    for text in texts:
        needle = (text - image.got & 0xFFFFFFFF).to_bytes(4, "little")
        for span in image.code if image.got else ():
            end = span.offset + span.size
            at = data.find(needle, span.offset + 2, end)
            while at >= 0:
                if data[at - 2] == _LEA and data[at - 1] & 0xC0 == 0x80:
                    yield Argument(text, 1, at, _constant(data, span.offset, end, at))
                at = data.find(needle, at + 1, end)


def _constant(data: bytes, start: int, end: int, at: int) -> int | None:
    begin = max(start, at - _REACH)
    window = bytes(data[begin : min(end, at + _REACH)])
    found = []
    for match in _STORE.finditer(window):
        value = int.from_bytes(match[1] or match[2] or match[3], "little")
        if 0 < value < 0x1000 or value in (0x1000009, 0x2000000):
            found.append((abs(begin + match.start() - at), value))
    return min(found)[1] if found else None
