"""Check whether programs of another architecture run here, and register an emulator."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from npwheel.core import package_data, paths, process
from npwheel.core.errors import EngineError
from npwheel.core.targets import machine

_SECONDS = 20


@dataclass(frozen=True)
class Status:
    """Whether programs of an architecture run here and in containers; `reason` if not."""

    arch: str
    native: bool
    works: bool
    reason: str = ""


@cache
def table() -> dict[str, Any]:
    """Return emulation.toml."""
    text = package_data.read_text(__package__, "emulation.toml")
    return tomllib.loads(text)


def status(arch: str) -> Status:
    """Check an architecture by running a static program of it."""
    native = arch == machine()
    program = paths.ci() / "engine" / f"exit0-{arch}"
    try:
        # An installed copy may have lost its executable bit, which the kernel requires.
        if not program.stat().st_mode & 0o111:
            program.chmod(0o755)
    except OSError as error:
        return Status(arch, native, False, error.strerror or str(error))
    code, _, reason = process.output([program], _SECONDS)
    if code == -1:
        return Status(arch, native, False, reason)
    if code != 0:
        return Status(arch, native, False, f"{program.name} ended with {code}, expected 0")
    entry = _entry(arch)
    if not native and entry and "F" not in _flags(entry):
        reason = f"{entry} lacks flag F, so containers do not find the emulator"
        return Status(arch, native, False, reason)
    return Status(arch, native, True)


def needs(arch: str) -> tuple[tuple[str, str], ...]:
    """Return (program, Debian package) pairs that emulate an architecture; () if it is native."""
    if arch == machine() or arch not in table():
        return ()
    entry = table()[arch]
    return ((entry["program"], entry["package"]),)


def environment(arch: str) -> dict[str, str]:
    """Return the variables for emulated runs of an architecture; {} if it is native."""
    if arch == machine() or arch not in table():
        return {}
    return dict(table()[arch]["environment"])


def register(arch: str) -> None:
    """Register the emulator with the kernel, unless programs run already.

    Needs root. Raises EngineError.
    """
    if status(arch).works:
        return
    data = table().get(arch)
    if data is None:
        raise EngineError(f"no known emulator for {arch}")
    program = shutil.which(data["program"])
    if program is None:
        raise EngineError(f"{data['program']} is not installed", next=f"install {data['package']}")
    directory = Path(table()["directory"])
    line = f":{data['name']}:M::{data['magic']}:{data['mask']}:{program}:{table()['flags']}"
    try:
        if not (directory / "register").exists():
            mount = ["mount", "-t", "binfmt_misc", "binfmt_misc", str(directory)]
            code, _, reason = process.output(mount)
            if code:
                raise _refused(arch, reason.strip())
        old = _entry(arch)
        if old:  # disabled, or without flag F
            old.write_text("-1")
        (directory / "register").write_text(line)
    except OSError as error:
        raise _refused(arch, str(error)) from error
    after = status(arch)
    if not after.works:
        raise EngineError(f"{arch} programs do not run after registration", why=after.reason)


def _refused(arch: str, why: str) -> EngineError:
    return EngineError(
        f"cannot register the emulator of {arch} with the kernel",
        why=why,
        next="run as root, or: docker run --privileged --rm tonistiigi/binfmt --install all",
    )


def _entry(arch: str) -> Path | None:
    """Return npwheel's entry in binfmt_misc; None if it is absent or not visible."""
    if arch not in table():
        return None
    entry = Path(table()["directory"]) / table()[arch]["name"]
    return entry if entry.exists() else None


def _flags(entry: Path) -> str:
    for line in entry.read_text("ascii", "replace").splitlines():
        if line.startswith("flags:"):
            return line.removeprefix("flags:").strip()
    return ""
