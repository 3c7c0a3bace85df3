"""Find a container engine that works here, by running a container.

Hosts forbid different things (raising limits, creating networks, a runtime). Combinations
of flags are tried, and the flags that were needed are reported.
"""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import tarfile
import tempfile
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from npwheel.core import machine_faults, package_data, paths, process
from npwheel.core.errors import EngineError
from npwheel.core.targets import machine

TRIAL_SECONDS = 20.0
OCI_ARCH = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
_OCI_VARIANT = {"armv7l": "v7"}


@dataclass(frozen=True)
class Engine:
    """docker or podman with the flags that containers need on this host."""

    name: str
    version: str
    args: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    # With $NPWHEEL_RUN the caller can find the containers of this run.
    label: str = field(default_factory=lambda: os.environ.get("NPWHEEL_RUN") or uuid.uuid4().hex)

    def create_args(self, arch: str | None = None) -> tuple[str, ...]:
        """Flags for `create` and `run`; every container carries this run's label."""
        platform = (f"--platform={oci_platform(arch)}",) if arch else ()
        return (*platform, *self.args, f"--label=npwheel.run={self.label}")

    def with_args(self, args: tuple[str, ...], because: tuple[str, ...]) -> Engine:
        """Return the same engine with more flags."""
        return replace(self, args=self.args + args, because=self.because + because)

    def image_id(self, reference: str) -> str | None:
        """Return the id of a local image, or None if it is absent."""
        code, out, _ = process.output(
            [self.name, "image", "inspect", "--format", "{{.Id}}", reference]
        )
        return out.strip() if code == 0 else None

    def image_arch(self, reference: str) -> str | None:
        """Return the OCI architecture of a local image, or None if it is absent."""
        code, out, _ = process.output(
            [self.name, "image", "inspect", "--format", "{{.Architecture}}", reference]
        )
        return out.strip() if code == 0 else None

    def import_tar(self, tar: Path, reference: str, arch: str) -> None:
        """Import a root filesystem as an image. Raises EngineError."""
        where = ["--platform", oci_platform(arch)]
        if self.name == "podman":
            variant = _OCI_VARIANT.get(arch)
            where = ["--arch", OCI_ARCH[arch], *(["--variant", variant] if variant else [])]
        code, _, err = process.output(
            [self.name, "import", *where, str(tar), reference], timeout=600
        )
        if code != 0:
            raise EngineError(f"{self.name} cannot import {tar.name}", why=_last_line(err))

    def remove_containers(self) -> int:
        """Remove every container of this run, running or not; return their number."""
        code, out, _ = process.output(
            [self.name, "ps", "-aq", "--filter", f"label=npwheel.run={self.label}"]
        )
        ids = out.split()
        if code == 0 and ids:
            process.output([self.name, "rm", "-f", *ids], timeout=60)
        return len(ids) if code == 0 else 0

    def cibuildwheel(self) -> str:
        """Return the value of CIBW_CONTAINER_ENGINE."""
        args = shlex.join(self.create_args())
        return f"{self.name}; create_args: {args}; disable_host_mount: true"


# cibuildwheel asks podman for the variant of an image ("v7"), which podman's `image inspect`
# does not have, and then pulls: a local image is on no registry. The image has the variant
# that it was imported with. Its trial `run` lacks the flags that this host needs, too. All
# other commands are podman's.
_WITH_VARIANT = """\
#!/bin/sh
if [ "$1 $2 $4" = "image inspect --format" ] && [ "$3" = {reference} ]; then
    exec {podman} image inspect "$3" --format '{{{{.Os}}}}/{{{{.Architecture}}}}/{variant}'
fi
if [ "$1" = run ]; then
    shift
    exec {podman} run {flags} "$@"
fi
exec {podman} "$@"
"""


def with_variant(engine: Engine, reference: str, arch: str, folder: Path) -> Path | None:
    """Write a podman that knows the variant of a local image; its folder goes first on PATH.

    None where nothing of it is needed: other engines, architectures without variants.
    """
    variant, podman = _OCI_VARIANT.get(arch), shutil.which("podman")
    if engine.name != "podman" or variant is None or podman is None:
        return None
    folder.mkdir()
    script = folder / "podman"
    text = _WITH_VARIANT.format(
        reference=shlex.quote(reference),
        podman=shlex.quote(podman),
        variant=variant,
        flags=shlex.join(engine.create_args()),
    )
    script.write_text(text, "utf-8")
    script.chmod(0o755)
    return folder


def oci_platform(arch: str) -> str:
    """Return the platform in an engine's words: "armv7l" is "linux/arm/v7"."""
    words = ["linux", OCI_ARCH[arch], *([_OCI_VARIANT[arch]] if arch in _OCI_VARIANT else [])]
    return "/".join(words)


