"""A home of the list -> an image that the engine holds, pulled or made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO

from npwheel.containers import emulation, host, images, local, network, registry
from npwheel.containers.engine import Engine
from npwheel.containers.images import ImageSpec, made_of
from npwheel.containers.local import locks
from npwheel.core import process
from npwheel.core.errors import ImageError
from npwheel.core.targets import machine
from npwheel.prove.systems import Home

# Asked of each Python of an official image; an environment must be makeable with it.
_ANSWER = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True)
class Place:
    """Where a home's proofs run: an image that the engine holds."""

    home: Home
    reference: str
    kind: str  # "official" or "local"
    release: str  # what a local one was really made of
    pythons: Mapping[str, str]  # version -> executable

    @property
    def runner(self) -> str:
        """An executable that runs ci/inside/prove.py."""
        return next(iter(self.pythons.values()))


def ready(
    home: Home,
    choice: str,
    engine: Engine,
    log: IO[str],
    say: Callable[[str], None],
    *,
    install: bool,
) -> Place:
    """Pull or make a home. Raises ImageError or EngineError with the reason.

    choice: "auto", "official" or "local", as `--images` takes it.
    """
    host.ensure((), () if home.arch == machine() else (home.arch,), log, say, install=install)
    reason = ""
    if home.image and choice != "local":
        answered, reason = _answers(registry.host_of(home.image), home.image)
        if answered or choice == "official" or not home.recipe:
            try:
                return _official(home, engine, log, say)
            except ImageError as error:
                if choice == "official" or not home.recipe:
                    raise
                reason = error.what
    if not home.recipe or choice == "official":
        raise ImageError(
            f"{home.name} is not made from packages here",
            why=reason or "it has only an official image, and --images local was asked for",
        )
    return _local(home, engine, log, say, install=install)


@cache
def _answers(_host: str, reference: str) -> tuple[bool, str]:
    return registry.answers(reference)


def _official(home: Home, engine: Engine, log: IO[str], say: Callable[[str], None]) -> Place:
    wanted = ImageSpec(home.image, "official", home.libc_version, home.pythons, home.image)
    found = images.ready(wanted, home.arch, engine, log, say)
    reference = _prepared(home, found.reference, engine, log, say) if home.prepare else home.image
    for python, executable in home.executables.items():
        command = [engine.name, "run", "--rm", "--pull=never", *engine.create_args(home.arch)]
        code, out, err = process.output([*command, reference, executable, "-c", _ANSWER], 120)
        if out.strip() != python:
            reason = (err.strip().splitlines() or [f"exit code {code}, {out.strip()!r}"])[-1]
            raise ImageError(f"{home.image} has no CPython {python} at {executable}", why=reason)
    return Place(home, reference, "official", found.release, home.executables)


def _prepared(
    home: Home, reference: str, engine: Engine, log: IO[str], say: Callable[[str], None]
) -> str:
    """The image after the home's `prepare` ran in it, once. Raises ImageError."""
    made_of = f"{engine.image_id(reference)}\0{home.prepare}".encode()
    key = hashlib.sha256(made_of).hexdigest()[:16]
    prepared = f"localhost/npwheel/home-{home.name}:{key}"
    if engine.image_id(prepared):
        return prepared
    say(f"preparing {reference}")
    name = f"npwheel-{engine.label[:8]}-{home.name}"
    command = [engine.name, "run", f"--name={name}", "--pull=never"]
    command += [*engine.create_args(home.arch), *network.passed(), reference]
    said: list[str] = []
    try:
        code = process.logged([*command, "/bin/sh", "-c", home.prepare], log, on_line=said.append)
        if code == 0:
            code, _, err = process.output([engine.name, "commit", name, prepared], 600)
            said.append(err)
    finally:
        process.output([engine.name, "rm", "-f", name], 60)
    if code:
        reason = next((line for line in reversed(said) if line.strip()), f"exit code {code}")
        raise ImageError(f"{home.image} cannot be prepared: {home.prepare}", why=reason.strip())
    return prepared


def _local(
    home: Home, engine: Engine, log: IO[str], say: Callable[[str], None], *, install: bool
) -> Place:
    recipe = local.recipes().get(home.recipe)
    if recipe is None:
        raise ImageError(f"{home.name} has no recipe {home.recipe} in ci/images")
    host.ensure(recipe.needs, (), log, say, install=install)
    wanted = made_of(recipe)
    found = images.ready(wanted, home.arch, engine, log, say)
    if found.deviations:
        say(locks.told(recipe.name, found.deviations))
    # Another release is taken where the mirror has the first no more.
    if _minor(found.libc_version) < _minor(home.libc_version):
        raise ImageError(
            f"{home.name} was made of {found.release}, which is older than it says",
            why=f"{home.libc} expected {home.libc_version}, found {found.libc_version}",
        )
    return Place(home, found.reference, "local", found.release, found.pythons or {})


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def emulated_default(arch: str) -> dict[str, str]:
    """The environment that makes this machine's emulator of an architecture compute rightly."""
    return {} if arch == machine() else dict(emulation.environment(arch))
