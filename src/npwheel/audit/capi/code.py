"""Machine -> the reader of its code. For other machines only texts can be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

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


def beside(image: Image, allowed: Mapping[int, frozenset[int]]) -> Iterator[tuple[int, int]]:
    """(text, constant) of each call that is given a text and, next to it, one of its constants.

    allowed: the constants that may belong to a text, by its address. Where they stand in
    Cython's calls: __Pyx_ImportType(module, "numpy", "dtype", size, …); without the first
    argument in old Cython; or its PyErr_Format(error, text, "numpy", "dtype", size, …), inlined.
    """
    if image.elf.machine == "i686":
        yield from code_i686.beside(image, allowed)
        return
    for position in (2, 1, 3):
        found = [
            (argument.text, argument.constant)
            for argument in arguments(image, allowed, (position,))
            if argument.constant is not None and argument.constant in allowed[argument.text]
        ]
        if found:
            yield from found
            return