def data() -> dict[str, Any]:
    """Return the contents of engines.toml."""
    text = package_data.read_text(__package__, "engines.toml")
    return tomllib.loads(text)


def find(wanted: str | None = None) -> Engine:
    """Return the first engine that runs a container here.

    Args:
        wanted: "docker" or "podman"; default $NPWHEEL_ENGINE; otherwise both are tried.

    Raises:
        EngineError: no engine runs a container; the message lists the engines tried.
    """
    settings = data()
    wanted = wanted or os.environ.get("NPWHEEL_ENGINE") or None
    names = [wanted] if wanted else settings["order"]
    tried: list[str] = []
    for name in names:
        if shutil.which(name) is None:
            tried.append(f"{name}: not installed")
            continue
        code, version, err = process.output([name, "version", "--format", "{{.Client.Version}}"])
        if code != 0 and "daemon" not in err:
            code, version, err = process.output([name, "--version"])
        outcome = _try(Engine(name, version.strip().splitlines()[-1] if version.strip() else "?"))
        if isinstance(outcome, Engine):
            return outcome
        tried.append(f"{name}: {outcome}")
    fault = machine_faults.find(tried)
    if fault:
        raise EngineError("no container engine can work here", why=fault.line, next=fault.next)
    raise EngineError(
        "no working container engine: " + "; ".join(tried),
        why="cibuildwheel builds Linux wheels in containers",
        next="add --setup to let npwheel install podman, or run: " + install_hint(),
    )


def install_hint() -> str:
    """Return the command that installs an engine on this system."""
    settings = data()
    for manager, packages in settings["install"].items():
        if shutil.which(manager):
            return " ".join([*settings["install-command"][manager], *packages])
    return "install docker or podman with your system's package manager"


def _try(engine: Engine) -> Engine | str:
    """Return the engine with the fewest flags that run a container, or the reason for none."""
    try:
        return _tried(engine)
    except OSError as error:  # no room for the trial's image, or no place for it
        return error.strerror or str(error)


def _tried(engine: Engine) -> Engine | str:
    with tempfile.TemporaryDirectory(prefix="npwheel-") as folder:
        tar = Path(folder) / "exit0.tar"
        exit0_tar(tar)
        reference = trial_image(engine.label)
        try:
            engine.import_tar(tar, reference, machine())
            reason = "it ran no container"
            for args, because in _combinations(engine.name):
                trial = engine.with_args(args, because)
                code, _, err = process.output(
                    [trial.name, "run", "--rm", *trial.create_args(), reference, "/exit0"],
                    TRIAL_SECONDS,
                )
                if code == 0:
                    return trial
                reason = _last_line(err)
                if code == -1:
                    trial.remove_containers()
            return reason
        except (EngineError, KeyError) as error:
            return _last_line(str(error))
        finally:
            process.output([engine.name, "rmi", "-f", reference])


def trial_image(label: str) -> str:
    """Return the name of the image with which a run tests an engine."""
    return f"localhost/npwheel-trial:{label[:12]}"


def remove_all_of(label: str) -> int:
    """Remove what a dead run left in all engines; return the number of removed objects."""
    count = 0
    for name in data()["order"]:
        if shutil.which(name):
            there = Engine(name, "", label=label)
            count += there.remove_containers()
            if there.image_id(trial_image(label)):
                count += process.output([name, "rmi", "-f", trial_image(label)])[0] == 0
    return count


def _combinations(name: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    usable = [f for f in data()["fallbacks"] if f["engine"] in ("", name)]
    for size in range(len(usable) + 1):
        for chosen in itertools.combinations(usable, size):
            yield (
                tuple(arg for f in chosen for arg in f["args"]),
                tuple(f["because"] for f in chosen),
            )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it gave no reason"


def exit0_tar(tar: Path) -> None:
    """Write an image with one static program that exits with 0, so nothing has to be pulled.

    Each is unique: engines share equal layers, and another run may be removing its own.
    """
    program = (paths.ci() / "engine" / f"exit0-{machine()}").read_bytes()
    with tarfile.open(tar, "w") as archive:
        info = tarfile.TarInfo("exit0")
        info.mode, info.size = 0o755, len(program)
        archive.addfile(info, BytesIO(program))
        archive.addfile(tarfile.TarInfo(uuid.uuid4().hex))


def describe(engine: Engine) -> str:
    """Return one line about an engine and the flags that it needs."""
    line = f"{engine.name} {engine.version}"
    if engine.args:
        line += f" with {' '.join(engine.args)} ({'; '.join(engine.because)})"
    return line
