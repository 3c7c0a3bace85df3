"""`--setup`: install system packages with the system's package manager."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from typing import IO

from npwheel.containers.engine import data
from npwheel.core import process
from npwheel.core.errors import EngineError


def manager() -> str | None:
    """Return the first package manager of engines.toml that is installed, or None."""
    return next((name for name in data()["install"] if shutil.which(name)), None)


def engine_packages() -> tuple[str, ...]:
    """Return the packages of a container engine for this system."""
    name = manager()
    return tuple(data()["install"][name]) if name else ()


def command_for(packages: Sequence[str]) -> str:
    """Return the command that installs packages."""
    name = manager()
    if name is None:
        return "install with your system's package manager: " + " ".join(packages)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    return " ".join([*sudo, *data()["install-command"][name], *packages])


def install(packages: Sequence[str], log: IO[str], progress: Callable[[str], None]) -> None:
    """Install system packages. Raises EngineError with the command that failed."""
    name = manager()
    if name is None:
        raise EngineError(
            "--setup does not support this system's package manager",
            next="install manually: " + " ".join(packages),
        )
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    env = process.environment({"DEBIAN_FRONTEND": "noninteractive"})
    refresh = data()["refresh-command"][name]
    if refresh:
        progress(f"refreshing {name}'s package lists")
        process.logged([*sudo, *refresh], log, env=env)
    progress("installing " + " ".join(packages))
    printed: list[str] = []
    command = [*sudo, *data()["install-command"][name], *packages]
    code = process.logged(command, log, env=env, on_line=printed.append)
    if code:
        raise EngineError(
            f"{name} failed to install {' '.join(packages)}",
            why=next((line for line in reversed(printed) if line.strip()), f"exit code {code}"),
            next="run it manually: " + command_for(packages),
        )
