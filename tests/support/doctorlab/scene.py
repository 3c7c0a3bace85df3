"""A scene: one environment, how it is made, and what the doctor must say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doctorlab.lab import Lab


@dataclass(frozen=True)
class Setup:
    """How a user of that environment would start Python.

    `prefix` is put before the interpreter (setpriv, unshare, chroot …); it must
    exec what follows. `python` is the interpreter inside of that.
    """

    python: str
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    modules: Sequence[str] = ()
    # With an interpreter that cannot run the doctor (an emulated CPU): examined from outside.
    outside: bool = False
    doctor: str = ""  # where the doctor lies, as that environment sees it
    limit: int = 30  # seconds for one import


@dataclass(frozen=True)
class Scene:
    """One row of the table in the documentation."""

    name: str
    mode: str  # the expected id; empty for a healthy scene
    how: str
    words: Sequence[str]  # all must stand in the verdict
    make: Callable[[Lab, Path], Setup]
    state: str = "failed"

    @property
    def slow(self) -> bool:
        """Whether it takes an emulated CPU or another system."""
        return self.name in SLOW


# On emulated CPUs, and on 32-bit systems: tests/slow tries them.
SLOW = frozenset(
    [
        "nehalem-no-popcnt",
        "kvm64",
        "core2duo",
        "forced-core",
        "armv9sme",
        "pages-of-64k",
        "32-bit",
        "aarch64-emulated",
    ]
)
SCENES: list[Scene] = []
HEALTHY: list[Scene] = []


def broken(
    name: str, mode: str, how: str, *words: str, state: str = "failed"
) -> Callable[[Callable[[Lab, Path], Setup]], Callable[[Lab, Path], Setup]]:
    """Register a broken environment."""

    def register(make: Callable[[Lab, Path], Setup]) -> Callable[[Lab, Path], Setup]:
        SCENES.append(Scene(name, mode, how, words, make, state))
        return make

    return register


def healthy(
    name: str, how: str
) -> Callable[[Callable[[Lab, Path], Setup]], Callable[[Lab, Path], Setup]]:
    """Register an environment about which the doctor must not complain."""

    def register(make: Callable[[Lab, Path], Setup]) -> Callable[[Lab, Path], Setup]:
        HEALTHY.append(Scene(name, "", how, ("works",), make, "passed"))
        return make

    return register
