"""The values of `--target`, as data."""

from __future__ import annotations

import platform
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from npwheel.core import package_data
from npwheel.core.errors import UsageError


@dataclass(frozen=True)
class Target:
    """A platform that wheels are built for, in cibuildwheel's words."""

    name: str
    arch: str
    libc: str
    image_option: str
    local: str
    serves: str

    @property
    def native(self) -> bool:
        """Whether this machine runs the target's programs without emulation."""
        return machine() == self.arch


_SPELLINGS = {"amd64": "x86_64", "arm64": "aarch64"}
# What a 32-bit system is, whatever its kernel: Raspberry Pi OS 32-bit has a 64-bit one.
_BITS_32 = {"aarch64": "armv7l", "armv8l": "armv7l", "x86_64": "i686"}


def machine() -> str:
    """Return the architecture of this system's programs, as in platform tags."""
    name = platform.machine().lower()
    name = _SPELLINGS.get(name, name)
    return name if sys.maxsize > 2**32 else _BITS_32.get(name, name)


@cache
def _data() -> dict[str, Any]:
    text = package_data.read_text(__package__, "targets.toml")
    return tomllib.loads(text)


def targets() -> dict[str, Target]:
    """Return all targets by name."""
    return {
        name: Target(name, t["arch"], t["libc"], t["image-option"], t["local"], t["serves"])
        for name, t in _data()["targets"].items()
    }


def choose(names: Sequence[str]) -> tuple[Target, ...]:
    """Return the named targets; the four defaults if no name is given.

    The name "native" selects the targets of this machine. Raises UsageError for an unknown
    name.
    """
    known = targets()
    defaults = [known[name] for name in _data()["default"]]
    if not names:
        return tuple(defaults)
    chosen: dict[str, Target] = {}
    for name in names:
        if name == "native":
            found = [target for target in known.values() if target.native]
            if not found:
                raise UsageError(f"no native target for this machine ({machine()})")
        elif name in known:
            found = [known[name]]
        else:
            raise UsageError(
                f"unknown target: {name}",
                next="use one of: native, " + ", ".join(known),
            )
        chosen.update((target.name, target) for target in found)
    return tuple(chosen.values())
