"""Check and install what containers need on this machine: engine, emulators, programs."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterable
from typing import IO

from npwheel.containers import emulation, engine, setup
from npwheel.containers.engine import Engine
from npwheel.core.errors import EngineError, ImageError


def find_engine(
    wanted: str | None, log: IO[str], progress: Callable[[str], None], *, install: bool
) -> Engine:
    """Return a working container engine; if there is none and `install` is set, install one."""
    progress("looking for a container engine")
    try:
        return engine.find(wanted)
    except EngineError:
        if not install:
            raise
    setup.install(setup.engine_packages(), log, progress)
    return engine.find(wanted)


def ensure(
    programs: Iterable[tuple[str, str]],
    emulated: Iterable[str],
    log: IO[str],
    progress: Callable[[str], None],
    *,
    install: bool,
) -> None:
    """Check that programs (with their packages) and emulators of architectures work here.

    With `install` they are installed and registered; without it a missing one raises
    ImageError or EngineError.
    """
    archs = [arch for arch in dict.fromkeys(emulated) if not emulation.status(arch).works]
    needs = [*programs, *(need for arch in archs for need in emulation.needs(arch))]
    missing = tuple(dict.fromkeys(package for program, package in needs if not _has(program)))
    if missing and not install:
        raise ImageError(
            f"cannot make local images: {', '.join(missing)} not installed",
            next="add --setup to let npwheel install it, or run: " + setup.command_for(missing),
        )
    if missing:
        setup.install(missing, log, progress)
    for arch in archs:
        if not install:
            raise EngineError(
                f"this {platform.machine()} machine cannot run {arch} programs",
                why=emulation.status(arch).reason,
                next="add --setup to let npwheel register the emulator, or leave its targets out",
            )
        if not emulation.status(arch).works:  # installing may have registered it
            progress(f"registering the {arch} emulator")
            emulation.register(arch)


def _has(program: str) -> bool:
    # Not every user's PATH has the directories of administration programs.
    return any(shutil.which(program, path=path) for path in (None, "/usr/sbin:/sbin"))
