"""Machine -> the reader of its code. For other machines only texts can be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from npwheel.audit.capi import code_aarch64, code_i686, code_x86_64
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import Image
from npwheel.elf import ElfError

_READERS = {
    "x86_64": (code_x86_64.arguments, code_x86_64.large_model),
    "aarch64": (code_aarch64.arguments, code_aarch64.through_others),
    "i686": (code_i686.arguments,),
}

MAX_FOUND = 4096  # calls with one text; real modules have a few
MAX_WORK = 8 << 30  # bytes; searching takes a second for about 4 GB


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
        if reader is not code_x86_64.arguments:  # the others search once for each text
            _affordable(image, len(texts))
        found = list(islice(reader(image, texts, positions), MAX_FOUND))
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
        _affordable(image, len(allowed))
        yield from islice(code_i686.beside(image, allowed), MAX_FOUND)
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


def _affordable(image: Image, texts: int) -> None:
    """Raises ElfError where so many texts in so much code would take minutes."""
    if texts * sum(span.size for span in image.code) > MAX_WORK:
        raise ElfError(f"its texts occur {texts} times: too many to look each up in its code")
