"""A system of the list -> an image that the engine holds, pulled or made."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO

from npwheel.containers import host_requirements, images, local, network, registry
from npwheel.containers.engine import Engine
from npwheel.containers.images import ImageSpec, made_of
from npwheel.containers.local import debian_locks
from npwheel.core import process
from npwheel.core.errors import ImageError
from npwheel.core.targets import machine
from npwheel.prove.systems import System

# Asked of each Python of an official image; an environment must be makeable with it.
_ANSWER = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"

# Prints the version of an installed package; nothing where it is not installed.
_PACKAGE_VERSION = """\
if command -v dpkg-query > /dev/null; then dpkg-query --show --showformat='${Version}' "$1"
elif command -v apk > /dev/null; then
    apk list --installed "$1" | sed -n "s/^$1-\\([^ ]*\\) .*/\\1/p"
else rpm --query --queryformat '%{VERSION}-%{RELEASE}' "$1"
fi 2> /dev/null"""


@dataclass(frozen=True)
class SystemImage:
    """Where a system's proofs run: an image that the engine holds."""

    system: System
    reference: str
    kind: str  # "official" or "local"
    release: str  # what a local one was really made of
    pythons: Mapping[str, str]  # version -> executable
    numpy_package: str = ""  # version of the distribution's NumPy package; "" without one

    @property
    def source(self) -> str:
        """Where its Pythons came from, in words."""
        return f"{self.kind} image of {self.release or self.reference}"

    @property
    def runner(self) -> str:
        """An executable that runs ci/inside/prove.py."""
        return next(iter(self.pythons.values()))


def ready(
    system: System,
    choice: str,
    engine: Engine,
    log: IO[str],
    say: Callable[[str], None],
    *,
    install: bool,
) -> SystemImage:
    """Pull or make a system. Raises ImageError or EngineError with the reason.

    choice: "auto", "official" or "local", as `--images` takes it.
    """
    host_requirements.ensure(
        (), () if system.arch == machine() else (system.arch,), log, say, install=install
    )
    reason = ""
    if system.image and choice != "local":
        answered, reason = _answers(registry.host_of(system.image), system.image)
        if answered or choice == "official" or not system.recipe:
            try:
                return _official(system, engine, log, say)
            except ImageError as error:
                if choice == "official" or not system.recipe:
                    raise
                reason = error.what
    if not system.recipe or choice == "official":
        raise ImageError(
            f"{system.name} is not made from packages here",
            why=reason or "it has only an official image, and --images local was asked for",
        )
    return _local(system, engine, log, say, install=install)


@cache
def _answers(_host: str, reference: str) -> tuple[bool, str]:
    return registry.answers(reference)


def _official(
    system: System, engine: Engine, log: IO[str], say: Callable[[str], None]
) -> SystemImage:
    wanted = ImageSpec(system.image, "official", system.libc_version, system.pythons, system.image)
    found = images.ready(wanted, system.arch, engine, log, say)
    reference = (
        _prepared(system, found.reference, engine, log, say) if system.prepare else system.image
    )
    for python, executable in system.executables.items():
        command = [engine.name, "run", "--rm", "--pull=never", *engine.create_args(system.arch)]
        code, out, err = process.output([*command, reference, executable, "-c", _ANSWER], 120)
        if out.strip() != python:
            reason = (err.strip().splitlines() or [f"exit code {code}, {out.strip()!r}"])[-1]
            raise ImageError(f"{system.image} has no CPython {python} at {executable}", why=reason)
    numpy = ""
    if system.numpy:
        command = [engine.name, "run", "--rm", "--pull=never", *engine.create_args(system.arch)]
        asked = ["/bin/sh", "-c", _PACKAGE_VERSION, "sh", system.numpy.package]
        numpy = process.output([*command, reference, *asked], 120)[1].strip()
    return SystemImage(system, reference, "official", found.release, system.executables, numpy)


def _prepared(
    system: System, reference: str, engine: Engine, log: IO[str], say: Callable[[str], None]
) -> str:
    """The image after the system's `prepare` ran in it, once. Raises ImageError."""
    # `commit` keeps a container's variables, and an index or a proxy may carry a password:
    # they reach the script by its input. Images of before are not used any more.
    made_of = f"{engine.image_id(reference)}\0{system.prepare}\0without variables".encode()
    key = hashlib.sha256(made_of).hexdigest()[:16]
    prepared = f"localhost/npwheel/system-{system.name}:{key}"
    if engine.image_id(prepared):
        return prepared
    say(f"preparing {reference}")
    name = f"npwheel-{engine.label[:8]}-{system.name}"
    command = [engine.name, "run", "--interactive", f"--name={name}", "--pull=never"]
    command += [*engine.create_args(system.arch), reference, "/bin/sh"]
    said: list[str] = []
    try:
        with tempfile.TemporaryFile() as script:
            script.write(f"{network.exports()}\n( {system.prepare}\n) </dev/null\n".encode())
            script.seek(0)
            code = process.logged(command, log, on_line=said.append, stdin=script)
        if code == 0:
            code, _, err = process.output([engine.name, "commit", name, prepared], 600)
            said.append(err)
    finally:
        process.output([engine.name, "rm", "-f", name], 60)
    if code:
        reason = next((line for line in reversed(said) if line.strip()), f"exit code {code}")
        raise ImageError(f"{system.image} cannot be prepared: {system.prepare}", why=reason.strip())
    return prepared


def _local(
    system: System, engine: Engine, log: IO[str], say: Callable[[str], None], *, install: bool
) -> SystemImage:
    recipe = local.recipes().get(system.recipe)
    if recipe is None:
        raise ImageError(f"{system.name} has no recipe {system.recipe} in ci/images")
    host_requirements.ensure(recipe.needs, (), log, say, install=install)
    wanted = made_of(recipe)
    found = images.ready(wanted, system.arch, engine, log, say)
    if found.deviations:
        say(debian_locks.describe_deviations(recipe.name, found.deviations))
    # Another release is taken where the mirror has the first no more.
    if _minor(found.libc_version) < _minor(system.libc_version):
        raise ImageError(
            f"{system.name} was made of {found.release}, which is older than it says",
            why=f"{system.libc} expected {system.libc_version}, found {found.libc_version}",
        )
    numpy = found.packages.get(system.numpy.package, "") if system.numpy else ""
    return SystemImage(system, found.reference, "local", found.release, found.pythons or {}, numpy)


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
