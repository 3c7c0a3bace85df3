"""The targets, as data: what `--target` takes and what each stands for."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

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
        """True where this machine runs the target's programs without emulation."""
        return machine() == self.arch


def machine() -> str:
    """This machine's architecture, in the words of platform tags."""
    name = platform.machine().lower()
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)


@cache
def _data() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("data", "targets.toml").read_text("utf-8")
    return tomllib.loads(text)


def targets() -> dict[str, Target]:
    """Every target that is known, by name."""
    return {
        name: Target(name, t["arch"], t["libc"], t["image-option"], t["local"], t["serves"])
        for name, t in _data()["targets"].items()
    }


def choose(names: Sequence[str]) -> tuple[Target, ...]:
    """The targets named, `native` being those of this machine; none named: the default four.

    Raises UsageError for a name that is unknown.
    """
    known = targets()
    defaults = [known[name] for name in _data()["default"]]
    if not names:
        return tuple(defaults)
    chosen: dict[str, Target] = {}
    for name in names:
        if name == "native":
            found = [target for target in defaults if target.native]
            if not found:
                raise UsageError(f"no target is native here: this machine is {machine()}")
        elif name in known:
            found = [known[name]]
        else:
            raise UsageError(
                f"unknown target: {name}",
                next="known are: native, " + ", ".join(known),
            )
        chosen.update((target.name, target) for target in found)
    return tuple(chosen.values())
