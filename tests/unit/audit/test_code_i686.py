"""i686: the sizes that Cython passes beside a struct's name, in the forms that GCC gives them."""

from __future__ import annotations

import pytest
from elf_builder import Shared

from npwheel import elf
from npwheel.audit.capi import code_i686
from npwheel.audit.capi.image import Image, Span

GOT, DTYPE, UFUNC = 0x3000, 0x1200, 0x1210
ALLOWED = {DTYPE: frozenset({52, 56}), UFUNC: frozenset({112, 124})}


def lea(modrm: int, text: int) -> bytes:
    return bytes([0x8D, modrm]) + (text - GOT & 0xFFFFFFFF).to_bytes(4, "little")


CALL = b"\xe8\x00\x01\x00\x00\x85\xc0\x89\x83\x7c\x19\x00\x00\x0f\x84\x00\x02\x00\x00"
# As they stand in pandas 0.24.2, scikit-learn 0.20.0, PyWavelets 1.0.3 and pygeos 0.14: the call
# for dtype, then that for ufunc. The constant stands before the name, or after it.
FORMS = {
    "stored before": b"\xc7\x04\x24\x38\0\0\0" + lea(0x93, DTYPE) + CALL
    + b"\xc7\x04\x24\x70\0\0\0" + lea(0x93, UFUNC) + CALL,
    "stored after": lea(0x93, DTYPE) + b"\xc7\x04\x24\x38\0\0\0" + CALL
    + lea(0x93, UFUNC) + b"\xc7\x04\x24\x70\0\0\0" + CALL,
    "stored above": lea(0x83, DTYPE) + b"\x89\xfa\x89\x04\x24\x89\xf0\xc7\x44\x24\x08\x02\0\0\0"
    b"\xc7\x44\x24\x04\x38\0\0\0" + CALL + lea(0x83, UFUNC) + b"\x89\xfa\x89\x04\x24\x89\xf0"
    b"\xc7\x44\x24\x08\x01\0\0\0\xc7\x44\x24\x04\x70\0\0\0" + CALL,
    "pushed": b"\x50" + lea(0x8B, DTYPE) + b"\x89\xfa\x50\x89\xf0\x6a\x02\x6a\x38" + CALL
    + b"\x50" + lea(0x8B, UFUNC) + b"\x89\xfa\x50\x89\xf0\x6a\x02\x6a\x70" + CALL,
}  # fmt: skip


def found(code: bytes) -> list[tuple[int, int]]:
    return list(code_i686.beside(image_of(code), ALLOWED))


def image_of(code: bytes) -> Image:
    """An image in which all is code."""
    image = Image(elf.read(Shared(machine="i686").build()))
    image.data = code
    image.got, image.code = GOT, (Span(0, len(code), 0x1800),)
    return image


@pytest.mark.parametrize("form", FORMS)
def test_the_size_next_to_a_name_is_read(form: str) -> None:
    assert found(b"\x90" * 8 + FORMS[form]) == [(DTYPE, 56), (UFUNC, 112)]


def test_no_size_is_guessed() -> None:
    """A name that is used for something else, and a constant that is no size of that struct."""
    assert found(b"\x90" * 8 + lea(0x93, DTYPE) + b"\xc7\x04\x24\x70\0\0\0" + CALL) == []
    assert found(b"\x90" * 8 + lea(0x93, DTYPE) + CALL + b"\x90" * 40 + b"\x6a\x38") == []
