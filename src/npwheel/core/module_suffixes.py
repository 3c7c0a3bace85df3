"""Which files a Python imports as extension modules, by the ends of their names."""

from __future__ import annotations

import re

_SUFFIX = re.compile(
    r"\.(?:cpython-(?P<version>\d{2,3})(?P<flags>[a-z]*)(?:-[\w-]+)?|abi3(?P<t>t?)(?P<triplet>-[\w-]+)?)\.so$"
)
_FIRST_WITH_TRIPLET = (3, 15)  # of .abi3-TRIPLET.so, and of .abi3t.so


def is_known(file: str) -> bool:
    """Is it one of CPython's suffixes, plain `.so` included?"""
    name = file.rsplit("/", 1)[-1]
    return bool(_SUFFIX.search(name)) or name.count(".") == 1


def imports(python: str, file: str) -> bool:
    """Does a Python ("3.9", "3.13t") look for a file of that name on Linux?"""
    match = _SUFFIX.search(file)
    if match is None:
        return is_known(file)
    free = python.endswith("t")
    release = tuple(int(part) for part in python.rstrip("t").split("."))
    if match["version"]:
        flags = match["flags"].replace("m", "")  # 3.7 and older say 37m, old wheels also 37
        own = f"{release[0]}{release[1]}{'t' if free else ''}"
        return match["version"] + flags == own
    if match["t"] or match["triplet"]:
        return release >= _FIRST_WITH_TRIPLET and (bool(match["t"]) or not free)
    return not free
