"""libc and architecture -> the platform tags that such a machine installs."""

from __future__ import annotations

from packaging.tags import Tag, cpython_tags

# PEP 600: the old names are aliases of these glibc releases.
_ALIASES = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
# manylinux1 and manylinux2010 were never defined for other architectures.
_SINCE = {"x86_64": (2, 5), "i686": (2, 5)}


def platform_tags(libc: str, version: str, arch: str) -> tuple[str, ...]:
    """Platform tags, best first, of a machine with this libc ("glibc" or "musl") release."""
    major, minor = (int(part) for part in version.split(".")[:2])
    if libc == "musl":
        return tuple(f"musllinux_{major}_{n}_{arch}" for n in range(minor, -1, -1))
    oldest = _SINCE.get(arch, (2, 17))
    tags: list[str] = []
    for n in range(minor, oldest[1] - 1, -1):
        tags.append(f"manylinux_{major}_{n}_{arch}")
        if (major, n) in _ALIASES:
            tags.append(f"{_ALIASES[major, n]}_{arch}")
    return tuple(tags)


def python_tags(python: str, platforms: tuple[str, ...]) -> tuple[Tag, ...]:
    """The tags that CPython `python` ("3.9", "3.14t") accepts on these platforms, best first."""
    threaded = python.endswith("t")
    major, minor = (int(part) for part in python.rstrip("t").split("."))
    abis = [f"cp{major}{minor}t"] if threaded else None
    tags = list(cpython_tags((major, minor), abis, platforms))
    if threaded:  # the stable ABI needs the GIL
        tags = [tag for tag in tags if tag.abi != "abi3"]
    return tuple(tags)


def python_of(identifier: str) -> str:
    """Return the Python of a cibuildwheel identifier: "cp314t-…" is "3.14t"; "" if not CPython."""
    tag = identifier.split("-", 1)[0]
    return f"{tag[2]}.{tag[3:]}" if tag.startswith("cp") else ""
