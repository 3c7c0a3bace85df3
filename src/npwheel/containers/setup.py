"""`--setup`: what the pipeline needs of the system, installed by its own package manager."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from typing import IO

from npwheel.containers.engine import data
from npwheel.core import process
from npwheel.core.errors import EngineError


def manager() -> str | None:
    """The first package manager of engines.toml that is here."""
    return next((name for name in data()["install"] if shutil.which(name)), None)


def engine_packages() -> tuple[str, ...]:
    """What makes a container engine here."""
    name = manager()
    return tuple(data()["install"][name]) if name else ()


def command_for(packages: Sequence[str]) -> str:
    """The command that a person would type."""
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
            "--setup knows no package manager of this system",
            next="install by hand: " + " ".join(packages),
        )
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    env = process.environment({"DEBIAN_FRONTEND": "noninteractive"})
    refresh = data()["refresh-command"][name]
    if refresh:
        progress(f"refreshing {name}'s package lists")
        process.logged([*sudo, *refresh], log, env=env)
    progress("installing " + " ".join(packages))
    said: list[str] = []
    command = [*sudo, *data()["install-command"][name], *packages]
    code = process.logged(command, log, env=env, on_line=said.append)
    if code:
        raise EngineError(
            f"{name} could not install {' '.join(packages)}",
            why=next((line for line in reversed(said) if line.strip()), f"exit code {code}"),
            next="run it yourself: " + command_for(packages),
        )
