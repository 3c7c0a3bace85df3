"""Does importing a module come by its version check? Shown, or not shown.

The check's text is looked for in the functions that run at import and, within a
budget, in those that they call directly. What is reached only through a pointer
is not found, so "not shown" is no proof that the check never runs.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator

from npwheel.audit.budget import CODE
from npwheel.audit.capi.entry import Functions, formed
from npwheel.audit.capi.image import Image

_BUDGET = 512 * 1024  # bytes of code that are followed in one module
_CALL = re.compile(rb"(?=[\xe8\xe9](....))", re.DOTALL)


def at_import(image: Image, texts: Collection[int]) -> bool:
    """Is one of the texts (addresses) used by what runs when the module is imported?"""
    if image.machine not in ("x86_64", "aarch64") or image.bits != 64:
        return False
    functions = Functions(image)
    if not functions.starts:
        return False
    wanted = frozenset(texts)
    queue = functions.entries()
    seen = set(queue)
    left = _BUDGET
    while queue and left > 0:
        address = queue.pop(0)
        offset, size = functions.body(address)
        code = bytes(image.data[offset : offset + min(size, left)])
        left -= size
        image.budget.spend(len(code) * CODE)
        if not wanted.isdisjoint(formed(image, code, address)):
            return True
        for target in called(image, code, address):
            if target not in seen and functions.body(target)[1]:
                seen.add(target)
                queue.append(target)
    return False


def called(image: Image, code: bytes, address: int) -> Iterator[int]:
    """Targets of direct calls and jumps out of the code."""
    if image.machine == "aarch64":
        for index, (word,) in enumerate(struct.iter_unpack("<I", code[: len(code) & ~3])):
            if word & 0x7C000000 == 0x14000000:  # b, bl
                distance = (word & 0x3FFFFFF) - ((word & 0x2000000) << 1)
                yield address + (index + distance) * 4
        return
    for match in _CALL.finditer(code):
        yield address + match.start() + 5 + int.from_bytes(match[1], "little", signed=True)
