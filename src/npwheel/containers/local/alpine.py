"""Make an Alpine root filesystem from the disk image of an installed Alpine.

The disk is read as a filesystem image; no virtual machine is started.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from npwheel.containers.local import chroot, install_wheels
from npwheel.containers.local.recipe import DistributionRelease, Package, Recipe
from npwheel.core import paths, process
from npwheel.core.errors import ImageError


def make(
    recipe: Recipe, root: Path, progress: Callable[[str], None], log: IO[str]
) -> tuple[DistributionRelease, tuple[Package, ...]]:
    """Fill `root` with the packages of the recipe and nothing else.

    Returns the installed release and its packages. Raises ImageError.
    """
    assert recipe.disk is not None
    release = recipe.releases[0]
    root.mkdir()
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="disk-") as name:
        folder = Path(name)
        progress(f"fetching Alpine {release.name}")
        # The wheel is tagged for glibc, but the disk image in it is read on any system.
        install_wheels.install(
            recipe.disk, folder, python="3.13", libc="glibc", arch=recipe.arch, log=log
        )
        disks = list(folder.rglob("*.qcow2"))
        if len(disks) != 1:
            raise ImageError(
                f"cannot make {recipe.name}: no single disk image in the wheel of "
                f"{recipe.disk.name}",
                why=f"expected 1 *.qcow2 file, found {len(disks)}",
            )
        progress("unpacking the disk image")
        raw = folder / "raw"
        _run(["qemu-img", "convert", "-O", "raw", str(disks[0]), str(raw)], log)
        _run(["debugfs", "-R", f"rdump / {root}", str(raw)], log)
    found = (root / "etc/alpine-release").read_text("utf-8").strip()
    if not found.startswith(f"{release.name}."):
        raise ImageError(
            f"cannot make {recipe.name}: wrong Alpine release in the disk image",
            why=f"expected {release.name}, found {found}",
        )
    progress("removing packages that are not in the recipe")
    script = paths.ci() / "images" / "scripts" / "strip-alpine.sh"
    chroot.script(root, script, recipe.packages, recipe.arch, log)
    return DistributionRelease(found, release.libc_version), _packages(root)


def _run(command: list[str], log: IO[str]) -> None:
    tail = [""]
    if process.logged(command, log, on_line=tail.append):
        raise ImageError(f"{command[0]} cannot read Alpine's disk image", why=tail[-1])


def _packages(root: Path) -> tuple[Package, ...]:
    """Read apk's package database: one paragraph per package, one letter per field."""
    found = []
    for paragraph in (root / "lib/apk/db/installed").read_text("utf-8").split("\n\n"):
        fields = dict(line.split(":", 1) for line in paragraph.splitlines() if line[1:2] == ":")
        if fields:
            found.append(Package(fields["P"], fields["V"], fields["C"]))
    return tuple(found)
