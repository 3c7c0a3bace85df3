"""Machine -> the reader of its code. For other machines only texts can be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from npwheel.audit.capi import code_aarch64, code_i686, code_x86_64
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import Image

_READERS = {
    "x86_64": (code_x86_64.arguments, code_x86_64.large_model),
    "aarch64": (code_aarch64.arguments, code_aarch64.through_others),
    "i686": (code_i686.arguments,),
}


def readable(image: Image) -> bool:
    """Can the code of this machine be read?"""
    return image.elf.machine in _READERS and image.elf.little


def arguments(
    image: Image, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each call that is given one of the texts (addresses) at one of the positions (1 to 3).

    The next way of addressing a text is only tried when the one before found none.
    """
    if not texts or not readable(image):
        return
    for reader in _READERS[image.elf.machine]:
        found = list(reader(image, texts, positions))
        if found:
            yield from found
            return
