"""Wheels from hashed requirements, laid out for another Python and platform.

Everything is fetched on this machine, by its own pip with its own settings, so
that making an image needs no network inside it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from npwheel.core import process
from npwheel.core.errors import ImageError

_PLATFORMS = {
    "glibc": ("manylinux_2_17", "manylinux2014"),
    "musl": ("musllinux_1_2", "musllinux_1_1"),
}


def install(lock: Path, folder: Path, *, python: str, libc: str, arch: str, log: IO[str]) -> None:
    """Unpack the wheels that `lock` names into `folder`; scripts go to `folder/bin`.

    lock: a requirements file with a hash for each file, complete (nothing is resolved).
    Raises ImageError.
    """
    command = process.python("pip", "install", "--quiet", "--no-input", "--no-compile")
    command += ["--disable-pip-version-check", "--root-user-action=ignore"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={python}"]
    command += [f"--platform={name}_{arch}" for name in _PLATFORMS[libc]]
    command += [f"--target={folder}", f"--requirement={lock}"]
    tail: list[str] = []
    if process.logged(command, log, on_line=tail.append):
        reason = next((line for line in reversed(tail) if "ERROR" in line), "".join(tail[-1:]))
        missing = "No module named pip" in reason
        raise ImageError(
            f"the wheels of {lock.name} cannot be fetched for {arch}",
            why=reason,
            next="install pip beside npwheel (python -m ensurepip)"
            if missing
            else "check the network, PIP_INDEX_URL, HTTPS_PROXY and SSL_CERT_FILE",
        )


def move_scripts(folder: Path, bin_folder: Path, python: str) -> None:
    """Move `folder/bin` to where it belongs; scripts run by `python`, a path in the image."""
    scripts = folder / "bin"
    if not scripts.is_dir():
        return
    bin_folder.mkdir(parents=True, exist_ok=True)
    own = b"#!" + os.fsencode(sys.executable)
    for script in sorted(scripts.iterdir()):
        text = script.read_bytes()
        if text.startswith(own):
            script.write_bytes(b"#!" + python.encode() + text[text.index(b"\n") :])
        script.chmod(0o755)
        script.rename(bin_folder / script.name)
    scripts.rmdir()
