"""Unpack wheels from hashed requirements for another Python and platform.

This machine's pip fetches them with this machine's settings, so making an image needs
no network inside the image.
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

    Args:
        lock: a requirements file with a hash for each file. It must be complete:
            dependencies are not resolved.

    Raises:
        ImageError: pip failed.
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
            f"cannot fetch the wheels of {lock.name} for {arch}",
            why=reason,
            next="install pip in npwheel's environment: python -m ensurepip"
            if missing
            else "check the network, PIP_INDEX_URL, HTTPS_PROXY and SSL_CERT_FILE",
        )


def move_scripts(folder: Path, bin_folder: Path, python: str) -> None:
    """Move `folder/bin` to `bin_folder`; scripts will run `python`, a path in the image."""
    scripts = folder / "bin"
    if not scripts.is_dir():
        return
    bin_folder.mkdir(parents=True, exist_ok=True)
    host_shebang = b"#!" + os.fsencode(sys.executable)
    for script in sorted(scripts.iterdir()):
        text = script.read_bytes()
        if text.startswith(host_shebang):
            script.write_bytes(b"#!" + python.encode() + text[text.index(b"\n") :])
        script.chmod(0o755)
        script.rename(bin_folder / script.name)
    scripts.rmdir()
