"""Install make and pkg-config, from wheels, into an image whose distribution has none."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

from npwheel.containers.local import install_wheels
from npwheel.core.errors import ImageError

COMMANDS = "/opt/commands"
# Command -> its program in the wheels, and the folders that it needs.
_PROGRAMS = {
    "make": ("gnumake.scripts/make", ("gnumake.scripts", "gnumake.libs")),
    "pkg-config": ("pkgconf/.bin/pkgconf", ("pkgconf/.bin",)),
}


def install(lock: Path, root: Path, *, libc: str, arch: str, log: IO[str]) -> None:
    """Put the programs into COMMANDS, with links in /usr/local/bin. Raises ImageError."""
    links = root / "usr/local/bin"
    links.mkdir(parents=True, exist_ok=True)
    place = root / COMMANDS.lstrip("/")
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="commands-") as name:
        install_wheels.install(lock, Path(name), python="3.13", libc=libc, arch=arch, log=log)
        for command, (program, folders) in _PROGRAMS.items():
            if not Path(name, program).is_file():
                raise ImageError(f"no {command} in the wheels of {lock.name}")
            for folder in folders:
                (place / folder).parent.mkdir(parents=True, exist_ok=True)
                Path(name, folder).rename(place / folder)
            (place / program).chmod(0o755)
            (links / command).symlink_to(f"{COMMANDS}/{program}")
