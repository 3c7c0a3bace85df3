"""What containers need of this machine: an engine, emulators, programs that make images."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterable
from typing import IO

from npwheel.containers import emulation, engine, setup
from npwheel.containers.engine import Engine
from npwheel.core.errors import EngineError, ImageError


def find_engine(
    wanted: str | None, log: IO[str], say: Callable[[str], None], *, install: bool
) -> Engine:
    """An engine that runs containers; with `install` one is installed where there is none."""
    say("looking for a container engine")
    try:
        return engine.find(wanted)
    except EngineError:
        if not install:
            raise
    setup.install(setup.engine_packages(), log, say)
    return engine.find(wanted)


def ensure(
    programs: Iterable[tuple[str, str]],
    emulated: Iterable[str],
    log: IO[str],
    say: Callable[[str], None],
    *,
    install: bool,
) -> None:
    """Programs (each with its package) and emulators of architectures are here and work.

    Installed and registered with `install`, else named in the error.
    """
    archs = [arch for arch in dict.fromkeys(emulated) if not emulation.status(arch).works]
    needs = [*programs, *(need for arch in archs for need in emulation.needs(arch))]
    missing = tuple(dict.fromkeys(package for program, package in needs if not _has(program)))
    if missing and not install:
        raise ImageError(
            f"the images cannot be made here: {', '.join(missing)} not installed",
            next="add --setup to let npwheel install it, or run: " + setup.command_for(missing),
        )
    if missing:
        setup.install(missing, log, say)
    for arch in archs:
        if not install:
            raise EngineError(
                f"this {platform.machine()} machine cannot run {arch} programs",
                why=emulation.status(arch).reason,
                next="add --setup to let npwheel register the emulator, or leave its targets out",
            )
        if not emulation.status(arch).works:  # installing may have registered it
            say(f"registering the {arch} emulator")
            emulation.register(arch)


def _has(program: str) -> bool:
    # Administrators' programs are not on every user's PATH.
    return any(shutil.which(program, path=path) for path in (None, "/usr/sbin:/sbin"))
