"""Machine -> the reader of its code. For other machines only texts can be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from npwheel.audit.capi import code_aarch64, code_i686, code_x86_64
from npwheel.audit.capi.argument import Argument
from npwheel.audit.capi.image import MappedFile

_READERS = {
    "x86_64": (code_x86_64.arguments, code_x86_64.large_model),
    "aarch64": (code_aarch64.arguments, code_aarch64.through_others, code_aarch64.by_adr),
    "i686": (code_i686.arguments,),
}


def readable(image: MappedFile) -> bool:
    """Can the code of this machine be read?"""
    return bool(image.calls) and image.machine in _READERS and image.little


def after_format(image: MappedFile, texts: Collection[int]) -> Iterator[Argument]:
    """Each call that is given one of the texts as a format, with the first value for it."""
    for found in arguments(image, texts, (1,)):
        stack = image.calls == "macos" and image.machine == "aarch64"
        yield code_aarch64.on_stack(image, found) if stack else found


def arguments(
    image: MappedFile, texts: Collection[int], positions: Collection[int]
) -> Iterator[Argument]:
    """Each call that is given one of the texts (addresses) at one of the positions (1 to 3).

    The next way of addressing a text is only tried when the one before found none.
    """
    if not texts or not readable(image):
        return
    for reader in _READERS[image.machine]:
        found = list(reader(image, texts, positions))
        if found:
            yield from found
            return


def beside(image: MappedFile, allowed: Mapping[int, frozenset[int]]) -> Iterator[tuple[int, int]]:
    """(text, constant) of each call that is given a text and, next to it, one of its constants.

    allowed: the constants that may belong to a text, by its address. Where they stand in
    Cython's calls: __Pyx_ImportType(module, "numpy", "dtype", size, …); without the first
    argument in old Cython; or its PyErr_Format(error, text, "numpy", "dtype", size, …), inlined.
    """
    if image.machine == "i686":
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
