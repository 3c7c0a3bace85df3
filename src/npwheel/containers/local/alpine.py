"""An Alpine root filesystem, out of the disk image of an installed Alpine.

The disk is read as a file system image; no virtual machine is started.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from npwheel.containers.local import chroot, wheels
from npwheel.containers.local.packages import Package
from npwheel.containers.local.recipe import Recipe, Release
from npwheel.core import paths, process
from npwheel.core.errors import ImageError


def make(
    recipe: Recipe, root: Path, progress: Callable[[str], None], log: IO[str]
) -> tuple[Release, tuple[Package, ...]]:
    """Fill `root` with the packages of the recipe alone. Raises ImageError."""
    assert recipe.disk is not None
    release = recipe.releases[0]
    root.mkdir()
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="disk-") as name:
        folder = Path(name)
        progress(f"fetching Alpine {release.name}")
        # Glibc's tag: the wheel holds a disk for any system.
        wheels.install(recipe.disk, folder, python="3.13", libc="glibc", arch=recipe.arch, log=log)
        disks = list(folder.rglob("*.qcow2"))
        if len(disks) != 1:
            raise ImageError(f"the wheel of {recipe.disk.name} holds {len(disks)} disks, not 1")
        progress("unpacking the disk")
        raw = folder / "raw"
        _run(["qemu-img", "convert", "-O", "raw", str(disks[0]), str(raw)], log)
        _run(["debugfs", "-R", f"rdump / {root}", str(raw)], log)
    found = (root / "etc/alpine-release").read_text("utf-8").strip()
    if not found.startswith(f"{release.name}."):
        raise ImageError(f"the disk holds Alpine {found}, expected {release.name}")
    progress("removing what Alpine can do without")
    script = paths.ci() / "images" / "scripts" / "strip-alpine.sh"
    chroot.script(root, script, recipe.packages, recipe.arch, log)
    return Release(found, release.libc_version), _packages(root)


def _run(command: list[str], log: IO[str]) -> None:
    tail = [""]
    if process.logged(command, log, on_line=tail.append):
        raise ImageError(f"{command[0]} cannot read Alpine's disk", why=tail[-1])


def _packages(root: Path) -> tuple[Package, ...]:
    """From apk's own database: a paragraph a package, a letter a field."""
    found = []
    for paragraph in (root / "lib/apk/db/installed").read_text("utf-8").split("\n\n"):
        fields = dict(line.split(":", 1) for line in paragraph.splitlines() if line[1:2] == ":")
        if fields:
            found.append(Package(fields["P"], fields["V"], fields["C"]))
    return tuple(found)
