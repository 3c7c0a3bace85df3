"""What a plan needs of this machine: an engine, emulators, programs that make images."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from typing import IO

from npwheel import images
from npwheel.errors import EngineError, ImageError
from npwheel.images import emulation
from npwheel.pipeline import engine, setup
from npwheel.pipeline.engine import Engine
from npwheel.pipeline.options import Options
from npwheel.pipeline.plan import TargetPlan


def find_engine(options: Options, log: IO[str], say: Callable[[str], None]) -> Engine:
    """An engine that runs containers; with --setup one is installed where there is none."""
    say("looking for a container engine")
    try:
        return engine.find(options.engine)
    except EngineError:
        if not options.setup:
            raise
    setup.install(setup.engine_packages(), log, say)
    return engine.find(options.engine)


def prepare(
    plans: tuple[TargetPlan, ...], options: Options, log: IO[str], say: Callable[[str], None]
) -> None:
    """Programs for local images and emulators: installed with --setup, else named in the error."""
    missing: dict[str, None] = {}
    for plan in plans:
        if plan.image.kind == "local":
            recipe = images.recipes()[plan.target.local]
            missing.update((pkg, None) for prog, pkg in recipe.needs if not _has(prog))
        if plan.emulated and not emulation.status(plan.target.arch).works:
            missing.update(
                (pkg, None) for prog, pkg in emulation.needs(plan.target.arch) if not _has(prog)
            )
    if missing and not options.setup:
        raise ImageError(
            f"the images cannot be made here: {', '.join(missing)} not installed",
            next="add --setup to let npwheel install it, or run: "
            + setup.command_for(tuple(missing)),
        )
    if missing:
        setup.install(tuple(missing), log, say)
    for arch in dict.fromkeys(plan.target.arch for plan in plans if plan.emulated):
        status = emulation.status(arch)
        if status.works:
            continue
        if not options.setup:
            raise EngineError(
                f"this {platform.machine()} machine cannot run {arch} programs",
                why=status.reason,
                next="add --setup to let npwheel register the emulator, or leave its targets out",
            )
        say(f"registering the {arch} emulator")
        emulation.register(arch)


def _has(program: str) -> bool:
    # Administrators' programs are not on every user's PATH.
    return any(shutil.which(program, path=path) for path in (None, "/usr/sbin:/sbin"))
