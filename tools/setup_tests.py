"""Install what the tests need of the system: `nox -s tests -- --setup`.

A container engine, emulators, the programs that images need, and the components of
tests/support/components.toml, by the system's package manager. What is present stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from npwheel.containers import host_requirements, local, setup
from npwheel.core.errors import NpwheelError
from npwheel.core.targets import machine

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import components

ARCHITECTURES = ("x86_64", "aarch64")


def say(text: str) -> None:
    """Print a step on stderr."""
    print(text, file=sys.stderr)


def install(log: IO[str]) -> list[str]:
    """Install what is missing; return the components that no known package brings."""
    manager = setup.manager() or "no package manager"
    missing = {
        name: entry.get(manager, ())
        for name, entry in components.components().items()
        if not components.present(name)
    }
    packages = [package for packages in missing.values() for package in packages]
    if packages:
        setup.install(packages, log, say)
    host_requirements.find_engine(None, log, say, install=True).remove_containers()
    programs = [need for recipe in local.recipes().values() for need in recipe.needs]
    emulated = [arch for arch in ARCHITECTURES if arch != machine()]
    host_requirements.ensure(programs, emulated, log, say, install=True)
    return [name for name in missing if not components.present(name)]


def main() -> int:
    """Return 0 when all is there, 1 when a component must be installed by hand."""
    try:
        lacking = install(sys.stderr)
    except NpwheelError as error:
        say(f"error: {error}")
        return 1
    for name in lacking:
        say(f"error: {name} is missing, and no package of {setup.manager()} is known to bring it")
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
