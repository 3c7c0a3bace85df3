"""What one module says of NumPy: how it binds, what it was built against.

NumPy's headers compile two texts into a module that calls `import_array()`: one
for the ABI and one for the C-API version, the latter with the number that the
module requires. Headers of 2.0 and later write that number's release into the
text; older ones only pass it as a constant. Cython adds a gate of its own: the
sizes of NumPy's structs, with which it refuses smaller ones at import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from npwheel.audit.capi import code, reach
from npwheel.audit.capi.image import Image, MappedFile
from npwheel.numpy_releases import table

# The texts of __multiarray_api.h, 1.x (of old releases without "0x") and 2.x; the ABI's differs
# in one word.
_MESSAGE = b"compiled against"
_HEADERS_1 = b"module compiled against API version 0x%x"
_HEADERS_OLD = b"module compiled against API version %x"
_HEADERS_2 = b"module was compiled against NumPy C-API version 0x%x"
_RELEASE = re.compile(rb"\(NumPy (\d+\.\d+)\+?\)")
_SIZE_MESSAGE = b"size changed, may indicate binary incompatibility"
_TABLE = b"_ARRAY_API"
_OLD_PYBIND11, _NEW_PYBIND11 = b"numpy.core.multiarray\0", b"NumpyVersion"
TYPES = ("dtype", "ndarray", "ufunc")
# A struct that the headers keep opaque has the size of a bare Python object; of a dtype, 2.x
# headers that also serve 1.x know only the part that both have. By the machine's bits.
OPAQUE = {64: 16, 32: 8}
_COMMON_DTYPE = {64: 32, 32: 20}
# Higher numbers than this are misread, not versions: later headers are 2.x.
_HIGHEST_OF_1 = max(number for number in table.API if number < table.API_OF_2)
# The first that fits names the binding. Texts that the tools put into what they make.
_BINDINGS = (
    ("f2py", (b"auto-generated with f2py", b"F2PY Version")),
    ("cython", (b"cython_runtime", b".pyx\0")),
    ("swig", (b"swig_runtime_data", b"SwigPyObject")),
    ("nanobind", (b"nanobind",)),
    ("pybind11", (b"pybind11",)),
    ("pyo3", (b"pyo3", b"PyO3")),
)


@dataclass(frozen=True)
class NumpyUse:
    """How a module binds NumPy.

    binding: "c", "cython", "f2py", "swig", "pybind11", "nanobind", "pyo3" or "none".
    epoch: "1.x" (cannot load on NumPy 2), "2.x" (loads on both), None: no such check,
        or unknown (then `unread` says why).
    api: the C-API version that it requires, None where it requires none or is unread.
    source: where `api` was read: "text", "code" or "".
    sizes: struct -> bytes that Cython requires, of TYPES, on a machine of so many bits.
    at_import: True where it is shown that importing the module comes by the check;
        whether the module then swallows the error cannot be seen.
    unread: why something could not be read, "" where all was.
    is_old_pybind11: has it the array support of pybind11 before 2.12? That makes no check.
    """

    binding: str = "none"
    epoch: str | None = None
    api: int | None = None
    source: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    unread: str = ""
    at_import: bool = False
    bits: int = 64
    is_old_pybind11: bool = False

    @property
    def checks(self) -> bool:
        """Does it hold any check of NumPy's version?"""
        return self.api is not None or self.epoch is not None or bool(self.sizes)


class _Messages(NamedTuple):
    """Addresses of the version check's text by its headers' era, and the releases it names."""

    of_1: list[int]
    of_2: list[int]
    releases: set[str]


def read(image: MappedFile) -> NumpyUse:
    """Return what a module shows of NumPy. Raises ElfError on a damaged file."""
    use = _read(image)
    if use.binding == "pybind11" and image.has(_OLD_PYBIND11):
        # Since 2.12 it chooses between numpy.core and numpy._core by NumPy's version.
        return replace(use, is_old_pybind11=not image.has(_NEW_PYBIND11))
    return use


def _read(image: MappedFile) -> NumpyUse:
    messages = _messages(image)
    texts = messages.of_1 or messages.of_2
    cython_sizes = image.has(_SIZE_MESSAGE)
    if not texts and not cython_sizes and not image.has(_TABLE):
        return NumpyUse()
    sizes, sizes_unread = _sizes(image) if cython_sizes else ({}, "")
    if not texts and not sizes and not sizes_unread and not image.has(_TABLE):
        return NumpyUse()
    binding, bits = _binding(image), image.bits
    if messages.of_1 and messages.of_2:
        both = "holds the checks of both 1.x and 2.x headers"
        return NumpyUse(binding, sizes=sizes, unread=both, bits=bits)
    if not texts:
        epoch = _epoch_of(sizes, bits)
        return NumpyUse(binding, epoch, None, "", sizes, sizes_unread, bool(sizes), bits)
    shown = isinstance(image, Image) and reach.at_import(image, texts)
    epoch = "2.x" if messages.of_2 else "1.x"
    if messages.releases:
        api, unread = _by_text(messages.releases)
        source = "text"
    else:
        api, unread = _by_code(image, texts, epoch)
        source = "code"
    source = source if api is not None else ""
    return NumpyUse(binding, epoch, api, source, sizes, unread or sizes_unread, shown, bits)


