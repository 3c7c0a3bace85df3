"""Where the proof runs: Python, libc, CPU."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Libc:
    """The C library of this process; `name` is glibc, musl or unknown."""

    name: str
    version: str


@dataclass(frozen=True)
class Machine:
    """What a wheel's tags speak of, as found here."""

    python: str
    implementation: str
    free_threaded: bool  # is this build of Python able to run without the GIL
    gil_enabled: bool  # and does it run with it now
    libc: Libc
    system: str
    architecture: str
    cpu: str
    page_size: int  # bytes


def _mapped_musl() -> str | None:
    """The musl loader mapped into this process."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"(/\S*/(?:ld-musl-|libc\.musl-)[^/\s]+)$", maps, re.MULTILINE)
    return found.group(1) if found else None


def libc() -> Libc:
    """Ask the C library itself, not the file name of the executable.

    musl has no call that tells its version; its loader prints it when run by hand. ctypes
    would be no way to ask, since a bare Alpine has no libffi.
    """
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        name = version = ""
    if name == "glibc" and version:
        return Libc("glibc", version)
    loader = _mapped_musl()
    if loader is None:
        return Libc("unknown", "unknown")
    try:
        text = subprocess.run(
            [loader], capture_output=True, text=True, check=False, timeout=10
        ).stderr
    except (OSError, subprocess.SubprocessError):
        text = ""
    found = re.search(r"^Version (\S+)", text, re.MULTILINE)
    return Libc("musl", found.group(1) if found else "unknown")


def _cpu() -> str:
    """The CPU's name, as /proc/cpuinfo has it (arm64 gives numbers only)."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    fields = dict(re.findall(r"^([^\t:]+?)\s*: (.+)$", text, re.MULTILINE))
    if "model name" in fields:
        return str(fields["model name"])
    if "CPU part" in fields:
        return f"implementer {fields.get('CPU implementer')} part {fields['CPU part']}"
    return platform.processor() or "unknown"


def machine() -> Machine:
    """Look around."""
    gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)
    return Machine(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        gil_enabled=bool(gil_enabled()),
        libc=libc(),
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        cpu=_cpu(),
        page_size=os.sysconf("SC_PAGE_SIZE"),
    )
