"""Linux platform tags: parse them, and list those that a machine accepts.

No other module parses or writes manylinux, musllinux and linux tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.tags import Tag, compatible_tags, cpython_tags

# PEP 600: the old names are aliases of these glibc releases.
_ALIASES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
# manylinux1 and manylinux2010 were never defined for other architectures.
_OLDEST_GLIBC = {"x86_64": (2, 5), "i686": (2, 5)}
_PLATFORM = re.compile(r"(linux|(?:many|musl)linux(?:\d+|_(\d+)_(\d+)))_(\w+)")
_WINDOWS = {"win32": "x86", "win_amd64": "amd64", "win_arm64": "arm64"}
_MACOS = re.compile(r"macosx_\d+_\d+_(x86_64|arm64|i386|universal2|intel)")
_MACOS_FAT = {"universal2": ("x86_64", "arm64"), "intel": ("i386", "x86_64")}
_INTERPRETER = re.compile(r"(cp|py|pp)(\d)(\d*)")

# Newer than any release: gives the tags of a machine with the newest libc.
NEWEST_LIBC = {"glibc": "2.99", "musl": "1.9"}


@dataclass(frozen=True)
class LinuxPlatform:
    """The parts of a Linux platform tag.

    libc: "glibc" or "musl". release: the oldest supported libc, None for a plain linux
    tag. name: the tag without the architecture.
    """

    libc: str
    release: tuple[int, int] | None
    arch: str
    name: str


@dataclass(frozen=True)
class SystemPlatform:
    """What decides which platform tags a Linux system accepts.

    libc: "glibc" or "musl". libc_version: its release, such as "2.31".
    """

    libc: str
    libc_version: str
    arch: str

    def __str__(self) -> str:
        return f"{self.libc} {self.libc_version} {self.arch}"

    @property
    def tags(self) -> tuple[str, ...]:
        """Its platform tags, best first."""
        return platform_tags(self.libc, self.libc_version, self.arch)


def parse_platform(tag: str) -> LinuxPlatform | None:
    """Return the parts of a platform tag; None for other systems and unknown names."""
    match = _PLATFORM.fullmatch(tag)
    if match is None:
        return None
    name, major, minor, arch = match.groups()
    libc = "musl" if name.startswith("musl") else "glibc"
    if major:
        return LinuxPlatform(libc, (int(major), int(minor)), arch, name)
    if name == "linux" or name in _ALIASES:
        return LinuxPlatform(libc, _ALIASES.get(name), arch, name)
    return None


def parse_other_platform(tag: str) -> tuple[str, tuple[str, ...]] | None:
    """Return ("macos", ("x86_64", "arm64")) for "macosx_11_0_universal2"; None for others.

    The systems are "windows" and "macos"; machines are written as in the tags of each.
    """
    if tag in _WINDOWS:
        return "windows", (_WINDOWS[tag],)
    match = _MACOS.fullmatch(tag)
    return ("macos", _MACOS_FAT.get(match[1], (match[1],))) if match else None


def machines_of(tag: str) -> tuple[tuple[str, str], ...]:
    """Return what a platform tag serves: (("glibc", "x86_64"),), or pairs of system and machine.

    () for "any" and for systems that are not known.
    """
    linux, other = parse_platform(tag), parse_other_platform(tag)
    if linux:
        return ((linux.libc, linux.arch),)
    return tuple((other[0], machine) for machine in other[1]) if other else ()


def parse_interpreter(tag: str) -> tuple[str, tuple[int, ...]] | None:
    """Return ("cp", (3, 12)) for "cp312" and ("py", (3,)) for "py3"; None for other tags."""
    match = _INTERPRETER.fullmatch(tag)
    if match is None:
        return None
    return match[1], (int(match[2]), *((int(match[3]),) if match[3] else ()))


def platform_tags(libc: str, version: str, arch: str) -> tuple[str, ...]:
    """Return the platform tags, best first, of a machine with this libc release."""
    major, minor = (int(part) for part in version.split(".")[:2])
    if libc == "musl":
        return tuple(f"musllinux_{major}_{n}_{arch}" for n in range(minor, -1, -1))
    aliases = {release: name for name, release in _ALIASES.items()}
    oldest = _OLDEST_GLIBC.get(arch, (2, 17))
    tags: list[str] = []
    for n in range(minor, oldest[1] - 1, -1):
        tags.append(f"manylinux_{major}_{n}_{arch}")
        if (major, n) in aliases:
            tags.append(f"{aliases[major, n]}_{arch}")
    return tuple(tags)


def compatible_platforms(tag: str) -> tuple[str, ...]:
    """Return a platform tag and the older tags that such a machine accepts as well."""
    found = parse_platform(tag)
    if found is None or found.release is None:
        return (tag,)
    return platform_tags(found.libc, "{}.{}".format(*found.release), found.arch)


def python_tags(python: str, platforms: tuple[str, ...]) -> tuple[Tag, ...]:
    """Return the tags that CPython `python` ("3.9", "3.14t") accepts on platforms, best first."""
    threaded = python.endswith("t")
    major, minor = (int(part) for part in python.rstrip("t").split("."))
    abis = [f"cp{major}{minor}t"] if threaded else None
    tags = list(cpython_tags((major, minor), abis, platforms))
    if threaded:  # the stable ABI needs the GIL
        tags = [tag for tag in tags if tag.abi != "abi3"]
    return tuple(tags)


def installable(python: str, platforms: tuple[str, ...]) -> tuple[Tag, ...]:
    """Return all tags that CPython `python` accepts there, pure wheels too, best first."""
    major, minor = (int(part) for part in python.rstrip("t").split("."))
    pure = compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    return (*python_tags(python, platforms), *pure)


def python_of(identifier: str) -> str:
    """Return the Python of a cibuildwheel identifier: "cp314t-…" is "3.14t"; "" if not CPython."""
    tag = identifier.split("-", 1)[0]
    return f"{tag[2]}.{tag[3:]}" if tag.startswith("cp") else ""


# ELF's "arm" is armv6l, armv7l or armv8l; a 32-bit process of an x86 is i386 to i686.
_MACHINES = {"arm": {"armv6l", "armv7l", "armv8l"}, "i686": {"i386", "i486", "i586", "i686"}}


def fits_machine(machine: str, arch: str) -> bool:
    """Does an ELF file of that machine load where platform tags end in `arch`?"""
    return arch in _MACHINES.get(machine, {machine})


def python_order(python: str) -> tuple[int, int, bool]:
    """Return a key that sorts "3.9" before "3.10", and "3.14" before "3.14t"."""
    major, minor = (int(part) for part in python.rstrip("t").split("."))
    return major, minor, python.endswith("t")