def _messages(image: MappedFile) -> _Messages:
    found = _Messages([], [], set())
    for offset, address in image.find(_MESSAGE):
        # The text begins before the words that were looked for.
        for text, addresses in (
            (_HEADERS_1, found.of_1),
            (_HEADERS_OLD, found.of_1),
            (_HEADERS_2, found.of_2),
        ):
            before = text.index(_MESSAGE)
            start = offset - before
            if start >= 0 and image.data[start : start + len(text)] == text:
                addresses.append(address - before)
                match = _RELEASE.search(image.text(start))
                if match:
                    found.releases.add(match[1].decode())
    return found


def _by_text(releases: set[str]) -> tuple[int | None, str]:
    """(C-API version, why it could not be read)."""
    if len(releases) > 1:
        return None, f"names several releases: {', '.join(sorted(releases))}"
    (release,) = releases
    api = table.api_of_release(release)
    if api is None:
        return None, f"names an unknown release: {release}"
    if table.key(release)[:2] > table.key(table.newest())[:2]:
        known = f"newer than the newest that this npwheel knows, {table.newest()}"
        return None, f"requires NumPy {release}, {known}: install a newer npwheel"
    return api, ""


def _by_code(image: MappedFile, texts: list[int], epoch: str) -> tuple[int | None, str]:
    """(C-API version, why it could not be read)."""
    if not code.readable(image):
        return None, f"the code of {image.machine} is not read, and the text has no release"
    highest = _HIGHEST_OF_1 if epoch == "1.x" else max(table.API)
    found = {
        argument.constant
        for argument in code.after_format(image, texts)
        if argument.constant is not None and 0 < argument.constant <= highest
    }
    if len(found) == 1:
        return found.pop(), ""
    if found:
        several = ", ".join(f"{value:#x}" for value in sorted(found))
        return None, f"the code requires several C-API versions: {several}"
    return None, "the constant beside the version check was not found"


def _sizes(image: MappedFile) -> tuple[dict[str, int], str]:
    """({struct: bytes}, why something could not be read)."""
    names = {name: image.named(name.encode()) for name in TYPES}
    if not any(names.values()):
        return {}, ""
    if not code.readable(image):
        # Without NumPy's own name it is another module's check.
        here = image.named(b"numpy") and names["dtype"]
        machine = image.machine
        return {}, f"Cython's struct sizes are not read on {machine}" if here else ""
    bits = image.bits
    possible = {name: _possible(name, bits) for name in TYPES}
    owner = {address: name for name, addresses in names.items() for address in addresses}
    found: dict[str, set[int]] = {}
    for text, size in code.beside(image, {text: possible[name] for text, name in owner.items()}):
        found.setdefault(owner[text], set()).add(size)
    inlined = not found and _sizes_inlined(image, frozenset().union(*possible.values()))
    if inlined or (not isinstance(image, Image) and len(found) < len(TYPES) and _cimports(image)):
        return {}, "Cython's struct sizes stand in a form that is not read"
    several = [name for name, values in found.items() if len(values) > 1]
    unread = f"Cython requires several sizes of {', '.join(several)}" if several else ""
    return {n: v.pop() for n, v in found.items() if len(v) == 1}, unread


def _cimports(image: MappedFile) -> bool:
    """Has it the names of structs that `cimport numpy` imports, and programs hardly use?"""
    return all(image.named(name) for name in (*map(str.encode, TYPES), b"flatiter", b"broadcast"))


def _sizes_inlined(image: MappedFile, possible: frozenset[int]) -> bool:
    """Is a size passed with the error's own text? Then i686 loads the struct's name far away."""
    if image.machine != "i686":
        return False
    texts = {}
    for offset, address in image.find(_SIZE_MESSAGE):
        # "%.200s.%.200s size changed, …"
        before = offset - (image.data.rfind(b"\0", max(0, offset - 32), offset) + 1)
        texts[address - before] = possible
    return any(True for _ in code.beside(image, texts))


def _possible(name: str, bits: int) -> frozenset[int]:
    known = {size for _, size in table.SIZES[bits][name]}
    return frozenset(known | {OPAQUE[bits]} | ({_COMMON_DTYPE[bits]} if name == "dtype" else set()))


def _epoch_of(sizes: Mapping[str, int], bits: int) -> str | None:
    """The headers' era by the size of a dtype: 1.10 to 1.26 alone have the largest."""
    dtype = sizes.get("dtype")
    if dtype is None or dtype == OPAQUE[bits]:
        return None
    on_2 = table.size_in("dtype", "2.0.0", bits)
    return "1.x" if on_2 is not None and dtype > on_2 else "2.x"


def _binding(image: MappedFile) -> str:
    for name, marks in _BINDINGS:
        if any(image.has(mark) for mark in marks):
            return name
    return "c"
